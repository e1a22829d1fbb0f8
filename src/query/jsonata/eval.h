// eval.h: an evaluation while it runs, and what all files that evaluate share.
//
// Purpose   Each node's run function is given the evaluation, the node and the context value ($),
//           and returns a value. Variables live in frames, reached by number; a frame is on the
//           evaluation's own stack unless a function inside may outlive it.
// Owns      All is in the arena of the evaluation; the evaluation itself is on the stack of
//           sw_jsonata_evaluate.
// Errors    sw_eval_fail does not return: it words the error and jumps to sw_jsonata_evaluate, as
//           a spent arena does.

#ifndef STEPWELL_QUERY_JSONATA_EVAL_H
#define STEPWELL_QUERY_JSONATA_EVAL_H

#include "base/chance.h"
#include "base/hash.h"
#include "query/jsonata/compile.h"
#include "query/jsonata/signature.h"
#include "json/value.h"

#define SW_ARGUMENTS_MIN 4u  // a builtin may read that many, given or not
#define SW_PLACES        32u // names whose last place is remembered
#define SW_STEPS_BATCH   4096u

typedef struct sw_frame {
    struct sw_frame *outer;
    uint64_t         spare; // keeps the slots aligned
    sw_value         slots[];
} sw_frame;

// A piece of the stack of frames and arguments.
typedef struct sw_chunk {
    struct sw_chunk *older, *newer;
    sw_value        *items, *end;
} sw_chunk;

typedef struct sw_stack_mark {
    sw_chunk *chunk;
    sw_value *top;
} sw_stack_mark;

typedef enum sw_function_kind {
    SW_FUNCTION_BUILTIN,
    SW_FUNCTION_LAMBDA,
    SW_FUNCTION_PARTIAL,
    SW_FUNCTION_REGEX,
    SW_FUNCTION_NEXT_MATCH, // the member `next` of a match
    SW_FUNCTION_TRANSFORM,
    SW_FUNCTION_CHAIN, // f ~> g
} sw_function_kind;

// What a value of type SW_FUNCTION points at.
typedef struct sw_function {
    sw_function_kind    kind;
    uint32_t            count; // partial: of bound
    const sw_builtin   *builtin;
    const sw_signature *signature;
    const sw_node      *node; // lambda, transform
    sw_frame           *frame;
    sw_value            input;  // lambda: $ where it was defined; next match: the text
    sw_value            target; // partial: the function; chain: the first
    sw_value            second; // chain
    sw_value           *bound;  // partial: arguments; unset where one is still to come
    const sw_regex     *regex;
    size_t              offset; // next match: bytes into the text
} sw_function;

typedef sw_value (*sw_builtin_run)(sw_eval *ev, const sw_value *arguments, uint32_t count,
                                   sw_value input);

// One row of functions.def.
struct sw_builtin {
    sw_str         name;
    sw_builtin_run run;
    const char    *signature;
    uint32_t       parameters; // it declares, as partial application counts them
    uint32_t       arity;      // what the higher-order functions hand it at most
    bool           eval;       // offered only on request
};

const sw_builtin *sw_builtin_find(sw_str name);
const char       *sw_builtin_name(const sw_builtin *builtin);

struct sw_eval {
    sw_arena               *arena;
    const sw_jsonata       *compiled;
    const sw_jsonata_input *input;
    sw_frame               *frame;
    sw_value                root;          // $$
    sw_value               *globals;       // values of free variables; unset: not asked for yet
    sw_value               *top, *top_end; // of the current chunk
    sw_chunk               *chunk;
    uint32_t                steps_left; // of this batch
    uint64_t                steps_total, steps_max;
    uint32_t                base;  // nodes around the function that runs
    uint32_t                depth; // nodes around the call that is being made
    uint32_t                depth_max;
    const char *stack_limit; // lowest address that this evaluation may use of the C stack
    // Calls being made, for errors: the one furthest out (of a tail call, the procedure) and the
    // one furthest in.
    const sw_node *outer_call, *inner_call;
    const sw_node *outer_logic;   // the outermost `and` or `or` whose right side is being evaluated
    bool           outermost;     // the function that runs was called by the outermost call
    sw_value       tail_function; // the call to be made instead of the value returned
    sw_value      *tail_arguments;
    uint32_t       tail_count;
    const sw_node *tail_node;
    bool           has_chance;
    sw_chance      chance;
    void          *match_data; // PCRE2's, for all matches
    uint32_t       match_pairs;
    uint8_t        places[SW_PLACES];
    sw_jsonata_error *err;
    jmp_buf          *escape;
    sw_chunk          first_chunk;
    sw_value          first_items[64];
};

_Noreturn void sw_eval_fail(sw_eval *ev, sw_fault fault);
void           sw_eval_batch(sw_eval *ev); // a batch of steps is used up

_Noreturn void sw_eval_fail_depth(sw_eval *ev); // a value is nested too deeply

// With just the code and the value it is about, at the position of the call.
_Noreturn void sw_eval_fail_value(sw_eval *ev, const char *code, sw_value value);
_Noreturn void sw_eval_fail_node(sw_eval *ev, const char *code, const sw_node *node,
                                 sw_value value);

// For what recurses over values: they may be nested as deeply as an expression builds them.
static inline void sw_check_stack(sw_eval *ev)
{
    if (ev->stack_limit > (const char *)__builtin_frame_address(0))
        sw_eval_batch(ev);
}

static inline void sw_eval_step(sw_eval *ev)
{
    if (--ev->steps_left == 0)
        sw_eval_batch(ev);
}

// Values ------------------------------------------------------------------------------------------

static inline sw_value sw_unset(void)
{
    return (sw_value){.type = SW_UNDEFINED, .spare = SW_SPARE_UNSET};
}
static inline bool sw_is_unset(sw_value v)
{
    return v.type == SW_UNDEFINED && v.spare == SW_SPARE_UNSET;
}
static inline bool sw_is_sequence(sw_value v)
{
    return v.type == SW_ARRAY && (v.flags & SW_VALUE_SEQUENCE) != 0;
}

static inline sw_value sw_function_value(const sw_function *function)
{
    return (sw_value){.type = SW_FUNCTION, .any = function};
}
static inline const sw_function *sw_value_function(sw_value v)
{
    return v.any;
}

// A sequence of one stands for what is in it, an empty one for nothing.
static inline sw_value sw_collapse(sw_value v)
{
    if (v.type != SW_ARRAY ||
        (v.flags & (SW_VALUE_SEQUENCE | SW_VALUE_TUPLES)) != SW_VALUE_SEQUENCE || v.size > 1)
        return v;
    if (v.size == 0)
        return sw_undefined();
    return (v.flags & SW_VALUE_KEEP) != 0 ? v : v.items[0];
}

// The value of a number; most are results, not spelled.
static inline double sw_double(sw_value number)
{
    return (number.flags & SW_VALUE_SPELLED) == 0 ? number.number : sw_value_number(number);
}

static inline bool sw_same_text(sw_value a, sw_value b) // of strings
{
    return sw_str_equal(sw_value_str(a), sw_value_str(b));
}

// The member of that name, looking first where the node found it the last time: the objects of a
// list are alike.
static inline sw_value sw_member_again(sw_eval *ev, const sw_node *node, sw_value object)
{
    uint8_t        *place = &ev->places[node->position % SW_PLACES];
    const sw_value *pair = object.items + 2 * (size_t)*place;
    if (*place < object.size && pair->size == node->value.size &&
        sw_bytes_equal(pair->text, node->value.text, pair->size))
        return pair[1];
    if ((object.flags & SW_VALUE_INDEXED) != 0)
        return sw_value_get(object, sw_node_text(node));
    pair = object.items;
    for (uint32_t i = 0; i < object.size; i++, pair += 2) {
        if (pair->size == node->value.size &&
            sw_bytes_equal(pair->text, node->value.text, pair->size)) {
            *place = (uint8_t)i; // an object without an index has few members
            return pair[1];
        }
    }
    return sw_undefined();
}

// The start of a path that begins with $states.input or its like.
static inline sw_value sw_read_states_member(const sw_jsonata_input *host, const sw_node *path)
{
    return sw_collapse(
        host->states_member(host->who, (sw_jsonata_states_member)(path->states_member - 1)));
}

bool sw_truth(sw_value v);                // $boolean; undefined is false
int  sw_text_compare(sw_str a, sw_str b); // as JavaScript orders strings: by UTF-16 units
bool sw_is_array_of(sw_value array, sw_type type);
// A finite number. Infinity raises D1001.
bool sw_is_numeric(sw_eval *ev, sw_value v);

// Lists: results that grow. The first item costs no memory. ---------------------------------------

typedef struct sw_list {
    sw_value  first;
    sw_value *items; // NULL until there is a second item
    uint32_t  count, capacity;
} sw_list;

void sw_list_grow(sw_eval *ev, sw_list *list, uint32_t more);

static inline void sw_list_push(sw_eval *ev, sw_list *list, sw_value v)
{
    if (list->count == 0) {
        list->first = v;
        list->count = 1;
        return;
    }
    if (list->count >= list->capacity)
        sw_list_grow(ev, list, 1);
    list->items[list->count++] = v;
}

void sw_list_push_all(sw_eval *ev, sw_list *list, const sw_value *items, uint32_t count);

static inline const sw_value *sw_list_items(const sw_list *list)
{
    return list->items != NULL ? list->items : &list->first;
}

sw_value sw_list_array(sw_eval *ev, sw_list *list, uint8_t flags); // always an array
sw_value sw_list_finish(
    sw_eval *ev, sw_list *list); // a sequence, collapsed: undefined, the one item, or an array

// fn.append: both as arrays, one behind the other.
void sw_list_append(sw_eval *ev, sw_list *list, sw_value v);

sw_value sw_array_of_one(sw_eval *ev, sw_value item, uint8_t flags);
sw_value sw_empty_array(uint8_t flags);

// The stack of frames and arguments ---------------------------------------------------------------

void sw_stack_grow(sw_eval *ev, uint32_t count);

static inline sw_stack_mark sw_stack_get_mark(const sw_eval *ev)
{
    return (sw_stack_mark){ev->chunk, ev->top};
}
static inline void sw_stack_rewind(sw_eval *ev, sw_stack_mark mark)
{
    ev->chunk = mark.chunk;
    ev->top = mark.top;
    ev->top_end = mark.chunk->end;
}
static inline sw_value *sw_stack_push(sw_eval *ev, uint32_t count)
{
    if ((size_t)(ev->top_end - ev->top) < count)
        sw_stack_grow(ev, count);
    sw_value *items = ev->top;
    ev->top += count;
    return items;
}

// A frame whose slots are all unset.
sw_frame *sw_frame_push(sw_eval *ev, sw_frame *outer, uint32_t slots, bool captured);

static inline sw_frame *sw_frame_out(sw_frame *frame, uint32_t hops)
{
    while (hops-- > 0)
        frame = frame->outer;
    return frame;
}

// Calling (call.c) --------------------------------------------------------------------------------

// Calls a function value with these arguments; input is the context for signatures with `-`.
sw_value sw_apply(sw_eval *ev, sw_value function, const sw_value *arguments, uint32_t count,
                  sw_value input);
// How many arguments the higher-order functions may hand it.
uint32_t sw_function_arity(sw_value function);

// What run functions of nodes live where ----------------------------------------------------------

sw_value sw_run_path(sw_eval *ev, const sw_node *node, sw_value input); // path.c
sw_value sw_run_name_path(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_name(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_wildcard(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_descendants(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_decorated(sw_eval *ev, const sw_node *node, sw_value input); // predicates and group
sw_value sw_run_tuple_path(sw_eval *ev, const sw_node *node, sw_value input); // tuple.c
sw_value sw_run_constant(sw_eval *ev, const sw_node *node, sw_value input);   // evaluate.c
sw_value sw_run_context(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_root(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_local(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_variable(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_regex(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_negate(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_array(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_block(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_condition(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_bind(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_lambda(sw_eval *ev, const sw_node *node, sw_value input); // call.c
sw_value sw_run_call(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_partial(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_apply(sw_eval *ev, const sw_node *node, sw_value input);
sw_value sw_run_object(sw_eval *ev, const sw_node *node, sw_value input);    // group.c
sw_value sw_run_transform(sw_eval *ev, const sw_node *node, sw_value input); // transform.c
sw_node_run sw_operator_run(uint16_t op);                                    // operators.c

// {key: value} behind something, over its items; tuples are entered as those of path.
sw_value sw_group(sw_eval *ev, const sw_node *object, sw_value input, const sw_node *path);
// Applies a transform that was built where frame was the current one.
sw_value sw_transform(sw_eval *ev, const sw_function *function, sw_value object);

// Sorting (sort.c): stable, by merging ------------------------------------------------------------

struct sw_tuples;
// Orders a sequence by the terms of an order-by step; the rows of tuples when path is not NULL.
void sw_sort_by_terms(sw_eval *ev, const sw_node *sort, sw_value *items, uint32_t count);
void sw_sort_tuples(sw_eval *ev, const sw_node *sort, struct sw_tuples *tuples,
                    const sw_node *path);
// Orders items by a function that says whether to swap.
void sw_sort_by_function(sw_eval *ev, sw_value function, sw_value *items, uint32_t count);
void sw_sort_plain(sw_eval *ev, sw_value *items, uint32_t count); // all numbers or all strings

sw_value sw_filter_stage(sw_eval *ev, const sw_stage *stage, sw_value input);
// How often a predicate's result selects the item at that index.
uint32_t sw_times_selected(sw_eval *ev, sw_value result, uint32_t index, uint32_t count);

#endif
