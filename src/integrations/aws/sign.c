// sign.c: a message's signature, by base/sigv4.h.

#include "integrations/aws/parts.h"

#include "base/grow.h"
#include "base/sigv4.h"
#include "base/time.h"
#include "integrations/http/encode.h"

#include <ctype.h>
#include <stdlib.h>

static void add_header(sw_arena *arena, sw_aws_message *message, const char *name, sw_str value)
{
    sw_call_header header = {sw_str_from(name), value};
    SW_PUSH(arena, message, header);
}

// The canonical request ---------------------------------------------------------------------------

// All services but S3 encode the path once more.
static sw_str canonical_path(const sw_aws_service *service, sw_str path, sw_arena *arena)
{
    sw_aws_out out = {.arena = arena};
    if (sw_str_is(service->signing, "s3"))
        return path;
    while (path.bytes > 0) {
        const char *slash = memchr(path.text, '/', path.bytes);
        size_t      bytes = slash == NULL ? path.bytes : (size_t)(slash - path.text);
        sw_aws_put(&out, sw_url_encode(arena, (sw_str){path.text, bytes}));
        sw_aws_put_text(&out, slash == NULL ? "" : "/");
        bytes += slash != NULL;
        path = (sw_str){path.text + bytes, path.bytes - bytes};
    }
    return sw_aws_out_str(&out);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// A name alone has an empty value.
sw_str sw_aws_canonical_query(sw_str query, sw_arena *arena)
{
    struct {
        const char **items;
        size_t       count, capacity;
    } list = {0};
    while (query.bytes > 0) {
        const char *amp = memchr(query.text, '&', query.bytes);
        size_t      bytes = amp == NULL ? query.bytes : (size_t)(amp - query.text);
        bool        has_value = memchr(query.text, '=', bytes) != NULL;
        SW_PUSH(arena, &list,
                sw_str_format(arena, "%.*s%s", (int)bytes, query.text, has_value ? "" : "=").text);
        bytes += amp != NULL;
        query = (sw_str){query.text + bytes, query.bytes - bytes};
    }
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, compare_texts);
    sw_aws_out out = {.arena = arena};
    for (size_t i = 0; i < list.count; i++) {
        sw_aws_put_text(&out, i > 0 ? "&" : "");
        sw_aws_put_text(&out, list.items[i]);
    }
    return sw_aws_out_str(&out);
}

static sw_str lower(sw_arena *arena, sw_str text)
{
    char *copy = (char *)(uintptr_t)sw_str_copy(arena, text).text;
    for (size_t i = 0; i < text.bytes; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (sw_str){copy, text.bytes};
}

static bool is_signed(sw_str name)
{
    return sw_str_is(name, "content-type") || sw_str_is(name, "content-md5") ||
           (name.bytes > 6 && memcmp(name.text, "x-amz-", 6) == 0);
}

static int compare_headers(const void *a, const void *b)
{
    const sw_sigv4_header *x = a, *y = b;
    return strcmp(x->name.text, y->name.text);
}

static sw_sigv4_header *list_signed(const sw_aws_address *address, const sw_aws_message *message,
                                    sw_arena *arena, size_t *count)
{
    sw_sigv4_header *list = SW_ARENA_ARRAY(arena, sw_sigv4_header, message->count + 1);
    *count = 0;
    list[(*count)++] = (sw_sigv4_header){SW_STR("host"), address->host};
    for (size_t i = 0; i < message->count; i++) {
        sw_str name = lower(arena, message->items[i].name);
        if (is_signed(name))
            list[(*count)++] = (sw_sigv4_header){name, message->items[i].value};
    }
    qsort(list, *count, sizeof *list, compare_headers);
    return list;
}

static sw_str join_names(const sw_sigv4_header *list, size_t count, sw_arena *arena)
{
    sw_aws_out out = {.arena = arena};
    for (size_t i = 0; i < count; i++) {
        sw_aws_put_text(&out, i > 0 ? ";" : "");
        sw_aws_put(&out, list[i].name);
    }
    return sw_aws_out_str(&out);
}

// The signature -----------------------------------------------------------------------------------

static void add_dates(const sw_aws_service *service, const sw_aws_keys *keys, sw_str timestamp,
                      const char *payload_hash, sw_arena *arena, sw_aws_message *message)
{
    add_header(arena, message, "X-Amz-Date", timestamp);
    if (keys->session.bytes > 0)
        add_header(arena, message, "X-Amz-Security-Token", keys->session);
    if (sw_str_is(service->signing, "s3"))
        add_header(arena, message, "X-Amz-Content-SHA256",
                   sw_str_copy(arena, sw_str_from(payload_hash)));
}

static void add_authorization(const sw_aws_keys *keys, sw_str scope, sw_str names,
                              const char *signature, sw_arena *arena, sw_aws_message *message)
{
    add_header(arena, message, "Authorization",
               sw_str_format(arena,
                             "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, "
                             "Signature=%s",
                             SW_STR_ARG(keys->key), SW_STR_ARG(scope), SW_STR_ARG(names),
                             signature));
}

// What servers that check no signature look at
static void sign_without_secret(const sw_aws_service *service, const sw_aws_keys *keys,
                                sw_str timestamp, sw_str scope, sw_arena *arena,
                                sw_aws_message *message)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    add_dates(service, keys, timestamp, "UNSIGNED-PAYLOAD", arena, message);
    add_authorization(keys, scope, SW_STR("host;x-amz-date"), zeros, arena, message);
}

void sw_aws_sign(const sw_aws_service *service, const sw_aws_address *address,
                 const sw_aws_keys *keys, int64_t now_ms, sw_arena *arena, sw_aws_message *message)
{
    char          payload_hash[SW_SIGV4_HEX_BYTES], signature[SW_SIGV4_HEX_BYTES];
    unsigned char key[32];
    sw_str        timestamp = sw_time_print_basic(arena, now_ms);
    sw_str        scope = sw_str_format(arena, "%.8s/%.*s/%.*s/aws4_request", timestamp.text,
                                        SW_STR_ARG(address->region), SW_STR_ARG(service->signing));
    if (keys->secret.bytes == 0) {
        sign_without_secret(service, keys, timestamp, scope, arena, message);
        return;
    }
    sw_sigv4_hash(message->body, payload_hash);
    add_dates(service, keys, timestamp, payload_hash, arena, message);
    sw_sigv4_request request = {
        .method = message->method,
        .path = canonical_path(
            service,
            sw_str_format(arena, "%.*s%.*s", SW_STR_ARG(address->path), SW_STR_ARG(message->path)),
            arena),
        .query = sw_aws_canonical_query(message->query, arena),
        .payload_hash = payload_hash,
        .timestamp = timestamp,
        .scope = scope};
    request.headers = list_signed(address, message, arena, &request.header_count);
    sw_sigv4_derive_key(keys->secret, (sw_str){timestamp.text, 8}, address->region,
                        service->signing, key);
    sw_sigv4_sign(&request, key, arena, signature);
    add_authorization(keys, scope, join_names(request.headers, request.header_count, arena),
                      signature, arena, message);
}
