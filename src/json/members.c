// members.c: an object whose members are added one after the other.

#include "json/members.h"

sw_members sw_members_begin(sw_arena *arena, uint32_t capacity)
{
    sw_members members = {.arena = arena, .capacity = capacity};
    sw_object_build(arena, capacity, &members.items);
    return members;
}

void sw_members_add(sw_members *members, const char *key, sw_value value)
{
    if (value.type == SW_UNDEFINED)
        return;
    if (members->count == members->capacity) {
        uint32_t  capacity = members->capacity * 2 + 1;
        sw_value *larger; // not SW_MAKE_ROOM: an object's items have a head before them
        sw_object_build(members->arena, capacity, &larger);
        memcpy(larger, members->items, 2 * (size_t)members->count * sizeof *larger);
        members->items = larger;
        members->capacity = capacity;
    }
    members->items[2 * members->count] = sw_string_plain(sw_str_from(key));
    members->items[2 * members->count + 1] = value;
    members->count++;
}

sw_value sw_members_end(const sw_members *members)
{
    return (sw_value){.type = SW_OBJECT, .size = members->count, .items = members->items};
}
