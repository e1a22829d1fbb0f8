// numbers.c: MathAdd, MathRandom.

#include "query/intrinsic/call.h"

bool intrinsic_math_add(const call *c, sw_value *result)
{
    int64_t a = 0, b = 0;
    if (!call_integer(c, 0, INT32_MIN, INT32_MAX, &a) ||
        !call_integer(c, 1, INT32_MIN, INT32_MAX, &b))
        return false;
    *result = sw_number((double)(a + b));
    return true;
}

// java.util.Random: a linear congruential generator of 48 bits. Its first number below a bound, for
// a seed.
static uint64_t java_next(uint64_t *state, unsigned bits)
{
    *state = (*state * 0x5deece66du + 0xbu) & ((UINT64_C(1) << 48) - 1);
    return *state >> (48 - bits);
}

static int64_t java_random_below(int64_t seed, int64_t bound)
{
    uint64_t state = ((uint64_t)seed ^ 0x5deece66du) & ((UINT64_C(1) << 48) - 1);
    if ((bound & (bound - 1)) == 0)
        return (int64_t)(((uint64_t)bound * java_next(&state, 31)) >> 31);
    for (;;) {
        int64_t bits = (int64_t)java_next(&state, 31), rest = bits % bound;
        // What lies in the last, incomplete stretch of the 31 bits is thrown away, so that no
        // number is favoured.
        if (bits - rest + (bound - 1) <= INT32_MAX)
            return rest;
    }
}

static int64_t random_below(sw_chance *chance, int64_t bound)
{
    int64_t drawn = (int64_t)(sw_chance_fraction(chance) * (double)bound);
    return drawn < bound ? drawn : bound - 1;
}

bool intrinsic_math_random(const call *c, sw_value *result)
{
    int64_t start = 0, end = 0, seed = 0;
    bool    seeded = c->count == 3;
    if (!call_integer(c, 0, INT32_MIN, INT32_MAX, &start) ||
        !call_integer(c, 1, INT32_MIN, INT32_MAX, &end) ||
        (seeded && !call_integer(c, 2, INT64_MIN, INT64_MAX, &seed)))
        return false;
    if (start >= end)
        return call_fail(c, "the start must be less than the end");
    int64_t bound = end - start;
    if (seeded && bound <= INT32_MAX) {
        *result = sw_number((double)(start + java_random_below(seed, bound)));
        return true;
    }
    sw_chance own;
    if (seeded)
        sw_chance_seed(&own, (uint64_t)seed, 0);
    *result = sw_number((double)(start + random_below(seeded ? &own : c->scope->chance, bound)));
    return true;
}
