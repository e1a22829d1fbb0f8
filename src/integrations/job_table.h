// job_table.h: what job.c and runner.c share: the runner, and the jobs that are under way.
//
// Threads   The lock guards the table, and of each job what says whether it is wanted. A call is
//           submitted under it, so that a call that is found can be cancelled.

#ifndef STEPWELL_INTEGRATIONS_JOB_TABLE_H
#define STEPWELL_INTEGRATIONS_JOB_TABLE_H

#include "integrations/job.h"
#include "integrations/mock_tasks.h"

#include <pthread.h>

#define SW_JOB_BUCKETS 1024u
#define SW_JOB_CALLERS 4u

// libcurl looks at each of its connections for one that is free: with a thousand in use that takes
// half of a call's time. So there are several callers; a call goes to the first that is not busy,
// which keeps connections in use again.
typedef struct sw_job_caller {
    sw_caller *caller; // opened by the first call: many servers never make one
    unsigned   running;
} sw_job_caller;

typedef struct sw_runner {
    sw_task_runner        runner; // first: the same address
    sw_arena              arena;
    sw_runner_options     options;
    sw_mock_tasks        *mocks;      // NULL: none
    struct sw_key_source *key_source; // NULL: none
    sw_job_caller         callers[SW_JOB_CALLERS];
    pthread_mutex_t       lock;
    bool                  closing;
    sw_job               *buckets[SW_JOB_BUCKETS];
} sw_runner;

void sw_jobs_start(sw_runner *runner, const sw_integration *integration,
                   const sw_outside_task *task);
void sw_jobs_cancel(sw_runner *runner, int64_t execution, sw_task_ref task);

#endif
