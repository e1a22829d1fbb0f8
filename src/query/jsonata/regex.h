// regex.h: regular expressions as JavaScript writes them, matched by PCRE2.
//
// Owns      A compiled expression lives in the arena it was compiled into: PCRE2 is given that
//           arena to allocate from, so there is nothing to free.
// Errors    S0303 while compiling; D3145 when matching passes PCRE2's limits.
// Units     Offsets are bytes; those the language shows are UTF-16 units.

#ifndef STEPWELL_QUERY_JSONATA_REGEX_H
#define STEPWELL_QUERY_JSONATA_REGEX_H

#include "query/jsonata/eval.h"

typedef struct sw_regex_match {
    size_t   start, end;
    uint32_t group_count; // without the whole
    // Pairs, the whole match first; SIZE_MAX where a group took no part. Good until the next match.
    size_t *offsets;
} sw_regex_match;

enum {
    SW_REGEX_IGNORE_CASE = 1,
    SW_REGEX_LINES = 2, // ^ and $ match at line breaks
};

const sw_regex *sw_regex_compile(sw_compilation *c, sw_str pattern, unsigned flags,
                                 uint32_t position);

// The first match at or behind offset.
bool sw_regex_find(sw_eval *ev, const sw_regex *regex, sw_str text, size_t offset,
                   sw_regex_match *match);

// As a function of the language: {match, start, end, groups, next}, or undefined.
sw_value sw_regex_call(sw_eval *ev, const sw_regex *regex, sw_value text, size_t offset);

// The groups of a match as an array of strings, undefined where one took no part.
sw_value sw_regex_groups(sw_eval *ev, sw_str text, const sw_regex_match *match);

sw_str sw_regex_source(const sw_regex *regex);

#endif
