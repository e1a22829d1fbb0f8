// decide_children.c: Parallel and Map: starting children and gathering their results.
//
// What children get is not in the events of their parent: it is worked out when they start, and
// again, with the same chance, when a replayed execution starts the rest of them.

#include "engine/engine.h"

#include "base/assert.h"

// Parallel ----------------------------------------------------------------------------------------

static const sw_payload *work_payload(sw_execution *x, const sw_frame *frame, sw_value work)
{
    sw_value input = frame->input->value;
    if (work.type == input.type && work.any == input.any && work.size == input.size)
        return frame->input;
    return sw_payload_of_value(x, work);
}

static bool branch_input(sw_execution *x, sw_frame *frame, sw_step *step)
{
    sw_value work;
    if (!sw_step_apply_input_path(step) || !sw_step_get_work_input(step, &work))
        return false;
    frame->parameters = work_payload(x, frame, work);
    return true;
}

void sw_decide_parallel_entered(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_step_begin(x, frame, &scope, &step);
    if (branch_input(x, frame, &step))
        sw_record_plain(x, SW_EVENT_PARALLEL_STATE_STARTED, frame);
    else
        sw_decide_fail(x, frame, &step);
}

// The same for all branches, so it is kept in the Parallel's frame.
static const sw_payload *get_branch_input(sw_execution *x, sw_frame *parallel)
{
    if (parallel->parameters == NULL) {
        sw_step        step;
        sw_frame_scope scope;
        sw_step_begin(x, parallel, &scope, &step);
        sw_chance_seed(&x->chance, x->options.seed, parallel->attempt);
        step.scope.now_ms = parallel->started_ms;
        bool ok = branch_input(x, parallel, &step);
        SW_ASSERT(ok); // it has been worked out before the branches started
    }
    return parallel->parameters;
}

// Map ---------------------------------------------------------------------------------------------

bool sw_decide_map_items(sw_execution *x, sw_frame *map, sw_step *step)
{
    if (map->items.type != SW_UNDEFINED)
        return true;
    sw_chance_seed(&x->chance, x->options.seed,
                   sw_frame_is_map_run(map) ? map->started : map->attempt);
    step->scope.now_ms = map->started_ms;
    bool ok = sw_map_get_items(step, &map->items);
    step->scope.now_ms = x->now_ms;
    return ok;
}

void sw_decide_map_entered(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    uint32_t       concurrency;
    sw_value       items = {.type = SW_UNDEFINED};
    bool           reads = frame->state->map.item_reader.type != SW_UNDEFINED;
    sw_step_begin(x, frame, &scope, &step);
    bool ok = sw_step_apply_input_path(&step) && sw_map_get_concurrency(&step, &concurrency);
    // As sw_decide_map_items will have it again
    sw_chance_seed(&x->chance, x->options.seed, x->event_count + 1);
    if (!ok || (!reads && !sw_map_get_items(&step, &items))) {
        sw_decide_fail(x, frame, &step);
        return;
    }
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_STATE_STARTED, frame);
    event->index = items.size; // aws: recorded; 0 with an ItemReader, which ItemsPath is nothing to
    event->concurrency = concurrency;
    sw_record_commit(x, event);
    frame->items = items;
}

// The whole state fails, not one iteration: what has been started below is given up.
static void fail_map(sw_execution *x, sw_frame *map, const sw_step *step)
{
    sw_decide_stop_children(x, map);
    sw_decide_fail(x, map, step);
}

void sw_decide_map_next(sw_execution *x, sw_frame *frame)
{
    if (frame->started == 0) { // aws: recorded; checked after MapStateStarted
        sw_step        step;
        sw_frame_scope scope;
        sw_value       count, percentage; // of no effect on an inline Map
        sw_step_begin(x, frame, &scope, &step);
        if (!sw_step_apply_input_path(&step) || !sw_map_get_tolerance(&step, &count, &percentage)) {
            fail_map(x, frame, &step);
            return;
        }
    }
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_ITERATION_STARTED, frame);
    event->index = frame->started;
    event->previous = frame->finished_previous;
    sw_record_commit(x, event);
}

static const sw_payload *get_item_input(sw_execution *x, sw_frame *iteration, sw_frame *map)
{
    if (map->state->map.item_selector == NULL && map->items.type == SW_ARRAY)
        return sw_payload_of_value(x, map->items.items[iteration->position]);
    sw_step        step;
    sw_frame_scope scope;
    sw_value       input;
    sw_step_begin(x, map, &scope, &step);
    if (sw_step_apply_input_path(&step) && sw_decide_map_items(x, map, &step)) {
        scope.item_index = iteration->position;
        scope.item = sw_value_at(map->items, iteration->position);
        sw_chance_seed(&x->chance, x->options.seed, x->event_count + 1);
        if (sw_map_get_item_input(&step, scope.item, &input))
            return sw_payload_of_value(x, input);
    }
    fail_map(x, map, &step);
    return NULL;
}

// Both --------------------------------------------------------------------------------------------

const sw_payload *sw_decide_child_input(sw_execution *x, sw_frame *child)
{
    sw_frame *parent = sw_frame_get(x, child->parent);
    if (parent->state->type == SW_STATE_MAP)
        return get_item_input(x, child, parent);
    return get_branch_input(x, parent);
}

void sw_decide_children_result(sw_execution *x, sw_frame *frame)
{
    sw_record_plain(x,
                    frame->state->type == SW_STATE_MAP ? SW_EVENT_MAP_STATE_SUCCEEDED
                                                       : SW_EVENT_PARALLEL_STATE_SUCCEEDED,
                    frame);
}
