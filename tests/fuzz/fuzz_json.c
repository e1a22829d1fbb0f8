// fuzz_json.c: any bytes through the JSON reader and printer, with yyjson as the oracle.

#include "../json_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sw_arena arena;
    sw_arena_init(&arena);
    oracle_check(&arena, (sw_str){(const char *)data, size});
    sw_arena_clear(&arena);
    return 0;
}
