// plain.h: expressions that are worked out without an evaluation's preparations (plain.c).
//
// Owns      Nothing; values are the expression's and the host's.
// Threads   Marking is part of compiling; evaluating changes nothing.
// Errors    Unset (sw_is_unset): the expression is no such one, or what it meets is not; evaluate
//           it in the ordinary way.

#ifndef STEPWELL_QUERY_JSONATA_PLAIN_H
#define STEPWELL_QUERY_JSONATA_PLAIN_H

#include "stepwell/jsonata.h"

#include "query/jsonata/tree.h"

void     sw_plain_mark(sw_node *root); // after sw_resolve
sw_value sw_plain_evaluate(const sw_node *root, const sw_jsonata_input *host);

#endif
