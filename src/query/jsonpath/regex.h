// regex.h: the patterns of filters, by PCRE2, with all its memory from arenas.

#ifndef STEPWELL_QUERY_JSONPATH_REGEX_H
#define STEPWELL_QUERY_JSONPATH_REGEX_H

#include "query/jsonpath/path.h"

bool regex_compile(parser *p, sw_str pattern, bool ignore_case, const void **compiled);
// Whether the pattern matches the whole text.
outcome regex_matches(const reading *r, const void *compiled, sw_str text, bool *matches);

#endif
