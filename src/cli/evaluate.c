// evaluate.c: one expression of any of the three languages, evaluated alone.

#include "cli/evaluate.h"

#include "base/chance.h"
#include "base/utf8.h"
#include "query/intrinsic/intrinsic.h"
#include "query/jsonpath/jsonpath.h"
#include "stepwell/jsonata.h"

#include <stdio.h>

bool cli_language_find(sw_str name, cli_language *language)
{
    static const char *const names[CLI_LANGUAGE_COUNT] = {
        [CLI_LANGUAGE_JSONATA] = "jsonata",
        [CLI_LANGUAGE_JSONPATH] = "jsonpath",
        [CLI_LANGUAGE_INTRINSIC] = "intrinsic",
    };
    for (size_t i = 0; i < CLI_LANGUAGE_COUNT; i++) {
        if (sw_str_is(name, names[i])) {
            *language = (cli_language)i;
            return true;
        }
    }
    return false;
}

// Messages quote what they were given and end where their buffer does: maybe inside a character.
static void cut_at_broken_text(char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        unsigned bytes = sw_utf8_check((const unsigned char *)text, (size_t)(end - text));
        if (bytes == 0) {
            *text = '\0';
            return;
        }
        text += bytes;
    }
}

static void fail(cli_outcome *outcome, const char *code, const char *message, uint32_t position)
{
    outcome->failed = true;
    outcome->position = position;
    snprintf(outcome->code, sizeof outcome->code, "%s", code);
    snprintf(outcome->message, sizeof outcome->message, "%s", message);
    cut_at_broken_text(outcome->message);
}

// JSONPath and intrinsics -------------------------------------------------------------------------

static sw_value get_context(const sw_scope *scope, sw_arena *arena)
{
    const cli_evaluation *evaluation = scope->owner;
    if (evaluation->context.type != SW_UNDEFINED)
        return evaluation->context;
    sw_value *none;
    return sw_object_build(arena, 0, &none);
}

static sw_value get_variable(const sw_scope *scope, sw_str name)
{
    const cli_evaluation *evaluation = scope->owner;
    return sw_value_get(evaluation->variables, name);
}

static sw_scope make_scope(const cli_evaluation *evaluation, sw_chance *chance)
{
    sw_chance_seed(chance, evaluation->seed, 0);
    return (sw_scope){
        .input = evaluation->input,
        .context = get_context,
        .variable = get_variable,
        .owner = evaluation,
        .chance = chance,
        .now_ms = evaluation->now_ms,
    };
}

static sw_value find_root(const cli_evaluation *evaluation, const sw_jsonpath *path)
{
    switch (sw_jsonpath_get_root(path)) {
    case SW_JSONPATH_INPUT:
        return evaluation->input;
    case SW_JSONPATH_CONTEXT:
        return evaluation->context;
    case SW_JSONPATH_VARIABLE:
        return sw_value_get(evaluation->variables, sw_jsonpath_get_variable(path));
    }
    return sw_undefined();
}

static void evaluate_jsonpath(const cli_evaluation *evaluation, sw_arena *arena,
                              cli_outcome *outcome)
{
    const sw_jsonpath *path;
    sw_error           err = {0};
    if (!sw_jsonpath_parse(arena, evaluation->expression, &path, &err)) {
        fail(outcome, "InvalidPath", err.message, err.column);
        return;
    }
    sw_value root = find_root(evaluation, path);
    if (root.type == SW_UNDEFINED) {
        fail(outcome, "PathNotFound", "There is nothing that the path could look into", 0);
        return;
    }
    if (!sw_jsonpath_read(path, root, arena, &outcome->result, &err))
        fail(outcome, err.code == SW_ERROR_MEMORY ? "MemoryLimit" : "PathNotFound", err.message, 0);
}

static void evaluate_intrinsic(const cli_evaluation *evaluation, sw_arena *arena,
                               cli_outcome *outcome)
{
    const sw_intrinsic *call;
    sw_error            err = {0};
    sw_chance           chance;
    if (!sw_intrinsic_parse(arena, evaluation->expression, &call, &err)) {
        fail(outcome, "States.IntrinsicFailure", err.message, err.column);
        return;
    }
    sw_scope scope = make_scope(evaluation, &chance);
    if (!sw_intrinsic_evaluate(call, &scope, arena, &outcome->result, &err)) {
        // aws: an argument that is not there is no failure of the function.
        const char *code = err.code == SW_ERROR_NOT_FOUND ? "States.Runtime"
                           : err.code == SW_ERROR_MEMORY  ? "MemoryLimit"
                                                          : "States.IntrinsicFailure";
        fail(outcome, code, err.message, 0);
    }
}

// JSONata -----------------------------------------------------------------------------------------

static void fail_jsonata(cli_outcome *outcome, const sw_jsonata_error *err)
{
    fail(outcome, err->code, err->message, err->position);
}

static void evaluate_jsonata(const cli_evaluation *evaluation, sw_arena *arena,
                             cli_outcome *outcome)
{
    const sw_jsonata        *compiled;
    sw_jsonata_error         err = {0};
    const sw_jsonata_options options = {.operators_2_1 = evaluation->jsonata_2_1};
    if (!sw_jsonata_compile(arena, evaluation->expression, &options, &compiled, &err)) {
        fail_jsonata(outcome, &err);
        return;
    }
    size_t count = evaluation->variables.type == SW_OBJECT ? evaluation->variables.size : 0;
    sw_jsonata_binding *bindings = SW_ARENA_ARRAY(arena, sw_jsonata_binding, count);
    for (size_t i = 0; i < count; i++) {
        bindings[i].name = sw_value_key(evaluation->variables, i);
        bindings[i].value = sw_value_member(evaluation->variables, i);
    }
    const sw_jsonata_input input = {
        .input = evaluation->input,
        .bindings = bindings,
        .binding_count = count,
        .now_ms = evaluation->now_ms,
        .chance_seed = evaluation->seed,
        .depth_max = evaluation->depth_max,
        .time_max_ms = evaluation->time_max_ms,
    };
    if (!sw_jsonata_evaluate(compiled, &input, arena, &outcome->result, &err))
        fail_jsonata(outcome, &err);
    else if (outcome->result.type == SW_FUNCTION)
        outcome->result = sw_undefined(); // no JSON text can say it
}

static void evaluate(const cli_evaluation *evaluation, sw_arena *arena, cli_outcome *outcome)
{
    switch (evaluation->language) {
    case CLI_LANGUAGE_JSONATA:
        evaluate_jsonata(evaluation, arena, outcome);
        break;
    case CLI_LANGUAGE_JSONPATH:
        evaluate_jsonpath(evaluation, arena, outcome);
        break;
    case CLI_LANGUAGE_INTRINSIC:
        evaluate_intrinsic(evaluation, arena, outcome);
        break;
    case CLI_LANGUAGE_COUNT:
        break;
    }
}

void cli_evaluate(const cli_evaluation *evaluation, sw_arena *arena, cli_outcome *outcome)
{
    *outcome = (cli_outcome){.failed = false};
    jmp_buf escape, *outer = arena->escape;
    if (setjmp(escape) != 0) {
        arena->escape = outer;
        fail(outcome, "MemoryLimit", "The evaluation needs more memory than there is", 0);
        return;
    }
    arena->escape = &escape;
    evaluate(evaluation, arena, outcome);
    arena->escape = outer;
}
