// aws.c: an action and its input, written, addressed and signed.

#include "base/assert.h"
#include "base/grow.h"
#include "base/sigv4.h"
#include "integrations/aws/parts.h"

#include <stdlib.h>

#define TIMEOUT_MS       (60 * 1000)
#define LONG_TIMEOUT_MS  (16 * 60 * 1000)   // of what may run for a quarter of an hour
#define ANSWER_BYTES_MAX (8u * 1024 * 1024) // the engine refuses what is too large for a state

// Life --------------------------------------------------------------------------------------------

static const char *copy_text(sw_arena *arena, const char *text)
{
    return text == NULL ? NULL : sw_str_copy(arena, sw_str_from(text)).text;
}

static void copy_options(sw_aws *aws, const sw_aws_options *options)
{
    sw_aws_options *own = &aws->options;
    *own = *options;
    own->account = sw_str_copy(&aws->arena, own->account);
    own->region = sw_str_copy(&aws->arena, own->region);
    own->lambda_endpoint = sw_str_copy(&aws->arena, own->lambda_endpoint);
    own->own_endpoint = copy_text(&aws->arena, own->own_endpoint);
    own->own_key = copy_text(&aws->arena, own->own_key);
    own->own_secret = copy_text(&aws->arena, own->own_secret);
}

bool sw_aws_open(const sw_aws_options *options, sw_aws **out, sw_error *err)
{
    sw_aws *aws = calloc(1, sizeof *aws);
    SW_ASSERT(aws != NULL);
    sw_arena_init(&aws->arena);
    sw_arena_init(&aws->keys_arena);
    sw_arena_init(&aws->given_arena);
    for (size_t i = 0; i < SW_AWS_SESSIONS; i++)
        sw_arena_init(&aws->sessions[i].arena);
    pthread_mutex_init(&aws->lock, NULL);
    copy_options(aws, options);
    if (!sw_aws_models_open(options->models_file, &aws->models, err)) {
        sw_aws_close(aws);
        return false;
    }
    *out = aws;
    return true;
}

void sw_aws_close(sw_aws *aws)
{
    if (aws == NULL)
        return;
    sw_aws_models_close(aws->models);
    pthread_mutex_destroy(&aws->lock);
    for (size_t i = 0; i < SW_AWS_SESSIONS; i++)
        sw_arena_clear(&aws->sessions[i].arena);
    sw_arena_clear(&aws->given_arena);
    sw_arena_clear(&aws->keys_arena);
    sw_arena_clear(&aws->arena);
    free(aws);
}

sw_aws_models *sw_aws_get_models(sw_aws *aws)
{
    return aws->models;
}

// S3's buckets ------------------------------------------------------------------------------------

static bool is_host_name(sw_str bucket)
{
    for (size_t i = 0; i < bucket.bytes; i++) {
        char c = bucket.text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return bucket.bytes >= 3 && bucket.bytes <= 63;
}

// At AWS a bucket is part of the host's name, where it can be one: /bucket/key -> /key
static void move_bucket(sw_aws_address *address, sw_aws_message *message, sw_arena *arena)
{
    sw_str      path = message->path;
    const char *end = path.text + path.bytes;
    const char *slash = path.bytes > 1 ? memchr(path.text + 1, '/', path.bytes - 1) : NULL;
    sw_str      bucket = {path.text + 1, (size_t)((slash == NULL ? end : slash) - path.text - 1)};
    if (path.bytes <= 1 || !is_host_name(bucket))
        return;
    address->host =
        sw_str_format(arena, "%.*s.%.*s", SW_STR_ARG(bucket), SW_STR_ARG(address->host));
    message->path = slash == NULL ? SW_STR("/") : (sw_str){slash, (size_t)(end - slash)};
}

// The call ----------------------------------------------------------------------------------------

static bool trouble_is(sw_aws_trouble *trouble, sw_aws_trouble_kind kind, sw_str message)
{
    *trouble = (sw_aws_trouble){kind, message};
    return false;
}

static bool find_address(const sw_aws *aws, const sw_aws_call *call, sw_arena *arena,
                         sw_aws_message *message, sw_aws_address *address, sw_aws_trouble *trouble)
{
    const sw_aws_service *service = call->operation->service;
    if (!sw_aws_find_address(aws, service, call->endpoint, arena, address))
        return trouble_is(
            trouble, SW_AWS_TROUBLE_CLIENT,
            sw_str_format(arena, "The endpoint of %.*s is no URL", SW_STR_ARG(service->name)));
    if (address->own || call->endpoint.bytes > 0)
        return true;
    if (message->host_prefix.bytes > 0)
        address->host = sw_str_format(arena, "%.*s%.*s", SW_STR_ARG(message->host_prefix),
                                      SW_STR_ARG(address->host));
    if (sw_str_is(service->name, "s3"))
        move_bucket(address, message, arena);
    return true;
}

static bool is_long(const sw_aws_service *service)
{
    static const char *const names[] = {"lambda", "sfn", "bedrockruntime", "sagemakerruntime"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (sw_str_is(service->name, names[i]))
            return true;
    }
    return false;
}

static void fill(const sw_aws_call *call, const sw_aws_address *address,
                 const sw_aws_message *message, sw_arena *arena, sw_call_request *request)
{
    const char *mark = message->query.bytes > 0 ? "?" : "";
    *request = (sw_call_request){
        .method = message->method,
        .url = sw_str_format(arena, "%.*s://%.*s%.*s%.*s%s%.*s", SW_STR_ARG(address->scheme),
                             SW_STR_ARG(address->host), SW_STR_ARG(address->path),
                             SW_STR_ARG(message->path), mark, SW_STR_ARG(message->query)),
        .headers = message->items,
        .header_count = message->count,
        .body = message->body,
        .timeout_ms = is_long(call->operation->service) ? LONG_TIMEOUT_MS : TIMEOUT_MS,
        .answer_bytes_max = ANSWER_BYTES_MAX};
}

bool sw_aws_need_keys(const sw_aws_keys *keys, sw_aws_trouble *trouble)
{
    if (keys->key.bytes == 0)
        return trouble_is(trouble, SW_AWS_TROUBLE_CLIENT,
                          SW_STR("Unable to load credentials from any of the providers in the "
                                 "chain: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or "
                                 "AWS_PROFILE, or give the endpoint of another server with "
                                 "AWS_ENDPOINT_URL"));
    if (keys->secret.bytes > SW_SIGV4_SECRET_BYTES_MAX)
        return trouble_is(trouble, SW_AWS_TROUBLE_CLIENT,
                          SW_STR("The secret access key is too long to be one"));
    return true;
}

static bool sign(sw_aws *aws, const sw_aws_call *call, const sw_aws_address *address,
                 sw_arena *arena, sw_aws_message *message, sw_aws_trouble *trouble)
{
    if (sw_aws_flag(call->operation->model, "unsigned"))
        return true;
    sw_aws_keys keys = sw_aws_find_keys(aws, address, &call->role, call->now_ms, arena);
    if (!sw_aws_need_keys(&keys, trouble))
        return false;
    sw_aws_sign(call->operation->service, address, &keys, call->now_ms, arena, message);
    return true;
}

bool sw_aws_finish_request(sw_aws *aws, const sw_aws_call *call, sw_aws_message *message,
                           sw_arena *arena, sw_call_request *request, sw_aws_trouble *trouble)
{
    sw_aws_address address;
    sw_call_header agent = {SW_STR("User-Agent"), SW_STR("stepwell/" SW_VERSION)};
    SW_PUSH(arena, message, agent);
    if (!find_address(aws, call, arena, message, &address, trouble) ||
        !sign(aws, call, &address, arena, message, trouble))
        return false;
    fill(call, &address, message, arena, request);
    return true;
}

bool sw_aws_make_request(sw_aws *aws, const sw_aws_call *call, sw_arena *arena,
                         sw_call_request *request, sw_aws_trouble *trouble)
{
    sw_aws_message message;
    sw_str         problem;
    if (!sw_aws_write(call->operation, call->input, call->token, arena, &message, &problem))
        return trouble_is(trouble, SW_AWS_TROUBLE_PARAMETERS, problem);
    if (call->body.text != NULL)
        message.body = call->body;
    return sw_aws_finish_request(aws, call, &message, arena, request, trouble);
}
