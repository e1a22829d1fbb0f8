// run_history.c: runs a definition on a virtual clock and prints what GetExecutionHistory would.
//
//     run-history REQUEST.json      {"definition": text, "input": text, "script": {...}, "type":
//                                   "EXPRESS",
//                                    "now_ms": when it starts, "names": {"id", "name",
//                                    "machine_id", "machine_name", "role_arn"}}
//
// The script is that of tools/play.h. Output: {"status", "events": [...]} or {"refused": text}.

#include "tools/play.h"

#include <stdio.h>

static sw_str text_of(sw_value object, const char *name, sw_str otherwise)
{
    sw_value text = sw_value_get(object, sw_str_from(name));
    return text.type == SW_STRING ? sw_value_str(text) : otherwise;
}

static int print_refusal(sw_arena *arena, const sw_diagnostics *diagnostics, const sw_error *err)
{
    sw_str text =
        diagnostics->first == NULL
            ? sw_str_from(err->message)
            : sw_str_format(arena, "%.*s at %.*s", SW_STR_ARG(diagnostics->first->message),
                            SW_STR_ARG(diagnostics->first->location));
    sw_str json = sw_json_print(arena, sw_string(text));
    printf("{\"refused\": %.*s}\n", SW_STR_ARG(json));
    return 0;
}

static void take_names(play *p, sw_value names)
{
    p->options.id = text_of(names, "id", p->options.id);
    p->options.name = text_of(names, "name", p->options.name);
    p->options.machine_id = text_of(names, "machine_id", p->options.machine_id);
    p->options.machine_name = text_of(names, "machine_name", p->options.machine_name);
    p->options.role_arn = text_of(names, "role_arn", p->options.role_arn);
}

static void print_history(const sw_execution *x, sw_arena *arena)
{
    size_t          count;
    const sw_event *records = sw_execution_get_records(x, &count);
    const char     *separator = "";
    printf("{\"status\": \"%s\", \"events\": [", sw_status_name(sw_execution_get_status(x)));
    for (size_t i = 0; i < count; i++) {
        if (records[i].id == 0)
            continue;
        sw_str text = sw_json_print(arena, sw_event_to_json(x, &records[i], true, arena));
        printf("%s%.*s", separator, SW_STR_ARG(text));
        separator = ",\n";
    }
    printf("]}\n");
}

static int run(sw_arena *arena, sw_value request)
{
    sw_machine        *machine = NULL;
    sw_error           err = {0};
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {.format = SW_SOURCE_JSON};
    play               p;
    if (sw_str_is(text_of(request, "type", SW_STR("")), "EXPRESS"))
        options.type = SW_EXPRESS;
    if (!sw_machine_new(text_of(request, "definition", SW_STR("")), &options, arena, &diagnostics,
                        &machine, &err))
        return print_refusal(arena, &diagnostics, &err);
    play_init(&p, machine, text_of(request, "input", SW_STR("{}")),
              sw_value_get(request, SW_STR("script")));
    if (sw_value_get(request, SW_STR("now_ms")).type == SW_NUMBER)
        p.now_ms = (int64_t)sw_value_number(sw_value_get(request, SW_STR("now_ms")));
    take_names(&p, sw_value_get(request, SW_STR("names")));
    if (play_start(&p, &err) && play_on(&p, &err))
        print_history(p.execution, arena);
    else
        print_refusal(arena, &(sw_diagnostics){0}, &err);
    play_clear(&p);
    sw_machine_unref(machine);
    return 0;
}

int main(int argc, char **argv)
{
    sw_arena arena;
    sw_value request;
    sw_error err;
    sw_arena_init(&arena);
    sw_str text = argc == 2 ? play_read_file(argv[1], &arena) : (sw_str){0};
    int    status = 2;
    if (text.text == NULL)
        fprintf(stderr, "usage: run-history REQUEST.json\n");
    else if (!sw_json_parse(&arena, text, 0, &request, &err))
        fprintf(stderr, "%s: %s\n", argv[1], err.message);
    else
        status = run(&arena, request);
    sw_arena_clear(&arena);
    return status;
}
