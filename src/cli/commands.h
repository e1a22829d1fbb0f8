// commands.h: the functions behind the commands. Each returns the status the process ends with.

#ifndef STEPWELL_CLI_COMMANDS_H
#define STEPWELL_CLI_COMMANDS_H

#include "cli/arguments.h"

#include <stdio.h>

#define COMMAND(id, name, function, ...)                                                           \
    int function(const cli_arguments *arguments, sw_arena *arena);
#include "cli/commands.def"

// What `stepwell help COMMAND` prints; command NULL: the list of commands.
void cli_help_print(const cli_command *command, FILE *file);

#endif
