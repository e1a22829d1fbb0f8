// parse.c: operators and operands to a syntax tree.
//
// Pratt's method: each operator has a binding power, an expression reads on while the next one
// binds tighter than its caller's. What `.`, `[`, `^`, `@`, `#` and `{` behind something mean is
// settled in shape.c.

#include "query/jsonata/tokens.h"

#include "query/jsonata/signature.h"

typedef struct parser {
    sw_compilation *c;
    sw_lexed        token; // the one to be read next
} parser;

typedef struct nodes {
    sw_node **items;
    uint32_t  count, capacity;
} nodes;

static sw_node *expression(parser *p, unsigned power);

// Tokens ------------------------------------------------------------------------------------------

static bool at_operator(const parser *p, uint16_t op)
{
    return p->token.kind == SW_TOKEN_OPERATOR && p->token.op == op;
}

static sw_value token_value(const parser *p)
{
    return p->token.kind == SW_TOKEN_END ? sw_token("(end)") : p->token.value;
}

static void next(parser *p, bool operand)
{
    sw_tokens_next(p->c, operand, &p->token);
    if (p->token.kind == SW_TOKEN_OPERATOR && (p->token.op == '!' || p->token.op == '~'))
        sw_compile_fail(
            p->c,
            (sw_fault){.code = "S0204", .position = p->token.position, .token = p->token.value});
}

// The next token must be op; what follows is an operand unless behind says that an operator comes.
static void expect(parser *p, uint16_t op, bool operand)
{
    if (!at_operator(p, op)) {
        bool end = p->token.kind == SW_TOKEN_END;
        sw_compile_fail(p->c, (sw_fault){.code = end ? "S0203" : "S0202",
                                         .position = p->token.position,
                                         .token = token_value(p),
                                         .value = sw_string(sw_operator_text(op))});
    }
    next(p, operand);
}

static unsigned binding_power(const parser *p)
{
    if (p->token.kind != SW_TOKEN_OPERATOR)
        return 0;
    switch (p->token.op) {
    case '[':
    case '(':
    case '@':
    case '#':
        return 80;
    case '.':
        return 75;
    case '{':
        return 70;
    case '*':
    case '/':
    case '%':
        return 60;
    case '+':
    case '-':
    case '&':
        return 50;
    case '=':
    case '<':
    case '>':
    case '^':
    case SW_OP_NOT_EQUAL:
    case SW_OP_LESS_EQUAL:
    case SW_OP_GREATER_EQUAL:
    case SW_OP_CHAIN:
    case SW_OP_IN:
    case SW_OP_DEFAULT:
    case SW_OP_COALESCE:
        return 40;
    case SW_OP_AND:
        return 30;
    case SW_OP_OR:
        return 25;
    case '?':
        return 20;
    case SW_OP_ASSIGN:
        return 10;
    default:
        return 0;
    }
}

// Operands ----------------------------------------------------------------------------------------

static void take_list(nodes *list, sw_node *node)
{
    node->list = list->items;
    node->count = list->count;
}

static sw_node *array(parser *p, sw_node *node)
{
    nodes items = {0};
    node->kind = SW_NODE_ARRAY;
    while (!at_operator(p, ']') || items.count > 0) {
        sw_node *item = expression(p, 0);
        if (at_operator(p, SW_OP_RANGE)) {
            sw_node *range = sw_node_new(p->c, SW_NODE_BINARY, p->token.position);
            range->op = SW_OP_RANGE;
            range->left = item;
            next(p, true);
            range->right = expression(p, 0);
            item = range;
        }
        SW_PUSH(p->c->arena, &items, item);
        if (!at_operator(p, ','))
            break;
        next(p, true);
    }
    expect(p, ']', false);
    take_list(&items, node);
    return node;
}

static void members(parser *p, sw_node *object)
{
    nodes items = {0};
    object->kind = SW_NODE_OBJECT;
    while (!at_operator(p, '}') || items.count > 0) {
        SW_PUSH(p->c->arena, &items, expression(p, 0));
        expect(p, ':', true);
        SW_PUSH(p->c->arena, &items, expression(p, 0));
        if (!at_operator(p, ','))
            break;
        next(p, true);
    }
    expect(p, '}', false);
    take_list(&items, object);
}

static sw_node *block(parser *p, sw_node *node)
{
    nodes items = {0};
    node->kind = SW_NODE_BLOCK;
    while (!at_operator(p, ')')) {
        SW_PUSH(p->c->arena, &items, expression(p, 0));
        if (!at_operator(p, ';'))
            break;
        next(p, true);
    }
    expect(p, ')', false);
    take_list(&items, node);
    return node;
}

static sw_node *transform(parser *p, sw_node *node)
{
    node->kind = SW_NODE_TRANSFORM;
    node->left = expression(p, 0);
    expect(p, '|', true);
    node->right = expression(p, 0);
    if (at_operator(p, ',')) {
        next(p, true);
        node->third = expression(p, 0);
    }
    expect(p, '|', true);
    return node;
}

static sw_node *operator_operand(parser *p, sw_node *node)
{
    switch (node->op) {
    case '[':
        return array(p, node);
    case '{':
        members(p, node);
        return node;
    case '(':
        return block(p, node);
    case '|':
        return transform(p, node);
    case '-':
        node->kind = SW_NODE_NEGATE;
        node->left = expression(p, 70);
        return node;
    case '*':
        node->kind = SW_NODE_WILDCARD;
        return node;
    case SW_OP_DESCENDANTS:
        node->kind = SW_NODE_DESCENDANTS;
        return node;
    case '%':
        node->kind = SW_NODE_PARENT;
        return node;
    case SW_OP_AND:
    case SW_OP_OR:
    case SW_OP_IN:
        node->kind = SW_NODE_OPERATOR;
        return node;
    default:
        sw_compile_fail(
            p->c, (sw_fault){.code = "S0211", .position = node->position, .token = node->value});
    }
}

static const sw_node_kind operand_kind[] = {
    [SW_TOKEN_END] = SW_NODE_END,       [SW_TOKEN_OPERATOR] = SW_NODE_OPERATOR,
    [SW_TOKEN_NAME] = SW_NODE_NAME,     [SW_TOKEN_VARIABLE] = SW_NODE_VARIABLE,
    [SW_TOKEN_STRING] = SW_NODE_STRING, [SW_TOKEN_NUMBER] = SW_NODE_NUMBER,
    [SW_TOKEN_VALUE] = SW_NODE_VALUE,   [SW_TOKEN_REGEX] = SW_NODE_REGEX,
};

static sw_node *operand(parser *p)
{
    sw_lexed token = p->token;
    sw_node *node = sw_node_new(p->c, operand_kind[token.kind], token.position);
    node->op = token.op;
    node->value = token.value;
    if (token.kind == SW_TOKEN_REGEX)
        node->op = (uint16_t)token.regex_flags;
    if (token.kind == SW_TOKEN_END)
        node->value = sw_token("(end)");
    else
        next(p, false); // as the reference, even behind a bracket: [/a/] is no regular expression
    return token.kind == SW_TOKEN_OPERATOR ? operator_operand(p, node) : node;
}

// Operators between and behind operands -----------------------------------------------------------

static void read_signature(parser *p, sw_node *lambda)
{
    uint32_t start = p->token.position;
    uint32_t first = start - 1; // of the text from the opening bracket on
    int      depth = 1;
    while (depth > 0 && !at_operator(p, '{') && p->token.kind != SW_TOKEN_END) {
        next(p, false);
        depth += at_operator(p, '<');
        depth -= at_operator(p, '>');
    }
    uint32_t end = p->token.position;
    expect(p, '>', false);
    sw_str text = {p->c->text.text + first, end - first};
    lambda->lambda->signature = sw_signature_parse(p->c, text, start);
}

static sw_node *lambda(parser *p, sw_node *node)
{
    node->kind = SW_NODE_LAMBDA;
    sw_lambda *function = node->lambda = SW_ARENA_NEW(p->c->arena, sw_lambda);
    function->parameters = SW_ARENA_ARRAY(p->c->arena, sw_str, node->count + 1);
    function->parameter_count = node->count;
    for (uint32_t i = 0; i < node->count; i++) {
        const sw_node *parameter = node->list[i];
        if (parameter->kind != SW_NODE_VARIABLE)
            sw_compile_fail(p->c, (sw_fault){.code = "S0208",
                                             .position = parameter->position,
                                             .token = parameter->value,
                                             .value = sw_number(i + 1)});
        function->parameters[i] = sw_node_text(parameter);
    }
    if (at_operator(p, '<'))
        read_signature(p, node);
    expect(p, '{', true);
    function->body = expression(p, 0);
    expect(p, '}', false);
    return node;
}

static bool is_placeholder(const parser *p)
{
    return at_operator(p, '?');
}

static void arguments(parser *p, sw_node *node)
{
    nodes items = {0};
    while (!at_operator(p, ')') || items.count > 0) {
        if (is_placeholder(p)) {
            node->kind = SW_NODE_PARTIAL;
            sw_node *hole = sw_node_new(p->c, SW_NODE_OPERATOR, p->token.position);
            hole->op = '?';
            hole->value = p->token.value;
            SW_PUSH(p->c->arena, &items, hole);
            next(p, false);
        } else {
            SW_PUSH(p->c->arena, &items, expression(p, 0));
        }
        if (!at_operator(p, ','))
            break;
        next(p, true);
    }
    expect(p, ')', false);
    take_list(&items, node);
}

static sw_node *call(parser *p, sw_node *node, sw_node *left)
{
    node->kind = SW_NODE_CALL;
    node->left = left;
    arguments(p, node);
    if (left->kind == SW_NODE_NAME &&
        (sw_str_is(sw_node_text(left), "function") || sw_str_is(sw_node_text(left), "\xce\xbb")))
        return lambda(p, node);
    return node;
}

static sw_node *filter(parser *p, sw_node *node, sw_node *left)
{
    if (at_operator(p, ']')) {
        sw_node *step = left;
        while (step->kind == SW_NODE_BINARY && step->op == '[')
            step = step->left;
        step->keep_array = true;
        next(p, false);
        return left;
    }
    node->left = left;
    node->right = expression(p, 0);
    expect(p, ']', false);
    return node;
}

static sw_node *order_by(parser *p, sw_node *node, sw_node *left)
{
    nodes items = {0};
    expect(p, '(', true);
    do {
        if (items.count > 0)
            next(p, true);
        bool descending = at_operator(p, '>');
        if (descending || at_operator(p, '<'))
            next(p, true);
        sw_node *term = sw_node_new(p->c, SW_NODE_SORT, p->token.position);
        term->descending = descending;
        term->left = expression(p, 0);
        SW_PUSH(p->c->arena, &items, term);
    } while (at_operator(p, ','));
    expect(p, ')', false);
    node->left = left;
    take_list(&items, node);
    return node;
}

static sw_node *assign(parser *p, sw_node *node, sw_node *left)
{
    if (left->kind != SW_NODE_VARIABLE)
        sw_compile_fail(
            p->c, (sw_fault){.code = "S0212", .position = left->position, .token = left->value});
    node->left = left;
    node->right = expression(p, 9);
    return node;
}

static sw_node *bind_step(parser *p, sw_node *node, sw_node *left)
{
    node->left = left;
    node->right = expression(p, 80);
    if (node->right->kind != SW_NODE_VARIABLE)
        sw_compile_fail(
            p->c,
            (sw_fault){.code = "S0214", .position = node->right->position, .token = node->value});
    return node;
}

static sw_node *condition(parser *p, sw_node *node, sw_node *left)
{
    node->kind = SW_NODE_CONDITION;
    node->left = left;
    node->right = expression(p, 0);
    if (at_operator(p, ':')) {
        next(p, true);
        node->third = expression(p, 0);
    }
    return node;
}

static sw_node *group(parser *p, sw_node *node, sw_node *left)
{
    sw_node *object = sw_node_new(p->c, SW_NODE_OBJECT, node->position);
    members(p, object);
    node->left = left;
    node->right = object;
    return node;
}

static sw_node *behind(parser *p, sw_node *left, unsigned power)
{
    sw_node *node = sw_node_new(p->c, SW_NODE_BINARY, p->token.position);
    node->op = p->token.op;
    node->value = p->token.value;
    next(p, true);
    switch (node->op) {
    case '(':
        return call(p, node, left);
    case '[':
        return filter(p, node, left);
    case '^':
        return order_by(p, node, left);
    case '{':
        return group(p, node, left);
    case '?':
        return condition(p, node, left);
    case '@':
    case '#':
        return bind_step(p, node, left);
    case SW_OP_ASSIGN:
        return assign(p, node, left);
    default:
        node->left = left;
        node->right = expression(p, power);
        return node;
    }
}

static sw_node *expression(parser *p, unsigned power)
{
    if (++p->c->depth > SW_NESTING_MAX)
        sw_compile_fail(p->c, (sw_fault){.code = "U1001",
                                         .position = p->token.position,
                                         .message = SW_STR("Expression is nested too deeply")});
    sw_node *left = operand(p);
    for (unsigned binding; (binding = binding_power(p)) > power;)
        left = behind(p, left, binding);
    p->c->depth--;
    return left;
}

sw_node *sw_parse(sw_compilation *c)
{
    parser p = {.c = c};
    next(&p, true);
    sw_node *root = expression(&p, 0);
    if (p.token.kind != SW_TOKEN_END)
        sw_compile_fail(
            c, (sw_fault){.code = "S0201", .position = p.token.position, .token = p.token.value});
    return root;
}
