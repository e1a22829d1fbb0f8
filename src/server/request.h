// request.h: one call of an API action, from the bytes on the wire to the answer.
//
// Purpose   http/ makes a request and finds its action; the action's file in api/ reads
//           request->input and answers, at once or later and from any thread. Answering is what
//           frees it: nobody touches a request after that.
// Owns      The request owns its arena; everything the answer needs is made in it or outlives it.
// Threads   Handed from thread to thread, used by one at a time.
// Errors    A failed call is an answer too: sw_request_fail with AWS's exception name and message.

#ifndef STEPWELL_SERVER_REQUEST_H
#define STEPWELL_SERVER_REQUEST_H

#include "json/members.h"

typedef struct sw_server  sw_server;
typedef struct sw_request sw_request;
typedef struct sw_action  sw_action;
typedef struct sw_reader  sw_reader;

struct sw_request {
    sw_arena         arena;
    sw_server       *server;
    const sw_action *action;
    sw_value         input;           // the body, checked against the API model
    sw_str           account, region; // of the caller
    sw_reader       *reader;          // this thread's; good until the action's function returns
    int64_t          now_ms;          // when it came
    // Private to http/:
    char     id[37]; // x-amzn-RequestId
    unsigned status; // HTTP status; 0: not answered yet
    sw_str   body;
    void    *connection;
};

void sw_request_succeed(sw_request *request, sw_value answer);
// exception: "StateMachineDoesNotExist". Always false, so that an action can end with it.
bool sw_request_fail(sw_request *request, const char *exception, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Whether somebody still waits for the answer: looks at the connection, so that what is given only
// once is not given to nobody.
bool sw_request_is_wanted(const sw_request *request);
// The store or memory failed: InternalServerError with the sentence in the server's log.
bool sw_request_fail_internal(sw_request *request, const sw_error *err);

// Reading the input: absent members give the fallback.
static inline sw_value sw_input_get(const sw_request *request, const char *member)
{
    return sw_value_get(request->input, sw_str_from(member));
}
sw_str  sw_input_text(const sw_request *request, const char *member); // .text NULL when absent
int64_t sw_input_integer(const sw_request *request, const char *member, int64_t fallback);
bool    sw_input_bool(const sw_request *request, const char *member, bool fallback);

// Building an answer: members in order, absent ones left out.
typedef sw_members sw_answer;

static inline sw_answer sw_answer_begin(sw_arena *arena)
{
    return sw_members_begin(arena, 16);
}
static inline void sw_answer_add(sw_answer *answer, const char *member, sw_value value)
{
    sw_members_add(answer, member, value);
}
// .text NULL is left out
void sw_answer_text(sw_answer *answer, const char *member, sw_str text);
// Epoch seconds with milliseconds
void sw_answer_time(sw_answer *answer, const char *member, int64_t ms);

static inline sw_value sw_answer_end(const sw_answer *answer)
{
    return sw_members_end(answer);
}

#endif
