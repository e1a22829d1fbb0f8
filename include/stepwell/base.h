// base.h: what every other header needs: text slices and arenas.
//
// Purpose   A sw_str is a slice of text that somebody else owns. A sw_arena hands out memory piece
//           by piece and takes all of it back at once; every value, machine and execution lives in
//           one.
// Owns      The arena owns what it hands out, until reset, rewind or clear.
// Threads   An arena belongs to one thread at a time.
// Errors    sw_arena_alloc never returns NULL. When memory or the arena's own limit is spent it
//           jumps to the innermost guard (sw_arena_guard), and the function that set it fails with
//           SW_ERROR_MEMORY; without a guard the process stops. So code between two guards holds no
//           resource but arena memory.

#ifndef STEPWELL_BASE_H
#define STEPWELL_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define SW_API __attribute__((visibility("default")))
#else
#define SW_API
#endif

// A slice of text: UTF-8, not ended by NUL, borrowed from whoever made it.
typedef struct sw_str {
    const char *text;
    size_t      bytes;
} sw_str;

#define SW_STR(literal) ((sw_str){"" literal, sizeof(literal) - 1})

static inline sw_str sw_str_from(const char *text)
{
    return (sw_str){text, strlen(text)};
}

static inline bool sw_str_equal(sw_str a, sw_str b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.text, b.text, a.bytes) == 0);
}

static inline bool sw_str_is(sw_str a, const char *text)
{
    return sw_str_equal(a, sw_str_from(text));
}

static inline bool sw_str_begins(sw_str a, const char *text)
{
    size_t bytes = strlen(text);
    return a.bytes >= bytes && memcmp(a.text, text, bytes) == 0;
}

static inline bool sw_str_ends(sw_str a, const char *text)
{
    size_t bytes = strlen(text);
    return a.bytes >= bytes && memcmp(a.text + a.bytes - bytes, text, bytes) == 0;
}

// Whether it was there; then it is gone.
static inline bool sw_str_take_end(sw_str *a, const char *text)
{
    bool found = sw_str_ends(*a, text);
    a->bytes -= found ? strlen(text) : 0;
    return found;
}

// Without blanks, tabs and line breaks around it
static inline sw_str sw_str_trim(sw_str a)
{
    while (a.bytes > 0 && memchr(" \t\r\n", a.text[0], 4) != NULL)
        a = (sw_str){a.text + 1, a.bytes - 1};
    while (a.bytes > 0 && memchr(" \t\r\n", a.text[a.bytes - 1], 4) != NULL)
        a.bytes--;
    return a;
}

typedef struct sw_arena_block sw_arena_block;

// Laid out by the caller, so that it can live on the stack; the fields are private.
typedef struct sw_arena {
    char           *at;        // next free byte of the newest block
    char           *end;       // its end
    sw_arena_block *blocks;    // newest first
    size_t          bytes;     // taken from the system
    size_t          bytes_max; // 0: no limit but memory itself
    jmp_buf        *escape;    // the innermost guard
} sw_arena;

typedef struct sw_arena_mark {
    sw_arena_block *block;
    char           *at;
} sw_arena_mark;

SW_API void sw_arena_init(sw_arena *arena);
SW_API void sw_arena_clear(sw_arena *arena); // frees everything; the arena is as after init
// Gives everything up but keeps one block to go on with
SW_API void sw_arena_reset(sw_arena *arena);

// What was allocated after the mark is given up by rewind.
SW_API sw_arena_mark sw_arena_get_mark(const sw_arena *arena);
SW_API void          sw_arena_give_up(sw_arena *arena, sw_arena_mark mark); // rewind's slow half

static inline void sw_arena_rewind(sw_arena *arena, sw_arena_mark mark)
{
    if (arena->at != mark.at || arena->blocks != mark.block)
        sw_arena_give_up(arena, mark);
}

// Whether at was handed out by it
SW_API bool sw_arena_holds(const sw_arena *arena, const void *at);

SW_API void *sw_arena_grow(sw_arena *arena, size_t bytes); // the slow half of alloc

#define SW_ARENA_ALIGN 16u

// 16-byte aligned, not cleared.
static inline void *sw_arena_alloc(sw_arena *arena, size_t bytes)
{
#if !defined(__SANITIZE_ADDRESS__)
    size_t padded = (bytes + (SW_ARENA_ALIGN - 1)) & ~(size_t)(SW_ARENA_ALIGN - 1);
    if (padded >= bytes && (size_t)(arena->end - arena->at) >= padded && arena->at != NULL) {
        void *piece = arena->at;
        arena->at += padded;
        return piece;
    }
#endif
    return sw_arena_grow(arena, bytes);
}

static inline void *sw_arena_zalloc(sw_arena *arena, size_t bytes)
{
    return memset(sw_arena_alloc(arena, bytes), 0, bytes);
}

// count items of one type, not cleared; an impossible count fails like exhausted memory.
#define SW_ARENA_ARRAY(arena, type, count)                                                         \
    ((type *)sw_arena_alloc_array(arena, (size_t)(count), sizeof(type)))
#define SW_ARENA_NEW(arena, type) ((type *)sw_arena_zalloc(arena, sizeof(type)))

static inline void *sw_arena_alloc_array(sw_arena *arena, size_t count, size_t item_bytes)
{
    if (count > SIZE_MAX / 2 / item_bytes)
        return sw_arena_grow(arena, SIZE_MAX);
    return sw_arena_alloc(arena, count * item_bytes);
}

SW_API sw_str sw_str_copy(sw_arena *arena, sw_str text); // ended by NUL, for convenience
SW_API sw_str sw_str_format(sw_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
SW_API sw_str sw_str_vformat(sw_arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
// For %.*s in formats.
#define SW_STR_ARG(s) (int)(s).bytes, (s).text

// Guarding: an entry point of the library does
//     jmp_buf escape, *outer = arena->escape;
//     if (setjmp(escape) != 0) { arena->escape = outer; return sw_fail(err, SW_ERROR_MEMORY, ...);
//     } arena->escape = &escape;  ...  arena->escape = outer;
// Locals that change in between and are read after the jump must be volatile; keep guards in thin
// functions.

#endif
