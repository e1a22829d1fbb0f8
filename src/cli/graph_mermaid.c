// graph_mermaid.c: a flowchart as Mermaid text, which GitHub and many others draw.

#include "cli/graph.h"

typedef struct writer {
    const cli_graph *graph;
    FILE            *file;
    sw_arena        *arena;
    unsigned         indent;
    unsigned         edge_count;
    sw_str           taken; // numbers of the edges that were gone
} writer;

// In Mermaid's quotes: characters that it or HTML would take for their own are entities.
static void put_escaped(FILE *file, sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.text[i];
        if (c == '\n')
            fputs("<br/>", file);
        else if (strchr("\"#<>&;`\\", c) != NULL && c != '\0')
            fprintf(file, "#%d;", c);
        else
            fputc(c, file);
    }
}

static void begin_line(const writer *to)
{
    fprintf(to->file, "%*s", (int)to->indent, "");
}

static void put_label(const writer *to, const sw_state *state)
{
    sw_str name = cli_label_clean(state->name, to->arena);
    put_escaped(to->file, cli_label_wrap(name, 32, 4, to->arena));
    fputs("<br/><small>", to->file);
    put_escaped(to->file, cli_label_wrap(cli_state_detail(state, to->arena), 40, 2, to->arena));
    fputs("</small>", to->file);
    if (to->graph->visits == NULL)
        return;
    fputs("<br/><small>", to->file);
    put_escaped(to->file, cli_visits_text(&to->graph->visits[state->index], to->arena));
    fputs("</small>", to->file);
}

static void put_class(const writer *to, const sw_state *state)
{
    if (to->graph->visits == NULL)
        return;
    begin_line(to);
    fprintf(to->file, "class s%u %s\n", state->index,
            cli_mark_looks[to->graph->visits[state->index].mark].name);
}

static void put_node(const writer *to, const sw_state *state)
{
    const char *open = "[\"", *close = "\"]";
    if (state->type == SW_STATE_CHOICE)
        open = "{{\"", close = "\"}}";
    else if (state->type == SW_STATE_SUCCEED || state->type == SW_STATE_FAIL)
        open = "([\"", close = "\"])";
    begin_line(to);
    fprintf(to->file, "s%u%s", state->index, open);
    put_label(to, state);
    fprintf(to->file, "%s\n", close);
    put_class(to, state);
}

static void put_states(writer *to, const sw_states *states);

static void put_box(writer *to, const sw_state *state)
{
    begin_line(to);
    fprintf(to->file, "subgraph s%u[\"", state->index);
    put_label(to, state);
    fputs("\"]\n", to->file);
    to->indent += 2;
    if (state->type == SW_STATE_MAP)
        put_states(to, state->map.processor);
    for (uint32_t i = 0; state->type == SW_STATE_PARALLEL && i < state->parallel.branch_count; i++)
        put_states(to, state->parallel.branches[i]);
    to->indent -= 2;
    begin_line(to);
    fputs("end\n", to->file);
    put_class(to, state);
}

// A States object has one start and one end of its own, named after its first state.
static void put_end_of(const writer *to, const sw_state *state, const cli_edge *edge, bool start)
{
    if (state != NULL)
        fprintf(to->file, "s%u", state->index);
    else
        fprintf(to->file, "%s%u", start ? "start" : "end", edge->around->start_at->index);
}

static void put_edge(void *who, const cli_edge *edge)
{
    writer *to = who;
    begin_line(to);
    if (edge->kind == CLI_EDGE_UNCAUGHT)
        fputs("uncaught[/\"an error that no state catches\"/]", to->file);
    else
        put_end_of(to, edge->from, edge, true);
    bool caught = edge->kind == CLI_EDGE_CATCH || edge->kind == CLI_EDGE_UNCAUGHT;
    fputs(caught ? " -.->" : " -->", to->file);
    if (edge->label.bytes > 0) {
        fputs("|\"", to->file);
        put_escaped(to->file, cli_label_wrap(edge->label, 36, 5, to->arena));
        fputs("\"|", to->file);
    }
    fputc(' ', to->file);
    put_end_of(to, edge->to, edge, false);
    fputc('\n', to->file);
    if (edge->taken)
        to->taken = sw_str_format(to->arena, "%.*s%s%u", SW_STR_ARG(to->taken),
                                  to->taken.bytes > 0 ? "," : "", to->edge_count);
    to->edge_count++;
}

static void find_end(void *who, const cli_edge *edge)
{
    *(bool *)who |= edge->kind == CLI_EDGE_END;
}

static void put_states(writer *to, const sw_states *states)
{
    bool     ends = false;
    unsigned id = states->start_at->index;
    begin_line(to);
    fprintf(to->file, "start%u(( ))\n", id);
    for (uint32_t i = 0; i < states->count; i++) {
        const sw_state *state = states->states[i];
        if (state->type == SW_STATE_PARALLEL || state->type == SW_STATE_MAP)
            put_box(to, state);
        else if (!cli_graph_is_hidden(to->graph, state))
            put_node(to, state);
    }
    cli_graph_edges(to->graph, states, to->arena, find_end, &ends);
    if (ends) {
        begin_line(to);
        fprintf(to->file, "end%u((( )))\n", id);
    }
    cli_graph_edges(to->graph, states, to->arena, put_edge, to);
}

static void put_styles(const writer *to)
{
    if (to->graph->visits == NULL)
        return;
    for (int i = 0; i < CLI_MARK_COUNT; i++) {
        const cli_mark_look *look = &cli_mark_looks[i];
        fprintf(to->file, "  classDef %s fill:%s,stroke:%s,color:%s%s\n", look->name, look->fill,
                look->border, look->text, look->dashed ? ",stroke-dasharray:4" : "");
    }
    if (to->taken.bytes > 0)
        fprintf(to->file, "  linkStyle %.*s stroke-width:3px\n", SW_STR_ARG(to->taken));
}

void cli_graph_mermaid(const cli_graph *graph, FILE *file, sw_arena *arena)
{
    writer to = {.graph = graph, .file = file, .arena = arena, .indent = 2};
    fputs("flowchart TD\n", file);
    put_states(&to, graph->machine->top);
    put_styles(&to);
}
