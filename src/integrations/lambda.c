// lambda.c: Lambda's Invoke, there and back.

#include "integrations/lambda.h"

#include "base/assert.h"
#include "base/grow.h"
#include "integrations/aws/parts.h"
#include "integrations/aws/roles.h"
#include "integrations/functions/functions.h"
#include "integrations/http/encode.h"

static bool fail(sw_failure *failure, const char *error, sw_str cause)
{
    *failure = (sw_failure){
        .has_error = true, .has_cause = true, .error = sw_str_from(error), .cause = cause};
    return false;
}

// Which tasks -------------------------------------------------------------------------------------

static sw_str part_of_arn(sw_str arn, unsigned index)
{
    const char *end = arn.text + arn.bytes, *at = arn.text;
    for (; index > 0 && at != NULL; index--) {
        at = memchr(at, ':', (size_t)(end - at));
        if (at != NULL)
            at++;
    }
    if (at == NULL)
        return (sw_str){"", 0};
    const char *colon = memchr(at, ':', (size_t)(end - at));
    return (sw_str){at, (size_t)((colon == NULL ? end : colon) - at)};
}

static bool knows(const sw_runner_options *options, sw_str resource)
{
    (void)options;
    if (!sw_str_begins(resource, "arn:"))
        return false;
    sw_str service = part_of_arn(resource, 2), kind = part_of_arn(resource, 5),
           action = part_of_arn(resource, 6);
    if (sw_str_is(service, "lambda"))
        return sw_str_is(kind, "function");
    return sw_str_is(service, "states") && sw_str_is(kind, "lambda") &&
           (sw_str_is(action, "invoke") || sw_str_is(action, "invoke.waitForTaskToken"));
}

static bool takes(const sw_outside_task *task)
{
    return task->kind == SW_TASK_LAMBDA ||
           (task->kind == SW_TASK_SERVICE && sw_str_is(task->resource_type, "lambda") &&
            sw_str_begins(task->action, "invoke"));
}

// The request -------------------------------------------------------------------------------------

// What a request asks for.
typedef struct invocation {
    sw_str function, qualifier, type, log, context; // empty: not given
    sw_str payload;
} invocation;

// A function of our own account and region goes by its name, which is all that some endpoints know
// (SAM).
static void shorten_arn(const sw_runner_options *options, invocation *in)
{
    if (!sw_str_begins(in->function, "arn:") ||
        !sw_str_equal(part_of_arn(in->function, 3), options->region) ||
        !sw_str_equal(part_of_arn(in->function, 4), options->account))
        return;
    sw_str name = part_of_arn(in->function, 6), qualifier = part_of_arn(in->function, 7);
    if (name.bytes == 0)
        return;
    in->function = name;
    if (in->qualifier.bytes == 0)
        in->qualifier = qualifier;
}

static sw_str print_path(const invocation *in, sw_arena *arena)
{
    return sw_str_format(arena, "/2015-03-31/functions/%.*s/invocations",
                         SW_STR_ARG(sw_url_encode(arena, in->function)));
}

static sw_str print_query(const invocation *in, sw_arena *arena)
{
    if (in->qualifier.bytes == 0)
        return (sw_str){"", 0};
    return sw_str_format(arena, "Qualifier=%.*s", SW_STR_ARG(sw_url_encode(arena, in->qualifier)));
}

static void add_header(sw_arena *arena, sw_aws_message *message, const char *name, sw_str value)
{
    sw_call_header header = {sw_str_from(name), value};
    if (value.bytes > 0)
        SW_PUSH(arena, message, header);
}

static sw_aws_message write_message(const invocation *in, sw_arena *arena)
{
    sw_aws_message message = {.method = "POST",
                              .path = print_path(in, arena),
                              .query = print_query(in, arena),
                              .body = in->payload};
    add_header(arena, &message, "Content-Type", SW_STR("application/json"));
    add_header(arena, &message, "X-Amz-Invocation-Type",
               in->type.bytes > 0 ? in->type : SW_STR("RequestResponse"));
    add_header(arena, &message, "X-Amz-Log-Type", in->log);
    add_header(arena, &message, "X-Amz-Client-Context", in->context);
    return message;
}

// Parameters --------------------------------------------------------------------------------------

// A header's line must end where we end it.
static bool is_one_line(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if ((unsigned char)text.text[i] < ' ')
            return false;
    }
    return true;
}

static bool read_text(sw_value parameters, const char *name, sw_arena *arena, sw_str *text,
                      sw_failure *failure)
{
    sw_value value = sw_value_get(parameters, sw_str_from(name));
    *text = (sw_str){"", 0};
    if (value.type == SW_UNDEFINED || value.type == SW_NULL)
        return true;
    *text = sw_value_str(value);
    if (value.type == SW_STRING && is_one_line(*text))
        return true;
    sw_str printed = sw_json_print(arena, parameters);
    return fail(
        failure, "States.Runtime",
        sw_str_format(
            arena,
            "The Parameters '%.*s' could not be used to start the Task: [The value of the field "
            "'%s' has an invalid format]",
            SW_STR_ARG(printed), name));
}

// aws: recorded; a payload that is a string of JSON is sent as that JSON, and null as nothing.
static sw_str print_payload(sw_value payload, sw_arena *arena)
{
    sw_value parsed;
    if (payload.type == SW_UNDEFINED || payload.type == SW_NULL)
        return (sw_str){"", 0};
    if (payload.type == SW_STRING && sw_json_parse(arena, sw_value_str(payload), 0, &parsed, NULL))
        return sw_value_str(payload);
    return sw_json_print(arena, payload);
}

static bool read_parameters(const sw_outside_task *task, sw_arena *arena, invocation *in,
                            sw_failure *failure)
{
    sw_value parameters;
    sw_error err;
    if (!sw_json_parse(arena, task->parameters, 0, &parameters, &err))
        return fail(failure, "States.Runtime", sw_str_copy(arena, sw_str_from(err.message)));
    if (!read_text(parameters, "FunctionName", arena, &in->function, failure) ||
        !read_text(parameters, "Qualifier", arena, &in->qualifier, failure) ||
        !read_text(parameters, "InvocationType", arena, &in->type, failure) ||
        !read_text(parameters, "LogType", arena, &in->log, failure) ||
        !read_text(parameters, "ClientContext", arena, &in->context, failure))
        return false;
    in->payload = print_payload(sw_value_get(parameters, SW_STR("Payload")), arena);
    if (in->function.bytes > 0)
        return true;
    return fail(
        failure, "States.Runtime",
        sw_str_format(
            arena,
            "The Parameters '%.*s' could not be used to start the Task: [The field 'FunctionName' "
            "is required but was missing]",
            SW_STR_ARG(task->parameters)));
}

static bool read_invocation(const sw_outside_task *task, sw_arena *arena, invocation *in,
                            sw_failure *failure)
{
    *in = (invocation){.function = task->resource, .payload = task->parameters};
    return task->kind == SW_TASK_LAMBDA || read_parameters(task, arena, in, failure);
}

// The job -----------------------------------------------------------------------------------------

static void answered(sw_job *job, const sw_call_answer *answer)
{
    sw_lambda_result result = {.output = {"", 0}};
    sw_lambda_read_answer(&job->task, answer, &job->arena, &result);
    if (result.failure.has_error)
        sw_job_fail(job, result.failure.error, result.failure.cause);
    else
        sw_job_succeed(job, result.output);
}

// Functions of our own --------------------------------------------------------------------------

static void on_function_done(void *who, const sw_call_answer *answer)
{
    sw_job_answer(who, answer);
}

// docs: an event is answered at once; what becomes of it nobody is told.
static void forget(void *who, const sw_call_answer *answer)
{
    (void)who;
    (void)answer;
}

static void call_function(sw_job *job, const invocation *in)
{
    bool             event = sw_str_is(in->type, "Event"), dry = sw_str_is(in->type, "DryRun");
    sw_function_call call = {.function = in->function,
                             .payload = in->payload,
                             .client_context = in->context,
                             .log_tail = sw_str_is(in->log, "Tail"),
                             .done = event ? forget : on_function_done,
                             .who = job};
    if (!sw_job_expect(job, answered))
        return;
    if (!dry)
        sw_functions_call(job->options->functions, &call); // the job may be gone, and in with it
    if (event || dry)
        sw_job_answer(job,
                      &(sw_call_answer){.outcome = SW_CALL_ANSWERED, .status = event ? 202 : 204});
}

// Elsewhere ---------------------------------------------------------------------------------------

static const sw_aws_service *find_service(const sw_job *job)
{
    return sw_aws_models_find(sw_aws_get_models(job->options->aws), SW_STR("lambda"),
                              SW_AWS_NAMES_API);
}

static void send_call(sw_job *job)
{
    invocation      *in = job->state;
    sw_aws_message   message;
    sw_aws_operation operation;
    sw_call_request  request;
    sw_aws_trouble   trouble;
    bool             found = sw_aws_find_operation(find_service(job), SW_STR("invoke"), &operation);
    SW_ASSERT(found); // it is in the binary
    sw_aws_call call = {.operation = &operation,
                        .role = sw_aws_role_of(job),
                        .endpoint = SW_STR(""),
                        .now_ms = sw_job_now_ms()};
    shorten_arn(job->options, in);
    message = write_message(in, &job->arena);
    if (sw_aws_finish_request(job->options->aws, &call, &message, &job->arena, &request, &trouble))
        sw_job_call(job, &request, answered);
    else
        sw_job_fail(job, SW_STR("Lambda.SdkClientException"),
                    sw_str_format(&job->arena, "%.*s; --functions runs functions here",
                                  SW_STR_ARG(trouble.message)));
}

// A function that is not here may be where the endpoint is.
static bool is_ours(sw_job *job, const invocation *in)
{
    const sw_runner_options *options = job->options;
    return options->functions != NULL &&
           (sw_functions_have(options->functions, in->function) ||
            sw_aws_is_amazon(options->aws, find_service(job), &job->arena));
}

static void start(sw_job *job)
{
    invocation *in = SW_ARENA_NEW(&job->arena, invocation);
    sw_failure  failure;
    job->state = in;
    if (!read_invocation(&job->task, &job->arena, in, &failure))
        sw_job_fail(job, failure.error, failure.cause);
    else if (is_ours(job, in))
        call_function(job, in);
    else
        sw_aws_take_role(job, find_service(job), send_call);
}

const sw_integration sw_integration_lambda = {.knows = knows, .takes = takes, .start = start};
