// process.h: shell commands that run beside us: text in, text out.
//
// Purpose   Starts commands, feeds them, collects what they print, and says when one has ended.
//           Each has a process group of its own, so that stopping it also stops what it started.
// Owns      A process belongs to the set until it is freed; its texts live as long. Clearing a set
//           ends and reaps what still runs: no zombie and no orphan is left.
// Bounds    CLI_PROCESS_OUTPUT_MAX bytes of output; a command that prints more is stopped.

#ifndef STEPWELL_CLI_PROCESS_H
#define STEPWELL_CLI_PROCESS_H

#include "stepwell/error.h"

#include <sys/types.h>

#define CLI_PROCESS_OUTPUT_MAX (64u * 1024 * 1024)

typedef struct cli_text {
    char  *text; // from malloc
    size_t bytes, capacity;
} cli_text;

typedef struct cli_process {
    pid_t               pid;
    int                 in, out, err; // -1: closed
    cli_text            input;        // what it is fed
    size_t              fed;          // of it
    cli_text            output;
    cli_text            messages; // its standard error, as far as not told yet
    bool                exited, too_large;
    int                 status;     // as waitpid gives it
    int64_t             kill_at_ms; // it was asked to end, and is made to then; 0: it was not
    void               *owner;      // the caller's; NULL: nobody wants its result any more
    struct cli_process *next;
} cli_process;

typedef struct cli_processes {
    cli_process *first;
    int          signals; // see signals.h
    int          wake;    // something else to wake up for; -1: nothing
    bool         stop;    // a signal asked us to end
    // Told of each line a command prints to its standard error. May be NULL.
    void (*message)(void *who, const cli_process *process, sw_str line);
    void *who;
} cli_processes;

bool cli_processes_open(cli_processes *processes, sw_error *err);
void cli_processes_close(cli_processes *processes);

// Runs a command by /bin/sh. input is copied; environment is a list of NAME=VALUE ended by NULL
// that is added to ours.
cli_process *cli_process_start(cli_processes *processes, const char *command, sw_str input,
                               const char *const *environment, sw_error *err);

// Nobody wants its result any more: asks it to end, and makes it end when it doesn't.
void cli_process_stop(cli_process *process);

// Waits until something happened or the time is over.
void cli_processes_wait(cli_processes *processes, int64_t timeout_ms);

// One that has ended and has an owner; NULL when there is none. The caller frees it.
cli_process *cli_processes_ended(cli_processes *processes);
void         cli_process_free(cli_processes *processes, cli_process *process);

// Whether one with an owner is running.
bool cli_processes_busy(const cli_processes *processes);

#endif
