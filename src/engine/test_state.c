// test_state.c: one state by itself: AWS's TestState.
//
// The state runs through the same functions as in an execution, with a trace that notes the value
// after each field. Which notes a state's kind shows is recorded and irregular: see `shows`.

#include "stepwell/test_state.h"

#include "asl/step.h"
#include "base/assert.h"
#include "base/time.h"
#include "engine/test_definition.h"
#include "json/members.h"

#define NOTES_MAX 16u

typedef struct tester {
    const sw_test_request *request;
    sw_test_result        *result;
    sw_arena              *arena;
    sw_arena               scratch;
    sw_machine            *machine;
    const sw_state        *state;
    sw_value               input, context, variables;
    sw_str                 input_text;
    sw_chance              chance;
    sw_step                step; // first of what trace needs: see tester_of
    sw_value              *notes;
    uint32_t               note_count;
    int                    retry_index, catch_index; // -1: none
    int64_t                backoff_s;
} tester;

static bool refuse(tester *t, const char *exception, sw_str message)
{
    t->result->status = SW_TEST_REFUSED;
    t->result->exception = exception;
    t->result->message = message;
    return false;
}

static bool invalid(tester *t, const char *message)
{
    return refuse(t, "ValidationException", sw_str_from(message));
}

// Notes -------------------------------------------------------------------------------------------

static tester *tester_of(sw_step *step)
{
    return (tester *)(void *)((char *)step - offsetof(tester, step));
}

// A text that nobody touched is shown as it is.
static sw_str show(tester *t, sw_value value)
{
    bool same =
        value.type == t->input.type && value.any == t->input.any && value.size == t->input.size;
    return same && value.type >= SW_STRING ? t->input_text : sw_json_print(t->arena, value);
}

static void note(tester *t, const char *name, sw_value value)
{
    SW_ASSERT(t->note_count < NOTES_MAX);
    t->notes[2 * t->note_count] = sw_string_plain(sw_str_from(name));
    t->notes[2 * t->note_count + 1] = value;
    t->note_count++;
}

static void note_data(tester *t, const char *name, sw_value value)
{
    note(t, name, sw_string(show(t, value)));
}

// aws: recorded. JSONata states show their input and a Task's arguments; Pass with a Result and
// Parallel leave out what comes before it.
static bool shows(const sw_state *state, const char *stage)
{
    bool input_path = strcmp(stage, "afterInputPath") == 0;
    if (state->language == SW_LANGUAGE_JSONATA)
        return state->type == SW_STATE_TASK && strcmp(stage, "afterArguments") == 0;
    switch (state->type) {
    case SW_STATE_PASS:
        return state->result == NULL || (!input_path && strcmp(stage, "afterParameters") != 0);
    case SW_STATE_PARALLEL:
        return !input_path && strcmp(stage, "afterParameters") != 0;
    case SW_STATE_TASK:
    case SW_STATE_MAP:
        return true;
    case SW_STATE_SUCCEED:
    case SW_STATE_FAIL:
    case SW_STATE_CHOICE:
    case SW_STATE_WAIT:
        return input_path;
    }
    return false;
}

static void trace(sw_step *step, const char *stage, sw_value value)
{
    tester *t = tester_of(step);
    if (shows(t->state, stage))
        note_data(t, stage, value);
}

// The context object ------------------------------------------------------------------------------

static sw_str new_uuid(tester *t)
{
    char text[37];
    sw_chance_uuid(&t->chance, text);
    return sw_str_copy(t->arena, (sw_str){text, 36});
}

static sw_value time_now(tester *t)
{
    char text[32];
    return sw_string_plain(
        sw_str_copy(t->arena, (sw_str){text, sw_time_print(t->request->now_ms, text)}));
}

static sw_value execution_part(tester *t, sw_str machine, sw_str name)
{
    const sw_test_request *r = t->request;
    sw_members             o = sw_members_begin(t->arena, 8);
    sw_members_add(&o, "Id",
                   sw_string(sw_str_format(t->arena, "arn:aws:states:%.*s:%.*s:express:%.*s:%.*s",
                                           SW_STR_ARG(r->region), SW_STR_ARG(r->account),
                                           SW_STR_ARG(machine), SW_STR_ARG(name))));
    sw_members_add(&o, "Input", t->input);
    sw_members_add(&o, "StartTime", time_now(t));
    sw_members_add(&o, "Name", sw_string(name));
    if (r->role_arn.text != NULL)
        sw_members_add(&o, "RoleArn", sw_string(r->role_arn));
    return sw_members_end(&o);
}

static sw_value machine_part(tester *t, sw_str machine)
{
    const sw_test_request *r = t->request;
    sw_members             o = sw_members_begin(t->arena, 8);
    sw_members_add(&o, "Id",
                   sw_string(sw_str_format(t->arena, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s",
                                           SW_STR_ARG(r->region), SW_STR_ARG(r->account),
                                           SW_STR_ARG(machine))));
    sw_members_add(&o, "Name", sw_string(machine));
    return sw_members_end(&o);
}

// aws: recorded; a Map has a RetryCount here, too.
static sw_value state_part(tester *t)
{
    sw_members o = sw_members_begin(t->arena, 8);
    sw_members_add(&o, "Name", sw_string(t->state->name));
    sw_members_add(&o, "EnteredTime", time_now(t));
    if (t->state->type == SW_STATE_TASK || t->state->type == SW_STATE_MAP ||
        t->state->type == SW_STATE_PARALLEL)
        sw_members_add(&o, "RetryCount", sw_number((double)t->request->retry_count));
    return sw_members_end(&o);
}

// docs: a state inside a Map is tested as the first iteration, on the whole input.
static sw_value map_part(tester *t)
{
    sw_members item = sw_members_begin(t->arena, 2), map = sw_members_begin(t->arena, 1);
    sw_members_add(&item, "Index", sw_number(0));
    sw_members_add(&item, "Value", t->input);
    sw_members_add(&map, "Item", sw_members_end(&item));
    return sw_members_end(&map);
}

static void make_context(tester *t)
{
    sw_members o = sw_members_begin(t->arena, 8), task = sw_members_begin(t->arena, 1);
    sw_str     machine = new_uuid(t), name = new_uuid(t);
    sw_members_add(&o, "Execution", execution_part(t, machine, name));
    sw_members_add(&o, "StateMachine", machine_part(t, machine));
    sw_members_add(&o, "State", state_part(t));
    if (sw_state_has_token(t->state)) {
        sw_members_add(&task, "Token", sw_string(new_uuid(t)));
        sw_members_add(&o, "Task", sw_members_end(&task));
    }
    if (t->state->owner->parent != NULL && t->state->owner->parent->type == SW_STATE_MAP)
        sw_members_add(&o, "Map", map_part(t));
    t->context = sw_members_end(&o);
}

static bool fail_context(tester *t, const char *what, sw_str name)
{
    return refuse(t, "ValidationException",
                  sw_str_format(t->arena, "Invalid Context object provided: %s%.*s%s", what,
                                SW_STR_ARG(name), name.bytes > 0 ? "' is not allowed" : ""));
}

static bool known_members(tester *t, sw_value part, const char *const *names)
{
    for (uint32_t i = 0; part.type == SW_OBJECT && i < part.size; i++) {
        size_t at = 0;
        while (names[at] != NULL && !sw_str_is(sw_value_key(part, i), names[at]))
            at++;
        if (names[at] == NULL)
            return fail_context(t, "Field '", sw_value_key(part, i));
    }
    return true;
}

// aws: recorded, test_state_context_object.
static bool check_context(tester *t, sw_value context)
{
    static const char *const top[] = {"Execution", "StateMachine", "State", "Task", NULL};
    static const char *const execution[] = {"Id",        "Input",        "Name",        "RoleArn",
                                            "StartTime", "RedriveCount", "RedriveTime", NULL};
    if (sw_value_get(context, SW_STR("Map")).type != SW_UNDEFINED)
        return fail_context(t, "'Map' field is not supported when mocking a Context object",
                            SW_STR(""));
    sw_value run = sw_value_get(context, SW_STR("Execution")), id = sw_value_get(run, SW_STR("Id"));
    if (!known_members(t, context, top) || !known_members(t, run, execution))
        return false;
    if (id.type != SW_UNDEFINED && id.type != SW_STRING)
        return fail_context(t, "Execution.Id must be a string", SW_STR(""));
    if (sw_value_get(context, SW_STR("Task")).type != SW_UNDEFINED && !sw_state_has_token(t->state))
        return fail_context(
            t,
            "Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern",
            SW_STR(""));
    t->context = context;
    return true;
}

// Reading the request -----------------------------------------------------------------------------

static bool read_json(tester *t, sw_str text, const char *what, sw_value *value)
{
    sw_error err;
    sw_str   copy = sw_str_copy(t->arena, text);
    if (sw_json_parse(t->arena, copy, 0, value, &err))
        return true;
    return refuse(t, "ValidationException",
                  sw_str_format(t->arena, "Invalid %s: '%s'", what, err.message));
}

static bool read_input(tester *t)
{
    sw_error err;
    t->input_text =
        sw_str_copy(t->arena, t->request->input.text == NULL ? SW_STR("{}") : t->request->input);
    if (sw_json_parse(t->arena, t->input_text, 0, &t->input, &err))
        return true;
    return refuse(
        t, "InvalidExecutionInput",
        sw_str_format(t->arena, "Invalid State Machine Execution Input: '%s'", err.message));
}

static bool read_context(tester *t)
{
    sw_value context;
    if (t->request->context.text == NULL) {
        make_context(t);
        return true;
    }
    return read_json(t, t->request->context, "context", &context) && check_context(t, context);
}

static bool read_variables(tester *t)
{
    t->variables = sw_undefined();
    return t->request->variables.text == NULL ||
           read_json(t, t->request->variables, "variables", &t->variables);
}

static bool is_mocked(const tester *t)
{
    return t->request->mock_result.text != NULL || t->request->has_mock_error;
}

static const char *const type_names[] = {"Task", "Parallel", "Map",     "Pass",
                                         "Wait", "Choice",   "Succeed", "Fail"};

static bool has_children(const sw_state *state)
{
    return state->type == SW_STATE_MAP || state->type == SW_STATE_PARALLEL;
}

// aws: recorded, test_state_mock_validation.
static bool check_mock(tester *t)
{
    const sw_test_request *r = t->request;
    if (r->mock_result.text != NULL && r->has_mock_error)
        return invalid(
            t, "A test mock should have only one of the following fields: [result, errorOutput].");
    if (is_mocked(t) && r->reveal_secrets)
        return invalid(t, "TestState does not support RevealSecrets when a mock is specified.");
    if (!is_mocked(t) && r->has_failure_count)
        return invalid(
            t, "TestState does not support MapIterationFailureCount when a mock is not specified.");
    return true;
}

static bool check_kind(tester *t)
{
    const sw_state *state = t->state;
    bool            task = state->type == SW_STATE_TASK;
    if (is_mocked(t) && !task && !has_children(state))
        return refuse(t, "ValidationException",
                      sw_str_format(t->arena,
                                    "State type '%s' is not supported when a mock is specified",
                                    type_names[state->type]));
    if (is_mocked(t))
        return true;
    if (has_children(state))
        return refuse(t, "InvalidDefinition",
                      SW_STR("TestState API does not support Map or Parallel states. Supported "
                             "state types include: "
                             "[Task, Wait, Pass, Succeed, Fail, Choice]"));
    if (task && t->request->role_arn.text == NULL)
        return invalid(t, "RoleArn must be specified when testing a Task state");
    if (task && (state->task.kind == SW_RESOURCE_ACTIVITY || sw_state_has_token(state)))
        return invalid(t, "TestState needs a mock for activities and for the '.sync' and "
                          "'.waitForTaskToken' patterns");
    return true;
}

// Running -----------------------------------------------------------------------------------------

static sw_value get_context(const sw_scope *scope, sw_arena *arena)
{
    (void)arena;
    return ((const tester *)scope->owner)->context;
}

static sw_value get_variable(const sw_scope *scope, sw_str name)
{
    return sw_value_get(((const tester *)scope->owner)->variables, name);
}

static void begin_step(tester *t)
{
    t->step = (sw_step){.state = t->state,
                        .arena = t->arena,
                        .scratch = &t->scratch,
                        .scope = {.input = t->input,
                                  .context = get_context,
                                  .variable = get_variable,
                                  .owner = t,
                                  .chance = &t->chance,
                                  .now_ms = t->request->now_ms},
                        .input = t->input,
                        .entered_event = 2,
                        .trace = trace};
}

static void set_output(tester *t)
{
    t->result->output = show(t, t->step.output);
    if (t->step.next != NULL)
        t->result->next_state = sw_str_copy(t->arena, t->step.next->name);
}

static void succeed(tester *t)
{
    t->result->status = SW_TEST_SUCCEEDED;
    set_output(t);
}

// docs: RETRIABLE while the matching retrier has attempts left, then the catchers.
static bool is_retriable(tester *t)
{
    t->retry_index = sw_retry_find(t->state, &t->result->failure);
    if (t->retry_index < 0)
        return false;
    const sw_retrier *retrier = &t->state->retriers[t->retry_index];
    if (t->request->retry_count >= retrier->max_attempts)
        return false;
    t->backoff_s =
        sw_retry_delay_ms(retrier, (uint32_t)t->request->retry_count + 1, 0.999999) / 1000;
    if (!retrier->jitter_full)
        t->backoff_s = sw_retry_delay_ms(retrier, (uint32_t)t->request->retry_count + 1, 0) / 1000;
    return true;
}

static bool catch_failure(tester *t)
{
    const sw_catcher *catcher = sw_catch_find(t->state, &t->result->failure);
    if (catcher == NULL)
        return false;
    t->step.trace = NULL; // what a catcher does is not shown
    t->step.scope.input = t->input;
    if (!sw_step_catch(&t->step, catcher, sw_failure_to_value(t->arena, &t->result->failure))) {
        t->result->failure = t->step.failure;
        return false;
    }
    t->catch_index = (int)(catcher - t->state->catchers);
    set_output(t);
    return true;
}

static void fail(tester *t, const sw_failure *failure)
{
    t->result->failure = *failure;
    if (is_retriable(t))
        t->result->status = SW_TEST_RETRIABLE;
    else
        t->result->status = catch_failure(t) ? SW_TEST_CAUGHT_ERROR : SW_TEST_FAILED;
}

static void finish_with(tester *t, sw_value result)
{
    bool shown = t->state->type == SW_STATE_TASK ||
                 (t->state->type == SW_STATE_PASS && t->state->result != NULL);
    if (shown)
        note_data(t, "result", result);
    t->step.scope.result = sw_undefined();
    if (sw_step_finish_with_result(&t->step, result))
        succeed(t);
    else
        fail(t, &t->step.failure);
}

static bool needs_task(tester *t, const sw_task_plan *plan)
{
    static const sw_task_kind kinds[] = {[SW_RESOURCE_LAMBDA] = SW_TASK_LAMBDA,
                                         [SW_RESOURCE_ACTIVITY] = SW_TASK_ACTIVITY,
                                         [SW_RESOURCE_SERVICE] = SW_TASK_SERVICE};
    const sw_task            *task = &t->state->task;
    if (t->request->task_result.text != NULL || t->request->task_failure != NULL)
        return false;
    t->result->status = SW_TEST_NEEDS_TASK;
    t->result->task_kind = kinds[task->kind];
    t->result->state = sw_str_copy(t->arena, t->state->name);
    t->result->resource = sw_str_copy(t->arena, task->arn);
    t->result->resource_type = sw_str_copy(t->arena, task->resource_type);
    t->result->action = sw_str_copy(t->arena, task->resource);
    t->result->parameters = show(t, plan->parameters);
    t->result->timeout_s = plan->timeout_s;
    t->result->role = plan->role;
    sw_value run = sw_value_get(t->context, SW_STR("Execution"));
    sw_value id = sw_value_get(run, SW_STR("Id"));
    t->result->execution_arn = id.type == SW_STRING ? sw_value_str(id) : SW_STR("");
    return true;
}

static void run_task(tester *t)
{
    const sw_test_request *r = t->request;
    sw_task_plan           plan;
    sw_value               result;
    if (!sw_task_get_plan(&t->step, &plan)) {
        fail(t, &t->step.failure);
        return;
    }
    if (r->has_mock_error) {
        fail(t, &r->mock_error);
        return;
    }
    if (r->mock_result.text != NULL) {
        if (!read_json(t, r->mock_result, "mock", &result)) {
            invalid(t, "Mocked result must be valid JSON");
            return;
        }
        sw_str fault = sw_test_check_result(&t->state->task, result, r->check_required,
                                            r->check_types, t->arena);
        const sw_machine_options *options = r->options;
        if (fault.bytes == 0 && r->check_types && options->check_result != NULL)
            fault = options->check_result(options->who, t->state->task.arn, result,
                                          r->check_required, t->arena);
        if (fault.bytes > 0)
            refuse(t, "ValidationException", fault);
        else
            finish_with(t, result);
        return;
    }
    if (needs_task(t, &plan))
        return;
    if (r->task_failure != NULL)
        fail(t, r->task_failure);
    else if (read_json(t, r->task_result, "result", &result))
        finish_with(t, result);
}

// Map and Parallel --------------------------------------------------------------------------------

static void note_number(tester *t, const char *name, const sw_number_field *field)
{
    sw_value value;
    if (field->set && sw_number_evaluate(&t->step, field, &value))
        note(t, name, value);
}

// A float of the API's model: 1 is shown as 1.0.
static void note_percentage(tester *t, const sw_number_field *field)
{
    sw_value value;
    if (!field->set || !sw_number_evaluate(&t->step, field, &value) || value.type != SW_NUMBER)
        return;
    int64_t whole;
    if (sw_value_integer(value, &whole)) {
        sw_str text = sw_str_format(t->arena, "%lld.0", (long long)whole);
        value = (sw_value){.type = SW_NUMBER,
                           .flags = SW_VALUE_SPELLED,
                           .size = (uint32_t)text.bytes,
                           .text = text.text};
    }
    note(t, "toleratedFailurePercentage", value);
}

static bool read_items(tester *t, sw_value *items)
{
    const sw_map *map = &t->state->map;
    if (map->item_reader.type != SW_UNDEFINED) {
        // docs: the items as if they had been read, else the input stands for them.
        if (t->request->item_reader_data.text != NULL)
            return read_json(t, t->request->item_reader_data, "mapItemReaderData", items);
        *items = t->input;
        return true;
    }
    if (!sw_map_get_items(&t->step, items)) {
        fail(t, &t->step.failure);
        return false;
    }
    if (t->state->language == SW_LANGUAGE_JSONPATH)
        note_data(t, "afterItemsPath", *items);
    return true;
}

// Whether so many failed iterations fail the Map. aws: without a tolerance set the mocked result
// stands (recorded).
static bool exceeds_tolerance(tester *t, uint32_t item_count)
{
    const sw_map *map = &t->state->map;
    sw_value      value;
    double        failed = (double)t->request->failure_count;
    if (map->tolerated_failure_count.set &&
        sw_number_evaluate(&t->step, &map->tolerated_failure_count, &value) &&
        failed > sw_value_number(value))
        return true;
    return map->tolerated_failure_percentage.set && item_count > 0 &&
           sw_number_evaluate(&t->step, &map->tolerated_failure_percentage, &value) &&
           failed * 100 / item_count > sw_value_number(value);
}

static bool check_children_result(tester *t)
{
    sw_value result_value, *result = &result_value;
    if (t->request->mock_result.text == NULL || !has_children(t->state))
        return true;
    bool writer =
        t->state->type == SW_STATE_MAP && t->state->map.result_writer.type == SW_OBJECT &&
        sw_value_get(t->state->map.result_writer, SW_STR("Resource")).type != SW_UNDEFINED;
    if (!read_json(t, t->request->mock_result, "mock", result))
        return invalid(t, "Mocked result must be valid JSON");
    if (writer && result->type != SW_OBJECT)
        return invalid(t, "Mocked result must be a JSON object.");
    if (!writer && result->type != SW_ARRAY)
        return invalid(t, "Mocked result must be an array.");
    if (t->state->type == SW_STATE_PARALLEL && result->size != t->state->parallel.branch_count)
        return invalid(
            t,
            "Mocked result must contain the same number of items as number of Parallel branches.");
    return true;
}

static void finish_children(tester *t)
{
    sw_value result;
    if (t->request->has_mock_error)
        fail(t, &t->request->mock_error);
    else if (read_json(t, t->request->mock_result, "mock", &result))
        finish_with(t, result);
}

static void run_map(tester *t)
{
    sw_value      items, concurrency = sw_number(0);
    const sw_map *map = &t->state->map;
    if (!read_items(t, &items))
        return;
    if (map->max_concurrency.set &&
        !sw_number_evaluate(&t->step, &map->max_concurrency, &concurrency)) {
        fail(t, &t->step.failure);
        return;
    }
    note(t, "maxConcurrency", concurrency);
    note_number(t, "toleratedFailureCount", &map->tolerated_failure_count);
    note_percentage(t, &map->tolerated_failure_percentage);
    if (t->request->has_failure_count && items.type == SW_ARRAY &&
        t->request->failure_count > items.size) {
        invalid(t, "Map iteration failure count must be less than or equal to the number of Map "
                   "iterations");
        return;
    }
    if (!t->request->has_mock_error && t->request->has_failure_count &&
        exceeds_tolerance(t, items.size)) {
        sw_failure failure = {.has_error = true,
                              .has_cause = true,
                              .error = SW_STR("States.ExceedToleratedFailureThreshold"),
                              .cause =
                                  SW_STR("The specified tolerated failure threshold was exceeded")};
        fail(t, &failure);
        return;
    }
    finish_children(t);
}

static void run_parallel(tester *t)
{
    sw_value work;
    if (sw_step_get_work_input(&t->step, &work))
        finish_children(t);
    else
        fail(t, &t->step.failure);
}

// States without tasks and children ---------------------------------------------------------------

static bool finish_pure(tester *t)
{
    int64_t due_ms;
    if (t->state->type == SW_STATE_WAIT && !sw_wait_get_due(&t->step, t->request->now_ms, &due_ms))
        return false;
    return sw_step_finish_pure(&t->step);
}

static void run_pure(tester *t)
{
    if (t->state->type == SW_STATE_PASS && t->state->result != NULL &&
        t->state->language == SW_LANGUAGE_JSONPATH)
        note_data(t, "result", t->state->result->value);
    if (finish_pure(t))
        succeed(t);
    else
        fail(t, &t->step.failure);
}

static void run(tester *t)
{
    begin_step(t);
    note_data(t, "input", t->input);
    if (!sw_step_apply_input_path(&t->step)) {
        fail(t, &t->step.failure);
        return;
    }
    switch (t->state->type) {
    case SW_STATE_TASK:
        run_task(t);
        break;
    case SW_STATE_MAP:
        run_map(t);
        break;
    case SW_STATE_PARALLEL:
        run_parallel(t);
        break;
    case SW_STATE_PASS:
    case SW_STATE_WAIT:
    case SW_STATE_CHOICE:
    case SW_STATE_SUCCEED:
    case SW_STATE_FAIL:
        run_pure(t);
        break;
    }
}

static void note_error_details(tester *t)
{
    sw_members o = sw_members_begin(t->arena, 8);
    if (t->catch_index >= 0)
        sw_members_add(&o, "catchIndex", sw_number(t->catch_index));
    else if (t->retry_index >= 0)
        sw_members_add(&o, "retryIndex", sw_number(t->retry_index));
    if (t->result->status == SW_TEST_RETRIABLE)
        sw_members_add(&o, "retryBackoffIntervalSeconds", sw_number((double)t->backoff_s));
    if (sw_members_end(&o).size > 0)
        note(t, "errorDetails", sw_members_end(&o));
}

static void note_http(tester *t)
{
    if (t->request->http_request.type == SW_OBJECT)
        note(t, "request", t->request->http_request);
    if (t->request->http_response.type == SW_OBJECT)
        note(t, "response", t->request->http_response);
}

// The whole ---------------------------------------------------------------------------------------

static bool find_state(tester *t)
{
    sw_str name =
        t->request->state_name.text == NULL ? SW_STR(SW_TEST_STATE_NAME) : t->request->state_name;
    t->state = sw_machine_find_state(t->machine, name);
    return t->state != NULL || invalid(t, "State not found in definition");
}

static bool prepare(tester *t)
{
    return find_state(t) && check_kind(t) && check_children_result(t) && read_input(t) &&
           read_variables(t) && read_context(t);
}

static void test(tester *t)
{
    sw_object_build(t->arena, NOTES_MAX, &t->notes);
    if (!prepare(t))
        return;
    run(t);
    if (t->result->status == SW_TEST_REFUSED || t->result->status == SW_TEST_NEEDS_TASK)
        return;
    note_http(t);
    note_error_details(t);
    t->result->inspection = (sw_value){.type = SW_OBJECT, .size = t->note_count, .items = t->notes};
    t->result->inspection = sw_value_copy(t->arena, t->result->inspection); // the machine goes
    t->result->failure.error = sw_str_copy(t->arena, t->result->failure.error);
    t->result->failure.cause = sw_str_copy(t->arena, t->result->failure.cause);
}

const char *sw_test_status_name(sw_test_status status)
{
    static const char *const names[] = {"SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR", "", ""};
    return names[status];
}

static bool compile(tester *t, sw_error *err)
{
    sw_str definition = t->request->definition;
    if (t->request->state_name.text == NULL &&
        !sw_test_wrap_state(definition, t->arena, &definition))
        definition = t->request->definition; // not JSON: the validator says so
    if (sw_machine_new(definition, t->request->options, t->arena, &t->result->diagnostics,
                       &t->machine, err))
        return true;
    t->result->status = SW_TEST_REFUSED;
    t->result->exception = "InvalidDefinition";
    return false;
}

bool sw_test_state(const sw_test_request *request, sw_arena *arena, sw_test_result *result,
                   sw_error *err)
{
    tester t = {
        .request = request, .result = result, .arena = arena, .retry_index = -1, .catch_index = -1};
    jmp_buf escape, *outer = arena->escape;
    *result = (sw_test_result){0};
    *err = (sw_error){0};
    sw_arena_init(&t.scratch);
    sw_chance_seed(&t.chance, request->seed, 0);
    if (!check_mock(&t))
        return true;
    if (!compile(&t, err))
        return result->diagnostics.errors > 0;
    volatile bool ok = true;
    if (setjmp(escape) == 0) {
        arena->escape = t.scratch.escape = &escape;
        test(&t);
    } else {
        ok = sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    }
    arena->escape = outer;
    sw_machine_unref(t.machine);
    sw_arena_clear(&t.scratch);
    return ok;
}
