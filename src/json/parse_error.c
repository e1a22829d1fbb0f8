// parse_error.c: what is wrong with a JSON text, in the words of Jackson, the reader whose texts
// AWS shows.
//
// aws: Jackson has read a character before it complains, so the place is the one behind it.

#include "json/parser.h"

#include "base/utf8.h"

static cursor set_position(parser *p, cursor at)
{
    if (p->err == NULL)
        return NULL;
    sw_str text = {(const char *)p->start, (size_t)(p->end - p->start)};
    p->err->offset = (uint32_t)(at - p->start);
    sw_utf8_position(text, p->err->offset, &p->err->line, &p->err->column);
    return NULL;
}

// The place behind the character at at. A line break does not begin a line here, for Jackson counts
// lines between tokens only.
static cursor set_position_behind(parser *p, cursor at, unsigned bytes)
{
    set_position(p, at);
    if (p->err != NULL) {
        p->err->column += 1;
        p->err->offset += bytes;
    }
    return NULL;
}

cursor sw_parse_fail(parser *p, cursor at, const char *message)
{
    sw_fail(p->err, SW_ERROR_SYNTAX, "%s", message);
    return set_position(p, at);
}

cursor sw_parse_fail_character(parser *p, cursor at, const char *expected)
{
    if (at >= p->end)
        return sw_parse_fail(p, p->end, "Unexpected end-of-input");
    unsigned    bytes = sw_utf8_check(at, (size_t)(p->end - at));
    const char *text = (const char *)at;
    if (bytes == 0)
        return sw_parse_fail(p, at, "Invalid UTF-8 byte");
    if (*at < 0x20)
        sw_fail(p->err, SW_ERROR_SYNTAX, "Illegal character ((CTRL-CHAR, code %u)): %s", *at,
                "only regular white space (\\r, \\n, \\t) is allowed between tokens");
    else
        sw_fail(p->err, SW_ERROR_SYNTAX, "Unexpected character ('%.*s' (code %u)): %s", (int)bytes,
                (const char *)at, sw_utf8_next(&text), expected);
    return set_position_behind(p, at, bytes);
}

// The part of a long token that a message has room for, cut between characters.
static int shown_bytes(cursor word, cursor end)
{
    int bytes = end - word > 100 ? 100 : (int)(end - word);
    while (bytes > 0 && bytes < end - word && (word[bytes] & 0xc0) == 0x80)
        bytes--;
    return bytes;
}

cursor sw_parse_fail_token(parser *p, cursor word)
{
    cursor at = word;
    if (word >= p->end || !is_word(*word))
        return sw_parse_fail_character(p, at, EXPECTED_VALUE);
    while (at < p->end && is_word(*at)) {
        unsigned bytes = sw_utf8_check(at, (size_t)(p->end - at));
        if (bytes == 0)
            return sw_parse_fail(p, at, "Invalid UTF-8 byte");
        at += bytes;
    }
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Unrecognized token '%.*s': was expecting (JSON String, Number, Array, Object or token "
            "'null', 'true' or 'false')",
            shown_bytes(word, at), (const char *)word);
    return set_position(p, at);
}

cursor sw_parse_fail_unclosed(parser *p, cursor opening)
{
    uint32_t line, column;
    sw_str   text = {(const char *)p->start, (size_t)(p->end - p->start)};
    sw_utf8_position(text, (size_t)(opening - p->start), &line, &column);
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Unexpected end-of-input: expected close marker for %s (start marker at [Source: "
            "(String); line: %u, column: %u])",
            *opening == '[' ? "Array" : "Object", line, column);
    return set_position(p, p->end);
}

cursor sw_parse_fail_between(parser *p, bool in_object)
{
    return sw_parse_fail(p, p->end,
                         in_object ? "Unexpected end-of-input within/between Object entries"
                                   : "Unexpected end-of-input within/between Array entries");
}

cursor sw_parse_fail_depth(parser *p, cursor at)
{
    sw_fail(p->err, SW_ERROR_LIMIT, "Document nesting depth (%u) exceeds the maximum allowed (%u)",
            SW_JSON_DEPTH_MAX + 1, SW_JSON_DEPTH_MAX);
    return set_position(p, at);
}

cursor sw_parse_fail_string(parser *p, cursor at)
{
    if (at >= p->end)
        return sw_parse_fail(
            p, p->end, "Unexpected end-of-input: was expecting closing quote for a string value");
    if (*at >= 0x20)
        return sw_parse_fail(p, at, "Invalid UTF-8 byte");
    sw_fail(p->err, SW_ERROR_SYNTAX,
            "Illegal unquoted character ((CTRL-CHAR, code %u)): has to be escaped using backslash "
            "to be included in string value",
            *at);
    return set_position_behind(p, at, 1);
}

cursor sw_parse_fail_escape(parser *p, cursor at)
{
    if (at >= p->end)
        return sw_parse_fail(p, p->end, "Unexpected end-of-input in character escape sequence");
    unsigned    bytes = sw_utf8_check(at, (size_t)(p->end - at));
    const char *text = (const char *)at;
    if (bytes == 0)
        return sw_parse_fail(p, at, "Invalid UTF-8 byte");
    sw_fail(p->err, SW_ERROR_SYNTAX, "Unrecognized character escape '%.*s' (code %u)",
            *at < 0x20 ? 0 : (int)bytes, (const char *)at, sw_utf8_next(&text));
    return set_position_behind(p, at, bytes);
}
