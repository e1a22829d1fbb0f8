// arguments.c: reading the command line by its tables.

#include "cli/arguments.h"

#include "cli/commands.h"
#include "cli/terminal.h"

#include <stdarg.h>
#include <stdio.h>

const cli_command cli_commands[CLI_COMMAND_COUNT] = {
#define COMMAND(id, name, function, fewest, most, usage, summary, description)                     \
    [CLI_COMMAND_##id] = {name, function, fewest, most, usage, summary, description},
#include "cli/commands.def"
};

#define FOR(id) (1u << CLI_COMMAND_##id)
#define ANY     (~0u)
const cli_option cli_options[CLI_OPTION_COUNT] = {
#define OPTION(id, commands, letter, name, kind, argument, fallback, choices, help)                \
    [CLI_OPTION_##                                                                                 \
        id] = {commands, letter, name, CLI_KIND_##kind, argument, fallback, choices, help},
#include "cli/options.def"
#undef OPTION
};

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    }
    return NULL;
}

bool cli_command_has(const cli_command *command, const cli_option *option)
{
    return (option->commands >> (command - cli_commands) & 1) != 0;
}

int cli_usage_error(const cli_command *command, const char *format, ...)
{
    char    message[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    cli_complain(message);
    fprintf(stderr, "Try `stepwell help%s%s`.\n", command != NULL ? " " : "",
            command != NULL ? command->name : "");
    return CLI_USAGE;
}

// Levenshtein's distance; names longer than the row are never near.
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t a_bytes = strlen(a), b_bytes = strlen(b);
    if (a_bytes >= 64 || b_bytes >= 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_bytes; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_bytes; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_bytes];
}

const char *cli_nearest(const char *text, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t      best = strlen(text) / 3 + 2; // further away is another word
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(text, names[i]);
        // A beginning counts as near: --fast for --fast-forward.
        if (strlen(text) >= 2 && strncmp(text, names[i], strlen(text)) == 0)
            d = 1;
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

static bool unknown_option(const cli_command *command, const char *name)
{
    const char *names[CLI_OPTION_COUNT];
    size_t      count = 0;
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(command, &cli_options[i]))
            names[count++] = cli_options[i].name;
    }
    const char *nearest = cli_nearest(name, names, count);
    if (nearest != NULL)
        cli_usage_error(command, "%s has no option --%s; did you mean --%s?", command->name, name,
                        nearest);
    else
        cli_usage_error(command, "%s has no option --%s", command->name, name);
    return false;
}

static const cli_option *find_option(const cli_command *command, const char *name, char letter)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &cli_options[i];
        if (!cli_command_has(command, option))
            continue;
        if (name != NULL ? strcmp(option->name, name) == 0
                         : letter != 0 && option->letter == letter)
            return option;
    }
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t bytes = strlen(value);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, bytes) == 0 && (at[bytes] == '|' || at[bytes] == '\0') && bytes > 0)
            return true;
    }
    return false;
}

static bool set_option(cli_arguments *arguments, const cli_option *option, const char *value)
{
    const cli_option_id id = (cli_option_id)(option - cli_options);
    if (option->choices != NULL && value != NULL && !is_choice(option->choices, value)) {
        cli_usage_error(arguments->command, "--%s must be one of %s, not '%s'", option->name,
                        option->choices, value);
        return false;
    }
    arguments->given[id] = true;
    arguments->values[id] = value;
    if (value != NULL) {
        arguments->list[arguments->list_count].id = id;
        arguments->list[arguments->list_count++].value = value;
    }
    return true;
}

bool cli_arguments_set(cli_arguments *arguments, const cli_option *option, const char *value,
                       sw_arena *arena)
{
    void *larger = sw_arena_alloc_array(arena, arguments->list_count + 1, sizeof *arguments->list);
    if (arguments->list_count > 0)
        memcpy(larger, arguments->list, arguments->list_count * sizeof *arguments->list);
    arguments->list = larger;
    return set_option(arguments, option, value);
}

// The words that are left to read.
typedef struct words {
    char **texts;
    int    count, at;
} words;

// value: what stood behind `=` or the letter; NULL: nothing did.
static bool read_value(cli_arguments *arguments, const cli_option *option, const char *value,
                       words *rest)
{
    if (option->kind == CLI_KIND_FLAG) {
        if (value == NULL)
            return set_option(arguments, option, NULL);
        cli_usage_error(arguments->command, "--%s takes no value", option->name);
        return false;
    }
    if (value == NULL && option->kind == CLI_KIND_OPTIONAL)
        value = option->fallback;
    if (value == NULL && rest->at < rest->count)
        value = rest->texts[rest->at++];
    if (value == NULL) {
        cli_usage_error(arguments->command, "--%s needs a value: %s", option->name,
                        option->argument);
        return false;
    }
    return set_option(arguments, option, value);
}

static bool read_long(cli_arguments *arguments, const char *text, words *rest, sw_arena *arena)
{
    const char       *equals = strchr(text, '=');
    size_t            bytes = equals != NULL ? (size_t)(equals - text) : strlen(text);
    const char       *name = sw_str_copy(arena, (sw_str){text, bytes}).text;
    const cli_option *option = find_option(arguments->command, name, 0);
    if (option == NULL)
        return unknown_option(arguments->command, name);
    return read_value(arguments, option, equals != NULL ? equals + 1 : NULL, rest);
}

// -q, -o FILE, -oFILE, -qoFILE
static bool read_letters(cli_arguments *arguments, const char *text, words *rest)
{
    for (; *text != '\0'; text++) {
        const cli_option *option = find_option(arguments->command, NULL, *text);
        if (option == NULL) {
            cli_usage_error(arguments->command, "%s has no option -%c", arguments->command->name,
                            *text);
            return false;
        }
        if (option->kind != CLI_KIND_FLAG)
            return read_value(arguments, option, text[1] != '\0' ? text + 1 : NULL, rest);
        if (!set_option(arguments, option, NULL))
            return false;
    }
    return true;
}

// Other names of options, which may begin with one dash.
static const struct {
    const cli_command *command;
    const char        *word, *option;
} aliases[] = {
#define ALIAS(command, word, option) {&cli_commands[CLI_COMMAND_##command], word, option},
#define VARIABLE(command, name, option)
#include "cli/aliases.def"
#undef ALIAS
#undef VARIABLE
};

// --aws-region=X becomes --region=X.
static const char *expand_alias(const cli_command *command, const char *text, sw_arena *arena)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        size_t bytes = strlen(aliases[i].word);
        if (aliases[i].command == command && strncmp(text, aliases[i].word, bytes) == 0 &&
            (text[bytes] == '\0' || text[bytes] == '='))
            return sw_str_format(arena, "--%s%s", aliases[i].option, text + bytes).text;
    }
    return text;
}

static void set_defaults(cli_arguments *arguments)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_options[i].kind == CLI_KIND_TEXT)
            arguments->values[i] = cli_options[i].fallback;
    }
}

static bool check_operands(const cli_arguments *arguments)
{
    const cli_command *command = arguments->command;
    if (arguments->given[CLI_OPTION_HELP])
        return true;
    if (arguments->operand_count < (size_t)command->operands_min) {
        cli_usage_error(command, "%s needs %s", command->name, command->usage);
        return false;
    }
    if (command->operands_max >= 0 && arguments->operand_count > (size_t)command->operands_max) {
        cli_usage_error(command, "too many arguments for %s: '%s'", command->name,
                        arguments->operands[command->operands_max]);
        return false;
    }
    return true;
}

bool cli_arguments_parse(const cli_command *command, int count, char **texts, sw_arena *arena,
                         cli_arguments *arguments)
{
    *arguments = (cli_arguments){.command = command};
    arguments->operands = SW_ARENA_ARRAY(arena, const char *, count + 1);
    arguments->list = sw_arena_alloc_array(arena, (size_t)count + 1, sizeof *arguments->list);
    set_defaults(arguments);
    words rest = {.texts = texts, .count = count};
    bool  options_end = false;
    while (rest.at < count) {
        const char *text = texts[rest.at++];
        if (!options_end)
            text = expand_alias(command, text, arena);
        if (!options_end && strcmp(text, "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(text, "--", 2) == 0) {
            if (!read_long(arguments, text + 2, &rest, arena))
                return false;
        } else if (!options_end && text[0] == '-' && text[1] != '\0') {
            if (!read_letters(arguments, text + 1, &rest))
                return false;
        } else {
            arguments->operands[arguments->operand_count++] = text;
        }
    }
    return check_operands(arguments);
}

const char *cli_arguments_next(const cli_arguments *arguments, cli_option_id id, size_t *cursor)
{
    while (*cursor < arguments->list_count) {
        size_t at = (*cursor)++;
        if (arguments->list[at].id == id)
            return arguments->list[at].value;
    }
    return NULL;
}
