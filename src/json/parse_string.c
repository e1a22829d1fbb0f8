// parse_string.c: the less usual half of reading strings: non-ASCII text and escapes.
//
// A string without escapes stays where it is in the text, whatever its characters. One with escapes
// is written to the arena, run by run.

#include "json/parser.h"

#include "base/utf8.h"

static int hex_digit(unsigned char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static cursor read_hex4(parser *p, cursor at, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, at++) {
        if (at >= p->end)
            return sw_parse_fail_escape(p, at);
        int digit = hex_digit(*at);
        if (digit < 0)
            return sw_parse_fail_character(p, at,
                                           "expected a hex-digit for character escape sequence");
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return at;
}

// \uXXXX, and the one behind it where both make a pair. at: behind the first u.
static cursor read_unicode(parser *p, cursor at, char **to)
{
    uint32_t unit, low;
    at = read_hex4(p, at, &unit);
    if (at != NULL && unit >= 0xd800 && unit < 0xdc00 && p->end - at >= 6 && at[0] == '\\' &&
        at[1] == 'u') {
        cursor behind = read_hex4(p, at + 2, &low);
        if (behind == NULL)
            return NULL;
        if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            at = behind;
        }
    }
    if (at != NULL)
        *to = sw_utf8_put(*to, unit);
    return at;
}

// Reads the escape at at, a backslash, and writes what it means.
static cursor read_escape(parser *p, cursor at, char **to)
{
    static const char meaning[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                      ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    at++;
    if (at < p->end && *at == 'u') {
        p->canonical = false;
        return read_unicode(p, at + 1, to);
    }
    if (at >= p->end || meaning[*at] == 0)
        return sw_parse_fail_escape(p, at);
    if (*at == '/')
        p->canonical = false;
    *(*to)++ = meaning[*at];
    return at + 1;
}

// Over plain and non-ASCII text, up to a quote, a backslash or a fault.
static inline cursor scan_text(cursor at, cursor end)
{
    for (;;) {
        at = scan_plain(at, end);
        if (at >= end || *at < 0x80)
            return at;
        unsigned bytes = sw_utf8_check(at, (size_t)(end - at));
        if (bytes == 0)
            return at;
        at += bytes;
    }
}

static bool is_escaped(cursor at, cursor first)
{
    cursor run = at;
    while (run > first && run[-1] == '\\')
        run--;
    return (at - run) % 2 != 0;
}

// The quote that ends the string which begins at first, or the end of the text.
static cursor find_closing(cursor first, cursor end)
{
    for (cursor at = first;; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL)
            return end;
        if (!is_escaped(at, first))
            return at;
    }
}

static cursor read_escaped(parser *p, cursor run, cursor at)
{
    size_t bytes_max = (size_t)(find_closing(run, p->end) - run);
    char  *text = sw_arena_alloc(p->arena, bytes_max + 1), *to = text;
    for (;;) {
        memcpy(to, run, (size_t)(at - run));
        to += at - run;
        if (at >= p->end || (*at != '"' && *at != '\\'))
            return sw_parse_fail_string(p, at);
        if (*at == '"')
            break;
        run = read_escape(p, at, &to);
        if (run == NULL)
            return NULL;
        at = scan_text(run, p->end);
    }
    push(p, sw_string((sw_str){text, (size_t)(to - text)}));
    return at + 1;
}

cursor sw_parse_string_on(parser *p, cursor opening, cursor at)
{
    at = scan_text(at, p->end);
    if (at < p->end && *at == '\\')
        return read_escaped(p, opening + 1, at);
    if (at >= p->end || *at != '"')
        return sw_parse_fail_string(p, at);
    sw_str text = {(const char *)opening + 1, (size_t)(at - opening - 1)};
    push(p, sw_string_plain(text));
    return at + 1;
}
