// server.c: opening and closing, in order.

#include "server/server.h"

#include "base/assert.h"
#include "server/console/console.h"
#include "server/protocol/model.h"
#include "server/protocol/protocol.h"

#include <stdlib.h>
#include <time.h>

// docs: a request has 1 MB; escapes in JSON can double it.
#define BODY_BYTES_MAX  (7u * 1024 * 1024) // an event of Lambda has 6 MB, the API's inputs less
#define CONNECTIONS_MAX 10000u
#define IDLE_SECONDS    120u // more than a poll for an activity's task takes

static bool open_catalog(sw_server *server, sw_error *err)
{
    sw_store  *store = server->options.store;
    sw_reader *reader;
    if (!store->reader_open(store, &reader, err))
        return false;
    bool ok = sw_catalog_new(reader, &server->catalog, err);
    reader->close(reader);
    return ok;
}

static bool open_runtime(sw_server *server, sw_error *err)
{
    sw_runtime_options options = {.store = server->options.store,
                                  .catalog = server->catalog,
                                  .runner = server->options.runner,
                                  .interrupted_tasks_retry =
                                      server->options.interrupted_tasks_retry,
                                  .retention_ms = server->options.retention_ms,
                                  .logs = server->logs,
                                  .on_durable = sw_console_on_durable,
                                  .who = server->console,
                                  .observe = server->options.observe,
                                  .observer = server->options.observer};
    return sw_runtime_open(&options, &server->runtime, err);
}

static bool open_http(sw_server *server, sw_error *err)
{
    const sw_server_options *o = &server->options;
    sw_http_options          options = {.addresses = o->addresses,
                                        .port = o->port,
                                        .threads = o->http_threads == 0 ? 2 : o->http_threads,
                                        .connections_max = CONNECTIONS_MAX,
                                        .body_bytes_max = BODY_BYTES_MAX,
                                        .idle_s = IDLE_SECONDS,
                                        .certificate = o->certificate,
                                        .key = o->key,
                                        .store = o->store,
                                        .server = server,
                                        .serve = sw_protocol_serve};
    return sw_http_open(&options, &server->http, err);
}

bool sw_server_open(const sw_server_options *options, sw_server **out, sw_error *err)
{
    sw_server *server = calloc(1, sizeof *server);
    SW_ASSERT(server != NULL);
    server->options = *options;
    if (options->logs != NULL)
        server->logs = sw_logs_open(options->logs);
    server->console = sw_console_new(server);
    if (!sw_actions_open(err) || !open_catalog(server, err) || !open_runtime(server, err) ||
        !open_http(server, err)) {
        sw_server_close(server, 0);
        return false;
    }
    if (server->logs != NULL)
        sw_logs_begin(server->logs, server->runtime);
    *out = server;
    return true;
}

uint16_t sw_server_get_port(const sw_server *server)
{
    return sw_http_get_port(server->http);
}

void sw_server_tick(sw_server *server)
{
    sw_runtime_tick(server->runtime);
    sw_console_tick(server->console);
}

// Nothing new comes in: neither connections nor requests on those that are open.
static void refuse_requests(sw_server *server)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    sw_http_quiesce(server->http);
    __atomic_store_n(&server->closing, true, __ATOMIC_SEQ_CST);
    sw_console_quiesce(server->console);
    while (__atomic_load_n(&server->serving, __ATOMIC_SEQ_CST) > 0)
        nanosleep(&moment, NULL);
}

// Every request is answered before HTTP ends: by the drain, or by the runtime when it is freed.
// The runner ends in between, since it reports to the runtime.
void sw_server_close(sw_server *server, int64_t drain_ms)
{
    if (server->http != NULL)
        refuse_requests(server);
    if (server->runtime != NULL)
        sw_runtime_close(server->runtime, drain_ms);
    if (server->logs != NULL)
        sw_logs_end(server->logs); // while the runner can still be asked
    if (server->options.runner != NULL)
        server->options.runner->close(server->options.runner);
    if (server->runtime != NULL)
        sw_runtime_free(server->runtime);
    if (server->http != NULL)
        sw_http_close(server->http);
    sw_console_free(server->console);
    if (server->logs != NULL)
        sw_logs_free(server->logs);
    if (server->catalog != NULL)
        sw_catalog_free(server->catalog);
    server->options.store->close(server->options.store);
    if (server->options.auth != NULL)
        sw_auth_close(server->options.auth);
    sw_model_close();
    free(server);
}
