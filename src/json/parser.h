// parser.h: what the files of the JSON reader share: parse.c, parse_string.c, parse_error.c.

#ifndef STEPWELL_JSON_PARSER_H
#define STEPWELL_JSON_PARSER_H

#include "stepwell/json.h"

#include "json/scan.h"

typedef struct parser {
    sw_arena *arena;
    cursor    start, end;      // the text
    unsigned  flags;           // SW_JSON_...
    unsigned  depth;           // containers that are open here
    unsigned  deepest;         // levels of nesting read so far within the innermost of them
    bool      canonical;       // what was read so far within it is spelled as we would print it
    sw_value *stack;           // values that wait for their container to close
    sw_value *top, *stack_end; // the first free place and the end of all places
    sw_error *err;
} parser;

sw_value *sw_parser_grow(parser *p); // a larger stack; returns its top

static inline void push(parser *p, sw_value v)
{
    sw_value *top = p->top != p->stack_end ? p->top : sw_parser_grow(p);
    *top = v;
    p->top = top + 1;
}

// Reads on in a string that begins at opening, from a byte at which scan_plain stopped, and pushes
// it.
cursor sw_parse_string_on(parser *p, cursor opening, cursor at);

// Errors: each fills *p->err and returns NULL.

#define EXPECTED_VALUE                                                                             \
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or "       \
    "'false')"

cursor sw_parse_fail(parser *p, cursor at, const char *message);
// What stands at at is not what should; the end of the text may be it, too.
cursor sw_parse_fail_character(parser *p, cursor at, const char *expected);
cursor sw_parse_fail_token(parser *p, cursor at); // not the beginning of any value
cursor sw_parse_fail_unclosed(parser *p, cursor opening);
cursor sw_parse_fail_between(parser *p, bool in_object); // the text ends after a comma or a name
cursor sw_parse_fail_depth(parser *p, cursor at);
cursor sw_parse_fail_string(parser *p, cursor at);
cursor sw_parse_fail_escape(parser *p, cursor at); // at the byte behind the backslash

#endif
