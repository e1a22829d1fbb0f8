// plain.c: expressions that need no preparations, which most of a machine's are.
//
//   $states.input.order.total > 100 and $tries < 3
//
// Paths of names, variables of the host, literals, and comparisons, sums and logic over them give
// their value without frames, stack, guard or arena: nothing is allocated and nothing can fail. As
// soon as something else comes up (an array to walk over, a missing operand, a wrong type) there is
// no answer, and the whole expression is evaluated in the ordinary way, which gives the same
// value or words the error.

#include "query/jsonata/plain.h"

#include "query/jsonata/eval.h"

#include <math.h>

#define NESTING_MAX 16u

// Marking, once, when the expression is compiled --------------------------------------------------

static bool mark(sw_node *node, unsigned nesting);

static bool is_host_variable(const sw_node *node)
{
    return node->kind == SW_NODE_VARIABLE && node->run == sw_run_variable &&
           node->slots_count == 0 && node->free_index >= 0;
}

// [0] behind a name and nothing else
static bool is_index(const sw_extra *extra)
{
    return extra->stages.count == 1 && extra->stages.items[0].predicate != NULL &&
           extra->stages.items[0].predicate->kind == SW_NODE_NUMBER &&
           extra->stages.items[0].predicate->extra == NULL && extra->group == NULL &&
           extra->ancestor == NULL && extra->seeking.count == 0;
}

static bool is_marked_step(const sw_node *step)
{
    return step->kind == SW_NODE_NAME && step->run == sw_run_name && !step->keep_array &&
           !step->tuple && (step->extra == NULL || is_index(step->extra));
}

static bool is_marked_path(const sw_node *node)
{
    if ((node->run != sw_run_name_path && node->run != sw_run_path) || node->keep_singleton ||
        (node->states_member == 0 && !is_host_variable(node->list[0])) ||
        node->list[0]->extra != NULL)
        return false;
    for (uint32_t i = 1; i < node->count; i++) {
        if (!is_marked_step(node->list[i]))
            return false;
    }
    return true;
}

static bool is_marked_operator(const sw_node *node, unsigned nesting)
{
    switch (node->op) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '=':
    case '<':
    case '>':
    case SW_OP_NOT_EQUAL:
    case SW_OP_LESS_EQUAL:
    case SW_OP_GREATER_EQUAL:
    case SW_OP_AND:
    case SW_OP_OR:
        return mark(node->left, nesting + 1) && mark(node->right, nesting + 1);
    default:
        return false;
    }
}

static bool is_marked_block(const sw_node *node, unsigned nesting)
{
    return node->count == 1 && !node->own_frame && node->reset_count == 0 &&
           mark(node->list[0], nesting + 1);
}

static bool can_be_marked(const sw_node *node, unsigned nesting)
{
    if (nesting > NESTING_MAX || node->extra != NULL || node->keep_array)
        return false;
    if (node->run == sw_run_constant)
        return true;
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_PATH:
        return is_marked_path(node);
    case SW_NODE_VARIABLE:
        return is_host_variable(node);
    case SW_NODE_BINARY:
        return is_marked_operator(node, nesting);
    case SW_NODE_BLOCK:
        return is_marked_block(node, nesting);
    default:
        return false;
    }
}

static bool mark(sw_node *node, unsigned nesting)
{
    node->plain = can_be_marked(node, nesting);
    return node->plain;
}

void sw_plain_mark(sw_node *root)
{
    mark(root, 0);
}

// Evaluating: unset where the ordinary way is needed. Values stay in registers. -------------------

static sw_value evaluate(const sw_node *node, const sw_jsonata_input *host);

// A function of the language may have the name: then it is no variable.
static sw_value read_variable(const sw_node *node, const sw_jsonata_input *host)
{
    if (host->variable == NULL || host->binding_count > 0)
        return sw_unset();
    sw_value v = host->variable(host->who, sw_node_text(node));
    return v.type == SW_UNDEFINED ? sw_unset() : v;
}

// The item that a step's [0] chooses.
static sw_value read_item(const sw_node *step, sw_value array)
{
    double index = step->extra->stages.items[0].predicate->value.number;
    if (array.type != SW_ARRAY || (array.flags & SW_VALUE_OURS) != 0 || !(index >= 0) ||
        index >= array.size)
        return sw_unset();
    sw_value item = array.items[(uint32_t)index];
    return item.type == SW_ARRAY ? sw_unset() : item; // it would be taken apart
}

static sw_value read_states(const sw_node *path, const sw_jsonata_input *host)
{
    if (host->states_member == NULL)
        return sw_unset();
    sw_value v = sw_read_states_member(host, path);
    return path->list[1]->extra == NULL ? v : read_item(path->list[1], v);
}

static sw_value read_path(const sw_node *path, const sw_jsonata_input *host)
{
    bool     states = path->states_member != 0;
    sw_value v = states ? read_states(path, host) : read_variable(path->list[0], host);
    for (uint32_t i = states ? 2 : 1; i < path->count; i++) {
        const sw_node *step = path->list[i];
        if (v.type != SW_OBJECT)
            return sw_unset();
        v = sw_member_get(v, sw_node_text(step));
        if (step->extra != NULL)
            v = read_item(step, v);
    }
    return v;
}

static sw_value calculate(uint16_t op, double a, double b)
{
    double result = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
    return isfinite(result) ? sw_number(result) : sw_unset();
}

static sw_value compare(uint16_t op, double a, double b)
{
    switch (op) {
    case '<':
        return sw_bool(a < b);
    case '>':
        return sw_bool(a > b);
    case SW_OP_LESS_EQUAL:
        return sw_bool(a <= b);
    case SW_OP_GREATER_EQUAL:
        return sw_bool(a >= b);
    default:
        return calculate(op, a, b);
    }
}

static sw_value operate(const sw_node *node, sw_value a, sw_value b)
{
    if (a.type == SW_NUMBER && b.type == SW_NUMBER && node->op != '=' &&
        node->op != SW_OP_NOT_EQUAL)
        return compare(node->op, sw_double(a), sw_double(b));
    if (sw_is_unset(a) || sw_is_unset(b) || (node->op != '=' && node->op != SW_OP_NOT_EQUAL))
        return sw_unset();
    return sw_bool(a.type != SW_UNDEFINED && b.type != SW_UNDEFINED &&
                   sw_value_equal(a, b) == (node->op == '='));
}

static sw_value decide(const sw_node *node, const sw_jsonata_input *host)
{
    sw_value left = evaluate(node->left, host), v = left;
    if (!sw_is_unset(left) && sw_truth(left) == (node->op == SW_OP_AND))
        v = evaluate(node->right, host);
    return sw_is_unset(v) ? v : sw_bool(sw_truth(v));
}

static sw_value evaluate(const sw_node *node, const sw_jsonata_input *host)
{
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_PATH:
        return read_path(node, host);
    case SW_NODE_VARIABLE:
        return read_variable(node, host);
    case SW_NODE_BINARY:
        if (node->op == SW_OP_AND || node->op == SW_OP_OR)
            return decide(node, host);
        return operate(node, evaluate(node->left, host), evaluate(node->right, host));
    case SW_NODE_BLOCK:
        if (node->run != sw_run_constant)
            return evaluate(node->list[0], host);
        return node->value;
    default:
        return node->value;
    }
}

sw_value sw_plain_evaluate(const sw_node *root, const sw_jsonata_input *host)
{
    if (!root->plain || host->depth_max != 0)
        return sw_unset();
    sw_value v = evaluate(root, host);
    return v.type == SW_ARRAY || (v.flags & SW_VALUE_OURS) != 0 ? sw_unset() : v;
}
