// redrive.c: RedriveExecution: an execution that did not succeed goes on where it failed.
//
// It is loaded as any other that sleeps: its events are replayed, to the end and beyond (engine,
// apply.c). Tokens of clients are kept in memory alone: after a restart the same call is answered
// that the execution is running.

#include "server/runtime/internal.h"

#include "base/assert.h"

#include <stdlib.h>

#define TOKEN_VALID_MS    INT64_C(900000)     // docs: 15 minutes
#define REDRIVABLE_MS     INT64_C(1209600000) // docs: 14 days after its end
#define OPEN_MS_MAX       INT64_C(31536000000)
#define REDRIVABLE_EVENTS 24999u // docs: service quotas

// model: redriveStatusReason
sw_str sw_redrive_refusal(const sw_runtime *runtime, const sw_execution_row *row, bool deleting,
                          int64_t now_ms, sw_arena *arena)
{
    int64_t kept_ms = runtime->options.retention_ms;
    if (deleting)
        return SW_STR("State machine is in DELETING status");
    if (row->status == SW_RUNNING || row->status == SW_SUCCEEDED)
        return sw_str_format(arena, "Execution is %s and cannot be redriven",
                             sw_status_name((sw_status)row->status));
    if (row->event_count >= REDRIVABLE_EVENTS)
        return SW_STR("Execution history event limit exceeded");
    if (now_ms - row->start_ms >= OPEN_MS_MAX)
        return SW_STR("Execution has exceeded the max execution time");
    if (now_ms - row->stop_ms > REDRIVABLE_MS || (kept_ms != 0 && now_ms - row->stop_ms > kept_ms))
        return SW_STR("Execution redrivable period exceeded");
    return (sw_str){"", 0};
}

void sw_runtime_redrive(sw_runtime *runtime, int64_t execution, sw_str client_token,
                        sw_request *request)
{
    sw_message *message = sw_message_new(SW_MESSAGE_REDRIVE, client_token.bytes);
    char       *room = sw_message_room(message);
    message->execution = execution;
    message->start.name = sw_message_keep(message, &room, client_token);
    message->request = request;
    sw_shard_post(sw_runtime_get_shard(runtime, execution), message);
}

// Tokens ------------------------------------------------------------------------------------------

static const sw_redrive_token *find_token(const sw_shard *shard, const sw_message *message)
{
    int64_t now_ms = sw_runtime_now(shard->runtime);
    for (uint32_t i = 0; shard->redrives != NULL && i < SW_REDRIVE_TOKENS; i++) {
        const sw_redrive_token *token = &shard->redrives[i];
        if (token->execution == message->execution &&
            sw_str_is(message->start.name, token->token) &&
            now_ms - token->redrive_ms < TOKEN_VALID_MS)
            return token;
    }
    return NULL;
}

// The API model allows 64 bytes.
static void keep_token(sw_shard *shard, const sw_message *message, int64_t redrive_ms)
{
    sw_str text = message->start.name;
    if (text.bytes == 0 || text.bytes >= sizeof shard->redrives->token)
        return;
    if (shard->redrives == NULL)
        shard->redrives = calloc(SW_REDRIVE_TOKENS, sizeof *shard->redrives);
    SW_ASSERT(shard->redrives != NULL);
    sw_redrive_token *token = &shard->redrives[shard->redrive_next++ % SW_REDRIVE_TOKENS];
    *token = (sw_redrive_token){.execution = message->execution, .redrive_ms = redrive_ms};
    memcpy(token->token, text.text, text.bytes);
}

// Redriving ---------------------------------------------------------------------------------------

static void answer(sw_round *round, sw_request *request, int64_t redrive_ms)
{
    sw_answer body = sw_answer_begin(&round->batch->arena);
    sw_answer_time(&body, "redriveDate", redrive_ms);
    sw_deed *deed = sw_round_add(round, SW_DEED_ANSWER);
    deed->request = request;
    deed->value = sw_answer_end(&body);
}

static void refuse(sw_round *round, sw_request *request, const char *exception, sw_str reason)
{
    sw_deed *deed = sw_round_add(round, SW_DEED_FAIL);
    deed->request = request;
    deed->exception = exception;
    deed->text = reason;
}

// One execution more runs on its machine, unless that is going or has gone.
static bool count_up(sw_runtime *runtime, int64_t id)
{
    sw_catalog *catalog = runtime->options.catalog;
    sw_catalog_lock(catalog);
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, id);
    bool              ok = machine != NULL && !machine->row.deleting;
    if (ok) {
        machine->running++;
        machine->figures.redriven++;
    }
    sw_catalog_unlock(catalog);
    return ok;
}

void sw_run_begin_again(sw_round *round, sw_run *run)
{
    sw_runtime *runtime = run->shard->runtime;
    if (run->touched) // its end is in this round: the store is told of both
        sw_run_flush(round, run);
    run->row.status = SW_RUNNING;
    run->row.stop_ms = 0;
    run->row.has_output = run->row.has_error = run->row.has_cause = false;
    run->row.redrive_ms = sw_runtime_now(runtime);
    run->row.redrive_count++;
    run->redriven = true;
    run->flushed_end = false;
    __atomic_add_fetch(&runtime->figures.running, 1, __ATOMIC_RELAXED);
    sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_REDRIVE});
}

static sw_run *find(sw_round *round, int64_t execution, sw_error *err)
{
    sw_run *run = sw_run_find(round->shard, execution);
    if (run == NULL)
        return sw_run_load_any(round->shard, execution, err);
    round->must_wait |= run->rounds > 0;
    return run;
}

void sw_redrive_execution(sw_round *round, sw_message *message)
{
    sw_shard               *shard = round->shard;
    sw_error                err;
    const sw_redrive_token *known = find_token(shard, message);
    if (known != NULL) {
        round->must_wait = true; // its redrive may not be durable yet
        answer(round, message->request, known->redrive_ms);
        return;
    }
    sw_run *run = find(round, message->execution, &err);
    if (run == NULL) {
        refuse(round, message->request, "ExecutionDoesNotExist",
               sw_round_copy(round, sw_str_from(err.message)));
        return;
    }
    int64_t now_ms = sw_runtime_now(shard->runtime);
    sw_str  reason =
        sw_redrive_refusal(shard->runtime, &run->row, false, now_ms, &round->batch->arena);
    if (reason.bytes == 0 && !count_up(shard->runtime, run->row.machine))
        reason = sw_redrive_refusal(shard->runtime, &run->row, true, now_ms, &round->batch->arena);
    if (reason.bytes > 0) {
        refuse(round, message->request, "ExecutionNotRedrivable", reason);
        if (sw_run_may_sleep(run, now_ms))
            sw_run_release(run);
        return;
    }
    sw_run_begin_again(round, run);
    keep_token(shard, message, run->row.redrive_ms);
    answer(round, message->request, run->row.redrive_ms);
}
