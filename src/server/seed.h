// seed.h: seeds that differ each time and that nobody can guess.
//
// Threads   Any.

#ifndef STEPWELL_SERVER_SEED_H
#define STEPWELL_SERVER_SEED_H

#include <stdint.h>

uint64_t sw_seed_draw(void);

#endif
