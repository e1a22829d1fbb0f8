// hosts.h: how many calls are under way to each host, and who waits for a place.
//
// Purpose   libcurl has a limit of its own, but looks at all that wait each time one has ended.
//           Here a place is handed on to whoever has waited longest.
//
//               enter -> true: call it                 leave -> the next one: call it
//                     -> false: it waits until some leave returns it
//
// Owns      A turn is part of its call. A host is forgotten when nobody calls it.
// Threads   The caller's alone.

#ifndef STEPWELL_INTEGRATIONS_HOSTS_H
#define STEPWELL_INTEGRATIONS_HOSTS_H

#include "stepwell/base.h"

typedef struct sw_host sw_host;

typedef struct sw_turn {
    struct sw_turn *left, *right; // among those that wait
    sw_host        *host;
    bool            waits;
} sw_turn;

typedef struct sw_hosts {
    sw_host *buckets[256];
    unsigned at_once; // calls to one host
} sw_hosts;

bool sw_hosts_enter(sw_hosts *hosts, sw_str url, sw_turn *turn);
// The call has ended, or does not wait any more. NULL: nobody's turn has come.
sw_turn *sw_hosts_leave(sw_hosts *hosts, sw_turn *turn);

#endif
