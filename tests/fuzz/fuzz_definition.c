// fuzz_definition.c: any bytes as a definition.
//
// The first byte chooses format, machine type and whether extensions are allowed. What is accepted
// must be accepted again as it was compiled, and then without an extension in it.

#include "stepwell/machine.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_diagnostics(const sw_diagnostics *found)
{
    for (const sw_diagnostic *d = found->first; d != NULL; d = d->next)
        must(d->message.bytes > 0 && d->code.bytes > 0);
    must((found->first == NULL) == (found->errors + found->warnings == 0));
}

static void read_again(const sw_machine *machine, sw_machine_options options, sw_arena *arena)
{
    sw_diagnostics found;
    sw_machine    *again;
    sw_error       err;
    sw_str         text = sw_json_print(arena, sw_machine_get_definition(machine));
    options.format = SW_SOURCE_JSON;
    if (!sw_machine_new(text, &options, arena, &found, &again, &err)) {
        must(text.bytes > 1048576); // it grew by what was written out
        return;
    }
    must(!sw_machine_has_extensions(again));
    sw_machine_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    sw_machine_options options = {.format = (sw_source_format)(data[0] % 4),
                                  .type = data[0] & 4 ? SW_EXPRESS : SW_STANDARD,
                                  .plain = (data[0] & 8) != 0};
    sw_arena           arena;
    sw_diagnostics     found;
    sw_machine        *machine;
    sw_error           err;
    sw_arena_init(&arena);
    bool ok = sw_machine_new((sw_str){(const char *)data + 1, size - 1}, &options, &arena, &found,
                             &machine, &err);
    check_diagnostics(&found);
    must(ok == (machine != NULL));
    must(ok == (found.errors == 0));
    if (ok)
        read_again(machine, options, &arena);
    sw_machine_unref(machine);
    sw_arena_clear(&arena);
    return 0;
}
