// regex_translate.h: from JavaScript's regular expressions to PCRE2's.

#ifndef STEPWELL_QUERY_JSONATA_REGEX_TRANSLATE_H
#define STEPWELL_QUERY_JSONATA_REGEX_TRANSLATE_H

#include "query/jsonata/text.h"

// On false *fault says why; it needs no freeing.
bool sw_regex_translate(sw_arena *arena, sw_str pattern, sw_str *translated, const char **fault);

#endif
