// dataflow.c: the order in which a state's fields are applied.
//
//   JSONPath   raw input -> InputPath -> Parameters -> work -> result -> ResultSelector ->
//              ResultPath (into the raw input) -> OutputPath -> output
//   JSONata    input -> Arguments -> work -> result -> Output
//
// Assign looks at the same values as ResultSelector or Output, and does not see what they make.

#include "asl/step.h"

#include "base/assert.h"

static inline void trace(sw_step *step, const char *stage, sw_value value)
{
    if (step->trace != NULL)
        step->trace(step, stage, value);
}

static bool empty_object(sw_step *step, sw_value *result)
{
    sw_value *items;
    *result = sw_object_build(step->arena, 0, &items);
    return true;
}

// InputPath or OutputPath: what it picks out of `$`.
static bool pick(sw_step *step, const sw_path_field *field, sw_value *result)
{
    if (!field->set) {
        *result = step->scope.input;
        return true;
    }
    return field->null ? empty_object(step, result) : sw_step_need_path(step, field->path, result);
}

bool sw_step_apply_input_path(sw_step *step)
{
    step->scope.input = step->input;
    sw_value effective;
    if (!pick(step, &step->state->input_path, &effective))
        return false;
    step->scope.input = effective;
    trace(step, "afterInputPath", effective);
    return true;
}

bool sw_step_get_work_input(sw_step *step, sw_value *work)
{
    *work = step->scope.input;
    if (step->state->parameters != NULL &&
        !sw_template_evaluate(step, step->state->parameters, work))
        return false;
    trace(step, step->state->language == SW_LANGUAGE_JSONATA ? "afterArguments" : "afterParameters",
          *work);
    return true;
}

// A path that cannot be written. spec: the error's name. aws: the cause, from a public report
// (aws/aws-cdk issue 29473).
static bool fail_write(sw_step *step, const sw_path_field *field)
{
    sw_str input = sw_json_print(step->scratch, step->input);
    sw_str text = sw_jsonpath_get_text(field->path);
    return sw_step_fail(step, "States.ResultPathMatchFailure",
                        sw_str_format(step->arena,
                                      "Unable to apply ReferencePath %.*s to input %.*s",
                                      SW_STR_ARG(text), SW_STR_ARG(input)));
}

static bool put_result(sw_step *step, const sw_path_field *field, sw_value result, sw_value *output)
{
    sw_error err;
    if (field->null) {
        *output = step->input;
        return true;
    }
    if (!field->set || sw_jsonpath_is_root(field->path)) {
        *output = result;
        return true;
    }
    if (!sw_jsonpath_write(field->path, step->input, result, step->arena, output, &err))
        return fail_write(step, field);
    return true;
}

static bool assign(sw_step *step, const sw_template *template)
{
    step->assigned = sw_undefined();
    return template == NULL || sw_template_evaluate(step, template, &step->assigned);
}

// JSONata's Output, or what stands for it when there is none.
static bool evaluate_output(sw_step *step, const sw_template *output, sw_value fallback)
{
    step->output = fallback;
    return output == NULL || sw_template_evaluate(step, output, &step->output);
}

static bool apply_output_path(sw_step *step, sw_value before)
{
    step->scope.input = before;
    return pick(step, &step->state->output_path, &step->output);
}

bool sw_step_finish_with_result(sw_step *step, sw_value result)
{
    const sw_state *state = step->state;
    step->next = state->next;
    if (state->language == SW_LANGUAGE_JSONATA) {
        step->scope.result = result;
        return evaluate_output(step, state->output, result) && assign(step, state->assign);
    }
    sw_value selected = result, output;
    step->scope.input = result;
    if (!assign(step, state->assign))
        return false;
    if (state->result_selector != NULL &&
        !sw_template_evaluate(step, state->result_selector, &selected))
        return false;
    trace(step, "afterResultSelector", selected);
    if (!put_result(step, &state->result_path, selected, &output))
        return false;
    trace(step, "afterResultPath", output);
    return apply_output_path(step, output);
}

bool sw_step_finish_by(sw_step *step, const sw_template *output, const sw_template *assigned,
                       const sw_state *next)
{
    bool ok = step->state->language == SW_LANGUAGE_JSONATA
                  ? evaluate_output(step, output, step->input) && assign(step, assigned)
                  : assign(step, assigned) && apply_output_path(step, step->scope.input);
    step->next = next;
    return ok;
}

bool sw_step_finish(sw_step *step)
{
    const sw_state *state = step->state;
    return sw_step_finish_by(step, state->output, state->assign, state->next);
}

bool sw_step_finish_pure(sw_step *step)
{
    switch (step->state->type) {
    case SW_STATE_PASS:
        return sw_pass_finish(step);
    case SW_STATE_CHOICE:
        return sw_choice_finish(step);
    case SW_STATE_FAIL:
        return sw_fail_get_failure(step);
    case SW_STATE_SUCCEED:
    case SW_STATE_WAIT:
        return sw_step_finish(step);
    case SW_STATE_TASK:
    case SW_STATE_PARALLEL:
    case SW_STATE_MAP:
        break;
    }
    SW_ASSERT(!"a state without a task or children");
    return false;
}

// aws: a time-out's absent cause is an empty text (recorded, test_invoke_timeout); any other's is
// null (recorded, callback, no_error_field).
sw_value sw_failure_to_value(sw_arena *arena, const sw_failure *failure)
{
    bool      timed_out = failure->has_error && sw_str_is(failure->error, "States.Timeout");
    sw_value *items;
    sw_value  object = sw_object_build(arena, 2, &items);
    items[0] = sw_string_plain(SW_STR("Error"));
    items[1] = failure->has_error ? sw_string(failure->error) : sw_null();
    items[2] = sw_string_plain(SW_STR("Cause"));
    items[3] = failure->has_cause ? sw_string(failure->cause)
               : timed_out        ? sw_string(SW_STR(""))
                                  : sw_null();
    return object;
}

// aws: neither ResultSelector nor OutputPath is applied to a caught error, even one that leads
// nowhere (recorded, test_raise_exception_catch_output_path).
bool sw_step_catch(sw_step *step, const sw_catcher *catcher, sw_value error_output)
{
    step->next = catcher->next;
    if (step->state->language == SW_LANGUAGE_JSONATA) {
        step->scope.error_output = error_output;
        return evaluate_output(step, catcher->output, error_output) &&
               assign(step, catcher->assign);
    }
    step->scope.input = error_output;
    return assign(step, catcher->assign) &&
           put_result(step, &catcher->result_path, error_output, &step->output);
}
