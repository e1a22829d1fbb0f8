// path.c: walking along paths that bind no variables (tuple.c has the others).
//
//     a.b[c].d    the items so far -> each is the context of the next step -> its results in a row
//     -> ...
//
// An array among the results is taken apart, unless the step built it itself ([...]) or it is all
// the last step gave.

#include "query/jsonata/eval.h"

#include <math.h>
#include <stdlib.h>

// What a step is applied to.
typedef struct span {
    const sw_value *items;
    uint32_t        count;
} span;

// Names -------------------------------------------------------------------------------------------

static void add_found(sw_eval *ev, sw_list *list, sw_value v)
{
    if (v.type == SW_ARRAY)
        sw_list_push_all(ev, list, v.items, v.size);
    else if (v.type != SW_UNDEFINED)
        sw_list_push(ev, list, v);
}

static sw_value lookup(sw_eval *ev, sw_value v, sw_str name);

// What the items of an array have under that name, in a row.
static sw_value lookup_in_array(sw_eval *ev, sw_value array, sw_str name)
{
    sw_list list = {0};
    sw_check_stack(ev);
    for (uint32_t i = 0; i < array.size; i++) {
        if (array.items[i].type == SW_OBJECT)
            add_found(ev, &list, sw_member_get(array.items[i], name));
        else if (array.items[i].type == SW_ARRAY)
            add_found(ev, &list, lookup(ev, array.items[i], name));
    }
    return sw_list_finish(ev, &list);
}

static sw_value lookup(sw_eval *ev, sw_value v, sw_str name)
{
    if (v.type == SW_OBJECT)
        return sw_member_get(v, name);
    return v.type == SW_ARRAY ? lookup_in_array(ev, v, name) : sw_undefined();
}

sw_value sw_run_name(sw_eval *ev, const sw_node *node, sw_value input)
{
    return sw_collapse(lookup(ev, input, sw_node_text(node)));
}

// * and ** ----------------------------------------------------------------------------------------

static void add_flat(sw_eval *ev, sw_list *list, sw_value v)
{
    if (v.type != SW_ARRAY) {
        sw_list_push(ev, list, v);
        return;
    }
    sw_check_stack(ev);
    for (uint32_t i = 0; i < v.size; i++)
        add_flat(ev, list, v.items[i]);
}

sw_value sw_run_wildcard(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)node;
    sw_list list = {0};
    bool    plain = false; // an array among the values makes the result an ordinary array
    if (input.type == SW_ARRAY && (input.spare & SW_SPARE_WRAPPER) != 0)
        input = input.items[0];
    if (input.type != SW_ARRAY && input.type != SW_OBJECT)
        return sw_undefined();
    for (uint32_t i = 0; i < input.size; i++) {
        sw_value v = input.type == SW_ARRAY ? input.items[i] : sw_value_member(input, i);
        plain |= v.type == SW_ARRAY;
        add_flat(ev, &list, v);
    }
    return plain ? sw_list_array(ev, &list, 0) : sw_list_finish(ev, &list);
}

static void add_descendants(sw_eval *ev, sw_list *list, sw_value v)
{
    if (v.type != SW_ARRAY)
        sw_list_push(ev, list, v);
    if (v.type != SW_ARRAY && v.type != SW_OBJECT)
        return;
    sw_eval_step(ev);
    sw_check_stack(ev);
    for (uint32_t i = 0; i < v.size; i++)
        add_descendants(ev, list, v.type == SW_ARRAY ? v.items[i] : sw_value_member(v, i));
}

sw_value sw_run_descendants(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)node;
    sw_list list = {0};
    if (input.type != SW_UNDEFINED)
        add_descendants(ev, &list, input);
    return sw_list_finish(ev, &list);
}

// Predicates --------------------------------------------------------------------------------------

// The item an index means, counted from the end when negative; NULL when there is none.
static const sw_value *item_at(span items, double index)
{
    index = floor(index);
    if (index < 0)
        index += items.count;
    return index >= 0 && index < items.count ? &items.items[(uint32_t)index] : NULL;
}

// What an index selects: an array stays as it is.
static sw_value select_one(sw_eval *ev, span items, double index)
{
    const sw_value *item = item_at(items, index);
    if (item == NULL || item->type == SW_UNDEFINED)
        return sw_empty_array(SW_VALUE_SEQUENCE);
    (void)ev;
    return *item;
}

// A predicate's result that is a list of numbers selects by position.
static bool selects_by_position(sw_eval *ev, sw_value result)
{
    if (result.type != SW_ARRAY)
        return sw_is_numeric(ev, result);
    for (uint32_t i = 0; i < result.size; i++) {
        if (!sw_is_numeric(ev, result.items[i]))
            return false;
    }
    return true;
}

static uint32_t times_selected(sw_value positions, uint32_t index, uint32_t count)
{
    span     list = positions.type == SW_ARRAY ? (span){positions.items, positions.size}
                                               : (span){&positions, 1};
    uint32_t times = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        double position = floor(sw_double(list.items[i]));
        times += (position < 0 ? position + count : position) == index;
    }
    return times;
}

uint32_t sw_times_selected(sw_eval *ev, sw_value result, uint32_t index, uint32_t count)
{
    if (result.type == SW_BOOL)
        return result.size;
    return selects_by_position(ev, result) ? times_selected(result, index, count)
                                           : sw_truth(result);
}

static sw_value as_results(sw_eval *ev, sw_list *list)
{
    if (list->count == 1 && list->first.type != SW_ARRAY)
        return sw_list_items(list)[0];
    return sw_list_array(ev, list, SW_VALUE_SEQUENCE);
}

static int compare_indices(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// The predicate is the same for all items: evaluated once, its positions put in order.
static sw_value filter_fixed(sw_eval *ev, const sw_node *predicate, span items)
{
    sw_list  list = {0};
    sw_value result = predicate->run(ev, predicate, sw_undefined());
    if (!selects_by_position(ev, result)) {
        if (sw_truth(result))
            sw_list_push_all(ev, &list, items.items, items.count);
        return as_results(ev, &list);
    }
    span positions =
        result.type == SW_ARRAY ? (span){result.items, result.size} : (span){&result, 1};
    uint32_t *indices = SW_ARENA_ARRAY(ev->arena, uint32_t, positions.count + 1);
    uint32_t  count = 0;
    for (uint32_t i = 0; i < positions.count; i++) {
        const sw_value *item = item_at(items, sw_double(positions.items[i]));
        if (item != NULL)
            indices[count++] = (uint32_t)(item - items.items);
    }
    qsort(indices, count, sizeof *indices, compare_indices);
    for (uint32_t i = 0; i < count; i++)
        sw_list_push(ev, &list, items.items[indices[i]]);
    return as_results(ev, &list);
}

// The results of a predicate over items: one value, or a sequence to be taken apart.
static sw_value filter(sw_eval *ev, const sw_stage *stage, span items)
{
    const sw_node *predicate = stage->predicate;
    sw_list        list = {0};
    if (predicate->kind == SW_NODE_NUMBER && predicate->extra == NULL)
        return select_one(ev, items, predicate->value.number);
    if (stage->fixed && items.count > 0)
        return filter_fixed(ev, predicate, items);
    for (uint32_t i = 0; i < items.count; i++) {
        sw_value result = predicate->run(ev, predicate, items.items[i]);
        sw_eval_step(ev);
        if (result.type == SW_BOOL) {
            if (result.size != 0)
                sw_list_push(ev, &list, items.items[i]);
            continue;
        }
        for (uint32_t times = sw_times_selected(ev, result, i, items.count); times > 0; times--)
            sw_list_push(ev, &list, items.items[i]);
    }
    return as_results(ev, &list);
}

static span span_of(const sw_value *v)
{
    return v->type == SW_ARRAY ? (span){v->items, v->size} : (span){v, 1};
}

sw_value sw_filter_stage(sw_eval *ev, const sw_stage *stage, sw_value input)
{
    return filter(ev, stage, span_of(&input));
}

sw_value sw_run_decorated(sw_eval *ev, const sw_node *node, sw_value input)
{
    const sw_extra *extra = node->extra;
    sw_value        v = extra->run(ev, node, input);
    for (uint32_t i = 0; i < extra->predicates.count; i++)
        v = sw_filter_stage(ev, &extra->predicates.items[i], v);
    if (extra->group != NULL && node->kind != SW_NODE_PATH)
        v = sw_group(ev, extra->group, v, NULL);
    if (node->keep_array && extra->predicates.count > 0 && v.type != SW_ARRAY &&
        v.type != SW_UNDEFINED)
        v = sw_array_of_one(ev, v, SW_VALUE_SEQUENCE);
    if (node->keep_array && sw_is_sequence(v))
        v.flags |= SW_VALUE_KEEP;
    return sw_collapse(v);
}

// Steps -------------------------------------------------------------------------------------------

// Results of one step, as they come: arrays are taken apart, but for the only one of the last step.
typedef struct results {
    sw_list  list;
    sw_value lone; // the only result so far, when it is an array that may stay as it is
    uint32_t count;
    bool     last;
} results;

static void add_result(sw_eval *ev, results *r, sw_value v)
{
    if (r->count++ == 0 && r->last && v.type == SW_ARRAY && (v.flags & SW_VALUE_SEQUENCE) == 0) {
        r->lone = v;
        return;
    }
    if (r->lone.type != SW_UNDEFINED) {
        sw_value lone = r->lone;
        r->lone = sw_undefined();
        if ((lone.flags & SW_VALUE_CONS) != 0)
            sw_list_push(ev, &r->list, lone);
        else
            sw_list_push_all(ev, &r->list, lone.items, lone.size);
    }
    if (v.type != SW_ARRAY || (v.flags & SW_VALUE_CONS) != 0)
        sw_list_push(ev, &r->list, v);
    else
        sw_list_push_all(ev, &r->list, v.items, v.size);
}

static void run_plain_name(sw_eval *ev, const sw_node *step, span input, results *r)
{
    for (uint32_t i = 0; i < input.count; i++) {
        sw_value v = input.items[i];
        v = sw_collapse(v.type == SW_OBJECT ? sw_member_again(ev, step, v)
                                            : lookup(ev, v, sw_node_text(step)));
        if (v.type != SW_UNDEFINED)
            add_result(ev, r, v);
    }
}

static void run_step(sw_eval *ev, const sw_node *step, span input, results *r)
{
    if (step->run == sw_run_name && (step->extra == NULL || step->extra->stages.count == 0)) {
        run_plain_name(ev, step, input, r);
        return;
    }
    uint32_t stage_count = step->extra == NULL ? 0 : step->extra->stages.count;
    for (uint32_t i = 0; i < input.count; i++) {
        sw_value v = step->run(ev, step, input.items[i]);
        sw_eval_step(ev);
        for (uint32_t k = 0; k < stage_count; k++)
            v = sw_filter_stage(ev, &step->extra->stages.items[k], v);
        if (stage_count > 0 || v.type != SW_UNDEFINED)
            add_result(ev, r, v);
    }
}

static void run_sort(sw_eval *ev, const sw_node *step, span input, results *r)
{
    for (uint32_t i = 0; i < input.count; i++)
        sw_list_push(ev, &r->list, input.items[i]);
    if (input.count > 1) {
        sw_value *items = r->list.items;
        sw_sort_by_terms(ev, step, items, r->list.count);
    }
    if (step->extra == NULL)
        return;
    for (uint32_t k = 0; k < step->extra->stages.count; k++) {
        sw_value v = filter(ev, &step->extra->stages.items[k],
                            (span){sw_list_items(&r->list), r->list.count});
        r->list = (sw_list){0};
        if (v.type == SW_ARRAY)
            sw_list_push_all(ev, &r->list, v.items, v.size);
        else
            sw_list_push(ev, &r->list, v);
    }
}

// The value of a finished path before its group: a sequence, or an array as it was found.
static sw_value path_array(sw_eval *ev, const sw_node *node, results *r)
{
    bool     keep = node->keep_singleton || node->keep_array;
    sw_value v =
        r->lone.type != SW_UNDEFINED ? r->lone : sw_list_array(ev, &r->list, SW_VALUE_SEQUENCE);
    if (node->keep_singleton && (v.flags & (SW_VALUE_CONS | SW_VALUE_SEQUENCE)) == SW_VALUE_CONS)
        v = sw_array_of_one(ev, v, SW_VALUE_SEQUENCE);
    if (keep)
        v.flags |= SW_VALUE_KEEP;
    return v;
}

static sw_value finish_path(sw_eval *ev, const sw_node *node, results *r)
{
    bool group = node->extra != NULL && node->extra->group != NULL;
    if (group)
        return sw_group(ev, node->extra->group, path_array(ev, node, r), NULL);
    if (node->keep_singleton || node->keep_array)
        return sw_collapse(path_array(ev, node, r));
    return r->lone.type != SW_UNDEFINED ? r->lone : sw_list_finish(ev, &r->list);
}

// The input of the next step. A single item moves to *room, because the results are about to begin
// anew.
static span next_input(const results *r, sw_value *room)
{
    if (r->lone.type != SW_UNDEFINED)
        return (span){r->lone.items, r->lone.size};
    if (r->list.items != NULL)
        return (span){r->list.items, r->list.count};
    *room = r->list.first;
    return (span){room, r->list.count};
}

// An array constructor as the first step is given the whole context, not its items.
static void run_constructor(sw_eval *ev, const sw_node *step, sw_value input, results *r)
{
    sw_value context =
        input.type == SW_ARRAY ? input : sw_array_of_one(ev, input, SW_VALUE_SEQUENCE);
    sw_value v = step->run(ev, step, context);
    if (v.type == SW_ARRAY)
        r->lone = v;
    else if (v.type != SW_UNDEFINED) // a predicate behind it chose one item
        sw_list_push(ev, &r->list, v);
}

sw_value sw_run_path(sw_eval *ev, const sw_node *node, sw_value input)
{
    results  r = {0};
    sw_value room = input;
    span     items = node->list[0]->kind != SW_NODE_VARIABLE ? span_of(&room) : (span){&room, 1};
    for (uint32_t i = 0; i < node->count; i++) {
        const sw_node *step = node->list[i];
        r = (results){.last = i + 1 == node->count};
        if (i == 0 && step->cons_array)
            run_constructor(ev, step, input, &r);
        else if (step->kind == SW_NODE_SORT)
            run_sort(ev, step, items, &r);
        else
            run_step(ev, step, items, &r);
        if (r.list.count == 0 && (r.lone.type == SW_UNDEFINED || r.lone.size == 0))
            break;
        if (!r.last)
            items = next_input(&r, &room);
    }
    return finish_path(ev, node, &r);
}

// The rest of a path of names, from the i-th on, once an array has come.
static sw_value run_names_over_list(sw_eval *ev, const sw_node *node, uint32_t i, sw_value v)
{
    results r = {0};
    span    items = (v.flags & SW_VALUE_CONS) != 0 ? (span){&v, 1} : (span){v.items, v.size};
    for (; i < node->count && items.count > 0; i++) {
        r = (results){.last = i + 1 == node->count};
        run_plain_name(ev, node->list[i], items, &r);
        if (!r.last)
            items = next_input(&r, &v);
    }
    return items.count == 0 ? sw_undefined() : finish_path(ev, node, &r);
}

// a.b.c over objects, the path most often walked: no lists until an array comes.
sw_value sw_run_name_path(sw_eval *ev, const sw_node *node, sw_value input)
{
    uint32_t                i = 0;
    sw_value                v = input;
    const sw_jsonata_input *host = ev->input;
    if (node->states_member != 0 && host->states_member != NULL) {
        v = sw_read_states_member(host, node);
        i = 2;
    } else if (node->list[0]->kind == SW_NODE_VARIABLE) {
        v = node->list[i++]->run(ev, node->list[0], input);
    }
    for (; i < node->count && v.type == SW_OBJECT; i++)
        v = sw_collapse(sw_member_again(ev, node->list[i], v));
    if (i == node->count)
        return v;
    return v.type == SW_ARRAY ? run_names_over_list(ev, node, i, v) : sw_undefined();
}
