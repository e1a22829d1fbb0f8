// memory_read.c: a reader of the store in memory: holds the lock for a call.

#include "store/copy.h"
#include "store/memory.h"

#include "base/assert.h"

#include <stdlib.h>

typedef struct memory_reader {
    sw_reader        reader; // first
    sw_memory_store *store;
} memory_reader;

static sw_memory_store *lock(sw_reader *reader)
{
    sw_memory_store *store = ((memory_reader *)reader)->store;
    pthread_mutex_lock(&store->lock);
    return store;
}

static bool unlock(sw_memory_store *store, bool result)
{
    pthread_mutex_unlock(&store->lock);
    return result;
}

// --- All rows of a kind --------------------------------------------------------------------------

// The same loop for each type of row.
#define DEFINE_EACH(name, member, type)                                                            \
    static bool name(sw_reader *reader, bool (*visit)(void *who, const type *row), void *who,      \
                     sw_error *err)                                                                \
    {                                                                                              \
        sw_memory_store *store = lock(reader);                                                     \
        (void)err;                                                                                 \
        for (size_t i = 0; i < store->member.count; i++)                                           \
            if (!visit(who, store->member.items[i]))                                               \
                break;                                                                             \
        return unlock(store, true);                                                                \
    }

DEFINE_EACH(each_machine, machines, sw_machine_row)
DEFINE_EACH(each_version, versions, sw_version_row)
DEFINE_EACH(each_alias, aliases, sw_alias_row)
DEFINE_EACH(each_activity, activities, sw_activity_row)
DEFINE_EACH(each_activity_task, activity_tasks, sw_activity_task_row)

static bool visit_tags(const sw_memory_tags *tags, sw_visit_tag *visit, void *who)
{
    for (size_t i = 0; i < tags->count; i++)
        if (!visit(who, tags->arn, &tags->tags[i]))
            return false;
    return true;
}

static bool each_tag(sw_reader *reader, sw_visit_tag *visit, void *who, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    (void)err;
    for (size_t i = 0; i < store->tags.count; i++)
        if (!visit_tags(store->tags.items[i], visit, who))
            break;
    return unlock(store, true);
}

static bool each_running(sw_reader *reader, sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    (void)err;
    for (size_t i = 0; i < store->executions.count; i++) {
        const sw_execution_row *row = store->executions.items[i];
        sw_execution_row        small = {.id = row->id,
                                         .machine = row->machine,
                                         .due_ms = row->due_ms,
                                         .flags = row->flags,
                                         .event_count = row->event_count};
        if (row->stop_ms == 0 && !visit(who, &small))
            break;
    }
    return unlock(store, true);
}

// --- One row -------------------------------------------------------------------------------------

static bool find_revision(sw_reader *reader, int64_t id, sw_arena *arena, sw_revision_row *result,
                          bool *found, sw_error *err)
{
    sw_memory_store       *store = lock(reader);
    const sw_revision_row *there = sw_rows_find(&store->revisions, &id);
    sw_revision_row        row = {0};
    if (there != NULL) {
        row = *there;
        if (!SW_COPY_TEXTS(arena, err, &row.revision_id, &row.definition, &row.role_arn,
                           &row.logging, &row.tracing))
            return unlock(store, false);
        *result = row;
    }
    *found = there != NULL;
    return unlock(store, true);
}

static bool copy_execution(const sw_memory_execution *there, sw_arena *arena,
                           sw_execution_row *result, bool *found, sw_error *err)
{
    if (there != NULL) {
        sw_execution_row row = there->row;
        if (!SW_COPY_TEXTS(arena, err, &row.name, &row.alias, &row.trace_header, &row.mock_case,
                           &row.input, &row.output, &row.error, &row.cause))
            return false;
        *result = row;
    }
    *found = there != NULL;
    return true;
}

static bool find_execution(sw_reader *reader, int64_t id, sw_arena *arena, sw_execution_row *row,
                           bool *found, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    return unlock(store,
                  copy_execution(sw_rows_find(&store->executions, &id), arena, row, found, err));
}

static bool find_execution_by_name(sw_reader *reader, int64_t machine, sw_str name, sw_arena *arena,
                                   sw_execution_row *row, bool *found, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    return unlock(store, copy_execution(sw_memory_names_find(&store->names, machine, name), arena,
                                        row, found, err));
}

static bool find_map_run(sw_reader *reader, int64_t id, sw_arena *arena, sw_map_run_row *result,
                         bool *found, sw_error *err)
{
    sw_memory_store      *store = lock(reader);
    const sw_map_run_row *there = sw_rows_find(&store->map_runs, &id);
    *found = there != NULL;
    if (there == NULL)
        return unlock(store, true);
    sw_map_run_row row = *there;
    bool ok = SW_COPY_TEXTS(arena, err, &row.arn, &row.execution_arn, &row.state, &row.settings,
                            &row.counts);
    if (ok)
        *result = row;
    return unlock(store, ok);
}

static bool list_map_runs(sw_reader *reader, int64_t execution, sw_visit_map_run *visit, void *who,
                          sw_error *err)
{
    sw_memory_store *store = lock(reader);
    (void)err;
    for (size_t i = 0; i < store->map_runs.count; i++) {
        const sw_map_run_row *row = store->map_runs.items[i];
        if (row->execution == execution && !visit(who, row))
            break;
    }
    return unlock(store, true);
}

// --- Pages ---------------------------------------------------------------------------------------

static sw_execution_row without_payloads(const sw_execution_row *row)
{
    sw_execution_row lean = *row;
    lean.input = lean.output = lean.error = lean.cause = (sw_str){0};
    lean.has_output = lean.has_error = lean.has_cause = false;
    return lean;
}

static bool matches(const sw_execution_query *query, const sw_execution_row *row)
{
    return (query->status < 0 || query->status == row->status) &&
           (query->version == 0 || query->version == row->version) &&
           (query->alias.bytes == 0 || sw_str_equal(query->alias, row->alias));
}

static size_t first_place(const sw_rows *by_start, const sw_execution_query *query)
{
    sw_execution_row place = {.id = query->before_id, .start_ms = query->before_start_ms};
    return query->before_id == 0 ? by_start->count : sw_rows_lower(by_start, &place);
}

static bool list_executions(sw_reader *reader, const sw_execution_query *query,
                            sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_memory_store       *store = lock(reader);
    const sw_memory_index *index = sw_rows_find(&store->indexes, &query->machine);
    uint32_t               left = query->limit;
    (void)err;
    SW_ASSERT(left > 0);
    if (index == NULL)
        return unlock(store, true);
    for (size_t i = first_place(&index->by_start, query); i > 0 && left > 0; i--) {
        const sw_execution_row *row = index->by_start.items[i - 1];
        if (!matches(query, row))
            continue;
        sw_execution_row lean = without_payloads(row);
        if (!visit(who, &lean))
            break;
        left--;
    }
    return unlock(store, true);
}

static bool list_ended(sw_reader *reader, int64_t before_stop_ms, uint32_t limit,
                       sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    (void)err;
    for (size_t i = 0; i < store->executions.count && limit > 0; i++) {
        const sw_execution_row *row = store->executions.items[i];
        if (row->stop_ms == 0 || row->stop_ms >= before_stop_ms)
            continue;
        sw_execution_row small = {.id = row->id,
                                  .machine = row->machine,
                                  .start_ms = row->start_ms,
                                  .stop_ms = row->stop_ms};
        if (!visit(who, &small))
            break;
        limit--;
    }
    return unlock(store, true);
}

static bool count_executions(sw_reader *reader, int64_t machine, int status, int64_t *count,
                             sw_error *err)
{
    sw_memory_store       *store = lock(reader);
    const sw_memory_index *index = sw_rows_find(&store->indexes, &machine);
    int64_t                counted = 0;
    (void)err;
    for (size_t i = 0; index != NULL && i < index->by_start.count; i++)
        if (status < 0 || ((const sw_execution_row *)index->by_start.items[i])->status == status)
            counted++;
    *count = counted;
    return unlock(store, true);
}

// --- Histories -----------------------------------------------------------------------------------

// A chunk reaches to the event before the next one's first.
static bool reaches(const sw_memory_execution *execution, size_t chunk, uint32_t from_event)
{
    return execution->chunks[chunk].first_event >= from_event ||
           chunk + 1 == execution->chunk_count ||
           execution->chunks[chunk + 1].first_event > from_event;
}

static bool read_history(sw_reader *reader, int64_t id, uint32_t from_event, uint32_t last,
                         sw_visit_events *visit, void *who, sw_error *err)
{
    sw_memory_store           *store = lock(reader);
    const sw_memory_execution *execution = sw_rows_find(&store->executions, &id);
    (void)err;
    for (size_t i = 0; execution != NULL && i < execution->chunk_count; i++) {
        const sw_memory_chunk *chunk = &execution->chunks[i];
        if (chunk->first_event > last)
            break;
        if (reaches(execution, i, from_event) && !visit(who, chunk->first_event, chunk->events))
            break;
    }
    return unlock(store, true);
}

// --- The store's own -----------------------------------------------------------------------------

static bool get_last_ids(sw_reader *reader, sw_last_ids *ids, sw_error *err)
{
    sw_memory_store *store = lock(reader);
    (void)err;
    *ids = store->last_ids;
    return unlock(store, true);
}

static bool get_secret(sw_reader *reader, unsigned char secret[32], sw_error *err)
{
    (void)err; // it never changes, so no lock
    memcpy(secret, ((memory_reader *)reader)->store->secret, 32);
    return true;
}

// --- Opening and closing -------------------------------------------------------------------------

static void close_reader(sw_reader *reader)
{
    free(reader);
}

static const sw_reader functions = {
    .close = close_reader,
    .each_machine = each_machine,
    .each_version = each_version,
    .each_alias = each_alias,
    .each_activity = each_activity,
    .each_tag = each_tag,
    .each_activity_task = each_activity_task,
    .each_running = each_running,
    .find_revision = find_revision,
    .find_execution = find_execution,
    .find_execution_by_name = find_execution_by_name,
    .list_executions = list_executions,
    .list_ended = list_ended,
    .find_map_run = find_map_run,
    .list_map_runs = list_map_runs,
    .read_history = read_history,
    .count_executions = count_executions,
    .get_last_ids = get_last_ids,
    .get_secret = get_secret,
};

bool sw_reader_open_memory(sw_memory_store *store, sw_reader **reader, sw_error *err)
{
    memory_reader *self = malloc(sizeof *self);
    if (self == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    *self = (memory_reader){functions, store};
    *reader = &self->reader;
    return true;
}
