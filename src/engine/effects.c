// effects.c: what the caller shall do once the events are safe.

#include "engine/engine.h"

#include "base/grow.h"

static sw_effect *add(sw_execution *x, sw_effect_kind kind)
{
    SW_MAKE_ROOM(&x->arena, x->effects, x->effect_count, x->effect_capacity, 4);
    sw_effect *effect = &x->effects[x->effect_count++];
    *effect = (sw_effect){.kind = kind};
    return effect;
}

static void describe_map_run(sw_effect *effect, const sw_frame *frame)
{
    effect->task = (sw_task_ref){frame->id, frame->attempt};
    effect->task_kind = SW_TASK_MAP_RUN;
    effect->state_name = frame->state->name;
    effect->resource = sw_str_from(frame->role);
    effect->parameters = frame->parameters;
    effect->submitted = frame->submitted;
    effect->item_count = frame->items.size;
    effect->express = frame->state->map.execution_type == SW_EXPRESS;
}

static void describe_task(sw_effect *effect, const sw_frame *frame)
{
    if (sw_frame_is_map_run(frame)) {
        describe_map_run(effect, frame);
        return;
    }
    static const sw_task_kind kinds[] = {[SW_RESOURCE_LAMBDA] = SW_TASK_LAMBDA,
                                         [SW_RESOURCE_ACTIVITY] = SW_TASK_ACTIVITY,
                                         [SW_RESOURCE_SERVICE] = SW_TASK_SERVICE};
    const sw_task            *task = &frame->state->task;
    effect->task = (sw_task_ref){frame->id, frame->attempt};
    effect->task_kind = kinds[task->kind];
    effect->state_name = frame->state->name;
    effect->resource = task->arn;
    effect->resource_type = task->resource_type;
    effect->action = task->resource;
    effect->waits_for_token = task->pattern == SW_PATTERN_WAIT_FOR_TASK_TOKEN;
}

static void start_map_run(sw_execution *x, sw_frame *frame)
{
    sw_decide_map_run_items(x, frame);
    sw_effect *effect = add(x, SW_EFFECT_START_MAP_RUN);
    describe_map_run(effect, frame);
    effect->interrupted = x->replaying;
}

void sw_effect_start_child(sw_execution *x, const sw_frame *frame, uint32_t first, uint32_t count,
                           const sw_payload *input)
{
    sw_effect *effect = add(x, SW_EFFECT_START_CHILD);
    describe_map_run(effect, frame);
    effect->first = first;
    effect->item_count = count;
    effect->parameters = input;
}

void sw_effect_start(sw_execution *x, sw_frame *frame)
{
    if (sw_frame_is_map_run(frame)) {
        start_map_run(x, frame);
        return;
    }
    const sw_task *task = &frame->state->task;
    sw_effect     *effect = add(x, SW_EFFECT_START_TASK);
    describe_task(effect, frame);
    effect->parameters = frame->parameters;
    effect->retry_count = frame->attempts;
    effect->timeout_s = frame->timeout_s;
    effect->heartbeat_s = frame->heartbeat_s;
    effect->role = frame->role;
    effect->submitted = frame->submitted;
    effect->submission = frame->submitted ? frame->result : NULL;
    effect->interrupted = frame->phase == SW_PHASE_STARTED && x->replaying;
    if (task->pattern != SW_PATTERN_REQUEST_RESPONSE || task->kind == SW_RESOURCE_ACTIVITY)
        effect->token = sw_frame_get_token(x, frame, frame->attempt);
}

void sw_effect_cancel(sw_execution *x, const sw_frame *frame)
{
    if (!sw_frame_in_task(frame))
        return;
    if (!sw_frame_is_map_run(frame))
        describe_task(add(x, SW_EFFECT_CANCEL_TASK), frame);
    else if (frame->phase == SW_PHASE_STARTED)
        describe_map_run(add(x, SW_EFFECT_CANCEL_MAP_RUN), frame);
}

void sw_effect_finished(sw_execution *x)
{
    add(x, SW_EFFECT_FINISHED);
}

void sw_execution_each_task(const sw_execution *x, bool (*visit)(void *who, const sw_effect *task),
                            void               *who)
{
    for (uint32_t i = 0; i < x->frame_count; i++) {
        const sw_frame *frame = x->frames[i];
        bool activity = frame->phase == SW_PHASE_SCHEDULED && frame->state->type == SW_STATE_TASK &&
                        frame->state->task.kind == SW_RESOURCE_ACTIVITY;
        if (frame->phase != SW_PHASE_STARTED && !activity)
            continue;
        sw_effect effect = {.kind = SW_EFFECT_START_TASK, .submitted = frame->submitted};
        describe_task(&effect, frame);
        if (!visit(who, &effect))
            return;
    }
}
