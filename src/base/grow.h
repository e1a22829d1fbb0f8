// grow.h: arrays in an arena that double when they are full.
//
// An array is three fields wherever it stands: items, count, capacity. The old items stay where
// they are until their arena is given up, so at most as much again is lost.
//
// Errors    As sw_arena_alloc: when memory is spent the array is as it was.

#ifndef STEPWELL_BASE_GROW_H
#define STEPWELL_BASE_GROW_H

#include "stepwell/base.h"

static inline void *sw_arena_larger(sw_arena *arena, const void *items, size_t count,
                                    size_t capacity, size_t item_bytes)
{
    void *larger = sw_arena_alloc_array(arena, capacity, item_bytes);
    if (count > 0)
        memcpy(larger, items, count * item_bytes);
    return larger;
}

// Room for one more item; first is the capacity of an array that has none yet. The arguments are
// read several times.
#define SW_MAKE_ROOM(arena, items, count, capacity, first)                                         \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (items) =                                                                              \
                sw_arena_larger((arena), (items), (count),                                         \
                                (count) == 0 ? (first) : 2 * (size_t)(count), sizeof *(items));    \
            (capacity) = (count) == 0 ? (first) : 2 * (count);                                     \
        }                                                                                          \
    } while (0)

// Of a list with those names for its fields
#define SW_PUSH(arena, list, item)                                                                 \
    do {                                                                                           \
        SW_MAKE_ROOM((arena), (list)->items, (list)->count, (list)->capacity, 4);                  \
        (list)->items[(list)->count++] = (item);                                                   \
    } while (0)

#endif
