// decide_task.c: a Task state from its parameters to its outcome.

#include "engine/engine.h"

#include "base/assert.h"

static const struct {
    sw_event_type scheduled, started, succeeded, failed, timed_out;
} task_events[] = {
    [SW_RESOURCE_LAMBDA] = {SW_EVENT_LAMBDA_FUNCTION_SCHEDULED, SW_EVENT_LAMBDA_FUNCTION_STARTED,
                            SW_EVENT_LAMBDA_FUNCTION_SUCCEEDED, SW_EVENT_LAMBDA_FUNCTION_FAILED,
                            SW_EVENT_LAMBDA_FUNCTION_TIMED_OUT},
    [SW_RESOURCE_ACTIVITY] = {SW_EVENT_ACTIVITY_SCHEDULED, SW_EVENT_ACTIVITY_STARTED,
                              SW_EVENT_ACTIVITY_SUCCEEDED, SW_EVENT_ACTIVITY_FAILED,
                              SW_EVENT_ACTIVITY_TIMED_OUT},
    [SW_RESOURCE_SERVICE] = {SW_EVENT_TASK_SCHEDULED, SW_EVENT_TASK_STARTED,
                             SW_EVENT_TASK_SUCCEEDED, SW_EVENT_TASK_FAILED,
                             SW_EVENT_TASK_TIMED_OUT},
};

static const sw_payload *parameters_payload(sw_execution *x, const sw_frame *frame,
                                            sw_value parameters)
{
    sw_value input = frame->input->value;
    if (parameters.type == input.type && parameters.any == input.any &&
        parameters.size == input.size)
        return frame->input;
    return sw_payload_of_value(x, parameters);
}

// aws: recorded, test_activity_task_on_deleted.
static bool activity_exists(const sw_execution *x, sw_step *step)
{
    const sw_task *task = &step->state->task;
    if (task->kind != SW_RESOURCE_ACTIVITY || x->options.activity_exists == NULL ||
        x->options.activity_exists(x->options.who, task->arn))
        return true;
    return sw_step_fail_runtime(step, "The activity %.*s does not exist.", SW_STR_ARG(task->arn));
}

void sw_decide_task_entered(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_task_plan   plan;
    sw_step_begin(x, frame, &scope, &step);
    if (!sw_step_apply_input_path(&step) || !sw_task_get_plan(&step, &plan)) {
        sw_decide_fail(x, frame, &step);
        return;
    }
    if (!activity_exists(x, &step)) {
        sw_decide_fail(x, frame, &step);
        return;
    }
    sw_event *event = sw_record_new(x, task_events[frame->state->task.kind].scheduled, frame);
    event->data = parameters_payload(x, frame, plan.parameters);
    event->timeout_s = plan.timeout_s;
    event->heartbeat_s = plan.heartbeat_s;
    event->text = plan.role;
    sw_record_commit(x, event);
    if (frame->state->task.kind == SW_RESOURCE_ACTIVITY)
        sw_effect_start(x, frame); // …Started follows when a worker takes it
}

void sw_decide_task_start(sw_execution *x, sw_frame *frame)
{
    sw_record_plain(x, task_events[frame->state->task.kind].started, frame);
    sw_effect_start(x, frame);
}

// aws: a missed heartbeat is recorded as States.Timeout too (2023); the documented name is
// States.HeartbeatTimeout.
void sw_decide_task_timeout(sw_execution *x, sw_frame *frame)
{
    sw_effect_cancel(x, frame);
    sw_record_failure(x, task_events[frame->state->task.kind].timed_out, frame,
                      &(sw_failure){.has_error = true, .error = SW_STR("States.Timeout")});
}

// Reports -----------------------------------------------------------------------------------------

// Names what returned too much: the function's ARN, the service, or the activity. aws: recorded,
// data_limit_exceeded.
static sw_str task_label(const sw_task *task)
{
    return task->kind == SW_RESOURCE_SERVICE ? task->resource_type : task->arn;
}

void sw_decide_output(sw_execution *x, sw_frame *frame, const sw_output *output)
{
    sw_error err;
    sw_value value;
    if (output->text.bytes > x->payload_bytes_max) {
        sw_failure failure = sw_failure_too_large(x, output->label);
        sw_record_failure(x, output->failed, frame, &failure);
        return;
    }
    sw_str text = sw_str_copy(&x->arena, output->text);
    if (!sw_json_parse(&x->arena, text, 0, &value, &err)) {
        sw_failure failure = {
            .has_error = true,
            .has_cause = true,
            .error = SW_STR("States.Runtime"),
            .cause =
                sw_str_format(&x->arena, "The output of the task is not JSON: %s", err.message)};
        sw_record_failure(x, output->failed, frame, &failure);
        return;
    }
    sw_payload *payload = (sw_payload *)(uintptr_t)sw_payload_of_text(x, text);
    payload->value = value;
    sw_event *event = sw_record_new(x, output->type, frame);
    event->data = payload;
    sw_record_commit(x, event);
}

static void task_output(sw_execution *x, sw_frame *frame, sw_event_type type, sw_str text)
{
    const sw_task *task = &frame->state->task;
    sw_decide_output(x, frame,
                     &(sw_output){.type = type,
                                  .failed = task_events[task->kind].failed,
                                  .label = task_label(task),
                                  .text = text});
}

static void worker_started(sw_execution *x, sw_frame *frame, sw_str worker_name)
{
    if (frame->phase != SW_PHASE_SCHEDULED)
        return;
    sw_event *event = sw_record_new(x, task_events[frame->state->task.kind].started, frame);
    if (worker_name.bytes > 0)
        event->text = sw_str_copy(&x->arena, worker_name).text;
    sw_record_commit(x, event);
}

static void heartbeat(sw_execution *x, sw_frame *frame)
{
    if (frame->phase != SW_PHASE_STARTED || frame->heartbeat_s == 0)
        return;
    sw_record_plain(x, SW_EVENT_TASK_HEARTBEAT, frame);
}

static sw_frame *find_task(const sw_execution *x, sw_task_ref task)
{
    if (task.frame >= x->frame_count)
        return NULL;
    sw_frame *frame = sw_frame_get(x, task.frame);
    return sw_frame_in_task(frame) && frame->attempt == task.attempt ? frame : NULL;
}

bool sw_execution_wants(const sw_execution *x, sw_task_ref task)
{
    return x->status == SW_RUNNING && find_task(x, task) != NULL;
}

sw_str sw_execution_get_task_input(const sw_execution *x, sw_task_ref task)
{
    const sw_frame *frame = find_task(x, task);
    return frame == NULL ? (sw_str){0} : sw_payload_text(frame->parameters);
}

bool sw_execution_is_submitted(const sw_execution *x, sw_task_ref task)
{
    const sw_frame *frame = find_task(x, task);
    return frame != NULL && frame->submitted;
}

bool sw_execution_awaits_submission(const sw_execution *x, sw_task_ref task)
{
    const sw_frame *frame = find_task(x, task);
    return frame != NULL && !frame->submitted && !sw_frame_is_map_run(frame) &&
           frame->state->task.pattern == SW_PATTERN_WAIT_FOR_TASK_TOKEN;
}

void sw_task_happened(sw_execution *x, const sw_happening *happening)
{
    sw_frame *frame = find_task(x, happening->task);
    if (frame == NULL)
        return; // an attempt that is over
    if (sw_frame_is_map_run(frame)) {
        sw_decide_map_run_happened(x, frame, happening);
        return;
    }
    sw_resource_kind kind = frame->state->task.kind;
    if (happening->kind != SW_HAPPENED_TASK_HEARTBEAT && sw_decide_limit(x))
        return;
    switch (happening->kind) {
    case SW_HAPPENED_TASK_STARTED:
        worker_started(x, frame, happening->worker_name);
        return;
    case SW_HAPPENED_TASK_SUBMITTED:
        task_output(x, frame, SW_EVENT_TASK_SUBMITTED, happening->output);
        return;
    case SW_HAPPENED_TASK_SUCCEEDED:
        task_output(x, frame, task_events[kind].succeeded, happening->output);
        return;
    case SW_HAPPENED_TASK_FAILED:
        sw_record_failure(x, task_events[kind].failed, frame,
                          sw_failure_copy(x, &happening->failure));
        return;
    case SW_HAPPENED_TASK_HEARTBEAT:
        heartbeat(x, frame);
        return;
    case SW_HAPPENED_START:
    case SW_HAPPENED_RESUME:
    case SW_HAPPENED_TIME_PASSED:
    case SW_HAPPENED_MAP_NEXT:
    case SW_HAPPENED_STOP:
    case SW_HAPPENED_REDRIVE:
        break;
    }
    SW_ASSERT(!"a happening about a task");
}
