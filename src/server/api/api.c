// api.c: what several actions need.

#include "server/api/api.h"

#include "base/chance.h"
#include "server/seed.h"

#include <stdio.h>

void sw_api_uuid(char text[37])
{
    sw_chance chance;
    sw_chance_seed(&chance, sw_seed_draw(), sw_seed_draw());
    sw_chance_uuid(&chance, text);
}

// Definitions -------------------------------------------------------------------------------------

static const char *refuse_resource(void *who, sw_str resource)
{
    sw_request     *request = who;
    sw_task_runner *runner = request->server->options.runner;
    return runner == NULL ? NULL : runner->refuse(runner, resource);
}

static sw_str check_parameters(void *who, sw_str resource, sw_value parameters, sw_arena *arena)
{
    sw_request     *request = who;
    sw_task_runner *runner = request->server->options.runner;
    if (runner == NULL || runner->check == NULL)
        return (sw_str){"", 0};
    return runner->check(runner, resource, parameters, arena);
}

static sw_str check_result(void *who, sw_str resource, sw_value result, bool required,
                           sw_arena *arena)
{
    sw_request     *request = who;
    sw_task_runner *runner = request->server->options.runner;
    if (runner == NULL || runner->check_result == NULL)
        return (sw_str){"", 0};
    return runner->check_result(runner, resource, result, required, arena);
}

sw_machine_options sw_api_machine_options(sw_request *request, sw_machine_type type)
{
    return (sw_machine_options){.type = type,
                                .format = SW_SOURCE_JSON,
                                .refuse_resource = refuse_resource,
                                .check_parameters = check_parameters,
                                .check_result = check_result,
                                .who = request};
}

sw_value sw_api_diagnostic(sw_arena *arena, const sw_diagnostic *diagnostic)
{
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "severity",
                   diagnostic->severity == SW_SEVERITY_ERROR ? SW_STR("ERROR") : SW_STR("WARNING"));
    sw_answer_text(&answer, "code", diagnostic->code);
    sw_answer_text(&answer, "message", diagnostic->message);
    if (diagnostic->location.bytes > 0)
        sw_answer_text(&answer, "location", diagnostic->location);
    return sw_answer_end(&answer);
}

// aws: all errors in one pair of quotes, each with its place; the text of a JSON error has its
// place in itself.
sw_str sw_api_join_errors(sw_arena *arena, const sw_diagnostics *diagnostics)
{
    sw_str text = {"", 0};
    for (const sw_diagnostic *d = diagnostics->first; d != NULL; d = d->next) {
        if (d->severity != SW_SEVERITY_ERROR)
            continue;
        bool place = d->location.bytes > 0 && d->location.text[0] == '/';
        text = sw_str_format(
            arena, "%.*s%s%.*s: %.*s%s%.*s", SW_STR_ARG(text), text.bytes > 0 ? ", " : "",
            SW_STR_ARG(d->code), SW_STR_ARG(d->message), place ? " at " : "",
            place ? (int)d->location.bytes : 0, d->location.text == NULL ? "" : d->location.text);
    }
    return text;
}

bool sw_api_compile(sw_request *request, sw_str definition, sw_machine_type type,
                    sw_machine **machine)
{
    sw_diagnostics     diagnostics = {0};
    sw_error           err = {0};
    sw_machine_options options = sw_api_machine_options(request, type);
    if (sw_machine_new(definition, &options, &request->arena, &diagnostics, machine, &err))
        return true;
    if (diagnostics.errors == 0)
        return sw_request_fail_internal(request, &err);
    sw_str errors = sw_api_join_errors(&request->arena, &diagnostics);
    return sw_request_fail(request, "InvalidDefinition", "Invalid State Machine Definition: '%.*s'",
                           SW_STR_ARG(errors));
}

// Machines ----------------------------------------------------------------------------------------

bool sw_api_fail_machine(sw_request *request, sw_str arn)
{
    return sw_request_fail(request, "StateMachineDoesNotExist",
                           "State Machine Does Not Exist: '%.*s'", SW_STR_ARG(arn));
}

sw_machine_entry *sw_api_lock_machine(sw_request *request, const sw_arn *arn)
{
    sw_catalog *catalog = request->server->catalog;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn->unqualified);
    if (machine != NULL)
        return machine;
    sw_catalog_unlock(catalog);
    sw_api_fail_machine(request, arn->whole);
    return NULL;
}

sw_value sw_api_json_or(sw_arena *arena, sw_str text, const char *otherwise)
{
    sw_value value = sw_undefined();
    sw_str   copy = sw_str_copy(arena, text.bytes > 0 ? text : sw_str_from(otherwise));
    sw_json_parse(arena, copy, 0, &value, NULL);
    return value;
}

// aws: recorded; a level other than OFF wants one destination.
bool sw_api_check_logging(sw_request *request, sw_value logging)
{
    sw_value level = sw_value_get(logging, SW_STR("level"));
    sw_value destinations = sw_value_get(logging, SW_STR("destinations"));
    size_t   count = destinations.type == SW_ARRAY ? destinations.size : 0;
    bool     off = level.type != SW_STRING || sw_str_is(sw_value_str(level), "OFF");
    if (count > 1 || (!off && count != 1))
        return sw_request_fail(
            request, "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.");
    return true;
}

sw_str sw_api_config_text(sw_request *request, const char *member, const char *defaults)
{
    sw_value given = sw_input_get(request, member);
    if (given.type != SW_OBJECT)
        return (sw_str){"", 0};
    sw_value merged = sw_api_json_or(&request->arena, (sw_str){0}, defaults);
    for (uint32_t i = 0; i < given.size; i++)
        merged = sw_object_with(&request->arena, merged, sw_value_key(given, i),
                                sw_value_member(given, i));
    return sw_json_print(&request->arena, merged);
}

sw_machine_row *sw_api_copy_machine_row(sw_batch *batch, const sw_machine_row *row)
{
    sw_machine_row *copy = SW_ARENA_NEW(&batch->arena, sw_machine_row);
    *copy = *row;
    sw_str *texts[] = {&copy->arn,     &copy->name,    &copy->role_arn,  &copy->revision_id,
                       &copy->logging, &copy->tracing, &copy->encryption};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = sw_str_copy(&batch->arena, *texts[i]);
    return copy;
}

static const sw_version_row *find_version_of_revision(const sw_machine_entry *machine,
                                                      int64_t                 revision)
{
    for (uint32_t i = 0; i < machine->version_count; i++) {
        if (machine->versions[i].revision == revision)
            return &machine->versions[i];
    }
    return NULL;
}

// aws: idempotent per revision; numbers are never used again (recorded).
int64_t sw_api_publish(sw_batch *batch, sw_catalog *catalog, sw_machine_entry *machine,
                       sw_str description, int64_t now_ms, int64_t *created_ms)
{
    const sw_version_row *old = find_version_of_revision(machine, machine->row.revision);
    if (old != NULL) {
        *created_ms = old->created_ms;
        return old->number;
    }
    sw_version_row *row = SW_ARENA_NEW(&batch->arena, sw_version_row);
    *row = (sw_version_row){.machine = machine->row.id,
                            .number = machine->row.next_version++,
                            .revision = machine->row.revision,
                            .created_ms = now_ms,
                            .description = sw_str_copy(&batch->arena, description)};
    sw_catalog_put_version(catalog, row);
    sw_batch_add(batch, SW_RECORD_MACHINE)->machine = sw_api_copy_machine_row(batch, &machine->row);
    sw_batch_add(batch, SW_RECORD_VERSION)->version = row;
    *created_ms = now_ms;
    return row->number;
}

// Tags --------------------------------------------------------------------------------------------

#define TAGS_MAX 50u // docs: service quotas

void sw_api_record_tags(sw_batch *batch, sw_catalog *catalog, sw_str arn)
{
    const sw_tag_list *list = sw_catalog_get_tags(catalog, arn);
    sw_tag            *tags = SW_ARENA_ARRAY(&batch->arena, sw_tag, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        tags[i].key = sw_str_copy(&batch->arena, list->tags[i].key);
        tags[i].value = sw_str_copy(&batch->arena, list->tags[i].value);
    }
    sw_record *record = sw_batch_add(batch, SW_RECORD_TAGS);
    record->text = sw_str_copy(&batch->arena, arn);
    record->tags = tags;
    record->tag_count = list->count;
}

static uint32_t count_after(sw_catalog *catalog, sw_str arn, sw_value tags)
{
    const sw_tag_list *list = sw_catalog_get_tags(catalog, arn);
    uint32_t           count = list->count;
    for (uint32_t i = 0; i < tags.size; i++) {
        sw_value key = sw_value_get(tags.items[i], SW_STR("key"));
        bool     known = false;
        for (uint32_t k = 0; k < list->count && !known; k++)
            known = sw_str_equal(list->tags[k].key, sw_value_str(key));
        count += !known;
    }
    return count;
}

bool sw_api_set_tags(sw_request *request, sw_catalog *catalog, sw_str arn, sw_value tags)
{
    if (tags.type != SW_ARRAY)
        return true;
    if (count_after(catalog, arn, tags) > TAGS_MAX)
        return sw_request_fail(request, "TooManyTags",
                               "Too many tags: a resource can have %u at most.", TAGS_MAX);
    for (uint32_t i = 0; i < tags.size; i++) {
        sw_value key = sw_value_get(tags.items[i], SW_STR("key")),
                 value = sw_value_get(tags.items[i], SW_STR("value"));
        sw_catalog_set_tag(catalog, arn, key.type == SW_STRING ? sw_value_str(key) : SW_STR(""),
                           value.type == SW_STRING ? sw_value_str(value) : SW_STR(""));
    }
    return true;
}

// Executions --------------------------------------------------------------------------------------

static bool fail_execution(sw_request *request, sw_str arn)
{
    return sw_request_fail(request, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
                           SW_STR_ARG(arn));
}

// NAME or NAME/LABEL; 0: no such machine.
static int64_t find_machine_id(sw_request *request, sw_str arn)
{
    sw_catalog *catalog = request->server->catalog;
    sw_catalog_lock(catalog);
    const sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn);
    int64_t                 id = machine == NULL ? 0 : machine->row.id;
    sw_catalog_unlock(catalog);
    return id;
}

static bool find_child(sw_request *request, const sw_arn *arn, sw_execution_row *row, bool *found,
                       sw_error *err)
{
    sw_map_run_row map_run;
    if (!sw_runtime_find_child(request->server->runtime, request->reader, arn->qualifier,
                               &request->arena, row, &map_run, found, err))
        return false;
    *found = *found && map_run.express == (arn->kind == SW_ARN_EXPRESS) &&
             sw_str_equal(sw_arn_of_children(&request->arena, map_run.arn),
                          sw_arn_machine_of(&request->arena, arn));
    return true;
}

static bool find_execution(sw_request *request, const char *member, unsigned kinds,
                           sw_execution_row *row, sw_arn *arn)
{
    sw_error err;
    bool     found = false, ok;
    if (!sw_arn_check(request, member, kinds, arn))
        return false;
    if (arn->label.bytes > 0) {
        ok = find_child(request, arn, row, &found, &err);
    } else {
        int64_t id = find_machine_id(request, sw_arn_machine_of(&request->arena, arn));
        ok = id == 0 ||
             sw_runtime_find_execution(request->server->runtime, request->reader, id,
                                       arn->qualifier, &request->arena, row, &found, &err);
    }
    if (!ok)
        return sw_request_fail_internal(request, &err);
    return found || fail_execution(request, arn->whole);
}

bool sw_api_find_execution(sw_request *request, const char *member, sw_execution_row *row,
                           sw_arn *arn)
{
    return find_execution(request, member, SW_ARN_EXECUTION, row, arn);
}

// docs: DescribeExecution; express executions are those of Map Runs alone.
bool sw_api_find_any_execution(sw_request *request, const char *member, sw_execution_row *row,
                               sw_arn *arn)
{
    bool child = sw_arn_parse(sw_input_text(request, member), arn) && arn->label.bytes > 0;
    return find_execution(request, member, SW_ARN_EXECUTION | (child ? SW_ARN_EXPRESS : 0), row,
                          arn);
}

// model: ExecutionRedriveStatus; a child is redriven with its Map Run.
static void add_child_redrive_status(sw_answer *answer, const sw_execution_row *row)
{
    bool over = row->status != SW_RUNNING && row->status != SW_SUCCEEDED;
    sw_answer_add(answer, "redriveCount", sw_number(row->redrive_count));
    sw_answer_text(answer, "redriveStatus",
                   over ? SW_STR("REDRIVABLE_BY_MAP_RUN") : SW_STR("NOT_REDRIVABLE"));
    if (!over)
        sw_answer_text(answer, "redriveStatusReason",
                       sw_str_format(answer->arena, "Execution is %s and cannot be redriven",
                                     sw_status_name((sw_status)row->status)));
}

// aws: recorded for RUNNING, SUCCEEDED and TIMED_OUT.
void sw_api_add_redrive_status(sw_request *request, sw_answer *answer, const sw_execution_row *row)
{
    sw_catalog *catalog = request->server->catalog;
    sw_catalog_lock(catalog);
    const sw_machine_entry *machine = sw_catalog_get_machine(catalog, row->machine);
    bool                    deleting = machine == NULL || machine->row.deleting;
    sw_catalog_unlock(catalog);
    if (row->parent.mode == SW_PARENT_MAP_RUN) {
        add_child_redrive_status(answer, row);
        return;
    }
    sw_str reason =
        sw_redrive_refusal(request->server->runtime, row, deleting, request->now_ms, answer->arena);
    sw_answer_add(answer, "redriveCount", sw_number(row->redrive_count));
    sw_answer_text(answer, "redriveStatus",
                   reason.bytes == 0 ? SW_STR("REDRIVABLE") : SW_STR("NOT_REDRIVABLE"));
    if (reason.bytes > 0)
        sw_answer_text(answer, "redriveStatusReason", reason);
}

void sw_api_add_qualifiers(sw_answer *answer, sw_str machine_arn, const sw_execution_row *row)
{
    if (row->version > 0)
        sw_answer_text(
            answer, "stateMachineVersionArn",
            sw_arn_qualify(answer->arena, machine_arn,
                           sw_str_format(answer->arena, "%lld", (long long)row->version)));
    if (row->alias.bytes > 0)
        sw_answer_text(answer, "stateMachineAliasArn",
                       sw_arn_qualify(answer->arena, machine_arn, row->alias));
}

// Pages -------------------------------------------------------------------------------------------

uint32_t sw_api_page_size(const sw_request *request)
{
    int64_t size = sw_input_integer(request, "maxResults", 0);
    return size == 0 ? 100 : (uint32_t)size;
}

sw_api_page sw_api_page_begin(sw_request *request)
{
    sw_api_page page = {.request = request, .limit = sw_api_page_size(request)};
    sw_array_build(&request->arena, page.limit, &page.items);
    return page;
}

bool sw_api_page_has_room(sw_api_page *page)
{
    page->more = page->count == page->limit;
    return !page->more;
}

void sw_api_page_add(sw_api_page *page, const sw_answer *item)
{
    page->items[page->count++] = sw_answer_end(item);
}

void sw_api_page_answer(const sw_api_page *page, const char *member, const char *kind)
{
    sw_arena *arena = &page->request->arena;
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_add(&answer, member,
                  (sw_value){.type = SW_ARRAY, .size = page->count, .items = page->items});
    if (page->more)
        sw_answer_add(&answer, "nextToken", sw_api_token_make(arena, kind, page->last));
    sw_request_succeed(page->request, sw_answer_end(&answer));
}

// Hexadecimal, so that a place with any bytes in it is plain text.
sw_value sw_api_token_make(sw_arena *arena, const char *kind, sw_str place)
{
    sw_str whole = sw_str_format(arena, "%s|%.*s", kind, SW_STR_ARG(place));
    char  *text = sw_arena_alloc(arena, whole.bytes * 2);
    for (size_t i = 0; i < whole.bytes; i++) {
        text[2 * i] = "0123456789abcdef"[(unsigned char)whole.text[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[(unsigned char)whole.text[i] & 15];
    }
    return sw_string_plain((sw_str){text, whole.bytes * 2});
}

static int digit(char c)
{
    const char *at = c == '\0' ? NULL : strchr("0123456789abcdef", c);
    return at == NULL ? -1 : (int)(at - "0123456789abcdef");
}

static bool fail_token(sw_request *request)
{
    return sw_request_fail(request, "InvalidToken", "Invalid Token: 'Invalid token'");
}

bool sw_api_token_read(sw_request *request, const char *kind, sw_str *place)
{
    sw_str token = sw_input_text(request, "nextToken");
    size_t kind_bytes = strlen(kind) + 1;
    *place = (sw_str){"", 0};
    if (token.text == NULL)
        return true;
    if (token.bytes % 2 != 0 || token.bytes / 2 < kind_bytes)
        return fail_token(request);
    char *text = sw_arena_alloc(&request->arena, token.bytes / 2);
    for (size_t i = 0; i < token.bytes / 2; i++) {
        int high = digit(token.text[2 * i]), low = digit(token.text[2 * i + 1]);
        if (high < 0 || low < 0)
            return fail_token(request);
        text[i] = (char)(high << 4 | low);
    }
    if (memcmp(text, kind, kind_bytes - 1) != 0 || text[kind_bytes - 1] != '|')
        return fail_token(request);
    *place = (sw_str){text + kind_bytes, token.bytes / 2 - kind_bytes};
    return true;
}
