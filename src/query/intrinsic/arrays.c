// arrays.c: the functions that make arrays or look into them. Items are shared, never copied.

#include "query/intrinsic/call.h"

bool intrinsic_array(const call *c, sw_value *result)
{
    sw_value *items;
    *result = sw_array_build(c->arena, c->count, &items);
    if (c->count > 0)
        memcpy(items, c->arguments, c->count * sizeof *items);
    return true;
}

bool intrinsic_array_contains(const call *c, sw_value *result)
{
    sw_value array;
    bool     found = false;
    if (!call_array(c, 0, &array))
        return false;
    for (uint32_t i = 0; i < array.size && !found; i++)
        found = sw_value_equal(array.items[i], c->arguments[1]);
    *result = sw_bool(found);
    return true;
}

bool intrinsic_array_get_item(const call *c, sw_value *result)
{
    sw_value array;
    int64_t  index = 0;
    if (!call_array(c, 0, &array) || !call_integer(c, 1, 0, INT32_MAX, &index))
        return false;
    if (index >= array.size)
        return call_fail(c, "index %lld is outside of an array of %u items", (long long)index,
                         array.size);
    *result = array.items[index];
    return true;
}

bool intrinsic_array_length(const call *c, sw_value *result)
{
    sw_value array;
    if (!call_array(c, 0, &array))
        return false;
    *result = sw_number(array.size);
    return true;
}

static sw_value slice(sw_arena *arena, sw_value array, size_t from, size_t count)
{
    sw_value *items, piece = sw_array_build(arena, count, &items);
    memcpy(items, array.items + from, count * sizeof *items);
    return piece;
}

bool intrinsic_array_partition(const call *c, sw_value *result)
{
    sw_value array, *pieces;
    int64_t  size = 1;
    if (!call_array(c, 0, &array) || !call_integer(c, 1, 1, INT32_MAX, &size))
        return false;
    if (sw_value_text_bytes(array) > PARTITION_BYTES_MAX)
        return call_fail(c, "the array is larger than %u bytes", PARTITION_BYTES_MAX);
    size_t step = (size_t)size, count = (array.size + step - 1) / step;
    *result = sw_array_build(c->arena, count, &pieces);
    for (size_t i = 0; i < count; i++) {
        size_t from = i * step, left = array.size - from;
        pieces[i] = slice(c->arena, array, from, left < step ? left : step);
    }
    return true;
}

bool intrinsic_array_range(const call *c, sw_value *result)
{
    int64_t   first = 0, last = 0, step = 0;
    sw_value *items;
    if (!call_integer(c, 0, INT32_MIN, INT32_MAX, &first) ||
        !call_integer(c, 1, INT32_MIN, INT32_MAX, &last) ||
        !call_integer(c, 2, INT32_MIN, INT32_MAX, &step))
        return false;
    if (step == 0)
        return call_fail(c, "the step must not be 0");
    int64_t span = last - first;
    int64_t count = (span < 0) != (step < 0) && span != 0 ? 0 : span / step + 1;
    if (count > RANGE_ITEMS_MAX)
        return call_fail(c, "%lld items are more than %u", (long long)count, RANGE_ITEMS_MAX);
    *result = sw_array_build(c->arena, (size_t)count, &items);
    for (int64_t i = 0; i < count; i++)
        items[i] = sw_number((double)(first + i * step));
    return true;
}
