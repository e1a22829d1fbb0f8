// play.h: an execution on a virtual clock, with its tasks answered from a script.
//
// Purpose   Tests and tools say what each task answers and how long it takes; play brings the
//           clock. When nothing is left to do now, the clock jumps to the next due time. The same
//           script on an execution that was rebuilt from some of its records goes on as the first
//           one did: what a task answers depends on its state and on how many attempts came before,
//           and when it answers on when it was started, both of which are recorded.
//
// Script    {"Pay": [{"error": "E", "cause": "C", "delay_s": 2}, {"output": {"paid": true}}],
//            "$stop": {"at_s": 9}}
//           One outcome for each attempt of the state, counted over the whole execution; the last
//           one repeats.
//             output          what the task gives; output_text is the same as text, byte for byte
//             error, cause    how it fails; {"failed": true}: without either
//             timeout         true: it never answers
//             delay_s         how long it takes (0)
//             submitted       first answer of a .sync or .waitForTaskToken task, after submit_s (0)
//             heartbeats_s    when it reports that it is alive, counted from its start
//             worker          name of the worker that takes an activity, after pickup_s (0)
//             no_worker       true: nobody takes it
//           $stop is what StopExecution is called with: at_s, error, cause. $redrives is how often
//           RedriveExecution is called, each time a minute after the end.
//
// Owns      The play owns its execution and all that it made; the machine and the script are the
//           caller's.

#ifndef STEPWELL_TESTS_PLAY_H
#define STEPWELL_TESTS_PLAY_H

#include "stepwell/execution.h"

#define PLAY_START_MS 1767225600000 // 2026-01-01T00:00:00Z

typedef struct play_report {
    sw_task_ref       task;
    sw_happening_kind kind;
    int64_t           due_ms;
    uint32_t          order; // among the reports of one attempt
    sw_value          outcome;
} play_report;

typedef struct play {
    sw_machine          *machine;
    sw_execution_options options;
    sw_value             script;
    // Gives the outcome of an attempt instead of the script. May be NULL.
    sw_value (*outcome)(struct play *play, sw_str state, uint32_t attempt);
    // Asked before each happening; false ends play_on early. May be NULL.
    bool (*go_on)(struct play *play);
    void *who;

    sw_execution *execution;
    sw_arena      arena; // of texts made from the script
    int64_t       now_ms;
    int64_t       last_due_ms; // what happened last was due then
    size_t        committed;   // records, when the last handle succeeded
    play_report  *reports;
    size_t        report_count, report_capacity;
} play;

// Fills in the names and ARNs that all tests use.
void play_init(play *p, sw_machine *machine, sw_str input, sw_value script);
void play_clear(play *p);

// Starts an execution, or rebuilds it from records and goes on. False: *err.
bool play_start(play *p, sw_error *err);
bool play_resume(play *p, const sw_event *records, size_t count, sw_error *err);
// Until it has ended, nothing can happen any more, or go_on says false.
bool play_on(play *p, sw_error *err);

// A record as text, private parts and all, and as a line of a compact history (empty for a private
// record):
//     4<-3 PassStateEntered A {"input":"{}"}
sw_str play_print_record(const sw_execution *x, const sw_event *event, sw_arena *arena);
sw_str play_print_event(const sw_execution *x, const sw_event *event, sw_arena *arena);

// A whole file, ended by NUL; .text is NULL when it cannot be read.
sw_str play_read_file(const char *path, sw_arena *arena);

#endif
