// mock.c: choosing a test case of a mock file.

#include "cli/mock.h"

#include "asl/machine.h"
#include "base/grow.h"
#include "cli/files.h"

typedef struct reader {
    const cli_mock_options *options;
    sw_str                  text;
    sw_mocks                mocks;
    sw_arena               *arena;
    sw_error               *err;
} reader;

// "a, b and 3 more", for messages.
static sw_str add_name(const reader *in, sw_str names, sw_str name, size_t index, size_t count)
{
    if (index < 5)
        return sw_str_format(in->arena, "%.*s%s%.*s", SW_STR_ARG(names), index > 0 ? ", " : "",
                             SW_STR_ARG(name));
    if (index > 5)
        return names;
    return sw_str_format(in->arena, "%.*s and %zu more", SW_STR_ARG(names), count - index);
}

static bool refuse_choice(const reader *in, const char *what, sw_str wanted, sw_str names)
{
    const char *file = in->options->file;
    if (names.bytes == 0)
        return sw_fail(in->err, SW_ERROR_INVALID, "%s: there is no %s in it", file, what);
    if (wanted.text == NULL)
        return sw_fail(in->err, SW_ERROR_INVALID, "%s: which %s? It has %.*s", file, what,
                       SW_STR_ARG(names));
    return sw_fail(in->err, SW_ERROR_INVALID, "%s: there is no %s \"%.*s\" in it; it has %.*s",
                   file, what, SW_STR_ARG(wanted), SW_STR_ARG(names));
}

static const sw_mock_machine *choose_machine(const reader *in)
{
    sw_str                 wanted = in->options->machine_name, names = SW_STR("");
    const sw_mock_machine *found = sw_mocks_find_machine(&in->mocks, wanted);
    if (found != NULL)
        return found;
    if (in->mocks.count == 1 && !in->options->machine_named)
        return &in->mocks.machines[0];
    for (size_t i = 0; i < in->mocks.count; i++)
        names = add_name(in, names, in->mocks.machines[i].name, i, in->mocks.count);
    refuse_choice(in, "state machine", wanted, names);
    return NULL;
}

static const sw_mock_case *choose_case(const reader *in, const sw_mock_machine *machine)
{
    const char *asked = in->options->test_case;
    sw_str      wanted = {NULL, 0}, names = SW_STR("");
    if (asked != NULL)
        wanted = sw_str_from(asked);
    const sw_mock_case *found = asked != NULL ? sw_mock_find_case(machine, wanted) : NULL;
    if (asked == NULL && machine->count == 1)
        found = &machine->cases[0];
    if (found != NULL)
        return found;
    for (size_t i = 0; i < machine->count; i++)
        names = add_name(in, names, machine->cases[i].name, i, machine->count);
    refuse_choice(in, "test case", wanted, names);
    return NULL;
}

// The definition's states are the ones that can be mocked.
static bool check_state(const reader *in, const sw_machine *machine, sw_str place, sw_str name)
{
    const sw_state *found = sw_machine_find_state(machine, name);
    const char     *file = in->options->file;
    uint32_t        line = 0, column = 0;
    if (found != NULL && found->type == SW_STATE_TASK)
        return true;
    sw_source_locate(in->text, sw_source_format_of(sw_str_from(cli_file_name(file))), place, &line,
                     &column);
    return sw_fail(in->err, SW_ERROR_INVALID, "%s:%u:%u: the machine has no Task state \"%.*s\"",
                   file, line, column, SW_STR_ARG(name));
}

static bool take_states(const reader *in, const sw_machine *machine, const sw_mock_machine *mocked,
                        const sw_mock_case *test_case, cli_mocks *mocks)
{
    mocks->test_case = test_case->name;
    mocks->states = SW_ARENA_ARRAY(in->arena, cli_mock_state, test_case->count + 1);
    for (size_t i = 0; i < test_case->count; i++) {
        const sw_mock_state *state = &test_case->states[i];
        sw_str place = sw_str_format(in->arena, "/StateMachines/%.*s/TestCases/%.*s/%.*s",
                                     SW_STR_ARG(mocked->name), SW_STR_ARG(test_case->name),
                                     SW_STR_ARG(state->name));
        if (!check_state(in, machine, place, state->name))
            return false;
        mocks->states[i] = (cli_mock_state){.name = state->name, .response = state->response};
        mocks->count++;
    }
    return true;
}

bool cli_mocks_read(const cli_mock_options *options, const sw_machine *machine, sw_arena *arena,
                    cli_mocks *mocks, sw_error *err)
{
    reader in = {.options = options, .arena = arena, .err = err};
    *mocks = (cli_mocks){.arena = arena};
    if (!cli_file_read(arena, options->file, &in.text, err) ||
        !sw_mocks_read(options->file, in.text, arena, &in.mocks, err))
        return false;
    const sw_mock_machine *mocked = choose_machine(&in);
    const sw_mock_case    *test_case = mocked != NULL ? choose_case(&in, mocked) : NULL;
    return test_case != NULL && take_states(&in, machine, mocked, test_case, mocks);
}

cli_mock_state *cli_mock_find(const cli_mocks *mocks, sw_str state_name)
{
    for (size_t i = 0; i < mocks->count; i++) {
        if (sw_str_equal(mocks->states[i].name, state_name))
            return &mocks->states[i];
    }
    return NULL;
}

const sw_mock_answer *cli_mock_next(const cli_mocks *mocks, cli_mock_state *state,
                                    uint32_t execution, uint32_t *number)
{
    while (state->count <= execution) {
        SW_MAKE_ROOM(mocks->arena, state->invocations, state->count, state->capacity, 4);
        state->invocations[state->count++] = 0;
    }
    *number = state->invocations[execution]++;
    return sw_mock_get_answer(state->response, *number);
}
