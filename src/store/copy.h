// copy.h: what a find returns is copied into the caller's arena, and the arena may be full.
//
// Errors    SW_ERROR_MEMORY; nothing is jumped over, so the store can end its statement or lock.

#ifndef STEPWELL_STORE_COPY_H
#define STEPWELL_STORE_COPY_H

#include "stepwell/error.h"

bool sw_copy_texts(sw_arena *arena, sw_str *const texts[], size_t count, sw_error *err);

#define SW_COPY_TEXTS(arena, err, ...)                                                             \
    sw_copy_texts(arena, (sw_str *const[]){__VA_ARGS__},                                           \
                  sizeof((sw_str *const[]){__VA_ARGS__}) / sizeof(sw_str *), err)

#endif
