// main.c: finds the command and calls it.

#include "cli/arguments.h"
#include "cli/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static int unknown_command(const char *name)
{
    const char *names[CLI_COMMAND_COUNT];
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        names[i] = cli_commands[i].name;
    const char *nearest = cli_nearest(name, names, CLI_COMMAND_COUNT);
    const char *kind = name[0] == '-' ? "option" : "command";
    if (nearest != NULL)
        return cli_usage_error(NULL, "there is no %s %s; did you mean %s?", kind, name, nearest);
    return cli_usage_error(NULL, "there is no %s %s", kind, name);
}

static bool is_one_of(const char *text, const char *a, const char *b)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static int run_command(const cli_command *command, int count, char **texts)
{
    sw_arena arena;
    sw_arena_init(&arena);
    cli_arguments arguments;
    int           status = CLI_USAGE;
    if (cli_arguments_parse(command, count, texts, &arena, &arguments)) {
        if (arguments.given[CLI_OPTION_HELP]) {
            cli_help_print(command, stdout);
            status = CLI_OK;
        } else {
            status = command->run(&arguments, &arena);
        }
    }
    sw_arena_clear(&arena);
    return status;
}

// A result that did not arrive is no success.
static int finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno != EPIPE) // the reader has seen enough
            perror("stepwell: standard output");
        return status == CLI_OK ? CLI_FAILED : status;
    }
    return status;
}

int main(int count, char **texts)
{
    // A reader that went away is an error of writing, which is looked at, and not the end.
    signal(SIGPIPE, SIG_IGN);
    if (count < 2) {
        cli_help_print(NULL, stderr);
        return finish(CLI_USAGE);
    }
    if (is_one_of(texts[1], "--version", "-V")) {
        puts("stepwell " SW_VERSION);
        return finish(CLI_OK);
    }
    if (is_one_of(texts[1], "--help", "-h")) {
        cli_help_print(NULL, stdout);
        return finish(CLI_OK);
    }
    const cli_command *command = cli_command_find(texts[1]);
    if (command == NULL)
        return unknown_command(texts[1]);
    return finish(run_command(command, count - 2, texts + 2));
}
