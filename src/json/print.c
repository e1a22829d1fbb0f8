// print.c: values to JSON text.
//
// The length is measured first and remembered in the containers, so the text is written into one
// piece of memory without a check per byte, and measuring something made out of measured parts is
// cheap. A container whose source text is compact already is copied.
//
// Escapes are Jackson's: \" \\ \b \f \n \r \t and \u00XX for other control characters.

#include "stepwell/json.h"

#include "base/assert.h"

static const char escape_letter[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

// Most pieces are short: two overlapping copies of a known size beat a call.
static inline char *put(char *at, const char *text, size_t bytes)
{
    if (bytes >= 4 && bytes < 8) {
        memcpy(at, text, 4);
        memcpy(at + bytes - 4, text + bytes - 4, 4);
    } else if (bytes >= 8 && bytes <= 16) {
        memcpy(at, text, 8);
        memcpy(at + bytes - 8, text + bytes - 8, 8);
    } else {
        memcpy(at, text, bytes);
    }
    return at + bytes;
}

static bool is_surrogate(const char *at, size_t left)
{
    return left >= 3 && (unsigned char)at[0] == 0xed && (unsigned char)at[1] >= 0xa0;
}

static size_t escaped_bytes(sw_value v)
{
    size_t bytes = v.size + 2u;
    for (uint32_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.text[i];
        if (c < 0x20 || c == '"' || c == '\\')
            bytes += escape_letter[c] != 0 ? 1 : 5;
        else if (c == 0xed && is_surrogate(v.text + i, v.size - i))
            bytes += 3; // three bytes become \uXXXX
    }
    return bytes;
}

static inline size_t string_bytes(sw_value v)
{
    return (v.flags & SW_VALUE_PLAIN) != 0 ? v.size + 2u : escaped_bytes(v);
}

static char *write_unit(char *at, unsigned unit)
{
    static const char hex[] = "0123456789ABCDEF";
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = hex[unit >> shift & 15];
    return at;
}

static char *write_escaped(char *at, sw_value v)
{
    for (uint32_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.text[i];
        if (c == 0xed && is_surrogate(v.text + i, v.size - i)) {
            at = write_unit(at, 0xd000u | ((unsigned)v.text[i + 1] & 0x3fu) << 6 |
                                    ((unsigned)v.text[i + 2] & 0x3fu));
            i += 2;
        } else if (c >= 0x20 && c != '"' && c != '\\') {
            *at++ = (char)c;
        } else if (escape_letter[c] != 0) {
            *at++ = '\\';
            *at++ = escape_letter[c];
        } else {
            at = write_unit(at, c);
        }
    }
    return at;
}

static inline char *write_string(char *at, sw_value v)
{
    *at++ = '"';
    at = (v.flags & SW_VALUE_PLAIN) != 0 ? put(at, v.text, v.size) : write_escaped(at, v);
    *at++ = '"';
    return at;
}

static size_t number_bytes(sw_value v)
{
    char buffer[40];
    if ((v.flags & SW_VALUE_SPELLED) != 0)
        return v.size;
    // Counters and the like: not worth printing to be measured.
    if (v.number >= 1 && v.number < 1e9 && v.number == (double)(uint32_t)v.number) {
        size_t digits = 1;
        for (uint32_t rest = (uint32_t)v.number; rest >= 10; rest /= 10)
            digits++;
        return digits;
    }
    return sw_number_print(v.number, buffer);
}

static inline size_t scalar_bytes(sw_value v)
{
    switch ((sw_type)v.type) {
    case SW_BOOL:
        return v.size != 0 ? 4 : 5;
    case SW_NUMBER:
        return number_bytes(v);
    case SW_STRING:
        return string_bytes(v);
    case SW_ARRAY:
    case SW_OBJECT:
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_FUNCTION:
        break;
    }
    return 4;
}

static inline bool is_container(sw_value v)
{
    return v.type == SW_ARRAY || v.type == SW_OBJECT;
}

// Both at once, as whoever asks for one asks for the other next.
static const sw_container *measure(sw_value v, size_t *text_bytes)
{
    sw_container *container = (sw_container *)(uintptr_t)sw_value_container(v);
    if (container->text_bytes != 0 && container->depth != 0) {
        *text_bytes = container->text_bytes;
        return container;
    }
    size_t   count = v.type == SW_OBJECT ? 2 * (size_t)v.size : v.size;
    size_t   bytes = count == 0 ? 2 : count + 1; // brackets, commas and colons
    unsigned deepest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t item_bytes;
        if (is_container(v.items[i])) {
            unsigned depth = measure(v.items[i], &item_bytes)->depth;
            deepest = depth > deepest ? depth : deepest;
        } else {
            item_bytes = scalar_bytes(v.items[i]);
        }
        bytes += item_bytes;
    }
    container->depth = deepest + 1;
    if (bytes <= UINT32_MAX)
        container->text_bytes = (uint32_t)bytes;
    *text_bytes = bytes;
    return container;
}

size_t sw_value_text_bytes(sw_value v)
{
    size_t bytes;
    if (!is_container(v))
        return scalar_bytes(v);
    measure(v, &bytes);
    return bytes;
}

unsigned sw_value_depth(sw_value v)
{
    size_t bytes;
    return is_container(v) ? measure(v, &bytes)->depth : 0;
}

static char *write_container(char *at, sw_value v)
{
    const sw_container *container = sw_value_container(v);
    if ((v.flags & SW_VALUE_SPAN) != 0) {
        memcpy(at, container->text, container->text_bytes);
        return at + container->text_bytes;
    }
    bool object = v.type == SW_OBJECT;
    *at++ = object ? '{' : '[';
    for (uint32_t i = 0; i < v.size; i++) {
        if (i > 0)
            *at++ = ',';
        if (object) {
            at = write_string(at, v.items[2 * i]);
            *at++ = ':';
        }
        at = sw_json_write(at, object ? v.items[2 * i + 1] : v.items[i]);
    }
    *at++ = object ? '}' : ']';
    return at;
}

char *sw_json_write(char *at, sw_value v)
{
    switch ((sw_type)v.type) {
    case SW_BOOL:
        memcpy(at, v.size != 0 ? "true" : "false", v.size != 0 ? 4 : 5);
        return at + (v.size != 0 ? 4 : 5);
    case SW_NUMBER:
        if ((v.flags & SW_VALUE_SPELLED) == 0)
            return at + sw_number_print(v.number, at);
        return put(at, v.text, v.size);
    case SW_STRING:
        return write_string(at, v);
    case SW_ARRAY:
    case SW_OBJECT:
        return write_container(at, v);
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_FUNCTION:
        break;
    }
    memcpy(at, "null", 4);
    return at + 4;
}

sw_str sw_json_print(sw_arena *arena, sw_value v)
{
    size_t bytes = sw_value_text_bytes(v);
    char  *text = sw_arena_alloc(arena, bytes + 40), *end = sw_json_write(text, v);
    SW_ASSERT((size_t)(end - text) == bytes);
    *end = '\0';
    return (sw_str){text, bytes};
}

// Pretty ------------------------------------------------------------------------------------------

static size_t pretty_bytes(sw_value v, size_t margin, size_t indent)
{
    if ((v.type != SW_ARRAY && v.type != SW_OBJECT) || v.size == 0)
        return sw_value_text_bytes(v);
    size_t bytes = 2 + 1 + margin; // brackets, and the line that ends with the closing one
    for (uint32_t i = 0; i < v.size; i++) {
        bytes += 1 + margin + indent + 1; // line break, margin, comma
        if (v.type == SW_OBJECT)
            bytes += sw_value_text_bytes(v.items[2 * i]) + 2 +
                     pretty_bytes(v.items[2 * i + 1], margin + indent, indent);
        else
            bytes += pretty_bytes(v.items[i], margin + indent, indent);
    }
    return bytes - 1;
}

static char *line_break(char *at, size_t margin)
{
    *at++ = '\n';
    memset(at, ' ', margin);
    return at + margin;
}

static char *write_pretty(char *at, sw_value v, size_t margin, size_t indent)
{
    if ((v.type != SW_ARRAY && v.type != SW_OBJECT) || v.size == 0)
        return sw_json_write(at, v);
    bool object = v.type == SW_OBJECT;
    *at++ = object ? '{' : '[';
    for (uint32_t i = 0; i < v.size; i++) {
        if (i > 0)
            *at++ = ',';
        at = line_break(at, margin + indent);
        if (object) {
            at = write_string(at, v.items[2 * i]);
            *at++ = ':';
            *at++ = ' ';
        }
        at = write_pretty(at, object ? v.items[2 * i + 1] : v.items[i], margin + indent, indent);
    }
    at = line_break(at, margin);
    *at++ = object ? '}' : ']';
    return at;
}

sw_str sw_json_print_pretty(sw_arena *arena, sw_value v, unsigned indent)
{
    size_t bytes = pretty_bytes(v, 0, indent);
    char  *text = sw_arena_alloc(arena, bytes + 1), *end = write_pretty(text, v, 0, indent);
    SW_ASSERT((size_t)(end - text) == bytes);
    *end = '\0';
    return (sw_str){text, bytes};
}
