// job.c: what follows in a job, how it ends, and how it is found again.

#include "integrations/job_table.h"

#include "base/assert.h"

#include <stdlib.h>
#include <time.h>

int64_t sw_job_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// The table ---------------------------------------------------------------------------------------

static sw_job **bucket_of(sw_runner *runner, int64_t execution, sw_task_ref task)
{
    uint64_t hash =
        (uint64_t)execution * 0x9e3779b97f4a7c15u + (uint64_t)task.frame * 31 + task.attempt;
    return &runner->buckets[(hash ^ hash >> 32) % SW_JOB_BUCKETS];
}

static void copy_task(sw_job *job, const sw_outside_task *task)
{
    sw_outside_task *own = &job->task;
    *own = *task;
    sw_str *texts[] = {&own->state_name, &own->machine_name,  &own->execution_arn,
                       &own->mock_case,  &own->resource,      &own->action,
                       &own->parameters, &own->resource_type, &own->token,
                       &own->submission, &own->role_arn};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->text != NULL)
            *texts[i] = sw_str_copy(&job->arena, *texts[i]);
    }
    if (own->role != NULL)
        own->role = sw_str_copy(&job->arena, sw_str_from(own->role)).text;
}

static sw_job *new_job(sw_runner *runner, const sw_integration *integration,
                       const sw_outside_task *task)
{
    sw_job *job = calloc(1, sizeof *job);
    SW_ASSERT(job != NULL);
    sw_arena_init(&job->arena);
    job->runner = runner;
    job->options = &runner->options;
    job->integration = integration;
    copy_task(job, task);
    return job;
}

void sw_jobs_start(sw_runner *runner, const sw_integration *integration,
                   const sw_outside_task *task)
{
    sw_job *job = new_job(runner, integration, task);
    pthread_mutex_lock(&runner->lock);
    sw_job **bucket = bucket_of(runner, task->execution, task->task);
    job->next = *bucket;
    *bucket = job;
    pthread_mutex_unlock(&runner->lock);
    integration->start(job);
}

static void remove_job(sw_job *job)
{
    pthread_mutex_lock(&job->runner->lock);
    sw_job **link = bucket_of(job->runner, job->task.execution, job->task.task);
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    pthread_mutex_unlock(&job->runner->lock);
}

static void free_job(sw_job *job)
{
    sw_arena_clear(&job->arena);
    free(job);
}

// Ending ------------------------------------------------------------------------------------------

static void report(sw_job *job, sw_happening *happening)
{
    const sw_task_runner *runner = &job->runner->runner;
    happening->task = job->task.task;
    if (!job->undoing)
        runner->report(runner->who, job->task.execution, job->task.task, happening);
}

static void end(sw_job *job, sw_happening *happening)
{
    remove_job(job);
    happening->request = job->request;
    happening->response = job->response;
    report(job, happening);
    free_job(job);
}

void sw_job_trace(sw_job *job, sw_value request, sw_value response)
{
    job->request = request;
    job->response = response;
}

void sw_job_submitted(sw_job *job, sw_str output)
{
    report(job, &(sw_happening){.kind = SW_HAPPENED_TASK_SUBMITTED, .output = output});
}

void sw_job_succeed(sw_job *job, sw_str output)
{
    sw_happening_kind kind =
        job->task.waits_for_token ? SW_HAPPENED_TASK_SUBMITTED : SW_HAPPENED_TASK_SUCCEEDED;
    end(job, &(sw_happening){.kind = kind, .output = output});
}

void sw_job_fail(sw_job *job, sw_str error, sw_str cause)
{
    sw_failure failure = {.has_error = true, .has_cause = true, .error = error, .cause = cause};
    end(job, &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED, .failure = failure});
}

// Cancelling --------------------------------------------------------------------------------------

// When the runner closes, what was submitted goes on: after a restart it is watched again.
static void undo(sw_job *job)
{
    bool again = job->undoing || job->runner->closing;
    if (!again && job->integration->cancel != NULL) {
        job->undoing = true;
        job->integration->cancel(job);
        return;
    }
    remove_job(job);
    free_job(job);
}

void sw_jobs_cancel(sw_runner *runner, int64_t execution, sw_task_ref task)
{
    pthread_mutex_lock(&runner->lock);
    sw_job *job = *bucket_of(runner, execution, task);
    while (job != NULL && (job->task.execution != execution || job->task.task.frame != task.frame ||
                           job->task.task.attempt != task.attempt))
        job = job->next;
    if (job != NULL && !job->cancelled) {
        job->cancelled = true;
        if (job->call != NULL)
            sw_caller_cancel(job->caller->caller, job->call);
    }
    pthread_mutex_unlock(&runner->lock);
}

// What comes next ---------------------------------------------------------------------------------

#define CALLS_PER_HOST 1000u // as many as Lambda runs at once
#define BUSY           250u  // calls of one caller, before the next one is used

static unsigned calls_per_host(const sw_runner *runner)
{
    return runner->options.calls_per_host > 0 ? runner->options.calls_per_host : CALLS_PER_HOST;
}

// Under the lock. A limit that is low is kept to by one caller alone.
static sw_job_caller *choose_caller(sw_runner *runner)
{
    sw_job_caller *least = &runner->callers[0];
    unsigned       count = calls_per_host(runner) < CALLS_PER_HOST ? 1 : SW_JOB_CALLERS;
    for (unsigned i = 0; i < count; i++) {
        sw_job_caller *caller = &runner->callers[i];
        if (caller->running < BUSY)
            return caller;
        if (caller->running < least->running)
            least = caller;
    }
    return least;
}

// Under the lock
static bool open_caller(sw_runner *runner, sw_job_caller *caller, sw_error *err)
{
    unsigned          limit = calls_per_host(runner);
    unsigned          share = limit < CALLS_PER_HOST ? limit : limit / SW_JOB_CALLERS;
    sw_caller_options limits = {.ca_file = runner->options.ca_file,
                                .connections_max_per_host = share,
                                .connections_max = 4 * share};
    return caller->caller != NULL || sw_caller_open(&limits, &caller->caller, err);
}

static bool is_unwanted(const sw_job *job)
{
    return (job->cancelled && !job->undoing) || job->runner->closing;
}

// On the caller's thread
static void on_done(void *who, const sw_call_answer *answer)
{
    sw_job *job = who;
    pthread_mutex_lock(&job->runner->lock);
    if (job->caller != NULL)
        job->caller->running--;
    job->call = NULL;
    job->caller = NULL;
    bool unwanted = is_unwanted(job) || answer->outcome == SW_CALL_CANCELLED;
    pthread_mutex_unlock(&job->runner->lock);
    if (unwanted)
        undo(job);
    else if (answer->outcome == SW_CALL_WAITED)
        job->due(job);
    else
        job->answered(job, answer);
}

// request is NULL for a wait.
static void go_on(sw_job *job, sw_call_request *request, int64_t delay_ms)
{
    sw_runner *runner = job->runner;
    sw_error   err = {0};
    pthread_mutex_lock(&runner->lock);
    sw_job_caller *caller = request == NULL ? &runner->callers[0] : choose_caller(runner);
    bool           unwanted = is_unwanted(job), ok = !unwanted && open_caller(runner, caller, &err);
    if (ok) {
        job->caller = caller;
        caller->running++;
    }
    if (ok && request != NULL)
        job->call = sw_caller_submit(caller->caller, request);
    else if (ok)
        job->call = sw_caller_wait(caller->caller, delay_ms, on_done, job);
    pthread_mutex_unlock(&runner->lock);
    if (ok)
        return; // job may be gone
    if (unwanted)
        undo(job);
    else if (request != NULL) // as if nobody could be reached: the integration has a name for that
        job->answered(job, &(sw_call_answer){.outcome = SW_CALL_FAILED, .message = err.message});
    else
        sw_job_fail(job, SW_STR("States.Runtime"), sw_str_from(err.message));
}

void sw_job_call(sw_job *job, const sw_call_request *request,
                 void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    sw_call_request own = *request;
    own.done = on_done;
    own.who = job;
    job->answered = answered;
    go_on(job, &own, 0);
}

void sw_job_wait(sw_job *job, int64_t delay_ms, void (*due)(sw_job *job))
{
    job->due = due;
    go_on(job, NULL, delay_ms);
}

bool sw_job_expect(sw_job *job, void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    job->answered = answered;
    pthread_mutex_lock(&job->runner->lock);
    bool unwanted = is_unwanted(job);
    pthread_mutex_unlock(&job->runner->lock);
    if (unwanted)
        undo(job);
    return !unwanted;
}

void sw_job_answer(sw_job *job, const sw_call_answer *answer)
{
    on_done(job, answer);
}
