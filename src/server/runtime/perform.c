// perform.c: what an execution wishes, as deeds of the round.

#include "server/runtime/map_run.h"

#include "base/grow.h"
#include "base/note.h"

bool sw_task_is_nested(const sw_effect *effect)
{
    static const char action[] = "startExecution";
    return effect->task_kind == SW_TASK_SERVICE && sw_str_is(effect->resource_type, "states") &&
           effect->action.bytes >= sizeof action - 1 &&
           memcmp(effect->action.text, action, sizeof action - 1) == 0;
}

bool sw_task_is_callback(const sw_effect *effect)
{
    return effect->submitted && effect->waits_for_token && !sw_task_is_nested(effect);
}

static sw_str rest_of(sw_str text, size_t from)
{
    return (sw_str){text.text + from, text.bytes - from};
}

static void start_nested(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_str   pattern = rest_of(effect->action, strlen("startExecution"));
    sw_deed *deed = sw_round_add(round, SW_DEED_START_NESTED);
    deed->attempt = (sw_attempt){run->id, effect->task};
    deed->text = sw_round_copy(round, sw_payload_text(effect->parameters));
    deed->mode = sw_str_is(pattern, ".sync") ? 1 : sw_str_is(pattern, ".sync:2") ? 2 : 0;
    deed->task.retry_count = effect->submitted; // it has had its first answer
    deed->task.token = sw_round_copy(round, effect->token);
    deed->task.action = sw_round_copy(round, effect->action);
}

static void queue_activity(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_runtime *runtime = run->shard->runtime;
    if (effect->task.attempt <= run->row.event_count)
        return; // taken up again after a restart: it stands in its queue, which is durable too
    sw_catalog_lock(runtime->options.catalog);
    const sw_activity_entry *activity =
        sw_catalog_find_activity(runtime->options.catalog, effect->resource);
    int64_t id = activity == NULL ? 0 : activity->row.id;
    sw_catalog_unlock(runtime->options.catalog);
    if (id == 0)
        return; // deleted in between: the task waits for its time-out
    sw_activity_task_row *row = SW_ARENA_NEW(&round->batch->arena, sw_activity_task_row);
    *row = (sw_activity_task_row){
        .id = __atomic_fetch_add(&runtime->next_activity_task, 1, __ATOMIC_RELAXED),
        .activity = id,
        .execution = run->id,
        .frame = effect->task.frame,
        .attempt = effect->task.attempt};
    sw_batch_add(round->batch, SW_RECORD_ACTIVITY_TASK)->activity_task = row;
    sw_round_add(round, SW_DEED_QUEUE_ACTIVITY)->activity_task = *row;
}

// A mocked state's tasks are the runner's, whatever their kind.
static bool is_mocked(const sw_run *run, const sw_effect *effect)
{
    sw_task_runner *runner = run->shard->runtime->options.runner;
    return runner != NULL && runner->is_mocked != NULL &&
           runner->is_mocked(runner, run->machine_name, run->row.mock_case, effect->state_name);
}

// The server is ending: the task is begun when it has started again.
static void withhold(sw_run *run, sw_task_ref task)
{
    SW_MAKE_ROOM(&run->arena, run->withheld, run->withheld_count, run->withheld_capacity, 4);
    run->withheld[run->withheld_count++] = task;
}

static void start_outside(sw_round *round, sw_run *run, const sw_effect *effect)
{
    if (!run->express && __atomic_load_n(&run->shard->runtime->draining, __ATOMIC_RELAXED)) {
        withhold(run, effect->task);
        return;
    }
    sw_deed *deed = sw_round_add(round, SW_DEED_TASK);
    sw_str   submission = {NULL, 0};
    if (effect->submission != NULL)
        submission = sw_round_copy(round, sw_payload_text(effect->submission));
    deed->task = (sw_outside_task){
        .execution = run->id,
        .task = effect->task,
        .kind = effect->task_kind,
        .state_name = sw_round_copy(round, effect->state_name),
        .machine_name = sw_round_copy(round, run->machine_name),
        .execution_arn = sw_round_copy(round, run->arn),
        .mock_case = sw_round_copy(round, run->row.mock_case),
        .resource = sw_round_copy(round, effect->resource),
        .resource_type = sw_round_copy(round, effect->resource_type),
        .action = sw_round_copy(round, effect->action),
        .parameters = sw_round_copy(round, sw_payload_text(effect->parameters)),
        .token = sw_round_copy(round, effect->token),
        .waits_for_token = effect->waits_for_token,
        .submission = submission,
        .retry_count = effect->retry_count,
        .timeout_s = effect->timeout_s,
        .role = effect->role == NULL ? NULL : sw_round_copy(round, sw_str_from(effect->role)).text,
        .role_arn = effect->role == NULL ? (sw_str){"", 0} : sw_round_copy(round, run->role_arn)};
}

// law 3: an attempt that was with an outside caller when the server died is not run again; its
// outcome is unknown, and its state's Retry decides. What waits for something from outside simply
// goes on. A callback whose first call was cut off is not waiting yet: perhaps nobody was ever
// given its token, and it would wait for ever.
static void take_up_again(sw_round *round, sw_run *run, const sw_effect *effect)
{
    if (sw_task_is_nested(effect)) {
        start_nested(round, run, effect); // its name says whether it had started
        return;
    }
    if (effect->task_kind == SW_TASK_ACTIVITY || sw_task_is_callback(effect))
        return;
    if (effect->submitted || run->may_begin ||
        run->shard->runtime->options.interrupted_tasks_retry) {
        start_outside(round, run, effect);
        return;
    }
    SW_NOTE(SW_NOTE_WARN, "a task was cut off by the server's end and fails",
            SW_NOTE_TEXT("execution", run->arn), SW_NOTE_TEXT("state", effect->state_name));
    // A report to itself, in a later round
    sw_deed *deed = sw_round_add(round, SW_DEED_TELL_PARENT);
    deed->attempt = (sw_attempt){run->id, effect->task};
    deed->happening = (sw_happening){
        .kind = SW_HAPPENED_TASK_FAILED,
        .task = effect->task,
        .failure = {.has_error = true,
                    .has_cause = true,
                    .error = SW_STR("States.TaskFailed"),
                    .cause =
                        SW_STR("The server stopped while this task was running. Its outcome is "
                               "unknown, so it was not run again.")}};
}

void sw_run_perform(sw_round *round, sw_run *run, const sw_effect *effect)
{
    switch (effect->kind) {
    case SW_EFFECT_START_TASK:
        if (effect->interrupted)
            take_up_again(round, run, effect);
        else if (is_mocked(run, effect))
            start_outside(round, run, effect);
        else if (effect->task_kind == SW_TASK_ACTIVITY)
            queue_activity(round, run, effect);
        else if (sw_task_is_nested(effect))
            start_nested(round, run, effect);
        else
            start_outside(round, run, effect);
        break;
    case SW_EFFECT_CANCEL_TASK:
        if (effect->task_kind != SW_TASK_ACTIVITY)
            sw_round_add(round, SW_DEED_CANCEL)->attempt = (sw_attempt){run->id, effect->task};
        break;
    case SW_EFFECT_START_MAP_RUN:
        sw_map_run_begin(round, run, effect);
        break;
    case SW_EFFECT_START_CHILD:
        sw_map_run_start_child(round, run, effect);
        break;
    case SW_EFFECT_CANCEL_MAP_RUN:
        sw_map_run_cancel(round, run, effect);
        break;
    case SW_EFFECT_FINISHED:
        break; // note_end has seen it
    }
}
