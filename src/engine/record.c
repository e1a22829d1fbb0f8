// record.c: an event on its way: made by decide, applied, remembered, shown to the observer.

#include "engine/engine.h"

#include "base/assert.h"

#include <stdlib.h>

static sw_event *next_slot(sw_execution *x)
{
    if (!x->options.keep_history)
        return &x->record;
    if (x->record_count == x->record_capacity) {
        size_t    capacity = x->record_capacity == 0 ? 32 : x->record_capacity * 2;
        sw_event *larger = realloc(x->records, capacity * sizeof *larger);
        if (larger == NULL)
            sw_arena_grow(&x->arena, SIZE_MAX); // out of memory: to the guard
        x->records = larger;
        x->record_capacity = capacity;
    }
    return &x->records[x->record_count];
}

bool sw_record_is_private(sw_event_type type)
{
    return type == SW_EVENT_RETRY_SCHEDULED || type == SW_EVENT_TASK_HEARTBEAT;
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
    if (x->options.keep_history)
        x->record_count++;
    if (x->options.observe != NULL && !x->replaying)
        x->options.observe(x->options.who, x, event);
}

void sw_record_plain(sw_execution *x, sw_event_type type, const sw_frame *frame)
{
    sw_record_commit(x, sw_record_new(x, type, frame));
}
