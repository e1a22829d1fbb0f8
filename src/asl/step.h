// step.h: one state at work: what its fields see, and what they make of it.
//
// Purpose   The engine fills a sw_step when a state has to do something; the functions of this room
//           (template, dataflow, choice, states/) read the state's compiled fields and write the
//           outcome into it. They are pure: the same step gives the same outcome.
// Owns      Nothing; values go to step->arena. scratch is for what a JSONata evaluation throws
//           away.
// Errors    false means that the state failed: step->failure says how, in AWS's words.
// Source    States Language, "Input and Output Processing"; causes as recorded (reference asl.md,
//           section 12).

#ifndef STEPWELL_ASL_STEP_H
#define STEPWELL_ASL_STEP_H

#include "stepwell/execution.h"

#include "asl/machine.h"
#include "query/scope.h"

typedef struct sw_step {
    const sw_state *state;
    sw_arena       *arena;
    sw_arena       *scratch;
    sw_scope        scope;         // scope.input: what `$` means now
    sw_value        input;         // the raw input of the state
    uint32_t        entered_event; // id of its …StateEntered
    // The outcome:
    sw_value        output;
    sw_value        assigned; // object; undefined when nothing is assigned
    const sw_state *next;
    sw_failure      failure;
    bool            evaluation_failed; // a JSONata failure, which has an event of its own
    sw_str          location;          // the field it happened in; empty when none
    // Told of each value on the way (afterInputPath, afterParameters, ...), for TestState. NULL:
    // nobody looks.
    void (*trace)(struct sw_step *step, const char *stage, sw_value value);
} sw_step;

// Failures. The first two put the recorded beginning before the text: An error occurred while
// executing the state ...
bool sw_step_fail_runtime(sw_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sw_step_fail_state(sw_step *step, const char *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool sw_step_fail_evaluation(sw_step *step, sw_str location, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool sw_step_fail(sw_step *step, const char *error, sw_str cause);
// A JSONata expression that gave the wrong type.
bool sw_step_fail_type(sw_step *step, const sw_template *expression, const char *expected,
                       sw_value value);

// template.c: evaluating --------------------------------------------------------------------------

bool sw_template_evaluate(sw_step *step, const sw_template *template, sw_value *result);

// The root that a path begins at: the step's `$`, the context object or a variable.
bool sw_step_read_path(sw_step *step, const sw_jsonpath *path, sw_value *result, sw_error *err);
// The same; a path that leads nowhere fails the step.
bool sw_step_need_path(sw_step *step, const sw_jsonpath *path, sw_value *result);

// A number field's value. Absent: *present is false. Which failures are possible differs by field,
// so they are the caller's: false means that a path or expression failed and step->failure is set.
bool sw_number_evaluate(sw_step *step, const sw_number_field *field, sw_value *number);

// dataflow.c: the order in which fields are applied -----------------------------------------------

// InputPath: sets step->scope.input to the effective input.
bool sw_step_apply_input_path(sw_step *step);
// Parameters or Arguments on top of it: what the state works with.
bool sw_step_get_work_input(sw_step *step, sw_value *work);
// The end of a state that has made a result: ResultSelector, ResultPath, OutputPath, Assign; or
// Output and Assign.
bool sw_step_finish_with_result(sw_step *step, sw_value result);
// The end of a state that passes its input on: OutputPath, Assign; or Output and Assign.
bool sw_step_finish(sw_step *step);
// The same with the Output, Assign and Next of a Choice rule.
bool sw_step_finish_by(sw_step *step, const sw_template *output, const sw_template *assigned,
                       const sw_state *next);
// The end of a state without a task or children, of whichever type; Fail always fails.
bool sw_step_finish_pure(sw_step *step);
// The end by way of a catcher.
bool sw_step_catch(sw_step *step, const sw_catcher *catcher, sw_value error_output);
// {"Error": ..., "Cause": ...} with null for what is absent.
sw_value sw_failure_to_value(sw_arena *arena, const sw_failure *failure);

// retry.c, catch.c --------------------------------------------------------------------------------

// The first retrier that matches, or -1. The first one decides, whether or not it has attempts
// left.
int sw_retry_find(const sw_state *state, const sw_failure *failure);
// How long to wait before the attempt_number-th retry (from 1). fraction is in [0, 1) and drawn by
// the caller.
int64_t sw_retry_delay_ms(const sw_retrier *retrier, uint32_t attempt_number, double fraction);
const sw_catcher *sw_catch_find(const sw_state *state, const sw_failure *failure);

// choice.c, states/ -------------------------------------------------------------------------------

bool sw_choice_finish(sw_step *step); // picks step->next
bool sw_rule_matches(sw_step *step, const sw_rule *rule, bool *matches);
bool sw_pass_finish(sw_step *step);
bool sw_wait_get_due(sw_step *step, int64_t entered_ms, int64_t *due_ms);
bool sw_fail_get_failure(sw_step *step); // always false: that is what the state is for

typedef struct sw_task_plan {
    sw_value    parameters;
    int64_t     timeout_s;   // 0: none
    int64_t     heartbeat_s; // 0: none
    const char *role;        // Credentials; NULL: none
} sw_task_plan;

bool sw_task_get_plan(sw_step *step, sw_task_plan *plan);

#define SW_MAP_CONCURRENCY_MAX 40u // of an inline Map. docs: "Map state in Inline mode"

// Checked before the items are. Distributed: as written, 0 when absent.
bool sw_map_get_concurrency(sw_step *step, uint32_t *concurrency);
bool sw_map_get_items(sw_step *step, sw_value *items);
// Checked after them; undefined: not given.
bool sw_map_get_tolerance(sw_step *step, sw_value *count, sw_value *percentage);
// The input of one iteration. The caller has put Map.Item into the context.
bool sw_map_get_item_input(sw_step *step, sw_value item, sw_value *input);

// states/map_plan.c: what a distributed Map wishes done, as an object (SW_EFFECT_START_MAP_RUN in
// stepwell/execution.h). Checked after MapStateStarted.
bool sw_map_get_plan(sw_step *step, uint32_t concurrency, sw_value *plan);

// An integer of a Map, which may be written as text
bool sw_map_get_integer(sw_step *step, const sw_number_field *field, int64_t *number);

#endif
