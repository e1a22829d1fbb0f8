// test_state.c: TestState. The state runs at once; a Task without a mock goes to the runner and the
// answer follows.

#include "server/api/api.h"

#include "stepwell/test_state.h"

#include "server/seed.h"

static sw_str text_of(sw_value object, const char *member)
{
    sw_value value = sw_value_get(object, sw_str_from(member));
    return value.type == SW_STRING ? sw_value_str(value) : (sw_str){NULL, 0};
}

static void read_mock(const sw_request *request, sw_test_request *test)
{
    sw_value mock = sw_input_get(request, "mock"),
             error = sw_value_get(mock, SW_STR("errorOutput"));
    sw_str mode = text_of(mock, "fieldValidationMode");
    test->mock_result = text_of(mock, "result");
    test->has_mock_error = error.type == SW_OBJECT;
    test->mock_error.error = text_of(error, "error");
    test->mock_error.cause = text_of(error, "cause");
    test->mock_error.has_error = test->mock_error.error.text != NULL;
    test->mock_error.has_cause = test->mock_error.cause.text != NULL;
    test->check_required = mode.text == NULL || sw_str_is(mode, "STRICT");
    test->check_types = mode.text == NULL || !sw_str_is(mode, "NONE");
}

static void read_configuration(const sw_request *request, sw_test_request *test)
{
    sw_value configuration = sw_input_get(request, "stateConfiguration");
    sw_value failures = sw_value_get(configuration, SW_STR("mapIterationFailureCount"));
    sw_value_integer(sw_value_get(configuration, SW_STR("retrierRetryCount")), &test->retry_count);
    test->has_failure_count = sw_value_integer(failures, &test->failure_count);
    test->item_reader_data = text_of(configuration, "mapItemReaderData");
}

static void add_failure(sw_answer *answer, const sw_failure *failure)
{
    if (failure->has_error)
        sw_answer_text(answer, "error", failure->error);
    if (failure->has_cause)
        sw_answer_text(answer, "cause", failure->cause);
}

// docs: the HTTP request and its answer are shown with TRACE.
static sw_trace choose_trace(const sw_request *request)
{
    if (!sw_str_is(sw_input_text(request, "inspectionLevel"), "TRACE"))
        return SW_TRACE_NONE;
    return sw_input_bool(request, "revealSecrets", false) ? SW_TRACE_REVEALED : SW_TRACE_REDACTED;
}

static bool wants_inspection(const sw_request *request)
{
    sw_str level = sw_input_text(request, "inspectionLevel");
    return level.text != NULL && !sw_str_is(level, "INFO");
}

static void answer(sw_request *request, const sw_test_result *result)
{
    sw_answer reply = sw_answer_begin(&request->arena);
    sw_answer_text(&reply, "output", result->output);
    if (result->status != SW_TEST_SUCCEEDED)
        add_failure(&reply, &result->failure);
    if (wants_inspection(request))
        sw_answer_add(&reply, "inspectionData", result->inspection);
    sw_answer_text(&reply, "nextState", result->next_state);
    sw_answer_text(&reply, "status", sw_str_from(sw_test_status_name(result->status)));
    sw_request_succeed(request, sw_answer_end(&reply));
}

static void refuse(sw_request *request, const sw_test_result *result)
{
    if (result->message.bytes > 0)
        sw_request_fail(request, result->exception, "%.*s", SW_STR_ARG(result->message));
    else
        sw_request_fail(request, result->exception, "Invalid State Machine Definition: '%.*s'",
                        SW_STR_ARG(sw_api_join_errors(&request->arena, &result->diagnostics)));
}

// What a test needs while its task runs.
typedef struct pending_test {
    sw_request        *request;
    sw_test_request    test;
    sw_machine_options options;
} pending_test;

static void run(pending_test *pending);

static void task_is_done(void *who, const sw_happening *outcome)
{
    pending_test *pending = who;
    sw_arena     *arena = &pending->request->arena;
    pending->test.http_request = sw_value_copy(arena, outcome->request);
    pending->test.http_response = sw_value_copy(arena, outcome->response);
    if (outcome->kind == SW_HAPPENED_TASK_SUCCEEDED) {
        pending->test.task_result = sw_str_copy(arena, outcome->output);
    } else {
        sw_failure *failure = SW_ARENA_NEW(arena, sw_failure);
        *failure = outcome->failure;
        failure->error = sw_str_copy(arena, failure->error);
        failure->cause = sw_str_copy(arena, failure->cause);
        pending->test.task_failure = failure;
    }
    run(pending);
}

static void start_task(pending_test *pending, const sw_test_result *result)
{
    sw_outside_task task = {.kind = result->task_kind,
                            .state_name = result->state,
                            .resource = result->resource,
                            .resource_type = result->resource_type,
                            .action = result->action,
                            .parameters = result->parameters,
                            .timeout_s = result->timeout_s,
                            .execution_arn = result->execution_arn,
                            .role = result->role,
                            .role_arn = pending->test.role_arn,
                            .trace = choose_trace(pending->request)};
    sw_task_runner *runner = pending->request->server->options.runner;
    const char     *why = "nothing runs tasks";
    if (runner == NULL || (why = runner->refuse(runner, result->resource)) != NULL)
        sw_request_fail(pending->request, "UnsupportedOperation",
                        "A Task with the Resource %.*s cannot be run here (%s); give it a mock",
                        SW_STR_ARG(result->resource), why);
    else
        sw_runtime_run_task(pending->request->server->runtime, &task, task_is_done, pending);
}

static void run(pending_test *pending)
{
    sw_error       err;
    sw_test_result result;
    sw_request    *request = pending->request;
    if (!sw_test_state(&pending->test, &request->arena, &result, &err))
        sw_request_fail_internal(request, &err);
    else if (result.status == SW_TEST_REFUSED)
        refuse(request, &result);
    else if (result.status == SW_TEST_NEEDS_TASK)
        start_task(pending, &result);
    else
        answer(request, &result);
}

void sw_action_test_state(sw_request *request)
{
    pending_test *pending = SW_ARENA_NEW(&request->arena, pending_test);
    pending->request = request;
    // Of the definition's resources none need be callable here.
    sw_machine_options checks = sw_api_machine_options(request, SW_STANDARD);
    pending->options = (sw_machine_options){.type = SW_STANDARD,
                                            .format = SW_SOURCE_JSON,
                                            .check_result = checks.check_result,
                                            .who = request};
    pending->test =
        (sw_test_request){.definition = sw_input_text(request, "definition"),
                          .state_name = sw_input_text(request, "stateName"),
                          .input = sw_input_text(request, "input"),
                          .role_arn = sw_input_text(request, "roleArn"),
                          .variables = sw_input_text(request, "variables"),
                          .context = sw_input_text(request, "context"),
                          .region = request->region,
                          .account = request->account,
                          .reveal_secrets = sw_input_bool(request, "revealSecrets", false),
                          .now_ms = request->now_ms,
                          .seed = sw_seed_draw(),
                          .options = &pending->options};
    read_mock(request, &pending->test);
    read_configuration(request, &pending->test);
    run(pending);
}
