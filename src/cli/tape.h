// tape.h: --record and --replay of `serve` and `run`.
//
// Owns      The ledger; names and texts live in the arena that open is given.
// Errors    open prints what is wrong, as all options do.

#ifndef STEPWELL_CLI_TAPE_H
#define STEPWELL_CLI_TAPE_H

#include "cli/arguments.h"
#include "cli/recording.h"

typedef struct cli_tape {
    const char *record, *replay; // files; NULL: not asked for
    const char *test_case;
    sw_str      replay_text;
    cli_ledger  ledger;
} cli_tape;

bool cli_tape_open(cli_tape *tape, const cli_arguments *arguments, sw_arena *arena);
bool cli_tape_runs(const cli_tape *tape); // whether there is anything to observe for

// About once a second: what is new goes to the file.
void cli_tape_tick(cli_tape *tape);
// Writes the rest, prints the drift. Returns status, or what is worse: CLI_FAILED, CLI_DRIFTED.
int cli_tape_close(cli_tape *tape, int status);

#endif
