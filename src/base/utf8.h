// utf8.h: reading and writing UTF-8 one code point at a time.
//
// Units     Bytes and code points. A lone surrogate, which JSON can spell as \ud800, is kept as the
//           three bytes that the same scheme gives; sw_utf8_check refuses it in text from outside.

#ifndef STEPWELL_BASE_UTF8_H
#define STEPWELL_BASE_UTF8_H

#include "stepwell/base.h"

// Length of the well-formed sequence at text (which has that many bytes left), or 0.
static inline unsigned sw_utf8_check(const unsigned char *text, size_t bytes)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    if (first < 0xe0)
        return bytes >= 2 && (text[1] & 0xc0) == 0x80 ? 2 : 0;
    if (first < 0xf0) {
        if (bytes < 3 || (text[1] & 0xc0) != 0x80 || (text[2] & 0xc0) != 0x80)
            return 0;
        if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] >= 0xa0))
            return 0;
        return 3;
    }
    if (bytes < 4 || (text[1] & 0xc0) != 0x80 || (text[2] & 0xc0) != 0x80 ||
        (text[3] & 0xc0) != 0x80)
        return 0;
    if ((first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] >= 0x90))
        return 0;
    return 4;
}

// Reads the code point at *at and moves on; the text is known to be well-formed and not at its end.
static inline uint32_t sw_utf8_next(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *at += 2;
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if (p[0] < 0xf0) {
        *at += 3;
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    *at += 4;
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
           (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

// Writes it and returns the end; at most four bytes.
static inline char *sw_utf8_put(char *at, uint32_t point)
{
    if (point < 0x80) {
        *at++ = (char)point;
    } else if (point < 0x800) {
        *at++ = (char)(0xc0 | point >> 6);
        *at++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *at++ = (char)(0xe0 | point >> 12);
        *at++ = (char)(0x80 | (point >> 6 & 0x3f));
        *at++ = (char)(0x80 | (point & 0x3f));
    } else {
        *at++ = (char)(0xf0 | point >> 18);
        *at++ = (char)(0x80 | (point >> 12 & 0x3f));
        *at++ = (char)(0x80 | (point >> 6 & 0x3f));
        *at++ = (char)(0x80 | (point & 0x3f));
    }
    return at;
}

// Number of code points in well-formed text.
static inline size_t sw_utf8_length(sw_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.bytes; i++)
        count += ((unsigned char)text.text[i] & 0xc0) != 0x80;
    return count;
}

// Text that anybody may have sent: bytes that are no UTF-8 become question marks.
static inline sw_str sw_utf8_clean(sw_arena *arena, sw_str text)
{
    char  *copy = NULL;
    size_t i = 0;
    while (i < text.bytes) {
        unsigned bytes = sw_utf8_check((const unsigned char *)text.text + i, text.bytes - i);
        if (bytes == 0) {
            if (copy == NULL)
                copy = (char *)(uintptr_t)sw_str_copy(arena, text).text;
            copy[i] = '?';
        }
        i += bytes == 0 ? 1 : bytes;
    }
    return copy == NULL ? text : (sw_str){copy, text.bytes};
}

// Line and column, from 1, of the byte at offset. Columns count characters, as an editor does.
static inline void sw_utf8_position(sw_str text, size_t offset, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < text.bytes; i++) {
        if (text.text[i] == '\n') {
            *line += 1;
            *column = 1;
        } else if (((unsigned char)text.text[i] & 0xc0) != 0x80) {
            *column += 1;
        }
    }
}

#endif
