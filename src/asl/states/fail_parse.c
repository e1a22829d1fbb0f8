// fail_parse.c: the fields of a Fail state.

#include "asl/reader.h"

void sw_fail_parse(sw_state_reader *in)
{
    in->state->fail.error = sw_text_field_parse(in, SW_FIELD_ERROR, SW_FIELD_ERROR_PATH);
    in->state->fail.cause = sw_text_field_parse(in, SW_FIELD_CAUSE, SW_FIELD_CAUSE_PATH);
}
