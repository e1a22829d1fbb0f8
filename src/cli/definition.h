// definition.h: a definition named on the command line, compiled, and what is wrong with it.

#ifndef STEPWELL_CLI_DEFINITION_H
#define STEPWELL_CLI_DEFINITION_H

#include "stepwell/machine.h"

#include "cli/terminal.h"

typedef struct cli_definition {
    const char      *file;
    sw_str           text;
    sw_source_format format;
    sw_machine      *machine; // NULL: it is invalid
    sw_diagnostics   diagnostics;
} cli_definition;

// options may be NULL; its format is chosen by the file's name. false when the file cannot be read;
// a definition that is wrong has diagnostics and no machine.
bool cli_definition_read(const char *file, const sw_machine_options *options, sw_arena *arena,
                         cli_definition *definition, sw_error *err);
void cli_definition_clear(cli_definition *definition);

// For commands that need a valid one: prints what is wrong to the standard error. Returns CLI_OK,
// CLI_USAGE or CLI_INVALID.
int cli_definition_open(const char *file, const sw_machine_options *options, sw_arena *arena,
                        cli_definition *definition);

// file:line:column, the message, the line with a mark under the place, and what would be allowed.
void cli_diagnostics_print(const cli_definition *definition, const cli_terminal *terminal);

// The answer of AWS's ValidateStateMachineDefinition. file NULL: without that member.
sw_value cli_diagnostics_json(const cli_definition *definition, const char *file, sw_arena *arena);

#endif
