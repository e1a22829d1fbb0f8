// extensions.h: our own additions to the language, rewritten into what AWS understands.
//
// Purpose   A machine may have a Catch and a Retry at its top:
//
//               {"StartAt": ..., "States": {...},
//                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Clean Up"}],
//                "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}]}
//
//           The rule: take each Task, Parallel and Map of the top level that cannot be reached from
//           a state that Catch names (the clean-up and what follows it). Without a Retry of its own
//           it gets the machine's. Behind its own catchers it gets the machine's, unless its own
//           already catch States.ALL. Errors inside a Parallel or Map come out of it as its own, so
//           nested states need nothing.
//
//           The clean-up's input holds Error, Cause and State, the name of the state that failed:
//             JSONata   the catcher's Output is errorOutput merged with State, unless the user's
//                       catcher has an Output of its own. (A JSONata state of a JSONPath machine
//                       loses the catcher's ResultPath.)
//             JSONPath  the catcher leads to a generated Pass state, "NAME (uncaught error)", that
//                       puts State beside Error and Cause, wherever the catcher's ResultPath has
//                       put them, and leads to the clean-up. With "ResultPath": null there is no
//                       such place, and the catcher leads there at once.
//
//           The definition is checked as the user wrote it first, so that every complaint points
//           into their text; then it is rewritten as a value, and what is compiled is the rewritten
//           one. `stepwell compile` prints it.
// Owns      New values are in the given arena and share what did not change with the old
//           definition.

#ifndef STEPWELL_ASL_EXTENSIONS_H
#define STEPWELL_ASL_EXTENSIONS_H

#include "asl/diagnostics.h"
#include "asl/machine.h"

// Rewrites the definition of a machine that was read without complaint. False when it has no
// extension.
bool sw_extensions_expand(const sw_machine *machine, sw_arena *arena, sw_report *report,
                          sw_value *plain);

// The rewritten definition must be as good as the one it comes from. What is wrong with it is told
// at /Catch.
void sw_extensions_check(sw_report *report, const sw_diagnostics *found);

#endif
