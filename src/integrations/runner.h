// runner.h: the server's task runner: mocks first, then the integration that the resource names.
//
// Owns      Options are copied.
// Errors    Opening fails when the mock file is wrong; everything else is a failure of a task.

#ifndef STEPWELL_INTEGRATIONS_RUNNER_H
#define STEPWELL_INTEGRATIONS_RUNNER_H

#include "stepwell/integration.h"

typedef struct sw_runner_options {
    sw_str      account, region;
    sw_str      lambda_endpoint; // empty: none
    const char *mock_file;       // its name; NULL: none
    sw_str      mock_text;
} sw_runner_options;

bool sw_runner_open(const sw_runner_options *options, sw_task_runner **runner, sw_error *err);

#endif
