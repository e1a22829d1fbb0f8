// journal.c: events as bytes and back.
//
// An event is a type byte, a byte of flags for the parts that most events lack, and its numbers and
// texts:
//
//   type flags id previous timestamp frame state next [index concurrency] [data] [assigned]
//   [failure] [text] [times]
//
// Numbers are base-128, low groups first; texts are their length and their bytes. State numbers are
// stored plus one, so that SW_NO_STATE is 0.

#include "stepwell/journal.h"

#include "engine/engine.h"

enum {
    HAS_NUMBERS = 1,  // index, concurrency
    HAS_DATA = 2,     // a payload's text
    SAME_DATA = 4,    // the payload of the event before that had one
    HAS_ASSIGNED = 8, // JSON text
    HAS_FAILURE = 16, // a byte (1: error, 2: cause), then the texts
    HAS_TEXT = 32,
    HAS_TIMES = 64, // timeout, heartbeat, due
};

// Encoding ----------------------------------------------------------------------------------------

struct sw_chunk {
    sw_arena         *arena;
    char             *bytes;
    size_t            size, capacity;
    uint32_t          first;
    const sw_payload *last; // the payload written last
    uint64_t          last_number;
};

sw_chunk *sw_chunk_new(sw_arena *arena)
{
    sw_chunk *chunk = SW_ARENA_NEW(arena, sw_chunk);
    chunk->arena = arena;
    return chunk;
}

static char *reserve(sw_chunk *chunk, size_t bytes)
{
    if (chunk->capacity - chunk->size < bytes) {
        size_t capacity = chunk->capacity == 0 ? 512 : chunk->capacity * 2;
        while (capacity - chunk->size < bytes)
            capacity *= 2;
        char *larger = sw_arena_alloc(chunk->arena, capacity);
        if (chunk->size > 0)
            memcpy(larger, chunk->bytes, chunk->size);
        chunk->bytes = larger;
        chunk->capacity = capacity;
    }
    return chunk->bytes + chunk->size;
}

static void put_byte(sw_chunk *chunk, unsigned byte)
{
    *reserve(chunk, 1) = (char)byte;
    chunk->size++;
}

static void put_number(sw_chunk *chunk, uint64_t number)
{
    char *at = reserve(chunk, 10), *start = at;
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(0x80 | (number & 0x7f));
    *at++ = (char)number;
    chunk->size += (size_t)(at - start);
}

static void put_text(sw_chunk *chunk, sw_str text)
{
    put_number(chunk, text.bytes);
    if (text.bytes > 0)
        memcpy(reserve(chunk, text.bytes), text.text, text.bytes);
    chunk->size += text.bytes;
}

// A payload has a number, since what stands where it stood may be another one; one that was decoded
// has none.
static bool is_last(const sw_chunk *chunk, const sw_payload *payload)
{
    return payload->number != 0 ? payload->number == chunk->last_number : payload == chunk->last;
}

static unsigned flags_of(const sw_chunk *chunk, const sw_event *event)
{
    unsigned flags = 0;
    if (event->index != 0 || event->concurrency != 0)
        flags |= HAS_NUMBERS;
    if (event->data != NULL)
        flags |= is_last(chunk, event->data) ? SAME_DATA : HAS_DATA;
    if (event->assigned.type != SW_UNDEFINED)
        flags |= HAS_ASSIGNED;
    if (event->failure != NULL)
        flags |= HAS_FAILURE;
    if (event->text != NULL)
        flags |= HAS_TEXT;
    if (event->timeout_s != 0 || event->heartbeat_s != 0 || event->due_ms != 0)
        flags |= HAS_TIMES;
    return flags;
}

static void put_failure(sw_chunk *chunk, const sw_failure *failure)
{
    put_byte(chunk, (failure->has_error ? 1u : 0u) | (failure->has_cause ? 2u : 0u));
    if (failure->has_error)
        put_text(chunk, failure->error);
    if (failure->has_cause)
        put_text(chunk, failure->cause);
}

static void put_head(sw_chunk *chunk, const sw_event *event, unsigned flags)
{
    put_byte(chunk, event->type);
    put_byte(chunk, flags);
    put_number(chunk, event->id);
    put_number(chunk, event->previous);
    put_number(chunk, (uint64_t)event->timestamp_ms);
    put_number(chunk, event->frame);
    put_number(chunk, (uint32_t)(event->state + 1));
    put_number(chunk, (uint32_t)(event->next + 1));
}

void sw_chunk_add(sw_chunk *chunk, const sw_event *event)
{
    unsigned flags = flags_of(chunk, event);
    put_head(chunk, event, flags);
    if (flags & HAS_NUMBERS) {
        put_number(chunk, event->index);
        put_number(chunk, event->concurrency);
    }
    if (flags & HAS_DATA)
        put_text(chunk, sw_payload_text(event->data));
    if (flags & HAS_ASSIGNED)
        put_text(chunk, sw_json_print(chunk->arena, event->assigned));
    if (flags & HAS_FAILURE)
        put_failure(chunk, event->failure);
    if (flags & HAS_TEXT)
        put_text(chunk, sw_str_from(event->text));
    if (flags & HAS_TIMES) {
        put_number(chunk, (uint64_t)event->timeout_s);
        put_number(chunk, (uint64_t)event->heartbeat_s);
        put_number(chunk, (uint64_t)event->due_ms);
    }
    if (event->data != NULL) {
        chunk->last = event->data;
        chunk->last_number = event->data->number;
    }
    if (chunk->first == 0)
        chunk->first = event->id;
}

sw_str sw_chunk_get_bytes(const sw_chunk *chunk)
{
    return (sw_str){chunk->bytes, chunk->size};
}

uint32_t sw_chunk_get_first(const sw_chunk *chunk)
{
    return chunk->first;
}

// Decoding ----------------------------------------------------------------------------------------

typedef struct cursor {
    const char       *at, *end;
    sw_arena         *arena;
    const sw_payload *last;
    bool              bad;
} cursor;

static uint64_t get_number(cursor *c)
{
    uint64_t number = 0;
    for (unsigned shift = 0; c->at < c->end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*c->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    c->bad = true;
    return 0;
}

static uint32_t get_small(cursor *c)
{
    uint64_t number = get_number(c);
    if (number > UINT32_MAX)
        c->bad = true;
    return (uint32_t)number;
}

static unsigned get_byte(cursor *c)
{
    if (c->at < c->end)
        return (unsigned char)*c->at++;
    c->bad = true;
    return 0;
}

static sw_str get_text(cursor *c)
{
    uint64_t bytes = get_number(c);
    if (c->bad || bytes > (uint64_t)(c->end - c->at)) {
        c->bad = true;
        return (sw_str){"", 0};
    }
    sw_str text = {c->at, (size_t)bytes};
    c->at += bytes;
    return text;
}

static const sw_payload *get_data(cursor *c, unsigned flags)
{
    if (flags & SAME_DATA) {
        c->bad |= c->last == NULL;
        return c->last;
    }
    sw_payload *payload = SW_ARENA_NEW(c->arena, sw_payload);
    *payload = (sw_payload){.arena = c->arena, .text = get_text(c)};
    c->last = payload;
    return payload;
}

static sw_value get_assigned(cursor *c)
{
    sw_value value = sw_undefined();
    if (!sw_json_parse(c->arena, get_text(c), 0, &value, NULL))
        c->bad = true;
    return value;
}

static const sw_failure *get_failure(cursor *c)
{
    unsigned    parts = get_byte(c);
    sw_failure *failure = SW_ARENA_NEW(c->arena, sw_failure);
    failure->has_error = (parts & 1) != 0;
    failure->has_cause = (parts & 2) != 0;
    if (failure->has_error)
        failure->error = get_text(c);
    if (failure->has_cause)
        failure->cause = get_text(c);
    return failure;
}

static unsigned get_head(cursor *c, sw_event *event)
{
    unsigned type = get_byte(c), flags = get_byte(c);
    c->bad |= type >= SW_EVENT_COUNT || flags > 127;
    event->type = (sw_event_type)type;
    event->id = get_small(c);
    event->previous = get_small(c);
    event->timestamp_ms = (int64_t)get_number(c);
    event->frame = get_small(c);
    event->state = get_small(c) - 1;
    event->next = get_small(c) - 1;
    return flags;
}

static bool get_event(cursor *c, sw_event *event)
{
    *event = (sw_event){0};
    unsigned flags = get_head(c, event);
    if (flags & HAS_NUMBERS) {
        event->index = get_small(c);
        event->concurrency = get_small(c);
    }
    if (flags & (HAS_DATA | SAME_DATA))
        event->data = get_data(c, flags);
    if (flags & HAS_ASSIGNED)
        event->assigned = get_assigned(c);
    if (flags & HAS_FAILURE)
        event->failure = get_failure(c);
    if (flags & HAS_TEXT)
        event->text = sw_str_copy(c->arena, get_text(c)).text;
    if (flags & HAS_TIMES) {
        event->timeout_s = (int64_t)get_number(c);
        event->heartbeat_s = (int64_t)get_number(c);
        event->due_ms = (int64_t)get_number(c);
    }
    return !c->bad;
}

bool sw_chunk_decode(sw_str bytes, sw_arena *arena, bool (*visit)(void *who, const sw_event *event),
                     void *who, sw_error *err)
{
    cursor c = {.at = bytes.text, .end = bytes.text + bytes.bytes, .arena = arena};
    while (c.at < c.end) {
        sw_event event;
        if (!get_event(&c, &event))
            return sw_fail(err, SW_ERROR_INVALID,
                           "a stored history is damaged at byte %zu of a chunk",
                           (size_t)(c.at - bytes.text));
        if (!visit(who, &event))
            return true;
    }
    return true;
}
