// runtime.h: executions over time: shards that own them, the committer, timers, tokens, activities.
//
// Purpose   Everything that starts, changes or ends an execution goes through here. A shard is one
//           thread that owns its executions alone; it decides, hands the records of a whole round
//           to the committer, and when they are durable the effects are performed and the requests
//           answered (law 1).
//
//   request -> shard mailbox -> decide -> batch -> committer -> durable -> answers, tasks, activity
//   queues
//
// Owns      A posted request belongs to the runtime until it is answered.
// Threads   All functions may be called from any thread.
// Units     Milliseconds (_ms).
// Errors    Failures of a call are answered to its request. A failed commit makes the runtime stop
//           taking writes: every later one is answered with the store's error.

#ifndef STEPWELL_SERVER_RUNTIME_H
#define STEPWELL_SERVER_RUNTIME_H

#include "stepwell/execution.h"
#include "stepwell/store.h"

#include "stepwell/integration.h"

#include "server/catalog.h"
#include "server/logs/logs.h"
#include "server/request.h"

typedef struct sw_runtime sw_runtime;

// Committing --------------------------------------------------------------------------------------

// A set of records that belong together, and what follows when they are durable. Made by the caller
// on an arena of its own; taken by sw_runtime_commit, which frees the arena in the end.
typedef struct sw_batch {
    sw_arena   arena;
    sw_record *records;
    size_t     count, capacity;
    // Called by the committer's thread when the records are durable (err NULL) or could not be
    // written.
    void (*done)(struct sw_batch *batch, const sw_error *err);
    void            *who;
    struct sw_batch *next;
} sw_batch;

sw_batch *sw_batch_new(void (*done)(sw_batch *batch, const sw_error *err), void *who);
// Rows are copied by the caller into batch->arena
sw_record *sw_batch_add(sw_batch *batch, sw_record_kind kind);
void       sw_batch_free(sw_batch *batch); // one that is not committed after all
void       sw_runtime_commit(sw_runtime *runtime, sw_batch *batch);

// Returns when all that was handed over before is durable (or the store has failed). Not under the
// catalog's lock, not on the committer's thread.
void sw_runtime_wait_durable(sw_runtime *runtime);

// For actions of the control plane: commits, then answers request with answer.
void sw_runtime_commit_and_answer(sw_runtime *runtime, sw_batch *batch, sw_request *request,
                                  sw_value answer);

// Executions --------------------------------------------------------------------------------------

typedef struct sw_start {
    int64_t        machine, revision;
    sw_machine    *compiled; // a reference, taken
    sw_str         machine_arn, machine_name, role_arn, name, input, trace_header;
    sw_str         logging; // the machine's loggingConfiguration; empty: off
    int64_t        version;
    sw_str         alias;
    sw_str         mock_case;       // Step Functions Local's #TestCase; empty: none
    bool           sync;            // StartSyncExecution: answer at the end
    bool           waits_for_token; // a nested start: the parent's task waits for SendTaskSuccess
    bool           resumed;         // a nested start: the parent has had the first answer
    sw_str         map_state;       // a child of a Map Run: see sw_execution_options
    bool           express_child;
    sw_parent_link parent;
} sw_start;

// Finds the machine, version or alias that an ARN names (an alias picks by weight), with its
// compiled definition. Texts go to arena. false: err says whether there is none
// (SW_ERROR_NOT_FOUND) or the store failed.
bool sw_start_resolve(sw_catalog *catalog, sw_reader *reader, sw_str arn, sw_arena *arena,
                      sw_start *start, sw_error *err);

// Answers StartExecution or StartSyncExecution. request is NULL for nested executions: then the
// outcome goes to the parent's task.
void sw_runtime_start(sw_runtime *runtime, const sw_start *start, sw_request *request);
// Gives back what sw_start_resolve has taken.
void sw_runtime_refuse_start(sw_runtime *runtime, const sw_start *start);

// By its name, whoever has given that.
bool sw_runtime_find_execution(const sw_runtime *runtime, sw_reader *reader, int64_t machine,
                               sw_str name, sw_arena *arena, sw_execution_row *row, bool *found,
                               sw_error *err);

// By its ARN, of which uuid is the last part.
bool sw_runtime_find_map_run(const sw_runtime *runtime, sw_reader *reader, sw_str arn, sw_str uuid,
                             sw_arena *arena, sw_map_run_row *row, bool *found, sw_error *err);
// A child of a Map Run, by its name.
bool sw_runtime_find_child(const sw_runtime *runtime, sw_reader *reader, sw_str name,
                           sw_arena *arena, sw_execution_row *row, sw_map_run_row *map_run,
                           bool *found, sw_error *err);

// What UpdateMapRun changes; what is not given stays.
typedef struct sw_map_settings {
    bool     has_concurrency, has_count, has_percentage;
    uint32_t concurrency;
    int64_t  count;
    double   percentage;
} sw_map_settings;

// Answers DescribeMapRun and UpdateMapRun of a Map Run that is in the store; execution: that it is
// a part of.
void sw_runtime_describe_map_run(sw_runtime *runtime, int64_t execution, int64_t map_run,
                                 sw_request *request);
void sw_runtime_update_map_run(sw_runtime *runtime, int64_t execution, int64_t map_run,
                               const sw_map_settings *settings, sw_request *request);

// stopped_ms: when it had stopped already, for the answer.
void sw_runtime_stop_execution(sw_runtime *runtime, int64_t execution, sw_failure failure,
                               int64_t stopped_ms, sw_request *request);
// client_token: empty when none is given; the same one again answers as the first time.
void sw_runtime_redrive(sw_runtime *runtime, int64_t execution, sw_str client_token,
                        sw_request *request);
// Why it cannot be redriven, in AWS's words; empty: it can.
sw_str sw_redrive_refusal(const sw_runtime *runtime, const sw_execution_row *row, bool deleting,
                          int64_t now_ms, sw_arena *arena);

// Whether a text may be a task's token; the request has been answered when it may not.
bool sw_runtime_check_token(sw_runtime *runtime, sw_str token, sw_request *request);
// Answers SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat.
void sw_runtime_report(sw_runtime *runtime, sw_str token, const sw_happening *happening,
                       sw_request *request);

// The tasks of an execution that wait for somebody with their token: activities' and callbacks'.
// Answers {"tasks": [{"stateName", "scheduledEventId", "kind", "taskToken"}, ...]}.
void sw_runtime_list_tasks(sw_runtime *runtime, int64_t execution, sw_request *request);

// GetActivityTask: answers when there is a task, or with none after a minute.
void sw_runtime_poll_activity(sw_runtime *runtime, int64_t activity, sw_str worker_name,
                              sw_request *request);
// Under the catalog's lock: it is being deleted, and its pollers are told.
void sw_runtime_drop_activity(sw_activity_entry *activity);

// Tasks that run outside (integrations) -----------------------------------------------------------

// Names one attempt wherever it is; what a task's runner reports with.
typedef struct sw_attempt {
    int64_t     execution;
    sw_task_ref task;
} sw_attempt;

// Reports an outcome; late ones are ignored. texts are copied.
void sw_runtime_task_happened(sw_runtime *runtime, sw_attempt attempt,
                              const sw_happening *happening);

// Runs a task that belongs to no execution and tells done what became of it, on whatever thread.
void sw_runtime_run_task(sw_runtime *runtime, const sw_outside_task                 *task,
                         void (*done)(void *who, const sw_happening *outcome), void *who);

// Deleting ----------------------------------------------------------------------------------------

// Under the catalog's lock. Answers DeleteStateMachine: the machine is gone, or DELETING until its
// last execution has ended.
void sw_runtime_delete_machine(sw_runtime *runtime, const sw_machine_entry *machine,
                               sw_request *request);

// Life --------------------------------------------------------------------------------------------

typedef struct sw_runtime_options {
    sw_store       *store;
    sw_catalog     *catalog;
    sw_task_runner *runner;
    uint32_t        shard_count;             // 0: one
    bool            interrupted_tasks_retry; // the operator's opt-out of law 3
    int64_t         retention_ms;            // of executions that have ended; 0: for ever
    sw_logs        *logs;                    // what executions log; NULL: nowhere
    // Told by the committer of each execution that has new events, when they are durable; NULL:
    // nobody wants to know
    void (*on_durable)(void *who, int64_t execution);
    void *who;
    void (*observe)(void *who, const sw_observed *observed); // see server.h
    void *observer;
    int64_t (*now_ms)(void); // the real clock, unless a test brings its own
} sw_runtime_options;

// Recovers
bool sw_runtime_open(const sw_runtime_options *options, sw_runtime **runtime, sw_error *err);
// Begins no more tasks, waits up to that long for those in flight and for express executions,
// commits everything, stops the threads. Requests no longer come.
void sw_runtime_close(sw_runtime *runtime, int64_t drain_ms);
// Answers what still waits. The runner is closed by now: it reports to the runtime.
void sw_runtime_free(sw_runtime *runtime);

// About once a second: pollers that have waited long enough
void sw_runtime_tick(sw_runtime *runtime);

typedef struct sw_runtime_figures { // for metrics
    uint64_t started, succeeded, failed, aborted, timed_out, commits, records, running, in_memory;
} sw_runtime_figures;
void sw_runtime_get_figures(sw_runtime *runtime, sw_runtime_figures *figures);

#endif
