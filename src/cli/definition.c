// definition.c: a definition named on the command line, read and compiled.

#include "cli/definition.h"

#include "cli/arguments.h"
#include "cli/files.h"
#include "json/source.h"

bool cli_definition_read(const char *file, const sw_machine_options *options, sw_arena *arena,
                         cli_definition *definition, sw_error *err)
{
    sw_machine_options chosen = {.type = SW_STANDARD};
    if (options != NULL)
        chosen = *options;
    *definition = (cli_definition){.file = file};
    if (!cli_file_read(arena, file, &definition->text, err))
        return false;
    definition->format = chosen.format = sw_source_format_of(sw_str_from(cli_file_name(file)));
    sw_error why = {0};
    if (sw_machine_new(definition->text, &chosen, arena, &definition->diagnostics,
                       &definition->machine, &why))
        return true;
    definition->machine = NULL;
    if (definition->diagnostics.errors == 0)
        return sw_fail(err, why.code, "%s: %s", file, why.message);
    return true;
}

void cli_definition_clear(cli_definition *definition)
{
    sw_machine_unref(definition->machine);
    definition->machine = NULL;
}

int cli_definition_open(const char *file, const sw_machine_options *options, sw_arena *arena,
                        cli_definition *definition)
{
    sw_error err = {0};
    if (!cli_definition_read(file, options, arena, definition, &err)) {
        cli_complain(err.message);
        return err.code == SW_ERROR_IO || err.code == SW_ERROR_NOT_FOUND ? CLI_USAGE : CLI_INVALID;
    }
    if (definition->machine != NULL)
        return CLI_OK;
    cli_terminal terminal = cli_terminal_of(stderr);
    cli_diagnostics_print(definition, &terminal);
    return CLI_INVALID;
}
