// arena.c: memory handed out in a row, taken back at once.
//
// Blocks double in size from 4 KB to 1 MB; a piece larger than that gets a block of its own. Under
// ASan every piece has a poisoned zone behind it and what was given up is poisoned, so that a stale
// pointer is seen.
//
// The larger blocks that are given up are kept for the next arena, a few of each size (16 MB at
// most): malloc gives memory of that size back to the system, which hands it out again page by
// page, a fault each. Measured: a Map of 1,000 items took 213 faults and a quarter of its time for
// them.

#include "stepwell/base.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(at, bytes)   ASAN_POISON_MEMORY_REGION(at, bytes)
#define UNPOISON(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#define RED_ZONE_BYTES      16u
#define KEEPS_BLOCKS        false // ASan shall see them go
#else
#define POISON(at, bytes)   ((void)(at), (void)(bytes))
#define UNPOISON(at, bytes) ((void)(at), (void)(bytes))
#define RED_ZONE_BYTES      0u
#define KEEPS_BLOCKS        true
#endif

#define BLOCK_BYTES_MIN 4096u
#define BLOCK_BYTES_MAX (1024u * 1024u)

struct sw_arena_block {
    sw_arena_block *older;
    size_t          bytes; // of the whole block
    char           *end;
    size_t          spare;
};

static uint64_t allocation_countdown; // 0: never fail

void sw_arena_fail_after(uint64_t allocations)
{
    allocation_countdown = allocations;
}

static char *block_start(sw_arena_block *block)
{
    return (char *)(block + 1);
}

void sw_arena_init(sw_arena *arena)
{
    *arena = (sw_arena){0};
}

// Kept blocks: the one state that executions share, so it is atomic and nothing depends on it.

#define KEPT_SIZES    5u // 64 KB, 128 KB ... 1 MB
#define KEPT_PER_SIZE 8u
#define KEPT_BYTES    (BLOCK_BYTES_MAX >> (KEPT_SIZES - 1))

static _Atomic(sw_arena_block *) kept_blocks[KEPT_SIZES][KEPT_PER_SIZE];

// Where blocks of this size are kept, or NULL.
static _Atomic(sw_arena_block *) *find_kept(size_t bytes)
{
    for (unsigned i = 0; KEEPS_BLOCKS && i < KEPT_SIZES; i++) {
        if (bytes == (size_t)KEPT_BYTES << i)
            return kept_blocks[i];
    }
    return NULL;
}

static sw_arena_block *new_block(size_t bytes)
{
    _Atomic(sw_arena_block *) *kept = find_kept(bytes);
    for (unsigned i = 0; kept != NULL && i < KEPT_PER_SIZE; i++) {
        sw_arena_block *block = atomic_exchange_explicit(&kept[i], NULL, memory_order_acquire);
        if (block != NULL)
            return block;
    }
    return malloc(bytes);
}

static void free_block(sw_arena *arena, sw_arena_block *block)
{
    arena->bytes -= block->bytes;
    UNPOISON(block, block->bytes);
    _Atomic(sw_arena_block *) *kept = find_kept(block->bytes);
    for (unsigned i = 0; kept != NULL && i < KEPT_PER_SIZE && block != NULL; i++)
        block = atomic_exchange_explicit(&kept[i], block, memory_order_acq_rel);
    free(block);
}

void sw_arena_clear(sw_arena *arena)
{
    while (arena->blocks != NULL) {
        sw_arena_block *block = arena->blocks;
        arena->blocks = block->older;
        free_block(arena, block);
    }
    arena->at = arena->end = NULL;
}

static void use_block(sw_arena *arena, sw_arena_block *block, char *at)
{
    arena->blocks = block;
    arena->at = at;
    arena->end = block->end;
    POISON(at, (size_t)(block->end - at));
}

void sw_arena_reset(sw_arena *arena)
{
    sw_arena_block *block = arena->blocks;
    if (block == NULL)
        return;
    while (block->older != NULL) {
        sw_arena_block *older = block->older;
        block->older = older->older;
        free_block(arena, older);
    }
    use_block(arena, block, block_start(block));
}

sw_arena_mark sw_arena_get_mark(const sw_arena *arena)
{
    return (sw_arena_mark){arena->blocks, arena->at};
}

void sw_arena_give_up(sw_arena *arena, sw_arena_mark mark)
{
    if (mark.block == NULL) { // it was empty: all goes, but a block is kept for the next time
        sw_arena_reset(arena);
        return;
    }
    while (arena->blocks != mark.block) {
        sw_arena_block *block = arena->blocks;
        arena->blocks = block->older;
        free_block(arena, block);
    }
    use_block(arena, mark.block, mark.at);
}

bool sw_arena_holds(const sw_arena *arena, const void *at)
{
    for (const sw_arena_block *block = arena->blocks; block != NULL; block = block->older) {
        if ((uintptr_t)at >= (uintptr_t)block && (uintptr_t)at < (uintptr_t)block + block->bytes)
            return true;
    }
    return false;
}

static _Noreturn void exhausted(sw_arena *arena)
{
    if (arena->escape != NULL)
        longjmp(*arena->escape, 1);
    fputs("stepwell: out of memory\n", stderr);
    abort();
}

static bool injected_failure(const sw_arena *arena)
{
    return arena->escape != NULL && allocation_countdown > 0 && --allocation_countdown == 0;
}

// Twice the newest block, within bounds; where the arena's limit is near, as little as will do.
static size_t next_block_bytes(const sw_arena *arena, size_t bytes_min)
{
    size_t bytes = arena->blocks == NULL ? BLOCK_BYTES_MIN : arena->blocks->bytes * 2;
    if (bytes > BLOCK_BYTES_MAX)
        bytes = BLOCK_BYTES_MAX;
    while (bytes < bytes_min && bytes < BLOCK_BYTES_MAX)
        bytes *= 2; // a power of two, so that it is kept and fits whoever comes
    if (arena->bytes_max != 0 && arena->bytes + bytes > arena->bytes_max)
        bytes = 0;
    return bytes < bytes_min ? bytes_min : bytes;
}

static void add_block(sw_arena *arena, size_t piece_bytes)
{
    size_t bytes = next_block_bytes(arena, piece_bytes + sizeof(sw_arena_block));
    if (arena->bytes_max != 0 && arena->bytes + bytes > arena->bytes_max)
        exhausted(arena);
    sw_arena_block *block = new_block(bytes);
    if (block == NULL)
        exhausted(arena);
    *block = (sw_arena_block){arena->blocks, bytes, (char *)block + bytes, 0};
    arena->bytes += bytes;
    use_block(arena, block, block_start(block));
}

void *sw_arena_grow(sw_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 4 || injected_failure(arena))
        exhausted(arena);
    size_t padded = (bytes + RED_ZONE_BYTES + (SW_ARENA_ALIGN - 1)) & ~(size_t)(SW_ARENA_ALIGN - 1);
    if (arena->at == NULL || (size_t)(arena->end - arena->at) < padded)
        add_block(arena, padded);
    char *piece = arena->at;
    arena->at += padded;
    UNPOISON(piece, bytes);
    return piece;
}

sw_str sw_str_copy(sw_arena *arena, sw_str text)
{
    char *copy = sw_arena_alloc(arena, text.bytes + 1);
    if (text.bytes > 0)
        memcpy(copy, text.text, text.bytes);
    copy[text.bytes] = '\0';
    return (sw_str){copy, text.bytes};
}

sw_str sw_str_vformat(sw_arena *arena, const char *format, va_list arguments)
{
    char    small[256];
    va_list again;
    va_copy(again, arguments);
    int    length = vsnprintf(small, sizeof small, format, arguments);
    size_t bytes = length < 0 ? 0 : (size_t)length;
    char  *text = sw_arena_alloc(arena, bytes + 1);
    if (bytes < sizeof small)
        memcpy(text, small, bytes + 1);
    else
        vsnprintf(text, bytes + 1, format, again);
    va_end(again);
    return (sw_str){text, bytes};
}

sw_str sw_str_format(sw_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str text = sw_str_vformat(arena, format, arguments);
    va_end(arguments);
    return text;
}
