// record.c: an event on its way: made by decide, applied, remembered, shown to the observer.

#include "engine/engine.h"

// Records stand in chunks of growing size: none moves when another is added. (One array that
// realloc doubles is copied, and as its memory is new each time, faulted in page by page.)
#define CHUNK_RECORDS_MIN 16u
#define CHUNK_RECORDS_MAX 512u

static sw_record_chunk *add_chunk(sw_execution *x, size_t capacity)
{
    sw_record_chunk *chunk =
        sw_arena_alloc(&x->arena, sizeof *chunk + capacity * sizeof *chunk->records);
    *chunk = (sw_record_chunk){.older = x->records, .capacity = capacity};
    return x->records = chunk;
}

static sw_event *next_slot(sw_execution *x)
{
    sw_record_chunk *chunk = x->records;
    if (!x->options.keep_history)
        return &x->record;
    if (chunk == NULL)
        chunk = add_chunk(x, CHUNK_RECORDS_MIN);
    else if (chunk->count == chunk->capacity)
        chunk = add_chunk(x, chunk->capacity * 2 < CHUNK_RECORDS_MAX ? chunk->capacity * 2
                                                                     : CHUNK_RECORDS_MAX);
    return &chunk->records[chunk->count];
}

// Twice the room that is needed, so that asking again and again doesn't copy all each time.
const sw_event *sw_records_gather(sw_execution *x)
{
    sw_record_chunk *newest = x->records;
    if (newest == NULL || newest->older == NULL)
        return newest == NULL ? NULL : newest->records;
    sw_record_chunk *whole = add_chunk(x, 2 * x->record_count);
    whole->older = NULL;
    whole->count = x->record_count;
    sw_event *at = whole->records + whole->count;
    for (const sw_record_chunk *chunk = newest; chunk != NULL; chunk = chunk->older) {
        at -= chunk->count;
        memcpy(at, chunk->records, chunk->count * sizeof *at);
    }
    return whole->records;
}

bool sw_record_is_private(sw_event_type type)
{
    return type == SW_EVENT_RETRY_SCHEDULED || type == SW_EVENT_TASK_HEARTBEAT ||
           type == SW_EVENT_WAIT_SCHEDULED || type == SW_EVENT_MAP_ITEMS_READ;
}

bool sw_record_is_full(const sw_execution *x)
{
    return x->event_count + 1 >= x->event_limit;
}

sw_event *sw_record_new(sw_execution *x, sw_event_type type, const sw_frame *frame)
{
    sw_event *event = next_slot(x);
    *event = (sw_event){.type = type,
                        .id = sw_record_is_private(type) ? 0 : x->event_count + 1,
                        .previous = frame->last_event,
                        .timestamp_ms = x->now_ms,
                        .frame = frame->id,
                        .state = frame->state->index,
                        .next = SW_NO_STATE};
    return event;
}

void sw_record_commit(sw_execution *x, sw_event *event)
{
    sw_execution_apply(x, event);
    if (x->options.keep_history) {
        x->records->count++;
        x->record_count++;
    }
    if (x->options.observe != NULL && !x->replaying)
        x->options.observe(x->options.who, x, event);
}

void sw_record_plain(sw_execution *x, sw_event_type type, const sw_frame *frame)
{
    sw_record_commit(x, sw_record_new(x, type, frame));
}

void sw_record_failure(sw_execution *x, sw_event_type type, const sw_frame *frame,
                       const sw_failure *failure)
{
    sw_event *event = sw_record_new(x, type, frame);
    event->failure = sw_failure_keep(x, failure);
    sw_record_commit(x, event);
}

// Failures ----------------------------------------------------------------------------------------

const sw_failure *sw_failure_keep(sw_execution *x, const sw_failure *failure)
{
    sw_failure *kept = sw_arena_alloc(&x->arena, sizeof *kept);
    *kept = *failure;
    return kept;
}

const sw_failure *sw_failure_copy(sw_execution *x, const sw_failure *failure)
{
    if (failure == NULL)
        return NULL;
    sw_failure copy = *failure;
    copy.error = sw_str_copy(&x->arena, failure->error);
    copy.cause = sw_str_copy(&x->arena, failure->cause);
    return sw_failure_keep(x, &copy);
}

sw_failure sw_failure_too_large(sw_execution *x, sw_str what)
{
    return (sw_failure){
        .has_error = true,
        .has_cause = true,
        .error = SW_STR("States.DataLimitExceeded"),
        .cause = sw_str_format(&x->arena,
                               "The state/task '%.*s' returned a result with a size exceeding the "
                               "maximum number of bytes service limit.",
                               SW_STR_ARG(what))};
}
