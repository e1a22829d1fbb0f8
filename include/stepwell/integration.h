// integration.h: who runs tasks outside the engine: Lambda functions, services, mocks.
//
// Purpose   The runtime hands each task that is durable as started to a runner, and the runner
//           reports what became of it. A runner is a struct of functions, so that tests and
//           embedders bring their own.
// Owns      A task is lent for the call of start; a runner copies what it keeps.
// Threads   start and cancel are called from several threads and must not block. report may be
//           called from any thread, also from within start.
// Units     Seconds (_s) where the States Language has seconds.
// Errors    A task that cannot be run is reported as TASK_FAILED; start itself cannot fail.

#ifndef STEPWELL_INTEGRATION_H
#define STEPWELL_INTEGRATION_H

#include "stepwell/execution.h"

typedef struct sw_task_runner sw_task_runner;

// Whether the happening of a task's end shall have the HTTP request and its answer: TestState.
typedef enum sw_trace {
    SW_TRACE_NONE,
    SW_TRACE_REDACTED, // without what a connection adds
    SW_TRACE_REVEALED,
} sw_trace;

typedef struct sw_outside_task {
    int64_t      execution;
    sw_task_ref  task;
    sw_task_kind kind;
    sw_str       state_name;
    sw_str       machine_name;  // for mocks
    sw_str       execution_arn; // ended by NUL
    sw_str       mock_case;     // Step Functions Local's test case; empty: none
    sw_str       resource;      // the whole ARN
    sw_str       resource_type; // "lambda"
    sw_str       action;        // "invoke", "invoke.waitForTaskToken"
    sw_str       parameters;    // JSON text
    sw_str       token;         // empty: none
    // .waitForTaskToken: the first answer only submits it, the outcome is reported with the token
    bool waits_for_token;
    // After a restart: what the submission of a .sync task was answered with; the job is there and
    // is only watched. .text NULL: the task begins.
    sw_str      submission;
    uint32_t    retry_count;
    int64_t     timeout_s; // 0: none
    sw_trace    trace;
    const char *role;     // Credentials; NULL: none
    sw_str      role_arn; // of the execution, which is what would assume it; empty: none
} sw_outside_task;

// An event of an execution as it happens, for whoever looks on: recordings. Everything is lent.
typedef struct sw_observed {
    sw_str              execution_id, execution_name, machine_name, mock_case;
    sw_str              token; // of the task that the event schedules; empty: none
    const sw_execution *execution;
    const sw_event     *event;
} sw_observed;

// A function that is called from outside, as by Lambda's Invoke, and what that would answer.
typedef struct sw_function_request {
    sw_str function, payload;              // a name or an ARN; JSON text
    sw_str type, log_type, client_context; // of the headers X-Amz-...; empty: not sent
} sw_function_request;

typedef struct sw_function_header {
    const char *name; // a literal
    sw_str      value;
} sw_function_header;

typedef struct sw_function_response {
    unsigned                  status; // of HTTP; 0: there will be none, the server ends
    const sw_function_header *headers;
    size_t                    header_count;
    sw_str                    body;
} sw_function_response;

struct sw_task_runner {
    void (*start)(sw_task_runner *runner, const sw_outside_task *task);
    void (*cancel)(sw_task_runner *runner, int64_t execution, sw_task_ref task);
    // Why a Task with this Resource cannot be run here, so that its definition is refused; NULL: it
    // can.
    const char *(*refuse)(sw_task_runner *runner, sw_str resource);
    // What is wrong with a definition's Parameters or Arguments for that Resource, in AWS's words;
    // empty: nothing. NULL: nobody looks.
    sw_str (*check)(sw_task_runner *runner, sw_str resource, sw_value parameters, sw_arena *arena);
    // The same of a result that somebody made up; required: members that are always there have to
    // be. NULL: nobody looks.
    sw_str (*check_result)(sw_task_runner *runner, sw_str resource, sw_value result, bool required,
                           sw_arena *arena);
    // Whether mocks have that test case for that machine. NULL: there are no mocks.
    bool (*has_case)(sw_task_runner *runner, sw_str machine_name, sw_str mock_case);
    // Whether that test case answers for a state; then its tasks go to start, whatever their kind.
    // NULL: there are no mocks.
    bool (*is_mocked)(sw_task_runner *runner, sw_str machine_name, sw_str mock_case,
                      sw_str state_name);
    // done is called once, from any thread. NULL: there are no functions.
    void (*invoke)(sw_task_runner *runner, const sw_function_request                   *request,
                   void (*done)(void *who, const sw_function_response *response), void *who);
    void (*close)(sw_task_runner *runner); // cancels what is still running
    // Set by the runtime before the first start: where reports go.
    void (*report)(void *who, int64_t execution, sw_task_ref task, const sw_happening *happening);
    void *who;
};

#endif
