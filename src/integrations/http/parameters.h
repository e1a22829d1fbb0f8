// parameters.h: a task's Parameters read as the parts of an HTTP request, for http:invoke,
// apigateway:invoke and eks:call.
//
// Purpose   Each function reads one field and adds it to a request that is being made. What cannot
//           be used is a failure of the task, in AWS's words where they are recorded.
// Owns      Everything is made in the arena, or points into the parameters.

#ifndef STEPWELL_INTEGRATIONS_HTTP_PARAMETERS_H
#define STEPWELL_INTEGRATIONS_HTTP_PARAMETERS_H

#include "stepwell/json.h"

#include "integrations/job.h"

typedef enum sw_http_service {
    SW_HTTP_SERVICE_HTTP,
    SW_HTTP_SERVICE_API_GATEWAY,
    SW_HTTP_SERVICE_EKS,
} sw_http_service;

typedef struct sw_http_request {
    sw_arena       *arena;
    sw_http_service service;
    sw_value        parameters;
    sw_failure     *failure; // why it cannot be sent
    const char     *method;
    sw_str          url;   // as far as it is made
    sw_str          query; // name=value&name=value, encoded
    size_t          query_count;
    sw_call_header *headers;
    size_t          header_count;
    size_t          shown_count; // without those that TestState does not show
    sw_str          body;        // .text NULL: none
} sw_http_request;

// failure belongs to the caller.
bool sw_http_begin(sw_http_request *request, sw_http_service service, sw_str parameters,
                   sw_arena *arena, sw_failure *failure);

// "The Parameters '...' could not be used to start the Task: [...]": always false.
bool sw_http_refuse(sw_http_request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sw_http_refuse_format(sw_http_request *request, const char *field);

// Undefined when it is not there; false when it is no text.
bool sw_http_read_text(sw_http_request *request, sw_value object, const char *field, sw_str *text);
bool sw_http_need_text(sw_http_request *request, sw_value object, const char *field, sw_str *text);
bool sw_http_read_method(sw_http_request *request);

// {"Name": "value"}, or lists of values, but for those that hides says are another's; NULL: none.
bool sw_http_read_headers(sw_http_request *request, bool (*hides)(const void *who, sw_str name),
                          const void      *who);
bool sw_http_read_query(sw_http_request *request, bool (*hides)(const void *who, sw_str name),
                        const void      *who);
void sw_http_add_header(sw_http_request *request, sw_str name, sw_str value);
void sw_http_add_query(sw_http_request *request, sw_str name, sw_str value);
bool sw_http_has_header(const sw_http_request *request, const char *name);

// http or https, a host, and nothing that would not go into a request's first line. field: whose
// value it is
bool sw_http_check_url(sw_http_request *request, const char *field, sw_str url);
// A path of one's own begins with a slash or not.
sw_str sw_http_append_path(sw_arena *arena, sw_str url, sw_str path);
// The URL with the query behind it.
sw_str sw_http_join_url(const sw_http_request *request);

bool sw_http_same_name(sw_str a, sw_str b); // of headers: in any case

// The rest of the call: limits and reach, as the options say. false: *failure says why.
bool sw_http_make_call(const sw_http_request *request, const sw_runner_options *options,
                       sw_call_request *call);

#endif
