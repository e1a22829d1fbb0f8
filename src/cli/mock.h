// mock.h: one test case of a mock file, for one machine: what `stepwell run --mock` needs of it.
//
// Purpose   Reading is src/integrations/mock.h's; here the machine and the test case are chosen,
//           compared with the definition, and invocations are counted.
// Owns      Everything lives in the arena it was read into.
// Errors    A file that is wrong is refused whole, with line and column, before anything runs.

#ifndef STEPWELL_CLI_MOCK_H
#define STEPWELL_CLI_MOCK_H

#include "stepwell/machine.h"

#include "integrations/mock.h"

typedef struct cli_mock_state {
    sw_str                  name;
    const sw_mock_response *response;
    uint32_t               *invocations; // so far, by execution of the run
    uint32_t                count, capacity;
} cli_mock_state;

typedef struct cli_mocks {
    sw_arena       *arena;
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

// The answer to an execution's next invocation, and its number; NULL when the file has none for it.
const sw_mock_answer *cli_mock_next(const cli_mocks *mocks, cli_mock_state *state,
                                    uint32_t execution, uint32_t *number);

#endif
