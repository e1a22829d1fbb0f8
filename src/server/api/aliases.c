// aliases.c: CreateStateMachineAlias, DescribeStateMachineAlias, UpdateStateMachineAlias,
// DeleteStateMachineAlias, ListStateMachineAliases.

#include "server/api/api.h"

// Routing -----------------------------------------------------------------------------------------

typedef struct routing {
    sw_arn   arn[2];
    int64_t  version[2];
    uint8_t  weight[2];
    uint32_t count;
    sw_str   shown; // [a, b], as messages show it
} routing;

static void read_routing(sw_request *request, sw_value list, routing *r)
{
    r->count = list.size;
    r->shown = SW_STR("[");
    for (uint32_t i = 0; i < r->count; i++) {
        int64_t weight = 0;
        sw_str  text = sw_value_str(sw_value_get(list.items[i], SW_STR("stateMachineVersionArn")));
        sw_value_integer(sw_value_get(list.items[i], SW_STR("weight")), &weight);
        sw_arn_parse(text, &r->arn[i]);
        if (!sw_arn_is_version(r->arn[i].qualifier, &r->version[i]))
            r->version[i] = 0;
        r->weight[i] = (uint8_t)weight;
        r->shown = sw_str_format(&request->arena, "%.*s%s%.*s", SW_STR_ARG(r->shown),
                                 i > 0 ? ", " : "", SW_STR_ARG(text));
    }
    r->shown = sw_str_format(&request->arena, "%.*s]", SW_STR_ARG(r->shown));
}

static bool fail_routing(sw_request *request, const char *rule, sw_str shown)
{
    return sw_request_fail(request, "ValidationException", "%s Received: %.*s", rule,
                           SW_STR_ARG(shown));
}

// aws: recorded texts.
static bool check_routing(sw_request *request, const routing *r)
{
    unsigned sum = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->version[i] == 0)
            return fail_routing(request,
                                "Routing configuration must contain state machine version ARNs.",
                                r->shown);
        sum += r->weight[i];
    }
    if (r->count == 2 && sw_str_equal(r->arn[0].whole, r->arn[1].whole))
        return fail_routing(
            request, "Routing configuration must contain distinct state machine version ARNs.",
            r->shown);
    if (sum != 100) {
        sw_str weights =
            r->count == 2 ? sw_str_format(&request->arena, "[%u, %u]", r->weight[0], r->weight[1])
                          : sw_str_format(&request->arena, "[%u]", r->weight[0]);
        return fail_routing(request, "Sum of routing configuration weights must equal 100.",
                            weights);
    }
    return true;
}

// Under the lock: the machine that all versions belong to. NULL: answered.
static sw_machine_entry *find_routed(sw_request *request, const routing *r)
{
    sw_machine_entry *machine =
        sw_catalog_find_machine(request->server->catalog, r->arn[0].unqualified);
    for (uint32_t i = 0; i < r->count; i++) {
        bool same = sw_str_equal(r->arn[i].unqualified, r->arn[0].unqualified);
        if (machine == NULL || !same || sw_machine_find_version(machine, r->version[i]) == NULL) {
            sw_request_fail(request, "ResourceNotFound",
                            "Request references a resource that does not exist.");
            return NULL;
        }
    }
    return machine;
}

static sw_value routing_value(sw_arena *arena, sw_str machine_arn, const sw_alias_row *alias)
{
    uint32_t  count = alias->version[1] != 0 ? 2 : 1;
    sw_value *items, array = sw_array_build(arena, count, &items);
    for (uint32_t i = 0; i < count; i++) {
        sw_answer item = sw_answer_begin(arena);
        sw_str    number = sw_str_format(arena, "%lld", (long long)alias->version[i]);
        sw_answer_text(&item, "stateMachineVersionArn", sw_arn_qualify(arena, machine_arn, number));
        sw_answer_add(&item, "weight", sw_number(alias->weight[i]));
        items[i] = sw_answer_end(&item);
    }
    return array;
}

static void set_routing(sw_alias_row *alias, const routing *r)
{
    for (uint32_t i = 0; i < 2; i++) {
        alias->version[i] = i < r->count ? r->version[i] : 0;
        alias->weight[i] = i < r->count ? r->weight[i] : 0;
    }
}

// Creating ----------------------------------------------------------------------------------------

static sw_value created_answer(sw_request *request, sw_str machine_arn, const sw_alias_row *alias)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_str    name = sw_str_copy(&request->arena, alias->name);
    sw_answer_text(
        &answer, "stateMachineAliasArn",
        sw_arn_qualify(&request->arena, sw_str_copy(&request->arena, machine_arn), name));
    sw_answer_time(&answer, "creationDate", alias->created_ms);
    return sw_answer_end(&answer);
}

static bool same_alias(const sw_alias_row *a, const sw_alias_row *b)
{
    return sw_str_equal(a->description, b->description) &&
           memcmp(a->version, b->version, sizeof a->version) == 0 &&
           memcmp(a->weight, b->weight, sizeof a->weight) == 0;
}

static sw_alias_row *copy_alias(sw_batch *batch, const sw_alias_row *alias)
{
    sw_alias_row *copy = SW_ARENA_NEW(&batch->arena, sw_alias_row);
    *copy = *alias;
    copy->name = sw_str_copy(&batch->arena, alias->name);
    copy->description = sw_str_copy(&batch->arena, alias->description);
    return copy;
}

static void put_alias(sw_request *request, const sw_alias_row *alias, sw_value answer)
{
    sw_batch     *batch = sw_batch_new(NULL, NULL);
    sw_alias_row *copy = copy_alias(batch, alias);
    sw_catalog_put_alias(request->server->catalog, copy);
    sw_batch_add(batch, SW_RECORD_ALIAS)->alias = copy;
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, answer);
}

static void create(sw_request *request, sw_machine_entry *machine, const routing *r)
{
    sw_str       description = sw_input_text(request, "description");
    sw_alias_row alias = {.machine = machine->row.id,
                          .name = sw_input_text(request, "name"),
                          .description = description.text == NULL ? SW_STR("") : description,
                          .created_ms = request->now_ms,
                          .updated_ms = request->now_ms};
    set_routing(&alias, r);
    const sw_alias_row *old = sw_machine_find_alias(machine, alias.name);
    if (old == NULL)
        put_alias(request, &alias, created_answer(request, machine->row.arn, &alias));
    else if (same_alias(old, &alias))
        sw_request_succeed(request, created_answer(request, machine->row.arn, old));
    else
        sw_request_fail(
            request, "ConflictException",
            "Failed to create alias because an alias with the same name and a different routing "
            "configuration already exists.");
}

void sw_action_create_state_machine_alias(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    routing     r = {0};
    read_routing(request, sw_input_get(request, "routingConfiguration"), &r);
    if (!check_routing(request, &r))
        return;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = find_routed(request, &r);
    if (machine != NULL)
        create(request, machine, &r);
    sw_catalog_unlock(catalog);
}

// One alias ---------------------------------------------------------------------------------------

// Under the lock, which is given up when there is none (and the request answered).
static sw_alias_row *lock_alias(sw_request *request, sw_arn *arn, sw_machine_entry **machine)
{
    sw_catalog *catalog = request->server->catalog;
    if (!sw_arn_check(request, "stateMachineAliasArn", SW_ARN_STATE_MACHINE, arn))
        return NULL;
    sw_catalog_lock(catalog);
    *machine = sw_catalog_find_machine(catalog, arn->unqualified);
    sw_alias_row *alias = *machine == NULL ? NULL : sw_machine_find_alias(*machine, arn->qualifier);
    if (alias != NULL)
        return alias;
    sw_catalog_unlock(catalog);
    sw_request_fail(request, "ResourceNotFound",
                    "Request references a resource that does not exist.");
    return NULL;
}

void sw_action_describe_state_machine_alias(sw_request *request)
{
    sw_arn              arn;
    sw_machine_entry   *machine;
    sw_arena           *arena = &request->arena;
    const sw_alias_row *alias = lock_alias(request, &arn, &machine);
    if (alias == NULL)
        return;
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "stateMachineAliasArn", arn.whole);
    sw_answer_text(&answer, "name", sw_str_copy(arena, alias->name));
    if (alias->description.bytes > 0)
        sw_answer_text(&answer, "description", sw_str_copy(arena, alias->description));
    sw_answer_add(&answer, "routingConfiguration", routing_value(arena, arn.unqualified, alias));
    sw_answer_time(&answer, "creationDate", alias->created_ms);
    sw_answer_time(&answer, "updateDate", alias->updated_ms);
    sw_catalog_unlock(request->server->catalog);
    sw_request_succeed(request, sw_answer_end(&answer));
}

static void update(sw_request *request, const sw_alias_row *old, const routing *r, bool has_routing)
{
    sw_alias_row alias = *old;
    sw_str       description = sw_input_text(request, "description");
    alias.name = sw_str_copy(&request->arena, old->name); // put replaces the row that old is
    alias.description =
        description.text != NULL ? description : sw_str_copy(&request->arena, old->description);
    alias.updated_ms = request->now_ms;
    if (has_routing)
        set_routing(&alias, r);
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_time(&answer, "updateDate", alias.updated_ms);
    put_alias(request, &alias, sw_answer_end(&answer));
}

void sw_action_update_state_machine_alias(sw_request *request)
{
    sw_catalog       *catalog = request->server->catalog;
    sw_value          list = sw_input_get(request, "routingConfiguration");
    bool              has_routing = list.type == SW_ARRAY;
    routing           r = {0};
    sw_arn            arn;
    sw_machine_entry *machine;
    if (has_routing)
        read_routing(request, list, &r);
    if (has_routing && !check_routing(request, &r))
        return;
    const sw_alias_row *alias = lock_alias(request, &arn, &machine);
    if (alias == NULL)
        return;
    if (!has_routing || find_routed(request, &r) != NULL)
        update(request, alias, &r, has_routing);
    sw_catalog_unlock(catalog);
}

// aws: deleting what is not there succeeds.
void sw_action_delete_state_machine_alias(sw_request *request)
{
    sw_catalog *catalog = request->server->catalog;
    sw_arn      arn;
    if (!sw_arn_check(request, "stateMachineAliasArn", SW_ARN_STATE_MACHINE, &arn))
        return;
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn.unqualified);
    if (machine != NULL && sw_machine_find_alias(machine, arn.qualifier) != NULL) {
        sw_record *record = sw_batch_add(batch, SW_RECORD_ALIAS_DELETED);
        record->id = machine->row.id;
        record->text = sw_str_copy(&batch->arena, arn.qualifier);
        sw_catalog_remove_alias(catalog, machine->row.id, arn.qualifier);
    }
    sw_runtime_commit_and_answer(request->server->runtime, batch, request, sw_answer_end(&answer));
    sw_catalog_unlock(catalog);
}

// Listing -----------------------------------------------------------------------------------------

static bool routes_to(const sw_alias_row *alias, int64_t version)
{
    return version == 0 || alias->version[0] == version || alias->version[1] == version;
}

// aws: oldest first (recorded); a version's ARN lists the aliases that route to it.
void sw_action_list_state_machine_aliases(sw_request *request)
{
    sw_arena *arena = &request->arena;
    sw_arn    arn;
    sw_str    place;
    int64_t   version = 0;
    if (!sw_arn_check(request, "stateMachineArn", SW_ARN_STATE_MACHINE, &arn) ||
        !sw_api_token_read(request, "aliases", &place))
        return;
    sw_machine_entry *machine = sw_api_lock_machine(request, &arn);
    if (machine == NULL)
        return;
    sw_arn_is_version(arn.qualifier, &version);
    bool        started = place.bytes == 0;
    sw_api_page page = sw_api_page_begin(request);
    for (uint32_t i = 0; i < machine->alias_count; i++) {
        const sw_alias_row *alias = &machine->aliases[i];
        if (started && routes_to(alias, version)) {
            if (!sw_api_page_has_room(&page))
                break;
            sw_answer item = sw_answer_begin(arena);
            page.last = sw_str_copy(arena, alias->name);
            sw_answer_text(&item, "stateMachineAliasArn",
                           sw_arn_qualify(arena, arn.unqualified, page.last));
            sw_answer_time(&item, "creationDate", alias->created_ms);
            sw_api_page_add(&page, &item);
        }
        started |= sw_str_equal(alias->name, place);
    }
    sw_catalog_unlock(request->server->catalog);
    sw_api_page_answer(&page, "stateMachineAliases", "aliases");
}
