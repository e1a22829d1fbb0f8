// metadata_keys.c: see metadata_keys.h.
//
//   ask -> (instance: token -> role) -> keys -> wait until they are about to expire -> ask

#define _GNU_SOURCE
#include "integrations/aws/metadata_keys.h"

#include "base/assert.h"
#include "base/note.h"
#include "integrations/aws/parts.h"
#include "integrations/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_WAIT_S     5
#define TIMEOUT_MS       2000
#define AGAIN_MS         10000  // after a failure
#define MARGIN_MS        300000 // before they expire
#define PAUSE_MS_MIN     60000
#define PAUSE_MS_MAX     3600000
#define ANSWER_BYTES_MAX 65536u
#define TOKEN_BYTES_MAX  16384u

struct sw_metadata_keys {
    sw_aws         *aws;
    sw_caller      *caller;
    bool            instance;
    sw_arena        arena; // of one asking
    const char     *base;  // instance: where the service is
    sw_str          token; // instance: of this session
    pthread_mutex_t lock;
    pthread_cond_t  asked;
    bool            answered, closing;
};

static void ask(sw_metadata_keys *k);

// What has come -----------------------------------------------------------------------------------

static void begin_again(void *who, const sw_call_answer *answer)
{
    if (answer->outcome == SW_CALL_WAITED)
        ask(who);
}

static void done(sw_metadata_keys *k, int64_t pause_ms)
{
    pthread_mutex_lock(&k->lock);
    k->answered = true;
    pthread_cond_broadcast(&k->asked);
    bool closing = k->closing;
    pthread_mutex_unlock(&k->lock);
    if (!closing)
        sw_caller_wait(k->caller, pause_ms, begin_again, k);
}

static void fail(sw_metadata_keys *k, const char *why)
{
    SW_NOTE(SW_NOTE_WARN, "the metadata service gave no credentials",
            SW_NOTE_TEXT("from", k->instance ? SW_STR("instance") : SW_STR("container")),
            SW_NOTE_TEXT("reason", sw_str_from(why)));
    done(k, AGAIN_MS);
}

static bool is_good(sw_metadata_keys *k, const sw_call_answer *answer)
{
    if (answer->outcome == SW_CALL_CANCELLED)
        return false;
    if (answer->outcome != SW_CALL_ANSWERED)
        fail(k, answer->message == NULL ? "it could not be called" : answer->message);
    else if (answer->status != 200)
        fail(k, "its answer was not 200");
    return answer->outcome == SW_CALL_ANSWERED && answer->status == 200;
}

static int64_t pause_of(sw_value answer)
{
    int64_t expires_ms, pause_ms = PAUSE_MS_MAX;
    if (sw_aws_date_parse(sw_aws_text(answer, "Expiration"), &expires_ms))
        pause_ms = expires_ms - sw_job_now_ms() - MARGIN_MS;
    if (pause_ms > PAUSE_MS_MAX)
        return PAUSE_MS_MAX;
    return pause_ms < PAUSE_MS_MIN ? PAUSE_MS_MIN : pause_ms;
}

static void got_keys(void *who, const sw_call_answer *answer)
{
    sw_metadata_keys *k = who;
    sw_value          value = sw_undefined();
    if (!is_good(k, answer))
        return;
    if (!sw_json_parse(&k->arena, answer->body, 0, &value, NULL) ||
        sw_aws_text(value, "SecretAccessKey").bytes == 0) {
        fail(k, "its answer has no keys");
        return;
    }
    sw_aws_keys keys = {sw_aws_text(value, "AccessKeyId"), sw_aws_text(value, "SecretAccessKey"),
                        sw_aws_text(value, "Token")};
    sw_aws_give_keys(k->aws, &keys);
    done(k, pause_of(value));
}

// Asking ------------------------------------------------------------------------------------------

static void call(sw_metadata_keys *k, const char *method, const char *url, sw_call_header header,
                 void (*answered)(void *who, const sw_call_answer *answer))
{
    sw_call_request request = {.method = method,
                               .url = sw_str_from(url),
                               .headers = &header,
                               .header_count = header.name.bytes > 0,
                               .body = {NULL, 0},
                               .timeout_ms = TIMEOUT_MS,
                               .answer_bytes_max = ANSWER_BYTES_MAX,
                               .reach = SW_REACH_ANY,
                               .done = answered,
                               .who = k};
    sw_caller_submit(k->caller, &request);
}

static const char *variable(const sw_metadata_keys *k, const char *name)
{
    const char *value = k->aws->options.variable(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static sw_call_header token_header(const sw_metadata_keys *k)
{
    return (sw_call_header){SW_STR("X-aws-ec2-metadata-token"), k->token};
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static void got_role(void *who, const sw_call_answer *answer)
{
    sw_metadata_keys *k = who;
    if (!is_good(k, answer))
        return;
    sw_str role = answer->body;
    while (role.bytes > 0 && strchr("\r\n ", role.text[role.bytes - 1]) != NULL)
        role.bytes--;
    if (role.bytes == 0 || memchr(role.text, '\n', role.bytes) != NULL) {
        fail(k, "the instance has no role");
        return;
    }
    call(k, "GET", sw_str_format(&k->arena, "%s" ROLES "%.*s", k->base, SW_STR_ARG(role)).text,
         token_header(k), got_keys);
}

static void got_token(void *who, const sw_call_answer *answer)
{
    sw_metadata_keys *k = who;
    if (!is_good(k, answer))
        return;
    k->token = sw_str_copy(&k->arena, answer->body);
    call(k, "GET", sw_str_format(&k->arena, "%s" ROLES, k->base).text, token_header(k), got_role);
}

static void ask_instance(sw_metadata_keys *k)
{
    const char *given = variable(k, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    k->base = given != NULL ? given : "http://169.254.169.254";
    call(k, "PUT", sw_str_format(&k->arena, "%s/latest/api/token", k->base).text,
         (sw_call_header){SW_STR("X-aws-ec2-metadata-token-ttl-seconds"), SW_STR("21600")},
         got_token);
}

// EKS replaces the file from time to time.
static sw_str read_token(sw_metadata_keys *k)
{
    const char *name = variable(k, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = variable(k, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    FILE       *file = name == NULL ? NULL : fopen(name, "re");
    if (file == NULL)
        return sw_str_from(given == NULL ? "" : given);
    char  *text = sw_arena_alloc(&k->arena, TOKEN_BYTES_MAX);
    size_t bytes = fread(text, 1, TOKEN_BYTES_MAX, file);
    fclose(file);
    while (bytes > 0 && strchr("\r\n ", text[bytes - 1]) != NULL)
        bytes--;
    return (sw_str){text, bytes};
}

static void ask_container(sw_metadata_keys *k)
{
    const char *relative = variable(k, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *url = variable(k, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative != NULL)
        url = sw_str_format(&k->arena, "http://169.254.170.2%s", relative).text;
    if (url == NULL) {
        fail(k, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor ..._FULL_URI is set");
        return;
    }
    sw_str         token = read_token(k);
    sw_call_header header = {SW_STR("Authorization"), token};
    call(k, "GET", url, token.bytes > 0 ? header : (sw_call_header){{"", 0}, {"", 0}}, got_keys);
}

static void ask(sw_metadata_keys *k)
{
    sw_arena_reset(&k->arena);
    if (k->instance)
        ask_instance(k);
    else
        ask_container(k);
}

// Opening and closing -----------------------------------------------------------------------------

static void wait_for_first(sw_metadata_keys *k)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FIRST_WAIT_S;
    pthread_mutex_lock(&k->lock);
    int code = 0;
    while (!k->answered && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&k->asked, &k->lock, &until);
    pthread_mutex_unlock(&k->lock);
}

bool sw_metadata_keys_open(sw_aws *aws, const char *from, sw_metadata_keys **out, sw_error *err)
{
    sw_metadata_keys *k = calloc(1, sizeof *k);
    SW_ASSERT(k != NULL);
    k->aws = aws;
    k->instance = strcmp(from, "instance") == 0;
    sw_arena_init(&k->arena);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->asked, NULL);
    if (!sw_caller_open(&(sw_caller_options){.connections_max = 1}, &k->caller, err)) {
        sw_metadata_keys_close(k);
        return false;
    }
    ask(k);
    wait_for_first(k);
    *out = k;
    return true;
}

void sw_metadata_keys_close(sw_metadata_keys *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    k->closing = true;
    pthread_mutex_unlock(&k->lock);
    if (k->caller != NULL)
        sw_caller_close(k->caller);
    pthread_cond_destroy(&k->asked);
    pthread_mutex_destroy(&k->lock);
    sw_arena_clear(&k->arena);
    free(k);
}
