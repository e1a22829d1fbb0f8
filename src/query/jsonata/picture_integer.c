// picture_integer.c: $formatInteger and $parseInteger, and the integers of date pictures.

#include "query/jsonata/picture_integer.h"

#include "base/utf8.h"
#include "query/jsonata/words.h"

#include <math.h>
#include <stdlib.h>

// The zeros of Unicode's decimal digits within two bytes of UTF-16.
static const uint16_t zeros[] = {
    0x30,   0x660,  0x6f0,  0x7c0,  0x966,  0x9e6,  0xa66,  0xae6,  0xb66,  0xbe6,
    0xc66,  0xce6,  0xd66,  0xde6,  0xe50,  0xed0,  0xf20,  0x1040, 0x1090, 0x17e0,
    0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
};

static uint32_t zero_of(uint32_t point)
{
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++) {
        if (point >= zeros[i] && point < zeros[i] + 10u)
            return zeros[i];
    }
    return 0;
}

// Reading pictures --------------------------------------------------------------------------------

static uint32_t gcd(uint32_t a, uint32_t b)
{
    return b == 0 ? a : gcd(b, a % b);
}

static bool has_position(const sw_integer_picture *p, uint32_t position)
{
    for (uint32_t i = 0; i < p->separator_count; i++) {
        if (p->separators[i].position == position)
            return true;
    }
    return false;
}

// The same separator after every so many digits: the number of digits, or 0.
static uint32_t regular_repeat(const sw_integer_picture *p)
{
    uint32_t factor = 0;
    for (uint32_t i = 0; i < p->separator_count; i++) {
        if (p->separators[i].point != p->separators[0].point)
            return 0;
        factor = gcd(p->separators[i].position, factor);
    }
    for (uint32_t i = 1; i <= p->separator_count; i++) {
        if (!has_position(p, i * factor))
            return 0;
    }
    return factor;
}

// One character of a decimal picture; they are read from the right.
static void read_point(sw_eval *ev, sw_integer_picture *p, uint32_t point, uint32_t *position)
{
    uint32_t zero = zero_of(point);
    if (zero != 0) {
        if (p->zero != 0 && p->zero != zero)
            sw_eval_fail_value(ev, "D3131", sw_undefined());
        p->zero = zero;
        p->mandatory++;
        ++*position;
    } else if (point == '#') {
        p->optional++;
        ++*position;
    } else if (p->separator_count < SW_SEPARATORS_MAX) {
        p->separators[p->separator_count].position = *position;
        p->separators[p->separator_count++].point = point;
    }
}

static void read_decimal(sw_eval *ev, sw_str text, sw_integer_picture *p)
{
    uint32_t position = 0;
    for (const char *at = text.text + text.bytes; at > text.text;) {
        do
            at--;
        while (((unsigned char)*at & 0xc0) == 0x80 && at > text.text);
        const char *next = at;
        read_point(ev, p, sw_utf8_next(&next), &position);
    }
    if (p->mandatory == 0) {
        p->kind = SW_INTEGER_SEQUENCE;
        return;
    }
    uint32_t repeat = regular_repeat(p);
    p->regular = repeat > 0;
    if (p->regular) {
        p->separator_count = 1;
        p->separators[0].position = repeat;
    }
}

void sw_integer_picture_parse(sw_eval *ev, sw_str text, sw_integer_picture *p)
{
    static const struct {
        char            text[3];
        sw_integer_kind kind;
        sw_letter_case  letter_case;
    } named[] = {
        {"A", SW_INTEGER_LETTERS, SW_CASE_UPPER}, {"a", SW_INTEGER_LETTERS, SW_CASE_LOWER},
        {"I", SW_INTEGER_ROMAN, SW_CASE_UPPER},   {"i", SW_INTEGER_ROMAN, SW_CASE_LOWER},
        {"W", SW_INTEGER_WORDS, SW_CASE_UPPER},   {"w", SW_INTEGER_WORDS, SW_CASE_LOWER},
        {"Ww", SW_INTEGER_WORDS, SW_CASE_TITLE},
    };
    *p = (sw_integer_picture){.kind = SW_INTEGER_DECIMAL};
    for (size_t i = text.bytes; i > 0; i--) {
        if (text.text[i - 1] == ';') {
            p->ordinal = i < text.bytes && text.text[i] == 'o';
            text.bytes = i - 1;
            break;
        }
    }
    p->text = text;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (sw_str_is(text, named[i].text)) {
            p->kind = named[i].kind;
            p->letter_case = named[i].letter_case;
            return;
        }
    }
    read_decimal(ev, text, p);
}

// Formatting --------------------------------------------------------------------------------------

static void add_letters(sw_text *out, double number, char first)
{
    char   reverse[64];
    size_t count = 0;
    while (number > 0 && count < sizeof reverse) {
        reverse[count++] = (char)(first + (int)fmod(number - 1, 26));
        number = floor((number - 1) / 26);
    }
    while (count > 0)
        sw_text_put(out, reverse[--count]);
}

static const struct {
    int  value;
    char letters[3];
} romans[] = {
    {1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
    {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"},
};

static void add_roman(sw_eval *ev, sw_text *out, double number, bool upper)
{
    for (size_t i = 0; i < sizeof romans / sizeof romans[0]; i++) {
        for (; number >= romans[i].value; number -= romans[i].value) {
            for (const char *c = romans[i].letters; *c != '\0'; c++)
                sw_text_put(out, upper ? (char)(*c - 32) : *c);
            sw_eval_step(ev);
        }
    }
}

static bool separator_before(const sw_integer_picture *p, uint32_t digits_left, uint32_t *point)
{
    if (digits_left == 0)
        return false;
    for (uint32_t i = 0; i < p->separator_count; i++) {
        *point = p->separators[i].point;
        if (p->regular ? digits_left % p->separators[i].position == 0
                       : digits_left == p->separators[i].position)
            return true;
    }
    return false;
}

static void add_ordinal(sw_text *out, const char *digits, size_t length)
{
    static const char *const suffixes[] = {"th", "st", "nd", "rd"};
    char                     last = digits[length - 1];
    bool                     teen = length > 1 && digits[length - 2] == '1';
    sw_text_add(out, sw_str_from(suffixes[!teen && last >= '1' && last <= '3' ? last - '0' : 0]));
}

static void add_decimal(sw_eval *ev, sw_text *out, double number, const sw_integer_picture *p)
{
    char     short_digits[40];
    size_t   length = sw_number_print(number, short_digits);
    uint32_t width = p->mandatory > length ? p->mandatory : (uint32_t)length;
    char    *digits = sw_arena_alloc(ev->arena, width + 1u);
    memset(digits, '0', width);
    memcpy(digits + width - length, short_digits, length);
    for (uint32_t i = 0; i < width; i++) {
        uint32_t point;
        if (i > 0 && separator_before(p, width - i, &point))
            sw_text_point(out, point);
        bool digit = digits[i] >= '0' && digits[i] <= '9';
        sw_text_point(out, digit ? p->zero + (uint32_t)(digits[i] - '0') : (uint32_t)digits[i]);
    }
    if (p->ordinal)
        add_ordinal(out, digits, width);
}

void sw_integer_format(sw_eval *ev, double number, const sw_integer_picture *p, sw_text *out)
{
    if (number < 0)
        sw_text_put(out, '-');
    number = fabs(number);
    switch (p->kind) {
    case SW_INTEGER_LETTERS:
        add_letters(out, number, p->letter_case == SW_CASE_UPPER ? 'A' : 'a');
        break;
    case SW_INTEGER_ROMAN:
        add_roman(ev, out, number, p->letter_case == SW_CASE_UPPER);
        break;
    case SW_INTEGER_WORDS:
        sw_words_add(out, number, p->ordinal, p->letter_case);
        break;
    case SW_INTEGER_DECIMAL:
        add_decimal(ev, out, number, p);
        break;
    case SW_INTEGER_SEQUENCE:
        sw_eval_fail_value(ev, "D3130", sw_string(p->text));
    }
}

SW_BUILTIN(sw_fn_format_integer)
{
    sw_integer_picture picture;
    sw_text            out;
    if (arguments[0].type == SW_UNDEFINED || arguments[1].type != SW_STRING)
        return sw_undefined();
    sw_integer_picture_parse(ev, sw_value_str(arguments[1]), &picture);
    sw_text_init(&out, ev->arena, 64);
    sw_integer_format(ev, floor(sw_double(arguments[0])), &picture, &out);
    return sw_text_value(&out);
}

// Parsing -----------------------------------------------------------------------------------------

static double parse_letters(sw_str text)
{
    double number = 0;
    for (size_t i = 0; i < text.bytes; i++)
        number = number * 26 + ((text.text[i] | 0x20) - 'a' + 1);
    return number;
}

static int roman_value(char c)
{
    for (size_t i = 0; i < sizeof romans / sizeof romans[0]; i++) {
        if (romans[i].letters[1] == '\0' && romans[i].letters[0] == (c | 0x20))
            return romans[i].value;
    }
    return 0;
}

// From the right: what is less than what came before counts against it.
static double parse_roman(sw_str text)
{
    double number = 0, most = 1;
    for (size_t i = text.bytes; i > 0; i--) {
        int value = roman_value(text.text[i - 1]);
        if (value < most) {
            number -= value;
        } else {
            most = value;
            number += value;
        }
    }
    return number;
}

static bool is_separator(const sw_integer_picture *p, uint32_t point)
{
    for (uint32_t i = 0; i < p->separator_count; i++) {
        if (p->separators[i].point == point)
            return true;
    }
    return false;
}

// The digits at the start of the text, as parseInt reads them, without separators.
static double parse_decimal(sw_str text, const sw_integer_picture *p)
{
    double      number = 0;
    const char *at = text.text, *end = at + text.bytes;
    bool        any = false, negative = false;
    while (at < end) {
        uint32_t point = sw_utf8_next(&at);
        if (is_separator(p, point))
            continue;
        if (!any && !negative && point == '-') {
            negative = true;
        } else if (!any && (point == ' ' || point == '+')) {
            continue;
        } else if (point >= p->zero && point < p->zero + 10) {
            number = number * 10 + (point - p->zero);
            any = true;
        } else {
            break;
        }
    }
    return !any ? NAN : negative ? -number : number;
}

double sw_integer_parse(sw_eval *ev, sw_str text, const sw_integer_picture *p)
{
    switch (p->kind) {
    case SW_INTEGER_LETTERS:
        return parse_letters(text);
    case SW_INTEGER_ROMAN:
        return parse_roman(text);
    case SW_INTEGER_WORDS:
        return sw_words_parse(sw_case(ev, text, false));
    case SW_INTEGER_DECIMAL:
        if (p->ordinal && text.bytes >= 2)
            text.bytes -= 2;
        return parse_decimal(text, p);
    case SW_INTEGER_SEQUENCE:
        break;
    }
    sw_eval_fail_value(ev, "D3130", sw_string(p->text));
}

size_t sw_integer_span(sw_str text, const sw_integer_picture *p)
{
    return p->kind == SW_INTEGER_WORDS ? sw_words_span(text) : 0;
}

SW_BUILTIN(sw_fn_parse_integer)
{
    sw_integer_picture picture;
    if (arguments[0].type == SW_UNDEFINED || arguments[1].type != SW_STRING)
        return sw_undefined();
    sw_integer_picture_parse(ev, sw_value_str(arguments[1]), &picture);
    return sw_number(sw_integer_parse(ev, sw_value_str(arguments[0]), &picture));
}
