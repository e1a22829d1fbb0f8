// write.h: a task's parameters as a request of an AWS service.
//
// Purpose   Writes what the service's protocol wants, by the action's model. Parameters are in
//           PascalCase at every level; where the service wants a text, any other JSON value is sent
//           as its JSON text; null is sent as nothing. A request has neither address nor signature
//           yet.
// Owns      Results live in the arena, and point into the input.
// Threads   Pure functions.
// Errors    What the model does not have is named in problem, in AWS's words.
// Source    AWS's API models; Smithy's descriptions of the protocols awsJson, awsQuery, ec2Query,
//           restJson and restXml; cases recorded on AWS.

#ifndef STEPWELL_INTEGRATIONS_AWS_WRITE_H
#define STEPWELL_INTEGRATIONS_AWS_WRITE_H

#include "integrations/aws/models.h"
#include "integrations/aws/text.h"
#include "integrations/caller.h"

typedef struct sw_aws_message {
    const char     *method;
    sw_str          path, query; // encoded; the query without "?"
    sw_call_header *items;
    size_t          count, capacity;
    sw_str          body;        // .text NULL: none
    sw_str          host_prefix; // "data-"; empty: none
} sw_aws_message;

typedef struct sw_aws_writer {
    sw_arena               *arena;
    const sw_aws_operation *operation;
    const sw_aws_service   *service;
    sw_aws_message         *message;
    sw_str                  token;   // for an idempotency token that is not given
    sw_str                  problem; // the first one; empty: none
} sw_aws_writer;

// token: a text that is another one for each attempt.
bool sw_aws_write(const sw_aws_operation *operation, sw_value input, sw_str token, sw_arena *arena,
                  sw_aws_message *message, sw_str *problem);

// For the protocols' files ------------------------------------------------------------------------

void sw_aws_add_header(sw_aws_writer *w, const char *name, sw_str value);
void sw_aws_refuse_member(sw_aws_writer *w, const char *format, sw_str member);

// The members that shall be written, each with what the model says of it.
typedef struct sw_aws_member {
    sw_str   key, wire; // "QueueUrl"
    sw_value model, shape, value;
} sw_aws_member;

// Goes through the model's members; *at begins with 0. Members that are absent or null are left
// out.
bool sw_aws_next_member(sw_aws_writer *w, sw_value shape, sw_value input, size_t *at,
                        sw_aws_member *member);
// Refuses what the model does not have.
void sw_aws_check_members(sw_aws_writer *w, sw_value shape, sw_value input);

// A value that is no structure, list or map, as text.
sw_str sw_aws_print_scalar(sw_aws_writer *w, const sw_aws_member *member,
                           sw_aws_date_format date_format);
// A string as it is, anything else as its JSON text.
sw_str sw_aws_value_text(sw_arena *arena, sw_value value);

sw_str sw_aws_write_json(sw_aws_writer *w, sw_value shape, sw_value input);
// Those members alone that have no other place in the request.
sw_str sw_aws_write_json_body(sw_aws_writer *w, sw_value shape, sw_value input);
sw_str sw_aws_write_xml(sw_aws_writer *w, sw_str root, sw_str space, sw_value shape,
                        sw_value input);
sw_str sw_aws_write_query(sw_aws_writer *w, sw_value shape, sw_value input);
void   sw_aws_write_rest(sw_aws_writer *w, sw_value shape, sw_value input);

#endif
