// time.h: instants as texts and back. Knows no clock: every instant is an argument.
//
// Units     Milliseconds since 1970-01-01T00:00:00Z (_ms), nanoseconds beside whole seconds for
//           comparing.

#ifndef STEPWELL_BASE_TIME_H
#define STEPWELL_BASE_TIME_H

#include "stepwell/base.h"

typedef struct sw_instant {
    int64_t seconds; // since the epoch
    int32_t nanoseconds;
} sw_instant;

// spec: "Timestamps": RFC 3339 with upper-case T, and Z or a numeric offset; a fraction of any
// length is allowed.
bool sw_time_parse(sw_str text, sw_instant *instant);

// "2026-11-25T21:46:53Z", with three digits of fraction when they are not zero. Returns the length.
size_t sw_time_print(int64_t epoch_ms, char text[32]);
// "20261125T214653Z", the basic format of X-Amz-Date
sw_str sw_time_print_basic(sw_arena *arena, int64_t epoch_ms);

#endif
