// sync.c: watching a job that a .sync task has started, until it ends.
//
// The pause between two looks grows from half a second to half a minute. A look that brings no
// answer is tried again, up to LOOKS_FAILED_MAX one after the other; then the task fails with what
// the last one said.

#include "base/assert.h"
#include "integrations/aws/read.h"
#include "integrations/aws/task.h"

#define FIRST_PAUSE_MS   500
#define PAUSE_MS_MAX     30000
#define LOOKS_FAILED_MAX 20

static void look(sw_job *job);

static int64_t next_pause_ms(const sw_aws_task *task)
{
    int64_t pause_ms = FIRST_PAUSE_MS;
    for (unsigned i = 0; i < task->polls && pause_ms < PAUSE_MS_MAX; i++)
        pause_ms += pause_ms / 2;
    return pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX;
}

// What the last look has allocated is given up: a job may be watched for a year.
static void pause(sw_job *job)
{
    sw_aws_task *task = job->state;
    int64_t      pause_ms = next_pause_ms(task);
    task->polls++;
    task->sources.description = sw_undefined();
    sw_arena_rewind(&job->arena, task->mark);
    sw_job_wait(job, pause_ms, look);
}

// Status ------------------------------------------------------------------------------------------

bool sw_aws_is_among(sw_str word, const char *words)
{
    while (*words != '\0') {
        size_t bytes = strcspn(words, " ");
        if (word.bytes == bytes && memcmp(word.text, words, bytes) == 0)
            return true;
        words += bytes;
        words += *words == ' ';
    }
    return false;
}

// aws: docs; a task of ECS has failed when a container ended with another status than 0, or none
// began.
static bool has_failed_container(sw_value description)
{
    sw_value task = sw_aws_part(description, SW_STR("Tasks[0]"));
    sw_value list = sw_value_get(task, SW_STR("Containers"));
    bool     started =
        !sw_str_is(sw_value_str(sw_value_get(task, SW_STR("StopCode"))), "TaskFailedToStart");
    for (size_t i = 0; list.type == SW_ARRAY && i < list.size; i++) {
        sw_value code = sw_value_get(list.items[i], SW_STR("ExitCode"));
        int64_t  status;
        if (code.type == SW_NUMBER && (!sw_value_integer(code, &status) || status != 0))
            return true;
    }
    return !started;
}

static void end(sw_job *job, bool failed)
{
    sw_aws_task *task = job->state;
    sw_str       text = sw_json_print(
              &job->arena, sw_aws_template(task->target.sync->result, &task->sources, &job->arena));
    if (failed)
        sw_job_fail(job, SW_STR("States.TaskFailed"), text);
    else
        sw_job_succeed(job, text);
}

static void judge(sw_job *job)
{
    const sw_aws_task *task = job->state;
    const sw_aws_sync *sync = task->target.sync;
    sw_value           value = sw_aws_part(task->sources.description, sw_str_from(sync->status));
    sw_str             status = value.type == SW_STRING ? sw_value_str(value) : (sw_str){"", 0};
    if (sw_aws_is_among(status, sync->failed))
        end(job, true);
    else if (sw_aws_is_among(status, sync->done))
        end(job, strcmp(sync->resource, "ecs:runTask") == 0 &&
                     has_failed_container(task->sources.description));
    else
        pause(job);
}

// Looking -----------------------------------------------------------------------------------------

static bool is_gone(const sw_aws_task *task, const sw_aws_error *error)
{
    return sw_aws_is_among(SW_STR("gone"), task->target.sync->done) &&
           (sw_str_is(error->code, "ResourceNotFoundException") ||
            sw_str_is(error->code, "NotFoundException"));
}

// Errors that another time may not have
static bool is_passing(const sw_call_answer *answer, const sw_aws_error *error)
{
    if (answer->outcome != SW_CALL_ANSWERED)
        return answer->outcome != SW_CALL_REFUSED && answer->outcome != SW_CALL_TOO_LARGE;
    return answer->status >= 500 || answer->status == 429 ||
           sw_aws_is_among(error->code, "Throttling ThrottlingException ThrottledException "
                                        "TooManyRequestsException RequestLimitExceeded "
                                        "RequestThrottled ProvisionedThroughputExceededException");
}

static void judge_error(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task *task = job->state;
    sw_aws_error error = {.code = {"", 0}};
    if (answer->outcome == SW_CALL_ANSWERED)
        sw_aws_read_error(task->target.operation.service, answer, &job->arena, &error);
    if (is_gone(task, &error))
        end(job, false);
    else if (is_passing(answer, &error) && ++task->failures < LOOKS_FAILED_MAX)
        pause(job);
    else
        sw_aws_fail_answer(job, answer);
}

static bool find_operation(const sw_aws_task *task, const char *name, sw_aws_operation *operation)
{
    return sw_aws_find_operation(task->target.operation.service, sw_str_from(name), operation);
}

static void looked(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task     *task = job->state;
    sw_aws_operation operation;
    bool             ok = sw_call_is_good(answer) &&
              find_operation(task, task->target.sync->describe, &operation) &&
              sw_aws_read_result(&operation, answer, &job->arena, &task->sources.description);
    if (!ok) {
        judge_error(job, answer);
        return;
    }
    task->failures = 0;
    judge(job);
}

// The operation is there: the definition would have been refused (target.c).
static void call(sw_job *job, const char *name, const char *input,
                 void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    sw_aws_task     *task = job->state;
    sw_aws_operation operation;
    bool             found = find_operation(task, name, &operation);
    SW_ASSERT(found);
    sw_aws_call_operation(job, &operation, sw_aws_template(input, &task->sources, &job->arena),
                          (sw_str){NULL, 0}, answered);
}

static void look(sw_job *job)
{
    const sw_aws_sync *sync = ((sw_aws_task *)job->state)->target.sync;
    call(job, sync->describe, sync->input, looked);
}

void sw_aws_watch(sw_job *job)
{
    sw_aws_task *task = job->state;
    task->mark = sw_arena_get_mark(&job->arena);
    pause(job);
}

// Undoing: best effort ----------------------------------------------------------------------------

static void undone(sw_job *job, const sw_call_answer *answer)
{
    (void)answer;
    sw_job_succeed(job, (sw_str){"", 0}); // reports nothing
}

void sw_aws_undo(sw_job *job)
{
    sw_aws_task       *task = job->state;
    const sw_aws_sync *sync = task->target.sync;
    bool               submitted = task->sources.submission.type != SW_UNDEFINED;
    if (sync == NULL || sync->cancel == NULL || !submitted)
        sw_job_succeed(job, (sw_str){"", 0});
    else
        call(job, sync->cancel, sync->cancel_input, undone);
}
