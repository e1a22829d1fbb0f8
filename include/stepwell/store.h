// store.h: where everything durable lives: machines, executions, their histories, what is due.
//
// Purpose   A store is a struct of functions. The server hands it streams of records and reads back
//           rows; what a record means is written at each. Backends: memory (tests, Express only
//           servers) and sqlite; one suite in tests/store runs on all.
//
//               committer:  commit(batch of records)      one transaction, durable when it returns
//               readers:    reader_open -> find..., list..., read_history -> close
//
// Owns      A batch is lent for the call. Rows given to a visit are lent for that visit; what a
//           find returns lives in the arena that the caller gives.
// Threads   One thread at a time calls commit and checkpoint. Each reading thread has its own
//           reader. A reader's call sees every batch whose commit has returned, sees whole batches
//           only, and sees one moment from its beginning to its end. Reading never holds up a
//           commit (sqlite). A visit calls no function of the store or the reader that it was
//           called from.
// Units     Milliseconds since the epoch (_ms). Ids are int64, from 1, given by the server, growing
//           with time, never used twice.
// Errors    SW_ERROR_IO with a sentence for the operator: disk full, read-only directory, damaged
//           file, in use by another process. SW_ERROR_INVALID when a record contradicts what is
//           stored (an id or a name that exists, events of an execution that does not run): our own
//           bug, or hands in the file. A failed commit leaves the store as it was before. When the
//           disk was full the next commit may succeed; after any other failure of the disk the
//           store refuses all commits until it is opened again, since what the system still holds
//           is not known then: opened again it holds that last batch whole or not at all.
// Schema    docs/store.md. The schema's version is kept in the store; opening an older one migrates
//           it, a newer one is refused.

#ifndef STEPWELL_STORE_H
#define STEPWELL_STORE_H

#include "stepwell/base.h"
#include "stepwell/error.h"

// Rows --------------------------------------------------------------------------------------------

// A state machine as it is now. Replaced as a whole.
typedef struct sw_machine_row {
    int64_t id;
    sw_str  arn, name, role_arn;
    uint8_t type;     // sw_machine_type
    bool    deleting; // DELETING: goes when its last execution has ended
    int64_t created_ms, updated_ms;
    int64_t revision;     // row of its definition
    sw_str  revision_id;  // UUID; empty until the first update that changes something
    int64_t next_version; // number that the next published version gets
    sw_str  logging, tracing, encryption; // JSON texts; empty: never given
} sw_machine_row;

// One definition text with the role it runs under. Never changes.
typedef struct sw_revision_row {
    int64_t id, machine;
    sw_str  revision_id; // as in sw_machine_row at that time; empty: INITIAL
    sw_str  definition, role_arn;
    sw_str  logging, tracing;
    int64_t created_ms;
} sw_revision_row;

typedef struct sw_version_row {
    int64_t machine, number, revision, created_ms;
    sw_str  description; // empty: none
} sw_version_row;

typedef struct sw_alias_row {
    int64_t machine;
    sw_str  name, description;
    int64_t created_ms, updated_ms;
    // One or two versions with their weights; the second has weight 0 when there is one.
    int64_t version[2];
    uint8_t weight[2];
} sw_alias_row;

typedef struct sw_activity_row {
    int64_t id, created_ms;
    sw_str  arn, name, encryption;
} sw_activity_row;

// A nested execution tells its parent how it ended, and so does a child of a Map Run.
typedef struct sw_parent_link {
    int64_t  execution;      // 0: no parent
    uint32_t frame, attempt; // MAP_RUN: number of its first item, and how many it has
    uint8_t  mode;           // 0: only started; 1: .sync; 2: .sync:2; 3: SW_PARENT_MAP_RUN
} sw_parent_link;

#define SW_PARENT_MAP_RUN 3

// One run of a distributed Map. Replaced as a whole.
typedef struct sw_map_run_row {
    int64_t  id, execution;     // execution: that it is a part of
    uint32_t frame, attempt;    // of its state there; attempt: MapRunStarted or …Redriven
    int64_t  machine, revision; // of the execution
    bool     express;           // its children are
    uint8_t  status;            // sw_status
    int64_t  start_ms, stop_ms, redrive_ms; // stop_ms 0: running; redrive_ms 0: never
    uint32_t redrive_count;
    sw_str   arn, execution_arn, state; // state: the Map's name
    // JSON texts. settings: {"maxConcurrency", "toleratedFailureCount",
    // "toleratedFailurePercentage"}; counts: how its children ended, empty while it runs
    sw_str settings, counts;
} sw_map_run_row;

typedef enum sw_execution_flags {
    SW_EXECUTION_CALLING = 1,  // a task is with an outside caller: unknown after a crash
    SW_EXECUTION_WITHHELD = 2, // none is: a clean end came before such tasks were begun
} sw_execution_flags;

typedef struct sw_execution_row {
    // machine: a child of a Map Run has that one's id there, negative: it is none of the machine's
    // own executions, and is listed with its siblings
    int64_t id, machine, revision;
    sw_str  name; // unique within its machine
    // The server made the name, of the id, and finds it by that: in no index
    bool           generated_name;
    uint8_t        status;                        // sw_status
    int64_t        start_ms, stop_ms, redrive_ms; // stop_ms 0: running; redrive_ms 0: never
    uint32_t       redrive_count;
    int64_t        version; // started by version or alias: its number; else 0
    sw_str         alias;   // empty: none
    sw_str         trace_header;
    sw_str         mock_case; // of the mock file, as Step Functions Local has it; empty: none
    uint64_t       seed;
    sw_parent_link parent;
    int64_t        due_ms; // while running: when it must be woken; INT64_MAX: only from outside
    uint32_t       flags;
    uint32_t       event_count;
    // Not filled by listings:
    sw_str input, output, error, cause;
    bool   has_output, has_error, has_cause;
} sw_execution_row;

typedef struct sw_tag {
    sw_str key, value;
} sw_tag;

// An activity's task that waits for a worker.
typedef struct sw_activity_task_row {
    int64_t  id, activity, execution;
    uint32_t frame, attempt;
} sw_activity_task_row;

// Records: what commit is given -------------------------------------------------------------------

typedef enum sw_record_kind {
    SW_RECORD_MACHINE,          // machine: put
    SW_RECORD_MACHINE_DELETED,  // id: with revisions, versions, aliases and tags of its ARN;
                                // executions stay until they are purged
    SW_RECORD_REVISION,         // revision: insert
    SW_RECORD_VERSION,          // version: insert
    SW_RECORD_VERSION_DELETED,  // id: machine; number
    SW_RECORD_ALIAS,            // alias: put by machine and name
    SW_RECORD_ALIAS_DELETED,    // id: machine; text: name
    SW_RECORD_ACTIVITY,         // activity: insert
    SW_RECORD_ACTIVITY_DELETED, // id: with its waiting tasks and tags
    SW_RECORD_TAGS,             // text: ARN; tags: all of them now, in their order
    SW_RECORD_EXECUTION,        // execution: insert, running, with input; (machine, name) is new
                                // unless the name is generated
    // A running execution's next chunk. id: execution; text: encoded events (journal.h); number: id
    // of its first public event, or for private records alone the id that the next one will get.
    SW_RECORD_EVENTS,
    SW_RECORD_EXECUTION_PROGRESS, // execution: id, due_ms, flags, event_count are updated
    SW_RECORD_EXECUTION_ENDED, // execution: id, status, stop_ms, event_count, output, error, cause
    // execution: id, redrive_ms, redrive_count, due_ms, flags. It runs again; stop_ms, output,
    // error and cause are forgotten.
    SW_RECORD_EXECUTION_REDRIVEN,
    // id: an ended one, with its history and its Map Runs; its name is free again
    SW_RECORD_EXECUTION_PURGED,
    SW_RECORD_ACTIVITY_TASK,      // activity_task: insert
    SW_RECORD_ACTIVITY_TASK_GONE, // id: of the task; fine when it is gone already
    SW_RECORD_MAP_RUN,            // map_run: put
} sw_record_kind;

typedef struct sw_record {
    sw_record_kind kind;
    int64_t        id, number;
    sw_str         text;
    const sw_tag  *tags;
    size_t         tag_count;
    union {
        const sw_machine_row       *machine;
        const sw_revision_row      *revision;
        const sw_version_row       *version;
        const sw_alias_row         *alias;
        const sw_activity_row      *activity;
        const sw_execution_row     *execution;
        const sw_activity_task_row *activity_task;
        const sw_map_run_row       *map_run;
    };
} sw_record;

// Reading -----------------------------------------------------------------------------------------

// A page of a machine's executions, newest first. Since a place is a start and an id, executions
// that start meanwhile do not shift the pages behind it.
typedef struct sw_execution_query {
    int64_t  machine;
    int64_t  version;                    // 0: any
    sw_str   alias;                      // empty: any
    int      status;                     // -1: any, else sw_status
    int64_t  before_start_ms, before_id; // strictly after this place; before_id 0: from the top
    uint32_t limit;                      // at least 1
} sw_execution_query;

typedef struct sw_last_ids {
    int64_t machine, revision, activity, execution, activity_task, map_run;
} sw_last_ids;

typedef struct sw_store  sw_store;
typedef struct sw_reader sw_reader;

struct sw_store {
    const char *name; // "sqlite", "memory"
    // Writes all records in order in one transaction that is durable when it returns true.
    bool (*commit)(sw_store *store, const sw_record *records, size_t count, sw_error *err);
    // House-keeping for which no answer should wait: call it when a batch has been answered.
    // Returns at once when little has gathered; commit does it itself when much has.
    void (*checkpoint)(sw_store *store);
    bool (*reader_open)(sw_store *store, sw_reader **reader, sw_error *err);
    // Gives back everything. Readers must be closed before.
    void (*close)(sw_store *store);
};

// Called for each row; false stops.
typedef bool sw_visit_machine(void *who, const sw_machine_row *row);
typedef bool sw_visit_version(void *who, const sw_version_row *row);
typedef bool sw_visit_alias(void *who, const sw_alias_row *row);
typedef bool sw_visit_activity(void *who, const sw_activity_row *row);
typedef bool sw_visit_tag(void *who, sw_str arn, const sw_tag *tag);
typedef bool sw_visit_activity_task(void *who, const sw_activity_task_row *row);
typedef bool sw_visit_execution(void *who, const sw_execution_row *row);
typedef bool sw_visit_map_run(void *who, const sw_map_run_row *row);
typedef bool sw_visit_events(void *who, uint32_t first_event, sw_str events);

struct sw_reader {
    void (*close)(sw_reader *reader);

    // Everything of the control plane, read once at the start, in order of id (machine and number,
    // machine and name; tags in the order they were given).
    bool (*each_machine)(sw_reader *, sw_visit_machine *visit, void *who, sw_error *err);
    bool (*each_version)(sw_reader *, sw_visit_version *visit, void *who, sw_error *err);
    bool (*each_alias)(sw_reader *, sw_visit_alias *visit, void *who, sw_error *err);
    bool (*each_activity)(sw_reader *, sw_visit_activity *visit, void *who, sw_error *err);
    bool (*each_tag)(sw_reader *, sw_visit_tag *visit, void *who, sw_error *err);
    bool (*each_activity_task)(sw_reader *, sw_visit_activity_task *visit, void *who,
                               sw_error *err);
    // Running executions: id, machine, due_ms, flags and event_count only; one small record each
    // (recovery).
    bool (*each_running)(sw_reader *, sw_visit_execution *visit, void *who, sw_error *err);

    bool (*find_revision)(sw_reader *, int64_t id, sw_arena *, sw_revision_row *, bool *found,
                          sw_error *err);
    bool (*find_execution)(sw_reader *, int64_t id, sw_arena *, sw_execution_row *, bool *found,
                           sw_error *err);
    // Only those whose name was not generated.
    bool (*find_execution_by_name)(sw_reader *, int64_t machine, sw_str name, sw_arena *,
                                   sw_execution_row *, bool *found, sw_error *err);
    // Rows without input, output, error and cause.
    bool (*list_executions)(sw_reader *, const sw_execution_query *, sw_visit_execution *visit,
                            void *who, sw_error *err);
    // Executions that ended before that time, oldest first, at most limit: what retention purges.
    // Only id, machine, start_ms and stop_ms are filled.
    bool (*list_ended)(sw_reader *, int64_t before_stop_ms, uint32_t limit,
                       sw_visit_execution *visit, void *who, sw_error *err);
    bool (*find_map_run)(sw_reader *, int64_t id, sw_arena *, sw_map_run_row *, bool *found,
                         sw_error *err);
    // Those of an execution, in order of id.
    bool (*list_map_runs)(sw_reader *, int64_t execution, sw_visit_map_run *visit, void *who,
                          sw_error *err);
    // Chunks of encoded events whose first id is at most last and that reach from_event or beyond,
    // in order. 1 and UINT32_MAX: the whole history.
    bool (*read_history)(sw_reader *, int64_t execution, uint32_t from_event, uint32_t last,
                         sw_visit_events *visit, void *who, sw_error *err);
    // status -1: any. Walks an index: not for each request.
    bool (*count_executions)(sw_reader *, int64_t machine, int status, int64_t *count,
                             sw_error *err);
    // The largest ids ever used, so that the server goes on behind them; 0: none.
    bool (*get_last_ids)(sw_reader *, sw_last_ids *ids, sw_error *err);
    // A value of the store's own that is made once: the key that signs task tokens.
    bool (*get_secret)(sw_reader *, unsigned char secret[32], sw_error *err);
};

typedef struct sw_store_options {
    const char *directory; // sqlite: made when it is not there
} sw_store_options;

SW_API bool sw_store_open_memory(const sw_store_options *options, sw_store **store, sw_error *err);
SW_API bool sw_store_open_sqlite(const sw_store_options *options, sw_store **store, sw_error *err);

#endif
