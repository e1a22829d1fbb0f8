// operate.h: what the operator commands (executions, machines, tasks) share.
//
// A command's first operand says what to do; each has a table of what it can:
//
//     stepwell executions start approval --input @order.json
//
// Names stand for ARNs: a machine's name, MACHINE:NAME for an execution.

#ifndef STEPWELL_CLI_OPERATE_H
#define STEPWELL_CLI_OPERATE_H

#include "cli/api_client.h"
#include "json/members.h"

typedef struct cli_operation {
    const cli_arguments *arguments;
    sw_arena            *arena;
    cli_api             *api;
    bool                 json;   // --format json: as AWS answers
    const char          *object; // the second operand; NULL: none
} cli_operation;

typedef struct cli_deed {
    const char *name;
    bool        needs_object;
    // The status to end with
    int (*run)(cli_operation *o);
} cli_deed;

// Finds the deed that the first operand names and does it.
int cli_operate(const cli_arguments *arguments, sw_arena *arena, const cli_deed *deeds,
                size_t count);

// Calls, and says what went wrong; false: CLI_FAILED is the status.
bool cli_operation_call(cli_operation *o, const char *action, const sw_members *input,
                        sw_value *answer);
// All pages of a list, as one array.
bool cli_operation_list(cli_operation *o, const char *action, const sw_members *input,
                        const char *member, sw_value *items);

// The ARN of the object; .text NULL: said that there is none.
sw_str cli_operation_machine(cli_operation *o);
sw_str cli_operation_execution(cli_operation *o);

// Prints an answer: JSON as it came, or name and value in a line each.
void cli_operation_print(const cli_operation *o, sw_value answer);

// A member as text for people, ended by NUL: times as ISO 8601; empty when it is not there.
sw_str cli_member_text(sw_arena *arena, sw_value object, const char *member);

#endif
