// template.c: evaluating payload templates and single expressions, in either query language.
//
// This is the one place where the two languages meet: whatever field an expression stands in, it
// ends up here.

#include "asl/step.h"

#include "base/assert.h"
#include "json/value.h"

// JSONPath ----------------------------------------------------------------------------------------

bool sw_step_read_path(sw_step *step, const sw_jsonpath *path, sw_value *result, sw_error *err)
{
    sw_value root = step->scope.input;
    switch (sw_jsonpath_get_root(path)) {
    case SW_JSONPATH_INPUT:
        break;
    case SW_JSONPATH_CONTEXT:
        root = step->scope.context(&step->scope, step->arena);
        break;
    case SW_JSONPATH_VARIABLE:
        root = step->scope.variable(&step->scope, sw_jsonpath_get_variable(path));
        break;
    }
    if (root.type == SW_UNDEFINED)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "No results for path: %.*s",
                       SW_STR_ARG(sw_jsonpath_get_text(path)));
    return sw_jsonpath_read(path, root, step->arena, result, err);
}

bool sw_step_need_path(sw_step *step, const sw_jsonpath *path, sw_value *result)
{
    sw_error err;
    if (sw_step_read_path(step, path, result, &err))
        return true;
    sw_str text = sw_jsonpath_get_text(path);
    return sw_step_fail_runtime(step, "Invalid path '%.*s' : %s", SW_STR_ARG(text), err.message);
}

// aws: recorded, test_pass with a path that leads nowhere.
static bool fail_not_found(sw_step *step, const sw_template *template, sw_str path)
{
    sw_str input = sw_json_print(step->scratch, step->scope.input);
    return sw_step_fail_runtime(
        step,
        "The JSONPath '%.*s' specified for the field '%.*s' could not be found in the input '%.*s'",
        SW_STR_ARG(path), SW_STR_ARG(template->field), SW_STR_ARG(input));
}

// Whether the path led to an array that is too short, in Jayway's words.
static bool is_behind_array(const sw_error *err)
{
    return err->code == SW_ERROR_NOT_FOUND &&
           strncmp(err->message, "Index out of bounds ", 20) == 0;
}

static bool evaluate_path(sw_step *step, const sw_template *template, sw_value *result)
{
    sw_error err;
    if (sw_step_read_path(step, template->path, result, &err))
        return true;
    if (is_behind_array(&err)) { // aws: measured, floci-io/floci issue 2870
        *result = sw_null();
        return true;
    }
    return fail_not_found(step, template, template->text);
}

// aws: measured, floci-io/floci issue 2870. It names the whole expression and the path as they are
// written.
static bool fail_argument(sw_step *step, const sw_template *template, const char *path)
{
    sw_str input = sw_json_print(step->scratch, step->scope.input);
    return sw_step_fail_runtime(
        step,
        "The function '%.*s' had the following error: The JsonPath argument for the field "
        "'%s' could not be found in the input '%.*s'",
        SW_STR_ARG(template->text), path, SW_STR_ARG(input));
}

static bool evaluate_intrinsic(sw_step *step, const sw_template *template, sw_value *result)
{
    sw_error err;
    if (sw_intrinsic_evaluate(template->call, &step->scope, step->arena, result, &err))
        return true;
    if (err.code == SW_ERROR_NOT_FOUND)
        return fail_argument(step, template, err.path);
    return sw_step_fail_state(step, "States.IntrinsicFailure",
                              "The function '%.*s' had the following error: %s",
                              SW_STR_ARG(template->text), err.message);
}

// JSONata -----------------------------------------------------------------------------------------

static void add_member(sw_value *items, uint32_t *count, const char *key, sw_value member)
{
    if (member.type == SW_UNDEFINED)
        return;
    items[2 * *count] = sw_string_plain(sw_str_from(key));
    items[2 * *count + 1] = member;
    ++*count;
}

// What one evaluation sees.
typedef struct evaluation {
    sw_step *step;
    const sw_template *template;
} evaluation;

// The context object costs more than most expressions: it is there for those that mention it.
__attribute__((noinline)) static sw_value states_object(sw_step *step, bool with_context)
{
    const sw_scope *scope = &step->scope;
    sw_value       *items;
    sw_value        object = sw_object_build(step->scratch, 4, &items);
    object.size = 0;
    add_member(items, &object.size, "input", scope->input);
    add_member(items, &object.size, "result", scope->result);
    add_member(items, &object.size, "errorOutput", scope->error_output);
    if (with_context)
        add_member(items, &object.size, "context", scope->context(scope, step->scratch));
    return object;
}

static sw_value get_states_member(void *who, sw_jsonata_states_member member)
{
    const evaluation *e = who;
    const sw_scope   *scope = &e->step->scope;
    switch (member) {
    case SW_STATES_INPUT:
        return scope->input;
    case SW_STATES_RESULT:
        return scope->result;
    case SW_STATES_ERROR_OUTPUT:
        return scope->error_output;
    case SW_STATES_CONTEXT:
        return scope->context(scope, e->step->scratch);
    }
    return sw_undefined();
}

static sw_value find_variable(void *who, sw_str name)
{
    const evaluation *e = who;
    if (sw_str_equal(name, SW_STR("states")))
        return states_object(e->step, e->template->reads_context);
    return e->step->scope.variable(&e->step->scope, name);
}

static const sw_jsonata_input every_input = {.variable = find_variable,
                                             .states_member = get_states_member};

static bool fail_expression(sw_step *step, const sw_template *template, const sw_jsonata_error *err)
{
    return sw_step_fail_evaluation(step, template->field,
                                   "The JSONata expression '%.*s' specified for the field '%.*s' "
                                   "threw an error during evaluation. %s%s%s",
                                   SW_STR_ARG(template->text), SW_STR_ARG(template->field),
                                   err->code, err->code[0] != '\0' ? ": " : "", err->message);
}

static bool evaluate_jsonata(sw_step *step, const sw_template *template, sw_value *result)
{
    evaluation       e = {step, template};
    sw_jsonata_input input = every_input; // a copy is cheaper than clearing it
    input.who = &e;
    input.now_ms = step->scope.now_ms;
    input.chance_seed = sw_chance_fork(step->scope.chance);
    sw_jsonata_error err;
    sw_arena_mark    mark = sw_arena_get_mark(step->scratch);
    sw_value         value;
    if (!sw_jsonata_evaluate(template->expression, &input, step->scratch, &value, &err))
        return fail_expression(step, template, &err);
    if (value.type == SW_UNDEFINED)
        return sw_step_fail_evaluation(step, template->field,
                                       "The JSONata expression '%.*s' specified for the field "
                                       "'%.*s' returned nothing (undefined).",
                                       SW_STR_ARG(template->text), SW_STR_ARG(template->field));
    if (value.type == SW_FUNCTION)
        return sw_step_fail_evaluation(step, template->field,
                                       "The JSONata expression '%.*s' specified for the field "
                                       "'%.*s' returned an unsupported result type.",
                                       SW_STR_ARG(template->text), SW_STR_ARG(template->field));
    *result = sw_value_kept(step->arena, step->scratch, value);
    sw_arena_rewind(step->scratch, mark);
    return true;
}

// Both --------------------------------------------------------------------------------------------

__attribute__((noinline)) static bool evaluate_array(sw_step  *step, const sw_template *template,
                                                     sw_value *result)
{
    sw_value *items;
    *result = sw_array_build(step->arena, template->child_count, &items);
    for (uint32_t i = 0; i < template->child_count; i++) {
        if (!sw_template_evaluate(step, &template->children[i], &items[i]))
            return false;
    }
    return true;
}

__attribute__((noinline)) static bool evaluate_object(sw_step  *step, const sw_template *template,
                                                      sw_value *result)
{
    sw_value *items;
    *result = sw_object_build(step->arena, template->child_count, &items);
    for (uint32_t i = 0; i < template->child_count; i++) {
        items[2 * i] = template->value.items[2 * i]; // as parsed: known to be plain
        items[2 * i].size = (uint32_t) template->children[i].key.bytes; // without .$
        if (!sw_template_evaluate(step, &template->children[i], &items[2 * i + 1]))
            return false;
    }
    *result = sw_object_index(step->arena, *result);
    return true;
}

bool sw_template_evaluate(sw_step *step, const sw_template *template, sw_value *result)
{
    switch (template->kind) {
    case SW_TEMPLATE_CONSTANT:
        *result = template->value;
        return true;
    case SW_TEMPLATE_PATH:
        return evaluate_path(step, template, result);
    case SW_TEMPLATE_INTRINSIC:
        return evaluate_intrinsic(step, template, result);
    case SW_TEMPLATE_JSONATA:
        return evaluate_jsonata(step, template, result);
    case SW_TEMPLATE_ARRAY:
        return evaluate_array(step, template, result);
    case SW_TEMPLATE_OBJECT:
        return evaluate_object(step, template, result);
    }
    SW_ASSERT(!"a template kind");
    return false;
}

bool sw_number_evaluate(sw_step *step, const sw_number_field *field, sw_value *number)
{
    sw_error err;
    if (field->expression != NULL)
        return sw_template_evaluate(step, field->expression, number);
    if (field->path == NULL) {
        *number = sw_number(field->number);
        return true;
    }
    if (sw_step_read_path(step, field->path, number, &err))
        return true;
    return sw_step_fail_runtime(step, "Invalid path '%.*s' : %s", SW_STR_ARG(field->text),
                                err.message);
}
