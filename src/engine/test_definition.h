// test_definition.h: what TestState needs besides running the state: a machine around it, and
// whether a mocked result looks like what the service would give.

#ifndef STEPWELL_ENGINE_TEST_DEFINITION_H
#define STEPWELL_ENGINE_TEST_DEFINITION_H

#include "asl/machine.h"

#define SW_TEST_STATE_NAME "StateName" // aws: recorded

// Puts a state's text into a machine of its own, with a state behind each Next that it names.
// false: not a JSON object.
bool sw_test_wrap_state(sw_str state, sw_arena *arena, sw_str *definition);

// Empty when the result may be, else AWS's sentence about it. Only what integrations' rows say is
// checked.
sw_str sw_test_check_result(const sw_task *task, sw_value result, bool required, bool types,
                            sw_arena *arena);

#endif
