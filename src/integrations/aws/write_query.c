// write_query.c: forms: Action=Publish&Version=2010-03-31&Attributes.entry.1.key=a ...
//
// Lists are numbered from 1: Names.member.1 in query, Names.1 where a list is flat, as all are in
// ec2.

#include "integrations/aws/write.h"

#include "integrations/http/encode.h"

typedef struct form {
    sw_aws_writer *w;
    sw_aws_out     out;
    bool           ec2;
} form;

static void add(form *f, sw_str name, const sw_aws_member *m);

static void put_pair(form *f, sw_str name, sw_str value)
{
    if (f->out.count > 0)
        sw_aws_put_text(&f->out, "&");
    sw_aws_put(&f->out, sw_url_encode(f->w->arena, name));
    sw_aws_put_text(&f->out, "=");
    sw_aws_put(&f->out, sw_url_encode(f->w->arena, value));
}

static sw_str join(form *f, sw_str prefix, sw_str name)
{
    if (prefix.bytes == 0)
        return name;
    return sw_str_format(f->w->arena, "%.*s.%.*s", SW_STR_ARG(prefix), SW_STR_ARG(name));
}

static sw_str name_member(const form *f, const sw_aws_member *m)
{
    if (!f->ec2)
        return m->wire;
    sw_str query = sw_aws_text(m->model, "query");
    return query.bytes > 0 ? query : m->key;
}

static void add_members(form *f, sw_str prefix, sw_value shape, sw_value input)
{
    sw_aws_member m;
    size_t        at = 0;
    sw_aws_check_members(f->w, shape, input);
    while (sw_aws_next_member(f->w, shape, input, &at, &m))
        add(f, join(f, prefix, name_member(f, &m)), &m);
}

static bool is_flat(const form *f, const sw_aws_member *m)
{
    return f->ec2 || sw_aws_flag(m->model, "flat") || sw_aws_flag(m->shape, "flat");
}

static void add_list(form *f, sw_str name, const sw_aws_member *m)
{
    sw_str item_name = sw_aws_text(m->shape, "name");
    if (!is_flat(f, m))
        name = join(f, name, item_name.bytes > 0 ? item_name : SW_STR("member"));
    else if (m->value.size == 0)
        return;
    if (m->value.size == 0) // an empty list is said, so that it can replace another one
        put_pair(f, name, SW_STR(""));
    for (size_t i = 0; i < m->value.size; i++) {
        sw_aws_member item = {.key = m->key,
                              .model = m->shape,
                              .shape = sw_aws_shape(f->w->service, m->shape, "of"),
                              .value = m->value.items[i]};
        add(f, sw_str_format(f->w->arena, "%.*s.%zu", SW_STR_ARG(name), i + 1), &item);
    }
}

static void add_entry(form *f, sw_str prefix, const sw_aws_member *m, size_t index)
{
    sw_str        key_name = sw_aws_text(m->shape, "keyName"), name = sw_aws_text(m->shape, "name");
    sw_aws_member value = {.key = sw_value_key(m->value, index),
                           .model = m->shape,
                           .shape = sw_aws_shape(f->w->service, m->shape, "of"),
                           .value = sw_value_member(m->value, index)};
    put_pair(f, join(f, prefix, key_name.bytes > 0 ? key_name : SW_STR("key")), value.key);
    add(f, join(f, prefix, name.bytes > 0 ? name : SW_STR("value")), &value);
}

static void add_map(form *f, sw_str name, const sw_aws_member *m)
{
    const char *entry = is_flat(f, m) ? "" : ".entry";
    for (size_t i = 0; i < m->value.size; i++)
        add_entry(f, sw_str_format(f->w->arena, "%.*s%s.%zu", SW_STR_ARG(name), entry, i + 1), m,
                  i);
}

static void add(form *f, sw_str name, const sw_aws_member *m)
{
    sw_str kind = sw_aws_text(m->shape, "is");
    if (sw_str_is(kind, "structure") && m->value.type == SW_OBJECT)
        add_members(f, name, m->shape, m->value);
    else if (sw_str_is(kind, "map") && m->value.type == SW_OBJECT)
        add_map(f, name, m);
    else if (sw_str_is(kind, "list") && m->value.type == SW_ARRAY)
        add_list(f, name, m);
    else
        put_pair(f, name, sw_aws_print_scalar(f->w, m, SW_AWS_DATE_ISO8601));
}

sw_str sw_aws_write_query(sw_aws_writer *w, sw_value shape, sw_value input)
{
    form f = {.w = w, .out = {.arena = w->arena}, .ec2 = w->service->protocol == SW_AWS_EC2};
    put_pair(&f, SW_STR("Action"), w->operation->name);
    put_pair(&f, SW_STR("Version"), sw_aws_text(w->service->model, "version"));
    add_members(&f, (sw_str){"", 0}, shape, input);
    return sw_aws_out_str(&f.out);
}
