// write_xml.c: XML bodies.

#include "integrations/aws/write.h"

static void put_element(sw_aws_writer *w, sw_aws_out *out, sw_str name, const sw_aws_member *m);

static void put_escaped(sw_aws_out *out, sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.text[i];
        if (c == '&')
            sw_aws_put_text(out, "&amp;");
        else if (c == '<')
            sw_aws_put_text(out, "&lt;");
        else if (c == '>')
            sw_aws_put_text(out, "&gt;");
        else if (c == '"')
            sw_aws_put_text(out, "&quot;");
        else if (c == '\r')
            sw_aws_put_text(out, "&#13;"); // else it is read as a line's end
        else
            sw_aws_put(out, (sw_str){text.text + i, 1});
    }
}

static bool is_attribute(const sw_aws_member *m)
{
    return sw_aws_flag(m->model, "attribute");
}

static void put_start(sw_aws_writer *w, sw_aws_out *out, sw_str name, sw_str space, sw_value shape,
                      sw_value input)
{
    sw_aws_member m;
    size_t        at = 0;
    sw_aws_put_text(out, "<");
    sw_aws_put(out, name);
    if (space.bytes > 0)
        sw_aws_put(out, sw_str_format(w->arena, " xmlns=\"%.*s\"", SW_STR_ARG(space)));
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (!is_attribute(&m))
            continue;
        // aws: xsi:type is the only attribute in the models.
        sw_aws_put(out, sw_str_format(w->arena,
                                      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                                      "%.*s=\"",
                                      SW_STR_ARG(m.wire)));
        put_escaped(out, sw_aws_print_scalar(w, &m, SW_AWS_DATE_ISO8601));
        sw_aws_put_text(out, "\"");
    }
    sw_aws_put_text(out, ">");
}

static void put_end(sw_aws_writer *w, sw_aws_out *out, sw_str name)
{
    sw_aws_put(out, sw_str_format(w->arena, "</%.*s>", SW_STR_ARG(name)));
}

static void put_members(sw_aws_writer *w, sw_aws_out *out, sw_value shape, sw_value input)
{
    sw_aws_member m;
    size_t        at = 0;
    sw_aws_check_members(w, shape, input);
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (!is_attribute(&m) && sw_aws_text(m.model, "in").bytes == 0)
            put_element(w, out, m.wire, &m);
    }
}

static void put_list(sw_aws_writer *w, sw_aws_out *out, sw_str name, const sw_aws_member *m)
{
    bool   flat = sw_aws_flag(m->model, "flat") || sw_aws_flag(m->shape, "flat");
    sw_str item_name = sw_aws_text(m->shape, "name");
    if (!flat)
        put_start(w, out, name, (sw_str){"", 0}, sw_undefined(), sw_undefined());
    for (size_t i = 0; i < m->value.size; i++) {
        sw_aws_member item = {.key = m->key,
                              .model = m->shape,
                              .shape = sw_aws_shape(w->service, m->shape, "of"),
                              .value = m->value.items[i]};
        put_element(w, out,
                    flat                  ? name
                    : item_name.bytes > 0 ? item_name
                                          : SW_STR("member"),
                    &item);
    }
    if (!flat)
        put_end(w, out, name);
}

static void put_map(sw_aws_writer *w, sw_aws_out *out, sw_str name, const sw_aws_member *m)
{
    sw_str key_name = sw_aws_text(m->shape, "keyName"), value_name = sw_aws_text(m->shape, "name");
    put_start(w, out, name, (sw_str){"", 0}, sw_undefined(), sw_undefined());
    for (size_t i = 0; i < m->value.size; i++) {
        sw_aws_member key = {.key = m->key,
                             .shape = sw_aws_shape(w->service, m->shape, "key"),
                             .value = m->value.items[2 * i]};
        sw_aws_member value = {.key = sw_value_key(m->value, i),
                               .model = m->shape,
                               .shape = sw_aws_shape(w->service, m->shape, "of"),
                               .value = sw_value_member(m->value, i)};
        sw_aws_put_text(out, "<entry>");
        put_element(w, out, key_name.bytes > 0 ? key_name : SW_STR("key"), &key);
        put_element(w, out, value_name.bytes > 0 ? value_name : SW_STR("value"), &value);
        sw_aws_put_text(out, "</entry>");
    }
    put_end(w, out, name);
}

static void put_element(sw_aws_writer *w, sw_aws_out *out, sw_str name, const sw_aws_member *m)
{
    sw_str kind = sw_aws_text(m->shape, "is"), space = sw_aws_text(m->model, "space");
    if (sw_str_is(kind, "list") && m->value.type == SW_ARRAY) {
        put_list(w, out, name, m);
        return;
    }
    if (sw_str_is(kind, "map") && m->value.type == SW_OBJECT) {
        put_map(w, out, name, m);
        return;
    }
    bool structure = sw_str_is(kind, "structure") && m->value.type == SW_OBJECT;
    put_start(w, out, name, space, structure ? m->shape : sw_undefined(), m->value);
    if (structure)
        put_members(w, out, m->shape, m->value);
    else
        put_escaped(out, sw_aws_print_scalar(w, m, SW_AWS_DATE_ISO8601));
    put_end(w, out, name);
}

sw_str sw_aws_write_xml(sw_aws_writer *w, sw_str root, sw_str space, sw_value shape, sw_value input)
{
    sw_aws_out out = {.arena = w->arena};
    put_start(w, &out, root, space, shape, input);
    put_members(w, &out, shape, input);
    put_end(w, &out, root);
    return sw_aws_out_str(&out);
}
