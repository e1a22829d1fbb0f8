// files.c: reading and writing whole files.

#include "cli/files.h"

#include <errno.h>

// Doubles its buffer, so that a pipe of unknown length costs no more than a file.
static bool read_all(sw_arena *arena, FILE *file, const char *name, sw_str *text, sw_error *err)
{
    size_t capacity = 64 * 1024, bytes = 0;
    char  *buffer = SW_ARENA_ARRAY(arena, char, capacity);
    for (;;) {
        bytes += fread(buffer + bytes, 1, capacity - 1 - bytes, file);
        if (bytes < capacity - 1)
            break;
        if (bytes >= CLI_FILE_BYTES_MAX)
            return sw_fail(err, SW_ERROR_LIMIT, "%s is larger than %u bytes", name,
                           CLI_FILE_BYTES_MAX);
        char *larger = SW_ARENA_ARRAY(arena, char, capacity * 2);
        memcpy(larger, buffer, bytes);
        buffer = larger;
        capacity *= 2;
    }
    if (ferror(file))
        return sw_fail(err, SW_ERROR_IO, "%s: %s", name, strerror(errno));
    buffer[bytes] = '\0';
    *text = (sw_str){buffer, bytes};
    return true;
}

bool cli_file_read(sw_arena *arena, const char *name, sw_str *text, sw_error *err)
{
    if (strcmp(name, "-") == 0)
        return read_all(arena, stdin, "standard input", text, err);
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return sw_fail(err, errno == ENOENT ? SW_ERROR_NOT_FOUND : SW_ERROR_IO, "%s: %s", name,
                       strerror(errno));
    bool ok = read_all(arena, file, name, text, err);
    fclose(file);
    return ok;
}

bool cli_text_read(sw_arena *arena, const char *argument, sw_str *text, sw_error *err)
{
    if (strcmp(argument, "-") == 0)
        return cli_file_read(arena, "-", text, err);
    if (argument[0] == '@')
        return cli_file_read(arena, argument + 1, text, err);
    *text = sw_str_from(argument);
    return true;
}

bool cli_json_read(sw_arena *arena, const char *option, const char *argument, sw_value *value,
                   sw_error *err)
{
    sw_str   text;
    sw_error why = {0};
    if (!cli_text_read(arena, argument, &text, err))
        return false;
    if (sw_json_parse(arena, text, 0, value, &why))
        return true;
    sw_fail(err, why.code, "%s is no JSON: %s (line %u, column %u)", option, why.message, why.line,
            why.column);
    return false;
}

const char *cli_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

sw_str cli_file_stem(sw_arena *arena, const char *path)
{
    if (strcmp(path, "-") == 0)
        return SW_STR("stdin");
    const char *name = cli_file_name(path);
    size_t      bytes = strcspn(name, ".");
    if (bytes == 0)
        return SW_STR("machine");
    return sw_str_copy(arena, (sw_str){name, bytes});
}

bool cli_file_write(const char *name, sw_str text, sw_error *err)
{
    if (name == NULL || strcmp(name, "-") == 0) {
        fwrite(text.text, 1, text.bytes, stdout);
        return true; // main looks whether it arrived
    }
    FILE *file = fopen(name, "wb");
    if (file == NULL)
        return sw_fail(err, SW_ERROR_IO, "%s: %s", name, strerror(errno));
    bool ok = fwrite(text.text, 1, text.bytes, file) == text.bytes;
    ok = fclose(file) == 0 && ok;
    return ok || sw_fail(err, SW_ERROR_IO, "%s: %s", name, strerror(errno));
}
