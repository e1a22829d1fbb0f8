// auth.c: checking a request's signature.
//
//   Authorization: AWS4-HMAC-SHA256 Credential=KEYID/20260101/us-east-1/states/aws4_request,
//                  SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=...

#include "server/auth/auth.h"

#include "base/note.h"
#include "base/sigv4.h"
#include "base/time.h"
#include "server/auth/credentials.h"
#include "server/server.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>

#define ALGORITHM          "AWS4-HMAC-SHA256"
#define SKEW_MS            INT64_C(300000)
#define SIGNED_HEADERS_MAX 64u

// What the header says ----------------------------------------------------------------------------

typedef struct claim {
    sw_str whole; // of the header
    sw_str key_id, date, region, service, scope;
    sw_str signed_headers, signature;
    sw_str timestamp; // 20260101T120000Z
} claim;

// Whoever is refused is told why, and so is the operator.
__attribute__((format(printf, 3, 4))) static bool refuse(sw_request *request, const char *exception,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str message = sw_str_vformat(&request->arena, format, arguments);
    va_end(arguments);
    SW_NOTE(SW_NOTE_WARN, "a caller was refused", SW_NOTE_TEXT("exception", sw_str_from(exception)),
            SW_NOTE_TEXT("reason", message), SW_NOTE_TEXT("request", sw_str_from(request->id)));
    return sw_request_fail(request, exception, "%.*s", SW_STR_ARG(message));
}

static bool fail_incomplete(sw_request *request, sw_str header, const char *what)
{
    return refuse(request, "IncompleteSignatureException", "%s Authorization=%.*s", what,
                  SW_STR_ARG(header));
}

// The value of one parameter, up to the comma; .text NULL: it is not there.
static sw_str find_parameter(sw_str header, const char *name)
{
    size_t bytes = strlen(name);
    for (size_t i = 0; i + bytes < header.bytes; i++) {
        bool begins = i == 0 || header.text[i - 1] == ' ' || header.text[i - 1] == ',';
        if (!begins || memcmp(header.text + i, name, bytes) != 0 || header.text[i + bytes] != '=')
            continue;
        sw_str      value = {header.text + i + bytes + 1, 0};
        const char *end = header.text + header.bytes;
        while (value.text + value.bytes < end && value.text[value.bytes] != ',' &&
               value.text[value.bytes] != ' ')
            value.bytes++;
        return value;
    }
    return (sw_str){NULL, 0};
}

static sw_str take_until_slash(sw_str *rest)
{
    const char *slash = rest->bytes == 0 ? NULL : memchr(rest->text, '/', rest->bytes);
    sw_str      part = {rest->text, slash == NULL ? rest->bytes : (size_t)(slash - rest->text)};
    size_t      used = part.bytes + (slash != NULL);
    *rest = (sw_str){rest->text + used, rest->bytes - used};
    return part;
}

static bool read_scope(claim *c, sw_str credential)
{
    c->key_id = take_until_slash(&credential);
    c->scope = credential;
    c->date = take_until_slash(&credential);
    c->region = take_until_slash(&credential);
    c->service = take_until_slash(&credential);
    return c->key_id.bytes > 0 && c->date.bytes == 8 && c->region.bytes > 0 &&
           c->region.bytes <= 32 && sw_str_is(credential, "aws4_request");
}

static bool read_claim(sw_request *request, const sw_http_head *head, claim *c)
{
    const char *header = sw_http_header(head, "Authorization");
    const char *date = sw_http_header(head, "X-Amz-Date");
    if (header == NULL)
        return refuse(request, "MissingAuthenticationTokenException",
                      "Request is missing Authentication Token");
    c->whole = sw_str_from(header);
    sw_str credential = find_parameter(c->whole, "Credential");
    c->signed_headers = find_parameter(c->whole, "SignedHeaders");
    c->signature = find_parameter(c->whole, "Signature");
    if (strncmp(header, ALGORITHM " ", strlen(ALGORITHM " ")) != 0)
        return fail_incomplete(request, c->whole,
                               "Unsupported AWS 'algorithm': only " ALGORITHM ".");
    if (credential.text == NULL)
        return fail_incomplete(request, c->whole,
                               "Authorization header requires 'Credential' parameter.");
    if (c->signature.text == NULL)
        return fail_incomplete(request, c->whole,
                               "Authorization header requires 'Signature' parameter.");
    if (c->signed_headers.text == NULL)
        return fail_incomplete(request, c->whole,
                               "Authorization header requires 'SignedHeaders' parameter.");
    if (date == NULL)
        return fail_incomplete(request, c->whole,
                               "Authorization header requires existence of either a 'X-Amz-Date' "
                               "or a 'Date' header.");
    c->timestamp = sw_str_from(date);
    return read_scope(c, credential) ||
           fail_incomplete(request, c->whole,
                           "Credential must have exactly 5 slash-delimited elements: "
                           "keyid/date/region/service/term.");
}

// When --------------------------------------------------------------------------------------------

// 20150830T123600Z, as 2015-08-30T12:36:00Z is read.
static bool read_time(sw_str text, int64_t *ms)
{
    char iso[21];
    if (text.bytes != 16 || text.text[8] != 'T' || text.text[15] != 'Z')
        return false;
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.text, text.text + 4,
             text.text + 6, text.text + 9, text.text + 11, text.text + 13);
    sw_instant instant;
    if (!sw_time_parse(sw_str_from(iso), &instant))
        return false;
    *ms = instant.seconds * 1000;
    return true;
}

static sw_str print_time(sw_request *request, int64_t away_ms)
{
    return sw_time_print_basic(&request->arena, request->now_ms + away_ms);
}

static bool check_time(sw_request *request, const claim *c)
{
    int64_t ms;
    if (!read_time(c->timestamp, &ms))
        return fail_incomplete(request, c->whole, "Date must be in ISO-8601 'basic format'.");
    if (memcmp(c->timestamp.text, c->date.text, 8) != 0)
        return refuse(request, "InvalidSignatureException",
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                      "version of date from HTTP: '%.*s' != '%.8s', from '%.*s'.",
                      SW_STR_ARG(c->date), c->timestamp.text, SW_STR_ARG(c->timestamp));
    if (ms >= request->now_ms - SKEW_MS && ms <= request->now_ms + SKEW_MS)
        return true;
    bool   early = ms > request->now_ms;
    sw_str now = print_time(request, 0), bound = print_time(request, early ? SKEW_MS : -SKEW_MS);
    if (!early)
        return refuse(request, "InvalidSignatureException",
                      "Signature expired: %.*s is now earlier than %.*s (%.*s - 5 min.)",
                      SW_STR_ARG(c->timestamp), SW_STR_ARG(bound), SW_STR_ARG(now));
    return refuse(request, "InvalidSignatureException",
                  "Signature not yet current: %.*s is still later than %.*s (%.*s + 5 min.)",
                  SW_STR_ARG(c->timestamp), SW_STR_ARG(bound), SW_STR_ARG(now));
}

// What is signed ----------------------------------------------------------------------------------

static bool fail_signature(sw_request *request)
{
    return refuse(request, "InvalidSignatureException",
                  "The request signature we calculated does not match the signature you "
                  "provided. Check your AWS Secret Access Key and signing method. Consult "
                  "the service documentation for details.");
}

// The headers by their names in SignedHeaders. host and the date are always among what is signed.
static bool gather_headers(sw_request *request, const sw_http_head *head, const claim *c,
                           sw_sigv4_header *headers, size_t *count)
{
    sw_str rest = c->signed_headers;
    bool   host = false, date = false;
    for (*count = 0; rest.bytes > 0; (*count)++) {
        const char *end = memchr(rest.text, ';', rest.bytes);
        size_t      bytes = end == NULL ? rest.bytes : (size_t)(end - rest.text);
        sw_str      name = sw_str_copy(&request->arena, (sw_str){rest.text, bytes});
        const char *value = sw_http_header(head, name.text);
        if (*count == SIGNED_HEADERS_MAX)
            return false;
        headers[*count] = (sw_sigv4_header){name, sw_str_from(value == NULL ? "" : value)};
        host |= sw_str_is(name, "host");
        date |= sw_str_is(name, "x-amz-date");
        size_t used = bytes + (end != NULL);
        rest = (sw_str){rest.text + used, rest.bytes - used};
    }
    return host && date;
}

typedef struct day_key {
    const sw_credential *credential;
    char                 scope[64];
    unsigned char        key[32];
} day_key;

// Deriving takes longer than all the rest, and the last caller is most likely the next.
static const unsigned char *get_key(const sw_credential *credential, const claim *c)
{
    static _Thread_local day_key last;
    bool same = last.credential == credential && sw_str_is(c->scope, last.scope);
    if (same)
        return last.key;
    sw_sigv4_derive_key(credential->secret, c->date, c->region, c->service, last.key);
    bool fits = c->scope.bytes < sizeof last.scope;
    last.credential = fits ? credential : NULL;
    snprintf(last.scope, sizeof last.scope, "%.*s", fits ? (int)c->scope.bytes : 0, c->scope.text);
    return last.key;
}

static bool check_signature(sw_request *request, const sw_http_head *head, const claim *c,
                            const sw_credential *credential)
{
    sw_sigv4_header headers[SIGNED_HEADERS_MAX];
    char            hash[SW_SIGV4_HEX_BYTES], signature[SW_SIGV4_HEX_BYTES];
    size_t          count;
    if (!gather_headers(request, head, c, headers, &count))
        return fail_signature(request);
    sw_sigv4_hash(head->body, hash);
    sw_sigv4_request signed_request = {.method = head->method,
                                       .path = sw_str_from(head->path),
                                       .query = SW_STR(""),
                                       .headers = headers,
                                       .header_count = count,
                                       .payload_hash = hash,
                                       .timestamp = c->timestamp,
                                       .scope = c->scope};
    sw_sigv4_sign(&signed_request, get_key(credential, c), &request->arena, signature);
    return (c->signature.bytes == 64 && CRYPTO_memcmp(c->signature.text, signature, 64) == 0) ||
           fail_signature(request);
}

// Who ---------------------------------------------------------------------------------------------

static bool has_token(const sw_credential *credential, const sw_http_head *head)
{
    const char *given = sw_http_header(head, "X-Amz-Security-Token");
    sw_str      token = sw_str_from(given == NULL ? "" : given);
    return token.bytes == credential->token.bytes &&
           (token.bytes == 0 ||
            CRYPTO_memcmp(token.text, credential->token.text, token.bytes) == 0);
}

bool sw_auth_check(const sw_auth *auth, const char *service, sw_request *request,
                   const sw_http_head *head)
{
    claim c;
    if (!read_claim(request, head, &c))
        return false;
    const sw_credential *credential = sw_credentials_find(auth, c.key_id);
    if (credential == NULL || !has_token(credential, head))
        return refuse(request, "UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    if (!sw_str_is(c.service, service))
        return refuse(request, "InvalidSignatureException",
                      "Credential should be scoped to correct service: '%s'.", service);
    if (!check_time(request, &c) || !check_signature(request, head, &c, credential))
        return false;
    request->account =
        credential->account.bytes > 0 ? credential->account : request->server->options.account;
    request->region = sw_str_copy(&request->arena, c.region);
    return true;
}
