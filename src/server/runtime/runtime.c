// runtime.c: opening, closing, recovery, and what the API asks of executions.

#include "server/runtime/internal.h"

#include "base/assert.h"
#include "base/note.h"
#include "server/clock.h"

#include <stdlib.h>
#include <time.h>

int64_t sw_runtime_now(const sw_runtime *runtime)
{
    return runtime->options.now_ms != NULL ? runtime->options.now_ms() : sw_clock_now_ms();
}

sw_shard *sw_runtime_get_shard(sw_runtime *runtime, int64_t execution)
{
    return &runtime->shards[(uint64_t)execution % runtime->shard_count];
}

// Starting ----------------------------------------------------------------------------------------

static size_t start_bytes(const sw_start *start)
{
    return start->machine_arn.bytes + start->machine_name.bytes + start->role_arn.bytes +
           start->name.bytes + start->input.bytes + start->trace_header.bytes + start->alias.bytes +
           start->mock_case.bytes + start->logging.bytes;
}

// Names of a machine are looked after by one shard.
void sw_runtime_start(sw_runtime *runtime, const sw_start *start, sw_request *request)
{
    if (request != NULL && sw_machine_get_type(start->compiled) == SW_EXPRESS) {
        sw_start_express(runtime, start, request);
        return;
    }
    sw_message *message = sw_message_new(SW_MESSAGE_START, start_bytes(start));
    char       *room = sw_message_room(message);
    message->start = *start;
    message->start.machine_arn = sw_message_keep(message, &room, start->machine_arn);
    message->start.machine_name = sw_message_keep(message, &room, start->machine_name);
    message->start.role_arn = sw_message_keep(message, &room, start->role_arn);
    message->start.name = sw_message_keep(message, &room, start->name);
    message->start.input = sw_message_keep(message, &room, start->input);
    message->start.trace_header = sw_message_keep(message, &room, start->trace_header);
    message->start.alias = sw_message_keep(message, &room, start->alias);
    message->start.mock_case = sw_message_keep(message, &room, start->mock_case);
    message->start.logging = sw_message_keep(message, &room, start->logging);
    message->request = request;
    sw_shard_post(sw_runtime_get_shard(runtime, start->machine), message);
}

// Reports -----------------------------------------------------------------------------------------

static sw_message *happened_message(sw_attempt attempt, const sw_happening *happening)
{
    size_t bytes =
        happening->output.bytes + happening->failure.error.bytes + happening->failure.cause.bytes;
    sw_message *message = sw_message_new(SW_MESSAGE_HAPPENED, bytes);
    char       *room = sw_message_room(message);
    message->execution = attempt.execution;
    message->happening = *happening;
    message->happening.task = attempt.task;
    message->happening.output = sw_message_keep(message, &room, happening->output);
    message->happening.failure.error = sw_message_keep(message, &room, happening->failure.error);
    message->happening.failure.cause = sw_message_keep(message, &room, happening->failure.cause);
    return message;
}

void sw_runtime_task_happened(sw_runtime *runtime, sw_attempt attempt,
                              const sw_happening *happening)
{
    sw_shard_post(sw_runtime_get_shard(runtime, attempt.execution),
                  happened_message(attempt, happening));
}

static bool read_token(sw_runtime *runtime, sw_str token, sw_attempt *attempt, sw_request *request)
{
    return sw_token_read(runtime, token, attempt) ||
           sw_request_fail(request, "InvalidToken", "Invalid Token: 'Invalid token'");
}

bool sw_runtime_check_token(sw_runtime *runtime, sw_str token, sw_request *request)
{
    sw_attempt attempt;
    return read_token(runtime, token, &attempt, request);
}

void sw_runtime_report(sw_runtime *runtime, sw_str token, const sw_happening *happening,
                       sw_request *request)
{
    sw_attempt attempt;
    if (!read_token(runtime, token, &attempt, request))
        return;
    sw_message *message = happened_message(attempt, happening);
    message->request = request;
    sw_shard_post(sw_runtime_get_shard(runtime, attempt.execution), message);
}

void sw_runtime_stop_execution(sw_runtime *runtime, int64_t execution, sw_failure failure,
                               int64_t stopped_ms, sw_request *request)
{
    sw_happening happening = {.kind = SW_HAPPENED_STOP, .failure = failure};
    sw_message  *message = happened_message((sw_attempt){.execution = execution}, &happening);
    message->kind = SW_MESSAGE_STOP;
    message->request = request;
    message->start.version = stopped_ms;
    sw_shard_post(sw_runtime_get_shard(runtime, execution), message);
}

void sw_runtime_list_tasks(sw_runtime *runtime, int64_t execution, sw_request *request)
{
    sw_message *message = sw_message_new(SW_MESSAGE_LIST_TASKS, 0);
    message->execution = execution;
    message->request = request;
    sw_shard_post(sw_runtime_get_shard(runtime, execution), message);
}

static sw_message *map_run_message(sw_message_kind kind, int64_t execution, int64_t map_run,
                                   sw_request *request)
{
    sw_message *message = sw_message_new(kind, 0);
    message->execution = execution;
    message->start.machine = map_run;
    message->request = request;
    return message;
}

void sw_runtime_describe_map_run(sw_runtime *runtime, int64_t execution, int64_t map_run,
                                 sw_request *request)
{
    sw_shard_post(sw_runtime_get_shard(runtime, execution),
                  map_run_message(SW_MESSAGE_DESCRIBE_MAP_RUN, execution, map_run, request));
}

void sw_runtime_update_map_run(sw_runtime *runtime, int64_t execution, int64_t map_run,
                               const sw_map_settings *settings, sw_request *request)
{
    sw_message *message = map_run_message(SW_MESSAGE_UPDATE_MAP_RUN, execution, map_run, request);
    message->map_settings = *settings;
    sw_shard_post(sw_runtime_get_shard(runtime, execution), message);
}

static void report(void *who, int64_t execution, sw_task_ref task, const sw_happening *happening)
{
    if (execution < 0)
        sw_probe_happened(who, execution, happening);
    else
        sw_runtime_task_happened(who, (sw_attempt){execution, task}, happening);
}

// Recovery ----------------------------------------------------------------------------------------

// One small record for each running execution: when it is due, and whether a task was with an
// outside caller.
static bool recover_execution(void *who, const sw_execution_row *row)
{
    sw_runtime *runtime = who;
    sw_shard   *shard = sw_runtime_get_shard(runtime, row->id);
    sw_catalog_lock(runtime->options.catalog);
    sw_machine_entry *machine = sw_catalog_get_machine(runtime->options.catalog, row->machine);
    if (machine != NULL)
        machine->running++;
    sw_catalog_unlock(runtime->options.catalog);
    runtime->figures.running++;
    sw_wakes_push(&shard->wakes, row->due_ms, row->id);
    if ((row->flags & SW_EXECUTION_CALLING) != 0) {
        sw_message *message = sw_message_new(SW_MESSAGE_RECOVER, 0);
        message->execution = row->id;
        message->start.resumed = (row->flags & SW_EXECUTION_WITHHELD) != 0;
        sw_shard_post(shard, message);
    }
    return true;
}

static bool recover_activity_task(void *who, const sw_activity_task_row *row)
{
    sw_activity_add(who, row);
    return true;
}

static bool read_start(sw_runtime *runtime, sw_reader *reader, sw_error *err)
{
    sw_last_ids last;
    if (!reader->get_last_ids(reader, &last, err) ||
        !reader->get_secret(reader, runtime->secret, err))
        return false;
    runtime->next_activity_task = last.activity_task + 1;
    runtime->next_map_run = last.map_run + 1;
    uint32_t count = runtime->shard_count;
    for (uint32_t i = 0; i < count; i++) {
        // The first id behind the last that is this shard's
        int64_t first = (last.execution / count + 1) * count + i;
        runtime->shards[i].next_execution = first;
        runtime->shards[i].number = i;
    }
    return true;
}

static bool recover(sw_runtime *runtime, sw_reader *reader, sw_error *err)
{
    return reader->each_running(reader, recover_execution, runtime, err) &&
           reader->each_activity_task(reader, recover_activity_task, runtime, err);
}

// Opening and closing -----------------------------------------------------------------------------

static void prepare_shards(sw_runtime *runtime)
{
    for (uint32_t i = 0; i < runtime->shard_count; i++) {
        sw_shard *shard = &runtime->shards[i];
        shard->runtime = runtime;
        shard->last = &shard->first;
        pthread_mutex_init(&shard->lock, NULL);
        pthread_cond_init(&shard->wake, NULL);
    }
}

static bool start_threads(sw_runtime *runtime, sw_error *err)
{
    if (!sw_committer_open(runtime, err))
        return false;
    for (uint32_t i = 0; i < runtime->shard_count; i++) {
        if (!sw_shard_open(&runtime->shards[i], err))
            return false;
    }
    return true;
}

bool sw_runtime_open(const sw_runtime_options *options, sw_runtime **out, sw_error *err)
{
    sw_runtime *runtime = calloc(1, sizeof *runtime);
    sw_reader  *reader;
    SW_ASSERT(runtime != NULL);
    runtime->options = *options;
    runtime->shard_count = options->shard_count == 0 ? 1 : options->shard_count;
    runtime->shards = calloc(runtime->shard_count, sizeof *runtime->shards);
    SW_ASSERT(runtime->shards != NULL);
    prepare_shards(runtime);
    pthread_mutex_init(&runtime->probe_lock, NULL);
    pthread_mutex_init(&runtime->nested_lock, NULL);
    if (options->runner != NULL) {
        options->runner->report = report;
        options->runner->who = runtime;
    }
    if (!options->store->reader_open(options->store, &reader, err))
        return false;
    bool ok = read_start(runtime, reader, err) && recover(runtime, reader, err);
    reader->close(reader);
    uint64_t running = runtime->figures.running; // before the threads change it
    if (!ok || !start_threads(runtime, err))
        return false; // the process ends: nothing has been promised yet
    if (running > 0)
        SW_NOTE(SW_NOTE_INFO, "executions go on", SW_NOTE_NUMBER("running", (int64_t)running));
    sw_machines_resume_deleting(runtime);
    *out = runtime;
    return true;
}

static void drain(sw_runtime *runtime, int64_t drain_ms)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    int64_t               until_ms = sw_runtime_now(runtime) + drain_ms;
    __atomic_store_n(&runtime->draining, true, __ATOMIC_RELAXED);
    while (__atomic_load_n(&runtime->busy, __ATOMIC_RELAXED) > 0 &&
           sw_runtime_now(runtime) < until_ms)
        nanosleep(&moment, NULL);
}

void sw_runtime_close(sw_runtime *runtime, int64_t drain_ms)
{
    sw_activity_expire(runtime, INT64_MAX);
    drain(runtime, drain_ms);
    for (uint32_t i = 0; i < runtime->shard_count; i++)
        sw_shard_post(&runtime->shards[i], sw_message_new(SW_MESSAGE_QUIT, 0));
    for (uint32_t i = 0; i < runtime->shard_count; i++)
        pthread_join(runtime->shards[i].thread, NULL);
    sw_committer_close(runtime);
}

void sw_runtime_free(sw_runtime *runtime)
{
    for (uint32_t i = 0; i < runtime->shard_count; i++)
        sw_shard_close(&runtime->shards[i]);
    sw_probes_close(runtime);
    sw_retention_close(runtime);
    sw_activity_close(runtime);
    if (runtime->nested_reader != NULL)
        runtime->nested_reader->close(runtime->nested_reader);
    pthread_mutex_destroy(&runtime->nested_lock);
    pthread_mutex_destroy(&runtime->probe_lock);
    free(runtime->shards);
    free(runtime);
}

void sw_runtime_tick(sw_runtime *runtime)
{
    sw_activity_expire(runtime, sw_runtime_now(runtime));
    sw_retention_tick(runtime);
}

void sw_runtime_get_figures(sw_runtime *runtime, sw_runtime_figures *figures)
{
    const uint64_t *from = (const uint64_t *)&runtime->figures;
    uint64_t       *to = (uint64_t *)figures;
    for (size_t i = 0; i < sizeof *figures / sizeof *to; i++)
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}
