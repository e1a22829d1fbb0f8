// fuzz_intrinsic.c: any text as an intrinsic call.
//
// The input is a call, maybe a NUL and a JSON text for `$`. Checked: no crash, no leak, no endless
// work; whatever comes out can be printed.

#include "query/intrinsic/intrinsic.h"

#define MEMORY_BYTES_MAX (256u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char own_document[] = "{\"a\":[1,2.5,\"x\",null,{\"k\":[]},1],\"s\":\"a,b "
                                   "c\",\"n\":1.5,\"j\":\"[1]\",\"o\":{\"p\":1}}";

static sw_value get_context(const sw_scope *scope, sw_arena *arena)
{
    (void)arena;
    return scope->input;
}

static sw_value get_variable(const sw_scope *scope, sw_str name)
{
    return sw_value_get(scope->input, name);
}

static void ignore_name(void *who, sw_str name)
{
    (void)who, (void)name;
}

static void try_call(sw_arena *arena, sw_str text, sw_str json)
{
    const sw_intrinsic *call;
    sw_error            err;
    sw_value            result;
    sw_chance           chance;
    sw_scope scope = {.context = get_context, .variable = get_variable, .chance = &chance};
    sw_chance_seed(&chance, 1, 2);
    if (!sw_intrinsic_parse(arena, text, &call, &err) ||
        !sw_json_parse(arena, json, 0, &scope.input, &err))
        return;
    sw_intrinsic_variables(call, ignore_name, NULL);
    if (sw_intrinsic_evaluate(call, &scope, arena, &result, &err))
        sw_json_print(arena, result);
}

// The guard, in a function whose parameters nothing changes.
static void try_guarded(sw_arena *arena, sw_str call, sw_str json)
{
    jmp_buf escape;
    arena->escape = &escape;
    if (setjmp(escape) == 0)
        try_call(arena, call, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sw_arena    arena;
    const char *text = (const char *)data, *end = size > 0 ? memchr(text, '\0', size) : NULL;
    sw_str      call = {text, end != NULL ? (size_t)(end - text) : size};
    sw_str      json = sw_str_from(own_document);
    if (end != NULL)
        json = (sw_str){end + 1, size - call.bytes - 1};
    sw_arena_init(&arena);
    arena.bytes_max = MEMORY_BYTES_MAX;
    try_guarded(&arena, call, json);
    sw_arena_clear(&arena);
    return 0;
}
