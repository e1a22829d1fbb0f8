// http.h: HTTP/1.1 in front of the server, by libmicrohttpd.
//
// Purpose   Reads whole requests within limits, hands each to serve, and sends the answer when
//           there is one: at once, or later from any thread (the connection is suspended until
//           then).
// Owns      A request is made here and freed when its answer has been sent or its connection has
//           gone.
// Threads   serve is called on one of the HTTP threads; answering may happen on any.
// Units     Bytes, seconds (_s).
// Errors    Opening fails with a sentence: an address in use, a certificate that cannot be read.

#ifndef STEPWELL_SERVER_HTTP_HTTP_H
#define STEPWELL_SERVER_HTTP_HTTP_H

#include "stepwell/store.h"

#include "server/request.h"

#include <stdint.h>

typedef struct sw_http sw_http;

// What serve may ask about the request's head. Texts are good while serve runs.
typedef struct sw_http_head {
    const char *method, *path;
    sw_str      body;
    void       *connection;
} sw_http_head;

const char *sw_http_header(const sw_http_head *head, const char *name); // NULL: not sent
const char *sw_http_query(const sw_http_head *head, const char *name);  // ?name=value; NULL: no
bool        sw_http_is_local(const sw_http_head *head);                 // from this machine

typedef struct sw_http_options {
    const char *const *addresses; // "127.0.0.1", "::1"; ended by NULL
    uint16_t           port;      // 0: any; see sw_http_get_port
    unsigned           threads;   // for each address
    unsigned           connections_max;
    size_t             body_bytes_max;
    unsigned           idle_s;
    const char        *certificate, *key; // PEM texts; NULL: plain HTTP
    sw_store          *store;             // a reader for each thread
    sw_server         *server;
    void (*serve)(sw_request *request, const sw_http_head *head);
} sw_http_options;

bool     sw_http_open(const sw_http_options *options, sw_http **http, sw_error *err);
uint16_t sw_http_get_port(const sw_http *http);
// Stops listening; requests at hand are answered by whoever holds them before close.
void sw_http_quiesce(sw_http *http);
void sw_http_close(sw_http *http);

// Sends anything: body is copied. content_type is a literal.
void sw_request_send(sw_request *request, unsigned status, const char *content_type, sw_str body);
// Before it is sent. name is a literal, value is copied and contains no line break.
void sw_request_add_header(sw_request *request, const char *name, sw_str value);

// Streams -----------------------------------------------------------------------------------------

// An answer without an end in sight. Pieces are made one after the other, each when the client has
// taken the one before: a slow client costs one piece. Between pieces the connection sleeps until
// somebody wakes the stream.
typedef enum sw_stream_step {
    SW_STREAM_PIECE, // *piece goes out; it is good until the next call
    SW_STREAM_WAIT,  // nothing for now
    SW_STREAM_END,
} sw_stream_step;

typedef struct sw_stream sw_stream;
struct sw_stream {
    // On the connection's thread. The arena is emptied before each call.
    sw_stream_step (*next)(sw_stream *stream, sw_reader *reader, sw_arena *arena, sw_str *piece);
    void (*close)(sw_stream *stream); // the connection has gone; nobody may wake it any more
    sw_request *request;              // private to http/
};

// While serve runs. The stream is the connection's from here on.
void sw_request_stream(sw_request *request, const char *content_type, sw_stream *stream);
// From any thread, as long as it is not closed.
void sw_stream_wake(sw_stream *stream);

#endif
