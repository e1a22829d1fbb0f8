// clock.c: the system's clock.

#include "server/clock.h"

#include <time.h>

int64_t sw_clock_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
