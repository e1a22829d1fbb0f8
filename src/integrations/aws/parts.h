// parts.h: of aws.h: where a service is, who calls, and the signature.

#ifndef STEPWELL_INTEGRATIONS_AWS_PARTS_H
#define STEPWELL_INTEGRATIONS_AWS_PARTS_H

#include "integrations/aws/aws.h"
#include "integrations/aws/write.h"

#include <pthread.h>

#define SW_AWS_SESSIONS 64u

// session is empty when there is none; key when there are none. Without a secret the key only says
// who calls: the signature is none.
typedef struct sw_aws_keys {
    sw_str key, secret, session;
} sw_aws_keys;

// What STS has given for a role.
typedef struct sw_aws_session {
    sw_arena    arena;
    sw_aws_role role; // .arn is empty: none yet
    sw_aws_keys keys;
    int64_t     until_ms;
} sw_aws_session;

struct sw_aws {
    sw_arena       arena;
    sw_aws_options options;
    sw_aws_models *models;
    // The files' keys, read again from time to time: they may be of a session that ends.
    pthread_mutex_t lock;
    int64_t         read_ms;
    sw_arena        keys_arena;
    sw_aws_keys     keys;
    sw_arena        given_arena;
    sw_aws_keys     given; // by a metadata service
    sw_aws_session  sessions[SW_AWS_SESSIONS];
    size_t          next_session; // the one to be replaced
};

typedef struct sw_aws_address {
    sw_str scheme;         // "https"
    sw_str host;           // with its port: "127.0.0.1:9001"
    sw_str path;           // before the request's own; empty, mostly
    sw_str region;         // for the signature
    bool   own;            // given by the operator, not AWS's
    bool   step_functions; // of this server
} sw_aws_address;

// endpoint: in place of all that is configured; empty: that.
bool sw_aws_find_address(const sw_aws *aws, const sw_aws_service *service, sw_str endpoint,
                         sw_arena *arena, sw_aws_address *address);

// Copies. Keys that are not there are empty.
sw_aws_keys sw_aws_find_keys(sw_aws *aws, const sw_aws_address *address, const sw_aws_role *role,
                             int64_t now_ms, sw_arena *arena);

// The profile's credential_process; empty: it has none.
sw_str sw_aws_find_process(const sw_aws *aws, sw_arena *arena);

// Instead of those given before; copied.
void sw_aws_give_keys(sw_aws *aws, const sw_aws_keys *keys);

// Whether a role's keys are asked for at STS before the service is called: at AWS, and where STS
// has an endpoint, too. Any other server is called as by whoever runs this one.
// NULL: an address that the workflow has given.
bool sw_aws_assumes_roles(sw_aws *aws, const sw_aws_service *service, sw_arena *arena);
// Copies; false when there are none that last. What is given replaces what there was, or the
// oldest.
bool sw_aws_find_session(sw_aws *aws, const sw_aws_role *role, int64_t now_ms, sw_arena *arena,
                         sw_aws_keys *keys);
void sw_aws_give_session(sw_aws *aws, const sw_aws_role *role, const sw_aws_keys *keys,
                         int64_t until_ms);

// The rest of sw_aws_make_request, for a message that is written already.
bool sw_aws_finish_request(sw_aws *aws, const sw_aws_call *call, sw_aws_message *message,
                           sw_arena *arena, sw_call_request *request, sw_aws_trouble *trouble);

// "https://host:port/path" into its parts; false: it is no URL.
bool sw_aws_split_url(sw_str url, sw_aws_address *address);
// name=value pairs in order, as signatures have them
sw_str sw_aws_canonical_query(sw_str query, sw_arena *arena);
bool   sw_aws_need_keys(const sw_aws_keys *keys, sw_aws_trouble *trouble);

// Adds the headers that sign the message.
void sw_aws_sign(const sw_aws_service *service, const sw_aws_address *address,
                 const sw_aws_keys *keys, int64_t now_ms, sw_arena *arena, sw_aws_message *message);

#endif
