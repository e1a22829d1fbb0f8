// key_source.c: see key_source.h.
//
//   ask -> (instance: token -> role) -> keys -> wait until they are about to expire -> ask
//
// A process is waited for by a thread of its own (key_process.c).

#define _GNU_SOURCE
#include "integrations/aws/key_source.h"

#include "base/assert.h"
#include "base/note.h"
#include "integrations/aws/key_process.h"
#include "integrations/aws/parts.h"
#include "integrations/aws/read.h"
#include "integrations/job.h"
#include "json/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_WAIT_S     5
#define TIMEOUT_MS       2000
#define STS_TIMEOUT_MS   10000
#define AGAIN_MS         10000  // after a failure
#define MARGIN_MS        300000 // before they expire
#define PAUSE_MS_MIN     60000
#define PAUSE_MS_MAX     3600000
#define ANSWER_BYTES_MAX 65536u
#define TOKEN_BYTES_MAX  16384u

struct sw_key_source {
    sw_aws     *aws;
    sw_caller  *caller;
    const char *from;
    void (*ask)(sw_key_source *k);
    sw_key_process *process; // under way, or NULL
    sw_arena        arena;   // of one asking
    const char     *base;    // instance: where the service is
    sw_str          token;   // instance: of this session
    pthread_mutex_t lock;
    pthread_cond_t  asked;
    bool            answered, closing;
};

static void ask(sw_key_source *k);
static void end_process(sw_key_source *k);

// What has come -----------------------------------------------------------------------------------

static void begin_again(void *who, const sw_call_answer *answer)
{
    if (answer->outcome == SW_CALL_WAITED)
        ask(who);
}

static void done(sw_key_source *k, int64_t pause_ms)
{
    pthread_mutex_lock(&k->lock);
    k->answered = true;
    pthread_cond_broadcast(&k->asked);
    bool closing = k->closing;
    pthread_mutex_unlock(&k->lock);
    if (!closing)
        sw_caller_wait(k->caller, pause_ms, begin_again, k);
}

static void fail(sw_key_source *k, const char *why)
{
    SW_NOTE(SW_NOTE_WARN, "no credentials were given", SW_NOTE_TEXT("from", sw_str_from(k->from)),
            SW_NOTE_TEXT("reason", sw_str_from(why)));
    done(k, AGAIN_MS);
}

static bool is_good(sw_key_source *k, const sw_call_answer *answer)
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

// token: what the member is called that has the session's.
static void take_keys(sw_key_source *k, sw_value value, const char *token)
{
    sw_aws_keys keys = {sw_aws_text(value, "AccessKeyId"), sw_aws_text(value, "SecretAccessKey"),
                        sw_aws_text(value, token)};
    if (keys.key.bytes == 0 || keys.secret.bytes == 0) {
        fail(k, "there are no keys in what came");
        return;
    }
    sw_aws_give_keys(k->aws, &keys);
    done(k, pause_of(value));
}

static void got_keys(void *who, const sw_call_answer *answer)
{
    sw_key_source *k = who;
    sw_value       value = sw_undefined();
    if (!is_good(k, answer))
        return;
    sw_json_parse(&k->arena, answer->body, 0, &value, NULL);
    take_keys(k, value, "Token");
}

// Asking ------------------------------------------------------------------------------------------

static void call(sw_key_source *k, const char *method, const char *url, sw_call_header header,
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

static const char *variable(const sw_key_source *k, const char *name)
{
    const char *value = k->aws->options.variable(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static sw_call_header token_header(const sw_key_source *k)
{
    return (sw_call_header){SW_STR("X-aws-ec2-metadata-token"), k->token};
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static void got_role(void *who, const sw_call_answer *answer)
{
    sw_key_source *k = who;
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
    sw_key_source *k = who;
    if (!is_good(k, answer))
        return;
    k->token = sw_str_copy(&k->arena, answer->body);
    call(k, "GET", sw_str_format(&k->arena, "%s" ROLES, k->base).text, token_header(k), got_role);
}

static void ask_instance(sw_key_source *k)
{
    const char *given = variable(k, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    k->base = given != NULL ? given : "http://169.254.169.254";
    call(k, "PUT", sw_str_format(&k->arena, "%s/latest/api/token", k->base).text,
         (sw_call_header){SW_STR("X-aws-ec2-metadata-token-ttl-seconds"), SW_STR("21600")},
         got_token);
}

static sw_str read_file(sw_key_source *k, const char *name)
{
    FILE  *file = fopen(name, "re");
    char  *text = sw_arena_alloc(&k->arena, TOKEN_BYTES_MAX);
    size_t bytes = file == NULL ? 0 : fread(text, 1, TOKEN_BYTES_MAX, file);
    if (file != NULL)
        fclose(file);
    return sw_str_trim((sw_str){text, bytes});
}

// EKS replaces the file from time to time.
static sw_str read_token(sw_key_source *k)
{
    const char *name = variable(k, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = variable(k, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    sw_str      text = name == NULL ? (sw_str){"", 0} : read_file(k, name);
    return text.bytes > 0 ? text : sw_str_from(given == NULL ? "" : given);
}

static void ask_container(sw_key_source *k)
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

// Web identity ------------------------------------------------------------------------------------

static bool find_operation(const sw_key_source *k, sw_aws_operation *operation)
{
    const sw_aws_service *sts =
        sw_aws_models_find(sw_aws_get_models(k->aws), SW_STR("sts"), SW_AWS_NAMES_API);
    return sts != NULL &&
           sw_aws_find_operation(sts, SW_STR("assumeRoleWithWebIdentity"), operation);
}

static void got_session(void *who, const sw_call_answer *answer)
{
    sw_key_source   *k = who;
    sw_aws_operation operation;
    sw_value         result = sw_undefined();
    if (!is_good(k, answer))
        return;
    if (find_operation(k, &operation))
        sw_aws_read_result(&operation, answer, &k->arena, &result);
    take_keys(k, sw_value_get(result, SW_STR("Credentials")), "SessionToken");
}

static sw_value make_input(sw_key_source *k, const char *role, sw_str token)
{
    const char *session = variable(k, "AWS_ROLE_SESSION_NAME");
    sw_members  m = sw_members_begin(&k->arena, 3);
    sw_members_add(&m, "RoleArn", sw_string(sw_str_from(role)));
    sw_members_add(&m, "RoleSessionName",
                   sw_string(sw_str_from(session != NULL ? session : "stepwell")));
    sw_members_add(&m, "WebIdentityToken", sw_string(token));
    return sw_members_end(&m);
}

static void ask_web_identity(sw_key_source *k)
{
    const char      *role = variable(k, "AWS_ROLE_ARN");
    const char      *name = variable(k, "AWS_WEB_IDENTITY_TOKEN_FILE");
    sw_aws_operation operation;
    sw_call_request  request;
    sw_aws_trouble   trouble;
    sw_str           token = name == NULL ? (sw_str){"", 0} : read_file(k, name);
    if (role == NULL || token.bytes == 0) {
        fail(k, "AWS_ROLE_ARN is not set, or no token is in AWS_WEB_IDENTITY_TOKEN_FILE");
        return;
    }
    if (!find_operation(k, &operation)) {
        fail(k, "there is no model of STS");
        return;
    }
    sw_aws_call what = {.operation = &operation,
                        .input = make_input(k, role, token),
                        .token = SW_STR(""),
                        .endpoint = SW_STR(""),
                        .now_ms = sw_job_now_ms()};
    if (!sw_aws_make_request(k->aws, &what, &k->arena, &request, &trouble)) {
        fail(k, sw_str_copy(&k->arena, trouble.message).text);
        return;
    }
    request.timeout_ms = STS_TIMEOUT_MS;
    request.done = got_session;
    request.who = k;
    sw_caller_submit(k->caller, &request);
}

// A process ---------------------------------------------------------------------------------------

// On the process' own thread
static void process_ended(void *who, sw_str printed, const char *trouble)
{
    sw_key_source *k = who;
    sw_value       value = sw_undefined();
    if (trouble != NULL) {
        fail(k, trouble);
        return;
    }
    sw_json_parse(&k->arena, sw_str_copy(&k->arena, printed), 0, &value, NULL);
    take_keys(k, value, "SessionToken");
}

static void ask_process(sw_key_source *k)
{
    sw_str command = sw_aws_find_process(k->aws, &k->arena);
    if (command.bytes == 0)
        fail(k, "the profile has no credential_process");
    else
        k->process = sw_key_process_start(command, process_ended, k);
}

static void end_process(sw_key_source *k)
{
    sw_key_process_end(k->process);
    k->process = NULL;
}

static const struct {
    const char *name;
    void (*ask)(sw_key_source *k);
} sources[] = {{"container", ask_container},
               {"instance", ask_instance},
               {"web-identity", ask_web_identity},
               {"process", ask_process}};

static void ask(sw_key_source *k)
{
    end_process(k); // the last one, which has ended
    sw_arena_reset(&k->arena);
    k->ask(k);
}

// Opening and closing -----------------------------------------------------------------------------

static void wait_for_first(sw_key_source *k)
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

bool sw_key_source_open(sw_aws *aws, const char *from, sw_key_source **out, sw_error *err)
{
    sw_key_source *k = calloc(1, sizeof *k);
    SW_ASSERT(k != NULL);
    k->aws = aws;
    k->from = from;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (strcmp(from, sources[i].name) == 0)
            k->ask = sources[i].ask;
    }
    SW_ASSERT(k->ask != NULL); // an option's choice
    sw_arena_init(&k->arena);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->asked, NULL);
    if (!sw_caller_open(&(sw_caller_options){.connections_max = 1}, &k->caller, err)) {
        sw_key_source_close(k);
        return false;
    }
    ask(k);
    wait_for_first(k);
    *out = k;
    return true;
}

void sw_key_source_close(sw_key_source *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    k->closing = true;
    pthread_mutex_unlock(&k->lock);
    end_process(k);
    if (k->caller != NULL)
        sw_caller_close(k->caller);
    pthread_cond_destroy(&k->asked);
    pthread_mutex_destroy(&k->lock);
    sw_arena_clear(&k->arena);
    free(k);
}
