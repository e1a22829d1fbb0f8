// functions.h: the builtins' C functions, declared from functions.def.

#ifndef STEPWELL_QUERY_JSONATA_FUNCTIONS_H
#define STEPWELL_QUERY_JSONATA_FUNCTIONS_H

#include "query/jsonata/eval.h"
#include "query/jsonata/text.h"

#define FUNCTION(name, run, signature, parameters, arity, description)                             \
    sw_value run(sw_eval *ev, const sw_value *arguments, uint32_t count, sw_value input);
#define EVAL FUNCTION
#include "query/jsonata/functions.def"
#undef FUNCTION
#undef EVAL

// The head of each: what it does not use is named nevertheless.
#define SW_BUILTIN(run)                                                                            \
    sw_value run(sw_eval        *ev __attribute__((unused)),                                       \
                 const sw_value *arguments __attribute__((unused)),                                \
                 uint32_t count __attribute__((unused)), sw_value input __attribute__((unused)))

// Code points of a text.
size_t      sw_points(sw_str text);
const char *sw_point_at(sw_str text, size_t index); // its end when there are fewer
size_t      sw_units(sw_str text);                  // UTF-16 units
bool        sw_find(sw_str text, size_t from, sw_str piece, size_t *at);
double      sw_round(double number, double precision); // halves to even
sw_str      sw_case(sw_eval *ev, sw_str text, bool upper);
void        sw_chance_ready(sw_eval *ev); // ev->chance may be drawn from

#endif
