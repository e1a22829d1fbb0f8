// map_run.h: Map Runs in a shard's memory: which children a distributed Map has, and how it ends.
//
//   START_MAP_RUN -> READING (its ItemReader, by the runner) -> RUNNING: children start, as many at
//   a time as MaxConcurrency allows -> GATHERING: their results, from the store -> WRITING (its
//   ResultWriter) -> MapRunSucceeded
//
// The children are ordinary executions of the same shard: a child starts in the batch in which its
// parent asked for it, and what is known of a Map Run can be found again from its children. Each
// child's row says which items it has (parent.frame, parent.attempt) and whose it is (machine: the
// Map Run's id, negative).
//
// Source    Developer Guide, "Map state in Distributed mode" and "Redriving Map Runs"; recorded
//           cases (test_sfn_api_map_run, map_item_reader_..., map_state_result_writer)

#ifndef STEPWELL_SERVER_RUNTIME_MAP_RUN_H
#define STEPWELL_SERVER_RUNTIME_MAP_RUN_H

#include "server/runtime/internal.h"

#define SW_MAP_CHILD_PENDING  255u   // a status: it is redriven when its turn comes
#define SW_MAP_CONCURRENT_MAX 10000u // docs: service quotas

typedef struct sw_map_child {
    int64_t  execution;
    uint32_t first, count; // of its items
    uint8_t  status;       // sw_status, or PENDING
} sw_map_child;

typedef enum sw_map_stage {
    SW_MAP_READING,
    SW_MAP_RUNNING,
    SW_MAP_GATHERING, // all children have ended and are in the store
    SW_MAP_WRITING,
} sw_map_stage;

// Of executions and of items, by sw_status; pending ones are what is left.
typedef struct sw_map_counts {
    uint32_t by_status[5];
} sw_map_counts;

struct sw_map_run {
    sw_map_run     *next; // of its execution
    sw_run         *run;
    sw_task_ref     task;
    sw_arena        arena; // texts of row, the plan
    sw_map_run_row  row;
    sw_str          machine_arn; // of the children
    sw_value        plan;        // see SW_EFFECT_START_MAP_RUN
    sw_map_settings settings;    // concurrency as written; 0: as many as there may be
    // Progress
    sw_map_stage  stage;
    uint32_t      item_count, next_item;
    sw_map_child *children; // in the order of their items; on the heap
    uint32_t      child_count, child_capacity;
    uint32_t      next_pending; // no child before this one is PENDING
    uint32_t      pending;
    sw_map_counts executions, items;
    bool          posted;        // a message says that it goes on
    const char   *trouble_error; // a child could not be started; NULL: none such
    sw_str        trouble;
    // GATHERING
    bool                  durable; // what the children did
    struct sw_map_result *result;
};

// The one of a task, or of that id; NULL: there is none.
sw_map_run *sw_map_run_find(const sw_run *run, sw_task_ref task);
sw_map_run *sw_map_run_find_by_id(const sw_run *run, int64_t id);

// Effects of the execution
void sw_map_run_begin(sw_round *round, sw_run *run, const sw_effect *effect);
void sw_map_run_start_child(sw_round *round, sw_run *run, const sw_effect *effect);
void sw_map_run_cancel(sw_round *round, sw_run *run, const sw_effect *effect);
void sw_map_runs_free(sw_run *run);

// SW_MESSAGE_MAP_RUN
void sw_map_run_go_on(sw_round *round, const sw_message *message);
// What its reader or writer has to say
void sw_map_run_happened(sw_round *round, sw_map_run *m, const sw_happening *happening);
// A child has ended.
void sw_map_child_ended(const sw_run *child);

// When it has its turn.
void sw_map_run_post(sw_map_run *m);

// map_show.c
sw_map_settings sw_map_settings_of_plan(sw_value plan);
sw_map_settings sw_map_settings_of_row(sw_value settings);
void            sw_map_run_put(sw_round *round, sw_map_run *m); // its row, into the batch
// {"itemCounts": {...}, "executionCounts": {...}}
sw_value sw_map_run_counts(const sw_map_run *m, sw_arena *arena);

// API
void sw_map_run_describe(sw_round *round, const sw_message *message);
void sw_map_run_update(sw_round *round, const sw_message *message);
bool sw_map_run_load_child(sw_run *run, sw_error *err); // what describe_loaded does for others

// map_result.c: a result from the children's rows, some of them each time.
void sw_map_result_begin(sw_map_run *m);
bool sw_map_result_go_on(sw_round *round, sw_map_run *m, sw_error *err); // false: it failed
bool sw_map_result_is_done(const sw_map_run *m);
bool sw_map_result_is_written(const sw_map_run *m); // it has a ResultWriter with a Resource
// {"Bucket": ..., "Files": [{"Key": ..., "Body": ...}, ...]} for the writer, or the result itself
sw_str sw_map_result_text(sw_map_run *m);
// What a ResultWriter's state has as its result
sw_str sw_map_result_location(sw_map_run *m, sw_arena *arena);
void   sw_map_result_free(sw_map_run *m);

#endif
