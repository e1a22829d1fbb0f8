// mock_tasks.c: tasks answered from a mock file.

#include "integrations/mock_tasks.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS    1024u
#define COUNTS_MAX 65536u

// How often a state of an execution was invoked.
typedef struct count {
    struct count        *next_in_bucket, *younger;
    int64_t              execution;
    const sw_mock_state *state;
    uint32_t             invocations;
} count;

struct sw_mock_tasks {
    sw_arena        arena; // the file's text and what was read from it
    sw_mocks        mocks;
    sw_str          replay_case; // empty: no replay
    pthread_mutex_t lock;
    count          *buckets[BUCKETS];
    count          *oldest, *youngest;
    size_t          count;
};

// Opening -----------------------------------------------------------------------------------------

bool sw_mock_tasks_open(const char *file, sw_str text, sw_str replay_case, sw_mock_tasks **out,
                        sw_error *err)
{
    sw_mock_tasks *tasks = calloc(1, sizeof *tasks);
    SW_ASSERT(tasks != NULL);
    sw_arena_init(&tasks->arena);
    pthread_mutex_init(&tasks->lock, NULL);
    tasks->replay_case = sw_str_copy(&tasks->arena, replay_case);
    if (!sw_mocks_read(file, sw_str_copy(&tasks->arena, text), &tasks->arena, &tasks->mocks, err)) {
        sw_mock_tasks_close(tasks);
        return false;
    }
    *out = tasks;
    return true;
}

void sw_mock_tasks_close(sw_mock_tasks *tasks)
{
    if (tasks == NULL)
        return;
    while (tasks->oldest != NULL) {
        count *c = tasks->oldest;
        tasks->oldest = c->younger;
        free(c);
    }
    pthread_mutex_destroy(&tasks->lock);
    sw_arena_clear(&tasks->arena);
    free(tasks);
}

// Looking up --------------------------------------------------------------------------------------

static const sw_mock_case *find_case(const sw_mock_tasks *tasks, sw_str machine_name,
                                     sw_str mock_case)
{
    if (mock_case.bytes == 0)
        mock_case = tasks->replay_case;
    if (mock_case.bytes == 0)
        return NULL;
    const sw_mock_machine *machine = sw_mocks_find_machine(&tasks->mocks, machine_name);
    return machine == NULL ? NULL : sw_mock_find_case(machine, mock_case);
}

static const sw_mock_state *find_state(const sw_mock_tasks *tasks, sw_str machine_name,
                                       sw_str mock_case, sw_str state_name)
{
    const sw_mock_case *found = find_case(tasks, machine_name, mock_case);
    return found == NULL ? NULL : sw_mock_find_state(found, state_name);
}

bool sw_mock_tasks_have(const sw_mock_tasks *tasks, sw_str machine_name, sw_str mock_case)
{
    return find_case(tasks, machine_name, mock_case) != NULL;
}

bool sw_mock_tasks_answer(const sw_mock_tasks *tasks, sw_str machine_name, sw_str mock_case,
                          sw_str state_name)
{
    return tasks->replay_case.bytes > 0 ||
           find_state(tasks, machine_name, mock_case, state_name) != NULL;
}

// Counting ----------------------------------------------------------------------------------------

static count **bucket_of(sw_mock_tasks *tasks, int64_t execution, const sw_mock_state *state)
{
    uint64_t hash = ((uint64_t)execution + (uint64_t)(uintptr_t)state) * 0x9e3779b97f4a7c15u;
    return &tasks->buckets[(hash >> 32) % BUCKETS];
}

static void forget_oldest(sw_mock_tasks *tasks)
{
    count  *oldest = tasks->oldest;
    count **link = bucket_of(tasks, oldest->execution, oldest->state);
    while (*link != oldest)
        link = &(*link)->next_in_bucket;
    *link = oldest->next_in_bucket;
    tasks->oldest = oldest->younger;
    tasks->count--;
    free(oldest);
}

static count *add_count(sw_mock_tasks *tasks, count **bucket, int64_t execution,
                        const sw_mock_state *state)
{
    count *new = calloc(1, sizeof *new);
    SW_ASSERT(new != NULL);
    new->execution = execution;
    new->state = state;
    new->next_in_bucket = *bucket;
    *bucket = new;
    if (tasks->oldest == NULL)
        tasks->oldest = new;
    else
        tasks->youngest->younger = new;
    tasks->youngest = new;
    tasks->count++;
    return new;
}

// Which invocation this is, from 0.
static uint32_t count_invocation(sw_mock_tasks *tasks, int64_t execution,
                                 const sw_mock_state *state)
{
    pthread_mutex_lock(&tasks->lock);
    count **bucket = bucket_of(tasks, execution, state);
    count  *found = *bucket;
    while (found != NULL && (found->execution != execution || found->state != state))
        found = found->next_in_bucket;
    if (found == NULL)
        found = add_count(tasks, bucket, execution, state);
    uint32_t number = found->invocations++;
    if (tasks->count > COUNTS_MAX)
        forget_oldest(tasks);
    pthread_mutex_unlock(&tasks->lock);
    return number;
}

// Answering ---------------------------------------------------------------------------------------

static void report(sw_task_runner *runner, const sw_outside_task *task, sw_happening happening)
{
    happening.task = task->task;
    runner->report(runner->who, task->execution, task->task, &happening);
}

// What stands before the outcome in the history.
static void report_begin(sw_task_runner *runner, const sw_outside_task *task)
{
    if (task->kind == SW_TASK_ACTIVITY)
        report(runner, task,
               (sw_happening){.kind = SW_HAPPENED_TASK_STARTED, .worker_name = SW_STR("mock")});
    else if (task->kind == SW_TASK_SERVICE && task->token.bytes > 0)
        report(runner, task,
               (sw_happening){.kind = SW_HAPPENED_TASK_SUBMITTED, .output = SW_STR("{}")});
}

static void report_failure(sw_task_runner *runner, const sw_outside_task *task, sw_str error,
                           sw_str cause)
{
    sw_failure failure = {.has_error = true, .has_cause = true, .error = error, .cause = cause};
    report(runner, task, (sw_happening){.kind = SW_HAPPENED_TASK_FAILED, .failure = failure});
}

static void report_missing(sw_task_runner *runner, const sw_outside_task *task,
                           const sw_mock_state *state, uint32_t number)
{
    sw_arena arena;
    sw_arena_init(&arena);
    report_failure(
        runner, task, SW_STR("States.Runtime"),
        sw_str_format(&arena,
                      "The mocked response %.*s has no entry for invocation %u of the state %.*s",
                      SW_STR_ARG(state->response->name), number, SW_STR_ARG(state->name)));
    sw_arena_clear(&arena);
}

static void report_unrecorded(sw_task_runner *runner, const sw_outside_task *task)
{
    sw_arena arena;
    sw_arena_init(&arena);
    report_failure(runner, task, SW_STR("States.Runtime"),
                   sw_str_format(&arena, "There is no recording of the state %.*s",
                                 SW_STR_ARG(task->state_name)));
    sw_arena_clear(&arena);
}

static void report_success(sw_task_runner *runner, const sw_outside_task *task,
                           const sw_mock_answer *answer)
{
    bool   unwrap = task->kind == SW_TASK_LAMBDA && answer->payload.text != NULL;
    sw_str output = unwrap ? answer->payload : answer->output;
    report(runner, task, (sw_happening){.kind = SW_HAPPENED_TASK_SUCCEEDED, .output = output});
}

bool sw_mock_tasks_run(sw_mock_tasks *tasks, const sw_outside_task *task, sw_task_runner *runner)
{
    const sw_mock_state *state =
        find_state(tasks, task->machine_name, task->mock_case, task->state_name);
    if (state == NULL && tasks->replay_case.bytes > 0) {
        report_unrecorded(runner, task);
        return true;
    }
    if (state == NULL)
        return false;
    uint32_t              number = count_invocation(tasks, task->execution, state);
    const sw_mock_answer *answer = sw_mock_get_answer(state->response, number);
    report_begin(runner, task);
    if (answer == NULL)
        report_missing(runner, task, state, number);
    else if (answer->fails)
        report_failure(runner, task, answer->error, answer->cause);
    else
        report_success(runner, task, answer);
    return true;
}
