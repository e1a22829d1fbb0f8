// start.c: StartExecution, StartSyncExecution and nested starts.
//
// A name belongs to one execution of its machine. Starting again with the same name and input while
// it runs answers with the first start; anything else is refused. Names that are not durable yet
// are known to the shard, because the shard of an execution is chosen by its machine.

#include "server/arn.h"
#include "server/runtime/internal.h"

static sw_value started_answer(sw_round *round, sw_str arn, int64_t start_ms)
{
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    sw_answer_text(&answer, "executionArn", sw_round_copy(round, arn));
    sw_answer_time(&answer, "startDate", start_ms);
    return sw_answer_end(&answer);
}

static void answer(sw_round *round, sw_request *request, sw_value value)
{
    sw_deed *deed = sw_round_add(round, SW_DEED_ANSWER);
    deed->request = request;
    deed->value = value;
}

// No execution comes of this start: its machine does not have one more running.
static void give_back(sw_round *round, const sw_message *message)
{
    sw_machine_ref(message->start.compiled); // sw_start_execution gives up its own
    sw_runtime_refuse_start(round->shard->runtime, &message->start);
}

static void refuse(sw_round *round, const sw_message *message, const char *exception, sw_str text)
{
    give_back(round, message);
    if (message->start.parent.execution != 0)
        sw_nested_refused(round, &message->start.parent, exception, text);
    if (message->request == NULL)
        return;
    sw_deed *deed = sw_round_add(round, SW_DEED_FAIL);
    deed->request = message->request;
    deed->exception = exception;
    deed->text = text;
}

static bool same_parent(const sw_parent_link *a, const sw_parent_link *b)
{
    return a->execution != 0 && a->execution == b->execution && a->frame == b->frame &&
           a->attempt == b->attempt;
}

// NULL: it was refused.
static sw_run *begin(sw_round *round, const sw_message *message)
{
    sw_run  *run;
    sw_error err;
    if (!sw_run_new(round->shard, &message->start, &run, &err)) {
        refuse(round, message, "InvalidExecutionInput",
               sw_round_copy(round, sw_str_from(err.message)));
        return NULL;
    }
    sw_runtime_figures *figures = &round->shard->runtime->figures;
    __atomic_add_fetch(&figures->started, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&figures->running, 1, __ATOMIC_RELAXED);
    if (message->start.sync)
        run->waiter = message->request;
    if (message->start.parent.execution != 0)
        // Before its end, which may be in the same round
        sw_nested_started(round, run, &message->start);
    sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_START});
    if (message->request != NULL && !message->start.sync)
        answer(round, message->request, started_answer(round, run->arn, run->row.start_ms));
    return run;
}

// In memory or in the store, whichever has it.
static bool find_named(sw_round *round, const sw_start *start, sw_execution_row *row, bool *found,
                       sw_error *err)
{
    sw_shard *shard = round->shard;
    sw_run   *run = sw_names_find(shard, start->machine, start->name);
    *found = run != NULL;
    if (run != NULL) {
        round->must_wait |= run->rounds > 0; // its start may not be durable yet
        *row = run->row;
        return true;
    }
    return sw_runtime_find_execution(shard->runtime, shard->reader, start->machine, start->name,
                                     &round->batch->arena, row, found, err);
}

static void meet_existing(sw_round *round, sw_message *message, const sw_execution_row *row)
{
    const sw_start *start = &message->start;
    sw_str arn = sw_arn_of_execution(&round->batch->arena, start->machine_arn, start->name);
    if (same_parent(&row->parent, &start->parent)) {
        sw_nested_found(round, row, arn, start);
        give_back(round, message);
        return;
    }
    bool same = row->status == SW_RUNNING && sw_str_equal(row->input, start->input);
    if (same && message->request != NULL) {
        answer(round, message->request, started_answer(round, arn, row->start_ms));
        give_back(round, message);
    } else {
        refuse(round, message, "ExecutionAlreadyExists",
               sw_str_format(&round->batch->arena, "Execution Already Exists: '%.*s'",
                             SW_STR_ARG(arn)));
    }
}

void sw_start_execution(sw_round *round, sw_message *message)
{
    sw_execution_row row;
    sw_error         err;
    bool             found = false;
    bool             express = sw_machine_get_type(message->start.compiled) == SW_EXPRESS;
    if (!express && message->start.name.bytes > 0 &&
        !find_named(round, &message->start, &row, &found, &err)) {
        refuse(round, message, "InternalServerError",
               sw_round_copy(round, sw_str_from(err.message)));
    } else if (found) {
        meet_existing(round, message, &row);
    } else {
        sw_run *run = begin(round, message);
        if (run != NULL)
            sw_run_insert(run);
    }
    sw_machine_unref(message->start.compiled);
}

void sw_start_express(sw_runtime *runtime, const sw_start *start, sw_request *request)
{
    sw_message message = {.start = *start, .request = request};
    sw_round  *round = sw_round_new(sw_runtime_get_shard(runtime, start->machine));
    sw_run    *run = begin(round, &message);
    sw_machine_unref(start->compiled);
    if (run == NULL || (run->row.status != SW_RUNNING && round->batch->count == 0)) {
        sw_deeds_perform(round, NULL);
        if (run != NULL)
            sw_run_free(run);
        sw_round_free(round);
        return;
    }
    sw_message *adopt = sw_message_new(SW_MESSAGE_ADOPT, 0);
    adopt->round = round;
    sw_shard_post(round->shard, adopt);
}
