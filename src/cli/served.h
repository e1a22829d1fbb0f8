// served.h: `stepwell run --functions`: Lambda functions of a folder serve the tasks of a run.
//
// Purpose   Calls go to the functions' processes (integrations/functions); what becomes of them
//           comes back through a pipe that the run's loop waits for.
// Owns      The set owns its functions and the results that nobody has taken.
// Threads   Results come on the functions' thread; all else is the run's.

#ifndef STEPWELL_CLI_SERVED_H
#define STEPWELL_CLI_SERVED_H

#include "stepwell/execution.h"

#include "integrations/functions/functions.h"

#include <pthread.h>

typedef struct cli_served_call cli_served_call;

// A task of one of the run's executions: 0 is the run's own, the others are children of Map Runs.
typedef struct cli_attempt {
    uint32_t    execution;
    sw_task_ref task;
} cli_attempt;

static inline bool cli_attempt_is(cli_attempt a, cli_attempt b)
{
    return a.execution == b.execution && a.task.frame == b.task.frame &&
           a.task.attempt == b.task.attempt;
}

typedef struct cli_served {
    sw_functions    *functions; // NULL: none
    int              wake[2];   // a byte for each result; -1: closed
    pthread_mutex_t  lock;
    cli_served_call *calls; // all that are not taken yet
    unsigned         running;
} cli_served;

struct cli_served_call {
    cli_served_call *next;
    cli_served      *served;
    sw_arena         arena;
    cli_attempt      attempt;
    sw_task_kind     kind;
    sw_str           resource, resource_type;
    bool             ended, cancelled;
    sw_str           output;
    sw_failure       failure; // has_error: it failed
};

// definitions as functions.h has them. log gets the lines that functions print.
bool cli_served_open(cli_served *served, sw_value                                    definitions,
                     void (*log)(void *who, sw_str function, sw_str line), sw_error *err);
void cli_served_close(cli_served *served);

// Whether they serve the task; then it is under way.
bool cli_served_start(cli_served *served, uint32_t execution, const sw_effect *effect);
// Nobody wants its result any more; the function goes on, as on AWS.
void cli_served_cancel(cli_served *served, cli_attempt attempt);
// One that has ended, the caller's; NULL: none.
cli_served_call *cli_served_take(cli_served *served);
void             cli_served_call_free(cli_served_call *call);
bool             cli_served_is_busy(cli_served *served);

#endif
