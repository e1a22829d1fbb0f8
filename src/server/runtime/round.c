// round.c: what a shard decided in one go, and the deeds that wait until it is durable.

#include "server/runtime/internal.h"

#include "base/grow.h"

#include <stdlib.h>

sw_deed *sw_round_add(sw_round *round, sw_deed_kind kind)
{
    sw_deed *deed = SW_ARENA_NEW(&round->batch->arena, sw_deed);
    deed->kind = kind;
    *round->last_deed = deed;
    round->last_deed = &deed->next;
    return deed;
}

sw_str sw_round_copy(sw_round *round, sw_str text)
{
    return sw_str_copy(&round->batch->arena, text);
}

// From here on the round collects what the execution records.
void sw_round_touch(sw_round *round, sw_run *run)
{
    if (run->touched)
        return;
    SW_MAKE_ROOM(&round->batch->arena, round->touched, round->touched_count,
                 round->touched_capacity, 16);
    round->touched[round->touched_count++] = run;
    run->touched = true;
    run->round = round;
    run->chunk = run->express ? NULL : sw_chunk_new(&round->batch->arena);
}

// Deeds -------------------------------------------------------------------------------------------

static void report_to_parent(sw_runtime *runtime, const sw_deed *deed)
{
    sw_runtime_task_happened(runtime, deed->attempt, &deed->happening);
}

static void perform(sw_runtime *runtime, const sw_deed *deed)
{
    sw_task_runner *runner = runtime->options.runner;
    switch (deed->kind) {
    case SW_DEED_ANSWER:
        sw_request_succeed(deed->request, deed->value);
        break;
    case SW_DEED_GIVE_TASK:
        sw_activity_give(runtime, &deed->activity_task, deed->request, deed->value);
        break;
    case SW_DEED_FAIL:
        sw_request_fail(deed->request, deed->exception, "%.*s", SW_STR_ARG(deed->text));
        break;
    case SW_DEED_TASK:
        runner->start(runner, &deed->task);
        break;
    case SW_DEED_CANCEL:
        runner->cancel(runner, deed->attempt.execution, deed->attempt.task);
        break;
    case SW_DEED_QUEUE_ACTIVITY:
        sw_activity_add(runtime, &deed->activity_task);
        break;
    case SW_DEED_START_NESTED:
        sw_nested_start(runtime, deed);
        break;
    case SW_DEED_TELL_PARENT:
        report_to_parent(runtime, deed);
        break;
    case SW_DEED_LOG:
        sw_logs_write(runtime->options.logs, &deed->log);
        break;
    case SW_DEED_MAP_RUN: {
        sw_message *message = sw_message_new(SW_MESSAGE_MAP_RUN, 0);
        message->execution = deed->attempt.execution;
        message->happening.task = deed->attempt.task;
        message->start.resumed = true; // durable, see map_run.c
        sw_shard_post(sw_runtime_get_shard(runtime, message->execution), message);
        break;
    }
    case SW_DEED_COUNT_END:
        sw_machine_count_end(runtime, deed);
        break;
    }
}

// The store has failed: nobody is told that anything was done.
static void refuse(const sw_deed *deed, const sw_error *err)
{
    if (deed->request != NULL)
        sw_request_fail_internal(deed->request, err);
}

void sw_deeds_perform(sw_round *round, const sw_error *err)
{
    for (sw_deed *deed = round->first_deed, *next; deed != NULL; deed = next) {
        next = deed->next;
        if (err != NULL)
            refuse(deed, err);
        else
            perform(round->shard->runtime, deed);
    }
}
