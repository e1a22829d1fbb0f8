// copy.c: copy texts into an arena that may be full.

#include "store/copy.h"

static void copy(sw_arena *arena, sw_str *const texts[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        *texts[i] = sw_str_copy(arena, *texts[i]);
}

bool sw_copy_texts(sw_arena *arena, sw_str *const texts[], size_t count, sw_error *err)
{
    jmp_buf escape, *outer = arena->escape;
    if (setjmp(escape) != 0) {
        arena->escape = outer;
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory for a row of the store");
    }
    arena->escape = &escape;
    copy(arena, texts, count);
    arena->escape = outer;
    return true;
}
