// progress.h: what an execution does, shown while it does it.
//
// Purpose   Follows the execution's events. On a terminal the states are a list that changes in
//           place; elsewhere each state is a line when it is over, and each retry one.
// Owns      Names are borrowed from the machine.

#ifndef STEPWELL_CLI_PROGRESS_H
#define STEPWELL_CLI_PROGRESS_H

#include "stepwell/execution.h"

#include "cli/terminal.h"

typedef enum cli_row_status {
    CLI_ROW_RUNNING,
    CLI_ROW_SUCCEEDED,
    CLI_ROW_CAUGHT,
    CLI_ROW_FAILED,
    CLI_ROW_STOPPED,
} cli_row_status;

// One visit of a state.
typedef struct cli_row {
    uint32_t       frame, parent; // lines of control; parent SW_NO_STATE: none
    sw_str         name;
    int64_t        iteration; // of a Map; -1: none
    unsigned       depth;
    cli_row_status status;
    int64_t        began_ms, ended_ms;
    int64_t        retry_ms; // when it is tried again; 0: it is being tried
    unsigned       attempts;
    char           error[80]; // of the last attempt; empty: none
    char           note[200]; // its result
} cli_row;

typedef struct cli_progress {
    cli_terminal terminal;
    bool         quiet;
    cli_row     *rows; // from malloc: all that run, and on a terminal what is shown above them
    size_t       count, capacity;
    int64_t      started_ms;
    unsigned     lines_drawn; // on the screen, to be drawn over
    unsigned     hidden;      // finished rows that found no place
    int64_t      drawn_at_ms; // by the monotonic clock
    unsigned     frame;       // of the spinner
} cli_progress;

void cli_progress_begin(cli_progress *progress, bool quiet);

// An sw_execution_options.observe; who is the progress.
void cli_progress_observe(void *who, const sw_execution *execution, const sw_event *event);

// Draws the list anew, if it is time to. now_ms is the execution's time.
void cli_progress_draw(cli_progress *progress, int64_t now_ms, bool must);

// A line that a function printed, above the list.
void cli_progress_message(cli_progress *progress, sw_str name, sw_str line);

// The last picture, and one line that says how it ended.
void cli_progress_end(cli_progress *progress, const sw_execution *execution, sw_str name,
                      int64_t now_ms);

// progress_draw.c: one row, as a line of the log, or of the picture.
void cli_row_log(const cli_progress *progress, const cli_row *row, int64_t now_ms);
void cli_row_draw(const cli_progress *progress, const cli_row *row, int64_t now_ms);
// "0.85 s", "2 min 05 s", "3 h 05 min"
void cli_duration_print(int64_t ms, char text[32]);

#endif
