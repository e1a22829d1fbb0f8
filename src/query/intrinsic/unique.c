// unique.c: States.ArrayUnique, by a hash table, so that long arrays cost no more than their
// length.

#include "query/intrinsic/call.h"

#include "json/value.h"

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
    uint64_t h = sw_value_hash(v);
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
