// operator.c: GET /health, /_localstack/health, /metrics.

#include "server/operator/operator.h"

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

// spec: Prometheus text exposition format.
static void send_metrics(sw_request *request)
{
    sw_runtime_figures figures;
    sw_str             text = {"", 0};
    sw_runtime_get_figures(request->server->runtime, &figures);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&figures + metrics[i].offset, sizeof value);
        text = sw_str_format(&request->arena, "%.*s# HELP %s %s\n# TYPE %s %s\n%s %llu\n",
                             SW_STR_ARG(text), metrics[i].name, metrics[i].help, metrics[i].name,
                             metrics[i].type, metrics[i].name, (unsigned long long)value);
    }
    sw_request_send(request, 200, "text/plain; version=0.0.4", text);
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
