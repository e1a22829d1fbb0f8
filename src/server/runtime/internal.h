// internal.h: what the files of the runtime share.
//
//   mailbox -> shard's round: decide for each message -> one batch -> committer -> deeds -> back to
//   the shard, which lets go of what has ended or sleeps
//
// A deed is what must not happen before the records are durable: an answer, a task, a message to
// another execution.

#ifndef STEPWELL_SERVER_RUNTIME_INTERNAL_H
#define STEPWELL_SERVER_RUNTIME_INTERNAL_H

#include "stepwell/integration.h"
#include "stepwell/journal.h"

#include "server/runtime.h"

#include <pthread.h>

typedef struct sw_shard   sw_shard;
typedef struct sw_run     sw_run;
typedef struct sw_map_run sw_map_run;

// Messages ----------------------------------------------------------------------------------------

typedef enum sw_message_kind {
    SW_MESSAGE_START,     // start, request
    SW_MESSAGE_HAPPENED,  // execution, happening; request is answered with {} or the reason why not
    SW_MESSAGE_TAKE_TASK, // an activity's task for a poller: execution, task, request
    SW_MESSAGE_STOP,      // execution, happening.failure, request
    SW_MESSAGE_LIST_TASKS, // execution, request
    SW_MESSAGE_REDRIVE,    // execution, start.name: the client's token; request
    // A nested start: start.parent; start.name: the exception (ended by NUL); start.input: why
    SW_MESSAGE_REFUSED,
    // execution: it was with an outside caller when the server died; start.resumed: it would have
    // been, had the server not ended
    SW_MESSAGE_RECOVER,
    SW_MESSAGE_ADOPT, // round: an express execution began elsewhere and goes on here
    // execution, happening.task: it goes on; start.resumed: what it did is durable
    SW_MESSAGE_MAP_RUN,
    SW_MESSAGE_DESCRIBE_MAP_RUN, // execution, start.machine: its id; request
    SW_MESSAGE_UPDATE_MAP_RUN,   // the same; map_settings
    SW_MESSAGE_COMMITTED,        // round
    SW_MESSAGE_QUIT,
} sw_message_kind;

// On the heap with its texts behind it; freed by the shard.
typedef struct sw_message {
    struct sw_message *next;
    sw_message_kind    kind;
    int64_t            execution;
    sw_happening       happening;
    sw_start           start;
    sw_request        *request;
    struct sw_round   *round;
    int64_t            activity_task; // TAKE_TASK: its row
    bool               needs_answer;  // HAPPENED: request, or a parent that wants to know
    int64_t            held_until_ms; // HAPPENED: see hold in shard.c; 0: it was not
    bool               held;          // among the shard's held ones
    sw_map_settings    map_settings;  // UPDATE_MAP_RUN
} sw_message;

sw_message *sw_message_new(sw_message_kind kind, size_t text_bytes);
// Copies text behind the message (room was reserved by text_bytes) and returns where it is now.
sw_str    sw_message_keep(sw_message *message, char **room, sw_str text);
char     *sw_message_room(sw_message *message);
void      sw_shard_post(sw_shard *shard, sw_message *message);
sw_shard *sw_runtime_get_shard(sw_runtime *runtime, int64_t execution);

// Rounds ------------------------------------------------------------------------------------------

typedef enum sw_deed_kind {
    SW_DEED_ANSWER,         // request, value
    SW_DEED_GIVE_TASK,      // request, value, activity_task
    SW_DEED_FAIL,           // request, exception, text
    SW_DEED_TASK,           // task
    SW_DEED_CANCEL,         // attempt
    SW_DEED_QUEUE_ACTIVITY, // activity, activity_task
    SW_DEED_START_NESTED,   // attempt: parent; text: parameters
    SW_DEED_TELL_PARENT,    // attempt, happening
    SW_DEED_COUNT_END,      // machine: one execution less runs; status, duration_ms
    SW_DEED_LOG,            // log
    SW_DEED_MAP_RUN,        // attempt: what its children did is durable
} sw_deed_kind;

typedef struct sw_deed {
    struct sw_deed      *next;
    sw_deed_kind         kind;
    sw_request          *request;
    sw_value             value;
    const char          *exception;
    sw_str               text;
    sw_log_line          log;
    sw_attempt           attempt;
    sw_happening         happening;
    sw_outside_task      task;
    int64_t              activity, machine;
    sw_activity_task_row activity_task;
    uint8_t              mode, status;
    int64_t              duration_ms;
} sw_deed;

typedef struct sw_round {
    sw_batch *batch; // its arena holds the round's deeds and texts
    sw_shard *shard;
    sw_deed  *first_deed, **last_deed;
    sw_run  **touched; // runs with records in this round
    uint32_t  touched_count, touched_capacity;
    bool      must_wait; // has nothing to write, but says what an earlier round has not written yet
} sw_round;

sw_round *sw_round_new(sw_shard *shard);
void      sw_round_free(sw_round *round); // one that is not committed
sw_deed  *sw_round_add(sw_round *round, sw_deed_kind kind);
sw_str    sw_round_copy(sw_round *round, sw_str text);
void      sw_round_touch(sw_round *round, sw_run *run);
void      sw_deeds_perform(sw_round *round, const sw_error *err);

// Runs: executions in memory ----------------------------------------------------------------------

typedef enum sw_log_level { SW_LOG_OFF, SW_LOG_FATAL, SW_LOG_ERROR, SW_LOG_ALL } sw_log_level;

struct sw_run {
    int64_t          id;
    sw_shard        *shard;
    sw_run          *next_in_bucket, *next_of_name;
    sw_execution    *x;
    sw_arena         arena; // texts of row
    sw_execution_row row;
    sw_str           arn, machine_arn, machine_name, role_arn;
    bool             express;
    sw_log_level     log_level;
    bool             log_data;  // with input and output
    sw_str           log_group; // its ARN
    sw_request      *waiter;    // StartSyncExecution
    // In the round at hand:
    bool         touched, is_new, redriven;
    sw_chunk    *chunk;
    sw_round    *round;     // that it was touched in last
    uint32_t     rounds;    // of it that are not done yet: their batches are not durable
    bool         calling;   // a task is with an outside caller
    bool         busy;      // counted in the runtime's busy: a clean end waits for it
    bool         may_begin; // while it is taken up again: none of its tasks had been begun
    sw_task_ref *withheld;  // tasks that are not begun because the server ends; in arena
    uint32_t     withheld_count, withheld_capacity;
    bool         interruptible; // a restart has to look after a task of it
    bool         flushed_end;   // its end is in a batch
    sw_map_run  *map_runs;      // that have not ended; see map_run.h
    // A child of a Map Run: the Map whose ItemProcessor it is; empty: none
    sw_str map_state;
    bool   express_child;
};

sw_run *sw_run_find(sw_shard *shard, int64_t execution);              // in memory, or NULL
sw_run *sw_names_find(sw_shard *shard, int64_t machine, sw_str name); // in memory, or NULL
// From the store; NULL: none, or ended
sw_run *sw_run_load(sw_shard *shard, int64_t execution, sw_error *err);
// Ended ones, too
sw_run *sw_run_load_any(sw_shard *shard, int64_t execution, sw_error *err);
// Not known to the shard yet. An express one may be made by any thread, others by the shard's.
bool sw_run_new(sw_shard *shard, const sw_start *start, sw_run **run, sw_error *err);
void sw_run_insert(sw_run *run);
void sw_run_set_arn(sw_run *run); // its ARN, of its row
void sw_run_release(sw_run *run); // forgets it
void sw_run_free(sw_run *run);    // one that was not inserted
// Tells the execution and turns what it wishes into deeds.
void sw_run_handle(sw_round *round, sw_run *run, const sw_happening *happening);
void sw_run_flush(sw_round *round, sw_run *run); // what it recorded, into the batch
void sw_run_set_outcome(sw_execution_row *row, const sw_execution *x);
bool sw_run_may_sleep(const sw_run *run, int64_t now_ms);

// What it logs (log.c)
void sw_run_set_logging(sw_run *run, sw_str logging);
void sw_run_log(sw_run *run, const sw_execution *x, const sw_event *event);
void sw_redrive_execution(sw_round *round, sw_message *message); // redrive.c
void sw_run_begin_again(sw_round *round, sw_run *run);
// Its end: answers who waits, tells the parent (ended.c)
void sw_run_ended(sw_round *round, sw_run *run);
// Effects to deeds (perform.c)
bool sw_task_is_nested(const sw_effect *task);
// It waits for somebody with its token.
bool sw_task_is_callback(const sw_effect *task);
void sw_run_perform(sw_round *round, sw_run *run, const sw_effect *effect);

// Timers ------------------------------------------------------------------------------------------

typedef struct sw_wake {
    int64_t due_ms, execution;
} sw_wake;

// Binary heap; an entry that has been overtaken does no harm: waking early is no news
typedef struct sw_wakes {
    sw_wake *heap;
    size_t   count, capacity;
} sw_wakes;

void    sw_wakes_push(sw_wakes *wakes, int64_t due_ms, int64_t execution);
bool    sw_wakes_pop(sw_wakes *wakes, int64_t now_ms, int64_t *execution); // one that is due
int64_t sw_wakes_first(const sw_wakes *wakes);                             // INT64_MAX: none

// Shards ------------------------------------------------------------------------------------------

// A redrive that was answered, for whoever asks again with the same token
typedef struct sw_redrive_token {
    int64_t execution, redrive_ms;
    char    token[65];
} sw_redrive_token;

#define SW_REDRIVE_TOKENS 256u

struct sw_shard {
    sw_runtime       *runtime;
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    sw_message       *first, **last;
    sw_message       *held; // the thread's
    bool              quit;
    sw_reader        *reader;
    sw_run          **buckets, **names; // by id; by machine and name
    int64_t           next_execution;
    uint32_t          number;
    size_t            bucket_count, run_count;
    sw_wakes          wakes;
    sw_redrive_token *redrives; // ring of SW_REDRIVE_TOKENS; NULL: none yet
    uint32_t          redrive_next;
};

bool sw_shard_open(sw_shard *shard, sw_error *err); // reader and thread; the rest is prepared
void sw_shard_close(sw_shard *shard);
void sw_start_execution(sw_round *round, sw_message *message);
// Begins an express execution on this thread. Most end at once; one that waits for something goes
// on in its shard. start's reference is taken.
void sw_start_express(sw_runtime *runtime, const sw_start *start, sw_request *request);

struct sw_runtime {
    sw_runtime_options options;
    sw_shard          *shards;
    uint32_t           shard_count;
    int64_t            next_activity_task; // atomic
    int64_t            next_map_run;       // atomic
    int64_t            express_count;      // atomic: express executions that have begun
    unsigned char      secret[32];
    // Committer
    pthread_t       committer;
    pthread_mutex_t commit_lock;
    pthread_cond_t  commit_wake;
    sw_batch       *first_batch, **last_batch;
    bool            commit_quit, broken;
    bool            draining; // atomic: ending; no task is begun
    int64_t         busy;     // atomic: runs that a clean end waits for
    bool            deleting; // atomic: there are, or were, machines that are being deleted
    sw_error        broken_by;
    // Activities
    pthread_mutex_t activity_lock;
    // Tasks outside executions
    pthread_mutex_t    nested_lock;
    sw_reader         *nested_reader; // under nested_lock; NULL: not opened yet
    pthread_mutex_t    probe_lock;
    struct sw_probe   *probes;
    int64_t            last_probe;
    sw_runtime_figures figures; // atomic
    // Retention: the ticking thread's
    sw_reader *retention_reader; // NULL: not opened yet
    int64_t    next_purge_ms;
    bool       purging; // atomic: a batch of it is with the committer
};

int64_t sw_runtime_now(const sw_runtime *runtime);
bool    sw_committer_open(sw_runtime *runtime, sw_error *err);
void    sw_committer_close(sw_runtime *runtime);

// Tokens (token.c): base64url of version, execution, frame, attempt and a keyed MAC.
// A name for an execution that was given none (name.c). chance: any bits that differ each time.
sw_str sw_name_make(const sw_runtime *runtime, int64_t id, uint64_t chance, sw_arena *arena);

// The id that such a name says, if it is one; anybody can make up a name.
bool sw_name_read(const sw_runtime *runtime, sw_str name, int64_t *id);

sw_str sw_token_make(const sw_runtime *runtime, sw_attempt attempt, sw_arena *arena);
bool   sw_token_read(const sw_runtime *runtime, sw_str token, sw_attempt *attempt);

// Activities (activity.c)
// Durable: hand it to a poller
void sw_activity_add(sw_runtime *runtime, const sw_activity_task_row *task);
void sw_activity_answer_none(sw_request *request);
// To the worker that has taken it; if that has gone meanwhile, to the next one: the same attempt,
// which started once.
void sw_activity_give(sw_runtime *runtime, const sw_activity_task_row *row, sw_request *request,
                      sw_value task);
// Pollers that have waited long enough
void sw_activity_expire(sw_runtime *runtime, int64_t now_ms);
void sw_activity_close(sw_runtime *runtime);

// Forgets what has ended long ago (retention.c)
void sw_retention_tick(sw_runtime *runtime);
void sw_retention_close(sw_runtime *runtime);

void sw_probes_close(sw_runtime *runtime); // those that nobody will report
void sw_probe_happened(sw_runtime *runtime, int64_t id, const sw_happening *outcome);

// Machines that are being deleted (deleting.c)
void sw_machine_count_refused(sw_runtime *runtime, int64_t machine); // it has not started after all
void sw_machine_count_end(sw_runtime *runtime, const sw_deed *deed);
// Whether the run must end instead of going on: its machine is being deleted.
bool sw_run_is_unwanted(const sw_run *run, sw_happening_kind kind);
void sw_machines_resume_deleting(sw_runtime *runtime); // after a restart

// Nested executions (nested.c)
void sw_nested_start(sw_runtime *runtime, const sw_deed *deed);
// Deeds for the parent: the child has started (or had already), has ended, or could not be started.
void sw_nested_started(sw_round *round, sw_run *child, const sw_start *start);
void sw_nested_ended(sw_round *round, sw_run *child);
void sw_nested_found(sw_round *round, const sw_execution_row *row, sw_str arn,
                     const sw_start *start);
void sw_nested_refused(sw_round *round, const sw_parent_link *parent, const char *exception,
                       sw_str message);

#endif
