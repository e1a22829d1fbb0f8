// token.c: OAuth's client credentials, exchanged for a token.
//
// spec: RFC 6749, 4.4 and 2.3.1: the credentials go into the form. aws: unverified; EventBridge
// does not say where it puts them.

#include "integrations/http/encode.h"
#include "integrations/http/http.h"

#define TIMEOUT_MS       20000
#define ANSWER_BYTES_MAX (64u * 1024)
#define LIFE_S_DEFAULT   300 // where the answer does not say
#define EARLY_S          30  // before its end a token is not used any more
#define LIFE_S_MAX       86400

typedef struct waiting {
    const sw_connection *connection;
    void                *state; // the job's own, given back
    void (*got)(sw_job *job, sw_str token);
} waiting;

// The request -------------------------------------------------------------------------------------

static sw_str add(sw_arena *arena, sw_str form, sw_str name, sw_str value)
{
    sw_str key = sw_url_encode(arena, name), text = sw_url_encode(arena, value);
    return sw_str_format(arena, "%.*s%s%.*s=%.*s", SW_STR_ARG(form), form.bytes > 0 ? "&" : "",
                         SW_STR_ARG(key), SW_STR_ARG(text));
}

static sw_str add_pairs(sw_arena *arena, sw_str form, sw_pairs pairs)
{
    for (size_t i = 0; i < pairs.count; i++)
        form = add(arena, form, pairs.list[i].name, pairs.list[i].value);
    return form;
}

static sw_str make_form(const sw_connection *c, sw_arena *arena)
{
    sw_str form = add_pairs(arena, SW_STR(""), c->token_parameters.body);
    bool   has_type = false;
    for (size_t i = 0; i < c->token_parameters.body.count; i++)
        has_type |= sw_str_is(c->token_parameters.body.list[i].name, "grant_type");
    if (!has_type)
        form = add(arena, form, SW_STR("grant_type"), SW_STR("client_credentials"));
    form = add(arena, form, SW_STR("client_id"), c->user);
    return add(arena, form, SW_STR("client_secret"), c->secret);
}

static sw_str make_url(const sw_connection *c, sw_str query, sw_arena *arena)
{
    bool has_query = memchr(c->token_url.text, '?', c->token_url.bytes) != NULL;
    if (query.bytes == 0)
        return c->token_url;
    return sw_str_format(arena, "%.*s%s%.*s", SW_STR_ARG(c->token_url), has_query ? "&" : "?",
                         SW_STR_ARG(query));
}

static void make_call(const sw_connection *c, sw_arena *arena, sw_call_request *call)
{
    bool            get = strcmp(c->token_method, "GET") == 0;
    sw_str          form = make_form(c, arena);
    sw_str          query = add_pairs(arena, get ? form : SW_STR(""), c->token_parameters.query);
    sw_pairs        own = c->token_parameters.headers;
    sw_call_header *headers = SW_ARENA_ARRAY(arena, sw_call_header, own.count + 2);
    memcpy(headers, own.list, own.count * sizeof *headers);
    headers[own.count] = (sw_call_header){SW_STR("Accept"), SW_STR("application/json")};
    headers[own.count + 1] =
        (sw_call_header){SW_STR("Content-Type"), SW_STR("application/x-www-form-urlencoded")};
    *call = (sw_call_request){.method = c->token_method,
                              .url = make_url(c, query, arena),
                              .headers = headers,
                              .header_count = own.count + (get ? 1 : 2),
                              .body = get ? (sw_str){NULL, 0} : form,
                              .timeout_ms = TIMEOUT_MS,
                              .answer_bytes_max = ANSWER_BYTES_MAX};
}

// The answer --------------------------------------------------------------------------------------

// Its body is not shown: it may repeat what it was sent.
static void fail(sw_job *job, const sw_connection *c, const sw_call_answer *answer)
{
    sw_arena *arena = &job->arena;
    sw_str    how = SW_STR("its answer has no access_token");
    if (answer->outcome == SW_CALL_TOO_LARGE)
        how = SW_STR("its answer is too large");
    else if (answer->outcome != SW_CALL_ANSWERED)
        how = sw_str_copy(arena, sw_str_from(answer->message));
    else if (answer->status < 200 || answer->status >= 300)
        how = sw_str_format(arena, "it answered %u", answer->status);
    sw_job_fail(job, SW_STR("Events.ConnectionResource.InvalidConnectionState"),
                sw_str_format(arena,
                              "The AuthorizationEndpoint of the connection '%.*s' gave no token: "
                              "%.*s",
                              SW_STR_ARG(c->name), SW_STR_ARG(how)));
}

static int64_t life_ms(sw_value answer)
{
    int64_t life_s = LIFE_S_DEFAULT;
    sw_value_integer(sw_value_get(answer, SW_STR("expires_in")), &life_s);
    if (life_s > LIFE_S_MAX)
        life_s = LIFE_S_MAX;
    return (life_s - EARLY_S) * 1000;
}

// It becomes part of a header.
static bool is_token(sw_value value)
{
    for (uint32_t i = 0; value.type == SW_STRING && i < value.size; i++) {
        if (value.text[i] <= ' ' || value.text[i] == 127)
            return false;
    }
    return value.type == SW_STRING && value.size > 0;
}

static void answered(sw_job *job, const sw_call_answer *answer)
{
    waiting *w = job->state;
    sw_value body;
    if (!sw_call_is_good(answer) || !sw_json_parse(&job->arena, answer->body, 0, &body, NULL))
        body = sw_undefined();
    sw_value token = sw_value_get(body, SW_STR("access_token"));
    if (!is_token(token)) {
        fail(job, w->connection, answer);
        return;
    }
    sw_str text = sw_str_copy(&job->arena, sw_value_str(token));
    sw_connection_set_token(w->connection, text, sw_job_now_ms() + life_ms(body));
    job->state = w->state;
    w->got(job, text);
}

void sw_http_get_token(sw_job *job, const sw_connection *connection,
                       void (*got)(sw_job *job, sw_str token))
{
    sw_call_request call;
    sw_str          token = sw_connection_get_token(connection, sw_job_now_ms(), &job->arena);
    if (token.text != NULL) {
        got(job, token);
        return;
    }
    waiting *w = SW_ARENA_NEW(&job->arena, waiting);
    *w = (waiting){connection, job->state, got};
    job->state = w;
    make_call(connection, &job->arena, &call);
    sw_job_call(job, &call, answered);
}
