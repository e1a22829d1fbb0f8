// scan.h: moving over runs of bytes in JSON text, many at a time.
//
// Each function returns the first byte from at on that is not of its kind, or end; none reads end.

#ifndef STEPWELL_JSON_SCAN_H
#define STEPWELL_JSON_SCAN_H

#include "stepwell/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// A place in the text. Functions that read return the place behind, or NULL after filling the
// error.
typedef const unsigned char *cursor;

static inline bool is_digit(unsigned char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline cursor scan_digits(cursor at, cursor end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

static inline bool is_space(unsigned char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline cursor scan_space(cursor at, cursor end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

// Begins neither blanks nor a comment.
static const bool token_bytes[256] = {
    ['!' ... '.'] = true,
    ['0' ... 0xff] = true,
};

// Can be part of a token such as true.
static inline bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || c >= 0x80;
}

// Needs no attention within a string: no quote, backslash, control character or non-ASCII byte.
static const bool plain_bytes[256] = {
    [' '] = true,
    ['!'] = true,
    ['#' ... '['] = true,
    [']' ... 0x7f] = true,
};

static inline bool is_plain(unsigned char c)
{
    return plain_bytes[c];
}

#if defined(__SSE2__)

#define BLOCK_BYTES 16

// A bit for each byte of the block that is not plain. Taken as signed, control characters and
// non-ASCII bytes are both below a space.
static inline unsigned find_stops(cursor at)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    __m128i other = _mm_cmplt_epi8(block, _mm_set1_epi8(' '));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), other));
}

static inline size_t first_stop(unsigned stops)
{
    return (size_t)__builtin_ctz(stops);
}

#else

#define BLOCK_BYTES 8

// The high bit of each byte that is not plain; above the first such byte others may be set as well.
static inline uint64_t find_stops(cursor at)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t       block;
    memcpy(&block, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    block = __builtin_bswap64(block);
#endif
    uint64_t quote = block ^ (ones * '"'), slash = block ^ (ones * '\\');
    return ((block - ones * ' ') | (quote - ones) | (slash - ones) | block) & highs;
}

static inline size_t first_stop(uint64_t stops)
{
    return (size_t)__builtin_ctzll(stops) / 8;
}

#endif

static inline cursor scan_plain(cursor at, cursor end)
{
    for (; end - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        if (find_stops(at) != 0)
            return at + first_stop(find_stops(at));
    }
    while (at < end && is_plain(*at))
        at++;
    return at;
}

#endif
