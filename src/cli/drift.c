// drift.c: executions compared with a recording.

#include "cli/recording.h"
#include "json/source.h"

typedef struct comparison {
    const cli_ledger *ledger;
    sw_value          parameters, executions; // RecordedParameters, RecordedExecutions
    sw_str            id, name;               // of the recorded execution that is compared with
    sw_str            test_case;
    sw_arena          arena;
    FILE             *out;
    size_t            count;
} comparison;

static void report(comparison *c, const cli_execution_calls *execution, sw_str state,
                   const char *what)
{
    c->count++;
    fprintf(c->out, "drift: %.*s, state \"%.*s\": %s\n", SW_STR_ARG(execution->machine_name),
            SW_STR_ARG(state), what);
}

// Values ------------------------------------------------------------------------------------------

static sw_str find_difference(sw_value a, sw_value b, sw_str path, sw_arena *arena);

static sw_str compare_objects(sw_value a, sw_value b, sw_str path, sw_arena *arena)
{
    for (uint32_t i = 0; i < a.size; i++) {
        sw_str key = sw_value_key(a, i);
        sw_str inner = sw_str_format(arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(key));
        sw_str found = find_difference(sw_value_member(a, i), sw_value_get(b, key), inner, arena);
        if (found.text != NULL)
            return found;
    }
    for (uint32_t i = 0; i < b.size; i++) {
        sw_str key = sw_value_key(b, i);
        if (sw_value_find(a, key) < 0)
            return sw_str_format(arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(key));
    }
    return path; // not reached when they differ, but for numbers of another spelling
}

static sw_str compare_lists(sw_value a, sw_value b, sw_str path, sw_arena *arena)
{
    for (uint32_t i = 0; i < a.size || i < b.size; i++) {
        sw_str inner = sw_str_format(arena, "%.*s/%u", SW_STR_ARG(path), i);
        sw_str found = find_difference(sw_value_at(a, i), sw_value_at(b, i), inner, arena);
        if (found.text != NULL)
            return found;
    }
    return path;
}

// The path of the first one; .text NULL: they are equal.
static sw_str find_difference(sw_value a, sw_value b, sw_str path, sw_arena *arena)
{
    if (a.type == b.type && (a.type == SW_UNDEFINED || sw_value_equal(a, b)))
        return (sw_str){NULL, 0};
    if (a.type == SW_OBJECT && b.type == SW_OBJECT)
        return compare_objects(a, b, path, arena);
    if (a.type == SW_ARRAY && b.type == SW_ARRAY)
        return compare_lists(a, b, path, arena);
    return path;
}

// States ------------------------------------------------------------------------------------------

// What the recorded tasks answered may have their own execution in it.
static sw_str mask_recorded(comparison *c, sw_str text)
{
    text = cli_ledger_mask(&c->arena, text, c->id, CLI_MASK_ID);
    return cli_ledger_mask(&c->arena, text, c->name, CLI_MASK_NAME);
}

static void compare_parameters(comparison *c, const cli_execution_calls *execution,
                               const cli_state_calls *state, sw_value recorded)
{
    uint32_t number = 0;
    for (const cli_invocation *call = state->first; call != NULL; call = call->next, number++) {
        sw_value now, then = sw_value_at(recorded, number);
        if (then.type == SW_UNDEFINED ||
            !sw_json_parse(&c->arena, mask_recorded(c, call->parameters), 0, &now, NULL))
            continue;
        sw_str path = find_difference(then, now, SW_STR(""), &c->arena);
        if (path.text == NULL)
            continue;
        report(c, execution, state->name,
               sw_str_format(&c->arena, "invocation %u: other parameters at '%.*s'", number,
                             SW_STR_ARG(path))
                   .text);
    }
}

static void compare_counts(comparison *c, const cli_execution_calls *execution, sw_str state,
                           uint32_t recorded, uint32_t seen)
{
    const char *what = seen == 0 ? "was not reached" : NULL;
    if (recorded == seen)
        return;
    if (what == NULL)
        what =
            sw_str_format(&c->arena, "was invoked %u times, recorded were %u", seen, recorded).text;
    report(c, execution, state, what);
}

static void find_recorded(comparison *c, sw_str machine_name, sw_str test_case)
{
    sw_value cases = sw_value_get(c->executions, machine_name);
    sw_value id = sw_value_get(sw_value_get(cases, test_case), SW_STR("Id"));
    c->id = c->name = id.type == SW_STRING ? sw_value_str(id) : SW_STR("");
    for (size_t i = 0; i < c->id.bytes; i++) {
        if (c->id.text[i] == ':')
            c->name = (sw_str){c->id.text + i + 1, c->id.bytes - i - 1};
    }
}

static void compare_execution(comparison *c, const cli_execution_calls *execution)
{
    sw_str   test_case = execution->mock_case.bytes > 0 ? execution->mock_case : c->test_case;
    sw_value recorded =
        sw_value_get(sw_value_get(c->parameters, execution->machine_name), test_case);
    if (recorded.type != SW_OBJECT) {
        report(c, execution, SW_STR("*"), "there is no recording of this machine and test case");
        return;
    }
    find_recorded(c, execution->machine_name, test_case);
    for (const cli_state_calls *state = execution->states; state != NULL; state = state->next) {
        sw_value calls = sw_value_get(recorded, state->name);
        if (calls.type != SW_ARRAY)
            report(c, execution, state->name, "there is no recording of it");
        else
            compare_parameters(c, execution, state, calls);
    }
    for (uint32_t i = 0; i < recorded.size; i++) {
        const cli_state_calls *state = cli_ledger_find_state(execution, sw_value_key(recorded, i));
        compare_counts(c, execution, sw_value_key(recorded, i), sw_value_member(recorded, i).size,
                       state == NULL ? 0 : state->count);
    }
}

// The whole ---------------------------------------------------------------------------------------

static void compare_all(comparison *c, sw_str text, const char *file)
{
    sw_value root;
    if (!sw_source_parse(&c->arena, text, sw_source_format_of(sw_str_from(file)), &root, NULL))
        root = sw_undefined(); // it was read before, when it was opened
    c->parameters = sw_value_get(root, SW_STR("RecordedParameters"));
    c->executions = sw_value_get(root, SW_STR("RecordedExecutions"));
    for (const cli_execution_calls *at = c->ledger->executions; at != NULL; at = at->next) {
        if (at->ended)
            compare_execution(c, at);
    }
    if (!c->ledger->is_full)
        return;
    c->count++;
    fprintf(c->out, "drift: there were more executions than can be compared\n");
}

size_t cli_recording_compare(cli_ledger *ledger, const char *file, sw_str text,
                             const char *test_case, FILE *out)
{
    comparison c = {.ledger = ledger, .test_case = sw_str_from(test_case), .out = out};
    sw_arena_init(&c.arena);
    pthread_mutex_lock(&ledger->lock);
    compare_all(&c, text, file);
    pthread_mutex_unlock(&ledger->lock);
    sw_arena_clear(&c.arena);
    return c.count;
}
