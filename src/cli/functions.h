// functions.h: shell commands in the place of Lambda functions and other tasks.
//
// Purpose   Knows which command serves a task, what the command is fed, and what its end means: for
//           a Lambda function the same event, response and errors that AWS has.
// Owns      Nothing; texts live in the arena that is given.
// Source    AWS Lambda and Step Functions, as recorded (integrations.md of the reference).

#ifndef STEPWELL_CLI_FUNCTIONS_H
#define STEPWELL_CLI_FUNCTIONS_H

#include "stepwell/execution.h"

#include "asl/machine.h"
#include "base/chance.h"
#include "cli/process.h"

typedef struct cli_function {
    sw_str      name; // of a function, or of a state
    const char *command;
} cli_function;

typedef struct cli_functions {
    cli_function *list;
    size_t        count;
    // Those of --functions, which come behind; NULL: none
    const struct sw_functions *served;
} cli_functions;

// DIR, JSON or @FILE: the definitions of functions that run in processes of their own.
bool cli_functions_read(sw_arena *arena, const char *given, sw_value *definitions, sw_error *err);

// NAME=COMMAND; an ARN may stand for the name.
bool cli_function_parse(const char *text, cli_function *function, sw_error *err);

// arn:aws:lambda:...:function:NAME[:ALIAS], NAME[:ALIAS]: the name.
sw_str cli_function_name(sw_str arn);
// The last part of an activity's ARN.
sw_str cli_activity_name(sw_str arn);

// Who serves a task when it runs; NULL: nobody.
const cli_function *cli_function_find(const cli_functions *functions, const sw_effect *effect);

// Whether somebody may serve a Task, as far as its definition tells.
bool cli_function_may_serve(const cli_functions *functions, const sw_state *state);
// What to call a function for it in --function.
sw_str cli_function_wanted(const sw_state *state);

// What the command reads.
sw_str cli_function_event(const sw_effect *effect, sw_arena *arena);

typedef enum cli_task_shape {
    CLI_SHAPE_PLAIN,  // the output is the result
    CLI_SHAPE_INVOKE, // it is the Payload of lambda:invoke's response
} cli_task_shape;

cli_task_shape cli_task_shape_of(const sw_effect *effect);

// What the end of a command means: true with *output, JSON text, or false with *failure.
bool cli_function_result(const cli_process *process, cli_task_shape shape, sw_chance *chance,
                         sw_arena *arena, sw_str *output, sw_failure *failure);

// The first answer of a .sync or .waitForTaskToken task.
sw_str cli_submitted_output(sw_chance *chance, sw_arena *arena);

#endif
