// equal.c: whether two values are the same, and hashes that are equal when the values are.
//
// Numbers are compared by value (-0 is 0, 1.0 is 1), members in any order.

#include "json/value.h"

#include "base/hash.h"

static bool equal(sw_value a, sw_value b, uint32_t depth);

static bool numbers_equal(sw_value a, sw_value b)
{
    if ((a.flags & b.flags & SW_VALUE_SPELLED) != 0 &&
        sw_str_equal(sw_value_str(a), sw_value_str(b)))
        return true;
    return sw_value_number(a) == sw_value_number(b);
}

static bool arrays_equal(sw_value a, sw_value b, uint32_t depth)
{
    if (a.size != b.size || depth > SW_VALUE_DEPTH_MAX)
        return false;
    for (uint32_t i = 0; a.items != b.items && i < a.size; i++) {
        if (!equal(a.items[i], b.items[i], depth + 1))
            return false;
    }
    return true;
}

static bool objects_equal(sw_value a, sw_value b, uint32_t depth)
{
    if (a.size != b.size || depth > SW_VALUE_DEPTH_MAX)
        return false;
    for (uint32_t i = 0; a.items != b.items && i < a.size; i++) {
        sw_str    key = sw_value_key(a, i);
        ptrdiff_t at = sw_str_equal(key, sw_value_key(b, i)) ? (ptrdiff_t)i : sw_value_find(b, key);
        if (at < 0 || !equal(sw_value_member(a, i), sw_value_member(b, (size_t)at), depth + 1))
            return false;
    }
    return true;
}

static bool equal(sw_value a, sw_value b, uint32_t depth)
{
    if (a.type != b.type)
        return false;
    switch ((sw_type)a.type) {
    case SW_UNDEFINED:
    case SW_NULL:
        return true;
    case SW_BOOL:
        return a.size == b.size;
    case SW_NUMBER:
        return numbers_equal(a, b);
    case SW_STRING:
        return sw_str_equal(sw_value_str(a), sw_value_str(b));
    case SW_ARRAY:
        return arrays_equal(a, b, depth);
    case SW_OBJECT:
        return objects_equal(a, b, depth);
    case SW_FUNCTION:
        return a.any == b.any;
    }
    return false;
}

bool sw_value_equal(sw_value a, sw_value b)
{
    return equal(a, b, 0);
}

// Hashes ------------------------------------------------------------------------------------------

static uint64_t hash(sw_value v, uint32_t depth);

static uint64_t hash_number(sw_value v)
{
    double   number = sw_value_number(v) + 0.0; // -0 is 0
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return sw_hash_mix(bits * 0x9e3779b97f4a7c15u);
}

static uint64_t hash_items(sw_value v, uint32_t depth)
{
    uint64_t h = v.size;
    if (depth > SW_VALUE_DEPTH_MAX)
        return h;
    for (uint32_t i = 0; v.type == SW_ARRAY && i < v.size; i++)
        h = sw_hash_mix(h) + hash(v.items[i], depth + 1);
    for (uint32_t i = 0; v.type == SW_OBJECT && i < v.size; i++)
        h += sw_hash_mix(sw_hash_text(sw_value_key(v, i)) ^
                         hash(sw_value_member(v, i), depth + 1) * 3);
    return sw_hash_mix(h);
}

static uint64_t hash(sw_value v, uint32_t depth)
{
    uint64_t kind = v.type * 0x9e3779b97f4a7c15u;
    switch ((sw_type)v.type) {
    case SW_UNDEFINED:
    case SW_NULL:
        break;
    case SW_BOOL:
        return sw_hash_mix(kind + v.size);
    case SW_NUMBER:
        return hash_number(v);
    case SW_STRING:
        return kind ^ sw_hash_text(sw_value_str(v));
    case SW_ARRAY:
    case SW_OBJECT:
        return kind ^ hash_items(v, depth);
    case SW_FUNCTION:
        return sw_hash_mix(kind + (uint64_t)(uintptr_t)v.any);
    }
    return sw_hash_mix(kind);
}

uint64_t sw_value_hash(sw_value v)
{
    return hash(v, 0);
}
