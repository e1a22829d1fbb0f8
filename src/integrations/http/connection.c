// connection.c: reading connections, finding them, and their tokens.

#include "integrations/http/connection.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECTIONS_MAX  1000u
#define PARAMETERS_MAX   100u // AWS's
#define SECRET_BYTES_MAX 8192u

struct sw_token {
    pthread_mutex_t lock;
    char           *text; // NULL: none
    int64_t         until_ms;
};

struct sw_connections {
    sw_arena       arena;
    sw_connection *list;
    size_t         count;
};

static const struct {
    const char *name, *member;
} kinds[] = {
#define CONNECTION(id, name, member) {name, member},
#include "integrations/http/connections.def"
#undef CONNECTION
};

#define KINDS (sizeof kinds / sizeof kinds[0])

// Reading -----------------------------------------------------------------------------------------

// Where we are: path is "shop/AuthParameters".
typedef struct reader {
    sw_arena *arena;
    sw_error *err;
    sw_str    path;
    sw_value  object;
} reader;

static bool refuse(const reader *in, const char *what)
{
    return sw_fail(in->err, SW_ERROR_INVALID, "connections: %.*s: %s", SW_STR_ARG(in->path), what);
}

// An optional member is undefined.
static bool descend(const reader *in, const char *member, bool needed, reader *out)
{
    *out = *in;
    out->path = sw_str_format(in->arena, "%.*s/%s", SW_STR_ARG(in->path), member);
    out->object = sw_value_get(in->object, sw_str_from(member));
    if (out->object.type == SW_OBJECT || (out->object.type == SW_UNDEFINED && !needed))
        return true;
    return refuse(out, out->object.type == SW_UNDEFINED ? "is missing" : "must be an object");
}

// members ends with NULL.
static bool knows_all(const reader *in, const char *const *members)
{
    for (uint32_t i = 0; in->object.type == SW_OBJECT && i < in->object.size; i++) {
        size_t m = 0;
        while (members[m] != NULL && !sw_str_is(sw_value_key(in->object, i), members[m]))
            m++;
        if (members[m] == NULL) {
            sw_str what = sw_str_format(in->arena, "there is no member '%.*s'",
                                        SW_STR_ARG(sw_value_key(in->object, i)));
            return refuse(in, what.text);
        }
    }
    return true;
}

// A header's value must end where we end it.
static bool is_one_line(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if ((unsigned char)text.text[i] < ' ')
            return false;
    }
    return true;
}

static bool read_environment(const reader *in, const char *name, sw_str *text)
{
    const char *value = getenv(name);
    if (value == NULL)
        return refuse(in, "the environment variable is not set");
    *text = sw_str_copy(in->arena, sw_str_from(value));
    return true;
}

// The file's text without its last line break.
static bool read_secret_file(const reader *in, const char *name, sw_str *text)
{
    char   buffer[SECRET_BYTES_MAX + 1];
    FILE  *file = fopen(name, "rb");
    size_t bytes = file == NULL ? 0 : fread(buffer, 1, sizeof buffer, file);
    if (file == NULL)
        return refuse(in, "the file cannot be read");
    fclose(file);
    if (bytes > SECRET_BYTES_MAX)
        return refuse(in, "the file is larger than 8,192 bytes");
    while (bytes > 0 && (buffer[bytes - 1] == '\n' || buffer[bytes - 1] == '\r'))
        bytes--;
    *text = sw_str_copy(in->arena, (sw_str){buffer, bytes});
    return true;
}

// "text", {"env": NAME} or {"file": NAME}
static bool resolve(const reader *in, sw_value value, sw_str *text)
{
    sw_value variable = sw_value_get(value, SW_STR("env")),
             file = sw_value_get(value, SW_STR("file"));
    bool one = value.type == SW_OBJECT && value.size == 1;
    if (value.type == SW_STRING) {
        *text = sw_str_copy(in->arena, sw_value_str(value));
        return true;
    }
    if (one && variable.type == SW_STRING)
        return read_environment(in, sw_str_copy(in->arena, sw_value_str(variable)).text, text);
    if (one && file.type == SW_STRING)
        return read_secret_file(in, sw_str_copy(in->arena, sw_value_str(file)).text, text);
    return refuse(in, "must be a text, {\"env\": NAME} or {\"file\": NAME}");
}

static bool read_text(const reader *in, const char *member, sw_str *text)
{
    reader   at = *in;
    sw_value value = sw_value_get(in->object, sw_str_from(member));
    at.path = sw_str_format(in->arena, "%.*s/%s", SW_STR_ARG(in->path), member);
    if (value.type == SW_UNDEFINED)
        return refuse(&at, "is missing");
    if (!resolve(&at, value, text))
        return false;
    return is_one_line(*text) || refuse(&at, "must be one line");
}

// HTTP parameters ---------------------------------------------------------------------------------

static bool read_pair(const reader *in, sw_call_header *pair)
{
    static const char *const members[] = {"Key", "Value", "IsValueSecret", NULL};
    if (in->object.type != SW_OBJECT)
        return refuse(in, "must be an object with Key and Value");
    return knows_all(in, members) && read_text(in, "Key", &pair->name) &&
           read_text(in, "Value", &pair->value);
}

static bool read_pairs(const reader *in, const char *member, sw_pairs *pairs)
{
    reader   at = *in;
    sw_value list = sw_value_get(in->object, sw_str_from(member));
    sw_str   path = sw_str_format(in->arena, "%.*s/%s", SW_STR_ARG(in->path), member);
    *pairs = (sw_pairs){NULL, 0};
    if (list.type == SW_UNDEFINED)
        return true;
    at.path = path;
    if (list.type != SW_ARRAY || list.size > PARAMETERS_MAX)
        return refuse(&at, "must be a list of at most 100");
    sw_call_header *items = SW_ARENA_ARRAY(in->arena, sw_call_header, list.size + 1);
    for (uint32_t i = 0; i < list.size; i++) {
        at.path = sw_str_format(in->arena, "%.*s/%u", SW_STR_ARG(path), i);
        at.object = list.items[i];
        if (!read_pair(&at, &items[i]))
            return false;
    }
    *pairs = (sw_pairs){items, list.size};
    return true;
}

static bool read_parameters(const reader *in, const char *member, sw_http_parameters *parameters)
{
    static const char *const members[] = {"HeaderParameters", "QueryStringParameters",
                                          "BodyParameters", NULL};
    reader                   at;
    return descend(in, member, false, &at) && knows_all(&at, members) &&
           read_pairs(&at, members[0], &parameters->headers) &&
           read_pairs(&at, members[1], &parameters->query) &&
           read_pairs(&at, members[2], &parameters->body);
}

// Kinds -------------------------------------------------------------------------------------------

static bool read_two(const reader *in, const char *first, const char *second, sw_connection *c)
{
    const char *const members[] = {first, second, NULL};
    return knows_all(in, members) && read_text(in, first, &c->user) &&
           read_text(in, second, &c->secret);
}

static bool read_token_method(const reader *in, sw_connection *c)
{
    static const char *const methods[] = {"GET", "POST", "PUT"};
    sw_str                   method;
    if (!read_text(in, "HttpMethod", &method))
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (sw_str_is(method, methods[i]))
            c->token_method = methods[i];
    }
    return c->token_method != NULL || refuse(in, "HttpMethod must be GET, POST or PUT");
}

static bool read_oauth(const reader *in, sw_connection *c)
{
    static const char *const members[] = {"AuthorizationEndpoint", "HttpMethod", "ClientParameters",
                                          "OAuthHttpParameters", NULL};
    reader                   client;
    return knows_all(in, members) && read_text(in, "AuthorizationEndpoint", &c->token_url) &&
           read_token_method(in, c) && descend(in, "ClientParameters", true, &client) &&
           read_two(&client, "ClientID", "ClientSecret", c) &&
           read_parameters(in, "OAuthHttpParameters", &c->token_parameters);
}

static bool read_authorization(const reader *in, sw_connection *c)
{
    reader at;
    if (!descend(in, kinds[c->kind].member, true, &at))
        return false;
    switch (c->kind) {
    case SW_CONNECTION_BASIC:
        return read_two(&at, "Username", "Password", c);
    case SW_CONNECTION_API_KEY:
        return read_two(&at, "ApiKeyName", "ApiKeyValue", c);
    case SW_CONNECTION_OAUTH:
        return read_oauth(&at, c);
    }
    return false;
}

static bool read_kind(const reader *in, sw_connection *c)
{
    sw_str type;
    if (!read_text(in, "AuthorizationType", &type))
        return false;
    for (size_t i = 0; i < KINDS; i++) {
        if (sw_str_is(type, kinds[i].name)) {
            c->kind = (sw_connection_kind)i;
            return true;
        }
    }
    return refuse(in, "AuthorizationType must be BASIC, API_KEY or OAUTH_CLIENT_CREDENTIALS");
}

static struct sw_token *new_token(sw_arena *arena)
{
    struct sw_token *token = SW_ARENA_NEW(arena, struct sw_token);
    pthread_mutex_init(&token->lock, NULL);
    return token;
}

static bool read_connection(const reader *in, sw_connection *c)
{
    static const char *const members[] = {"Name", "Description", "AuthorizationType",
                                          "AuthParameters", NULL};
    reader                   at;
    if (in->object.type != SW_OBJECT)
        return refuse(in, "must be an object");
    if (!knows_all(in, members) || !read_kind(in, c) || !descend(in, "AuthParameters", true, &at))
        return false;
    const char *const parameters[] = {kinds[c->kind].member, "InvocationHttpParameters", NULL};
    return knows_all(&at, parameters) && read_authorization(&at, c) &&
           read_parameters(&at, "InvocationHttpParameters", &c->parameters);
}

static bool read_all(sw_connections *set, sw_value value, sw_error *err)
{
    if (value.type != SW_OBJECT || value.size > CONNECTIONS_MAX)
        return sw_fail(err, SW_ERROR_INVALID,
                       "connections: an object of at most 1,000 connections by name is expected");
    set->list = SW_ARENA_ARRAY(&set->arena, sw_connection, value.size + 1);
    for (uint32_t i = 0; i < value.size; i++) {
        sw_str         name = sw_str_copy(&set->arena, sw_value_key(value, i));
        reader         in = {&set->arena, err, name, sw_value_member(value, i)};
        sw_connection *c = &set->list[i];
        *c = (sw_connection){.name = name, .token = new_token(&set->arena)};
        set->count++;
        if (!read_connection(&in, c))
            return false;
    }
    return true;
}

bool sw_connections_open(sw_value value, sw_connections **out, sw_error *err)
{
    sw_connections *set = calloc(1, sizeof *set);
    SW_ASSERT(set != NULL);
    sw_arena_init(&set->arena);
    if (value.type != SW_UNDEFINED && !read_all(set, value, err)) {
        sw_connections_close(set);
        return false;
    }
    *out = set;
    return true;
}

void sw_connections_close(sw_connections *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->list[i].token->text);
        pthread_mutex_destroy(&set->list[i].token->lock);
    }
    sw_arena_clear(&set->arena);
    free(set);
}

// Finding -----------------------------------------------------------------------------------------

// arn:aws:events:us-east-1:123456789012:connection/NAME/ID
static sw_str name_of(sw_str arn)
{
    static const char mark[] = ":connection/";
    const char       *end = arn.text + arn.bytes, *at = arn.text;
    size_t            bytes = sizeof mark - 1;
    while ((size_t)(end - at) >= bytes && memcmp(at, mark, bytes) != 0)
        at++;
    if ((size_t)(end - at) < bytes)
        return arn;
    at += bytes;
    const char *slash = memchr(at, '/', (size_t)(end - at));
    return (sw_str){at, (size_t)((slash == NULL ? end : slash) - at)};
}

const sw_connection *sw_connections_find(const sw_connections *set, sw_str arn)
{
    sw_str name = name_of(arn);
    for (size_t i = 0; i < set->count; i++) {
        if (sw_str_equal(set->list[i].name, name))
            return &set->list[i];
    }
    return NULL;
}

// Showing -----------------------------------------------------------------------------------------

#define REDACTED SW_STR("[REDACTED]")

static sw_pairs redact_pairs(sw_pairs pairs, sw_arena *arena)
{
    sw_call_header *list = SW_ARENA_ARRAY(arena, sw_call_header, pairs.count + 1);
    for (size_t i = 0; i < pairs.count; i++)
        list[i] = (sw_call_header){pairs.list[i].name, REDACTED};
    return (sw_pairs){list, pairs.count};
}

const sw_connection *sw_connection_redact(const sw_connection *connection, sw_arena *arena)
{
    sw_connection *shown = SW_ARENA_NEW(arena, sw_connection);
    *shown = *connection;
    shown->secret = REDACTED;
    shown->redacted = true;
    shown->parameters.headers = redact_pairs(connection->parameters.headers, arena);
    shown->parameters.query = redact_pairs(connection->parameters.query, arena);
    shown->parameters.body = redact_pairs(connection->parameters.body, arena);
    return shown;
}

// Tokens ------------------------------------------------------------------------------------------

sw_str sw_connection_get_token(const sw_connection *connection, int64_t now_ms, sw_arena *arena)
{
    sw_str           copy = {NULL, 0};
    struct sw_token *token = connection->token;
    pthread_mutex_lock(&token->lock);
    if (token->text != NULL && now_ms < token->until_ms)
        copy = sw_str_copy(arena, sw_str_from(token->text));
    pthread_mutex_unlock(&token->lock);
    return copy;
}

static void replace_token(struct sw_token *token, char *text, int64_t until_ms)
{
    pthread_mutex_lock(&token->lock);
    free(token->text);
    token->text = text;
    token->until_ms = until_ms;
    pthread_mutex_unlock(&token->lock);
}

void sw_connection_set_token(const sw_connection *connection, sw_str token, int64_t until_ms)
{
    char *copy = malloc(token.bytes + 1);
    SW_ASSERT(copy != NULL);
    memcpy(copy, token.text, token.bytes);
    copy[token.bytes] = '\0';
    replace_token(connection->token, copy, until_ms);
}

void sw_connection_drop_token(const sw_connection *connection)
{
    replace_token(connection->token, NULL, 0);
}
