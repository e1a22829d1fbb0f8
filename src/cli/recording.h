// recording.h: what tasks answered, as a mock file of Step Functions Local, and a run compared with
// such a recording.
//
// Purpose   A recording is a mock file with two members more, which others do not look at:
//
//               "RecordedParameters": {MACHINE: {CASE: {STATE: [parameters of each invocation]}}}
//               "RecordedExecutions": {MACHINE: {CASE: {"Id": the execution's ARN}}}
//
//           The first execution of a machine is the test case that is asked for, the others have
//           its name with -2, -3 behind it.
// Owns      Nothing; the ledger is the caller's.
// Threads   Under the ledger's lock, which they take.

#ifndef STEPWELL_CLI_RECORDING_H
#define STEPWELL_CLI_RECORDING_H

#include "cli/ledger.h"

#include <stdio.h>

#define CLI_RECORDED "Recorded" // the test case when none is asked for

// Replaces the file as a whole, when there is anything new; nobody sees half of it.
bool cli_recording_write(cli_ledger *ledger, const char *file, const char *test_case,
                         sw_error *err);

// Prints in what the executions in the ledger differ from the recording, a line each; returns how
// many lines there were. Values are not shown. text is the recording's.
size_t cli_recording_compare(cli_ledger *ledger, const char *file, sw_str text,
                             const char *test_case, FILE *out);

#endif
