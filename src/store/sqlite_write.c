// sqlite_write.c: a batch of records as statements.
//
// Records about machines and activities are rare and become statements as they come. Those about
// executions are folded (batch.h) and written at the end, in order of id, so that tables and their
// indexes by time grow at their ends; history chunks are written as they come, for the same reason.

#include "store/sqlite.h"

#include "base/assert.h"

#include <stdlib.h>

typedef bool write_row(sw_writer *writer, const sw_record *record, sw_error *err);

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

// A statement whose only parameter is an id.
static bool run_id(sw_writer *writer, sw_statement statement, int64_t id, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, statement, err))
        return false;
    sw_query_put_int(&query, id);
    return sw_query_run(&query, err);
}

static bool run_ids(sw_writer *writer, const sw_statement *statements, size_t count, int64_t id,
                    sw_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!run_id(writer, statements[i], id, err))
            return false;
    return true;
}

// --- Machines and what belongs to them -----------------------------------------------------------

static bool put_machine(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_machine_row *row = record->machine;
    sw_query              query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_PUT_MACHINE, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_text(&query, row->arn);
    sw_query_put_text(&query, row->name);
    sw_query_put_optional(&query, row->role_arn);
    sw_query_put_int(&query, row->type);
    sw_query_put_int(&query, row->deleting);
    sw_query_put_int(&query, row->created_ms);
    sw_query_put_int(&query, row->updated_ms);
    sw_query_put_int(&query, row->revision);
    sw_query_put_optional(&query, row->revision_id);
    sw_query_put_int(&query, row->next_version);
    sw_query_put_optional(&query, row->logging);
    sw_query_put_optional(&query, row->tracing);
    sw_query_put_optional(&query, row->encryption);
    return sw_query_run(&query, err);
}

static bool delete_machine(sw_writer *writer, const sw_record *record, sw_error *err)
{
    static const sw_statement statements[] = {SW_SQL_DELETE_MACHINE_TAGS, SW_SQL_DELETE_REVISIONS,
                                              SW_SQL_DELETE_VERSIONS, SW_SQL_DELETE_ALIASES,
                                              SW_SQL_DELETE_MACHINE};
    writer->deleted.machine = later(writer->deleted.machine, record->id);
    return sw_connection_run(&writer->connection, SW_SQL_KEEP_LAST_REVISION, err) &&
           run_ids(writer, statements, sizeof statements / sizeof *statements, record->id, err);
}

static bool insert_revision(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_revision_row *row = record->revision;
    sw_query               query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_REVISION, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_int(&query, row->machine);
    sw_query_put_optional(&query, row->revision_id);
    sw_query_put_optional(&query, row->role_arn);
    sw_query_put_int(&query, row->created_ms);
    sw_query_put_optional(&query, row->logging);
    sw_query_put_optional(&query, row->tracing);
    sw_query_put_text(&query, row->definition);
    return sw_query_run(&query, err);
}

static bool insert_version(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_version_row *row = record->version;
    sw_query              query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_VERSION, err))
        return false;
    sw_query_put_int(&query, row->machine);
    sw_query_put_int(&query, row->number);
    sw_query_put_int(&query, row->revision);
    sw_query_put_int(&query, row->created_ms);
    sw_query_put_optional(&query, row->description);
    return sw_query_run(&query, err);
}

static bool delete_version(sw_writer *writer, const sw_record *record, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_DELETE_VERSION, err))
        return false;
    sw_query_put_int(&query, record->id);
    sw_query_put_int(&query, record->number);
    return sw_query_run(&query, err);
}

static bool put_alias(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_alias_row *row = record->alias;
    sw_query            query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_PUT_ALIAS, err))
        return false;
    sw_query_put_int(&query, row->machine);
    sw_query_put_text(&query, row->name);
    sw_query_put_optional(&query, row->description);
    sw_query_put_int(&query, row->created_ms);
    sw_query_put_int(&query, row->updated_ms);
    for (int i = 0; i < 2; i++) {
        sw_query_put_int(&query, row->version[i]);
        sw_query_put_int(&query, row->weight[i]);
    }
    return sw_query_run(&query, err);
}

static bool delete_alias(sw_writer *writer, const sw_record *record, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_DELETE_ALIAS, err))
        return false;
    sw_query_put_int(&query, record->id);
    sw_query_put_text(&query, record->text);
    return sw_query_run(&query, err);
}

// --- Activities and tags -------------------------------------------------------------------------

static bool insert_activity(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_activity_row *row = record->activity;
    sw_query               query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_ACTIVITY, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_text(&query, row->arn);
    sw_query_put_text(&query, row->name);
    sw_query_put_int(&query, row->created_ms);
    sw_query_put_optional(&query, row->encryption);
    return sw_query_run(&query, err);
}

static bool delete_activity(sw_writer *writer, const sw_record *record, sw_error *err)
{
    static const sw_statement statements[] = {SW_SQL_DELETE_ACTIVITY_TAGS,
                                              SW_SQL_DELETE_ACTIVITY_TASKS, SW_SQL_DELETE_ACTIVITY};
    writer->deleted.activity = later(writer->deleted.activity, record->id);
    return sw_connection_run(&writer->connection, SW_SQL_KEEP_LAST_ACTIVITY_TASK, err) &&
           run_ids(writer, statements, sizeof statements / sizeof *statements, record->id, err);
}

static bool insert_activity_task(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_activity_task_row *row = record->activity_task;
    sw_query                    query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_ACTIVITY_TASK, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_int(&query, row->activity);
    sw_query_put_int(&query, row->execution);
    sw_query_put_int(&query, row->frame);
    sw_query_put_int(&query, row->attempt);
    return sw_query_run(&query, err);
}

static bool delete_activity_task(sw_writer *writer, const sw_record *record, sw_error *err)
{
    writer->deleted.activity_task = later(writer->deleted.activity_task, record->id);
    return run_id(writer, SW_SQL_DELETE_ACTIVITY_TASK, record->id, err);
}

static bool put_map_run(sw_writer *writer, const sw_record *record, sw_error *err)
{
    const sw_map_run_row *row = record->map_run;
    sw_query              query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_PUT_MAP_RUN, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_int(&query, row->execution);
    sw_query_put_int(&query, row->frame);
    sw_query_put_int(&query, row->attempt);
    sw_query_put_int(&query, row->machine);
    sw_query_put_int(&query, row->revision);
    sw_query_put_int(&query, row->express);
    sw_query_put_int(&query, row->status);
    sw_query_put_int(&query, row->start_ms);
    sw_query_put_int(&query, row->stop_ms);
    sw_query_put_int(&query, row->redrive_ms);
    sw_query_put_int(&query, row->redrive_count);
    sw_query_put_text(&query, row->arn);
    sw_query_put_text(&query, row->execution_arn);
    sw_query_put_text(&query, row->state);
    sw_query_put_text(&query, row->settings);
    sw_query_put_optional(&query, row->counts);
    return sw_query_run(&query, err);
}

static bool delete_tags(sw_writer *writer, sw_str arn, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_DELETE_TAGS, err))
        return false;
    sw_query_put_text(&query, arn);
    return sw_query_run(&query, err);
}

static bool put_tags(sw_writer *writer, const sw_record *record, sw_error *err)
{
    if (!delete_tags(writer, record->text, err))
        return false;
    for (size_t i = 0; i < record->tag_count; i++) {
        sw_query query;
        if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_TAG, err))
            return false;
        sw_query_put_text(&query, record->text);
        sw_query_put_int(&query, (int64_t)i);
        sw_query_put_text(&query, record->tags[i].key);
        sw_query_put_text(&query, record->tags[i].value);
        if (!sw_query_run(&query, err))
            return false;
    }
    return true;
}

// --- Executions: folding -------------------------------------------------------------------------

static bool load_running(sw_writer *writer, sw_change *change, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_FIND_RUNNING, err))
        return false;
    sw_query_put_int(&query, change->id);
    if (!sw_query_step(&query, &found, err))
        return false;
    if (found) {
        change->was_stored = change->was_running = change->exists = change->running = true;
        bool due = !sw_query_is_null(&query);
        change->due_ms = sw_query_get_int(&query);
        if (!due)
            change->due_ms = INT64_MAX;
        change->flags = (uint32_t)sw_query_get_int(&query);
        change->event_count = (uint32_t)sw_query_get_int(&query);
        change->last_chunk = sw_query_get_int(&query);
    }
    sw_query_end(&query);
    return true;
}

static bool load_ended(sw_writer *writer, sw_change *change, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_FIND_ENDED, err))
        return false;
    sw_query_put_int(&query, change->id);
    if (!sw_query_step(&query, &found, err))
        return false;
    if (found) {
        change->was_stored = change->exists = true;
        change->machine = sw_query_get_int(&query);
        change->event_count = (uint32_t)sw_query_get_int(&query);
        change->last_chunk = sw_query_get_int(&query);
    }
    sw_query_end(&query);
    return true;
}

// An insert is not looked up: the tables' own keys refuse one that is there.
static bool load(sw_writer *writer, sw_change *change, sw_record_kind kind, sw_error *err)
{
    if (kind == SW_RECORD_EXECUTION)
        return true;
    if (!load_running(writer, change, err))
        return false;
    return change->exists || load_ended(writer, change, err);
}

static bool insert_chunk(sw_writer *writer, sw_change *change, const sw_record *record,
                         sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_CHUNK, err))
        return false;
    sw_query_put_int(&query, ++writer->last_chunk);
    sw_query_put_int(&query, change->id);
    sw_query_put_int(&query, record->number);
    sw_query_put_int(&query, change->last_chunk);
    sw_query_put_blob(&query, record->text);
    change->last_chunk = writer->last_chunk;
    return sw_query_run(&query, err);
}

static bool find_previous(sw_writer *writer, int64_t chunk, int64_t *previous, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_FIND_PREVIOUS_CHUNK, err))
        return false;
    sw_query_put_int(&query, chunk);
    if (!sw_query_step(&query, &found, err))
        return false;
    query.place = 1;
    *previous = found ? sw_query_get_int(&query) : 0;
    sw_query_end(&query);
    return true;
}

// At once, so that its name is free for what follows in the batch.
static bool purge(sw_writer *writer, const sw_change *change, sw_error *err)
{
    int64_t previous;
    if (writer->deleted.execution == 0 && // the batch's first
        !sw_connection_run(&writer->connection, SW_SQL_KEEP_LAST_MAP_RUN, err))
        return false;
    if (!run_id(writer, SW_SQL_DELETE_MAP_RUNS, change->id, err))
        return false;
    for (int64_t chunk = change->last_chunk; chunk != 0; chunk = previous)
        if (!find_previous(writer, chunk, &previous, err) ||
            !run_id(writer, SW_SQL_DELETE_CHUNK, chunk, err))
            return false;
    writer->deleted.execution = later(writer->deleted.execution, change->id);
    if (change->was_running && !run_id(writer, SW_SQL_DELETE_RUNNING, change->id, err))
        return false;
    return !change->was_stored || run_id(writer, SW_SQL_DELETE_EXECUTION, change->id, err);
}

static bool fold(sw_writer *writer, const sw_record *record, sw_error *err)
{
    int64_t id;
    bool    is_new;
    if (!sw_record_execution(record, &id))
        return false;
    sw_change *change = sw_batch_find(&writer->batch, id, &is_new);
    if (is_new && !load(writer, change, record->kind, err))
        return false;
    if (!sw_change_add(change, record, err))
        return false;
    if (record->kind == SW_RECORD_EVENTS)
        return insert_chunk(writer, change, record, err);
    return record->kind != SW_RECORD_EXECUTION_PURGED || purge(writer, change, err);
}

// --- Executions: writing the sum -----------------------------------------------------------------

static void put_end(sw_query *query, const sw_execution_row *ended)
{
    static const sw_execution_row none;
    const sw_execution_row       *end = ended != NULL ? ended : &none;
    sw_query_put_maybe(query, end->has_output, end->output);
    sw_query_put_maybe(query, end->has_error, end->error);
    sw_query_put_maybe(query, end->has_cause, end->cause);
}

static bool insert_execution(sw_writer *writer, const sw_change *change, sw_error *err)
{
    const sw_execution_row *row = change->inserted, *ended = change->ended;
    const sw_execution_row *redriven = change->redriven != NULL ? change->redriven : row;
    sw_query                query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_INSERT_EXECUTION, err))
        return false;
    sw_query_put_int(&query, row->id);
    sw_query_put_int(&query, row->machine);
    sw_query_put_int(&query, row->revision);
    sw_query_put_int(&query, ended != NULL ? ended->status : 0);
    sw_query_put_int(&query, row->start_ms);
    sw_query_put_int(&query, ended != NULL ? ended->stop_ms : 0);
    sw_query_put_text(&query, row->name);
    if (row->version > 0)
        sw_query_put_int(&query, row->version);
    else
        sw_query_put_null(&query);
    sw_query_put_optional(&query, row->alias);
    sw_query_put_int(&query, redriven->redrive_ms);
    sw_query_put_int(&query, redriven->redrive_count);
    sw_query_put_optional(&query, row->trace_header);
    sw_query_put_optional(&query, row->mock_case);
    sw_query_put_int(&query, (int64_t)row->seed);
    sw_query_put_int(&query, row->parent.execution);
    sw_query_put_int(&query, row->parent.frame);
    sw_query_put_int(&query, row->parent.attempt);
    sw_query_put_int(&query, row->parent.mode);
    sw_query_put_int(&query, ended != NULL ? change->event_count : 0);
    sw_query_put_int(&query, ended != NULL ? change->last_chunk : 0);
    sw_query_put_optional(&query, row->input);
    put_end(&query, ended);
    sw_query_put_int(&query, row->generated_name);
    return sw_query_run(&query, err);
}

static bool end_execution(sw_writer *writer, const sw_change *change, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_END_EXECUTION, err))
        return false;
    sw_query_put_int(&query, change->id);
    sw_query_put_int(&query, change->ended->status);
    sw_query_put_int(&query, change->ended->stop_ms);
    sw_query_put_int(&query, change->event_count);
    sw_query_put_int(&query, change->last_chunk);
    put_end(&query, change->ended);
    return sw_query_run(&query, err);
}

static bool redrive_execution(sw_writer *writer, const sw_change *change, sw_error *err)
{
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_REDRIVE_EXECUTION, err))
        return false;
    sw_query_put_int(&query, change->id);
    sw_query_put_int(&query, change->redriven->redrive_ms);
    sw_query_put_int(&query, change->redriven->redrive_count);
    return sw_query_run(&query, err);
}

static bool write_execution(sw_writer *writer, const sw_change *change, sw_error *err)
{
    if (!change->was_stored)
        return insert_execution(writer, change, err);
    return (change->redriven == NULL || redrive_execution(writer, change, err)) &&
           (change->ended == NULL || end_execution(writer, change, err));
}

static bool put_running(sw_writer *writer, const sw_change *change, sw_error *err)
{
    bool     update = change->was_running;
    sw_query query;
    if (!sw_query_begin(&query, &writer->connection,
                        update ? SW_SQL_UPDATE_RUNNING : SW_SQL_INSERT_RUNNING, err))
        return false;
    sw_query_put_int(&query, change->id);
    if (!update)
        sw_query_put_int(&query, change->machine);
    if (change->due_ms == INT64_MAX)
        sw_query_put_null(&query);
    else
        sw_query_put_int(&query, change->due_ms);
    sw_query_put_int(&query, change->flags);
    sw_query_put_int(&query, change->event_count);
    sw_query_put_int(&query, change->last_chunk);
    return sw_query_run(&query, err);
}

static bool write_change(sw_writer *writer, const sw_change *change, sw_error *err)
{
    if (!change->exists)
        return true; // purged, which was written at once
    if (!write_execution(writer, change, err))
        return false;
    if (change->running)
        return put_running(writer, change, err);
    return !change->was_running || run_id(writer, SW_SQL_DELETE_RUNNING, change->id, err);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = ((const sw_change *)a)->id, right = ((const sw_change *)b)->id;
    return (left > right) - (left < right);
}

// After sorting nothing can be found in the batch any more.
static bool write_changes(sw_writer *writer, sw_error *err)
{
    sw_batch *batch = &writer->batch;
    if (batch->count > 1)
        qsort(batch->changes, batch->count, sizeof *batch->changes, compare_ids);
    for (size_t i = 0; i < batch->count; i++)
        if (!write_change(writer, &batch->changes[i], err))
            return false;
    return true;
}

// --- A batch -------------------------------------------------------------------------------------

static bool keep_last_id(sw_writer *writer, const char *key, int64_t id, sw_error *err)
{
    sw_query query;
    if (id == 0)
        return true;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_KEEP_LAST_ID, err))
        return false;
    sw_query_put_text(&query, sw_str_from(key));
    sw_query_put_int(&query, id);
    return sw_query_run(&query, err);
}

static bool keep_last_ids(sw_writer *writer, sw_error *err)
{
    return keep_last_id(writer, "last_machine", writer->deleted.machine, err) &&
           keep_last_id(writer, "last_activity", writer->deleted.activity, err) &&
           keep_last_id(writer, "last_execution", writer->deleted.execution, err) &&
           keep_last_id(writer, "last_activity_task", writer->deleted.activity_task, err);
}

static write_row *const write_rows[] = {
    [SW_RECORD_MACHINE] = put_machine,
    [SW_RECORD_MACHINE_DELETED] = delete_machine,
    [SW_RECORD_REVISION] = insert_revision,
    [SW_RECORD_VERSION] = insert_version,
    [SW_RECORD_VERSION_DELETED] = delete_version,
    [SW_RECORD_ALIAS] = put_alias,
    [SW_RECORD_ALIAS_DELETED] = delete_alias,
    [SW_RECORD_ACTIVITY] = insert_activity,
    [SW_RECORD_ACTIVITY_DELETED] = delete_activity,
    [SW_RECORD_TAGS] = put_tags,
    [SW_RECORD_EXECUTION] = fold,
    [SW_RECORD_EVENTS] = fold,
    [SW_RECORD_EXECUTION_PROGRESS] = fold,
    [SW_RECORD_EXECUTION_ENDED] = fold,
    [SW_RECORD_EXECUTION_REDRIVEN] = fold,
    [SW_RECORD_EXECUTION_PURGED] = fold,
    [SW_RECORD_ACTIVITY_TASK] = insert_activity_task,
    [SW_RECORD_ACTIVITY_TASK_GONE] = delete_activity_task,
    [SW_RECORD_MAP_RUN] = put_map_run,
};

bool sw_writer_write(sw_writer *writer, const sw_record *records, size_t count, sw_error *err)
{
    if (!sw_batch_reset(&writer->batch, count, err))
        return false;
    writer->deleted = (sw_last_ids){0};
    for (size_t i = 0; i < count; i++) {
        SW_ASSERT((size_t)records[i].kind < sizeof write_rows / sizeof *write_rows);
        if (!write_rows[records[i].kind](writer, &records[i], err))
            return false;
    }
    return write_changes(writer, err) && keep_last_ids(writer, err);
}
