// deleting.c: DeleteStateMachine, and what becomes of the executions that still run.
//
// aws: the machine is DELETING while executions of it run; each of them is aborted at its next
// transition, and with the last one the machine is gone. How many run is counted down when an end
// is durable, so that the store never has an execution that runs on a machine that is gone.

#include "server/runtime/internal.h"

static void forget(sw_batch *batch, const sw_error *err)
{
    (void)err; // the committer has stopped for good, and so will the server
    sw_batch_free(batch);
}

// Under the lock: out of the catalog, and the record in the committer's queue before anybody can
// ask for a machine of the same name.
static void remove_machine(sw_runtime *runtime, const sw_machine_entry *machine, sw_batch *batch)
{
    sw_catalog *catalog = runtime->options.catalog;
    int64_t     id = machine->row.id;
    sw_batch_add(batch, SW_RECORD_MACHINE_DELETED)->id = id;
    sw_catalog_drop_tags(catalog, machine->row.arn);
    sw_catalog_remove_machine(catalog, id);
}

// The row is copied: the entry's texts may be replaced before the batch is written.
static void mark(sw_runtime *runtime, const sw_machine_entry *machine, sw_batch *batch)
{
    sw_machine_row *row = SW_ARENA_NEW(&batch->arena, sw_machine_row);
    *row = machine->row;
    row->deleting = true;
    sw_str *texts[] = {&row->arn,     &row->name,    &row->role_arn,  &row->revision_id,
                       &row->logging, &row->tracing, &row->encryption};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = sw_str_copy(&batch->arena, *texts[i]);
    sw_catalog_put_machine(runtime->options.catalog, row);
    sw_batch_add(batch, SW_RECORD_MACHINE)->machine = row;
    __atomic_store_n(&runtime->deleting, true, __ATOMIC_RELAXED);
}

void sw_runtime_delete_machine(sw_runtime *runtime, const sw_machine_entry *machine,
                               sw_request *request)
{
    sw_batch *batch = sw_batch_new(NULL, NULL);
    sw_answer answer = sw_answer_begin(&request->arena);
    if (machine->running == 0)
        remove_machine(runtime, machine, batch);
    else if (!machine->row.deleting)
        mark(runtime, machine, batch);
    sw_runtime_commit_and_answer(runtime, batch, request, sw_answer_end(&answer));
}

static void remove_if_done(sw_runtime *runtime, const sw_machine_entry *machine)
{
    if (!machine->row.deleting || machine->running > 0)
        return;
    sw_batch *batch = sw_batch_new(forget, NULL);
    remove_machine(runtime, machine, batch);
    sw_runtime_commit(runtime, batch);
}

void sw_machine_count_refused(sw_runtime *runtime, int64_t id)
{
    sw_catalog *catalog = runtime->options.catalog;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, id);
    if (machine != NULL) {
        machine->figures.started--;
        machine->running--;
        remove_if_done(runtime, machine);
    }
    sw_catalog_unlock(catalog);
}

void sw_machine_count_end(sw_runtime *runtime, const sw_deed *deed)
{
    sw_catalog *catalog = runtime->options.catalog;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, deed->machine);
    if (machine != NULL) {
        sw_machine_figures *figures = &machine->figures;
        uint64_t           *counts[] = {[SW_SUCCEEDED] = &figures->succeeded,
                                        [SW_FAILED] = &figures->failed,
                                        [SW_TIMED_OUT] = &figures->timed_out,
                                        [SW_ABORTED] = &figures->aborted};
        ++*counts[deed->status];
        figures->time_ms += (uint64_t)(deed->duration_ms > 0 ? deed->duration_ms : 0);
        machine->running--;
        remove_if_done(runtime, machine);
    }
    sw_catalog_unlock(catalog);
}

bool sw_run_is_unwanted(const sw_run *run, sw_happening_kind kind)
{
    sw_runtime *runtime = run->shard->runtime;
    bool        transition = kind == SW_HAPPENED_TIME_PASSED || kind == SW_HAPPENED_RESUME ||
                      kind == SW_HAPPENED_TASK_SUCCEEDED || kind == SW_HAPPENED_TASK_FAILED ||
                      kind == SW_HAPPENED_MAP_NEXT;
    if (!transition || !__atomic_load_n(&runtime->deleting, __ATOMIC_RELAXED))
        return false;
    sw_catalog_lock(runtime->options.catalog);
    const sw_machine_entry *machine =
        sw_catalog_get_machine(runtime->options.catalog, run->row.machine);
    bool deleting = machine != NULL && machine->row.deleting;
    sw_catalog_unlock(runtime->options.catalog);
    return deleting;
}

// After a restart -------------------------------------------------------------------------------

typedef struct search {
    sw_runtime             *runtime;
    const sw_machine_entry *done;
} search;

static bool look(void *who, sw_machine_entry *machine)
{
    search *s = who;
    if (machine->row.deleting && machine->running == 0)
        s->done = machine;
    else if (machine->row.deleting)
        s->runtime->deleting = true;
    return s->done == NULL;
}

void sw_machines_resume_deleting(sw_runtime *runtime)
{
    search s;
    sw_catalog_lock(runtime->options.catalog);
    do {
        s = (search){runtime, NULL};
        sw_catalog_each_machine(runtime->options.catalog, (sw_str){0}, look, &s);
        if (s.done != NULL)
            remove_if_done(runtime, s.done);
    } while (s.done != NULL);
    sw_catalog_unlock(runtime->options.catalog);
}
