// run.c: one execution in a shard's memory: made, loaded from the store, told what happened,
// written down, let go.

#include "server/runtime/map_run.h"

#include "base/assert.h"
#include "base/chance.h"
#include "base/hash.h"
#include "server/arn.h"
#include "server/seed.h"

#include <stdlib.h>

#define EXPRESS_ID_FIRST (INT64_C(1) << 60)

// The table ---------------------------------------------------------------------------------------

static size_t bucket_of(const sw_shard *shard, int64_t id)
{
    return sw_hash_mix((uint64_t)id) & (shard->bucket_count - 1);
}

sw_run *sw_run_find(sw_shard *shard, int64_t id)
{
    sw_run *run = shard->bucket_count == 0 ? NULL : shard->buckets[bucket_of(shard, id)];
    while (run != NULL && run->id != id)
        run = run->next_in_bucket;
    return run;
}

static size_t name_bucket_of(const sw_shard *shard, int64_t machine, sw_str name)
{
    return sw_hash_mix((uint64_t)machine ^ sw_hash_text(name)) & (shard->bucket_count - 1);
}

sw_run *sw_names_find(sw_shard *shard, int64_t machine, sw_str name)
{
    sw_run *run =
        shard->bucket_count == 0 ? NULL : shard->names[name_bucket_of(shard, machine, name)];
    while (run != NULL && (run->row.machine != machine || !sw_str_equal(run->row.name, name)))
        run = run->next_of_name;
    return run;
}

static void link_run(sw_shard *shard, sw_run *run)
{
    sw_run **bucket = &shard->buckets[bucket_of(shard, run->id)];
    sw_run **name = &shard->names[name_bucket_of(shard, run->row.machine, run->row.name)];
    run->next_in_bucket = *bucket;
    *bucket = run;
    run->next_of_name = *name;
    *name = run;
}

static void grow(sw_shard *shard)
{
    size_t count = shard->bucket_count == 0 ? 256 : shard->bucket_count * 2,
           old_count = shard->bucket_count;
    sw_run **old = shard->buckets;
    free(shard->names);
    shard->buckets = calloc(count, sizeof *shard->buckets);
    shard->names = calloc(count, sizeof *shard->names);
    SW_ASSERT(shard->buckets != NULL);
    SW_ASSERT(shard->names != NULL);
    shard->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (sw_run *run = old[i], *next; run != NULL; run = next) {
            next = run->next_in_bucket;
            link_run(shard, run);
        }
    }
    free(old);
}

void sw_run_insert(sw_run *run)
{
    sw_shard *shard = run->shard;
    if (shard->run_count == shard->bucket_count)
        grow(shard);
    link_run(shard, run);
    shard->run_count++;
    __atomic_add_fetch(&shard->runtime->figures.in_memory, 1, __ATOMIC_RELAXED);
}

static void set_busy(sw_run *run, bool busy)
{
    if (busy != run->busy)
        __atomic_add_fetch(&run->shard->runtime->busy, busy ? 1 : -1, __ATOMIC_RELAXED);
    run->busy = busy;
}

void sw_run_free(sw_run *run)
{
    sw_map_runs_free(run);
    sw_execution_free(run->x);
    sw_arena_clear(&run->arena);
    free(run);
}

void sw_run_release(sw_run *run)
{
    sw_run **link = &run->shard->buckets[bucket_of(run->shard, run->id)];
    while (*link != run)
        link = &(*link)->next_in_bucket;
    *link = run->next_in_bucket;
    link = &run->shard->names[name_bucket_of(run->shard, run->row.machine, run->row.name)];
    while (*link != run)
        link = &(*link)->next_of_name;
    *link = run->next_of_name;
    set_busy(run, false);
    run->shard->run_count--;
    __atomic_sub_fetch(&run->shard->runtime->figures.in_memory, 1, __ATOMIC_RELAXED);
    sw_run_free(run);
}

// What the execution asks of its host -------------------------------------------------------------

// A replay tells nothing new.
static void show(const sw_run *run, const sw_execution *x, const sw_event *event)
{
    const sw_runtime *runtime = run->shard->runtime;
    sw_arena          arena;
    sw_observed       observed = {.execution_id = run->arn,
                                  .execution_name = run->row.name,
                                  .machine_name = run->machine_name,
                                  .mock_case = run->row.mock_case,
                                  .execution = x,
                                  .event = event};
    sw_arena_init(&arena);
    if (event->type == SW_EVENT_TASK_SCHEDULED)
        observed.token =
            sw_token_make(runtime, (sw_attempt){run->id, {event->frame, event->id}}, &arena);
    runtime->options.observe(runtime->options.observer, &observed);
    sw_arena_clear(&arena);
}

static void observe(void *who, const sw_execution *x, const sw_event *event)
{
    sw_run *run = who;
    if (run->shard->runtime->options.observe != NULL && (run->express || run->chunk != NULL))
        show(run, x, event);
    if (run->chunk != NULL)
        sw_chunk_add(run->chunk, event);
    if (run->log_level != SW_LOG_OFF)
        sw_run_log(run, x, event);
}

static sw_str make_token(void *who, const sw_execution *x, uint32_t frame, uint32_t attempt,
                         sw_arena *arena)
{
    (void)x;
    const sw_run *run = who;
    return sw_token_make(run->shard->runtime, (sw_attempt){run->id, {frame, attempt}}, arena);
}

// arn:...:mapRun:NAME/LABEL:UUID, whose UUID says its id.
static sw_str make_map_run(void *who, const sw_execution *x, sw_str label, sw_arena *arena)
{
    (void)x;
    const sw_run *run = who;
    sw_runtime   *runtime = run->shard->runtime;
    int64_t       id = __atomic_fetch_add(&runtime->next_map_run, 1, __ATOMIC_RELAXED);
    return sw_arn_of_map_run(arena, run->machine_arn, label,
                             sw_name_make(runtime, id, sw_seed_draw(), arena));
}

static bool activity_exists(void *who, sw_str arn)
{
    const sw_run *run = who;
    sw_catalog   *catalog = run->shard->runtime->options.catalog;
    sw_catalog_lock(catalog);
    bool exists = sw_catalog_find_activity(catalog, arn) != NULL;
    sw_catalog_unlock(catalog);
    return exists;
}

static bool make_execution(sw_run *run, sw_machine *machine, sw_str input, sw_error *err)
{
    sw_arn arn = {0};
    sw_arn_parse(run->machine_arn, &arn);
    sw_str version = {0}, alias = {0};
    if (run->row.version > 0)
        version = sw_arn_qualify(&run->arena, run->machine_arn,
                                 sw_str_format(&run->arena, "%lld", (long long)run->row.version));
    if (run->row.alias.bytes > 0)
        alias = sw_arn_qualify(&run->arena, run->machine_arn, run->row.alias);
    sw_execution_options options = {.id = run->arn,
                                    .name = run->row.name,
                                    .machine_id = run->machine_arn,
                                    .machine_name = run->machine_name,
                                    .role_arn = run->role_arn,
                                    .region = arn.region,
                                    .input = input,
                                    .version_arn = version,
                                    .alias_arn = alias,
                                    .seed = run->row.seed,
                                    .observe = observe,
                                    .make_token = make_token,
                                    .activity_exists = activity_exists,
                                    .map_state = run->map_state,
                                    .map_runs = true,
                                    .make_map_run = make_map_run,
                                    .who = run};
    return sw_execution_new(machine, &options, &run->x, err);
}

static sw_run *new_run(sw_shard *shard, int64_t id)
{
    sw_run *run = calloc(1, sizeof *run);
    SW_ASSERT(run != NULL);
    sw_arena_init(&run->arena);
    run->shard = shard;
    run->id = id;
    return run;
}

// Making ------------------------------------------------------------------------------------------

// Drawn from the seed, which it does not tell.
static sw_str make_name(sw_run *run)
{
    sw_chance chance;
    sw_chance_seed(&chance, run->row.seed, UINT64_MAX);
    return sw_name_make(run->shard->runtime, run->id, sw_chance_bits(&chance), &run->arena);
}

static sw_str make_express_arn(sw_run *run)
{
    char      text[37];
    sw_chance chance;
    sw_chance_seed(&chance, run->row.seed + 1, UINT64_MAX);
    sw_chance_uuid(&chance, text);
    return sw_arn_of_express(&run->arena, run->machine_arn, run->row.name, (sw_str){text, 36});
}

void sw_run_set_arn(sw_run *run)
{
    if (run->express)
        run->arn = make_express_arn(run);
    else if (run->express_child) // found by its name, like all children
        run->arn = sw_arn_of_express(&run->arena, run->machine_arn, run->row.name, run->row.name);
    else
        run->arn = sw_arn_of_execution(&run->arena, run->machine_arn, run->row.name);
}

static void describe(sw_run *run, const sw_start *start)
{
    sw_arena *arena = &run->arena;
    run->express = sw_machine_get_type(start->compiled) == SW_EXPRESS;
    run->machine_arn = sw_str_copy(arena, start->machine_arn);
    run->machine_name = sw_str_copy(arena, start->machine_name);
    run->role_arn = sw_str_copy(arena, start->role_arn);
    run->row = (sw_execution_row){.id = run->id,
                                  .machine = start->machine,
                                  .revision = start->revision,
                                  .start_ms = sw_runtime_now(run->shard->runtime),
                                  .version = start->version,
                                  .alias = sw_str_copy(arena, start->alias),
                                  .trace_header = sw_str_copy(arena, start->trace_header),
                                  .mock_case = sw_str_copy(arena, start->mock_case),
                                  .seed = sw_seed_draw(),
                                  .parent = start->parent,
                                  .due_ms = INT64_MAX,
                                  .input = sw_str_copy(arena, start->input)};
    sw_run_set_logging(run, start->logging);
    run->row.generated_name = start->name.bytes == 0;
    run->row.name = run->row.generated_name ? make_name(run) : sw_str_copy(arena, start->name);
    run->map_state = sw_str_copy(arena, start->map_state);
    run->express_child = start->express_child;
    sw_run_set_arn(run);
}

// Ids tell their shard. Express executions have theirs above all that the store will ever give, so
// that whoever begins one needs no turn of the shard.
static int64_t next_id(sw_shard *shard, sw_machine_type type)
{
    int64_t count = shard->runtime->shard_count;
    if (type == SW_EXPRESS)
        return (EXPRESS_ID_FIRST / count +
                __atomic_add_fetch(&shard->runtime->express_count, 1, __ATOMIC_RELAXED)) *
                   count +
               shard->number;
    int64_t id = shard->next_execution;
    shard->next_execution += count;
    return id;
}

bool sw_run_new(sw_shard *shard, const sw_start *start, sw_run **out, sw_error *err)
{
    sw_run *run = new_run(shard, next_id(shard, sw_machine_get_type(start->compiled)));
    describe(run, start);
    if (!make_execution(run, start->compiled, run->row.input, err)) {
        sw_run_free(run);
        return false;
    }
    run->is_new = true;
    *out = run;
    return true;
}

// Loading -----------------------------------------------------------------------------------------

static bool describe_loaded(sw_run *run, sw_error *err)
{
    if (run->row.parent.mode == SW_PARENT_MAP_RUN)
        return sw_map_run_load_child(run, err);
    sw_catalog *catalog = run->shard->runtime->options.catalog;
    sw_catalog_lock(catalog);
    const sw_machine_entry *machine = sw_catalog_get_machine(catalog, run->row.machine);
    if (machine != NULL) {
        run->machine_arn = sw_str_copy(&run->arena, machine->row.arn);
        run->machine_name = sw_str_copy(&run->arena, machine->row.name);
        run->role_arn = sw_str_copy(&run->arena, machine->row.role_arn);
        sw_run_set_logging(run, machine->row.logging);
    }
    sw_catalog_unlock(catalog);
    if (machine == NULL)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "execution %lld belongs to no state machine",
                       (long long)run->id);
    run->arn = sw_arn_of_execution(&run->arena, run->machine_arn, run->row.name);
    return true;
}

typedef struct replaying {
    sw_run   *run;
    sw_arena *arena;
    sw_error *err;
    bool      ok;
} replaying;

static bool replay_event(void *who, const sw_event *event)
{
    replaying *r = who;
    return r->ok = sw_execution_replay(r->run->x, event, r->err);
}

static bool replay_chunk(void *who, uint32_t first_event, sw_str events)
{
    (void)first_event;
    replaying *r = who;
    r->ok = sw_chunk_decode(events, r->arena, replay_event, r, r->err) && r->ok;
    sw_arena_reset(r->arena);
    return r->ok;
}

static bool replay_all(sw_run *run, sw_error *err)
{
    sw_arena  arena;
    replaying r = {run, &arena, err, true};
    sw_arena_init(&arena);
    sw_reader *reader = run->shard->reader;
    bool       read = reader->read_history(reader, run->id, 1, UINT32_MAX, replay_chunk, &r, err);
    sw_arena_clear(&arena);
    return read && r.ok;
}

static bool load(sw_run *run, bool ended_too, sw_error *err)
{
    sw_reader  *reader = run->shard->reader;
    sw_catalog *catalog = run->shard->runtime->options.catalog;
    sw_machine *machine;
    bool        found;
    if (!reader->find_execution(reader, run->id, &run->arena, &run->row, &found, err))
        return false;
    if (!found || (run->row.status != SW_RUNNING && !ended_too))
        return sw_fail(err, SW_ERROR_NOT_FOUND, "execution %lld does not run", (long long)run->id);
    if (!describe_loaded(run, err) ||
        !sw_catalog_load_revision(catalog, reader, run->row.revision, &machine, err))
        return false;
    bool ok = make_execution(run, machine, run->row.input, err) && replay_all(run, err);
    sw_machine_unref(machine);
    return ok;
}

static sw_run *load_or_free(sw_shard *shard, int64_t execution, bool ended_too, sw_error *err)
{
    sw_run *run = new_run(shard, execution);
    if (!load(run, ended_too, err)) {
        sw_run_free(run);
        return NULL;
    }
    sw_run_insert(run);
    return run;
}

sw_run *sw_run_load(sw_shard *shard, int64_t execution, sw_error *err)
{
    return load_or_free(shard, execution, false, err);
}

sw_run *sw_run_load_any(sw_shard *shard, int64_t execution, sw_error *err)
{
    return load_or_free(shard, execution, true, err);
}

// Handling ----------------------------------------------------------------------------------------

static void count_end(sw_run *run)
{
    sw_runtime_figures *figures = &run->shard->runtime->figures;
    uint64_t           *counts[] = {[SW_SUCCEEDED] = &figures->succeeded,
                                    [SW_FAILED] = &figures->failed,
                                    [SW_TIMED_OUT] = &figures->timed_out,
                                    [SW_ABORTED] = &figures->aborted};
    __atomic_add_fetch(counts[run->row.status], 1, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&figures->running, 1, __ATOMIC_RELAXED);
}

static void note_end(sw_round *round, sw_run *run, int64_t now_ms)
{
    run->row.status = (uint8_t)sw_execution_get_status(run->x);
    if (run->row.status == SW_RUNNING)
        return;
    run->row.stop_ms = now_ms;
    count_end(run);
    sw_run_ended(round, run);
}

// Dates of the execution are those of its events.
static int64_t moment_of(const sw_run *run, sw_happening_kind kind)
{
    if (kind == SW_HAPPENED_START)
        return run->row.start_ms;
    return kind == SW_HAPPENED_REDRIVE ? run->row.redrive_ms : sw_runtime_now(run->shard->runtime);
}

void sw_run_handle(sw_round *round, sw_run *run, const sw_happening *happening)
{
    int64_t      now_ms = moment_of(run, happening->kind);
    sw_effects   effects;
    sw_error     err;
    sw_happening stop = {.kind = SW_HAPPENED_STOP};
    sw_round_touch(round, run);
    if (run->row.status != SW_RUNNING)
        return;
    if (sw_run_is_unwanted(run, happening->kind))
        happening = &stop;
    if (!sw_execution_handle(run->x, happening, now_ms, &effects, &err)) {
        // Memory is spent: what is in the store is whole, so the process stops and starts again
        // from it.
        SW_ASSERT(err.code != SW_ERROR_MEMORY);
        return;
    }
    for (size_t i = 0; i < effects.count; i++)
        sw_run_perform(round, run, &effects.list[i]);
    note_end(round, run, now_ms);
}

// Writing down ------------------------------------------------------------------------------------

static void add_row(sw_round *round, sw_run *run, sw_record_kind kind)
{
    sw_execution_row *row = SW_ARENA_NEW(&round->batch->arena, sw_execution_row);
    *row = run->row;
    sw_batch_add(round->batch, kind)->execution = row;
}

void sw_run_set_outcome(sw_execution_row *row, const sw_execution *x)
{
    const sw_payload *output = sw_execution_get_output(x);
    const sw_failure *failure = sw_execution_get_failure(x);
    if (output != NULL) {
        row->has_output = true;
        row->output = sw_payload_text(output);
    }
    if (failure != NULL) {
        row->has_error = failure->has_error;
        row->error = failure->error;
        row->has_cause = failure->has_cause;
        row->cause = failure->cause;
    }
}

static void add_events(sw_round *round, sw_run *run)
{
    sw_str bytes = sw_chunk_get_bytes(run->chunk);
    if (bytes.bytes == 0)
        return;
    sw_record *record = sw_batch_add(round->batch, SW_RECORD_EVENTS);
    record->id = run->id;
    // A chunk of private records alone stands where the next event will.
    record->number = sw_chunk_get_first(run->chunk) != 0 ? sw_chunk_get_first(run->chunk)
                                                         : run->row.event_count + 1;
    record->text = bytes;
}

static bool is_withheld(const sw_run *run, sw_task_ref task)
{
    for (uint32_t i = 0; i < run->withheld_count; i++) {
        if (run->withheld[i].frame == task.frame && run->withheld[i].attempt == task.attempt)
            return true;
    }
    return false;
}

static bool look_at_task(void *who, const sw_effect *task)
{
    sw_run *run = who;
    if (task->task_kind == SW_TASK_ACTIVITY || sw_task_is_callback(task))
        return true;
    run->interruptible = true;
    if (task->task_kind == SW_TASK_MAP_RUN)
        return true; // taken up again as it was
    // A job that is only watched keeps nobody from ending or sleeping.
    run->calling |= !sw_task_is_nested(task) && !task->submitted && !is_withheld(run, task->task);
    return true;
}

static void look_at_tasks(sw_run *run)
{
    run->calling = run->interruptible = false;
    sw_execution_each_task(run->x, look_at_task, run);
    run->row.flags = run->interruptible ? SW_EXECUTION_CALLING : 0;
    if (run->withheld_count > 0 && !run->calling)
        run->row.flags |= SW_EXECUTION_WITHHELD;
}

void sw_run_flush(sw_round *round, sw_run *run)
{
    int64_t due_ms = sw_execution_next_due(run->x);
    bool    due_changed = run->row.due_ms != due_ms;
    run->touched = false;
    run->row.due_ms = due_ms;
    if (due_changed || due_ms <= sw_runtime_now(run->shard->runtime))
        sw_wakes_push(&run->shard->wakes, due_ms, run->id);
    run->rounds++;
    if (run->express) {
        set_busy(run, run->row.status == SW_RUNNING);
        return;
    }
    if (run->is_new)
        add_row(round, run, SW_RECORD_EXECUTION);
    if (run->redriven)
        add_row(round, run, SW_RECORD_EXECUTION_REDRIVEN);
    add_events(round, run);
    run->row.event_count = sw_execution_get_event_count(run->x);
    look_at_tasks(run);
    set_busy(run, run->calling);
    if (run->row.status != SW_RUNNING && !run->flushed_end) {
        sw_run_set_outcome(&run->row, run->x);
        add_row(round, run, SW_RECORD_EXECUTION_ENDED);
        run->flushed_end = true;
    } else {
        add_row(round, run, SW_RECORD_EXECUTION_PROGRESS);
    }
    run->chunk = NULL;
    run->is_new = run->redriven = false;
}

// It has ended, or has nothing to do for a while and is in the store: it may leave memory.
bool sw_run_may_sleep(const sw_run *run, int64_t now_ms)
{
    if (run->rounds > 0 || run->touched)
        return false;
    if (run->row.status != SW_RUNNING)
        return true;
    // The store does not know which tasks are withheld.
    return !run->express && !run->calling && run->map_runs == NULL && run->withheld_count == 0 &&
           run->row.due_ms > now_ms + 1000;
}
