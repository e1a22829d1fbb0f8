// resolve.c: what an ARN given to StartExecution stands for.

#include "server/arn.h"
#include "server/runtime/internal.h"

#include "base/chance.h"
#include "server/seed.h"

// docs: an alias routes by weight, each start anew.
static int64_t pick_version(const sw_alias_row *alias)
{
    return sw_seed_draw() % 100 < alias->weight[0] ? alias->version[0] : alias->version[1];
}

static bool resolve_qualifier(sw_machine_entry *machine, sw_str qualifier, sw_arena *arena,
                              sw_start *start)
{
    int64_t number;
    if (qualifier.bytes == 0)
        return true;
    if (!sw_arn_is_version(qualifier, &number)) {
        const sw_alias_row *alias = sw_machine_find_alias(machine, qualifier);
        if (alias == NULL)
            return false;
        start->alias = sw_str_copy(arena, qualifier);
        number = pick_version(alias);
    }
    const sw_version_row *version = sw_machine_find_version(machine, number);
    if (version == NULL)
        return false;
    start->version = number;
    start->revision = version->revision;
    return true;
}

static bool find(sw_catalog *catalog, const sw_arn *arn, sw_arena *arena, sw_start *start)
{
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_find_machine(catalog, arn->unqualified);
    // A nested start that is repeated meets the child that it has started before.
    bool found = machine != NULL && (!machine->row.deleting || start->resumed);
    if (found) {
        start->machine = machine->row.id;
        start->revision = machine->row.revision;
        start->machine_arn = sw_str_copy(arena, machine->row.arn);
        start->machine_name = sw_str_copy(arena, machine->row.name);
        start->role_arn = sw_str_copy(arena, machine->row.role_arn);
        start->logging = sw_str_copy(arena, machine->row.logging);
        found = resolve_qualifier(machine, arn->qualifier, arena, start);
    }
    if (found) {
        machine->running++;
        machine->figures.started++;
    }
    sw_catalog_unlock(catalog);
    return found;
}

bool sw_start_resolve(sw_catalog *catalog, sw_reader *reader, sw_str text, sw_arena *arena,
                      sw_start *start, sw_error *err)
{
    sw_arn arn;
    if (!sw_arn_parse(text, &arn) || arn.kind != SW_ARN_STATE_MACHINE ||
        !find(catalog, &arn, arena, start))
        return sw_fail(err, SW_ERROR_NOT_FOUND, "no such state machine");
    if (sw_catalog_load_revision(catalog, reader, start->revision, &start->compiled, err))
        return true;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, start->machine);
    if (machine != NULL) { // find has counted it
        machine->running--;
        machine->figures.started--;
    }
    sw_catalog_unlock(catalog);
    return false;
}

void sw_runtime_refuse_start(sw_runtime *runtime, const sw_start *start)
{
    sw_machine_count_refused(runtime, start->machine);
    sw_machine_unref(start->compiled);
}
