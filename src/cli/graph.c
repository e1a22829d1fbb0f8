// graph.c: stepwell graph.

#include "cli/commands.h"

int cli_graph(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena;
    return cli_usage_error(arguments->command, "graph is not built yet");
}
