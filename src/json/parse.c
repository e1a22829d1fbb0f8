// parse.c: JSON text to values, in one pass.
//
// Children of the container that is being read wait on one stack; when it closes they move to the arena in a piece.
// Strings and numbers stay where they are in the text. While reading, the parser notes whether a container's text is
// already what we would print (no white space, no unusual escapes, no duplicate members): such a container is printed
// later by copying its text, whatever its size. That is why this is not a wrapper around a general JSON library: law
// 5 (text that nobody touched is passed on as it is) needs the spans. Numbers are read and spelled by yyjson.
//
// Messages are those of Jackson, the reader whose texts AWS shows.

#include "stepwell/json.h"

#include "base/utf8.h"
#include "json/value.h"

#define STACK_VALUES 256u

typedef struct parser {
    sw_arena            *arena;
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    unsigned             flags;
    unsigned             depth;
    sw_value            *stack;
    size_t               stack_size;
    size_t               stack_capacity;
    sw_error            *err;
} parser;

static bool parse_value(parser *p, sw_value *out, bool *canonical);

// Errors --------------------------------------------------------------------------------------------------------

static void set_position(parser *p, const unsigned char *at)
{
    if (p->err == NULL)
        return;
    uint32_t line = 1, column = 1;
    for (const unsigned char *c = p->start; c < at; c++) {
        if (*c == '\n') {
            line++;
            column = 1;
        } else if ((*c & 0xc0) != 0x80) {
            column++;
        }
    }
    p->err->line = line;
    p->err->column = column;
    p->err->offset = (uint32_t)(at - p->start);
}

// spec of the column: Jackson counts the character it has just read.
static bool fail_at(parser *p, const unsigned char *at, const char *message)
{
    sw_fail(p->err, SW_ERROR_SYNTAX, "%s", message);
    set_position(p, at);
    return false;
}

static bool fail_character(parser *p, const char *expected)
{
    if (p->at >= p->end)
        return fail_at(p, p->end, "Unexpected end-of-input");
    unsigned char        c = *p->at;
    const unsigned char *at = p->at;
    unsigned             bytes = sw_utf8_check(at, (size_t)(p->end - at));
    if (bytes == 0)
        return fail_at(p, at, "Invalid UTF-8 byte");
    if (c < 0x20) {
        sw_fail(p->err, SW_ERROR_SYNTAX, "Illegal character ((CTRL-CHAR, code %u)): %s", c,
                "only regular white space (\\r, \\n, \\t) is allowed between tokens");
    } else {
        const char *text = (const char *)at;
        uint32_t    point = sw_utf8_next(&text);
        sw_fail(p->err, SW_ERROR_SYNTAX, "Unexpected character ('%.*s' (code %u)): %s", (int)bytes,
                (const char *)at, point, expected);
    }
    set_position(p, at + 1);
    return false;
}

#define EXPECTED_VALUE "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

static bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           c >= 0x80;
}

static bool fail_token(parser *p)
{
    const unsigned char *word = p->at;
    if (word >= p->end || !is_word(*word))
        return fail_character(p, EXPECTED_VALUE);
    while (p->at < p->end && is_word(*p->at)) {
        unsigned bytes = sw_utf8_check(p->at, (size_t)(p->end - p->at));
        if (bytes == 0)
            return fail_at(p, p->at, "Invalid UTF-8 byte");
        p->at += bytes;
    }
    int length = p->at - word > 100 ? 100 : (int)(p->at - word);
    while (length > 0 && length < p->at - word && (word[length] & 0xc0) == 0x80)
        length--;
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Unrecognized token '%.*s': was expecting (JSON String, Number, Array, Object or token "
            "'null', 'true' or 'false')",
            length, (const char *)word);
    set_position(p, p->at);
    return false;
}

// White space ---------------------------------------------------------------------------------------------------

static bool skip_comment(parser *p)
{
    if (p->end - p->at < 2 || (p->at[1] != '/' && p->at[1] != '*'))
        return fail_character(p, EXPECTED_VALUE);
    const unsigned char *opening = p->at;
    bool                 line = p->at[1] == '/';
    p->at += 2;
    for (; p->at < p->end; p->at++) {
        if (line && *p->at == '\n')
            return true;
        if (!line && *p->at == '*' && p->end - p->at > 1 && p->at[1] == '/') {
            p->at += 2;
            return true;
        }
    }
    return line || fail_at(p, opening, "Unexpected end-of-input in a comment");
}

// Moves to the next token. *moved is set when anything was skipped.
static bool skip_space(parser *p, bool *moved)
{
    for (; p->at < p->end; p->at++) {
        unsigned char c = *p->at;
        if (c == '/' && (p->flags & SW_JSON_COMMENTS) != 0) {
            if (!skip_comment(p))
                return false;
            p->at--;
        } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            return true;
        }
        *moved = true;
    }
    return true;
}

// Most texts are compact: look before calling.
static inline bool skip(parser *p, bool *canonical)
{
    if (p->at < p->end && *p->at > ' ' && *p->at != '/')
        return true;
    bool moved = false;
    bool ok = skip_space(p, &moved);
    if (moved)
        *canonical = false;
    return ok;
}

// Strings -------------------------------------------------------------------------------------------------------

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex4(parser *p, const unsigned char *at, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        if (at + i >= p->end)
            return fail_at(p, p->end, "Unexpected end-of-input in character escape sequence");
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            p->at = at + i;
            return fail_character(p, "expected a hex-digit for character escape sequence");
        }
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

// Reads the escape at at (a backslash), writes what it means, moves both on.
static bool unescape(parser *p, const unsigned char **at, char **to, bool *canonical)
{
    static const char plain[] = "\"\\bfnrt/", meaning[] = "\"\\\b\f\n\r\t/";
    const unsigned char *c = *at + 1;
    if (c >= p->end)
        return fail_at(p, p->end, "Unexpected end-of-input in character escape sequence");
    const char *found = *c == 0 ? NULL : strchr(plain, *c);
    if (found != NULL) {
        *(*to)++ = meaning[found - plain];
        if (*c == '/')
            *canonical = false;
        *at += 2;
        return true;
    }
    if (*c != 'u') {
        sw_fail(p->err, SW_ERROR_SYNTAX, "Unrecognized character escape '%.*s' (code %u)", *c >= 0x20 && *c < 0x7f,
                (const char *)c, *c);
        set_position(p, c + 1);
        return false;
    }
    *canonical = false;
    uint32_t unit, low;
    if (!read_hex4(p, c + 1, &unit))
        return false;
    *at += 6;
    if (unit >= 0xd800 && unit < 0xdc00 && p->end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        if (!read_hex4(p, *at + 2, &low))
            return false;
        if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            *at += 6;
        }
    }
    *to = sw_utf8_put(*to, unit);
    return true;
}

// Finds the end of the run of bytes that need no attention: no quote, backslash, control or non-ASCII byte.
static const unsigned char *plain_run(const unsigned char *at, const unsigned char *end)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t stop = ((word - ones * 0x20) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | word) & highs;
        if (stop != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(stop) >> 3);
#else
            break;
#endif
        }
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20 && *at < 0x80)
        at++;
    return at;
}

static bool fail_string(parser *p, const unsigned char *at)
{
    if (at >= p->end)
        return fail_at(p, p->end, "Unexpected end-of-input: was expecting closing quote for a string value");
    if (*at >= 0x20)
        return fail_at(p, at, "Invalid UTF-8 byte");
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Illegal unquoted character ((CTRL-CHAR, code %u)): has to be escaped using backslash to be "
            "included in string value",
            *at);
    set_position(p, at + 1);
    return false;
}

// Moves over plain and non-ASCII text up to a quote, a backslash or a fault.
static const unsigned char *string_run(parser *p, const unsigned char *at)
{
    for (;;) {
        at = plain_run(at, p->end);
        if (at >= p->end || *at < 0x80)
            return at;
        unsigned bytes = sw_utf8_check(at, (size_t)(p->end - at));
        if (bytes == 0)
            return at;
        at += bytes;
    }
}

static bool parse_escaped_string(parser *p, const unsigned char *at, sw_value *out, bool *canonical)
{
    const unsigned char *first = p->at + 1;
    const unsigned char *close = at; // an upper bound: the first quote that no backslash precedes
    while (close < p->end && *close != '"')
        close += *close == '\\' && p->end - close > 1 ? 2 : 1;
    char *text = sw_arena_alloc(p->arena, (size_t)(close - first) + 1), *to = text;
    for (const unsigned char *run = first;;) {
        memcpy(to, run, (size_t)(at - run));
        to += at - run;
        if (at >= p->end || (*at != '"' && *at != '\\'))
            return fail_string(p, at);
        if (*at == '"')
            break;
        if (!unescape(p, &at, &to, canonical))
            return false;
        run = at;
        at = string_run(p, at);
    }
    *out = sw_string((sw_str){text, (size_t)(to - text)});
    p->at = at + 1;
    return true;
}

static inline bool parse_string(parser *p, sw_value *out, bool *canonical)
{
    const unsigned char *first = p->at + 1;
    const unsigned char *at = string_run(p, first);
    if (at < p->end && *at == '"') {
        *out = sw_string_plain((sw_str){(const char *)first, (size_t)(at - first)});
        p->at = at + 1;
        return true;
    }
    if (at < p->end && *at == '\\')
        return parse_escaped_string(p, at, out, canonical);
    return fail_string(p, at);
}

// Numbers -------------------------------------------------------------------------------------------------------

static inline bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool digits(parser *p, const char *expected)
{
    if (p->at >= p->end || !is_digit(*p->at))
        return fail_character(p, expected);
    while (p->at < p->end && is_digit(*p->at))
        p->at++;
    return true;
}

static bool parse_number(parser *p, sw_value *out)
{
    const unsigned char *first = p->at;
    if (*p->at == '-')
        p->at++;
    if (p->end - p->at > 1 && *p->at == '0' && is_digit(p->at[1]))
        return fail_at(p, p->at, "Invalid numeric value: Leading zeroes not allowed");
    if (!digits(p, "Expected digit (0-9) to follow minus sign, for valid numeric value"))
        return false;
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        if (!digits(p, "Decimal point not followed by a digit"))
            return false;
    }
    if (p->at < p->end && (*p->at | 0x20) == 'e') {
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
            p->at++;
        if (!digits(p, "Exponent indicator not followed by a digit"))
            return false;
    }
    if (p->at < p->end && (is_word(*p->at) || *p->at == '.' || *p->at == '-' || *p->at == '+'))
        return fail_character(p, "Expected space separating root-level values");
    *out = (sw_value){.type = SW_NUMBER,
                      .flags = SW_VALUE_SPELLED,
                      .size = (uint32_t)(p->at - first),
                      .text = (const char *)first};
    return true;
}

// Containers ----------------------------------------------------------------------------------------------------

static void push(parser *p, sw_value v)
{
    if (p->stack_size == p->stack_capacity) {
        sw_value *larger = SW_ARENA_ARRAY(p->arena, sw_value, p->stack_capacity * 2);
        memcpy(larger, p->stack, p->stack_size * sizeof *larger);
        p->stack = larger;
        p->stack_capacity *= 2;
    }
    p->stack[p->stack_size++] = v;
}

// Moves what was pushed since base into a container of its own. It ends before p->at.
static void close_container(parser *p, sw_type type, size_t base, const unsigned char *opening, bool *canonical,
                            sw_value *out)
{
    size_t    count = p->stack_size - base;
    sw_value *items;
    if (type == SW_ARRAY) {
        *out = sw_array_build(p->arena, count, &items);
        memcpy(items, p->stack + base, count * sizeof *items);
    } else {
        count = sw_pairs_unique(p->arena, p->stack + base, count / 2, canonical);
        *out = sw_object_build(p->arena, count, &items);
        memcpy(items, p->stack + base, 2 * count * sizeof *items);
        *out = sw_object_index(p->arena, *out);
    }
    p->stack_size = base;
    sw_container *container = (sw_container *)(void *)items - 1;
    container->text = (const char *)opening;
    if (*canonical) {
        container->text_bytes = (uint32_t)(p->at - opening);
        out->flags |= SW_VALUE_SPAN;
    }
}

static bool fail_unclosed(parser *p, const char *kind, const unsigned char *opening)
{
    sw_error start = {0};
    parser   q = *p;
    q.err = &start;
    set_position(&q, opening);
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Unexpected end-of-input: expected close marker for %s (start marker at [Source: (String); line: "
            "%u, column: %u])",
            kind, start.line, start.column);
    set_position(p, p->end);
    return false;
}

static inline bool trailing_comma(parser *p, unsigned char closing)
{
    return (p->flags & SW_JSON_COMMENTS) != 0 && p->at < p->end && *p->at == closing;
}

static bool parse_array(parser *p, sw_value *out, bool *all_canonical)
{
    const unsigned char *opening = p->at++;
    size_t               base = p->stack_size;
    bool                 canonical = (p->flags & SW_JSON_COMMENTS) == 0; // a trailing comma is no JSON
    if (!skip(p, &canonical))
        return false;
    while (p->at >= p->end || *p->at != ']') {
        sw_value item;
        if (!parse_value(p, &item, &canonical))
            return false;
        push(p, item);
        if (!skip(p, &canonical))
            return false;
        if (p->at >= p->end)
            return fail_unclosed(p, "Array", opening);
        if (*p->at == ']')
            break;
        if (*p->at != ',')
            return fail_character(p, "was expecting comma to separate Array entries");
        p->at++;
        if (!skip(p, &canonical))
            return false;
        if (p->at < p->end && *p->at == ']' && !trailing_comma(p, ']'))
            return fail_character(p, EXPECTED_VALUE);
    }
    p->at++;
    close_container(p, SW_ARRAY, base, opening, &canonical, out);
    *all_canonical &= canonical;
    return true;
}

static bool parse_member(parser *p, bool *canonical)
{
    sw_value key, member;
    if (p->at >= p->end || *p->at != '"')
        return fail_character(p, "was expecting double-quote to start field name");
    if (!parse_string(p, &key, canonical) || !skip(p, canonical))
        return false;
    if (p->at >= p->end || *p->at != ':')
        return fail_character(p, "was expecting a colon to separate field name and value");
    p->at++;
    if (!skip(p, canonical))
        return false;
    push(p, key);
    if (!parse_value(p, &member, canonical))
        return false;
    push(p, member);
    return skip(p, canonical);
}

static bool parse_object(parser *p, sw_value *out, bool *all_canonical)
{
    const unsigned char *opening = p->at++;
    size_t               base = p->stack_size;
    bool                 canonical = (p->flags & SW_JSON_COMMENTS) == 0; // a trailing comma is no JSON
    if (!skip(p, &canonical))
        return false;
    if (p->at >= p->end)
        return fail_unclosed(p, "Object", opening);
    while (*p->at != '}') {
        if (!parse_member(p, &canonical))
            return false;
        if (p->at >= p->end)
            return fail_unclosed(p, "Object", opening);
        if (*p->at == '}')
            break;
        if (*p->at != ',')
            return fail_character(p, "was expecting comma to separate Object entries");
        p->at++;
        if (!skip(p, &canonical))
            return false;
        if (trailing_comma(p, '}'))
            break;
        if (p->at >= p->end || *p->at != '"')
            return fail_character(p, "was expecting double-quote to start field name");
    }
    p->at++;
    close_container(p, SW_OBJECT, base, opening, &canonical, out);
    *all_canonical &= canonical;
    return true;
}

static bool parse_word(parser *p, const char *word, sw_value v, sw_value *out)
{
    size_t bytes = strlen(word);
    if ((size_t)(p->end - p->at) < bytes || memcmp(p->at, word, bytes) != 0 ||
        (p->at + bytes < p->end && is_word(p->at[bytes])))
        return fail_token(p);
    p->at += bytes;
    *out = v;
    return true;
}

static bool parse_container(parser *p, sw_value *out, bool *canonical)
{
    if (p->depth == SW_JSON_DEPTH_MAX) {
        sw_fail(p->err, SW_ERROR_LIMIT, "Document nesting depth (%u) exceeds the maximum allowed (%u)",
                SW_JSON_DEPTH_MAX + 1, SW_JSON_DEPTH_MAX);
        set_position(p, p->at);
        return false;
    }
    p->depth++;
    bool ok = *p->at == '{' ? parse_object(p, out, canonical) : parse_array(p, out, canonical);
    p->depth--;
    return ok;
}

static bool parse_value(parser *p, sw_value *out, bool *canonical)
{
    if (p->at >= p->end)
        return fail_at(p, p->end, "Unexpected end-of-input");
    switch (*p->at) {
    case '"':
        return parse_string(p, out, canonical);
    case '{':
    case '[':
        return parse_container(p, out, canonical);
    case 't':
        return parse_word(p, "true", sw_bool(true), out);
    case 'f':
        return parse_word(p, "false", sw_bool(false), out);
    case 'n':
        return parse_word(p, "null", sw_null(), out);
    default:
        if (*p->at == '-' || is_digit(*p->at))
            return parse_number(p, out);
        return fail_token(p);
    }
}

bool sw_json_parse(sw_arena *arena, sw_str text, unsigned flags, sw_value *value, sw_error *err)
{
    if (text.bytes > SW_JSON_BYTES_MAX)
        return sw_fail(err, SW_ERROR_LIMIT, "JSON text of %zu bytes is longer than %u", text.bytes,
                       SW_JSON_BYTES_MAX);
    sw_value             stack[STACK_VALUES];
    const unsigned char *start = (const unsigned char *)(text.bytes > 0 ? text.text : "");
    parser               p = {.arena = arena,
                              .at = start,
                              .end = start + text.bytes,
                              .start = start,
                              .flags = flags,
                              .stack = stack,
                              .stack_capacity = STACK_VALUES,
                              .err = err};
    sw_value             result = sw_undefined();
    bool                 canonical = true;
    if (!skip(&p, &canonical))
        return false;
    if (p.at >= p.end)
        return fail_at(&p, p.end, "No content to map due to end-of-input");
    if (!parse_value(&p, &result, &canonical) || !skip(&p, &canonical))
        return false;
    if (p.at < p.end) {
        sw_value trailing;
        parser   rest = p;
        if (parse_value(&rest, &trailing, &canonical))
            return fail_at(&p, p.at, "Trailing token found after value: not allowed");
        return false;
    }
    *value = result;
    return true;
}
