// read.h: an AWS service's answer as a task's result, or as an error.
//
// Purpose   Reads what the service's protocol has sent, by the action's model: names in PascalCase,
//           dates as ISO 8601, blobs as text, what the model does not have left out.
// Owns      Results live in the arena, and point into the answer.
// Threads   Pure functions.
// Errors    An answer that is not what the model says is an error of the service, too. Answers are
//           hostile: depth and size are bounded, XML has no entities of its own.
// Source    As write.h

#ifndef STEPWELL_INTEGRATIONS_AWS_READ_H
#define STEPWELL_INTEGRATIONS_AWS_READ_H

#include "integrations/aws/models.h"
#include "integrations/caller.h"

typedef struct sw_aws_error {
    sw_str code; // as the service has it: "NotFound"
    sw_str name; // the exception's: "NotFoundException"; empty: the model has none
    sw_str message;
    sw_str request_id, extended_id; // .text NULL: none
} sw_aws_error;

// A 2xx answer; false when it does not read as what the model says.
bool sw_aws_read_result(const sw_aws_operation *operation, const sw_call_answer *answer,
                        sw_arena *arena, sw_value *result);
void sw_aws_read_error(const sw_aws_service *service, const sw_call_answer *answer, sw_arena *arena,
                       sw_aws_error *error);
sw_str sw_aws_read_request_id(const sw_call_answer *answer);

// For the protocols' files ------------------------------------------------------------------------

typedef struct sw_aws_reader {
    sw_arena             *arena;
    const sw_aws_service *service;
} sw_aws_reader;

sw_value sw_aws_read_text(const sw_aws_reader *r, sw_value shape, sw_str text);
sw_value sw_aws_read_json(const sw_aws_reader *r, sw_value shape, sw_value wire);

// An element, its text without that of elements inside, and these.
typedef struct sw_aws_element {
    struct sw_aws_element *next, *first, *last, *parent;
    sw_str                 name, text;
} sw_aws_element;

// NULL when it is no XML. The root's parent stands above it: first is the root.
sw_aws_element       *sw_aws_parse_xml(sw_arena *arena, sw_str text);
const sw_aws_element *sw_aws_find_element(const sw_aws_element *parent, sw_str name);
sw_value sw_aws_read_xml(const sw_aws_reader *r, sw_value shape, const sw_aws_element *element);

// An object with the members of a structure that are not read from somewhere else
typedef sw_value sw_aws_read_member(const sw_aws_reader *r, sw_str wire, sw_value member,
                                    sw_value shape, const void *from);
sw_value sw_aws_read_members(const sw_aws_reader *r, sw_value shape, sw_aws_read_member *read,
                             const void *from);

#endif
