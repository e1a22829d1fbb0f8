// join.c: joins by hashing.
//
//     orders@$o.regions[code = $o.region]
//               |        |      '- sought: the same for all regions, evaluated once for each tuple
//               |        '- key: of a region alone, evaluated once for each region
//               '- the regions are the same for each order, as long as the context is
//
// The items of the step are put into a hash table by their keys the second time in a row that the
// context is the same. Where a key is neither a string nor a number, that context is joined by
// comparing.

#include "query/jsonata/join.h"

// Recognizing -------------------------------------------------------------------------------------

enum {
    USES_ITEM = 1,
    USES_OTHERS = 2,
    USES_MORE = 4, // something we do not follow
};

static unsigned uses_variable(const sw_node *node, const sw_node *step)
{
    sw_str name = sw_node_text(node);
    if (node->extra != NULL || node->keep_array)
        return USES_MORE;
    if (name.bytes == 0)
        return step->extra->focus.bytes > 0 ? USES_OTHERS : USES_ITEM;
    if (step->extra->focus.bytes > 0 && sw_str_equal(name, step->extra->focus))
        return USES_ITEM;
    return step->extra->index.bytes > 0 && sw_str_equal(name, step->extra->index) ? USES_MORE
                                                                                  : USES_OTHERS;
}

static unsigned uses_path(const sw_node *node, const sw_node *step)
{
    if (node->run != sw_run_name_path)
        return USES_MORE;
    if (node->list[0]->kind == SW_NODE_VARIABLE)
        return uses_variable(node->list[0], step);
    // A step that binds its focus leaves the context where it was.
    return step->extra->focus.bytes > 0 ? USES_OTHERS : USES_ITEM;
}

static unsigned uses(const sw_node *node, const sw_node *step)
{
    if (node->kind == SW_NODE_PATH)
        return uses_path(node, step);
    if (node->kind == SW_NODE_VARIABLE)
        return uses_variable(node, step);
    return node->run == sw_run_constant ? 0 : USES_MORE;
}

void sw_join_recognize(sw_node *step)
{
    sw_extra *extra = step->extra;
    if (step->kind != SW_NODE_NAME || extra == NULL || extra->stages.count == 0 ||
        extra->ancestor != NULL)
        return;
    const sw_node *equation = extra->stages.items[0].predicate;
    if (equation == NULL || equation->kind != SW_NODE_BINARY || equation->op != '=' ||
        equation->extra != NULL)
        return;
    unsigned left = uses(equation->left, step), right = uses(equation->right, step);
    if (left == USES_ITEM && (right & ~(unsigned)USES_OTHERS) == 0) {
        extra->join_key = equation->left;
        extra->join_sought = equation->right;
    } else if (right == USES_ITEM && (left & ~(unsigned)USES_OTHERS) == 0) {
        extra->join_key = equation->right;
        extra->join_sought = equation->left;
    }
}

// Joining -----------------------------------------------------------------------------------------

typedef struct join {
    sw_eval        *ev;
    const sw_node  *path, *step;
    sw_value        context; // whose items these are
    const sw_value *items;
    sw_value        single; // the only item
    uint32_t        count;
    bool            indexed, unindexable;
    sw_value       *keys;
    uint32_t       *slots, *next; // hash table of item numbers plus one; the next of the same slot
    uint32_t        slot_count;
} join;

static sw_value run_in_tuple(join *j, const sw_node *node, const sw_value *tuple)
{
    sw_frame *frame = sw_tuple_enter(j->ev, j->path, tuple);
    sw_value  v = node->run(j->ev, node, tuple[0]);
    j->ev->frame = frame;
    sw_eval_step(j->ev);
    return v;
}

// The value of node for one item, in a tuple that is given up again.
static sw_value run_for_item(join *j, const sw_node *node, const sw_value *tuple, uint32_t item)
{
    sw_tuples one = {.stride = j->path->layout->count + 1};
    return run_in_tuple(j, node, sw_tuple_bind(j->ev, j->step, tuple, j->items[item], item, &one));
}

static void build_index(join *j, const sw_value *tuple)
{
    j->keys = SW_ARENA_ARRAY(j->ev->arena, sw_value, j->count + 1);
    for (uint32_t i = 0; i < j->count; i++) {
        sw_value key = j->keys[i] = run_for_item(j, j->step->extra->join_key, tuple, i);
        j->unindexable |=
            key.type != SW_STRING && key.type != SW_NUMBER && key.type != SW_UNDEFINED;
    }
    for (j->slot_count = 16; j->slot_count < j->count * 2u && j->slot_count < 1u << 30;)
        j->slot_count *= 2;
    j->slots = sw_arena_zalloc(j->ev->arena, j->slot_count * sizeof *j->slots);
    j->next = SW_ARENA_ARRAY(j->ev->arena, uint32_t, j->count + 1);
    for (uint32_t i = j->count; i > 0; i--) { // backwards, so that each chain is in order
        uint32_t *slot = &j->slots[sw_hash_slot(sw_value_hash(j->keys[i - 1]), j->slot_count)];
        j->next[i - 1] = *slot;
        *slot = i;
    }
    j->indexed = true;
}

static void join_by_index(join *j, const sw_value *tuple, sw_tuples *out)
{
    sw_value sought = run_in_tuple(j, j->step->extra->join_sought, tuple);
    if (sought.type != SW_STRING && sought.type != SW_NUMBER)
        return;
    for (uint32_t i = j->slots[sw_hash_slot(sw_value_hash(sought), j->slot_count)]; i != 0;
         i = j->next[i - 1]) {
        if (sw_value_equal(j->keys[i - 1], sought))
            sw_tuple_bind(j->ev, j->step, tuple, j->items[i - 1], i - 1, out);
    }
}

static void join_by_comparing(join *j, const sw_value *tuple, sw_tuples *out)
{
    const sw_node *equation = j->step->extra->stages.items[0].predicate;
    for (uint32_t i = 0; i < j->count; i++) {
        sw_value *bound = sw_tuple_bind(j->ev, j->step, tuple, j->items[i], i, out);
        if (!sw_value_is_true(run_in_tuple(j, equation, bound)))
            out->count--;
    }
}

static bool same_context(sw_value a, sw_value b)
{
    return a.type == b.type && (a.type == SW_OBJECT || a.type == SW_ARRAY) && a.size == b.size &&
           a.items == b.items;
}

static void new_context(join *j, const sw_value *tuple)
{
    j->context = tuple[0];
    j->indexed = j->unindexable = false;
    j->single = run_in_tuple(j, j->step, tuple);
    j->items = j->single.type == SW_ARRAY ? j->single.items : &j->single;
    j->count = j->single.type == SW_ARRAY ? j->single.size : j->single.type != SW_UNDEFINED;
}

void sw_join_run(sw_eval *ev, const sw_node *path, const sw_node *step, const sw_tuples *tuples,
                 sw_tuples *out)
{
    join j = {.ev = ev, .path = path, .step = step};
    for (uint32_t i = 0; i < tuples->count; i++) {
        const sw_value *tuple = sw_tuple_at(tuples, i);
        if (i == 0 || !same_context(j.context, tuple[0]))
            new_context(&j, tuple);
        else if (!j.indexed)
            build_index(&j, tuple);
        if (j.indexed && !j.unindexable)
            join_by_index(&j, tuple, out);
        else
            join_by_comparing(&j, tuple, out);
    }
}
