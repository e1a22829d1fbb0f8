// clock.c: the system's clock and chance.

#define _GNU_SOURCE
#include "cli/clock.h"

#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t cli_clock_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t cli_clock_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t cli_clock_seed(void)
{
    static uint64_t state;
    if (state == 0 && getrandom(&state, sizeof state, 0) != (long)sizeof state)
        state = (uint64_t)cli_clock_ms();
    // splitmix64: one system call a process is enough.
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
