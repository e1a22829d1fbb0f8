// models.h: what AWS's services and their actions look like on the wire.
//
// Purpose   A service's model says which actions there are, what goes into them and comes out, and
//           by which protocol. The models are AWS's own, packed by tools/pack-models (which
//           describes the form): those of all services are in the binary. An operator's pack comes
//           before them: it may be newer.
//
//               pack    {"services": {"sqs": [offset, bytes, bytes of the text], ...}}\n, streams
//               service {"prefix": "Sqs", "protocol": "json", "operations": {...}, "shapes": [...]}
//               shape   {"is": "structure", "members": {"QueueUrl": {"of": 1, "need": true}, ...}}
//
// Owns      The models own everything they give.
// Threads   Any. A service is parsed when it is first asked for, under a lock, and never changes.
// Errors    Opening fails when the pack cannot be read; a service that does not parse is not there.

#ifndef STEPWELL_INTEGRATIONS_AWS_MODELS_H
#define STEPWELL_INTEGRATIONS_AWS_MODELS_H

#include "stepwell/json.h"

typedef struct sw_aws_models sw_aws_models;

typedef enum sw_aws_protocol {
#define PROTOCOL(id, name) SW_AWS_##id,
#include "integrations/aws/protocols.def"
#undef PROTOCOL
} sw_aws_protocol;

// Whose names members and exceptions have: DBName or DbName, BOOL or Bool.
typedef enum sw_aws_names {
    SW_AWS_NAMES_API, // the API's own, as the SDK for Java 1 has them: optimized integrations
    SW_AWS_NAMES_SDK, // of the SDK for Java 2: aws-sdk
} sw_aws_names;

typedef struct sw_aws_service {
    struct sw_aws_service *next;
    sw_str                 name; // in ARNs: "sqs"
    sw_aws_names           names;
    sw_str                 prefix;          // of errors: "Sqs"
    sw_str          endpoint, signing, env; // "sqs", "sqs", and "SQS" of AWS_ENDPOINT_URL_SQS
    sw_aws_protocol protocol;
    sw_value        model;
} sw_aws_service;

typedef struct sw_aws_operation {
    const sw_aws_service *service;
    sw_str                name; // "SendMessage"
    sw_value              model;
} sw_aws_operation;

// file is a pack's name; NULL: only what is in the binary.
bool sw_aws_models_open(const char *file, sw_aws_models **models, sw_error *err);
void sw_aws_models_close(sw_aws_models *models);

// NULL: no model of it.
const sw_aws_service *sw_aws_models_find(sw_aws_models *models, sw_str service, sw_aws_names names);

// action as in ARNs, "sendMessage"; the case of its first letter does not matter.
bool sw_aws_find_operation(const sw_aws_service *service, sw_str action,
                           sw_aws_operation *operation);

// Shapes ------------------------------------------------------------------------------------------

// The shape under that member ("in", "out" of an operation, "of", "key" of a shape or a structure's
// member); undefined when there is none.
sw_value sw_aws_shape(const sw_aws_service *service, sw_value holder, const char *member);
bool     sw_aws_shape_is(sw_value shape, const char *kind);

// A text or a truth of the model; empty or false when it is not there.
sw_str sw_aws_text(sw_value model, const char *member);
bool   sw_aws_flag(sw_value model, const char *member);

// Members of a structure as a task gives them. aws-sdk tasks may use the API's own names, too:
// AWS documents neither, and workflows are found with both.
bool     sw_aws_has_member(sw_value members, sw_str name);
sw_value sw_aws_given_member(sw_value input, sw_value members, size_t index);

// What a structure's member at that index is called on the wire.
sw_str sw_aws_wire_name(sw_value members, size_t index);

#endif
