// value.h: what the files of this room share beside stepwell/json.h.

#ifndef STEPWELL_JSON_VALUE_H
#define STEPWELL_JSON_VALUE_H

#include "stepwell/json.h"

// Larger objects carry a hash table behind their items.
#define SW_INDEX_MEMBERS_MIN 16u

// Deeper, values are equal to none. Texts are not as deep (SW_JSON_DEPTH_MAX); what an expression
// builds can be, and cannot be its result.
#define SW_VALUE_DEPTH_MAX 2000u

// Equal for equal values (sw_value_equal)
uint64_t sw_value_hash(sw_value v);

// Room for a container's items and trailer_bytes behind them.
static inline sw_value *sw_items_new(sw_arena *arena, size_t values, size_t trailer_bytes)
{
    size_t        bytes = sizeof(sw_container) + values * sizeof(sw_value) + trailer_bytes;
    sw_container *container = sw_arena_alloc(arena, values > SIZE_MAX / 64 ? SIZE_MAX : bytes);
    *container = (sw_container){0};
    return (sw_value *)(void *)(container + 1);
}

// Removes duplicate keys from count pairs in place: the last value wins, in the place of the first.
// Returns the new count and clears *unique when there were any. scratch is used and given back.
size_t sw_pairs_unique(sw_arena *scratch, sw_value *pairs, size_t count, bool *unique);

// The same for an object of more than SW_INDEX_MEMBERS_MIN members that sw_object_build has made,
// and in one go with its hash table.
sw_value sw_object_index_unique(sw_arena *arena, sw_value object, bool *unique);

#endif
