// api_gateway.c: apigateway:invoke, a call of one's own API.
//
// aws: recorded; RequestBody is sent as JSON, a text too, and null as nothing.

#include "integrations/aws/roles.h"
#include "integrations/http/http.h"

static bool knows(const sw_runner_options *options, sw_str resource)
{
    (void)options;
    return sw_str_ends(resource, ":apigateway:invoke") ||
           sw_str_ends(resource, ":apigateway:invoke.waitForTaskToken");
}

static bool takes(const sw_outside_task *task)
{
    return task->kind == SW_TASK_SERVICE && sw_str_is(task->resource_type, "apigateway") &&
           (sw_str_is(task->action, "invoke") ||
            sw_str_is(task->action, "invoke.waitForTaskToken"));
}

// The request -------------------------------------------------------------------------------------

// docs: a host's name; here with a scheme, too, for endpoints that are not AWS's.
static sw_str complete(sw_arena *arena, sw_str endpoint)
{
    for (size_t i = 0; i + 3 <= endpoint.bytes; i++) {
        if (memcmp(endpoint.text + i, "://", 3) == 0)
            return endpoint;
    }
    return sw_str_format(arena, "https://%.*s", SW_STR_ARG(endpoint));
}

static bool make_url(sw_http_request *request)
{
    sw_str endpoint, stage, path;
    if (!sw_http_need_text(request, request->parameters, "ApiEndpoint", &endpoint) ||
        !sw_http_read_text(request, request->parameters, "Stage", &stage) ||
        !sw_http_read_text(request, request->parameters, "Path", &path))
        return false;
    sw_str url = complete(request->arena, endpoint);
    url = sw_http_append_path(request->arena, url, stage);
    request->url = sw_http_append_path(request->arena, url, path);
    return sw_http_check_url(request, "ApiEndpoint", request->url);
}

// RESOURCE_POLICY lets in AWS's Step Functions itself, which nobody else can be.
static bool read_auth_type(sw_http_request *request, bool *is_signed)
{
    sw_str type;
    if (!sw_http_read_text(request, request->parameters, "AuthType", &type))
        return false;
    *is_signed = sw_str_is(type, "IAM_ROLE");
    if (type.text == NULL || *is_signed || sw_str_is(type, "NO_AUTH"))
        return true;
    return sw_http_refuse(request,
                          "Stepwell calls APIs with the AuthType NO_AUTH or IAM_ROLE, not '%.*s'",
                          SW_STR_ARG(type));
}

// docs: without AllowNullValues what is null is left out, at the top and below.
static sw_value without_nulls(sw_value value, sw_arena *arena)
{
    uint32_t  count = 0;
    sw_value *items, *kept;
    if (value.type != SW_OBJECT)
        return value;
    kept = SW_ARENA_ARRAY(arena, sw_value, 2 * (size_t)value.size + 1);
    for (uint32_t i = 0; i < value.size; i++) {
        if (sw_value_member(value, i).type == SW_NULL)
            continue;
        kept[2 * count] = value.items[2 * i];
        kept[2 * count + 1] = without_nulls(sw_value_member(value, i), arena);
        count++;
    }
    sw_value object = sw_object_build(arena, count, &items);
    memcpy(items, kept, 2 * (size_t)count * sizeof *items);
    return object;
}

static bool make_body(sw_http_request *request)
{
    sw_value body = sw_value_get(request->parameters, SW_STR("RequestBody"));
    sw_value nulls = sw_value_get(request->parameters, SW_STR("AllowNullValues"));
    if (body.type == SW_UNDEFINED || body.type == SW_NULL)
        return true;
    if (strcmp(request->method, "HEAD") == 0)
        return sw_http_refuse(request, "A HEAD request cannot have a RequestBody here");
    if (!sw_value_is_true(nulls))
        body = without_nulls(body, request->arena);
    request->body = sw_json_print(request->arena, body);
    if (!sw_http_has_header(request, "Content-Type"))
        sw_http_add_header(request, SW_STR("Content-Type"), SW_STR("application/json"));
    return true;
}

typedef struct invocation {
    sw_http_request request;
    sw_failure      failure;
    bool            is_signed;
} invocation;

static bool write_request(sw_job *job, invocation *in)
{
    sw_http_request *request = &in->request;
    return sw_http_begin(request, SW_HTTP_SERVICE_API_GATEWAY, job->task.parameters, &job->arena,
                         &in->failure) &&
           make_url(request) && sw_http_read_method(request) &&
           read_auth_type(request, &in->is_signed) && sw_http_read_headers(request, NULL, NULL) &&
           sw_http_read_query(request, NULL, NULL) && make_body(request);
}

// The job -----------------------------------------------------------------------------------------

static void answered(sw_job *job, const sw_call_answer *answer)
{
    sw_http_result result;
    sw_api_gateway_read_answer(answer, &job->arena, &result);
    if (result.fails)
        sw_job_fail(job, result.failure.error, result.failure.cause);
    else
        sw_job_succeed(job, result.output);
}

static void send_call(sw_job *job)
{
    invocation     *in = job->state;
    sw_call_request call;
    sw_aws_trouble  trouble;
    sw_aws_role     role = sw_aws_role_of(job);
    if (!sw_http_make_call(&in->request, job->options, &call))
        sw_job_fail(job, in->failure.error, in->failure.cause);
    else if (in->is_signed && !sw_aws_sign_request(job->options->aws, "execute-api", &role,
                                                   sw_job_now_ms(), &job->arena, &call, &trouble))
        sw_job_fail(job, SW_STR("ApiGateway.SdkClientException"), trouble.message);
    else
        sw_job_call(job, &call, answered);
}

static void start(sw_job *job)
{
    invocation *in = SW_ARENA_NEW(&job->arena, invocation);
    job->state = in;
    if (!write_request(job, in))
        sw_job_fail(job, in->failure.error, in->failure.cause);
    else if (in->is_signed)
        sw_aws_take_role(job, NULL, send_call);
    else
        send_call(job);
}

const sw_integration sw_integration_api_gateway = {.knows = knows, .takes = takes, .start = start};
