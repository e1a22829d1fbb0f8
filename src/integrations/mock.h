// mock.h: the mock file of Step Functions Local (MockConfigFile.json).
//
// Purpose   Says what a task answers at its nth invocation, by state name, for each test case of
//           each machine:
//
//               {"StateMachines": {MACHINE: {"TestCases": {CASE: {STATE: RESPONSE}}}},
//                "MockedResponses": {RESPONSE: {"0": {"Return": ...}, "1-2": {"Throw": ...}}}}
//
// Owns      Everything lives in the arena it was read into; texts may point into the file's text.
// Threads   Never changes after reading.
// Errors    A file that is wrong is refused whole, with line and column.

#ifndef STEPWELL_INTEGRATIONS_MOCK_H
#define STEPWELL_INTEGRATIONS_MOCK_H

#include "json/source.h"

typedef struct sw_mock_answer {
    bool   fails;
    sw_str output; // JSON text; when it does not fail
    // When output looks like an answer of lambda:invoke: its Payload, which is what a plain
    // function's ARN gives; else .text is NULL.
    sw_str payload;
    sw_str error, cause; // when it fails
} sw_mock_answer;

typedef struct sw_mock_entry {
    uint32_t       first, last; // invocations, from 0
    sw_mock_answer answer;
} sw_mock_entry;

typedef struct sw_mock_response {
    sw_str         name; // in MockedResponses
    sw_mock_entry *entries;
    size_t         count;
} sw_mock_response;

typedef struct sw_mock_state {
    sw_str                  name;
    const sw_mock_response *response;
} sw_mock_state;

typedef struct sw_mock_case {
    sw_str         name;
    sw_mock_state *states;
    size_t         count;
} sw_mock_case;

typedef struct sw_mock_machine {
    sw_str        name;
    sw_mock_case *cases;
    size_t        count;
} sw_mock_machine;

typedef struct sw_mocks {
    sw_mock_machine *machines;
    size_t           count;
} sw_mocks;

// file is its name, for messages and for the format.
bool sw_mocks_read(const char *file, sw_str text, sw_arena *arena, sw_mocks *mocks, sw_error *err);

// NULL: there is none.
const sw_mock_machine *sw_mocks_find_machine(const sw_mocks *mocks, sw_str name);
const sw_mock_case    *sw_mock_find_case(const sw_mock_machine *machine, sw_str name);
const sw_mock_state   *sw_mock_find_state(const sw_mock_case *test_case, sw_str name);

// The answer to an invocation; NULL when the file has none for it.
const sw_mock_answer *sw_mock_get_answer(const sw_mock_response *response, uint32_t invocation);

#endif
