// yaml_scalar.c: what a plain YAML scalar means.
//
// spec: YAML 1.2, 10.3.2 (core schema). A number whose spelling is valid JSON keeps it; others are
// spelled anew, so that text and value agree.

#include "json/yaml.h"

static bool is_one_of(sw_str text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (sw_str_is(text, *words))
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(sw_str text, size_t at)
{
    size_t first = at;
    while (at < text.bytes && is_digit(text.text[at]))
        at++;
    return at - first;
}

// [-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
static bool is_number(sw_str text)
{
    size_t at = text.bytes > 0 && (text.text[0] == '-' || text.text[0] == '+');
    size_t whole = digits(text, at), fraction = 0;
    at += whole;
    if (at < text.bytes && text.text[at] == '.') {
        fraction = digits(text, at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (at < text.bytes && (text.text[at] | 0x20) == 'e') {
        at++;
        at += at < text.bytes && (text.text[at] == '-' || text.text[at] == '+');
        size_t exponent = digits(text, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == text.bytes;
}

static sw_value spelled(sw_str text)
{
    return (sw_value){.type = SW_NUMBER,
                      .flags = SW_VALUE_SPELLED,
                      .size = (uint32_t)text.bytes,
                      .text = text.text};
}

// JSON wants no plus sign, and digits on both sides of the point: .5 and 5. become 0.5 and 5.
static sw_value respell(sw_arena *arena, sw_str text)
{
    char *to = sw_arena_alloc(arena, text.bytes + 1), *start = to;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.text[i];
        bool digit_before = i > 0 && is_digit(text.text[i - 1]);
        bool digit_after = i + 1 < text.bytes && is_digit(text.text[i + 1]);
        if ((c == '+' && i == 0) || (c == '.' && !digit_after))
            continue;
        if (c == '.' && !digit_before)
            *to++ = '0';
        *to++ = c;
    }
    return spelled((sw_str){start, (size_t)(to - start)});
}

static bool has_leading_zero(sw_str text)
{
    size_t at = text.text[0] == '-' || text.text[0] == '+';
    return text.bytes - at > 1 && text.text[at] == '0' && is_digit(text.text[at + 1]);
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

// 0x1F and 0o17. false when it is none; *integer is cut when it does not fit, and *fits says so.
static bool read_based(sw_str text, uint64_t *integer, bool *fits)
{
    if (text.bytes < 3 || text.text[0] != '0' || (text.text[1] != 'x' && text.text[1] != 'o'))
        return false;
    unsigned base = text.text[1] == 'x' ? 16 : 8;
    *integer = 0;
    *fits = true;
    for (size_t i = 2; i < text.bytes; i++) {
        unsigned digit = (unsigned)digit_value(text.text[i]);
        if (digit >= base)
            return false;
        *fits &= *integer <= (UINT64_MAX - digit) / base;
        *integer = *integer * base + digit;
    }
    return true;
}

bool sw_yaml_scalar(sw_arena *arena, sw_str text, sw_value *value, const char **why)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const specials[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
                                           "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
                                           ".NaN",  ".NAN",  NULL};
    uint64_t                 integer;
    bool                     fits;
    if (is_one_of(text, nulls)) {
        *value = sw_null();
    } else if (is_one_of(text, trues) || is_one_of(text, falses)) {
        *value = sw_bool((text.text[0] | 0x20) == 't');
    } else if (is_one_of(text, specials)) {
        *why = "JSON has no infinity and no NaN";
        return false;
    } else if (read_based(text, &integer, &fits)) {
        *why = "the number does not fit into 64 bits";
        if (!fits)
            return false;
        *value = spelled(sw_str_format(arena, "%llu", (unsigned long long)integer));
    } else if (is_number(text)) {
        *why = "a leading zero makes it octal in YAML 1.1 but not in 1.2; use quotes if it is text";
        if (has_leading_zero(text))
            return false;
        *value = respell(arena, text);
    } else {
        *value = sw_string(text);
    }
    return true;
}
