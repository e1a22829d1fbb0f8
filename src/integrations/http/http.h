// http.h: the HTTP Task, http:invoke.
//
//     parameters + connection -> request.c -> invoke.c: the call -> answer.c -> result or failure
//                                               token.c: before it, where OAuth wants one
//
// Purpose   Everything but the job in invoke.c and token.c is pure.
// Owns      Everything is made in the arena, or points into the task, the connection or the answer.
// Errors    A task that cannot be sent, and an answer that is none, are failures of the task.
// Source    Developer Guide, call-https-apis.

#ifndef STEPWELL_INTEGRATIONS_HTTP_HTTP_H
#define STEPWELL_INTEGRATIONS_HTTP_HTTP_H

#include "integrations/http/connection.h"
#include "integrations/http/parameters.h"

// The connection that the parameters name; NULL: *failure says why.
const sw_connection *sw_http_find_connection(const sw_connections  *connections,
                                             const sw_outside_task *task, sw_arena *arena,
                                             sw_failure *failure);

// The whole request. token is for OAuth alone.
bool sw_http_write_request(const sw_outside_task *task, const sw_connection *connection,
                           sw_str token, sw_str region, sw_arena *arena, sw_http_request *request,
                           sw_failure *failure);

// What became of it: output or failure.
typedef struct sw_http_result {
    bool       fails;
    sw_str     output;
    sw_failure failure;
} sw_http_result;

// Whether there is one. error is for connections that fail.
bool sw_http_is_answered(const sw_call_answer *answer, sw_str error, const char *resource,
                         sw_arena *arena, sw_http_result *result);
// JSON, else a text
sw_value sw_http_read_body(const sw_call_answer *answer, sw_arena *arena);

void sw_http_read_answer(const sw_call_answer *answer, sw_arena *arena, sw_http_result *result);
void sw_api_gateway_read_answer(const sw_call_answer *answer, sw_arena *arena,
                                sw_http_result *result);

// The request and the answer as TestState shows them: objects.
sw_value sw_http_show_request(const sw_http_request *request);
sw_value sw_http_show_answer(const sw_http_request *request, const sw_call_answer *answer);

// Gets a token for the job's connection (job->state), then calls got, or fails the job.
void sw_http_get_token(sw_job *job, const sw_connection *connection,
                       void (*got)(sw_job *job, sw_str token));

#endif
