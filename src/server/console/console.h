// console.h: the web console: its page, and what the page asks besides the API.
//
//     GET  /, /assets/NAME          the page, from the binary
//     GET  /console/session         {"account", "region", "version", "login": none|required|done}
//     POST /console/login           {"accessKeyId", "secretAccessKey"} -> a cookie
//     POST /console/logout
//     GET  /console/machines        state machines with their figures and recent executions
//     GET  /console/tasks?executionArn=      tasks that wait for somebody with their token
//     GET  /console/events?executionArn=     an execution's events as they come (text/event-stream)
//     GET  /console/changes                  that something has changed
//
// Purpose   The page calls the same API as every client, with a header that no other site can send and,
//           where callers have to sign, the cookie of a session in place of a signature.
// Owns      The server owns one; streams are their connections'.
// Threads   Any. on_durable is called by the committer.
// Bounds    Sessions, streams.
// Errors    As HTTP statuses with {"message"}.

#ifndef STEPWELL_SERVER_CONSOLE_CONSOLE_H
#define STEPWELL_SERVER_CONSOLE_CONSOLE_H

#include "server/http/http.h"

typedef struct sw_console sw_console;

sw_console *sw_console_new(sw_server *server);
// Ends all streams; new ones end at once.
void sw_console_quiesce(sw_console *console);
void sw_console_free(sw_console *console);

// Whether the request is the console's; then it is answered.
bool sw_console_serve(sw_console *console, sw_request *request, const sw_http_head *head);
// Whether a browser may have been led here by another site. The request has been answered then.
bool sw_console_refuses(sw_request *request, const sw_http_head *head);
// Whether the page's session stands for a signature; sets the request's account and region.
bool sw_console_signs(sw_console *console, sw_request *request, const sw_http_head *head);

void sw_console_on_durable(void *console, int64_t execution);
void sw_console_tick(sw_console *console); // about once a second

#endif
