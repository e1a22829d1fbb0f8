// parallel_parse.c: the branches of a Parallel state.

#include "asl/reader.h"

static const sw_states *parse_branch(sw_state_reader *in, sw_value v, const sw_place *place)
{
    sw_fields fields;
    if (v.type != SW_OBJECT) {
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA, "Expected value of type Object");
        return NULL;
    }
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_BRANCH,
                   in->state->language, place, &fields);
    return sw_scope_read(in, &fields, false);
}

void sw_parallel_parse(sw_state_reader *in)
{
    sw_value list = sw_fields_get(&in->fields, SW_FIELD_BRANCHES);
    if (list.type != SW_ARRAY)
        return;
    sw_place place = sw_fields_place(&in->fields, SW_FIELD_BRANCHES);
    if (list.size == 0)
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA, "Value cannot be empty");
    const sw_states **branches = SW_ARENA_ARRAY(in->reader->arena, const sw_states *, list.size);
    for (uint32_t i = 0; i < list.size; i++) {
        sw_place at = sw_place_element(&place, i);
        branches[i] = parse_branch(in, list.items[i], &at);
    }
    in->state->parallel.branches = branches;
    in->state->parallel.branch_count = list.size;
}
