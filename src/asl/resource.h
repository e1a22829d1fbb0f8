// resource.h: what a Task's Resource names.
//
// Purpose   Takes the ARN apart and knows which integrations exist, by resources.def and
//           aws_sdk.def.
// Owns      The parts point into the ARN.

#ifndef STEPWELL_ASL_RESOURCE_H
#define STEPWELL_ASL_RESOURCE_H

#include "asl/diagnostics.h"
#include "asl/machine.h"

typedef enum sw_resource_finding {
    SW_RESOURCE_REFUSED, // not well-formed, or an integration that does not exist
    SW_RESOURCE_FOREIGN, // a URI that AWS knows nothing about; here it names a function of the host
    SW_RESOURCE_FOUND,
} sw_resource_finding;

// Sets arn, kind, pattern, resource_type and resource of *task, unless it is refused.
sw_resource_finding sw_resource_parse(sw_str arn, sw_task *task);

// aws: an Express machine only calls by request and response, and knows no activities.
void sw_resource_check_express(sw_report *report, const sw_task *task, const sw_place *place);

#endif
