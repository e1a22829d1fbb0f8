// chance.h: random numbers from a seed, so that a replay draws the same ones.
//
// xoshiro256** seeded by splitmix64 (public domain algorithms by Blackman and Vigna). Not for
// secrets.

#ifndef STEPWELL_BASE_CHANCE_H
#define STEPWELL_BASE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sw_chance {
    uint64_t state[4];
    bool     seeded; // false: state has the two seeds; most are never drawn from
} sw_chance;

// Two seeds, such as an execution's and an event's number, give an independent sequence for each
// pair.
void     sw_chance_seed(sw_chance *chance, uint64_t seed, uint64_t stream);
uint64_t sw_chance_bits(sw_chance *chance);
// A seed for a sequence of its own, another one each time. Cheap as long as nothing has been drawn.
uint64_t sw_chance_fork(sw_chance *chance);
double   sw_chance_fraction(sw_chance *chance);            // in [0, 1)
void     sw_chance_uuid(sw_chance *chance, char text[37]); // version 4, lower case, ended by NUL

#endif
