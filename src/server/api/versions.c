// versions.c: PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion.

#include "server/api/api.h"

#include <stdlib.h>

static sw_str version_arn(sw_arena *arena, sw_str machine_arn, int64_t number)
{
    return sw_arn_qualify(arena, machine_arn, sw_str_format(arena, "%lld", (long long)number));
}

static bool revision_fits(sw_request *request, const sw_machine_entry *machine)
{
    sw_str given = sw_input_text(request, "revisionId");
    sw_str current =
        machine->row.revision_id.bytes > 0 ? machine->row.revision_id : SW_STR("INITIAL");
    if (given.text == NULL || sw_str_equal(given, current))
        return true;
    return sw_request_fail(
        request, "ConflictException",
        "Failed to publish the State Machine version for revision %.*s. The current State "
        "Machine revision is %.*s.",
        SW_STR_ARG(given), SW_STR_ARG(current));
}

void sw_action_publish_state_machine_version(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn))
        return;
    if (arn.qualifier.bytes > 0) {
        sw_api_fail_machine(request, arn.whole);
        return;
    }
    sw_machine_entry *machine = sw_api_lock_machine(request, &arn);
    if (machine == NULL)
        return;
    if (revision_fits(request, machine)) {
        int64_t   created_ms;
        sw_batch *batch = sw_batch_new(NULL, NULL);
        sw_str    description = sw_input_text(request, "description");
        int64_t   number =
            sw_api_publish(batch, catalog, machine, description, request->now_ms, &created_ms);
        sw_answer answer = sw_answer_begin(&request->arena);
        sw_answer_text(&answer, "stateMachineVersionArn",
                       version_arn(&request->arena, arn.whole, number));
        sw_answer_time(&answer, "creationDate", created_ms);
        sw_runtime_commit_and_answer(request->server->runtime, batch, request,
                                     sw_answer_end(&answer));
    }
    sw_catalog_unlock(catalog);
}

// aws: newest first (recorded).
void sw_action_list_state_machine_versions(sw_request *request)
{
    sw_arena *arena = &request->arena;
    sw_arn    arn;
    sw_str    place;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn) ||
        !sw_api_token_read(request, "versions", &place))
        return;
    sw_machine_entry *machine = sw_api_lock_machine(request, &arn);
    if (machine == NULL)
        return;
    int64_t     below;
    bool        paged = sw_arn_is_version(place, &below);
    int64_t     last = 0;
    sw_api_page page = sw_api_page_begin(request);
    for (uint32_t i = machine->version_count; i-- > 0;) {
        const sw_version_row *version = &machine->versions[i];
        if (paged && version->number >= below)
            continue;
        if (!sw_api_page_has_room(&page))
            break;
        sw_answer item = sw_answer_begin(arena);
        sw_answer_text(&item, "stateMachineVersionArn",
                       version_arn(arena, arn.unqualified, version->number));
        sw_answer_time(&item, "creationDate", version->created_ms);
        sw_api_page_add(&page, &item);
        last = version->number;
    }
    sw_catalog_unlock(request->server->catalog);
    page.last = sw_str_format(arena, "%lld", (long long)last);
    sw_api_page_answer(&page, "stateMachineVersions", "versions");
}

// The names of the aliases that route to the version, joined by ", ".
static sw_str aliases_of(sw_arena *arena, const sw_machine_entry *machine, int64_t number)
{
    sw_str text = {"", 0};
    for (uint32_t i = 0; i < machine->alias_count; i++) {
        const sw_alias_row *alias = &machine->aliases[i];
        bool                second = alias->version[1] == number && alias->version[1] != 0;
        if (alias->version[0] == number || second)
            text = sw_str_format(arena, "%.*s%s%.*s", SW_STR_ARG(text), text.bytes > 0 ? ", " : "",
                                 SW_STR_ARG(alias->name));
    }
    return text;
}

static void delete_version(sw_request *request, sw_machine_entry *machine, int64_t number)
{
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_answer answer = sw_answer_begin(&request->arena);
    if (machine != NULL && sw_machine_find_version(machine, number) != NULL) {
        sw_record *record = sw_batch_add(batch, SW_RECORD_VERSION_DELETED);
        record->id = machine->row.id;
        record->number = number;
        sw_catalog_remove_version(request->server->catalog, machine->row.id, number);
    }
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, sw_answer_end(&answer));
}

// aws: unknown versions and repeats succeed; one that an alias routes to is refused (recorded).
void sw_action_delete_state_machine_version(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    int64_t     number;
    if (!sw_arn_check(request, "stateMachineVersionArn", SW_ARN_STATE_MACHINE, &arn))
        return;
    if (!sw_arn_is_version(arn.qualifier, &number)) {
        sw_request_fail(request, "ValidationException", "'%.*s' is not the ARN of a version",
                        SW_STR_ARG(arn.whole));
        return;
    }
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn.unqualified);
    sw_str            aliases =
        machine == NULL ? (sw_str){"", 0} : aliases_of(&request->arena, machine, number);
    if (aliases.bytes > 0)
        sw_request_fail(
            request, "ConflictException",
            "Version to be deleted must not be referenced by an alias. Current list of aliases "
            "referencing this version: [%.*s]",
            SW_STR_ARG(aliases));
    else
        delete_version(request, machine, number);
    sw_catalog_unlock(catalog);
}
