// arguments.h: the command line, read by the tables in commands.def and options.def.
//
// Owns      Everything points into argv and into static tables; the lists live in the arena.
// Errors    A usage error is printed when it is found, with the nearest name that exists; the
//           caller ends with status CLI_USAGE.

#ifndef STEPWELL_CLI_ARGUMENTS_H
#define STEPWELL_CLI_ARGUMENTS_H

#include "stepwell/base.h"

// How a process ends.
enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_INVALID = 3, // the definition is
    CLI_DRIFTED = 4, // from a recording
};

typedef enum cli_command_id {
#define COMMAND(id, ...) CLI_COMMAND_##id,
#include "cli/commands.def"
    CLI_COMMAND_COUNT,
} cli_command_id;

typedef enum cli_option_id {
#define OPTION(id, ...) CLI_OPTION_##id,
#include "cli/options.def"
#undef OPTION
    CLI_OPTION_COUNT,
} cli_option_id;

typedef enum cli_option_kind {
    CLI_KIND_FLAG,
    CLI_KIND_TEXT,
    CLI_KIND_LIST,
    CLI_KIND_OPTIONAL,
} cli_option_kind;

typedef struct cli_option {
    uint32_t        commands; // a bit for each cli_command_id
    char            letter;   // 0: none
    const char     *name;
    cli_option_kind kind;
    const char     *argument;
    const char     *fallback; // the default; OPTIONAL: the value when none is given with it
    const char     *choices;
    const char     *help;
} cli_option;

typedef struct cli_arguments cli_arguments;

typedef struct cli_command {
    const char *name;
    int (*run)(const cli_arguments *arguments, sw_arena *arena);
    int         operands_min, operands_max;
    const char *usage, *summary, *description;
} cli_command;

extern const cli_command cli_commands[CLI_COMMAND_COUNT];
extern const cli_option  cli_options[CLI_OPTION_COUNT];

struct cli_arguments {
    const cli_command *command;
    bool               given[CLI_OPTION_COUNT];
    const char        *values[CLI_OPTION_COUNT]; // the default when not given; NULL: none
    const char       **operands;
    size_t             operand_count;
    struct {
        cli_option_id id;
        const char   *value;
    } * list; // all options with values, in order
    size_t list_count;
};

const cli_command *cli_command_find(const char *name); // NULL when there is none
bool               cli_command_has(const cli_command *command, const cli_option *option);

// Reads what follows the command's name.
bool cli_arguments_parse(const cli_command *command, int count, char **texts, sw_arena *arena,
                         cli_arguments *arguments);

// Sets an option as if it had been given; a value that is none of its choices is a usage error.
bool cli_arguments_set(cli_arguments *arguments, const cli_option *option, const char *value,
                       sw_arena *arena);

// The next value of a LIST option; NULL after the last one. *cursor starts at 0.
const char *cli_arguments_next(const cli_arguments *arguments, cli_option_id id, size_t *cursor);

// Prints "stepwell: MESSAGE" and names the help (command may be NULL); returns CLI_USAGE.
int cli_usage_error(const cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The name nearest to text among count names, or NULL when none is near.
const char *cli_nearest(const char *text, const char *const *names, size_t count);

#endif
