// activities.c: CreateActivity, DescribeActivity, DeleteActivity, ListActivities.

#include "server/api/api.h"

#define DEFAULT_ENCRYPTION "{\"type\":\"AWS_OWNED_KEY\"}"

static bool fail_activity(sw_request *request, sw_str arn)
{
    return sw_request_fail(request, "ActivityDoesNotExist", "Activity Does Not Exist: '%.*s'",
                           SW_STR_ARG(arn));
}

static sw_value created_answer(sw_arena *arena, const sw_activity_row *row)
{
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "activityArn", sw_str_copy(arena, row->arn));
    sw_answer_time(&answer, "creationDate", row->created_ms);
    return sw_answer_end(&answer);
}

static sw_activity_row *new_activity(sw_request *request, sw_batch *batch, sw_str arn, sw_str name)
{
    sw_activity_row *row = SW_ARENA_NEW(&batch->arena, sw_activity_row);
    sw_str encryption = sw_api_config_text(request, "encryptionConfiguration", DEFAULT_ENCRYPTION);
    *row = (sw_activity_row){.id = sw_catalog_next_activity_id(request->server->catalog),
                             .created_ms = request->now_ms,
                             .arn = sw_str_copy(&batch->arena, arn),
                             .name = sw_str_copy(&batch->arena, name),
                             .encryption = sw_str_copy(&batch->arena, encryption)};
    return row;
}

// aws: idempotent on the name; tags are ignored then.
void sw_action_create_activity(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_str      name = sw_input_text(request, "name");
    if (!sw_name_is_valid(name)) {
        sw_request_fail(request, "InvalidName", "Invalid Name: '%.*s'", SW_STR_ARG(name));
        return;
    }
    sw_str    arn = sw_arn_of_activity(&request->arena, request->region, request->account, name);
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_catalog_lock(catalog);
    const sw_activity_entry *old = sw_catalog_find_activity(catalog, arn);
    sw_value                 answer;
    if (old != NULL) {
        answer = created_answer(&request->arena, &old->row);
    } else {
        if (!sw_api_set_tags(request, catalog, arn, sw_input_get(request, "tags"))) {
            sw_catalog_unlock(catalog);
            sw_batch_free(batch);
            return;
        }
        sw_activity_row *row = new_activity(request, batch, arn, name);
        sw_catalog_put_activity(catalog, row);
        sw_batch_add(batch, SW_RECORD_ACTIVITY)->activity = row;
        sw_api_record_tags(batch, catalog, arn);
        answer = created_answer(&request->arena, row);
    }
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, answer);
    sw_catalog_unlock(catalog);
}

void sw_action_describe_activity(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    if (!sw_arn_check(request, "activityArn", SW_ARN_ACTIVITY, &arn))
        return;
    sw_catalog_lock(catalog);
    const sw_activity_entry *activity = sw_catalog_find_activity(catalog, arn.whole);
    sw_answer                answer = sw_answer_begin(&request->arena);
    if (activity != NULL) {
        sw_answer_text(&answer, "activityArn", arn.whole);
        sw_answer_text(&answer, "name", sw_str_copy(&request->arena, activity->row.name));
        sw_answer_time(&answer, "creationDate", activity->row.created_ms);
        sw_answer_add(
            &answer, "encryptionConfiguration",
            sw_api_json_or(&request->arena, activity->row.encryption, DEFAULT_ENCRYPTION));
    }
    sw_catalog_unlock(catalog);
    if (activity != NULL)
        sw_request_succeed(request, sw_answer_end(&answer));
    else
        fail_activity(request, arn.whole);
}

// aws: deleting what is not there succeeds.
void sw_action_delete_activity(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    if (!sw_arn_check(request, "activityArn", SW_ARN_ACTIVITY, &arn))
        return;
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_catalog_lock(catalog);
    sw_activity_entry *activity = sw_catalog_find_activity(catalog, arn.whole);
    if (activity != NULL) {
        int64_t id = activity->row.id;
        sw_runtime_drop_activity(activity);
        sw_catalog_remove_activity(catalog, id);
        sw_catalog_drop_tags(catalog, arn.whole);
        sw_batch_add(batch, SW_RECORD_ACTIVITY_DELETED)->id = id;
    }
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, sw_answer_end(&answer));
    sw_catalog_unlock(catalog);
}

// Listing -----------------------------------------------------------------------------------------

static bool list_activity(void *who, sw_activity_entry *activity)
{
    sw_api_page *page = who;
    sw_arena    *arena = &page->request->arena;
    if (!sw_arn_is_callers(page->request, activity->row.arn))
        return true;
    if (!sw_api_page_has_room(page))
        return false;
    sw_answer item = sw_answer_begin(arena);
    page->last = sw_str_copy(arena, activity->row.arn);
    sw_answer_text(&item, "activityArn", page->last);
    sw_answer_text(&item, "name", sw_str_copy(arena, activity->row.name));
    sw_answer_time(&item, "creationDate", activity->row.created_ms);
    sw_api_page_add(page, &item);
    return true;
}

void sw_action_list_activities(sw_request *request)
{
    sw_str place;
    if (!sw_api_token_read(request, "activities", &place))
        return;
    sw_api_page page = sw_api_page_begin(request);
    sw_catalog_lock(request->server->catalog);
    sw_catalog_each_activity(request->server->catalog, place, list_activity, &page);
    sw_catalog_unlock(request->server->catalog);
    sw_api_page_answer(&page, "activities", "activities");
}
