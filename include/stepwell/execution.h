// execution.h: one run of a machine. The caller brings the clock, the chance and the tasks.
//
// Purpose   An execution is told what happened (sw_execution_handle); it decides, records AWS's
//           history events, and says what it wishes done (effects). It does no I/O, knows no clock
//           and starts no thread.
//
//               sw_execution_new -> handle(START) -> effects: START_TASK -> the caller runs it
//                                   handle(TASK_SUCCEEDED) -> effects: FINISHED
//
//           The caller commits what was recorded before it performs the effects, and calls
//           handle(TIME_PASSED) when sw_execution_next_due has come. Rebuilding:
//           sw_execution_replay with the recorded events of any prefix, then handle(RESUME), goes
//           on as if nothing had been interrupted.
//
// Owns      The execution owns its events, payloads and effects. Effects are good until the next
//           handle; events and payloads as long as the execution, when keep_history is set, else
//           until the observer returns.
// Threads   One thread at a time; different executions are independent. The machine is shared.
// Units     Milliseconds since the epoch (_ms), seconds where the States Language has seconds (_s).
// Errors    A failing workflow is an outcome, not an error. handle fails only for memory or misuse;
//           then the execution is broken: free it and replay it from what was committed.
// Source    AWS API model, GetExecutionHistory (event names and members); histories recorded on
//           AWS.

#ifndef STEPWELL_EXECUTION_H
#define STEPWELL_EXECUTION_H

#include "stepwell/machine.h"

typedef struct sw_execution sw_execution;

// A payload: JSON text that is parsed when somebody looks inside, or a value that is printed when
// somebody wants the text.
typedef struct sw_payload sw_payload;

SW_API sw_str   sw_payload_text(const sw_payload *payload); // printed once, then remembered
SW_API sw_value sw_payload_value(const sw_payload *payload);

// How a workflow or a task failed. Both parts may be absent, which is not the same as empty.
typedef struct sw_failure {
    bool   has_error, has_cause;
    sw_str error, cause;
} sw_failure;

typedef enum sw_status { SW_RUNNING, SW_SUCCEEDED, SW_FAILED, SW_TIMED_OUT, SW_ABORTED } sw_status;
SW_API const char *sw_status_name(sw_status status); // "RUNNING"

// History -----------------------------------------------------------------------------------------

typedef enum sw_event_type {
#define EVENT(id, name, details) SW_EVENT_##id,
#include "stepwell/history.def"
#undef EVENT
    SW_EVENT_COUNT,
} sw_event_type;

#define SW_NO_STATE UINT32_MAX

// One record. The public half is AWS's event; the private half is what replay needs besides.
typedef struct sw_event {
    sw_event_type type;
    uint32_t      id;       // from 1; 0 for a private record, which no history shows
    uint32_t      previous; // previousEventId
    int64_t       timestamp_ms;
    // Private: the line of control (Parallel branch, Map iteration) it belongs to
    uint32_t frame;
    uint32_t state; // number of the state in its machine, or SW_NO_STATE
    uint32_t next;  // private: StateExited: the state that follows, or SW_NO_STATE
    // MapIteration…: which; MapStateStarted: length; private: RetryScheduled: which retrier;
    // EvaluationFailed: 1: by a catcher
    uint32_t          index;
    uint32_t          concurrency; // private MapStateStarted: how many iterations at a time
    const sw_payload *data;        // input, output or parameters
    sw_value          assigned; // StateExited: object of variables; undefined when there are none
    const sw_failure *failure;  // …Failed, …TimedOut, ExecutionAborted
    // WorkerName, EvaluationFailed's location, a credential's role; NULL: none
    const char *text;
    int64_t     timeout_s;   // …Scheduled; 0: none
    int64_t     heartbeat_s; // the same
    int64_t     due_ms;      // private RetryScheduled, WaitScheduled: when to go on
} sw_event;

SW_API const char *sw_event_type_name(sw_event_type type); // "TaskStateEntered"

// What an event's text needs to know of the execution that it belongs to.
typedef struct sw_history_view {
    const sw_machine *machine;
    sw_str            role_arn, region, version_arn, alias_arn;
} sw_history_view;

// The event as GetExecutionHistory shows it.
SW_API sw_value sw_event_print(const sw_history_view *view, const sw_event *event,
                               bool include_data, sw_arena *arena);
// The same for an event of an execution that is at hand.
SW_API sw_value sw_event_to_json(const sw_execution *execution, const sw_event *event,
                                 bool include_data, sw_arena *arena);

// Making and rebuilding ---------------------------------------------------------------------------

typedef struct sw_execution_options {
    sw_str   id;         // ARN of the execution
    sw_str   name;       // its last part
    sw_str   machine_id; // ARN of the state machine
    sw_str   machine_name;
    sw_str   role_arn;
    sw_str   region;                 // of TaskScheduled events; empty: us-east-1
    sw_str   input;                  // JSON text; empty: {}
    sw_str   version_arn, alias_arn; // empty: none
    uint64_t seed;                   // of all chance in this execution
    bool     keep_history;           // remember all events
    uint32_t event_limit;            // 0: 25,000 for a standard machine, none for an express one
    uint32_t payload_bytes_max;      // 0: 262,144
    // The execution is a child of a Map Run: the name of the distributed Map whose ItemProcessor it
    // runs. Empty: it runs the machine.
    sw_str map_state;
    // The caller runs Map Runs (SW_EFFECT_START_MAP_RUN). Otherwise a machine that has a
    // distributed Map is refused.
    bool map_runs;
    // Told of each event when it has been applied. May be NULL.
    void (*observe)(void *who, const sw_execution *execution, const sw_event *event);
    // Makes the task token of an attempt; NULL: a readable one that the execution knows again.
    sw_str (*make_token)(void *who, const sw_execution *execution, uint32_t frame, uint32_t attempt,
                         sw_arena *arena);
    // Makes the ARN of a Map Run that is about to start; label is the Map's own, or made of its
    // name. NULL: one is made of chance.
    sw_str (*make_map_run)(void *who, const sw_execution *execution, sw_str label, sw_arena *arena);
    // Whether an activity can be scheduled; NULL: every one can.
    bool (*activity_exists)(void *who, sw_str arn);
    void *who;
} sw_execution_options;

// Texts in options are copied. The machine is referenced. Fails when the input is not JSON or too
// large (SW_ERROR_SYNTAX, SW_ERROR_LIMIT) and when the machine needs what is not there yet
// (SW_ERROR_UNSUPPORTED).
SW_API bool sw_execution_new(sw_machine *machine, const sw_execution_options *options,
                             sw_execution **execution, sw_error *err);
SW_API void sw_execution_free(sw_execution *execution); // NULL is fine

// Applies one recorded event to a new execution that has the same machine and options; texts are
// copied.
SW_API bool sw_execution_replay(sw_execution *execution, const sw_event *event, sw_error *err);

// What happened -----------------------------------------------------------------------------------

typedef enum sw_happening_kind {
    SW_HAPPENED_START,
    // After replay: go on; effects tell which tasks have to be started again
    SW_HAPPENED_RESUME,
    SW_HAPPENED_TIME_PASSED,    // something is due
    SW_HAPPENED_TASK_STARTED,   // an activity was handed to a worker (worker_name)
    SW_HAPPENED_TASK_SUBMITTED, // the first answer of a .sync or .waitForTaskToken task (output)
    SW_HAPPENED_TASK_SUCCEEDED, // output
    SW_HAPPENED_TASK_FAILED,    // failure
    SW_HAPPENED_TASK_HEARTBEAT,
    // Of a Map Run, told with SUBMITTED when its items have been read (output: an array; any size),
    // and with SUCCEEDED or FAILED at its end:
    SW_HAPPENED_MAP_NEXT, // a child may start: first is the number of its first item
    SW_HAPPENED_STOP,     // failure: what StopExecution was given
    SW_HAPPENED_REDRIVE,  // it has failed, timed out or was aborted, and goes on where it did
} sw_happening_kind;

// Names one attempt of one task. Attempts that are over are ignored when they report.
typedef struct sw_task_ref {
    uint32_t frame;
    uint32_t attempt; // id of its …Scheduled event
} sw_task_ref;

typedef struct sw_happening {
    sw_happening_kind kind;
    sw_task_ref       task;
    sw_str            output; // JSON text, copied; text that is no JSON fails the task
    sw_failure        failure;
    sw_str            worker_name;
    uint32_t          first;             // MAP_NEXT
    sw_value          request, response; // of an HTTP Task that is traced; lent, mostly undefined
} sw_happening;

// What to do --------------------------------------------------------------------------------------

typedef enum sw_effect_kind {
    SW_EFFECT_START_TASK,
    SW_EFFECT_CANCEL_TASK, // its outcome is no longer wanted
    // A distributed Map. task.attempt: id of MapRunStarted or …Redriven; resource: the ARN of the
    // Map Run; parameters: what the state says, worked out, absent members left out:
    //
    //     {"MaxConcurrency": 0, "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 5,
    //      "MaxItems": 10, "MaxItemsPerBatch": 2, "MaxInputBytesPerBatch": 1000, "BatchInput": {},
    //      "ItemReader": {"Resource": "...", "Arguments": {}, "ReaderConfig": {}},
    //      "ResultWriter": {"Resource": "...", "Arguments": {}, "WriterConfig": {}}}
    //
    // submitted: its items are there, item_count of them; otherwise the caller reads them and
    // tells. Told again when they are.
    SW_EFFECT_START_MAP_RUN,
    // The answer to MAP_NEXT: a child for item_count items from first on, with parameters as input
    SW_EFFECT_START_CHILD,
    SW_EFFECT_CANCEL_MAP_RUN, // with all its children
    SW_EFFECT_FINISHED,       // see sw_execution_get_status
} sw_effect_kind;

typedef enum sw_task_kind {
    SW_TASK_LAMBDA,
    SW_TASK_ACTIVITY,
    SW_TASK_SERVICE,
    SW_TASK_MAP_RUN,
} sw_task_kind;

typedef struct sw_effect {
    sw_effect_kind    kind;
    sw_task_ref       task;
    sw_task_kind      task_kind;
    sw_str            state_name;
    sw_str            resource;        // the whole ARN as written
    sw_str            resource_type;   // SERVICE: "lambda"
    sw_str            action;          // SERVICE: "invoke", "sendMessage.waitForTaskToken"
    const sw_payload *parameters;      // LAMBDA and ACTIVITY: the input
    sw_str            token;           // .waitForTaskToken, .sync and activities
    uint32_t          retry_count;     // 0 at the first attempt
    bool              waits_for_token; // .waitForTaskToken: the outcome is reported with the token
    bool              interrupted;     // RESUME: it had been started before, its outcome is unknown
    bool              submitted;       // RESUME: its first answer has come
    const sw_payload *submission;      // that answer; NULL: none has come
    int64_t           timeout_s, heartbeat_s; // 0: none
    const char       *role;                   // Credentials; NULL: none
    uint32_t          first, item_count;      // of a Map Run
    bool              redriven;               // START_MAP_RUN: children that failed run again
    bool              express;                // START_MAP_RUN: its children are
} sw_effect;

typedef struct sw_effects {
    const sw_effect *list;
    size_t           count;
} sw_effects;

// True when handled; a report about an attempt that is over is handled by doing nothing.
SW_API bool sw_execution_handle(sw_execution *execution, const sw_happening *happening,
                                int64_t now_ms, sw_effects *effects, sw_error *err);

// Whether the attempt has given its first answer (.sync, .waitForTaskToken) and waits for the
// outcome.
SW_API bool sw_execution_is_submitted(const sw_execution *execution, sw_task_ref task);
// Whether it has not, and waits for it before it waits for its token.
SW_API bool sw_execution_awaits_submission(const sw_execution *execution, sw_task_ref task);
// Whether an attempt still waits for its outcome.
SW_API bool sw_execution_wants(const sw_execution *execution, sw_task_ref task);

// Calls visit for each task that has been handed out and has no outcome yet, described as by its
// START_TASK (without parameters and token). visit returns false to stop.
SW_API void sw_execution_each_task(const sw_execution *execution,
                                   bool (*visit)(void *who, const sw_effect *task), void *who);

// The input or parameters of a task that waits for its outcome; empty when there is none.
SW_API sw_str sw_execution_get_task_input(const sw_execution *execution, sw_task_ref task);

// When to call with TIME_PASSED; INT64_MAX: nothing is due.
SW_API int64_t sw_execution_next_due(const sw_execution *execution);

// Looking -----------------------------------------------------------------------------------------

SW_API sw_status sw_execution_get_status(const sw_execution *execution);
// NULL unless SUCCEEDED
SW_API const sw_payload *sw_execution_get_output(const sw_execution *execution);
// NULL unless it failed
SW_API const sw_failure *sw_execution_get_failure(const sw_execution *execution);
// Empty when unknown
SW_API sw_str sw_execution_get_failed_state(const sw_execution *execution);
// AWS's events
SW_API uint32_t sw_execution_get_event_count(const sw_execution *execution);
// All records, private ones (id 0) included; empty unless keep_history.
SW_API const sw_event   *sw_execution_get_records(const sw_execution *execution, size_t *count);
SW_API const sw_machine *sw_execution_get_machine(const sw_execution *execution);
// Of event.state
SW_API sw_str sw_execution_get_state_name(const sw_execution *execution, uint32_t state);

#endif
