// functions_object.c: objects.

#include "query/jsonata/functions.h"

// Members of several objects under distinct keys: the last value wins, in the place of the first. -

typedef struct members {
    sw_value *pairs;
    uint32_t *slots; // hash table: 0, or a pair's number plus one
    uint32_t  count, capacity, slot_count;
} members;

// Room for capacity members in all.
static sw_value members_init(sw_eval *ev, members *m, uint32_t capacity)
{
    sw_value object = sw_object_build(ev->arena, capacity, &m->pairs);
    m->count = 0;
    m->capacity = capacity;
    m->slots = NULL;
    m->slot_count = 0;
    if (capacity > 8) {
        m->slot_count = 32;
        while (m->slot_count < capacity * 2u)
            m->slot_count *= 2;
        m->slots = sw_arena_zalloc(ev->arena, m->slot_count * sizeof *m->slots);
    }
    return object;
}

static uint32_t find_member(const members *m, sw_value key)
{
    uint32_t i = 0;
    while (i < m->count && !sw_same_text(m->pairs[2 * i], key))
        i++;
    return i;
}

// The place of a key: an existing one's, or a new one.
static uint32_t place_of(members *m, sw_value key)
{
    if (m->slots == NULL) {
        uint32_t i = find_member(m, key);
        m->count += i == m->count;
        return i;
    }
    uint32_t at = sw_hash_slot(sw_hash_text(sw_value_str(key)), m->slot_count);
    while (m->slots[at] != 0 && !sw_same_text(m->pairs[2 * (m->slots[at] - 1)], key))
        at = (at + 1) & (m->slot_count - 1);
    if (m->slots[at] == 0)
        m->slots[at] = ++m->count;
    return m->slots[at] - 1;
}

static void set_member(members *m, sw_value key, sw_value value)
{
    uint32_t i = place_of(m, key);
    m->pairs[2 * i] = key;
    m->pairs[2 * i + 1] = value;
}

static sw_value members_finish(sw_eval *ev, const members *m, sw_value object)
{
    object.size = m->count;
    return sw_object_index(ev->arena, object);
}

SW_BUILTIN(sw_fn_merge)
{
    sw_value objects = arguments[0];
    uint64_t capacity = 0;
    members  m;
    if (objects.type == SW_UNDEFINED)
        return objects;
    for (uint32_t i = 0; i < objects.size; i++)
        capacity += objects.items[i].type == SW_OBJECT ? objects.items[i].size : 0;
    sw_value result =
        members_init(ev, &m, capacity > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)capacity);
    for (uint32_t i = 0; i < objects.size; i++) {
        sw_value object = objects.items[i];
        for (uint32_t k = 0; object.type == SW_OBJECT && k < object.size; k++)
            set_member(&m, object.items[2 * k], object.items[2 * k + 1]);
    }
    return members_finish(ev, &m, result);
}

// Keys --------------------------------------------------------------------------------------------

static uint64_t count_keys(sw_eval *ev, sw_value v)
{
    sw_check_stack(ev);
    uint64_t keys = v.type == SW_OBJECT ? v.size : 0;
    for (uint32_t i = 0; v.type == SW_ARRAY && i < v.size; i++)
        keys += count_keys(ev, v.items[i]);
    return keys;
}

static void gather_keys(members *m, sw_value v)
{
    for (uint32_t i = 0; i < v.size && (v.type == SW_ARRAY || v.type == SW_OBJECT); i++) {
        if (v.type == SW_ARRAY)
            gather_keys(m, v.items[i]);
        else
            set_member(m, v.items[2 * i], sw_null());
    }
}

SW_BUILTIN(sw_fn_keys)
{
    sw_value v = arguments[0], *items;
    members  m;
    uint64_t keys = count_keys(ev, v);
    members_init(ev, &m, keys > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)keys);
    gather_keys(&m, v);
    sw_value result = sw_array_build(ev->arena, m.count, &items);
    for (uint32_t i = 0; i < m.count; i++)
        items[i] = m.pairs[2 * i];
    result.flags = SW_VALUE_SEQUENCE;
    return result;
}

// Members -----------------------------------------------------------------------------------------

static sw_value lookup(sw_eval *ev, sw_value v, sw_str key)
{
    if (v.type == SW_OBJECT)
        return sw_member_get(v, key);
    if (v.type != SW_ARRAY)
        return sw_undefined();
    sw_list list = {0};
    sw_check_stack(ev);
    for (uint32_t i = 0; i < v.size; i++)
        sw_list_append(ev, &list, lookup(ev, v.items[i], key));
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

SW_BUILTIN(sw_fn_lookup)
{
    return arguments[1].type == SW_STRING ? lookup(ev, arguments[0], sw_value_str(arguments[1]))
                                          : sw_undefined();
}

static void spread(sw_eval *ev, sw_list *list, sw_value v)
{
    sw_check_stack(ev);
    if (v.type == SW_ARRAY) {
        for (uint32_t i = 0; i < v.size; i++)
            spread(ev, list, v.items[i]);
        return;
    }
    if (v.type != SW_OBJECT) {
        sw_list_append(ev, list, v);
        return;
    }
    for (uint32_t i = 0; i < v.size; i++) {
        sw_value *pair, object = sw_object_build(ev->arena, 1, &pair);
        pair[0] = v.items[2 * i];
        pair[1] = v.items[2 * i + 1];
        sw_list_push(ev, list, object);
    }
}

SW_BUILTIN(sw_fn_spread)
{
    sw_value v = arguments[0];
    sw_list  list = {0};
    if (v.type != SW_ARRAY && v.type != SW_OBJECT)
        return v;
    spread(ev, &list, v);
    return sw_list_array(ev, &list, v.type == SW_OBJECT || v.size == 0 ? SW_VALUE_SEQUENCE : 0);
}

// Values never change, so that a copy is the value itself.
SW_BUILTIN(sw_fn_clone)
{
    return arguments[0];
}
