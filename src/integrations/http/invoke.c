// invoke.c: the job of an HTTP Task: a token first where OAuth wants one, then the call.
//
// Redirects are not followed: each is another address, and the connection's secrets are for the one
// that was named. 429 and 503 are the state's Retry's.

#include "integrations/http/http.h"

static bool knows(const sw_runner_options *options, sw_str resource)
{
    static const char end[] = ":http:invoke";
    size_t            bytes = sizeof end - 1;
    (void)options;
    return resource.bytes > bytes &&
           memcmp(resource.text + resource.bytes - bytes, end, bytes) == 0;
}

static bool takes(const sw_outside_task *task)
{
    return task->kind == SW_TASK_SERVICE && sw_str_is(task->resource_type, "http") &&
           sw_str_is(task->action, "invoke");
}

// What the job keeps while it waits.
typedef struct invocation {
    const sw_connection *connection;
    sw_http_request      request;
    sw_failure           failure;
} invocation;

// TestState wants to see what was sent; without revealSecrets the connection's part is not shown.
static void show(sw_job *job, const invocation *in, const sw_call_answer *answer)
{
    sw_http_request shown = in->request;
    sw_failure      failure;
    if (job->task.trace == SW_TRACE_NONE)
        return;
    if (job->task.trace == SW_TRACE_REDACTED &&
        !sw_http_write_request(&job->task, sw_connection_redact(in->connection, &job->arena),
                               SW_STR(""), job->options->region, &job->arena, &shown, &failure))
        return;
    sw_job_trace(job, sw_http_show_request(&shown), sw_http_show_answer(&shown, answer));
}

static void answered(sw_job *job, const sw_call_answer *answer)
{
    invocation    *in = job->state;
    sw_http_result result;
    if (in->connection->kind == SW_CONNECTION_OAUTH && answer->status == 401)
        sw_connection_drop_token(in->connection);
    sw_http_read_answer(answer, &job->arena, &result);
    show(job, in, answer);
    if (result.fails)
        sw_job_fail(job, result.failure.error, result.failure.cause);
    else
        sw_job_succeed(job, result.output);
}

static void call(sw_job *job, sw_str token)
{
    invocation     *in = job->state;
    sw_call_request request;
    if (sw_http_write_request(&job->task, in->connection, token, job->options->region, &job->arena,
                              &in->request, &in->failure) &&
        sw_http_make_call(&in->request, job->options, &request))
        sw_job_call(job, &request, answered);
    else
        sw_job_fail(job, in->failure.error, in->failure.cause);
}

static void start(sw_job *job)
{
    invocation *in = SW_ARENA_NEW(&job->arena, invocation);
    job->state = in;
    in->connection =
        sw_http_find_connection(job->options->connections, &job->task, &job->arena, &in->failure);
    if (in->connection == NULL)
        sw_job_fail(job, in->failure.error, in->failure.cause);
    else if (in->connection->kind == SW_CONNECTION_OAUTH)
        sw_http_get_token(job, in->connection, call);
    else
        call(job, SW_STR(""));
}

const sw_integration sw_integration_http = {.knows = knows, .takes = takes, .start = start};
