// sqlite_read.c: a reader: its own read-only connection and statements, for one thread.
//
// A row is made of the columns in the order in which statements.def selects them. Each call is one
// statement, or several in one read transaction, so it sees one moment.

#include "store/copy.h"
#include "store/sqlite.h"

#include "base/assert.h"

#include <stdlib.h>

typedef struct sqlite_reader {
    sw_reader     reader; // first
    sw_connection connection;
    char         *path;
} sqlite_reader;

static sw_connection *connection_of(sw_reader *reader)
{
    return &((sqlite_reader *)reader)->connection;
}

// --- Rows ----------------------------------------------------------------------------------------

static void get_machine(sw_query *query, sw_machine_row *row)
{
    row->id = sw_query_get_int(query);
    row->arn = sw_query_get_text(query);
    row->name = sw_query_get_text(query);
    row->role_arn = sw_query_get_text(query);
    row->type = (uint8_t)sw_query_get_int(query);
    row->deleting = sw_query_get_int(query) != 0;
    row->created_ms = sw_query_get_int(query);
    row->updated_ms = sw_query_get_int(query);
    row->revision = sw_query_get_int(query);
    row->revision_id = sw_query_get_text(query);
    row->next_version = sw_query_get_int(query);
    row->logging = sw_query_get_text(query);
    row->tracing = sw_query_get_text(query);
    row->encryption = sw_query_get_text(query);
}

static void get_revision(sw_query *query, sw_revision_row *row)
{
    row->id = sw_query_get_int(query);
    row->machine = sw_query_get_int(query);
    row->revision_id = sw_query_get_text(query);
    row->role_arn = sw_query_get_text(query);
    row->created_ms = sw_query_get_int(query);
    row->logging = sw_query_get_text(query);
    row->tracing = sw_query_get_text(query);
    row->definition = sw_query_get_text(query);
}

static void get_version(sw_query *query, sw_version_row *row)
{
    row->machine = sw_query_get_int(query);
    row->number = sw_query_get_int(query);
    row->revision = sw_query_get_int(query);
    row->created_ms = sw_query_get_int(query);
    row->description = sw_query_get_text(query);
}

static void get_alias(sw_query *query, sw_alias_row *row)
{
    row->machine = sw_query_get_int(query);
    row->name = sw_query_get_text(query);
    row->description = sw_query_get_text(query);
    row->created_ms = sw_query_get_int(query);
    row->updated_ms = sw_query_get_int(query);
    for (int i = 0; i < 2; i++) {
        row->version[i] = sw_query_get_int(query);
        row->weight[i] = (uint8_t)sw_query_get_int(query);
    }
}

static void get_activity(sw_query *query, sw_activity_row *row)
{
    row->id = sw_query_get_int(query);
    row->arn = sw_query_get_text(query);
    row->name = sw_query_get_text(query);
    row->created_ms = sw_query_get_int(query);
    row->encryption = sw_query_get_text(query);
}

static void get_activity_task(sw_query *query, sw_activity_task_row *row)
{
    row->id = sw_query_get_int(query);
    row->activity = sw_query_get_int(query);
    row->execution = sw_query_get_int(query);
    row->frame = (uint32_t)sw_query_get_int(query);
    row->attempt = (uint32_t)sw_query_get_int(query);
}

static void get_map_run(sw_query *query, sw_map_run_row *row)
{
    row->id = sw_query_get_int(query);
    row->execution = sw_query_get_int(query);
    row->frame = (uint32_t)sw_query_get_int(query);
    row->attempt = (uint32_t)sw_query_get_int(query);
    row->machine = sw_query_get_int(query);
    row->revision = sw_query_get_int(query);
    row->express = sw_query_get_int(query) != 0;
    row->status = (uint8_t)sw_query_get_int(query);
    row->start_ms = sw_query_get_int(query);
    row->stop_ms = sw_query_get_int(query);
    row->redrive_ms = sw_query_get_int(query);
    row->redrive_count = (uint32_t)sw_query_get_int(query);
    row->arn = sw_query_get_text(query);
    row->execution_arn = sw_query_get_text(query);
    row->state = sw_query_get_text(query);
    row->settings = sw_query_get_text(query);
    row->counts = sw_query_get_text(query);
}

static int64_t get_due(sw_query *query)
{
    bool    never = sw_query_is_null(query);
    int64_t due_ms = sw_query_get_int(query);
    return never ? INT64_MAX : due_ms;
}

static void get_running(sw_query *query, sw_execution_row *row)
{
    row->id = sw_query_get_int(query);
    row->machine = sw_query_get_int(query);
    row->due_ms = get_due(query);
    row->flags = (uint32_t)sw_query_get_int(query);
    row->event_count = (uint32_t)sw_query_get_int(query);
}

static void get_parent(sw_query *query, sw_parent_link *parent)
{
    parent->execution = sw_query_get_int(query);
    parent->frame = (uint32_t)sw_query_get_int(query);
    parent->attempt = (uint32_t)sw_query_get_int(query);
    parent->mode = (uint8_t)sw_query_get_int(query);
}

static void get_execution(sw_query *query, sw_execution_row *row)
{
    row->id = sw_query_get_int(query);
    row->machine = sw_query_get_int(query);
    row->revision = sw_query_get_int(query);
    row->status = (uint8_t)sw_query_get_int(query);
    row->start_ms = sw_query_get_int(query);
    row->stop_ms = sw_query_get_int(query);
    row->name = sw_query_get_text(query);
    row->version = sw_query_get_int(query);
    row->alias = sw_query_get_text(query);
    row->generated_name = sw_query_get_int(query) != 0;
    row->redrive_ms = sw_query_get_int(query);
    row->redrive_count = (uint32_t)sw_query_get_int(query);
    row->trace_header = sw_query_get_text(query);
    row->mock_case = sw_query_get_text(query);
    row->seed = (uint64_t)sw_query_get_int(query);
    get_parent(query, &row->parent);
    row->event_count = (uint32_t)sw_query_get_int(query);
    row->due_ms = get_due(query);
    row->flags = (uint32_t)sw_query_get_int(query);
}

static sw_str get_maybe(sw_query *query, bool *there)
{
    *there = !sw_query_is_null(query);
    return sw_query_get_text(query);
}

static void get_payloads(sw_query *query, sw_execution_row *row)
{
    row->input = sw_query_get_text(query);
    row->output = get_maybe(query, &row->has_output);
    row->error = get_maybe(query, &row->has_error);
    row->cause = get_maybe(query, &row->has_cause);
}

// --- All rows of a kind --------------------------------------------------------------------------

// The same loop for each type of row: step, get, visit.
#define DEFINE_EACH(name, get, type)                                                               \
    static bool name(sw_query *query, bool (*visit)(void *who, const type *row), void *who,        \
                     sw_error *err)                                                                \
    {                                                                                              \
        bool found, wanted = true;                                                                 \
        while (wanted) {                                                                           \
            type row = {0};                                                                        \
            if (!sw_query_step(query, &found, err))                                                \
                return false;                                                                      \
            if (!found)                                                                            \
                break;                                                                             \
            get(query, &row);                                                                      \
            wanted = visit(who, &row);                                                             \
        }                                                                                          \
        sw_query_end(query);                                                                       \
        return true;                                                                               \
    }

DEFINE_EACH(visit_machines, get_machine, sw_machine_row)
DEFINE_EACH(visit_versions, get_version, sw_version_row)
DEFINE_EACH(visit_aliases, get_alias, sw_alias_row)
DEFINE_EACH(visit_activities, get_activity, sw_activity_row)
DEFINE_EACH(visit_activity_tasks, get_activity_task, sw_activity_task_row)
DEFINE_EACH(visit_map_runs, get_map_run, sw_map_run_row)
DEFINE_EACH(visit_running, get_running, sw_execution_row)
DEFINE_EACH(visit_executions, get_execution, sw_execution_row)

static bool each_machine(sw_reader *reader, sw_visit_machine *visit, void *who, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_MACHINE, err) &&
           visit_machines(&query, visit, who, err);
}

static bool each_version(sw_reader *reader, sw_visit_version *visit, void *who, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_VERSION, err) &&
           visit_versions(&query, visit, who, err);
}

static bool each_alias(sw_reader *reader, sw_visit_alias *visit, void *who, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_ALIAS, err) &&
           visit_aliases(&query, visit, who, err);
}

static bool each_activity(sw_reader *reader, sw_visit_activity *visit, void *who, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_ACTIVITY, err) &&
           visit_activities(&query, visit, who, err);
}

static bool each_activity_task(sw_reader *reader, sw_visit_activity_task *visit, void *who,
                               sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_ACTIVITY_TASK, err) &&
           visit_activity_tasks(&query, visit, who, err);
}

static bool each_running(sw_reader *reader, sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_RUNNING, err) &&
           visit_running(&query, visit, who, err);
}

static bool each_tag(sw_reader *reader, sw_visit_tag *visit, void *who, sw_error *err)
{
    sw_query query;
    bool     found, wanted = true;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_EACH_TAG, err))
        return false;
    while (wanted) {
        if (!sw_query_step(&query, &found, err))
            return false;
        if (!found)
            break;
        sw_str arn = sw_query_get_text(&query);
        sw_tag tag = {sw_query_get_text(&query), {0}};
        tag.value = sw_query_get_text(&query);
        wanted = visit(who, arn, &tag);
    }
    sw_query_end(&query);
    return true;
}

// --- One row -------------------------------------------------------------------------------------

static bool find_revision(sw_reader *reader, int64_t id, sw_arena *arena, sw_revision_row *result,
                          bool *found, sw_error *err)
{
    sw_query        query;
    sw_revision_row row = {0};
    bool            there, copied = true;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_FIND_REVISION, err))
        return false;
    sw_query_put_int(&query, id);
    if (!sw_query_step(&query, &there, err))
        return false;
    if (there) {
        get_revision(&query, &row);
        copied = SW_COPY_TEXTS(arena, err, &row.revision_id, &row.role_arn, &row.logging,
                               &row.tracing, &row.definition);
    }
    sw_query_end(&query);
    if (!copied)
        return false;
    *found = there;
    if (there)
        *result = row;
    return true;
}

static bool find(sw_query *query, sw_arena *arena, sw_execution_row *result, bool *found,
                 sw_error *err)
{
    sw_execution_row row = {0};
    bool             there, copied = true;
    if (!sw_query_step(query, &there, err))
        return false;
    if (there) {
        get_execution(query, &row);
        get_payloads(query, &row);
        copied = SW_COPY_TEXTS(arena, err, &row.name, &row.alias, &row.trace_header, &row.mock_case,
                               &row.input, &row.output, &row.error, &row.cause);
    }
    sw_query_end(query);
    if (!copied)
        return false;
    *found = there;
    if (there)
        *result = row;
    return true;
}

static bool find_execution(sw_reader *reader, int64_t id, sw_arena *arena, sw_execution_row *row,
                           bool *found, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_FIND_EXECUTION, err))
        return false;
    sw_query_put_int(&query, id);
    return find(&query, arena, row, found, err);
}

static bool find_execution_by_name(sw_reader *reader, int64_t machine, sw_str name, sw_arena *arena,
                                   sw_execution_row *row, bool *found, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_FIND_EXECUTION_BY_NAME, err))
        return false;
    sw_query_put_int(&query, machine);
    sw_query_put_text(&query, name);
    return find(&query, arena, row, found, err);
}

static bool find_map_run(sw_reader *reader, int64_t id, sw_arena *arena, sw_map_run_row *result,
                         bool *found, sw_error *err)
{
    sw_query       query;
    sw_map_run_row row = {0};
    bool           there, copied = true;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_FIND_MAP_RUN, err))
        return false;
    sw_query_put_int(&query, id);
    if (!sw_query_step(&query, &there, err))
        return false;
    if (there) {
        get_map_run(&query, &row);
        copied = SW_COPY_TEXTS(arena, err, &row.arn, &row.execution_arn, &row.state, &row.settings,
                               &row.counts);
    }
    sw_query_end(&query);
    if (!copied)
        return false;
    *found = there;
    if (there)
        *result = row;
    return true;
}

static bool list_map_runs(sw_reader *reader, int64_t execution, sw_visit_map_run *visit, void *who,
                          sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_LIST_MAP_RUNS, err))
        return false;
    sw_query_put_int(&query, execution);
    return visit_map_runs(&query, visit, who, err);
}

// --- Pages ---------------------------------------------------------------------------------------

#define SUCCEEDED 1 // sw_status, whose header a store does not need

static sw_statement choose_list(const sw_execution_query *page)
{
    if (page->alias.bytes > 0)
        return SW_SQL_LIST_ALIAS;
    if (page->version > 0)
        return SW_SQL_LIST_VERSION;
    if (page->status < 0)
        return SW_SQL_LIST_ANY;
    return page->status == SUCCEEDED ? SW_SQL_LIST_SUCCEEDED : SW_SQL_LIST_STATUS;
}

static void put_page(sw_query *query, const sw_execution_query *page, sw_statement statement)
{
    bool from_top = page->before_id == 0;
    sw_query_put_int(query, page->machine);
    sw_query_put_int(query, from_top ? INT64_MAX : page->before_start_ms);
    sw_query_put_int(query, from_top ? INT64_MAX : page->before_id);
    sw_query_put_int(query, page->limit);
    if (statement == SW_SQL_LIST_ANY)
        return;
    sw_query_put_int(query, page->status);
    if (statement == SW_SQL_LIST_ALIAS)
        sw_query_put_text(query, page->alias);
    else if (statement == SW_SQL_LIST_VERSION)
        sw_query_put_int(query, page->version);
}

static bool list_executions(sw_reader *reader, const sw_execution_query *page,
                            sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_statement statement = choose_list(page);
    sw_query     query;
    SW_ASSERT(page->limit > 0);
    if (!sw_query_begin(&query, connection_of(reader), statement, err))
        return false;
    put_page(&query, page, statement);
    return visit_executions(&query, visit, who, err);
}

static void get_ended(sw_query *query, sw_execution_row *row)
{
    row->id = sw_query_get_int(query);
    row->machine = sw_query_get_int(query);
    row->start_ms = sw_query_get_int(query);
    row->stop_ms = sw_query_get_int(query);
}

// Ids grow with time: behind the first one that started too late there is nothing to purge.
static bool list_ended(sw_reader *reader, int64_t before_stop_ms, uint32_t limit,
                       sw_visit_execution *visit, void *who, sw_error *err)
{
    sw_query query;
    bool     found, wanted = true;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_LIST_ENDED, err))
        return false;
    while (wanted && limit > 0) {
        sw_execution_row row = {0};
        if (!sw_query_step(&query, &found, err))
            return false;
        if (!found)
            break;
        get_ended(&query, &row);
        if (row.start_ms >= before_stop_ms)
            break;
        if (row.stop_ms == 0 || row.stop_ms >= before_stop_ms)
            continue;
        wanted = visit(who, &row);
        limit--;
    }
    sw_query_end(&query);
    return true;
}

static bool count_executions(sw_reader *reader, int64_t machine, int status, int64_t *count,
                             sw_error *err)
{
    sw_statement statement = status < 0            ? SW_SQL_COUNT_ANY
                             : status == SUCCEEDED ? SW_SQL_COUNT_SUCCEEDED
                                                   : SW_SQL_COUNT_STATUS;
    sw_query     query;
    bool         found;
    if (!sw_query_begin(&query, connection_of(reader), statement, err))
        return false;
    sw_query_put_int(&query, machine);
    if (statement == SW_SQL_COUNT_STATUS)
        sw_query_put_int(&query, status);
    if (!sw_query_step(&query, &found, err))
        return false;
    *count = sw_query_get_int(&query);
    sw_query_end(&query);
    return true;
}

// --- Histories -----------------------------------------------------------------------------------

typedef struct chunk_list {
    int64_t *ids; // newest first
    size_t   count, capacity;
} chunk_list;

static bool add_chunk(chunk_list *list, int64_t id, sw_error *err)
{
    if (list->count == list->capacity) {
        size_t   capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        int64_t *ids = realloc(list->ids, capacity * sizeof *ids);
        if (ids == NULL)
            return sw_fail(err, SW_ERROR_MEMORY, "out of memory for a history");
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
    return true;
}

static bool find_last_chunk(sw_connection *connection, int64_t execution, int64_t *chunk,
                            sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, connection, SW_SQL_FIND_LAST_CHUNK, err))
        return false;
    sw_query_put_int(&query, execution);
    if (!sw_query_step(&query, &found, err))
        return false;
    *chunk = sw_query_get_int(&query);
    sw_query_end(&query);
    return true;
}

// A chunk that another names must be there, and come before it: else the walk might never end.
static bool find_previous(sw_connection *connection, int64_t chunk, uint32_t *first_event,
                          int64_t *previous, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, connection, SW_SQL_FIND_PREVIOUS_CHUNK, err))
        return false;
    sw_query_put_int(&query, chunk);
    if (!sw_query_step(&query, &found, err))
        return false;
    *first_event = (uint32_t)sw_query_get_int(&query);
    *previous = sw_query_get_int(&query);
    sw_query_end(&query);
    if (!found || *previous >= chunk)
        return sw_fail(err, SW_ERROR_IO, "%s is damaged: row %lld of history is not what it was",
                       connection->path, (long long)chunk);
    return true;
}

// Backwards from the newest chunk to the one that holds from_event. A chunk reaches to the event
//           before
// the next one's first; several may begin with the same event, all but one of them being private.
static bool collect_chunks(sw_connection *connection, int64_t execution, uint32_t from_event,
                           uint32_t last, chunk_list *list, sw_error *err)
{
    int64_t  chunk, previous;
    uint32_t first, next_first = UINT32_MAX;
    if (!find_last_chunk(connection, execution, &chunk, err))
        return false;
    for (; chunk != 0; chunk = previous) {
        if (!find_previous(connection, chunk, &first, &previous, err))
            return false;
        bool reaches = first >= from_event || next_first > from_event;
        if (reaches && first <= last && !add_chunk(list, chunk, err))
            return false;
        if (first < from_event)
            break;
        next_first = first;
    }
    return true;
}

static bool visit_chunk(sw_connection *connection, int64_t chunk, sw_visit_events *visit, void *who,
                        bool *wanted, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, connection, SW_SQL_FIND_CHUNK, err))
        return false;
    sw_query_put_int(&query, chunk);
    if (!sw_query_step(&query, &found, err))
        return false;
    SW_ASSERT(found); // seen in this transaction
    uint32_t first = (uint32_t)sw_query_get_int(&query);
    *wanted = visit(who, first, sw_query_get_text(&query));
    sw_query_end(&query);
    return true;
}

static bool visit_chunks(sw_connection *connection, const chunk_list *list, sw_visit_events *visit,
                         void *who, sw_error *err)
{
    bool wanted = true;
    for (size_t i = list->count; i > 0 && wanted; i--)
        if (!visit_chunk(connection, list->ids[i - 1], visit, who, &wanted, err))
            return false;
    return true;
}

static bool read_history(sw_reader *reader, int64_t execution, uint32_t from_event, uint32_t last,
                         sw_visit_events *visit, void *who, sw_error *err)
{
    sw_connection *connection = connection_of(reader);
    chunk_list     list = {0};
    if (!sw_connection_run(connection, SW_SQL_BEGIN_READING, err))
        return false;
    bool read = collect_chunks(connection, execution, from_event, last, &list, err) &&
                visit_chunks(connection, &list, visit, who, err);
    // Nothing was written, so there is nothing that could fail.
    sw_connection_run(connection, SW_SQL_ROLLBACK, NULL);
    free(list.ids);
    return read;
}

// --- The store's own -----------------------------------------------------------------------------

static bool get_last_ids(sw_reader *reader, sw_last_ids *ids, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, connection_of(reader), SW_SQL_GET_LAST_IDS, err) ||
        !sw_query_step(&query, &found, err))
        return false;
    ids->machine = sw_query_get_int(&query);
    ids->revision = sw_query_get_int(&query);
    ids->activity = sw_query_get_int(&query);
    ids->execution = sw_query_get_int(&query);
    ids->activity_task = sw_query_get_int(&query);
    ids->map_run = sw_query_get_int(&query);
    sw_query_end(&query);
    return true;
}

static bool get_secret(sw_reader *reader, unsigned char secret[32], sw_error *err)
{
    sw_connection *connection = connection_of(reader);
    sw_query       query;
    bool           found;
    if (!sw_query_begin(&query, connection, SW_SQL_GET_SECRET, err) ||
        !sw_query_step(&query, &found, err))
        return false;
    sw_str value = sw_query_get_text(&query);
    bool   good = found && value.bytes == 32;
    if (good)
        memcpy(secret, value.text, 32);
    sw_query_end(&query);
    return good ||
           sw_fail(err, SW_ERROR_IO, "%s is damaged: its secret is not there", connection->path);
}

// --- Opening and closing -------------------------------------------------------------------------

static void close_reader(sw_reader *reader)
{
    sqlite_reader *self = (sqlite_reader *)reader;
    sw_connection_close(&self->connection);
    free(self->path);
    free(self);
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

bool sw_reader_open_sqlite(const char *path, sw_reader **reader, sw_error *err)
{
    sqlite_reader *self = calloc(1, sizeof *self);
    char          *own_path = strdup(path);
    if (self == NULL || own_path == NULL) {
        free(self);
        free(own_path);
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    }
    if (!sw_connection_open(&self->connection, own_path, SW_READS, err)) {
        free(self);
        free(own_path);
        return false;
    }
    self->reader = functions;
    self->path = own_path;
    *reader = &self->reader;
    return true;
}
