// graph_history.c: what happened to each state, read out of a history.
//
// Events name their state only when it is entered and exited. A failing line of control is found by
// going back from the event that says so along previousEventId: a state that was entered there and
// not exited is where it failed.

#include "cli/graph.h"

typedef struct history {
    cli_graph *graph;
    sw_value   events;
    sw_value  *by_id; // the event of that id, or undefined
    size_t     count;
    bool       ended; // the execution has
    sw_arena  *arena;
} history;

static sw_value get(sw_value object, const char *name)
{
    return sw_value_get(object, sw_str_from(name));
}

static sw_str get_text(sw_value object, const char *name)
{
    sw_value text = get(object, name);
    return text.type == SW_STRING ? sw_value_str(text) : SW_STR("");
}

static size_t get_id(sw_value event, const char *name)
{
    int64_t  id;
    sw_value number = get(event, name);
    return number.type == SW_NUMBER && sw_value_integer(number, &id) && id > 0 ? (size_t)id : 0;
}

static bool is_type(sw_value event, const char *ending)
{
    return sw_str_ends(get_text(event, "type"), ending);
}

static sw_value previous(const history *all, sw_value event)
{
    size_t id = get_id(event, "previousEventId");
    return id <= all->count ? all->by_id[id] : sw_undefined();
}

static const sw_state *find_state(const history *all, sw_value event, const char *details,
                                  const char *member)
{
    return sw_machine_find_state(all->graph->machine, get_text(get(event, details), member));
}

static const sw_state *entered_state(const history *all, sw_value event)
{
    if (!is_type(event, "StateEntered"))
        return NULL;
    return find_state(all, event, "stateEnteredEventDetails", "name");
}

static const sw_state *exited_state(const history *all, sw_value event)
{
    if (!is_type(event, "StateExited"))
        return NULL;
    return find_state(all, event, "stateExitedEventDetails", "name");
}

static bool is_failure(sw_value event)
{
    return is_type(event, "Failed") || is_type(event, "TimedOut");
}

static void take_way(const history *all, const sw_state *from, const sw_state *to)
{
    cli_visits *visits = &all->graph->visits[from->index];
    for (const cli_taken *at = visits->taken; at != NULL; at = at->next) {
        if (at->to == to->index)
            return;
    }
    cli_taken *taken = SW_ARENA_NEW(all->arena, cli_taken);
    *taken = (cli_taken){to->index, visits->taken};
    visits->taken = taken;
}

// Marks the innermost state that the line of control ending in event was in; with outer also those
// around it. Each step goes to a smaller id, so the way ends.
static void mark_failed(const history *all, sw_value event, bool outer)
{
    uint32_t *exits = SW_ARENA_ARRAY(all->arena, uint32_t, all->graph->machine->state_count);
    memset(exits, 0, all->graph->machine->state_count * sizeof *exits);
    size_t id = all->count + 1;
    while (event.type == SW_OBJECT) {
        const sw_state *entered = entered_state(all, event);
        const sw_state *exited = exited_state(all, event);
        if (is_type(event, "EvaluationFailed"))
            entered = find_state(all, event, "evaluationFailedEventDetails", "state");
        if (exited != NULL)
            exits[exited->index]++;
        if (entered != NULL && exits[entered->index] > 0) {
            exits[entered->index]--;
        } else if (entered != NULL) {
            all->graph->visits[entered->index].failed++;
            if (!outer)
                return;
        }
        size_t before = get_id(event, "previousEventId");
        if (before >= id || before == 0)
            return;
        id = before;
        event = previous(all, event);
    }
}

static void read_transition(const history *all, sw_value event)
{
    const sw_state *entered = entered_state(all, event);
    const sw_state *exited = exited_state(all, event);
    sw_value        before = previous(all, event);
    if (entered != NULL) {
        all->graph->visits[entered->index].entered++;
        const sw_state *from = exited_state(all, before);
        if (from != NULL)
            take_way(all, from, entered);
    }
    if (exited != NULL) {
        all->graph->visits[exited->index].exited++;
        all->graph->visits[exited->index].caught += is_failure(before);
    }
}

static void read_failure(const history *all, sw_value event)
{
    sw_value before = previous(all, event);
    bool     started = is_type(event, "ParallelStateStarted") || is_type(event, "MapStateStarted");
    if (is_type(event, "ExecutionFailed"))
        mark_failed(all, before, true);
    else if (is_type(event, "ParallelStateFailed") || is_type(event, "MapStateFailed") ||
             is_type(event, "MapIterationFailed") || (started && is_failure(before)))
        mark_failed(all, before, false);
}

static void read_event(history *all, sw_value event)
{
    read_transition(all, event);
    read_failure(all, event);
    if (is_type(event, "ExecutionSucceeded") || is_type(event, "ExecutionFailed") ||
        is_type(event, "ExecutionAborted") || is_type(event, "ExecutionTimedOut"))
        all->ended = true;
}

static bool is_open(const cli_graph *graph, const sw_state *state)
{
    const cli_visits *visits = &graph->visits[state->index];
    return visits->entered > visits->exited;
}

static cli_mark choose_mark(const history *all, const sw_state *state)
{
    const cli_visits *visits = &all->graph->visits[state->index];
    const sw_state   *parent = state->owner->parent;
    if (visits->entered == 0)
        return CLI_MARK_NOT_REACHED;
    // What failed and was caught was counted on both ways.
    if (visits->failed > visits->caught && is_open(all->graph, state))
        return CLI_MARK_FAILED;
    if (is_open(all->graph, state) && state->type == SW_STATE_FAIL)
        return CLI_MARK_FAILED;
    if (is_open(all->graph, state)) {
        bool goes_on = !all->ended && (parent == NULL || is_open(all->graph, parent));
        return goes_on ? CLI_MARK_RUNNING : CLI_MARK_STOPPED;
    }
    return visits->caught > 0 ? CLI_MARK_CAUGHT : CLI_MARK_SUCCEEDED;
}

static bool index_events(history *all, sw_error *err)
{
    if (all->events.type != SW_ARRAY)
        return sw_fail(err, SW_ERROR_INVALID, "it has no list \"events\"");
    all->count = all->events.size;
    all->by_id = SW_ARENA_ARRAY(all->arena, sw_value, all->count + 1);
    for (size_t i = 0; i <= all->count; i++)
        all->by_id[i] = sw_undefined();
    for (size_t i = 0; i < all->count; i++) {
        sw_value event = sw_value_at(all->events, i);
        size_t   id = get_id(event, "id");
        if (id == 0 || id > all->count)
            return sw_fail(err, SW_ERROR_INVALID, "its event %zu has no \"id\" from 1 to %zu",
                           i + 1, all->count);
        all->by_id[id] = event;
    }
    return true;
}

bool cli_graph_mark(cli_graph *graph, sw_value text, sw_arena *arena, sw_error *err)
{
    history all = {.graph = graph, .arena = arena};
    size_t  state_count = graph->machine->state_count;
    all.events = text.type == SW_OBJECT ? get(text, "events") : text;
    if (!index_events(&all, err))
        return false;
    graph->visits = SW_ARENA_ARRAY(arena, cli_visits, state_count);
    memset(graph->visits, 0, state_count * sizeof *graph->visits);
    for (size_t id = 1; id <= all.count; id++) {
        read_event(&all, all.by_id[id]);
    }
    for (size_t i = 0; i < state_count; i++)
        graph->visits[i].mark = choose_mark(&all, graph->machine->states[i]);
    return true;
}
