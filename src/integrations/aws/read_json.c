// read_json.c: JSON answers.

#include "integrations/aws/read.h"

static sw_value read_member(const sw_aws_reader *r, sw_str wire, sw_value member, sw_value shape,
                            const void *from)
{
    const sw_value *object = from;
    sw_value        value = sw_value_get(*object, wire);
    bool            elsewhere = sw_aws_text(member, "in").bytes > 0;
    if (elsewhere || value.type == SW_UNDEFINED || value.type == SW_NULL)
        return sw_undefined();
    return sw_aws_read_json(r, shape, value);
}

static sw_value read_list(const sw_aws_reader *r, sw_value shape, sw_value wire)
{
    sw_value *items, list = sw_array_build(r->arena, wire.size, &items);
    for (size_t i = 0; i < wire.size; i++)
        items[i] = sw_aws_read_json(r, sw_aws_shape(r->service, shape, "of"), wire.items[i]);
    return list;
}

static sw_value read_map(const sw_aws_reader *r, sw_value shape, sw_value wire)
{
    sw_value *items, map = sw_object_build(r->arena, wire.size, &items);
    for (size_t i = 0; i < wire.size; i++) {
        items[2 * i] = wire.items[2 * i];
        items[2 * i + 1] =
            sw_aws_read_json(r, sw_aws_shape(r->service, shape, "of"), sw_value_member(wire, i));
    }
    return map;
}

static sw_value read_scalar(const sw_aws_reader *r, sw_value shape, sw_value wire)
{
    if (sw_aws_shape_is(shape, "timestamp"))
        return sw_aws_read_text(
            r, shape, wire.type == SW_STRING ? sw_value_str(wire) : sw_json_print(r->arena, wire));
    if (sw_aws_shape_is(shape, "blob") && wire.type == SW_STRING)
        return sw_aws_read_text(r, shape, sw_value_str(wire));
    return wire;
}

// What is not of the kind that the model says is passed on as it is.
sw_value sw_aws_read_json(const sw_aws_reader *r, sw_value shape, sw_value wire)
{
    if (wire.type == SW_OBJECT && sw_aws_shape_is(shape, "structure"))
        return sw_aws_read_members(r, shape, read_member, &wire);
    if (wire.type == SW_OBJECT && sw_aws_shape_is(shape, "map"))
        return read_map(r, shape, wire);
    if (wire.type == SW_ARRAY && sw_aws_shape_is(shape, "list"))
        return read_list(r, shape, wire);
    return read_scalar(r, shape, wire);
}
