// graph_layout.c: pictures, laid out by Graphviz.

#include "cli/graph.h"

#include <graphviz/gvc.h>
#include <stdlib.h>

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
    agseterrf(ignore_message);
    GVC_t    *context = gvContext();
    Agraph_t *graph = context != NULL ? agmemread(dot) : NULL;
    if (graph == NULL) {
        sw_fail(err, SW_ERROR_IO, "Graphviz cannot read the flowchart");
    } else if (gvLayout(context, graph, "dot") != 0) {
        sw_fail(err, SW_ERROR_IO, "Graphviz cannot lay the flowchart out");
    } else {
        ok = gvRenderData(context, graph, format, &drawn, &length) == 0 && drawn != NULL;
        if (!ok)
            sw_fail(err, SW_ERROR_IO, "Graphviz cannot draw %s here; is its plugin installed?",
                    format);
        gvFreeLayout(context, graph);
    }
    if (ok) {
        *image = malloc(length);
        *bytes = length;
        ok = *image != NULL || sw_fail(err, SW_ERROR_MEMORY, "memory is spent");
        if (ok)
            memcpy(*image, drawn, length);
        gvFreeRenderData(drawn);
    }
    if (graph != NULL)
        agclose(graph);
    if (context != NULL)
        gvFreeContext(context);
    return ok;
}
