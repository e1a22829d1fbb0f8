// history.h: the events of an execution, as AWS answers them and as a table.

#ifndef STEPWELL_CLI_HISTORY_H
#define STEPWELL_CLI_HISTORY_H

#include "stepwell/execution.h"

#include "cli/terminal.h"

// {"events":[...]}, pretty, with a line break at the end.
sw_str cli_history_json(const sw_execution *execution, sw_arena *arena);

// A line for each event: id, the id before it, time, type, state and what it is about.
void cli_history_table(const sw_execution *execution, const cli_terminal *terminal);

#endif
