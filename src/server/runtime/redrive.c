// redrive.c: RedriveExecution. Refused until it is here: an invented answer would be worse.

#include "server/runtime/internal.h"

void sw_runtime_redrive(sw_runtime *runtime, int64_t execution, sw_request *request)
{
    (void)runtime;
    (void)execution;
    sw_request_fail(request, "UnsupportedOperation",
                    "Stepwell does not offer RedriveExecution yet");
}
