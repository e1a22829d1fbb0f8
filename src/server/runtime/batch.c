// batch.c: records on their way to the store, and the thread that writes them.
//
// The committer takes every batch that waits, writes all of them in one transaction (group commit),
// and only then lets each batch's done go on. When the store fails it stops for good: what comes
// later is refused with the same error, so that nothing is acknowledged that a restart would not
// find.

#include "server/runtime/internal.h"

#include "base/assert.h"
#include "base/grow.h"
#include "base/note.h"

#include <stdlib.h>

#define SLOW_MS 1000 // for a commit: somebody should look at the disk

sw_batch *sw_batch_new(void (*done)(sw_batch *batch, const sw_error *err), void *who)
{
    sw_batch *batch = calloc(1, sizeof *batch);
    SW_ASSERT(batch != NULL);
    sw_arena_init(&batch->arena);
    batch->done = done;
    batch->who = who;
    return batch;
}

sw_record *sw_batch_add(sw_batch *batch, sw_record_kind kind)
{
    SW_MAKE_ROOM(&batch->arena, batch->records, batch->count, batch->capacity, 8);
    sw_record *record = &batch->records[batch->count++];
    *record = (sw_record){.kind = kind};
    return record;
}

void sw_batch_free(sw_batch *batch)
{
    sw_arena_clear(&batch->arena);
    free(batch);
}

void sw_runtime_commit(sw_runtime *runtime, sw_batch *batch)
{
    batch->next = NULL;
    pthread_mutex_lock(&runtime->commit_lock);
    bool idle = runtime->first_batch == NULL;
    *runtime->last_batch = batch;
    runtime->last_batch = &batch->next;
    if (idle)
        pthread_cond_signal(&runtime->commit_wake);
    pthread_mutex_unlock(&runtime->commit_lock);
}

// Waiting -----------------------------------------------------------------------------------------

typedef struct barrier {
    pthread_mutex_t lock;
    pthread_cond_t  reached;
    bool            done;
} barrier;

static void reach(sw_batch *batch, const sw_error *err)
{
    (void)err;
    barrier *b = batch->who;
    sw_batch_free(batch);
    pthread_mutex_lock(&b->lock);
    b->done = true;
    pthread_cond_signal(&b->reached);
    pthread_mutex_unlock(&b->lock);
}

void sw_runtime_wait_durable(sw_runtime *runtime)
{
    barrier b = {.lock = PTHREAD_MUTEX_INITIALIZER, .reached = PTHREAD_COND_INITIALIZER};
    sw_runtime_commit(runtime, sw_batch_new(reach, &b));
    pthread_mutex_lock(&b.lock);
    while (!b.done)
        pthread_cond_wait(&b.reached, &b.lock);
    pthread_mutex_unlock(&b.lock);
    pthread_cond_destroy(&b.reached);
    pthread_mutex_destroy(&b.lock);
}

// Control plane -----------------------------------------------------------------------------------

typedef struct pending_answer {
    sw_request *request;
    sw_value    answer;
} pending_answer;

static void answer_when_durable(sw_batch *batch, const sw_error *err)
{
    pending_answer pending = *(pending_answer *)batch->who;
    sw_arena_clear(&batch->arena);
    free(batch);
    if (err != NULL)
        sw_request_fail_internal(pending.request, err);
    else
        sw_request_succeed(pending.request, pending.answer);
}

void sw_runtime_commit_and_answer(sw_runtime *runtime, sw_batch *batch, sw_request *request,
                                  sw_value answer)
{
    pending_answer *pending = SW_ARENA_NEW(&batch->arena, pending_answer);
    *pending = (pending_answer){request, answer};
    batch->done = answer_when_durable;
    batch->who = pending;
    sw_runtime_commit(runtime, batch);
}

// The committer -----------------------------------------------------------------------------------

static sw_batch *take_all(sw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->commit_lock);
    while (runtime->first_batch == NULL && !runtime->commit_quit)
        pthread_cond_wait(&runtime->commit_wake, &runtime->commit_lock);
    sw_batch *list = runtime->first_batch;
    runtime->first_batch = NULL;
    runtime->last_batch = &runtime->first_batch;
    pthread_mutex_unlock(&runtime->commit_lock);
    return list;
}

// All records in a row, as the store wants them.
static const sw_record *gather(const sw_batch *list, sw_arena *arena, size_t *count)
{
    *count = 0;
    for (const sw_batch *batch = list; batch != NULL; batch = batch->next)
        *count += batch->count;
    if (*count == list->count)
        return list->records;
    sw_record *all = SW_ARENA_ARRAY(arena, sw_record, *count), *at = all;
    for (const sw_batch *batch = list; batch != NULL; batch = batch->next) {
        if (batch->count > 0)
            memcpy(at, batch->records, batch->count * sizeof *at);
        at += batch->count;
    }
    return all;
}

static void note_slow(const sw_runtime *runtime, int64_t began_ms, size_t count)
{
    int64_t took_ms = sw_runtime_now(runtime) - began_ms;
    if (took_ms >= SLOW_MS)
        SW_NOTE(SW_NOTE_WARN, "a commit was slow", SW_NOTE_NUMBER("ms", took_ms),
                SW_NOTE_NUMBER("records", (int64_t)count));
}

static bool write_all(sw_runtime *runtime, const sw_batch *list, sw_arena *arena)
{
    size_t           count;
    const sw_record *records = gather(list, arena, &count);
    if (runtime->broken)
        return false;
    if (count == 0)
        return true;
    sw_store *store = runtime->options.store;
    int64_t   began_ms = sw_runtime_now(runtime);
    if (!store->commit(store, records, count, &runtime->broken_by)) {
        SW_NOTE(SW_NOTE_ERROR, "the store failed: nothing is accepted any more",
                SW_NOTE_TEXT("reason", sw_str_from(runtime->broken_by.message)));
        __atomic_store_n(&runtime->broken, true, __ATOMIC_RELEASE);
        return false;
    }
    note_slow(runtime, began_ms, count);
    __atomic_add_fetch(&runtime->figures.commits, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&runtime->figures.records, count, __ATOMIC_RELAXED);
    return true;
}

static void *run_committer(void *argument)
{
    sw_runtime *runtime = argument;
    sw_arena    arena;
    sw_batch   *list;
    sw_arena_init(&arena);
    while ((list = take_all(runtime)) != NULL) {
        bool ok = write_all(runtime, list, &arena);
        while (list != NULL) {
            sw_batch *batch = list;
            list = batch->next; // done frees the batch
            batch->done(batch, ok ? NULL : &runtime->broken_by);
        }
        sw_arena_reset(&arena);
    }
    sw_arena_clear(&arena);
    return NULL;
}

bool sw_committer_open(sw_runtime *runtime, sw_error *err)
{
    runtime->last_batch = &runtime->first_batch;
    pthread_mutex_init(&runtime->commit_lock, NULL);
    pthread_cond_init(&runtime->commit_wake, NULL);
    int code = pthread_create(&runtime->committer, NULL, run_committer, runtime);
    return code == 0 || sw_fail_errno(err, code, "start the committer");
}

void sw_committer_close(sw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->commit_lock);
    runtime->commit_quit = true;
    pthread_cond_signal(&runtime->commit_wake);
    pthread_mutex_unlock(&runtime->commit_lock);
    pthread_join(runtime->committer, NULL);
    pthread_cond_destroy(&runtime->commit_wake);
    pthread_mutex_destroy(&runtime->commit_lock);
}
