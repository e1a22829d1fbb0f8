// executions.c: stepwell executions: what runs and ran on a server.

#include "cli/commands.h"

#include "cli/files.h"
#include "cli/operate.h"
#include "cli/terminal.h"

#include <time.h>

#define POLL_MS 300

// Listing -----------------------------------------------------------------------------------------

static int list(cli_operation *o)
{
    const char *status = o->arguments->values[CLI_OPTION_STATUS];
    sw_members  input = sw_members_begin(o->arena, 2);
    sw_str      machine = cli_operation_machine(o);
    sw_value    items;
    if (machine.text == NULL)
        return CLI_FAILED;
    sw_members_add(&input, "stateMachineArn", sw_string(machine));
    if (status != NULL)
        sw_members_add(&input, "statusFilter", sw_string(sw_str_from(status)));
    if (!cli_operation_list(o, "ListExecutions", &input, "executions", &items))
        return CLI_FAILED;
    if (o->json) {
        cli_operation_print(o, items);
        return CLI_OK;
    }
    cli_terminal terminal = cli_terminal_of(stdout);
    printf("%-10s  %-24s  %-24s  name\n", "status", "started", "stopped");
    for (uint32_t i = 0; i < items.size; i++) {
        sw_value item = items.items[i];
        printf("%-10s  %-24s  %-24s  ", cli_member_text(o->arena, item, "status").text,
               cli_member_text(o->arena, item, "startDate").text,
               cli_member_text(o->arena, item, "stopDate").text);
        cli_terminal_put(&terminal, cli_member_text(o->arena, item, "name"), 0);
        putchar('\n');
    }
    return CLI_OK;
}

static bool call_for(cli_operation *o, const char *action, sw_value *answer)
{
    sw_members input = sw_members_begin(o->arena, 1);
    sw_str     execution = cli_operation_execution(o);
    if (execution.text == NULL)
        return false;
    sw_members_add(&input, "executionArn", sw_string(execution));
    return cli_operation_call(o, action, &input, answer);
}

static int describe(cli_operation *o)
{
    sw_value answer;
    if (!call_for(o, "DescribeExecution", &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

// Following ---------------------------------------------------------------------------------------

static bool read_events(cli_operation *o, sw_str execution, sw_value *events)
{
    sw_members input = sw_members_begin(o->arena, 2);
    sw_members_add(&input, "executionArn", sw_string(execution));
    sw_members_add(&input, "maxResults", sw_number(1000));
    return cli_operation_list(o, "GetExecutionHistory", &input, "events", events);
}

// The details are the member that is named after the type.
static sw_value details_of(sw_value event)
{
    for (uint32_t i = 0; i < event.size; i++) {
        if (sw_value_member(event, i).type == SW_OBJECT)
            return sw_value_member(event, i);
    }
    return sw_undefined();
}

static void print_event(const cli_operation *o, const cli_terminal *terminal, sw_value event,
                        double began_s)
{
    static const char *const about[] = {"error", "cause", "output", "input", "parameters"};
    sw_value                 details = details_of(event);
    double seconds = sw_value_number(sw_value_get(event, SW_STR("timestamp"))) - began_s;
    printf("%5s %10.3f  %-26s ", cli_member_text(o->arena, event, "id").text, seconds,
           cli_member_text(o->arena, event, "type").text);
    unsigned used = cli_terminal_put(terminal, cli_member_text(o->arena, details, "name"), 24);
    printf("%*s ", used < 24 ? (int)(24 - used) : 0, "");
    for (size_t i = 0; i < sizeof about / sizeof about[0]; i++) {
        sw_str text = cli_member_text(o->arena, details, about[i]);
        if (text.bytes == 0)
            continue;
        cli_terminal_put(terminal, text, 60);
        break;
    }
    putchar('\n');
}

static int history(cli_operation *o)
{
    sw_str   execution = cli_operation_execution(o);
    sw_value events;
    if (execution.text == NULL || !read_events(o, execution, &events))
        return CLI_FAILED;
    if (o->json) { // as GetExecutionHistory answers, for stepwell graph --history
        sw_members answer = sw_members_begin(o->arena, 1);
        sw_members_add(&answer, "events", events);
        cli_operation_print(o, sw_members_end(&answer));
        return CLI_OK;
    }
    cli_terminal terminal = cli_terminal_of(stdout);
    for (uint32_t i = 0; i < events.size; i++)
        print_event(o, &terminal, events.items[i],
                    sw_value_number(sw_value_get(events.items[0], SW_STR("timestamp"))));
    return CLI_OK;
}

// The status of an execution that has ended, for the process.
static int report_end(const cli_operation *o, sw_value described)
{
    sw_str status = cli_member_text(o->arena, described, "status");
    if (o->json) {
        cli_operation_print(o, described);
    } else if (sw_str_is(status, "SUCCEEDED")) {
        printf("%s\n", cli_member_text(o->arena, described, "output").text);
    } else {
        cli_terminal terminal = cli_terminal_of(stderr);
        fprintf(stderr, "stepwell: %s: ", status.text);
        cli_terminal_put(&terminal, cli_member_text(o->arena, described, "error"), 0);
        fputs(": ", stderr);
        cli_terminal_put(&terminal, cli_member_text(o->arena, described, "cause"), 0);
        fputc('\n', stderr);
    }
    return sw_str_is(status, "SUCCEEDED") ? CLI_OK : CLI_FAILED;
}

static void pause_between(void)
{
    struct timespec moment = {.tv_nsec = POLL_MS * 1000000};
    nanosleep(&moment, NULL);
}

// Prints events as they come (with_events) until the execution has ended.
static int follow(cli_operation *o, sw_str execution, bool with_events)
{
    cli_terminal  terminal = cli_terminal_of(stderr);
    uint32_t      printed = 0;
    sw_arena_mark mark = sw_arena_get_mark(o->arena);
    terminal.file = stdout;
    for (;; sw_arena_rewind(o->arena, mark), pause_between()) {
        sw_members input = sw_members_begin(o->arena, 1);
        sw_value   described, events;
        sw_members_add(&input, "executionArn", sw_string(execution));
        if (!cli_operation_call(o, "DescribeExecution", &input, &described) ||
            (with_events && !read_events(o, execution, &events)))
            return CLI_FAILED;
        for (; with_events && printed < events.size; printed++)
            print_event(o, &terminal, events.items[printed],
                        sw_value_number(sw_value_get(events.items[0], SW_STR("timestamp"))));
        fflush(stdout);
        if (!sw_str_is(cli_member_text(o->arena, described, "status"), "RUNNING"))
            return report_end(o, described);
    }
}

static int tail(cli_operation *o)
{
    sw_str execution = cli_operation_execution(o);
    return execution.text == NULL ? CLI_FAILED : follow(o, execution, true);
}

// Changing ----------------------------------------------------------------------------------------

static bool add_input(cli_operation *o, sw_members *input)
{
    const char *given = o->arguments->values[CLI_OPTION_INPUT];
    sw_str      text;
    sw_error    err = {0};
    if (given == NULL)
        return true;
    if (!cli_text_read(o->arena, given, &text, &err)) {
        cli_usage_error(o->arguments->command, "--input: %s", err.message);
        return false;
    }
    sw_members_add(input, "input", sw_string(text));
    return true;
}

static int start(cli_operation *o)
{
    const char *name = o->arguments->values[CLI_OPTION_NAME];
    sw_members  input = sw_members_begin(o->arena, 4);
    sw_str      machine = cli_operation_machine(o);
    sw_value    answer;
    if (machine.text == NULL)
        return CLI_FAILED;
    sw_members_add(&input, "stateMachineArn", sw_string(machine));
    if (name != NULL)
        sw_members_add(&input, "name", sw_string(sw_str_from(name)));
    if (!add_input(o, &input))
        return CLI_USAGE;
    if (!cli_operation_call(o, "StartExecution", &input, &answer))
        return CLI_FAILED;
    if (o->arguments->given[CLI_OPTION_WAIT])
        return follow(o, cli_member_text(o->arena, answer, "executionArn"), false);
    cli_operation_print(o, answer);
    return CLI_OK;
}

static int stop(cli_operation *o)
{
    const char *error = o->arguments->values[CLI_OPTION_ERROR];
    const char *cause = o->arguments->values[CLI_OPTION_CAUSE];
    sw_members  input = sw_members_begin(o->arena, 3);
    sw_str      execution = cli_operation_execution(o);
    sw_value    answer;
    if (execution.text == NULL)
        return CLI_FAILED;
    sw_members_add(&input, "executionArn", sw_string(execution));
    if (error != NULL)
        sw_members_add(&input, "error", sw_string(sw_str_from(error)));
    if (cause != NULL)
        sw_members_add(&input, "cause", sw_string(sw_str_from(cause)));
    if (!cli_operation_call(o, "StopExecution", &input, &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

static int redrive(cli_operation *o)
{
    sw_value answer;
    if (!call_for(o, "RedriveExecution", &answer))
        return CLI_FAILED;
    cli_operation_print(o, answer);
    return CLI_OK;
}

static const cli_deed deeds[] = {
    {"list", true, list}, {"describe", true, describe}, {"start", true, start},
    {"stop", true, stop}, {"redrive", true, redrive},   {"history", true, history},
    {"tail", true, tail},
};

int cli_executions(const cli_arguments *arguments, sw_arena *arena)
{
    return cli_operate(arguments, arena, deeds, sizeof deeds / sizeof deeds[0]);
}
