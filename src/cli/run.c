// run.c: stepwell run.

#include "cli/commands.h"

int cli_run(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena;
    return cli_usage_error(arguments->command, "run is not built yet");
}
