// extensions.h: our own additions to the language, rewritten into what AWS understands.
//
// Purpose   The definition is checked as the user wrote it first, so that every complaint points into their text; then
//           it is rewritten as a value, and what is compiled is the rewritten one. `stepwell compile` prints it.
// Owns      New values are in the given arena and share what did not change with the old definition.

#ifndef STEPWELL_ASL_EXTENSIONS_H
#define STEPWELL_ASL_EXTENSIONS_H

#include "asl/diagnostics.h"

// Rewrites a definition that was found correct. False when it has no extension, and when it may not have one
// (options->plain): then with a complaint. *plain is set on true.
bool sw_extensions_expand(sw_arena *arena, sw_report *report, const sw_machine_options *options,
                          sw_value definition, sw_value *plain);

// The rewritten definition must be as good as the one it comes from. What is wrong with it is told at /Catch.
void sw_extensions_check(sw_report *report, const sw_diagnostics *found);

#endif
