// validate.c: stepwell validate.

#include "cli/commands.h"

int cli_validate(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena;
    return cli_usage_error(arguments->command, "validate is not built yet");
}
