// validate.c: stepwell validate.

#include "cli/commands.h"
#include "cli/definition.h"
#include "integrations/aws/aws.h"
#include "integrations/aws/task.h"

typedef struct validation {
    sw_machine_options options;
    bool               json, quiet, several;
    cli_terminal       terminal;
} validation;

static void print_json(const cli_definition *definition, const validation *how, sw_arena *arena)
{
    const char *file = how->several ? definition->file : NULL;
    sw_str      text = sw_json_print(arena, cli_diagnostics_json(definition, file, arena));
    fwrite(text.text, 1, text.bytes, stdout);
    putchar('\n');
}

static void print_text(const cli_definition *definition, const validation *how)
{
    const sw_diagnostics *all = &definition->diagnostics;
    cli_diagnostics_print(definition, &how->terminal);
    if (how->quiet)
        return;
    bool valid = definition->machine != NULL;
    printf("%s: %s%s%s", definition->file,
           cli_terminal_style(&how->terminal, valid ? CLI_STYLE_GOOD : CLI_STYLE_BAD),
           valid ? "valid" : "invalid", cli_terminal_style(&how->terminal, CLI_STYLE_NONE));
    const char *before = ", ";
    if (all->errors > 0)
        printf("%s%u error%s", before, all->errors, all->errors == 1 ? "" : "s");
    if (all->warnings > 0)
        printf("%s%u warning%s", before, all->warnings, all->warnings == 1 ? "" : "s");
    putchar('\n');
}

// What the services say of a Task -----------------------------------------------------------------

// Optimized integrations are known without their services' models.
static const char *refuse_resource(void *who, sw_str resource)
{
    static const char sdk[] = ":aws-sdk:";
    for (size_t i = 0; i + sizeof sdk - 1 <= resource.bytes; i++) {
        if (memcmp(resource.text + i, sdk, sizeof sdk - 1) == 0)
            return sw_aws_refuse(who, resource);
    }
    return NULL;
}

static sw_str check_parameters(void *who, sw_str resource, sw_value parameters, sw_arena *arena)
{
    return sw_aws_check(who, resource, parameters, arena);
}

static const char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

static bool open_models(sw_machine_options *options)
{
    sw_aws        *aws;
    sw_error       err = {0};
    sw_aws_options none = {.variable = no_variable, .account = SW_STR(""), .region = SW_STR("")};
    if (!sw_aws_open(&none, &aws, &err)) {
        cli_complain(err.message);
        return false;
    }
    options->refuse_resource = refuse_resource;
    options->check_parameters = check_parameters;
    options->who = aws;
    return true;
}

// The command -------------------------------------------------------------------------------------

static int validate_file(const char *file, const validation *how)
{
    sw_arena       arena;
    cli_definition definition;
    sw_error       err = {0};
    sw_arena_init(&arena);
    int status = CLI_OK;
    if (!cli_definition_read(file, &how->options, &arena, &definition, &err)) {
        cli_complain(err.message);
        status = CLI_USAGE;
    } else {
        if (how->json)
            print_json(&definition, how, &arena);
        else
            print_text(&definition, how);
        status = definition.machine != NULL ? CLI_OK : CLI_FAILED;
        cli_definition_clear(&definition);
    }
    sw_arena_clear(&arena);
    return status;
}

int cli_validate(const cli_arguments *arguments, sw_arena *arena)
{
    (void)arena; // each file has one of its own
    validation how = {
        .options.plain = arguments->given[CLI_OPTION_PLAIN],
        .json = strcmp(arguments->values[CLI_OPTION_VALIDATE_FORMAT], "json") == 0,
        .quiet = arguments->given[CLI_OPTION_QUIET],
        .several = arguments->operand_count > 1,
        .terminal = cli_terminal_of(stdout),
    };
    if (strcmp(arguments->values[CLI_OPTION_TYPE], "EXPRESS") == 0)
        how.options.type = SW_EXPRESS;
    if (!open_models(&how.options))
        return CLI_FAILED;
    int worst = CLI_OK;
    for (size_t i = 0; i < arguments->operand_count; i++) {
        int status = validate_file(arguments->operands[i], &how);
        worst = status > worst ? status : worst;
    }
    sw_aws_close(how.options.who);
    return worst;
}
