// wait.c: until when a Wait state waits. All texts are recorded: wait_timestamp, wait_seconds_path.

#include "asl/step.h"

#include "base/time.h"

#define WAIT_DAYS_MAX 24855 // aws: recorded; the delay has to fit into 2^31 seconds
#define MS_PER_DAY    86400000

static sw_str show(sw_step *step, sw_value value)
{
    return value.type == SW_STRING ? sw_value_str(value) : sw_json_print(step->scratch, value);
}

static bool fail_seconds(sw_step *step, const sw_number_field *field, const char *what,
                         sw_value value)
{
    sw_str name = field->field, text = field->text, shown = show(step, value);
    return sw_step_fail_runtime(step, "The %.*s parameter %s: %.*s == %.*s", SW_STR_ARG(name), what,
                                SW_STR_ARG(text), SW_STR_ARG(shown));
}

static bool read_seconds(sw_step *step, const sw_number_field *field, sw_value *value)
{
    sw_error err;
    if (field->path == NULL)
        return sw_number_evaluate(step, field, value);
    if (sw_step_read_path(step, field->path, value, &err))
        return true;
    return sw_step_fail_runtime(step, "The %.*s parameter does not reference an input value: %.*s",
                                SW_STR_ARG(field->field), SW_STR_ARG(field->text));
}

static bool seconds_due(sw_step *step, int64_t entered_ms, int64_t *due_ms)
{
    const sw_number_field *field = &step->state->wait.seconds;
    sw_value               value;
    int64_t                seconds;
    if (!read_seconds(step, field, &value))
        return false;
    if (!sw_value_integer(value, &seconds)) {
        if (field->expression != NULL)
            return sw_step_fail_type(step, field->expression, "number", value);
        return fail_seconds(step, field, "cannot be parsed as a long value", value);
    }
    if (seconds < 0) {
        if (field->expression == NULL)
            return fail_seconds(step, field, "references a negative value", value);
        return sw_step_fail_evaluation(
            step, field->field, "The Seconds field must not be negative: %lld", (long long)seconds);
    }
    if (seconds > 2147483647)
        return sw_step_fail_runtime(step, "Wait state delay is too long.");
    *due_ms = entered_ms + seconds * 1000;
    return true;
}

static bool fail_timestamp(sw_step *step, const sw_template *expression, sw_value value)
{
    sw_str shown = show(step, value);
    if (expression->kind == SW_TEMPLATE_JSONATA)
        return sw_step_fail_evaluation(step, expression->field,
                                       "The Timestamp field cannot be parsed as an ISO-8601 "
                                       "extended offset date-time format string: %.*s",
                                       SW_STR_ARG(shown));
    return sw_step_fail_runtime(
        step,
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
        "date-time format string: %.*s == %.*s",
        SW_STR_ARG(expression->text), SW_STR_ARG(shown));
}

static bool read_timestamp(sw_step *step, const sw_text_field *field, sw_value *value)
{
    sw_error           err;
    const sw_template *expression = field->expression;
    *value = field->value;
    if (expression == NULL)
        return true;
    if (expression->kind != SW_TEMPLATE_PATH)
        return sw_template_evaluate(step, expression, value);
    if (sw_step_read_path(step, expression->path, value, &err))
        return true;
    return sw_step_fail_runtime(
        step, "The TimestampPath parameter does not reference an input value: %.*s",
        SW_STR_ARG(expression->text));
}

static bool timestamp_due(sw_step *step, int64_t entered_ms, int64_t *due_ms)
{
    const sw_text_field *field = &step->state->wait.timestamp;
    sw_value             value;
    sw_instant           instant;
    if (!read_timestamp(step, field, &value))
        return false;
    if (value.type != SW_STRING || !sw_time_parse(sw_value_str(value), &instant)) {
        if (field->expression == NULL)
            return sw_step_fail_runtime(step, "String does not match RFC3339 timestamp");
        return fail_timestamp(step, field->expression, value);
    }
    if (instant.seconds - entered_ms / 1000 >= (int64_t)(WAIT_DAYS_MAX + 1) * (MS_PER_DAY / 1000))
        return sw_step_fail_runtime(step, "Wait state delay is too long.");
    *due_ms = instant.seconds * 1000; // docs: truncated to seconds
    return true;
}

bool sw_wait_get_due(sw_step *step, int64_t entered_ms, int64_t *due_ms)
{
    if (step->state->wait.seconds.set)
        return seconds_due(step, entered_ms, due_ms);
    return timestamp_due(step, entered_ms, due_ms);
}
