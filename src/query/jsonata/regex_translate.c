// regex_translate.c: JavaScript's syntax of regular expressions in PCRE2's.
//
// Most is the same. What differs: . \s and line ends know Unicode's; escapes of letters that mean
// nothing are the letter; a [ in a class is a character; a brace that is no quantifier is one,
// too; and PCRE2's own inventions (verbs, options in the pattern, possessive quantifiers,
// recursion) are errors.

#include "query/jsonata/regex_translate.h"

#define SPACES                                                                                     \
    "\\t-\\r "                                                                                     \
    "\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"

typedef struct translator {
    sw_text     out;
    const char *at, *end;
    const char *fault;
} translator;

static char peek(const translator *t, size_t ahead)
{
    return (size_t)(t->end - t->at) > ahead ? t->at[ahead] : '\0';
}

static void add(translator *t, const char *text)
{
    sw_text_add(&t->out, sw_str_from(text));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    char lower = (char)(c | 0x20);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// digits hexadecimal digits at t->at + ahead, or -1.
static int32_t read_hex(const translator *t, size_t ahead, int digits)
{
    int32_t value = 0;
    for (int i = 0; i < digits; i++) {
        int digit = hex_value(peek(t, ahead + (size_t)i));
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static void add_point(translator *t, uint32_t point)
{
    static const char hex[] = "0123456789abcdef";
    char              text[16] = "\\x{";
    size_t            length = 3;
    for (int shift = 20; shift >= 0; shift -= 4) {
        if (point >> shift != 0 || shift == 0)
            text[length++] = hex[point >> shift & 15];
    }
    text[length++] = '}';
    sw_text_add(&t->out, (sw_str){text, length});
}

// \uXXXX and \u{X...}; t->at is at the u.
static void unicode_escape(translator *t)
{
    int32_t unit = read_hex(t, 1, 4);
    if (unit >= 0xd800 && unit < 0xdc00 && peek(t, 5) == '\\' && peek(t, 6) == 'u') {
        int32_t low = read_hex(t, 7, 4);
        if (low >= 0xdc00 && low < 0xe000) {
            add_point(t, 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
            t->at += 11;
            return;
        }
    }
    if (unit >= 0) {
        add_point(t, unit >= 0xd800 && unit < 0xe000 ? 0xfffdu : (uint32_t)unit);
        t->at += 5;
        return;
    }
    add(t, "u");
    t->at++;
}

static void backreference(translator *t)
{
    add(t, "\\g{");
    while (is_digit(peek(t, 0)))
        sw_text_put(&t->out, *t->at++);
    add(t, "}");
}

// \k<name>, \p{name}: passed on up to the closing bracket.
static void named_escape(translator *t, char open, char close)
{
    sw_text_put(&t->out, '\\');
    sw_text_put(&t->out, *t->at++);
    if (peek(t, 0) != open)
        return;
    while (t->at < t->end && *t->at != close)
        sw_text_put(&t->out, *t->at++);
}

static void letter_escape(translator *t, char c, bool in_class)
{
    t->at++;
    if (c == 's' || (c == 'S' && !in_class)) {
        add(t, c == 'S' ? "[^" SPACES "]" : in_class ? SPACES : "[" SPACES "]");
    } else if (c == 'v') {
        add(t, "\\x0b");
    } else if (c == 'b' && in_class) {
        add(t, "\\x08");
    } else if (strchr("dDwWfnrt", c) != NULL || c == 'S' || (!in_class && (c == 'b' || c == 'B'))) {
        sw_text_put(&t->out, '\\');
        sw_text_put(&t->out, c);
    } else if (c == 'c' && is_letter(peek(t, 0))) {
        add_point(t, (uint32_t)(*t->at++ & 31));
    } else if (c == 'x' && read_hex(t, 0, 2) >= 0) {
        add_point(t, (uint32_t)read_hex(t, 0, 2));
        t->at += 2;
    } else {
        sw_text_put(&t->out, c);
    }
}

// t->at is behind the backslash.
static void escape(translator *t, bool in_class)
{
    char c = peek(t, 0);
    if (t->at >= t->end) {
        t->fault = "\\ at end of pattern";
    } else if (c == 'u') {
        unicode_escape(t);
    } else if (c == 'k' && !in_class) {
        named_escape(t, '<', '>');
    } else if ((c == 'p' || c == 'P') && peek(t, 1) == '{') {
        named_escape(t, '{', '}');
    } else if (c == '0' || (in_class && is_digit(c))) {
        add_point(t, (uint32_t)(c - '0'));
        t->at++;
    } else if (is_digit(c)) {
        backreference(t);
    } else if (is_letter(c)) {
        letter_escape(t, c, in_class);
    } else {
        if ((unsigned char)c < 0x80)
            sw_text_put(&t->out, '\\');
        sw_text_put(&t->out, c);
        t->at++;
    }
}

static void character_class(translator *t)
{
    sw_text_put(&t->out, *t->at++);
    if (peek(t, 0) == '^')
        sw_text_put(&t->out, *t->at++);
    while (t->at < t->end && *t->at != ']' && t->fault == NULL) {
        char c = *t->at++;
        if (c == '\\')
            escape(t, true);
        else if (c == '[')
            add(t, "\\[");
        else
            sw_text_put(&t->out, c);
    }
    if (t->at >= t->end)
        t->fault = "unterminated character class";
    else
        sw_text_put(&t->out, *t->at++);
}

// Of the kinds of groups PCRE2 knows, JavaScript has these.
static void group(translator *t)
{
    char kind = peek(t, 2), after = peek(t, 3);
    bool known = peek(t, 1) != '?' || kind == ':' || kind == '=' || kind == '!' ||
                 (kind == '<' && (after == '=' || after == '!' || is_letter(after) ||
                                  after == '_' || after == '$'));
    if (!known || peek(t, 1) == '*') {
        t->fault = "invalid group";
        return;
    }
    sw_text_put(&t->out, *t->at++);
    for (int i = peek(t, 0) == '?' ? 2 : 0; i > 0; i--)
        sw_text_put(&t->out, *t->at++);
}

// The length of {n}, {n,} or {n,m}, or 0.
static size_t quantifier_length(const translator *t)
{
    size_t ahead = 1;
    if (!is_digit(peek(t, ahead)))
        return 0;
    while (is_digit(peek(t, ahead)))
        ahead++;
    if (peek(t, ahead) == ',')
        ahead++;
    while (is_digit(peek(t, ahead)))
        ahead++;
    return peek(t, ahead) == '}' ? ahead + 1 : 0;
}

static void quantifier(translator *t, size_t length)
{
    for (; length > 0; length--)
        sw_text_put(&t->out, *t->at++);
    if (peek(t, 0) == '+')
        t->fault = "nothing to repeat";
}

static void brace(translator *t)
{
    size_t length = quantifier_length(t);
    if (length > 0) {
        quantifier(t, length);
        return;
    }
    add(t, "\\{");
    t->at++;
}

static void element(translator *t)
{
    char c = *t->at;
    switch (c) {
    case '\\':
        t->at++;
        escape(t, false);
        break;
    case '[':
        character_class(t);
        break;
    case '(':
        group(t);
        break;
    case '{':
        brace(t);
        break;
    case '*':
    case '+':
    case '?':
        quantifier(t, 1);
        break;
    case '.':
        add(t, "[^\\n\\r\\x{2028}\\x{2029}]");
        t->at++;
        break;
    default:
        sw_text_put(&t->out, c);
        t->at++;
    }
}

bool sw_regex_translate(sw_arena *arena, sw_str pattern, sw_str *translated, const char **fault)
{
    translator t = {.at = pattern.text, .end = pattern.text + pattern.bytes};
    sw_text_init(&t.out, arena, pattern.bytes + 64);
    while (t.at < t.end && t.fault == NULL)
        element(&t);
    *fault = t.fault;
    *translated = sw_text_str(&t.out);
    return t.fault == NULL;
}
