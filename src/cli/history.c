// history.c: the events of an execution, as AWS answers them and as a table.

#include "cli/history.h"

sw_str cli_history_json(const sw_execution *execution, sw_arena *arena)
{
    size_t          count, at = 0;
    const sw_event *events = sw_execution_get_records(execution, &count);
    sw_value       *items, *members;
    sw_value        list = sw_array_build(arena, sw_execution_get_event_count(execution), &items);
    for (size_t i = 0; i < count; i++) {
        if (events[i].id != 0)
            items[at++] = sw_event_to_json(execution, &events[i], true, arena);
    }
    sw_value history = sw_object_build(arena, 1, &members);
    members[0] = sw_string_plain(SW_STR("events"));
    members[1] = list;
    sw_str text = sw_json_print_pretty(arena, history, 2);
    return sw_str_format(arena, "%.*s\n", SW_STR_ARG(text));
}

static void put_about(const sw_event *event, const cli_terminal *terminal, unsigned columns)
{
    const sw_failure *failure = event->failure;
    if (failure != NULL && failure->has_error) {
        columns -= cli_terminal_put(terminal, failure->error, columns / 2);
        if (failure->has_cause && columns > 12) {
            fputs(": ", terminal->file);
            cli_terminal_put(terminal, failure->cause, columns - 2);
        }
    } else if (event->data != NULL) {
        cli_terminal_put(terminal, sw_payload_text(event->data), columns);
    } else if (event->type == SW_EVENT_MAP_STATE_STARTED) {
        fprintf(terminal->file, "%u items", event->index);
    } else if (event->type == SW_EVENT_MAP_ITERATION_STARTED ||
               event->type == SW_EVENT_MAP_ITERATION_SUCCEEDED ||
               event->type == SW_EVENT_MAP_ITERATION_FAILED) {
        fprintf(terminal->file, "iteration %u", event->index);
    }
}

static void put_row(const sw_execution *execution, const sw_event *event, int64_t started_ms,
                    const cli_terminal *terminal)
{
    FILE *file = terminal->file;
    fprintf(file, "%5u %5u %10.3f  %-26s ", event->id, event->previous,
            (double)(event->timestamp_ms - started_ms) / 1000, sw_event_type_name(event->type));
    unsigned used = 0;
    if (event->state != SW_NO_STATE)
        used = cli_terminal_put(terminal, sw_execution_get_state_name(execution, event->state), 24);
    fprintf(file, "%*s ", used < 24 ? (int)(24 - used) : 0, "");
    unsigned room = terminal->live && terminal->columns > 100 ? terminal->columns - 78 : 48;
    put_about(event, terminal, room);
    fputc('\n', file);
}

void cli_history_table(const sw_execution *execution, const cli_terminal *terminal)
{
    size_t          count;
    const sw_event *events = sw_execution_get_records(execution, &count);
    fprintf(terminal->file, "%s   id  prev          s  %-26s %-24s about%s\n",
            cli_terminal_style(terminal, CLI_STYLE_BOLD), "type", "state",
            cli_terminal_style(terminal, CLI_STYLE_NONE));
    for (size_t i = 0; i < count; i++) {
        if (events[i].id != 0)
            put_row(execution, &events[i], events[0].timestamp_ms, terminal);
    }
}
