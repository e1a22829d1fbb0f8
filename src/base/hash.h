// hash.h: spreading texts and numbers over the slots of a table.
//
// Every bit of a hash is as good as any other, so that a table takes the lowest. Not seeded, and
// never written to a store or shown: they may change from one version to the next.

#ifndef STEPWELL_BASE_HASH_H
#define STEPWELL_BASE_HASH_H

#include "stepwell/base.h"

static inline uint64_t sw_hash_mix(uint64_t h)
{
    h ^= h >> 29;
    h *= 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 32;
}

// Eight bytes at a time; the rest one by one.
static inline uint64_t sw_hash_text(sw_str text)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ text.bytes;
    size_t   i = 0;
    for (; i + 8 <= text.bytes; i += 8) {
        uint64_t word;
        memcpy(&word, text.text + i, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    for (; i < text.bytes; i++)
        h = (h ^ (unsigned char)text.text[i]) * 0x100000001b3u;
    return sw_hash_mix(h);
}

// slot_count is a power of two.
static inline uint32_t sw_hash_slot(uint64_t hash, uint32_t slot_count)
{
    return (uint32_t)hash & (slot_count - 1);
}

#endif
