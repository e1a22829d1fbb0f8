// probe.c: a task run for its own sake, outside any execution: TestState's unmocked Tasks.
//
// The runner knows tasks by execution; these have negative numbers.

#include "server/runtime/internal.h"

#include "base/assert.h"

#include <stdlib.h>

struct sw_probe {
    struct sw_probe *next;
    int64_t          id;
    void (*done)(void *who, const sw_happening *outcome);
    void *who;
};

void sw_runtime_run_task(sw_runtime *runtime, const sw_outside_task                 *task,
                         void (*done)(void *who, const sw_happening *outcome), void *who)
{
    struct sw_probe *probe = calloc(1, sizeof *probe);
    SW_ASSERT(probe != NULL);
    probe->done = done;
    probe->who = who;
    pthread_mutex_lock(&runtime->probe_lock);
    probe->id = --runtime->last_probe;
    probe->next = runtime->probes;
    runtime->probes = probe;
    pthread_mutex_unlock(&runtime->probe_lock);
    sw_outside_task own = *task;
    own.execution = probe->id;
    runtime->options.runner->start(runtime->options.runner, &own);
}

void sw_probes_close(sw_runtime *runtime)
{
    while (runtime->probes != NULL) {
        sw_happening outcome = {.kind = SW_HAPPENED_TASK_FAILED,
                                .failure = {.has_error = true,
                                            .has_cause = true,
                                            .error = SW_STR("States.TaskFailed"),
                                            .cause = SW_STR("The server is ending.")}};
        sw_probe_happened(runtime, runtime->probes->id, &outcome);
    }
}

void sw_probe_happened(sw_runtime *runtime, int64_t id, const sw_happening *outcome)
{
    if (outcome->kind != SW_HAPPENED_TASK_SUCCEEDED && outcome->kind != SW_HAPPENED_TASK_FAILED)
        return;
    pthread_mutex_lock(&runtime->probe_lock);
    struct sw_probe **link = &runtime->probes;
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    struct sw_probe *probe = *link;
    if (probe != NULL)
        *link = probe->next;
    pthread_mutex_unlock(&runtime->probe_lock);
    if (probe != NULL)
        probe->done(probe->who, outcome);
    free(probe);
}
