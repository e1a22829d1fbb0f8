// lambda.h: functions of AWS Lambda, or behind an endpoint that speaks its Invoke.
//
// Purpose   What an answer of Invoke means to a task. Pure.
//
//           A function's ARN: the event is the input, the result is the payload as it came.
//           lambda:invoke: {FunctionName, Payload, ...} gives {ExecutedVersion, Payload, ...}.
//
// Owns      Everything is made in the arena, or points into the task or the answer.
// Errors    A task that cannot be sent, and an answer that is none, are failures of the task.
// Source    Lambda API, Invoke; Developer Guide, connect-lambda; results recorded on AWS.

#ifndef STEPWELL_INTEGRATIONS_LAMBDA_H
#define STEPWELL_INTEGRATIONS_LAMBDA_H

#include "integrations/job.h"

typedef struct sw_lambda_result {
    sw_str     output;
    sw_failure failure; // has_error: it failed, and there is no output
} sw_lambda_result;

void sw_lambda_read_answer(const sw_outside_task *task, const sw_call_answer *answer,
                           sw_arena *arena, sw_lambda_result *result);

#endif
