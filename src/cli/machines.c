// machines.c: stepwell machines and stepwell tasks: what a server runs, and callbacks to it.

#include "cli/commands.h"

#include "cli/definition.h"
#include "cli/files.h"
#include "cli/operate.h"

#define DEFAULT_ROLE "arn:aws:iam::123456789012:role/stepwell"

static int list(cli_operation *o)
{
    sw_members none = sw_members_begin(o->arena, 1);
    sw_value   items;
    if (!cli_operation_list(o, "ListStateMachines", &none, "stateMachines", &items))
        return CLI_FAILED;
    if (o->json) {
        cli_operation_print(o, items);
        return CLI_OK;
    }
    printf("%-9s  %-24s  name\n", "type", "created");
    for (uint32_t i = 0; i < items.size; i++)
        printf("%-9s  %-24s  %s\n", cli_member_text(o->arena, items.items[i], "type").text,
               cli_member_text(o->arena, items.items[i], "creationDate").text,
               cli_member_text(o->arena, items.items[i], "name").text);
    return CLI_OK;
}

static int call_for(cli_operation *o, const char *action)
{
    sw_members input = sw_members_begin(o->arena, 1);
    sw_str     machine = cli_operation_machine(o);
    sw_value   answer;
    if (machine.text == NULL)
        return CLI_FAILED;
    sw_members_add(&input, "stateMachineArn", sw_string(machine));
    if (!cli_operation_call(o, action, &input, &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

static int describe(cli_operation *o)
{
    return call_for(o, "DescribeStateMachine");
}

static int delete (cli_operation *o)
{
    return call_for(o, "DeleteStateMachine");
}

// Definitions -------------------------------------------------------------------------------------

// The file as plain States Language: YAML, comments and extensions are gone.
static int read_definition(cli_operation *o, sw_str *text)
{
    sw_machine_options options = {
        .type = strcmp(o->arguments->values[CLI_OPTION_TYPE], "EXPRESS") == 0 ? SW_EXPRESS
                                                                              : SW_STANDARD};
    cli_definition definition;
    int            status = cli_definition_open(o->object, &options, o->arena, &definition);
    if (status != CLI_OK)
        return status;
    *text = sw_json_print_pretty(o->arena, sw_machine_get_definition(definition.machine), 2);
    cli_definition_clear(&definition);
    return CLI_OK;
}

static sw_str machine_name(const cli_operation *o)
{
    const char *name = o->arguments->values[CLI_OPTION_NAME];
    return name != NULL ? sw_str_from(name) : cli_file_stem(o->arena, o->object);
}

static int create(cli_operation *o)
{
    const char *role = o->arguments->values[CLI_OPTION_ROLE_ARN];
    sw_members  input = sw_members_begin(o->arena, 4);
    sw_str      text;
    sw_value    answer;
    int         status = read_definition(o, &text);
    if (status != CLI_OK)
        return status;
    sw_members_add(&input, "name", sw_string(machine_name(o)));
    sw_members_add(&input, "definition", sw_string(text));
    sw_members_add(&input, "roleArn", sw_string(sw_str_from(role == NULL ? DEFAULT_ROLE : role)));
    sw_members_add(&input, "type", sw_string(sw_str_from(o->arguments->values[CLI_OPTION_TYPE])));
    if (!cli_operation_call(o, "CreateStateMachine", &input, &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

static int update(cli_operation *o)
{
    const char *role = o->arguments->values[CLI_OPTION_ROLE_ARN];
    sw_members  input = sw_members_begin(o->arena, 3);
    sw_str      text, name = machine_name(o);
    sw_value    answer;
    int         status = read_definition(o, &text);
    if (status != CLI_OK)
        return status;
    o->object = sw_str_copy(o->arena, name).text;
    sw_str machine = cli_operation_machine(o);
    if (machine.text == NULL)
        return CLI_FAILED;
    sw_members_add(&input, "stateMachineArn", sw_string(machine));
    sw_members_add(&input, "definition", sw_string(text));
    if (role != NULL)
        sw_members_add(&input, "roleArn", sw_string(sw_str_from(role)));
    if (!cli_operation_call(o, "UpdateStateMachine", &input, &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

static const cli_deed machine_deeds[] = {
    {"list", false, list},    {"describe", true, describe}, {"create", true, create},
    {"update", true, update}, {"delete", true, delete},
};

int cli_machines(const cli_arguments *arguments, sw_arena *arena)
{
    return cli_operate(arguments, arena, machine_deeds,
                       sizeof machine_deeds / sizeof machine_deeds[0]);
}

// Callbacks ---------------------------------------------------------------------------------------

static int succeed(cli_operation *o)
{
    const char *given = o->arguments->values[CLI_OPTION_TASK_OUTPUT];
    sw_members  input = sw_members_begin(o->arena, 2);
    sw_value    output, answer;
    sw_error    err = {0};
    if (!cli_json_read(o->arena, "output", given, &output, &err))
        return cli_usage_error(o->arguments->command, "%s", err.message);
    sw_members_add(&input, "taskToken", sw_string(sw_str_from(o->object)));
    sw_members_add(&input, "output", sw_string(sw_json_print(o->arena, output)));
    return cli_operation_call(o, "SendTaskSuccess", &input, &answer) ? CLI_OK : CLI_FAILED;
}

static int fail(cli_operation *o)
{
    const char *error = o->arguments->values[CLI_OPTION_ERROR];
    const char *cause = o->arguments->values[CLI_OPTION_CAUSE];
    sw_members  input = sw_members_begin(o->arena, 3);
    sw_value    answer;
    sw_members_add(&input, "taskToken", sw_string(sw_str_from(o->object)));
    if (error != NULL)
        sw_members_add(&input, "error", sw_string(sw_str_from(error)));
    if (cause != NULL)
        sw_members_add(&input, "cause", sw_string(sw_str_from(cause)));
    return cli_operation_call(o, "SendTaskFailure", &input, &answer) ? CLI_OK : CLI_FAILED;
}

static const cli_deed task_deeds[] = {{"succeed", true, succeed}, {"fail", true, fail}};

int cli_tasks_command(const cli_arguments *arguments, sw_arena *arena)
{
    return cli_operate(arguments, arena, task_deeds, sizeof task_deeds / sizeof task_deeds[0]);
}
