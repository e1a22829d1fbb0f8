// connection.h: who an HTTP Task is to the other side: EventBridge's connections.
//
// Purpose   A connection has a name, a way to prove who one is, and headers, query parameters and
//           body members of its own. They are given as EventBridge's CreateConnection has them, by
//           name; a value may be elsewhere, so that the file has no secrets:
//
//               {"shop": {"AuthorizationType": "API_KEY",
//                         "AuthParameters": {"ApiKeyAuthParameters": {
//                             "ApiKeyName": "X-Key", "ApiKeyValue": {"env": "SHOP_KEY"}}}}}
//
// Owns      A set owns its connections. A token that is looked up is copied.
// Threads   Connections never change; the tokens that OAuth gave stand under a lock.
// Errors    A connection that is wrong is refused by its path; no message shows a value.
// Source    EventBridge API, CreateConnection.

#ifndef STEPWELL_INTEGRATIONS_HTTP_CONNECTION_H
#define STEPWELL_INTEGRATIONS_HTTP_CONNECTION_H

#include "stepwell/json.h"

#include "integrations/caller.h"

typedef enum sw_connection_kind {
#define CONNECTION(id, name, member) SW_CONNECTION_##id,
#include "integrations/http/connections.def"
#undef CONNECTION
} sw_connection_kind;

typedef struct sw_pairs {
    const sw_call_header *list; // name and value
    size_t                count;
} sw_pairs;

typedef struct sw_http_parameters {
    sw_pairs headers, query, body;
} sw_http_parameters;

typedef struct sw_connection {
    sw_str             name;
    sw_connection_kind kind;
    // BASIC: name and password; API_KEY: header and value; OAUTH: client
    sw_str             user, secret;
    bool               redacted; // made by sw_connection_redact
    sw_http_parameters parameters;
    // OAUTH_CLIENT_CREDENTIALS
    sw_str             token_url;
    const char        *token_method;
    sw_http_parameters token_parameters;
    struct sw_token   *token; // the set's
} sw_connection;

typedef struct sw_connections sw_connections;

// value is the object of all connections, .type SW_UNDEFINED: none.
bool sw_connections_open(sw_value value, sw_connections **connections, sw_error *err);
void sw_connections_close(sw_connections *connections); // NULL is fine

// arn: .../connection/NAME/ID, or the name alone. NULL: there is none.
const sw_connection *sw_connections_find(const sw_connections *connections, sw_str arn);

// A copy whose values are [REDACTED], to be shown.
const sw_connection *sw_connection_redact(const sw_connection *connection, sw_arena *arena);

// The token that is still good at now_ms, copied to arena; .text NULL: none.
sw_str sw_connection_get_token(const sw_connection *connection, int64_t now_ms, sw_arena *arena);
void   sw_connection_set_token(const sw_connection *connection, sw_str token, int64_t until_ms);
// It was not accepted: the next task asks for another one.
void sw_connection_drop_token(const sw_connection *connection);

#endif
