// ancestry.h: which step's input a use of % stands for.

#ifndef STEPWELL_QUERY_JSONATA_ANCESTRY_H
#define STEPWELL_QUERY_JSONATA_ANCESTRY_H

#include "query/jsonata/compile.h"

// What value (a part of node) still seeks, node seeks as well.
void sw_ancestry_push(sw_compilation *c, sw_node *node, sw_node *value);

// The last step of a path has been added: look for what it seeks in the steps before.
void sw_ancestry_resolve(sw_compilation *c, sw_node *path);

// A predicate of step: its % is the step's own parent.
void sw_ancestry_predicate(sw_compilation *c, sw_node *step, sw_node *predicate);

// "path", "unary": how the reference names the kind of a node in messages.
const char *sw_node_kind_name(const sw_node *node);

static inline sw_str sw_ancestor_label(const sw_ancestor *ancestor)
{
    while (ancestor->same != NULL)
        ancestor = ancestor->same;
    return ancestor->label;
}

#endif
