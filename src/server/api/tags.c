// tags.c: TagResource, UntagResource, ListTagsForResource.

#include "server/api/api.h"

// Machines and activities have tags; versions and executions have none. Under the lock; false:
// answered and unlocked.
static bool lock_resource(sw_request *request, sw_str *arn)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      parsed;
    *arn = sw_input_text(request, "resourceArn");
    if (!sw_arn_parse(*arn, &parsed))
        return sw_arn_check(request, "resourceArn", 0, &parsed);
    sw_catalog_lock(catalog);
    if (sw_catalog_find_machine(catalog, *arn) != NULL ||
        sw_catalog_find_activity(catalog, *arn) != NULL)
        return true;
    sw_catalog_unlock(catalog);
    return sw_request_fail(request, "ResourceNotFound", "Resource not found: '%.*s'",
                           SW_STR_ARG(*arn));
}

static sw_value nothing(sw_request *request)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    return sw_answer_end(&answer);
}

static void commit_tags(sw_request *request, sw_str arn)
{
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_api_record_tags(batch, request->server->catalog, arn);
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, nothing(request));
}

void sw_action_tag_resource(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_str      arn;
    if (!lock_resource(request, &arn))
        return;
    if (sw_api_set_tags(request, catalog, arn, sw_input_get(request, "tags")))
        commit_tags(request, arn);
    sw_catalog_unlock(catalog);
}

void sw_action_untag_resource(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_str      arn;
    if (!lock_resource(request, &arn))
        return;
    sw_value keys = sw_input_get(request, "tagKeys");
    for (uint32_t i = 0; i < keys.size; i++)
        sw_catalog_remove_tag(catalog, arn, sw_value_str(keys.items[i]));
    commit_tags(request, arn);
    sw_catalog_unlock(catalog);
}

void sw_action_list_tags_for_resource(sw_request *request)
{
    sw_arena *arena = &request->arena;
    sw_str    arn;
    if (!lock_resource(request, &arn))
        return;
    const sw_tag_list *list = sw_catalog_get_tags(request->server->catalog, arn);
    sw_value          *items, array = sw_array_build(arena, list->count, &items);
    for (uint32_t i = 0; i < list->count; i++) {
        sw_answer tag = sw_answer_begin(arena);
        sw_answer_text(&tag, "key", sw_str_copy(arena, list->tags[i].key));
        sw_answer_text(&tag, "value", sw_str_copy(arena, list->tags[i].value));
        items[i] = sw_answer_end(&tag);
    }
    sw_catalog_unlock(request->server->catalog);
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_add(&answer, "tags", array);
    sw_request_succeed(request, sw_answer_end(&answer));
}
