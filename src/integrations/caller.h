// caller.h: outgoing HTTP calls, on one thread.
//
// Purpose   Sends requests and hands each answer to its caller. Connections are kept and used
//           again; a slow or hostile endpoint takes its own connections only, for as long as its
//           time-out, and can make no answer larger than its limit.
//
//               submit -> queue -> the caller's thread: libcurl -> done, on that thread
//
// Owns      A request is copied by submit. An answer is lent for the call of done, which is called
//           once for each call, also for one that was cancelled; the call is gone when done
//           returns.
// Threads   submit and cancel from any thread; they do not block. done must not block either: all
//           calls wait.
// Units     Milliseconds (_ms), bytes.
// Errors    What went wrong is in the answer: it is data for whoever asked.

#ifndef STEPWELL_INTEGRATIONS_CALLER_H
#define STEPWELL_INTEGRATIONS_CALLER_H

#include "stepwell/base.h"
#include "stepwell/error.h"

#include "integrations/address.h"

typedef struct sw_caller sw_caller;
typedef struct sw_call   sw_call;

typedef struct sw_call_header {
    sw_str name, value;
} sw_call_header;

typedef enum sw_call_outcome {
    SW_CALL_ANSWERED,  // status, headers and body are there, whatever the status
    SW_CALL_FAILED,    // no connection, or it broke; message says how
    SW_CALL_TIMED_OUT, // no whole answer within timeout_ms
    SW_CALL_REFUSED,   // the address is beyond reach; nothing was sent
    SW_CALL_TOO_LARGE, // the answer's body is larger than answer_bytes_max
    SW_CALL_CANCELLED,
    SW_CALL_WAITED, // sw_caller_wait: the time is up
} sw_call_outcome;

typedef struct sw_call_answer {
    sw_call_outcome       outcome;
    unsigned              status;
    sw_str                status_text; // "Not Found"; what came, if anything
    const sw_call_header *headers;     // names as they came
    size_t                header_count;
    sw_str                body;
    const char           *message; // FAILED, TIMED_OUT
} sw_call_answer;

typedef struct sw_call_request {
    const char           *method; // HEAD has no body
    sw_str                url;
    const sw_call_header *headers;
    size_t                header_count;
    sw_str                body; // .text NULL: none, which is not the same as an empty one
    int64_t               timeout_ms;
    size_t                answer_bytes_max;
    sw_str                ca;    // the only certificates that are trusted, PEM; empty: the caller's
    sw_reach              reach; // anything but ANY goes past proxies, which would hide the address
    void (*done)(void *who, const sw_call_answer *answer);
    void *who;
} sw_call_request;

typedef struct sw_caller_options {
    unsigned    connections_max;          // 0: 4,000
    unsigned    connections_max_per_host; // 0: 1,000, as many as Lambda runs at once
    const char *ca_file; // certificates trusted besides the system's, PEM; NULL: none. Borrowed
} sw_caller_options;

bool sw_caller_open(const sw_caller_options *options, sw_caller **caller, sw_error *err);
// Cancels what is still running.
void sw_caller_close(sw_caller *caller);

// The call may be over before this returns.
sw_call *sw_caller_submit(sw_caller *caller, const sw_call_request *request);
// No call at all: done is called after that time, or when it is cancelled.
sw_call *sw_caller_wait(sw_caller *caller, int64_t                                   delay_ms,
                        void (*done)(void *who, const sw_call_answer *answer), void *who);
// The caller makes sure that done has not returned yet.
void sw_caller_cancel(sw_caller *caller, sw_call *call);

// Answered with 2xx.
bool sw_call_is_good(const sw_call_answer *answer);
// The value of the first header of that name, in any case; .text NULL when there is none.
sw_str sw_call_find_header(const sw_call_answer *answer, const char *name);

#endif
