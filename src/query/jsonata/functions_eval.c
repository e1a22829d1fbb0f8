// functions_eval.c: $eval: an expression given as text. Offered on request only.
//
// The expression sees the caller's context and the bindings of the evaluation, not the caller's
// own variables.

#include "query/jsonata/functions.h"

// An error inside, worded, becomes the value of the error outside.
static _Noreturn void fail(sw_eval *ev, const char *code, const sw_jsonata_error *inner)
{
    sw_eval_fail(
        ev, (sw_fault){.code = code,
                       .position = SW_NO_POSITION,
                       .value = sw_string(sw_str_copy(ev->arena, sw_str_from(inner->message)))});
}

static bool compile(sw_eval *ev, sw_str text, sw_jsonata *compiled, sw_jsonata_error *err)
{
    jmp_buf        escape, *outer = ev->arena->escape;
    sw_compilation c = {.arena = ev->arena, .text = text, .err = err, .escape = &escape};
    int            jumped = setjmp(escape);
    c.options.operators_2_1 = ev->compiled->operators_2_1;
    c.options.eval = true;
    if (jumped == 0) {
        ev->arena->escape = &escape;
        sw_compile_text(&c, compiled);
    }
    ev->arena->escape = outer;
    if (jumped == 1)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps on
    return jumped == 0;
}

static bool evaluate(sw_eval *ev, const sw_jsonata *compiled, sw_value input, sw_value *result,
                     sw_jsonata_error *err)
{
    jmp_buf escape, *outer = ev->arena->escape, *outer_fail = ev->escape;
    sw_eval saved = *ev;
    int     jumped = setjmp(escape);
    if (jumped == 0) {
        ev->arena->escape = ev->escape = &escape;
        ev->err = err;
        ev->compiled = compiled;
        ev->outer_call = ev->inner_call = ev->outer_logic = NULL;
        ev->outermost = false;
        ev->globals = sw_stack_push(ev, compiled->free_count);
        for (uint32_t i = 0; i < compiled->free_count; i++)
            ev->globals[i] = sw_unset();
        ev->frame = sw_frame_push(ev, NULL, compiled->slot_count, true);
        *result = compiled->root->run(ev, compiled->root, input);
    }
    ev->arena->escape = outer;
    ev->escape = outer_fail;
    ev->err = saved.err;
    ev->compiled = saved.compiled;
    ev->outer_call = saved.outer_call;
    ev->inner_call = saved.inner_call;
    ev->outer_logic = saved.outer_logic;
    ev->outermost = saved.outermost;
    ev->globals = saved.globals;
    ev->frame = saved.frame;
    ev->base = saved.base;
    ev->depth = saved.depth;
    sw_stack_rewind(ev, (sw_stack_mark){saved.chunk, saved.top});
    if (jumped == 1)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps on
    return jumped == 0;
}

SW_BUILTIN(sw_fn_eval)
{
    sw_jsonata_error err;
    sw_value         result = sw_undefined();
    if (arguments[0].type == SW_UNDEFINED)
        return arguments[0];
    sw_check_stack(ev);
    sw_jsonata *compiled = SW_ARENA_NEW(ev->arena, sw_jsonata);
    if (!compile(ev, sw_value_str(arguments[0]), compiled, &err))
        fail(ev, "D3120", &err);
    sw_value context = arguments[1].type != SW_UNDEFINED ? arguments[1] : input;
    if (context.type == SW_ARRAY && (context.flags & SW_VALUE_SEQUENCE) == 0) {
        context = sw_array_of_one(ev, context, SW_VALUE_SEQUENCE);
        context.spare = SW_SPARE_WRAPPER;
    }
    if (!evaluate(ev, compiled, context, &result, &err))
        fail(ev, "D3121", &err);
    return result;
}
