// check.h: the unit tests' runner, all of it.
//
//     #include "check.h"
//
//     TEST(arena__gives_aligned_pieces)
//     {
//         CHECK(piece != NULL);
//         CHECK_INT(count, 3);              // whole numbers: got, expected
//         CHECK_STR(error.message, "text"); // C strings
//         CHECK_TEXT(slice, "text");        // a sw_str
//     }
//
//     int main(int argc, char **argv)
//     {
//         CHECK_BEGIN(argc, argv);
//         RUN(arena__gives_aligned_pieces);
//         return CHECK_END();
//     }
//
// A failed check prints its place and the test goes on; REQUIRE ends it, where going on would
// crash. A test's name is a claim. One program per file and no fork: a test that crashes takes its
// program down, and scripts/test counts that as a failure. With arguments only the tests whose name
// contains one of them run. The last line is `N passed, N failed`.

#ifndef STEPWELL_TESTS_CHECK_H
#define STEPWELL_TESTS_CHECK_H

#include "stepwell/base.h"

#include <stdio.h>
#include <string.h>

static struct {
    int    passed, failed;
    int    failures_here; // in the test that runs now
    int    filter_count;
    char **filters;
} check_state;

#define TEST(name) static void name(void)

#define CHECK_BEGIN(argc, argv)                                                                    \
    (check_state.filter_count = (argc)-1, check_state.filters = (argv) + 1)

#define RUN(name) check_run(#name, name)

#define CHECK_END() check_end()

#define CHECK(condition) check_true(__FILE__, __LINE__, (condition), #condition)

#define CHECK_INT(got, expected)                                                                   \
    check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(expected))

#define CHECK_STR(got, expected) check_str(__FILE__, __LINE__, #got, (got), (expected))

#define CHECK_TEXT(got, expected) check_text(__FILE__, __LINE__, #got, (got), sw_str_from(expected))

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!check_true(__FILE__, __LINE__, (condition), #condition))                              \
            return;                                                                                \
    } while (0)

static inline bool check_true(const char *file, int line, bool holds, const char *condition)
{
    if (holds)
        return true;
    printf("%s:%d: not true: %s\n", file, line, condition);
    check_state.failures_here++;
    return false;
}

static inline bool check_int(const char *file, int line, const char *what, long long got,
                             long long expected)
{
    if (got == expected)
        return true;
    printf("%s:%d: %s is %lld, expected %lld\n", file, line, what, got, expected);
    check_state.failures_here++;
    return false;
}

static inline bool check_text(const char *file, int line, const char *what, sw_str got,
                              sw_str expected)
{
    if (sw_str_equal(got, expected))
        return true;
    printf("%s:%d: %s is\n    %.*s\nexpected\n    %.*s\n", file, line, what, SW_STR_ARG(got),
           SW_STR_ARG(expected));
    check_state.failures_here++;
    return false;
}

static inline bool check_str(const char *file, int line, const char *what, const char *got,
                             const char *expected)
{
    if (got == NULL || expected == NULL) {
        if (got == expected)
            return true;
        printf("%s:%d: %s is %s, expected %s\n", file, line, what, got ? got : "NULL",
               expected ? expected : "NULL");
        check_state.failures_here++;
        return false;
    }
    return check_text(file, line, what, sw_str_from(got), sw_str_from(expected));
}

static inline bool check_wanted(const char *name)
{
    if (check_state.filter_count <= 0)
        return true;
    for (int i = 0; i < check_state.filter_count; i++)
        if (strstr(name, check_state.filters[i]) != NULL)
            return true;
    return false;
}

static inline void check_run(const char *name, void (*test)(void))
{
    if (!check_wanted(name))
        return;
    check_state.failures_here = 0;
    test();
    if (check_state.failures_here == 0) {
        check_state.passed++;
        return;
    }
    check_state.failed++;
    printf("FAILED %s\n", name);
    fflush(stdout); // so that it is seen even if the next test crashes
}

static inline int check_end(void)
{
    printf("%d passed, %d failed\n", check_state.passed, check_state.failed);
    return check_state.failed == 0 ? 0 : 1;
}

#endif
