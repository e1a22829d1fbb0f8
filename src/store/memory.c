// memory.c: the store in memory: a batch is checked as a whole, then applied.

#include "store/memory.h"

#include "base/assert.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

// --- Checking a batch ----------------------------------------------------------------------------

static bool refuse(sw_error *err, const char *what)
{
    return sw_fail(err, SW_ERROR_INVALID, "a record contradicts the store: %s exists", what);
}

static void load(const sw_memory_store *self, sw_change *change)
{
    const sw_memory_execution *execution = sw_rows_find(&self->executions, &change->id);
    if (execution == NULL)
        return;
    change->was_stored = change->exists = true;
    change->was_running = change->running = execution->row.stop_ms == 0;
    change->machine = execution->row.machine;
}

static bool check_execution(sw_memory_store *self, const sw_record *record, int64_t id,
                            sw_error *err)
{
    bool       is_new;
    sw_change *change = sw_batch_find(&self->batch, id, &is_new);
    if (is_new)
        load(self, change);
    return sw_change_add(change, record, err);
}

static bool check(sw_memory_store *self, const sw_record *record, sw_error *err)
{
    int64_t id;
    if (sw_record_execution(record, &id))
        return check_execution(self, record, id, err);
    if (record->kind == SW_RECORD_REVISION && sw_rows_find(&self->revisions, record->revision))
        return refuse(err, "the revision");
    if (record->kind == SW_RECORD_VERSION && sw_rows_find(&self->versions, record->version))
        return refuse(err, "the version");
    if (record->kind == SW_RECORD_ACTIVITY && sw_rows_find(&self->activities, record->activity))
        return refuse(err, "the activity");
    if (record->kind == SW_RECORD_ACTIVITY_TASK &&
        sw_rows_find(&self->activity_tasks, record->activity_task))
        return refuse(err, "the activity's task");
    return true;
}

// Whether the batch purges who has the name now.
static bool is_purged(sw_memory_store *self, const sw_memory_execution *execution)
{
    bool             is_new;
    const sw_change *change = sw_batch_find(&self->batch, execution->row.id, &is_new);
    return !is_new && !change->exists;
}

static int compare_names(const void *a, const void *b)
{
    const sw_change *left = *(const sw_change *const *)a, *right = *(const sw_change *const *)b;
    if (left->machine != right->machine)
        return left->machine < right->machine ? -1 : 1;
    sw_str one = left->inserted->name, other = right->inserted->name;
    if (one.bytes != other.bytes)
        return one.bytes < other.bytes ? -1 : 1;
    return one.bytes > 0 ? memcmp(one.text, other.text, one.bytes) : 0;
}

static bool check_new_names(sw_memory_store *self, const sw_change **inserted, size_t count,
                            sw_error *err)
{
    qsort(inserted, count, sizeof *inserted, compare_names);
    for (size_t i = 0; i < count; i++) {
        const sw_memory_execution *holder =
            sw_memory_names_find(&self->names, inserted[i]->machine, inserted[i]->inserted->name);
        if (holder != NULL && !is_purged(self, holder))
            return refuse(err, "an execution of that name");
        if (i > 0 && compare_names(&inserted[i - 1], &inserted[i]) == 0)
            return refuse(err, "an execution of that name");
    }
    return true;
}

static bool check_names(sw_memory_store *self, sw_error *err)
{
    size_t            count = 0, total = self->batch.count;
    const sw_change **inserted = malloc((total + 1) * sizeof *inserted);
    SW_ASSERT(inserted != NULL);
    for (size_t i = 0; i < total; i++)
        if (self->batch.changes[i].inserted != NULL &&
            !self->batch.changes[i].inserted->generated_name)
            inserted[count++] = &self->batch.changes[i];
    bool good = check_new_names(self, inserted, count, err);
    free(inserted);
    return good;
}

static bool check_batch(sw_memory_store *self, const sw_record *records, size_t count,
                        sw_error *err)
{
    // Looking up who has a name may add as many changes again.
    if (!sw_batch_reset(&self->batch, 2 * count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!check(self, &records[i], err))
            return false;
    return check_names(self, err);
}

// --- Applying: machines and activities -----------------------------------------------------------

static void keep(int64_t *last, int64_t id)
{
    if (id > *last)
        *last = id;
}

// Keys stand first in what is removed by machine, but for revisions and tasks, which name it later.
static void remove_if(sw_rows *rows, size_t offset, int64_t id)
{
    for (size_t i = rows->count; i > 0; i--) {
        const char *row = rows->items[i - 1];
        if (*(const int64_t *)(const void *)(row + offset) == id)
            sw_rows_remove(rows, row, true);
    }
}

static void delete_machine(sw_memory_store *self, int64_t id)
{
    const sw_machine_row *machine = sw_rows_find(&self->machines, &id);
    if (machine != NULL)
        sw_rows_remove(&self->tags, &machine->arn, true);
    remove_if(&self->revisions, offsetof(sw_revision_row, machine), id);
    remove_if(&self->versions, offsetof(sw_version_row, machine), id);
    remove_if(&self->aliases, offsetof(sw_alias_row, machine), id);
    sw_rows_remove(&self->machines, &id, true);
}

static void delete_activity(sw_memory_store *self, int64_t id)
{
    const sw_activity_row *activity = sw_rows_find(&self->activities, &id);
    if (activity != NULL)
        sw_rows_remove(&self->tags, &activity->arn, true);
    remove_if(&self->activity_tasks, offsetof(sw_activity_task_row, activity), id);
    sw_rows_remove(&self->activities, &id, true);
}

// One allocation: the tags, and their texts behind them.
static sw_tag *copy_tags(const sw_tag *tags, size_t count)
{
    size_t bytes = count * sizeof *tags;
    for (size_t i = 0; i < count; i++)
        bytes += tags[i].key.bytes + tags[i].value.bytes;
    sw_tag *copy = malloc(bytes + 1);
    SW_ASSERT(copy != NULL);
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = (sw_tag){{at, tags[i].key.bytes}, {at + tags[i].key.bytes, tags[i].value.bytes}};
        memcpy(at, tags[i].key.text, tags[i].key.bytes);
        if (tags[i].value.bytes > 0)
            memcpy(at + tags[i].key.bytes, tags[i].value.text, tags[i].value.bytes);
        at += tags[i].key.bytes + tags[i].value.bytes;
    }
    return copy;
}

static void put_tags(sw_memory_store *self, const sw_record *record)
{
    sw_rows_remove(&self->tags, &record->text, true);
    if (record->tag_count == 0)
        return;
    sw_memory_tags row = {record->text, copy_tags(record->tags, record->tag_count),
                          record->tag_count};
    sw_rows_put(&self->tags, &row);
}

// --- Applying: executions ------------------------------------------------------------------------

static sw_memory_index *index_of(sw_memory_store *self, int64_t machine)
{
    sw_memory_index *index = sw_rows_find(&self->indexes, &machine);
    if (index != NULL)
        return index;
    sw_memory_index row = {.machine = machine, .by_start = {.type = &sw_row_by_start}};
    return sw_rows_put(&self->indexes, &row);
}

static void insert_execution(sw_memory_store *self, const sw_execution_row *row)
{
    sw_memory_execution fresh = {.row = *row};
    fresh.row.status = 0;
    fresh.row.stop_ms = 0;
    fresh.row.has_output = fresh.row.has_error = fresh.row.has_cause = false;
    fresh.row.output = fresh.row.error = fresh.row.cause = (sw_str){"", 0};
    sw_memory_execution *execution = sw_rows_put(&self->executions, &fresh);
    if (!row->generated_name)
        sw_memory_names_add(&self->names, execution);
    sw_rows_add(&index_of(self, row->machine)->by_start, execution);
}

static char *append(char *at, bool there, sw_str from, bool *has, sw_str *to)
{
    *has = there;
    *to = (sw_str){at, there ? from.bytes : 0};
    if (to->bytes > 0)
        memcpy(at, from.text, from.bytes);
    return at + to->bytes;
}

static void set_end(sw_memory_execution *execution, const sw_execution_row *end)
{
    sw_execution_row *row = &execution->row;
    free(execution->end_texts);
    char *at = execution->end_texts =
        malloc(end->output.bytes + end->error.bytes + end->cause.bytes + 1);
    SW_ASSERT(at != NULL);
    at = append(at, end->has_output, end->output, &row->has_output, &row->output);
    at = append(at, end->has_error, end->error, &row->has_error, &row->error);
    append(at, end->has_cause, end->cause, &row->has_cause, &row->cause);
    row->status = end->status;
    row->stop_ms = end->stop_ms;
}

static void end_execution(sw_memory_execution *execution, const sw_execution_row *end)
{
    set_end(execution, end);
    execution->row.event_count = end->event_count;
    execution->row.due_ms = INT64_MAX;
    execution->row.flags = 0;
}

static void redrive_execution(sw_memory_execution *execution, const sw_execution_row *redriven)
{
    static const sw_execution_row running;
    set_end(execution, &running);
    execution->row.redrive_ms = redriven->redrive_ms;
    execution->row.redrive_count = redriven->redrive_count;
    execution->row.due_ms = redriven->due_ms;
    execution->row.flags = redriven->flags;
}

static void progress_execution(sw_memory_execution *execution, const sw_execution_row *progress)
{
    execution->row.due_ms = progress->due_ms;
    execution->row.flags = progress->flags;
    execution->row.event_count = progress->event_count;
}

static void purge_execution(sw_memory_store *self, sw_memory_execution *execution)
{
    remove_if(&self->map_runs, offsetof(sw_map_run_row, execution), execution->row.id);
    if (!execution->row.generated_name)
        sw_memory_names_remove(&self->names, execution);
    sw_rows_remove(&index_of(self, execution->row.machine)->by_start, execution, false);
    sw_rows_remove(&self->executions, execution, true);
}

static void add_chunk(sw_memory_execution *execution, const sw_record *record)
{
    if (execution->chunk_count == execution->chunk_capacity) {
        execution->chunk_capacity =
            execution->chunk_capacity == 0 ? 2 : execution->chunk_capacity * 2;
        execution->chunks =
            realloc(execution->chunks, execution->chunk_capacity * sizeof *execution->chunks);
        SW_ASSERT(execution->chunks != NULL);
    }
    char *events = malloc(record->text.bytes + 1);
    SW_ASSERT(events != NULL);
    if (record->text.bytes > 0)
        memcpy(events, record->text.text, record->text.bytes);
    execution->chunks[execution->chunk_count++] =
        (sw_memory_chunk){(uint32_t)record->number, {events, record->text.bytes}};
}

// --- Applying ------------------------------------------------------------------------------------

static void apply(sw_memory_store *self, const sw_record *record)
{
    sw_last_ids *last = &self->last_ids;
    int64_t      id = 0;
    sw_record_execution(record, &id);
    sw_memory_execution *execution = id != 0 ? sw_rows_find(&self->executions, &id) : NULL;
    switch (record->kind) {
    case SW_RECORD_MACHINE:
        keep(&last->machine, record->machine->id);
        sw_rows_put(&self->machines, record->machine);
        return;
    case SW_RECORD_MACHINE_DELETED:
        delete_machine(self, record->id);
        return;
    case SW_RECORD_REVISION:
        keep(&last->revision, record->revision->id);
        sw_rows_put(&self->revisions, record->revision);
        return;
    case SW_RECORD_VERSION:
        sw_rows_put(&self->versions, record->version);
        return;
    case SW_RECORD_VERSION_DELETED:
        sw_rows_remove(&self->versions,
                       &(sw_version_row){.machine = record->id, .number = record->number}, true);
        return;
    case SW_RECORD_ALIAS:
        sw_rows_put(&self->aliases, record->alias);
        return;
    case SW_RECORD_ALIAS_DELETED:
        sw_rows_remove(&self->aliases, &(sw_alias_row){.machine = record->id, .name = record->text},
                       true);
        return;
    case SW_RECORD_ACTIVITY:
        keep(&last->activity, record->activity->id);
        sw_rows_put(&self->activities, record->activity);
        return;
    case SW_RECORD_ACTIVITY_DELETED:
        delete_activity(self, record->id);
        return;
    case SW_RECORD_TAGS:
        put_tags(self, record);
        return;
    case SW_RECORD_EXECUTION:
        keep(&last->execution, id);
        insert_execution(self, record->execution);
        return;
    case SW_RECORD_EVENTS:
        add_chunk(execution, record);
        return;
    case SW_RECORD_EXECUTION_PROGRESS:
        progress_execution(execution, record->execution);
        return;
    case SW_RECORD_EXECUTION_ENDED:
        end_execution(execution, record->execution);
        return;
    case SW_RECORD_EXECUTION_REDRIVEN:
        redrive_execution(execution, record->execution);
        return;
    case SW_RECORD_EXECUTION_PURGED:
        purge_execution(self, execution);
        return;
    case SW_RECORD_ACTIVITY_TASK:
        keep(&last->activity_task, record->activity_task->id);
        sw_rows_put(&self->activity_tasks, record->activity_task);
        return;
    case SW_RECORD_ACTIVITY_TASK_GONE:
        sw_rows_remove(&self->activity_tasks, &record->id, true);
        return;
    case SW_RECORD_MAP_RUN:
        keep(&last->map_run, record->map_run->id);
        sw_rows_put(&self->map_runs, record->map_run);
        return;
    }
}

static bool commit_locked(sw_memory_store *self, const sw_record *records, size_t count,
                          sw_error *err)
{
    if (!check_batch(self, records, count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        apply(self, &records[i]);
    return true;
}

// --- The store -----------------------------------------------------------------------------------

static bool memory_commit(sw_store *store, const sw_record *records, size_t count, sw_error *err)
{
    sw_memory_store *self = (sw_memory_store *)store;
    pthread_mutex_lock(&self->lock);
    bool committed = commit_locked(self, records, count, err);
    pthread_mutex_unlock(&self->lock);
    return committed;
}

static void memory_checkpoint(sw_store *store)
{
    (void)store;
}

static bool memory_reader_open(sw_store *store, sw_reader **reader, sw_error *err)
{
    return sw_reader_open_memory((sw_memory_store *)store, reader, err);
}

static void memory_close(sw_store *store)
{
    sw_memory_store *self = (sw_memory_store *)store;
    sw_rows *all[] = {&self->machines,   &self->revisions,      &self->versions, &self->aliases,
                      &self->activities, &self->activity_tasks, &self->tags,     &self->indexes,
                      &self->executions, &self->map_runs};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sw_rows_clear(all[i]);
    free(self->names.slots);
    sw_batch_clear(&self->batch);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static void set_types(sw_memory_store *self)
{
    self->machines.type = &sw_row_machine;
    self->revisions.type = &sw_row_revision;
    self->versions.type = &sw_row_version;
    self->aliases.type = &sw_row_alias;
    self->activities.type = &sw_row_activity;
    self->activity_tasks.type = &sw_row_activity_task;
    self->map_runs.type = &sw_row_map_run;
    self->tags.type = &sw_row_tags;
    self->executions.type = &sw_row_execution;
    self->indexes.type = &sw_row_index;
}

bool sw_store_open_memory(const sw_store_options *options, sw_store **store, sw_error *err)
{
    (void)options;
    sw_memory_store *self = calloc(1, sizeof *self);
    if (self == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    if (getrandom(self->secret, sizeof self->secret, 0) != (ssize_t)sizeof self->secret) {
        free(self);
        return sw_fail_errno(err, errno, "get random bytes for the store's secret");
    }
    self->store = (sw_store){.name = "memory",
                             .commit = memory_commit,
                             .checkpoint = memory_checkpoint,
                             .reader_open = memory_reader_open,
                             .close = memory_close};
    set_types(self);
    pthread_mutex_init(&self->lock, NULL);
    *store = &self->store;
    return true;
}
