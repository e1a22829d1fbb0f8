// hex.h: bytes as hexadecimal digits.

#ifndef STEPWELL_BASE_HEX_H
#define STEPWELL_BASE_HEX_H

#include "stepwell/base.h"

// Two lower-case digits a byte, no NUL behind.
static inline void sw_hex_put(char *to, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
}

#endif
