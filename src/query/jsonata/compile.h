// compile.h: what the passes from text to tree share.
//
// Owns      A compilation lives on the stack of sw_jsonata_compile (or of $eval) and is gone when
//           it returns.
// Errors    sw_compile_fail words the error and jumps to the guard there.

#ifndef STEPWELL_QUERY_JSONATA_COMPILE_H
#define STEPWELL_QUERY_JSONATA_COMPILE_H

#include "base/grow.h"
#include "query/jsonata/fault.h"
#include "query/jsonata/tree.h"

#define SW_NESTING_MAX     1000u // brackets within brackets
#define SW_TREE_HEIGHT_MAX 2500u

// A variable that may be somebody else's: a binding, or a builtin.
typedef struct sw_free_name {
    sw_str name;
    bool   always; // no variable of the expression has that name, at one use at least
} sw_free_name;

typedef struct sw_compilation {
    sw_arena          *arena;
    sw_str             text;
    uint32_t           at; // next byte to be read
    uint32_t           depth;
    sw_jsonata_options options;
    sw_jsonata_error  *err;
    jmp_buf           *escape;
    unsigned           labels; // given out to uses of %
    sw_free_name      *free_names;
    uint32_t           free_count, free_capacity;
    struct {
        sw_str  *items;
        uint32_t count, capacity;
    } states;              // first steps behind $states
    bool     states_whole; // $states without a step
    uint32_t root_slots;
    bool     root_captured;
} sw_compilation;

struct sw_jsonata {
    sw_str        text;
    sw_node      *root;
    sw_free_name *free_names;
    uint32_t      free_count;
    uint32_t      slot_count; // of the outermost frame
    bool          operators_2_1, eval;
    bool          captured;       // the outermost frame may outlive the evaluation of what is in it
    sw_str       *states_members; // first steps behind $states
    uint32_t      states_count;
    bool          states_whole;
};

_Noreturn void sw_compile_fail(sw_compilation *c, sw_fault fault);

static inline sw_node *sw_node_new(sw_compilation *c, sw_node_kind kind, uint32_t position)
{
    sw_node *node = SW_ARENA_NEW(c->arena, sw_node);
    node->kind = (uint8_t)kind;
    node->position = position;
    return node;
}

sw_node *sw_parse(sw_compilation *c);                  // parse.c
sw_node *sw_shape(sw_compilation *c, sw_node *syntax); // shape.c
void     sw_resolve(sw_compilation *c, sw_node *root); // resolve.c: slots, run functions

// Reads an expression into *compiled, in an arena already guarded by *escape.
void sw_compile_text(sw_compilation *c, sw_jsonata *compiled);

static inline sw_extra *sw_node_extra(sw_compilation *c, sw_node *node)
{
    if (node->extra == NULL)
        node->extra = SW_ARENA_NEW(c->arena, sw_extra);
    return node->extra;
}

#endif
