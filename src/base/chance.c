// chance.c: xoshiro256**.

#include "base/chance.h"

#include <stdio.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sw_chance_seed(sw_chance *chance, uint64_t seed, uint64_t stream)
{
    chance->state[0] = seed;
    chance->state[1] = stream;
    chance->state[2] = 0;
    chance->seeded = false;
}

static void mix_seeds(sw_chance *chance)
{
    uint64_t state = chance->state[0];
    uint64_t mixed = splitmix(&state) ^ (chance->state[1] * 0xd1342543de82ef95u + 1);
    for (int i = 0; i < 4; i++)
        chance->state[i] = splitmix(&mixed);
    chance->seeded = true;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t sw_chance_bits(sw_chance *chance)
{
    if (!chance->seeded)
        mix_seeds(chance);
    uint64_t *s = chance->state;
    uint64_t  result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t sw_chance_fork(sw_chance *chance)
{
    if (chance->seeded)
        return sw_chance_bits(chance);
    uint64_t fork = ++chance->state[2];
    return chance->state[0] ^ chance->state[1] * 0xd1342543de82ef95u ^ fork * 0x9e3779b97f4a7c15u;
}

double sw_chance_fraction(sw_chance *chance)
{
    return (double)(sw_chance_bits(chance) >> 11) * 0x1.0p-53;
}

void sw_chance_uuid(sw_chance *chance, char text[37])
{
    uint64_t high = sw_chance_bits(chance), low = sw_chance_bits(chance);
    high = (high & 0xffffffffffff0fffu) | 0x4000u;
    low = (low & 0x3fffffffffffffffu) | 0x8000000000000000u;
    snprintf(text, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff), (unsigned)(low >> 48),
             (unsigned long long)(low & 0xffffffffffffu));
}
