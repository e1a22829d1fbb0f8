// task.c: what a Task state asks for: parameters, time limits, credentials.

#include "asl/step.h"

static bool fail_integer(sw_step *step, const sw_number_field *field, sw_value value)
{
    sw_str text = field->text, name = field->field, shown = sw_json_print(step->scratch, value);
    if (field->expression != NULL)
        return sw_step_fail_type(step, field->expression, "number", value);
    return sw_step_fail_runtime(
        step, "The %.*s field refers to value \"%.*s\" which is not a valid integer: %.*s",
        SW_STR_ARG(name), SW_STR_ARG(shown), SW_STR_ARG(text));
}

static bool get_seconds(sw_step *step, const sw_number_field *field, int64_t *seconds)
{
    *seconds = 0;
    if (!field->set)
        return true;
    sw_value value;
    if (!sw_number_evaluate(step, field, &value))
        return false;
    if (!sw_value_integer(value, seconds) || *seconds <= 0)
        return fail_integer(step, field, value);
    return true;
}

static bool get_role(sw_step *step, const sw_template *credentials, const char **role)
{
    *role = NULL;
    if (credentials == NULL)
        return true;
    sw_value value;
    if (!sw_template_evaluate(step, credentials, &value))
        return false;
    sw_value arn = sw_value_get(value, SW_STR("RoleArn"));
    if (arn.type == SW_STRING)
        *role = sw_str_copy(step->arena, sw_value_str(arn)).text;
    return true;
}

// aws: recorded; a task of ECS that is waited for says who has started it.
static bool add_starter(sw_step *step, const sw_task *task, sw_value *parameters)
{
    sw_str key = SW_STR("StartedBy");
    if (task->pattern == SW_PATTERN_SYNC && sw_str_is(task->resource_type, "ecs") &&
        parameters->type == SW_OBJECT && sw_value_find(*parameters, key) < 0)
        *parameters =
            sw_object_with(step->arena, *parameters, key, sw_string(SW_STR("AWS Step Functions")));
    return true;
}

bool sw_task_get_plan(sw_step *step, sw_task_plan *plan)
{
    const sw_task *task = &step->state->task;
    return sw_step_get_work_input(step, &plan->parameters) &&
           add_starter(step, task, &plan->parameters) &&
           get_seconds(step, &task->timeout_seconds, &plan->timeout_s) &&
           get_seconds(step, &task->heartbeat_seconds, &plan->heartbeat_s) &&
           get_role(step, task->credentials, &plan->role);
}
