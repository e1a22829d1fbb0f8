// ledger.h: what the tasks of executions were given and what they answered, as it happened.
//
// Purpose   What --record writes and --replay compares. It looks at events, so that it knows every
//           kind of task, whoever ran it: functions, services, activities, callbacks.
// Owns      Everything. What it has told lives until it is closed.
// Threads   observe from any thread; looking under the lock.
// Errors    It is bounded: executions that come when it is full are not in it (is_full).

#ifndef STEPWELL_CLI_LEDGER_H
#define STEPWELL_CLI_LEDGER_H

#include "stepwell/integration.h"

#include <pthread.h>

#define CLI_LEDGER_EXECUTIONS_MAX 1000u
#define CLI_LEDGER_BYTES_MAX      (64u * 1024 * 1024)

typedef enum cli_outcome_kind { CLI_NO_OUTCOME, CLI_RETURNED, CLI_THREW } cli_outcome_kind;

typedef struct cli_invocation {
    struct cli_invocation *next, *next_open;
    uint32_t               frame;
    sw_str                 parameters; // JSON text; what is different in each execution is masked
    cli_outcome_kind       outcome;
    bool                   is_function; // by its ARN: what it returned is its payload
    sw_str                 output;      // JSON text
    sw_str                 error, cause;
} cli_invocation;

typedef struct cli_state_calls {
    struct cli_state_calls *next;
    sw_str                  name;
    cli_invocation         *first, **last;
    cli_invocation         *open; // without an outcome, the youngest first
    uint32_t                count;
} cli_state_calls;

typedef struct cli_execution_calls {
    struct cli_execution_calls *next;
    sw_str                      id, machine_name, mock_case;
    bool                        ended;
    cli_state_calls            *states, **last;
} cli_execution_calls;

typedef struct cli_ledger {
    pthread_mutex_t      lock;
    sw_arena             arena;
    cli_execution_calls *executions, **last; // as they began
    size_t               count;
    bool                 is_full;
    bool                 is_changed; // since somebody has set it to false
} cli_ledger;

void cli_ledger_open(cli_ledger *ledger);
void cli_ledger_close(cli_ledger *ledger);

void cli_ledger_observe(cli_ledger *ledger, const sw_observed *observed);

// Every part of text; parts so short that they may stand anywhere are left.
sw_str cli_ledger_mask(sw_arena *arena, sw_str text, sw_str part, sw_str with);
#define CLI_MASK_ID   SW_STR("<ExecutionId>")
#define CLI_MASK_NAME SW_STR("<ExecutionName>")

// NULL: there is none.
const cli_state_calls *cli_ledger_find_state(const cli_execution_calls *execution, sw_str name);

#endif
