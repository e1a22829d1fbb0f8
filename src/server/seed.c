// seed.c: the kernel's random bytes. OpenSSL's would take half a megabyte before the first one.

#define _DEFAULT_SOURCE // getentropy

#include "server/seed.h"

#include "base/assert.h"

#include <unistd.h>

uint64_t sw_seed_draw(void)
{
    uint64_t bits = 0;
    int      failed = getentropy(&bits, sizeof bits);
    SW_ASSERT(failed == 0);
    return bits;
}
