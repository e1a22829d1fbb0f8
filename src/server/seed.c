// seed.c: the kernel's random bytes. OpenSSL's would take half a megabyte before the first one.

#define _DEFAULT_SOURCE // getentropy

#include "server/seed.h"

#include "base/assert.h"

#include <unistd.h>

// A call to the kernel gives a thread's next seeds; one that was drawn is forgotten.
uint64_t sw_seed_draw(void)
{
    static _Thread_local uint64_t seeds[32]; // getentropy gives 256 bytes at most
    static _Thread_local unsigned left;
    if (left == 0) {
        int failed = getentropy(seeds, sizeof seeds);
        SW_ASSERT(failed == 0);
        left = sizeof seeds / sizeof *seeds;
    }
    uint64_t seed = seeds[--left];
    seeds[left] = 0;
    return seed;
}
