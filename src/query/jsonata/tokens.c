// tokens.c: the lexer.

#include "query/jsonata/tokens.h"

#include "query/jsonata/text.h"

#include <math.h>

static const char punctuation[] = ".[]{}(),@#;:?+-*/%|=<>^&!~";

static bool is_operator(unsigned char c)
{
    return c != 0 && strchr(punctuation, c) != NULL;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}

static unsigned char peek(const sw_compilation *c, uint32_t ahead)
{
    return c->at + ahead < c->text.bytes ? (unsigned char)c->text.text[c->at + ahead] : 0;
}

static _Noreturn void fail(sw_compilation *c, const char *code, uint32_t position, sw_value token)
{
    sw_compile_fail(c, (sw_fault){.code = code, .position = position, .token = token});
}

static void skip_comment(sw_compilation *c)
{
    uint32_t start = c->at;
    for (c->at += 2; peek(c, 0) != '*' || peek(c, 1) != '/'; c->at++) {
        if (c->at >= c->text.bytes)
            fail(c, "S0106", start, sw_undefined());
    }
    c->at += 2;
}

static void skip_blank(sw_compilation *c)
{
    for (;;) {
        while (is_space(peek(c, 0)))
            c->at++;
        if (peek(c, 0) != '/' || peek(c, 1) != '*')
            return;
        skip_comment(c);
    }
}

static const struct {
    char     text[4];
    uint16_t op;
    bool     newer; // of JSONata 2.1
} long_operators[] = {
    {"..", SW_OP_RANGE, false},      {":=", SW_OP_ASSIGN, false},
    {"!=", SW_OP_NOT_EQUAL, false},  {">=", SW_OP_GREATER_EQUAL, false},
    {"<=", SW_OP_LESS_EQUAL, false}, {"**", SW_OP_DESCENDANTS, false},
    {"~>", SW_OP_CHAIN, false},      {"?:", SW_OP_DEFAULT, true},
    {"??", SW_OP_COALESCE, true},    {"and", SW_OP_AND, false},
    {"or", SW_OP_OR, false},         {"in", SW_OP_IN, false},
};

sw_str sw_operator_text(uint16_t op)
{
    for (size_t i = 0; i < sizeof long_operators / sizeof long_operators[0]; i++) {
        if (long_operators[i].op == op)
            return sw_str_from(long_operators[i].text);
    }
    const char *found = strchr(punctuation, op);
    return (sw_str){found, 1};
}

static bool read_operator(sw_compilation *c, sw_lexed *token)
{
    if (!is_operator(peek(c, 0)))
        return false;
    token->kind = SW_TOKEN_OPERATOR;
    for (size_t i = 0; i < 9; i++) {
        if (long_operators[i].text[0] == (char)peek(c, 0) &&
            long_operators[i].text[1] == (char)peek(c, 1) &&
            (!long_operators[i].newer || c->options.operators_2_1)) {
            token->op = long_operators[i].op;
            c->at += 2;
            return true;
        }
    }
    token->op = peek(c, 0);
    c->at++;
    return true;
}

// Regular expressions -----------------------------------------------------------------------------

// A slash ends it outside of brackets and when no backslash is before it.
static bool is_closing_slash(const sw_compilation *c, uint32_t start, int depth)
{
    if (peek(c, 0) != '/' || depth != 0)
        return false;
    uint32_t slashes = 0;
    while (c->at - slashes > start && c->text.text[c->at - slashes - 1] == '\\')
        slashes++;
    return slashes % 2 == 0;
}

static void read_regex(sw_compilation *c, sw_lexed *token)
{
    uint32_t start = ++c->at;
    int      depth = 0;
    for (;; c->at++) {
        if (c->at >= c->text.bytes)
            fail(c, "S0302", c->at, sw_undefined());
        if (is_closing_slash(c, start, depth))
            break;
        unsigned char here = peek(c, 0);
        if (here != 0 && c->text.text[c->at - 1] != '\\') {
            depth += strchr("([{", here) != NULL;
            depth -= strchr(")]}", here) != NULL;
        }
    }
    if (c->at == start)
        fail(c, "S0301", c->at, sw_undefined());
    token->kind = SW_TOKEN_REGEX;
    token->value = sw_string((sw_str){c->text.text + start, c->at - start});
    for (c->at++; peek(c, 0) == 'i' || peek(c, 0) == 'm'; c->at++)
        token->regex_flags |= peek(c, 0) == 'i' ? 1u : 2u;
}

// Strings -----------------------------------------------------------------------------------------

static uint32_t read_hex4(sw_compilation *c)
{
    uint32_t unit = 0;
    for (uint32_t i = 1; i <= 4; i++) {
        unsigned char digit = peek(c, i), lower = digit | 0x20;
        if (digit >= '0' && digit <= '9')
            unit = unit << 4 | (uint32_t)(digit - '0');
        else if (lower >= 'a' && lower <= 'f')
            unit = unit << 4 | (uint32_t)(lower - 'a' + 10);
        else
            fail(c, "S0104", c->at, sw_undefined());
    }
    c->at += 4;
    return unit;
}

static void read_escape(sw_compilation *c, sw_text *text)
{
    static const char letters[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    c->at++;
    unsigned char letter = peek(c, 0);
    const char   *found = letter == 0 ? NULL : strchr(letters, letter);
    if (found != NULL)
        sw_text_put(text, meaning[found - letters]);
    else if (letter == 'u')
        sw_text_unit(text, read_hex4(c));
    else
        fail(c, "S0103", c->at, sw_string((sw_str){c->text.text + c->at, c->at < c->text.bytes}));
}

static void read_escaped_string(sw_compilation *c, unsigned char quote, uint32_t start,
                                sw_lexed *token)
{
    sw_text text;
    sw_text_init(&text, c->arena, 64);
    sw_text_add(&text, (sw_str){c->text.text + start, c->at - start});
    for (; c->at < c->text.bytes; c->at++) {
        unsigned char here = peek(c, 0);
        if (here == quote) {
            c->at++;
            token->value = sw_text_value(&text);
            return;
        }
        if (here == '\\')
            read_escape(c, &text);
        else
            sw_text_put(&text, (char)here);
    }
    fail(c, "S0101", c->at, sw_undefined());
}

static void read_string(sw_compilation *c, sw_lexed *token)
{
    unsigned char quote = peek(c, 0);
    uint32_t      start = ++c->at;
    token->kind = SW_TOKEN_STRING;
    while (c->at < c->text.bytes && peek(c, 0) != quote && peek(c, 0) != '\\')
        c->at++;
    if (c->at < c->text.bytes && peek(c, 0) == quote) {
        token->value = sw_string((sw_str){c->text.text + start, c->at - start});
        c->at++;
    } else {
        read_escaped_string(c, quote, start, token);
    }
}

// Numbers and names -------------------------------------------------------------------------------

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static uint32_t skip_digits(const sw_compilation *c, uint32_t ahead)
{
    while (is_digit(peek(c, ahead)))
        ahead++;
    return ahead;
}

static void read_number(sw_compilation *c, sw_lexed *token)
{
    uint32_t length = peek(c, 0) == '0' ? 1 : skip_digits(c, 0);
    if (peek(c, length) == '.' && is_digit(peek(c, length + 1)))
        length = skip_digits(c, length + 1);
    if ((peek(c, length) | 0x20) == 'e') {
        uint32_t digits = length + 1 + (peek(c, length + 1) == '+' || peek(c, length + 1) == '-');
        if (is_digit(peek(c, digits)))
            length = skip_digits(c, digits);
    }
    sw_str text = {c->text.text + c->at, length};
    double number = sw_number_parse(text);
    if (!isfinite(number))
        fail(c, "S0102", c->at, sw_string(text));
    c->at += length;
    token->kind = SW_TOKEN_NUMBER;
    token->value = sw_number(number);
}

static void read_quoted_name(sw_compilation *c, sw_lexed *token)
{
    uint32_t start = ++c->at;
    while (c->at < c->text.bytes && peek(c, 0) != '`')
        c->at++;
    if (c->at >= c->text.bytes)
        fail(c, "S0105", c->at, sw_undefined());
    token->kind = SW_TOKEN_NAME;
    token->value = sw_string((sw_str){c->text.text + start, c->at - start});
    c->at++;
}

static void read_name(sw_compilation *c, sw_lexed *token)
{
    uint32_t start = c->at;
    while (c->at < c->text.bytes && !is_space(peek(c, 0)) && !is_operator(peek(c, 0)))
        c->at++;
    sw_str name = {c->text.text + start, c->at - start};
    token->kind = SW_TOKEN_NAME;
    if (name.text[0] == '$') {
        token->kind = SW_TOKEN_VARIABLE;
        token->value = sw_string((sw_str){name.text + 1, name.bytes - 1});
        return;
    }
    token->value = sw_string(name);
    if (sw_str_is(name, "and") || sw_str_is(name, "or") || sw_str_is(name, "in")) {
        token->kind = SW_TOKEN_OPERATOR;
        token->op = name.text[0] == 'a' ? SW_OP_AND : name.text[0] == 'o' ? SW_OP_OR : SW_OP_IN;
    } else if (sw_str_is(name, "true") || sw_str_is(name, "false")) {
        token->kind = SW_TOKEN_VALUE;
        token->value = sw_bool(name.text[0] == 't');
    } else if (sw_str_is(name, "null")) {
        token->kind = SW_TOKEN_VALUE;
        token->value = sw_null();
    }
}

void sw_tokens_next(sw_compilation *c, bool operand, sw_lexed *token)
{
    skip_blank(c);
    *token = (sw_lexed){.kind = SW_TOKEN_END};
    unsigned char here = peek(c, 0);
    if (c->at >= c->text.bytes)
        token->kind = SW_TOKEN_END;
    else if (operand && here == '/')
        read_regex(c, token);
    else if (read_operator(c, token))
        token->value = sw_string(sw_operator_text(token->op));
    else if (here == '"' || here == '\'')
        read_string(c, token);
    else if (is_digit(here))
        read_number(c, token);
    else if (here == '`')
        read_quoted_name(c, token);
    else
        read_name(c, token);
    token->position = c->at;
}
