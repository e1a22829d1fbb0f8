// apply.c: what each event changes. Live running and replay both go through here, and nothing else
// changes frames for good.

#include "engine/engine.h"

#include "base/assert.h"

#define EXPRESS_MS_MAX  INT64_C(300000) // docs: service quotas
#define STANDARD_MS_MAX INT64_C(31536000000)

static const sw_state *state_at(const sw_execution *x, uint32_t index)
{
    return index == SW_NO_STATE ? NULL : x->machine->states[index];
}

static void set_phase(sw_execution *x, sw_frame *frame, sw_phase phase)
{
    frame->phase = phase;
    sw_timer_disarm(x, frame);
}

// Times -------------------------------------------------------------------------------------------

static int64_t later(int64_t from_ms, int64_t seconds)
{
    return seconds == 0 ? INT64_MAX : from_ms + seconds * 1000;
}

static void arm_task(sw_execution *x, sw_frame *frame)
{
    int64_t timeout = later(frame->started_ms, frame->timeout_s);
    int64_t heartbeat = later(frame->heartbeat_ms, frame->heartbeat_s);
    int64_t due = timeout < heartbeat ? timeout : heartbeat;
    if (due != INT64_MAX)
        sw_timer_arm(x, frame, due);
}

static int64_t deadline_from(const sw_execution *x, int64_t from_ms)
{
    if (x->machine->has_timeout && x->top == x->machine->top)
        return from_ms + x->machine->timeout_seconds * 1000;
    return x->started_ms + (x->type == SW_EXPRESS ? EXPRESS_MS_MAX : STANDARD_MS_MAX);
}

// States ------------------------------------------------------------------------------------------

static void apply_started(sw_execution *x, const sw_event *event)
{
    sw_frame *top = sw_frame_new(x, NULL, x->top, 0);
    top->input = event->data;
    x->input = event->data;
    x->status = SW_RUNNING;
    x->started_ms = event->timestamp_ms;
    x->deadline_ms = deadline_from(x, event->timestamp_ms);
    top->last_event = 0; // aws: the first StateEntered has no predecessor
    sw_frame_settle(x, top, false);
}

static void apply_entered(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    frame->state = state_at(x, event->state);
    frame->input = event->data;
    frame->result = NULL;
    frame->entered_event = event->id;
    frame->entered_previous = event->previous;
    frame->entered_ms = event->timestamp_ms;
    frame->attempts = 0;
    frame->failed_state = NULL;
    frame->catch_failed = false;
    frame->retries = NULL;
    frame->parameters = NULL;
    frame->role = NULL;
    frame->runtime_failed = false;
    set_phase(x, frame, SW_PHASE_ENTERED);
}

// The first Assign's object is the event's own; a later one makes a copy that nobody else sees.
static void own_variables(sw_execution *x, sw_frame *frame)
{
    sw_value *items, old = frame->variables;
    sw_value  copy = sw_object_build(&x->arena, old.size, &items);
    memcpy(items, old.items, 2 * (size_t)old.size * sizeof *items);
    frame->variables = sw_object_index(&x->arena, copy);
    frame->own_variables = true;
}

static void store_variable(sw_execution *x, sw_frame *frame, sw_str name, sw_value value)
{
    ptrdiff_t at = sw_value_find(frame->variables, name);
    if (at < 0)
        frame->variables = sw_object_with(&x->arena, frame->variables, name, value);
    else
        ((sw_value *)(uintptr_t)frame->variables.items)[2 * at + 1] = value;
}

static void store_variables(sw_execution *x, sw_frame *frame, sw_value assigned)
{
    if (assigned.type != SW_OBJECT)
        return;
    if (frame->variables.type == SW_UNDEFINED) {
        frame->variables = assigned;
        frame->own_variables = false;
        return;
    }
    if (!frame->own_variables)
        own_variables(x, frame);
    for (uint32_t i = 0; i < assigned.size; i++)
        store_variable(x, frame, sw_value_key(assigned, i), sw_value_member(assigned, i));
}

static void drop_children(sw_execution *x, sw_frame *frame)
{
    while (frame->first_child != SW_NO_FRAME)
        sw_frame_release(x, sw_frame_get(x, frame->first_child));
    frame->items = sw_undefined();
    frame->results = NULL;
    frame->running = 0;
}

// A branch of a Parallel has no event of its own for its end: the last StateExited is it.
static void finish_branch(sw_execution *x, sw_frame *branch)
{
    sw_frame *parent = sw_frame_get(x, branch->parent);
    parent->results[branch->position] = branch->input;
    parent->last_event = branch->last_event;
    parent->finished++;
    sw_frame_release(x, branch);
    if (parent->finished == parent->child_count)
        set_phase(x, parent, SW_PHASE_RESULT);
    sw_frame_settle(x, parent, true);
}

static bool is_branch(const sw_execution *x, const sw_frame *frame)
{
    return frame->parent != SW_NO_FRAME &&
           sw_frame_get(x, frame->parent)->state->type == SW_STATE_PARALLEL;
}

static void apply_exited(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    drop_children(x, frame);
    store_variables(x, frame, event->assigned);
    frame->input = event->data;
    const sw_state *next = state_at(x, event->next);
    if (next != NULL) {
        frame->state = next;
        set_phase(x, frame, SW_PHASE_ENTER);
        return;
    }
    set_phase(x, frame, SW_PHASE_DONE);
}

// Tasks -------------------------------------------------------------------------------------------

static void apply_scheduled(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    set_phase(x, frame, SW_PHASE_SCHEDULED);
    frame->attempt = event->id;
    frame->submitted = false;
    frame->timeout_s = event->timeout_s;
    frame->heartbeat_s = event->heartbeat_s;
    frame->parameters = event->data;
    frame->role = event->text;
}

static void apply_task_started(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    set_phase(x, frame, SW_PHASE_STARTED);
    frame->started_ms = event->timestamp_ms;
    frame->heartbeat_ms = event->timestamp_ms;
    arm_task(x, frame);
}

static void apply_succeeded(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    set_phase(x, frame, SW_PHASE_RESULT);
    frame->result = event->data;
}

static void apply_failed(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    drop_children(x, frame);
    set_phase(x, frame, SW_PHASE_FAILED);
    frame->failure = *event->failure;
}

static void apply_retry(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    drop_children(x, frame);
    frame->last_event = event->previous; // a Parallel or Map goes on from the child that failed
    if (frame->retries == NULL)
        frame->retries =
            sw_arena_zalloc(&x->arena, frame->state->retrier_count * sizeof *frame->retries);
    frame->retries[event->index]++;
    frame->attempts++;
    frame->failed_state = NULL;
    frame->parameters = NULL;
    set_phase(x, frame, SW_PHASE_RETRYING);
    sw_timer_arm(x, frame, event->due_ms);
}

// Children ----------------------------------------------------------------------------------------

static void begin_children(sw_execution *x, sw_frame *frame, uint32_t count)
{
    drop_children(x, frame);
    frame->started_ms = x->now_ms;
    frame->attempt = frame->last_event;
    frame->child_count = count;
    frame->started = frame->finished = frame->running = 0;
    frame->results = sw_arena_zalloc(&x->arena, count * sizeof *frame->results);
    frame->finished_previous = frame->last_event;
    set_phase(x, frame, count == 0 ? SW_PHASE_RESULT : SW_PHASE_CHILDREN);
}

// A distributed Map has its children elsewhere.
static void apply_map_started(sw_execution *x, sw_frame *map, const sw_event *event)
{
    bool run = sw_frame_is_map_run(map);
    map->concurrency = event->concurrency;
    begin_children(x, map, run ? 0 : event->index);
    if (!run)
        return;
    map->result = NULL; // of an attempt before
    map->started = event->id;
    set_phase(x, map, SW_PHASE_CHILDREN);
}

static void apply_map_run_started(sw_execution *x, sw_frame *map, const sw_event *event)
{
    set_phase(x, map, SW_PHASE_STARTED);
    map->attempt = event->id;
    map->role = event->text; // the ARN
    if (event->data != NULL)
        map->parameters = event->data;
    map->timeout_s = map->heartbeat_s = 0;
    map->submitted = map->state->map.item_reader.type == SW_UNDEFINED || map->result != NULL;
    if (map->result != NULL)
        map->items = sw_payload_value(map->result);
}

static void apply_items_read(sw_frame *map, const sw_event *event)
{
    map->result = event->data;
    map->items = sw_payload_value(event->data);
    map->submitted = true;
}

static void apply_parallel_started(sw_execution *x, sw_frame *frame)
{
    const sw_parallel *parallel = &frame->state->parallel;
    begin_children(x, frame, parallel->branch_count);
    frame->started = parallel->branch_count;
    for (uint32_t i = 0; i < parallel->branch_count; i++) {
        sw_frame *branch = sw_frame_new(x, frame, parallel->branches[i], i);
        branch->last_event = frame->last_event;
        sw_frame_settle(x, branch, false);
    }
}

static void apply_iteration_started(sw_execution *x, sw_frame *map, const sw_event *event)
{
    sw_frame *iteration = sw_frame_new(x, map, map->state->map.processor, event->index);
    iteration->last_event = event->id;
    map->started++;
    map->running++;
    sw_frame_settle(x, iteration, false);
}

static void apply_iteration_succeeded(sw_execution *x, sw_frame *iteration, const sw_event *event)
{
    sw_frame *map = sw_frame_get(x, iteration->parent);
    map->results[event->index] = iteration->input;
    map->last_event = event->id;
    map->finished_previous = event->previous;
    map->finished++;
    map->running--;
    sw_frame_release(x, iteration);
    if (map->finished == map->child_count)
        set_phase(x, map, SW_PHASE_RESULT);
    sw_frame_settle(x, map, true);
}

static void apply_given_up(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    sw_frame_freeze_children(x, frame); // until the state is left
    frame->failure = *event->failure;
    frame->failed_state = state_at(x, event->next);
    frame->exit_previous = event->previous;
    set_phase(x, frame, SW_PHASE_GIVEN_UP);
}

// The end -----------------------------------------------------------------------------------------

static void end_execution(sw_execution *x, sw_status status, const sw_event *event)
{
    x->status = status;
    if (event->failure != NULL)
        x->failure = *event->failure;
    if (status == SW_SUCCEEDED)
        x->output = event->data;
    if (status == SW_FAILED && event->state != SW_NO_STATE)
        x->failed_state = x->machine->states[event->state]->name;
    sw_frame *top = sw_frame_get(x, 0);
    if (status == SW_SUCCEEDED)
        sw_frame_release(x, top);
    else
        sw_frame_freeze(x, top); // for a redrive
    SW_ASSERT(x->queue.count == 0);
    SW_ASSERT(x->timer_count == 0);
}

// Redriving ---------------------------------------------------------------------------------------

// docs: only the branches and iterations that did not succeed run again; all of them when the state
// failed for too much data.
static bool keeps_children(const sw_frame *frame)
{
    bool too_much = frame->frozen_in == SW_PHASE_GIVEN_UP && frame->failure.has_error &&
                    sw_str_is(frame->failure.error, "States.DataLimitExceeded");
    return frame->results != NULL && !sw_frame_is_map_run(frame) && !too_much;
}

static void thaw(sw_execution *x, sw_frame *frame, const sw_event *event);

static void thaw_children(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    for (uint32_t id = frame->first_child; id != SW_NO_FRAME;
         id = sw_frame_get(x, id)->next_sibling)
        thaw(x, sw_frame_get(x, id), event);
}

// A Map Run that was started goes on with the children that have not succeeded; a new one begins
// when the state failed for its own result or an expression of its own. docs: redrive-map-run.
static bool keeps_map_run(const sw_frame *frame)
{
    bool too_much =
        frame->failure.has_error && (sw_str_is(frame->failure.error, "States.DataLimitExceeded") ||
                                     sw_str_is(frame->failure.error, "States.Runtime"));
    return sw_frame_is_map_run(frame) && frame->role != NULL && !too_much;
}

// A state that was entered and not left begins again with the input it had: a Task is scheduled, a
// Choice decided, a Wait waited for. docs: "Redrive behavior of individual states".
static void begin_again(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    drop_children(x, frame);
    frame->result = NULL;
    frame->parameters = NULL;
    if (frame->state->type == SW_STATE_WAIT)
        frame->entered_ms = event->timestamp_ms;
    frame->phase = SW_PHASE_ENTERED;
}

static void thaw(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    bool was_between = frame->frozen_in == SW_PHASE_ENTER || frame->frozen_in == SW_PHASE_DONE;
    bool map_run = !was_between && keeps_map_run(frame);
    bool goes_on = !was_between && keeps_children(frame);
    frame->attempts = 0;
    frame->retries = NULL;
    frame->failure = (sw_failure){0};
    frame->failed_state = NULL;
    frame->catch_failed = frame->runtime_failed = false;
    frame->iteration_torn = frame->state_torn = false;
    frame->last_event = event->id;
    if (was_between)
        frame->phase = frame->frozen_in;
    else if (map_run)
        frame->phase = SW_PHASE_SCHEDULED; // MapRunRedriven follows
    else if (goes_on)
        frame->phase = frame->finished == frame->child_count ? SW_PHASE_RESULT : SW_PHASE_CHILDREN;
    else
        begin_again(x, frame, event);
    if (goes_on)
        thaw_children(x, frame, event);
    sw_frame_settle(x, frame, false);
}

static void apply_redriven(sw_execution *x, const sw_event *event)
{
    x->status = SW_RUNNING;
    x->failure = (sw_failure){0};
    x->failed_state = (sw_str){0};
    x->redrive_count = event->index;
    x->redriven_ms = event->timestamp_ms;
    x->deadline_ms = deadline_from(x, event->timestamp_ms);
    thaw(x, sw_frame_get(x, 0), event);
}

// Whether the event is about its frame as a line of control, so that the next one links to it. aws:
// recorded.
static bool advances(sw_event_type type)
{
    return !sw_record_is_private(type) && type != SW_EVENT_MAP_ITERATION_STARTED &&
           type != SW_EVENT_TASK_STATE_ABORTED && type != SW_EVENT_MAP_ITERATION_FAILED &&
           type != SW_EVENT_MAP_ITERATION_ABORTED && type != SW_EVENT_WAIT_STATE_ABORTED &&
           type != SW_EVENT_MAP_STATE_ABORTED && type != SW_EVENT_PARALLEL_STATE_ABORTED &&
           type != SW_EVENT_MAP_RUN_ABORTED;
}

static void apply_to_frame(sw_execution *x, sw_frame *frame, const sw_event *event)
{
    switch (event->type) {
    case SW_EVENT_TASK_STATE_ENTERED:
    case SW_EVENT_PASS_STATE_ENTERED:
    case SW_EVENT_WAIT_STATE_ENTERED:
    case SW_EVENT_CHOICE_STATE_ENTERED:
    case SW_EVENT_SUCCEED_STATE_ENTERED:
    case SW_EVENT_FAIL_STATE_ENTERED:
    case SW_EVENT_PARALLEL_STATE_ENTERED:
    case SW_EVENT_MAP_STATE_ENTERED:
        apply_entered(x, frame, event);
        break;
    case SW_EVENT_TASK_STATE_EXITED:
    case SW_EVENT_PASS_STATE_EXITED:
    case SW_EVENT_WAIT_STATE_EXITED:
    case SW_EVENT_CHOICE_STATE_EXITED:
    case SW_EVENT_SUCCEED_STATE_EXITED:
    case SW_EVENT_PARALLEL_STATE_EXITED:
    case SW_EVENT_MAP_STATE_EXITED:
        apply_exited(x, frame, event);
        break;
    case SW_EVENT_TASK_SCHEDULED:
    case SW_EVENT_LAMBDA_FUNCTION_SCHEDULED:
    case SW_EVENT_ACTIVITY_SCHEDULED:
        apply_scheduled(x, frame, event);
        break;
    case SW_EVENT_TASK_STARTED:
    case SW_EVENT_LAMBDA_FUNCTION_STARTED:
    case SW_EVENT_ACTIVITY_STARTED:
        apply_task_started(x, frame, event);
        break;
    case SW_EVENT_TASK_SUCCEEDED:
    case SW_EVENT_LAMBDA_FUNCTION_SUCCEEDED:
    case SW_EVENT_ACTIVITY_SUCCEEDED:
        apply_succeeded(x, frame, event);
        break;
    case SW_EVENT_MAP_RUN_SUCCEEDED:
        apply_succeeded(x, frame, event);
        frame->role = NULL; // it is over: a redrive of the state begins another one
        break;
    case SW_EVENT_TASK_FAILED:
    case SW_EVENT_TASK_TIMED_OUT:
    case SW_EVENT_TASK_START_FAILED:
    case SW_EVENT_TASK_SUBMIT_FAILED:
    case SW_EVENT_LAMBDA_FUNCTION_FAILED:
    case SW_EVENT_LAMBDA_FUNCTION_TIMED_OUT:
    case SW_EVENT_LAMBDA_FUNCTION_SCHEDULE_FAILED:
    case SW_EVENT_LAMBDA_FUNCTION_START_FAILED:
    case SW_EVENT_ACTIVITY_FAILED:
    case SW_EVENT_ACTIVITY_TIMED_OUT:
    case SW_EVENT_ACTIVITY_SCHEDULE_FAILED:
    case SW_EVENT_EVALUATION_FAILED:
    case SW_EVENT_MAP_RUN_FAILED:
        apply_failed(x, frame, event);
        frame->catch_failed = event->index != 0;
        break;
    case SW_EVENT_PARALLEL_STATE_STARTED:
        apply_parallel_started(x, frame);
        break;
    case SW_EVENT_MAP_STATE_STARTED:
        apply_map_started(x, frame, event);
        break;
    case SW_EVENT_MAP_RUN_STARTED:
    case SW_EVENT_MAP_RUN_REDRIVEN:
        apply_map_run_started(x, frame, event);
        break;
    case SW_EVENT_MAP_ITEMS_READ:
        apply_items_read(frame, event);
        break;
    case SW_EVENT_MAP_ITERATION_STARTED:
        apply_iteration_started(x, frame, event);
        break;
    case SW_EVENT_PARALLEL_STATE_SUCCEEDED:
    case SW_EVENT_MAP_STATE_SUCCEEDED:
        // aws: recorded since November 2024; the exit passes by MapRunSucceeded, too
        frame->exit_previous = sw_frame_is_map_run(frame) ? frame->attempt : event->previous;
        set_phase(x, frame, SW_PHASE_RESULT_KNOWN);
        break;
    case SW_EVENT_PARALLEL_STATE_FAILED:
    case SW_EVENT_MAP_STATE_FAILED:
        apply_given_up(x, frame, event);
        break;
    case SW_EVENT_MAP_ITERATION_FAILED:
    case SW_EVENT_MAP_ITERATION_ABORTED:
        frame->iteration_torn = true;
        break;
    case SW_EVENT_TASK_STATE_ABORTED:
    case SW_EVENT_WAIT_STATE_ABORTED:
    case SW_EVENT_PARALLEL_STATE_ABORTED:
    case SW_EVENT_MAP_STATE_ABORTED:
        frame->state_torn = true;
        break;
    case SW_EVENT_MAP_RUN_ABORTED:
        break;
    case SW_EVENT_TASK_SUBMITTED:
        frame->submitted = true;
        frame->result = event->data;
        break;
    case SW_EVENT_RETRY_SCHEDULED:
        apply_retry(x, frame, event);
        break;
    case SW_EVENT_WAIT_SCHEDULED:
        set_phase(x, frame, SW_PHASE_WAITING);
        sw_timer_arm(x, frame, event->due_ms);
        break;
    case SW_EVENT_TASK_HEARTBEAT:
        frame->heartbeat_ms = event->timestamp_ms;
        arm_task(x, frame);
        break;
    case SW_EVENT_MAP_ITERATION_SUCCEEDED:
    case SW_EVENT_EXECUTION_STARTED:
    case SW_EVENT_EXECUTION_SUCCEEDED:
    case SW_EVENT_EXECUTION_FAILED:
    case SW_EVENT_EXECUTION_ABORTED:
    case SW_EVENT_EXECUTION_TIMED_OUT:
    case SW_EVENT_EXECUTION_REDRIVEN:
    case SW_EVENT_COUNT:
        SW_ASSERT(!"an event of a frame");
    }
    if (frame->phase == SW_PHASE_DONE && is_branch(x, frame)) {
        finish_branch(x, frame);
        return;
    }
    sw_frame_settle(x, frame, false);
    if (frame->phase == SW_PHASE_SCHEDULED)
        sw_frame_yield(x, frame); // aws: all siblings are scheduled before any is started
}

static bool apply_to_execution(sw_execution *x, const sw_event *event)
{
    switch (event->type) {
    case SW_EVENT_EXECUTION_STARTED:
        apply_started(x, event);
        return true;
    case SW_EVENT_EXECUTION_SUCCEEDED:
        end_execution(x, SW_SUCCEEDED, event);
        return true;
    case SW_EVENT_EXECUTION_FAILED:
        end_execution(x, SW_FAILED, event);
        return true;
    case SW_EVENT_EXECUTION_ABORTED:
        end_execution(x, SW_ABORTED, event);
        return true;
    case SW_EVENT_EXECUTION_TIMED_OUT:
        end_execution(x, SW_TIMED_OUT, event);
        return true;
    case SW_EVENT_EXECUTION_REDRIVEN:
        apply_redriven(x, event);
        return true;
    default:
        return false;
    }
}

void sw_execution_apply(sw_execution *x, const sw_event *event)
{
    if (event->id != 0) {
        SW_ASSERT(event->id == x->event_count + 1);
        x->event_count = event->id;
    }
    if (apply_to_execution(x, event))
        return;
    sw_frame *frame = sw_frame_get(x, event->frame);
    SW_ASSERT(frame->phase != SW_PHASE_FREE);
    if (event->type == SW_EVENT_MAP_ITERATION_SUCCEEDED) {
        apply_iteration_succeeded(x, frame, event);
        return;
    }
    if (advances(event->type))
        frame->last_event = event->id;
    apply_to_frame(x, frame, event);
}
