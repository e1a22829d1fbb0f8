// answer.c: what an HTTP answer means to a task.

#include "integrations/http/http.h"

#include "base/utf8.h"
#include "json/members.h"

#include <ctype.h>
#include <strings.h>

#define HEADERS_SHOWN_MAX 100u

static void fail(sw_http_result *result, sw_str error, sw_str cause)
{
    result->fails = true;
    result->failure =
        (sw_failure){.has_error = true, .has_cause = true, .error = error, .cause = cause};
}

// Headers -----------------------------------------------------------------------------------------

static sw_str lower(sw_arena *arena, sw_str text)
{
    char *copy = (char *)(uintptr_t)sw_str_copy(arena, text).text;
    for (size_t i = 0; i < text.bytes; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (sw_str){copy, text.bytes};
}

static size_t count_headers(const sw_call_answer *answer)
{
    return answer->header_count < HEADERS_SHOWN_MAX ? answer->header_count : HEADERS_SHOWN_MAX;
}

static bool is_first_of_name(const sw_call_answer *answer, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sw_http_same_name(answer->headers[i].name, answer->headers[index].name))
            return false;
    }
    return true;
}

static sw_value list_values(const sw_call_answer *answer, size_t first, sw_arena *arena)
{
    size_t    count = count_headers(answer), found = 0;
    sw_value *items, *list = SW_ARENA_ARRAY(arena, sw_value, count);
    for (size_t i = first; i < count; i++) {
        if (sw_http_same_name(answer->headers[i].name, answer->headers[first].name))
            list[found++] = sw_string(sw_utf8_clean(arena, answer->headers[i].value));
    }
    sw_value array = sw_array_build(arena, found, &items);
    memcpy(items, list, found * sizeof *items);
    return array;
}

// {"name": ["value", ...]}
static sw_value show_headers(const sw_call_answer *answer, bool in_lower_case, sw_arena *arena)
{
    size_t    count = count_headers(answer), found = 0;
    sw_value *items, *pairs = SW_ARENA_ARRAY(arena, sw_value, 2 * count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!is_first_of_name(answer, i))
            continue;
        sw_str name = sw_utf8_clean(arena, answer->headers[i].name);
        pairs[2 * found] = sw_string(in_lower_case ? lower(arena, name) : name);
        pairs[2 * found + 1] = list_values(answer, i, arena);
        found++;
    }
    sw_value object = sw_object_build(arena, found, &items);
    memcpy(items, pairs, 2 * found * sizeof *items);
    return object;
}

// Results -----------------------------------------------------------------------------------------

sw_value sw_http_read_body(const sw_call_answer *answer, sw_arena *arena)
{
    sw_value body;
    if (answer->body.bytes > 0 && sw_json_parse(arena, answer->body, 0, &body, NULL))
        return body;
    return sw_string(sw_utf8_clean(arena, answer->body));
}

static sw_str print_result(const sw_call_answer *answer, bool in_lower_case, sw_arena *arena)
{
    sw_members m = sw_members_begin(arena, 4);
    sw_members_add(&m, "Headers", show_headers(answer, in_lower_case, arena));
    sw_members_add(&m, "ResponseBody", sw_http_read_body(answer, arena));
    sw_members_add(&m, "StatusCode", sw_number(answer->status));
    sw_members_add(&m, "StatusText", sw_string(sw_utf8_clean(arena, answer->status_text)));
    return sw_json_print(arena, sw_members_end(&m));
}

// No answer ---------------------------------------------------------------------------------------

bool sw_http_is_answered(const sw_call_answer *answer, sw_str error, const char *resource,
                         sw_arena *arena, sw_http_result *result)
{
    switch (answer->outcome) {
    case SW_CALL_ANSWERED:
        return true;
    case SW_CALL_TOO_LARGE:
        fail(result, SW_STR("States.DataLimitExceeded"),
             sw_str_format(arena,
                           "The state/task '%s' returned a result with a size exceeding the "
                           "maximum number of bytes service limit.",
                           resource));
        break;
    case SW_CALL_REFUSED:
        fail(result, SW_STR("States.Runtime"),
             SW_STR("The address of the endpoint may not be called from this server (see "
                    "--http-addresses and --http-plain)"));
        break;
    case SW_CALL_FAILED:
    case SW_CALL_TIMED_OUT:
    case SW_CALL_CANCELLED:
    case SW_CALL_WAITED:
        fail(result, error, sw_utf8_clean(arena, sw_str_copy(arena, sw_str_from(answer->message))));
        break;
    }
    return false;
}

// HTTP Task ---------------------------------------------------------------------------------------

// docs: call-https-apis; what is no text is not passed on.
static bool is_binary(const sw_call_answer *answer)
{
    static const char *const types[] = {"application/octet-stream", "image/", "video/", "audio/"};
    sw_str                   type = sw_call_find_header(answer, "Content-Type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t bytes = strlen(types[i]);
        if (type.bytes >= bytes && strncasecmp(type.text, types[i], bytes) == 0)
            return true;
    }
    return false;
}

static bool is_text(sw_str text)
{
    size_t i = 0;
    while (i < text.bytes) {
        unsigned bytes = sw_utf8_check((const unsigned char *)text.text + i, text.bytes - i);
        if (bytes == 0)
            return false;
        i += bytes;
    }
    return true;
}

// aws: unverified; the cause is the body, or the status' text where there is none.
static void fail_status(const sw_call_answer *answer, sw_arena *arena, sw_http_result *result)
{
    sw_str cause = answer->body.bytes > 0 ? answer->body : answer->status_text;
    fail(result, sw_str_format(arena, "States.Http.StatusCode.%u", answer->status),
         sw_utf8_clean(arena, cause));
}

void sw_http_read_answer(const sw_call_answer *answer, sw_arena *arena, sw_http_result *result)
{
    *result = (sw_http_result){.fails = false};
    if (!sw_http_is_answered(answer, SW_STR("States.Http.Socket"), "http", arena, result))
        return;
    if (answer->status < 200 || answer->status >= 300)
        fail_status(answer, arena, result);
    else if (answer->body.bytes > 0 && (is_binary(answer) || !is_text(answer->body)))
        fail(result, SW_STR("States.Runtime"),
             SW_STR("The response's body is no text that a state could have as its output"));
    else
        result->output = print_result(answer, true, arena);
}

// API Gateway -------------------------------------------------------------------------------------

// aws: recorded, but for the name of what is no answer.
void sw_api_gateway_read_answer(const sw_call_answer *answer, sw_arena *arena,
                                sw_http_result *result)
{
    *result = (sw_http_result){.fails = false};
    if (!sw_http_is_answered(answer, SW_STR("ApiGateway.SdkClientException"), "apigateway", arena,
                             result))
        return;
    if (answer->status >= 400)
        fail(result, sw_str_format(arena, "ApiGateway.%u", answer->status),
             sw_utf8_clean(arena, answer->body));
    else
        result->output = print_result(answer, false, arena);
}

// TestState ---------------------------------------------------------------------------------------

// docs: "[name: value, name: value]"
static sw_value print_list(const sw_call_header *headers, size_t count, bool in_lower_case,
                           sw_arena *arena)
{
    sw_str text = SW_STR("[");
    for (size_t i = 0; i < count; i++) {
        sw_str name = in_lower_case ? lower(arena, headers[i].name) : headers[i].name;
        text = sw_str_format(arena, "%.*s%s%.*s: %.*s", SW_STR_ARG(text), i > 0 ? ", " : "",
                             SW_STR_ARG(name), SW_STR_ARG(headers[i].value));
    }
    return sw_string(sw_utf8_clean(arena, sw_str_format(arena, "%.*s]", SW_STR_ARG(text))));
}

static sw_value show_protocol(const sw_http_request *request)
{
    const char *colon = memchr(request->url.text, ':', request->url.bytes);
    return sw_string((sw_str){request->url.text, (size_t)(colon - request->url.text)});
}

sw_value sw_http_show_request(const sw_http_request *request)
{
    sw_members m = sw_members_begin(request->arena, 5);
    sw_members_add(&m, "protocol", show_protocol(request));
    sw_members_add(&m, "method", sw_string(sw_str_from(request->method)));
    sw_members_add(&m, "url", sw_string(sw_http_join_url(request)));
    sw_members_add(&m, "headers",
                   print_list(request->headers, request->shown_count, false, request->arena));
    if (request->body.text != NULL)
        sw_members_add(&m, "body", sw_string(request->body));
    return sw_members_end(&m);
}

sw_value sw_http_show_answer(const sw_http_request *request, const sw_call_answer *answer)
{
    sw_arena  *arena = request->arena;
    sw_members m = sw_members_begin(arena, 5);
    if (answer->outcome != SW_CALL_ANSWERED)
        return sw_undefined();
    sw_members_add(&m, "protocol", show_protocol(request));
    sw_members_add(&m, "statusCode", sw_string(sw_str_format(arena, "%u", answer->status)));
    sw_members_add(&m, "statusMessage", sw_string(sw_utf8_clean(arena, answer->status_text)));
    sw_members_add(&m, "headers", print_list(answer->headers, count_headers(answer), true, arena));
    sw_members_add(&m, "body", sw_string(sw_utf8_clean(arena, answer->body)));
    return sw_members_end(&m);
}
