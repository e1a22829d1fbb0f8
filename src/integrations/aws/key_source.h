// key_source.h: keys that somebody else gives, for some time: the place where the server runs, STS,
// a command.
//
// Purpose   Asks when it is opened, and again before the keys expire; what was asked last stands in
//           until then. Only where the operator has said so: on a machine that is no container or
//           instance of AWS whoever answers at those addresses is anybody.
//
//               container  AWS_CONTAINER_CREDENTIALS_FULL_URI, or ..._RELATIVE_URI at 169.254.170.2
//                          (ECS); with AWS_CONTAINER_AUTHORIZATION_TOKEN or ..._TOKEN_FILE (EKS)
//               instance   a token, the role's name, its keys at 169.254.169.254 (IMDSv2), or at
//                          AWS_EC2_METADATA_SERVICE_ENDPOINT
//               web-identity  AWS_ROLE_ARN's at STS, by the token in AWS_WEB_IDENTITY_TOKEN_FILE
//                          (IAM roles of Kubernetes' service accounts)
//               process    what the profile's credential_process prints, such as
//                          aws configure export-credentials --format process
//
// Threads   open and close by one; the rest is the caller's thread.
// Errors    open waits a few seconds for the first keys. Without them it says so in the log, and
//           asks on: calls fail like those of a server without keys.
// Source    AWS SDKs and Tools Reference Guide, "Container credential provider", "IMDS credential
//           provider", "Assume role credential provider", "Process credential provider"

#ifndef STEPWELL_INTEGRATIONS_AWS_METADATA_KEYS_H
#define STEPWELL_INTEGRATIONS_AWS_METADATA_KEYS_H

#include "integrations/aws/aws.h"

typedef struct sw_key_source sw_key_source;

// from: "container", "instance", "web-identity" or "process".
bool sw_key_source_open(sw_aws *aws, const char *from, sw_key_source **keys, sw_error *err);
void sw_key_source_close(sw_key_source *keys); // before the sw_aws; NULL is fine

#endif
