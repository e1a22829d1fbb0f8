// text.h: text that grows in an arena, and values as JavaScript's JSON.stringify spells them.
//
// Errors    None of its own; a spent arena jumps (base.h).

#ifndef STEPWELL_QUERY_JSONATA_TEXT_H
#define STEPWELL_QUERY_JSONATA_TEXT_H

#include "stepwell/json.h"

typedef struct sw_text {
    sw_arena *arena;
    char     *start, *at, *end;
    bool      infinite; // a number that is none in JSON was put as null
    bool      too_deep; // a value nested deeper than anyone should was cut
} sw_text;

void sw_text_init(sw_text *text, sw_arena *arena, size_t bytes);
void sw_text_grow(sw_text *text, size_t bytes); // room for that many more

static inline void sw_text_need(sw_text *text, size_t bytes)
{
    if ((size_t)(text->end - text->at) < bytes)
        sw_text_grow(text, bytes);
}
static inline void sw_text_put(sw_text *text, char c)
{
    sw_text_need(text, 1);
    *text->at++ = c;
}
static inline void sw_text_add(sw_text *text, sw_str piece)
{
    sw_text_need(text, piece.bytes);
    if (piece.bytes > 0)
        memcpy(text->at, piece.text, piece.bytes);
    text->at += piece.bytes;
}
void sw_text_point(sw_text *text, uint32_t point); // one code point
void sw_text_unit(sw_text *text,
                  uint32_t unit); // one UTF-16 unit; the second half of a pair completes the first

static inline sw_str sw_text_str(const sw_text *text)
{
    return (sw_str){text->start, (size_t)(text->at - text->start)};
}
static inline sw_value sw_text_value(const sw_text *text)
{
    return sw_string(sw_text_str(text));
}

// A number with at most 15 significant digits, as $string shows it. buffer of 40 bytes; returns
// the length.
size_t sw_number_print_15(double number, char *buffer);

enum {
    SW_STRINGIFY_DIGITS_15 = 1, // as $string does, not as error messages do
    SW_STRINGIFY_PRETTY = 2,    // with line breaks, two spaces a level
};
void sw_text_stringify(sw_text *text, sw_value v, unsigned flags);

#endif
