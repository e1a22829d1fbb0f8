// graph_layout.c: pictures, laid out by Graphviz, which is loaded for them alone.

#include "cli/graph.h"

#include "integrations/library.h"

#include <graphviz/gvc.h>
#include <stdlib.h>

// libgvc's functions, and those of the library below it, which it brings along.
typedef struct graphviz {
#define GRAPHVIZ_FUNCTION(name) __typeof__(name) *name;
#include "cli/graphviz.def"
#undef GRAPHVIZ_FUNCTION
} graphviz;

static const char *const names[] = {
#define GRAPHVIZ_FUNCTION(name) #name,
#include "cli/graphviz.def"
#undef GRAPHVIZ_FUNCTION
};

// Graphviz reports through one function for the whole process; its warnings about labels that do
// not fit are nothing to the user.
static int ignore_message(char *message)
{
    (void)message;
    return 0;
}

bool cli_graph_draw(const char *dot, const char *format, char **image, size_t *bytes, sw_error *err)
{
    bool     ok = false;
    unsigned length = 0;
    char    *drawn = NULL;
    graphviz g;
    if (!sw_library_load(SW_LIBGVC, names, sizeof names / sizeof names[0], &g, err))
        return false;
    g.agseterrf(ignore_message);
    GVC_t    *context = g.gvContext();
    Agraph_t *graph = context != NULL ? g.agmemread(dot) : NULL;
    if (graph == NULL) {
        sw_fail(err, SW_ERROR_IO, "Graphviz cannot read the flowchart");
    } else if (g.gvLayout(context, graph, "dot") != 0) {
        sw_fail(err, SW_ERROR_IO, "Graphviz cannot lay the flowchart out");
    } else {
        ok = g.gvRenderData(context, graph, format, &drawn, &length) == 0 && drawn != NULL;
        if (!ok)
            sw_fail(err, SW_ERROR_IO, "Graphviz cannot draw %s here; is its plugin installed?",
                    format);
        g.gvFreeLayout(context, graph);
    }
    if (ok) {
        *image = malloc(length);
        *bytes = length;
        ok = *image != NULL || sw_fail(err, SW_ERROR_MEMORY, "memory is spent");
        if (ok)
            memcpy(*image, drawn, length);
        g.gvFreeRenderData(drawn);
    }
    if (graph != NULL)
        g.agclose(graph);
    if (context != NULL)
        g.gvFreeContext(context);
    return ok;
}
