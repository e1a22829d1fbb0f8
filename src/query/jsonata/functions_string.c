// functions_string.c: strings, counted in code points.

#define _GNU_SOURCE // memmem

#include "query/jsonata/functions.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <utf8proc.h>

size_t sw_points(sw_str text)
{
    return sw_utf8_length(text);
}

const char *sw_point_at(sw_str text, size_t index)
{
    const char *at = text.text, *end = text.text + text.bytes;
    while (index > 0 && at < end) {
        at++;
        while (at < end && ((unsigned char)*at & 0xc0) == 0x80)
            at++;
        index--;
    }
    return at;
}

size_t sw_units(sw_str text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.text[i];
        units += (c & 0xc0) != 0x80;
        units += c >= 0xf0;
    }
    return units;
}

bool sw_find(sw_str text, size_t from, sw_str piece, size_t *at)
{
    if (piece.bytes > text.bytes - from)
        return false;
    if (piece.bytes == 0) {
        *at = from;
        return true;
    }
    const char *found = memmem(text.text + from, text.bytes - from, piece.text, piece.bytes);
    if (found == NULL)
        return false;
    *at = (size_t)(found - text.text);
    return true;
}

static sw_value slice(const char *from, const char *to)
{
    return sw_string((sw_str){from, (size_t)(to - from)});
}

SW_BUILTIN(sw_fn_string)
{
    sw_value v = arguments[0];
    if (v.type == SW_UNDEFINED || v.type == SW_STRING)
        return v;
    if (v.type == SW_FUNCTION)
        return sw_string(SW_STR(""));
    if (v.type == SW_NUMBER && !isfinite(sw_double(v)))
        sw_eval_fail_value(ev, "D3001", v);
    if (v.type == SW_ARRAY && (v.spare & SW_SPARE_WRAPPER) != 0)
        v = v.items[0];
    sw_text text;
    sw_text_init(&text, ev->arena, v.type == SW_NUMBER ? 40 : 128);
    sw_text_stringify(&text, v,
                      SW_STRINGIFY_DIGITS_15 |
                          (sw_value_is_true(arguments[1]) ? (unsigned)SW_STRINGIFY_PRETTY : 0u));
    if (text.too_deep)
        sw_eval_fail_depth(ev);
    if (text.infinite)
        sw_eval_fail_value(ev, "D1001", sw_null());
    return sw_text_value(&text);
}

SW_BUILTIN(sw_fn_length)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    return sw_number((double)sw_points(sw_value_str(arguments[0])));
}

// As Array.slice takes an index: towards zero, from the end if negative, inside.
static size_t slice_index(double index, size_t length)
{
    index = trunc(index);
    if (index < 0)
        index += (double)length;
    return index <= 0 || isnan(index) ? 0 : index >= (double)length ? length : (size_t)index;
}

SW_BUILTIN(sw_fn_substring)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    sw_str text = sw_value_str(arguments[0]);
    size_t length = sw_points(text);
    double start = arguments[1].type == SW_NUMBER ? sw_double(arguments[1]) : 0;
    if ((double)length + start < 0)
        start = 0;
    size_t from = slice_index(start, length), to = length;
    if (arguments[2].type == SW_NUMBER) {
        double wanted = sw_double(arguments[2]);
        if (wanted <= 0)
            return sw_string(SW_STR(""));
        to = slice_index(start >= 0 ? start + wanted : (double)length + start + wanted, length);
    }
    if (to <= from)
        return sw_string(SW_STR(""));
    if (length == text.bytes)
        return slice(text.text + from, text.text + to);
    return slice(sw_point_at(text, from), sw_point_at(text, to));
}

SW_BUILTIN(sw_fn_substring_before)
{
    size_t at;
    if (arguments[0].type != SW_STRING || arguments[1].type != SW_STRING ||
        !sw_find(sw_value_str(arguments[0]), 0, sw_value_str(arguments[1]), &at))
        return arguments[0];
    return slice(arguments[0].text, arguments[0].text + at);
}

SW_BUILTIN(sw_fn_substring_after)
{
    size_t at;
    if (arguments[0].type != SW_STRING || arguments[1].type != SW_STRING ||
        !sw_find(sw_value_str(arguments[0]), 0, sw_value_str(arguments[1]), &at))
        return arguments[0];
    return slice(arguments[0].text + at + arguments[1].size, arguments[0].text + arguments[0].size);
}

// Letter case -------------------------------------------------------------------------------------

static bool is_ascii(sw_str text)
{
    unsigned char any = 0;
    for (size_t i = 0; i < text.bytes; i++)
        any |= (unsigned char)text.text[i];
    return any < 0x80;
}

static char ascii_case(char c, bool upper)
{
    if (upper)
        return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

// What Unicode's SpecialCasing gives more than one character for, without conditions.
static const struct {
    uint32_t from, to[3];
} special_upper[] = {
    {0xdf, {'S', 'S', 0}},          {0x149, {0x2bc, 'N', 0}},       {0x1f0, {'J', 0x30c, 0}},
    {0x390, {0x399, 0x308, 0x301}}, {0x3b0, {0x3a5, 0x308, 0x301}}, {0x587, {0x535, 0x552, 0}},
    {0x1e96, {'H', 0x331, 0}},      {0x1e97, {'T', 0x308, 0}},      {0x1e98, {'W', 0x30a, 0}},
    {0x1e99, {'Y', 0x30a, 0}},      {0x1e9a, {'A', 0x2be, 0}},      {0xfb00, {'F', 'F', 0}},
    {0xfb01, {'F', 'I', 0}},        {0xfb02, {'F', 'L', 0}},        {0xfb03, {'F', 'F', 'I'}},
    {0xfb04, {'F', 'F', 'L'}},      {0xfb05, {'S', 'T', 0}},        {0xfb06, {'S', 'T', 0}},
};

static void add_upper(sw_text *out, uint32_t point)
{
    for (size_t i = 0; i < sizeof special_upper / sizeof special_upper[0]; i++) {
        if (special_upper[i].from != point)
            continue;
        for (int k = 0; k < 3 && special_upper[i].to[k] != 0; k++)
            sw_text_point(out, special_upper[i].to[k]);
        return;
    }
    sw_text_point(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)point));
}

static bool is_letter(uint32_t point)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static void add_lower(sw_text *out, uint32_t point, bool after_letter, const char *next,
                      const char *end)
{
    if (point == 0x130) { // I with a dot keeps it
        sw_text_point(out, 'i');
        sw_text_point(out, 0x307);
    } else if (point == 0x3a3 && after_letter && (next == end || !is_letter(sw_utf8_next(&next)))) {
        sw_text_point(out, 0x3c2); // sigma at the end of a word
    } else {
        sw_text_point(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)point));
    }
}

static sw_str unicode_case(sw_eval *ev, sw_str text, bool upper)
{
    sw_text     out;
    const char *at = text.text, *end = at + text.bytes;
    bool        after_letter = false;
    sw_text_init(&out, ev->arena, text.bytes + 16);
    while (at < end) {
        uint32_t point = sw_utf8_next(&at);
        if (upper)
            add_upper(&out, point);
        else
            add_lower(&out, point, after_letter, at, end);
        after_letter = is_letter(point);
    }
    return sw_text_str(&out);
}

sw_str sw_case(sw_eval *ev, sw_str text, bool upper)
{
    if (!is_ascii(text))
        return unicode_case(ev, text, upper);
    char *copy = sw_arena_alloc(ev->arena, text.bytes + 1);
    for (size_t i = 0; i < text.bytes; i++)
        copy[i] = ascii_case(text.text[i], upper);
    return (sw_str){copy, text.bytes};
}

SW_BUILTIN(sw_fn_lowercase)
{
    return arguments[0].type == SW_UNDEFINED
               ? arguments[0]
               : sw_string(sw_case(ev, sw_value_str(arguments[0]), false));
}

SW_BUILTIN(sw_fn_uppercase)
{
    return arguments[0].type == SW_UNDEFINED
               ? arguments[0]
               : sw_string(sw_case(ev, sw_value_str(arguments[0]), true));
}

// Spaces ------------------------------------------------------------------------------------------

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

SW_BUILTIN(sw_fn_trim)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    sw_str text = sw_value_str(arguments[0]);
    char  *out = sw_arena_alloc(ev->arena, text.bytes + 1), *to = out;
    for (size_t i = 0; i < text.bytes; i++) {
        if (!is_blank(text.text[i]))
            *to++ = text.text[i];
        else if (to > out && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > out && to[-1] == ' ')
        to--;
    return slice(out, to);
}

static sw_str padding(sw_eval *ev, sw_str fill, size_t points)
{
    sw_text text;
    size_t  fill_points = sw_points(fill);
    sw_text_init(&text, ev->arena,
                 points < SW_JSON_BYTES_MAX ? points * fill.bytes / fill_points + 8 : SIZE_MAX / 2);
    for (size_t left = points; left > 0;) {
        size_t take = left < fill_points ? left : fill_points;
        sw_text_add(&text, (sw_str){fill.text, (size_t)(sw_point_at(fill, take) - fill.text)});
        left -= take;
    }
    return sw_text_str(&text);
}

SW_BUILTIN(sw_fn_pad)
{
    if (arguments[0].type != SW_STRING)
        return sw_undefined();
    sw_str text = sw_value_str(arguments[0]), fill = SW_STR(" ");
    double width = arguments[1].type == SW_NUMBER ? trunc(sw_double(arguments[1])) : 0;
    double missing = fabs(width) - (double)sw_points(text);
    if (arguments[2].type == SW_STRING && arguments[2].size > 0)
        fill = sw_value_str(arguments[2]);
    if (!(missing > 0))
        return arguments[0];
    sw_str pad =
        padding(ev, fill, missing < (double)SW_JSON_BYTES_MAX ? (size_t)missing : SIZE_MAX / 2);
    sw_text out;
    sw_text_init(&out, ev->arena, text.bytes + pad.bytes);
    sw_text_add(&out, width > 0 ? text : pad);
    sw_text_add(&out, width > 0 ? pad : text);
    return sw_text_value(&out);
}

SW_BUILTIN(sw_fn_join)
{
    sw_value strings = arguments[0];
    if (strings.type == SW_UNDEFINED)
        return strings;
    sw_str separator = arguments[1].type == SW_STRING ? sw_value_str(arguments[1]) : SW_STR("");
    size_t bytes = 0;
    for (uint32_t i = 0; i < strings.size; i++)
        bytes += strings.items[i].size + separator.bytes;
    if (bytes > SW_JSON_BYTES_MAX)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps
    sw_text out;
    sw_text_init(&out, ev->arena, bytes + 1);
    for (uint32_t i = 0; i < strings.size; i++) {
        if (i > 0)
            sw_text_add(&out, separator);
        sw_text_add(&out, sw_value_str(strings.items[i]));
    }
    return sw_text_value(&out);
}
