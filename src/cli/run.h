// run.h: a run of `stepwell run`: its execution, the children of its Map Runs, and their clock.
//
// Purpose   run.c has the command and the loop; run_maps.c does for a distributed Map what a server
//           does:
//
//               START_MAP_RUN -> MAP_NEXT -> START_CHILD -> a child, an execution like the own
//                                ... as many at a time as MaxConcurrency allows ...
//                             -> the children's outputs, or that too many have failed
//
// Owns      The run owns its executions; a child is freed when it has ended.

#ifndef STEPWELL_CLI_RUN_H
#define STEPWELL_CLI_RUN_H

#include "base/chance.h"
#include "cli/definition.h"
#include "cli/progress.h"
#include "cli/tape.h"
#include "cli/tasks.h"

typedef struct run           run;
typedef struct run_map       run_map;
typedef struct run_execution run_execution;

struct run_execution {
    run          *run;
    uint32_t      number; // in the run's list
    sw_execution *execution;
    sw_str        id, name;
    // A child of a Map Run:
    run_map *map; // NULL: it is the run's own
    uint32_t child;
};

struct run {
    const cli_arguments *arguments;
    sw_arena            *arena;
    cli_definition       definition;
    run_execution      **executions; // the first is the run's own; NULL: one that has ended
    uint32_t             count, capacity;
    run_map             *maps;
    cli_tasks            tasks;
    cli_progress         progress;
    cli_tape             tape;
    sw_chance            chance;
    uint64_t             seed;
    sw_str               region, machine_name;
    bool                 fast_forward, stopping;
    int64_t              epoch_ms;   // the executions' clock is this...
    int64_t              offset_ms;  // ...plus what the monotonic clock has gone on since
    int64_t              skipped_ms; // ...plus all jumps
};

// For both ----------------------------------------------------------------------------------------

// Tells an execution, and does what it wishes; false when the run cannot go on.
bool cli_run_tell(run *r, run_execution *e, const sw_happening *happening);
// One more, with the id, name and Map Run of like; map_state: the distributed Map whose child it
// is, or empty.
run_execution *cli_run_add(run *r, const run_execution *like, sw_str input, sw_str map_state,
                           sw_error *err);

// Map Runs ----------------------------------------------------------------------------------------

// Prints what only a server can do; false when there is any.
bool cli_run_maps_check(const run *r);
// Effects of an execution
void cli_run_maps_start(run *r, run_execution *e, const sw_effect *effect);
bool cli_run_maps_start_child(run *r, run_execution *e, const sw_effect *effect);
bool cli_run_maps_cancel(run *r, run_execution *e, sw_task_ref task);
// One of its children; it is gone then.
void cli_run_maps_child_ended(run *r, run_execution *child);
// Goes on with one that can; *went says whether there was one.
bool cli_run_maps_turn(run *r, bool *went);
void cli_run_maps_free(run *r);

#endif
