// unique.c: States.ArrayUnique, by a hash table, so that long arrays cost no more than their
// length.
//
// Equal values must hash alike: numbers by value, objects whatever the order of their members.

#include "query/intrinsic/call.h"

static uint64_t mix(uint64_t h)
{
    h ^= h >> 31;
    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t hash_text(sw_str text)
{
    uint64_t h = text.bytes;
    for (size_t i = 0; i < text.bytes; i++)
        h = (h ^ (unsigned char)text.text[i]) * 0x100000001b3u;
    return mix(h);
}

static uint64_t hash_number(sw_value v)
{
    double   number = sw_value_number(v) + 0.0; // -0 and 0 are equal
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return mix(bits);
}

static uint64_t hash_value(sw_value v);

static uint64_t hash_items(sw_value v)
{
    uint64_t h = v.size;
    for (uint32_t i = 0; i < v.size; i++) {
        if (v.type == SW_ARRAY)
            h = mix(h + hash_value(v.items[i]));
        else
            h += mix(hash_text(sw_value_key(v, i)) ^ hash_value(sw_value_member(v, i)));
    }
    return h;
}

static uint64_t hash_value(sw_value v)
{
    uint64_t kind = (uint64_t)v.type << 56;
    switch ((sw_type)v.type) {
    case SW_BOOL:
        return mix(kind + v.size);
    case SW_NUMBER:
        return hash_number(v);
    case SW_STRING:
        return kind ^ hash_text(sw_value_str(v));
    case SW_ARRAY:
    case SW_OBJECT:
        return kind ^ hash_items(v);
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_FUNCTION:
        break;
    }
    return mix(kind);
}

// Open addressing; a slot holds a kept item's number plus one.
typedef struct table {
    uint32_t *slots;
    uint64_t *hashes; // of the kept items
    size_t    mask;
} table;

static table make_table(sw_arena *arena, size_t items)
{
    size_t slots = 16;
    while (slots < items * 2)
        slots *= 2;
    table t = {.mask = slots - 1};
    t.slots = SW_ARENA_ARRAY(arena, uint32_t, slots);
    memset(t.slots, 0, slots * sizeof *t.slots);
    t.hashes = SW_ARENA_ARRAY(arena, uint64_t, items);
    return t;
}

// Takes the value in unless an equal one is there.
static void keep(table *t, sw_value *kept, uint32_t *count, sw_value v)
{
    uint64_t h = hash_value(v);
    size_t   at = h & t->mask;
    for (; t->slots[at] != 0; at = (at + 1) & t->mask) {
        uint32_t other = t->slots[at] - 1;
        if (t->hashes[other] == h && sw_value_equal(kept[other], v))
            return;
    }
    t->hashes[*count] = h;
    kept[*count] = v;
    t->slots[at] = ++*count;
}

bool intrinsic_array_unique(const call *c, sw_value *result)
{
    sw_value array, *kept;
    if (!call_array(c, 0, &array))
        return false;
    *result = sw_array_build(c->arena, array.size, &kept);
    sw_arena_mark mark = sw_arena_get_mark(c->arena);
    table         t = make_table(c->arena, array.size);
    result->size = 0;
    for (uint32_t i = 0; i < array.size; i++)
        keep(&t, kept, &result->size, array.items[i]);
    sw_arena_rewind(c->arena, mark);
    return true;
}
