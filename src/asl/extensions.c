// extensions.c: stub
#include "asl/extensions.h"
bool sw_extensions_expand(sw_arena *arena, sw_report *report, const sw_machine_options *options,
                          sw_value definition, sw_value *plain)
{
    (void)arena; (void)report; (void)options; (void)definition; (void)plain;
    return false;
}
void sw_extensions_check(sw_report *report, const sw_diagnostics *found)
{
    (void)report; (void)found;
}
