// shape.c: from operators to paths.
//
//     a.b[c].d     binary nodes  ->  path: a, b with stage [c], d
//
// Works bottom up and in place: the nodes of the syntax tree become steps, their predicates stages.

#include "query/jsonata/ancestry.h"

#include <math.h>

static sw_node *shape(sw_compilation *c, sw_node *node);

static sw_node *path_of(sw_compilation *c, sw_node *first, uint32_t room)
{
    sw_node *path = sw_node_new(c, SW_NODE_PATH, first->position);
    path->list = SW_ARENA_ARRAY(c->arena, sw_node *, room);
    path->list[0] = first;
    path->count = 1;
    path->op = (uint16_t)room; // how many fit
    return path;
}

static void add_step(sw_compilation *c, sw_node *path, sw_node *step)
{
    if (path->count == path->op) {
        if (path->op > UINT16_MAX / 2)
            sw_compile_fail(c, (sw_fault){.code = "U1001",
                                          .position = step->position,
                                          .message = SW_STR("Path with too many steps")});
        sw_node **larger = SW_ARENA_ARRAY(c->arena, sw_node *, path->op * 2u);
        memcpy(larger, path->list, path->count * sizeof(sw_node *));
        path->list = larger;
        path->op = (uint16_t)(path->op * 2);
    }
    path->list[path->count++] = step;
}

static sw_node *last_step(sw_node *node)
{
    return node->kind == SW_NODE_PATH ? node->list[node->count - 1] : node;
}

// Literals as steps: a string is a name, anything else is refused.
static void check_step(sw_compilation *c, sw_node *path, sw_node *step)
{
    if (step->kind == SW_NODE_NUMBER || step->kind == SW_NODE_VALUE)
        sw_compile_fail(
            c, (sw_fault){.code = "S0213", .position = step->position, .value = step->value});
    if (step->kind == SW_NODE_STRING)
        step->kind = SW_NODE_NAME;
    path->keep_singleton |= step->keep_array;
}

// What stood behind a node applies to each of its results once it is a step.
static void predicates_to_stages(sw_node *step)
{
    if (step->extra == NULL || step->extra->predicates.count == 0)
        return;
    step->extra->stages = step->extra->predicates;
    step->extra->predicates = (sw_stages){0};
}

static sw_node *shape_dot(sw_compilation *c, sw_node *node)
{
    sw_node *left = shape(c, node->left);
    sw_node *path = left->kind == SW_NODE_PATH ? left : path_of(c, left, 4);
    if (left->kind == SW_NODE_PARENT)
        sw_ancestry_push(c, path, left);
    check_step(c, path, path->list[0]);
    sw_node *right = shape(c, node->right);
    if (right->kind == SW_NODE_PATH) {
        for (uint32_t i = 0; i < right->count; i++) {
            add_step(c, path, right->list[i]);
            check_step(c, path, right->list[i]);
        }
    } else {
        predicates_to_stages(right);
        add_step(c, path, right);
        check_step(c, path, right);
    }
    if (path->list[0]->kind == SW_NODE_ARRAY)
        path->list[0]->cons_array = true;
    if (last_step(path)->kind == SW_NODE_ARRAY)
        last_step(path)->cons_array = true;
    sw_ancestry_resolve(c, path);
    return path;
}

static sw_node *shape_predicate(sw_compilation *c, sw_node *node)
{
    sw_node  *result = shape(c, node->left);
    sw_node  *step = last_step(result);
    sw_extra *extra = sw_node_extra(c, step);
    if (extra->group != NULL)
        sw_compile_fail(c, (sw_fault){.code = "S0209", .position = node->position});
    sw_node *predicate = shape(c, node->right);
    sw_ancestry_predicate(c, step, predicate);
    sw_stages *stages = result->kind == SW_NODE_PATH ? &extra->stages : &extra->predicates;
    sw_stage   stage = {.predicate = predicate, .position = node->position};
    SW_PUSH(c->arena, stages, stage);
    return result;
}

static void shape_list(sw_compilation *c, sw_node *node, sw_node *owner)
{
    for (uint32_t i = 0; i < node->count; i++) {
        node->list[i] = shape(c, node->list[i]);
        if (owner != NULL)
            sw_ancestry_push(c, owner, node->list[i]);
    }
}

static sw_node *shape_group(sw_compilation *c, sw_node *node)
{
    sw_node  *result = shape(c, node->left);
    sw_extra *extra = sw_node_extra(c, result);
    if (extra->group != NULL)
        sw_compile_fail(c, (sw_fault){.code = "S0210", .position = node->position});
    shape_list(c, node->right, NULL);
    extra->group = node->right;
    return result;
}

static sw_node *shape_order(sw_compilation *c, sw_node *node)
{
    sw_node *left = shape(c, node->left);
    sw_node *path = left->kind == SW_NODE_PATH ? left : path_of(c, left, 2);
    sw_node *sort = sw_node_new(c, SW_NODE_SORT, node->position);
    sort->list = node->list;
    sort->count = node->count;
    for (uint32_t i = 0; i < sort->count; i++) {
        sort->list[i]->left = shape(c, sort->list[i]->left);
        sw_ancestry_push(c, sort, sort->list[i]->left);
    }
    add_step(c, path, sort);
    sw_ancestry_resolve(c, path);
    return path;
}

static sw_node *shape_focus(sw_compilation *c, sw_node *node)
{
    sw_node  *result = shape(c, node->left);
    sw_node  *step = last_step(result);
    sw_extra *extra = sw_node_extra(c, step);
    if (extra->stages.count > 0 || extra->predicates.count > 0)
        sw_compile_fail(c, (sw_fault){.code = "S0215", .position = node->position});
    if (step->kind == SW_NODE_SORT)
        sw_compile_fail(c, (sw_fault){.code = "S0216", .position = node->position});
    step->keep_array |= node->keep_array;
    extra->focus = sw_node_text(node->right);
    step->tuple = true;
    return result;
}

static sw_node *shape_index(sw_compilation *c, sw_node *node)
{
    sw_node *result = shape(c, node->left);
    if (result->kind != SW_NODE_PATH) {
        predicates_to_stages(result);
        result = path_of(c, result, 2);
    }
    sw_node  *step = last_step(result);
    sw_extra *extra = sw_node_extra(c, step);
    if (extra->stages.count == 0) {
        extra->index = sw_node_text(node->right);
    } else {
        sw_stage stage = {.index = sw_node_text(node->right), .position = node->position};
        SW_PUSH(c->arena, &extra->stages, stage);
    }
    step->tuple = true;
    return result;
}

static sw_node *shape_apply(sw_compilation *c, sw_node *node)
{
    node->kind = SW_NODE_APPLY;
    node->left = shape(c, node->left);
    node->right = shape(c, node->right);
    node->keep_array |= node->left->keep_array || node->right->keep_array;
    return node;
}

static void shape_part(sw_compilation *c, sw_node *node, sw_node **part)
{
    if (*part == NULL)
        return;
    *part = shape(c, *part);
    sw_ancestry_push(c, node, *part);
}

static sw_node *shape_binary(sw_compilation *c, sw_node *node)
{
    switch (node->op) {
    case '.':
        return shape_dot(c, node);
    case '[':
        return shape_predicate(c, node);
    case '{':
        return shape_group(c, node);
    case '^':
        return shape_order(c, node);
    case '@':
        return shape_focus(c, node);
    case '#':
        return shape_index(c, node);
    case SW_OP_CHAIN:
        return shape_apply(c, node);
    case SW_OP_ASSIGN:
        node->kind = SW_NODE_BIND;
        shape_part(c, node, &node->right);
        return node;
    default:
        shape_part(c, node, &node->left);
        shape_part(c, node, &node->right);
        return node;
    }
}

static sw_node *shape_negate(sw_compilation *c, sw_node *node)
{
    node->left = shape(c, node->left);
    if (node->left->kind == SW_NODE_NUMBER) {
        sw_node *number = node->left;
        number->value = sw_number(-number->value.number);
        return number;
    }
    sw_ancestry_push(c, node, node->left);
    return node;
}

static sw_node *shape_array(sw_compilation *c, sw_node *node)
{
    node->markers = SW_ARENA_ARRAY(c->arena, uint8_t, node->count + 1);
    shape_list(c, node, node);
    for (uint32_t i = 0; i < node->count; i++)
        node->markers[i] = node->list[i]->kind == SW_NODE_ARRAY;
    return node;
}

static sw_node *shape_block(sw_compilation *c, sw_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        sw_node *part = node->list[i] = shape(c, node->list[i]);
        sw_ancestry_push(c, node, part);
        if (part->cons_array || (part->kind == SW_NODE_PATH && part->list[0]->cons_array))
            node->cons_array = true;
    }
    return node;
}

static sw_node *shape_name(sw_compilation *c, sw_node *node)
{
    sw_node *path = path_of(c, node, 2);
    path->keep_singleton = node->keep_array;
    return path;
}

static sw_node *shape_operator(sw_compilation *c, sw_node *node)
{
    if (node->op != '?') { // and, or, in: names, where an operand is expected
        node->kind = SW_NODE_NAME;
        return shape_name(c, node);
    }
    return node;
}

static sw_node *shape_parent(sw_compilation *c, sw_node *node)
{
    sw_ancestor *ancestor = node->ancestor = SW_ARENA_NEW(c->arena, sw_ancestor);
    ancestor->level = 1;
    ancestor->label = sw_str_format(c->arena, "%%%u", c->labels++);
    return node;
}

static sw_node *shape_call(sw_compilation *c, sw_node *node)
{
    shape_list(c, node, node);
    node->left = shape(c, node->left);
    return node;
}

// A call with nothing left to do behind it need not come back.
static void mark_tail_calls(sw_node *node)
{
    if (node->kind == SW_NODE_CALL) {
        node->tail = !node->keep_array &&
                     (node->extra == NULL ||
                      (node->extra->predicates.count == 0 && node->extra->group == NULL));
    } else if (node->kind == SW_NODE_CONDITION) {
        if (node->extra != NULL && node->extra->predicates.count > 0)
            return;
        mark_tail_calls(node->right);
        if (node->third != NULL)
            mark_tail_calls(node->third);
    } else if (node->kind == SW_NODE_BLOCK && node->count > 0) {
        if (node->extra == NULL ||
            (node->extra->predicates.count == 0 && node->extra->group == NULL))
            mark_tail_calls(node->list[node->count - 1]);
    }
}

static sw_node *shape_lambda(sw_compilation *c, sw_node *node)
{
    node->lambda->body = shape(c, node->lambda->body);
    mark_tail_calls(node->lambda->body);
    return node;
}

static sw_node *shape_transform(sw_compilation *c, sw_node *node)
{
    node->left = shape(c, node->left);
    node->right = shape(c, node->right);
    if (node->third != NULL)
        node->third = shape(c, node->third);
    return node;
}

static sw_node *shape_kind(sw_compilation *c, sw_node *node)
{
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_BINARY:
        return shape_binary(c, node);
    case SW_NODE_NAME:
        return shape_name(c, node);
    case SW_NODE_PARENT:
        return shape_parent(c, node);
    case SW_NODE_NEGATE:
        return shape_negate(c, node);
    case SW_NODE_ARRAY:
        return shape_array(c, node);
    case SW_NODE_OBJECT:
        shape_list(c, node, node);
        return node;
    case SW_NODE_BLOCK:
        return shape_block(c, node);
    case SW_NODE_CONDITION:
        shape_part(c, node, &node->left);
        shape_part(c, node, &node->right);
        shape_part(c, node, &node->third);
        return node;
    case SW_NODE_CALL:
    case SW_NODE_PARTIAL:
        return shape_call(c, node);
    case SW_NODE_LAMBDA:
        return shape_lambda(c, node);
    case SW_NODE_TRANSFORM:
        return shape_transform(c, node);
    case SW_NODE_OPERATOR:
        return shape_operator(c, node);
    case SW_NODE_END:
        sw_compile_fail(
            c, (sw_fault){.code = "S0207", .position = node->position, .token = node->value});
    case SW_NODE_STRING:
    case SW_NODE_NUMBER:
    case SW_NODE_VALUE:
    case SW_NODE_VARIABLE:
    case SW_NODE_WILDCARD:
    case SW_NODE_DESCENDANTS:
    case SW_NODE_REGEX:
    case SW_NODE_BIND:
    case SW_NODE_APPLY:
    case SW_NODE_PATH:
    case SW_NODE_SORT:
        break;
    }
    return node;
}

static sw_node *shape(sw_compilation *c, sw_node *node)
{
    if (++c->depth > SW_TREE_HEIGHT_MAX)
        sw_compile_fail(c, (sw_fault){.code = "U1001",
                                      .position = node->position,
                                      .message = SW_STR("Expression is nested too deeply")});
    bool     keep = node->keep_array;
    sw_node *result = shape_kind(c, node);
    result->keep_array |= keep;
    c->depth--;
    return result;
}

sw_node *sw_shape(sw_compilation *c, sw_node *syntax)
{
    c->depth = 0;
    sw_node *root = shape(c, syntax);
    if (root->kind == SW_NODE_PARENT || (root->extra != NULL && root->extra->seeking.count > 0))
        sw_compile_fail(
            c, (sw_fault){.code = "S0217",
                          .position = root->kind == SW_NODE_PATH ? SW_NO_POSITION : root->position,
                          .token = sw_token(sw_node_kind_name(root))});
    return root;
}
