// machine.h: what a definition compiles to. The inside of sw_machine, for the language and the
// engine.
//
// Purpose   Plain immutable structs, one for each noun of the States Language, with its words. All
//           optional parts are NULL or .set = false when the definition has none.
// Owns      Everything lives in the machine's own arena and dies with the machine.
// Threads   Immutable after sw_machine_new.

#ifndef STEPWELL_ASL_MACHINE_H
#define STEPWELL_ASL_MACHINE_H

#include "stepwell/jsonata.h"
#include "stepwell/machine.h"

#include "query/intrinsic/intrinsic.h"
#include "query/jsonpath/jsonpath.h"

typedef struct sw_state  sw_state;
typedef struct sw_states sw_states;

typedef enum sw_query_language { SW_LANGUAGE_JSONPATH, SW_LANGUAGE_JSONATA } sw_query_language;

typedef enum sw_state_type {
    SW_STATE_TASK,
    SW_STATE_PARALLEL,
    SW_STATE_MAP,
    SW_STATE_PASS,
    SW_STATE_WAIT,
    SW_STATE_CHOICE,
    SW_STATE_SUCCEED,
    SW_STATE_FAIL,
} sw_state_type;

// Expressions -------------------------------------------------------------------------------------

typedef enum sw_template_kind {
    SW_TEMPLATE_CONSTANT,  // value: used as it is, measured
    SW_TEMPLATE_PATH,      // path
    SW_TEMPLATE_INTRINSIC, // call
    SW_TEMPLATE_JSONATA,   // expression
    SW_TEMPLATE_ARRAY,     // children
    SW_TEMPLATE_OBJECT,    // children, each with its key
} sw_template_kind;

// A payload template, a JSONata value, or one expression: anything that gives a value when it is
// evaluated. A subtree without expressions is one constant.
typedef struct sw_template {
    sw_template_kind kind;
    sw_value         value;
    union {
        const sw_jsonpath  *path;
        const sw_intrinsic *call;
        const sw_jsonata   *expression;
    };
    // The expression as written; JSONata: without delimiters, trimmed
    sw_str text;
    // Where it stands, as error messages name it: value.$, Output/result, Items
    sw_str                    field;
    sw_str                    key; // in the object around it, without .$
    const struct sw_template *children;
    uint32_t                  child_count;
    bool                      reads_context; // JSONATA: it mentions $states.context
} sw_template;

// InputPath, OutputPath, ResultPath and the like.
typedef struct sw_path_field {
    bool               set;  // false: the field is absent, which means `$`
    bool               null; // it is JSON's null
    const sw_jsonpath *path; // otherwise
} sw_path_field;

// A number that may be written, be found by a path (…Path), or be the result of a JSONata
// expression.
typedef struct sw_number_field {
    bool               set;
    double             number;     // when path and expression are NULL
    const sw_jsonpath *path;       // JSONPath: from the field NAMEPath
    const sw_template *expression; // JSONata
    sw_str             field;      // "TimeoutSeconds", or "TimeoutSecondsPath" for a path
    sw_str             text;       // the path as written
} sw_number_field;

// A text that may be written, come from a path or intrinsic (…Path), or from a JSONata expression:
// Error, Cause, Timestamp.
typedef struct sw_text_field {
    bool               set;
    sw_value           value;      // the constant, when expression is NULL
    const sw_template *expression; // PATH, INTRINSIC or JSONATA; .field: "ErrorPath", "Error" ...
} sw_text_field;

// Retry and Catch ---------------------------------------------------------------------------------

typedef struct sw_error_names {
    const sw_str *names;
    uint32_t      count;
} sw_error_names;

typedef struct sw_retrier {
    sw_error_names error_equals;
    int64_t        interval_seconds;  // 1
    int64_t        max_attempts;      // 3
    double         backoff_rate;      // 2.0
    int64_t        max_delay_seconds; // 0: none
    bool           jitter_full;
} sw_retrier;

typedef struct sw_catcher {
    sw_error_names     error_equals;
    const sw_state    *next;
    sw_path_field      result_path; // JSONPath
    const sw_template *output;      // JSONata
    const sw_template *assign;
} sw_catcher;

// Choice ------------------------------------------------------------------------------------------

// One row for each operator is in choice_operators.def.
typedef enum sw_operator {
#define OPERATOR(id, name, operand, comparison) SW_OPERATOR_##id,
#include "asl/choice_operators.def"
#undef OPERATOR
    SW_OPERATOR_COUNT,
} sw_operator;

typedef enum sw_operand {
    SW_OPERAND_STRING,
    SW_OPERAND_PATTERN,
    SW_OPERAND_NUMBER,
    SW_OPERAND_BOOLEAN,
    SW_OPERAND_TIMESTAMP,
    SW_OPERAND_KIND, // Is…: the operand is true or false
} sw_operand;

typedef enum sw_comparison {
    SW_COMPARE_EQUAL,
    SW_COMPARE_LESS,
    SW_COMPARE_GREATER,
    SW_COMPARE_LESS_EQUAL,
    SW_COMPARE_GREATER_EQUAL,
    SW_COMPARE_MATCH,
    SW_COMPARE_IS_NULL,
    SW_COMPARE_IS_PRESENT,
    SW_COMPARE_IS_NUMERIC,
    SW_COMPARE_IS_STRING,
    SW_COMPARE_IS_BOOLEAN,
    SW_COMPARE_IS_TIMESTAMP,
} sw_comparison;

typedef enum sw_rule_kind {
    SW_RULE_AND,
    SW_RULE_OR,
    SW_RULE_NOT,       // one child
    SW_RULE_COMPARE,   // variable, operator, operand
    SW_RULE_CONDITION, // JSONata
} sw_rule_kind;

typedef struct sw_rule {
    sw_rule_kind          kind;
    const struct sw_rule *children;
    uint32_t              child_count;
    const sw_jsonpath    *variable;
    sw_operator           operator;
    sw_value              operand;      // when operand_path is NULL
    const sw_jsonpath    *operand_path; // …Path operators
    const sw_template    *condition;    // CONDITION: a constant boolean or an expression
    // Only in the rules of Choices itself:
    const sw_state    *next;
    const sw_template *assign; // object template, or NULL
    const sw_template *output; // JSONata
} sw_rule;

// States ------------------------------------------------------------------------------------------

typedef enum sw_resource_kind {
    SW_RESOURCE_LAMBDA,   // arn:aws:lambda:...:function:NAME
    SW_RESOURCE_ACTIVITY, // arn:aws:states:REGION:ACCOUNT:activity:NAME
    SW_RESOURCE_SERVICE,  // arn:aws:states:::TYPE:ACTION
} sw_resource_kind;

typedef enum sw_pattern {
    SW_PATTERN_REQUEST_RESPONSE,
    SW_PATTERN_SYNC, // .sync and .sync:2
    SW_PATTERN_WAIT_FOR_TASK_TOKEN,
} sw_pattern;

typedef struct sw_task {
    sw_str             arn; // as written
    sw_resource_kind   kind;
    sw_pattern         pattern;
    sw_str             resource_type; // SERVICE: "lambda", "aws-sdk:dynamodb"
    sw_str             resource;      // SERVICE: "invoke", "startExecution.sync:2"
    sw_number_field    timeout_seconds;
    sw_number_field    heartbeat_seconds;
    const sw_template *credentials; // the object; NULL when absent
} sw_task;

typedef struct sw_wait {
    sw_number_field seconds;   // Seconds, SecondsPath
    sw_text_field   timestamp; // Timestamp, TimestampPath
} sw_wait;

typedef struct sw_choice {
    const sw_rule  *rules;
    uint32_t        rule_count;
    const sw_state *default_state; // NULL when there is none
} sw_choice;

typedef struct sw_fail {
    sw_text_field error; // Error, ErrorPath
    sw_text_field cause; // Cause, CausePath
} sw_fail_fields;

typedef struct sw_parallel {
    const sw_states *const *branches;
    uint32_t                branch_count;
} sw_parallel;

typedef struct sw_map {
    const sw_states   *processor;
    bool               distributed;
    sw_machine_type    execution_type; // of a distributed Map's children
    sw_path_field      items_path;     // JSONPath
    const sw_template *items;          // JSONata
    const sw_template *item_selector;  // ItemSelector, or a Map's Parameters
    sw_number_field    max_concurrency;
    sw_number_field    tolerated_failure_count;
    sw_number_field    tolerated_failure_percentage;
    // Of a distributed Map, as written; undefined when absent
    sw_value           item_reader, item_batcher, result_writer;
    const sw_template *reader_arguments, *batch_input, *writer_arguments;
    sw_number_field    max_items, max_items_per_batch, max_input_bytes_per_batch;
    sw_str             label;
} sw_map;

// Whether its iterations are executions of their own. What reads or writes objects elsewhere needs
// that, whatever the mode says: deployed definitions have an ItemReader without a ProcessorConfig.
static inline bool sw_map_is_distributed(const sw_map *map)
{
    return map->distributed || map->item_reader.type != SW_UNDEFINED ||
           map->result_writer.type != SW_UNDEFINED;
}

struct sw_state {
    sw_str            name;
    sw_state_type     type;
    sw_query_language language;
    uint32_t          index; // in sw_machine.states: stable for a definition
    bool              end;
    const sw_states  *owner;
    const sw_state   *next; // NULL: End, or a type that has neither

    sw_path_field input_path, output_path, result_path; // JSONPath
    // Parameters; Arguments in JSONata; not a Map's (see item_selector)
    const sw_template *parameters;
    const sw_template *result;          // Pass: Result, a constant
    const sw_template *result_selector; // JSONPath
    const sw_template *output;          // JSONata
    const sw_template *assign;          // object template; NULL when absent or empty

    const sw_retrier *retriers;
    const sw_catcher *catchers;
    uint32_t          retrier_count, catcher_count;

    union {
        sw_task        task;
        sw_wait        wait;
        sw_choice      choice;
        sw_fail_fields fail;
        sw_parallel    parallel;
        sw_map         map;
    };
};

// One States object with its StartAt: the machine's own, a Parallel branch, a Map's processor.
struct sw_states {
    const sw_state        *start_at;
    const sw_state *const *states; // in the order of the definition
    uint32_t               count;
    const sw_state        *parent; // the Parallel or Map around it; NULL at the top
    uint32_t               depth;  // 0 at the top
    uint32_t               number; // of this States object in the definition, from 0
};

struct sw_machine {
    sw_arena               arena;
    unsigned               references; // atomic
    sw_machine_type        type;
    sw_query_language      language;
    sw_value               definition; // extensions expanded
    bool                   extensions;
    bool                   jsonata;     // any state uses it
    bool                   distributed; // any Map is
    const sw_states       *top;
    const sw_state *const *states; // all of them, nested ones included, by index
    uint32_t               state_count;
    bool                   has_timeout;
    int64_t                timeout_seconds; // of the whole execution
    // Hash table of the names below the top: 0 or a state's index plus one. Those at the top are
    // found in the definition's own.
    const uint32_t *name_slots;
    uint32_t        name_slot_count; // a power of two
};

// The state of that name anywhere in the machine, or NULL.
const sw_state *sw_machine_find_state(const sw_machine *machine, sw_str name);

const char *sw_state_type_name(sw_state_type type); // "Task"

// Whether there is $$.Task.Token
static inline bool sw_state_has_token(const sw_state *state)
{
    return state->type == SW_STATE_TASK && state->task.pattern != SW_PATTERN_REQUEST_RESPONSE;
}

#endif
