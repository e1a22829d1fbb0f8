// arn.h: Amazon Resource Names of state machines, executions, activities and map runs.
//
//   arn:aws:states:REGION:ACCOUNT:stateMachine:NAME[/LABEL][:VERSION or ALIAS]
//   arn:aws:states:REGION:ACCOUNT:execution:MACHINE[/LABEL]:NAME
//   arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME:UUID
//   arn:aws:states:REGION:ACCOUNT:activity:NAME
//   arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:UUID
//
// Owns      A parsed ARN points into the text it was parsed from.
// Errors    false: not an ARN; sw_arn_check answers the request as AWS does.

#ifndef STEPWELL_SERVER_ARN_H
#define STEPWELL_SERVER_ARN_H

#include "server/request.h"

typedef enum sw_arn_kind {
    SW_ARN_STATE_MACHINE = 1,
    SW_ARN_EXECUTION = 2,
    SW_ARN_EXPRESS = 4,
    SW_ARN_ACTIVITY = 8,
    SW_ARN_MAP_RUN = 16,
    SW_ARN_OTHER = 32,
} sw_arn_kind;

typedef struct sw_arn {
    sw_arn_kind kind;
    sw_str      whole, partition, region, account;
    sw_str      type;        // as written: "stateMachine"
    sw_str      name;        // of the machine or activity
    sw_str      label;       // behind the slash; empty: none
    sw_str      qualifier;   // version or alias; execution's name; map run's UUID; empty: none
    sw_str      unique;      // an express execution's UUID
    sw_str      unqualified; // STATE_MACHINE: the ARN without version or alias
} sw_arn;

bool sw_arn_parse(sw_str text, sw_arn *arn);
// Parses the member of the input and checks that it is of one of the kinds (a mask); otherwise the
// request has been answered with InvalidArn.
bool sw_arn_check(sw_request *request, const char *member, unsigned kinds, sw_arn *arn);
// Of the caller's account and region
bool sw_arn_is_callers(const sw_request *request, sw_str arn);
// Whether a qualifier is a version: digits only.
bool sw_arn_is_version(sw_str qualifier, int64_t *number);

sw_str sw_arn_of_machine(sw_arena *arena, sw_str region, sw_str account, sw_str name);
sw_str sw_arn_of_activity(sw_arena *arena, sw_str region, sw_str account, sw_str name);
sw_str sw_arn_of_execution(sw_arena *arena, sw_str machine_arn, sw_str name);
sw_str sw_arn_of_express(sw_arena *arena, sw_str machine_arn, sw_str name, sw_str uuid);
// machine_arn with or without a label of its own
sw_str sw_arn_of_map_run(sw_arena *arena, sw_str machine_arn, sw_str label, sw_str uuid);
sw_str sw_arn_of_children(sw_arena *arena, sw_str map_run_arn); // ...:stateMachine:NAME/LABEL
// The machine, with its label, that an execution's ARN names.
sw_str sw_arn_machine_of(sw_arena *arena, const sw_arn *arn);
sw_str sw_arn_qualify(sw_arena *arena, sw_str machine_arn, sw_str qualifier); // version or alias

// aws: names of machines, executions, activities: 1 to 80 characters, none of the forbidden ones.
bool sw_name_is_valid(sw_str name);

#endif
