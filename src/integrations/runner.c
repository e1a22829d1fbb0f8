// runner.c: picks who runs a task.
//
//   start -> mocked?       yes: reported at once
//            integration?  yes: a job (job.h)
//            else          fails: the definition was accepted because a mock may answer, and none
//            did

#include "integrations/job_table.h"

#include "base/assert.h"
#include "integrations/aws/aws.h"
#include "integrations/aws/key_source.h"
#include "integrations/aws/task.h"
#include "integrations/functions/functions.h"
#include "integrations/http/connection.h"

#include <stdlib.h>

static const sw_integration *const integrations[] = {
#define INTEGRATION(name) &sw_integration_##name,
#include "integrations/integrations.def"
#undef INTEGRATION
};

#define INTEGRATIONS (sizeof integrations / sizeof *integrations)

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
    runner->runner.report(
        runner->runner.who, task->execution, task->task,
        &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED, .task = task->task, .failure = failure});
    sw_arena_clear(&arena);
}

static void start(sw_task_runner *base, const sw_outside_task *task)
{
    sw_runner *runner = (sw_runner *)base;
    if (runner->mocks != NULL && sw_mock_tasks_run(runner->mocks, task, base))
        return;
    for (size_t i = 0; i < INTEGRATIONS; i++) {
        if (integrations[i]->takes(task)) {
            sw_jobs_start(runner, integrations[i], task);
            return;
        }
    }
    refuse(runner, task);
}

static void cancel(sw_task_runner *base, int64_t execution, sw_task_ref task)
{
    sw_jobs_cancel((sw_runner *)base, execution, task);
}

// Activities and nested executions are the runtime's.
static bool is_runtime_task(sw_str resource)
{
    const char *end = resource.text + resource.bytes, *at = resource.text;
    if (!sw_str_begins(resource, "arn:"))
        return false;
    for (int colons = 0; colons < 5 && at != NULL; colons++) {
        at = memchr(at, ':', (size_t)(end - at));
        if (at != NULL)
            at++;
    }
    sw_str rest = {at, at == NULL ? 0 : (size_t)(end - at)};
    return sw_str_begins(rest, "activity:") || sw_str_begins(rest, "states:startExecution");
}

// A mock may answer for any service.
static const char *refuse_resource(sw_task_runner *base, sw_str resource)
{
    const sw_runner *runner = (const sw_runner *)base;
    bool             known = runner->mocks != NULL || is_runtime_task(resource);
    for (size_t i = 0; i < INTEGRATIONS && !known; i++)
        known = integrations[i]->knows(&runner->options, resource);
    return known ? NULL : sw_aws_refuse(runner->options.aws, resource);
}

static sw_str check(sw_task_runner *base, sw_str resource, sw_value parameters, sw_arena *arena)
{
    const sw_runner *runner = (const sw_runner *)base;
    if (is_runtime_task(resource))
        return (sw_str){"", 0};
    return sw_aws_check(runner->options.aws, resource, parameters, arena);
}

static sw_str check_result(sw_task_runner *base, sw_str resource, sw_value result, bool required,
                           sw_arena *arena)
{
    return sw_aws_check_result(((const sw_runner *)base)->options.aws, resource, result, required,
                               arena);
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

// Functions called from outside -------------------------------------------------------------------

typedef struct outside_call {
    void (*done)(void *who, const sw_function_response *response);
    void *who;
} outside_call;

static void tell_outside(void *who, const sw_call_answer *answer)
{
    outside_call        *call = who;
    sw_function_header   headers[8];
    sw_function_response response = {
        .status = answer->status, .headers = headers, .body = answer->body};
    for (size_t i = 0; i < answer->header_count && i < 8; i++)
        headers[response.header_count++] =
            (sw_function_header){answer->headers[i].name.text, answer->headers[i].value};
    call->done(call->who, &response);
    free(call);
}

static void forget(void *who, const sw_call_answer *answer)
{
    (void)who;
    (void)answer;
}

static void invoke(sw_task_runner *base, const sw_function_request                     *request,
                   void (*done)(void *who, const sw_function_response *response), void *who)
{
    sw_functions    *functions = ((sw_runner *)base)->options.functions;
    bool             event = sw_str_is(request->type, "Event");
    outside_call    *outside = calloc(1, sizeof *outside);
    sw_function_call call = {.function = request->function,
                             .payload = request->payload,
                             .client_context = request->client_context,
                             .log_tail = sw_str_is(request->log_type, "Tail"),
                             .done = event ? forget : tell_outside,
                             .who = outside};
    SW_ASSERT(outside != NULL);
    *outside = (outside_call){done, who};
    bool here = sw_functions_have(functions, request->function);
    if (here && event)
        sw_functions_call(functions, &call);
    if (here && (event || sw_str_is(request->type, "DryRun")))
        tell_outside(outside, &(sw_call_answer){.status = event ? 202 : 204});
    else {
        call.done = tell_outside;
        sw_functions_call(functions, &call);
    }
}

static void close_runner(sw_task_runner *base)
{
    sw_runner *runner = (sw_runner *)base;
    pthread_mutex_lock(&runner->lock);
    runner->closing = true;
    pthread_mutex_unlock(&runner->lock);
    for (size_t i = 0; i < SW_JOB_CALLERS; i++) {
        if (runner->callers[i].caller != NULL)
            sw_caller_close(runner->callers[i].caller);
    }
    sw_functions_close(runner->options.functions);
    sw_connections_close(runner->options.connections);
    sw_key_source_close(runner->key_source);
    sw_aws_close(runner->options.aws);
    sw_mock_tasks_close(runner->mocks);
    pthread_mutex_destroy(&runner->lock);
    sw_arena_clear(&runner->arena);
    free(runner);
}

static void copy_options(sw_runner *runner, const sw_runner_options *options)
{
    sw_runner_options *own = &runner->options;
    *own = *options;
    sw_str *texts[] = {&own->account, &own->region, &own->lambda_endpoint};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = sw_str_copy(&runner->arena, *texts[i]);
}

static const char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

static bool open_aws(sw_runner *runner, sw_error *err)
{
    const sw_runner_options *o = &runner->options;
    sw_aws_options           options = {.models_file = o->models_file,
                                        .account = o->account,
                                        .region = o->region,
                                        .variable = o->variable != NULL ? o->variable : no_variable,
                                        .own_endpoint = o->own_endpoint,
                                        .own_key = o->own_key,
                                        .own_secret = o->own_secret,
                                        .lambda_endpoint = o->lambda_endpoint};
    return sw_aws_open(&options, &runner->options.aws, err) &&
           (o->key_source == NULL ||
            sw_key_source_open(runner->options.aws, o->key_source, &runner->key_source, err));
}

bool sw_runner_open(const sw_runner_options *options, sw_task_runner **out, sw_error *err)
{
    sw_runner *runner = calloc(1, sizeof *runner);
    SW_ASSERT(runner != NULL);
    sw_arena_init(&runner->arena);
    pthread_mutex_init(&runner->lock, NULL);
    runner->runner = (sw_task_runner){.start = start,
                                      .cancel = cancel,
                                      .refuse = refuse_resource,
                                      .check = check,
                                      .check_result = check_result,
                                      .has_case = has_case,
                                      .is_mocked = is_mocked,
                                      .close = close_runner};
    copy_options(runner, options);
    if (options->functions != NULL)
        runner->runner.invoke = invoke;
    bool ok =
        open_aws(runner, err) && (options->mock_file == NULL ||
                                  sw_mock_tasks_open(options->mock_file, options->mock_text,
                                                     options->replay_case, &runner->mocks, err));
    if (!ok) {
        close_runner(&runner->runner);
        return false;
    }
    *out = &runner->runner;
    return true;
}
