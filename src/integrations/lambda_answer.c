// lambda_answer.c: what an answer of Lambda's Invoke means to a task.

#include "integrations/lambda.h"

#include "base/utf8.h"
#include "integrations/metadata.h"
#include "json/members.h"

static void fail(sw_lambda_result *result, sw_str error, sw_str cause)
{
    result->failure =
        (sw_failure){.has_error = true, .has_cause = true, .error = error, .cause = cause};
}

// Failures of the service -------------------------------------------------------------------------

static const struct {
    sw_str   name;
    unsigned status;
} exceptions[] = {
#define EXCEPTION(name, status) {{name, sizeof(name) - 1}, status},
#include "integrations/lambda_errors.def"
#undef EXCEPTION
};

static sw_str cut_at(sw_str text, char c)
{
    const char *at = text.bytes > 0 ? memchr(text.text, c, text.bytes) : NULL;
    return at == NULL ? text : (sw_str){text.text, (size_t)(at - text.text)};
}

static sw_str exception_of_status(unsigned status)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        if (exceptions[i].status == status)
            return exceptions[i].name;
    }
    return status >= 500 ? SW_STR("ServiceException") : SW_STR("AWSLambdaException");
}

// ResourceNotFoundException:http://..., or a namespace#ResourceNotFoundException in the body
static sw_str code_of(const sw_call_answer *answer, sw_value body)
{
    sw_str   header = sw_call_find_header(answer, "x-amzn-ErrorType");
    sw_value type = sw_value_get(body, SW_STR("__type"));
    if (header.bytes > 0)
        return cut_at(header, ':');
    if (type.type != SW_STRING || type.size == 0)
        return exception_of_status(answer->status);
    sw_str      text = sw_value_str(type);
    const char *hash = memchr(text.text, '#', text.bytes);
    if (hash == NULL)
        return text;
    return (sw_str){hash + 1, (size_t)(text.text + text.bytes - hash - 1)};
}

// A text that is no JSON comes from something in between, such as a proxy.
static sw_str message_of(const sw_call_answer *answer, sw_value body, sw_arena *arena)
{
    sw_value message = sw_value_get(body, SW_STR("Message"));
    if (message.type != SW_STRING)
        message = sw_value_get(body, SW_STR("message"));
    if (message.type == SW_STRING)
        return sw_value_str(message);
    if (body.type != SW_UNDEFINED || answer->body.bytes == 0)
        return SW_STR("null");
    return sw_utf8_clean(
        arena, (sw_str){answer->body.text, answer->body.bytes < 1000 ? answer->body.bytes : 1000});
}

static sw_str name_error(sw_arena *arena, sw_str code)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        if (sw_str_equal(exceptions[i].name, code))
            return sw_str_format(arena, "Lambda.%.*s", SW_STR_ARG(code));
    }
    return SW_STR("Lambda.AWSLambdaException");
}

static sw_str request_id(const sw_call_answer *answer, sw_arena *arena)
{
    sw_str id = sw_call_find_header(answer, "x-amzn-RequestId");
    return id.bytes > 0 ? sw_utf8_clean(arena, id) : SW_STR("null");
}

static void read_service_error(const sw_call_answer *answer, sw_arena *arena,
                               sw_lambda_result *result)
{
    sw_value body;
    if (!sw_json_parse(arena, answer->body, 0, &body, NULL))
        body = sw_undefined();
    sw_str code = sw_utf8_clean(arena, code_of(answer, body)), id = request_id(answer, arena);
    sw_str message = message_of(answer, body, arena);
    fail(result, name_error(arena, code),
         sw_str_format(arena,
                       "%.*s (Service: AWSLambda; Status Code: %u; Error Code: %.*s; Request ID: "
                       "%.*s; Proxy: null)",
                       SW_STR_ARG(message), answer->status, SW_STR_ARG(code), SW_STR_ARG(id)));
}

// Failures of the function ------------------------------------------------------------------------

static void read_function_error(const sw_outside_task *task, const sw_call_answer *answer,
                                sw_arena *arena, sw_lambda_result *result)
{
    sw_value report;
    if (!sw_json_parse(arena, answer->body, 0, &report, NULL))
        report = sw_undefined();
    sw_value type = sw_value_get(report, SW_STR("errorType"));
    sw_str   text = sw_utf8_clean(arena, answer->body);
    // aws: recorded; lambda:invoke prints the report anew.
    if (task->kind != SW_TASK_LAMBDA && report.type != SW_UNDEFINED)
        text = sw_json_print(arena, report);
    if (type.type == SW_STRING && type.size > 0)
        fail(result, sw_value_str(type), text);
    else
        fail(result, SW_STR("Lambda.Unknown"),
             sw_str_format(arena,
                           "The cause could not be determined because Lambda did not return an "
                           "error type. Returned "
                           "payload: %.*s",
                           SW_STR_ARG(text)));
}

// Results -----------------------------------------------------------------------------------------

static sw_value show(sw_arena *arena, sw_str text)
{
    return sw_string(sw_utf8_clean(arena, text));
}

static sw_value header_value(const sw_call_answer *answer, const char *name, sw_arena *arena)
{
    sw_str text = sw_call_find_header(answer, name);
    return text.text == NULL ? sw_undefined() : show(arena, text);
}

// docs: the payload is JSON in the result. An asynchronous invocation has none.
static sw_value payload_of(const sw_call_answer *answer, sw_arena *arena)
{
    sw_value payload;
    if (answer->body.bytes == 0)
        return sw_undefined();
    if (sw_json_parse(arena, answer->body, 0, &payload, NULL))
        return payload;
    return show(arena, answer->body);
}

static sw_str print_result(const sw_call_answer *answer, sw_arena *arena)
{
    sw_members m = sw_members_begin(arena, 6);
    sw_members_add(&m, "ExecutedVersion", header_value(answer, "X-Amz-Executed-Version", arena));
    sw_members_add(&m, "LogResult", header_value(answer, "X-Amz-Log-Result", arena));
    sw_members_add(&m, "Payload", payload_of(answer, arena));
    sw_members_add(&m, "SdkHttpMetadata", sw_sdk_http_metadata(answer, arena));
    sw_members_add(
        &m, "SdkResponseMetadata",
        sw_sdk_response_metadata(sw_call_find_header(answer, "x-amzn-RequestId"), arena));
    sw_members_add(&m, "StatusCode", sw_number(answer->status));
    return sw_json_print(arena, sw_members_end(&m));
}

// No answer ---------------------------------------------------------------------------------------

static void read_no_answer(const sw_outside_task *task, const sw_call_answer *answer,
                           sw_arena *arena, sw_lambda_result *result)
{
    sw_str name = task->kind == SW_TASK_LAMBDA ? task->resource : task->resource_type;
    switch (answer->outcome) {
    case SW_CALL_TOO_LARGE:
        fail(result, SW_STR("States.DataLimitExceeded"),
             sw_str_format(arena,
                           "The state/task '%.*s' returned a result with a size exceeding the "
                           "maximum number of bytes "
                           "service limit.",
                           SW_STR_ARG(name)));
        break;
    case SW_CALL_TIMED_OUT:
        fail(result, SW_STR("Lambda.ClientExecutionTimeoutException"),
             sw_str_format(arena, "Client execution did not complete: %s", answer->message));
        break;
    case SW_CALL_ANSWERED:
    case SW_CALL_FAILED:
    case SW_CALL_REFUSED:
    case SW_CALL_CANCELLED:
    case SW_CALL_WAITED:
        fail(result, SW_STR("Lambda.SdkClientException"),
             sw_str_format(arena, "Unable to execute HTTP request: %s", answer->message));
        break;
    }
}

void sw_lambda_read_answer(const sw_outside_task *task, const sw_call_answer *answer,
                           sw_arena *arena, sw_lambda_result *result)
{
    if (answer->outcome != SW_CALL_ANSWERED) {
        read_no_answer(task, answer, arena, result);
        return;
    }
    if (answer->status < 200 || answer->status >= 300) {
        read_service_error(answer, arena, result);
        return;
    }
    if (sw_call_find_header(answer, "X-Amz-Function-Error").text != NULL) {
        read_function_error(task, answer, arena, result);
        return;
    }
    if (task->kind == SW_TASK_LAMBDA)
        result->output = answer->body.bytes > 0 ? answer->body : SW_STR("null");
    else
        result->output = print_result(answer, arena);
}
