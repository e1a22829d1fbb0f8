// credentials.c: AWS's shared credentials file.

#include "server/auth/credentials.h"

#include "base/assert.h"
#include "base/grow.h"
#include "base/sigv4.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct sw_auth {
    sw_arena       arena;
    sw_credential *items;
    uint32_t       count, capacity;
};

typedef struct reader {
    const char *file_name;
    sw_auth    *auth;
    sw_error   *err;
    unsigned    line, section; // where the section began
} reader;

static bool fail(const reader *in, unsigned line, const char *what)
{
    return sw_fail(in->err, SW_ERROR_INVALID, "%s, line %u: %s", in->file_name, line, what);
}

static bool is_account(sw_str text)
{
    bool digits = text.bytes == 12;
    for (size_t i = 0; digits && i < 12; i++)
        digits = text.text[i] >= '0' && text.text[i] <= '9';
    return digits;
}

// Closes the section at hand.
static bool check_section(const reader *in)
{
    sw_auth *auth = in->auth;
    if (auth->count == 0)
        return true;
    const sw_credential *last = &auth->items[auth->count - 1];
    if (last->key_id.bytes == 0)
        return fail(in, in->section, "this section has no aws_access_key_id");
    if (last->secret.bytes == 0)
        return fail(in, in->section, "this section has no aws_secret_access_key");
    if (last->secret.bytes > SW_SIGV4_SECRET_BYTES_MAX)
        return fail(in, in->section, "the secret is longer than 256 bytes");
    for (uint32_t i = 0; i + 1 < auth->count; i++) {
        if (sw_str_equal(auth->items[i].key_id, last->key_id))
            return fail(in, in->section, "this key id stands in another section already");
    }
    return true;
}

static bool begin_section(reader *in, sw_str line)
{
    if (line.text[line.bytes - 1] != ']')
        return fail(in, in->line, "a section is written [name]");
    if (!check_section(in))
        return false;
    in->section = in->line;
    SW_PUSH(&in->auth->arena, in->auth, (sw_credential){0});
    return true;
}

static bool set(reader *in, sw_str name, sw_str value)
{
    sw_credential *last = &in->auth->items[in->auth->count - 1];
    sw_str         copy = sw_str_copy(&in->auth->arena, value);
    if (sw_str_is(name, "aws_access_key_id"))
        last->key_id = copy;
    else if (sw_str_is(name, "aws_secret_access_key"))
        last->secret = copy;
    else if (sw_str_is(name, "aws_session_token"))
        last->token = copy;
    else if (sw_str_is(name, "aws_account_id"))
        last->account = copy;
    return !sw_str_is(name, "aws_account_id") || is_account(value) ||
           fail(in, in->line, "aws_account_id must be 12 digits");
}

static bool read_line(reader *in, sw_str line)
{
    if (line.bytes == 0 || line.text[0] == '#' || line.text[0] == ';')
        return true;
    if (line.text[0] == '[')
        return begin_section(in, line);
    const char *equals = memchr(line.text, '=', line.bytes);
    if (equals == NULL)
        return fail(in, in->line, "what stands here is neither [section] nor name = value");
    if (in->auth->count == 0)
        return fail(in, in->line, "this stands before the first [section]");
    size_t bytes = (size_t)(equals - line.text);
    return set(in, sw_str_trim((sw_str){line.text, bytes}),
               sw_str_trim((sw_str){equals + 1, line.bytes - bytes - 1}));
}

static bool read_all(reader *in, sw_str text)
{
    for (size_t at = 0; at < text.bytes;) {
        const char *end = memchr(text.text + at, '\n', text.bytes - at);
        size_t      bytes = end == NULL ? text.bytes - at : (size_t)(end - text.text) - at;
        in->line++;
        if (!read_line(in, sw_str_trim((sw_str){text.text + at, bytes})))
            return false;
        at += bytes + 1;
    }
    if (in->auth->count == 0)
        return fail(in, in->line, "the file has no credentials");
    return check_section(in);
}

bool sw_auth_open(const char *file_name, sw_str text, sw_auth **auth, sw_error *err)
{
    *auth = calloc(1, sizeof **auth);
    SW_ASSERT(*auth != NULL);
    sw_arena_init(&(*auth)->arena);
    reader in = {.file_name = file_name, .auth = *auth, .err = err};
    if (read_all(&in, text))
        return true;
    sw_auth_close(*auth);
    *auth = NULL;
    return false;
}

static void wipe(sw_str text)
{
    if (text.bytes > 0)
        OPENSSL_cleanse((char *)(uintptr_t)text.text, text.bytes);
}

void sw_auth_close(sw_auth *auth)
{
    for (uint32_t i = 0; i < auth->count; i++) {
        wipe(auth->items[i].secret);
        wipe(auth->items[i].token);
    }
    sw_arena_clear(&auth->arena);
    free(auth);
}

bool sw_auth_find_own(const sw_auth *auth, sw_str account, const char **key_id, const char **secret)
{
    for (uint32_t i = 0; i < auth->count; i++) {
        const sw_credential *c = &auth->items[i];
        if (c->token.bytes > 0 || (c->account.bytes > 0 && !sw_str_equal(c->account, account)))
            continue;
        *key_id = c->key_id.text;
        *secret = c->secret.text;
        return true;
    }
    return false;
}

const sw_credential *sw_credentials_find(const sw_auth *auth, sw_str key_id)
{
    for (uint32_t i = 0; i < auth->count; i++) {
        if (sw_str_equal(auth->items[i].key_id, key_id))
            return &auth->items[i];
    }
    return NULL;
}
