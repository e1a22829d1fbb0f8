// help.c: stepwell help, and the text that --help prints.

#include "cli/help.h"

#include "cli/commands.h"

const char cli_summary[] = "AWS Step Functions that runs anywhere";

const cli_argument cli_argument_rows[] = {
#define ARGUMENT(command, name, help) {CLI_COMMAND_##command, name, help},
#include "cli/commands.def"
};
const size_t cli_argument_count = sizeof cli_argument_rows / sizeof *cli_argument_rows;

const cli_exit cli_exit_rows[] = {
#define EXIT(command, status, meaning) {CLI_COMMAND_##command, status, meaning},
#include "cli/commands.def"
};
const size_t cli_exit_count = sizeof cli_exit_rows / sizeof *cli_exit_rows;

const cli_example cli_example_rows[] = {
#define EXAMPLE(command, line, what) {CLI_COMMAND_##command, line, what},
#include "cli/commands.def"
};
const size_t cli_example_count = sizeof cli_example_rows / sizeof *cli_example_rows;

void cli_option_value(const cli_option *option, char text[64])
{
    text[0] = '\0';
    if (option->kind == CLI_KIND_OPTIONAL)
        snprintf(text, 64, "[=%s]", option->choices ? option->choices : option->argument);
    else if (option->kind != CLI_KIND_FLAG)
        snprintf(text, 64, " %s", option->choices ? option->choices : option->argument);
}

// Text wrapped at 80 columns, each line after the first indented; the first begins at column.
static void print_wrapped(FILE *file, const char *text, size_t indent, size_t column)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column + 1 + word > 80 && column > indent) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', file);
            column++;
        }
        fwrite(text, 1, word, file);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', file);
}

// A name, and what it is at a column of its own.
static void print_entry(FILE *file, const char *name, const char *help, size_t column)
{
    size_t bytes = strlen(name) + 2;
    fprintf(file, "  %s", name);
    if (bytes + 2 > column) {
        fputc('\n', file);
        bytes = 0;
    }
    fprintf(file, "%*s", (int)(column - bytes), "");
    print_wrapped(file, help, column, column);
}

static void print_option(FILE *file, const cli_option *option, sw_arena *arena)
{
    char value[64];
    cli_option_value(option, value);
    sw_str letter =
        option->letter != 0 ? sw_str_format(arena, "-%c, ", option->letter) : SW_STR("    ");
    sw_str name = sw_str_format(arena, "%.*s--%s%s", SW_STR_ARG(letter), option->name, value);
    sw_str help = sw_str_from(option->help);
    if (option->fallback != NULL && option->kind == CLI_KIND_TEXT)
        help = sw_str_format(arena, "%s [default: %s]", option->help, option->fallback);
    print_entry(file, name.text, help.text, 28);
}

static void print_exit(FILE *file, const cli_exit *row)
{
    char status[12];
    snprintf(status, sizeof status, "%d", row->status);
    print_entry(file, status, row->meaning, 6);
}

static void print_command(const cli_command *command, FILE *file, sw_arena *arena)
{
    const cli_command_id id = (cli_command_id)(command - cli_commands);
    fprintf(file, "stepwell %s: %s\n\nUsage: stepwell %s [OPTIONS] %s\n\n", command->name,
            command->summary, command->name, command->usage);
    print_wrapped(file, command->description, 0, 0);
    fputs("\nArguments:\n", file);
    for (size_t i = 0; i < cli_argument_count; i++) {
        if (cli_argument_rows[i].command == id)
            print_entry(file, cli_argument_rows[i].name, cli_argument_rows[i].help, 28);
    }
    fputs("\nOptions:\n", file);
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(command, &cli_options[i]))
            print_option(file, &cli_options[i], arena);
    }
    fputs("\nExit status:\n", file);
    for (size_t i = 0; i < cli_exit_count; i++) {
        if (cli_exit_rows[i].command == id)
            print_exit(file, &cli_exit_rows[i]);
    }
    fputs("\nExamples:\n", file);
    for (size_t i = 0; i < cli_example_count; i++) {
        if (cli_example_rows[i].command == id)
            fprintf(file, "  %s\n      %s\n", cli_example_rows[i].line, cli_example_rows[i].what);
    }
}

static void print_overview(FILE *file)
{
    fprintf(file, "stepwell: %s\n\nUsage: stepwell COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
            cli_summary);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        print_entry(file, cli_commands[i].name, cli_commands[i].summary, 14);
    fputs("\nOptions:\n  -h, --help     explain a command, or list them\n"
          "  -V, --version  print the version\n\n"
          "`stepwell help COMMAND` explains a command.\n",
          file);
}

void cli_help_print(const cli_command *command, FILE *file)
{
    if (command == NULL) {
        print_overview(file);
        return;
    }
    sw_arena arena;
    sw_arena_init(&arena);
    print_command(command, file, &arena);
    sw_arena_clear(&arena);
}

static int print_completion(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        cli_help_bash(stdout);
    else if (strcmp(shell, "zsh") == 0)
        cli_help_zsh(stdout);
    else
        cli_help_fish(stdout);
    return CLI_OK;
}

static int unknown_topic(const cli_command *help, const char *name)
{
    const char *names[CLI_COMMAND_COUNT];
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        names[i] = cli_commands[i].name;
    const char *nearest = cli_nearest(name, names, CLI_COMMAND_COUNT);
    if (nearest != NULL)
        return cli_usage_error(help, "there is no command %s; did you mean %s?", name, nearest);
    return cli_usage_error(help, "there is no command %s", name);
}

int cli_help(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena;
    if (arguments->given[CLI_OPTION_COMPLETION])
        return print_completion(arguments->values[CLI_OPTION_COMPLETION]);
    if (arguments->given[CLI_OPTION_MAN]) {
        cli_help_man(stdout);
        return CLI_OK;
    }
    if (arguments->given[CLI_OPTION_MARKDOWN]) {
        cli_help_markdown(stdout);
        return CLI_OK;
    }
    const cli_command *command = NULL;
    if (arguments->operand_count > 0) {
        command = cli_command_find(arguments->operands[0]);
        if (command == NULL)
            return unknown_topic(arguments->command, arguments->operands[0]);
    }
    cli_help_print(command, stdout);
    return CLI_OK;
}
