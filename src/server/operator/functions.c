// functions.c: POST /2015-03-31/functions/NAME/invocations: Lambda's Invoke, for the functions that
// run here.

#include "server/operator/operator.h"

#include "server/server.h"

#define PREFIX "/2015-03-31/functions/"
#define SUFFIX "/invocations"

bool sw_functions_are_asked(const sw_http_head *head)
{
    return strncmp(head->path, PREFIX, strlen(PREFIX)) == 0;
}

// Whoever waited has gone, or is answered. A literal's name lives on.
static void answer(void *who, const sw_function_response *response)
{
    sw_request *request = who;
    for (size_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name;
        if (strcmp(name, "Content-Type") != 0 && strcmp(name, "x-amzn-RequestId") != 0)
            sw_request_add_header(request, name, response->headers[i].value);
    }
    sw_request_send(request, response->status == 0 ? 503 : response->status, "application/json",
                    response->body.text == NULL ? SW_STR("") : response->body);
}

static sw_str header(const sw_http_head *head, const char *name)
{
    const char *value = sw_http_header(head, name);
    return sw_str_from(value == NULL ? "" : value);
}

void sw_functions_serve(sw_request *request, const sw_http_head *head)
{
    sw_task_runner     *runner = request->server->options.runner;
    sw_function_request call = {.function = sw_str_from(head->path + strlen(PREFIX)),
                                .payload = head->body,
                                .type = header(head, "X-Amz-Invocation-Type"),
                                .log_type = header(head, "X-Amz-Log-Type"),
                                .client_context = header(head, "X-Amz-Client-Context")};
    sw_value            parsed;
    size_t              suffix = strlen(SUFFIX);
    if (runner == NULL || runner->invoke == NULL || call.function.bytes <= suffix ||
        strcmp(call.function.text + call.function.bytes - suffix, SUFFIX) != 0) {
        sw_request_send(request, 404, "application/json",
                        SW_STR("{\"Message\":\"there are no functions here: see --functions\"}"));
        return;
    }
    call.function.bytes -= suffix;
    if (call.payload.bytes > 0 && !sw_json_parse(&request->arena, call.payload, 0, &parsed, NULL)) {
        sw_request_add_header(request, "x-amzn-ErrorType",
                              SW_STR("InvalidRequestContentException"));
        sw_request_send(request, 400, "application/json",
                        SW_STR("{\"Type\":\"User\",\"Message\":\"Could not parse request body into "
                               "json\"}"));
        return;
    }
    runner->invoke(runner, &call, answer, request);
}
