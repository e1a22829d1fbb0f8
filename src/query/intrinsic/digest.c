// digest.c: Hash, Base64Encode, Base64Decode. Digests are OpenSSL's.

#include "query/intrinsic/call.h"

#include <openssl/evp.h>

#include "base/hex.h"
#include "base/utf8.h"

// aws: 10,000 characters at most.
static bool check_length(const call *c, sw_str text)
{
    if (text.bytes > TEXT_BYTES_MAX && sw_utf8_length(text) > TEXT_BYTES_MAX)
        return call_fail(c, "the data is longer than %u characters", TEXT_BYTES_MAX);
    return true;
}

// Hash --------------------------------------------------------------------------------------------

static const EVP_MD *find_digest(sw_str name)
{
    static const struct {
        const char *name;
        const EVP_MD *(*get)(void);
    } digests[] = {{"MD5", EVP_md5},
                   {"SHA-1", EVP_sha1},
                   {"SHA-256", EVP_sha256},
                   {"SHA-384", EVP_sha384},
                   {"SHA-512", EVP_sha512}};
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        if (sw_str_is(name, digests[i].name))
            return digests[i].get();
    }
    return NULL;
}

static sw_value print_hexadecimal(sw_arena *arena, const unsigned char *bytes, size_t count)
{
    char *text = sw_arena_alloc(arena, 2 * count);
    sw_hex_put(text, bytes, count);
    return sw_string_plain((sw_str){text, 2 * count});
}

bool intrinsic_hash(const call *c, sw_value *result)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned      bytes;
    sw_value      data = c->arguments[0];
    sw_str        name, text;
    if (data.type == SW_NULL)
        return call_fail(c, "argument 1 must not be null");
    text = data.type == SW_STRING ? sw_value_str(data) : sw_json_print(c->arena, data);
    if (!call_text(c, 1, &name) || !check_length(c, text))
        return false;
    const EVP_MD *kind = find_digest(name);
    if (kind == NULL)
        return call_fail(c, "the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512");
    if (EVP_Digest(text.text, text.bytes, digest, &bytes, kind, NULL) != 1)
        return call_fail(c, "the algorithm is not available");
    *result = print_hexadecimal(c->arena, digest, bytes);
    return true;
}

// Base64 ------------------------------------------------------------------------------------------

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_three(const unsigned char *bytes, size_t count, char *text)
{
    unsigned group = (unsigned)bytes[0] << 16;
    group |= count > 1 ? (unsigned)bytes[1] << 8 : 0;
    group |= count > 2 ? bytes[2] : 0;
    text[0] = alphabet[group >> 18];
    text[1] = alphabet[group >> 12 & 63];
    text[2] = '=';
    text[3] = '=';
    if (count > 1)
        text[2] = alphabet[group >> 6 & 63];
    if (count > 2)
        text[3] = alphabet[group & 63];
}

bool intrinsic_base64_encode(const call *c, sw_value *result)
{
    sw_str data;
    if (!call_text(c, 0, &data) || !check_length(c, data))
        return false;
    size_t bytes = (data.bytes + 2) / 3 * 4;
    char  *text = sw_arena_alloc(c->arena, bytes);
    for (size_t i = 0; i < data.bytes; i += 3) {
        size_t left = data.bytes - i;
        encode_three((const unsigned char *)data.text + i, left < 3 ? left : 3, text + i / 3 * 4);
    }
    *result = sw_string_plain((sw_str){text, bytes});
    return true;
}

// Its six bits, or -1.
static int decode_character(char c)
{
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

// As java.util.Base64's basic decoder: no white space; padding may be left out, but not be wrong.
static bool decode(sw_str text, unsigned char *bytes, size_t *count)
{
    unsigned bits = 0, held = 0;
    size_t   end = text.bytes;
    while (end > 0 && text.bytes - end < 2 && text.text[end - 1] == '=')
        end--;
    if ((end < text.bytes && text.bytes % 4 != 0) || end % 4 == 1)
        return false;
    *count = 0;
    for (size_t i = 0; i < end; i++) {
        int six = decode_character(text.text[i]);
        if (six < 0)
            return false;
        bits = (bits << 6 | (unsigned)six) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[(*count)++] = (unsigned char)(bits >> held);
        }
    }
    return true;
}

// new String(bytes, UTF_8): what is no UTF-8 becomes U+FFFD.
static sw_value text_of_bytes(sw_arena *arena, const unsigned char *bytes, size_t count)
{
    char *text = sw_arena_alloc(arena, 3 * count), *at = text;
    for (size_t i = 0; i < count;) {
        unsigned length = sw_utf8_check(bytes + i, count - i);
        if (length == 0) {
            at = sw_utf8_put(at, 0xfffd);
            i++;
            continue;
        }
        memcpy(at, bytes + i, length);
        at += length;
        i += length;
    }
    return sw_string((sw_str){text, (size_t)(at - text)});
}

bool intrinsic_base64_decode(const call *c, sw_value *result)
{
    sw_str text;
    size_t count;
    if (!call_text(c, 0, &text) || !check_length(c, text))
        return false;
    unsigned char *bytes = sw_arena_alloc(c->arena, text.bytes);
    if (!decode(text, bytes, &count))
        return call_fail(c, "the data is no Base64");
    *result = text_of_bytes(c->arena, bytes, count);
    return true;
}
