// map_runs.c: DescribeMapRun, ListMapRuns, UpdateMapRun.

#include "server/api/api.h"

bool sw_api_find_map_run(sw_request *request, const char *member, sw_map_run_row *row)
{
    sw_arn   arn;
    sw_error err;
    bool     found = false;
    if (!sw_arn_check(request, member, SW_ARN_MAP_RUN, &arn))
        return false;
    if (!sw_runtime_find_map_run(request->server->runtime, request->reader, arn.whole,
                                 arn.qualifier, &request->arena, row, &found, &err))
        return sw_request_fail_internal(request, &err);
    return found || sw_request_fail(request, "ResourceNotFound", "Map Run Does Not Exist: '%.*s'",
                                    SW_STR_ARG(arn.whole));
}

// Listing -----------------------------------------------------------------------------------------

typedef struct listing {
    sw_api_page page;
    int64_t     after, last; // ids
} listing;

static bool list_map_run(void *who, const sw_map_run_row *row)
{
    listing  *l = who;
    sw_arena *arena = &l->page.request->arena;
    if (row->id <= l->after)
        return true;
    if (!sw_api_page_has_room(&l->page))
        return false;
    sw_answer item = sw_answer_begin(arena);
    sw_str    arn = sw_str_copy(arena, row->arn);
    sw_answer_text(&item, "executionArn", sw_str_copy(arena, row->execution_arn));
    sw_answer_text(&item, "mapRunArn", arn);
    sw_answer_text(&item, "stateMachineArn", sw_arn_of_children(arena, arn));
    sw_answer_time(&item, "startDate", row->start_ms);
    if (row->stop_ms != 0)
        sw_answer_time(&item, "stopDate", row->stop_ms);
    sw_api_page_add(&l->page, &item);
    l->last = row->id;
    return true;
}

static bool read_place(sw_request *request, int64_t *after)
{
    sw_str text;
    *after = 0;
    if (!sw_api_token_read(request, "mapRuns", &text))
        return false;
    return text.bytes == 0 || sw_arn_is_version(text, after) ||
           sw_request_fail(request, "InvalidToken", "Invalid Token: 'Invalid token'");
}

void sw_action_list_map_runs(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    sw_error         err;
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    listing l = {.page = sw_api_page_begin(request)};
    if (!read_place(request, &l.after))
        return;
    if (!request->reader->list_map_runs(request->reader, row.id, list_map_run, &l, &err)) {
        sw_request_fail_internal(request, &err);
        return;
    }
    l.page.last = sw_str_format(&request->arena, "%lld", (long long)l.last);
    sw_api_page_answer(&l.page, "mapRuns", "mapRuns");
}

// One ---------------------------------------------------------------------------------------------

void sw_action_describe_map_run(sw_request *request)
{
    sw_map_run_row row;
    if (sw_api_find_map_run(request, "mapRunArn", &row))
        sw_runtime_describe_map_run(request->server->runtime, row.execution, row.id, request);
}

void sw_action_update_map_run(sw_request *request)
{
    sw_map_run_row  row;
    sw_value        percentage = sw_input_get(request, "toleratedFailurePercentage");
    sw_map_settings settings = {
        .has_concurrency = sw_input_get(request, "maxConcurrency").type != SW_UNDEFINED,
        .has_count = sw_input_get(request, "toleratedFailureCount").type != SW_UNDEFINED,
        .has_percentage = percentage.type == SW_NUMBER,
        .concurrency = (uint32_t)sw_input_integer(request, "maxConcurrency", 0),
        .count = sw_input_integer(request, "toleratedFailureCount", 0),
        .percentage = percentage.type == SW_NUMBER ? sw_value_number(percentage) : 0};
    if (!sw_api_find_map_run(request, "mapRunArn", &row))
        return;
    sw_runtime_update_map_run(request->server->runtime, row.execution, row.id, &settings, request);
}
