// functions.h: Lambda functions that run here, without a cloud and without containers.
//
// Purpose   A function is code in a folder and a handler in it. Processes run it: each speaks the
//           Lambda Runtime API to us, over an address of its own, is used again for the next event,
//           and is replaced when it crashes or takes too long. Python and Node are driven by
//           bootstraps of our own; "provided" is any executable that speaks the API itself.
//
//               call -> queue -> an idle process, or a new one -> GET .../invocation/next
//                                                              -> POST .../ID/response -> done
//
//           An answer is what Lambda's Invoke would have answered over HTTP, so that whoever reads
//           that reads this.
// Owns      Settings are copied. A call is copied; an answer is lent for the call of done, which
//           comes once for each call.
// Threads   call and have from any thread. done and log are called on the functions' own thread and
//           must not block.
// Units     Seconds (_s), milliseconds (_ms), megabytes (_mb).
// Errors    What is wrong with a definition is said by its place. What goes wrong in a function is
//           in the answer, by Lambda's names: Runtime.ExitError, Sandbox.Timedout,
//           Runtime.ImportModuleError ...
// Bounds    concurrency processes a function, CALLS_MAX calls that wait, 6 MB an event or result.
// Source    AWS Lambda Developer Guide, "Using the Lambda runtime API"; answers of Lambda as
//           recorded.

#ifndef STEPWELL_INTEGRATIONS_FUNCTIONS_FUNCTIONS_H
#define STEPWELL_INTEGRATIONS_FUNCTIONS_FUNCTIONS_H

#include "stepwell/json.h"

#include "integrations/caller.h"

typedef struct sw_functions sw_functions;

typedef struct sw_functions_options {
    sw_str account, region;
    bool   reload; // look for changed files before a call
    // A line that a function printed, or one of ours about it; NULL: nobody listens.
    void (*log)(void *who, sw_str function, sw_str line);
    void *who;
} sw_functions_options;

// {"charge": {"runtime": "python", "handler": "app.handler", "code": "functions/charge",
//             "environment": {"A": "b"}, "memory": 128, "timeout": 3, "concurrency": 8}}
// Everything but code has a default. base: what a relative code is relative to.
bool sw_functions_open(sw_value definitions, const char *base, const sw_functions_options *options,
                       sw_functions **functions, sw_error *err);
// The definitions of a folder: each file or folder in it is a function by the same name.
//     charge.py  charge.mjs  charge/app.py  charge/index.js  charge/bootstrap  charge/function.json
bool sw_functions_scan(const char *folder, sw_arena *arena, sw_value *definitions, sw_error *err);
// Ends all processes; what still runs is answered as cancelled.
void sw_functions_close(sw_functions *functions);

typedef struct sw_function_call {
    sw_str function; // a name, with or without a qualifier, or an ARN
    sw_str payload;  // empty: {}
    sw_str client_context;
    bool   log_tail; // the last 4 KB of what it prints go into the answer
    void (*done)(void *who, const sw_call_answer *answer);
    void *who;
} sw_function_call;

// The name in a name or an ARN.
sw_str sw_function_name(sw_str function);
bool   sw_functions_have(const sw_functions *functions, sw_str function);
void   sw_functions_call(sw_functions *functions, const sw_function_call *call);

#endif
