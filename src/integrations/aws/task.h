// task.h: a Task that calls a service: arn:aws:states:::aws-sdk:SERVICE:ACTION, and the optimized
// integrations.
//
//     start -> template -> request -> answered -> result            request and response
//                                              -> TaskSubmitted -> poll, wait, poll ... .sync
//
// Source    Developer Guide, supported-services-awssdk and integrate-optimized; cases recorded on
//           AWS.

#ifndef STEPWELL_INTEGRATIONS_AWS_TASK_H
#define STEPWELL_INTEGRATIONS_AWS_TASK_H

#include "integrations/aws/aws.h"
#include "integrations/aws/template.h"
#include "integrations/job.h"

// Rows of optimized.def and sync.def
typedef struct sw_aws_optimized {
    const char *type, *service, *prefix, *shown, *exception;
    bool        metadata;
} sw_aws_optimized;

typedef struct sw_aws_action {
    const char *type, *action, *service, *operation, *more, *input, *output;
} sw_aws_action;

typedef struct sw_aws_find {
    const char *type, *action, *operation, *input, *list, *name;
} sw_aws_find;

typedef struct sw_aws_sync {
    const char *resource, *describe, *input, *status, *done, *failed, *result, *cancel,
        *cancel_input;
} sw_aws_sync;

// Definitions -------------------------------------------------------------------------------------

// Why a Resource cannot be called, or NULL.
const char *sw_aws_refuse(sw_aws *aws, sw_str resource);
// A field's trouble with the Parameters or Arguments of a definition, in AWS's words; empty: none.
// Members may be paths and expressions.
sw_str sw_aws_check(sw_aws *aws, sw_str resource, sw_value parameters, sw_arena *arena);

// The same of a mocked result of an aws-sdk task; required: members that the service always gives
// have to be there.
sw_str sw_aws_check_result(sw_aws *aws, sw_str resource, sw_value result, bool required,
                           sw_arena *arena);

// What a Resource names.
typedef struct sw_aws_target {
    const sw_aws_optimized *optimized; // NULL: aws-sdk
    const sw_aws_action    *action;    // NULL: as the operation is
    const sw_aws_find      *find;      // NULL: nothing is looked up before
    const sw_aws_sync      *sync;      // NULL: no .sync
    sw_aws_operation        operation;
} sw_aws_target;

// The call that is next
typedef struct sw_aws_pending {
    sw_aws_operation operation;
    sw_value         input;
    sw_str           body; // see sw_aws_call
    void (*answered)(sw_job *job, const sw_call_answer *answer);
} sw_aws_pending;

typedef struct sw_aws_task {
    sw_aws_target  target;
    sw_aws_pending pending;
    sw_aws_sources sources;
    sw_str         body;       // of the action's request, read before it; .text NULL: the input's
    sw_value       result;     // for after
    void (*then)(sw_job *job); // around.c's
    void (*after)(sw_job *job, sw_value result);
    unsigned      polls, failures; // failures: one after the other
    sw_arena_mark mark;            // of the job's arena, before a poll
} sw_aws_task;

// type "aws-sdk:sqs", action "sendMessage.waitForTaskToken". What stands in the way, or NULL.
const char *sw_aws_find_target(sw_aws *aws, sw_str type, sw_str action, sw_aws_target *target);

// See sw_aws_check_result.
sw_str sw_aws_check_shape(const sw_aws_target *target, sw_value result, bool required,
                          sw_arena *arena);
// See sw_aws_check.
sw_str sw_aws_check_parameters(const sw_aws_target *target, sw_value parameters, sw_arena *arena);

// Failing, by the integration's names -------------------------------------------------------------

void sw_aws_fail_trouble(sw_job *job, const sw_aws_trouble *trouble);
// An answer that is none, or is an error of the service
void sw_aws_fail_answer(sw_job *job, const sw_call_answer *answer);

// .sync -------------------------------------------------------------------------------------------

// The submission is in sources.
void sw_aws_watch(sw_job *job);
void sw_aws_undo(sw_job *job);

// Whether a parameter is one that the operation does not have, see optimized.def.
bool sw_aws_is_more(const sw_aws_target *target, sw_str parameter);
// words: "FAILED CANCELLED"
bool sw_aws_is_among(sw_str word, const char *words);

// Around the action's own call: around.c ----------------------------------------------------------

// Whether something has to be asked before; then a step's end, and then follows.
bool sw_aws_before(sw_job *job, void (*then)(sw_job *job));
// The same after it, of a result that may become another one.
bool sw_aws_after(sw_job *job, sw_value result, const sw_call_answer *answer,
                  void (*then)(sw_job *job, sw_value result));

// A step's end: calls an operation, as the role of the task's Credentials where it has some.
// body is sent in place of what the input says; .text NULL: that.
void sw_aws_call_operation(sw_job *job, const sw_aws_operation *operation, sw_value input,
                           sw_str body,
                           void (*answered)(sw_job *job, const sw_call_answer *answer));

#endif
