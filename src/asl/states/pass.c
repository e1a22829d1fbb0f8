// pass.c: a Pass state's result is its Result, or what it works on.

#include "asl/step.h"

bool sw_pass_finish(sw_step *step)
{
    const sw_state *state = step->state;
    if (state->language == SW_LANGUAGE_JSONATA)
        return sw_step_finish(step);
    sw_value result;
    if (state->result != NULL)
        result = state->result->value;
    else if (!sw_step_get_work_input(step, &result))
        return false;
    return sw_step_finish_with_result(step, result);
}
