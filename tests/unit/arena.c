// arena.c: memory that is handed out in pieces and taken back at once.

#include "check.h"

#include "base/arena.h"

TEST(arena__gives_aligned_pieces_that_do_not_overlap)
{
    sw_arena arena;
    char    *pieces[400];
    sw_arena_init(&arena);
    for (size_t i = 0; i < 400; i++) {
        pieces[i] = sw_arena_alloc(&arena, i);
        CHECK_INT((uintptr_t)pieces[i] % SW_ARENA_ALIGN, 0);
        memset(pieces[i], (int)(i % 256), i);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t at = 0; at < i; at++)
            REQUIRE((unsigned char)pieces[i][at] == i % 256);
    }
    sw_arena_clear(&arena);
    CHECK_INT(arena.bytes, 0);
    CHECK(arena.blocks == NULL);
}

TEST(arena__pieces_larger_than_a_block_get_their_own)
{
    sw_arena arena;
    sw_arena_init(&arena);
    char *small = sw_arena_alloc(&arena, 10);
    char *large = sw_arena_alloc(&arena, 5000000);
    memset(large, 1, 5000000);
    memset(small, 2, 10);
    CHECK(arena.bytes >= 5000000);
    sw_arena_clear(&arena);
}

TEST(arena__reset_keeps_a_block_to_go_on_with)
{
    sw_arena arena;
    sw_arena_init(&arena);
    for (int i = 0; i < 1000; i++)
        sw_arena_alloc(&arena, 100);
    sw_arena_reset(&arena);
    size_t kept = arena.bytes;
    CHECK(kept > 0);
    memset(sw_arena_alloc(&arena, 1000), 0, 1000);
    CHECK_INT(arena.bytes, kept);
    sw_arena_clear(&arena);
    sw_arena_reset(&arena);
    CHECK_INT(arena.bytes, 0);
}

TEST(arena__rewind_gives_up_what_came_after_the_mark)
{
    sw_arena arena;
    sw_arena_init(&arena);
    sw_arena_mark empty = sw_arena_get_mark(&arena);
    char         *before = sw_arena_alloc(&arena, 100);
    memset(before, 7, 100);
    sw_arena_mark mark = sw_arena_get_mark(&arena);
    size_t        bytes = arena.bytes;
    char         *after = sw_arena_alloc(&arena, 50);
    for (int i = 0; i < 100; i++)
        sw_arena_alloc(&arena, 10000);
    sw_arena_rewind(&arena, mark);
    CHECK_INT(arena.bytes, bytes);
    CHECK(sw_arena_alloc(&arena, 50) == after);
    CHECK_INT(before[99], 7);
    sw_arena_rewind(&arena, empty); // all is given up, a block is kept
    CHECK(sw_arena_alloc(&arena, 100) == before);
    sw_arena_clear(&arena);
}

// The size of the piece that makes an arena escape, or 0 when all could be had.
static size_t escapes_at(sw_arena *arena, const size_t *sizes, size_t count)
{
    jmp_buf         escape;
    volatile size_t current = 0;
    arena->escape = &escape;
    if (setjmp(escape) != 0) {
        arena->escape = NULL;
        return current;
    }
    for (size_t i = 0; i < count; i++) {
        current = sizes[i];
        sw_arena_alloc(arena, sizes[i]);
    }
    arena->escape = NULL;
    return 0;
}

TEST(arena__escapes_when_its_limit_is_spent)
{
    sw_arena arena;
    sw_arena_init(&arena);
    arena.bytes_max = 100000;
    CHECK_INT(escapes_at(&arena, (size_t[]){1000, 50000, 60000}, 3), 60000);
    CHECK(arena.bytes <= 100000);
    CHECK_INT(escapes_at(&arena, (size_t[]){10, 20, 30000}, 3), 0);
    sw_arena_clear(&arena);
}

TEST(arena__escapes_when_asked_for_the_impossible)
{
    sw_arena arena;
    sw_arena_init(&arena);
    CHECK_INT(escapes_at(&arena, (size_t[]){SIZE_MAX / 2}, 1), SIZE_MAX / 2);
    CHECK_INT(escapes_at(&arena, (size_t[]){SIZE_MAX}, 1), SIZE_MAX);
    jmp_buf escape;
    arena.escape = &escape;
    volatile bool escaped = false;
    if (setjmp(escape) == 0)
        (void)SW_ARENA_ARRAY(&arena, uint64_t, SIZE_MAX / 4);
    else
        escaped = true;
    CHECK(escaped);
    sw_arena_clear(&arena);
}

TEST(arena__zalloc_clears)
{
    sw_arena arena;
    sw_arena_init(&arena);
    memset(sw_arena_alloc(&arena, 500), 255, 500);
    sw_arena_reset(&arena);
    const char *piece = sw_arena_zalloc(&arena, 500);
    for (int i = 0; i < 500; i++)
        REQUIRE(piece[i] == 0);
    sw_arena_clear(&arena);
}

TEST(str__copy_and_format_end_with_nul)
{
    sw_arena arena;
    sw_arena_init(&arena);
    sw_str copy = sw_str_copy(&arena, (sw_str){"abcdef", 3});
    CHECK_STR(copy.text, "abc");
    CHECK_INT(copy.bytes, 3);
    copy = sw_str_copy(&arena, (sw_str){NULL, 0});
    CHECK_STR(copy.text, "");
    sw_str text = sw_str_format(&arena, "%d-%s", 12, "x");
    CHECK_STR(text.text, "12-x");
    text = sw_str_format(&arena, "%1000d|", 5);
    CHECK_INT(text.bytes, 1001);
    CHECK_INT(text.text[1000], '|');
    sw_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(arena__gives_aligned_pieces_that_do_not_overlap);
    RUN(arena__pieces_larger_than_a_block_get_their_own);
    RUN(arena__reset_keeps_a_block_to_go_on_with);
    RUN(arena__rewind_gives_up_what_came_after_the_mark);
    RUN(arena__escapes_when_its_limit_is_spent);
    RUN(arena__escapes_when_asked_for_the_impossible);
    RUN(arena__zalloc_clears);
    RUN(str__copy_and_format_end_with_nul);
    return CHECK_END();
}
