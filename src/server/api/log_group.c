// log_group.c: whether a loggingConfiguration's log group is there, when logs go to CloudWatch.
//
// docs: AWS finds out by making the stream log_stream_created_by_aws_to_validate_log_delivery_
// subscriptions in it, before the machine is created; and so do we.

#include "server/api/api.h"

#include "server/runtime.h"
#include "server/server.h"

typedef struct check {
    sw_request *request;
    sw_str      group;
    void (*then)(sw_request *request);
} check;

static sw_str wanted_group(const sw_request *request)
{
    sw_value logging = sw_input_get(request, "loggingConfiguration");
    sw_value level = sw_value_get(logging, SW_STR("level"));
    sw_value first = sw_value_at(sw_value_get(logging, SW_STR("destinations")), 0);
    sw_value group =
        sw_value_get(sw_value_get(first, SW_STR("cloudWatchLogsLogGroup")), SW_STR("logGroupArn"));
    bool off = level.type != SW_STRING || sw_str_is(sw_value_str(level), "OFF");
    return off || group.type != SW_STRING ? (sw_str){"", 0} : sw_value_str(group);
}

// aws: recorded; the last one is ours.
static void refuse(sw_request *request, const sw_failure *failure)
{
    if (sw_str_ends(failure->error, ".ResourceNotFoundException"))
        sw_request_fail(request, "InvalidLoggingConfiguration",
                        "Invalid Logging Configuration: Log Destination not found.");
    else if (sw_str_ends(failure->error, ".AccessDeniedException"))
        sw_request_fail(request, "AccessDeniedException",
                        "The state machine IAM Role is not authorized to access the Log "
                        "Destination");
    else
        sw_request_fail(request, "InvalidLoggingConfiguration",
                        "Invalid Logging Configuration: Log Destination cannot be reached: %.*s",
                        SW_STR_ARG(failure->cause));
}

// On another thread than the request came on, so with another reader.
static void go_on(sw_request *request, void (*then)(sw_request *request))
{
    sw_store  *store = request->server->options.store;
    sw_reader *reader;
    sw_error   err;
    if (!store->reader_open(store, &reader, &err)) {
        sw_request_fail_internal(request, &err);
        return;
    }
    request->reader = reader;
    then(request);
    reader->close(reader);
}

static void is_checked(void *who, const sw_happening *outcome)
{
    check      *c = who;
    sw_request *request = c->request;
    sw_server  *server = request->server; // the request may be gone in the end
    bool        there = outcome->kind == SW_HAPPENED_TASK_SUCCEEDED ||
                 sw_str_ends(outcome->failure.error, ".ResourceAlreadyExistsException");
    __atomic_add_fetch(&server->serving, 1, __ATOMIC_SEQ_CST);
    if (!there)
        refuse(request, &outcome->failure);
    else if (__atomic_load_n(&server->closing, __ATOMIC_SEQ_CST))
        sw_request_fail(request, "ServiceUnavailable", "The server is ending.");
    else
        go_on(request, c->then);
    __atomic_sub_fetch(&server->serving, 1, __ATOMIC_SEQ_CST);
}

static sw_str print_parameters(sw_arena *arena, sw_str group)
{
    sw_members m = sw_members_begin(arena, 2);
    sw_members_add(&m, "LogGroupName", sw_string(sw_log_group_name(group)));
    sw_members_add(
        &m, "LogStreamName",
        sw_string(SW_STR("log_stream_created_by_aws_to_validate_log_delivery_subscriptions")));
    return sw_json_print(arena, sw_members_end(&m));
}

void sw_api_check_log_group(sw_request *request, void (*then)(sw_request *request))
{
    sw_server *server = request->server;
    sw_str     group = wanted_group(request);
    if (group.bytes == 0 || server->logs == NULL || !sw_logs_need_groups(server->logs)) {
        then(request);
        return;
    }
    check *c = SW_ARENA_NEW(&request->arena, check);
    *c = (check){request, group, then};
    sw_outside_task task = {.kind = SW_TASK_SERVICE,
                            .resource =
                                SW_STR("arn:aws:states:::aws-sdk:cloudwatchlogs:createLogStream"),
                            .resource_type = SW_STR("aws-sdk:cloudwatchlogs"),
                            .action = SW_STR("createLogStream"),
                            .parameters = print_parameters(&request->arena, group),
                            .timeout_s = 60};
    sw_runtime_run_task(server->runtime, &task, is_checked, c);
}
