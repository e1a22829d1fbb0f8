// assert.h: SW_ASSERT, for our own invariants. In release builds too: a wrong answer is worse than
// a stop.

#ifndef STEPWELL_BASE_ASSERT_H
#define STEPWELL_BASE_ASSERT_H

#define SW_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : sw_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void sw_assert_failed(const char *condition, const char *file, int line);

#endif
