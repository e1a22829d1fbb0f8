// sigv4.c: canonical request, string to sign, signature.

#include "base/sigv4.h"

#include "base/assert.h"
#include "base/hex.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

static void to_hex(const unsigned char bytes[32], char hex[SW_SIGV4_HEX_BYTES])
{
    sw_hex_put(hex, bytes, 32);
    hex[64] = '\0';
}

void sw_sigv4_hash(sw_str text, char hex[SW_SIGV4_HEX_BYTES])
{
    unsigned char bytes[32];
    int           ok = EVP_Digest(text.text, text.bytes, bytes, NULL, EVP_sha256(), NULL);
    SW_ASSERT(ok == 1);
    to_hex(bytes, hex);
}

static void mac(const unsigned char *key, size_t key_bytes, sw_str text, unsigned char out[32])
{
    unsigned       bytes = 32;
    unsigned char *made = HMAC(EVP_sha256(), key, (int)key_bytes, (const unsigned char *)text.text,
                               text.bytes, out, &bytes);
    SW_ASSERT(made != NULL);
}

void sw_sigv4_derive_key(sw_str secret, sw_str date, sw_str region, sw_str service,
                         unsigned char key[32])
{
    unsigned char first[SW_SIGV4_SECRET_BYTES_MAX + 4] = "AWS4";
    SW_ASSERT(secret.bytes <= SW_SIGV4_SECRET_BYTES_MAX);
    memcpy(first + 4, secret.text, secret.bytes);
    mac(first, secret.bytes + 4, date, key);
    mac(key, 32, region, key);
    mac(key, 32, service, key);
    mac(key, 32, SW_STR("aws4_request"), key);
    OPENSSL_cleanse(first, sizeof first);
}

// Blanks around a value are dropped, and several within it are one.
static size_t put_value(char *to, sw_str value)
{
    size_t from = 0, end = value.bytes, count = 0;
    while (from < end && (value.text[from] == ' ' || value.text[from] == '\t'))
        from++;
    while (end > from && (value.text[end - 1] == ' ' || value.text[end - 1] == '\t'))
        end--;
    for (size_t i = from; i < end; i++) {
        if (value.text[i] == ' ' && i > from && value.text[i - 1] == ' ')
            continue;
        to[count++] = value.text[i];
    }
    return count;
}

static char *put(char *to, sw_str text)
{
    if (text.bytes > 0)
        memcpy(to, text.text, text.bytes);
    return to + text.bytes;
}

static char *put_line(char *to, sw_str text)
{
    to = put(to, text);
    *to++ = '\n';
    return to;
}

static sw_str canonical_request(const sw_sigv4_request *r, sw_arena *arena)
{
    size_t bytes = strlen(r->method) + r->path.bytes + r->query.bytes + SW_SIGV4_HEX_BYTES + 8;
    for (size_t i = 0; i < r->header_count; i++)
        bytes += 2 * r->headers[i].name.bytes + r->headers[i].value.bytes + 3;
    char *text = sw_arena_alloc(arena, bytes), *to = text;
    to = put_line(to, sw_str_from(r->method));
    to = put_line(to, r->path);
    to = put_line(to, r->query);
    for (size_t i = 0; i < r->header_count; i++) {
        to = put(to, r->headers[i].name);
        *to++ = ':';
        to += put_value(to, r->headers[i].value);
        *to++ = '\n';
    }
    *to++ = '\n';
    for (size_t i = 0; i < r->header_count; i++) {
        if (i > 0)
            *to++ = ';';
        to = put(to, r->headers[i].name);
    }
    *to++ = '\n';
    to = put(to, sw_str_from(r->payload_hash));
    return (sw_str){text, (size_t)(to - text)};
}

void sw_sigv4_sign(const sw_sigv4_request *request, const unsigned char key[32], sw_arena *arena,
                   char signature[SW_SIGV4_HEX_BYTES])
{
    char          hash[SW_SIGV4_HEX_BYTES];
    unsigned char bytes[32];
    sw_sigv4_hash(canonical_request(request, arena), hash);
    mac(key, 32,
        sw_str_format(arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%s", SW_STR_ARG(request->timestamp),
                      SW_STR_ARG(request->scope), hash),
        bytes);
    to_hex(bytes, signature);
}
