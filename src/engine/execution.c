// execution.c: the public face: making, handling, replaying, looking.

#include "engine/engine.h"

#include "base/assert.h"

#include <stdlib.h>

// Making ------------------------------------------------------------------------------------------

static sw_str copy_or(sw_execution *x, sw_str text, sw_str otherwise)
{
    return sw_str_copy(&x->arena, text.bytes > 0 ? text : otherwise);
}

static void copy_options(sw_execution *x, const sw_execution_options *options)
{
    sw_execution_options *own = &x->options;
    *own = *options;
    own->id = copy_or(x, options->id, (sw_str){0});
    own->name = copy_or(x, options->name, (sw_str){0});
    own->machine_id = copy_or(x, options->machine_id, (sw_str){0});
    own->machine_name = copy_or(x, options->machine_name, (sw_str){0});
    own->role_arn = copy_or(x, options->role_arn, (sw_str){0});
    own->region = copy_or(x, options->region, SW_STR("us-east-1"));
    own->version_arn = copy_or(x, options->version_arn, (sw_str){0});
    own->alias_arn = copy_or(x, options->alias_arn, (sw_str){0});
    own->map_state = (sw_str){0}; // known by x->top
    own->input = copy_or(x, options->input, SW_STR("{}"));
}

static void set_limits(sw_execution *x)
{
    const sw_execution_options *options = &x->options;
    x->payload_bytes_max =
        options->payload_bytes_max != 0 ? options->payload_bytes_max : SW_PAYLOAD_BYTES_MAX;
    x->event_limit = options->event_limit != 0 ? options->event_limit
                     : x->type == SW_EXPRESS   ? UINT32_MAX
                                               : SW_EVENT_LIMIT;
}

static bool take_input(sw_execution *x, sw_error *err)
{
    sw_value value;
    if (x->options.input.bytes > x->payload_bytes_max)
        return sw_fail(err, SW_ERROR_LIMIT, "The input has %zu bytes; %zu are allowed",
                       x->options.input.bytes, x->payload_bytes_max);
    if (!sw_json_parse(&x->arena, x->options.input, 0, &value, err))
        return false;
    sw_payload *payload = (sw_payload *)(uintptr_t)sw_payload_of_text(x, x->options.input);
    payload->value = value;
    x->input = payload;
    return true;
}

static bool set_up(sw_execution *x, const sw_execution_options *options, sw_error *err)
{
    jmp_buf escape;
    if (setjmp(escape) != 0)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    x->arena.escape = x->scratch.escape = &escape;
    copy_options(x, options);
    set_limits(x);
    bool ok = take_input(x, err);
    x->arena.escape = x->scratch.escape = NULL;
    return ok;
}

// What is run: the machine, or a distributed Map's processor.
static bool find_top(const sw_machine *machine, const sw_execution_options *options,
                     const sw_states **top, sw_machine_type *type, sw_error *err)
{
    if (machine->distributed && (!options->map_runs || machine->type == SW_EXPRESS))
        return sw_fail(err, SW_ERROR_UNSUPPORTED,
                       "a Map with ProcessorConfig Mode DISTRIBUTED cannot be run here: its "
                       "iterations are executions of their own. Mode INLINE can");
    if (options->map_state.bytes == 0)
        return true;
    const sw_state *map = sw_machine_find_state(machine, options->map_state);
    if (map == NULL || map->type != SW_STATE_MAP || !sw_map_is_distributed(&map->map))
        return sw_fail(err, SW_ERROR_INVALID, "'%.*s' is no distributed Map of the machine",
                       SW_STR_ARG(options->map_state));
    *top = map->map.processor;
    *type = map->map.execution_type;
    return true;
}

bool sw_execution_new(sw_machine *machine, const sw_execution_options *options,
                      sw_execution **execution, sw_error *err)
{
    const sw_states *top = machine->top;
    sw_machine_type  type = machine->type;
    if (!find_top(machine, options, &top, &type, err))
        return false;
    sw_execution *x = calloc(1, sizeof *x);
    if (x == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    sw_arena_init(&x->arena);
    sw_arena_init(&x->scratch);
    x->machine = sw_machine_ref(machine);
    x->top = top;
    x->type = type;
    x->free_frame = SW_NO_FRAME;
    x->deadline_ms = INT64_MAX;
    x->collect_bytes = SW_COLLECT_BYTES_MIN;
    if (!set_up(x, options, err)) {
        sw_execution_free(x);
        return false;
    }
    *execution = x;
    return true;
}

void sw_execution_free(sw_execution *x)
{
    if (x == NULL)
        return;
    sw_machine_unref(x->machine);
    sw_arena_clear(&x->arena);
    sw_arena_clear(&x->old_arena);
    sw_arena_clear(&x->scratch);
    free(x);
}

// Handling ----------------------------------------------------------------------------------------

static void start(sw_execution *x)
{
    sw_frame  none = {.id = 0, .state = x->top->start_at};
    sw_event *event = sw_record_new(x, SW_EVENT_EXECUTION_STARTED, &none);
    event->state = SW_NO_STATE;
    event->data = x->input;
    sw_record_commit(x, event);
}

// Every state that was entered and not left goes on. What its events link to is not documented: to
// the event before, and to this one.
static void redrive(sw_execution *x)
{
    sw_frame  none = {.id = 0, .last_event = x->event_count, .state = x->top->start_at};
    sw_event *event = sw_record_new(x, SW_EVENT_EXECUTION_REDRIVEN, &none);
    event->state = SW_NO_STATE;
    event->index = x->redrive_count + 1;
    sw_record_commit(x, event);
}

static void time_passed(sw_execution *x)
{
    if (x->now_ms >= x->deadline_ms) {
        sw_failure timeout = {.has_error = true, .error = SW_STR("States.Timeout")};
        sw_decide_end(x, SW_EVENT_EXECUTION_TIMED_OUT, &timeout);
        return;
    }
    sw_decide_time_passed(x);
}

static int by_attempt(const void *a, const void *b)
{
    const sw_effect *e = a, *f = b;
    return (e->task.attempt > f->task.attempt) - (e->task.attempt < f->task.attempt);
}

static bool is_with_caller(const sw_frame *frame)
{
    return frame->phase == SW_PHASE_STARTED ||
           (frame->phase == SW_PHASE_SCHEDULED && frame->state->type == SW_STATE_TASK &&
            frame->state->task.kind == SW_RESOURCE_ACTIVITY);
}

// Tells the caller about every task that it should be at work on.
static void resume(sw_execution *x)
{
    if (x->event_count == 0) {
        start(x);
        return;
    }
    if (x->status != SW_RUNNING) {
        sw_effect_finished(x);
        return;
    }
    sw_decide_timeouts(x); // as when time has passed, before anything else
    x->replaying = true;   // these starts are not the first
    for (uint32_t i = 0; i < x->frame_count; i++) {
        if (is_with_caller(x->frames[i]))
            sw_effect_start(x, x->frames[i]);
    }
    x->replaying = false;
    if (x->effect_count > 1)
        qsort(x->effects, x->effect_count, sizeof *x->effects, by_attempt);
}

static void handle(sw_execution *x, const sw_happening *happening)
{
    switch (happening->kind) {
    case SW_HAPPENED_START:
        start(x);
        break;
    case SW_HAPPENED_RESUME:
        resume(x);
        break;
    case SW_HAPPENED_TIME_PASSED:
        time_passed(x);
        break;
    case SW_HAPPENED_REDRIVE:
        redrive(x);
        break;
    case SW_HAPPENED_STOP:
        sw_decide_end(x, SW_EVENT_EXECUTION_ABORTED, sw_failure_copy(x, &happening->failure));
        break;
    case SW_HAPPENED_TASK_STARTED:
    case SW_HAPPENED_TASK_SUBMITTED:
    case SW_HAPPENED_TASK_SUCCEEDED:
    case SW_HAPPENED_TASK_FAILED:
    case SW_HAPPENED_TASK_HEARTBEAT:
    case SW_HAPPENED_MAP_NEXT:
        sw_task_happened(x, happening);
        break;
    }
    sw_decide_run(x);
}

// Memory is spent. Nothing may come back to this guard, and nobody may go on with what is half
// done.
static bool break_down(sw_execution *x, sw_error *err)
{
    x->arena.escape = x->scratch.escape = NULL;
    x->broken = true;
    return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
}

static bool may_happen(const sw_execution *x, const sw_happening *happening, sw_error *err)
{
    if (x->broken)
        return sw_fail(err, SW_ERROR_INVALID, "the execution is broken: replay what was committed");
    if (happening->kind == SW_HAPPENED_START && x->event_count > 0)
        return sw_fail(err, SW_ERROR_INVALID, "the execution has started already");
    if (happening->kind != SW_HAPPENED_START && happening->kind != SW_HAPPENED_RESUME &&
        x->event_count == 0)
        return sw_fail(err, SW_ERROR_INVALID, "the execution has not started");
    if (happening->kind == SW_HAPPENED_REDRIVE &&
        (x->status == SW_RUNNING || x->status == SW_SUCCEEDED))
        return sw_fail(err, SW_ERROR_INVALID, "Execution is %s and cannot be redriven",
                       sw_status_name(x->status));
    return true;
}

bool sw_execution_handle(sw_execution *x, const sw_happening *happening, int64_t now_ms,
                         sw_effects *effects, sw_error *err)
{
    jmp_buf escape;
    if (!may_happen(x, happening, err))
        return false;
    if (setjmp(escape) != 0)
        return break_down(x, err);
    x->arena.escape = x->scratch.escape = &escape;
    x->now_ms = now_ms > x->now_ms ? now_ms : x->now_ms; // history's time never goes back
    x->effect_count = 0;
    if (x->status == SW_RUNNING || happening->kind == SW_HAPPENED_REDRIVE) {
        sw_collect_begin(x);
        handle(x, happening);
        sw_collect_end(x);
    } else if (happening->kind == SW_HAPPENED_RESUME) {
        sw_effect_finished(x);
    }
    sw_arena_reset(&x->scratch);
    x->arena.escape = x->scratch.escape = NULL;
    *effects = (sw_effects){x->effects, x->effect_count};
    return true;
}

int64_t sw_execution_next_due(const sw_execution *x)
{
    if (x->status != SW_RUNNING)
        return INT64_MAX;
    if (x->queue.count > 0)
        return x->now_ms;
    const sw_frame *first = sw_timer_first(x);
    return first != NULL && first->due_ms < x->deadline_ms ? first->due_ms : x->deadline_ms;
}

// Replaying ---------------------------------------------------------------------------------------

static const sw_payload *copy_payload(sw_execution *x, const sw_payload *payload)
{
    if (payload == NULL)
        return NULL;
    if (payload == x->replayed_from)
        return x->replayed_to;
    x->replayed_from = payload;
    x->replayed_to = sw_payload_of_text(x, sw_str_copy(&x->arena, sw_payload_text(payload)));
    return x->replayed_to;
}

static void replay(sw_execution *x, const sw_event *event)
{
    sw_frame  none = {.id = event->frame, .state = x->top->start_at};
    sw_event *own = sw_record_new(x, event->type, &none);
    *own = *event;
    own->data = event->type == SW_EVENT_EXECUTION_STARTED ? x->input : copy_payload(x, event->data);
    own->assigned = sw_value_copy(&x->arena, event->assigned);
    own->failure = sw_failure_copy(x, event->failure);
    if (event->text != NULL)
        own->text = sw_str_copy(&x->arena, sw_str_from(event->text)).text;
    x->now_ms = event->timestamp_ms;
    sw_record_commit(x, own);
}

static bool fits(const sw_execution *x, const sw_event *event)
{
    bool first = event->type == SW_EVENT_EXECUTION_STARTED;
    return !x->broken &&
           event->id == (sw_record_is_private(event->type) ? 0 : x->event_count + 1) &&
           first == (x->event_count == 0) &&
           (event->state == SW_NO_STATE || event->state < x->machine->state_count) &&
           (event->next == SW_NO_STATE || event->next < x->machine->state_count) &&
           (first ||
            (event->frame < x->frame_count && x->frames[event->frame]->phase != SW_PHASE_FREE));
}

bool sw_execution_replay(sw_execution *x, const sw_event *event, sw_error *err)
{
    jmp_buf escape;
    if (!fits(x, event))
        return sw_fail(err, SW_ERROR_INVALID, "event %u does not follow event %u of this execution",
                       event->id, x->event_count);
    if (setjmp(escape) != 0)
        return break_down(x, err);
    x->arena.escape = x->scratch.escape = &escape;
    x->replaying = true;
    replay(x, event);
    x->replaying = false;
    x->arena.escape = x->scratch.escape = NULL;
    return true;
}

// Looking -----------------------------------------------------------------------------------------

const char *sw_status_name(sw_status status)
{
    static const char *const names[] = {"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"};
    return names[status];
}

sw_status sw_execution_get_status(const sw_execution *x)
{
    return x->status;
}

const sw_payload *sw_execution_get_output(const sw_execution *x)
{
    return x->output;
}

const sw_failure *sw_execution_get_failure(const sw_execution *x)
{
    return x->status == SW_RUNNING || x->status == SW_SUCCEEDED ? NULL : &x->failure;
}

sw_str sw_execution_get_failed_state(const sw_execution *x)
{
    return x->status == SW_FAILED ? x->failed_state : (sw_str){0};
}

uint32_t sw_execution_get_event_count(const sw_execution *x)
{
    return x->event_count;
}

const sw_event *sw_execution_get_records(const sw_execution *x, size_t *count)
{
    *count = x->record_count;
    return sw_records_gather((sw_execution *)(uintptr_t)x);
}

const sw_machine *sw_execution_get_machine(const sw_execution *x)
{
    return x->machine;
}

sw_str sw_execution_get_state_name(const sw_execution *x, uint32_t state)
{
    return state < x->machine->state_count ? x->machine->states[state]->name : (sw_str){0};
}
