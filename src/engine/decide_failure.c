// decide_failure.c: a frame has failed: try again, catch, or give up and fail what is around it.
//
//   FAILED  a retrier has attempts left      -> RetryScheduled (private), wait, begin the state
//   again
//           Parallel or Map                  -> …StateFailed -> GIVEN_UP
//           a catcher matches                -> …StateExited by way of it
//           otherwise                        -> the parent fails, or the execution does
//
// aws: recorded. A Parallel or Map that is retried has no …StateFailed event. What the interpreter
// itself calls States.Runtime ends the execution wherever it happens, without …Failed and …Aborted
// events (measured: floci-io/floci issue 2868).

#include "engine/engine.h"

static bool has_children_states(const sw_frame *frame)
{
    return frame->state->type == SW_STATE_PARALLEL || frame->state->type == SW_STATE_MAP;
}

// Retry -------------------------------------------------------------------------------------------

static bool schedule_retry(sw_execution *x, sw_frame *frame)
{
    int at = sw_retry_find(frame->state, &frame->failure);
    if (at < 0)
        return false;
    const sw_retrier *retrier = &frame->state->retriers[at];
    uint32_t          made = frame->retries == NULL ? 0 : frame->retries[at];
    if (made >= retrier->max_attempts)
        return false;
    sw_chance_seed(&x->chance, x->options.seed, x->event_count + 1);
    sw_event *event = sw_record_new(x, SW_EVENT_RETRY_SCHEDULED, frame);
    event->index = (uint32_t)at;
    event->due_ms =
        x->now_ms + sw_retry_delay_ms(retrier, made + 1, sw_chance_fraction(&x->chance));
    sw_record_commit(x, event);
    return true;
}

// Catch -------------------------------------------------------------------------------------------

// True when it has recorded something.
static bool catch_failure(sw_execution *x, sw_frame *frame)
{
    const sw_catcher *catcher = sw_catch_find(frame->state, &frame->failure);
    if (catcher == NULL || frame->catch_failed)
        return false;
    sw_step        step;
    sw_frame_scope scope;
    sw_step_begin(x, frame, &scope, &step);
    if (sw_step_catch(&step, catcher, sw_failure_to_value(&x->arena, &frame->failure))) {
        // Until the next state; so what is too large is not caught again and again
        frame->catch_failed = true;
        sw_decide_exit(x, frame, &step);
        return true;
    }
    sw_decide_fail(x, frame, &step); // the catcher itself failed; nothing catches that
    return step.evaluation_failed;
}

// Tearing down ------------------------------------------------------------------------------------

static void record_abort(sw_execution *x, sw_frame *frame, sw_event_type type, uint32_t previous)
{
    if (sw_record_is_full(x))
        return;
    sw_event *event = sw_record_new(x, type, frame);
    event->previous = previous;
    event->index = frame->position;
    sw_record_commit(x, event);
}

static bool inside_state(const sw_frame *frame)
{
    return frame->phase != SW_PHASE_ENTER && frame->phase != SW_PHASE_DONE &&
           frame->phase != SW_PHASE_FROZEN;
}

static void abort_state(sw_execution *x, sw_frame *frame, uint32_t previous)
{
    for (uint32_t id = frame->first_child; id != SW_NO_FRAME;
         id = sw_frame_get(x, id)->next_sibling)
        abort_state(x, sw_frame_get(x, id), previous);
    if (!inside_state(frame) || frame->state_torn)
        return;
    switch (frame->state->type) {
    case SW_STATE_TASK:
        record_abort(x, frame, SW_EVENT_TASK_STATE_ABORTED, previous);
        break;
    case SW_STATE_WAIT:
        record_abort(x, frame, SW_EVENT_WAIT_STATE_ABORTED, previous);
        break;
    case SW_STATE_PARALLEL:
        record_abort(x, frame, SW_EVENT_PARALLEL_STATE_ABORTED, previous);
        break;
    case SW_STATE_MAP:
        if (sw_frame_is_map_run(frame) && frame->phase == SW_PHASE_STARTED)
            record_abort(x, frame, SW_EVENT_MAP_RUN_ABORTED, previous);
        record_abort(x, frame, SW_EVENT_MAP_STATE_ABORTED, previous);
        break;
    case SW_STATE_PASS:
    case SW_STATE_CHOICE:
    case SW_STATE_SUCCEED:
    case SW_STATE_FAIL:
        break;
    }
}

static void cancel_below(sw_execution *x, const sw_frame *frame)
{
    for (uint32_t id = frame->first_child; id != SW_NO_FRAME;
         id = sw_frame_get(x, id)->next_sibling) {
        cancel_below(x, sw_frame_get(x, id));
        sw_effect_cancel(x, sw_frame_get(x, id));
    }
}

void sw_decide_stop_children(sw_execution *x, sw_frame *frame)
{
    cancel_below(x, frame);
    sw_frame_freeze_children(x, frame);
}

// aws: recorded, service_lambda_map_timeout. For each child in order its iteration's end, then its
// Task's.
static void tear_down(sw_execution *x, sw_frame *parent, const sw_frame *failed)
{
    uint32_t last = failed->last_event;
    cancel_below(x, parent);
    for (uint32_t id = parent->first_child; id != SW_NO_FRAME;
         id = sw_frame_get(x, id)->next_sibling) {
        sw_frame *child = sw_frame_get(x, id);
        if (parent->state->type == SW_STATE_MAP && !child->iteration_torn)
            record_abort(x, child,
                         child == failed ? SW_EVENT_MAP_ITERATION_FAILED
                                         : SW_EVENT_MAP_ITERATION_ABORTED,
                         last);
        abort_state(x, child, last);
    }
    parent->failure = failed->failure;
    parent->failed_state = sw_frame_get_failed_state(failed);
    parent->last_event = last;
    parent->runtime_failed = false;
    parent->phase = SW_PHASE_FAILED;
}

static void fail_around(sw_execution *x, sw_frame *frame)
{
    if (frame->parent == SW_NO_FRAME || frame->runtime_failed) {
        sw_decide_end_failed(x, frame);
        return;
    }
    sw_frame *parent = sw_frame_get(x, frame->parent);
    tear_down(x, parent, frame);
    if (!sw_decide_limit(x))
        sw_decide_failed(x, parent); // records an event of the parent, which stops the children
}

// -------------------------------------------------------------------------------------------------

void sw_decide_failed(sw_execution *x, sw_frame *frame)
{
    if (!frame->catch_failed && schedule_retry(x, frame))
        return;
    if (!has_children_states(frame) || frame->runtime_failed) {
        sw_decide_given_up(x, frame);
        return;
    }
    const sw_failure *kept = sw_failure_keep(x, &frame->failure);
    sw_event         *event =
        sw_record_new(x,
                      frame->state->type == SW_STATE_MAP ? SW_EVENT_MAP_STATE_FAILED
                                                         : SW_EVENT_PARALLEL_STATE_FAILED,
                      frame);
    event->failure = kept;
    event->next = sw_frame_get_failed_state(frame)->index;
    sw_record_commit(x, event);
}

void sw_decide_given_up(sw_execution *x, sw_frame *frame)
{
    if (!catch_failure(x, frame))
        fail_around(x, frame);
}
