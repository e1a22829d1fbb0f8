// graph_model.c: the edges of a machine.

#define _GNU_SOURCE
#include "cli/graph.h"

const cli_mark_look cli_mark_looks[CLI_MARK_COUNT] = {
    [CLI_MARK_NOT_REACHED] = {.name = "unreached",
                              .word = "not reached",
                              .border = "#a0a7b0",
                              .fill = "#ffffff",
                              .text = "#6b737d",
                              .word_text = "#6b737d",
                              .dashed = true},
    [CLI_MARK_SUCCEEDED] = {.name = "succeeded",
                            .word = "succeeded",
                            .border = "#009e73",
                            .fill = "#dcf3ea",
                            .text = "#16211d",
                            .word_text = "#00634a"},
    [CLI_MARK_STOPPED] = {.name = "stopped",
                          .word = "stopped",
                          .border = "#5b6472",
                          .fill = "#eceef1",
                          .text = "#16191d",
                          .word_text = "#3d444d",
                          .dashed = true},
    [CLI_MARK_CAUGHT] = {.name = "caught",
                         .word = "failed and caught",
                         .border = "#c98a00",
                         .fill = "#fdf0cf",
                         .text = "#241c08",
                         .word_text = "#7a5400"},
    [CLI_MARK_RUNNING] = {.name = "running",
                          .word = "running",
                          .border = "#0072b2",
                          .fill = "#d8ecfa",
                          .text = "#0b1c28",
                          .word_text = "#00507d"},
    [CLI_MARK_FAILED] = {.name = "failed",
                         .word = "failed",
                         .border = "#d55e00",
                         .fill = "#fbdcc8",
                         .text = "#2a1405",
                         .word_text = "#8f3f00"},
};

typedef struct visitor {
    const cli_graph *graph;
    const sw_states *around;
    sw_arena        *arena;
    cli_edge_visit  *visit;
    void            *who;
} visitor;

bool cli_graph_is_hidden(const cli_graph *graph, const sw_state *state)
{
    static const char mark[] = " (uncaught error";
    return graph->machine->extensions && state->type == SW_STATE_PASS &&
           state->owner == graph->machine->top && state->next != NULL &&
           memmem(state->name.text, state->name.bytes, mark, sizeof mark - 1) != NULL;
}

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
        if (cli_graph_is_hidden(to->graph, catcher->next))
            continue;
        sw_str names = join_names(&catcher->error_equals, to->arena);
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

// All hidden states that lead to the same one are one edge.
static void add_uncaught(const visitor *to)
{
    const sw_states *states = to->around;
    for (uint32_t i = 0; i < states->count; i++) {
        const sw_state *state = states->states[i];
        bool            first = cli_graph_is_hidden(to->graph, state), taken = false;
        for (uint32_t j = 0; first && j < states->count; j++) {
            const sw_state *other = states->states[j];
            if (!cli_graph_is_hidden(to->graph, other) || other->next != state->next)
                continue;
            first = j >= i;
            taken |= to->graph->visits != NULL && to->graph->visits[other->index].entered > 0;
        }
        cli_edge edge = {CLI_EDGE_UNCAUGHT, states, NULL, state->next, SW_STR(""), taken};
        if (first)
            to->visit(to->who, &edge);
    }
}

void cli_graph_edges(const cli_graph *graph, const sw_states *states, sw_arena *arena,
                     cli_edge_visit *visit, void *who)
{
    const visitor to = {graph, states, arena, visit, who};
    add(&to, (cli_edge){.kind = CLI_EDGE_START, .to = states->start_at});
    for (uint32_t i = 0; i < states->count; i++) {
        if (!cli_graph_is_hidden(graph, states->states[i]))
            add_edges_of(&to, states->states[i]);
    }
    add_uncaught(&to);
}
