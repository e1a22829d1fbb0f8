// ancestry.c: walking back along a path from each % to the step whose parent it means.
//
//     Account.Order.Product.{ "order": %.OrderID }
//                   |                  '- seeks one step back: Product, whose input is the Order
//                   '- Product becomes a step that remembers its input under a hidden name
//
// % behind % seeks one level more. A block or a path inside is searched from its end.

#include "query/jsonata/ancestry.h"

static sw_ancestors *seeking_of(sw_compilation *c, sw_node *node)
{
    return &sw_node_extra(c, node)->seeking;
}

static void push_all(sw_compilation *c, sw_node *to, sw_node *from)
{
    sw_ancestors *target = seeking_of(c, to);
    if (from->extra != NULL) {
        for (uint32_t i = 0; i < from->extra->seeking.count; i++)
            SW_PUSH(c->arena, target, from->extra->seeking.items[i]);
    }
    if (from->kind == SW_NODE_PARENT)
        SW_PUSH(c->arena, target, from->ancestor);
}

static bool seeks(const sw_node *node)
{
    return node->kind == SW_NODE_PARENT || (node->extra != NULL && node->extra->seeking.count > 0);
}

void sw_ancestry_push(sw_compilation *c, sw_node *node, sw_node *value)
{
    if (seeks(value))
        push_all(c, node, value);
}

static void found(sw_compilation *c, sw_node *step, sw_ancestor *ancestor)
{
    sw_extra *extra = sw_node_extra(c, step);
    if (extra->ancestor != NULL)
        ancestor->same = extra->ancestor;
    else
        extra->ancestor = ancestor;
    step->tuple = true;
}

static const char *const kind_names[] = {
    [SW_NODE_NAME] = "name",           [SW_NODE_STRING] = "string",
    [SW_NODE_NUMBER] = "number",       [SW_NODE_VALUE] = "value",
    [SW_NODE_VARIABLE] = "variable",   [SW_NODE_WILDCARD] = "wildcard",
    [SW_NODE_PARENT] = "parent",       [SW_NODE_DESCENDANTS] = "descendant",
    [SW_NODE_REGEX] = "regex",         [SW_NODE_OPERATOR] = "operator",
    [SW_NODE_END] = "(end)",           [SW_NODE_BINARY] = "binary",
    [SW_NODE_NEGATE] = "unary",        [SW_NODE_ARRAY] = "unary",
    [SW_NODE_OBJECT] = "unary",        [SW_NODE_BLOCK] = "block",
    [SW_NODE_CONDITION] = "condition", [SW_NODE_BIND] = "bind",
    [SW_NODE_CALL] = "function",       [SW_NODE_PARTIAL] = "partial",
    [SW_NODE_LAMBDA] = "lambda",       [SW_NODE_APPLY] = "apply",
    [SW_NODE_TRANSFORM] = "transform", [SW_NODE_PATH] = "path",
    [SW_NODE_SORT] = "sort",
};

const char *sw_node_kind_name(const sw_node *node)
{
    return kind_names[node->kind];
}

static void seek(sw_compilation *c, sw_node *node, sw_ancestor *ancestor)
{
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_NAME:
    case SW_NODE_WILDCARD:
        if (--ancestor->level == 0)
            found(c, node, ancestor);
        return;
    case SW_NODE_PARENT:
        ancestor->level++;
        return;
    case SW_NODE_BLOCK:
        if (node->count > 0) {
            node->tuple = true;
            seek(c, node->list[node->count - 1], ancestor);
        }
        return;
    case SW_NODE_PATH:
        node->tuple = true;
        for (uint32_t i = node->count; i > 0 && (i == node->count || ancestor->level > 0); i--)
            seek(c, node->list[i - 1], ancestor);
        return;
    default:
        sw_compile_fail(c, (sw_fault){.code = "S0217",
                                      .position = node->position,
                                      .token = sw_token(sw_node_kind_name(node))});
    }
}

static bool binds_focus(const sw_node *step)
{
    return step->extra != NULL && step->extra->focus.bytes > 0;
}

static void resolve_one(sw_compilation *c, sw_node *path, sw_ancestor *ancestor)
{
    for (uint32_t index = path->count - 1; ancestor->level > 0;) {
        if (index == 0) {
            SW_PUSH(c->arena, seeking_of(c, path), ancestor);
            return;
        }
        sw_node *step = path->list[--index];
        // Steps in a row that bind the focus all have the same input.
        while (index > 0 && binds_focus(step) && binds_focus(path->list[index - 1]))
            step = path->list[--index];
        seek(c, step, ancestor);
    }
}

void sw_ancestry_resolve(sw_compilation *c, sw_node *path)
{
    sw_node *last = path->list[path->count - 1];
    if (!seeks(last))
        return;
    uint32_t count = last->extra != NULL ? last->extra->seeking.count : 0;
    for (uint32_t i = 0; i < count; i++)
        resolve_one(c, path, last->extra->seeking.items[i]);
    if (last->kind == SW_NODE_PARENT)
        resolve_one(c, path, last->ancestor);
}

void sw_ancestry_predicate(sw_compilation *c, sw_node *step, sw_node *predicate)
{
    if (predicate->extra != NULL) {
        for (uint32_t i = 0; i < predicate->extra->seeking.count; i++) {
            sw_ancestor *ancestor = predicate->extra->seeking.items[i];
            if (ancestor->level == 1)
                seek(c, step, ancestor);
            else
                ancestor->level--;
        }
    }
    sw_ancestry_push(c, step, predicate);
}
