// source.c: which format a text is in, and reading it.

#include "json/source.h"

#include "json/yaml.h"

static bool ends_with(sw_str name, const char *ending)
{
    size_t bytes = strlen(ending);
    if (name.bytes < bytes)
        return false;
    const char *tail = name.text + name.bytes - bytes;
    for (size_t i = 0; i < bytes; i++) {
        char c = tail[i] >= 'A' && tail[i] <= 'Z' ? (char)(tail[i] | 0x20) : tail[i];
        if (c != ending[i])
            return false;
    }
    return true;
}

sw_source_format sw_source_format_of(sw_str file_name)
{
    static const struct {
        const char      *ending;
        sw_source_format format;
    } endings[] = {
        {".json", SW_SOURCE_JSON}, {".jsonc", SW_SOURCE_JSONC}, {".json5", SW_SOURCE_JSONC},
        {".yaml", SW_SOURCE_YAML}, {".yml", SW_SOURCE_YAML},
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (ends_with(file_name, endings[i].ending))
            return endings[i].format;
    }
    return SW_SOURCE_AUTO;
}

size_t sw_source_skip(sw_str text, size_t at)
{
    while (at < text.bytes) {
        const char *c = text.text + at;
        size_t      left = text.bytes - at;
        if (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\r') {
            at++;
        } else if (left >= 2 && c[0] == '/' && c[1] == '/') {
            const char *end = memchr(c, '\n', left);
            at = end != NULL ? (size_t)(end - text.text) : text.bytes;
        } else if (left >= 2 && c[0] == '/' && c[1] == '*') {
            for (at += 2; at < text.bytes; at++) {
                if (text.text[at] == '/' && text.text[at - 1] == '*' && text.text + at > c + 2)
                    break;
            }
            at += at < text.bytes;
        } else {
            break;
        }
    }
    return at;
}

sw_source_format sw_source_detect(sw_str text)
{
    size_t at = sw_source_skip(text, sw_source_mark_bytes(text));
    if (at == text.bytes || memchr("{[\"", text.text[at], 3) != NULL)
        return SW_SOURCE_JSONC;
    return SW_SOURCE_YAML;
}

size_t sw_source_mark_bytes(sw_str text)
{
    return text.bytes >= 3 && memcmp(text.text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

// Most texts have no comments, and a value of plain JSON prints faster: it is tried first.
static bool parse_jsonc(sw_arena *arena, sw_str text, sw_value *value, sw_error *err)
{
    return sw_json_parse(arena, text, 0, value, NULL) ||
           sw_json_parse(arena, text, SW_JSON_COMMENTS, value, err);
}

static bool parse_yaml_or_json(sw_arena *arena, sw_str text, sw_value *value, sw_error *err)
{
    sw_value read;
    if (!sw_yaml_parse(arena, text, &read, err))
        return false;
    if (read.type != SW_OBJECT && read.type != SW_ARRAY)
        return sw_json_parse(arena, text, 0, value, err);
    *value = read;
    return true;
}

static bool parse(sw_arena *arena, sw_str text, sw_source_format format, sw_value *value,
                  sw_error *err)
{
    switch (format) {
    case SW_SOURCE_AUTO:
        return sw_source_detect(text) == SW_SOURCE_YAML
                   ? parse_yaml_or_json(arena, text, value, err)
                   : parse_jsonc(arena, text, value, err);
    case SW_SOURCE_JSON:
        return sw_json_parse(arena, text, 0, value, err);
    case SW_SOURCE_JSONC:
        return parse_jsonc(arena, text, value, err);
    case SW_SOURCE_YAML:
        return sw_yaml_parse(arena, text, value, err);
    }
    return false;
}

static bool parse_guarded(sw_arena *arena, sw_str text, sw_source_format format, sw_value *value,
                          sw_error *err)
{
    jmp_buf escape, *outer = arena->escape;
    if (setjmp(escape) != 0) {
        arena->escape = outer;
        return sw_fail(err, SW_ERROR_MEMORY, "not enough memory to read the text");
    }
    arena->escape = &escape;
    bool ok = parse(arena, text, format, value, err);
    arena->escape = outer;
    return ok;
}

bool sw_source_parse(sw_arena *arena, sw_str text, sw_source_format format, sw_value *value,
                     sw_error *err)
{
    size_t mark_bytes = sw_source_mark_bytes(text);
    sw_str rest = {text.text + mark_bytes, text.bytes - mark_bytes};
    bool   ok = parse_guarded(arena, rest, format, value, err);
    if (!ok && err != NULL && err->line != 0)
        err->offset += (uint32_t)mark_bytes;
    return ok;
}
