// value.h: what the files of this room share beside stepwell/json.h.

#ifndef STEPWELL_JSON_VALUE_H
#define STEPWELL_JSON_VALUE_H

#include "stepwell/json.h"

// Removes duplicate keys from count pairs in place: the last value wins, in the place of the first. Returns the new
// count and clears *unique when there were any. scratch is used and given back.
size_t sw_pairs_unique(sw_arena *scratch, sw_value *pairs, size_t count, bool *unique);

#endif
