// help_pages.c: the manual page (roff) and the Markdown page, from the tables.

#include "cli/help.h"

// roff takes a dot or quote at the start of a line, and backslashes anywhere, for its own.
static void put_roff(FILE *file, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", file);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", file);
        else if (*text == '-')
            fputs("\\-", file);
        else if (*text == '\'')
            fputs("\\(aq", file);
        else if (*text == '`')
            fputs("\\(ga", file);
        else
            fputc(*text, file);
    }
}

static void put_roff_line(FILE *file, const char *before, const char *text, const char *after)
{
    fputs(before, file);
    put_roff(file, text);
    fputs(after, file);
}

static void put_roff_option(FILE *file, const cli_option *option)
{
    char value[64];
    cli_option_value(option, value);
    fputs(".TP\n", file);
    if (option->letter != 0)
        fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
    put_roff_line(file, "\\fB\\-\\-", option->name, "\\fR");
    put_roff_line(file, "\\fI", value, "\\fR\n");
    put_roff(file, option->help);
    if (option->fallback != NULL && option->kind == CLI_KIND_TEXT)
        put_roff_line(file, " (default: ", option->fallback, ")");
    fputc('\n', file);
}

static void put_roff_command(FILE *file, const cli_command *command)
{
    const cli_command_id id = (cli_command_id)(command - cli_commands);
    put_roff_line(file, ".SH STEPWELL ", command->name, "\n");
    put_roff_line(file, "\\fBstepwell ", command->name, "\\fR [\\fIOPTIONS\\fR] ");
    put_roff_line(file, "\\fI", command->usage, "\\fR\n.PP\n");
    put_roff_line(file, "", command->description, "\n");
    for (size_t i = 0; i < cli_argument_count; i++) {
        if (cli_argument_rows[i].command == id) {
            put_roff_line(file, ".TP\n\\fI", cli_argument_rows[i].name, "\\fR\n");
            put_roff_line(file, "", cli_argument_rows[i].help, "\n");
        }
    }
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(command, &cli_options[i]))
            put_roff_option(file, &cli_options[i]);
    }
    fputs(".SS Exit status\n", file);
    for (size_t i = 0; i < cli_exit_count; i++) {
        if (cli_exit_rows[i].command == id) {
            fprintf(file, ".TP\n%d\n", cli_exit_rows[i].status);
            put_roff_line(file, "", cli_exit_rows[i].meaning, "\n");
        }
    }
    fputs(".SS Examples\n", file);
    for (size_t i = 0; i < cli_example_count; i++) {
        if (cli_example_rows[i].command == id) {
            put_roff_line(file, ".PP\n.nf\n", cli_example_rows[i].line, "\n.fi\n.RS\n");
            put_roff_line(file, "", cli_example_rows[i].what, "\n.RE\n");
        }
    }
}

void cli_help_man(FILE *file)
{
    fputs(".TH STEPWELL 1 \"\" \"stepwell " SW_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nstepwell \\- ",
          file);
    put_roff(file, cli_summary);
    fputs("\n.SH SYNOPSIS\n\\fBstepwell\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n"
          ".SH COMMANDS\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        put_roff_line(file, ".TP\n\\fBstepwell ", cli_commands[i].name, "\\fR\n");
        put_roff_line(file, "", cli_commands[i].summary, "\n");
    }
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        put_roff_command(file, &cli_commands[i]);
}

// Markdown ----------------------------------------------------------------------------------------

// A cell of a table: a bar would end it.
static void put_cell(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            fputc('\\', file);
        fputc(*text, file);
    }
}

static void put_markdown_option(FILE *file, const cli_option *option)
{
    char value[64];
    cli_option_value(option, value);
    fputs("| `", file);
    if (option->letter != 0)
        fprintf(file, "-%c`, `", option->letter);
    fprintf(file, "--%s", option->name);
    put_cell(file, value);
    fputs("` | ", file);
    put_cell(file, option->help);
    if (option->fallback != NULL && option->kind == CLI_KIND_TEXT)
        fprintf(file, " (default: `%s`)", option->fallback);
    fputs(" |\n", file);
}

static void put_markdown_command(FILE *file, const cli_command *command)
{
    const cli_command_id id = (cli_command_id)(command - cli_commands);
    fprintf(file, "\n## stepwell %s\n\n`stepwell %s [OPTIONS] %s`: %s.\n\n%s\n\n", command->name,
            command->name, command->usage, command->summary, command->description);
    fputs("| argument, option | |\n| --- | --- |\n", file);
    for (size_t i = 0; i < cli_argument_count; i++) {
        if (cli_argument_rows[i].command != id)
            continue;
        fprintf(file, "| `%s` | ", cli_argument_rows[i].name);
        put_cell(file, cli_argument_rows[i].help);
        fputs(" |\n", file);
    }
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(command, &cli_options[i]))
            put_markdown_option(file, &cli_options[i]);
    }
    fputs("\nExit status:\n\n", file);
    for (size_t i = 0; i < cli_exit_count; i++) {
        if (cli_exit_rows[i].command == id)
            fprintf(file, "- %d: %s\n", cli_exit_rows[i].status, cli_exit_rows[i].meaning);
    }
    for (size_t i = 0; i < cli_example_count; i++) {
        if (cli_example_rows[i].command == id)
            fprintf(file, "\n```sh\n# %s\n%s\n```\n", cli_example_rows[i].what,
                    cli_example_rows[i].line);
    }
}

void cli_help_markdown(FILE *file)
{
    fputs("# The command line\n\n"
          "Written by `stepwell help --markdown`; to change it, change `src/cli/commands.def` and "
          "`src/cli/options.def`.\n\n| command | |\n| --- | --- |\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        fprintf(file, "| [`stepwell %s`](#stepwell-%s) | %s |\n", cli_commands[i].name,
                cli_commands[i].name, cli_commands[i].summary);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        put_markdown_command(file, &cli_commands[i]);
}
