// tree.h: an expression as a tree, from its text to what is evaluated.
//
// Purpose   One node type serves all passes, each of which works in place:
//
//               tokens.c -> parse.c    text to operators and operands
//                        -> shape.c    `.` `[` `^` `@` `#` become paths of steps (ancestry.c: what
//                        % means) -> compile.c  variables become slots, each node gets the
//                        function that runs it
//
// Owns      All of it lives in the arena of the compiled expression; nothing changes after
//           compile.c.
// Units     Positions are bytes into the text; error.c turns them into JavaScript's characters at
//           the very end.

#ifndef STEPWELL_QUERY_JSONATA_TREE_H
#define STEPWELL_QUERY_JSONATA_TREE_H

#include "stepwell/jsonata.h"

typedef struct sw_node    sw_node;
typedef struct sw_eval    sw_eval;
typedef struct sw_builtin sw_builtin;
typedef struct sw_regex   sw_regex;

// What evaluating a node is: the value, with sequences of one already replaced by what is in them.
typedef sw_value (*sw_node_run)(sw_eval *ev, const sw_node *node, sw_value input);

// Flags of a value, beside those of json.h; they matter on arrays only.
enum {
    SW_VALUE_SEQUENCE = 16, // came together on a path: one item alone stands for itself
    SW_VALUE_KEEP = 32,     // a sequence that stays an array even with one item: a[]
    SW_VALUE_CONS = 64,     // built by [...] as a step: not taken apart by the path around it
    SW_VALUE_TUPLES = 128,  // items are not there; .any is a sw_tuples (tuple.c)
    SW_VALUE_OURS = 16 | 32 | 64 | 128,
};
enum {
    SW_SPARE_UNSET = 1,   // a variable that nothing has been assigned to
    SW_SPARE_WRAPPER = 2, // the sequence of one that stands for an input that is an array
    SW_SPARE_TAIL = 4,    // not a value: the call waiting in ev->tail is to be made
};

typedef enum sw_node_kind {
    SW_NODE_NAME,
    SW_NODE_STRING,
    SW_NODE_NUMBER,
    SW_NODE_VALUE, // true, false, null
    SW_NODE_VARIABLE,
    SW_NODE_WILDCARD,
    SW_NODE_DESCENDANTS,
    SW_NODE_PARENT,
    SW_NODE_REGEX,
    SW_NODE_OPERATOR, // and, or, in, ? where an operand was expected
    SW_NODE_END,
    SW_NODE_BINARY,
    SW_NODE_NEGATE,
    SW_NODE_ARRAY,
    SW_NODE_OBJECT,
    SW_NODE_BLOCK,
    SW_NODE_CONDITION,
    SW_NODE_BIND,
    SW_NODE_CALL,
    SW_NODE_PARTIAL,
    SW_NODE_LAMBDA,
    SW_NODE_APPLY,
    SW_NODE_TRANSFORM,
    SW_NODE_PATH,
    SW_NODE_SORT,
} sw_node_kind;

// Operators and punctuation; single characters stand for themselves.
enum {
    SW_OP_RANGE = 256,
    SW_OP_ASSIGN,
    SW_OP_NOT_EQUAL,
    SW_OP_LESS_EQUAL,
    SW_OP_GREATER_EQUAL,
    SW_OP_DESCENDANTS,
    SW_OP_CHAIN,
    SW_OP_AND,
    SW_OP_OR,
    SW_OP_IN,
    SW_OP_DEFAULT,  // ?:
    SW_OP_COALESCE, // ??
};

// A use of %: what it stands for is found by walking back along the path.
typedef struct sw_ancestor {
    struct sw_ancestor *same;  // another use that turned out to mean the same step; follow it
    int                 level; // steps still to go
    sw_str              label; // the hidden variable that holds the value
} sw_ancestor;

typedef struct sw_ancestors {
    sw_ancestor **items;
    uint32_t      count, capacity;
} sw_ancestors;

// [predicate] behind a step, or #$index behind a predicate.
typedef struct sw_stage {
    sw_node *predicate; // NULL: an index
    sw_str   index;
    uint32_t position;
    int32_t  cell;  // of the index, among the tuple's
    bool     fixed; // the predicate does not look at the item
} sw_stage;

typedef struct sw_stages {
    sw_stage *items;
    uint32_t  count, capacity;
} sw_stages;

// What only some nodes have.
typedef struct sw_extra {
    sw_stages    predicates; // on a node that is no step
    sw_stages    stages;     // on a step, run by its path
    sw_node     *group;      // {key: value} behind it: a node of kind SW_NODE_OBJECT
    sw_str       focus, index;
    int32_t      focus_cell, index_cell, ancestor_cell;
    sw_ancestor *ancestor;               // the use of % that means this step's parent
    sw_ancestors seeking;                // uses of % inside that must look further out
    sw_node_run  run;                    // the node without its predicates and group
    sw_node     *join_key, *join_sought; // the sides of an equation to join by (join.c)
} sw_extra;

// Where a variable may be: in a frame this many levels out.
typedef struct sw_slot {
    uint16_t hops, index;
} sw_slot;

typedef struct sw_lambda {
    sw_str              *parameters;
    uint32_t             parameter_count;
    uint32_t             slot_count;
    bool                 captured; // functions inside may outlive the call, so its frame must
    uint16_t             height;   // nodes that any evaluation of the body nests at least
    sw_node             *body;
    struct sw_signature *signature;
} sw_lambda;

// The variables that a path binds with @, # and %, one cell each in every tuple, beside the item.
typedef struct sw_layout {
    sw_str  *names;
    uint32_t count, capacity;
    uint16_t slot; // of the first in its frame
} sw_layout;

struct sw_node {
    sw_node_run run;
    uint8_t     kind;           // sw_node_kind
    bool        keep_array;     // [] behind it
    bool        cons_array;     // [...] as first or last step
    bool        tuple;          // binds variables, or carries parents
    bool        keep_singleton; // path: one of its steps has []
    bool        descending;     // sort term
    bool        own_frame;      // block, path: needs a frame of its own
    bool        tail;           // call: nothing is left to do behind it in its function
    bool        known;          // call by a bare name: there is a function of that name
    bool        plain;          // see plain.h
    uint8_t     states_member;  // path: it begins with $states and that member, from 1; 0: not so
    uint16_t    op;
    uint16_t    level;                    // nodes around it, in its function
    uint16_t    height;                   // nodes it nests at least when evaluated
    uint16_t    slot_count;               // of its own frame
    uint16_t    reset_first, reset_count; // slots of a block that lives in its function's frame
    uint32_t    position;
    uint32_t    count;      // of list
    int32_t     free_index; // variable: among the expression's free ones, or -1
    sw_value    value;      // literal; a string for a name
    sw_node   **list;
    sw_node    *left, *right, *third;
    sw_extra   *extra;
    sw_slot    *slots; // variable: where it may be, nearest first
    uint32_t    slots_count;
    union {
        sw_lambda                *lambda;
        sw_ancestor              *ancestor; // %
        sw_layout                *layout;   // path
        const sw_regex           *regex;
        const struct sw_function *function; // variable: the builtin of that name
        uint8_t                  *markers;  // array: 1 where the element is itself [...]
    };
};

static inline sw_str sw_node_text(const sw_node *node)
{
    return sw_value_str(node->value);
}

#endif
