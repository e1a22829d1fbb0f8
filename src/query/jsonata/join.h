// join.h: a step that binds, filtered by an equation, without comparing everything with everything.

#ifndef STEPWELL_QUERY_JSONATA_JOIN_H
#define STEPWELL_QUERY_JSONATA_JOIN_H

#include "query/jsonata/tuple.h"

// Finds out whether a step of a binding path is one; notes both sides of the equation in its extra.
void sw_join_recognize(sw_node *step);

static inline bool sw_is_join(const sw_node *step)
{
    return step->extra != NULL && step->extra->join_key != NULL;
}

// The step and its first predicate, for all tuples: appends what passes to *out.
void sw_join_run(sw_eval *ev, const sw_node *path, const sw_node *step, const sw_tuples *tuples,
                 sw_tuples *out);

// tuple.c: one result of a step, as a tuple of its own.
sw_value *sw_tuple_bind(sw_eval *ev, const sw_node *step, const sw_value *tuple, sw_value result,
                        uint32_t index, sw_tuples *out);

#endif
