// resolve.c: which slot each variable is in, and which function runs each node.
//
// A scope is a function, a block or a path that binds variables. Functions have frames of their
// own. Blocks and paths put their variables into the frame of the function around them, unless a
// function inside could keep them alive after they are left and entered again: then they have
// frames of their own as well, in the arena.
//
// A variable may be assigned to after it is read, or not at all, so a use lists every place it may
// be in, nearest first, and takes the first that is set.

#include "query/jsonata/ancestry.h"
#include "query/jsonata/eval.h"
#include "query/jsonata/join.h"
#include "query/jsonata/regex.h"

#include <math.h>

#define PLACES_MAX 16u

typedef struct frame_info {
    uint32_t slot_count;
} frame_info;

typedef struct name_slot {
    sw_str   name;
    uint16_t slot;
    bool     certain; // always has a value, be it undefined
} name_slot;

typedef struct scope {
    struct scope *outer;
    frame_info   *frame;
    bool          own_frame; // frame begins here
    name_slot    *items;
    uint32_t      count, capacity;
} scope;

typedef struct resolver {
    sw_compilation *c;
    scope          *scope;
    uint16_t        level;
    bool            at_top; // the context is the input document
    sw_node        *tuples; // the path around whose tuples an inner path shares
} resolver;

static void resolve(resolver *r, sw_node *node);

// What functions capture --------------------------------------------------------------------------

static bool captures(const sw_compilation *c, const sw_node *node);

static bool list_captures(const sw_compilation *c, const sw_node *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (captures(c, node->list[i]))
            return true;
    }
    return false;
}

static bool extra_captures(const sw_compilation *c, const sw_extra *extra)
{
    for (uint32_t i = 0; i < extra->predicates.count; i++) {
        if (captures(c, extra->predicates.items[i].predicate))
            return true;
    }
    for (uint32_t i = 0; i < extra->stages.count; i++) {
        if (captures(c, extra->stages.items[i].predicate))
            return true;
    }
    return captures(c, extra->group);
}

static bool captures(const sw_compilation *c, const sw_node *node)
{
    if (node == NULL)
        return false;
    if (node->kind == SW_NODE_LAMBDA || node->kind == SW_NODE_TRANSFORM || c->options.eval)
        return true;
    return captures(c, node->left) || captures(c, node->right) || captures(c, node->third) ||
           list_captures(c, node) || (node->extra != NULL && extra_captures(c, node->extra));
}

// Scopes ------------------------------------------------------------------------------------------

static uint16_t declare(resolver *r, sw_str name, bool certain)
{
    scope *s = r->scope;
    for (uint32_t i = 0; i < s->count && !certain; i++) {
        if (sw_str_equal(s->items[i].name, name))
            return s->items[i].slot;
    }
    if (s->frame->slot_count >= UINT16_MAX)
        sw_compile_fail(r->c, (sw_fault){.code = "U1001", .message = SW_STR("Too many variables")});
    name_slot item = {name, (uint16_t)s->frame->slot_count++, certain};
    SW_PUSH(r->c->arena, s, item);
    return item.slot;
}

static void declare_binds(resolver *r, const sw_node *node);

static void declare_in_list(resolver *r, const sw_node *node)
{
    for (uint32_t i = 0; i < node->count; i++)
        declare_binds(r, node->list[i]);
}

static void declare_in_extra(resolver *r, const sw_extra *extra)
{
    for (uint32_t i = 0; i < extra->predicates.count; i++)
        declare_binds(r, extra->predicates.items[i].predicate);
    for (uint32_t i = 0; i < extra->stages.count; i++)
        declare_binds(r, extra->stages.items[i].predicate);
    declare_binds(r, extra->group);
}

// Declares what := assigns to below node, but not in the scopes inside.
static void declare_binds(resolver *r, const sw_node *node)
{
    if (node == NULL || node->kind == SW_NODE_LAMBDA)
        return;
    if (node->kind == SW_NODE_BIND)
        declare(r, sw_node_text(node->left), false);
    if (node->extra != NULL)
        declare_in_extra(r, node->extra);
    if (node->kind == SW_NODE_BLOCK)
        return;
    declare_binds(r, node->left);
    declare_binds(r, node->right);
    declare_binds(r, node->third);
    declare_in_list(r, node);
}

static void enter_scope(resolver *r, scope *s, frame_info *own)
{
    *s = (scope){
        .outer = r->scope, .frame = own != NULL ? own : r->scope->frame, .own_frame = own != NULL};
    r->scope = s;
}

static void leave_scope(resolver *r)
{
    r->scope = r->scope->outer;
}

// Fills node->slots with the places a variable may be in; true when the last of them always has a
// value.
static bool find_places(resolver *r, sw_node *node, sw_str name)
{
    sw_slot  places[PLACES_MAX];
    uint16_t hops = 0;
    bool     certain = false;
    for (const scope *s = r->scope; s != NULL && !certain && node->slots_count < PLACES_MAX;
         s = s->outer) {
        for (uint32_t i = s->count; i > 0; i--) {
            if (sw_str_equal(s->items[i - 1].name, name)) {
                places[node->slots_count++] = (sw_slot){hops, s->items[i - 1].slot};
                certain = s->items[i - 1].certain;
                break;
            }
        }
        hops = (uint16_t)(hops + s->own_frame);
    }
    if (node->slots_count > 0) {
        node->slots = SW_ARENA_ARRAY(r->c->arena, sw_slot, node->slots_count);
        memcpy(node->slots, places, node->slots_count * sizeof *places);
    }
    return certain;
}

// Variables ---------------------------------------------------------------------------------------

static int32_t free_index(sw_compilation *c, sw_str name, bool always)
{
    uint32_t i = 0;
    while (i < c->free_count && !sw_str_equal(c->free_names[i].name, name))
        i++;
    if (i == c->free_count) {
        SW_MAKE_ROOM(c->arena, c->free_names, c->free_count, c->free_capacity, 4);
        c->free_names[c->free_count++] = (sw_free_name){.name = name};
    }
    c->free_names[i].always |= always;
    return (int32_t)i;
}

// The function of that name as a value, with its signature read.
static const sw_function *builtin_function(resolver *r, sw_str name)
{
    const sw_builtin *builtin = sw_builtin_find(name);
    if (builtin == NULL || (builtin->eval && !r->c->options.eval))
        return NULL;
    sw_function *function = SW_ARENA_NEW(r->c->arena, sw_function);
    function->kind = SW_FUNCTION_BUILTIN;
    function->builtin = builtin;
    function->signature = sw_signature_parse(r->c, sw_str_from(builtin->signature), 0);
    return function;
}

// Without an input document nothing may ask for it.
static void refuse_input(resolver *r, const sw_node *node, sw_value token)
{
    if (r->c->options.no_input && r->at_top)
        sw_compile_fail(r->c,
                        (sw_fault){.code = "S0600", .position = node->position, .token = token});
}

static void resolve_variable(resolver *r, sw_node *node)
{
    sw_str name = sw_node_text(node);
    node->free_index = -1;
    node->height = 1;
    if (name.bytes == 0 && !find_places(r, node, name)) {
        refuse_input(r, node, sw_token("$"));
        node->run = sw_run_context;
        return;
    }
    if (sw_str_is(name, "$")) {
        refuse_input(r, node, sw_token("$$"));
        node->run = sw_run_root;
        return;
    }
    if (find_places(r, node, name)) {
        node->run = node->slots_count == 1 ? sw_run_local : sw_run_variable;
        return;
    }
    node->function = builtin_function(r, name);
    node->free_index = free_index(r->c, name, node->slots_count == 0);
    r->c->states_whole |= node->slots_count == 0 && sw_str_is(name, "states");
    node->run = sw_run_variable;
}

static void resolve_parent(resolver *r, sw_node *node)
{
    refuse_input(r, node, sw_token("%"));
    sw_str label = sw_ancestor_label(node->ancestor);
    node->free_index = -1;
    node->height = 1;
    find_places(r, node, label);
    node->run = sw_run_variable;
}

// Parts -------------------------------------------------------------------------------------------

static uint16_t taller(uint16_t a, const sw_node *b)
{
    return b != NULL && b->height > a ? b->height : a;
}

static void resolve_part(resolver *r, sw_node *owner, sw_node *part)
{
    if (part == NULL)
        return;
    resolve(r, part);
    owner->height = taller(owner->height, part);
}

static void resolve_list(resolver *r, sw_node *node)
{
    for (uint32_t i = 0; i < node->count; i++)
        resolve_part(r, node, node->list[i]);
}

// A part whose context is no longer the input.
static void resolve_inside(resolver *r, sw_node *part)
{
    bool at_top = r->at_top;
    if (part == NULL)
        return;
    r->at_top = false;
    resolve(r, part);
    r->at_top = at_top;
}

// An object constructor behind something: its height does not count, it may see nothing.
static void resolve_group(resolver *r, sw_node *object)
{
    bool at_top = r->at_top;
    r->at_top = false;
    r->level++;
    for (uint32_t i = 0; i < object->count; i++)
        resolve(r, object->list[i]);
    r->level--;
    r->at_top = at_top;
}

// Whether a predicate gives the same for every item: literals, variables and what is calculated
// from them.
static bool is_fixed(const sw_node *node)
{
    if (node == NULL)
        return true;
    if (node->extra != NULL)
        return false;
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_STRING:
    case SW_NODE_NUMBER:
    case SW_NODE_VALUE:
        return true;
    case SW_NODE_VARIABLE:
        return node->run != sw_run_context;
    case SW_NODE_ARRAY:
        for (uint32_t i = 0; i < node->count; i++) {
            if (!is_fixed(node->list[i]))
                return false;
        }
        return true;
    case SW_NODE_BINARY:
    case SW_NODE_NEGATE:
    case SW_NODE_CONDITION:
        return is_fixed(node->left) && is_fixed(node->right) && is_fixed(node->third);
    case SW_NODE_NAME:
    case SW_NODE_WILDCARD:
    case SW_NODE_DESCENDANTS:
    case SW_NODE_PARENT:
    case SW_NODE_REGEX:
    case SW_NODE_OPERATOR:
    case SW_NODE_END:
    case SW_NODE_OBJECT:
    case SW_NODE_BLOCK:
    case SW_NODE_BIND:
    case SW_NODE_CALL:
    case SW_NODE_PARTIAL:
    case SW_NODE_LAMBDA:
    case SW_NODE_APPLY:
    case SW_NODE_TRANSFORM:
    case SW_NODE_PATH:
    case SW_NODE_SORT:
        break;
    }
    return false;
}

static void resolve_stages(resolver *r, sw_stages *stages)
{
    for (uint32_t i = 0; i < stages->count; i++) {
        resolve_inside(r, stages->items[i].predicate);
        stages->items[i].fixed =
            stages->items[i].predicate != NULL && is_fixed(stages->items[i].predicate);
    }
}

// Folding -----------------------------------------------------------------------------------------

static bool is_number_literal(const sw_node *node)
{
    return node->run == sw_run_constant && node->value.type == SW_NUMBER;
}

static double calculate(uint16_t op, double a, double b)
{
    switch (op) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    case '%':
        return fmod(a, b);
    default:
        return NAN;
    }
}

// Arithmetic on literals is done now, unless it fails: then it fails when evaluated.
static void fold(sw_node *node)
{
    if (node->extra != NULL || node->keep_array || !is_number_literal(node->left) ||
        !is_number_literal(node->right))
        return;
    double result = calculate(node->op, node->left->value.number, node->right->value.number);
    if (!isfinite(result))
        return;
    node->run = sw_run_constant;
    node->value = sw_number(result);
}

static void fold_block(sw_node *node)
{
    if (node->count != 1 || node->list[0]->run != sw_run_constant || node->extra != NULL)
        return;
    node->run = sw_run_constant;
    node->value = node->list[0]->value;
}

// Paths -------------------------------------------------------------------------------------------

static bool binds(const sw_node *path)
{
    for (uint32_t i = 0; i < path->count; i++) {
        if (path->list[i]->tuple)
            return true;
    }
    return false;
}

static int32_t cell_of(resolver *r, sw_layout *layout, sw_str name)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        if (sw_str_equal(layout->names[i], name))
            return (int32_t)i + 1;
    }
    SW_MAKE_ROOM(r->c->arena, layout->names, layout->count, layout->capacity, 4);
    layout->names[layout->count++] = name;
    return (int32_t)layout->count;
}

static void collect(resolver *r, sw_layout *layout, sw_node *node);

static void collect_step(resolver *r, sw_layout *layout, sw_node *step)
{
    sw_extra *extra = step->extra;
    if (extra != NULL) {
        extra->focus_cell = extra->focus.bytes > 0 ? cell_of(r, layout, extra->focus) : 0;
        extra->index_cell = extra->index.bytes > 0 ? cell_of(r, layout, extra->index) : 0;
        extra->ancestor_cell =
            extra->ancestor != NULL ? cell_of(r, layout, sw_ancestor_label(extra->ancestor)) : 0;
        for (uint32_t i = 0; i < extra->stages.count; i++) {
            if (extra->stages.items[i].predicate == NULL)
                extra->stages.items[i].cell = cell_of(r, layout, extra->stages.items[i].index);
        }
    }
    if (step->kind == SW_NODE_BLOCK)
        collect(r, layout, step);
}

// The names bound by a path, and by the paths at the end of blocks in it that hand their tuples on.
static void collect(resolver *r, sw_layout *layout, sw_node *node)
{
    if (node->kind == SW_NODE_PATH) {
        for (uint32_t i = 0; i < node->count; i++)
            collect_step(r, layout, node->list[i]);
    } else if (node->kind == SW_NODE_BLOCK && node->tuple && node->count > 0) {
        sw_node *last = node->list[node->count - 1];
        if (last->tuple)
            collect(r, layout, last);
    }
}

static void lay_out(resolver *r, sw_node *path)
{
    const sw_node *around = path->tuple ? r->tuples : NULL;
    path->layout = SW_ARENA_NEW(r->c->arena, sw_layout);
    if (around != NULL) { // the same cells, so that its tuples can be merged into those around
        *path->layout = *around->layout;
        path->own_frame = around->own_frame;
    } else {
        collect(r, path->layout, path);
        path->own_frame = captures(r->c, path);
    }
}

static void declare_layout(resolver *r, sw_node *path, bool shared)
{
    sw_layout *layout = path->layout;
    if (!shared || path->own_frame)
        layout->slot = (uint16_t)r->scope->frame->slot_count;
    if (!shared || path->own_frame) {
        for (uint32_t i = 0; i < layout->count; i++)
            declare(r, layout->names[i], false);
    }
}

// In the order of sw_jsonata_states_member, from 1; 0: AWS has none of that name.
static uint8_t states_member(sw_str name)
{
    static const char *const names[] = {"input", "result", "errorOutput", "context"};
    for (uint8_t i = 0; i < 4; i++) {
        if (sw_str_is(name, names[i]))
            return (uint8_t)(i + 1);
    }
    return 0;
}

static void resolve_first_step(resolver *r, sw_node *path)
{
    sw_node *first = path->list[0];
    bool     whole = r->c->states_whole;
    resolve_part(r, path, first);
    if (first->kind == SW_NODE_VARIABLE && path->count > 1 && path->list[1]->kind == SW_NODE_NAME &&
        first->slots_count == 0 && sw_str_is(sw_node_text(first), "states")) {
        SW_PUSH(r->c->arena, &r->c->states, sw_node_text(path->list[1]));
        path->states_member = states_member(sw_node_text(path->list[1]));
        r->c->states_whole = whole;
    }
}

static void resolve_steps(resolver *r, sw_node *path)
{
    bool at_top = r->at_top;
    for (uint32_t i = 0; i < path->count; i++) {
        sw_node *step = path->list[i];
        if (i == 0)
            resolve_first_step(r, path);
        else
            resolve(r, step);
        r->at_top = false;
        if (step->extra != NULL)
            resolve_stages(r, &step->extra->stages);
    }
    r->at_top = at_top;
    if (path->extra != NULL && path->extra->group != NULL)
        resolve_group(r, path->extra->group);
}

// A step that reads one member and nothing else.
static bool is_plain_name(const sw_node *step)
{
    return step->kind == SW_NODE_NAME && step->run == sw_run_name &&
           (step->extra == NULL || (step->extra->stages.count == 0 && step->extra->group == NULL));
}

static bool is_plain_variable(const sw_node *step)
{
    return step->kind == SW_NODE_VARIABLE && !step->keep_array &&
           (step->extra == NULL || step->extra->stages.count == 0);
}

static sw_node_run path_run(const sw_node *path)
{
    if (path->keep_singleton || path->keep_array ||
        (path->extra != NULL && path->extra->group != NULL) || path->list[0]->cons_array)
        return sw_run_path;
    for (uint32_t i = 0; i < path->count; i++) {
        if (!is_plain_name(path->list[i]) && (i > 0 || !is_plain_variable(path->list[0])))
            return sw_run_path;
    }
    return sw_run_name_path;
}

// The steps before the first one that binds something, as a path of their own.
static sw_node *path_before(resolver *r, const sw_node *path)
{
    uint32_t count = 0;
    while (!path->list[count]->tuple)
        count++;
    if (count == 0)
        return NULL;
    sw_node *before = sw_node_new(r->c, SW_NODE_PATH, path->position);
    before->list = path->list;
    before->count = count;
    before->run = path_run(before);
    return before;
}

static void resolve_tuple_path(resolver *r, sw_node *path)
{
    scope      s;
    frame_info frame = {0};
    sw_node   *around = r->tuples;
    bool       shared = path->tuple && around != NULL;
    lay_out(r, path);
    enter_scope(r, &s, path->own_frame ? &frame : NULL);
    declare_layout(r, path, shared);
    r->tuples = path;
    resolve_steps(r, path);
    r->tuples = around;
    leave_scope(r);
    for (uint32_t i = 0; i < path->count; i++)
        sw_join_recognize(path->list[i]);
    path->left = path_before(r, path);
    path->run = sw_run_tuple_path;
}

static void resolve_path(resolver *r, sw_node *path)
{
    path->height = 0;
    if (binds(path)) {
        resolve_tuple_path(r, path);
    } else {
        resolve_steps(r, path);
        path->run = path_run(path);
    }
}

static void resolve_sort(resolver *r, sw_node *node)
{
    for (uint32_t i = 0; i < node->count; i++)
        resolve_inside(r, node->list[i]->left);
}

// Blocks and functions ----------------------------------------------------------------------------

static void resolve_block(resolver *r, sw_node *node)
{
    scope      s;
    frame_info frame = {0};
    scope      trial = {.outer = r->scope, .frame = &frame};
    r->scope = &trial; // is anything assigned to in it?
    declare_in_list(r, node);
    r->scope = trial.outer;
    node->run = sw_run_block;
    if (trial.count == 0) {
        resolve_list(r, node);
        fold_block(node);
        return;
    }
    node->own_frame = list_captures(r->c, node);
    frame = (frame_info){0};
    enter_scope(r, &s, node->own_frame ? &frame : NULL);
    node->reset_first = (uint16_t)s.frame->slot_count;
    declare_in_list(r, node);
    node->reset_count = (uint16_t)s.count;
    resolve_list(r, node);
    leave_scope(r);
    node->slot_count = (uint16_t)frame.slot_count;
}

static void resolve_bind(resolver *r, sw_node *node)
{
    resolve_part(r, node, node->right);
    find_places(r, node, sw_node_text(node->left));
    node->run = sw_run_bind;
}

static void resolve_lambda(resolver *r, sw_node *node)
{
    sw_lambda *lambda = node->lambda;
    scope      s;
    frame_info frame = {0};
    resolver   outer = *r;
    enter_scope(r, &s, &frame);
    for (uint32_t i = 0; i < lambda->parameter_count; i++)
        declare(r, lambda->parameters[i], true);
    if (lambda->body->kind != SW_NODE_BLOCK)
        declare_binds(r, lambda->body);
    r->level = 0;
    r->at_top = false;
    r->tuples = NULL;
    resolve(r, lambda->body);
    *r = outer;
    lambda->slot_count = frame.slot_count;
    lambda->captured = captures(r->c, lambda->body);
    lambda->height = lambda->body->height;
    node->run = sw_run_lambda;
}

static void resolve_call(resolver *r, sw_node *node)
{
    const sw_node *procedure = node->left;
    if (procedure->kind == SW_NODE_PATH && procedure->list[0]->kind == SW_NODE_NAME) {
        sw_node probe = {0};
        sw_str  name = sw_node_text(procedure->list[0]);
        find_places(r, &probe, name);
        node->known = probe.slots_count > 0 || sw_builtin_find(name) != NULL;
    }
    bool at_top = r->at_top;
    if (node->known)
        r->at_top = false; // the better error comes when it is called
    resolve_part(r, node, node->left);
    r->at_top = at_top;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->list[i]->kind != SW_NODE_OPERATOR)
            resolve_part(r, node, node->list[i]);
    }
    node->run = node->kind == SW_NODE_CALL ? sw_run_call : sw_run_partial;
}

static void resolve_transform(resolver *r, sw_node *node)
{
    resolve_inside(r, node->left);
    resolve_inside(r, node->right);
    resolve_inside(r, node->third);
    find_places(r, node, SW_STR("clone"));
    node->run = sw_run_transform;
}

static void resolve_binary(resolver *r, sw_node *node)
{
    resolve_part(r, node, node->left);
    uint16_t height = node->height;
    resolve_part(r, node, node->right);
    node->run = sw_operator_run(node->op);
    if (node->op == SW_OP_AND || node->op == SW_OP_OR || node->op == SW_OP_DEFAULT ||
        node->op == SW_OP_COALESCE)
        node->height = height; // the right side may never be looked at
    else
        fold(node);
}

static void resolve_condition(resolver *r, sw_node *node)
{
    resolve_part(r, node, node->left);
    uint16_t height = node->height;
    resolve_part(r, node, node->right);
    resolve_part(r, node, node->third);
    uint16_t least = node->third == NULL                         ? 0
                     : node->third->height < node->right->height ? node->third->height
                                                                 : node->right->height;
    node->height = least > height ? least : height;
    node->run = sw_run_condition;
}

static void resolve_regex(resolver *r, sw_node *node)
{
    unsigned flags =
        (node->op & 1u ? SW_REGEX_IGNORE_CASE : 0u) | (node->op & 2u ? SW_REGEX_LINES : 0u);
    node->regex = sw_regex_compile(r->c, sw_node_text(node), flags, node->position);
    node->run = sw_run_regex;
}

static void resolve_object(resolver *r, sw_node *node)
{
    resolve_list(r, node);
    node->run = sw_run_object;
}

static void resolve_kind(resolver *r, sw_node *node)
{
    switch ((sw_node_kind)node->kind) {
    case SW_NODE_NAME:
        refuse_input(r, node, node->value);
        node->run = sw_run_name;
        break;
    case SW_NODE_STRING:
    case SW_NODE_NUMBER:
    case SW_NODE_VALUE:
        node->run = sw_run_constant;
        break;
    case SW_NODE_VARIABLE:
        resolve_variable(r, node);
        return; // its own height
    case SW_NODE_PARENT:
        resolve_parent(r, node);
        return;
    case SW_NODE_WILDCARD:
        refuse_input(r, node, sw_token("*"));
        node->run = sw_run_wildcard;
        break;
    case SW_NODE_DESCENDANTS:
        refuse_input(r, node, sw_token("**"));
        node->run = sw_run_descendants;
        break;
    case SW_NODE_REGEX:
        resolve_regex(r, node);
        break;
    case SW_NODE_BINARY:
        resolve_binary(r, node);
        break;
    case SW_NODE_NEGATE:
        resolve_part(r, node, node->left);
        node->run = sw_run_negate;
        break;
    case SW_NODE_ARRAY:
        resolve_list(r, node);
        node->run = sw_run_array;
        break;
    case SW_NODE_OBJECT:
        resolve_object(r, node);
        break;
    case SW_NODE_BLOCK:
        resolve_block(r, node);
        break;
    case SW_NODE_CONDITION:
        resolve_condition(r, node);
        break;
    case SW_NODE_BIND:
        resolve_bind(r, node);
        break;
    case SW_NODE_CALL:
    case SW_NODE_PARTIAL:
        resolve_call(r, node);
        break;
    case SW_NODE_LAMBDA:
        resolve_lambda(r, node);
        break;
    case SW_NODE_APPLY:
        resolve_part(r, node, node->left);
        resolve_part(r, node, node->right);
        node->run = sw_run_apply;
        break;
    case SW_NODE_TRANSFORM:
        resolve_transform(r, node);
        break;
    case SW_NODE_PATH:
        resolve_path(r, node);
        break;
    case SW_NODE_SORT:
        resolve_sort(r, node);
        break;
    case SW_NODE_OPERATOR:
    case SW_NODE_END:
        break; // nothing evaluates them
    }
    node->height++;
}

// Predicates, a group and [] behind a node run after it. A path takes care of its own.
static void decorate(resolver *r, sw_node *node)
{
    sw_extra *extra = node->extra;
    bool      plain = extra == NULL || (extra->predicates.count == 0 &&
                                   (extra->group == NULL || node->kind == SW_NODE_PATH));
    if (extra != NULL) {
        resolve_stages(r, &extra->predicates);
        if (extra->group != NULL && node->kind != SW_NODE_PATH)
            resolve_group(r, extra->group);
    }
    bool keeps = node->keep_array && node->kind != SW_NODE_PATH && node->kind != SW_NODE_NAME;
    if (plain && !keeps)
        return;
    sw_node_extra(r->c, node)->run = node->run;
    node->run = sw_run_decorated;
}

static void resolve(resolver *r, sw_node *node)
{
    if (r->level >= SW_TREE_HEIGHT_MAX)
        sw_compile_fail(r->c, (sw_fault){.code = "U1001",
                                         .position = node->position,
                                         .message = SW_STR("Expression is nested too deeply")});
    node->level = ++r->level;
    resolve_kind(r, node);
    decorate(r, node);
    r->level--;
}

void sw_resolve(sw_compilation *c, sw_node *root)
{
    resolver   r = {.c = c, .at_top = true};
    scope      s = {0};
    frame_info frame = {0};
    s.frame = &frame;
    s.own_frame = true;
    r.scope = &s;
    if (root->kind != SW_NODE_BLOCK)
        declare_binds(&r, root);
    resolve(&r, root);
    c->root_slots = frame.slot_count;
    c->root_captured = captures(c, root);
}
