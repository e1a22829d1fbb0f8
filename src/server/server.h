// server.h: the server put together: store, catalog, runtime, HTTP.
//
// Purpose   Opened by `stepwell serve` and by tests. What a request may use is here.
// Owns      The server owns all its parts.
// Threads   Opened and closed by one thread; everything inside has its own rule.

#ifndef STEPWELL_SERVER_SERVER_H
#define STEPWELL_SERVER_SERVER_H

#include "stepwell/integration.h"
#include "stepwell/store.h"

#include "server/auth/auth.h"
#include "server/catalog.h"
#include "server/http/http.h"
#include "server/request.h"
#include "server/runtime.h"

typedef struct sw_server_options {
    const char *const *addresses; // ended by NULL
    uint16_t           port;
    unsigned           http_threads; // 0: two
    sw_store          *store;        // taken
    sw_task_runner    *runner;       // taken
    sw_str             account, region;
    const char        *certificate, *key; // PEM texts; NULL: plain HTTP
    sw_auth           *auth;              // taken; NULL: nobody has to sign
    bool               interrupted_tasks_retry;
    int64_t            retention_ms; // of executions that have ended; 0: for ever
    const char        *logs;         // see sw_logs_open; NULL: what executions log goes nowhere
    // Told of every event, from several threads and before it is durable; NULL: nobody is
    void (*observe)(void *who, const sw_observed *observed);
    void *observer;
} sw_server_options;

struct sw_server {
    sw_server_options  options;
    sw_catalog        *catalog;
    sw_runtime        *runtime;
    sw_http           *http;
    sw_logs           *logs;
    struct sw_console *console;
    int64_t            started_ms;
    bool               closing; // atomic: requests are refused
    int                serving; // atomic: requests in their action's function
};

bool     sw_server_open(const sw_server_options *options, sw_server **server, sw_error *err);
uint16_t sw_server_get_port(const sw_server *server);
void     sw_server_tick(sw_server *server);                    // about once a second
void     sw_server_close(sw_server *server, int64_t drain_ms); // lets tasks in flight end first

// Actions: one row each in actions.def.
struct sw_action {
    const char *name;
    void (*perform)(sw_request *request); // answers, now or later
    int shape;                            // of its input, in the API model
};

const sw_action *sw_action_find(sw_str name);
bool             sw_actions_open(sw_error *err);

#define ACTION(name, function) void sw_action_##function(sw_request *request);
#include "server/actions.def"
#undef ACTION

#endif
