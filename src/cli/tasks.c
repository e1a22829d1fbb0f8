// tasks.c: the tasks of a run in the terminal.

#include "cli/tasks.h"

#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>

// Something that happened to a task and that the execution is not told yet. Its texts are its own.
struct cli_report {
    uint32_t     execution;
    sw_happening happening;
    sw_arena     arena;
    cli_report  *next;
};

// What a running command is for: the owner of its process.
typedef struct job {
    cli_attempt    attempt;
    cli_task_shape shape;
    sw_str         state_name;
    sw_arena       arena;
} job;

// Reports -----------------------------------------------------------------------------------------

static cli_report *add_report(cli_tasks *tasks, cli_attempt attempt, sw_happening_kind kind)
{
    cli_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        abort(); // as arenas do without a guard
    sw_arena_init(&report->arena);
    report->happening.kind = kind;
    report->happening.task = attempt.task;
    report->execution = attempt.execution;
    if (tasks->last != NULL)
        tasks->last->next = report;
    else
        tasks->first = report;
    tasks->last = report;
    return report;
}

static void free_report(cli_report *report)
{
    if (report == NULL)
        return;
    sw_arena_clear(&report->arena);
    free(report);
}

static void report_failure(cli_tasks *tasks, cli_attempt attempt, sw_str error, sw_str cause)
{
    cli_report *report = add_report(tasks, attempt, SW_HAPPENED_TASK_FAILED);
    report->happening.failure = (sw_failure){
        .has_error = true,
        .has_cause = true,
        .error = sw_str_copy(&report->arena, error),
        .cause = sw_str_copy(&report->arena, cause),
    };
}

// A worker takes an activity; a .sync or .waitForTaskToken task is answered twice.
static void report_begin(cli_tasks *tasks, uint32_t execution, const sw_effect *effect)
{
    cli_report *report;
    if (effect->task_kind == SW_TASK_ACTIVITY) {
        report =
            add_report(tasks, (cli_attempt){execution, effect->task}, SW_HAPPENED_TASK_STARTED);
        report->happening.worker_name = SW_STR("stepwell");
    } else if (effect->task_kind == SW_TASK_SERVICE && effect->token.bytes > 0) {
        report =
            add_report(tasks, (cli_attempt){execution, effect->task}, SW_HAPPENED_TASK_SUBMITTED);
        report->happening.output = cli_submitted_output(tasks->chance, &report->arena);
    }
}

// Mocks -------------------------------------------------------------------------------------------

static void answer_by_mock(cli_tasks *tasks, uint32_t execution, const sw_effect *effect,
                           cli_mock_state *mock)
{
    uint32_t              number;
    const sw_mock_answer *answer = cli_mock_next(&tasks->mocks, mock, execution, &number);
    bool                  unwrap = effect->task_kind == SW_TASK_LAMBDA;
    report_begin(tasks, execution, effect);
    if (answer == NULL) {
        char cause[256];
        snprintf(cause, sizeof cause,
                 "The mocked response %.*s has no entry for invocation %u of this state",
                 mock->response->name.bytes < 100 ? (int)mock->response->name.bytes : 100,
                 mock->response->name.text, number);
        report_failure(tasks, (cli_attempt){execution, effect->task}, SW_STR("States.Runtime"),
                       sw_str_from(cause));
    } else if (answer->fails) {
        report_failure(tasks, (cli_attempt){execution, effect->task}, answer->error, answer->cause);
    } else {
        add_report(tasks, (cli_attempt){execution, effect->task}, SW_HAPPENED_TASK_SUCCEEDED)
            ->happening.output =
            unwrap && answer->payload.text != NULL ? answer->payload : answer->output;
    }
}

// Commands ----------------------------------------------------------------------------------------

static void free_job(job *j)
{
    sw_arena_clear(&j->arena);
    free(j);
}

static job *new_job(uint32_t execution, const sw_effect *effect)
{
    job *j = calloc(1, sizeof *j);
    if (j == NULL)
        abort();
    sw_arena_init(&j->arena);
    j->attempt = (cli_attempt){execution, effect->task};
    j->shape = cli_task_shape_of(effect);
    j->state_name = sw_str_copy(&j->arena, effect->state_name);
    return j;
}

static void start_command(cli_tasks *tasks, uint32_t execution, const sw_effect *effect,
                          const cli_function *function)
{
    sw_error err = {0};
    job     *j = new_job(execution, effect);
    sw_str   name = cli_function_name(function->name);
    sw_str   lambda = sw_str_format(&j->arena, "AWS_LAMBDA_FUNCTION_NAME=%.*s", SW_STR_ARG(name));
    sw_str   state = sw_str_format(&j->arena, "STEPWELL_STATE=%.*s", SW_STR_ARG(j->state_name));
    const char *environment[] = {lambda.text, state.text, NULL};
    report_begin(tasks, execution, effect);
    cli_process *process =
        cli_process_start(&tasks->processes, function->command,
                          cli_function_event(effect, &j->arena), environment, &err);
    if (process != NULL) {
        process->owner = j;
        return;
    }
    report_failure(tasks, (cli_attempt){execution, effect->task}, SW_STR("Lambda.ServiceException"),
                   sw_str_from(err.message));
    free_job(j);
}

static void report_unrecorded(cli_tasks *tasks, uint32_t execution, const sw_effect *effect)
{
    report_failure(tasks, (cli_attempt){execution, effect->task}, SW_STR("States.Runtime"),
                   SW_STR("There is no recording of this state"));
}

static void report_missing(cli_tasks *tasks, uint32_t execution, const sw_effect *effect)
{
    sw_value name = sw_value_get(sw_payload_value(effect->parameters), SW_STR("FunctionName"));
    char     cause[256] = "No --function serves this task";
    if (name.type == SW_STRING)
        snprintf(cause, sizeof cause, "Function not found: %.*s",
                 name.size < 200 ? (int)name.size : 200, name.text);
    report_failure(tasks, (cli_attempt){execution, effect->task},
                   SW_STR("Lambda.ResourceNotFoundException"), sw_str_from(cause));
}

void cli_tasks_start(cli_tasks *tasks, uint32_t execution, const sw_effect *effect)
{
    cli_mock_state *mock = cli_mock_find(&tasks->mocks, effect->state_name);
    if (mock != NULL) {
        answer_by_mock(tasks, execution, effect, mock);
        return;
    }
    const cli_function *function = cli_function_find(&tasks->functions, effect);
    if (tasks->replays)
        report_unrecorded(tasks, execution, effect);
    else if (function != NULL)
        start_command(tasks, execution, effect, function);
    else if (cli_served_start(&tasks->served, execution, effect))
        report_begin(tasks, execution, effect);
    else
        report_missing(tasks, execution, effect);
}

void cli_tasks_cancel(cli_tasks *tasks, cli_attempt attempt)
{
    cli_served_cancel(&tasks->served, attempt);
    for (cli_process *at = tasks->processes.first; at != NULL; at = at->next) {
        job *j = at->owner;
        if (j != NULL && cli_attempt_is(j->attempt, attempt)) {
            cli_process_stop(at);
            free_job(j);
        }
    }
}

static void report_end(cli_tasks *tasks, cli_process *process)
{
    job          *j = process->owner;
    sw_failure    failure = {.has_error = false};
    cli_report   *report = add_report(tasks, j->attempt, SW_HAPPENED_TASK_SUCCEEDED);
    sw_happening *happening = &report->happening;
    if (!cli_function_result(process, j->shape, tasks->chance, &report->arena, &happening->output,
                             &failure)) {
        happening->kind = SW_HAPPENED_TASK_FAILED;
        happening->failure = failure;
        happening->failure.error = sw_str_copy(&report->arena, failure.error);
        happening->failure.cause = sw_str_copy(&report->arena, failure.cause);
    } else {
        happening->output = sw_str_copy(&report->arena, happening->output);
    }
    free_job(j);
    cli_process_free(&tasks->processes, process);
}

static void report_served(cli_tasks *tasks, cli_served_call *call)
{
    if (!call->cancelled && call->failure.has_error) {
        report_failure(tasks, call->attempt, call->failure.error, call->failure.cause);
    } else if (!call->cancelled) {
        cli_report *report = add_report(tasks, call->attempt, SW_HAPPENED_TASK_SUCCEEDED);
        report->happening.output = sw_str_copy(&report->arena, call->output);
    }
    cli_served_call_free(call);
}

bool cli_tasks_next(cli_tasks *tasks, uint32_t *execution, sw_happening *happening)
{
    free_report(tasks->told);
    tasks->told = NULL;
    cli_process     *ended;
    cli_served_call *call;
    while ((call = cli_served_take(&tasks->served)) != NULL)
        report_served(tasks, call);
    while ((ended = cli_processes_ended(&tasks->processes)) != NULL)
        report_end(tasks, ended);
    if (tasks->first == NULL)
        return false;
    tasks->told = tasks->first;
    tasks->first = tasks->first->next;
    if (tasks->first == NULL)
        tasks->last = NULL;
    *execution = tasks->told->execution;
    *happening = tasks->told->happening;
    return true;
}

void cli_tasks_close(cli_tasks *tasks)
{
    for (cli_process *at = tasks->processes.first; at != NULL; at = at->next) {
        if (at->owner != NULL)
            free_job(at->owner);
        at->owner = NULL;
    }
    cli_processes_close(&tasks->processes);
    cli_served_close(&tasks->served);
    free_report(tasks->told);
    while (tasks->first != NULL) {
        cli_report *report = tasks->first;
        tasks->first = report->next;
        free_report(report);
    }
}

sw_str cli_task_state_name(const cli_process *process)
{
    const job *j = process->owner;
    return j != NULL ? j->state_name : SW_STR("");
}

// Before the run ----------------------------------------------------------------------------------

static bool is_served(const cli_tasks *tasks, const sw_state *state)
{
    return tasks->replays || cli_mock_find(&tasks->mocks, state->name) != NULL ||
           cli_function_may_serve(&tasks->functions, state);
}

bool cli_tasks_check(const cli_tasks *tasks, const sw_machine *machine)
{
    bool ok = true;
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const sw_state *state = machine->states[i];
        if (state->type != SW_STATE_TASK || is_served(tasks, state))
            continue;
        ok = false;
        sw_str wanted = cli_function_wanted(state);
        char   message[512];
        snprintf(
            message, sizeof message,
            "nothing serves the task \"%.*s\" (%.*s): give --function %.*s=COMMAND, --functions "
            "DIR or an answer in the mock file",
            SW_STR_ARG(state->name), SW_STR_ARG(state->task.arn), SW_STR_ARG(wanted));
        cli_complain(message);
    }
    return ok;
}
