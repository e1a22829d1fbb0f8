// timer.c: when frames are due: a binary heap, earliest first; among equals the state that was
// entered first.

#include "engine/engine.h"

#include "base/grow.h"

static bool before(const sw_execution *x, uint32_t a, uint32_t b)
{
    const sw_frame *f = x->frames[a], *g = x->frames[b];
    if (f->due_ms != g->due_ms)
        return f->due_ms < g->due_ms;
    return f->entered_event < g->entered_event;
}

static void place(sw_execution *x, uint32_t slot, uint32_t id)
{
    x->timers[slot - 1] = id;
    x->frames[id]->timer_slot = slot;
}

static void sift_up(sw_execution *x, uint32_t slot)
{
    uint32_t id = x->timers[slot - 1];
    for (; slot > 1 && before(x, id, x->timers[slot / 2 - 1]); slot /= 2)
        place(x, slot, x->timers[slot / 2 - 1]);
    place(x, slot, id);
}

static void sift_down(sw_execution *x, uint32_t slot)
{
    uint32_t id = x->timers[slot - 1];
    for (;;) {
        uint32_t child = slot * 2;
        if (child < x->timer_count && before(x, x->timers[child], x->timers[child - 1]))
            child++;
        if (child > x->timer_count || !before(x, x->timers[child - 1], id))
            break;
        place(x, slot, x->timers[child - 1]);
        slot = child;
    }
    place(x, slot, id);
}

void sw_timer_arm(sw_execution *x, sw_frame *frame, int64_t due_ms)
{
    sw_timer_disarm(x, frame);
    SW_MAKE_ROOM(&x->arena, x->timers, x->timer_count, x->timer_capacity, 8);
    frame->due_ms = due_ms;
    place(x, ++x->timer_count, frame->id);
    sift_up(x, x->timer_count);
}

void sw_timer_disarm(sw_execution *x, sw_frame *frame)
{
    uint32_t slot = frame->timer_slot;
    if (slot == 0)
        return;
    frame->timer_slot = 0;
    uint32_t last = x->timers[--x->timer_count];
    if (slot > x->timer_count)
        return;
    place(x, slot, last);
    sift_up(x, slot);
    sift_down(x, x->frames[last]->timer_slot);
}

sw_frame *sw_timer_first(const sw_execution *x)
{
    return x->timer_count == 0 ? NULL : x->frames[x->timers[0]];
}

static sw_frame *earlier_task(const sw_execution *x, uint32_t slot, int64_t now_ms, sw_frame *best)
{
    if (slot > x->timer_count || x->frames[x->timers[slot - 1]]->due_ms > now_ms)
        return best; // and neither is what stands below it
    sw_frame *frame = x->frames[x->timers[slot - 1]];
    if (frame->phase == SW_PHASE_STARTED && (best == NULL || before(x, frame->id, best->id)))
        best = frame;
    best = earlier_task(x, slot * 2, now_ms, best);
    return earlier_task(x, slot * 2 + 1, now_ms, best);
}

sw_frame *sw_timer_first_task(const sw_execution *x, int64_t now_ms)
{
    return earlier_task(x, 1, now_ms, NULL);
}
