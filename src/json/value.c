// value.c: making values and looking into them.
//
// An object of more than SW_INDEX_MEMBERS_MIN members carries a hash table right behind its items:
// slots of uint32_t, a power of two of them, each 0 or a member's number plus one, open addressing.

#include "json/value.h"

#include "base/assert.h"
#include "base/hash.h"

static uint32_t slots_for(size_t members)
{
    uint32_t slots = 32;
    while (slots < members * 2)
        slots *= 2;
    return slots;
}

// The slot that holds key, or the empty one where it would go.
static uint32_t *find_slot(uint32_t *slots, uint32_t slot_count, const sw_value *pairs, sw_str key)
{
    uint32_t at = sw_hash_slot(sw_hash_text(key), slot_count);
    while (slots[at] != 0 && !sw_str_equal(sw_value_str(pairs[2 * (slots[at] - 1)]), key))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

sw_value sw_array_build(sw_arena *arena, size_t count, sw_value **items)
{
    SW_ASSERT(count <= UINT32_MAX);
    *items = sw_items_new(arena, count, 0);
    return (sw_value){.type = SW_ARRAY, .size = (uint32_t)count, .items = *items};
}

sw_value sw_object_build(sw_arena *arena, size_t count, sw_value **items)
{
    SW_ASSERT(count <= UINT32_MAX / 2);
    size_t trailer_bytes = count > SW_INDEX_MEMBERS_MIN ? slots_for(count) * sizeof(uint32_t) : 0;
    *items = sw_items_new(arena, 2 * count, trailer_bytes);
    return (sw_value){.type = SW_OBJECT, .size = (uint32_t)count, .items = *items};
}

sw_value sw_object_index(sw_arena *arena, sw_value object)
{
    (void)arena; // sw_object_build has left room
    if (object.size <= SW_INDEX_MEMBERS_MIN || (object.flags & SW_VALUE_INDEXED) != 0)
        return object;
    uint32_t  slot_count = slots_for(object.size);
    sw_value *items = (sw_value *)(uintptr_t)object.items;
    uint32_t *slots = (uint32_t *)(void *)(items + 2 * (size_t)object.size);
    memset(slots, 0, slot_count * sizeof *slots);
    for (uint32_t i = 0; i < object.size; i++)
        *find_slot(slots, slot_count, items, sw_value_key(object, i)) = i + 1;
    object.flags |= SW_VALUE_INDEXED;
    return object;
}

static bool is_among(const sw_value *pairs, size_t count, sw_str key)
{
    for (size_t i = 0; i < count; i++) {
        if (sw_str_equal(sw_value_str(pairs[2 * i]), key))
            return true;
    }
    return false;
}

static bool are_distinct(const sw_value *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (is_among(pairs, i, sw_value_str(pairs[2 * i])))
            return false;
    }
    return true;
}

// Enters every key into empty slots; of pairs with one key keeps the last value, in the place of
// the first. Returns how many pairs are left.
static uint32_t enter_keys(uint32_t *slots, uint32_t slot_count, sw_value *pairs, size_t count)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t *slot = find_slot(slots, slot_count, pairs, sw_value_str(pairs[2 * i]));
        if (*slot == 0) {
            pairs[2 * kept] = pairs[2 * i];
            *slot = ++kept;
        }
        pairs[2 * (*slot - 1) + 1] = pairs[2 * i + 1];
    }
    return kept;
}

static size_t keep_last(sw_arena *scratch, sw_value *pairs, size_t count)
{
    sw_arena_mark mark = sw_arena_get_mark(scratch);
    uint32_t      slot_count = slots_for(count);
    uint32_t     *slots = sw_arena_zalloc(scratch, slot_count * sizeof *slots);
    uint32_t      kept = enter_keys(slots, slot_count, pairs, count);
    sw_arena_rewind(scratch, mark);
    return kept;
}

sw_value sw_object_index_unique(sw_arena *arena, sw_value object, bool *unique)
{
    uint32_t  slot_count = slots_for(object.size);
    sw_value *items = (sw_value *)(uintptr_t)object.items;
    uint32_t *slots = (uint32_t *)(void *)(items + 2 * (size_t)object.size);
    memset(slots, 0, slot_count * sizeof *slots);
    uint32_t kept = enter_keys(slots, slot_count, items, object.size);
    if (kept == object.size) {
        object.flags |= SW_VALUE_INDEXED;
        return object;
    }
    *unique = false;
    object.size = kept; // the table stands behind the items, so it has to move
    return sw_object_index(arena, object);
}

size_t sw_pairs_unique(sw_arena *scratch, sw_value *pairs, size_t count, bool *unique)
{
    if (count <= SW_INDEX_MEMBERS_MIN && are_distinct(pairs, count))
        return count;
    size_t kept = keep_last(scratch, pairs, count);
    if (kept < count)
        *unique = false;
    return kept;
}

ptrdiff_t sw_value_find(sw_value object, sw_str key)
{
    if (object.type != SW_OBJECT)
        return -1;
    if ((object.flags & SW_VALUE_INDEXED) != 0) {
        uint32_t *slots = (uint32_t *)(uintptr_t)(object.items + 2 * (size_t)object.size);
        return (ptrdiff_t)*find_slot(slots, slots_for(object.size), object.items, key) - 1;
    }
    const sw_value *pair = sw_member_search(object, key);
    return pair == NULL ? -1 : (pair - object.items) / 2;
}

sw_value sw_value_get(sw_value v, sw_str key)
{
    ptrdiff_t at = sw_value_find(v, key);
    return at < 0 ? sw_undefined() : v.items[2 * at + 1];
}

// What is known of the old object's measures holds for the new one, which is large perhaps and
// differs in one member.
static void measure_with(sw_value object, sw_value replaced, sw_value with, size_t at)
{
    const sw_container *old = sw_value_container(object);
    sw_container       *own = (sw_container *)(uintptr_t)sw_value_container(with);
    unsigned            depth = sw_value_depth(with.items[2 * at + 1]) + 1;
    size_t              bytes = old->text_bytes + sw_value_text_bytes(with.items[2 * at + 1]);
    if (old->text_bytes == 0 || old->depth == 0 || bytes > UINT32_MAX / 2)
        return;
    if (at < object.size) {
        bytes -= sw_value_text_bytes(replaced);
        if (sw_value_depth(replaced) + 1 == old->depth && depth < old->depth)
            return;
    } else {
        bytes += sw_value_text_bytes(with.items[2 * at]) + (object.size > 0 ? 2 : 1);
    }
    own->text_bytes = (uint32_t)bytes;
    own->depth = depth > old->depth ? depth : old->depth;
}

sw_value sw_object_with(sw_arena *arena, sw_value object, sw_str key, sw_value member)
{
    SW_ASSERT(object.type == SW_OBJECT);
    ptrdiff_t at = sw_value_find(object, key);
    size_t    count = object.size + (at < 0 ? 1u : 0u);
    sw_value *items;
    sw_value  result = sw_object_build(arena, count, &items);
    memcpy(items, object.items, 2 * (size_t)object.size * sizeof *items);
    if (at < 0) {
        at = object.size;
        items[2 * at] = sw_string(key);
    }
    items[2 * at + 1] = member;
    measure_with(object, at < (ptrdiff_t)object.size ? object.items[2 * at + 1] : sw_undefined(),
                 result, (size_t)at);
    return sw_object_index(arena, result);
}

static bool is_whole(sw_str text)
{
    for (size_t i = text.text[0] == '-'; i < text.bytes; i++) {
        if (text.text[i] < '0' || text.text[i] > '9')
            return false;
    }
    return true;
}

// false when it does not fit.
static bool integer_of_whole(sw_str text, int64_t *integer)
{
    bool     negative = text.text[0] == '-';
    uint64_t sum = 0;
    if (text.bytes - negative > 19)
        return false;
    for (size_t i = negative; i < text.bytes; i++)
        sum = sum * 10 + (uint64_t)(text.text[i] - '0');
    if (sum > (uint64_t)INT64_MAX + negative)
        return false;
    *integer = (int64_t)(negative ? 0 - sum : sum);
    return true;
}

bool sw_value_integer(sw_value number, int64_t *integer)
{
    if (number.type != SW_NUMBER)
        return false;
    if ((number.flags & SW_VALUE_SPELLED) != 0 && is_whole(sw_value_str(number)))
        return integer_of_whole(sw_value_str(number), integer);
    double d = sw_value_number(number);
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0) || d != (double)(int64_t)d)
        return false;
    *integer = (int64_t)d;
    return true;
}

static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Clinger's fast path: short digits without an exponent are exact as digits divided by a power of
// ten.
double sw_value_number(sw_value number)
{
    if ((number.flags & SW_VALUE_SPELLED) == 0)
        return number.number;
    const char *text = number.text, *end = text + number.size, *point = NULL;
    uint64_t    digits = 0;
    if (number.size > 16)
        return sw_number_parse(sw_value_str(number));
    for (const char *at = text + (*text == '-'); at < end; at++) {
        unsigned digit = (unsigned)*at - '0';
        if (digit <= 9)
            digits = digits * 10 + digit;
        else if (*at == '.')
            point = at + 1;
        else
            return sw_number_parse(sw_value_str(number));
    }
    if (digits >= (uint64_t)1 << 53)
        return sw_number_parse(sw_value_str(number));
    double result = (double)digits;
    if (point != NULL)
        result /= powers[end - point];
    return *text == '-' ? -result : result;
}

static sw_value copy_items(sw_arena *arena, sw_value v, size_t count, sw_value *items)
{
    for (size_t i = 0; i < count; i++)
        items[i] = sw_value_copy(arena, v.items[i]);
    const sw_container *old = sw_value_container(v);
    sw_container *new = (sw_container *)(void *)items - 1;
    new->text_bytes = old->text_bytes;
    new->depth = old->depth;
    return (sw_value){.type = v.type, .size = v.size, .items = items};
}

sw_value sw_value_copy(sw_arena *arena, sw_value v)
{
    sw_value *items;
    switch ((sw_type)v.type) {
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_BOOL:
    case SW_FUNCTION:
        return v;
    case SW_NUMBER:
        if ((v.flags & SW_VALUE_SPELLED) == 0)
            return v;
        v.text = sw_str_copy(arena, sw_value_str(v)).text;
        return v;
    case SW_STRING:
        v.text = sw_str_copy(arena, sw_value_str(v)).text;
        return v;
    case SW_ARRAY:
        sw_array_build(arena, v.size, &items);
        return copy_items(arena, v, v.size, items);
    case SW_OBJECT:
        sw_object_build(arena, v.size, &items);
        return sw_object_index(arena, copy_items(arena, v, 2 * (size_t)v.size, items));
    }
    return v;
}

static sw_value keep_items(sw_arena *arena, const sw_arena *from, sw_value v)
{
    size_t    count = v.type == SW_OBJECT ? 2 * (size_t)v.size : v.size;
    sw_value *items;
    sw_value  kept = v.type == SW_OBJECT ? sw_object_build(arena, v.size, &items)
                                         : sw_array_build(arena, v.size, &items);
    for (size_t i = 0; i < count; i++)
        items[i] = sw_value_keep(arena, from, v.items[i]);
    return v.type == SW_OBJECT ? sw_object_index(arena, kept) : kept;
}

sw_value sw_value_keep(sw_arena *arena, const sw_arena *from, sw_value v)
{
    bool text = v.type == SW_STRING || (v.type == SW_NUMBER && (v.flags & SW_VALUE_SPELLED) != 0);
    bool container = v.type == SW_ARRAY || v.type == SW_OBJECT;
    // An empty container's items are behind its end, and perhaps behind the arena's block.
    const void *at = container ? (const void *)sw_value_container(v) : v.any;
    if ((!text && !container) || !sw_arena_holds(from, at))
        return v;
    if (container)
        return keep_items(arena, from, v);
    v.text = sw_str_copy(arena, sw_value_str(v)).text;
    return v;
}
