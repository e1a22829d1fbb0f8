// functions_array.c: arrays.

#include "query/jsonata/functions.h"

SW_BUILTIN(sw_fn_count)
{
    return sw_number(arguments[0].type == SW_UNDEFINED ? 0 : arguments[0].size);
}

SW_BUILTIN(sw_fn_append)
{
    sw_value a = arguments[0], b = arguments[1];
    sw_list  list = {0};
    if (a.type == SW_UNDEFINED)
        return b;
    if (b.type == SW_UNDEFINED)
        return a;
    sw_list_append(ev, &list, a);
    sw_list_append(ev, &list, b);
    return sw_list_array(ev, &list, 0);
}

// A copy whose items may be moved around.
static sw_value *copy_items(sw_eval *ev, sw_value array, sw_value *copy)
{
    sw_value *items;
    *copy = sw_array_build(ev->arena, array.size, &items);
    memcpy(items, array.items, array.size * sizeof *items);
    return items;
}

SW_BUILTIN(sw_fn_reverse)
{
    sw_value array = arguments[0], copy;
    if (array.type == SW_UNDEFINED || array.size <= 1)
        return array;
    sw_value *items = copy_items(ev, array, &copy);
    for (uint32_t i = 0; i < array.size; i++)
        items[i] = array.items[array.size - 1 - i];
    return copy;
}

SW_BUILTIN(sw_fn_shuffle)
{
    sw_value array = arguments[0], copy;
    if (array.type == SW_UNDEFINED || array.size <= 1)
        return array;
    sw_chance_ready(ev);
    sw_value *items = copy_items(ev, array, &copy);
    for (uint32_t i = array.size - 1; i > 0; i--) {
        uint32_t other = (uint32_t)(sw_chance_fraction(&ev->chance) * (i + 1.0));
        sw_value v = items[i];
        items[i] = items[other];
        items[other] = v;
    }
    return copy;
}

SW_BUILTIN(sw_fn_zip)
{
    uint32_t shortest = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = arguments[i].type == SW_ARRAY ? arguments[i].size : 0;
        shortest = length < shortest ? length : shortest;
    }
    if (count == 0)
        shortest = 0;
    sw_value *rows, result = sw_array_build(ev->arena, shortest, &rows);
    for (uint32_t i = 0; i < shortest; i++) {
        sw_value *row;
        rows[i] = sw_array_build(ev->arena, count, &row);
        for (uint32_t k = 0; k < count; k++)
            row[k] = arguments[k].items[i];
    }
    return result;
}

SW_BUILTIN(sw_fn_sort)
{
    sw_value array = arguments[0], copy;
    if (array.type == SW_UNDEFINED || array.size <= 1)
        return array;
    if (arguments[1].type != SW_FUNCTION) {
        if (!sw_is_array_of(array, SW_NUMBER) && !sw_is_array_of(array, SW_STRING))
            sw_eval_fail_value(ev, "D3070", sw_undefined());
        sw_value *items = copy_items(ev, array, &copy);
        sw_sort_plain(ev, items, array.size);
        return copy;
    }
    sw_value *items = copy_items(ev, array, &copy);
    sw_sort_by_function(ev, arguments[1], items, array.size);
    return copy;
}

// $distinct, by hashing ---------------------------------------------------------------------------

// The slot of an equal value among those kept, or the empty one where it goes.
static uint32_t *find_equal(uint32_t *slots, uint32_t slot_count, const sw_value *kept, sw_value v)
{
    uint32_t at = sw_hash_slot(sw_value_hash(v), slot_count);
    while (slots[at] != 0 && !sw_value_equal(kept[slots[at] - 1], v))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

SW_BUILTIN(sw_fn_distinct)
{
    sw_value array = arguments[0];
    if (array.type != SW_ARRAY || array.size <= 1)
        return array;
    uint32_t slot_count = 16;
    while (slot_count < array.size * 2u && slot_count < 1u << 30)
        slot_count *= 2;
    uint32_t *slots = sw_arena_zalloc(ev->arena, slot_count * sizeof *slots);
    sw_value *kept, result = sw_array_build(ev->arena, array.size, &kept);
    uint32_t  kept_count = 0;
    for (uint32_t i = 0; i < array.size; i++) {
        uint32_t *slot = find_equal(slots, slot_count, kept, array.items[i]);
        if (*slot != 0)
            continue;
        kept[kept_count++] = array.items[i];
        *slot = kept_count;
    }
    result.size = kept_count;
    result.flags = array.flags & SW_VALUE_SEQUENCE;
    return result;
}
