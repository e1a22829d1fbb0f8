// decide.c: what a frame does next. One look at its phase, one step, and the frame is looked at
// again.

#include "engine/engine.h"

#include "base/assert.h"

static const struct {
    sw_event_type entered, exited;
} state_events[] = {
    [SW_STATE_TASK] = {SW_EVENT_TASK_STATE_ENTERED, SW_EVENT_TASK_STATE_EXITED},
    [SW_STATE_PARALLEL] = {SW_EVENT_PARALLEL_STATE_ENTERED, SW_EVENT_PARALLEL_STATE_EXITED},
    [SW_STATE_MAP] = {SW_EVENT_MAP_STATE_ENTERED, SW_EVENT_MAP_STATE_EXITED},
    [SW_STATE_PASS] = {SW_EVENT_PASS_STATE_ENTERED, SW_EVENT_PASS_STATE_EXITED},
    [SW_STATE_WAIT] = {SW_EVENT_WAIT_STATE_ENTERED, SW_EVENT_WAIT_STATE_EXITED},
    [SW_STATE_CHOICE] = {SW_EVENT_CHOICE_STATE_ENTERED, SW_EVENT_CHOICE_STATE_EXITED},
    [SW_STATE_SUCCEED] = {SW_EVENT_SUCCEED_STATE_ENTERED, SW_EVENT_SUCCEED_STATE_EXITED},
    [SW_STATE_FAIL] = {SW_EVENT_FAIL_STATE_ENTERED, SW_EVENT_COUNT},
};

static void record_entered(sw_execution *x, sw_frame *frame, const sw_payload *input)
{
    sw_event *event = sw_record_new(x, state_events[frame->state->type].entered, frame);
    event->data = input;
    sw_record_commit(x, event);
}

void sw_decide_enter(sw_execution *x, sw_frame *frame)
{
    const sw_payload *input = frame->input != NULL ? frame->input : sw_decide_child_input(x, frame);
    if (input != NULL)
        record_entered(x, frame, input);
}

// Leaving a state ---------------------------------------------------------------------------------

static bool same_value(sw_value a, sw_value b)
{
    return a.type == b.type && a.size == b.size && a.any == b.any && a.type >= SW_STRING;
}

// A payload that the state did not touch goes on as it is, text and all.
static const sw_payload *output_payload(sw_execution *x, const sw_frame *frame, sw_value output)
{
    if (same_value(output, frame->input->value))
        return frame->input;
    if (frame->result != NULL && same_value(output, frame->result->value))
        return frame->result;
    return sw_payload_of_value(x, output);
}

#define NUMBER_BYTES_MAX 32u // no double is spelled with more
#define ESCAPED_BYTES    6u  // of one byte, at most

#define FITS_VALUES_MAX 128u
#define FITS_DEPTH_MAX  8u

static bool take_bytes(sw_value value, size_t *bytes, uint32_t *values, unsigned depth);

// Takes what an item needs at most from *bytes. false: it is too long, too deep or too much for
// this.
static inline bool take_item(sw_value item, size_t *bytes, uint32_t *values, unsigned depth)
{
    bool   text = item.type == SW_STRING || (item.flags & SW_VALUE_SPELLED) != 0;
    size_t needed = text ? ESCAPED_BYTES * (size_t)item.size + 3 : NUMBER_BYTES_MAX;
    if (needed > *bytes)
        return false;
    *bytes -= needed;
    return item.type < SW_ARRAY || take_bytes(item, bytes, values, depth);
}

static inline bool take_items(sw_value value, size_t *bytes, uint32_t *values, unsigned depth)
{
    size_t count = value.type == SW_OBJECT ? 2 * (size_t)value.size : value.size;
    if (count >= *values)
        return false;
    *values -= (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        if (!take_item(value.items[i], bytes, values, depth))
            return false;
    }
    return true;
}

static bool take_bytes(sw_value value, size_t *bytes, uint32_t *values, unsigned depth)
{
    return depth < FITS_DEPTH_MAX && take_items(value, bytes, values, depth + 1);
}

// Whether it fits for certain, without measuring: few values and short ones, as most have. An
// object with containers in it is better measured: it grows member by member and keeps its measure
// (sw_object_with); an array is built anew.
static bool fits_easily(sw_value value, size_t limit)
{
    uint32_t values = FITS_VALUES_MAX;
    unsigned depth = value.type == SW_ARRAY ? 0 : FITS_DEPTH_MAX;
    return (value.type == SW_OBJECT || value.type == SW_ARRAY) && limit > 2 &&
           take_items(value, &limit, &values, depth);
}

static bool too_large(const sw_execution *x, sw_value value)
{
    return sw_value_text_bytes(value) > x->payload_bytes_max;
}

static bool fail_too_large(sw_execution *x, sw_step *step)
{
    sw_failure failure = sw_failure_too_large(x, step->state->name);
    return sw_step_fail(step, failure.error.text, failure.cause);
}

static bool check_output(sw_execution *x, sw_step *step)
{
    if (step->assigned.type != SW_UNDEFINED && !fits_easily(step->assigned, x->payload_bytes_max) &&
        too_large(x, step->assigned))
        return fail_too_large(x, step);
    if (fits_easily(step->output, x->payload_bytes_max))
        return true;
    if (too_large(x, step->output))
        return fail_too_large(x, step);
    return sw_value_depth(step->output) <= SW_JSON_DEPTH_MAX ||
           sw_step_fail_runtime(step, "The output is nested more than %u levels deep.",
                                SW_JSON_DEPTH_MAX);
}

void sw_decide_exit(sw_execution *x, sw_frame *frame, sw_step *step)
{
    if (!check_output(x, step)) {
        sw_decide_fail(x, frame, step);
        return;
    }
    sw_event *event = sw_record_new(x, state_events[frame->state->type].exited, frame);
    event->data = output_payload(x, frame, step->output);
    event->assigned = step->assigned;
    event->next = step->next == NULL ? SW_NO_STATE : step->next->index;
    if (frame->phase == SW_PHASE_RESULT_KNOWN)
        event->previous = frame->exit_previous; // aws: recorded; the exit passes by …Succeeded
    sw_record_commit(x, event);
}

// Failing -----------------------------------------------------------------------------------------

// aws: recorded, November 2024. It links to the event before the state was entered, if nothing has
// happened in it since; a Wait's (December 2024), to the state's own. A catcher's links to what the
// state's failure links to (measured 2026, floci-io/floci issue 2868).
static uint32_t evaluation_previous(const sw_frame *frame)
{
    if (frame->phase == SW_PHASE_GIVEN_UP)
        return frame->exit_previous;
    if (frame->last_event == frame->entered_event && frame->state->type != SW_STATE_WAIT)
        return frame->entered_previous;
    return frame->last_event;
}

static void record_evaluation_failed(sw_execution *x, sw_frame *frame, const sw_step *step)
{
    sw_event *event = sw_record_new(x, SW_EVENT_EVALUATION_FAILED, frame);
    event->previous = evaluation_previous(frame);
    // By a catcher
    event->index = frame->phase == SW_PHASE_GIVEN_UP || frame->phase == SW_PHASE_FAILED;
    event->failure = sw_failure_keep(x, &step->failure);
    if (step->location.bytes > 0)
        event->text = sw_str_copy(&x->arena, step->location).text;
    sw_record_commit(x, event);
}

static bool is_runtime(const sw_failure *failure)
{
    return failure->has_error && sw_str_is(failure->error, "States.Runtime");
}

void sw_decide_fail(sw_execution *x, sw_frame *frame, const sw_step *step)
{
    if (step->evaluation_failed) {
        record_evaluation_failed(x, frame, step);
        return;
    }
    frame->failure = step->failure;
    frame->runtime_failed = is_runtime(&step->failure);
    frame->phase = SW_PHASE_FAILED;
    sw_frame_settle(x, frame, false);
}

// States that are done at once --------------------------------------------------------------------

static void decide_pure(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_step_begin(x, frame, &scope, &step);
    if (sw_step_apply_input_path(&step) && sw_step_finish_pure(&step))
        sw_decide_exit(x, frame, &step);
    else
        sw_decide_fail(x, frame, &step);
}

static void decide_wait(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    int64_t        due_ms;
    sw_step_begin(x, frame, &scope, &step);
    if (!sw_step_apply_input_path(&step) || !sw_wait_get_due(&step, frame->entered_ms, &due_ms)) {
        sw_decide_fail(x, frame, &step);
    } else if (due_ms > x->now_ms) {
        sw_event *event = sw_record_new(x, SW_EVENT_WAIT_SCHEDULED, frame);
        event->due_ms = due_ms;
        sw_record_commit(x, event);
    } else if (sw_step_finish_pure(&step)) {
        sw_decide_exit(x, frame, &step);
    } else {
        sw_decide_fail(x, frame, &step);
    }
}

static void decide_entered(sw_execution *x, sw_frame *frame)
{
    switch (frame->state->type) {
    case SW_STATE_TASK:
        sw_decide_task_entered(x, frame);
        break;
    case SW_STATE_PARALLEL:
        sw_decide_parallel_entered(x, frame);
        break;
    case SW_STATE_MAP:
        sw_decide_map_entered(x, frame);
        break;
    case SW_STATE_WAIT:
        decide_wait(x, frame);
        break;
    case SW_STATE_PASS:
    case SW_STATE_CHOICE:
    case SW_STATE_SUCCEED:
    case SW_STATE_FAIL:
        decide_pure(x, frame);
        break;
    }
}

// A task's or the children's result, through ResultSelector and so on, to the exit.
static void decide_result(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_step_begin(x, frame, &scope, &step);
    if (frame->result == NULL)
        sw_step_fail_runtime(&step, "The output is nested more than %u levels deep.",
                             SW_JSON_DEPTH_MAX);
    if (frame->result != NULL && sw_step_finish_with_result(&step, sw_payload_value(frame->result)))
        sw_decide_exit(x, frame, &step);
    else
        sw_decide_fail(x, frame, &step);
}

static void decide_frame(sw_execution *x, sw_frame *frame)
{
    switch (frame->phase) {
    case SW_PHASE_ENTER:
        sw_decide_enter(x, frame);
        return;
    case SW_PHASE_ENTERED:
        decide_entered(x, frame);
        return;
    case SW_PHASE_WAITED:
        decide_pure(x, frame);
        return;
    case SW_PHASE_SCHEDULED:
        if (sw_frame_is_map_run(frame))
            sw_decide_map_run_again(x, frame);
        else
            sw_decide_task_start(x, frame);
        return;
    case SW_PHASE_CHILDREN:
        if (sw_frame_is_map_run(frame))
            sw_decide_map_run_start(x, frame);
        else
            sw_decide_map_next(x, frame);
        return;
    case SW_PHASE_RESULT:
        if (frame->state->type != SW_STATE_TASK)
            sw_decide_children_result(x, frame);
        else
            decide_result(x, frame);
        return;
    case SW_PHASE_RESULT_KNOWN:
        if (!sw_frame_is_map_run(frame)) // that has its result already
            frame->result = sw_payload_of_values(x, frame->results, frame->child_count);
        decide_result(x, frame);
        return;
    case SW_PHASE_FAILED:
        sw_decide_failed(x, frame);
        return;
    case SW_PHASE_GIVEN_UP:
        sw_decide_given_up(x, frame);
        return;
    case SW_PHASE_DONE:
        sw_decide_child_done(x, frame);
        return;
    case SW_PHASE_FREE:
    case SW_PHASE_FROZEN:
    case SW_PHASE_WAITING:
    case SW_PHASE_STARTED:
    case SW_PHASE_RETRYING:
        break;
    }
    SW_ASSERT(!"a frame that can go on");
}

static void cancel_tasks(sw_execution *x)
{
    for (uint32_t i = 0; i < x->frame_count; i++)
        sw_effect_cancel(x, x->frames[i]);
}

static void end_with(sw_execution *x, sw_event *event, const sw_failure *failure)
{
    event->frame = 0;
    if (failure != NULL)
        event->failure = sw_failure_keep(x, failure);
    cancel_tasks(x);
    sw_record_commit(x, event);
    sw_effect_finished(x);
}

// aws: the last event that the limit allows is the failure (measured: ExecutionFailed has the id
// 25,000 and follows 24,999. Source: floci-io/floci issue 2734).
bool sw_decide_limit(sw_execution *x)
{
    if (!sw_record_is_full(x))
        return false;
    sw_failure failure = {.has_error = true, .has_cause = true, .error = SW_STR("States.Runtime")};
    failure.cause =
        sw_str_format(&x->arena, "The execution reached the maximum number of history events (%u).",
                      x->event_limit);
    sw_event *event = sw_record_new(x, SW_EVENT_EXECUTION_FAILED, sw_frame_get(x, 0));
    event->previous = x->event_count;
    end_with(x, event, &failure);
    return true;
}

void sw_decide_run(sw_execution *x)
{
    sw_frame *frame;
    uint32_t  steps = 0;
    while (x->status == SW_RUNNING && (frame = sw_frame_next_ready(x)) != NULL &&
           steps++ < SW_FRAME_STEPS_MAX) {
        if (steps > 1 && sw_collect_is_due(x))
            return; // the next handle does it
        if (!sw_decide_limit(x))
            decide_frame(x, frame);
    }
}

// A Wait or a retry. That it is due is not in an event, so it happens when the queue is empty: a
// replay, which finds the timer still armed, then comes to the same order.
static void decide_due(sw_execution *x, sw_frame *frame)
{
    sw_timer_disarm(x, frame);
    frame->phase = frame->phase == SW_PHASE_RETRYING ? SW_PHASE_ENTERED : SW_PHASE_WAITED;
    sw_frame_settle(x, frame, false);
}

// aws: tasks that are due at the same time have all timed out before the first of them fails what
// is around it (recorded, service_lambda_map_timeout).
void sw_decide_timeouts(sw_execution *x)
{
    sw_frame *frame;
    while (x->status == SW_RUNNING && (frame = sw_timer_first_task(x, x->now_ms)) != NULL) {
        if (!sw_decide_limit(x))
            sw_decide_task_timeout(x, frame);
    }
}

void sw_decide_time_passed(sw_execution *x)
{
    sw_frame *frame;
    sw_decide_timeouts(x);
    sw_decide_run(x);
    while (x->queue.count == 0 && (frame = sw_timer_first(x)) != NULL &&
           frame->due_ms <= x->now_ms) {
        decide_due(x, frame);
        sw_decide_run(x);
    }
}

// The end -----------------------------------------------------------------------------------------

void sw_decide_end(sw_execution *x, sw_event_type type, const sw_failure *failure)
{
    sw_frame *top = sw_frame_get(x, 0);
    sw_event *event = sw_record_new(x, type, top);
    if (type == SW_EVENT_EXECUTION_ABORTED)
        event->previous = 0; // aws: recorded, test_stop_execution
    if (type == SW_EVENT_EXECUTION_SUCCEEDED)
        event->data = top->input;
    end_with(x, event, failure);
}

void sw_decide_end_failed(sw_execution *x, const sw_frame *frame)
{
    sw_event *event = sw_record_new(x, SW_EVENT_EXECUTION_FAILED, frame);
    event->state = sw_frame_get_failed_state(frame)->index;
    end_with(x, event, &frame->failure);
}

void sw_decide_child_done(sw_execution *x, sw_frame *frame)
{
    if (frame->parent == SW_NO_FRAME) {
        sw_decide_end(x, SW_EVENT_EXECUTION_SUCCEEDED, NULL);
        return;
    }
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_ITERATION_SUCCEEDED, frame);
    event->index = frame->position;
    sw_record_commit(x, event);
}
