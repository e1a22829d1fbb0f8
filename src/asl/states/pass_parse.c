// pass_parse.c: the fields of a Pass state.

#include "asl/reader.h"

// aws: PASS_RESULT_IS_STATIC: Result is no template, `.$` in it means nothing.
static void warn_static(sw_state_reader *in, sw_value v, const sw_place *place)
{
    if (v.type == SW_STRING) {
        sw_path_warn(in->reader, v, SW_CODE_STATIC_RESULT, place);
        return;
    }
    uint32_t values = v.type == SW_OBJECT || v.type == SW_ARRAY ? v.size : 0;
    for (uint32_t i = 0; i < values; i++) {
        sw_place at = v.type == SW_OBJECT ? sw_place_member(place, sw_value_key(v, i))
                                          : sw_place_element(place, i);
        warn_static(in, v.type == SW_OBJECT ? sw_value_member(v, i) : v.items[i], &at);
    }
}

void sw_pass_parse(sw_state_reader *in)
{
    sw_value v = sw_fields_get(&in->fields, SW_FIELD_RESULT);
    if (v.type == SW_UNDEFINED)
        return;
    sw_place     place = sw_fields_place(&in->fields, SW_FIELD_RESULT);
    sw_template *result = SW_ARENA_NEW(in->reader->arena, sw_template);
    result->kind = SW_TEMPLATE_CONSTANT;
    result->value = v;
    result->field = SW_STR("Result");
    in->state->result = result;
    warn_static(in, v, &place);
}
