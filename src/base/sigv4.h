// sigv4.h: AWS Signature Version 4: what a request's signature has to be.
//
// Purpose   The server checks signatures with it, and whoever calls AWS signs with it. Pure
//           calculation: no clock, no credentials kept.
// Owns      Texts are lent; what is longer than a signature is made in the arena given.
// Threads   Any.
// Source    AWS documentation, "Create a signed AWS API request"; the test vectors of AWS's
//           Signature Version 4 test suite (tests/unit/sigv4.c).

#ifndef STEPWELL_BASE_SIGV4_H
#define STEPWELL_BASE_SIGV4_H

#include "stepwell/base.h"

#define SW_SIGV4_HEX_BYTES        65u // of a SHA-256 in hexadecimal, with its NUL
#define SW_SIGV4_SECRET_BYTES_MAX 256u

typedef struct sw_sigv4_header {
    sw_str name; // in lower case
    sw_str value;
} sw_sigv4_header;

typedef struct sw_sigv4_request {
    const char            *method;
    sw_str                 path, query; // in canonical form; "/" and empty for an API of AWS JSON
    const sw_sigv4_header *headers;     // those that are signed, sorted by name
    size_t                 header_count;
    const char            *payload_hash; // see sw_sigv4_hash
    sw_str                 timestamp;    // 20150830T123600Z
    sw_str                 scope;        // 20150830/us-east-1/states/aws4_request
} sw_sigv4_request;

// SHA-256 in hexadecimal
void sw_sigv4_hash(sw_str text, char hex[SW_SIGV4_HEX_BYTES]);

// Good for the whole day and for that region and service. A secret that is longer than
// SW_SIGV4_SECRET_BYTES_MAX is refused by whoever reads it.
void sw_sigv4_derive_key(sw_str secret, sw_str date, sw_str region, sw_str service,
                         unsigned char key[32]);

void sw_sigv4_sign(const sw_sigv4_request *request, const unsigned char key[32], sw_arena *arena,
                   char signature[SW_SIGV4_HEX_BYTES]);

#endif
