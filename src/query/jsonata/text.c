// text.c: building text, and JSON.stringify.
//
// Not json/print.c: JavaScript escapes control characters in lower case, rounds to 15 digits on
// request, leaves functions out of objects and shows them as "" to $string.

#include "query/jsonata/text.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 2000u

void sw_text_init(sw_text *text, sw_arena *arena, size_t bytes)
{
    text->arena = arena;
    text->infinite = text->too_deep = false;
    text->start = text->at = sw_arena_alloc(arena, bytes);
    text->end = text->start + bytes;
}

void sw_text_grow(sw_text *text, size_t bytes)
{
    size_t used = (size_t)(text->at - text->start), capacity = (size_t)(text->end - text->start);
    size_t wanted = capacity * 2 > used + bytes ? capacity * 2 : used + bytes + 32;
    if (wanted > SW_JSON_BYTES_MAX)
        wanted = used + bytes > SW_JSON_BYTES_MAX ? SIZE_MAX / 2 : SW_JSON_BYTES_MAX;
    char *larger = sw_arena_alloc(text->arena, wanted);
    memcpy(larger, text->start, used);
    text->start = larger;
    text->at = larger + used;
    text->end = larger + wanted;
}

void sw_text_point(sw_text *text, uint32_t point)
{
    sw_text_need(text, 4);
    text->at = sw_utf8_put(text->at, point);
}

// The unit of a lone surrogate that ends before at, or 0.
static uint32_t surrogate_before(const char *start, const char *at)
{
    const unsigned char *p = (const unsigned char *)at - 3;
    if (at - start < 3 || p[0] != 0xed || p[1] < 0xa0 || p[1] >= 0xb0)
        return 0;
    return 0xd000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

void sw_text_unit(sw_text *text, uint32_t unit)
{
    uint32_t high = unit >= 0xdc00 && unit < 0xe000 ? surrogate_before(text->start, text->at) : 0;
    if (high != 0) {
        text->at -= 3;
        unit = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
    }
    sw_text_point(text, unit);
}

// Writes digits / 10^places, which is not zero.
static size_t print_decimal(uint64_t digits, uint32_t places, bool negative, char *buffer)
{
    char     reverse[40];
    uint32_t count = 0;
    size_t   length = 0;
    while (digits > 0 || count <= places) {
        reverse[count++] = (char)('0' + digits % 10);
        digits /= 10;
        if (count == places)
            reverse[count++] = '.', places++;
    }
    if (negative)
        buffer[length++] = '-';
    while (count > 0)
        buffer[length++] = reverse[--count];
    return length;
}

// A decimal of at most 15 digits that rounds to the number is the only one, so that finding it is
// printing it.
static size_t print_short_decimal(double number, char *buffer)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double              size = fabs(number);
    for (uint32_t places = 1; size >= 1e-3 && places <= 6 && size * powers[places] < 1e15;
         places++) {
        double digits = rint(size * powers[places]);
        if (digits / powers[places] == size)
            return print_decimal((uint64_t)digits, places, number < 0, buffer);
    }
    return 0;
}

size_t sw_number_print_15(double number, char *buffer)
{
    if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
        return sw_number_print(number, buffer);
    size_t length = print_short_decimal(number, buffer);
    if (length > 0)
        return length;
    if (isfinite(number)) {
        char digits[40];
        snprintf(digits, sizeof digits, "%.15g", number);
        number = strtod(digits, NULL);
    }
    return sw_number_print(number, buffer);
}

static void add_escape(sw_text *text, unsigned unit)
{
    static const char hex[] = "0123456789abcdef";
    sw_text_need(text, 6);
    *text->at++ = '\\';
    *text->at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *text->at++ = hex[unit >> shift & 15];
}

static const char short_escape[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

static bool is_surrogate(const char *at, size_t left)
{
    return left >= 3 && (unsigned char)at[0] == 0xed && (unsigned char)at[1] >= 0xa0;
}

static void add_quoted(sw_text *text, sw_str s)
{
    sw_text_need(text, s.bytes + 2);
    *text->at++ = '"';
    for (size_t i = 0; i < s.bytes; i++) {
        unsigned char c = (unsigned char)s.text[i];
        sw_text_need(text, s.bytes - i + 2);
        if (c == 0xed && is_surrogate(s.text + i, s.bytes - i)) {
            add_escape(text, 0xd000u | ((unsigned)s.text[i + 1] & 0x3fu) << 6 |
                                 ((unsigned)s.text[i + 2] & 0x3fu));
            i += 2;
        } else if (c >= 0x20 && c != '"' && c != '\\') {
            *text->at++ = (char)c;
        } else if (short_escape[c] != 0) {
            sw_text_add(text, (sw_str){(char[]){'\\', short_escape[c]}, 2});
        } else {
            add_escape(text, c);
        }
    }
    sw_text_put(text, '"');
}

static void add_number(sw_text *text, sw_value v, unsigned flags)
{
    double number = sw_value_number(v);
    sw_text_need(text, 40);
    text->infinite |= isinf(number) != 0;
    text->at += (flags & SW_STRINGIFY_DIGITS_15) != 0 ? sw_number_print_15(number, text->at)
                                                      : sw_number_print(number, text->at);
}

static void line_break(sw_text *text, unsigned flags, unsigned depth)
{
    if ((flags & SW_STRINGIFY_PRETTY) == 0)
        return;
    sw_text_need(text, 1 + 2 * (size_t)depth);
    *text->at++ = '\n';
    memset(text->at, ' ', 2 * (size_t)depth);
    text->at += 2 * (size_t)depth;
}

static void add_value(sw_text *text, sw_value v, unsigned flags, unsigned depth);

static void add_array(sw_text *text, sw_value v, unsigned flags, unsigned depth)
{
    sw_text_put(text, '[');
    for (uint32_t i = 0; i < v.size; i++) {
        if (i > 0)
            sw_text_put(text, ',');
        line_break(text, flags, depth + 1);
        add_value(text, v.items[i], flags, depth + 1);
    }
    if (v.size > 0)
        line_break(text, flags, depth);
    sw_text_put(text, ']');
}

static void add_object(sw_text *text, sw_value v, unsigned flags, unsigned depth)
{
    bool any = false;
    sw_text_put(text, '{');
    for (uint32_t i = 0; i < v.size; i++) {
        if (v.items[2 * i + 1].type == SW_UNDEFINED)
            continue;
        if (any)
            sw_text_put(text, ',');
        any = true;
        line_break(text, flags, depth + 1);
        add_quoted(text, sw_value_key(v, i));
        sw_text_put(text, ':');
        if ((flags & SW_STRINGIFY_PRETTY) != 0)
            sw_text_put(text, ' ');
        add_value(text, v.items[2 * i + 1], flags, depth + 1);
    }
    if (any)
        line_break(text, flags, depth);
    sw_text_put(text, '}');
}

static void add_value(sw_text *text, sw_value v, unsigned flags, unsigned depth)
{
    if (depth > DEPTH_MAX) {
        text->too_deep = true;
        return;
    }
    switch ((sw_type)v.type) {
    case SW_UNDEFINED:
    case SW_NULL:
        sw_text_add(text, SW_STR("null"));
        break;
    case SW_BOOL:
        sw_text_add(text, v.size != 0 ? SW_STR("true") : SW_STR("false"));
        break;
    case SW_NUMBER:
        add_number(text, v, flags);
        break;
    case SW_STRING:
        add_quoted(text, sw_value_str(v));
        break;
    case SW_FUNCTION:
        sw_text_add(text, SW_STR("\"\""));
        break;
    case SW_ARRAY:
        add_array(text, v, flags, depth);
        break;
    case SW_OBJECT:
        add_object(text, v, flags, depth);
        break;
    }
}

void sw_text_stringify(sw_text *text, sw_value v, unsigned flags)
{
    add_value(text, v, flags, 0);
}
