// references.c: which states refer to which variables, for DescribeStateMachine.

#include "server/api/api.h"

sw_value sw_api_variable_references(const sw_machine *machine, sw_arena *arena)
{
    sw_value references = sw_machine_get_variable_references(machine, arena);
    return references.type == SW_OBJECT && references.size > 0 ? references : sw_undefined();
}
