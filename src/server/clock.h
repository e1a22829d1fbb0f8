// clock.h: the system's clock, which requests are dated by and executions too unless a test brings
// its own.
//
// Threads   Any.

#ifndef STEPWELL_SERVER_CLOCK_H
#define STEPWELL_SERVER_CLOCK_H

#include <stdint.h>

int64_t sw_clock_now_ms(void); // since the epoch

#endif
