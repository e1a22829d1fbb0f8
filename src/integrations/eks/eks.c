// eks.c: a call of Kubernetes' API, there and back.

#include "integrations/eks/eks.h"

#include "integrations/aws/roles.h"
#include "integrations/aws/text.h"
#include "json/members.h"

#include <stdio.h>

#define TOKEN_BYTES_MAX 16384u

// Which tasks -------------------------------------------------------------------------------------

static bool knows(const sw_runner_options *options, sw_str resource)
{
    static const char *const actions[] = {":eks:call", ":eks:call.waitForTaskToken", ":eks:runJob",
                                          ":eks:runJob.sync", ":eks:runJob.waitForTaskToken"};
    (void)options;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (sw_str_ends(resource, actions[i]))
            return true;
    }
    return false;
}

static bool is_run_job(const sw_outside_task *task)
{
    return sw_str_begins(task->action, "runJob");
}

static bool takes(const sw_outside_task *task)
{
    bool ours =
        sw_str_is(task->action, "call") || sw_str_begins(task->action, "call.") || is_run_job(task);
    return task->kind == SW_TASK_SERVICE && sw_str_is(task->resource_type, "eks") && ours;
}

// Answers -----------------------------------------------------------------------------------------

sw_str sw_eks_print_answer(const sw_call_answer *answer, sw_arena *arena)
{
    sw_members m = sw_members_begin(arena, 3);
    sw_members_add(&m, "ResponseBody", sw_http_read_body(answer, arena));
    sw_members_add(&m, "StatusCode", sw_number(answer->status));
    sw_members_add(&m, "StatusText", sw_string(sw_str_copy(arena, answer->status_text)));
    return sw_json_print(arena, sw_members_end(&m));
}

// docs: EKS.401, and the answer as cause
void sw_eks_fail_answer(sw_job *job, const sw_call_answer *answer)
{
    sw_http_result result = {.fails = false};
    if (sw_http_is_answered(answer, SW_STR("EKS.SdkClientException"), "eks", &job->arena, &result))
        sw_job_fail(job, sw_str_format(&job->arena, "EKS.%u", answer->status),
                    sw_eks_print_answer(answer, &job->arena));
    else
        sw_job_fail(job, result.failure.error, result.failure.cause);
}

static void answered(sw_job *job, const sw_call_answer *answer)
{
    if (sw_call_is_good(answer))
        sw_job_succeed(job, sw_eks_print_answer(answer, &job->arena));
    else
        sw_eks_fail_answer(job, answer);
}

// Who calls ---------------------------------------------------------------------------------------

// Kubernetes replaces such a file from time to time.
static bool read_token(sw_job *job, sw_str *token)
{
    FILE *file = fopen(job->options->kubernetes_token, "re");
    char *text = sw_arena_alloc(&job->arena, TOKEN_BYTES_MAX);
    if (file == NULL)
        return false;
    size_t bytes = fread(text, 1, TOKEN_BYTES_MAX, file);
    fclose(file);
    while (bytes > 0 && (unsigned char)text[bytes - 1] <= ' ')
        bytes--;
    *token = (sw_str){text, bytes};
    return bytes > 0;
}

static bool make_token(sw_job *job, const sw_eks_task *task, sw_str *token, sw_str *why)
{
    sw_aws_role    role = sw_aws_role_of(job);
    sw_aws_trouble trouble;
    if (job->options->kubernetes_token != NULL) {
        *why = SW_STR("The file of --kubernetes-token cannot be read");
        return read_token(job, token);
    }
    bool ok = sw_aws_make_cluster_token(job->options->aws, task->cluster, &role, sw_job_now_ms(),
                                        &job->arena, token, &trouble);
    if (!ok)
        *why = trouble.message;
    return ok;
}

// Requests ----------------------------------------------------------------------------------------

// A list is a JSON Patch, an object a merge patch.
static const char *content_type(const sw_eks_task *task)
{
    if (strcmp(task->method, "PATCH") != 0)
        return "application/json";
    return *task->body.text == '[' ? "application/json-patch+json" : "application/merge-patch+json";
}

static bool write_request(sw_job *job, sw_eks_task *task, sw_str token, sw_call_request *call)
{
    sw_http_request request = {.arena = &job->arena,
                               .service = SW_HTTP_SERVICE_EKS,
                               .failure = &task->failure,
                               .method = task->method,
                               .body = task->body};
    sw_members      m = sw_members_begin(&job->arena, 1);
    request.headers = SW_ARENA_ARRAY(&job->arena, sw_call_header, 4);
    request.url = sw_http_append_path(&job->arena, task->endpoint, task->path);
    request.parameters = task->parameters; // for messages
    if (!sw_http_check_url(&request, "Endpoint", request.url))
        return false;
    sw_members_add(&m, "QueryParameters", task->query);
    request.parameters = sw_members_end(&m);
    if (!sw_http_read_query(&request, NULL, NULL))
        return false;
    sw_http_add_header(&request, SW_STR("Authorization"),
                       sw_str_format(&job->arena, "Bearer %.*s", SW_STR_ARG(token)));
    sw_http_add_header(&request, SW_STR("Accept"), SW_STR("application/json"));
    if (task->body.text != NULL)
        sw_http_add_header(&request, SW_STR("Content-Type"), sw_str_from(content_type(task)));
    if (!sw_http_make_call(&request, job->options, call))
        return false;
    call->ca = task->ca;
    return true;
}

static void send_call(sw_job *job)
{
    sw_eks_task    *task = job->state;
    sw_call_request call;
    sw_str          token, why;
    if (!make_token(job, task, &token, &why))
        sw_job_fail(job, SW_STR("EKS.SdkClientException"), why);
    else if (!write_request(job, task, token, &call))
        sw_job_fail(job, task->failure.error, task->failure.cause);
    else
        sw_job_call(job, &call, task->answered);
}

void sw_eks_send(sw_job *job)
{
    if (job->options->kubernetes_token != NULL)
        send_call(job);
    else
        sw_aws_take_role(job, NULL, send_call);
}

// Parameters --------------------------------------------------------------------------------------

static bool read_cluster(sw_http_request *request, sw_eks_task *task)
{
    sw_str authority;
    if (!sw_http_need_text(request, request->parameters, "ClusterName", &task->cluster) ||
        !sw_http_need_text(request, request->parameters, "CertificateAuthority", &authority) ||
        !sw_http_need_text(request, request->parameters, "Endpoint", &task->endpoint))
        return false;
    bool ok = sw_base64_decode(request->arena, authority, &task->ca) && task->ca.bytes > 0;
    for (size_t i = 0; ok && i < task->cluster.bytes; i++)
        ok = (unsigned char)task->cluster.text[i] >= ' ';
    return ok || sw_http_refuse_format(request, "CertificateAuthority");
}

// An object, or its text
static bool read_body(sw_http_request *request, const char *field, sw_str *body)
{
    sw_value value = sw_value_get(request->parameters, sw_str_from(field));
    *body = (sw_str){NULL, 0};
    if (value.type == SW_STRING)
        *body = sw_value_str(value);
    else if (value.type != SW_UNDEFINED && value.type != SW_NULL)
        *body = sw_json_print(request->arena, value);
    return body->text == NULL || body->bytes > 0 || sw_http_refuse_format(request, field);
}

static bool read_call(sw_http_request *request, sw_eks_task *task)
{
    if (!sw_http_read_method(request) ||
        !sw_http_need_text(request, request->parameters, "Path", &task->path) ||
        !read_body(request, "RequestBody", &task->body))
        return false;
    task->method = request->method;
    task->query = sw_value_get(request->parameters, SW_STR("QueryParameters"));
    return strcmp(task->method, "OPTIONS") != 0 || sw_http_refuse_format(request, "Method");
}

static bool read_job(sw_http_request *request, sw_eks_task *task)
{
    if (!sw_http_read_text(request, request->parameters, "Namespace", &task->space) ||
        !read_body(request, "Job", &task->body))
        return false;
    if (task->space.bytes == 0)
        task->space = SW_STR("default");
    return task->body.text != NULL ||
           sw_http_refuse(request, "The field 'Job' is required but was missing");
}

static void start(sw_job *job)
{
    sw_eks_task    *task = SW_ARENA_NEW(&job->arena, sw_eks_task);
    sw_http_request request;
    job->state = task;
    bool ok = sw_http_begin(&request, SW_HTTP_SERVICE_EKS, job->task.parameters, &job->arena,
                            &task->failure) &&
              read_cluster(&request, task) &&
              (is_run_job(&job->task) ? read_job(&request, task) : read_call(&request, task));
    task->parameters = request.parameters;
    task->answered = answered;
    if (!ok)
        sw_job_fail(job, task->failure.error, task->failure.cause);
    else if (!is_run_job(&job->task))
        sw_eks_send(job);
    else if (job->task.submission.text != NULL)
        sw_eks_watch_job(job);
    else
        sw_eks_submit_job(job);
}

static void cancel(sw_job *job)
{
    const sw_eks_task *task = job->state;
    if (task != NULL && task->name.bytes > 0)
        sw_eks_delete_job(job);
    else
        sw_job_succeed(job, SW_STR("")); // reports nothing
}

const sw_integration sw_integration_eks = {
    .knows = knows, .takes = takes, .start = start, .cancel = cancel};
