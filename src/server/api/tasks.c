// tasks.c: GetActivityTask, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat.

#include "server/api/api.h"

void sw_action_get_activity_task(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    sw_str      worker_name = sw_input_text(request, "workerName");
    if (!sw_arn_check(request, "activityArn", SW_ARN_ACTIVITY, &arn))
        return;
    sw_catalog_lock(catalog);
    const sw_activity_entry *activity = sw_catalog_find_activity(catalog, arn.whole);
    int64_t                  id = activity == NULL ? 0 : activity->row.id;
    sw_catalog_unlock(catalog);
    if (id == 0)
        sw_request_fail(request, "ActivityDoesNotExist", "Activity Does Not Exist: '%.*s'",
                        SW_STR_ARG(arn.whole));
    else
        sw_runtime_poll_activity(request->server->runtime, id,
                                 worker_name.text == NULL ? SW_STR("") : worker_name, request);
}

static void report(sw_request *request, const sw_happening *happening)
{
    sw_runtime_report(request->server->runtime, sw_input_text(request, "taskToken"), happening,
                      request);
}

void sw_action_send_task_success(sw_request *request)
{
    sw_error err;
    sw_value parsed;
    sw_str   output = sw_input_text(request, "output");
    // aws: recorded; the token is looked at first.
    if (!sw_runtime_check_token(request->server->runtime, sw_input_text(request, "taskToken"),
                                request))
        return;
    if (!sw_json_parse(&request->arena, output, 0, &parsed, &err)) {
        sw_request_fail(request, "InvalidOutput", "Invalid Output: '%s'", err.message);
        return;
    }
    report(request, &(sw_happening){.kind = SW_HAPPENED_TASK_SUCCEEDED, .output = output});
}

void sw_action_send_task_failure(sw_request *request)
{
    sw_str error = sw_input_text(request, "error"), cause = sw_input_text(request, "cause");
    report(request, &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED,
                                    .failure = {.has_error = error.text != NULL,
                                                .has_cause = cause.text != NULL,
                                                .error = error,
                                                .cause = cause}});
}

void sw_action_send_task_heartbeat(sw_request *request)
{
    report(request, &(sw_happening){.kind = SW_HAPPENED_TASK_HEARTBEAT});
}
