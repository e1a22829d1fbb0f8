// machines.c: CreateStateMachine, DescribeStateMachine, UpdateStateMachine, DeleteStateMachine,
// ListStateMachines.
//
// A change is checked and made in the catalog under its lock, and its records go to the committer
// under the same lock, so that they are written in the order in which they were made.

#include "server/api/api.h"

#define DEFAULT_LOGGING    "{\"level\":\"OFF\",\"includeExecutionData\":false}"
#define DEFAULT_TRACING    "{\"enabled\":false}"
#define DEFAULT_ENCRYPTION "{\"type\":\"AWS_OWNED_KEY\"}"

// Creating ----------------------------------------------------------------------------------------

static bool read_type(const sw_request *request, sw_machine_type *type)
{
    sw_str text = sw_input_text(request, "type");
    *type = text.text != NULL && sw_str_is(text, "EXPRESS") ? SW_EXPRESS : SW_STANDARD;
    return true;
}

// The configuration as it is kept: empty when not given.
typedef struct settings {
    sw_str logging, tracing, encryption;
} settings;

static settings read_settings(sw_request *request)
{
    return (settings){
        .logging = sw_api_config_text(request, "loggingConfiguration", DEFAULT_LOGGING),
        .tracing = sw_api_config_text(request, "tracingConfiguration", DEFAULT_TRACING),
        .encryption = sw_api_config_text(request, "encryptionConfiguration", DEFAULT_ENCRYPTION)};
}

static bool same_json(sw_request *request, sw_str a, sw_str b, const char *otherwise)
{
    return sw_value_equal(sw_api_json_or(&request->arena, a, otherwise),
                          sw_api_json_or(&request->arena, b, otherwise));
}

static bool same_settings(sw_request *request, const sw_machine_row *row, const settings *s)
{
    return same_json(request, row->logging, s->logging, DEFAULT_LOGGING) &&
           same_json(request, row->tracing, s->tracing, DEFAULT_TRACING) &&
           same_json(request, row->encryption, s->encryption, DEFAULT_ENCRYPTION);
}

static sw_revision_row *new_revision(sw_request *request, sw_batch *batch, sw_machine_row *row,
                                     sw_str definition)
{
    sw_revision_row *revision = SW_ARENA_NEW(&batch->arena, sw_revision_row);
    row->revision = sw_catalog_next_revision_id(request->server->catalog);
    *revision = (sw_revision_row){.id = row->revision,
                                  .machine = row->id,
                                  .revision_id = sw_str_copy(&batch->arena, row->revision_id),
                                  .definition = sw_str_copy(&batch->arena, definition),
                                  .role_arn = sw_str_copy(&batch->arena, row->role_arn),
                                  .logging = sw_str_copy(&batch->arena, row->logging),
                                  .tracing = sw_str_copy(&batch->arena, row->tracing),
                                  .created_ms = request->now_ms};
    return revision;
}

static sw_value created_answer(sw_request *request, const sw_machine_row *row, int64_t version)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_str    arn = sw_str_copy(&request->arena, row->arn);
    sw_answer_text(&answer, "stateMachineArn", arn);
    sw_answer_time(&answer, "creationDate", row->created_ms);
    if (version > 0)
        sw_answer_text(&answer, "stateMachineVersionArn",
                       sw_arn_qualify(&request->arena, arn,
                                      sw_str_format(&request->arena, "%lld", (long long)version)));
    return sw_answer_end(&answer);
}

// The store may not have it yet when it was made a moment ago.
static bool read_revision(sw_request *request, int64_t id, sw_revision_row *row)
{
    sw_error err = {0};
    bool     found = false;
    for (int attempt = 0; attempt < 2 && !found; attempt++) {
        if (attempt > 0)
            sw_runtime_wait_durable(request->server->runtime);
        if (!request->reader->find_revision(request->reader, id, &request->arena, row, &found,
                                            &err))
            return sw_request_fail_internal(request, &err);
    }
    if (found)
        return true;
    sw_fail(&err, SW_ERROR_NOT_FOUND, "definition %lld is not in the store", (long long)id);
    return sw_request_fail_internal(request, &err);
}

// Locks the machine with the definition that it has now, which is read outside the lock; anew when
// an update came in between. revision->id is 0 at first. NULL: answered.
static sw_machine_entry *lock_with_revision(sw_request *request, const sw_arn *arn,
                                            sw_revision_row *revision)
{
    for (;;) {
        sw_machine_entry *machine = sw_api_lock_machine(request, arn);
        if (machine == NULL || machine->row.revision == revision->id)
            return machine;
        int64_t id = machine->row.revision;
        sw_catalog_unlock(request->server->catalog);
        if (!read_revision(request, id, revision))
            return NULL;
    }
}

// aws: the same call again is answered with what it made the first time; role and tags do not
// count, blanks in the definition do (recorded, duplicate_definition_format).
static void answer_existing(sw_request *request, const sw_machine_entry *old, bool same_definition,
                            sw_machine_type type, const settings *s)
{
    if (old->row.deleting) {
        sw_request_fail(request, "StateMachineDeleting", "State Machine is being deleted: '%.*s'",
                        SW_STR_ARG(old->row.arn));
        return;
    }
    if (!same_definition || old->row.type != (uint8_t)type ||
        !same_settings(request, &old->row, s)) {
        sw_request_fail(request, "StateMachineAlreadyExists",
                        "State Machine Already Exists: '%.*s'", SW_STR_ARG(old->row.arn));
        return;
    }
    bool    publish = sw_input_bool(request, "publish", false);
    int64_t version = publish && old->version_count > 0 ? old->versions[0].number : 0;
    sw_request_succeed(request, created_answer(request, &old->row, version));
}

static void meet_existing(sw_request *request, sw_str text, sw_machine_type type, const settings *s)
{
    sw_catalog     *catalog = request->server->catalog;
    sw_arn          arn;
    sw_revision_row revision = {0};
    sw_arn_parse(text, &arn);
    const sw_machine_entry *old = lock_with_revision(request, &arn, &revision);
    if (old == NULL)
        return;
    bool same = sw_str_equal(revision.definition, sw_input_text(request, "definition"));
    answer_existing(request, old, same, type, s);
    sw_catalog_unlock(catalog);
}

// Under the lock: puts the machine into the catalog and its records into the batch.
static void create(sw_request *request, sw_str arn, sw_machine_type type, const settings *s,
                   sw_machine *compiled)
{
    sw_catalog    *catalog = request->server->catalog;
    sw_batch      *batch = sw_batch_new(NULL, NULL);
    sw_machine_row row = {.id = sw_catalog_next_machine_id(catalog),
                          .arn = arn,
                          .name = sw_input_text(request, "name"),
                          .role_arn = sw_input_text(request, "roleArn"),
                          .type = (uint8_t)type,
                          .created_ms = request->now_ms,
                          .updated_ms = request->now_ms,
                          .next_version = 1,
                          .logging = s->logging,
                          .tracing = s->tracing,
                          .encryption = s->encryption};
    int64_t        version = 0, version_created;
    if (!sw_api_set_tags(request, catalog, arn, sw_input_get(request, "tags"))) {
        sw_batch_free(batch);
        return;
    }
    sw_revision_row *revision =
        new_revision(request, batch, &row, sw_input_text(request, "definition"));
    sw_machine_entry *machine = sw_catalog_put_machine(catalog, &row);
    sw_catalog_keep_revision(catalog, row.revision, compiled);
    sw_batch_add(batch, SW_RECORD_MACHINE)->machine = sw_api_copy_machine_row(batch, &row);
    sw_batch_add(batch, SW_RECORD_REVISION)->revision = revision;
    sw_api_record_tags(batch, catalog, arn);
    if (sw_input_bool(request, "publish", false)) {
        sw_str description = sw_input_text(request, "versionDescription");
        version =
            sw_api_publish(batch, catalog, machine, description, request->now_ms, &version_created);
    }
    sw_runtime_commit_and_answer(request->server->runtime, batch, request,
                                 created_answer(request, &row, version));
}

static bool check_new(sw_request *request)
{
    sw_str name = sw_input_text(request, "name"), role = sw_input_text(request, "roleArn");
    if (!sw_name_is_valid(name))
        return sw_request_fail(request, "InvalidName", "Invalid Name: '%.*s'", SW_STR_ARG(name));
    if (sw_input_text(request, "versionDescription").text != NULL &&
        !sw_input_bool(request, "publish", false))
        return sw_request_fail(request, "ValidationException",
                               "Version description can only be set when publish is true");
    (void)role;
    return sw_api_check_logging(request, sw_input_get(request, "loggingConfiguration"));
}

static void create_machine(sw_request *request)
{
    sw_catalog     *catalog = request->server->catalog;
    sw_machine_type type;
    sw_machine     *compiled;
    sw_str          definition = sw_input_text(request, "definition");
    if (!read_type(request, &type) || !sw_api_compile(request, definition, type, &compiled))
        return;
    sw_str   arn = sw_arn_of_machine(&request->arena, request->region, request->account,
                                     sw_input_text(request, "name"));
    settings s = read_settings(request);
    sw_catalog_lock(catalog);
    bool exists = sw_catalog_find_machine(catalog, arn) != NULL;
    if (!exists)
        create(request, arn, type, &s, compiled);
    sw_catalog_unlock(catalog);
    if (exists)
        meet_existing(request, arn, type, &s);
    sw_machine_unref(compiled);
}

void sw_action_create_state_machine(sw_request *request)
{
    if (check_new(request))
        sw_api_check_log_group(request, create_machine);
}

// Describing --------------------------------------------------------------------------------------

typedef struct described {
    sw_machine_row row; // texts copied
    int64_t        revision, created_ms;
    sw_str         description, label;
} described;

static bool find_described(sw_request *request, const sw_arn *arn, described *d)
{
    sw_machine_entry *machine = sw_api_lock_machine(request, arn);
    int64_t           number;
    bool              found = machine != NULL;
    if (!found)
        return false;
    d->row = machine->row;
    sw_str *texts[] = {&d->row.arn,     &d->row.name,    &d->row.role_arn,  &d->row.revision_id,
                       &d->row.logging, &d->row.tracing, &d->row.encryption};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = sw_str_copy(&request->arena, *texts[i]);
    d->revision = machine->row.revision;
    d->created_ms = machine->row.created_ms;
    if (arn->qualifier.bytes > 0) {
        const sw_version_row *version = sw_arn_is_version(arn->qualifier, &number)
                                            ? sw_machine_find_version(machine, number)
                                            : NULL;
        found = version != NULL;
        if (found) {
            d->revision = version->revision;
            d->created_ms = version->created_ms;
            d->description = sw_str_copy(&request->arena, version->description);
        }
    }
    sw_catalog_unlock(request->server->catalog);
    return found || sw_api_fail_machine(request, arn->whole);
}

static sw_value references_of(sw_request *request, int64_t revision)
{
    sw_machine *machine;
    sw_error    err;
    if (!sw_catalog_load_revision(request->server->catalog, request->reader, revision, &machine,
                                  &err))
        return sw_undefined();
    sw_value references = sw_api_variable_references(machine, &request->arena);
    sw_machine_unref(machine);
    return references;
}

static bool metadata_only(const sw_request *request)
{
    sw_str included = sw_input_text(request, "includedData");
    return included.text != NULL && sw_str_is(included, "METADATA_ONLY");
}

void sw_action_describe_state_machine(sw_request *request)
{
    sw_arn          arn;
    described       d = {0};
    sw_revision_row revision;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn) ||
        !find_described(request, &arn, &d) || !read_revision(request, d.revision, &revision))
        return;
    sw_arena *arena = &request->arena;
    bool      version = arn.qualifier.bytes > 0;
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "stateMachineArn", arn.whole);
    sw_answer_text(&answer, "name", d.row.name);
    sw_answer_text(&answer, "status", d.row.deleting ? SW_STR("DELETING") : SW_STR("ACTIVE"));
    sw_answer_text(&answer, "definition",
                   metadata_only(request) ? SW_STR("{}") : revision.definition);
    sw_answer_text(&answer, "roleArn", version ? revision.role_arn : d.row.role_arn);
    sw_answer_text(&answer, "type",
                   d.row.type == SW_EXPRESS ? SW_STR("EXPRESS") : SW_STR("STANDARD"));
    sw_answer_time(&answer, "creationDate", d.created_ms);
    sw_answer_add(
        &answer, "loggingConfiguration",
        sw_api_json_or(arena, version ? revision.logging : d.row.logging, DEFAULT_LOGGING));
    sw_answer_add(
        &answer, "tracingConfiguration",
        sw_api_json_or(arena, version ? revision.tracing : d.row.tracing, DEFAULT_TRACING));
    sw_answer_add(&answer, "encryptionConfiguration",
                  sw_api_json_or(arena, d.row.encryption, DEFAULT_ENCRYPTION));
    sw_str revision_id = version ? revision.revision_id : d.row.revision_id;
    if (revision_id.bytes > 0)
        sw_answer_text(&answer, "revisionId", revision_id);
    if (d.description.bytes > 0)
        sw_answer_text(&answer, "description", d.description);
    if (!metadata_only(request))
        sw_answer_add(&answer, "variableReferences", references_of(request, d.revision));
    sw_request_succeed(request, sw_answer_end(&answer));
}

// docs: what the execution was started with, whatever the machine is now.
void sw_action_describe_state_machine_for_execution(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    sw_revision_row  revision;
    described        d = {0};
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    sw_arn machine_arn;
    sw_str text =
        sw_str_format(&request->arena, "%.*sstateMachine:%.*s",
                      (int)(arn.type.text - arn.whole.text), arn.whole.text, SW_STR_ARG(arn.name));
    sw_arn_parse(text, &machine_arn);
    sw_map_run_row map_run;
    bool           child = row.machine < 0;
    sw_error       err;
    bool           found = false;
    if (child && (!request->reader->find_map_run(request->reader, -row.machine, &request->arena,
                                                 &map_run, &found, &err) ||
                  !found)) {
        sw_request_fail_internal(request, &err);
        return;
    }
    if (!find_described(request, &machine_arn, &d) ||
        !read_revision(request, row.revision, &revision))
        return;
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_text(&answer, "stateMachineArn", sw_arn_machine_of(&request->arena, &arn));
    sw_answer_text(&answer, "name", d.row.name);
    sw_answer_text(&answer, "definition",
                   metadata_only(request) ? SW_STR("{}") : revision.definition);
    if (child) {
        sw_answer_text(&answer, "mapRunArn", map_run.arn);
        sw_answer_text(&answer, "label", arn.label);
    }
    sw_answer_text(&answer, "roleArn", revision.role_arn);
    sw_answer_time(&answer, "updateDate", revision.created_ms);
    sw_answer_add(&answer, "loggingConfiguration",
                  sw_api_json_or(&request->arena, revision.logging, DEFAULT_LOGGING));
    sw_answer_add(&answer, "tracingConfiguration",
                  sw_api_json_or(&request->arena, revision.tracing, DEFAULT_TRACING));
    sw_answer_add(&answer, "encryptionConfiguration",
                  sw_api_json_or(&request->arena, d.row.encryption, DEFAULT_ENCRYPTION));
    if (revision.revision_id.bytes > 0)
        sw_answer_text(&answer, "revisionId", revision.revision_id);
    if (!metadata_only(request))
        sw_answer_add(&answer, "variableReferences", references_of(request, row.revision));
    sw_request_succeed(request, sw_answer_end(&answer));
}

// Updating ----------------------------------------------------------------------------------------

static bool names_something(const sw_request *request)
{
    static const char *const members[] = {"definition", "roleArn", "loggingConfiguration",
                                          "tracingConfiguration", "encryptionConfiguration"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        sw_value value = sw_input_get(request, members[i]);
        if (value.type != SW_UNDEFINED && value.type != SW_NULL)
            return true;
    }
    return false;
}

static bool check_update(sw_request *request)
{
    bool publish = sw_input_bool(request, "publish", false);
    if (!names_something(request) && !publish)
        return sw_request_fail(
            request, "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the "
            "TracingConfiguration must be specified");
    if (sw_input_text(request, "versionDescription").text != NULL && !publish)
        return sw_request_fail(request, "ValidationException",
                               "Version description can only be set when publish is true");
    return sw_api_check_logging(request, sw_input_get(request, "loggingConfiguration"));
}

// The row with what the request changes; whether anything is different then.
static bool change_row(sw_request *request, sw_machine_row *row)
{
    sw_machine_row before = *row;
    sw_str         role = sw_input_text(request, "roleArn");
    settings       s = read_settings(request);
    if (role.text != NULL)
        row->role_arn = role;
    if (s.logging.bytes > 0)
        row->logging = s.logging;
    if (s.tracing.bytes > 0)
        row->tracing = s.tracing;
    if (s.encryption.bytes > 0)
        row->encryption = s.encryption;
    settings now = {row->logging, row->tracing, row->encryption};
    return !sw_str_equal(before.role_arn, row->role_arn) || !same_settings(request, &before, &now);
}

static sw_value updated_answer(sw_request *request, const sw_machine_row *row, int64_t version)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_time(&answer, "updateDate", row->updated_ms);
    if (row->revision_id.bytes > 0)
        sw_answer_text(&answer, "revisionId", sw_str_copy(&request->arena, row->revision_id));
    if (version > 0)
        sw_answer_text(&answer, "stateMachineVersionArn",
                       sw_arn_qualify(&request->arena, sw_str_copy(&request->arena, row->arn),
                                      sw_str_format(&request->arena, "%lld", (long long)version)));
    return sw_answer_end(&answer);
}

// compiled: the definition that it will have
static void update(sw_request *request, sw_machine_entry *machine, sw_machine *compiled,
                   sw_str old_definition)
{
    sw_catalog    *catalog = request->server->catalog;
    sw_batch      *batch = sw_batch_new(NULL, NULL);
    sw_machine_row row = machine->row;
    sw_str         definition = sw_input_text(request, "definition");
    char           uuid[37];
    int64_t        version = 0, created;
    bool new_definition = definition.text != NULL && !sw_str_equal(definition, old_definition);
    bool changed = change_row(request, &row) || new_definition;
    row.updated_ms = request->now_ms;
    if (changed) {
        sw_api_uuid(uuid);
        row.revision_id = (sw_str){uuid, 36};
        sw_revision_row *revision =
            new_revision(request, batch, &row, new_definition ? definition : old_definition);
        sw_batch_add(batch, SW_RECORD_REVISION)->revision = revision;
        sw_catalog_keep_revision(catalog, row.revision, compiled);
    }
    sw_machine_row *copy = sw_api_copy_machine_row(batch, &row);
    machine = sw_catalog_put_machine(catalog, copy);
    sw_batch_add(batch, SW_RECORD_MACHINE)->machine = copy;
    if (sw_input_bool(request, "publish", false))
        version =
            sw_api_publish(batch, catalog, machine, sw_input_text(request, "versionDescription"),
                           request->now_ms, &created);
    sw_runtime_commit_and_answer(request->server->runtime, batch, request,
                                 updated_answer(request, copy, version));
}

// Compiled outside the lock: the new definition, or the old one for its new revision.
static bool compile_for_update(sw_request *request, const sw_revision_row *revision,
                               sw_machine_type type, sw_machine **compiled)
{
    sw_str definition = sw_input_text(request, "definition");
    sw_machine_unref(*compiled);
    *compiled = NULL;
    return sw_api_compile(request, definition.text != NULL ? definition : revision->definition,
                          type, compiled);
}

// Its ARN has been checked.
static void update_machine(sw_request *request)
{
    sw_catalog       *catalog = request->server->catalog;
    sw_revision_row   revision = {0};
    sw_machine       *compiled = NULL;
    int64_t           compiled_for = 0;
    sw_machine_entry *machine;
    sw_arn            arn;
    sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn);
    while ((machine = lock_with_revision(request, &arn, &revision)) != NULL) {
        sw_machine_type type = (sw_machine_type)machine->row.type;
        bool            deleting = machine->row.deleting;
        if (!deleting && compiled_for == revision.id)
            update(request, machine, compiled, revision.definition);
        sw_catalog_unlock(catalog);
        if (deleting)
            sw_request_fail(request, "StateMachineDeleting",
                            "State Machine is being deleted: '%.*s'", SW_STR_ARG(arn.whole));
        if (deleting || compiled_for == revision.id ||
            !compile_for_update(request, &revision, type, &compiled))
            break;
        compiled_for = revision.id;
    }
    sw_machine_unref(compiled);
}

// aws: only the machine itself can be updated (recorded).
void sw_action_update_state_machine(sw_request *request)
{
    sw_arn arn;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn) ||
        !check_update(request))
        return;
    if (arn.qualifier.bytes > 0)
        sw_api_fail_machine(request, arn.whole);
    else
        sw_api_check_log_group(request, update_machine);
}

// Deleting ----------------------------------------------------------------------------------------

void sw_action_delete_state_machine(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn))
        return;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn.unqualified);
    if (machine != NULL) {
        sw_runtime_delete_machine(request->server->runtime, machine, request);
    } else {
        // Aws: deleting what is not there succeeds
        sw_answer answer = sw_answer_begin(&request->arena);
        sw_request_succeed(request, sw_answer_end(&answer));
    }
    sw_catalog_unlock(catalog);
}

// Listing -----------------------------------------------------------------------------------------

static bool list_machine(void *who, sw_machine_entry *machine)
{
    sw_api_page *page = who;
    sw_arena    *arena = &page->request->arena;
    if (!sw_arn_is_callers(page->request, machine->row.arn))
        return true;
    if (!sw_api_page_has_room(page))
        return false;
    sw_answer item = sw_answer_begin(arena);
    page->last = sw_str_copy(arena, machine->row.arn);
    sw_answer_text(&item, "stateMachineArn", page->last);
    sw_answer_text(&item, "name", sw_str_copy(arena, machine->row.name));
    sw_answer_text(&item, "type",
                   machine->row.type == SW_EXPRESS ? SW_STR("EXPRESS") : SW_STR("STANDARD"));
    sw_answer_time(&item, "creationDate", machine->row.created_ms);
    sw_api_page_add(page, &item);
    return true;
}

void sw_action_list_state_machines(sw_request *request)
{
    sw_str place;
    if (!sw_api_token_read(request, "machines", &place))
        return;
    sw_api_page page = sw_api_page_begin(request);
    sw_catalog_lock(request->server->catalog);
    sw_catalog_each_machine(request->server->catalog, place, list_machine, &page);
    sw_catalog_unlock(request->server->catalog);
    sw_api_page_answer(&page, "stateMachines", "machines");
}
