// sockets.h: libcurl's sockets and timer in an epoll, so that calls that only wait cost nothing.
//
// Purpose   curl_multi_perform and curl_multi_poll look at every call each time; a thousand slow
//           ones would make all others slow. Here libcurl is told which socket is ready.
// Owns      The epoll and the event that wakes it. Sockets are libcurl's.
// Threads   One thread for all but wake.
// Errors    Opening can fail.

#ifndef STEPWELL_INTEGRATIONS_SOCKETS_H
#define STEPWELL_INTEGRATIONS_SOCKETS_H

#include "stepwell/error.h"

#include "integrations/curl.h"

typedef struct sw_sockets sw_sockets;

bool sw_sockets_open(CURLM *multi, sw_sockets **sockets, sw_error *err);
// After the multi handle has been cleaned up, which closes sockets.
void sw_sockets_close(sw_sockets *sockets);

// Once for each handle, before its first call. Whoever sets CURLOPT_OPENSOCKETFUNCTION has it call
// sw_sockets_open_file.
void          sw_sockets_prepare(sw_sockets *sockets, CURL *easy);
curl_socket_t sw_sockets_open_file(sw_sockets *sockets, const struct curl_sockaddr *address);
// Waits until something is ready or due, for most_ms at most (-1: no bound), and lets libcurl act.
void sw_sockets_wait(sw_sockets *sockets, int64_t most_ms);
// The clock that waits go by; it never goes back.
int64_t sw_sockets_now_ms(void);
// Ends a wait, or the next one; from any thread.
void sw_sockets_wake(sw_sockets *sockets);

#endif
