// job.h: a task under way, and what an integration may do with it.
//
// Purpose   An integration is a row in integrations.def and a struct of functions. It is written as
//           a chain of steps: each ends by saying what comes next, and is called back when that has
//           come.
//
//               start -> sw_job_call -> answered -> sw_job_submitted, sw_job_wait -> due -> ...
//                                                -> sw_job_succeed or sw_job_fail: the end
//
//           Each step ends with exactly one of call, wait, succeed and fail, and does not touch the
//           job after that: it may be gone.
// Owns      The job has a copy of the task and an arena for what its steps keep. An answer is lent
//           for its step.
// Threads   start is called by several threads and must not block, all other steps by a caller's
//           thread, of which there are several, or the one that asked when no call can be made. A
//           job is with one at a time.
// Errors    What cannot be done is a failure of the task.

#ifndef STEPWELL_INTEGRATIONS_JOB_H
#define STEPWELL_INTEGRATIONS_JOB_H

#include "stepwell/integration.h"

#include "integrations/caller.h"
#include "integrations/runner.h"

typedef struct sw_integration sw_integration;

typedef struct sw_job {
    sw_outside_task          task; // submission.text: after a restart, see integration.h
    sw_arena                 arena;
    const sw_runner_options *options;
    void                    *state;             // the integration's own
    sw_value                 request, response; // see sw_job_trace
    // The runner's:
    struct sw_job        *next;
    struct sw_runner     *runner;
    const sw_integration *integration;
    sw_call              *call;   // that it waits for, or NULL
    struct sw_job_caller *caller; // whose call that is
    bool                  cancelled, undoing;
    void (*answered)(struct sw_job *job, const sw_call_answer *answer);
    void (*due)(struct sw_job *job);
} sw_job;

struct sw_integration {
    // Whether a Task with this Resource can be run here; otherwise the definition is refused.
    bool (*knows)(const sw_runner_options *options, sw_str resource);
    bool (*takes)(const sw_outside_task *task);
    void (*start)(sw_job *job);
    // The execution has no use for the task any more: begins to undo what was submitted, ending
    // like every step; succeed and fail then report nothing. NULL: there is nothing to undo.
    void (*cancel)(sw_job *job);
};

#define INTEGRATION(name) extern const sw_integration sw_integration_##name;
#include "integrations/integrations.def"
#undef INTEGRATION

// Next --------------------------------------------------------------------------------------------

// request is copied; its done and who are the runner's.
void sw_job_call(sw_job *job, const sw_call_request *request,
                 void (*answered)(sw_job *job, const sw_call_answer *answer));
void sw_job_wait(sw_job *job, int64_t delay_ms, void (*due)(sw_job *job));

// Somebody else answers, by sw_job_answer, once and on any thread; false: nobody needs to, the job
// is over. It is not hurried when the job is cancelled.
bool sw_job_expect(sw_job *job, void (*answered)(sw_job *job, const sw_call_answer *answer));
void sw_job_answer(sw_job *job, const sw_call_answer *answer);

// The first answer of a .sync task; the step goes on.
void sw_job_submitted(sw_job *job, sw_str output);
// TASK_SUCCEEDED; TASK_SUBMITTED when the task waits for its token and nothing else.
void sw_job_succeed(sw_job *job, sw_str output);
void sw_job_fail(sw_job *job, sw_str error, sw_str cause);

// What TestState shows of a task with a trace: objects that live as long as the job.
void sw_job_trace(sw_job *job, sw_value request, sw_value response);

// The clock, for dates in requests
int64_t sw_job_now_ms(void);

#endif
