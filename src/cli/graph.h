// graph.h: a machine as a flowchart.
//
// Purpose   One model of what is to be drawn, and a writer for each form:
//
//               machine -> edges, labels -+-> mermaid (text)
//               history -> marks ---------+-> dot (text) -> Graphviz -> svg, png
//
// Owns      The model lives in the arena it was made in; the machine is borrowed.

#ifndef STEPWELL_CLI_GRAPH_H
#define STEPWELL_CLI_GRAPH_H

#include "asl/machine.h"

#include <stdio.h>

// What happened to a state, in rising order of what a reader looks for first.
typedef enum cli_mark {
    CLI_MARK_NOT_REACHED,
    CLI_MARK_SUCCEEDED,
    CLI_MARK_STOPPED, // its execution, or a sibling, ended meanwhile
    CLI_MARK_CAUGHT,  // it failed, and a Catch went on
    CLI_MARK_RUNNING,
    CLI_MARK_FAILED,
    CLI_MARK_COUNT,
} cli_mark;

// How a mark looks in every form. The colours are told apart with any kind of colour vision (Okabe
// and Ito's), and the word stands beside them.
typedef struct cli_mark_look {
    const char *name; // a class in Mermaid
    const char *word; // in the label; empty: none
    const char *border, *fill, *text, *word_text;
    bool        dashed;
} cli_mark_look;

extern const cli_mark_look cli_mark_looks[CLI_MARK_COUNT];

typedef struct cli_taken {
    uint32_t          to;
    struct cli_taken *next;
} cli_taken;

typedef struct cli_visits {
    uint32_t   entered, exited, caught, failed;
    cli_taken *taken; // ways that were gone from here
    cli_mark   mark;
} cli_visits;

typedef struct cli_graph {
    const sw_machine *machine;
    cli_visits       *visits; // by state index; NULL: no history
} cli_graph;

// Marks the states by a history: the answer of GetExecutionHistory, or its list of events alone.
bool cli_graph_mark(cli_graph *graph, sw_value history, sw_arena *arena, sw_error *err);

typedef enum cli_edge_kind {
    CLI_EDGE_NEXT,
    CLI_EDGE_RULE,
    CLI_EDGE_DEFAULT,
    CLI_EDGE_CATCH,
    CLI_EDGE_END,      // to is NULL
    CLI_EDGE_START,    // from is NULL: to is where these states begin
    CLI_EDGE_UNCAUGHT, // from is NULL: to is where the machine's own Catch leads
} cli_edge_kind;

typedef struct cli_edge {
    cli_edge_kind    kind;
    const sw_states *around;
    const sw_state  *from, *to;
    sw_str           label; // may be empty
    bool             taken;
} cli_edge;

// A machine's own Catch is compiled into a Pass state for each state it is for. They are not drawn:
// one edge stands for all of them.
bool cli_graph_is_hidden(const cli_graph *graph, const sw_state *state);

typedef void cli_edge_visit(void *who, const cli_edge *edge);

// Visits the edges of one States object: its start, then each state's in the definition's order.
// Edges inside Parallel and Map states belong to the States objects in them.
void cli_graph_edges(const cli_graph *graph, const sw_states *states, sw_arena *arena,
                     cli_edge_visit *visit, void *who);

// Labels. Text from the definition is cleaned: valid UTF-8 without control characters.
sw_str cli_rule_label(const sw_rule *rule, sw_arena *arena);       // $.amount > 100
sw_str cli_state_detail(const sw_state *state, sw_arena *arena);   // "lambda: charge", "wait 10 s"
sw_str cli_visits_text(const cli_visits *visits, sw_arena *arena); // "succeeded, 3 times"
sw_str cli_label_clean(sw_str text, sw_arena *arena);
// Lines of about that many characters, parted by \n, with an ellipsis after the last one allowed.
sw_str cli_label_wrap(sw_str text, unsigned columns, unsigned lines_max, sw_arena *arena);

void cli_graph_mermaid(const cli_graph *graph, FILE *file, sw_arena *arena);
void cli_graph_dot(const cli_graph *graph, FILE *file, sw_arena *arena);

// Lays a DOT text out; format is "svg" or "png". *image is from malloc.
bool cli_graph_draw(const char *dot, const char *format, char **image, size_t *bytes,
                    sw_error *err);

#endif
