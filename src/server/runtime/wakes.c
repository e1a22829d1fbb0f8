// wakes.c: when sleeping executions are due: sixteen bytes each.

#include "server/runtime/internal.h"

#include "base/assert.h"

#include <stdlib.h>

static void make_room(sw_wakes *wakes)
{
    if (wakes->count < wakes->capacity)
        return;
    size_t   capacity = wakes->capacity == 0 ? 64 : wakes->capacity + wakes->capacity / 2;
    sw_wake *larger = realloc(wakes->heap, capacity * sizeof *larger);
    SW_ASSERT(larger != NULL);
    wakes->heap = larger;
    wakes->capacity = capacity;
}

void sw_wakes_push(sw_wakes *wakes, int64_t due_ms, int64_t execution)
{
    if (due_ms == INT64_MAX)
        return;
    make_room(wakes);
    size_t at = wakes->count++;
    for (; at > 0 && wakes->heap[(at - 1) / 2].due_ms > due_ms; at = (at - 1) / 2)
        wakes->heap[at] = wakes->heap[(at - 1) / 2];
    wakes->heap[at] = (sw_wake){due_ms, execution};
}

bool sw_wakes_pop(sw_wakes *wakes, int64_t now_ms, int64_t *execution)
{
    if (wakes->count == 0 || wakes->heap[0].due_ms > now_ms)
        return false;
    *execution = wakes->heap[0].execution;
    sw_wake last = wakes->heap[--wakes->count];
    size_t  at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < wakes->count && wakes->heap[child + 1].due_ms < wakes->heap[child].due_ms)
            child++;
        if (child >= wakes->count || wakes->heap[child].due_ms >= last.due_ms)
            break;
        wakes->heap[at] = wakes->heap[child];
        at = child;
    }
    wakes->heap[at] = last;
    return true;
}

int64_t sw_wakes_first(const sw_wakes *wakes)
{
    return wakes->count == 0 ? INT64_MAX : wakes->heap[0].due_ms;
}
