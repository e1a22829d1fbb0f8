// operate.c: deeds, names and tables of the operator commands.

#include "cli/operate.h"

#include "base/grow.h"
#include "base/time.h"
#include "cli/terminal.h"

#include <stdio.h>

// Deeds -------------------------------------------------------------------------------------------

static int fail_deed(const cli_arguments *arguments, const cli_deed *deeds, size_t count,
                     sw_arena *arena)
{
    sw_str names = {"", 0};
    for (size_t i = 0; i < count; i++)
        names =
            sw_str_format(arena, "%.*s%s%s", SW_STR_ARG(names), i == 0 ? "" : ", ", deeds[i].name);
    return cli_usage_error(arguments->command, "'%s' is nothing that can be done: %.*s",
                           arguments->operands[0], SW_STR_ARG(names));
}

int cli_operate(const cli_arguments *arguments, sw_arena *arena, const cli_deed *deeds,
                size_t count)
{
    const char   *format = arguments->values[CLI_OPTION_OPERATE_FORMAT];
    cli_operation o = {.arguments = arguments,
                       .arena = arena,
                       .json = strcmp(format, "json") == 0,
                       .object = arguments->operand_count > 1 ? arguments->operands[1] : NULL};
    size_t        at = 0;
    while (at < count && strcmp(deeds[at].name, arguments->operands[0]) != 0)
        at++;
    if (at == count)
        return fail_deed(arguments, deeds, count, arena);
    if (deeds[at].needs_object && o.object == NULL)
        return cli_usage_error(arguments->command, "%s needs to know which one", deeds[at].name);
    if (!cli_api_open(arguments, arena, &o.api))
        return CLI_USAGE;
    int status = deeds[at].run(&o);
    cli_api_close(o.api);
    return status;
}

// Calling -----------------------------------------------------------------------------------------

bool cli_operation_call(cli_operation *o, const char *action, const sw_members *input,
                        sw_value *answer)
{
    sw_error err = {0};
    if (cli_api_call(o->api, action, sw_members_end(input), answer, &err))
        return true;
    cli_complain(err.message);
    return false;
}

typedef struct items {
    sw_value *items;
    uint32_t  count, capacity;
} items;

bool cli_operation_list(cli_operation *o, const char *action, const sw_members *input,
                        const char *member, sw_value *list)
{
    items    all = {0};
    sw_value token = sw_undefined();
    do {
        sw_members page = sw_members_begin(o->arena, 8);
        sw_value   given = sw_members_end(input), answer;
        for (uint32_t i = 0; i < given.size; i++)
            sw_members_add(&page, sw_value_key(given, i).text, sw_value_member(given, i));
        if (token.type == SW_STRING)
            sw_members_add(&page, "nextToken", token);
        if (!cli_operation_call(o, action, &page, &answer))
            return false;
        sw_value found = sw_value_get(answer, sw_str_from(member));
        for (uint32_t i = 0; found.type == SW_ARRAY && i < found.size; i++)
            SW_PUSH(o->arena, &all, found.items[i]);
        token = sw_value_get(answer, SW_STR("nextToken"));
    } while (token.type == SW_STRING);
    sw_value *copied;
    *list = sw_array_build(o->arena, all.count, &copied);
    if (all.count > 0)
        memcpy(copied, all.items, all.count * sizeof *copied);
    return true;
}

// Names -------------------------------------------------------------------------------------------

static sw_str fail_name(const char *kind, sw_str name)
{
    sw_error err = {0};
    sw_fail(&err, SW_ERROR_NOT_FOUND, "there is no %s '%.*s'", kind, SW_STR_ARG(name));
    cli_complain(err.message);
    return (sw_str){NULL, 0};
}

static sw_str find_machine(cli_operation *o, sw_str name)
{
    sw_members none = sw_members_begin(o->arena, 1);
    sw_value   machines;
    if (!cli_operation_list(o, "ListStateMachines", &none, "stateMachines", &machines))
        return (sw_str){NULL, 0};
    for (uint32_t i = 0; i < machines.size; i++) {
        if (sw_str_equal(cli_member_text(o->arena, machines.items[i], "name"), name))
            return cli_member_text(o->arena, machines.items[i], "stateMachineArn");
    }
    return fail_name("state machine", name);
}

sw_str cli_operation_machine(cli_operation *o)
{
    sw_str name = sw_str_from(o->object);
    return strncmp(o->object, "arn:", 4) == 0 ? name : find_machine(o, name);
}

// arn:...:stateMachine:M and N: arn:...:execution:M:N
static sw_str execution_arn(sw_arena *arena, sw_str machine, sw_str name)
{
    static const char kind[] = ":stateMachine:";
    const char       *at = strstr(sw_str_copy(arena, machine).text, kind);
    if (at == NULL)
        return (sw_str){NULL, 0};
    size_t before = machine.bytes - strlen(at);
    return sw_str_format(arena, "%.*s:execution:%s:%.*s", (int)before, machine.text,
                         at + sizeof kind - 1, SW_STR_ARG(name));
}

sw_str cli_operation_execution(cli_operation *o)
{
    if (strncmp(o->object, "arn:", 4) == 0)
        return sw_str_from(o->object);
    const char *colon = strchr(o->object, ':');
    if (colon == NULL) {
        cli_usage_error(o->arguments->command, "an execution is named by its ARN or MACHINE:NAME");
        return (sw_str){NULL, 0};
    }
    sw_str machine = find_machine(o, (sw_str){o->object, (size_t)(colon - o->object)});
    return machine.text == NULL ? machine
                                : execution_arn(o->arena, machine, sw_str_from(colon + 1));
}

// Printing ----------------------------------------------------------------------------------------

sw_str cli_member_text(sw_arena *arena, sw_value object, const char *member)
{
    sw_value v = sw_value_get(object, sw_str_from(member));
    size_t   bytes = strlen(member);
    bool     date = bytes > 4 && strcmp(member + bytes - 4, "Date") == 0;
    char     iso[32];
    if (v.type == SW_UNDEFINED)
        return SW_STR("");
    if (v.type == SW_STRING)
        return sw_str_copy(arena, sw_value_str(v));
    if (v.type == SW_NUMBER && date)
        return sw_str_copy(
            arena, (sw_str){iso, sw_time_print((int64_t)(sw_value_number(v) * 1000 + 0.5), iso)});
    return sw_json_print(arena, v);
}

void cli_operation_print(const cli_operation *o, sw_value answer)
{
    if (o->json) {
        sw_str text = sw_json_print_pretty(o->arena, answer, 2);
        printf("%.*s\n", SW_STR_ARG(text));
        return;
    }
    cli_terminal terminal = cli_terminal_of(stdout);
    for (uint32_t i = 0; i < answer.size; i++) {
        const char *name = sw_str_copy(o->arena, sw_value_key(answer, i)).text;
        if (strstr(name, "Details") != NULL)
            continue;
        printf("%-24s ", name);
        cli_terminal_put(&terminal, cli_member_text(o->arena, answer, name), 0);
        putchar('\n');
    }
}
