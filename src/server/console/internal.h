// internal.h: of console.h: what its files share.

#ifndef STEPWELL_SERVER_CONSOLE_INTERNAL_H
#define STEPWELL_SERVER_CONSOLE_INTERNAL_H

#include "server/console/console.h"
#include "server/server.h"

#include <pthread.h>

#define SW_CONSOLE_STREAMS_MAX  2000u
#define SW_CONSOLE_SESSIONS_MAX 1000u

typedef struct sw_watcher sw_watcher;

typedef struct sw_console_session {
    char    token[65]; // empty: free
    sw_str  account;
    int64_t expires_ms;
} sw_console_session;

struct sw_console {
    sw_server         *server;
    pthread_mutex_t    lock;
    sw_watcher        *watchers; // all streams
    unsigned           watcher_count;
    bool               closing;
    sw_console_session sessions[SW_CONSOLE_SESSIONS_MAX];
};

bool sw_console_fail(sw_request *request, unsigned status, const char *message);

// asset.c; false: there is no such file.
bool sw_console_send_asset(sw_request *request, const sw_http_head *head);
// session.c
void sw_console_show_session(sw_console *console, sw_request *request, const sw_http_head *head);
void sw_console_login(sw_console *console, sw_request *request, const sw_http_head *head);
void sw_console_logout(sw_console *console, sw_request *request, const sw_http_head *head);
// stream.c
void sw_console_stream_events(sw_console *console, sw_request *request, const sw_http_head *head);
void sw_console_stream_changes(sw_console *console, sw_request *request);

#endif
