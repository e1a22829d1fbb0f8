// write.c: what all protocols share, and the choice among them.

#include "integrations/aws/write.h"

#include "base/grow.h"

void sw_aws_add_header(sw_aws_writer *w, const char *name, sw_str value)
{
    sw_call_header header = {sw_str_from(name), value};
    for (size_t i = 0; i < value.bytes; i++) {
        if ((unsigned char)value.text[i] < ' ') {
            sw_aws_refuse_member(w, "The value of the field '%.*s' has an invalid format",
                                 header.name);
            return;
        }
    }
    SW_PUSH(w->arena, w->message, header);
}

void sw_aws_refuse_member(sw_aws_writer *w, const char *format, sw_str member)
{
    if (w->problem.bytes > 0)
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    w->problem = sw_str_format(w->arena, format, SW_STR_ARG(member));
#pragma GCC diagnostic pop
}

// Members -----------------------------------------------------------------------------------------

bool sw_aws_next_member(sw_aws_writer *w, sw_value shape, sw_value input, size_t *at,
                        sw_aws_member *m)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    for (; members.type == SW_OBJECT && *at < members.size; (*at)++) {
        m->key = sw_value_key(members, *at);
        m->model = sw_value_member(members, *at);
        m->value = sw_aws_given_member(input, members, *at);
        if (m->value.type == SW_UNDEFINED && sw_aws_flag(m->model, "token"))
            m->value = sw_string(w->token);
        if (m->value.type == SW_UNDEFINED || m->value.type == SW_NULL)
            continue;
        m->wire = sw_aws_wire_name(members, *at);
        m->shape = sw_aws_shape(w->service, m->model, "of");
        (*at)++;
        return true;
    }
    return false;
}

void sw_aws_check_members(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    for (size_t i = 0; input.type == SW_OBJECT && i < input.size; i++) {
        sw_str key = sw_value_key(input, i);
        if (!sw_aws_has_member(members, key))
            sw_aws_refuse_member(w, "The field '%.*s' is not supported by Step Functions", key);
    }
}

// Scalars -----------------------------------------------------------------------------------------

sw_str sw_aws_value_text(sw_arena *arena, sw_value value)
{
    return value.type == SW_STRING ? sw_value_str(value) : sw_json_print(arena, value);
}

static sw_str print_date(sw_aws_writer *w, const sw_aws_member *m, sw_aws_date_format own)
{
    int64_t epoch_ms;
    sw_str  text = sw_aws_value_text(w->arena, m->value), format = sw_aws_text(m->model, "format");
    if (format.bytes == 0)
        format = sw_aws_text(m->shape, "format");
    if (!sw_aws_date_parse(text, &epoch_ms)) {
        sw_aws_refuse_member(w, "The value of the field '%.*s' has an invalid format", m->key);
        return text;
    }
    return sw_aws_date_print(w->arena, epoch_ms, sw_aws_date_format_find(format, own));
}

static bool is_number(sw_arena *arena, sw_str text)
{
    sw_value value;
    return sw_json_parse(arena, text, 0, &value, NULL) && value.type == SW_NUMBER;
}

sw_str sw_aws_print_scalar(sw_aws_writer *w, const sw_aws_member *m, sw_aws_date_format own)
{
    sw_str text = sw_aws_value_text(w->arena, m->value), kind = sw_aws_text(m->shape, "is");
    if (sw_str_is(kind, "timestamp"))
        return print_date(w, m, own);
    if (sw_str_is(kind, "blob"))
        return sw_base64_encode(w->arena, text);
    bool fits = true;
    if (sw_str_is(kind, "integer") || sw_str_is(kind, "float"))
        fits = is_number(w->arena, text);
    else if (sw_str_is(kind, "boolean"))
        fits = sw_str_is(text, "true") || sw_str_is(text, "false");
    else
        fits = sw_str_is(kind, "string");
    if (!fits)
        sw_aws_refuse_member(w, "The value of the field '%.*s' has an invalid format", m->key);
    return text;
}

// By protocol -------------------------------------------------------------------------------------

static void write_json(sw_aws_writer *w, sw_value shape, sw_value input)
{
    const sw_aws_service *s = w->service;
    sw_str target = sw_aws_text(s->model, "target"), version = sw_aws_text(s->model, "json");
    sw_aws_add_header(w, "Content-Type",
                      sw_str_format(w->arena, "application/x-amz-json-%.*s", SW_STR_ARG(version)));
    sw_aws_add_header(
        w, "X-Amz-Target",
        sw_str_format(w->arena, "%.*s.%.*s", SW_STR_ARG(target), SW_STR_ARG(w->operation->name)));
    w->message->body = sw_aws_write_json(w, shape, input);
}

static void write_query(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_add_header(w, "Content-Type",
                      SW_STR("application/x-www-form-urlencoded; charset=utf-8"));
    w->message->body = sw_aws_write_query(w, shape, input);
}

static void write_by_protocol(sw_aws_writer *w, sw_value shape, sw_value input)
{
    switch (w->service->protocol) {
    case SW_AWS_JSON:
        write_json(w, shape, input);
        break;
    case SW_AWS_QUERY:
    case SW_AWS_EC2:
        write_query(w, shape, input);
        break;
    case SW_AWS_REST_JSON:
    case SW_AWS_REST_XML:
        sw_aws_write_rest(w, shape, input);
        break;
    }
}

static const char *method_of(const sw_aws_operation *operation, sw_arena *arena)
{
    return sw_str_copy(arena, sw_aws_text(operation->model, "method")).text;
}

// {AccountId}.
static sw_str print_host_prefix(sw_aws_writer *w, sw_value input)
{
    sw_str      format = sw_aws_text(w->operation->model, "host");
    const char *open = format.bytes > 0 ? memchr(format.text, '{', format.bytes) : NULL;
    if (open == NULL)
        return format;
    const char *end = format.text + format.bytes, *close = memchr(open, '}', (size_t)(end - open));
    sw_str      name = {open + 1, (size_t)(close - open - 1)};
    sw_str      value = sw_value_str(sw_value_get(input, name));
    if (sw_value_get(input, name).type != SW_STRING)
        sw_aws_refuse_member(w, "The field '%.*s' is required but was missing", name);
    return sw_str_format(w->arena, "%.*s%.*s%.*s", (int)(open - format.text), format.text,
                         SW_STR_ARG(value), (int)(end - close - 1), close + 1);
}

bool sw_aws_write(const sw_aws_operation *operation, sw_value input, sw_str token, sw_arena *arena,
                  sw_aws_message *message, sw_str *problem)
{
    sw_aws_writer w = {.arena = arena,
                       .operation = operation,
                       .service = operation->service,
                       .message = message,
                       .token = token};
    sw_value      shape = sw_aws_shape(w.service, operation->model, "in");
    *message = (sw_aws_message){.method = method_of(operation, arena), .path = SW_STR("/")};
    if (input.type == SW_OBJECT) {
        message->host_prefix = print_host_prefix(&w, input);
        write_by_protocol(&w, shape, input);
    } else {
        w.problem = SW_STR("The value of the field 'Parameters' has an invalid format");
    }
    *problem = w.problem;
    return w.problem.bytes == 0;
}
