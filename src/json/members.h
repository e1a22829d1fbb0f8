// members.h: an object whose members are added one after the other.
//
//     sw_members m = sw_members_begin(arena, 4);
//     sw_members_add(&m, "Name", sw_string(name));
//     sw_value object = sw_members_end(&m);
//
// Owns      Nothing: the object lives in the arena, the keys are the caller's (literals, mostly).
// Errors    As sw_arena_alloc.

#ifndef STEPWELL_JSON_MEMBERS_H
#define STEPWELL_JSON_MEMBERS_H

#include "stepwell/json.h"

typedef struct sw_members {
    sw_arena *arena;
    sw_value *items;
    uint32_t  count, capacity;
} sw_members;

// capacity is a first guess; there may be more.
sw_members sw_members_begin(sw_arena *arena, uint32_t capacity);
// Undefined is left out. The key is plain text (sw_string_plain) and not there yet.
void sw_members_add(sw_members *members, const char *key, sw_value value);
// Without an index: for objects that are printed, or small
sw_value sw_members_end(const sw_members *members);

#endif
