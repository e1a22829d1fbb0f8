// scope.h: what an expression may look at, whatever language it is written in.
//
// Owns      Nothing; all is lent for the evaluation. The context object and the variables are asked
//           for when an expression names them, so that nobody builds what nobody reads.
// Threads   As the execution's.

#ifndef STEPWELL_QUERY_SCOPE_H
#define STEPWELL_QUERY_SCOPE_H

#include "stepwell/json.h"

#include "base/chance.h"

typedef struct sw_scope sw_scope;

struct sw_scope {
    sw_value input;        // `$` in JSONPath, $states.input in JSONata
    sw_value result;       // $states.result; undefined where there is none
    sw_value error_output; // $states.errorOutput; undefined where there is none
    sw_value (*context)(const sw_scope *scope, sw_arena *arena); // `$$`, $states.context
    // Undefined when not assigned
    sw_value (*variable)(const sw_scope *scope, sw_str name);
    const void *owner;  // for the two functions
    sw_chance  *chance; // States.UUID, States.MathRandom, $random, $uuid
    int64_t     now_ms; // $now, $millis: the same during one evaluation
};

#endif
