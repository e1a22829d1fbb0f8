// intrinsic.h: the intrinsic functions of the States Language, States.Format and its sisters.
//
// Purpose   Compiled once when a machine is created. Arguments may be texts, numbers, null, true,
//           false, paths (`$`, `$$`, `$name`) and nested calls.
// Owns      A call lives in the arena it was parsed into.
// Threads   A compiled call is immutable.
// Errors    Parsing: SW_ERROR_SYNTAX or SW_ERROR_INVALID (unknown function, wrong number of
//           arguments). Evaluating: SW_ERROR_NOT_FOUND when a path argument leads nowhere
//           (err->path has the path as written), else SW_ERROR_EVALUATION, which becomes
//           States.IntrinsicFailure.
// Source    States Language, "Intrinsic Functions", and results recorded on AWS (Java's, oddities
//           included).

#ifndef STEPWELL_QUERY_INTRINSIC_H
#define STEPWELL_QUERY_INTRINSIC_H

#include "query/jsonpath/jsonpath.h"
#include "query/scope.h"

typedef struct sw_intrinsic sw_intrinsic;

bool sw_intrinsic_parse(sw_arena *arena, sw_str text, const sw_intrinsic **call, sw_error *err);

bool sw_intrinsic_evaluate(const sw_intrinsic *call, const sw_scope *scope, sw_arena *arena,
                           sw_value *result, sw_error *err);

// Calls visit for the name of each workflow variable that the call reads ($name).
void sw_intrinsic_variables(const sw_intrinsic *call, void (*visit)(void *who, sw_str name),
                            void               *who);

// The function's name, such as "States.Format": Fail's ErrorPath and CausePath allow only some.
sw_str sw_intrinsic_get_name(const sw_intrinsic *call);

#endif
