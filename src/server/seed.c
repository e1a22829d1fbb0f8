// seed.c: OpenSSL's random bytes.

#include "server/seed.h"

#include "base/assert.h"

#include <openssl/rand.h>

uint64_t sw_seed_draw(void)
{
    uint64_t bits = 0;
    int      ok = RAND_bytes((unsigned char *)&bits, sizeof bits);
    SW_ASSERT(ok == 1);
    return bits;
}
