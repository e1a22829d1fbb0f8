// mock.c: reading a mock file.

#include "cli/mock.h"

#include "asl/machine.h"
#include "cli/files.h"
#include "json/source.h"

#include <stdarg.h>

typedef struct reader {
    const char       *file;
    sw_str            text;
    sw_source_format  format;
    sw_value          root;
    const sw_machine *machine;
    sw_arena         *arena;
    sw_error         *err;
} reader;

static bool refuse(const reader *in, sw_str path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// path is where it stands in the file: /MockedResponses/Paid/0
static bool refuse(const reader *in, sw_str path, const char *format, ...)
{
    va_list  values;
    char     message[160];
    uint32_t line = 0, column = 0;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    if (path.bytes > 0 && sw_source_locate(in->text, in->format, path, &line, &column))
        return sw_fail(in->err, SW_ERROR_INVALID, "%s:%u:%u: %s", in->file, line, column, message);
    return sw_fail(in->err, SW_ERROR_INVALID, "%s: %s", in->file, message);
}

static sw_value get(sw_value object, const char *name)
{
    return sw_value_get(object, sw_str_from(name));
}

// "a, b and 3 more", for messages.
static sw_str list_names(const reader *in, sw_value object)
{
    sw_str text = SW_STR("");
    for (size_t i = 0; i < object.size; i++) {
        sw_str name = sw_value_key(object, i);
        if (i == 5)
            return sw_str_format(in->arena, "%.*s and %zu more", SW_STR_ARG(text), object.size - i);
        text = sw_str_format(in->arena, "%.*s%s%.*s", SW_STR_ARG(text), i > 0 ? ", " : "",
                             SW_STR_ARG(name));
    }
    return text;
}

// Answers -----------------------------------------------------------------------------------------

static bool read_throw(const reader *in, sw_str path, sw_value thrown, cli_mock_answer *answer)
{
    sw_value error = get(thrown, "Error"), cause = get(thrown, "Cause");
    if (error.type != SW_STRING)
        return refuse(in, path, "Throw needs an \"Error\" that is a string");
    if (cause.type != SW_STRING && cause.type != SW_UNDEFINED)
        return refuse(in, path, "\"Cause\" of Throw must be a string");
    answer->fails = true;
    answer->error = sw_value_str(error);
    answer->cause = cause.type == SW_STRING ? sw_value_str(cause) : SW_STR("");
    return true;
}

static bool read_answer(const reader *in, sw_str path, sw_value entry, cli_mock_answer *answer)
{
    *answer = (cli_mock_answer){.fails = false};
    if (entry.type != SW_OBJECT || entry.size != 1)
        return refuse(in, path, "an entry is an object with either Return or Throw");
    sw_value returned = get(entry, "Return"), thrown = get(entry, "Throw");
    if (returned.type != SW_UNDEFINED) {
        answer->output = sw_json_print(in->arena, returned);
        return true;
    }
    if (thrown.type != SW_UNDEFINED)
        return read_throw(in, path, thrown, answer);
    return refuse(in, path, "an entry has either Return or Throw, not \"%.*s\"",
                  SW_STR_ARG(sw_value_key(entry, 0)));
}

static bool read_number(const char **at, const char *end, uint32_t *number)
{
    uint64_t    value = 0;
    const char *start = *at;
    while (*at < end && **at >= '0' && **at <= '9' && value < UINT32_MAX / 10)
        value = value * 10 + (uint64_t)(*(*at)++ - '0');
    *number = (uint32_t)value;
    return *at > start;
}

// "3" or "1-2"
static bool read_range(sw_str text, uint32_t *first, uint32_t *last)
{
    const char *at = text.text, *end = text.text + text.bytes;
    if (!read_number(&at, end, first))
        return false;
    *last = *first;
    if (at < end && *at == '-') {
        at++;
        if (!read_number(&at, end, last))
            return false;
    }
    return at == end && *first <= *last;
}

static bool read_entry(const reader *in, sw_str path, sw_str range, sw_value entry,
                       cli_mock_state *state)
{
    cli_mock_entry *added = &state->entries[state->count];
    if (!read_range(range, &added->first, &added->last))
        return refuse(in, path,
                      "an entry's name is the number of an invocation, such as \"0\", or "
                      "several, such as \"1-2\"");
    for (size_t i = 0; i < state->count; i++) {
        if (added->first <= state->entries[i].last && state->entries[i].first <= added->last)
            return refuse(in, path, "two entries are for the same invocation");
    }
    state->count++;
    return read_answer(in, path, entry, &added->answer);
}

static bool read_response(const reader *in, sw_str used_at, cli_mock_state *state)
{
    sw_value responses = get(in->root, "MockedResponses");
    sw_value response = sw_value_get(responses, state->response);
    if (response.type == SW_UNDEFINED)
        return refuse(in, used_at, "MockedResponses has no \"%.*s\"", SW_STR_ARG(state->response));
    sw_str path = sw_str_format(in->arena, "/MockedResponses/%.*s", SW_STR_ARG(state->response));
    if (response.type != SW_OBJECT || response.size == 0)
        return refuse(in, path, "a mocked response is an object with an entry for each invocation");
    state->entries = SW_ARENA_ARRAY(in->arena, cli_mock_entry, response.size);
    for (size_t i = 0; i < response.size; i++) {
        sw_str name = sw_value_key(response, i);
        sw_str place = sw_str_format(in->arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(name));
        if (!read_entry(in, place, name, sw_value_member(response, i), state))
            return false;
    }
    return true;
}

// Test cases --------------------------------------------------------------------------------------

static bool read_state(const reader *in, sw_str path, sw_str name, sw_value response,
                       cli_mock_state *state)
{
    const sw_state *found = sw_machine_find_state(in->machine, name);
    *state = (cli_mock_state){.name = name};
    if (found == NULL || found->type != SW_STATE_TASK)
        return refuse(in, path, "the machine has no Task state \"%.*s\"", SW_STR_ARG(name));
    if (response.type != SW_STRING)
        return refuse(in, path, "a state has the name of a mocked response, a string");
    state->response = sw_value_str(response);
    return read_response(in, path, state);
}

static bool read_test_case(const reader *in, sw_str path, sw_value test_case, cli_mocks *mocks)
{
    if (test_case.type != SW_OBJECT)
        return refuse(in, path, "a test case is an object with a response for each state");
    mocks->states = SW_ARENA_ARRAY(in->arena, cli_mock_state, test_case.size);
    for (size_t i = 0; i < test_case.size; i++) {
        sw_str name = sw_value_key(test_case, i);
        sw_str place = sw_str_format(in->arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(name));
        if (!read_state(in, place, name, sw_value_member(test_case, i), &mocks->states[i]))
            return false;
        mocks->count++;
    }
    return true;
}

// The member that is asked for, or the only one.
static bool choose(const reader *in, sw_str path, sw_value object, const char *what, sw_str wanted,
                   bool must, sw_str *name)
{
    if (object.type != SW_OBJECT || object.size == 0)
        return refuse(in, path, "there is no %s in it", what);
    *name = wanted;
    if (wanted.text != NULL && sw_value_find(object, wanted) >= 0)
        return true;
    *name = sw_value_key(object, 0);
    if (object.size == 1 && !must)
        return true;
    sw_str names = list_names(in, object);
    if (wanted.text == NULL)
        return refuse(in, path, "which %s? It has %.*s", what, SW_STR_ARG(names));
    return refuse(in, path, "there is no %s \"%.*s\" in it; it has %.*s", what, SW_STR_ARG(wanted),
                  SW_STR_ARG(names));
}

static bool read_root(const reader *in, const cli_mock_options *options, cli_mocks *mocks)
{
    sw_str wanted = {NULL, 0}, name;
    if (options->test_case != NULL)
        wanted = sw_str_from(options->test_case);
    sw_value machines = get(in->root, "StateMachines");
    if (machines.type != SW_OBJECT)
        return refuse(in, SW_STR(""),
                      "a mock file is an object with StateMachines and "
                      "MockedResponses");
    if (get(in->root, "MockedResponses").type != SW_OBJECT)
        return refuse(in, SW_STR(""), "MockedResponses is missing, or is no object");
    if (!choose(in, SW_STR("/StateMachines"), machines, "state machine", options->machine_name,
                options->machine_named, &name))
        return false;
    sw_str   path = sw_str_format(in->arena, "/StateMachines/%.*s/TestCases", SW_STR_ARG(name));
    sw_value cases = get(sw_value_get(machines, name), "TestCases");
    if (!choose(in, path, cases, "test case", wanted, options->test_case != NULL, &name))
        return false;
    mocks->test_case = name;
    path = sw_str_format(in->arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(name));
    return read_test_case(in, path, sw_value_get(cases, name), mocks);
}

bool cli_mocks_read(const cli_mock_options *options, const sw_machine *machine, sw_arena *arena,
                    cli_mocks *mocks, sw_error *err)
{
    sw_error    why = {0};
    const char *file = options->file;
    reader      in = {.file = file, .machine = machine, .arena = arena, .err = err};
    *mocks = (cli_mocks){.count = 0};
    if (!cli_file_read(arena, file, &in.text, err))
        return false;
    in.format = sw_source_format_of(sw_str_from(cli_file_name(file)));
    if (!sw_source_parse(arena, in.text, in.format, &in.root, &why))
        return sw_fail(err, why.code, "%s:%u:%u: %s", file, why.line, why.column, why.message);
    return read_root(&in, options, mocks);
}

cli_mock_state *cli_mock_find(const cli_mocks *mocks, sw_str state_name)
{
    for (size_t i = 0; i < mocks->count; i++) {
        if (sw_str_equal(mocks->states[i].name, state_name))
            return &mocks->states[i];
    }
    return NULL;
}

const cli_mock_answer *cli_mock_next(cli_mock_state *state)
{
    uint32_t number = state->invocations++;
    for (size_t i = 0; i < state->count; i++) {
        if (state->entries[i].first <= number && number <= state->entries[i].last)
            return &state->entries[i].answer;
    }
    return NULL;
}
