// protocol.c: AWS JSON 1.0.
//
//   POST / with X-Amz-Target: AWSStepFunctions.StartExecution and a JSON object -> 200 {...} or
//   400 {"__type":"StateMachineDoesNotExist","message":"..."}

#include "server/protocol/protocol.h"

#include "base/note.h"
#include "server/clock.h"
#include "server/console/console.h"
#include "server/operator/operator.h"
#include "server/protocol/model.h"
#include "server/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_1_0 "application/x-amz-json-1.0"

// Actions -----------------------------------------------------------------------------------------

static sw_action actions[] = {
#define ACTION(name, function) {name, sw_action_##function, -1},
#include "server/actions.def"
#undef ACTION
};

#define ACTION_COUNT (sizeof actions / sizeof actions[0])

bool sw_actions_open(sw_error *err)
{
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        actions[i].shape = sw_model_find_action(sw_str_from(actions[i].name));
        if (actions[i].shape < 0)
            return sw_fail(err, SW_ERROR_INVALID, "the API model has no action %s",
                           actions[i].name);
    }
    return sw_model_open(err);
}

const sw_action *sw_action_find(sw_str name)
{
    size_t low = 0, high = ACTION_COUNT; // actions.def is sorted
    while (low < high) {
        size_t middle = (low + high) / 2;
        int    order = strncmp(name.text, actions[middle].name, name.bytes);
        if (order == 0)
            order = name.bytes < strlen(actions[middle].name) ? -1 : 0;
        if (order == 0)
            return &actions[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

// Answers -----------------------------------------------------------------------------------------

static void note(const sw_request *request, unsigned status, const char *exception)
{
    SW_NOTE(
        SW_NOTE_DEBUG, "request",
        SW_NOTE_TEXT("action", sw_str_from(request->action == NULL ? "" : request->action->name)),
        SW_NOTE_NUMBER("status", status), SW_NOTE_TEXT("exception", sw_str_from(exception)),
        SW_NOTE_NUMBER("ms", sw_clock_now_ms() - request->now_ms),
        SW_NOTE_TEXT("request", sw_str_from(request->id)));
}

void sw_request_succeed(sw_request *request, sw_value answer)
{
    note(request, 200, "");
    sw_request_send(request, 200, JSON_1_0, sw_json_print(&request->arena, answer));
}

static void send_error(sw_request *request, unsigned status, sw_str exception, sw_str message)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_text(&answer, "__type", exception);
    sw_answer_text(&answer, "message", message);
    sw_request_send(request, status, JSON_1_0,
                    sw_json_print(&request->arena, sw_answer_end(&answer)));
}

static unsigned status_of(const char *exception)
{
    if (strcmp(exception, "ServiceUnavailable") == 0)
        return 503; // every SDK tries again
    return strcmp(exception, "InternalServerError") == 0 ? 500 : 400;
}

bool sw_request_fail(sw_request *request, const char *exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_str message = sw_str_vformat(&request->arena, format, arguments);
    va_end(arguments);
    note(request, status_of(exception), exception);
    send_error(request, status_of(exception), sw_str_from(exception), message);
    return false;
}

bool sw_request_fail_internal(sw_request *request, const sw_error *err)
{
    SW_NOTE(SW_NOTE_ERROR, "a request could not be served",
            SW_NOTE_TEXT("reason", sw_str_from(err->message)),
            SW_NOTE_TEXT("request", sw_str_from(request->id)));
    return sw_request_fail(request, "InternalServerError", "%s", err->message);
}

// Requests ----------------------------------------------------------------------------------------

// AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/states/aws4_request,
// SignedHeaders=...
void sw_protocol_read_scope(sw_request *request, const char *authorization)
{
    request->account = request->server->options.account;
    request->region = request->server->options.region;
    const char *scope = authorization == NULL ? NULL : strstr(authorization, "Credential=");
    if (scope == NULL)
        return;
    scope += strlen("Credential=");
    size_t key = strcspn(scope, "/,");
    size_t digits = strspn(scope, "0123456789");
    if (key == 12 && digits == 12)
        request->account = sw_str_copy(&request->arena, (sw_str){scope, 12});
    if (scope[key] != '/')
        return;
    const char *region = strchr(scope + key + 1, '/');
    size_t      bytes = region == NULL ? 0 : strcspn(region + 1, "/,");
    if (bytes > 0 && bytes <= 32)
        request->region = sw_str_copy(&request->arena, (sw_str){region + 1, bytes});
}

static bool read_input(sw_request *request, sw_str body)
{
    sw_error err;
    sw_str   text = sw_str_copy(&request->arena, body.bytes == 0 ? SW_STR("{}") : body);
    if (!sw_json_parse(&request->arena, text, 0, &request->input, &err))
        return sw_request_fail(request, "SerializationException", "%s", err.message);
    sw_model_fault fault;
    if (!sw_model_check(request->action->shape, request->input, &request->arena, &fault))
        return sw_request_fail(request, fault.exception, "%.*s", SW_STR_ARG(fault.message));
    return true;
}

#define TARGET_PREFIX "AWSStepFunctions."

static const sw_action *find_action(const char *target)
{
    if (target == NULL || strncmp(target, TARGET_PREFIX, strlen(TARGET_PREFIX)) != 0)
        return NULL;
    return sw_action_find(sw_str_from(target + strlen(TARGET_PREFIX)));
}

static bool check_caller(sw_request *request, const char *service, const sw_http_head *head)
{
    const sw_auth *auth = request->server->options.auth;
    if (auth != NULL)
        return sw_console_signs(request->server->console, request, head) ||
               sw_auth_check(auth, service, request, head);
    sw_protocol_read_scope(request, sw_http_header(head, "Authorization"));
    return true;
}

static void serve_action(sw_request *request, const sw_http_head *head)
{
    if (!check_caller(request, "states", head))
        return;
    request->action = find_action(sw_http_header(head, "X-Amz-Target"));
    if (request->action == NULL) {
        sw_request_fail(request, "UnknownOperationException",
                        "The requested operation is not known.");
        return;
    }
    if (request->reader == NULL) {
        sw_request_fail(request, "InternalServerError", "The store cannot be read.");
        return;
    }
    if (read_input(request, head->body))
        request->action->perform(request);
}

static void serve_function(sw_request *request, const sw_http_head *head)
{
    if (check_caller(request, "lambda", head))
        sw_functions_serve(request, head);
}

static void serve(sw_request *request, const sw_http_head *head)
{
    if (__atomic_load_n(&request->server->closing, __ATOMIC_SEQ_CST))
        sw_request_fail(request, "ServiceUnavailable", "The server is ending.");
    else if (sw_console_refuses(request, head))
        return;
    else if (sw_console_serve(request->server->console, request, head))
        return;
    else if (strcmp(head->method, "POST") == 0 && sw_functions_are_asked(head))
        serve_function(request, head);
    else if (strcmp(head->method, "POST") == 0)
        serve_action(request, head);
    else
        sw_operator_serve(request, head);
}

void sw_protocol_serve(sw_request *request, const sw_http_head *head)
{
    sw_server *server = request->server; // the request may be gone when it has been served
    __atomic_add_fetch(&server->serving, 1, __ATOMIC_SEQ_CST);
    serve(request, head);
    __atomic_sub_fetch(&server->serving, 1, __ATOMIC_SEQ_CST);
}
