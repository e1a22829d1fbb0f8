// shard.c: one thread and the executions it owns.
//
// Each round: take every message, let the executions decide, wake what is due, hand one batch to
// the committer. The shard does not wait for the disk: the next round begins at once, and deeds are
// done when their own batch is durable, in order.

#include "server/runtime/map_run.h"

#include "base/assert.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void round_is_durable(sw_batch *batch, const sw_error *err);

sw_round *sw_round_new(sw_shard *shard)
{
    sw_batch *batch = sw_batch_new(round_is_durable, NULL);
    sw_round *round = SW_ARENA_NEW(&batch->arena, sw_round);
    round->batch = batch;
    round->shard = shard;
    round->last_deed = &round->first_deed;
    batch->who = round;
    return round;
}

void sw_round_free(sw_round *round)
{
    sw_batch *batch = round->batch;
    sw_arena_clear(&batch->arena);
    free(batch);
}

// Its runs stay at least until the shard has heard that the round is done.
static void tell_watchers(const sw_round *round)
{
    const sw_runtime_options *options = &round->shard->runtime->options;
    for (uint32_t i = 0; options->on_durable != NULL && i < round->touched_count; i++)
        options->on_durable(options->who, round->touched[i]->id);
}

// On the committer's thread. The round's memory goes back with the message, when the shard has let
// go of its runs.
static void round_is_durable(sw_batch *batch, const sw_error *err)
{
    sw_round *round = batch->who;
    sw_shard *shard = round->shard;
    if (err == NULL)
        tell_watchers(round);
    sw_deeds_perform(round, err);
    sw_message *message = sw_message_new(SW_MESSAGE_COMMITTED, 0);
    message->round = round;
    sw_shard_post(shard, message);
}

// Everything that the round said is done: lets go of what has ended or sleeps.
static void committed(sw_shard *shard, sw_round *round)
{
    int64_t now_ms = sw_runtime_now(shard->runtime);
    for (uint32_t i = 0; i < round->touched_count; i++) {
        sw_run *run = round->touched[i];
        run->rounds--;
        if (sw_run_may_sleep(run, now_ms))
            sw_run_release(run);
    }
    sw_round_free(round);
}

static void end_round(sw_round *round)
{
    for (uint32_t i = 0; i < round->touched_count; i++)
        sw_run_flush(round, round->touched[i]);
    if (round->batch->count > 0 || round->must_wait) {
        sw_runtime_commit(round->shard->runtime, round->batch);
        return;
    }
    // Express executions and refusals leave nothing to write.
    sw_deeds_perform(round, NULL);
    committed(round->shard, round);
}

// Messages ----------------------------------------------------------------------------------------

// What a run knows may be on its way to the disk still; what is said of it waits behind that.
static sw_run *find_or_load(sw_round *round, int64_t execution, sw_error *err)
{
    sw_run *run = sw_run_find(round->shard, execution);
    if (run == NULL)
        return sw_run_load(round->shard, execution, err);
    round->must_wait |= run->rounds > 0 && !run->express;
    return run;
}

static void answer_later(sw_round *round, sw_request *request, sw_value value)
{
    if (request == NULL)
        return;
    sw_deed *deed = sw_round_add(round, SW_DEED_ANSWER);
    deed->request = request;
    deed->value = value;
}

static void fail_later(sw_round *round, sw_request *request, const char *exception,
                       const char *text)
{
    if (request == NULL)
        return;
    sw_deed *deed = sw_round_add(round, SW_DEED_FAIL);
    deed->request = request;
    deed->exception = exception;
    deed->text = sw_str_from(text);
}

// One that was looked at, and nothing came of it.
static void let_sleep(const sw_round *round, sw_run *run)
{
    if (run != NULL && sw_run_may_sleep(run, sw_runtime_now(round->shard->runtime)))
        sw_run_release(run);
}

// aws: public reports; the same text for a task that ended, timed out, or whose execution is
// closed.
#define GONE "Task Timed Out: 'Provided task does not exist anymore'"

static sw_value empty_answer(sw_round *round)
{
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    return sw_answer_end(&answer);
}

// A callback may come before the answer to the call that gave its token away: whoever was called
// is quick, and the answer still on its way. aws: recorded; the submission stands first in the
// history. So the callback waits for it, but not for long: a Lambda function that answers for
// itself is answered only when this has returned.
#define HOLD_MS 250

static bool is_early(const sw_run *run, const sw_message *message)
{
    sw_happening_kind kind = message->happening.kind;
    return message->request != NULL &&
           (kind == SW_HAPPENED_TASK_SUCCEEDED || kind == SW_HAPPENED_TASK_FAILED) &&
           sw_execution_awaits_submission(run->x, message->happening.task);
}

// Whether the message is kept for a later round.
static bool hold(sw_round *round, const sw_run *run, sw_message *message)
{
    sw_shard *shard = round->shard;
    int64_t   now_ms = sw_runtime_now(shard->runtime);
    if (!is_early(run, message) ||
        (message->held_until_ms != 0 && now_ms >= message->held_until_ms))
        return false;
    if (message->held_until_ms == 0)
        message->held_until_ms = now_ms + HOLD_MS;
    message->held = true;
    message->next = shard->held;
    shard->held = message;
    return true;
}

static void happened(sw_round *round, sw_message *message)
{
    sw_error err;
    sw_run  *run = find_or_load(round, message->execution, &err);
    if (run == NULL || run->row.status != SW_RUNNING ||
        !sw_execution_wants(run->x, message->happening.task)) {
        fail_later(round, message->request, "TaskTimedOut", GONE);
        let_sleep(round, run);
        return;
    }
    if (hold(round, run, message)) {
        let_sleep(round, run);
        return;
    }
    sw_map_run *map_run = sw_map_run_find(run, message->happening.task);
    if (map_run != NULL)
        sw_map_run_happened(round, map_run, &message->happening);
    else
        sw_run_handle(round, run, &message->happening);
    answer_later(round, message->request, empty_answer(round));
}

// What was held is looked at again when anything has come, or its time is up.
static sw_message *take_held(sw_shard *shard)
{
    sw_message *list = shard->held;
    for (sw_message *at = list; at != NULL; at = at->next)
        at->held = false;
    shard->held = NULL;
    return list;
}

static int64_t first_hold_ends(const sw_shard *shard)
{
    int64_t first_ms = INT64_MAX;
    for (const sw_message *at = shard->held; at != NULL; at = at->next)
        first_ms = at->held_until_ms < first_ms ? at->held_until_ms : first_ms;
    return first_ms;
}

static sw_value task_answer(sw_round *round, sw_run *run, const sw_message *message)
{
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    sw_str    input = sw_execution_get_task_input(run->x, message->happening.task);
    sw_answer_text(&answer, "taskToken",
                   sw_token_make(round->shard->runtime,
                                 (sw_attempt){run->id, message->happening.task},
                                 &round->batch->arena));
    sw_answer_text(&answer, "input", sw_round_copy(round, input));
    return sw_answer_end(&answer);
}

// A poller takes an activity's task. If the task is no longer wanted the poller goes on waiting.
static void take_task(sw_round *round, sw_message *message)
{
    sw_error err;
    sw_run  *run = find_or_load(round, message->execution, &err);
    sw_batch_add(round->batch, SW_RECORD_ACTIVITY_TASK_GONE)->id = message->activity_task;
    if (run == NULL || run->row.status != SW_RUNNING ||
        !sw_execution_wants(run->x, message->happening.task)) {
        sw_runtime_poll_activity(round->shard->runtime, message->start.machine,
                                 message->happening.worker_name, message->request);
        let_sleep(round, run);
        return;
    }
    sw_run_handle(round, run, &message->happening);
    sw_deed *deed = sw_round_add(round, SW_DEED_GIVE_TASK);
    deed->request = message->request;
    deed->value = task_answer(round, run, message);
    deed->activity_task = (sw_activity_task_row){.activity = message->start.machine,
                                                 .execution = run->id,
                                                 .frame = message->happening.task.frame,
                                                 .attempt = message->happening.task.attempt};
}

static void stop(sw_round *round, sw_message *message)
{
    sw_error  err;
    sw_run   *run = find_or_load(round, message->execution, &err);
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    if (run != NULL && run->row.status == SW_RUNNING) {
        message->happening.kind = SW_HAPPENED_STOP;
        sw_run_handle(round, run, &message->happening);
    }
    int64_t stopped_ms = run != NULL ? run->row.stop_ms : message->start.version;
    if (stopped_ms == 0) // it ended between the API's look at it and now
        stopped_ms = sw_runtime_now(round->shard->runtime);
    sw_answer_time(&answer, "stopDate", stopped_ms);
    answer_later(round, message->request, sw_answer_end(&answer));
}

// Waiting tasks: who has their token may answer them. Bounded like all that is answered at once.
#define TASKS_MAX 1000u

typedef struct task_list {
    sw_round *round;
    sw_run   *run;
    sw_value *items;
    uint32_t  count;
} task_list;

static bool list_task(void *who, const sw_effect *task)
{
    task_list *list = who;
    sw_arena  *arena = &list->round->batch->arena;
    bool       activity = task->task_kind == SW_TASK_ACTIVITY;
    if (!activity && !task->waits_for_token)
        return true;
    sw_answer  item = sw_answer_begin(arena);
    sw_attempt attempt = {list->run->id, task->task};
    sw_answer_text(&item, "stateName", sw_round_copy(list->round, task->state_name));
    sw_answer_add(&item, "scheduledEventId", sw_number((double)task->task.attempt));
    sw_answer_text(&item, "kind", activity ? SW_STR("activity") : SW_STR("callback"));
    sw_answer_text(&item, "taskToken", sw_token_make(list->round->shard->runtime, attempt, arena));
    list->items[list->count++] = sw_answer_end(&item);
    return list->count < TASKS_MAX;
}

static void list_tasks(sw_round *round, const sw_message *message)
{
    sw_error  err;
    task_list list = {.round = round, .run = find_or_load(round, message->execution, &err)};
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    sw_value  array = sw_array_build(&round->batch->arena, TASKS_MAX, &list.items);
    if (list.run != NULL && list.run->row.status == SW_RUNNING)
        sw_execution_each_task(list.run->x, list_task, &list);
    array.size = list.count;
    sw_answer_add(&answer, "tasks", array);
    answer_later(round, message->request, sw_answer_end(&answer));
    let_sleep(round, list.run);
}

static void recover(sw_round *round, const sw_message *message)
{
    sw_error err;
    sw_run  *run = find_or_load(round, message->execution, &err);
    if (run == NULL)
        return;
    run->may_begin = message->start.resumed;
    sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_RESUME});
    run->may_begin = false;
}

// An express execution that has begun elsewhere: what it decided is the first that is done here.
static void adopt(sw_round *begun)
{
    for (uint32_t i = 0; i < begun->touched_count; i++)
        sw_run_insert(begun->touched[i]);
    end_round(begun);
}

static void handle(sw_round *round, sw_message *message)
{
    switch (message->kind) {
    case SW_MESSAGE_START:
        sw_start_execution(round, message);
        break;
    case SW_MESSAGE_HAPPENED:
        happened(round, message);
        break;
    case SW_MESSAGE_TAKE_TASK:
        take_task(round, message);
        break;
    case SW_MESSAGE_STOP:
        stop(round, message);
        break;
    case SW_MESSAGE_REFUSED:
        sw_nested_refused(round, &message->start.parent, message->start.name.text,
                          sw_round_copy(round, message->start.input));
        break;
    case SW_MESSAGE_LIST_TASKS:
        list_tasks(round, message);
        break;
    case SW_MESSAGE_REDRIVE:
        sw_redrive_execution(round, message);
        break;
    case SW_MESSAGE_RECOVER:
        recover(round, message);
        break;
    case SW_MESSAGE_ADOPT:
        adopt(message->round);
        break;
    case SW_MESSAGE_MAP_RUN:
        sw_map_run_go_on(round, message);
        break;
    case SW_MESSAGE_DESCRIBE_MAP_RUN:
        sw_map_run_describe(round, message);
        break;
    case SW_MESSAGE_UPDATE_MAP_RUN:
        sw_map_run_update(round, message);
        break;
    case SW_MESSAGE_COMMITTED:
        committed(round->shard, message->round);
        break;
    case SW_MESSAGE_QUIT:
        round->shard->quit = true;
        break;
    }
}

static void wake_due(sw_round *round)
{
    sw_shard *shard = round->shard;
    int64_t   now_ms = sw_runtime_now(shard->runtime), execution;
    sw_error  err;
    while (sw_wakes_pop(&shard->wakes, now_ms, &execution)) {
        sw_run *run = find_or_load(round, execution, &err);
        if (run == NULL || run->row.status != SW_RUNNING)
            continue;
        // Otherwise the wake was overtaken: when the due time changed it got a wake of its own.
        if (sw_execution_next_due(run->x) <= now_ms)
            sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_TIME_PASSED});
        else
            let_sleep(round, run);
    }
}

// The loop ----------------------------------------------------------------------------------------

static struct timespec at_time(int64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
}

static sw_message *take_messages(sw_shard *shard)
{
    int64_t due_ms = sw_wakes_first(&shard->wakes), hold_ms = first_hold_ends(shard);
    due_ms = hold_ms < due_ms ? hold_ms : due_ms;
    pthread_mutex_lock(&shard->lock);
    int code = 0;
    while (shard->first == NULL && code != ETIMEDOUT) {
        if (due_ms == INT64_MAX) {
            pthread_cond_wait(&shard->wake, &shard->lock);
        } else {
            struct timespec until = at_time(due_ms);
            code = pthread_cond_timedwait(&shard->wake, &shard->lock, &until);
        }
    }
    sw_message *list = shard->first;
    shard->first = NULL;
    shard->last = &shard->first;
    pthread_mutex_unlock(&shard->lock);
    return list;
}

static void handle_all(sw_round *round, sw_message *list)
{
    while (list != NULL) {
        sw_message *message = list;
        list = message->next;
        handle(round, message);
        if (!message->held)
            free(message);
    }
}

static void *run_shard(void *argument)
{
    sw_shard *shard = argument;
    while (!shard->quit) {
        sw_message *list = take_messages(shard);
        sw_round   *round = sw_round_new(shard);
        handle_all(round, list);
        handle_all(round, take_held(shard));
        wake_due(round);
        end_round(round);
    }
    return NULL;
}

bool sw_shard_open(sw_shard *shard, sw_error *err)
{
    sw_store *store = shard->runtime->options.store;
    if (!store->reader_open(store, &shard->reader, err))
        return false;
    int code = pthread_create(&shard->thread, NULL, run_shard, shard);
    return code == 0 || sw_fail_errno(err, code, "start a shard");
}

// A worker asks again; whoever else still waits is told.
static void answer_at_end(const sw_message *message)
{
    if (message->request == NULL)
        return;
    if (message->kind == SW_MESSAGE_TAKE_TASK)
        sw_activity_answer_none(message->request);
    else
        sw_request_fail(message->request, "ServiceUnavailable", "The server is ending.");
}

static void drop_run(sw_run *run)
{
    if (run->waiter != NULL)
        sw_request_fail(run->waiter, "ServiceUnavailable", "The server is ending.");
    sw_run_release(run);
}

static void drop_begun(sw_round *begun)
{
    for (uint32_t i = 0; i < begun->touched_count; i++) {
        sw_run_insert(begun->touched[i]);
        drop_run(begun->touched[i]);
    }
    sw_round_free(begun);
}

static void drop_held(sw_shard *shard)
{
    sw_message *list = take_held(shard);
    while (list != NULL) {
        sw_message *message = list;
        list = message->next;
        answer_at_end(message);
        free(message);
    }
}

static void drop_everything(sw_shard *shard)
{
    drop_held(shard);
    for (size_t i = 0; i < shard->bucket_count; i++) {
        while (shard->buckets[i] != NULL)
            drop_run(shard->buckets[i]);
    }
    while (shard->first != NULL) {
        sw_message *message = shard->first;
        shard->first = message->next;
        if (message->kind == SW_MESSAGE_COMMITTED)
            sw_round_free(message->round);
        if (message->kind == SW_MESSAGE_ADOPT)
            drop_begun(message->round);
        if (message->kind == SW_MESSAGE_START)
            sw_machine_unref(message->start.compiled);
        answer_at_end(message);
        free(message);
    }
}

// The committer and the runner have stopped by now, so nothing is posted any more.
void sw_shard_close(sw_shard *shard)
{
    drop_everything(shard);
    shard->reader->close(shard->reader);
    free(shard->buckets);
    free(shard->names);
    free(shard->redrives);
    free(shard->wakes.heap);
    pthread_cond_destroy(&shard->wake);
    pthread_mutex_destroy(&shard->lock);
}
