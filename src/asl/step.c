// step.c: putting failures into words.

#include "asl/step.h"

#include <stdarg.h>

bool sw_step_fail(sw_step *step, const char *error, sw_str cause)
{
    step->failure = (sw_failure){
        .has_error = true, .has_cause = true, .error = sw_str_from(error), .cause = cause};
    step->evaluation_failed = false;
    return false;
}

static bool fail_in_state(sw_step *step, const char *error, sw_str text)
{
    sw_str name = step->state->name;
    sw_str cause =
        sw_str_format(step->arena,
                      "An error occurred while executing the state '%.*s' (entered at the event id "
                      "#%u). %.*s",
                      SW_STR_ARG(name), step->entered_event, SW_STR_ARG(text));
    return sw_step_fail(step, error, cause);
}

bool sw_step_fail_runtime(sw_step *step, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str text = sw_str_vformat(step->arena, format, arguments);
    va_end(arguments);
    return fail_in_state(step, "States.Runtime", text);
}

bool sw_step_fail_state(sw_step *step, const char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str text = sw_str_vformat(step->arena, format, arguments);
    va_end(arguments);
    return fail_in_state(step, error, text);
}

bool sw_step_fail_evaluation(sw_step *step, sw_str location, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str text = sw_str_vformat(step->arena, format, arguments);
    va_end(arguments);
    fail_in_state(step, "States.QueryEvaluationError", text);
    step->evaluation_failed = true;
    step->location = location;
    return false;
}

static const char *type_name(sw_value value)
{
    static const char *const names[] = {"undefined", "null",  "boolean", "number",
                                        "string",    "array", "object",  "function"};
    return names[value.type];
}

bool sw_step_fail_type(sw_step *step, const sw_template *expression, const char *expected,
                       sw_value value)
{
    sw_str text = expression->text, field = expression->field,
           shown = sw_json_print(step->arena, value);
    return sw_step_fail_evaluation(
        step, field,
        "The JSONata expression '%.*s' specified for the field '%.*s' returned an "
        "unexpected result type. Expected '%s', but was '%s' for value: %.*s",
        SW_STR_ARG(text), SW_STR_ARG(field), expected, type_name(value), SW_STR_ARG(shown));
}
