// token.c: task tokens: which attempt of which execution, signed, so that they are found at once,
// cannot be forged and stay good over restarts.
//
//   base64url( version 1 | execution 8 | frame 4 | attempt 4 | first 16 bytes of HMAC-SHA256 ), 44
//   characters

#include "server/runtime/internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define HEAD_BYTES       17u
#define MAC_BYTES        16u
#define TOKEN_BYTES      (HEAD_BYTES + MAC_BYTES)
#define TOKEN_CHARACTERS (TOKEN_BYTES / 3u * 4u)

_Static_assert(TOKEN_BYTES % 3 == 0, "no padding");

static void put_big_endian(unsigned char *at, uint64_t number, int bytes)
{
    while (bytes-- > 0) {
        at[bytes] = (unsigned char)number;
        number >>= 8;
    }
}

static uint64_t get_big_endian(const unsigned char *at, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

static void sign(const sw_runtime *runtime, const unsigned char *head, unsigned char mac[MAC_BYTES])
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    HMAC(EVP_sha256(), runtime->secret, sizeof runtime->secret, head, HEAD_BYTES, whole, NULL);
    memcpy(mac, whole, MAC_BYTES);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

sw_str sw_token_make(const sw_runtime *runtime, sw_attempt attempt, sw_arena *arena)
{
    unsigned char bytes[TOKEN_BYTES];
    bytes[0] = 1;
    put_big_endian(bytes + 1, (uint64_t)attempt.execution, 8);
    put_big_endian(bytes + 9, attempt.task.frame, 4);
    put_big_endian(bytes + 13, attempt.task.attempt, 4);
    sign(runtime, bytes, bytes + HEAD_BYTES);
    char *text = sw_arena_alloc(arena, TOKEN_CHARACTERS), *at = text;
    for (unsigned i = 0; i < TOKEN_BYTES; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *at++ = digits[group >> shift & 63];
    }
    return (sw_str){text, TOKEN_CHARACTERS};
}

static bool decode(sw_str token, unsigned char bytes[TOKEN_BYTES])
{
    if (token.bytes != TOKEN_CHARACTERS)
        return false;
    for (unsigned i = 0, out = 0; i < TOKEN_CHARACTERS; i += 4) {
        unsigned group = 0;
        for (unsigned k = 0; k < 4; k++) {
            const char *at = token.text[i + k] == '\0' ? NULL : strchr(digits, token.text[i + k]);
            if (at == NULL)
                return false;
            group = group << 6 | (unsigned)(at - digits);
        }
        bytes[out++] = (unsigned char)(group >> 16);
        bytes[out++] = (unsigned char)(group >> 8);
        bytes[out++] = (unsigned char)group;
    }
    return true;
}

bool sw_token_read(const sw_runtime *runtime, sw_str token, sw_attempt *attempt)
{
    unsigned char bytes[TOKEN_BYTES], mac[MAC_BYTES];
    if (!decode(token, bytes) || bytes[0] != 1)
        return false;
    sign(runtime, bytes, mac);
    if (CRYPTO_memcmp(mac, bytes + HEAD_BYTES, MAC_BYTES) != 0)
        return false;
    attempt->execution = (int64_t)get_big_endian(bytes + 1, 8);
    attempt->task.frame = (uint32_t)get_big_endian(bytes + 9, 4);
    attempt->task.attempt = (uint32_t)get_big_endian(bytes + 13, 4);
    return true;
}
