// machine.c: making, sharing and asking a machine.

#include "asl/machine.h"

#include "asl/extensions.h"
#include "asl/reader.h"
#include "base/hash.h"
#include "json/source.h"

#include <stdlib.h>

// aws: the limit of the API, in bytes.
#define DEFINITION_BYTES_MAX 1048576u
// Every look for a line reads the text again.
#define LOCATED_MAX 100u

// Names -----------------------------------------------------------------------------------------

uint32_t *sw_machine_name_slot(uint32_t *slots, uint32_t slot_count, sw_state *const *states,
                               sw_str name)
{
    uint32_t at = sw_hash_slot(sw_hash_text(name), slot_count);
    while (slots[at] != 0 && !sw_str_equal(states[slots[at] - 1]->name, name))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

const sw_state *sw_machine_find_state(const sw_machine *machine, sw_str name)
{
    ptrdiff_t top = sw_value_find(sw_value_get(machine->definition, SW_STR("States")), name);
    if (top >= 0)
        return machine->top->states[top];
    uint32_t at =
        *sw_machine_name_slot((uint32_t *)(uintptr_t)machine->name_slots, machine->name_slot_count,
                              (sw_state *const *)(uintptr_t)machine->states, name);
    return at == 0 ? NULL : machine->states[at - 1];
}

// Reading the text ------------------------------------------------------------------------------

// aws: "INVALID_JSON_DESCRIPTION", with Jackson's words and its way to name the place: the
// beginning of the text and where it stopped.
static void report_syntax(sw_report *report, sw_str text, const sw_error *err)
{
    bool   cut = text.bytes > 500;
    sw_str source = sw_str_format(
        report->arena, "[Source: (String)\"%.*s\"%s; line: %u, column: %u]",
        cut ? 500 : (int)text.bytes, text.text,
        cut ? sw_str_format(report->arena, "[truncated %zu chars]", text.bytes - 500).text : "",
        err->line, err->column);
    sw_diagnostic *added = sw_report_error(report, NULL, SW_CODE_INVALID_JSON, "%s\n at %.*s",
                                           err->message, SW_STR_ARG(source));
    added->location = source;
    added->line = err->line;
    added->column = err->column;
}

// False when the text is no value; the complaint has been made.
static bool is_blank(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.text[i] == '\0' || strchr(" \t\r\n", text.text[i]) == NULL)
            return false;
    }
    return true;
}

static bool read_text(sw_machine *machine, sw_report *report, sw_str text, sw_source_format format,
                      sw_value *value, sw_error *err)
{
    sw_error syntax = {0};
    if (text.bytes > DEFINITION_BYTES_MAX) {
        sw_report_error(report, NULL, SW_CODE_SCHEMA, "Definition must not be longer than %u bytes",
                        DEFINITION_BYTES_MAX);
        return true;
    }
    if (is_blank(text)) {
        sw_report_error(report, NULL, SW_CODE_SCHEMA, "Definition must be a valid JSON object");
        return true;
    }
    text = sw_str_copy(&machine->arena, text);
    if (sw_source_parse(&machine->arena, text, format, value, &syntax))
        return true;
    if (syntax.code == SW_ERROR_MEMORY) {
        *err = syntax;
        return false;
    }
    report_syntax(report, text, &syntax);
    return true;
}

static void locate(sw_diagnostics *diagnostics, sw_str text, sw_source_format format)
{
    unsigned count = 0;
    for (sw_diagnostic *d = diagnostics->first; d != NULL && count < LOCATED_MAX; d = d->next) {
        if (d->line != 0)
            continue;
        sw_str path = d->location.bytes > 0 ? d->location : SW_STR("/");
        sw_source_locate(text, format, path, &d->line, &d->column);
        count++;
    }
}

// Building --------------------------------------------------------------------------------------

static void read_definition(sw_machine *machine, sw_report *report,
                            const sw_machine_options *options, sw_value definition)
{
    sw_reader reader = {
        .report = report, .arena = &machine->arena, .machine = machine, .options = options};
    sw_field_index_init(&reader.fields);
    machine->definition = definition;
    sw_definition_read(&reader, definition);
}

// A machine with extensions is read twice: as it was written, and as it will run.
static void expand(sw_machine *machine, sw_report *report, const sw_machine_options *options)
{
    sw_value       plain;
    sw_diagnostics found = {0};
    sw_report      again = {report->arena, &found, 0};
    if (!sw_extensions_expand(machine, &machine->arena, report, &plain))
        return;
    machine->extensions = true;
    read_definition(machine, &again, options, plain);
    sw_extensions_check(report, &found);
}

// What threads share is measured now: later looks must not write.
static void measure(sw_machine *machine)
{
    sw_value_text_bytes(machine->definition);
    sw_value_depth(machine->definition);
}

static bool build(sw_machine *machine, sw_str text, const sw_machine_options *options,
                  sw_report *report, sw_error *err)
{
    sw_value definition = sw_undefined();
    machine->type = options->type;
    if (!read_text(machine, report, text, options->format, &definition, err))
        return false;
    if (definition.type != SW_UNDEFINED || report->diagnostics->errors == 0)
        read_definition(machine, report, options, definition);
    if (report->diagnostics->errors == 0)
        expand(machine, report, options);
    if (report->diagnostics->errors == 0)
        measure(machine);
    locate(report->diagnostics, text, options->format);
    return true;
}

static void free_machine(sw_machine *machine)
{
    if (machine == NULL)
        return;
    sw_arena_clear(&machine->arena);
    free(machine);
}

// Spent memory jumps here out of either arena; what was built so far is given up as a whole.
static bool build_guarded(sw_machine *machine, sw_str text, const sw_machine_options *options,
                          sw_report *report, sw_error *err)
{
    jmp_buf  escape;
    jmp_buf *outer = report->arena->escape;
    if (setjmp(escape) != 0) {
        report->arena->escape = outer;
        return sw_fail(err, SW_ERROR_MEMORY, "memory is spent while reading a definition");
    }
    machine->arena.escape = report->arena->escape = &escape;
    bool ok = build(machine, text, options, report, err);
    report->arena->escape = outer;
    machine->arena.escape = NULL;
    return ok;
}

bool sw_machine_new(sw_str definition, const sw_machine_options *options, sw_arena *arena,
                    sw_diagnostics *diagnostics, sw_machine **machine, sw_error *err)
{
    static const sw_machine_options defaults = {0};
    sw_error                        unheard;
    sw_report                       report = {arena, diagnostics, 0};
    *machine = NULL;
    *diagnostics = (sw_diagnostics){0};
    err = err != NULL ? err : &unheard;
    *err = (sw_error){0};
    sw_machine *built = calloc(1, sizeof *built);
    if (built == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "memory is spent while reading a definition");
    built->references = 1;
    if (!build_guarded(built, definition, options != NULL ? options : &defaults, &report, err) ||
        diagnostics->errors > 0) {
        free_machine(built);
        return false;
    }
    *machine = built;
    return true;
}

// Sharing ---------------------------------------------------------------------------------------

sw_machine *sw_machine_ref(sw_machine *machine)
{
    __atomic_add_fetch(&machine->references, 1, __ATOMIC_RELAXED);
    return machine;
}

void sw_machine_unref(sw_machine *machine)
{
    if (machine != NULL && __atomic_sub_fetch(&machine->references, 1, __ATOMIC_ACQ_REL) == 0)
        free_machine(machine);
}

// Asking ----------------------------------------------------------------------------------------

sw_machine_type sw_machine_get_type(const sw_machine *machine)
{
    return machine->type;
}

sw_value sw_machine_get_definition(const sw_machine *machine)
{
    return machine->definition;
}

bool sw_machine_has_extensions(const sw_machine *machine)
{
    return machine->extensions;
}
