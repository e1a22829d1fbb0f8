// operators.c: what stands between two operands.
//
// An operand that is missing makes the result missing, except for equality, `&`, `in`, `and`, `or`.

#include "query/jsonata/eval.h"
#include "query/jsonata/text.h"
#include "query/jsonata/tokens.h"

#include <math.h>

#define RANGE_ITEMS_MAX 1e7

static _Noreturn void fail(sw_eval *ev, const char *code, const sw_node *node, sw_value value)
{
    sw_eval_fail(ev, (sw_fault){.code = code,
                                .position = node->position,
                                .token = sw_string(sw_operator_text(node->op)),
                                .value = value});
}

// Arithmetic --------------------------------------------------------------------------------------

static bool check_number(sw_eval *ev, const sw_node *node, sw_value v, const char *code,
                         double *number)
{
    if (v.type == SW_UNDEFINED)
        return false;
    if (v.type != SW_NUMBER)
        fail(ev, code, node, v);
    *number = sw_double(v);
    if (!isfinite(*number)) {
        if (isnan(*number))
            fail(ev, code, node, v);
        fail(ev, "D1001", node, v);
    }
    return true;
}

static inline bool both_numbers(sw_eval *ev, const sw_node *node, sw_value input, double *a,
                                double *b)
{
    sw_value left = node->left->run(ev, node->left, input),
             right = node->right->run(ev, node->right, input);
    bool has_left = check_number(ev, node, left, "T2001", a);
    bool has_right = check_number(ev, node, right, "T2002", b);
    return has_left && has_right;
}

#define ARITHMETIC(name, result)                                                                   \
    static sw_value name(sw_eval *ev, const sw_node *node, sw_value input)                         \
    {                                                                                              \
        double a, b;                                                                               \
        return both_numbers(ev, node, input, &a, &b) ? sw_number(result) : sw_undefined();         \
    }

ARITHMETIC(run_add, a + b)
ARITHMETIC(run_subtract, a - b)
ARITHMETIC(run_multiply, a *b)
ARITHMETIC(run_divide, a / b)
ARITHMETIC(run_remainder, fmod(a, b))

// Comparing ---------------------------------------------------------------------------------------

static sw_value run_equal(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value a = node->left->run(ev, node->left, input),
             b = node->right->run(ev, node->right, input);
    if (a.type == SW_UNDEFINED || b.type == SW_UNDEFINED)
        return sw_bool(false);
    return sw_bool(sw_value_equal(a, b));
}

static sw_value run_not_equal(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value a = node->left->run(ev, node->left, input),
             b = node->right->run(ev, node->right, input);
    if (a.type == SW_UNDEFINED || b.type == SW_UNDEFINED)
        return sw_bool(false);
    return sw_bool(!sw_value_equal(a, b));
}

static bool is_comparable(sw_value v)
{
    return v.type == SW_UNDEFINED || v.type == SW_STRING || v.type == SW_NUMBER;
}

// False when an operand is missing. *order is below, equal to or above zero; NAN orders with
// nothing.
static bool compare(sw_eval *ev, const sw_node *node, sw_value input, double *order)
{
    sw_value a = node->left->run(ev, node->left, input),
             b = node->right->run(ev, node->right, input);
    if (a.type == SW_NUMBER && b.type == SW_NUMBER) {
        double x = sw_double(a), y = sw_double(b);
        *order = x < y ? -1 : x > y ? 1 : x == y ? 0 : NAN;
        return true;
    }
    if (!is_comparable(a) || !is_comparable(b))
        fail(ev, "T2010", node, is_comparable(a) ? b : a);
    if (a.type == SW_UNDEFINED || b.type == SW_UNDEFINED)
        return false;
    if (a.type != b.type)
        sw_eval_fail(ev, (sw_fault){.code = "T2009",
                                    .position = node->position,
                                    .token = sw_string(sw_operator_text(node->op)),
                                    .value = a,
                                    .value2 = b});
    *order = sw_text_compare(sw_value_str(a), sw_value_str(b));
    return true;
}

#define COMPARISON(name, test)                                                                     \
    static sw_value name(sw_eval *ev, const sw_node *node, sw_value input)                         \
    {                                                                                              \
        double order;                                                                              \
        return compare(ev, node, input, &order) ? sw_bool(test) : sw_undefined();                  \
    }

COMPARISON(run_less, order < 0)
COMPARISON(run_less_equal, order <= 0)
COMPARISON(run_greater, order > 0)
COMPARISON(run_greater_equal, order >= 0)

// As `===` does: containers are equal only to themselves.
static bool identical(sw_value a, sw_value b)
{
    if (a.type == SW_ARRAY || a.type == SW_OBJECT)
        return a.type == b.type && a.size > 0 && a.items == b.items;
    return sw_value_equal(a, b);
}

static sw_value run_in(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value item = node->left->run(ev, node->left, input),
             list = node->right->run(ev, node->right, input);
    if (item.type == SW_UNDEFINED || list.type == SW_UNDEFINED)
        return sw_bool(false);
    if (list.type != SW_ARRAY)
        return sw_bool(identical(item, list));
    for (uint32_t i = 0; i < list.size; i++) {
        if (identical(item, list.items[i]))
            return sw_bool(true);
    }
    return sw_bool(false);
}

// Logic -------------------------------------------------------------------------------------------

// The right side of `and` or `or`: what goes wrong there is reported as theirs.
static bool right_truth(sw_eval *ev, const sw_node *node, sw_value input)
{
    const sw_node *call = ev->outer_call, *logic = ev->outer_logic;
    if (call == NULL)
        ev->outer_call = node;
    if (logic == NULL)
        ev->outer_logic = node;
    bool truth = sw_truth(node->right->run(ev, node->right, input));
    ev->outer_call = call;
    ev->outer_logic = logic;
    return truth;
}

static sw_value run_and(sw_eval *ev, const sw_node *node, sw_value input)
{
    return sw_bool(sw_truth(node->left->run(ev, node->left, input)) &&
                   right_truth(ev, node, input));
}

static sw_value run_or(sw_eval *ev, const sw_node *node, sw_value input)
{
    return sw_bool(sw_truth(node->left->run(ev, node->left, input)) ||
                   right_truth(ev, node, input));
}

static sw_value run_default(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value left = node->left->run(ev, node->left, input);
    return sw_truth(left) ? left : node->right->run(ev, node->right, input);
}

static sw_value run_coalesce(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value left = node->left->run(ev, node->left, input);
    return left.type != SW_UNDEFINED ? left : node->right->run(ev, node->right, input);
}

// Text --------------------------------------------------------------------------------------------

// The operand as text; small is room for a number.
static sw_str text_of(sw_eval *ev, const sw_node *node, sw_value v, char *small)
{
    switch ((sw_type)v.type) {
    case SW_STRING:
        return sw_value_str(v);
    case SW_UNDEFINED:
    case SW_FUNCTION:
        return (sw_str){"", 0};
    case SW_NUMBER:
        if (!isfinite(sw_double(v)))
            fail(ev, "D3001", node, v);
        return (sw_str){small, sw_number_print_15(sw_double(v), small)};
    case SW_NULL:
    case SW_BOOL:
    case SW_ARRAY:
    case SW_OBJECT:
        break;
    }
    sw_text text;
    sw_text_init(&text, ev->arena, 64);
    sw_text_stringify(&text, v, SW_STRINGIFY_DIGITS_15);
    if (text.too_deep)
        sw_eval_fail_depth(ev);
    if (text.infinite)
        fail(ev, "D1001", node, sw_null());
    return sw_text_str(&text);
}

static sw_value concatenate(sw_eval *ev, sw_str a, sw_str b)
{
    if (a.bytes + b.bytes > SW_JSON_BYTES_MAX)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps
    char *text = sw_arena_alloc(ev->arena, a.bytes + b.bytes + 1);
    if (a.bytes > 0)
        memcpy(text, a.text, a.bytes);
    if (b.bytes > 0)
        memcpy(text + a.bytes, b.text, b.bytes);
    return sw_string((sw_str){text, a.bytes + b.bytes});
}

// a & b & c & d is one walk, not a copy for each operator: the operands of a chain lie along the
// left.
#define CHAIN_MAX 16u

static sw_value run_concatenate(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_str         pieces[CHAIN_MAX];
    char           numbers[CHAIN_MAX][40];
    const sw_node *operands[CHAIN_MAX], *owners[CHAIN_MAX], *at = node;
    uint32_t       count = 0;
    size_t         bytes = 0;
    while (count < CHAIN_MAX - 1 && at->run == run_concatenate) {
        owners[count] = at;
        operands[count++] = at->right;
        at = at->left;
    }
    owners[count] = owners[count - 1];
    operands[count++] = at;
    for (uint32_t i = count; i-- > 0;) {
        sw_value v = operands[i]->run(ev, operands[i], input);
        pieces[i] = text_of(ev, owners[i], v, numbers[i]);
        bytes += pieces[i].bytes;
    }
    if (count == 2)
        return concatenate(ev, pieces[1], pieces[0]);
    if (bytes > SW_JSON_BYTES_MAX)
        sw_arena_grow(ev->arena, SIZE_MAX); // jumps
    char *text = sw_arena_alloc(ev->arena, bytes + 1), *to = text;
    for (uint32_t i = count; i-- > 0;) {
        memcpy(to, pieces[i].text, pieces[i].bytes);
        to += pieces[i].bytes;
    }
    return sw_string((sw_str){text, bytes});
}

// Ranges ------------------------------------------------------------------------------------------

static bool check_integer(sw_eval *ev, const sw_node *node, sw_value v, const char *code,
                          double *number)
{
    if (v.type == SW_UNDEFINED)
        return false;
    if (v.type != SW_NUMBER)
        fail(ev, code, node, v);
    *number = sw_double(v);
    if (!isfinite(*number) || floor(*number) != *number)
        fail(ev, code, node, v);
    return true;
}

static sw_value run_range(sw_eval *ev, const sw_node *node, sw_value input)
{
    double   first = 0, last = 0;
    sw_value left = node->left->run(ev, node->left, input),
             right = node->right->run(ev, node->right, input);
    bool has_first = check_integer(ev, node, left, "T2003", &first);
    bool has_last = check_integer(ev, node, right, "T2004", &last);
    if (!has_first || !has_last || first > last)
        return sw_undefined();
    double size = last - first + 1;
    if (size > RANGE_ITEMS_MAX)
        fail(ev, "D2014", node, sw_number(size));
    sw_value *items;
    sw_value  range = sw_array_build(ev->arena, (size_t)size, &items);
    for (uint32_t i = 0; i < range.size; i++)
        items[i] = sw_number(first + i);
    range.flags = SW_VALUE_SEQUENCE;
    return sw_collapse(range);
}

sw_node_run sw_operator_run(uint16_t op)
{
    switch (op) {
    case '+':
        return run_add;
    case '-':
        return run_subtract;
    case '*':
        return run_multiply;
    case '/':
        return run_divide;
    case '%':
        return run_remainder;
    case '=':
        return run_equal;
    case SW_OP_NOT_EQUAL:
        return run_not_equal;
    case '<':
        return run_less;
    case SW_OP_LESS_EQUAL:
        return run_less_equal;
    case '>':
        return run_greater;
    case SW_OP_GREATER_EQUAL:
        return run_greater_equal;
    case '&':
        return run_concatenate;
    case SW_OP_AND:
        return run_and;
    case SW_OP_OR:
        return run_or;
    case SW_OP_IN:
        return run_in;
    case SW_OP_RANGE:
        return run_range;
    case SW_OP_DEFAULT:
        return run_default;
    case SW_OP_COALESCE:
        return run_coalesce;
    default:
        return NULL;
    }
}
