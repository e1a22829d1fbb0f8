// graph_model.c: the edges of a machine.

#include "cli/graph.h"

const cli_mark_look cli_mark_looks[CLI_MARK_COUNT] = {
    [CLI_MARK_NOT_REACHED] = {"unreached", "not reached", "#a0a7b0", "#ffffff", "#7a828c", true},
    [CLI_MARK_SUCCEEDED] = {"succeeded", "succeeded", "#009e73", "#dcf3ea", "#16211d", false},
    [CLI_MARK_STOPPED] = {"stopped", "stopped", "#5b6472", "#eceef1", "#16191d", true},
    [CLI_MARK_CAUGHT] = {"caught", "failed and caught", "#c98a00", "#fdf0cf", "#241c08", false},
    [CLI_MARK_RUNNING] = {"running", "running", "#0072b2", "#d8ecfa", "#0b1c28", false},
    [CLI_MARK_FAILED] = {"failed", "failed", "#d55e00", "#fbdcc8", "#2a1405", false},
};

typedef struct visitor {
    const cli_graph *graph;
    const sw_states *around;
    sw_arena        *arena;
    cli_edge_visit  *visit;
    void            *who;
} visitor;

static bool was_taken(const cli_graph *graph, const cli_edge *edge)
{
    if (graph->visits == NULL)
        return false;
    if (edge->from == NULL)
        return graph->visits[edge->to->index].entered > 0;
    const cli_visits *from = &graph->visits[edge->from->index];
    if (edge->to == NULL)
        return from->exited > from->caught;
    for (const cli_taken *at = from->taken; at != NULL; at = at->next) {
        if (at->to == edge->to->index)
            return true;
    }
    return false;
}

static void add(const visitor *to, cli_edge edge)
{
    edge.around = to->around;
    edge.taken = was_taken(to->graph, &edge);
    to->visit(to->who, &edge);
}

static sw_str join_names(const sw_error_names *names, sw_arena *arena)
{
    sw_str text = SW_STR("");
    for (uint32_t i = 0; i < names->count; i++)
        text = sw_str_format(arena, "%.*s%s%.*s", SW_STR_ARG(text), i > 0 ? ", " : "",
                             SW_STR_ARG(names->names[i]));
    return text;
}

static void add_catchers(const visitor *to, const sw_state *state)
{
    for (uint32_t i = 0; i < state->catcher_count; i++) {
        const sw_catcher *catcher = &state->catchers[i];
        sw_str            names = join_names(&catcher->error_equals, to->arena);
        if (sw_str_is(names, "States.ALL"))
            names = SW_STR("any error");
        names = cli_label_clean(names, to->arena);
        add(to, (cli_edge){.kind = CLI_EDGE_CATCH,
                           .from = state,
                           .to = catcher->next,
                           .label = sw_str_format(to->arena, "catch %.*s", SW_STR_ARG(names))});
    }
}

static void add_choices(const visitor *to, const sw_state *state)
{
    const sw_choice *choice = &state->choice;
    for (uint32_t i = 0; i < choice->rule_count; i++) {
        add(to, (cli_edge){.kind = CLI_EDGE_RULE,
                           .from = state,
                           .to = choice->rules[i].next,
                           .label = cli_rule_label(&choice->rules[i], to->arena)});
    }
    if (choice->default_state != NULL)
        add(to, (cli_edge){.kind = CLI_EDGE_DEFAULT,
                           .from = state,
                           .to = choice->default_state,
                           .label = SW_STR("otherwise")});
}

static void add_edges_of(const visitor *to, const sw_state *state)
{
    if (state->type == SW_STATE_CHOICE)
        add_choices(to, state);
    else if (state->next != NULL)
        add(to, (cli_edge){.kind = CLI_EDGE_NEXT, .from = state, .to = state->next});
    else if (state->type != SW_STATE_FAIL)
        add(to, (cli_edge){.kind = CLI_EDGE_END, .from = state});
    add_catchers(to, state);
}

void cli_graph_edges(const cli_graph *graph, const sw_states *states, sw_arena *arena,
                     cli_edge_visit *visit, void *who)
{
    const visitor to = {graph, states, arena, visit, who};
    add(&to, (cli_edge){.kind = CLI_EDGE_START, .to = states->start_at});
    for (uint32_t i = 0; i < states->count; i++)
        add_edges_of(&to, states->states[i]);
}
