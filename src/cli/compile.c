// compile.c: stepwell compile.

#include "cli/commands.h"

int cli_compile(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena;
    return cli_usage_error(arguments->command, "compile is not built yet");
}
