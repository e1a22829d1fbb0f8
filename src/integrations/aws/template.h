// template.h: one value made out of others, for the rows of optimized.def and sync.def.
//
//     {"Jobs": ["$JobId"], "Cluster": "#Cluster"}    {"Build": "@Builds[0]"}    "@"
//
// A text that begins with $, # or @ stands for a part of the source with that mark, with ^ for a
// text of the submission's that is JSON; a member whose part is not there is left out.

#ifndef STEPWELL_INTEGRATIONS_AWS_TEMPLATE_H
#define STEPWELL_INTEGRATIONS_AWS_TEMPLATE_H

#include "stepwell/json.h"

typedef struct sw_aws_sources {
    sw_value submission, parameters, description; // $ # @
} sw_aws_sources;

// text is a template of ours, so it parses.
sw_value sw_aws_template(const char *text, const sw_aws_sources *sources, sw_arena *arena);

// "Jobs[0].Status"; empty: the value itself. Undefined when it is not there.
sw_value sw_aws_part(sw_value value, sw_str path);

#endif
