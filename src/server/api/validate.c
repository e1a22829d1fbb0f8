// validate.c: ValidateStateMachineDefinition.

#include "server/api/api.h"

void sw_action_validate_state_machine_definition(sw_request *request)
{
    sw_arena *arena = &request->arena;
    sw_str    type = sw_input_text(request, "type"), severity = sw_input_text(request, "severity");
    bool      express = type.text != NULL && sw_str_is(type, "EXPRESS");
    bool      warnings = severity.text != NULL && sw_str_is(severity, "WARNING");
    sw_machine_options options =
        sw_api_machine_options(request, express ? SW_EXPRESS : SW_STANDARD);
    sw_diagnostics diagnostics = {0};
    sw_machine    *machine = NULL;
    sw_error       err;
    uint32_t       limit = sw_api_page_size(request);
    bool valid = sw_machine_new(sw_input_text(request, "definition"), &options, arena, &diagnostics,
                                &machine, &err);
    sw_machine_unref(machine);
    if (!valid && diagnostics.errors == 0) {
        sw_request_fail_internal(request, &err);
        return;
    }
    sw_value *items,
        array = sw_array_build(arena, diagnostics.errors + diagnostics.warnings, &items);
    array.size = 0;
    bool truncated = false;
    for (const sw_diagnostic *d = diagnostics.first; d != NULL; d = d->next) {
        if (d->severity != SW_SEVERITY_ERROR && !warnings)
            continue;
        if (array.size == limit)
            truncated = true;
        else
            items[array.size++] = sw_api_diagnostic(arena, d);
    }
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "result", valid ? SW_STR("OK") : SW_STR("FAIL"));
    sw_answer_add(&answer, "diagnostics", array);
    sw_answer_add(&answer, "truncated", sw_bool(truncated));
    sw_request_succeed(request, sw_answer_end(&answer));
}
