// operator.c: GET /health, /_localstack/health, /metrics.

#include "server/operator/operator.h"

#include "base/grow.h"
#include "server/server.h"

static void send_health(sw_request *request)
{
    sw_answer answer = sw_answer_begin(&request->arena),
              services = sw_answer_begin(&request->arena);
    sw_answer_text(&services, "stepfunctions", SW_STR("running"));
    sw_answer_add(&answer, "services", sw_answer_end(&services));
    sw_answer_text(&answer, "edition", SW_STR("stepwell"));
    sw_answer_text(&answer, "version", SW_STR(SW_VERSION));
    sw_request_send(request, 200, "application/json",
                    sw_json_print(&request->arena, sw_answer_end(&answer)));
}

static const struct {
    const char *name, *type, *help;
    size_t      offset;
} metrics[] = {
#define FIGURE(member) offsetof(sw_runtime_figures, member)
    {"stepwell_executions_started_total", "counter", "Executions started (ExecutionsStarted).",
     FIGURE(started)},
    {"stepwell_executions_succeeded_total", "counter", "Executions that succeeded.",
     FIGURE(succeeded)},
    {"stepwell_executions_failed_total", "counter", "Executions that failed.", FIGURE(failed)},
    {"stepwell_executions_aborted_total", "counter", "Executions that were stopped.",
     FIGURE(aborted)},
    {"stepwell_executions_timed_out_total", "counter", "Executions that timed out.",
     FIGURE(timed_out)},
    {"stepwell_open_executions", "gauge", "Executions that run (OpenExecutionCount).",
     FIGURE(running)},
    {"stepwell_executions_in_memory", "gauge", "Executions that are awake.", FIGURE(in_memory)},
    {"stepwell_commits_total", "counter", "Transactions of the store.", FIGURE(commits)},
    {"stepwell_records_total", "counter", "Records written.", FIGURE(records)},
#undef FIGURE
};

// Of each state machine, with its ARN as a label: AWS's metrics of the dimension StateMachineArn.
static const struct {
    const char *name, *help;
    size_t      offset;
    double      unit;
} machine_metrics[] = {
#define FIGURE(member) offsetof(sw_machine_figures, member)
    {"stepwell_state_machine_executions_started_total", "ExecutionsStarted", FIGURE(started), 1},
    {"stepwell_state_machine_executions_redriven_total", "ExecutionsRedriven", FIGURE(redriven), 1},
    {"stepwell_state_machine_executions_succeeded_total", "ExecutionsSucceeded", FIGURE(succeeded),
     1},
    {"stepwell_state_machine_executions_failed_total", "ExecutionsFailed", FIGURE(failed), 1},
    {"stepwell_state_machine_executions_timed_out_total", "ExecutionsTimedOut", FIGURE(timed_out),
     1},
    {"stepwell_state_machine_executions_aborted_total", "ExecutionsAborted", FIGURE(aborted), 1},
    {"stepwell_state_machine_execution_time_seconds_total",
     "ExecutionTime, summed up over executions that have ended", FIGURE(time_ms), 1000},
#undef FIGURE
};

#define MACHINES_MAX 1000u // in one answer

typedef struct machine_sample {
    sw_str             arn;
    sw_machine_figures figures;
} machine_sample;

typedef struct samples {
    sw_arena       *arena;
    machine_sample *items;
    uint32_t        count, capacity;
} samples;

static bool take_sample(void *who, sw_machine_entry *machine)
{
    samples *all = who;
    SW_PUSH(all->arena, all,
            ((machine_sample){sw_str_copy(all->arena, machine->row.arn), machine->figures}));
    return all->count < MACHINES_MAX;
}

typedef struct exposition {
    sw_arena *arena;
    sw_str   *items; // pieces
    uint32_t  count, capacity;
} exposition;

static void put_machine_metrics(exposition *to, const samples *all)
{
    for (size_t i = 0; i < sizeof machine_metrics / sizeof machine_metrics[0]; i++) {
        const char *name = machine_metrics[i].name;
        SW_PUSH(to->arena, to,
                sw_str_format(to->arena, "# HELP %s %s\n# TYPE %s counter\n", name,
                              machine_metrics[i].help, name));
        for (uint32_t k = 0; k < all->count; k++) {
            uint64_t value;
            memcpy(&value, (const char *)&all->items[k].figures + machine_metrics[i].offset,
                   sizeof value);
            SW_PUSH(to->arena, to,
                    sw_str_format(to->arena, "%s{state_machine_arn=\"%.*s\"} %.15g\n", name,
                                  SW_STR_ARG(all->items[k].arn),
                                  (double)value / machine_metrics[i].unit));
        }
    }
}

static sw_str join(const exposition *all)
{
    size_t bytes = 0, at = 0;
    for (uint32_t i = 0; i < all->count; i++)
        bytes += all->items[i].bytes;
    char *text = sw_arena_alloc(all->arena, bytes + 1);
    for (uint32_t i = 0; i < all->count; i++) {
        memcpy(text + at, all->items[i].text, all->items[i].bytes);
        at += all->items[i].bytes;
    }
    return (sw_str){text, bytes};
}

// spec: Prometheus text exposition format.
static void send_metrics(sw_request *request)
{
    sw_arena          *arena = &request->arena;
    sw_catalog        *catalog = request->server->catalog;
    sw_runtime_figures figures;
    exposition         text = {.arena = arena};
    samples            machines = {.arena = arena};
    sw_runtime_get_figures(request->server->runtime, &figures);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&figures + metrics[i].offset, sizeof value);
        SW_PUSH(arena, &text,
                sw_str_format(arena, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", metrics[i].name,
                              metrics[i].help, metrics[i].name, metrics[i].type, metrics[i].name,
                              (unsigned long long)value));
    }
    sw_catalog_lock(catalog);
    sw_catalog_each_machine(catalog, (sw_str){0}, take_sample, &machines);
    sw_catalog_unlock(catalog);
    put_machine_metrics(&text, &machines);
    sw_request_send(request, 200, "text/plain; version=0.0.4", join(&text));
}

// Prometheus does not sign its requests: where others have to, metrics are for this machine.
static bool may_read_metrics(const sw_request *request, const sw_http_head *head)
{
    return request->server->options.auth == NULL || sw_http_is_local(head);
}

void sw_operator_serve(sw_request *request, const sw_http_head *head)
{
    if (strcmp(head->path, "/health") == 0 || strcmp(head->path, "/_localstack/health") == 0)
        send_health(request);
    else if (strcmp(head->path, "/metrics") == 0 && may_read_metrics(request, head))
        send_metrics(request);
    else
        sw_request_send(request, 404, "application/json", SW_STR("{\"message\":\"Not Found\"}"));
}
