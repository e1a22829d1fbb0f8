// fuzz_source.c: any bytes through the readers of definitions, and places looked up in them.
//
// The first byte chooses the format; the text's own beginning serves as the place as well.

#include "json/source.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_text(sw_arena *arena, sw_str text, sw_source_format format)
{
    sw_value value, again;
    sw_error err = {0};
    if (sw_source_parse(arena, text, format, &value, &err)) {
        must(sw_value_depth(value) <= SW_JSON_DEPTH_MAX);
        must(sw_json_parse(arena, sw_json_print(arena, value), 0, &again, &err));
        must(sw_value_equal(value, again));
    } else {
        must(err.code != SW_ERROR_NONE && err.message[0] != '\0');
        must(err.offset <= text.bytes);
        must(err.line > 0 || err.code == SW_ERROR_LIMIT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/a/0/b", "/a[0]/b", "", "/States/A/Retry[0]"};
    if (size == 0)
        return 0;
    sw_source_format format = (sw_source_format)(data[0] % 4);
    sw_str           text = {(const char *)data + 1, size - 1};
    sw_arena         arena;
    uint32_t         line, column;
    sw_arena_init(&arena);
    read_text(&arena, text, format);
    for (size_t i = 0; i < 4; i++) {
        if (sw_source_locate(text, format, sw_str_from(paths[i]), &line, &column))
            must(line > 0 && column > 0);
    }
    sw_source_locate(text, format, (sw_str){text.text, text.bytes < 40 ? text.bytes : 40}, &line,
                     &column);
    sw_arena_clear(&arena);
    return 0;
}
