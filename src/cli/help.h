// help.h: the tables of commands and options in the forms of other programs.

#ifndef STEPWELL_CLI_HELP_H
#define STEPWELL_CLI_HELP_H

#include "cli/arguments.h"

#include <stdio.h>

typedef struct cli_argument {
    cli_command_id command;
    const char    *name, *help;
} cli_argument;

typedef struct cli_exit {
    cli_command_id command;
    int            status;
    const char    *meaning;
} cli_exit;

typedef struct cli_example {
    cli_command_id command;
    const char    *line, *what;
} cli_example;

extern const cli_argument cli_argument_rows[];
extern const size_t       cli_argument_count;
extern const cli_exit     cli_exit_rows[];
extern const size_t       cli_exit_count;
extern const cli_example  cli_example_rows[];
extern const size_t       cli_example_count;

extern const char cli_summary[]; // the program in one sentence

// What stands between an option's name and its value: " FILE", "[=FORMAT]", or nothing.
void cli_option_value(const cli_option *option, char text[64]);

void cli_help_man(FILE *file);
void cli_help_markdown(FILE *file);
void cli_help_bash(FILE *file);
void cli_help_zsh(FILE *file);
void cli_help_fish(FILE *file);

#endif
