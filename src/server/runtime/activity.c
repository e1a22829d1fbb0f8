// activity.c: tasks that wait for workers, and workers that wait for tasks.
//
// Both queues of an activity stand in its catalog entry, first come first served; at most one of
// them is not empty. A task leaves its queue when a worker takes it, and comes to the worker only
// when ActivityStarted is durable.

#include "server/runtime/internal.h"

#include "base/assert.h"

#include <stdlib.h>

#define POLL_MS     60000 // docs: GetActivityTask holds the connection for 60 seconds
#define POLLERS_MAX 1000  // docs: service quotas

typedef struct waiting_task {
    struct waiting_task *next;
    sw_activity_task_row row;
} waiting_task;

typedef struct poller {
    struct poller *next;
    sw_request    *request;
    sw_str         worker_name; // in the request's arena
    int64_t        until_ms;
} poller;

typedef struct activity_queue {
    waiting_task *first_task, **last_task;
    poller       *first_poller, **last_poller;
    uint32_t      poller_count;
} activity_queue;

static activity_queue *get_queue(sw_activity_entry *activity)
{
    if (activity->queue == NULL) {
        activity_queue *queue = calloc(1, sizeof *queue);
        SW_ASSERT(queue != NULL);
        queue->last_task = &queue->first_task;
        queue->last_poller = &queue->first_poller;
        activity->queue = queue;
    }
    return activity->queue;
}

static waiting_task *pop_task(activity_queue *queue)
{
    waiting_task *task = queue->first_task;
    queue->first_task = task->next;
    if (queue->first_task == NULL)
        queue->last_task = &queue->first_task;
    return task;
}

static poller *pop_poller(activity_queue *queue)
{
    poller *first = queue->first_poller;
    queue->first_poller = first->next;
    if (queue->first_poller == NULL)
        queue->last_poller = &queue->first_poller;
    queue->poller_count--;
    return first;
}

// The first poller whose connection is still there; those that have gone are put into gone.
static poller *pop_wanted(activity_queue *queue, poller **gone)
{
    while (queue->first_poller != NULL) {
        poller *first = pop_poller(queue);
        if (sw_request_is_wanted(first->request))
            return first;
        first->next = *gone;
        *gone = first;
    }
    return NULL;
}

// The shard decides whether the task is still wanted.
static void hand_over(sw_runtime *runtime, const sw_activity_task_row *row, sw_request *request,
                      sw_str worker_name)
{
    sw_message *message = sw_message_new(SW_MESSAGE_TAKE_TASK, worker_name.bytes);
    char       *room = sw_message_room(message);
    message->execution = row->execution;
    message->activity_task = row->id;
    message->request = request;
    message->start.machine = row->activity; // where to go on waiting
    message->happening =
        (sw_happening){.kind = SW_HAPPENED_TASK_STARTED,
                       .task = {row->frame, row->attempt},
                       .worker_name = sw_message_keep(message, &room, worker_name)};
    sw_shard_post(sw_runtime_get_shard(runtime, row->execution), message);
}

void sw_activity_answer_none(sw_request *request)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_request_succeed(request, sw_answer_end(&answer));
}

static void answer_all(poller *list)
{
    while (list != NULL) {
        poller *next = list->next;
        sw_activity_answer_none(list->request);
        list = next;
    }
}

void sw_activity_add(sw_runtime *runtime, const sw_activity_task_row *row)
{
    poller *first = NULL;
    poller *gone = NULL;
    sw_catalog_lock(runtime->options.catalog);
    sw_activity_entry *activity = sw_catalog_get_activity(runtime->options.catalog, row->activity);
    if (activity != NULL)
        first = pop_wanted(get_queue(activity), &gone);
    if (first == NULL && activity != NULL) {
        waiting_task *task = calloc(1, sizeof *task);
        SW_ASSERT(task != NULL);
        task->row = *row;
        activity_queue *queue = activity->queue;
        *queue->last_task = task;
        queue->last_task = &task->next;
    }
    sw_catalog_unlock(runtime->options.catalog);
    if (first != NULL)
        // The poller lives in its request's arena
        hand_over(runtime, row, first->request, first->worker_name);
    answer_all(gone);
}

// Back in its queue, durably.
static void queue_again(sw_batch *batch, const sw_error *err)
{
    const sw_activity_task_row *row = batch->records[0].activity_task;
    if (err == NULL)
        sw_activity_add(batch->who, row);
    sw_batch_free(batch);
}

void sw_activity_give(sw_runtime *runtime, const sw_activity_task_row *row, sw_request *request,
                      sw_value task)
{
    if (sw_request_is_wanted(request)) {
        sw_request_succeed(request, task);
        return;
    }
    sw_activity_answer_none(request);
    sw_batch             *batch = sw_batch_new(queue_again, runtime);
    sw_activity_task_row *again = SW_ARENA_NEW(&batch->arena, sw_activity_task_row);
    *again = *row;
    again->id = __atomic_fetch_add(&runtime->next_activity_task, 1, __ATOMIC_RELAXED);
    sw_batch_add(batch, SW_RECORD_ACTIVITY_TASK)->activity_task = again;
    sw_runtime_commit(runtime, batch);
}

static void add_poller(activity_queue *queue, sw_request *request, sw_str worker_name,
                       int64_t until_ms)
{
    poller *new = SW_ARENA_NEW(&request->arena, poller);
    new->request = request;
    new->worker_name = sw_str_copy(&request->arena, worker_name);
    new->until_ms = until_ms;
    *queue->last_poller = new;
    queue->last_poller = &new->next;
    queue->poller_count++;
}

void sw_runtime_poll_activity(sw_runtime *runtime, int64_t id, sw_str worker_name,
                              sw_request *request)
{
    waiting_task *task = NULL;
    bool          gone = false, crowded = false;
    sw_catalog_lock(runtime->options.catalog);
    sw_activity_entry *activity = sw_catalog_get_activity(runtime->options.catalog, id);
    if (activity == NULL)
        gone = true;
    else if (get_queue(activity)->first_task != NULL)
        task = pop_task(activity->queue);
    else if (get_queue(activity)->poller_count >= POLLERS_MAX)
        crowded = true;
    else
        add_poller(activity->queue, request, worker_name, request->now_ms + POLL_MS);
    sw_catalog_unlock(runtime->options.catalog);
    if (gone)
        sw_request_fail(request, "ActivityDoesNotExist", "Activity does not exist");
    else if (crowded)
        sw_request_fail(request, "ActivityWorkerLimitExceeded",
                        "The maximum number of workers concurrently polling for activity tasks has "
                        "been reached.");
    else if (task != NULL)
        hand_over(runtime, &task->row, request, worker_name);
    free(task);
}

// Takes pollers out: those that have waited long enough, or all.
static poller *take_pollers(activity_queue *queue, int64_t now_ms)
{
    poller *taken = NULL;
    while (queue->first_poller != NULL && queue->first_poller->until_ms <= now_ms) {
        poller *first = pop_poller(queue);
        first->next = taken;
        taken = first;
    }
    return taken;
}

typedef struct expiry {
    int64_t now_ms;
    poller *taken;
    bool    close;
} expiry;

static bool expire(void *who, sw_activity_entry *activity)
{
    expiry *e = who;
    if (activity->queue == NULL)
        return true;
    poller *taken = take_pollers(activity->queue, e->now_ms);
    while (taken != NULL) {
        poller *next = taken->next;
        taken->next = e->taken;
        e->taken = taken;
        taken = next;
    }
    return true;
}

void sw_activity_expire(sw_runtime *runtime, int64_t now_ms)
{
    expiry e = {.now_ms = now_ms};
    sw_catalog_lock(runtime->options.catalog);
    sw_catalog_each_activity(runtime->options.catalog, (sw_str){0}, expire, &e);
    sw_catalog_unlock(runtime->options.catalog);
    answer_all(e.taken);
}

static void free_queue(sw_activity_entry *activity)
{
    activity_queue *queue = activity->queue;
    activity->queue = NULL;
    while (queue != NULL && queue->first_task != NULL)
        free(pop_task(queue));
    free(queue);
}

void sw_runtime_drop_activity(sw_activity_entry *activity)
{
    if (activity->queue == NULL)
        return;
    poller *list = take_pollers(activity->queue, INT64_MAX);
    free_queue(activity);
    while (list != NULL) {
        poller *next = list->next; // in the request's arena
        sw_request_fail(list->request, "ActivityDoesNotExist", "Activity does not exist");
        list = next;
    }
}

static bool close_queue(void *who, sw_activity_entry *activity)
{
    (void)who;
    free_queue(activity);
    return true;
}

void sw_activity_close(sw_runtime *runtime)
{
    sw_activity_expire(runtime, INT64_MAX);
    sw_catalog_lock(runtime->options.catalog);
    sw_catalog_each_activity(runtime->options.catalog, (sw_str){0}, close_queue, NULL);
    sw_catalog_unlock(runtime->options.catalog);
}
