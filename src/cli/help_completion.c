// help_completion.c: completions for bash, zsh and fish, from the tables.

#include "cli/help.h"

static bool takes_file(const cli_option *option)
{
    return option->argument != NULL && strstr(option->argument, "FILE") != NULL;
}

static bool takes_value(const cli_option *option)
{
    return option->kind == CLI_KIND_TEXT || option->kind == CLI_KIND_LIST;
}

static bool takes_files(const cli_command *command)
{
    return strstr(command->usage, "FILE") != NULL;
}

static void put_choices(FILE *file, const char *choices)
{
    for (; *choices != '\0'; choices++)
        fputc(*choices == '|' ? ' ' : *choices, file);
}

static void put_command_names(FILE *file)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", cli_commands[i].name);
}

// Inside the quotes of zsh and fish.
static void put_quoted(FILE *file, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", file);
        else if (strchr(escaped, *text) != NULL)
            fprintf(file, "\\%c", *text);
        else
            fputc(*text, file);
    }
}

// Help in one short phrase: up to the first colon, semicolon or full stop.
static void put_phrase(FILE *file, const char *help, const char *escaped)
{
    char   phrase[96];
    size_t bytes = strcspn(help, ":;.(");
    if (bytes >= sizeof phrase)
        bytes = sizeof phrase - 1;
    while (bytes > 0 && help[bytes - 1] == ' ')
        bytes--;
    memcpy(phrase, help, bytes);
    phrase[bytes] = '\0';
    put_quoted(file, phrase, escaped);
}

// bash --------------------------------------------------------------------------------------------

static void put_bash_values(FILE *file, const cli_command *command)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &cli_options[i];
        if (!cli_command_has(command, option) || !takes_value(option))
            continue;
        fprintf(file, "    %s:--%s", command->name, option->name);
        if (option->letter != 0)
            fprintf(file, " | %s:-%c", command->name, option->letter);
        fputs(") ", file);
        if (option->choices != NULL) {
            fputs("COMPREPLY=($(compgen -W '", file);
            put_choices(file, option->choices);
            fputs("' -- \"$word\")) ;;\n", file);
        } else if (takes_file(option)) {
            fputs("compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$word\")) ;;\n",
                  file);
        } else {
            fputs("COMPREPLY=() ;;\n", file);
        }
    }
}

static void put_bash_words(FILE *file, const cli_command *command)
{
    fprintf(file, "    %s) words='", command->name);
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &cli_options[i];
        if (cli_command_has(command, option))
            fprintf(file, "--%s ", option->name);
    }
    if (strcmp(command->name, "help") == 0)
        put_command_names(file);
    fputs("' ;;\n", file);
}

void cli_help_bash(FILE *file)
{
    fputs("# bash completion of stepwell, written by `stepwell help --completion bash`\n"
          "_stepwell() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words\n"
          "    local command=${COMP_WORDS[1]}\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          file);
    put_command_names(file);
    fputs(" --help --version' -- \"$word\"))\n        return\n    fi\n"
          "    case $command:$before in\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        put_bash_values(file, &cli_commands[i]);
    fputs("    *) _stepwell_words ;;\n    esac\n}\n"
          "_stepwell_words() {\n    case $command in\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        put_bash_words(file, &cli_commands[i]);
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    if [ \"${word#-}\" = \"$word\" ] && [ \"$command\" != help ]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
          "    fi\n"
          "}\n"
          "complete -F _stepwell stepwell\n",
          file);
}

// zsh ---------------------------------------------------------------------------------------------

static void put_zsh_value(FILE *file, const cli_option *option)
{
    if (option->kind == CLI_KIND_FLAG)
        return;
    fprintf(file, "%s:%s:", option->kind == CLI_KIND_OPTIONAL ? ":" : "", option->name);
    if (option->choices != NULL) {
        fputc('(', file);
        put_choices(file, option->choices);
        fputc(')', file);
    } else if (takes_file(option)) {
        fputs("_files", file);
    }
}

static void put_zsh_option(FILE *file, const cli_option *option)
{
    const char *repeated = option->kind == CLI_KIND_LIST ? "*" : "";
    const char *equals = option->kind == CLI_KIND_OPTIONAL ? "=-" : takes_value(option) ? "=" : "";
    fprintf(file, "            '%s--%s%s[", repeated, option->name, equals);
    put_phrase(file, option->help, "[]:");
    fputc(']', file);
    put_zsh_value(file, option);
    fputs("' \\\n", file);
    if (option->letter == 0)
        return;
    fprintf(file, "            '%s-%c[", repeated, option->letter);
    put_phrase(file, option->help, "[]:");
    fputc(']', file);
    put_zsh_value(file, option);
    fputs("' \\\n", file);
}

static void put_zsh_command(FILE *file, const cli_command *command)
{
    fprintf(file, "        %s)\n            _arguments \\\n", command->name);
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(command, &cli_options[i]))
            put_zsh_option(file, &cli_options[i]);
    }
    fprintf(file,
            "            '%s:%s:", command->operands_max < 0 || takes_files(command) ? "*" : "1",
            "argument");
    if (takes_files(command)) {
        fputs("_files'\n", file);
    } else if (strcmp(command->name, "help") == 0) {
        fputc('(', file);
        put_command_names(file);
        fputs(")'\n", file);
    } else {
        fputs("'\n", file);
    }
    fputs("            ;;\n", file);
}

void cli_help_zsh(FILE *file)
{
    fputs("#compdef stepwell\n"
          "# zsh completion of stepwell, written by `stepwell help --completion zsh`\n"
          "_stepwell() {\n    local -a commands\n    commands=(\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        fprintf(file, "        '%s:", cli_commands[i].name);
        put_quoted(file, cli_commands[i].summary, "");
        fputs("'\n", file);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n"
          "        _describe command commands\n        return\n    fi\n"
          "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
          "    case $command in\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        put_zsh_command(file, &cli_commands[i]);
    fputs("    esac\n}\n_stepwell \"$@\"\n", file);
}

// fish --------------------------------------------------------------------------------------------

static void put_fish_option(FILE *file, const cli_command *command, const cli_option *option)
{
    fprintf(file, "complete -c stepwell -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            option->name);
    if (option->letter != 0)
        fprintf(file, " -s %c", option->letter);
    if (takes_value(option))
        fputs(takes_file(option) ? " -r -F" : " -x", file);
    if (option->choices != NULL) {
        fputs(" -a '", file);
        put_choices(file, option->choices);
        fputc('\'', file);
    }
    fputs(" -d '", file);
    put_phrase(file, option->help, "\\");
    fputs("'\n", file);
}

void cli_help_fish(FILE *file)
{
    fputs("# fish completion of stepwell, written by `stepwell help --completion fish`\n"
          "complete -c stepwell -f\n",
          file);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const cli_command *command = &cli_commands[i];
        fprintf(file, "complete -c stepwell -n __fish_use_subcommand -a %s -d '", command->name);
        put_quoted(file, command->summary, "\\");
        fputs("'\n", file);
        if (takes_files(command))
            fprintf(file, "complete -c stepwell -n '__fish_seen_subcommand_from %s' -F\n",
                    command->name);
        for (size_t j = 0; j < CLI_OPTION_COUNT; j++) {
            if (cli_command_has(command, &cli_options[j]))
                put_fish_option(file, command, &cli_options[j]);
        }
    }
    fputs("complete -c stepwell -n '__fish_seen_subcommand_from help' -a '", file);
    put_command_names(file);
    fputs("'\n", file);
}
