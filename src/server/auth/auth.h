// auth.h: who may call the API: signatures against the credentials of a file.
//
//     [default]                                     the form of AWS's shared credentials file; the
//     aws_access_key_id = AKIAIOSFODNN7EXAMPLE      names of the sections don't matter
//     aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
//     aws_session_token = ...                       where the key needs one
//     aws_account_id = 123456789012                 whose ARNs its calls make; the server's account
//                                                   when it is not given
//
// Owns      The credentials are copied; closing wipes them. They are never printed.
// Threads   Checking from any thread. A day's key is kept by each thread for the caller it saw
//           last.
// Errors    A wrong file: a sentence with its name and the line. A wrong signature: the request is
//           answered, with AWS's exceptions and messages.
// Source    AWS documentation, "Create a signed AWS API request"; messages as public reports show
//           them.

#ifndef STEPWELL_SERVER_AUTH_AUTH_H
#define STEPWELL_SERVER_AUTH_AUTH_H

#include "server/http/http.h"

typedef struct sw_auth sw_auth;

bool sw_auth_open(const char *file_name, sw_str text, sw_auth **auth, sw_error *err);
void sw_auth_close(sw_auth *auth);
// Credentials of that account, with which the server's own tasks may call it; borrowed, ended by
// NUL. false: there are none that need no token.
bool sw_auth_find_own(const sw_auth *auth, sw_str account, const char **key_id,
                      const char **secret);

// Sets the request's account and region. false: the request has been answered.
// service: what the signature has to be for, "states".
bool sw_auth_check(const sw_auth *auth, const char *service, sw_request *request,
                   const sw_http_head *head);

#endif
