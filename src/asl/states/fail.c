// fail.c: what a Fail state fails with.

#include "asl/step.h"

// docs: "Fail workflow state". A path that leads nowhere and a value that is no text are failures
// of their own.
static bool get_text(sw_step *step, const sw_text_field *field, bool *present, sw_str *text)
{
    *present = field->set;
    if (!field->set)
        return true;
    sw_value value = field->value;
    if (field->expression != NULL && !sw_template_evaluate(step, field->expression, &value))
        return false;
    if (value.type != SW_STRING && field->expression != NULL &&
        field->expression->kind == SW_TEMPLATE_JSONATA)
        return sw_step_fail_type(step, field->expression, "string", value);
    if (value.type != SW_STRING)
        return sw_step_fail_runtime(step, "The %.*s parameter does not reference a string: %.*s",
                                    SW_STR_ARG(field->expression->field),
                                    SW_STR_ARG(field->expression->text));
    *text = sw_value_str(value);
    return true;
}

bool sw_fail_get_failure(sw_step *step)
{
    const sw_fail_fields *fail = &step->state->fail;
    sw_failure            failure = {0};
    if (!get_text(step, &fail->error, &failure.has_error, &failure.error) ||
        !get_text(step, &fail->cause, &failure.has_cause, &failure.cause))
        return false;
    step->failure = failure;
    return false;
}
