// no_http.h: the server without its sockets: what http/ does, for tests that ask it directly.
//
// Purpose   Links in the place of server/http. A request is handed to the protocol as if it had
//           come by the wire; its answer stays in the exchange.
// Owns      An exchange is the caller's until no_http_free, which needs it answered.
// Threads   Ask from one thread; answers come from any.

#ifndef STEPWELL_TESTS_NO_HTTP_H
#define STEPWELL_TESTS_NO_HTTP_H

#include "server/server.h"

typedef struct exchange {
    sw_request       request; // first: the same address
    const char      *target;
    struct exchange *next; // the caller's
} exchange;

// body is copied.
exchange *no_http_ask(sw_server *server, sw_reader *reader, sw_str action, sw_str body);
// Whether it was answered within that time.
bool no_http_wait(const exchange *e, int64_t patience_ms);
void no_http_free(exchange *e);

// Knows every task, and has nothing to cancel or close.
sw_task_runner no_http_runner(void (*start)(sw_task_runner *runner, const sw_outside_task *task));

#endif
