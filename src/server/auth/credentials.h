// credentials.h: the credentials of a file, by their key ids.

#ifndef STEPWELL_SERVER_AUTH_CREDENTIALS_H
#define STEPWELL_SERVER_AUTH_CREDENTIALS_H

#include "server/auth/auth.h"

typedef struct sw_credential {
    sw_str key_id, secret;
    sw_str token;   // empty: none is needed
    sw_str account; // empty: the server's
} sw_credential;

const sw_credential *sw_credentials_find(const sw_auth *auth, sw_str key_id); // NULL: unknown

#endif
