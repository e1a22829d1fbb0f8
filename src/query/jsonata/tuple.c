// tuple.c: paths that bind variables.
//
//     lines@$l.kinds[code = $l.kind].{...}
//
// From the first step that binds something (@, #, or a parent that % will ask for) on, the path
// carries tuples instead of items. A step is evaluated once for each tuple, with the tuple's
// variables in their slots, and makes one tuple of each of its results. A path inside whose
// parents are asked for from outside returns its tuples (sw_node.tuple), and they are merged into
// those of the path around it; both share one layout.

#include "query/jsonata/join.h"

static sw_value *add_tuple(sw_eval *ev, sw_tuples *tuples, const sw_value *from)
{
    if (tuples->count == tuples->capacity) {
        uint32_t  capacity = tuples->capacity == 0 ? 8 : tuples->capacity * 2;
        sw_value *cells = SW_ARENA_ARRAY(ev->arena, sw_value, (size_t)capacity * tuples->stride);
        if (tuples->count > 0)
            memcpy(cells, tuples->cells, (size_t)tuples->count * tuples->stride * sizeof *cells);
        tuples->cells = cells;
        tuples->capacity = capacity;
    }
    sw_value *tuple = sw_tuple_at(tuples, tuples->count++);
    memcpy(tuple, from, tuples->stride * sizeof *tuple);
    return tuple;
}

sw_frame *sw_tuple_enter(sw_eval *ev, const sw_node *path, const sw_value *tuple)
{
    sw_frame        *frame = ev->frame;
    const sw_layout *layout = path->layout;
    if (path->own_frame)
        ev->frame = sw_frame_push(ev, frame, layout->count, true);
    memcpy(&ev->frame->slots[layout->slot], tuple + 1, layout->count * sizeof *tuple);
    return frame;
}

// Starting ----------------------------------------------------------------------------------------

// The variables of a path inside another that shares its slots are what they are there, at first.
static void first_tuple(sw_eval *ev, const sw_node *path, sw_value *tuple)
{
    const sw_layout *layout = path->layout;
    for (uint32_t i = 0; i < layout->count; i++)
        tuple[i + 1] =
            path->tuple && !path->own_frame ? ev->frame->slots[layout->slot + i] : sw_unset();
}

static void start(sw_eval *ev, const sw_node *path, const sw_value *items, uint32_t count,
                  sw_tuples *tuples)
{
    uint32_t  stride = path->layout->count + 1;
    sw_value *tuple = SW_ARENA_ARRAY(ev->arena, sw_value, stride);
    first_tuple(ev, path, tuple);
    *tuples = (sw_tuples){.stride = stride};
    for (uint32_t i = 0; i < count; i++) {
        tuple[0] = items[i];
        add_tuple(ev, tuples, tuple);
    }
}

// Steps -------------------------------------------------------------------------------------------

static void merge_tuples(sw_eval *ev, const sw_value *tuple, const sw_tuples *inner, sw_tuples *out)
{
    for (uint32_t i = 0; i < inner->count; i++) {
        const sw_value *from = sw_tuple_at(inner, i);
        sw_value       *to = add_tuple(ev, out, tuple);
        for (uint32_t k = 0; k < inner->stride && k < out->stride; k++) {
            if (k == 0 || !sw_is_unset(from[k]))
                to[k] = from[k];
        }
    }
}

sw_value *sw_tuple_bind(sw_eval *ev, const sw_node *step, const sw_value *tuple, sw_value result,
                        uint32_t index, sw_tuples *out)
{
    sw_value       *to = add_tuple(ev, out, tuple);
    const sw_extra *extra = step->extra;
    if (extra != NULL && extra->focus_cell > 0)
        to[extra->focus_cell] = result;
    else
        to[0] = result;
    if (extra != NULL && extra->index_cell > 0)
        to[extra->index_cell] = sw_number(index);
    if (extra != NULL && extra->ancestor_cell > 0)
        to[extra->ancestor_cell] = tuple[0];
    return to;
}

static void run_for_tuple(sw_eval *ev, const sw_node *path, const sw_node *step,
                          const sw_value *tuple, sw_tuples *out)
{
    sw_frame *frame = sw_tuple_enter(ev, path, tuple);
    sw_value  v = step->run(ev, step, tuple[0]);
    ev->frame = frame;
    sw_eval_step(ev);
    if (sw_is_tuples(v)) {
        merge_tuples(ev, tuple, sw_value_tuples(v), out);
    } else if (v.type == SW_ARRAY) {
        for (uint32_t i = 0; i < v.size; i++)
            sw_tuple_bind(ev, step, tuple, v.items[i], i, out);
    } else if (v.type != SW_UNDEFINED) {
        sw_tuple_bind(ev, step, tuple, v, 0, out);
    }
}

// Stages ------------------------------------------------------------------------------------------

static void filter_by_number(sw_eval *ev, double position, const sw_tuples *in, sw_tuples *out)
{
    for (uint32_t i = 0; i < in->count; i++) {
        if (sw_times_selected(ev, sw_number(position), i, in->count) > 0)
            add_tuple(ev, out, sw_tuple_at(in, i));
    }
}

static void filter_tuples(sw_eval *ev, const sw_node *path, const sw_stage *stage,
                          sw_tuples *tuples)
{
    sw_tuples      out = {.stride = tuples->stride};
    const sw_node *predicate = stage->predicate;
    if (predicate->kind == SW_NODE_NUMBER && predicate->extra == NULL) {
        filter_by_number(ev, predicate->value.number, tuples, &out);
        *tuples = out;
        return;
    }
    for (uint32_t i = 0; i < tuples->count; i++) {
        const sw_value *tuple = sw_tuple_at(tuples, i);
        sw_frame       *frame = sw_tuple_enter(ev, path, tuple);
        sw_value        result = predicate->run(ev, predicate, tuple[0]);
        ev->frame = frame;
        sw_eval_step(ev);
        for (uint32_t times = sw_times_selected(ev, result, i, tuples->count); times > 0; times--)
            add_tuple(ev, &out, tuple);
    }
    *tuples = out;
}

static void run_stages(sw_eval *ev, const sw_node *path, const sw_node *step, uint32_t first,
                       sw_tuples *tuples)
{
    uint32_t count = step->extra == NULL ? 0 : step->extra->stages.count;
    for (uint32_t i = first; i < count; i++) {
        const sw_stage *stage = &step->extra->stages.items[i];
        if (stage->predicate != NULL) {
            filter_tuples(ev, path, stage, tuples);
            continue;
        }
        for (uint32_t k = 0; k < tuples->count; k++)
            sw_tuple_at(tuples, k)[stage->cell] = sw_number(k);
    }
}

static void run_sort(sw_eval *ev, const sw_node *path, const sw_node *step, bool first,
                     sw_tuples *tuples)
{
    if (tuples->count > 1)
        sw_sort_tuples(ev, step, tuples, path);
    if (first && step->extra != NULL && step->extra->index_cell > 0) {
        for (uint32_t i = 0; i < tuples->count; i++)
            sw_tuple_at(tuples, i)[step->extra->index_cell] = sw_number(i);
    }
    run_stages(ev, path, step, 0, tuples);
}

static void run_step(sw_eval *ev, const sw_node *path, const sw_node *step, sw_tuples *tuples)
{
    sw_tuples out = {.stride = tuples->stride};
    bool      join = sw_is_join(step);
    if (join)
        sw_join_run(ev, path, step, tuples, &out);
    for (uint32_t i = 0; !join && i < tuples->count; i++)
        run_for_tuple(ev, path, step, sw_tuple_at(tuples, i), &out);
    *tuples = out;
    run_stages(ev, path, step, join ? 1 : 0, tuples);
}

// The path ----------------------------------------------------------------------------------------

static sw_value items_of(sw_eval *ev, const sw_tuples *tuples)
{
    sw_list list = {0};
    for (uint32_t i = 0; i < tuples->count; i++)
        sw_list_push(ev, &list, sw_tuple_at(tuples, i)[0]);
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

static sw_value tuples_value(sw_eval *ev, const sw_tuples *tuples)
{
    sw_tuples *kept = sw_arena_alloc(ev->arena, sizeof *kept);
    *kept = *tuples;
    return (sw_value){.type = SW_ARRAY,
                      .flags = SW_VALUE_SEQUENCE | SW_VALUE_TUPLES,
                      .size = tuples->count,
                      .any = kept};
}

// Evaluates a part of the path that no tuple is there for: its variables have no values.
static sw_value run_unbound(sw_eval *ev, const sw_node *path, const sw_node *part, sw_value input)
{
    sw_value *tuple = SW_ARENA_ARRAY(ev->arena, sw_value, path->layout->count + 1);
    tuple[0] = sw_undefined();
    first_tuple(ev, path, tuple);
    sw_frame *frame = sw_tuple_enter(ev, path, tuple);
    sw_value  v =
        part->kind == SW_NODE_OBJECT ? sw_group(ev, part, input, NULL) : part->run(ev, part, input);
    ev->frame = frame;
    return v;
}

static sw_value finish(sw_eval *ev, const sw_node *path, const sw_tuples *tuples)
{
    if (tuples->count == 0 && path->extra != NULL && path->extra->group != NULL)
        return run_unbound(ev, path, path->extra->group, sw_undefined());
    if (path->extra != NULL && path->extra->group != NULL)
        return sw_group(ev, path->extra->group, tuples_value(ev, tuples), path);
    if (path->tuple)
        return tuples_value(ev, tuples);
    sw_value v = items_of(ev, tuples);
    if (path->keep_singleton || path->keep_array)
        v.flags |= SW_VALUE_KEEP;
    return sw_collapse(v);
}

// The steps before the first that binds something are an ordinary path, prepared by resolve.c.
sw_value sw_run_tuple_path(sw_eval *ev, const sw_node *path, sw_value input)
{
    const sw_value *items = &input;
    uint32_t        count = 1, i = 0;
    sw_tuples       tuples;
    if (input.type == SW_ARRAY && path->list[0]->kind != SW_NODE_VARIABLE) {
        items = input.items;
        count = input.size;
    }
    sw_value before = sw_undefined();
    if (path->left != NULL) {
        before = run_unbound(ev, path, path->left, input);
        i = path->left->count;
        items = before.type == SW_ARRAY ? before.items : &before;
        count = before.type == SW_ARRAY ? before.size : before.type != SW_UNDEFINED;
        if (count == 0 && (path->extra == NULL || path->extra->group == NULL))
            return sw_undefined();
    }
    bool first = true;
    start(ev, path, items, count, &tuples);
    for (; i < path->count; i++, first = false) {
        const sw_node *step = path->list[i];
        if (step->kind == SW_NODE_SORT)
            run_sort(ev, path, step, first, &tuples);
        else
            run_step(ev, path, step, &tuples);
    }
    return finish(ev, path, &tuples);
}
