// transform.c: ~> |pattern|update,delete|
//
// The object is copied (its containers are), the pattern is evaluated on the copy, and each object
// it finds gets a new version. Values never change, so a version is noted under the place of the
// old one; at the end, one walk over the copy puts the versions in.

#include "query/jsonata/eval.h"

typedef struct version {
    const sw_value *old;
    sw_value new;
} version;

typedef struct version_map {
    sw_eval *ev;
    version *slots; // hash table by address
    uint32_t slot_count, count;
} version_map;

static sw_value copy_containers(sw_eval *ev, sw_value v)
{
    if (v.type != SW_ARRAY && v.type != SW_OBJECT)
        return v.type == SW_FUNCTION ? sw_undefined() : v;
    sw_check_stack(ev);
    sw_value *items;
    bool      object = v.type == SW_OBJECT;
    sw_value  copy = object ? sw_object_build(ev->arena, v.size, &items)
                            : sw_array_build(ev->arena, v.size, &items);
    for (uint32_t i = 0; i < v.size; i++) {
        if (object)
            items[2 * i] = v.items[2 * i];
        sw_value *item = object ? &items[2 * i + 1] : &items[i];
        *item = copy_containers(ev, object ? v.items[2 * i + 1] : v.items[i]);
    }
    return object ? sw_object_index(ev->arena, copy) : copy;
}

static uint32_t slot_of(const version_map *versions, const sw_value *old)
{
    uint64_t h = ((uint64_t)(uintptr_t)old >> 4) * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(h >> 32) & (versions->slot_count - 1);
    while (versions->slots[at].old != NULL && versions->slots[at].old != old)
        at = (at + 1) & (versions->slot_count - 1);
    return at;
}

static void note_version(version_map *all, const sw_value *old, sw_value new)
{
    if ((all->count + 1) * 2 > all->slot_count) {
        version_map larger = {.ev = all->ev,
                              .slot_count = all->slot_count == 0 ? 32 : all->slot_count * 2};
        larger.slots = sw_arena_zalloc(all->ev->arena, larger.slot_count * sizeof *larger.slots);
        for (uint32_t i = 0; i < all->slot_count; i++) {
            if (all->slots[i].old != NULL)
                larger.slots[slot_of(&larger, all->slots[i].old)] = all->slots[i];
        }
        larger.count = all->count;
        *all = larger;
    }
    version *slot = &all->slots[slot_of(all, old)];
    all->count += slot->old == NULL;
    *slot = (version){old, new};
}

static bool find_version(const version_map *versions, sw_value v, sw_value *new)
{
    if (versions->count == 0 || v.type != SW_OBJECT)
        return false;
    const version *slot = &versions->slots[slot_of(versions, v.items)];
    if (slot->old == NULL)
        return false;
    *new = slot->new;
    return true;
}

// The value as it is now: with the versions of what is below it put in, in place.
static sw_value current(version_map *versions, sw_value v)
{
    find_version(versions, v, &v);
    sw_check_stack(versions->ev);
    if (v.type != SW_ARRAY && v.type != SW_OBJECT)
        return v;
    sw_value *items = (sw_value *)(uintptr_t)v.items;
    uint32_t  step = v.type == SW_OBJECT ? 2 : 1;
    for (uint32_t i = step - 1; i < step * v.size; i += step) {
        if (items[i].type == SW_ARRAY || items[i].type == SW_OBJECT)
            items[i] = current(versions, items[i]);
    }
    return v;
}

// Updating ----------------------------------------------------------------------------------------

static sw_value with_members(sw_eval *ev, sw_value object, sw_value update)
{
    uint32_t  count = object.size;
    sw_value *pairs, result = sw_object_build(ev->arena, (size_t)object.size + update.size, &pairs);
    memcpy(pairs, object.items, 2 * (size_t)object.size * sizeof *pairs);
    for (uint32_t i = 0; i < update.size; i++) {
        ptrdiff_t at = sw_value_find(object, sw_value_key(update, i));
        uint32_t  to = at < 0 ? count++ : (uint32_t)at;
        pairs[2 * to] = update.items[2 * i];
        pairs[2 * to + 1] = update.items[2 * i + 1];
    }
    result.size = count;
    return sw_object_index(ev->arena, result);
}

static bool is_listed(sw_value names, sw_str key)
{
    for (uint32_t i = 0; i < names.size; i++) {
        if (sw_str_equal(sw_value_str(names.items[i]), key))
            return true;
    }
    return false;
}

static sw_value without_members(sw_eval *ev, sw_value object, sw_value names)
{
    sw_value *pairs, result = sw_object_build(ev->arena, object.size, &pairs);
    uint32_t  count = 0;
    for (uint32_t i = 0; i < object.size; i++) {
        if (is_listed(names, sw_value_key(object, i)))
            continue;
        pairs[2 * count] = object.items[2 * i];
        pairs[2 * count + 1] = object.items[2 * i + 1];
        count++;
    }
    result.size = count;
    return sw_object_index(ev->arena, result);
}

static void delete_members(version_map *versions, const sw_node *node, sw_value match,
                           sw_value *now)
{
    sw_eval *ev = versions->ev;
    sw_value names = node->run(ev, node, *now);
    if (names.type == SW_UNDEFINED)
        return;
    sw_value list = names.type == SW_ARRAY ? names : sw_array_of_one(ev, names, 0);
    if (!sw_is_array_of(list, SW_STRING))
        sw_eval_fail_node(ev, "T2012", node, names);
    if (match.type != SW_OBJECT)
        return;
    *now = without_members(ev, *now, list);
    note_version(versions, match.items, *now);
}

static void update_match(version_map *versions, const sw_node *node, sw_value match)
{
    sw_eval *ev = versions->ev;
    sw_value now = current(versions, match);
    sw_value update = node->right->run(ev, node->right, now);
    sw_eval_step(ev);
    if (update.type != SW_UNDEFINED) {
        if (update.type != SW_OBJECT)
            sw_eval_fail_node(ev, "T2011", node->right, update);
        if (match.type == SW_OBJECT) {
            now = with_members(ev, now, copy_containers(ev, update));
            note_version(versions, match.items, now);
        }
    }
    if (node->third != NULL)
        delete_members(versions, node->third, match, &now);
}

// node->slots tell where a variable $clone may be that takes the place of ours.
static sw_value clone(sw_eval *ev, const sw_node *node, sw_value object)
{
    for (uint32_t i = 0; i < node->slots_count; i++) {
        sw_value own = sw_frame_out(ev->frame, node->slots[i].hops)->slots[node->slots[i].index];
        if (sw_is_unset(own))
            continue;
        if (own.type != SW_FUNCTION)
            sw_eval_fail(ev, (sw_fault){.code = "T2013", .position = node->position});
        sw_value arguments[SW_ARGUMENTS_MIN] = {object};
        object = sw_apply(ev, own, arguments, 1, sw_null());
        break;
    }
    return copy_containers(ev, object);
}

sw_value sw_transform(sw_eval *ev, const sw_function *function, sw_value object)
{
    const sw_node *node = function->node;
    if (object.type == SW_UNDEFINED)
        return object;
    sw_frame *frame = ev->frame;
    ev->frame = function->frame;
    sw_value    copy = clone(ev, node, object);
    sw_value    matches = node->left->run(ev, node->left, copy);
    version_map versions = {.ev = ev};
    if (matches.type == SW_ARRAY) {
        for (uint32_t i = 0; i < matches.size; i++)
            update_match(&versions, node, matches.items[i]);
    } else if (matches.type != SW_UNDEFINED) {
        update_match(&versions, node, matches);
    }
    ev->frame = frame;
    return current(&versions, copy);
}

sw_value sw_run_transform(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_function *function = SW_ARENA_NEW(ev->arena, sw_function);
    function->kind = SW_FUNCTION_TRANSFORM;
    function->node = node;
    function->frame = ev->frame;
    function->input = input;
    return sw_function_value(function);
}
