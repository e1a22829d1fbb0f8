// mock.h: the mock file of Step Functions Local (MockConfigFile.json).
//
// Purpose   Says what a task answers at its nth invocation, by state name, for one test case:
//
//               {"StateMachines": {MACHINE: {"TestCases": {CASE: {STATE: RESPONSE}}}},
//                "MockedResponses": {RESPONSE: {"0": {"Return": ...}, "1-2": {"Throw": ...}}}}
//
// Owns      Everything lives in the arena it was read into.
// Errors    A file that is wrong is refused whole, with line and column, before anything runs.

#ifndef STEPWELL_CLI_MOCK_H
#define STEPWELL_CLI_MOCK_H

#include "stepwell/machine.h"

typedef struct cli_mock_answer {
    bool   fails;
    sw_str output;       // JSON text; when it does not fail
    sw_str error, cause; // when it fails
} cli_mock_answer;

typedef struct cli_mock_entry {
    uint32_t        first, last; // invocations, from 0
    cli_mock_answer answer;
} cli_mock_entry;

typedef struct cli_mock_state {
    sw_str          name;
    sw_str          response; // its name in MockedResponses
    cli_mock_entry *entries;
    size_t          count;
    uint32_t        invocations; // so far
} cli_mock_state;

typedef struct cli_mocks {
    sw_str          test_case;
    cli_mock_state *states;
    size_t          count;
} cli_mocks;

typedef struct cli_mock_options {
    const char *file;
    sw_str      machine_name;
    bool        machine_named; // somebody asked for it: another one does not do
    const char *test_case;     // NULL: the only one there is
} cli_mock_options;

// A file with one machine alone is for ours, unless machine_named is set.
bool cli_mocks_read(const cli_mock_options *options, const sw_machine *machine, sw_arena *arena,
                    cli_mocks *mocks, sw_error *err);

// NULL: the test case does not mock that state.
cli_mock_state *cli_mock_find(const cli_mocks *mocks, sw_str state_name);

// The answer to the next invocation; NULL when the file has none for it.
const cli_mock_answer *cli_mock_next(cli_mock_state *state);

#endif
