// list.c: growing results, and the stack of frames.
//
// A list's storage is an array of json.h from the start, so that finishing it costs nothing. While
// nothing else was allocated behind it, it grows in place.

#include "query/jsonata/eval.h"

#define LIST_ITEMS_MIN 8u
#define CHUNK_VALUES   1024u

static const struct {
    sw_container container;
    sw_value     item;
} empty = {{NULL, 2, 1}, {0}};

sw_value sw_empty_array(uint8_t flags)
{
    return (sw_value){.type = SW_ARRAY, .flags = flags, .items = &empty.item};
}

// True when the storage could be made longer where it is.
static bool grow_in_place(sw_eval *ev, sw_list *list, uint32_t capacity)
{
#if defined(__SANITIZE_ADDRESS__)
    (void)ev;
    (void)list;
    (void)capacity;
    return false;
#else
    size_t more = (size_t)(capacity - list->capacity) * sizeof(sw_value);
    if ((char *)(list->items + list->capacity) != ev->arena->at ||
        (size_t)(ev->arena->end - ev->arena->at) < more)
        return false;
    ev->arena->at += more;
    list->capacity = capacity;
    return true;
#endif
}

void sw_list_grow(sw_eval *ev, sw_list *list, uint32_t more)
{
    if (more > UINT32_MAX / 4 - list->count)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps
    uint32_t capacity = list->capacity < LIST_ITEMS_MIN ? LIST_ITEMS_MIN : list->capacity * 2;
    while (capacity < list->count + more)
        capacity *= 2;
    if (list->items != NULL && grow_in_place(ev, list, capacity))
        return;
    sw_value *items;
    sw_array_build(ev->arena, capacity, &items);
    memcpy(items, sw_list_items(list), list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
}

void sw_list_push_all(sw_eval *ev, sw_list *list, const sw_value *items, uint32_t count)
{
    if (count == 0)
        return;
    if (list->count == 0 && count == 1) {
        sw_list_push(ev, list, items[0]);
        return;
    }
    if (list->items == NULL || list->capacity - list->count < count)
        sw_list_grow(ev, list, count);
    memcpy(list->items + list->count, items, count * sizeof *items);
    list->count += count;
}

sw_value sw_list_array(sw_eval *ev, sw_list *list, uint8_t flags)
{
    if (list->count == 0)
        return sw_empty_array(flags);
    if (list->items == NULL)
        return sw_array_of_one(ev, list->first, flags);
#if !defined(__SANITIZE_ADDRESS__)
    if ((char *)(list->items + list->capacity) == ev->arena->at) { // give back what was not needed
        ev->arena->at = (char *)(list->items + list->count);
        list->capacity = list->count;
    }
#endif
    return (sw_value){.type = SW_ARRAY, .flags = flags, .size = list->count, .items = list->items};
}

sw_value sw_list_finish(sw_eval *ev, sw_list *list)
{
    if (list->count == 0)
        return sw_undefined();
    if (list->count == 1)
        return sw_list_items(list)[0];
    return sw_list_array(ev, list, SW_VALUE_SEQUENCE);
}

void sw_list_append(sw_eval *ev, sw_list *list, sw_value v)
{
    if (v.type == SW_ARRAY)
        sw_list_push_all(ev, list, v.items, v.size);
    else if (v.type != SW_UNDEFINED)
        sw_list_push(ev, list, v);
}

sw_value sw_array_of_one(sw_eval *ev, sw_value item, uint8_t flags)
{
    sw_value *items;
    sw_value  array = sw_array_build(ev->arena, 1, &items);
    items[0] = item;
    array.flags = flags;
    return array;
}

// The stack ---------------------------------------------------------------------------------------

void sw_stack_grow(sw_eval *ev, uint32_t count)
{
    sw_chunk *chunk = ev->chunk->newer;
    if (chunk == NULL || (size_t)(chunk->end - chunk->items) < count) {
        size_t size = count > CHUNK_VALUES ? count : CHUNK_VALUES;
        chunk = SW_ARENA_NEW(ev->arena, sw_chunk);
        chunk->items = SW_ARENA_ARRAY(ev->arena, sw_value, size);
        chunk->end = chunk->items + size;
        chunk->older = ev->chunk;
        ev->chunk->newer = chunk;
    }
    ev->chunk = chunk;
    ev->top = chunk->items;
    ev->top_end = chunk->end;
}

sw_frame *sw_frame_push(sw_eval *ev, sw_frame *outer, uint32_t slots, bool captured)
{
    sw_frame *frame = captured
                          ? sw_arena_alloc(ev->arena, sizeof(sw_frame) + slots * sizeof(sw_value))
                          : (void *)sw_stack_push(ev, slots + 1);
    frame->outer = outer;
    for (uint32_t i = 0; i < slots; i++)
        frame->slots[i] = sw_unset();
    return frame;
}
