// executions.c: StartExecution, StartSyncExecution, StopExecution, DescribeExecution,
// ListExecutions, RedriveExecution.

#include "server/api/api.h"

#define NOT_SUPPORTED "This operation is not supported by this type of state machine"

// Starting ----------------------------------------------------------------------------------------

// aws: Jackson's words, without its place (recorded).
static bool check_input(sw_request *request, sw_str input)
{
    sw_error err;
    sw_value value;
    if (input.bytes == 0)
        return sw_request_fail(request, "InvalidExecutionInput",
                               "Invalid State Machine Execution Input: 'Invalid execution input.'");
    if (sw_json_parse(&request->arena, input, 0, &value, &err))
        return true;
    return sw_request_fail(request, "InvalidExecutionInput",
                           "Invalid State Machine Execution Input: '%s'", err.message);
}

// Step Functions Local: ...:stateMachine:Name#TestCase chooses the mock file's case.
static sw_str take_mock_case(sw_str *arn)
{
    const char *hash = arn->bytes == 0 ? NULL : memchr(arn->text, '#', arn->bytes);
    if (hash == NULL)
        return (sw_str){"", 0};
    sw_str name = {hash + 1, arn->bytes - (size_t)(hash + 1 - arn->text)};
    arn->bytes = (size_t)(hash - arn->text);
    return name;
}

// Calling what the file was meant to mock would be worse than no start.
static bool check_mock_case(sw_request *request, const sw_start *start)
{
    sw_task_runner *runner = request->server->options.runner;
    if (start->mock_case.bytes == 0)
        return true;
    if (runner != NULL && runner->has_case != NULL &&
        runner->has_case(runner, start->machine_name, start->mock_case))
        return true;
    sw_runtime_refuse_start(request->server->runtime, start);
    return sw_request_fail(
        request, "InvalidName",
        "Invalid Name: the mock file has no test case '%.*s' for the state machine '%.*s'",
        SW_STR_ARG(start->mock_case), SW_STR_ARG(start->machine_name));
}

static bool fail_start(sw_request *request, const sw_arn *arn)
{
    sw_catalog *catalog = request->server->catalog;
    sw_catalog_lock(catalog);
    const sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn->unqualified);
    bool                    deleting = machine != NULL && machine->row.deleting;
    sw_catalog_unlock(catalog);
    if (!deleting)
        return sw_api_fail_machine(request, arn->whole);
    return sw_request_fail(request, "StateMachineDeleting",
                           "State Machine is being deleted: '%.*s'", SW_STR_ARG(arn->whole));
}

static bool read_start(sw_request *request, sw_start *start)
{
    sw_arn   parsed;
    sw_error err;
    sw_str   arn = sw_input_text(request, "stateMachineArn"), name = sw_input_text(request, "name");
    sw_str   input = sw_input_text(request, "input"), trace = sw_input_text(request, "traceHeader");
    *start = (sw_start){.mock_case = take_mock_case(&arn)};
    if (!sw_arn_parse(arn, &parsed))
        return sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &parsed);
    if (parsed.kind != SW_ARN_STATE_MACHINE)
        return sw_request_fail(request, "InvalidArn",
                               "Invalid Arn: 'Resource type not valid in this context: %.*s'",
                               SW_STR_ARG(parsed.type));
    if (name.text != NULL && !sw_name_is_valid(name))
        return sw_request_fail(request, "InvalidName", "Invalid Name: '%.*s'", SW_STR_ARG(name));
    start->name = name.text == NULL ? SW_STR("") : name;
    start->input = input.text == NULL ? SW_STR("{}") : input;
    start->trace_header = trace.text == NULL ? SW_STR("") : trace;
    if (!check_input(request, start->input))
        return false;
    if (sw_start_resolve(request->server->catalog, request->reader, arn, &request->arena, start,
                         &err))
        return check_mock_case(request, start);
    if (err.code != SW_ERROR_NOT_FOUND)
        return sw_request_fail_internal(request, &err);
    return fail_start(request, &parsed);
}

void sw_action_start_execution(sw_request *request)
{
    sw_start start;
    if (read_start(request, &start))
        sw_runtime_start(request->server->runtime, &start, request);
}

void sw_action_start_sync_execution(sw_request *request)
{
    sw_start start;
    if (!read_start(request, &start))
        return;
    start.sync = true;
    if (sw_machine_get_type(start.compiled) == SW_EXPRESS) {
        sw_runtime_start(request->server->runtime, &start, request);
        return;
    }
    sw_runtime_refuse_start(request->server->runtime, &start);
    sw_request_fail(request, "StateMachineTypeNotSupported", NOT_SUPPORTED);
}

// Stopping ----------------------------------------------------------------------------------------

void sw_action_stop_execution(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    sw_str error = sw_input_text(request, "error"), cause = sw_input_text(request, "cause");
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    sw_failure failure = {.has_error = error.text != NULL,
                          .has_cause = cause.text != NULL,
                          .error = error,
                          .cause = cause};
    sw_runtime_stop_execution(request->server->runtime, row.id, failure, row.stop_ms, request);
}

// Describing --------------------------------------------------------------------------------------

static sw_value included(sw_arena *arena)
{
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_add(&answer, "included", sw_bool(true));
    return sw_answer_end(&answer);
}

static bool wants_data(const sw_request *request)
{
    sw_str data = sw_input_text(request, "includedData");
    return data.text == NULL || !sw_str_is(data, "METADATA_ONLY");
}

static void add_payloads(sw_answer *answer, const sw_execution_row *row)
{
    sw_answer_text(answer, "input", row->input);
    sw_answer_add(answer, "inputDetails", included(answer->arena));
    if (row->has_output) {
        sw_answer_text(answer, "output", row->output);
        sw_answer_add(answer, "outputDetails", included(answer->arena));
    }
}

// aws: a top-level time-out has neither error nor cause (recorded, global_timeout).
static void add_failure(sw_answer *answer, const sw_execution_row *row)
{
    if (row->status == SW_TIMED_OUT)
        return;
    if (row->has_error)
        sw_answer_text(answer, "error", row->error);
    if (row->has_cause)
        sw_answer_text(answer, "cause", row->cause);
}

// The Map Run that a child belongs to; empty: none.
static sw_str find_map_run_arn(sw_request *request, const sw_execution_row *row)
{
    sw_map_run_row map_run;
    sw_error       err;
    bool           found = false;
    if (row->machine < 0)
        request->reader->find_map_run(request->reader, -row->machine, &request->arena, &map_run,
                                      &found, &err);
    return found ? map_run.arn : (sw_str){NULL, 0};
}

void sw_action_describe_execution(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    if (!sw_api_find_any_execution(request, "executionArn", &row, &arn))
        return;
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_str    machine_arn = sw_arn_machine_of(&request->arena, &arn);
    sw_answer_text(&answer, "executionArn", arn.whole);
    sw_answer_text(&answer, "stateMachineArn", machine_arn);
    sw_answer_text(&answer, "name", row.name);
    sw_answer_text(&answer, "status", sw_str_from(sw_status_name((sw_status)row.status)));
    sw_answer_time(&answer, "startDate", row.start_ms);
    if (row.stop_ms != 0)
        sw_answer_time(&answer, "stopDate", row.stop_ms);
    if (wants_data(request)) {
        add_payloads(&answer, &row);
        add_failure(&answer, &row);
    }
    if (row.trace_header.bytes > 0)
        sw_answer_text(&answer, "traceHeader", row.trace_header);
    sw_answer_text(&answer, "mapRunArn", find_map_run_arn(request, &row));
    sw_api_add_qualifiers(&answer, machine_arn, &row);
    sw_api_add_redrive_status(request, &answer, &row);
    if (row.redrive_ms != 0)
        sw_answer_time(&answer, "redriveDate", row.redrive_ms);
    sw_request_succeed(request, sw_answer_end(&answer));
}

// Listing -----------------------------------------------------------------------------------------

typedef struct listing {
    sw_api_page page;
    sw_str      machine_arn;
    sw_str      map_run_arn; // .text NULL: they are none of a Map Run
    bool        express;
    int64_t     last_start_ms, last_id;
} listing;

static bool list_execution(void *who, const sw_execution_row *row)
{
    listing  *l = who;
    sw_arena *arena = &l->page.request->arena;
    if (!sw_api_page_has_room(&l->page))
        return false;
    sw_answer item = sw_answer_begin(arena);
    sw_str    name = sw_str_copy(arena, row->name);
    sw_answer_text(&item, "executionArn",
                   l->express ? sw_arn_of_express(arena, l->machine_arn, name, name)
                              : sw_arn_of_execution(arena, l->machine_arn, name));
    sw_answer_text(&item, "stateMachineArn", l->machine_arn);
    sw_answer_text(&item, "name", name);
    sw_answer_text(&item, "status", sw_str_from(sw_status_name((sw_status)row->status)));
    sw_answer_time(&item, "startDate", row->start_ms);
    if (row->stop_ms != 0)
        sw_answer_time(&item, "stopDate", row->stop_ms);
    if (l->map_run_arn.text != NULL) {
        sw_answer_text(&item, "mapRunArn", l->map_run_arn);
        sw_answer_add(&item, "itemCount", sw_number(row->parent.attempt));
    }
    sw_api_add_qualifiers(&item, l->machine_arn, row);
    sw_answer_add(&item, "redriveCount", sw_number(row->redrive_count));
    if (row->redrive_ms != 0)
        sw_answer_time(&item, "redriveDate", row->redrive_ms);
    sw_api_page_add(&l->page, &item);
    l->last_start_ms = row->start_ms;
    l->last_id = row->id;
    return true;
}

static int status_number(sw_str name)
{
    for (int i = SW_RUNNING; i <= SW_ABORTED; i++) {
        if (sw_str_is(name, sw_status_name((sw_status)i)))
            return i;
    }
    return -1;
}

static bool check_filters(sw_request *request)
{
    sw_str machine = sw_input_text(request, "stateMachineArn"),
           run = sw_input_text(request, "mapRunArn");
    sw_str status = sw_input_text(request, "statusFilter");
    if ((machine.text == NULL) == (run.text == NULL))
        return sw_request_fail(
            request, "ValidationException",
            "Must specify exactly one of the state machine ARN and the Map Run ARN");
    if (run.text != NULL)
        return true;
    if ((status.text != NULL && sw_str_is(status, "PENDING_REDRIVE")) ||
        sw_input_text(request, "redriveFilter").text != NULL)
        return sw_request_fail(
            request, "ValidationException",
            "PENDING_REDRIVE and redriveFilter can only be used with a Map Run ARN");
    return true;
}

// Under the lock, for a moment: what the ARN means.
static bool read_query(sw_request *request, const sw_arn *arn, sw_execution_query *query)
{
    const sw_machine_entry *machine = sw_api_lock_machine(request, arn);
    if (machine == NULL)
        return false;
    bool express = machine->row.type == SW_EXPRESS;
    query->machine = machine->row.id;
    sw_catalog_unlock(request->server->catalog);
    if (express)
        return sw_request_fail(request, "StateMachineTypeNotSupported", NOT_SUPPORTED);
    if (!sw_arn_is_version(arn->qualifier, &query->version)) {
        query->version = 0;
        query->alias = arn->qualifier;
    }
    sw_str status = sw_input_text(request, "statusFilter");
    query->status = status.text == NULL ? -1 : status_number(status);
    return true;
}

static bool read_place(sw_request *request, sw_execution_query *query)
{
    sw_str   place;
    sw_value value;
    if (!sw_api_token_read(request, "executions", &place))
        return false;
    if (place.bytes == 0)
        return true;
    if (sw_json_parse(&request->arena, place, 0, &value, NULL) &&
        sw_value_integer(sw_value_at(value, 0), &query->before_start_ms) &&
        sw_value_integer(sw_value_at(value, 1), &query->before_id) && query->before_id > 0)
        return true;
    return sw_request_fail(request, "InvalidToken", "Invalid Token: 'Invalid token'");
}

static bool read_machine(sw_request *request, sw_execution_query *query, listing *l)
{
    sw_arn arn;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn) ||
        !read_query(request, &arn, query))
        return false;
    l->machine_arn = arn.unqualified;
    return true;
}

static bool read_map_run(sw_request *request, sw_execution_query *query, listing *l)
{
    sw_map_run_row row;
    sw_str         status = sw_input_text(request, "statusFilter");
    if (!sw_api_find_map_run(request, "mapRunArn", &row))
        return false;
    query->machine = -row.id;
    query->status = status.text == NULL ? -1 : status_number(status);
    l->map_run_arn = row.arn;
    l->machine_arn = sw_arn_of_children(&request->arena, row.arn);
    l->express = row.express;
    return true;
}

void sw_action_list_executions(sw_request *request)
{
    sw_execution_query query = {0};
    listing            l = {.page = sw_api_page_begin(request)};
    sw_error           err;
    if (!check_filters(request))
        return;
    bool ok = sw_input_text(request, "mapRunArn").text != NULL ? read_map_run(request, &query, &l)
                                                               : read_machine(request, &query, &l);
    if (!ok || !read_place(request, &query))
        return;
    query.limit = l.page.limit + 1;
    if (!request->reader->list_executions(request->reader, &query, list_execution, &l, &err)) {
        sw_request_fail_internal(request, &err);
        return;
    }
    l.page.last = sw_str_format(&request->arena, "[%lld,%lld]", (long long)l.last_start_ms,
                                (long long)l.last_id);
    sw_api_page_answer(&l.page, "executions", "executions");
}

// Redriving ---------------------------------------------------------------------------------------

void sw_action_redrive_execution(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    if (row.parent.mode == SW_PARENT_MAP_RUN) {
        sw_request_fail(request, "ExecutionNotRedrivable",
                        "A child workflow execution is redriven with its Map Run: redrive the "
                        "execution that started that");
        return;
    }
    sw_runtime_redrive(request->server->runtime, row.id, sw_input_text(request, "clientToken"),
                       request);
}
