// failure.c: what became of a call that did not succeed, in the words of the SDK that Step
// Functions uses: version 1 for optimized integrations, version 2 for aws-sdk.

#include "integrations/aws/read.h"
#include "integrations/aws/task.h"

#include "base/utf8.h"

static sw_str prefix_of(const sw_aws_target *target)
{
    return target->optimized != NULL ? sw_str_from(target->optimized->prefix)
                                     : target->operation.service->prefix;
}

static void fail(sw_job *job, sw_str exception, sw_str cause)
{
    const sw_aws_task *task = job->state;
    sw_str             prefix = prefix_of(&task->target);
    sw_job_fail(job,
                sw_str_format(&job->arena, "%.*s.%.*s", SW_STR_ARG(prefix), SW_STR_ARG(exception)),
                cause);
}

// Before there was a call -------------------------------------------------------------------------

void sw_aws_fail_trouble(sw_job *job, const sw_aws_trouble *trouble)
{
    if (trouble->kind == SW_AWS_TROUBLE_CLIENT) {
        fail(job, SW_STR("SdkClientException"), trouble->message);
        return;
    }
    sw_job_fail(job, SW_STR("States.Runtime"),
                sw_str_format(&job->arena,
                              "The Parameters '%.*s' could not be used to start the Task: [%.*s]",
                              SW_STR_ARG(job->task.parameters), SW_STR_ARG(trouble->message)));
}

// No answer ---------------------------------------------------------------------------------------

// aws: recorded; "no-such-host: Name or service not known"
static sw_str print_message(sw_job *job, const char *message)
{
    static const char unknown[] = "Could not resolve host: ";
    if (strncmp(message, unknown, sizeof unknown - 1) == 0)
        return sw_str_format(&job->arena, "%s: Name or service not known",
                             message + sizeof unknown - 1);
    return sw_str_copy(&job->arena, sw_str_from(message));
}

static void fail_unanswered(sw_job *job, const sw_call_answer *answer)
{
    sw_str message = SW_STR("the connection was given up");
    switch (answer->outcome) {
    case SW_CALL_TOO_LARGE:
        sw_job_fail(job, SW_STR("States.DataLimitExceeded"),
                    sw_str_format(&job->arena,
                                  "The state/task '%.*s' returned a result with a size exceeding "
                                  "the maximum number of bytes service limit.",
                                  SW_STR_ARG(job->task.resource_type)));
        return;
    case SW_CALL_REFUSED:
        message = SW_STR("the address may not be called from this server");
        break;
    case SW_CALL_TIMED_OUT:
        message = SW_STR("Read timed out");
        break;
    case SW_CALL_FAILED:
        message = print_message(job, answer->message);
        break;
    case SW_CALL_ANSWERED:
    case SW_CALL_CANCELLED:
    case SW_CALL_WAITED:
        break;
    }
    message = sw_utf8_clean(&job->arena, message);
    fail(job, SW_STR("SdkClientException"),
         sw_str_format(&job->arena, "Unable to execute HTTP request: %.*s", SW_STR_ARG(message)));
}

// Errors of the service ---------------------------------------------------------------------------

static sw_str or_null(sw_str text)
{
    return text.text == NULL ? SW_STR("null") : text;
}

// Version 1: ... (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: x; Proxy:
// null)
static sw_str print_optimized(const sw_aws_optimized *row, const sw_aws_error *error,
                              unsigned status, sw_arena *arena)
{
    sw_str message = or_null(error->message), code = or_null(error->code),
           id = or_null(error->request_id);
    return sw_str_format(
        arena,
        "%.*s (Service: %s; Status Code: %u; Error Code: %.*s; Request ID: %.*s; Proxy: null)",
        SW_STR_ARG(message), row->shown, status, SW_STR_ARG(code), SW_STR_ARG(id));
}

// Version 2: ... (Service: S3, Status Code: 404, Request ID: x, Extended Request ID: y). aws:
// recorded, since 2025 for sfn, where it also counts its attempts.
static sw_str print_sdk(sw_str prefix, const sw_aws_error *error, unsigned status, sw_arena *arena)
{
    sw_str message = or_null(error->message), id = or_null(error->request_id), extended = {"", 0};
    if (error->extended_id.text != NULL)
        extended =
            sw_str_format(arena, ", Extended Request ID: %.*s", SW_STR_ARG(error->extended_id));
    return sw_str_format(arena, "%.*s (Service: %.*s, Status Code: %u, Request ID: %.*s%.*s)%s",
                         SW_STR_ARG(message), SW_STR_ARG(prefix), status, SW_STR_ARG(id),
                         SW_STR_ARG(extended),
                         sw_str_is(prefix, "Sfn") ? " (SDK Attempt Count: 1)" : "");
}

static void fail_service(sw_job *job, const sw_call_answer *answer)
{
    const sw_aws_task      *task = job->state;
    const sw_aws_optimized *row = task->target.optimized;
    sw_str                  prefix = prefix_of(&task->target), exception;
    sw_aws_error            error;
    sw_aws_read_error(task->target.operation.service, answer, &job->arena, &error);
    exception = error.name;
    if (exception.bytes == 0)
        exception = row != NULL ? sw_str_from(row->exception)
                                : sw_str_format(&job->arena, "%.*sException", SW_STR_ARG(prefix));
    fail(job, exception,
         row != NULL ? print_optimized(row, &error, answer->status, &job->arena)
                     : print_sdk(prefix, &error, answer->status, &job->arena));
}

void sw_aws_fail_answer(sw_job *job, const sw_call_answer *answer)
{
    if (answer->outcome != SW_CALL_ANSWERED)
        fail_unanswered(job, answer);
    else
        fail_service(job, answer);
}
