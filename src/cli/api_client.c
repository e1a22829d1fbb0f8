// api_client.c: the API over integrations' caller, which is waited for.

#include "cli/api_client.h"

#include "base/assert.h"
#include "base/sigv4.h"
#include "base/time.h"
#include "cli/clock.h"
#include "integrations/caller.h"
#include "json/members.h"

#include <pthread.h>
#include <stdlib.h>

#define DEFAULT_ENDPOINT "http://127.0.0.1:8083"
#define TIMEOUT_MS       100000
#define ANSWER_BYTES_MAX (64u << 20)

struct cli_api {
    sw_arena  *arena;
    sw_str     endpoint, host, region, key_id, secret, token;
    sw_caller *caller;
    // The call at hand
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    bool            done;
    sw_call_outcome outcome;
    unsigned        status;
    sw_str          body;
    const char     *message;
};

static const char *variable(const char *name, const char *fallback)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : fallback;
}

static sw_str find_endpoint(const cli_arguments *arguments)
{
    const char *given = arguments->values[CLI_OPTION_ENDPOINT_URL];
    const char *any = variable("AWS_ENDPOINT_URL", DEFAULT_ENDPOINT);
    sw_str      url = sw_str_from(given != NULL ? given : variable("AWS_ENDPOINT_URL_SFN", any));
    while (url.bytes > 0 && url.text[url.bytes - 1] == '/')
        url.bytes--;
    return url;
}

bool cli_api_open(const cli_arguments *arguments, sw_arena *arena, cli_api **out)
{
    sw_str      url = find_endpoint(arguments);
    const char *slashes = strstr(url.text, "://");
    sw_error    err = {0};
    cli_api    *api = sw_arena_zalloc(arena, sizeof *api);
    if (slashes == NULL) {
        cli_usage_error(arguments->command, "--endpoint-url must be a URL, not '%s'", url.text);
        return false;
    }
    const char *host = slashes + 3;
    api->arena = arena;
    api->host = (sw_str){host, (size_t)(url.text + url.bytes - host)};
    api->endpoint = sw_str_format(arena, "%.*s/", SW_STR_ARG(url));
    api->region = sw_str_from(variable("AWS_REGION", variable("AWS_DEFAULT_REGION", "us-east-1")));
    api->key_id = sw_str_from(variable("AWS_ACCESS_KEY_ID", ""));
    api->secret = sw_str_from(variable("AWS_SECRET_ACCESS_KEY", ""));
    api->token = sw_str_from(variable("AWS_SESSION_TOKEN", ""));
    if (api->secret.bytes > SW_SIGV4_SECRET_BYTES_MAX) {
        cli_usage_error(arguments->command, "AWS_SECRET_ACCESS_KEY is longer than %u bytes",
                        SW_SIGV4_SECRET_BYTES_MAX);
        return false;
    }
    pthread_mutex_init(&api->lock, NULL);
    pthread_cond_init(&api->wake, NULL);
    if (!sw_caller_open(&(sw_caller_options){0}, &api->caller, &err)) {
        cli_usage_error(NULL, "%s", err.message);
        return false;
    }
    *out = api;
    return true;
}

void cli_api_close(cli_api *api)
{
    sw_caller_close(api->caller);
    pthread_mutex_destroy(&api->lock);
    pthread_cond_destroy(&api->wake);
}

// Calling -----------------------------------------------------------------------------------------

static void on_done(void *who, const sw_call_answer *answer)
{
    cli_api *api = who;
    pthread_mutex_lock(&api->lock);
    api->outcome = answer->outcome;
    api->status = answer->status;
    api->body = sw_str_copy(api->arena, answer->body);
    api->message = sw_str_copy(api->arena, sw_str_from(answer->message)).text;
    api->done = true;
    pthread_cond_signal(&api->wake);
    pthread_mutex_unlock(&api->lock);
}

#define HEADERS_MAX 6u

static sw_str authorization(cli_api *api, sw_str body, sw_str date, sw_str target)
{
    char            hash[SW_SIGV4_HEX_BYTES], signature[SW_SIGV4_HEX_BYTES];
    unsigned char   key[32];
    sw_str          day = {date.text, 8};
    bool            token = api->token.bytes > 0;
    sw_sigv4_header headers[] = {{SW_STR("host"), api->host},
                                 {SW_STR("x-amz-date"), date},
                                 {SW_STR("x-amz-security-token"), api->token},
                                 {SW_STR("x-amz-target"), target}};
    if (!token)
        headers[2] = headers[3];
    sw_sigv4_hash(body, hash);
    sw_sigv4_derive_key(api->secret, day, api->region, SW_STR("states"), key);
    sw_str scope = sw_str_format(api->arena, "%.*s/%.*s/states/aws4_request", SW_STR_ARG(day),
                                 SW_STR_ARG(api->region));
    sw_sigv4_request request = {.method = "POST",
                                .path = SW_STR("/"),
                                .query = SW_STR(""),
                                .headers = headers,
                                .header_count = token ? 4 : 3,
                                .payload_hash = hash,
                                .timestamp = date,
                                .scope = scope};
    sw_sigv4_sign(&request, key, api->arena, signature);
    return sw_str_format(api->arena,
                         "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, "
                         "SignedHeaders=host;x-amz-date%s;x-amz-target, Signature=%s",
                         SW_STR_ARG(api->key_id), SW_STR_ARG(scope),
                         token ? ";x-amz-security-token" : "", signature);
}

static size_t make_headers(cli_api *api, sw_str body, const char *action, sw_call_header *headers)
{
    sw_str date = sw_time_print_basic(api->arena, cli_clock_ms());
    sw_str target = sw_str_format(api->arena, "AWSStepFunctions.%s", action);
    size_t count = 0;
    headers[count++] =
        (sw_call_header){SW_STR("Content-Type"), SW_STR("application/x-amz-json-1.0")};
    headers[count++] = (sw_call_header){SW_STR("X-Amz-Target"), target};
    if (api->key_id.bytes == 0 || api->secret.bytes == 0)
        return count;
    headers[count++] = (sw_call_header){SW_STR("X-Amz-Date"), date};
    if (api->token.bytes > 0)
        headers[count++] = (sw_call_header){SW_STR("X-Amz-Security-Token"), api->token};
    headers[count++] =
        (sw_call_header){SW_STR("Authorization"), authorization(api, body, date, target)};
    return count;
}

static bool fail_answer(const cli_api *api, sw_value answer, sw_error *err)
{
    sw_value type = sw_value_get(answer, SW_STR("__type"));
    sw_value text = sw_value_get(answer, SW_STR("message"));
    if (type.type != SW_STRING)
        return sw_fail(err, SW_ERROR_IO, "%.*s answered with status %u, not as Step Functions does",
                       SW_STR_ARG(api->endpoint), api->status);
    sw_str name = sw_value_str(type);
    sw_str message = text.type == SW_STRING ? sw_value_str(text) : SW_STR("");
    return sw_fail(err, SW_ERROR_INVALID, "%.*s: %.*s", SW_STR_ARG(name), SW_STR_ARG(message));
}

bool cli_api_call(cli_api *api, const char *action, sw_value input, sw_value *answer, sw_error *err)
{
    sw_call_header  headers[HEADERS_MAX];
    sw_str          body = sw_json_print(api->arena, input);
    size_t          count = make_headers(api, body, action, headers);
    sw_call_request request = {.method = "POST",
                               .url = api->endpoint,
                               .headers = headers,
                               .header_count = count,
                               .body = body,
                               .timeout_ms = TIMEOUT_MS,
                               .answer_bytes_max = ANSWER_BYTES_MAX,
                               .done = on_done,
                               .who = api};
    api->done = false;
    sw_caller_submit(api->caller, &request);
    pthread_mutex_lock(&api->lock);
    while (!api->done)
        pthread_cond_wait(&api->wake, &api->lock);
    pthread_mutex_unlock(&api->lock);
    if (api->outcome != SW_CALL_ANSWERED)
        return sw_fail(err, SW_ERROR_IO,
                       "no answer from %.*s: %s. Is the server running? stepwell serve starts one; "
                       "--endpoint-url names another",
                       SW_STR_ARG(api->endpoint), api->message);
    if (!sw_json_parse(api->arena, api->body, 0, answer, NULL))
        *answer = sw_undefined();
    return api->status == 200 || fail_answer(api, *answer, err);
}
