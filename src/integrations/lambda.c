// lambda.c: Lambda's Invoke, there and back.

#include "integrations/lambda.h"

#include "base/time.h"
#include "integrations/functions/functions.h"
#include "integrations/http/encode.h"

// docs: a function runs for 15 minutes at most; what takes longer hangs.
#define TIMEOUT_MS (16 * 60 * 1000)
#define ANSWER_BYTES_MAX                                                                           \
    (8u * 1024 * 1024) // docs: 6 MB; the engine refuses what is too large for a state

static bool begins(sw_str text, const char *with)
{
    size_t bytes = strlen(with);
    return text.bytes >= bytes && memcmp(text.text, with, bytes) == 0;
}

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
    if (!begins(resource, "arn:"))
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
            begins(task->action, "invoke"));
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
    if (!begins(in->function, "arn:") ||
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

static sw_str print_url(const sw_runner_options *options, const invocation *in, sw_arena *arena)
{
    sw_str base = options->lambda_endpoint, function = sw_url_encode(arena, in->function);
    while (base.bytes > 0 && base.text[base.bytes - 1] == '/')
        base.bytes--;
    sw_str url = sw_str_format(arena, "%.*s/2015-03-31/functions/%.*s/invocations",
                               SW_STR_ARG(base), SW_STR_ARG(function));
    if (in->qualifier.bytes == 0)
        return url;
    sw_str qualifier = sw_url_encode(arena, in->qualifier);
    return sw_str_format(arena, "%.*s?Qualifier=%.*s", SW_STR_ARG(url), SW_STR_ARG(qualifier));
}

// Not signed: an emulator looks at the scope alone. Signing has its place here.
static sw_str print_authorization(const sw_runner_options *options, sw_str date, sw_arena *arena)
{
    return sw_str_format(arena,
                         "AWS4-HMAC-SHA256 Credential=%.*s/%.8s/%.*s/lambda/aws4_request, "
                         "SignedHeaders=host;x-amz-date, Signature=%064d",
                         SW_STR_ARG(options->account), date.text, SW_STR_ARG(options->region), 0);
}

static void add_header(sw_call_request *request, sw_call_header *list, const char *name,
                       sw_str value)
{
    if (value.bytes > 0)
        list[request->header_count++] = (sw_call_header){sw_str_from(name), value};
}

static void write_headers(const sw_runner_options *options, const invocation *in, int64_t now_ms,
                          sw_arena *arena, sw_call_request *request)
{
    sw_call_header *list = SW_ARENA_ARRAY(arena, sw_call_header, 8);
    sw_str          date = sw_time_print_basic(arena, now_ms);
    request->headers = list;
    add_header(request, list, "Content-Type", SW_STR("application/json"));
    add_header(request, list, "User-Agent", SW_STR("stepwell/" SW_VERSION));
    add_header(request, list, "X-Amz-Invocation-Type",
               in->type.bytes > 0 ? in->type : SW_STR("RequestResponse"));
    add_header(request, list, "X-Amz-Log-Type", in->log);
    add_header(request, list, "X-Amz-Client-Context", in->context);
    add_header(request, list, "X-Amz-Date", date);
    add_header(request, list, "Authorization", print_authorization(options, date, arena));
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

bool sw_lambda_write_request(const sw_runner_options *options, const sw_outside_task *task,
                             int64_t now_ms, sw_arena *arena, sw_call_request *request,
                             sw_failure *failure)
{
    invocation in;
    if (!read_invocation(task, arena, &in, failure))
        return false;
    if (options->lambda_endpoint.bytes == 0)
        return fail(failure, "Lambda.SdkClientException",
                    SW_STR("No endpoint for Lambda is configured: start stepwell serve with "
                           "--lambda-endpoint URL, or "
                           "set AWS_ENDPOINT_URL_LAMBDA"));
    shorten_arn(options, &in);
    *request = (sw_call_request){.method = "POST",
                                 .url = print_url(options, &in, arena),
                                 .body = in.payload,
                                 .timeout_ms = TIMEOUT_MS,
                                 .answer_bytes_max = ANSWER_BYTES_MAX};
    write_headers(options, &in, now_ms, arena, request);
    return true;
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
    bool             event = sw_str_is(in->type, "Event");
    sw_function_call call = {.function = in->function,
                             .payload = in->payload,
                             .client_context = in->context,
                             .log_tail = sw_str_is(in->log, "Tail"),
                             .done = event ? forget : on_function_done,
                             .who = job};
    if (!sw_job_expect(job, answered))
        return;
    if (!sw_str_is(in->type, "DryRun"))
        sw_functions_call(job->options->functions, &call); // the job may be gone
    if (event || sw_str_is(in->type, "DryRun"))
        sw_job_answer(job,
                      &(sw_call_answer){.outcome = SW_CALL_ANSWERED, .status = event ? 202 : 204});
}

// A function that is not here may be where the endpoint is.
static bool is_ours(const sw_runner_options *options, const invocation *in)
{
    return options->functions != NULL && (sw_functions_have(options->functions, in->function) ||
                                          options->lambda_endpoint.bytes == 0);
}

static void start(sw_job *job)
{
    sw_call_request request;
    sw_failure      failure;
    invocation      in;
    if (!read_invocation(&job->task, &job->arena, &in, &failure))
        sw_job_fail(job, failure.error, failure.cause);
    else if (is_ours(job->options, &in))
        call_function(job, &in);
    else if (sw_lambda_write_request(job->options, &job->task, sw_job_now_ms(), &job->arena,
                                     &request, &failure))
        sw_job_call(job, &request, answered);
    else
        sw_job_fail(job, failure.error, failure.cause);
}

const sw_integration sw_integration_lambda = {.knows = knows, .takes = takes, .start = start};
