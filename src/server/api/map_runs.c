// map_runs.c: DescribeMapRun, ListMapRuns, UpdateMapRun. There are no Map Runs as long as
// definitions with a distributed Map are refused, so these answer for none.

#include "server/api/api.h"

void sw_action_list_map_runs(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    sw_value        *items;
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_add(&answer, "mapRuns", sw_array_build(&request->arena, 0, &items));
    sw_request_succeed(request, sw_answer_end(&answer));
}

static void fail_map_run(sw_request *request)
{
    sw_arn arn;
    if (sw_arn_check(request, "mapRunArn", SW_ARN_MAP_RUN, &arn))
        sw_request_fail(request, "ResourceNotFound", "Map Run Does Not Exist: '%.*s'",
                        SW_STR_ARG(arn.whole));
}

void sw_action_describe_map_run(sw_request *request)
{
    fail_map_run(request);
}

void sw_action_update_map_run(sw_request *request)
{
    fail_map_run(request);
}
