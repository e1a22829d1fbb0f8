// spent_memory.h: a piece of work with its nth allocation failing, for n = 1, 2, 3 ... until it
// comes to its end.
//
//     static bool parse(sw_arena *own, const void *text) { ...; return true; }
//     TEST(parser__survives_every_failed_allocation) { check_spent_memory(parse, "{}"); }
//
// The work uses the arena it is given, which has a guard: jumping there is one way to fail,
// returning false the other.

#ifndef STEPWELL_TESTS_SPENT_MEMORY_H
#define STEPWELL_TESTS_SPENT_MEMORY_H

#include "check.h"

#include "base/arena.h"

#define SPENT_MEMORY_TRIES 10000u

typedef bool spent_memory_work(sw_arena *own, const void *what);

static inline bool spent_memory_ends(spent_memory_work *work, const void *what, sw_arena *own)
{
    jmp_buf escape;
    if (setjmp(escape) != 0)
        return false;
    own->escape = &escape;
    return work(own, what);
}

static inline void check_spent_memory(spent_memory_work *work, const void *what)
{
    bool     done = false;
    unsigned failures = 0;
    while (!done && failures < SPENT_MEMORY_TRIES) {
        sw_arena own;
        sw_arena_init(&own);
        sw_arena_fail_after(failures + 1);
        done = spent_memory_ends(work, what, &own);
        sw_arena_fail_after(0);
        sw_arena_clear(&own);
        failures += !done;
    }
    CHECK(done);
    CHECK(failures > 0);
}

#endif
