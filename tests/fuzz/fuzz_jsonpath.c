// fuzz_jsonpath.c: any text as a path, read from and written to a document.
//
// The input is a path, a line break, and a JSON text; without a line break a document of ours is
// used. Checked: no crash, no leak, no endless work; what is_definite says holds; what a write
// gives is read again at the same path.

#include "base/assert.h"
#include "query/jsonpath/jsonpath.h"

#define MEMORY_BYTES_MAX (256u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char own_document[] =
    "{\"a\":{\"b\":[1,2.5,\"x\",null,true,{\"a\":1,\"b\":{\"c\":[]}}],\"c\":\"text\"},\"b\":[[1,2],"
    "[3]],"
    "\"key\":[{\"id\":1,\"price\":8.95},{\"id\":2,\"price\":\"12\"},{\"id\":\"x\"}],\"\":0}";

static void check_write(const sw_jsonpath *path, sw_value root, sw_arena *arena)
{
    sw_value written, again;
    if (!sw_jsonpath_write(path, root, sw_bool(true), arena, &written, NULL))
        return;
    SW_ASSERT(sw_jsonpath_read(path, written, arena, &again, NULL));
    SW_ASSERT(again.type == SW_BOOL);
    sw_json_print(arena, written);
}

static void try_path(sw_arena *arena, sw_str text, sw_str json)
{
    const sw_jsonpath *path;
    sw_value           root, result;
    sw_error           err;
    if (!sw_jsonpath_parse(arena, text, &path, &err) || !sw_json_parse(arena, json, 0, &root, &err))
        return;
    if (sw_jsonpath_read(path, root, arena, &result, &err)) {
        SW_ASSERT(sw_jsonpath_is_definite(path) || result.type == SW_ARRAY);
        sw_json_print(arena, result);
    }
    check_write(path, root, arena);
}

// The guard, in a function whose parameters nothing changes.
static void try_guarded(sw_arena *arena, sw_str path, sw_str json)
{
    jmp_buf escape;
    arena->escape = &escape;
    if (setjmp(escape) == 0)
        try_path(arena, path, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sw_arena    arena;
    const char *text = (const char *)data, *end = size > 0 ? memchr(text, '\n', size) : NULL;
    sw_str      path = {text, end != NULL ? (size_t)(end - text) : size};
    sw_str      json = sw_str_from(own_document);
    if (end != NULL)
        json = (sw_str){end + 1, size - path.bytes - 1};
    sw_arena_init(&arena);
    arena.bytes_max = MEMORY_BYTES_MAX;
    try_guarded(&arena, path, json);
    sw_arena_clear(&arena);
    return 0;
}
