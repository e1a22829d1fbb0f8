// roles.h: the keys of a role that a task's Credentials name.
//
// Purpose   A step before the call: asks STS for them, or has them from an earlier task.
//
//               start -> sw_aws_take_role -> (AssumeRole) -> then -> sw_job_call
//
//           The session is named after the state machine, whose ARN is the external id; they last
//           an hour and are kept, so that STS is called once in a while only.
// Threads   As a job's steps.
// Errors    A role that cannot be had fails the task.
// Source    Developer Guide, concepts-access-cross-acct-resources and concepts-cross-acct-sync-
//           pattern; the failure is recorded.

#ifndef STEPWELL_INTEGRATIONS_AWS_ROLES_H
#define STEPWELL_INTEGRATIONS_AWS_ROLES_H

#include "integrations/aws/aws.h"
#include "integrations/job.h"

// A step's end, like sw_job_call; service is the one that will be called, NULL for an address that
// the workflow has given. Without Credentials, and
// where roles are not assumed (sw_aws_assumes_roles), then is called at once.
void sw_aws_take_role(sw_job *job, const sw_aws_service *service, void (*then)(sw_job *job));

// For sw_aws_call
sw_aws_role sw_aws_role_of(sw_job *job);

// arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME -> ...:stateMachine:MACHINE
sw_str sw_aws_machine_arn(sw_str execution_arn, sw_arena *arena);

#endif
