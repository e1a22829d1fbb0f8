// clock.h: the system's clock and chance, which the library is only handed.

#ifndef STEPWELL_CLI_CLOCK_H
#define STEPWELL_CLI_CLOCK_H

#include <stdint.h>

int64_t  cli_clock_ms(void);           // since the epoch
int64_t  cli_clock_monotonic_ms(void); // never goes back; for measuring
uint64_t cli_clock_seed(void);         // different at each call

#endif
