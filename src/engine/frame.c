// frame.c: the tree of frames, and the queue of those that can go on.

#include "engine/engine.h"

#include "base/assert.h"
#include "base/grow.h"

sw_frame *sw_frame_get(const sw_execution *x, uint32_t id)
{
    SW_ASSERT(id < x->frame_count);
    return x->frames[id];
}

static sw_frame *allocate(sw_execution *x)
{
    if (x->free_frame != SW_NO_FRAME) {
        sw_frame *frame = x->frames[x->free_frame];
        x->free_frame = frame->next_sibling;
        return frame;
    }
    SW_MAKE_ROOM(&x->arena, x->frames, x->frame_count, x->frame_capacity, 8);
    sw_frame *frame = SW_ARENA_NEW(&x->arena, sw_frame);
    frame->id = x->frame_count;
    x->frames[x->frame_count++] = frame;
    return frame;
}

// Behind its siblings: children start in the order of position.
static void add_child(sw_execution *x, sw_frame *parent, sw_frame *child)
{
    if (parent->first_child == SW_NO_FRAME)
        parent->first_child = child->id;
    else
        sw_frame_get(x, parent->last_child)->next_sibling = child->id;
    parent->last_child = child->id;
    child->next_sibling = SW_NO_FRAME;
}

static void remove_child(sw_execution *x, sw_frame *parent, const sw_frame *child)
{
    uint32_t *link = &parent->first_child, before = SW_NO_FRAME;
    while (*link != child->id) {
        before = *link;
        link = &sw_frame_get(x, before)->next_sibling;
    }
    *link = child->next_sibling;
    if (parent->last_child == child->id)
        parent->last_child = before;
}

sw_frame *sw_frame_new(sw_execution *x, sw_frame *parent, const sw_states *states,
                       uint32_t position)
{
    sw_frame *frame = allocate(x);
    bool      queued = frame->queued; // an old entry may still stand in the queue
    *frame = (sw_frame){.id = frame->id,
                        .parent = parent == NULL ? SW_NO_FRAME : parent->id,
                        .position = position,
                        .states = states,
                        .state = states->start_at,
                        .phase = SW_PHASE_ENTER,
                        .queued = queued,
                        .first_child = SW_NO_FRAME,
                        .last_child = SW_NO_FRAME,
                        .next_sibling = SW_NO_FRAME};
    if (parent != NULL)
        add_child(x, parent, frame);
    return frame;
}

static void release_children(sw_execution *x, sw_frame *frame)
{
    while (frame->first_child != SW_NO_FRAME)
        sw_frame_release(x, sw_frame_get(x, frame->first_child));
}

void sw_frame_release(sw_execution *x, sw_frame *frame)
{
    release_children(x, frame);
    sw_timer_disarm(x, frame);
    if (frame->parent != SW_NO_FRAME)
        remove_child(x, sw_frame_get(x, frame->parent), frame);
    frame->phase = SW_PHASE_FREE;
    sw_frame_settle(x, frame, false);
    frame->next_sibling = x->free_frame;
    x->free_frame = frame->id;
}

void sw_frame_freeze_children(sw_execution *x, sw_frame *frame)
{
    for (uint32_t id = frame->first_child; id != SW_NO_FRAME;
         id = sw_frame_get(x, id)->next_sibling)
        sw_frame_freeze(x, sw_frame_get(x, id));
}

void sw_frame_freeze(sw_execution *x, sw_frame *frame)
{
    sw_frame_freeze_children(x, frame);
    if (frame->phase == SW_PHASE_FROZEN)
        return;
    frame->frozen_in = frame->phase;
    frame->phase = SW_PHASE_FROZEN;
    sw_timer_disarm(x, frame);
    sw_frame_settle(x, frame, false);
}

const sw_state *sw_frame_get_failed_state(const sw_frame *frame)
{
    return frame->failed_state != NULL ? frame->failed_state : frame->state;
}

bool sw_frame_in_task(const sw_frame *frame)
{
    return frame->phase == SW_PHASE_SCHEDULED || frame->phase == SW_PHASE_STARTED;
}

// The queue ---------------------------------------------------------------------------------------

static bool is_ready(const sw_frame *frame)
{
    switch (frame->phase) {
    case SW_PHASE_FREE:
    case SW_PHASE_FROZEN:
    case SW_PHASE_WAITING:
    case SW_PHASE_STARTED:
    case SW_PHASE_RETRYING:
        return false;
    case SW_PHASE_SCHEDULED: // an activity waits for a worker
        return frame->state->type == SW_STATE_MAP ||
               frame->state->task.kind != SW_RESOURCE_ACTIVITY;
    case SW_PHASE_CHILDREN:
        if (sw_frame_is_map_run(frame))
            return true;
        return frame->started < frame->child_count && frame->running < frame->concurrency;
    case SW_PHASE_ENTER:
    case SW_PHASE_ENTERED:
    case SW_PHASE_WAITED:
    case SW_PHASE_RESULT:
    case SW_PHASE_RESULT_KNOWN:
    case SW_PHASE_FAILED:
    case SW_PHASE_GIVEN_UP:
    case SW_PHASE_DONE:
        return true;
    }
    return false;
}

static void make_room(sw_execution *x)
{
    sw_queue *q = &x->queue;
    if (q->count < q->capacity)
        return;
    uint32_t  capacity = q->capacity == 0 ? 8 : q->capacity * 2;
    uint32_t *larger = SW_ARENA_ARRAY(&x->arena, uint32_t, capacity);
    for (uint32_t i = 0; i < q->count; i++)
        larger[i] = q->frames[(q->head + i) & (q->capacity - 1)];
    q->frames = larger;
    q->capacity = capacity;
    q->head = 0;
}

static void push_back(sw_execution *x, uint32_t id)
{
    make_room(x);
    x->queue.frames[(x->queue.head + x->queue.count++) & (x->queue.capacity - 1)] = id;
}

static void push_front(sw_execution *x, uint32_t id)
{
    make_room(x);
    x->queue.head = (x->queue.head - 1) & (x->queue.capacity - 1);
    x->queue.frames[x->queue.head] = id;
    x->queue.count++;
}

static void remove_from_queue(sw_execution *x, uint32_t id)
{
    sw_queue *q = &x->queue;
    uint32_t  mask = q->capacity - 1;
    if (q->frames[q->head] == id) { // nearly always: the frame that runs
        q->head = (q->head + 1) & mask;
        q->count--;
        return;
    }
    uint32_t at = 0;
    while (q->frames[(q->head + at) & mask] != id)
        at++;
    for (; at + 1 < q->count; at++)
        q->frames[(q->head + at) & mask] = q->frames[(q->head + at + 1) & mask];
    q->count--;
}

void sw_frame_settle(sw_execution *x, sw_frame *frame, bool front)
{
    bool ready = is_ready(frame);
    if (ready == frame->queued)
        return;
    frame->queued = ready;
    if (!ready)
        remove_from_queue(x, frame->id);
    else if (front)
        push_front(x, frame->id);
    else
        push_back(x, frame->id);
}

sw_frame *sw_frame_next_ready(sw_execution *x)
{
    return x->queue.count == 0 ? NULL : sw_frame_get(x, x->queue.frames[x->queue.head]);
}

void sw_frame_yield(sw_execution *x, sw_frame *frame)
{
    if (!frame->queued)
        return;
    remove_from_queue(x, frame->id);
    push_back(x, frame->id);
}
