// batch.c: fold a batch's records by execution.

#include "store/batch.h"

#include "base/assert.h"

#include <stdlib.h>

// A batch beyond this is a mistake of the committer's: it is held in memory twice.
#define RECORDS_MAX (1u << 24)

void sw_batch_init(sw_batch *batch)
{
    *batch = (sw_batch){0};
}

void sw_batch_clear(sw_batch *batch)
{
    free(batch->changes);
    free(batch->slots);
    sw_batch_init(batch);
}

static bool grow(sw_batch *batch, size_t capacity)
{
    sw_batch_clear(batch);
    batch->changes = malloc(capacity * sizeof *batch->changes);
    batch->slots = malloc(2 * capacity * sizeof *batch->slots);
    if (batch->changes == NULL || batch->slots == NULL) {
        sw_batch_clear(batch);
        return false;
    }
    batch->capacity = capacity;
    return true;
}

bool sw_batch_reset(sw_batch *batch, size_t record_count, sw_error *err)
{
    SW_ASSERT(record_count <= RECORDS_MAX);
    size_t capacity = 32;
    while (capacity < record_count)
        capacity *= 2;
    if (capacity > batch->capacity && !grow(batch, capacity))
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory for a batch of %zu records",
                       record_count);
    // Of what a large batch once needed a small one uses, and empties, only a part.
    batch->slot_count = 2 * capacity;
    memset(batch->slots, 0, batch->slot_count * sizeof *batch->slots);
    batch->count = 0;
    return true;
}

bool sw_record_execution(const sw_record *record, int64_t *id)
{
    switch (record->kind) {
    case SW_RECORD_EXECUTION:
    case SW_RECORD_EXECUTION_PROGRESS:
    case SW_RECORD_EXECUTION_ENDED:
    case SW_RECORD_EXECUTION_REDRIVEN:
        *id = record->execution->id;
        return true;
    case SW_RECORD_EVENTS:
    case SW_RECORD_EXECUTION_PURGED:
        *id = record->id;
        return true;
    case SW_RECORD_MACHINE:
    case SW_RECORD_MACHINE_DELETED:
    case SW_RECORD_REVISION:
    case SW_RECORD_VERSION:
    case SW_RECORD_VERSION_DELETED:
    case SW_RECORD_ALIAS:
    case SW_RECORD_ALIAS_DELETED:
    case SW_RECORD_ACTIVITY:
    case SW_RECORD_ACTIVITY_DELETED:
    case SW_RECORD_TAGS:
    case SW_RECORD_ACTIVITY_TASK:
    case SW_RECORD_ACTIVITY_TASK_GONE:
    case SW_RECORD_MAP_RUN:
        return false;
    }
    sw_assert_failed("a kind of record", __FILE__, __LINE__);
}

// Ids grow, so a multiplication spreads them well.
static size_t slot_of(const sw_batch *batch, int64_t id)
{
    uint64_t hash = (uint64_t)id * 0x9e3779b97f4a7c15u;
    return (size_t)(hash >> 32) & (batch->slot_count - 1);
}

sw_change *sw_batch_find(sw_batch *batch, int64_t id, bool *is_new)
{
    size_t slot = slot_of(batch, id);
    while (batch->slots[slot] != 0) {
        sw_change *change = &batch->changes[batch->slots[slot] - 1];
        if (change->id == id) {
            *is_new = false;
            return change;
        }
        slot = (slot + 1) & (batch->slot_count - 1);
    }
    SW_ASSERT(batch->count < batch->capacity);
    sw_change *change = &batch->changes[batch->count++];
    *change = (sw_change){.id = id, .due_ms = INT64_MAX};
    batch->slots[slot] = (uint32_t)batch->count;
    *is_new = true;
    return change;
}

// --- What may follow what ------------------------------------------------------------------------

static bool refuse(const sw_change *change, const char *what, sw_error *err)
{
    return sw_fail(err, SW_ERROR_INVALID, "a record contradicts the store: execution %lld %s",
                   (long long)change->id, what);
}

static void take_progress(sw_change *change, const sw_execution_row *row)
{
    change->due_ms = row->due_ms;
    change->flags = row->flags;
    change->event_count = row->event_count;
}

static bool add_inserted(sw_change *change, const sw_execution_row *row, sw_error *err)
{
    if (change->exists)
        return refuse(change, "exists", err);
    // An id is never used twice, not even after a purge in the same batch.
    if (change->was_stored || change->inserted != NULL)
        return refuse(change, "existed", err);
    change->exists = change->running = true;
    change->machine = row->machine;
    change->inserted = row;
    take_progress(change, row);
    return true;
}

static bool add_ended(sw_change *change, const sw_execution_row *row)
{
    change->running = false;
    change->event_count = row->event_count;
    change->ended = row;
    return true;
}

static bool add_redriven(sw_change *change, const sw_execution_row *row)
{
    change->running = true;
    change->due_ms = row->due_ms;
    change->flags = row->flags;
    change->redriven = row;
    change->ended = NULL;
    return true;
}

bool sw_change_add(sw_change *change, const sw_record *record, sw_error *err)
{
    sw_record_kind kind = record->kind;
    if (kind == SW_RECORD_EXECUTION)
        return add_inserted(change, record->execution, err);
    if (!change->exists)
        return refuse(change, "is not there", err);
    bool wants_ended = kind == SW_RECORD_EXECUTION_REDRIVEN || kind == SW_RECORD_EXECUTION_PURGED;
    if (change->running && wants_ended)
        return refuse(change, "has not ended", err);
    if (!change->running && !wants_ended)
        return refuse(change, "does not run", err);
    if (kind == SW_RECORD_EXECUTION_PROGRESS)
        take_progress(change, record->execution);
    else if (kind == SW_RECORD_EXECUTION_ENDED)
        return add_ended(change, record->execution);
    else if (kind == SW_RECORD_EXECUTION_REDRIVEN)
        return add_redriven(change, record->execution);
    else if (kind == SW_RECORD_EXECUTION_PURGED)
        change->exists = false;
    return true;
}
