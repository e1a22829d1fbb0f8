// graph_dot.c: a flowchart in Graphviz's language.
//
// A Parallel or Map state is a cluster with a start and an end of its own. Edges cannot end at a
// cluster, so they end at those two and are cut at its border (lhead, ltail).

#include "cli/graph.h"

typedef struct writer {
    const cli_graph *graph;
    FILE            *file;
    sw_arena        *arena;
    unsigned         indent;
} writer;

// In an HTML-like label; line_break is what parts its lines.
static void put_escaped(FILE *file, sw_str text, const char *line_break)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.text[i];
        if (c == '\n')
            fputs(line_break, file);
        else if (c == '<' || c == '>' || c == '&' || c == '"')
            fprintf(file, "&#%d;", c);
        else
            fputc(c, file);
    }
}

static void put_quoted(FILE *file, sw_str text)
{
    fputc('"', file);
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.text[i] == '"' || text.text[i] == '\\')
            fputc('\\', file);
        fputc(text.text[i], file);
    }
    fputc('"', file);
}

static void begin_line(const writer *to)
{
    fprintf(to->file, "%*s", (int)to->indent, "");
}

static bool is_box(const sw_state *state)
{
    return state->type == SW_STATE_PARALLEL || state->type == SW_STATE_MAP;
}

static const cli_mark_look *look_of(const writer *to, const sw_state *state)
{
    return to->graph->visits != NULL ? &cli_mark_looks[to->graph->visits[state->index].mark] : NULL;
}

static void put_small(const writer *to, sw_str text, const char *color, const char *line_break)
{
    fprintf(to->file, "%s<font point-size=\"10\" color=\"%s\">", line_break, color);
    put_escaped(to->file, text, line_break);
    fputs("</font>", to->file);
}

// Names stand in the middle of a node and at the left of a box.
static void put_label(const writer *to, const sw_state *state)
{
    const char          *line_break = is_box(state) ? "<br align=\"left\"/>" : "<br/>";
    const cli_mark_look *look = look_of(to, state);
    sw_str name = cli_label_wrap(cli_label_clean(state->name, to->arena), 28, 4, to->arena);
    sw_str detail = cli_label_wrap(cli_state_detail(state, to->arena), 36, 2, to->arena);
    fputs("label=<<b>", to->file);
    put_escaped(to->file, name.bytes > 0 ? name : SW_STR(" "), line_break);
    fputs("</b>", to->file);
    put_small(to, detail, look != NULL ? look->text : "#5b6472", line_break);
    if (look != NULL) {
        sw_str text = cli_visits_text(&to->graph->visits[state->index], to->arena);
        fputs(line_break, to->file);
        fputs("<b>", to->file);
        put_small(to, text, look->word_text, "");
        fputs("</b>", to->file);
    }
    fputs(is_box(state) ? line_break : "", to->file);
    fputs(">, tooltip=", to->file);
    put_quoted(to->file, cli_label_clean(state->name, to->arena));
}

static void put_look(const writer *to, const sw_state *state, const char *style)
{
    const cli_mark_look *look = look_of(to, state);
    if (look == NULL)
        return;
    fprintf(to->file, ", color=\"%s\", fillcolor=\"%s\", fontcolor=\"%s\", style=\"%s%s\"",
            look->border, look->fill, look->text, style, look->dashed ? ",dashed" : "");
    if (!look->dashed)
        fputs(", penwidth=2", to->file);
}

static void put_node(const writer *to, const sw_state *state)
{
    const char *shape = "", *style = "rounded,filled";
    if (state->type == SW_STATE_CHOICE) {
        shape = ", shape=hexagon, margin=\"0.05,0.03\", style=filled, fillcolor=\"#f3f0fa\"";
        style = "filled";
    } else if (state->type == SW_STATE_SUCCEED) {
        shape = ", color=\"#009e73\", peripheries=2";
    } else if (state->type == SW_STATE_FAIL) {
        shape = ", color=\"#d55e00\", peripheries=2";
    }
    begin_line(to);
    fprintf(to->file, "s%u [", state->index);
    put_label(to, state);
    fputs(shape, to->file);
    put_look(to, state, style);
    fputs("]\n", to->file);
}

static void put_states(writer *to, const sw_states *states);
static void put_point(const writer *to, const char *name, unsigned index);

static void put_box(writer *to, const sw_state *state)
{
    static const char *const fills[] = {"#f7f8fa", "#eef1f5"};
    begin_line(to);
    fprintf(to->file, "subgraph cluster_s%u {\n", state->index);
    to->indent += 2;
    begin_line(to);
    fprintf(to->file, "graph [style=\"rounded,filled\", color=\"#8a94a3\", fillcolor=\"%s\", ",
            fills[state->owner->depth % 2]);
    put_label(to, state);
    put_look(to, state, "rounded,filled");
    fputs("]\n", to->file);
    put_point(to, "in", state->index);
    put_point(to, "out", state->index);
    if (state->type == SW_STATE_MAP)
        put_states(to, state->map.processor);
    for (uint32_t i = 0; state->type == SW_STATE_PARALLEL && i < state->parallel.branch_count; i++)
        put_states(to, state->parallel.branches[i]);
    to->indent -= 2;
    begin_line(to);
    fputs("}\n", to->file);
}

static void put_point(const writer *to, const char *name, unsigned index)
{
    begin_line(to);
    fprintf(to->file,
            "%s%u [shape=%s, label=\"\", width=0.1, height=0.1, style=filled, "
            "fillcolor=\"%s\", color=\"#5b6472\", tooltip=\"%s\"]\n",
            name, index, *name == 'i' || *name == 's' ? "circle" : "doublecircle",
            *name == 'i' || *name == 's' ? "#5b6472" : "#ffffff",
            *name == 'i' || *name == 's' ? "start" : "end");
}

// Edges -------------------------------------------------------------------------------------------

// The box around the edge's states is its start and end, if there is one.
static void put_tail(const writer *to, const cli_edge *edge)
{
    const sw_state *parent = edge->around->parent;
    if (edge->kind == CLI_EDGE_UNCAUGHT)
        fputs("uncaught", to->file);
    else if (edge->from != NULL)
        fprintf(to->file, "%s%u", is_box(edge->from) ? "out" : "s", edge->from->index);
    else if (parent != NULL)
        fprintf(to->file, "in%u", parent->index);
    else
        fputs("start0", to->file);
}

static void put_head(const writer *to, const cli_edge *edge)
{
    const sw_state *parent = edge->around->parent;
    if (edge->to != NULL)
        fprintf(to->file, "%s%u", is_box(edge->to) ? "in" : "s", edge->to->index);
    else if (parent != NULL)
        fprintf(to->file, "out%u", parent->index);
    else
        fputs("end0", to->file);
}

static void put_edge(void *who, const cli_edge *edge)
{
    const writer *to = who;
    begin_line(to);
    put_tail(to, edge);
    fputs(" -> ", to->file);
    put_head(to, edge);
    fputs(" [", to->file);
    if (edge->label.bytes > 0) {
        // A little room on both sides keeps the line off the text.
        fputs("label=<&#160;", to->file);
        put_escaped(to->file, cli_label_wrap(edge->label, 30, 5, to->arena),
                    "&#160;<br align=\"left\"/>&#160;");
        fputs("&#160;>, ", to->file);
    }
    if (edge->from != edge->to && edge->from != NULL && is_box(edge->from))
        fprintf(to->file, "ltail=cluster_s%u, ", edge->from->index);
    if (edge->from != edge->to && edge->to != NULL && is_box(edge->to))
        fprintf(to->file, "lhead=cluster_s%u, ", edge->to->index);
    if (edge->kind == CLI_EDGE_CATCH || edge->kind == CLI_EDGE_UNCAUGHT)
        fputs("style=dashed, color=\"#b4530a\", fontcolor=\"#9a4708\", ", to->file);
    if (edge->taken)
        fputs("penwidth=2.4", to->file);
    else if (to->graph->visits != NULL)
        fputs("color=\"#b3b9c2\", fontcolor=\"#7a828c\"", to->file);
    fputs("]\n", to->file);
}

static void put_states(writer *to, const sw_states *states)
{
    for (uint32_t i = 0; i < states->count; i++) {
        const sw_state *state = states->states[i];
        if (is_box(state))
            put_box(to, state);
        else if (!cli_graph_is_hidden(to->graph, state))
            put_node(to, state);
    }
    cli_graph_edges(to->graph, states, to->arena, put_edge, to);
}

// Which kinds of edges the top level has: they need an end, or a place to begin.
static void find_kind(void *who, const cli_edge *edge)
{
    ((bool *)who)[edge->kind] = true;
}

static void put_ends(const writer *to)
{
    bool kinds[CLI_EDGE_UNCAUGHT + 1] = {false};
    put_point(to, "start", 0);
    cli_graph_edges(to->graph, to->graph->machine->top, to->arena, find_kind, kinds);
    if (kinds[CLI_EDGE_END])
        put_point(to, "end", 0);
    if (kinds[CLI_EDGE_UNCAUGHT])
        fputs("  uncaught [shape=plaintext, style=\"\", fontcolor=\"#9a4708\", fontsize=11, "
              "margin=\"0.05\", "
              "label=<<i>an error that no state catches</i>>]\n",
              to->file);
}

void cli_graph_dot(const cli_graph *graph, FILE *file, sw_arena *arena)
{
    writer to = {.graph = graph, .file = file, .arena = arena, .indent = 2};
    fputs("digraph machine {\n"
          "  graph [compound=true, rankdir=TB, nodesep=0.45, ranksep=0.5, pad=0.3, "
          "bgcolor=\"#ffffff\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, "
          "labeljust=l, tooltip=\" \"]\n"
          "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", color=\"#5b6472\", "
          "fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, margin=\"0.2,0.1\"]\n"
          "  edge [color=\"#5b6472\", fontcolor=\"#3d444d\", "
          "fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, arrowsize=0.7]\n",
          file);
    put_ends(&to);
    put_states(&to, graph->machine->top);
    fputs("}\n", file);
}
