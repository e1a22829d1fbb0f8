// metadata_keys.h: keys that the place where the server runs gives it: a container's or an
// instance's role.
//
// Purpose   Asks the metadata service when it is opened, and again before the keys expire; what was
//           asked last stands in until then. Only where the operator has said so: on a machine that
//           is no container or instance of AWS whoever answers at those addresses is anybody.
//
//               container  AWS_CONTAINER_CREDENTIALS_FULL_URI, or ..._RELATIVE_URI at 169.254.170.2
//                          (ECS); with AWS_CONTAINER_AUTHORIZATION_TOKEN or ..._TOKEN_FILE (EKS)
//               instance   a token, the role's name, its keys at 169.254.169.254 (IMDSv2), or at
//                          AWS_EC2_METADATA_SERVICE_ENDPOINT
//
// Threads   open and close by one; the rest is the caller's thread.
// Errors    open waits a few seconds for the first keys. Without them it says so in the log, and
//           asks on: calls fail like those of a server without keys.
// Source    AWS SDKs and Tools Reference Guide, "Container credential provider" and "IMDS
//           credential provider"

#ifndef STEPWELL_INTEGRATIONS_AWS_METADATA_KEYS_H
#define STEPWELL_INTEGRATIONS_AWS_METADATA_KEYS_H

#include "integrations/aws/aws.h"

typedef struct sw_metadata_keys sw_metadata_keys;

// from: "container" or "instance".
bool sw_metadata_keys_open(sw_aws *aws, const char *from, sw_metadata_keys **keys, sw_error *err);
void sw_metadata_keys_close(sw_metadata_keys *keys); // before the sw_aws; NULL is fine

#endif
