// group.c: {key: value}, as an object built for one context, or as a group-by over many.
//
// All items with the same key are gathered first, in order; then each key's value is evaluated
// once, with what was gathered as its context.

#include "query/jsonata/tuple.h"

typedef struct key_group {
    sw_value key;
    uint32_t pair;    // of the object: which value expression
    bool     several; // more than one: data is a row of them
    sw_list  data;    // items, or the numbers of tuples
} key_group;

typedef struct grouping {
    sw_eval       *ev;
    const sw_node *object;
    const sw_node *path; // of the tuples
    key_group     *groups;
    uint32_t       count, capacity;
    uint32_t      *slots; // hash table: 0, or a group's number plus one
    uint32_t       slot_count;
} grouping;

static void put_slot(grouping *g, uint32_t number)
{
    uint32_t at = sw_hash_slot(sw_hash_text(sw_value_str(g->groups[number].key)), g->slot_count);
    while (g->slots[at] != 0)
        at = (at + 1) & (g->slot_count - 1);
    g->slots[at] = number + 1;
}

static void rehash(grouping *g)
{
    g->slot_count = g->slot_count == 0 ? 32 : g->slot_count * 2;
    g->slots = sw_arena_zalloc(g->ev->arena, g->slot_count * sizeof *g->slots);
    for (uint32_t i = 0; i < g->count; i++)
        put_slot(g, i);
}

static key_group *find_group(grouping *g, sw_value key)
{
    if (g->count < 8) {
        for (uint32_t i = 0; i < g->count; i++) {
            if (sw_same_text(g->groups[i].key, key))
                return &g->groups[i];
        }
        return NULL;
    }
    for (uint32_t at = sw_hash_slot(sw_hash_text(sw_value_str(key)), g->slot_count);
         g->slots[at] != 0; at = (at + 1) & (g->slot_count - 1)) {
        if (sw_same_text(g->groups[g->slots[at] - 1].key, key))
            return &g->groups[g->slots[at] - 1];
    }
    return NULL;
}

static key_group *add_group(grouping *g, sw_value key, uint32_t pair)
{
    SW_MAKE_ROOM(g->ev->arena, g->groups, g->count, g->capacity, 4);
    g->groups[g->count] = (key_group){.key = key, .pair = pair};
    g->count++;
    if (g->count * 2 > g->slot_count && g->count >= 8)
        rehash(g);
    else if (g->count >= 8)
        put_slot(g, g->count - 1);
    return &g->groups[g->count - 1];
}

static sw_value key_of(sw_eval *ev, const sw_node *object, uint32_t pair, sw_value context)
{
    const sw_node *node = object->list[2 * pair];
    sw_value       key = node->run(ev, node, context);
    if (key.type != SW_UNDEFINED && key.type != SW_STRING)
        sw_eval_fail_node(ev, "T1003", object, key);
    return key;
}

// From the second item on, arrays are taken apart.
static void add_data(grouping *g, key_group *group, sw_value data)
{
    if (!group->several && group->data.first.type == SW_ARRAY) {
        sw_value first = group->data.first;
        group->data = (sw_list){0};
        sw_list_append(g->ev, &group->data, first);
    }
    group->several = true;
    sw_list_append(g->ev, &group->data, data);
}

static void gather(grouping *g, sw_value context, sw_value data)
{
    for (uint32_t pair = 0; pair < g->object->count / 2; pair++) {
        sw_value key = key_of(g->ev, g->object, pair, context);
        if (key.type == SW_UNDEFINED)
            continue;
        key_group *found = find_group(g, key);
        if (found == NULL)
            sw_list_push(g->ev, &add_group(g, key, pair)->data, data);
        else if (found->pair != pair)
            sw_eval_fail_node(g->ev, "D1009", g->object, key);
        else
            add_data(g, found, data);
    }
}

// The value of an object's member, added to the members built so far.
static void add_member(sw_value *pairs, uint32_t *count, sw_value key, sw_value value)
{
    if (value.type == SW_UNDEFINED)
        return;
    pairs[2 * *count] = key;
    pairs[2 * *count + 1] = value;
    ++*count;
}

static sw_value finish_object(sw_eval *ev, sw_value object, uint32_t count)
{
    object.size = count;
    return sw_object_index(ev->arena, object);
}

// Tuples: the context is all of their items, each variable all of its values.
static sw_value merge_cell(grouping *g, const key_group *group, const sw_tuples *tuples,
                           uint32_t cell)
{
    const sw_value *numbers = sw_list_items(&group->data);
    sw_list         list = {0};
    sw_value        only = sw_unset();
    uint32_t        set = 0;
    for (uint32_t i = 0; i < group->data.count; i++) {
        sw_value v = sw_tuple_at(tuples, (uint32_t)numbers[i].number)[cell];
        if (sw_is_unset(v))
            continue;
        set++;
        only = v;
        sw_list_append(g->ev, &list, v);
    }
    return set <= 1 ? only : sw_list_array(g->ev, &list, 0);
}

static sw_value run_value(grouping *g, const key_group *group, const sw_tuples *tuples)
{
    const sw_node *node = g->object->list[2 * group->pair + 1];
    sw_eval       *ev = g->ev;
    if (tuples == NULL) {
        sw_list  data = group->data;
        sw_value context = group->several ? sw_list_array(ev, &data, 0) : data.first;
        return node->run(ev, node, context);
    }
    sw_value *tuple = SW_ARENA_ARRAY(ev->arena, sw_value, tuples->stride);
    for (uint32_t cell = 0; cell < tuples->stride; cell++)
        tuple[cell] = merge_cell(g, group, tuples, cell);
    sw_frame *frame = sw_tuple_enter(ev, g->path, tuple);
    sw_value  v = node->run(ev, node, tuple[0]);
    ev->frame = frame;
    return v;
}

static void gather_tuples(grouping *g, const sw_tuples *tuples)
{
    for (uint32_t i = 0; i < tuples->count; i++) {
        const sw_value *tuple = sw_tuple_at(tuples, i);
        sw_frame       *frame = sw_tuple_enter(g->ev, g->path, tuple);
        gather(g, tuple[0], sw_number(i));
        g->ev->frame = frame;
        sw_eval_step(g->ev);
    }
}

static sw_value group_items(sw_eval *ev, const sw_node *object, sw_value input, const sw_node *path)
{
    grouping         g = {.ev = ev, .object = object, .path = path};
    const sw_tuples *tuples = sw_is_tuples(input) && input.size > 0 ? sw_value_tuples(input) : NULL;
    if (tuples != NULL) {
        gather_tuples(&g, tuples);
    } else if (input.type == SW_ARRAY && input.size > 0) {
        for (uint32_t i = 0; i < input.size; i++) {
            gather(&g, input.items[i], input.items[i]);
            sw_eval_step(ev);
        }
    } else {
        gather(&g, sw_undefined(),
               sw_undefined()); // so that an object of literals is built even for nothing
    }
    sw_value *pairs;
    sw_value  result = sw_object_build(ev->arena, g.count, &pairs);
    uint32_t  count = 0;
    for (uint32_t i = 0; i < g.count; i++)
        add_member(pairs, &count, g.groups[i].key, run_value(&g, &g.groups[i], tuples));
    return finish_object(ev, result, count);
}

// One context: keys, then values, no groups.
static sw_value build_object(sw_eval *ev, const sw_node *object, sw_value context)
{
    sw_value *pairs;
    uint32_t  pair_count = object->count / 2, keys = 0, count = 0;
    sw_value  result = sw_object_build(ev->arena, pair_count, &pairs);
    for (uint32_t pair = 0; pair < pair_count; pair++) {
        sw_value key = key_of(ev, object, pair, context);
        if (key.type == SW_UNDEFINED)
            continue;
        for (uint32_t i = 0; i < keys; i++) {
            if (sw_same_text(pairs[2 * i], key))
                sw_eval_fail_node(ev, "D1009", object, key);
        }
        pairs[2 * keys] = key;
        pairs[2 * keys + 1] = sw_number(pair);
        keys++;
    }
    for (uint32_t i = 0; i < keys; i++) {
        const sw_node *node = object->list[2 * (uint32_t)pairs[2 * i + 1].number + 1];
        add_member(pairs, &count, pairs[2 * i], node->run(ev, node, context));
    }
    return finish_object(ev, result, count);
}

#define SMALL_OBJECT_PAIRS 64u // beyond, keys are checked by hashing

sw_value sw_group(sw_eval *ev, const sw_node *object, sw_value input, const sw_node *path)
{
    if (input.type != SW_ARRAY && object->count / 2 <= SMALL_OBJECT_PAIRS)
        return build_object(ev, object, input);
    if (input.type != SW_ARRAY)
        input = sw_array_of_one(ev, input, SW_VALUE_SEQUENCE);
    return group_items(ev, object, input, path);
}

sw_value sw_run_object(sw_eval *ev, const sw_node *node, sw_value input)
{
    return sw_group(ev, node, input, NULL);
}
