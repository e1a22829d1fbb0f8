// arena.h: what only tests need of arenas, beside stepwell/base.h.

#ifndef STEPWELL_BASE_ARENA_H
#define STEPWELL_BASE_ARENA_H

#include "stepwell/base.h"

// The nth allocation from now on that reaches the slow path fails (under ASan each allocation
// does); 0: none. Arenas without a guard do not count: there the process would stop.
void sw_arena_fail_after(uint64_t allocations);

#endif
