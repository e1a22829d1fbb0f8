// mock.c: reading a mock file.

#include "integrations/mock.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct reader {
    const char             *file;
    sw_str                  text;
    sw_source_format        format;
    sw_value                root;
    const sw_mock_response *responses;
    size_t                  response_count;
    sw_arena               *arena;
    sw_error               *err;
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

static sw_str join(const reader *in, sw_str path, sw_str name)
{
    return sw_str_format(in->arena, "%.*s/%.*s", SW_STR_ARG(path), SW_STR_ARG(name));
}

// Answers -----------------------------------------------------------------------------------------

static bool read_throw(const reader *in, sw_str path, sw_value thrown, sw_mock_answer *answer)
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

// {"StatusCode": 200, "Payload": ...}
static bool is_invoke_answer(sw_value returned)
{
    static const char *const members[] = {"ExecutedVersion", "LogResult",           "Payload",
                                          "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"};
    if (returned.type != SW_OBJECT || get(returned, "Payload").type == SW_UNDEFINED)
        return false;
    for (uint32_t i = 0; i < returned.size; i++) {
        size_t m = 0;
        while (m < sizeof members / sizeof members[0] &&
               !sw_str_is(sw_value_key(returned, i), members[m]))
            m++;
        if (m == sizeof members / sizeof members[0])
            return false;
    }
    return true;
}

static bool read_answer(const reader *in, sw_str path, sw_value entry, sw_mock_answer *answer)
{
    *answer = (sw_mock_answer){.fails = false};
    if (entry.type != SW_OBJECT || entry.size != 1)
        return refuse(in, path, "an entry is an object with either Return or Throw");
    sw_value returned = get(entry, "Return"), thrown = get(entry, "Throw");
    if (returned.type != SW_UNDEFINED) {
        answer->output = sw_json_print(in->arena, returned);
        if (is_invoke_answer(returned))
            answer->payload = sw_json_print(in->arena, get(returned, "Payload"));
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
                       sw_mock_response *response)
{
    sw_mock_entry *added = &response->entries[response->count];
    if (!read_range(range, &added->first, &added->last))
        return refuse(in, path,
                      "an entry's name is the number of an invocation, such as \"0\", or several, "
                      "such as \"1-2\"");
    for (size_t i = 0; i < response->count; i++) {
        if (added->first <= response->entries[i].last && response->entries[i].first <= added->last)
            return refuse(in, path, "two entries are for the same invocation");
    }
    response->count++;
    return read_answer(in, path, entry, &added->answer);
}

static bool read_response(const reader *in, sw_str path, sw_value entries,
                          sw_mock_response *response)
{
    if (entries.type != SW_OBJECT || entries.size == 0)
        return refuse(in, path, "a mocked response is an object with an entry for each invocation");
    response->entries = SW_ARENA_ARRAY(in->arena, sw_mock_entry, entries.size);
    for (size_t i = 0; i < entries.size; i++) {
        sw_str name = sw_value_key(entries, i);
        if (!read_entry(in, join(in, path, name), name, sw_value_member(entries, i), response))
            return false;
    }
    return true;
}

static bool read_responses(reader *in)
{
    sw_value responses = get(in->root, "MockedResponses");
    if (responses.type != SW_OBJECT)
        return refuse(in, SW_STR(""), "MockedResponses is missing, or is no object");
    sw_mock_response *list = SW_ARENA_ARRAY(in->arena, sw_mock_response, responses.size);
    for (size_t i = 0; i < responses.size; i++) {
        sw_str name = sw_value_key(responses, i);
        list[i] = (sw_mock_response){.name = name};
        if (!read_response(in, join(in, SW_STR("/MockedResponses"), name),
                           sw_value_member(responses, i), &list[i]))
            return false;
    }
    in->responses = list;
    in->response_count = responses.size;
    return true;
}

// Test cases --------------------------------------------------------------------------------------

static bool read_state(const reader *in, sw_str path, sw_str name, sw_value response,
                       sw_mock_state *state)
{
    *state = (sw_mock_state){.name = name};
    if (response.type != SW_STRING)
        return refuse(in, path, "a state has the name of a mocked response, a string");
    for (size_t i = 0; i < in->response_count && state->response == NULL; i++) {
        if (sw_str_equal(in->responses[i].name, sw_value_str(response)))
            state->response = &in->responses[i];
    }
    if (state->response == NULL)
        return refuse(in, path, "MockedResponses has no \"%.*s\"",
                      SW_STR_ARG(sw_value_str(response)));
    return true;
}

static bool read_case(const reader *in, sw_str path, sw_value states, sw_mock_case *test_case)
{
    if (states.type != SW_OBJECT)
        return refuse(in, path, "a test case is an object with a response for each state");
    test_case->states = SW_ARENA_ARRAY(in->arena, sw_mock_state, states.size + 1);
    for (size_t i = 0; i < states.size; i++) {
        sw_str name = sw_value_key(states, i);
        if (!read_state(in, join(in, path, name), name, sw_value_member(states, i),
                        &test_case->states[i]))
            return false;
        test_case->count++;
    }
    return true;
}

static bool read_machine(const reader *in, sw_str path, sw_value machine, sw_mock_machine *out)
{
    sw_value cases = get(machine, "TestCases");
    if (cases.type != SW_OBJECT)
        return refuse(in, path, "a state machine is an object with TestCases");
    path = join(in, path, SW_STR("TestCases"));
    out->cases = SW_ARENA_ARRAY(in->arena, sw_mock_case, cases.size + 1);
    for (size_t i = 0; i < cases.size; i++) {
        out->cases[i] = (sw_mock_case){.name = sw_value_key(cases, i)};
        if (!read_case(in, join(in, path, out->cases[i].name), sw_value_member(cases, i),
                       &out->cases[i]))
            return false;
        out->count++;
    }
    return true;
}

static bool read_machines(const reader *in, sw_mocks *mocks)
{
    sw_value machines = get(in->root, "StateMachines");
    if (machines.type != SW_OBJECT)
        return refuse(in, SW_STR(""),
                      "a mock file is an object with StateMachines and MockedResponses");
    mocks->machines = SW_ARENA_ARRAY(in->arena, sw_mock_machine, machines.size + 1);
    for (size_t i = 0; i < machines.size; i++) {
        sw_mock_machine *machine = &mocks->machines[i];
        *machine = (sw_mock_machine){.name = sw_value_key(machines, i)};
        if (!read_machine(in, join(in, SW_STR("/StateMachines"), machine->name),
                          sw_value_member(machines, i), machine))
            return false;
        mocks->count++;
    }
    return true;
}

bool sw_mocks_read(const char *file, sw_str text, sw_arena *arena, sw_mocks *mocks, sw_error *err)
{
    sw_error    why = {0};
    const char *slash = strrchr(file, '/');
    reader      in = {.file = file, .text = text, .arena = arena, .err = err};
    *mocks = (sw_mocks){.count = 0};
    in.format = sw_source_format_of(sw_str_from(slash != NULL ? slash + 1 : file));
    if (!sw_source_parse(arena, text, in.format, &in.root, &why))
        return sw_fail(err, why.code, "%s:%u:%u: %s", file, why.line, why.column, why.message);
    return read_responses(&in) && read_machines(&in, mocks);
}

// Looking up --------------------------------------------------------------------------------------

const sw_mock_machine *sw_mocks_find_machine(const sw_mocks *mocks, sw_str name)
{
    for (size_t i = 0; i < mocks->count; i++) {
        if (sw_str_equal(mocks->machines[i].name, name))
            return &mocks->machines[i];
    }
    return NULL;
}

const sw_mock_case *sw_mock_find_case(const sw_mock_machine *machine, sw_str name)
{
    for (size_t i = 0; i < machine->count; i++) {
        if (sw_str_equal(machine->cases[i].name, name))
            return &machine->cases[i];
    }
    return NULL;
}

const sw_mock_state *sw_mock_find_state(const sw_mock_case *test_case, sw_str name)
{
    for (size_t i = 0; i < test_case->count; i++) {
        if (sw_str_equal(test_case->states[i].name, name))
            return &test_case->states[i];
    }
    return NULL;
}

const sw_mock_answer *sw_mock_get_answer(const sw_mock_response *response, uint32_t invocation)
{
    for (size_t i = 0; i < response->count; i++) {
        if (response->entries[i].first <= invocation && invocation <= response->entries[i].last)
            return &response->entries[i].answer;
    }
    return NULL;
}
