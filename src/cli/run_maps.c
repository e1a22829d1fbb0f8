// run_maps.c: distributed Maps without a server: their items come from the state's data, their
// results go to it.

#include "cli/run.h"

#include "asl/machine.h"
#include "base/grow.h"
#include "json/members.h"

#include <stdlib.h>

#define CHILDREN_AT_ONCE_MAX 100u // each may be a command that runs

typedef struct result {
    uint32_t  first, count; // of its items
    sw_status status;
    sw_str    text; // JSON: its output, or what describes it
} result;

struct run_map {
    run_map       *next;
    run_execution *parent;
    sw_task_ref    task;
    sw_arena       arena;
    sw_value       plan; // see SW_EFFECT_START_MAP_RUN
    sw_str         state, arn;
    uint32_t       item_count, next_item, running;
    result        *results; // in the order of their items
    uint32_t       count, capacity;
};

// What only a server can do -----------------------------------------------------------------------

static bool check_tape(const run *r)
{
    if (!r->definition.machine->distributed || !cli_tape_runs(&r->tape))
        return true;
    cli_complain("--record and --replay know one execution, and each child of a distributed Map is "
                 "another: stepwell serve");
    return false;
}

bool cli_run_maps_check(const run *r)
{
    const sw_machine *machine = r->definition.machine;
    bool              ok = check_tape(r);
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const sw_state *state = machine->states[i];
        if (state->type != SW_STATE_MAP || (state->map.item_reader.type == SW_UNDEFINED &&
                                            state->map.result_writer.type == SW_UNDEFINED))
            continue;
        ok = false;
        cli_complain(
            sw_str_format(r->arena,
                          "the Map \"%.*s\" has an ItemReader or a ResultWriter, which only "
                          "a server has: stepwell serve",
                          SW_STR_ARG(state->name))
                .text);
    }
    return ok;
}

// Life --------------------------------------------------------------------------------------------

static run_map *find(const run *r, const run_execution *e, sw_task_ref task)
{
    run_map *m = r->maps;
    while (m != NULL &&
           (m->parent != e || m->task.frame != task.frame || m->task.attempt != task.attempt))
        m = m->next;
    return m;
}

void cli_run_maps_start(run *r, run_execution *e, const sw_effect *effect)
{
    run_map *m = calloc(1, sizeof *m);
    if (m == NULL)
        abort(); // as arenas do without a guard
    sw_arena_init(&m->arena);
    m->parent = e;
    m->task = effect->task;
    m->plan = sw_value_copy(&m->arena, sw_payload_value(effect->parameters));
    m->state = sw_str_copy(&m->arena, effect->state_name);
    m->arn = sw_str_copy(&m->arena, effect->resource);
    m->item_count = effect->item_count;
    m->next = r->maps;
    r->maps = m;
}

static void forget(run *r, run_map *m)
{
    run_map **link = &r->maps;
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    sw_arena_clear(&m->arena);
    free(m);
}

void cli_run_maps_free(run *r)
{
    while (r->maps != NULL)
        forget(r, r->maps);
}

// Its children are stopped.
static bool give_up(run *r, run_map *m)
{
    bool ok = true;
    for (uint32_t i = 0; i < r->count && ok && m->running > 0; i++) {
        if (r->executions[i] != NULL && r->executions[i]->map == m)
            ok = cli_run_tell(r, r->executions[i], &(sw_happening){.kind = SW_HAPPENED_STOP});
    }
    return ok;
}

bool cli_run_maps_cancel(run *r, run_execution *e, sw_task_ref task)
{
    run_map *m = find(r, e, task);
    if (m == NULL)
        return true;
    bool ok = give_up(r, m);
    forget(r, m);
    return ok;
}

// Children ----------------------------------------------------------------------------------------

// arn:...:mapRun:MACHINE/LABEL:UUID -> arn:...:execution:MACHINE/LABEL:NAME
static sw_str child_id(const run_map *m, sw_str name, sw_arena *arena)
{
    static const char kind[] = ":mapRun:";
    const char       *at = strstr(m->arn.text, kind), *end = m->arn.text + m->arn.bytes;
    const char       *label = at == NULL ? end : at + sizeof kind - 1;
    const char       *colon = memchr(label, ':', (size_t)(end - label));
    return sw_str_format(arena, "%.*s:execution:%.*s:%.*s",
                         at == NULL ? 0 : (int)(at - m->arn.text), m->arn.text,
                         (int)((colon == NULL ? end : colon) - label), label, SW_STR_ARG(name));
}

// The answer to MAP_NEXT
bool cli_run_maps_start_child(run *r, run_execution *e, const sw_effect *effect)
{
    run_map *m = find(r, e, effect->task);
    char     uuid[37];
    sw_error err = {0};
    if (m == NULL || effect->first != m->next_item)
        return true;
    sw_chance_uuid(&r->chance, uuid);
    run_execution like = {.map = m, .child = m->count};
    like.name = sw_str_copy(r->arena, sw_str_from(uuid));
    like.id = child_id(m, like.name, r->arena);
    run_execution *child =
        cli_run_add(r, &like, sw_payload_text(effect->parameters), m->state, &err);
    if (child == NULL) {
        cli_complain(err.message);
        return false;
    }
    SW_MAKE_ROOM(&m->arena, m->results, m->count, m->capacity, 16);
    m->results[m->count++] =
        (result){.first = effect->first, .count = effect->item_count, .status = SW_RUNNING};
    m->next_item += effect->item_count;
    m->running++;
    return cli_run_tell(r, child, &(sw_happening){.kind = SW_HAPPENED_START});
}

// As DescribeExecution has it, in PascalCase: what stands for a child that failed
static sw_str describe(const run_execution *child, sw_status status, sw_arena *arena)
{
    const sw_failure *failure = sw_execution_get_failure(child->execution);
    sw_members        o = sw_members_begin(arena, 5);
    if (failure != NULL && failure->has_cause)
        sw_members_add(&o, "Cause", sw_string(failure->cause));
    if (failure != NULL && failure->has_error)
        sw_members_add(&o, "Error", sw_string(failure->error));
    sw_members_add(&o, "ExecutionArn", sw_string(child->id));
    sw_members_add(&o, "Name", sw_string(child->name));
    sw_members_add(&o, "Status", sw_string(sw_str_from(sw_status_name(status))));
    return sw_json_print(arena, sw_members_end(&o));
}

void cli_run_maps_child_ended(run *r, run_execution *child)
{
    run_map  *m = child->map;
    result   *own = &m->results[child->child];
    sw_status status = sw_execution_get_status(child->execution);
    if (own->status != SW_RUNNING)
        return;
    own->status = status;
    own->text =
        status == SW_SUCCEEDED
            ? sw_str_copy(&m->arena, sw_payload_text(sw_execution_get_output(child->execution)))
            : describe(child, status, &m->arena);
    m->running--;
    r->executions[child->number] = NULL;
    sw_execution_free(child->execution);
}

// Its end -----------------------------------------------------------------------------------------

static bool read_number(sw_value plan, const char *name, double *number)
{
    sw_value value = sw_value_get(plan, sw_str_from(name));
    *number = value.type == SW_NUMBER ? sw_value_number(value) : 0;
    return value.type == SW_NUMBER;
}

// docs: either is exceeded; when neither is given, no failure is tolerated.
static bool is_exceeded(const run_map *m)
{
    double most, percentage;
    bool   has_count = read_number(m->plan, "ToleratedFailureCount", &most);
    bool   has_percentage = read_number(m->plan, "ToleratedFailurePercentage", &percentage);
    double failed = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->results[i].status != SW_RUNNING && m->results[i].status != SW_SUCCEEDED)
            failed += m->results[i].count;
    }
    if (failed > 0 && !has_count && !has_percentage)
        return true;
    return (has_count && failed > most) ||
           (has_percentage && failed * 100 > percentage * m->item_count);
}

static bool finish(run *r, run_map *m, sw_happening *outcome)
{
    run_execution *parent = m->parent;
    outcome->task = m->task;
    bool ok = give_up(r, m) && cli_run_tell(r, parent, outcome);
    forget(r, m);
    return ok;
}

static bool fail_run(run *r, run_map *m)
{
    sw_failure failure = {.has_error = true,
                          .has_cause = true,
                          .error = SW_STR("States.ExceedToleratedFailureThreshold"),
                          .cause =
                              SW_STR("The specified tolerated failure threshold was exceeded")};
    return finish(r, m, &(sw_happening){.kind = SW_HAPPENED_TASK_FAILED, .failure = failure});
}

static bool succeed_run(run *r, run_map *m)
{
    size_t bytes = 3;
    for (uint32_t i = 0; i < m->count; i++)
        bytes += m->results[i].text.bytes + 1;
    char *text = sw_arena_alloc(&m->arena, bytes), *to = text;
    *to++ = '[';
    for (uint32_t i = 0; i < m->count; i++) {
        if (i > 0)
            *to++ = ',';
        memcpy(to, m->results[i].text.text, m->results[i].text.bytes);
        to += m->results[i].text.bytes;
    }
    *to++ = ']';
    return finish(
        r, m,
        &(sw_happening){.kind = SW_HAPPENED_TASK_SUCCEEDED, .output = {text, (size_t)(to - text)}});
}

static bool may_start(const run_map *m)
{
    double   wanted;
    uint32_t most = CHILDREN_AT_ONCE_MAX;
    if (read_number(m->plan, "MaxConcurrency", &wanted) && wanted > 0 && wanted < most)
        most = (uint32_t)wanted;
    return m->next_item < m->item_count && m->running < most;
}

bool cli_run_maps_turn(run *r, bool *went)
{
    *went = true;
    for (run_map *m = r->maps; m != NULL; m = m->next) {
        if (is_exceeded(m))
            return fail_run(r, m);
        if (may_start(m)) {
            sw_happening next = {
                .kind = SW_HAPPENED_MAP_NEXT, .task = m->task, .first = m->next_item};
            return cli_run_tell(r, m->parent, &next);
        }
        if (m->running == 0 && m->next_item >= m->item_count)
            return succeed_run(r, m);
    }
    *went = false;
    return true;
}
