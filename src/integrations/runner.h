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
    sw_str      replay_case; // the mock file is a recording, see mock_tasks.h; empty: it is none
    // Calls whose URL is a workflow's: HTTP Tasks and API Gateway
    struct sw_connections *connections;      // taken by open, even when it fails; NULL: none
    bool                   http_public_only; // to no private or loopback address
    bool                   http_plain;       // without TLS not only to loopback addresses
    const char            *ca_file;          // trusted besides the system's; NULL: none. Borrowed
    unsigned               calls_per_host;   // under way at once; 0: 1,000
    struct sw_functions   *functions;        // taken by open, even when it fails; NULL: none
    // AWS's services, see aws/aws.h
    const char *models_file;
    const char *(*variable)(const char *name);          // of the environment; NULL: there is none
    const char    *own_endpoint, *own_key, *own_secret; // of Step Functions, here
    const char    *key_source;       // "container", "instance" (aws/key_source.h); NULL: none
    const char    *kubernetes_token; // a file: in place of EKS's (eks/eks.h); NULL: none. Borrowed
    struct sw_aws *aws;              // the runner's own
} sw_runner_options;

bool sw_runner_open(const sw_runner_options *options, sw_task_runner **runner, sw_error *err);

#endif
