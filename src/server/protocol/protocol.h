// protocol.h: AWS JSON 1.0: from an HTTP request to an action, and from an answer to a body.

#ifndef STEPWELL_SERVER_PROTOCOL_PROTOCOL_H
#define STEPWELL_SERVER_PROTOCOL_PROTOCOL_H

#include "server/http/http.h"
#include "server/request.h"

// sw_http_options.serve: finds the action, checks the input, performs; other paths are the
// operator's (/health).
void sw_protocol_serve(sw_request *request, const sw_http_head *head);

// Account and region of the caller: from the signature's scope, where its key id is an account's
// number, else the server's own.
void sw_protocol_read_scope(sw_request *request, const char *authorization);

#endif
