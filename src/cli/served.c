// served.c: from a task's effect to a call of its function, and back.

#include "cli/served.h"

#include "cli/functions.h"
#include "integrations/lambda.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

// Life --------------------------------------------------------------------------------------------

bool cli_served_open(cli_served *served, sw_value                                    definitions,
                     void (*log)(void *who, sw_str function, sw_str line), sw_error *err)
{
    sw_functions_options options = {
        .account = SW_STR("123456789012"), .region = SW_STR("us-east-1"), .log = log};
    if (pipe(served->wake) != 0)
        return sw_fail(err, SW_ERROR_IO, "%s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(served->wake[i], F_SETFD, FD_CLOEXEC);
        fcntl(served->wake[i], F_SETFL, O_NONBLOCK);
    }
    pthread_mutex_init(&served->lock, NULL);
    return sw_functions_open(definitions, ".", &options, &served->functions, err);
}

void cli_served_call_free(cli_served_call *call)
{
    sw_arena_clear(&call->arena);
    free(call);
}

void cli_served_close(cli_served *served)
{
    if (served->wake[0] < 0)
        return;
    sw_functions_close(served->functions); // all calls have ended then
    served->functions = NULL;
    while (served->calls != NULL) {
        cli_served_call *call = served->calls;
        served->calls = call->next;
        cli_served_call_free(call);
    }
    pthread_mutex_destroy(&served->lock);
    for (int i = 0; i < 2; i++) {
        close(served->wake[i]);
        served->wake[i] = -1;
    }
}

// Calls -------------------------------------------------------------------------------------------

static void read_result(cli_served_call *call, const sw_call_answer *answer)
{
    sw_lambda_result result = {.output = {"", 0}};
    sw_outside_task  task = {
         .kind = call->kind, .resource = call->resource, .resource_type = call->resource_type};
    sw_lambda_read_answer(&task, answer, &call->arena, &result);
    call->failure = result.failure;
    call->failure.error = sw_str_copy(&call->arena, result.failure.error);
    call->failure.cause = sw_str_copy(&call->arena, result.failure.cause);
    call->output = sw_str_copy(&call->arena, result.output);
}

static void is_done(void *who, const sw_call_answer *answer)
{
    cli_served_call *call = who;
    cli_served      *served = call->served;
    read_result(call, answer);
    pthread_mutex_lock(&served->lock);
    call->ended = true;
    pthread_mutex_unlock(&served->lock);
    if (write(served->wake[1], "!", 1) < 0)
        return; // full: the run is awake already
}

static sw_str function_of(const sw_effect *effect)
{
    sw_value name = sw_value_get(sw_payload_value(effect->parameters), SW_STR("FunctionName"));
    if (effect->task_kind == SW_TASK_LAMBDA)
        return effect->resource;
    bool invoke = effect->task_kind == SW_TASK_SERVICE &&
                  sw_str_is(effect->resource_type, "lambda") && name.type == SW_STRING;
    return invoke ? sw_value_str(name) : (sw_str){"", 0};
}

static cli_served_call *new_call(cli_served *served, uint32_t execution, const sw_effect *effect)
{
    cli_served_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        abort(); // as arenas do without a guard
    sw_arena_init(&call->arena);
    call->served = served;
    call->attempt = (cli_attempt){execution, effect->task};
    call->kind = effect->task_kind;
    call->resource = sw_str_copy(&call->arena, effect->resource);
    call->resource_type = sw_str_copy(&call->arena, effect->resource_type);
    pthread_mutex_lock(&served->lock);
    call->next = served->calls;
    served->calls = call;
    served->running++;
    pthread_mutex_unlock(&served->lock);
    return call;
}

bool cli_served_start(cli_served *served, uint32_t execution, const sw_effect *effect)
{
    sw_str function = function_of(effect);
    if (served->functions == NULL || function.bytes == 0 ||
        !sw_functions_have(served->functions, function))
        return false;
    cli_served_call *call = new_call(served, execution, effect);
    sw_function_call request = {.function = function,
                                .payload = cli_function_event(effect, &call->arena),
                                .done = is_done,
                                .who = call};
    sw_functions_call(served->functions, &request);
    return true;
}

void cli_served_cancel(cli_served *served, cli_attempt attempt)
{
    if (served->functions == NULL)
        return;
    pthread_mutex_lock(&served->lock);
    for (cli_served_call *call = served->calls; call != NULL; call = call->next) {
        if (cli_attempt_is(call->attempt, attempt))
            call->cancelled = true;
    }
    pthread_mutex_unlock(&served->lock);
}

// The first one in the list that has ended
static cli_served_call *unlink_ended(cli_served *served)
{
    cli_served_call **link = &served->calls;
    while (*link != NULL && !(*link)->ended)
        link = &(*link)->next;
    cli_served_call *call = *link;
    if (call != NULL) {
        *link = call->next;
        served->running--;
    }
    return call;
}

cli_served_call *cli_served_take(cli_served *served)
{
    char bytes[64];
    if (served->functions == NULL)
        return NULL;
    while (read(served->wake[0], bytes, sizeof bytes) > 0)
        continue;
    pthread_mutex_lock(&served->lock);
    cli_served_call *call = unlink_ended(served);
    pthread_mutex_unlock(&served->lock);
    return call;
}

bool cli_served_is_busy(cli_served *served)
{
    if (served->functions == NULL)
        return false;
    pthread_mutex_lock(&served->lock);
    bool busy = served->running > 0;
    pthread_mutex_unlock(&served->lock);
    return busy;
}
