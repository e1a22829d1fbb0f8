// api_client.h: calls of the Step Functions API, one at a time, for the operator commands.
//
// Purpose   The endpoint and the credentials are found as AWS's own tools find them. With
//           credentials requests are signed; without they are sent as they are.
// Owns      Answers live in the arena.
// Errors    false: SW_ERROR_IO, no answer came, with the endpoint in the message; SW_ERROR_INVALID,
//           the answer is an exception: its name and message.

#ifndef STEPWELL_CLI_API_CLIENT_H
#define STEPWELL_CLI_API_CLIENT_H

#include "stepwell/json.h"

#include "cli/arguments.h"

typedef struct cli_api cli_api;

// false: said to the standard error what is wrong.
bool cli_api_open(const cli_arguments *arguments, sw_arena *arena, cli_api **api);
void cli_api_close(cli_api *api);

bool cli_api_call(cli_api *api, const char *action, sw_value input, sw_value *answer,
                  sw_error *err);

#endif
