// evaluate.h: one expression of any of the three languages, evaluated alone.
//
// Owns      A result lives in the arena and points into the request's values.
// Errors    A failed evaluation is an outcome with a code, not an sw_error. Spent memory is one,
//           too, so no guard is needed around it.

#ifndef STEPWELL_CLI_EVALUATE_H
#define STEPWELL_CLI_EVALUATE_H

#include "stepwell/json.h"

typedef enum cli_language {
    CLI_LANGUAGE_JSONATA,
    CLI_LANGUAGE_JSONPATH,
    CLI_LANGUAGE_INTRINSIC,
    CLI_LANGUAGE_COUNT,
} cli_language;

typedef struct cli_evaluation {
    cli_language language;
    sw_str       expression;
    sw_value     input;                  // undefined: none
    sw_value     context;                // undefined: none
    sw_value     variables;              // an object, or undefined
    uint32_t     time_max_ms, depth_max; // of JSONata; 0: the default
    bool         jsonata_2_1;
    int64_t      now_ms;
    uint64_t     seed;
} cli_evaluation;

typedef struct cli_outcome {
    bool     failed;
    sw_value result; // undefined: the expression gives nothing
    char     code[32];
    char     message[512]; // valid UTF-8
    uint32_t position;     // in the expression, from 1; 0: unknown
} cli_outcome;

// false when there is no such language.
bool cli_language_find(sw_str name, cli_language *language);

void cli_evaluate(const cli_evaluation *evaluation, sw_arena *arena, cli_outcome *outcome);

#endif
