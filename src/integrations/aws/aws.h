// aws.h: AWS's services, or servers that speak like them, as a whole: models, addresses and
// credentials.
//
// Purpose   Makes a call out of an action and its input: written by protocol, addressed, signed.
//
//               address  AWS_ENDPOINT_URL_SQS, SQS_ENDPOINT (Step Functions Local),
//                        AWS_ENDPOINT_URL, else AWS's own: sqs.us-east-1.amazonaws.com
//               keys     AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else the profile AWS_PROFILE
//                        in the files that the AWS CLI keeps. With an address of one's own, and no
//                        keys, the account stands for them, which is where emulators look for it.
//               roles    of Credentials, assumed at STS (roles.h)
//
// Owns      sw_aws owns models and keys; the variables' texts are the environment's.
// Threads   Any.
// Errors    What cannot be called is a sw_aws_trouble: data for whoever asked. No message shows a
//           secret.
// Source    AWS SDKs and Tools Reference Guide, "Service-specific endpoints" and "Standardized
//           credential providers"

#ifndef STEPWELL_INTEGRATIONS_AWS_AWS_H
#define STEPWELL_INTEGRATIONS_AWS_AWS_H

#include "integrations/aws/models.h"
#include "integrations/caller.h"

typedef struct sw_aws sw_aws;

typedef struct sw_aws_options {
    const char *models_file; // the pack; NULL: none
    sw_str      account, region;
    const char *(*variable)(const char *name); // of the environment; NULL: not set
    const char *own_endpoint;                  // where Step Functions is, here; NULL: nowhere
    const char *own_key, *own_secret;          // that it takes; NULL: any
    sw_str      lambda_endpoint;               // empty: as for all others
} sw_aws_options;

// Options are copied.
bool sw_aws_open(const sw_aws_options *options, sw_aws **aws, sw_error *err);
void sw_aws_close(sw_aws *aws);

sw_aws_models *sw_aws_get_models(sw_aws *aws);

// Calling -----------------------------------------------------------------------------------------

typedef enum sw_aws_trouble_kind {
    SW_AWS_TROUBLE_PARAMETERS, // message is in AWS's words for a field
    SW_AWS_TROUBLE_CLIENT,     // no credentials, no address
} sw_aws_trouble_kind;

typedef struct sw_aws_trouble {
    sw_aws_trouble_kind kind;
    sw_str              message;
} sw_aws_trouble;

// A role that a task's Credentials name.
typedef struct sw_aws_role {
    sw_str arn;     // empty: none, the operator's own keys sign
    sw_str machine; // the state machine's ARN, for the session's external id
} sw_aws_role;

typedef struct sw_aws_call {
    const sw_aws_operation *operation;
    sw_aws_role             role; // assumed already, see roles.h
    sw_value                input;
    sw_str                  token;    // for idempotency
    sw_str                  endpoint; // in place of the service's own; empty: that
    sw_str                  body;     // sent as it is; .text NULL: what the input says
    int64_t                 now_ms;
} sw_aws_call;

// request's texts live in the arena.
bool sw_aws_make_request(sw_aws *aws, const sw_aws_call *call, sw_arena *arena,
                         sw_call_request *request, sw_aws_trouble *trouble);

// Calls that no model describes -------------------------------------------------------------------

// Signs a request to wherever its URL leads, for a service by its signing name ("execute-api").
bool sw_aws_sign_request(sw_aws *aws, const char *signing, const sw_aws_role *role, int64_t now_ms,
                         sw_arena *arena, sw_call_request *request, sw_aws_trouble *trouble);

// What an EKS cluster takes for a bearer token: a signed URL of STS that says who calls.
// source: aws-iam-authenticator, "API authorization from outside a cluster"
bool sw_aws_make_cluster_token(sw_aws *aws, sw_str cluster, const sw_aws_role *role, int64_t now_ms,
                               sw_arena *arena, sw_str *token, sw_aws_trouble *trouble);

// Whether nobody has given an address: then it is AWS itself.
bool sw_aws_is_amazon(const sw_aws *aws, const sw_aws_service *service, sw_arena *arena);

#endif
