// jsonata.h: JSONata 2.0.6 as AWS Step Functions runs it; usable alone.
//
// Purpose   Compile an expression once, evaluate it many times.
//
//               sw_arena arena;
//               sw_value order, total;
//               const sw_jsonata *expression;
//               sw_arena_init(&arena);
//               sw_json_parse(&arena, SW_STR("{\"items\":[{\"price\":2}]}"), 0, &order, NULL);
//               sw_jsonata_compile(&arena, SW_STR("$sum(items.price)"), NULL, &expression, NULL);
//               sw_jsonata_evaluate(expression, &(sw_jsonata_input){.input = order}, &arena,
//                                   &total, NULL);
//
// Owns      An expression lives in the arena it was compiled into. A result lives in the arena
//           given to evaluate and points into the input where it can.
// Threads   A compiled expression is immutable: any number of threads may evaluate it, each with
//           its own arena.
// Units     Milliseconds (_ms), bytes, evaluation steps.
// Errors    A code of JSONata (S0201, T1001, D3030...), the position in the expression and the
//           token it stands at. Limits give U1001 (steps, depth) or D1011 (memory).
// Source    jsonata.org documentation, version 2.0; AWS Step Functions Developer Guide,
//           "Transforming data".

#ifndef STEPWELL_JSONATA_H
#define STEPWELL_JSONATA_H

#include "stepwell/json.h"

typedef struct sw_jsonata sw_jsonata;

typedef struct sw_jsonata_error {
    char code
        [8]; // "T1006"; empty when it comes from $error() or $assert() with a message of its own
    uint32_t position;     // characters into the expression, as JSONata counts them
    char     token[64];    // what it stands at; may be empty
    char     message[512]; // one sentence, as the reference words it
} sw_jsonata_error;

typedef struct sw_jsonata_options {
    bool operators_2_1; // also `??` and `?:`, which AWS refuses
    bool no_input;      // refuse top-level `$`, `$$` and unqualified names, as Step Functions does
    bool eval;          // offer $eval (the language's own; AWS has none)
} sw_jsonata_options;

typedef struct sw_jsonata_binding {
    sw_str   name; // without the dollar
    sw_value value;
} sw_jsonata_binding;

// Members of Step Functions' $states.
typedef enum sw_jsonata_states_member {
    SW_STATES_INPUT,
    SW_STATES_RESULT,
    SW_STATES_ERROR_OUTPUT,
    SW_STATES_CONTEXT,
} sw_jsonata_states_member;

typedef struct sw_jsonata_input {
    sw_value                  input;    // undefined: no input document
    const sw_jsonata_binding *bindings; // $name
    size_t                    binding_count;
    // Asked for a variable that is not among the bindings; undefined when there is none. May be
    // NULL.
    sw_value (*variable)(void *who, sw_str name);
    // Gives $states.input and its like by themselves, so that no object has to be made around them;
    // $states alone is still asked for as a variable. May be NULL.
    sw_value (*states_member)(void *who, sw_jsonata_states_member member);
    void    *who;
    int64_t  now_ms;      // $now and $millis
    uint64_t chance_seed; // $random and $uuid draw from this
    // 0: the default.
    uint32_t steps_max;
    uint32_t depth_max;
    uint32_t time_max_ms; // counted in steps, 10,000 a millisecond; 0: no limit of its own
    size_t   memory_bytes_max;
} sw_jsonata_input;

// options may be NULL: the language as the reference gives it, without $eval.
SW_API bool sw_jsonata_compile(sw_arena *arena, sw_str expression,
                               const sw_jsonata_options *options, const sw_jsonata **compiled,
                               sw_jsonata_error *err);

// *result is undefined when the expression gives nothing, and of type SW_FUNCTION when it gives a
// function.
SW_API bool sw_jsonata_evaluate(const sw_jsonata *compiled, const sw_jsonata_input *input,
                                sw_arena *arena, sw_value *result, sw_jsonata_error *err);

// Calls visit with the name of each free variable ($name without the dollar) the expression reads,
// once each, and for $states with the first step behind it: states.input, states.result,
// states.errorOutput, states.context.
SW_API void sw_jsonata_variables(const sw_jsonata *compiled, void (*visit)(void *who, sw_str name),
                                 void             *who);

#endif
