// store.h: where everything durable lives: machines, executions, their histories, what is due.
//
// Purpose   A store is a struct of functions. The server hands it streams of records and reads back rows; what a
//           record means is written at each. Backends: memory (tests, Express only servers) and sqlite; one suite in
//           tests/store runs on all.
//
//               committer:  commit(batch of records)      one transaction, durable when it returns
//               readers:    reader_open -> find..., list..., read_history -> reader_close
//
// Owns      A batch is lent for the call. What a reader returns lives in the arena that the caller gives.
// Threads   One thread at a time calls commit. Each reading thread has its own reader. Readers see every batch whose
//           commit has returned.
// Units     Milliseconds since the epoch (_ms). Ids are int64, given by the server, growing, never used twice.
// Errors    SW_ERROR_IO with a sentence for the operator (disk full, read-only directory, damaged file, in use by
//           another process). A failed commit leaves the store as it was before.
// Schema    docs/store.md. The schema's version is kept in the store; opening an older one migrates it, a newer one
//           is refused.

#ifndef STEPWELL_STORE_H
#define STEPWELL_STORE_H

#include "stepwell/base.h"
#include "stepwell/error.h"

// Rows ------------------------------------------------------------------------------------------------------------

// A state machine as it is now. Replaced as a whole.
typedef struct sw_machine_row {
    int64_t id;
    sw_str  arn, name, role_arn;
    uint8_t type;     // sw_machine_type
    bool    deleting; // DELETING: goes when its last execution has ended
    int64_t created_ms, updated_ms;
    int64_t revision;      // row of its definition
    sw_str  revision_id;   // UUID; empty until the first update that changes something
    int64_t next_version;  // number that the next published version gets
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

// A nested execution tells its parent how it ended.
typedef struct sw_parent_link {
    int64_t  execution; // 0: no parent
    uint32_t frame, attempt;
    uint8_t  mode; // 0: only started; 1: .sync; 2: .sync:2
} sw_parent_link;

typedef enum sw_execution_flags {
    SW_EXECUTION_CALLING = 1, // a task is with an outside caller: unknown after a crash
} sw_execution_flags;

typedef struct sw_execution_row {
    int64_t id, machine, revision;
    sw_str  name;
    uint8_t status; // sw_status
    int64_t start_ms, stop_ms, redrive_ms; // stop_ms 0: running; redrive_ms 0: never
    uint32_t redrive_count;
    int64_t version;  // started by version or alias: its number; else 0
    sw_str  alias;    // empty: none
    sw_str  trace_header;
    uint64_t seed;
    sw_parent_link parent;
    int64_t due_ms;   // while running: when it must be woken; INT64_MAX: only by something from outside
    uint32_t flags;
    uint32_t event_count;
    // Only filled by find_execution:
    sw_str input, output, error, cause;
    bool   has_output, has_error, has_cause;
} sw_execution_row;

typedef struct sw_tag {
    sw_str key, value;
} sw_tag;

// An activity's task that waits for a worker. In order of id.
typedef struct sw_activity_task_row {
    int64_t  id, activity, execution;
    uint32_t frame, attempt;
} sw_activity_task_row;

// Records: what commit is given -----------------------------------------------------------------------------------

typedef enum sw_record_kind {
    SW_RECORD_MACHINE,           // machine: put
    SW_RECORD_MACHINE_DELETED,   // id: with revisions, versions, aliases and tags; executions stay until purged
    SW_RECORD_REVISION,          // revision: insert
    SW_RECORD_VERSION,           // version: insert
    SW_RECORD_VERSION_DELETED,   // id: machine, number
    SW_RECORD_ALIAS,             // alias: put by machine and name
    SW_RECORD_ALIAS_DELETED,     // id: machine, text: name
    SW_RECORD_ACTIVITY,          // activity: insert
    SW_RECORD_ACTIVITY_DELETED,  // id: with its waiting tasks and tags
    SW_RECORD_TAGS,              // text: ARN; tags: all of them now
    SW_RECORD_EXECUTION,         // execution: insert (with input)
    SW_RECORD_EVENTS,            // id: execution; number: first event's id; text: encoded events (journal.h)
    SW_RECORD_EXECUTION_PROGRESS, // execution: id, due_ms, flags, event_count are updated
    SW_RECORD_EXECUTION_ENDED,   // execution: id, status, stop_ms, event_count, output, error, cause
    SW_RECORD_EXECUTION_REDRIVEN, // execution: id, status, redrive_ms, redrive_count; stop_ms back to 0
    SW_RECORD_ACTIVITY_TASK,     // activity_task: insert
    SW_RECORD_ACTIVITY_TASK_GONE, // id: of the task
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
    };
} sw_record;

// Reading ---------------------------------------------------------------------------------------------------------

typedef struct sw_execution_query {
    int64_t machine;
    int64_t version;    // 0: any
    sw_str  alias;      // empty: any
    int     status;     // -1: any, else sw_status
    int64_t before_start_ms, before_id; // newest first, strictly after this place; 0: from the top
    uint32_t limit;
} sw_execution_query;

typedef struct sw_store  sw_store;
typedef struct sw_reader sw_reader;

struct sw_store {
    // Writes all records in order in one transaction that is durable when it returns true.
    bool (*commit)(sw_store *store, const sw_record *records, size_t count, sw_error *err);
    bool (*reader_open)(sw_store *store, sw_reader **reader, sw_error *err);
    // Gives back everything: WAL checkpointed, files closed. Readers must be closed before.
    void (*close)(sw_store *store);
    const char *name; // "sqlite", "memory"
};

// visit returns false to stop. Rows are lent for the call.
struct sw_reader {
    void (*close)(sw_reader *reader);

    // Everything of the control plane, read once at the start.
    bool (*each_machine)(sw_reader *, bool (*visit)(void *who, const sw_machine_row *), void *who, sw_error *err);
    bool (*each_version)(sw_reader *, bool (*visit)(void *who, const sw_version_row *), void *who, sw_error *err);
    bool (*each_alias)(sw_reader *, bool (*visit)(void *who, const sw_alias_row *), void *who, sw_error *err);
    bool (*each_activity)(sw_reader *, bool (*visit)(void *who, const sw_activity_row *), void *who, sw_error *err);
    bool (*each_tag)(sw_reader *, bool (*visit)(void *who, sw_str arn, const sw_tag *), void *who, sw_error *err);
    bool (*each_activity_task)(sw_reader *, bool (*visit)(void *who, const sw_activity_task_row *), void *who,
                               sw_error *err);
    // Running executions: id, machine, due_ms and flags only; one small record each (recovery).
    bool (*each_running)(sw_reader *, bool (*visit)(void *who, const sw_execution_row *), void *who, sw_error *err);

    bool (*find_revision)(sw_reader *, int64_t id, sw_arena *, sw_revision_row *, bool *found, sw_error *err);
    bool (*find_execution)(sw_reader *, int64_t id, sw_arena *, sw_execution_row *, bool *found, sw_error *err);
    bool (*find_execution_by_name)(sw_reader *, int64_t machine, sw_str name, sw_arena *, sw_execution_row *,
                                   bool *found, sw_error *err);
    // Rows without input, output, error and cause.
    bool (*list_executions)(sw_reader *, const sw_execution_query *, bool (*visit)(void *who, const sw_execution_row *),
                            void *who, sw_error *err);
    // Chunks of encoded events whose first id is at most last and that reach from_event or beyond, in order.
    bool (*read_history)(sw_reader *, int64_t execution, uint32_t from_event, uint32_t last,
                         bool (*visit)(void *who, uint32_t first_event, sw_str events), void *who, sw_error *err);
    bool (*count_executions)(sw_reader *, int64_t machine, int status, int64_t *count, sw_error *err);
    // The largest ids in use, so that the server goes on behind them.
    bool (*get_last_ids)(sw_reader *, int64_t *machine, int64_t *revision, int64_t *activity, int64_t *execution,
                         int64_t *activity_task, sw_error *err);
    // A value of the store's own that is made once: the key that signs task tokens.
    bool (*get_secret)(sw_reader *, unsigned char secret[32], sw_error *err);
};

typedef struct sw_store_options {
    const char *directory; // sqlite
} sw_store_options;

SW_API bool sw_store_open_memory(const sw_store_options *options, sw_store **store, sw_error *err);
SW_API bool sw_store_open_sqlite(const sw_store_options *options, sw_store **store, sw_error *err);

#endif
