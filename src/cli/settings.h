// settings.h: options of a command from its environment and its configuration file.
//
// Purpose   Fills in what the command line does not give, from the nearest to the farthest:
//           STEPWELL_OPTION, the file named by --config, the variables of aliases.def. The options
//           are those of options.def.
// Owns      Values live in the arena.
// Errors    Printed, with the place they came from; false.

#ifndef STEPWELL_CLI_SETTINGS_H
#define STEPWELL_CLI_SETTINGS_H

#include "cli/arguments.h"

bool cli_settings_fill(cli_arguments *arguments, sw_arena *arena);

#endif
