// tuple.h: the stream of a path that binds variables: for each item, the item and the values of
// the variables.

#ifndef STEPWELL_QUERY_JSONATA_TUPLE_H
#define STEPWELL_QUERY_JSONATA_TUPLE_H

#include "query/jsonata/eval.h"

// Rows of stride cells: the item, then one cell for each name of the layout.
typedef struct sw_tuples {
    sw_value *cells;
    uint32_t  count, capacity;
    uint32_t  stride;
} sw_tuples;

static inline sw_value *sw_tuple_at(const sw_tuples *tuples, uint32_t index)
{
    return tuples->cells + (size_t)index * tuples->stride;
}

static inline const sw_tuples *sw_value_tuples(sw_value v)
{
    return v.any;
}
static inline bool sw_is_tuples(sw_value v)
{
    return v.type == SW_ARRAY && (v.flags & SW_VALUE_TUPLES) != 0;
}

// Makes the tuple's variables the current ones. Gives back the frame to be restored.
sw_frame *sw_tuple_enter(sw_eval *ev, const sw_node *path, const sw_value *tuple);

#endif
