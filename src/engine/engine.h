// engine.h: the inside of an execution, for the files of this room.
//
// An execution is a tree of frames: one at the top, one for each running Parallel branch and Map
// iteration. A frame is at one state in one phase. Three beats:
//
//   decide   looks at a frame and its state and makes events        decide_*.c
//   apply    changes the execution by one event, and nothing else does   apply.c
//   effects  what the caller shall do once the events are safe      effects.c
//
// Replay is apply alone. Everything apply needs is in the event; what is not in an event (items of
// a Map, when a Wait is due) decide works out again from what is.
//
// The ready queue holds the frames that can go on, each once. A frame at the front runs until it
// cannot; apply keeps the queue, so that replay leaves it as the live run had it.

#ifndef STEPWELL_ENGINE_ENGINE_H
#define STEPWELL_ENGINE_ENGINE_H

#include "stepwell/execution.h"

#include "asl/step.h"

#define SW_EVENT_LIMIT       25000u          // of a standard execution. docs: service quotas
#define SW_PAYLOAD_BYTES_MAX 262144u         // docs: service quotas
#define SW_COLLECT_BYTES_MIN (2048u * 1024u) // of memory, before it is worth collecting
#define SW_FRAME_STEPS_MAX   20000u          // in one handle: then the caller gets a turn
#define SW_NO_FRAME          UINT32_MAX

struct sw_payload {
    sw_arena *arena;  // where its other half is made
    sw_value  value;  // undefined: not parsed yet
    sw_str    text;   // .text NULL: not printed yet
    uint64_t  number; // from 1 in its execution, and the same when it has moved; 0: of none
};

typedef enum sw_phase {
    SW_PHASE_FREE,
    SW_PHASE_ENTER,        // about to enter frame->state
    SW_PHASE_ENTERED,      // …StateEntered is recorded
    SW_PHASE_WAITING,      // a Wait, until due
    SW_PHASE_WAITED,       // it is due
    SW_PHASE_SCHEDULED,    // …Scheduled is recorded
    SW_PHASE_STARTED,      // the task is with the caller
    SW_PHASE_CHILDREN,     // branches or iterations run
    SW_PHASE_RESULT,       // the task or the children have a result
    SW_PHASE_RESULT_KNOWN, // …StateSucceeded is recorded (Parallel, Map)
    SW_PHASE_FAILED,       // frame->failure: retry, catch or give up
    SW_PHASE_GIVEN_UP,     // …StateFailed is recorded (Parallel, Map): catch or give up
    SW_PHASE_RETRYING,     // until due
    SW_PHASE_DONE,         // the last state has exited; frame->input is the output
    SW_PHASE_FROZEN,       // what is around it has failed; a redrive goes on from here
} sw_phase;

typedef struct sw_frame {
    uint32_t         id;
    uint32_t         parent;   // SW_NO_FRAME at the top
    uint32_t         position; // branch or iteration
    const sw_states *states;
    const sw_state  *state;
    sw_phase         phase, frozen_in; // FROZEN: in which phase
    bool             queued;
    bool             iteration_torn; // its MapIterationFailed or …Aborted is recorded
    bool             state_torn;     // its …StateAborted is
    bool             catch_failed;   // a catcher's Output or Assign could not be evaluated
    bool             runtime_failed; // States.Runtime of its own: no …StateFailed event
    // Parallel, Map: what …Succeeded or …Failed links to
    uint32_t          last_event, exit_previous;
    uint32_t          entered_event, entered_previous;
    int64_t           entered_ms;
    const sw_payload *input; // raw input of the state
    // Of the task or the children; submitted: its first answer, the items that a Map Run has read
    const sw_payload *result;
    sw_value          variables;     // of its own scope; undefined: none
    bool              own_variables; // no event shares them: a new value goes in place
    sw_failure        failure;
    const sw_state   *failed_state; // that the failure came from, below this one; NULL: this one
    // Retry
    uint32_t  attempts; // $$.State.RetryCount
    uint32_t *retries;  // one count for each retrier; NULL: all zero
    // Task
    uint32_t attempt; // id of the …Scheduled event; Parallel, Map: of the …StateStarted event
    int64_t  timeout_s, heartbeat_s, started_ms, heartbeat_ms;
    bool     submitted; // its first answer has come
    const char       *role;
    const sw_payload *parameters;
    // Timer
    int64_t  due_ms;
    uint32_t timer_slot; // in the heap, from 1; 0: not armed
    // Children
    uint32_t first_child, last_child, next_sibling; // live ones, in the order of position
    // started: of a Map Run the id of MapStateStarted, from which its items' chance is drawn
    uint32_t           child_count, started, finished, running, concurrency;
    const sw_payload **results;
    sw_value           items;             // Map; undefined: not looked at yet
    uint32_t           finished_previous; // last event of the iteration that finished last
} sw_frame;

typedef struct sw_record_chunk {
    struct sw_record_chunk *older;
    size_t                  count, capacity;
    sw_event                records[];
} sw_record_chunk;

typedef struct sw_queue {
    uint32_t *frames; // ring of capacity, a power of two
    uint32_t  capacity, head, count;
} sw_queue;

struct sw_execution {
    sw_arena             arena;
    sw_arena             old_arena;     // during a collection
    size_t               collect_bytes; // of the arena, at which the next one is due
    sw_arena             scratch;
    sw_machine          *machine;
    const sw_states     *top;  // the machine's, or a distributed Map's processor
    sw_machine_type      type; // of this execution
    sw_execution_options options;
    sw_status            status;
    int64_t              now_ms, started_ms, deadline_ms, redriven_ms;
    uint32_t             redrive_count;
    uint32_t             event_count; // public ones
    uint32_t             event_limit;
    size_t               payload_bytes_max;
    sw_chance            chance;
    uint64_t             payload_count; // ever made
    const sw_payload    *input, *output;
    sw_failure           failure;
    sw_str               failed_state;
    // Frames by id; a freed one is used again.
    sw_frame **frames;
    uint32_t   frame_count, frame_capacity, free_frame;
    sw_queue   queue;
    uint32_t  *timers; // heap of frame ids by due_ms, then by entered_event
    uint32_t   timer_count, timer_capacity;
    // Records, when history is kept
    sw_record_chunk  *records; // newest first
    size_t            record_count;
    sw_event          record; // otherwise
    sw_effect        *effects;
    size_t            effect_count, effect_capacity;
    bool              replaying;
    bool              broken;                      // memory was spent in the middle of something
    const sw_payload *replayed_from, *replayed_to; // the payload copied last: events share them
};

// payload.c
const sw_payload *sw_payload_of_text(sw_execution *x, sw_str text); // text is kept as it is
const sw_payload *sw_payload_of_value(sw_execution *x, sw_value value);
// NULL: too deep.
const sw_payload *sw_payload_of_values(sw_execution *x, const sw_payload *const *items,
                                       uint32_t count);
size_t            sw_payload_bytes(const sw_payload *payload);

// frame.c
sw_frame *sw_frame_get(const sw_execution *x, uint32_t id);
sw_frame *sw_frame_new(sw_execution *x, sw_frame *parent, const sw_states *states,
                       uint32_t position);
void      sw_frame_release(sw_execution *x, sw_frame *frame); // with all below it
void      sw_frame_freeze(sw_execution *x, sw_frame *frame);  // with all below it
void      sw_frame_freeze_children(sw_execution *x, sw_frame *frame);
// Into the queue, or out of it
void            sw_frame_settle(sw_execution *x, sw_frame *frame, bool front);
sw_frame       *sw_frame_next_ready(sw_execution *x);
void            sw_frame_yield(sw_execution *x, sw_frame *frame); // to the back of the queue
const sw_state *sw_frame_get_failed_state(const sw_frame *frame);
bool            sw_frame_in_task(const sw_frame *frame); // SCHEDULED or STARTED

// timer.c
void      sw_timer_arm(sw_execution *x, sw_frame *frame, int64_t due_ms);
void      sw_timer_disarm(sw_execution *x, sw_frame *frame);
sw_frame *sw_timer_first(const sw_execution *x); // NULL: none armed
// The first that has timed out
sw_frame *sw_timer_first_task(const sw_execution *x, int64_t now_ms);

// record.c: one event on its way
bool            sw_record_is_private(sw_event_type type); // has no id, and no history shows it
bool            sw_record_is_full(const sw_execution *x); // the next event has to be the last
sw_event       *sw_record_new(sw_execution *x, sw_event_type type, const sw_frame *frame);
void            sw_record_commit(sw_execution *x, sw_event *event);
const sw_event *sw_records_gather(sw_execution *x); // all in a row
// New and commit
void sw_record_plain(sw_execution *x, sw_event_type type, const sw_frame *frame);
void sw_record_failure(sw_execution *x, sw_event_type type, const sw_frame *frame,
                       const sw_failure *failure);
// In the arena; its texts are there already, or are copied, too.
const sw_failure *sw_failure_keep(sw_execution *x, const sw_failure *failure);
const sw_failure *sw_failure_copy(sw_execution *x, const sw_failure *failure); // NULL stays NULL
// States.DataLimitExceeded; what: the state's name, or what its task called. aws: recorded.
sw_failure sw_failure_too_large(sw_execution *x, sw_str what);

// apply.c
void sw_execution_apply(sw_execution *x, const sw_event *event);

// scope.c: what the expressions of a frame's state see.
typedef struct sw_frame_scope {
    sw_execution *execution;
    sw_frame     *frame;
    sw_value      item; // $$.Map.Item.Value; undefined: no Map in the context
    uint32_t      item_index;
} sw_frame_scope;

// Fills *step and *scope, which must live as long as the step.
void   sw_step_begin(sw_execution *x, sw_frame *frame, sw_frame_scope *scope, sw_step *step);
sw_str sw_frame_get_token(sw_execution *x, const sw_frame *frame, uint32_t attempt);

// decide.c and its family
void sw_decide_run(sw_execution *x);
void sw_decide_timeouts(sw_execution *x); // of tasks that are due
void sw_decide_time_passed(sw_execution *x);
bool sw_decide_limit(sw_execution *x); // true: there have been too many events, and it has ended
void sw_decide_end(sw_execution *x, sw_event_type type, const sw_failure *failure);
void sw_decide_end_failed(sw_execution *x, const sw_frame *frame); // for the frame's failure
void sw_decide_enter(sw_execution *x, sw_frame *frame);
void sw_decide_exit(sw_execution *x, sw_frame *frame, sw_step *step);
void sw_decide_fail(sw_execution *x, sw_frame *frame, const sw_step *step);
void sw_decide_failed(sw_execution *x, sw_frame *frame);
void sw_decide_given_up(sw_execution *x, sw_frame *frame);
void sw_decide_task_entered(sw_execution *x, sw_frame *frame);
void sw_decide_task_start(sw_execution *x, sw_frame *frame);
void sw_decide_task_timeout(sw_execution *x, sw_frame *frame);
void sw_decide_parallel_entered(sw_execution *x, sw_frame *frame);
void sw_decide_map_entered(sw_execution *x, sw_frame *frame);
void sw_decide_map_next(sw_execution *x, sw_frame *frame);
bool sw_decide_map_items(sw_execution *x, sw_frame *map, sw_step *step);
// NULL: its parent has failed
const sw_payload *sw_decide_child_input(sw_execution *x, sw_frame *child);
void sw_decide_stop_children(sw_execution *x, sw_frame *frame); // and cancels their tasks
void sw_decide_children_result(sw_execution *x, sw_frame *frame);
void sw_decide_child_done(sw_execution *x, sw_frame *frame);
void sw_task_happened(sw_execution *x, const sw_happening *happening);

// What a task or a Map Run has given: copied and checked, recorded as type, or as failed when it is
// too large or no JSON; label: what that says returned it.
typedef struct sw_output {
    sw_event_type type, failed;
    sw_str        label, text;
} sw_output;

void sw_decide_output(sw_execution *x, sw_frame *frame, const sw_output *output);

// decide_map_run.c: a distributed Map, whose iterations are executions of their own.
static inline bool sw_frame_is_map_run(const sw_frame *frame) // it is at a distributed Map
{
    return frame->state->type == SW_STATE_MAP && sw_map_is_distributed(&frame->state->map);
}
void sw_decide_map_run_start(sw_execution *x, sw_frame *frame);
void sw_decide_map_run_again(sw_execution *x, sw_frame *frame); // redrive
void sw_decide_map_run_items(sw_execution *x, sw_frame *frame); // when there are any
void sw_decide_map_run_happened(sw_execution *x, sw_frame *frame, const sw_happening *happening);

// collect.c: without a history, gives up what nobody can reach any more. All pointers into the
// execution change, so it begins with a handle.
bool sw_collect_is_due(const sw_execution *x);
void sw_collect_begin(sw_execution *x);
void sw_collect_end(sw_execution *x);

// effects.c
void sw_effect_start(sw_execution *x, sw_frame *frame);
void sw_effect_cancel(sw_execution *x, const sw_frame *frame);
void sw_effect_start_child(sw_execution *x, const sw_frame *frame, uint32_t first, uint32_t count,
                           const sw_payload *input);
void sw_effect_finished(sw_execution *x);

#endif
