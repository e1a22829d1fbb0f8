// answer.c: what Lambda's Invoke would have answered.

#include "integrations/functions/pool.h"

#include "integrations/aws/text.h"
#include "json/members.h"

#include <stdlib.h>

static sw_call_header header(const char *name, sw_str value)
{
    return (sw_call_header){sw_str_from(name), value};
}

static void tell(const sw_function_call *call, unsigned status, const sw_call_header *headers,
                 size_t count, sw_str body)
{
    call->done(call->who, &(sw_call_answer){.outcome = SW_CALL_ANSWERED,
                                            .status = status,
                                            .headers = headers,
                                            .header_count = count,
                                            .body = body});
}

void sw_invocation_free(sw_invocation *invocation)
{
    sw_arena_clear(&invocation->arena);
    free(invocation);
}

// error_kind: NULL, or "Unhandled"
void sw_invocation_finish(sw_function *function, sw_invocation *invocation, const char *error_kind,
                          sw_str body, sw_str log)
{
    sw_call_header headers[5];
    size_t         count = 0;
    headers[count++] = header("Content-Type", SW_STR("application/json"));
    headers[count++] = header("x-amzn-RequestId", sw_str_from(invocation->request_id));
    headers[count++] = header("X-Amz-Executed-Version", SW_STR("$LATEST"));
    if (error_kind != NULL)
        headers[count++] = header("X-Amz-Function-Error", sw_str_from(error_kind));
    if (invocation->call.log_tail)
        headers[count++] = header("X-Amz-Log-Result", sw_base64_encode(&invocation->arena, log));
    tell(&invocation->call, 200, headers, count, body);
    pthread_mutex_lock(&function->functions->lock);
    function->functions->call_count--;
    pthread_mutex_unlock(&function->functions->lock);
    sw_invocation_free(invocation);
}

void sw_invocation_refuse(const sw_function_call *call, unsigned status, const char *name,
                          const char *message)
{
    sw_arena arena;
    sw_arena_init(&arena);
    sw_members     m = sw_members_begin(&arena, 2);
    sw_call_header headers[] = {header("Content-Type", SW_STR("application/json")),
                                header("x-amzn-ErrorType", sw_str_from(name))};
    sw_members_add(&m, "Type", sw_string(SW_STR("User")));
    sw_members_add(&m, "Message", sw_string(sw_str_from(message)));
    tell(call, status, headers, 2, sw_json_print(&arena, sw_members_end(&m)));
    sw_arena_clear(&arena);
}

void sw_invocation_cancel(sw_invocation *invocation)
{
    invocation->call.done(invocation->call.who, &(sw_call_answer){.outcome = SW_CALL_CANCELLED,
                                                                  .message = "the server ends"});
    sw_invocation_free(invocation);
}
