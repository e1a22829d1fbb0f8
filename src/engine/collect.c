// collect.c: what an execution no longer needs is given up while it runs.
//
// Values go into the execution's arena and stay there. With a history that is what is wanted;
// without one, an Express loop would grow without bound. So between two handles, when the arena has
// grown, what can still be reached is moved to a fresh arena and the old one is cleared: Cheney's
// idea without his scan, as trees of values are walked anyway. What the caller tells us may stand
// in the old arena (the parameters of a task, handed back as its output), so that stays until the
// handle ends.
//
//   roots     options, input, and of each frame: payloads, variables, items, results, failure
//   foreign   what stands outside the old arena, such as the machine's constants, stays there
//   shared    what has moved says where to, in its own head, so it moves once
//   spans     a container that is a piece of compact text moves with that text, as one piece
//
// Deeper than values may nest (SW_JSON_DEPTH_MAX) nobody recurses here.

#include "engine/engine.h"

#include "json/value.h"

#define MOVED UINT32_MAX // as the depth of an old container; its text is where its items are now

// A stretch of text that has moved.
typedef struct span {
    const char *from, *to;
    size_t      bytes;
} span;

static bool is_old(const sw_execution *x, const void *at)
{
    return sw_arena_holds(&x->old_arena, at);
}

// Values ------------------------------------------------------------------------------------------

static const char *move_text(sw_execution *x, const char *text, size_t bytes, span within)
{
    if (bytes == 0)
        return "";
    if (within.bytes > 0 && text >= within.from && text + bytes <= within.from + within.bytes)
        return within.to + (text - within.from);
    return is_old(x, text) ? sw_str_copy(&x->arena, (sw_str){text, bytes}).text : text;
}

static sw_value move_value(sw_execution *x, sw_value v, span within);

// The outermost container that is a span brings its text along.
static span move_span(sw_execution *x, const sw_container *old, span within)
{
    bool inside = within.bytes > 0 && old->text >= within.from &&
                  old->text + old->text_bytes <= within.from + within.bytes;
    if (inside)
        return within;
    const char *to = move_text(x, old->text, old->text_bytes, (span){0});
    return (span){old->text, to, old->text_bytes};
}

static sw_value *build_like(sw_execution *x, sw_value v)
{
    sw_value *items;
    if (v.type == SW_OBJECT)
        sw_object_build(&x->arena, v.size, &items);
    else
        sw_array_build(&x->arena, v.size, &items);
    return items;
}

static sw_value fill(sw_execution *x, sw_value v, sw_value *items, span within)
{
    size_t count = v.type == SW_OBJECT ? 2 * (size_t)v.size : v.size;
    for (size_t i = 0; i < count; i++)
        items[i] = move_value(x, v.items[i], within);
    v.items = items;
    v.flags &= (uint8_t)~SW_VALUE_INDEXED;
    return v.type == SW_OBJECT ? sw_object_index(&x->arena, v) : v;
}

static sw_value move_items(sw_execution *x, sw_value v, sw_container *old, span within)
{
    sw_value *items = build_like(x, v);
    sw_container *new = (sw_container *)(void *)items - 1;
    *new = (sw_container){.text_bytes = old->text_bytes, .depth = old->depth};
    if ((v.flags & SW_VALUE_SPAN) != 0) {
        within = move_span(x, old, within);
        new->text = within.to + (old->text - within.from);
    }
    v = fill(x, v, items, within);
    *old = (sw_container){.text = (const char *)items, .text_bytes = v.size, .depth = MOVED};
    return v;
}

// A container that has moved already, by way of a handle that perhaps knew less of it.
static sw_value follow(sw_execution *x, sw_value v, const sw_container *old)
{
    if (old->text_bytes != v.size) { // shows a part of it: moves for itself
        v.flags &= (uint8_t)~SW_VALUE_SPAN;
        return fill(x, v, build_like(x, v), (span){0});
    }
    v.items = (const sw_value *)(const void *)old->text;
    if (sw_value_container(v)->text == NULL)
        v.flags &= (uint8_t)~SW_VALUE_SPAN;
    if (v.type == SW_OBJECT && v.size > SW_INDEX_MEMBERS_MIN)
        v.flags |= SW_VALUE_INDEXED;
    return v;
}

static sw_value move_container(sw_execution *x, sw_value v, span within)
{
    sw_container *old = (sw_container *)(uintptr_t)sw_value_container(v);
    if (!is_old(x, old))
        return v;
    return old->depth == MOVED ? follow(x, v, old) : move_items(x, v, old, within);
}

static sw_value move_value(sw_execution *x, sw_value v, span within)
{
    switch ((sw_type)v.type) {
    case SW_STRING:
        v.text = move_text(x, v.text, v.size, within);
        return v;
    case SW_NUMBER:
        if ((v.flags & SW_VALUE_SPELLED) != 0)
            v.text = move_text(x, v.text, v.size, within);
        return v;
    case SW_ARRAY:
    case SW_OBJECT:
        return move_container(x, v, within);
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_BOOL:
    case SW_FUNCTION:
        break;
    }
    return v;
}

// Payloads and texts ------------------------------------------------------------------------------

static sw_str move_str(sw_execution *x, sw_str text)
{
    return (sw_str){text.text == NULL ? NULL : move_text(x, text.text, text.bytes, (span){0}),
                    text.bytes};
}

// The text of a value that is a span has moved with the value.
static sw_str move_payload_text(sw_execution *x, const sw_payload *payload)
{
    sw_value v = payload->value;
    if ((v.type == SW_ARRAY || v.type == SW_OBJECT) && (v.flags & SW_VALUE_SPAN) != 0) {
        sw_str of_value = {sw_value_container(v)->text, sw_value_container(v)->text_bytes};
        if (of_value.bytes == payload->text.bytes && of_value.text[of_value.bytes] == '\0')
            return of_value;
    }
    return move_str(x, payload->text);
}

// A payload that has moved has no arena, and its text is where it is now.
static const sw_payload *move_payload(sw_execution *x, const sw_payload *payload)
{
    if (payload == NULL || !is_old(x, payload))
        return payload;
    sw_payload *old = (sw_payload *)(uintptr_t)payload;
    if (old->arena == NULL)
        return (const sw_payload *)(const void *)old->text.text;
    sw_payload *new = sw_arena_alloc(&x->arena, sizeof *new);
    *new = *old;
    new->value = move_value(x, old->value, (span){0});
    if (old->text.text != NULL)
        new->text = move_payload_text(x, new);
    old->arena = NULL;
    old->text.text = (const char *)new;
    return new;
}

static void move_failure(sw_execution *x, sw_failure *failure)
{
    failure->error = failure->has_error ? move_str(x, failure->error) : (sw_str){0};
    failure->cause = failure->has_cause ? move_str(x, failure->cause) : (sw_str){0};
}

// Roots -------------------------------------------------------------------------------------------

static void *move_array(sw_execution *x, const void *items, size_t count, size_t item_bytes)
{
    if (items == NULL)
        return NULL;
    return memcpy(sw_arena_alloc_array(&x->arena, count, item_bytes), items, count * item_bytes);
}

static void move_options(sw_execution *x)
{
    sw_execution_options *o = &x->options;
    sw_str               *texts[] = {&o->id,       &o->name,   &o->machine_id,  &o->machine_name,
                                     &o->role_arn, &o->region, &o->version_arn, &o->alias_arn};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = move_str(x, *texts[i]);
    x->input = move_payload(x, x->input);
    o->input = sw_payload_text(x->input);
}

static void move_children(sw_execution *x, sw_frame *frame)
{
    frame->items = move_value(x, frame->items, (span){0});
    frame->results = move_array(x, frame->results, frame->child_count, sizeof *frame->results);
    for (uint32_t i = 0; frame->results != NULL && i < frame->child_count; i++)
        frame->results[i] = move_payload(x, frame->results[i]);
}

static sw_frame *move_frame(sw_execution *x, const sw_frame *old)
{
    sw_frame *frame = move_array(x, old, 1, sizeof *old);
    if (frame->phase == SW_PHASE_FREE)
        return frame; // sw_frame_new clears it
    frame->input = move_payload(x, frame->input);
    frame->result = move_payload(x, frame->result);
    frame->parameters = move_payload(x, frame->parameters);
    frame->variables = move_value(x, frame->variables, (span){0});
    move_failure(x, &frame->failure);
    frame->retries =
        move_array(x, frame->retries, frame->state->retrier_count, sizeof *frame->retries);
    if (frame->role != NULL)
        frame->role = move_str(x, sw_str_from(frame->role)).text;
    move_children(x, frame);
    return frame;
}

static void move_all(sw_execution *x)
{
    move_options(x);
    x->frames = move_array(x, x->frames, x->frame_capacity, sizeof *x->frames);
    for (uint32_t i = 0; i < x->frame_count; i++)
        x->frames[i] = move_frame(x, x->frames[i]);
    x->queue.frames = move_array(x, x->queue.frames, x->queue.capacity, sizeof *x->queue.frames);
    x->timers = move_array(x, x->timers, x->timer_capacity, sizeof *x->timers);
    x->effects = NULL; // of the last handle
    x->effect_count = x->effect_capacity = 0;
    x->replayed_from = x->replayed_to = NULL;
}

bool sw_collect_is_due(const sw_execution *x)
{
    return !x->options.keep_history && x->arena.bytes > x->collect_bytes;
}

static void collect(sw_execution *x)
{
    x->old_arena = x->arena;
    sw_arena_init(&x->arena);
    x->arena.escape = x->old_arena.escape;
    move_all(x);
    if (x->collect_bytes < x->arena.bytes * 2)
        x->collect_bytes = x->arena.bytes * 2;
}

// Under ASan every handle collects, so that each test finds what is forgotten here.
#if defined(__SANITIZE_ADDRESS__)
#define COLLECTS_ALWAYS true
#else
#define COLLECTS_ALWAYS false
#endif

void sw_collect_begin(sw_execution *x)
{
    if (sw_collect_is_due(x) || (COLLECTS_ALWAYS && !x->options.keep_history))
        collect(x);
}

void sw_collect_end(sw_execution *x)
{
    sw_arena_clear(&x->old_arena);
}
