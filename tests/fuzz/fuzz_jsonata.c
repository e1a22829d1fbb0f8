// fuzz_jsonata.c: any expression over any data.
//
// The first line is the data, JSON, and the rest the expression; without JSON in the first line
// all of it is the expression. Limits are tight, so that an input is about crashes and not about
// patience.

#include "stepwell/jsonata.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(sw_arena *arena, sw_str expression, sw_value input,
                     const sw_jsonata_options *options)
{
    const sw_jsonata *compiled;
    sw_jsonata_error  err;
    sw_value          result;
    sw_jsonata_input  in = {.input = input,
                            .steps_max = 20000,
                            .depth_max = 200,
                            .memory_bytes_max = 32u << 20,
                            .time_max_ms = 1000};
    if (!sw_jsonata_compile(arena, expression, options, &compiled, &err))
        return;
    if (sw_jsonata_evaluate(compiled, &in, arena, &result, &err))
        sw_json_print(arena, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sw_str             text = {(const char *)data, size};
    sw_value           input = sw_undefined();
    sw_arena           arena;
    const char        *line = size > 0 ? memchr(data, '\n', size) : NULL;
    sw_jsonata_options options = {
        .operators_2_1 = size % 2 == 1, .eval = size % 4 == 2, .no_input = size % 16 == 3};
    sw_arena_init(&arena);
    if (line != NULL &&
        sw_json_parse(&arena, (sw_str){text.text, (size_t)(line - text.text)}, 0, &input, NULL))
        text = (sw_str){line + 1, size - (size_t)(line + 1 - text.text)};
    evaluate(&arena, text, input, &options);
    sw_arena_clear(&arena);
    return 0;
}
