// sort.c: stable sorting by merging, halves first, as the reference does it (the pairs compared
// are the same, so that a complaint about types names the same values).

#include "query/jsonata/text.h"
#include "query/jsonata/tuple.h"

#include <stdlib.h>

typedef struct element {
    sw_value key; // of the first term
    uint32_t index;
    uint32_t spare;
} element;

typedef struct sorter {
    sw_eval         *ev;
    const sw_node   *sort;
    const sw_value  *items; // without tuples
    const sw_tuples *tuples;
    const sw_node   *path;
    uint32_t         count;
    sw_value        *later_keys; // of the terms behind the first, when asked for; unset before
    sw_value         function;
} sorter;

typedef bool (*swaps)(sorter *s, const element *a, const element *b);

// Sorts elements; room has space for as many.
static void merge_sort(sorter *s, swaps swap, element *elements, uint32_t count, element *room)
{
    if (count < 2)
        return;
    uint32_t middle = count / 2;
    merge_sort(s, swap, elements, middle, room);
    merge_sort(s, swap, elements + middle, count - middle, room);
    memcpy(room, elements, middle * sizeof *room);
    uint32_t left = 0, right = middle, to = 0;
    while (left < middle && right < count)
        elements[to++] = swap(s, &room[left], &elements[right]) ? elements[right++] : room[left++];
    memcpy(elements + to, room + left, (middle - left) * sizeof *room);
}

static sw_value term_key(sorter *s, uint32_t index, uint32_t term)
{
    const sw_node *node = s->sort->list[term]->left;
    sw_eval_step(s->ev);
    if (s->tuples == NULL)
        return node->run(s->ev, node, s->items[index]);
    const sw_value *tuple = sw_tuple_at(s->tuples, index);
    sw_frame       *frame = sw_tuple_enter(s->ev, s->path, tuple);
    sw_value        key = node->run(s->ev, node, tuple[0]);
    s->ev->frame = frame;
    return key;
}

static sw_value later_key(sorter *s, uint32_t index, uint32_t term)
{
    if (s->later_keys == NULL) {
        size_t count = (size_t)s->count * (s->sort->count - 1);
        s->later_keys = SW_ARENA_ARRAY(s->ev->arena, sw_value, count);
        for (size_t i = 0; i < count; i++)
            s->later_keys[i] = sw_unset();
    }
    sw_value *slot = &s->later_keys[(size_t)index * (s->sort->count - 1) + term - 1];
    if (sw_is_unset(*slot))
        *slot = term_key(s, index, term);
    slot->spare = 0;
    return *slot;
}

static bool is_sortable(sw_value v)
{
    return v.type == SW_STRING || v.type == SW_NUMBER;
}

static int compare_keys(sorter *s, sw_value a, sw_value b)
{
    if (!is_sortable(a) || !is_sortable(b))
        sw_eval_fail_node(s->ev, "T2008", s->sort, is_sortable(a) ? b : a);
    if (a.type != b.type)
        sw_eval_fail(
            s->ev,
            (sw_fault){.code = "T2007", .position = s->sort->position, .value = a, .value2 = b});
    if (a.type == SW_STRING)
        return sw_text_compare(sw_value_str(a), sw_value_str(b));
    double x = sw_double(a), y = sw_double(b);
    return (x > y) - (x < y);
}

static bool swap_by_terms(sorter *s, const element *a, const element *b)
{
    for (uint32_t term = 0; term < s->sort->count; term++) {
        sw_value x = term == 0 ? a->key : later_key(s, a->index, term);
        sw_value y = term == 0 ? b->key : later_key(s, b->index, term);
        if (x.type == SW_UNDEFINED || y.type == SW_UNDEFINED) { // missing keys come last
            if (x.type == y.type)
                continue;
            return x.type == SW_UNDEFINED;
        }
        int order = compare_keys(s, x, y);
        if (order != 0)
            return s->sort->list[term]->descending ? order < 0 : order > 0;
    }
    return false;
}

static bool swap_up(sorter *s, const element *a, const element *b)
{
    (void)s;
    return a->key.number > b->key.number;
}

static bool swap_down(sorter *s, const element *a, const element *b)
{
    (void)s;
    return a->key.number < b->key.number;
}

static bool swap_texts(sorter *s, const element *a, const element *b)
{
    (void)s;
    return sw_text_compare(sw_value_str(a->key), sw_value_str(b->key)) > 0;
}

static bool js_truth(sw_value v)
{
    switch ((sw_type)v.type) {
    case SW_BOOL:
    case SW_NUMBER:
        return sw_truth(v);
    case SW_STRING:
        return v.size > 0;
    case SW_ARRAY:
    case SW_OBJECT:
    case SW_FUNCTION:
        return true;
    case SW_UNDEFINED:
    case SW_NULL:
        break;
    }
    return false;
}

static bool swap_by_function(sorter *s, const element *a, const element *b)
{
    sw_value arguments[SW_ARGUMENTS_MIN] = {a->key, b->key};
    return js_truth(sw_apply(s->ev, s->function, arguments, 2, sw_null()));
}

// Numbers are converted once, not at each comparison.
static bool make_numeric(element *elements, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (elements[i].key.type != SW_NUMBER)
            return false;
    }
    for (uint32_t i = 0; i < count; i++)
        elements[i].key = sw_number(sw_double(elements[i].key));
    return true;
}

static element *elements_new(sw_eval *ev, uint32_t count)
{
    return SW_ARENA_ARRAY(ev->arena, element, 2 * (size_t)count);
}

static element *order_by_terms(sorter *s)
{
    element *elements = elements_new(s->ev, s->count);
    for (uint32_t i = 0; i < s->count; i++)
        elements[i] = (element){.key = term_key(s, i, 0), .index = i};
    swaps swap = swap_by_terms;
    if (make_numeric(elements, s->count) && s->sort->count == 1)
        swap = s->sort->list[0]->descending ? swap_down : swap_up;
    merge_sort(s, swap, elements, s->count, elements + s->count);
    return elements;
}

void sw_sort_by_terms(sw_eval *ev, const sw_node *sort, sw_value *items, uint32_t count)
{
    sw_value *before = SW_ARENA_ARRAY(ev->arena, sw_value, count);
    memcpy(before, items, count * sizeof *items);
    sorter   s = {.ev = ev, .sort = sort, .items = before, .count = count};
    element *elements = order_by_terms(&s);
    for (uint32_t i = 0; i < count; i++)
        items[i] = before[elements[i].index];
}

void sw_sort_tuples(sw_eval *ev, const sw_node *sort, sw_tuples *tuples, const sw_node *path)
{
    sorter    s = {.ev = ev, .sort = sort, .tuples = tuples, .path = path, .count = tuples->count};
    element  *elements = order_by_terms(&s);
    sw_value *cells = SW_ARENA_ARRAY(ev->arena, sw_value, (size_t)tuples->count * tuples->stride);
    for (uint32_t i = 0; i < tuples->count; i++)
        memcpy(cells + (size_t)i * tuples->stride, sw_tuple_at(tuples, elements[i].index),
               tuples->stride * sizeof *cells);
    tuples->cells = cells;
    tuples->capacity = tuples->count;
}

void sw_sort_by_function(sw_eval *ev, sw_value function, sw_value *items, uint32_t count)
{
    sorter   s = {.ev = ev, .function = function, .count = count};
    element *elements = elements_new(ev, count);
    for (uint32_t i = 0; i < count; i++)
        elements[i] = (element){.key = items[i], .index = i};
    merge_sort(&s, swap_by_function, elements, count, elements + count);
    for (uint32_t i = 0; i < count; i++)
        items[i] = elements[i].key;
}

void sw_sort_plain(sw_eval *ev, sw_value *items, uint32_t count)
{
    sorter    s = {.ev = ev, .count = count};
    element  *elements = elements_new(ev, count);
    sw_value *before = SW_ARENA_ARRAY(ev->arena, sw_value, count);
    memcpy(before, items, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        elements[i] = (element){.key = items[i], .index = i};
    merge_sort(&s, make_numeric(elements, count) ? swap_up : swap_texts, elements, count,
               elements + count);
    for (uint32_t i = 0; i < count; i++)
        items[i] = before[elements[i].index];
}
