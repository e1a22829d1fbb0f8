// retention.c: executions that ended long ago are forgotten, with their histories.
//
// docs: AWS keeps them 90 days; then the name may be used again. A few at a time, so that nobody
// waits for it. What is forgotten can no longer be redriven (sw_redrive_refusal), and a margin lies
// between the two, so that no execution is redriven while it is being forgotten.

#include "server/runtime/internal.h"

#include "base/note.h"

#define BATCH     2000u
#define MARGIN_MS 60000
#define IDLE_MS   60000 // when nothing was old enough

typedef struct purge {
    sw_batch *batch;
    uint32_t  count;
} purge;

static bool add(void *who, const sw_execution_row *row)
{
    purge *p = who;
    sw_batch_add(p->batch, SW_RECORD_EXECUTION_PURGED)->id = row->id;
    p->count++;
    return true;
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
    if (!open ||
        !runtime->retention_reader->list_ended(runtime->retention_reader, before_ms, BATCH, add, &p,
                                               &err) ||
        p.count == 0) {
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
