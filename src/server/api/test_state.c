// test_state.c: TestState. Refused until it is here: an invented answer would be worse.

#include "server/api/api.h"

void sw_action_test_state(sw_request *request)
{
    sw_request_fail(request, "UnsupportedOperation", "Stepwell does not offer TestState yet");
}
