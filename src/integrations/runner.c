// runner.c: picks who runs a task, and remembers the calls that are under way.
//
//   start -> mocked?  yes: reported at once
//            Lambda?  yes: a call -> caller's thread -> the answer as a happening -> report
//            else     fails: the definition was accepted because a mock may answer, and none did

#include "integrations/runner.h"

#include "base/assert.h"
#include "integrations/lambda.h"
#include "integrations/mock_tasks.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define BUCKETS 1024u

typedef struct sw_runner sw_runner;

// A task that is with the caller. The lock holds from its entry to its call's end, so that a call
// that is found can be cancelled.
typedef struct job {
    struct job     *next;
    sw_runner      *runner;
    sw_call        *call;
    sw_arena        arena; // texts of task
    sw_outside_task task;
} job;

struct sw_runner {
    sw_task_runner  runner; // first: the same address
    sw_arena        arena;
    sw_lambda       lambda;
    sw_mock_tasks  *mocks;  // NULL: none
    sw_caller      *caller; // opened by the first call: many servers never make one
    pthread_mutex_t lock;
    job            *buckets[BUCKETS];
};

// Jobs --------------------------------------------------------------------------------------------

static job **bucket_of(sw_runner *runner, int64_t execution, sw_task_ref task)
{
    uint64_t hash =
        (uint64_t)execution * 0x9e3779b97f4a7c15u + (uint64_t)task.frame * 31 + task.attempt;
    return &runner->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static void remove_job(sw_runner *runner, const job *gone)
{
    job **link = bucket_of(runner, gone->task.execution, gone->task.task);
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
}

// What reading the answer needs of a task.
static job *new_job(sw_runner *runner, const sw_outside_task *task)
{
    job *new = calloc(1, sizeof *new);
    SW_ASSERT(new != NULL);
    sw_arena_init(&new->arena);
    new->runner = runner;
    new->task = (sw_outside_task){.execution = task->execution,
                                  .task = task->task,
                                  .kind = task->kind,
                                  .resource = sw_str_copy(&new->arena, task->resource),
                                  .resource_type = sw_str_copy(&new->arena, task->resource_type),
                                  .token = sw_str_copy(&new->arena, task->token)};
    return new;
}

static void free_job(job *old)
{
    sw_arena_clear(&old->arena);
    free(old);
}

// Lambda ------------------------------------------------------------------------------------------

static void report(sw_runner *runner, const sw_outside_task *task, sw_happening *happening)
{
    happening->task = task->task;
    runner->runner.report(runner->runner.who, task->execution, task->task, happening);
}

static void report_failure(sw_runner *runner, const sw_outside_task *task, sw_failure failure)
{
    report(runner, task, &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED, .failure = failure});
}

// On the caller's thread.
static void on_answer(void *who, const sw_call_answer *answer)
{
    job         *ended = who;
    sw_happening happening = {.kind = SW_HAPPENED_TASK_FAILED};
    pthread_mutex_lock(&ended->runner->lock);
    remove_job(ended->runner, ended);
    pthread_mutex_unlock(&ended->runner->lock);
    if (answer->outcome != SW_CALL_CANCELLED) {
        sw_lambda_read_answer(&ended->task, answer, &ended->arena, &happening);
        report(ended->runner, &ended->task, &happening);
    }
    free_job(ended);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool submit(sw_runner *runner, job *new, const sw_call_request *request, sw_error *err)
{
    sw_caller_options limits = {.connections_max = 0};
    if (runner->caller == NULL && !sw_caller_open(&limits, &runner->caller, err))
        return false;
    job **bucket = bucket_of(runner, new->task.execution, new->task.task);
    new->next = *bucket;
    *bucket = new;
    new->call = sw_caller_submit(runner->caller, request);
    return true;
}

static void give_up(job *new, sw_failure failure)
{
    report_failure(new->runner, &new->task, failure);
    free_job(new);
}

static void start_lambda(sw_runner *runner, const sw_outside_task *task)
{
    sw_call_request request;
    sw_failure      failure = {.has_error = true, .has_cause = true};
    sw_error        err;
    job *new = new_job(runner, task);
    if (!sw_lambda_write_request(&runner->lambda, task, now_ms(), &new->arena, &request,
                                 &failure)) {
        give_up(new, failure);
        return;
    }
    request.done = on_answer;
    request.who = new;
    pthread_mutex_lock(&runner->lock);
    bool ok = submit(runner, new, &request, &err);
    pthread_mutex_unlock(&runner->lock);
    if (ok)
        return; // new may be gone
    failure.error = SW_STR("Lambda.SdkClientException");
    failure.cause = sw_str_copy(&new->arena, sw_str_from(err.message));
    give_up(new, failure);
}

// The runner --------------------------------------------------------------------------------------

static void refuse(sw_runner *runner, const sw_outside_task *task)
{
    sw_arena   arena;
    sw_failure failure = {.has_error = true, .has_cause = true, .error = SW_STR("States.Runtime")};
    sw_arena_init(&arena);
    failure.cause = sw_str_format(
        &arena,
        "Nothing runs the task '%.*s' of the state '%.*s': the chosen test case of the mock "
        "file has no response for it, and Stepwell does not call this service",
        SW_STR_ARG(task->resource), SW_STR_ARG(task->state_name));
    report_failure(runner, task, failure);
    sw_arena_clear(&arena);
}

static void start(sw_task_runner *base, const sw_outside_task *task)
{
    sw_runner *runner = (sw_runner *)base;
    if (runner->mocks != NULL && sw_mock_tasks_run(runner->mocks, task, base))
        return;
    if (sw_lambda_is_task(task))
        start_lambda(runner, task);
    else
        refuse(runner, task);
}

static void cancel(sw_task_runner *base, int64_t execution, sw_task_ref task)
{
    sw_runner *runner = (sw_runner *)base;
    pthread_mutex_lock(&runner->lock);
    for (job *at = *bucket_of(runner, execution, task); at != NULL; at = at->next) {
        if (at->task.execution == execution && at->task.task.frame == task.frame &&
            at->task.task.attempt == task.attempt)
            sw_caller_cancel(runner->caller, at->call);
    }
    pthread_mutex_unlock(&runner->lock);
}

static bool begins(sw_str text, const char *with)
{
    size_t bytes = strlen(with);
    return text.bytes >= bytes && memcmp(text.text, with, bytes) == 0;
}

// Activities and nested executions are the runtime's.
static bool is_runtime_task(sw_str resource)
{
    const char *end = resource.text + resource.bytes, *at = resource.text;
    if (!begins(resource, "arn:"))
        return false;
    for (int colons = 0; colons < 5 && at != NULL; colons++) {
        at = memchr(at, ':', (size_t)(end - at));
        if (at != NULL)
            at++;
    }
    sw_str rest = {at, at == NULL ? 0 : (size_t)(end - at)};
    return begins(rest, "activity:") || begins(rest, "states:startExecution");
}

// A mock may answer for any service.
static bool knows(sw_task_runner *base, sw_str resource)
{
    const sw_runner *runner = (const sw_runner *)base;
    return runner->mocks != NULL || sw_lambda_knows(resource) || is_runtime_task(resource);
}

static bool has_case(sw_task_runner *base, sw_str machine_name, sw_str mock_case)
{
    const sw_runner *runner = (const sw_runner *)base;
    return runner->mocks != NULL && sw_mock_tasks_have(runner->mocks, machine_name, mock_case);
}

static bool is_mocked(sw_task_runner *base, sw_str machine_name, sw_str mock_case,
                      sw_str state_name)
{
    const sw_runner *runner = (const sw_runner *)base;
    return runner->mocks != NULL &&
           sw_mock_tasks_answer(runner->mocks, machine_name, mock_case, state_name);
}

static void close_runner(sw_task_runner *base)
{
    sw_runner *runner = (sw_runner *)base;
    if (runner->caller != NULL)
        sw_caller_close(runner->caller);
    sw_mock_tasks_close(runner->mocks);
    pthread_mutex_destroy(&runner->lock);
    sw_arena_clear(&runner->arena);
    free(runner);
}

bool sw_runner_open(const sw_runner_options *options, sw_task_runner **out, sw_error *err)
{
    sw_runner *runner = calloc(1, sizeof *runner);
    SW_ASSERT(runner != NULL);
    sw_arena_init(&runner->arena);
    pthread_mutex_init(&runner->lock, NULL);
    runner->runner = (sw_task_runner){.start = start,
                                      .cancel = cancel,
                                      .knows = knows,
                                      .has_case = has_case,
                                      .is_mocked = is_mocked,
                                      .close = close_runner};
    runner->lambda = (sw_lambda){.endpoint = sw_str_copy(&runner->arena, options->lambda_endpoint),
                                 .account = sw_str_copy(&runner->arena, options->account),
                                 .region = sw_str_copy(&runner->arena, options->region)};
    if (options->mock_file != NULL &&
        !sw_mock_tasks_open(options->mock_file, options->mock_text, &runner->mocks, err)) {
        close_runner(&runner->runner);
        return false;
    }
    *out = &runner->runner;
    return true;
}
