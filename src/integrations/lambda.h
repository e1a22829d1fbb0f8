// lambda.h: functions behind an endpoint that speaks Lambda's Invoke.
//
// Purpose   A task as an HTTP request, and the answer as what happened to the task. No I/O here.
//
//           A function's ARN: the event is the input, the result is the payload as it came.
//           lambda:invoke: {FunctionName, Payload, ...} gives {ExecutedVersion, Payload, ...}.
//
// Owns      Everything is made in the arena, or points into the task or the answer.
// Errors    A task that cannot be sent, and an answer that is none, are failures of the task.
// Source    Lambda API, Invoke; Developer Guide, connect-lambda; results recorded on AWS.

#ifndef STEPWELL_INTEGRATIONS_LAMBDA_H
#define STEPWELL_INTEGRATIONS_LAMBDA_H

#include "stepwell/integration.h"

#include "integrations/caller.h"

typedef struct sw_lambda {
    sw_str endpoint;        // "http://127.0.0.1:3001"; empty: none
    sw_str account, region; // of the server
} sw_lambda;

bool sw_lambda_knows(sw_str resource);
bool sw_lambda_is_task(const sw_outside_task *task);

// now_ms is for the request's date. false: *failure says why.
bool sw_lambda_write_request(const sw_lambda *lambda, const sw_outside_task *task, int64_t now_ms,
                             sw_arena *arena, sw_call_request *request, sw_failure *failure);

// kind, output and failure of *happening: TASK_SUCCEEDED, or TASK_SUBMITTED when it waits for a
// token, or TASK_FAILED. task needs its kind, resource and token.
void sw_lambda_read_answer(const sw_outside_task *task, const sw_call_answer *answer,
                           sw_arena *arena, sw_happening *happening);

#endif
