// test_state.h: trying one state: AWS's TestState.
//
// Purpose   Runs one state of a definition on an input, with its task, branches or iterations
//           mocked, and shows what each field made of the data. No execution, no history, no
//           waiting.
// Owns      The result lives in the arena.
// Threads   Pure functions.
// Errors    What AWS refuses is part of the result (exception, message, diagnostics); sw_error is
//           for memory.
// Source    AWS API Reference, TestState; answers recorded on AWS.

#ifndef STEPWELL_TEST_STATE_H
#define STEPWELL_TEST_STATE_H

#include "stepwell/execution.h"

typedef struct sw_test_request {
    sw_str definition; // one state, or a machine when state_name is given
    sw_str state_name; // .text NULL: none
    sw_str input;      // JSON text; .text NULL: {}
    sw_str role_arn;   // .text NULL: none
    sw_str variables;  // JSON text; .text NULL: none
    sw_str context;    // JSON text; .text NULL: one is made
    sw_str region, account;

    sw_str     mock_result; // JSON text; .text NULL: none
    bool       has_mock_error;
    sw_failure mock_error;
    bool       check_required, check_types; // of a mocked result: fieldValidationMode

    // What an unmocked task gave, when SW_TEST_NEEDS_TASK has been answered.
    sw_str            task_result; // .text NULL: none
    const sw_failure *task_failure;
    sw_value          http_request, http_response; // objects to show, or undefined

    int64_t                   retry_count;
    bool                      has_failure_count;
    int64_t                   failure_count;    // Map iterations that fail
    sw_str                    item_reader_data; // JSON text; .text NULL: none
    bool                      reveal_secrets;
    int64_t                   now_ms;
    uint64_t                  seed;
    const sw_machine_options *options; // format and resource_known
} sw_test_request;

typedef enum sw_test_status {
    SW_TEST_SUCCEEDED,
    SW_TEST_FAILED,
    SW_TEST_RETRIABLE,
    SW_TEST_CAUGHT_ERROR,
    SW_TEST_REFUSED,    // exception and message, or diagnostics
    SW_TEST_NEEDS_TASK, // run the task and call again with its outcome
} sw_test_status;

typedef struct sw_test_result {
    sw_test_status status;
    sw_str         output; // JSON text; .text NULL: none
    sw_failure     failure;
    sw_str         next_state; // .text NULL: none
    // An object; its members are JSON texts and numbers, as the API shows them
    sw_value inspection;
    // REFUSED
    const char    *exception;
    sw_str         message;
    sw_diagnostics diagnostics;
    // NEEDS_TASK
    sw_task_kind task_kind;
    sw_str       state, resource, resource_type, action, parameters;
    int64_t      timeout_s;
    sw_str       execution_arn; // of the context; empty: it has none
    const char  *role;          // Credentials; NULL: none
} sw_test_result;

SW_API const char *sw_test_status_name(sw_test_status status); // "CAUGHT_ERROR"
SW_API bool sw_test_state(const sw_test_request *request, sw_arena *arena, sw_test_result *result,
                          sw_error *err);

#endif
