// compile.c: stepwell compile.

#include "cli/commands.h"
#include "cli/definition.h"
#include "cli/files.h"

int cli_compile(const cli_arguments *arguments, sw_arena *arena)
{
    cli_definition definition;
    sw_error       err = {0};
    int            status = cli_definition_open(arguments->operands[0], NULL, arena, &definition);
    if (status != CLI_OK)
        return status;
    sw_value plain = sw_machine_get_definition(definition.machine);
    sw_str   text = sw_json_print_pretty(arena, plain, 2);
    text = sw_str_format(arena, "%.*s\n", SW_STR_ARG(text));
    if (!cli_file_write(arguments->values[CLI_OPTION_OUTPUT], text, &err)) {
        cli_complain(err.message);
        status = CLI_FAILED;
    }
    cli_definition_clear(&definition);
    return status;
}
