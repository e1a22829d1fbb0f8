// words.h: numbers as English words, and back.

#ifndef STEPWELL_QUERY_JSONATA_WORDS_H
#define STEPWELL_QUERY_JSONATA_WORDS_H

#include "query/jsonata/picture_integer.h"

void   sw_words_add(sw_text *out, double number, bool ordinal, sw_letter_case letter_case);
double sw_words_parse(sw_str lower); // NaN when a word is none of a number's
// The length of the longest run of such words at the start of text, in any case, or 0.
size_t sw_words_span(sw_str text);

#endif
