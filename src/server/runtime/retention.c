// retention.c: executions that ended long ago are forgotten, with their histories.
//
// A child of a Map Run stays as long as that is open: its output is a part of the result.
//
// docs: AWS keeps them 90 days; then the name may be used again. A few at a time, so that nobody
// waits for it. What is forgotten can no longer be redriven (sw_redrive_refusal), and a margin lies
// between the two, so that no execution is redriven while it is being forgotten.

#include "server/runtime/internal.h"

#include "base/note.h"

#define BATCH     2000u
#define MARGIN_MS 60000
#define IDLE_MS   60000 // when nothing was old enough

typedef struct old {
    int64_t id, machine;
} old;

typedef struct purge {
    sw_batch *batch;
    old      *rows; // in the batch's arena
    uint32_t  count;
} purge;

static bool note(void *who, const sw_execution_row *row)
{
    purge *p = who;
    p->rows[p->count++] = (old){row->id, row->machine};
    return true;
}

static bool is_needed(sw_reader *reader, const old *row, sw_arena *arena)
{
    sw_map_run_row map_run;
    sw_error       err;
    bool           found = false;
    if (row->machine >= 0)
        return false;
    return !reader->find_map_run(reader, -row->machine, arena, &map_run, &found, &err) ||
           (found && map_run.status == SW_RUNNING);
}

static bool find_old(sw_reader *reader, int64_t before_ms, purge *p, sw_error *err)
{
    p->rows = SW_ARENA_ARRAY(&p->batch->arena, old, BATCH);
    if (!reader->list_ended(reader, before_ms, BATCH, note, p, err))
        return false;
    for (uint32_t i = 0; i < p->count; i++) {
        if (!is_needed(reader, &p->rows[i], &p->batch->arena))
            sw_batch_add(p->batch, SW_RECORD_EXECUTION_PURGED)->id = p->rows[i].id;
    }
    return p->batch->count > 0;
}

static void purged(sw_batch *batch, const sw_error *err)
{
    sw_runtime *runtime = batch->who;
    if (err == NULL) // otherwise the committer has stopped for good, and so will the server
        SW_NOTE(SW_NOTE_INFO, "executions were forgotten",
                SW_NOTE_NUMBER("count", (int64_t)batch->count));
    sw_batch_free(batch);
    __atomic_store_n(&runtime->purging, false, __ATOMIC_RELEASE);
}

static void purge_some(sw_runtime *runtime, int64_t now_ms)
{
    sw_store *store = runtime->options.store;
    sw_error  err;
    purge     p = {.batch = sw_batch_new(purged, runtime)};
    bool      open = runtime->retention_reader != NULL ||
                store->reader_open(store, &runtime->retention_reader, &err);
    int64_t before_ms = now_ms - runtime->options.retention_ms - MARGIN_MS;
    if (!open || !find_old(runtime->retention_reader, before_ms, &p, &err)) {
        sw_batch_free(p.batch);
        runtime->next_purge_ms = now_ms + IDLE_MS;
        return;
    }
    __atomic_store_n(&runtime->purging, true, __ATOMIC_RELEASE);
    sw_runtime_commit(runtime, p.batch);
}

void sw_retention_tick(sw_runtime *runtime)
{
    int64_t now_ms = sw_runtime_now(runtime);
    if (runtime->options.retention_ms == 0 || now_ms < runtime->next_purge_ms ||
        __atomic_load_n(&runtime->purging, __ATOMIC_ACQUIRE))
        return;
    purge_some(runtime, now_ms);
}

void sw_retention_close(sw_runtime *runtime)
{
    if (runtime->retention_reader != NULL)
        runtime->retention_reader->close(runtime->retention_reader);
}
