// encode.c: texts and JSON values as parts of URLs and as form-urlencoded bodies.

#include "integrations/http/encode.h"

static const char *const formats[] = {[SW_ARRAY_INDICES] = "INDICES",
                                      [SW_ARRAY_REPEAT] = "REPEAT",
                                      [SW_ARRAY_COMMAS] = "COMMAS",
                                      [SW_ARRAY_BRACKETS] = "BRACKETS"};

bool sw_array_format_find(sw_str name, sw_array_format *format)
{
    for (unsigned i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (sw_str_is(name, formats[i])) {
            *format = (sw_array_format)i;
            return true;
        }
    }
    return false;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static char *put_encoded(char *at, sw_str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (is_unreserved((char)c)) {
            *at++ = (char)c;
        } else {
            *at++ = '%';
            *at++ = hex[c >> 4];
            *at++ = hex[c & 15];
        }
    }
    return at;
}

sw_str sw_url_encode(sw_arena *arena, sw_str text)
{
    char *buffer = sw_arena_alloc(arena, text.bytes * 3 + 1);
    char *end = put_encoded(buffer, text);
    *end = '\0';
    return (sw_str){buffer, (size_t)(end - buffer)};
}

// Forms -------------------------------------------------------------------------------------------

typedef struct form {
    sw_arena       *arena;
    sw_array_format format;
    char           *text;
    size_t          bytes, capacity;
    size_t          spent; // on names, which may be long where little comes out
} form;

static void make_room(form *f, size_t bytes)
{
    if (f->capacity - f->bytes >= bytes)
        return;
    f->capacity = 2 * f->capacity + bytes;
    char *larger = sw_arena_alloc(f->arena, f->capacity);
    memcpy(larger, f->text, f->bytes);
    f->text = larger;
}

static bool is_full(const form *f)
{
    return f->bytes + f->spent > SW_FORM_BYTES_MAX;
}

static void put(form *f, sw_str text)
{
    make_room(f, text.bytes * 3);
    f->bytes = (size_t)(put_encoded(f->text + f->bytes, text) - f->text);
}

static void put_mark(form *f, char mark)
{
    make_room(f, 1);
    f->text[f->bytes++] = mark;
}

static void put_scalar(form *f, sw_value value)
{
    if (value.type == SW_STRING)
        put(f, sw_value_str(value));
    else if (value.type != SW_NULL)
        put(f, sw_json_print(f->arena, value));
}

static void begin_pair(form *f, sw_str name)
{
    if (f->bytes > 0)
        put_mark(f, '&');
    put(f, name);
    put_mark(f, '=');
}

static void put_value(form *f, sw_str name, sw_value value);

static void put_commas(form *f, sw_str name, sw_value list)
{
    if (list.size > 0)
        begin_pair(f, name);
    for (uint32_t i = 0; i < list.size && !is_full(f); i++) {
        if (i > 0)
            put_mark(f, ',');
        put_scalar(f, list.items[i]);
    }
}

static sw_str name_item(form *f, sw_str name, uint32_t index)
{
    f->spent += name.bytes;
    if (f->format == SW_ARRAY_INDICES)
        return sw_str_format(f->arena, "%.*s[%u]", SW_STR_ARG(name), index);
    if (f->format == SW_ARRAY_BRACKETS)
        return sw_str_format(f->arena, "%.*s[]", SW_STR_ARG(name));
    return name;
}

static void put_list(form *f, sw_str name, sw_value list)
{
    if (f->format == SW_ARRAY_COMMAS) {
        put_commas(f, name, list);
        return;
    }
    for (uint32_t i = 0; i < list.size && !is_full(f); i++)
        put_value(f, name_item(f, name, i), list.items[i]);
}

static void put_members(form *f, sw_str name, sw_value object)
{
    for (uint32_t i = 0; i < object.size && !is_full(f); i++) {
        sw_str key = sw_value_key(object, i);
        f->spent += name.bytes;
        if (name.bytes > 0)
            key = sw_str_format(f->arena, "%.*s[%.*s]", SW_STR_ARG(name), SW_STR_ARG(key));
        put_value(f, key, sw_value_member(object, i));
    }
}

static void put_value(form *f, sw_str name, sw_value value)
{
    if (value.type == SW_OBJECT) {
        put_members(f, name, value);
    } else if (value.type == SW_ARRAY) {
        put_list(f, name, value);
    } else {
        begin_pair(f, name);
        put_scalar(f, value);
    }
}

sw_str sw_form_encode(sw_arena *arena, sw_value object, sw_array_format format)
{
    form f = {
        .arena = arena, .format = format, .text = sw_arena_alloc(arena, 256), .capacity = 256};
    put_members(&f, SW_STR(""), object);
    if (is_full(&f))
        return (sw_str){NULL, 0};
    return sw_str_copy(arena, (sw_str){f.text, f.bytes});
}
