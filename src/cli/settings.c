// settings.c: options from the environment and from a file.

#include "cli/settings.h"

#include "cli/files.h"
#include "json/source.h"

#include <ctype.h>
#include <stdlib.h>

typedef struct filling {
    cli_arguments *arguments;
    sw_arena      *arena;
    bool           given[CLI_OPTION_COUNT]; // by something nearer
} filling;

static const cli_option *find_option(const filling *f, const char *name)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_command_has(f->arguments->command, &cli_options[i]) &&
            strcmp(cli_options[i].name, name) == 0)
            return &cli_options[i];
    }
    return NULL;
}

static bool is_given(const filling *f, const cli_option *option)
{
    return f->given[option - cli_options];
}

static bool is_no(const char *value)
{
    return value[0] == '\0' || strcmp(value, "0") == 0 || strcmp(value, "false") == 0 ||
           strcmp(value, "no") == 0;
}

static bool set(const filling *f, const cli_option *option, const char *value)
{
    if (option->kind != CLI_KIND_FLAG)
        return cli_arguments_set(f->arguments, option, value, f->arena);
    return is_no(value) || cli_arguments_set(f->arguments, option, NULL, f->arena);
}

// What is set from here on counts less than what was set before.
static void end_level(filling *f)
{
    memcpy(f->given, f->arguments->given, sizeof f->given);
}

// The environment ---------------------------------------------------------------------------------

// a,b,c
static bool set_list(const filling *f, const cli_option *option, const char *value)
{
    while (*value != '\0') {
        size_t bytes = strcspn(value, ",");
        if (bytes > 0 && !set(f, option, sw_str_copy(f->arena, (sw_str){value, bytes}).text))
            return false;
        value += bytes + (value[bytes] == ',');
    }
    return true;
}

static const char *variable_of(const filling *f, const cli_option *option)
{
    char *name = (char *)(uintptr_t)sw_str_format(f->arena, "STEPWELL_%s", option->name).text;
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return name;
}

static bool fill_from_environment(filling *f)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const cli_option *option = &cli_options[i];
        if (!cli_command_has(f->arguments->command, option) || is_given(f, option) ||
            i == CLI_OPTION_HELP)
            continue;
        const char *value = getenv(variable_of(f, option));
        if (value != NULL &&
            !(option->kind == CLI_KIND_LIST ? set_list(f, option, value) : set(f, option, value)))
            return false;
    }
    end_level(f);
    return true;
}

static const struct {
    const cli_command *command;
    const char        *name, *option;
} variables[] = {
#define ALIAS(command, word, option)
#define VARIABLE(command, name, option) {&cli_commands[CLI_COMMAND_##command], name, option},
#include "cli/aliases.def"
#undef ALIAS
#undef VARIABLE
};

static bool fill_from_others(filling *f)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (variables[i].command != f->arguments->command)
            continue;
        const cli_option *option = find_option(f, variables[i].option);
        const char       *value = getenv(variables[i].name);
        if (value == NULL || value[0] == '\0' || f->arguments->given[option - cli_options])
            continue;
        if (!set(f, option, value))
            return false;
    }
    return true;
}

// The file ----------------------------------------------------------------------------------------

static bool refuse(const filling *f, const char *file, sw_str name, const char *what)
{
    cli_usage_error(f->arguments->command, "%s: %.*s: %s", file, SW_STR_ARG(name), what);
    return false;
}

static bool set_member(const filling *f, const cli_option *option, const char *file, sw_value value)
{
    sw_str name = sw_str_from(option->name);
    if (value.type == SW_ARRAY && option->kind == CLI_KIND_LIST) {
        for (uint32_t i = 0; i < value.size; i++) {
            if (!set_member(f, option, file, value.items[i]))
                return false;
        }
        return true;
    }
    if (value.type == SW_OBJECT && option->argument != NULL &&
        strstr(option->argument, "JSON") != NULL)
        return set(f, option, sw_json_print(f->arena, value).text);
    if (value.type == SW_STRING)
        return set(f, option, sw_str_copy(f->arena, sw_value_str(value)).text);
    if (value.type == SW_NUMBER || value.type == SW_BOOL)
        return set(f, option, sw_json_print(f->arena, value).text);
    return refuse(f, file, name, "a text, a number or true is expected");
}

static bool fill_from_value(filling *f, const char *file, sw_value settings)
{
    for (uint32_t i = 0; i < settings.size; i++) {
        sw_str            name = sw_value_key(settings, i);
        const cli_option *option = find_option(f, sw_str_copy(f->arena, name).text);
        if (option == NULL)
            return refuse(f, file, name, "there is no such option");
        if (!is_given(f, option) && !set_member(f, option, file, sw_value_member(settings, i)))
            return false;
    }
    end_level(f);
    return true;
}

static bool fill_from_file(filling *f)
{
    const char *file = f->arguments->values[CLI_OPTION_CONFIG];
    sw_str      text;
    sw_value    settings;
    sw_error    err = {0};
    if (file == NULL)
        return true;
    if (!cli_file_read(f->arena, file, &text, &err)) {
        cli_usage_error(f->arguments->command, "%s", err.message);
        return false;
    }
    if (!sw_source_parse(f->arena, text, sw_source_format_of(sw_str_from(cli_file_name(file))),
                         &settings, &err)) {
        cli_usage_error(f->arguments->command, "%s:%u:%u: %s", file, err.line, err.column,
                        err.message);
        return false;
    }
    if (settings.type != SW_OBJECT)
        return refuse(f, file, SW_STR("the file"), "an object with options is expected");
    return fill_from_value(f, file, settings);
}

bool cli_settings_fill(cli_arguments *arguments, sw_arena *arena)
{
    filling f = {.arguments = arguments, .arena = arena};
    end_level(&f);
    return fill_from_environment(&f) && fill_from_file(&f) && fill_from_others(&f);
}
