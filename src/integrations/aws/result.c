// result.c: whether a mocked result could be the service's: TestState.
//
// Source    API_MockInput, fieldValidationMode; texts as recorded (test_field_validation_mode)

#include "integrations/aws/task.h"

#define DEPTH_MAX 32 // models may be recursive

typedef struct checker {
    const sw_aws_service *service;
    sw_arena             *arena;
    bool                  required;
    sw_str                trouble; // the first one; empty: none
} checker;

static void fail(checker *c, sw_str name, const char *what)
{
    if (c->trouble.bytes == 0)
        c->trouble = sw_str_format(c->arena, "Mock result schema validation error: Field '%.*s' %s",
                                   SW_STR_ARG(name), what);
}

static void check(checker *c, sw_value shape, sw_str name, sw_value value, int depth);

static void check_member(checker *c, sw_value member, sw_str name, sw_value value, int depth)
{
    bool absent = value.type == SW_UNDEFINED || value.type == SW_NULL;
    if (!absent)
        check(c, sw_aws_shape(c->service, member, "of"), name, value, depth + 1);
    else if (c->required && sw_aws_flag(member, "need") && c->trouble.bytes == 0)
        c->trouble = sw_str_format(
            c->arena, "Mock result schema validation error: Required field '%.*s' is missing",
            SW_STR_ARG(name));
}

static void check_structure(checker *c, sw_value shape, sw_str name, sw_value value, int depth)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    if (value.type != SW_OBJECT) {
        fail(c, name, "must be an object");
        return;
    }
    for (uint32_t i = 0; members.type == SW_OBJECT && i < members.size; i++) {
        sw_str key = sw_value_key(members, i);
        check_member(c, sw_value_member(members, i), key, sw_value_get(value, key), depth);
    }
}

static void check_list(checker *c, sw_value shape, sw_str name, sw_value value, int depth)
{
    if (value.type != SW_ARRAY)
        fail(c, name, "must be an array");
    for (uint32_t i = 0; value.type == SW_ARRAY && i < value.size; i++)
        check_member(c, shape, name, value.items[i], depth);
}

static void check_map(checker *c, sw_value shape, sw_str name, sw_value value, int depth)
{
    if (value.type != SW_OBJECT)
        fail(c, name, "must be an object");
    for (uint32_t i = 0; value.type == SW_OBJECT && i < value.size; i++)
        check_member(c, shape, name, sw_value_member(value, i), depth);
}

static bool is_among(sw_value words, sw_value value)
{
    for (uint32_t i = 0; i < words.size; i++) {
        if (sw_value_equal(words.items[i], value))
            return true;
    }
    return false;
}

static void check_text(checker *c, sw_value shape, sw_str name, sw_value value)
{
    sw_value least = sw_value_get(shape, SW_STR("min")),
             words = sw_value_get(shape, SW_STR("enum"));
    if (value.type != SW_STRING)
        fail(c, name, "must be a string");
    else if (least.type == SW_NUMBER && value.size < sw_value_number(least))
        fail(c, name, "is smaller than the minimum length");
    else if (words.type == SW_ARRAY && !is_among(words, value))
        fail(c, name, "is not an expected value");
}

static void check_number(checker *c, sw_value shape, sw_str name, sw_value value)
{
    sw_value least = sw_value_get(shape, SW_STR("min")), most = sw_value_get(shape, SW_STR("max"));
    if (value.type != SW_NUMBER)
        fail(c, name, "must be a number");
    else if (most.type == SW_NUMBER && sw_value_number(value) > sw_value_number(most))
        fail(c, name, "exceeds the maximum value");
    else if (least.type == SW_NUMBER && sw_value_number(value) < sw_value_number(least))
        fail(c, name, "is less than the minimum value");
}

static void check(checker *c, sw_value shape, sw_str name, sw_value value, int depth)
{
    if (depth > DEPTH_MAX)
        return;
    if (sw_aws_shape_is(shape, "structure"))
        check_structure(c, shape, name, value, depth);
    else if (sw_aws_shape_is(shape, "list"))
        check_list(c, shape, name, value, depth);
    else if (sw_aws_shape_is(shape, "map"))
        check_map(c, shape, name, value, depth);
    else if (sw_aws_shape_is(shape, "string") || sw_aws_shape_is(shape, "blob"))
        check_text(c, shape, name, value);
    else if (sw_aws_shape_is(shape, "integer") || sw_aws_shape_is(shape, "float"))
        check_number(c, shape, name, value);
    else if (sw_aws_shape_is(shape, "boolean") && value.type != SW_BOOL)
        fail(c, name, "must be a boolean");
}

sw_str sw_aws_check_shape(const sw_aws_target *target, sw_value result, bool required,
                          sw_arena *arena)
{
    checker  c = {.service = target->operation.service, .arena = arena, .required = required};
    sw_value shape = sw_aws_shape(c.service, target->operation.model, "out");
    if (shape.type == SW_OBJECT && result.type == SW_OBJECT)
        check(&c, shape, SW_STR(""), result, 0);
    return c.trouble;
}
