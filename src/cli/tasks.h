// tasks.h: the tasks of a run in the terminal: who serves each, and how they end.
//
// Purpose   Between the executions' effects and the commands and mock files that serve them:
//
//               effect START_TASK -> cli_tasks_start -> ... -> cli_tasks_next -> happening
//
// Owns      Reports belong to the queue until the next call of cli_tasks_next.

#ifndef STEPWELL_CLI_TASKS_H
#define STEPWELL_CLI_TASKS_H

#include "cli/functions.h"
#include "cli/mock.h"
#include "cli/served.h"

typedef struct cli_report cli_report;

typedef struct cli_tasks {
    cli_functions functions;
    cli_mocks     mocks;
    cli_processes processes;
    cli_served    served;
    bool          replays; // mocks are a recording: a task that they lack fails
    sw_chance    *chance;
    cli_report   *first, *last; // what happened, in order
    cli_report   *told;         // handed out by the last cli_tasks_next
} cli_tasks;

// Prints what nothing serves; false when there is any.
bool cli_tasks_check(const cli_tasks *tasks, const sw_machine *machine);

void cli_tasks_start(cli_tasks *tasks, uint32_t execution, const sw_effect *effect);
void cli_tasks_cancel(cli_tasks *tasks, cli_attempt attempt);

// The next thing that happened to a task, and in which execution; false when there is none now.
bool cli_tasks_next(cli_tasks *tasks, uint32_t *execution, sw_happening *happening);

// Stops all commands.
void cli_tasks_close(cli_tasks *tasks);

// The state a command runs for.
sw_str cli_task_state_name(const cli_process *process);

#endif
