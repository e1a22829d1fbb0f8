// write_json.c: JSON bodies. The input is made over into a value with the names of the wire.

#include "integrations/aws/write.h"

#include "base/grow.h"

static sw_value convert(sw_aws_writer *w, const sw_aws_member *m);

typedef struct pairs {
    sw_value *items;
    size_t    count, capacity;
} pairs;

static sw_value build_object(sw_arena *arena, const pairs *list)
{
    sw_value *items, object = sw_object_build(arena, list->count / 2, &items);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    return object;
}

static sw_value convert_members(sw_aws_writer *w, sw_value shape, sw_value input, bool body_only)
{
    pairs         list = {0};
    sw_aws_member m;
    size_t        at = 0;
    sw_aws_check_members(w, shape, input);
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (body_only && sw_aws_text(m.model, "in").bytes > 0)
            continue;
        SW_PUSH(w->arena, &list, sw_string(m.wire));
        SW_PUSH(w->arena, &list, convert(w, &m));
    }
    return build_object(w->arena, &list);
}

static sw_value convert_list(sw_aws_writer *w, const sw_aws_member *m)
{
    sw_value *items, list = sw_array_build(w->arena, m->value.size, &items);
    for (size_t i = 0; i < m->value.size; i++) {
        sw_aws_member item = {.key = m->key,
                              .model = m->shape,
                              .shape = sw_aws_shape(w->service, m->shape, "of"),
                              .value = m->value.items[i]};
        items[i] = convert(w, &item);
    }
    return list;
}

static sw_value convert_map(sw_aws_writer *w, const sw_aws_member *m)
{
    sw_value *items, map = sw_object_build(w->arena, m->value.size, &items);
    for (size_t i = 0; i < m->value.size; i++) {
        sw_aws_member item = {.key = sw_value_key(m->value, i),
                              .model = m->shape,
                              .shape = sw_aws_shape(w->service, m->shape, "of"),
                              .value = sw_value_member(m->value, i)};
        items[2 * i] = m->value.items[2 * i];
        items[2 * i + 1] = convert(w, &item);
    }
    return map;
}

static sw_value convert_scalar(sw_aws_writer *w, const sw_aws_member *m)
{
    sw_value number;
    sw_str   text = sw_aws_print_scalar(w, m, SW_AWS_DATE_UNIX), kind = sw_aws_text(m->shape, "is");
    if (sw_str_is(kind, "string") || sw_str_is(kind, "blob"))
        return sw_string(text);
    // A number or a truth, or a date that is a number
    if (sw_json_parse(w->arena, text, 0, &number, NULL))
        return number;
    return sw_string(text);
}

static sw_value convert(sw_aws_writer *w, const sw_aws_member *m)
{
    sw_str kind = sw_aws_text(m->shape, "is");
    if (m->value.type == SW_NULL || sw_str_is(kind, "document"))
        return m->value;
    bool is_object = m->value.type == SW_OBJECT;
    if (sw_str_is(kind, "structure") && is_object)
        return convert_members(w, m->shape, m->value, false);
    if (sw_str_is(kind, "map") && is_object)
        return convert_map(w, m);
    if (sw_str_is(kind, "list") && m->value.type == SW_ARRAY)
        return convert_list(w, m);
    return convert_scalar(w, m);
}

sw_str sw_aws_write_json(sw_aws_writer *w, sw_value shape, sw_value input)
{
    return sw_json_print(w->arena, convert_members(w, shape, input, false));
}

sw_str sw_aws_write_json_body(sw_aws_writer *w, sw_value shape, sw_value input)
{
    return sw_json_print(w->arena, convert_members(w, shape, input, true));
}
