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

// Equal sizes are the caller's business. Names are short: no call.
static inline bool sw_bytes_equal(const char *a, const char *b, size_t bytes)
{
    if (bytes >= 16)
        return memcmp(a, b, bytes) == 0;
    for (size_t i = 0; i < bytes; i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

// In an object without an index, which has few members: the one of that name, or NULL.
static inline const sw_value *sw_member_search(sw_value object, sw_str key)
{
    const sw_value *pair = object.items, *end = pair + 2 * (size_t)object.size;
    for (; pair < end; pair += 2) {
        if (pair->size == key.bytes && sw_bytes_equal(pair->text, key.text, key.bytes))
            return pair;
    }
    return NULL;
}

// sw_value_get where it is wanted often; v may be anything.
static inline sw_value sw_member_get(sw_value v, sw_str key)
{
    if (v.type != SW_OBJECT || (v.flags & SW_VALUE_INDEXED) != 0)
        return sw_value_get(v, key);
    const sw_value *pair = sw_member_search(v, key);
    return pair == NULL ? sw_undefined() : pair[1];
}

// sw_value_keep; most values have nothing to keep.
static inline sw_value sw_value_kept(sw_arena *arena, const sw_arena *from, sw_value v)
{
    bool scalar = v.type < SW_STRING && (v.flags & SW_VALUE_SPELLED) == 0;
    return scalar ? v : sw_value_keep(arena, from, v);
}

#endif
