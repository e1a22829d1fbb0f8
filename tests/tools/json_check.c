// json_check.c: reads files as JSON and says for each what became of it.
//
//     json-check FILE...
//
// A line for each file: `accept VALUE`, printed compactly, or `reject LINE:COLUMN: MESSAGE`.

#include "stepwell/json.h"

#include <stdio.h>
#include <stdlib.h>

static void check_text(sw_str text)
{
    sw_arena arena;
    sw_value value;
    sw_error err;
    sw_arena_init(&arena);
    if (sw_json_parse(&arena, text, 0, &value, &err))
        printf("accept %s\n", sw_json_print(&arena, value).text);
    else
        printf("reject %u:%u: %s\n", err.line, err.column, err.message);
    sw_arena_clear(&arena);
}

static bool check_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        return false;
    }
    size_t bytes = (size_t)ftell(file);
    char  *text = malloc(bytes > 0 ? bytes : 1); // no byte more, for ASan
    rewind(file);
    bool ok = text != NULL && fread(text, 1, bytes, file) == bytes;
    fclose(file);
    if (ok)
        check_text((sw_str){text, bytes});
    free(text);
    return ok;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!check_file(argv[i]))
            return 1;
    }
    return 0;
}
