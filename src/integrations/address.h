// address.h: which addresses a call may go to.
//
// Purpose   A workflow's author chooses the URL of an HTTP Task. On a server that others may use, a
//           URL must not reach what only the server itself can: its loopback, its private network,
//           its cloud's metadata. Names are no help, since a name may mean another address with
//           each look-up; what counts is the address that is connected to.
// Threads   Pure functions.

#ifndef STEPWELL_INTEGRATIONS_ADDRESS_H
#define STEPWELL_INTEGRATIONS_ADDRESS_H

#include "stepwell/base.h"

#include <sys/socket.h>

typedef enum sw_reach {
    SW_REACH_ANY,
    SW_REACH_PUBLIC,   // addresses that anybody on the Internet could connect to
    SW_REACH_LOOPBACK, // this machine alone
} sw_reach;

bool sw_address_is_allowed(const struct sockaddr *address, sw_reach reach);
// The same for an address as text: 10.0.0.1, ::1. What is no address is not allowed.
bool sw_address_text_is_allowed(const char *text, sw_reach reach);

#endif
