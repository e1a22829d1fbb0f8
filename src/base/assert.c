// assert.c: what happens when our own invariant does not hold: say where, and stop.

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void sw_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "stepwell: assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
