// answer.c: reading a request's input and building its answer.

#include "server/request.h"

sw_str sw_input_text(const sw_request *request, const char *member)
{
    sw_value value = sw_input_get(request, member);
    return value.type == SW_STRING ? sw_value_str(value) : (sw_str){NULL, 0};
}

int64_t sw_input_integer(const sw_request *request, const char *member, int64_t fallback)
{
    int64_t integer;
    return sw_value_integer(sw_input_get(request, member), &integer) ? integer : fallback;
}

bool sw_input_bool(const sw_request *request, const char *member, bool fallback)
{
    sw_value value = sw_input_get(request, member);
    return value.type == SW_BOOL ? value.size != 0 : fallback;
}

void sw_answer_text(sw_answer *answer, const char *member, sw_str text)
{
    if (text.text != NULL)
        sw_answer_add(answer, member, sw_string(text));
}

void sw_answer_time(sw_answer *answer, const char *member, int64_t ms)
{
    char    *text = sw_arena_alloc(answer->arena, 40);
    sw_value time = {.type = SW_NUMBER, .flags = SW_VALUE_SPELLED, .text = text};
    time.size = (uint32_t)sw_number_print((double)ms / 1000.0, text);
    sw_answer_add(answer, member, time);
}
