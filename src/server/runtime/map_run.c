// map_run.c: a Map Run from its start to its end; see map_run.h.

#include "server/runtime/map_run.h"

#include "base/assert.h"
#include "base/note.h"
#include "server/arn.h"
#include "json/members.h"

#include <stdlib.h>

#define SLICE 256u // children that start in one go: others have their turn in between

// Finding -----------------------------------------------------------------------------------------

sw_map_run *sw_map_run_find(const sw_run *run, sw_task_ref task)
{
    sw_map_run *m = run->map_runs;
    while (m != NULL && (m->task.frame != task.frame || m->task.attempt != task.attempt))
        m = m->next;
    return m;
}

sw_map_run *sw_map_run_find_by_id(const sw_run *run, int64_t id)
{
    sw_map_run *m = run->map_runs;
    while (m != NULL && m->row.id != id)
        m = m->next;
    return m;
}

// Children stand in the order of their first items.
static sw_map_child *find_child(const sw_map_run *m, uint32_t first)
{
    uint32_t from = 0, to = m->child_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (m->children[middle].first < first)
            from = middle + 1;
        else
            to = middle;
    }
    return from < m->child_count && m->children[from].first == first ? &m->children[from] : NULL;
}

// Counting ----------------------------------------------------------------------------------------

static void count(sw_map_run *m, const sw_map_child *child, int by)
{
    if (child->status == SW_MAP_CHILD_PENDING) {
        m->pending += (uint32_t)by;
        return;
    }
    m->executions.by_status[child->status] += (uint32_t)by;
    m->items.by_status[child->status] += (uint32_t)by * child->count;
}

static void set_status(sw_map_run *m, sw_map_child *child, uint8_t status)
{
    count(m, child, -1);
    child->status = status;
    count(m, child, 1);
}

static sw_map_child *add_child(sw_map_run *m)
{
    if (m->child_count == m->child_capacity) {
        m->child_capacity = m->child_capacity == 0 ? 16 : m->child_capacity * 2;
        m->children = realloc(m->children, m->child_capacity * sizeof *m->children);
        SW_ASSERT(m->children != NULL);
    }
    return &m->children[m->child_count++];
}

// Those that a redrive runs again count for nothing.
static uint32_t failed_items(const sw_map_run *m)
{
    const uint32_t *n = m->items.by_status;
    return n[SW_FAILED] + n[SW_TIMED_OUT] + n[SW_ABORTED];
}

// docs: either is exceeded; when neither is given, no failure is tolerated.
static bool is_exceeded(const sw_map_run *m)
{
    const sw_map_settings *s = &m->settings;
    uint32_t               failed = failed_items(m);
    if (failed == 0)
        return false;
    if (!s->has_count && !s->has_percentage)
        return true;
    return (s->has_count && failed > s->count) ||
           (s->has_percentage && failed * 100.0 > s->percentage * m->item_count);
}

// Going on ----------------------------------------------------------------------------------------

void sw_map_run_post(sw_map_run *m)
{
    if (m->posted)
        return;
    m->posted = true;
    sw_message *message = sw_message_new(SW_MESSAGE_MAP_RUN, 0);
    message->execution = m->run->id;
    message->happening.task = m->task;
    sw_shard_post(m->run->shard, message);
}

// When all that this round and those before it say is durable.
static void post_durable(sw_round *round, sw_map_run *m)
{
    sw_round_add(round, SW_DEED_MAP_RUN)->attempt = (sw_attempt){m->run->id, m->task};
    round->must_wait = true;
}

static bool is_ending(const sw_map_run *m)
{
    return __atomic_load_n(&m->run->shard->runtime->draining, __ATOMIC_RELAXED);
}

// The reader and the writer -----------------------------------------------------------------------

// For the runner; name: "read", "write"
static void call(sw_round *round, sw_map_run *m, const char *name, sw_str parameters)
{
    sw_run  *run = m->run;
    sw_deed *deed = sw_round_add(round, SW_DEED_TASK);
    deed->task = (sw_outside_task){.execution = run->id,
                                   .task = m->task,
                                   .kind = SW_TASK_MAP_RUN,
                                   .state_name = sw_round_copy(round, m->row.state),
                                   .machine_name = sw_round_copy(round, run->machine_name),
                                   .execution_arn = sw_round_copy(round, run->arn),
                                   .mock_case = sw_round_copy(round, run->row.mock_case),
                                   .resource = sw_round_copy(round, m->row.arn),
                                   .action = sw_str_from(name),
                                   .parameters = sw_round_copy(round, parameters)};
}

static void read_items(sw_round *round, sw_map_run *m)
{
    sw_arena  *arena = &round->batch->arena;
    sw_members reader = sw_members_begin(arena, 2);
    m->stage = SW_MAP_READING;
    sw_members_add(&reader, "ItemReader", sw_value_get(m->plan, SW_STR("ItemReader")));
    sw_members_add(&reader, "MaxItems", sw_value_get(m->plan, SW_STR("MaxItems")));
    call(round, m, "read", sw_json_print(arena, sw_members_end(&reader)));
}

// Beginning ---------------------------------------------------------------------------------------

static sw_map_run *new_map_run(sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = calloc(1, sizeof *m);
    sw_arn      arn;
    SW_ASSERT(m != NULL);
    sw_arena_init(&m->arena);
    m->run = run;
    m->task = effect->task;
    m->plan = sw_value_copy(&m->arena, sw_payload_value(effect->parameters));
    m->row = (sw_map_run_row){.execution = run->id,
                              .frame = effect->task.frame,
                              .attempt = effect->task.attempt,
                              .machine = run->row.machine,
                              .revision = run->row.revision,
                              .start_ms = sw_runtime_now(run->shard->runtime),
                              .arn = sw_str_copy(&m->arena, effect->resource),
                              .execution_arn = sw_str_copy(&m->arena, run->arn),
                              .state = sw_str_copy(&m->arena, effect->state_name),
                              .counts = {"", 0}};
    m->machine_arn = sw_arn_of_children(&m->arena, m->row.arn);
    bool named = sw_arn_parse(m->row.arn, &arn) &&
                 sw_name_read(run->shard->runtime, arn.qualifier, &m->row.id);
    SW_ASSERT(named); // run.c has made it
    m->next = run->map_runs;
    run->map_runs = m;
    return m;
}

static sw_map_run *begin_new(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = new_map_run(run, effect);
    m->settings = sw_map_settings_of_plan(m->plan);
    m->row.express = effect->express;
    sw_map_run_put(round, m);
    return m;
}

// One that was interrupted, or is redriven: as it is in the store.

static bool load_child(void *who, const sw_execution_row *row)
{
    sw_map_run   *m = who;
    const sw_run *live = sw_run_find(m->run->shard, row->id); // it may know more than the store
    const sw_execution_row *now = live == NULL ? row : &live->row;
    bool                    again = now->status != SW_RUNNING && now->status != SW_SUCCEEDED &&
                 now->stop_ms < m->row.redrive_ms;
    *add_child(m) = (sw_map_child){.execution = row->id,
                                   .first = row->parent.frame,
                                   .count = row->parent.attempt,
                                   .status = again ? SW_MAP_CHILD_PENDING : now->status};
    return true;
}

static int by_items(const void *a, const void *b)
{
    const sw_map_child *c = a, *d = b;
    if (c->first != d->first)
        return c->first < d->first ? -1 : 1;
    return (c->execution > d->execution) - (c->execution < d->execution);
}

// A redriven express child is another execution with the same items: the last one counts.
static void settle_children(sw_map_run *m)
{
    uint32_t kept = 0;
    if (m->child_count > 1)
        qsort(m->children, m->child_count, sizeof *m->children, by_items);
    for (uint32_t i = 0; i < m->child_count; i++) {
        if (kept > 0 && m->children[kept - 1].first == m->children[i].first)
            kept--;
        m->children[kept++] = m->children[i];
    }
    m->child_count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        count(m, &m->children[i], 1);
        m->next_item = m->children[i].first + m->children[i].count;
    }
}

static bool load_row(sw_map_run *m, bool *found, sw_error *err)
{
    sw_reader     *reader = m->run->shard->reader;
    sw_map_run_row row;
    if (!reader->find_map_run(reader, m->row.id, &m->arena, &row, found, err))
        return false;
    if (!*found)
        return true;
    sw_value settings = sw_undefined();
    if (!sw_json_parse(&m->arena, row.settings, 0, &settings, err))
        return false;
    row.attempt = m->task.attempt;
    m->row = row;
    m->settings = sw_map_settings_of_row(settings);
    return true;
}

static void redrive(sw_map_run *m)
{
    int64_t now_ms = sw_runtime_now(m->run->shard->runtime);
    m->row.status = SW_RUNNING;
    m->row.redrive_count++;
    m->row.redrive_ms = now_ms > m->row.stop_ms ? now_ms : m->row.stop_ms + 1;
    m->row.stop_ms = 0;
    m->row.counts = (sw_str){"", 0};
}

static bool load_children(sw_map_run *m, sw_error *err)
{
    sw_reader         *reader = m->run->shard->reader;
    sw_execution_query query = {.machine = -m->row.id, .status = -1, .limit = UINT32_MAX};
    if (!reader->list_executions(reader, &query, load_child, m, err))
        return false;
    settle_children(m);
    return true;
}

static sw_map_run *take_up_again(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = new_map_run(run, effect);
    sw_error    err;
    bool        found = false, ok = load_row(m, &found, &err);
    if (ok && found && effect->redriven)
        redrive(m);
    ok = ok && found && load_children(m, &err);
    if (!ok) { // its record is in the batch of MapRunStarted
        SW_NOTE(SW_NOTE_ERROR, "a Map Run could not be read from the store",
                SW_NOTE_TEXT("mapRun", m->row.arn),
                SW_NOTE_TEXT("reason", found ? sw_str_from(err.message) : SW_STR("not found")));
        SW_ASSERT(ok);
    }
    if (effect->redriven)
        sw_map_run_put(round, m);
    return m;
}

void sw_map_run_begin(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = sw_map_run_find(run, effect->task);
    if (m == NULL)
        m = effect->interrupted || effect->redriven ? take_up_again(round, run, effect)
                                                    : begin_new(round, run, effect);
    if (!effect->submitted) {
        read_items(round, m);
        return;
    }
    m->stage = SW_MAP_RUNNING;
    m->item_count = effect->item_count;
    sw_map_run_post(m);
}

// Children ----------------------------------------------------------------------------------------

// It could not start: told when the Map Run has its turn, since its execution is being told now.
static void keep_trouble(sw_map_run *m, const sw_error *err)
{
    m->trouble = sw_str_copy(&m->arena, sw_str_from(err->message));
    m->trouble_error = err->code == SW_ERROR_LIMIT ? "States.DataLimitExceeded" : "States.Runtime";
    m->posted = false;
    sw_map_run_post(m);
}

static void start_child(sw_round *round, sw_map_run *m, sw_map_child *child, sw_str input)
{
    sw_run  *parent = m->run, *run;
    sw_error err;
    sw_start start = {
        .machine = -m->row.id,
        .revision = m->row.revision,
        .compiled = (sw_machine *)(uintptr_t)sw_execution_get_machine(parent->x),
        .machine_arn = m->machine_arn,
        .machine_name = parent->machine_name,
        .role_arn = parent->role_arn,
        .input = input,
        .mock_case = parent->row.mock_case,
        .map_state = m->row.state,
        .express_child = m->row.express,
        .parent = {parent->id, child->first, child->count, SW_PARENT_MAP_RUN},
    };
    if (!sw_run_new(parent->shard, &start, &run, &err)) {
        set_status(m, child, SW_FAILED);
        keep_trouble(m, &err);
        return;
    }
    sw_runtime_figures *figures = &parent->shard->runtime->figures;
    __atomic_add_fetch(&figures->started, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&figures->running, 1, __ATOMIC_RELAXED);
    child->execution = run->id;
    run->log_level = parent->log_level;
    run->log_data = parent->log_data;
    run->log_group = sw_str_copy(&run->arena, parent->log_group);
    sw_run_insert(run);
    sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_START});
}

// The answer to MAP_NEXT
void sw_map_run_start_child(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = sw_map_run_find(run, effect->task);
    if (m == NULL || effect->first != m->next_item)
        return;
    sw_map_child *child = add_child(m);
    *child =
        (sw_map_child){.first = effect->first, .count = effect->item_count, .status = SW_RUNNING};
    count(m, child, 1);
    m->next_item += effect->item_count;
    start_child(round, m, child, sw_payload_text(effect->parameters));
}

// It may end at once, or have ended before: then the Map Run goes on when it has its turn.
void sw_map_child_ended(const sw_run *child)
{
    const sw_run *run = sw_run_find(child->shard, child->row.parent.execution);
    sw_map_run   *m = run == NULL ? NULL : sw_map_run_find_by_id(run, -child->row.machine);
    sw_map_child *known = m == NULL ? NULL : find_child(m, child->row.parent.frame);
    if (known == NULL || known->execution != child->id)
        return; // it is looked at when the Map Run is taken up again
    set_status(m, known, child->row.status);
    sw_map_run_post(m);
}

static void stop_child(sw_round *round, sw_map_run *m, const sw_map_child *child)
{
    sw_error err;
    sw_run  *run = sw_run_find(m->run->shard, child->execution);
    if (run == NULL)
        run = sw_run_load(m->run->shard, child->execution, &err);
    if (run != NULL)
        sw_run_handle(round, run, &(sw_happening){.kind = SW_HAPPENED_STOP});
}

static void stop_children(sw_round *round, sw_map_run *m)
{
    m->posted = true; // it does not go on
    for (uint32_t i = 0; i < m->child_count; i++) {
        if (m->children[i].status == SW_RUNNING)
            stop_child(round, m, &m->children[i]);
    }
}

// Begins again with what it had.
static void replace_child(sw_round *round, sw_map_run *m, sw_map_child *child)
{
    sw_reader       *reader = round->shard->reader;
    sw_execution_row row;
    sw_error         err;
    bool             found = false;
    bool             ok =
        reader->find_execution(reader, child->execution, &round->batch->arena, &row, &found, &err);
    if (ok && !found)
        ok = sw_fail(&err, SW_ERROR_NOT_FOUND, "a child of the Map Run has been forgotten");
    if (ok)
        start_child(round, m, child, row.input);
    else
        keep_trouble(m, &err);
}

// docs: redrive-map-run. A child that failed goes on where it failed; an express one begins again.
static void redrive_child(sw_round *round, sw_map_run *m, sw_map_child *child)
{
    sw_shard *shard = m->run->shard;
    sw_error  err;
    set_status(m, child, SW_RUNNING);
    if (m->row.express) {
        replace_child(round, m, child);
        return;
    }
    sw_run *run = sw_run_find(shard, child->execution);
    if (run == NULL)
        run = sw_run_load_any(shard, child->execution, &err);
    if (run != NULL)
        sw_run_begin_again(round, run);
    else
        keep_trouble(m, &err);
}

static bool redrive_next(sw_round *round, sw_map_run *m)
{
    while (m->next_pending < m->child_count &&
           m->children[m->next_pending].status != SW_MAP_CHILD_PENDING)
        m->next_pending++;
    if (m->next_pending == m->child_count)
        return false;
    redrive_child(round, m, &m->children[m->next_pending++]);
    return true;
}

// Whether one more has started, and the Map Run is still there.
static bool start_next(sw_round *round, sw_run *run, sw_task_ref task, sw_map_run *m)
{
    uint32_t before = m->next_item;
    if (m->pending > 0)
        return redrive_next(round, m) && sw_map_run_find(run, task) == m;
    if (m->next_item >= m->item_count)
        return false;
    sw_run_handle(
        round, run,
        &(sw_happening){.kind = SW_HAPPENED_MAP_NEXT, .task = task, .first = m->next_item});
    return sw_map_run_find(run, task) == m && m->next_item != before;
}

static void start_some(sw_round *round, sw_run *run, sw_task_ref task, sw_map_run *m)
{
    uint32_t wanted = m->settings.concurrency;
    uint32_t most = wanted == 0 || wanted > SW_MAP_CONCURRENT_MAX ? SW_MAP_CONCURRENT_MAX : wanted;
    uint32_t started = 0;
    bool     more = true;
    while (more && started < SLICE && m->trouble_error == NULL &&
           m->executions.by_status[SW_RUNNING] < most && !is_exceeded(m)) {
        more = start_next(round, run, task, m);
        started += more;
    }
}

// Its end -----------------------------------------------------------------------------------------

static void free_map_run(sw_map_run *m)
{
    sw_map_run **link = &m->run->map_runs;
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    sw_map_result_free(m);
    free(m->children);
    sw_arena_clear(&m->arena);
    free(m);
}

void sw_map_runs_free(sw_run *run)
{
    while (run->map_runs != NULL)
        free_map_run(run->map_runs);
}

static void end(sw_round *round, sw_map_run *m, sw_status status)
{
    m->row.status = (uint8_t)status;
    m->row.stop_ms = sw_runtime_now(m->run->shard->runtime);
    m->row.counts = sw_json_print(&m->arena, sw_map_run_counts(m, &m->arena));
    sw_map_run_put(round, m);
    free_map_run(m);
}

// It has succeeded with that result, or failed.
static void finish(sw_round *round, sw_map_run *m, const sw_happening *outcome)
{
    sw_run      *run = m->run;
    sw_happening what = *outcome;
    bool         ok = what.kind == SW_HAPPENED_TASK_SUCCEEDED;
    what.task = m->task;
    stop_children(round, m);
    // Its texts may be the Map Run's own.
    what.output = sw_round_copy(round, what.output);
    what.failure.error = sw_round_copy(round, what.failure.error);
    what.failure.cause = sw_round_copy(round, what.failure.cause);
    end(round, m, ok ? SW_SUCCEEDED : SW_FAILED);
    sw_run_handle(round, run, &what);
}

// What its reader or writer has to say
void sw_map_run_happened(sw_round *round, sw_map_run *m, const sw_happening *happening)
{
    sw_happening what = *happening;
    bool         read = m->stage == SW_MAP_READING && what.kind == SW_HAPPENED_TASK_SUCCEEDED;
    if (read) {
        what.kind = SW_HAPPENED_TASK_SUBMITTED;
        sw_run_handle(round, m->run, &what);
    } else if (m->stage == SW_MAP_WRITING && what.kind == SW_HAPPENED_TASK_SUCCEEDED) {
        what.output = sw_map_result_location(m, &round->batch->arena);
        finish(round, m, &what);
    } else if (what.kind == SW_HAPPENED_TASK_FAILED) {
        finish(round, m, &what);
    }
}

// Its state is left, or the execution ends.
void sw_map_run_cancel(sw_round *round, sw_run *run, const sw_effect *effect)
{
    sw_map_run *m = sw_map_run_find(run, effect->task);
    if (m == NULL)
        return;
    if (m->stage == SW_MAP_READING || m->stage == SW_MAP_WRITING)
        sw_round_add(round, SW_DEED_CANCEL)->attempt = (sw_attempt){run->id, effect->task};
    stop_children(round, m);
    end(round, m, SW_ABORTED);
}

static void fail(sw_round *round, sw_map_run *m, const char *error, sw_str cause)
{
    finish(round, m,
           &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED,
                           .failure = {.has_error = true,
                                       .has_cause = true,
                                       .error = sw_str_from(error),
                                       .cause = cause}});
}

static void gather(sw_round *round, sw_map_run *m)
{
    sw_error err;
    if (!sw_map_result_go_on(round, m, &err)) {
        fail(round, m, "States.ResultWriterFailed", sw_str_from(err.message));
    } else if (!sw_map_result_is_done(m)) {
        sw_map_run_post(m);
    } else if (sw_map_result_is_written(m)) {
        m->stage = SW_MAP_WRITING;
        call(round, m, "write", sw_map_result_text(m));
    } else {
        finish(
            round, m,
            &(sw_happening){.kind = SW_HAPPENED_TASK_SUCCEEDED, .output = sw_map_result_text(m)});
    }
}

static void run_on(sw_round *round, sw_run *run, sw_task_ref task, sw_map_run *m)
{
    if (is_ending(m))
        return;
    start_some(round, run, task, m);
    if (sw_map_run_find(run, task) != m)
        return;
    bool running = m->executions.by_status[SW_RUNNING] > 0;
    bool left = m->pending > 0 || m->next_item < m->item_count;
    if (m->trouble_error != NULL) {
        fail(round, m, m->trouble_error, m->trouble);
    } else if (is_exceeded(m)) {
        fail(round, m, "States.ExceedToleratedFailureThreshold",
             SW_STR("The specified tolerated failure threshold was exceeded"));
    } else if (!running && !left) {
        m->stage = SW_MAP_GATHERING;
        sw_map_result_begin(m);
        post_durable(round, m);
    } else if (!running) {
        sw_map_run_post(m); // a slice has ended at once
    }
}

void sw_map_run_go_on(sw_round *round, const sw_message *message)
{
    sw_run     *run = sw_run_find(round->shard, message->execution);
    sw_map_run *m = run == NULL ? NULL : sw_map_run_find(run, message->happening.task);
    if (m == NULL)
        return; // it has ended meanwhile
    m->posted = false;
    m->durable |= message->start.resumed;
    if (m->stage == SW_MAP_RUNNING)
        run_on(round, run, m->task, m);
    else if (m->stage == SW_MAP_GATHERING && m->durable)
        gather(round, m);
}

// Loading a child ---------------------------------------------------------------------------------

bool sw_map_run_load_child(sw_run *run, sw_error *err)
{
    sw_reader     *reader = run->shard->reader;
    sw_catalog    *catalog = run->shard->runtime->options.catalog;
    sw_map_run_row row;
    bool           found = false;
    if (!reader->find_map_run(reader, -run->row.machine, &run->arena, &row, &found, err))
        return false;
    sw_catalog_lock(catalog);
    const sw_machine_entry *machine = found ? sw_catalog_get_machine(catalog, row.machine) : NULL;
    if (machine != NULL) {
        run->machine_name = sw_str_copy(&run->arena, machine->row.name);
        run->role_arn = sw_str_copy(&run->arena, machine->row.role_arn);
        sw_run_set_logging(run, machine->row.logging);
    }
    sw_catalog_unlock(catalog);
    if (machine == NULL)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "execution %lld belongs to no Map Run",
                       (long long)run->id);
    run->machine_arn = sw_arn_of_children(&run->arena, row.arn);
    run->map_state = row.state;
    run->express_child = row.express;
    sw_run_set_arn(run);
    return true;
}
