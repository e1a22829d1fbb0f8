// write_rest.c: requests whose members stand in the path, the query, headers and the body.

#include "integrations/aws/write.h"

#include "integrations/http/encode.h"

#include <openssl/evp.h>

// The path ----------------------------------------------------------------------------------------

// {Key+} may have slashes, which stay.
static sw_str encode_label(sw_arena *arena, sw_str text, bool greedy)
{
    if (!greedy)
        return sw_url_encode(arena, text);
    sw_aws_out out = {.arena = arena};
    while (text.bytes > 0) {
        const char *slash = memchr(text.text, '/', text.bytes);
        size_t      bytes = slash == NULL ? text.bytes : (size_t)(slash - text.text);
        sw_aws_put(&out, sw_url_encode(arena, (sw_str){text.text, bytes}));
        if (slash != NULL)
            sw_aws_put_text(&out, "/");
        bytes += slash != NULL;
        text = (sw_str){text.text + bytes, text.bytes - bytes};
    }
    return sw_aws_out_str(&out);
}

// The member whose place is the path and whose wire name that is.
static sw_str label_value(sw_aws_writer *w, sw_value shape, sw_value input, sw_str name,
                          bool greedy)
{
    sw_aws_member m;
    size_t        at = 0;
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (!sw_str_is(sw_aws_text(m.model, "in"), "uri") || !sw_str_equal(m.wire, name))
            continue;
        sw_str text = sw_aws_print_scalar(w, &m, SW_AWS_DATE_ISO8601);
        if (text.bytes == 0)
            break;
        return encode_label(w->arena, text, greedy);
    }
    sw_aws_refuse_member(w, "The field '%.*s' is required but was missing", name);
    return (sw_str){"", 0};
}

static void write_path(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_out  out = {.arena = w->arena};
    sw_str      uri = sw_aws_text(w->operation->model, "uri");
    const char *at = uri.text, *end = uri.text + uri.bytes;
    while (at < end && *at != '?') {
        const char *close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
        if (close == NULL) {
            sw_aws_put(&out, (sw_str){at++, 1});
            continue;
        }
        bool greedy = close[-1] == '+';
        sw_aws_put(&out, label_value(w, shape, input,
                                     (sw_str){at + 1, (size_t)(close - at - 1 - greedy)}, greedy));
        at = close + 1;
    }
    w->message->path = sw_aws_out_str(&out);
    if (at < end) // what the model itself asks: ?list-type=2
        w->message->query = (sw_str){at + 1, (size_t)(end - at - 1)};
}

// The query ---------------------------------------------------------------------------------------

static void put_parameter(sw_aws_writer *w, sw_aws_out *out, sw_str name, sw_str value)
{
    if (out->count > 0)
        sw_aws_put_text(out, "&");
    sw_aws_put(out, sw_url_encode(w->arena, name));
    sw_aws_put_text(out, "=");
    sw_aws_put(out, sw_url_encode(w->arena, value));
}

static void put_parameters(sw_aws_writer *w, sw_aws_out *out, sw_str name, const sw_aws_member *m)
{
    sw_aws_member item = {
        .key = m->key, .model = m->shape, .shape = sw_aws_shape(w->service, m->shape, "of")};
    if (m->value.type == SW_ARRAY && sw_aws_shape_is(m->shape, "list")) {
        for (size_t i = 0; i < m->value.size; i++) {
            item.value = m->value.items[i];
            put_parameters(w, out, name, &item);
        }
    } else if (m->value.type == SW_OBJECT && sw_aws_shape_is(m->shape, "map")) {
        for (size_t i = 0; i < m->value.size; i++) {
            item.value = sw_value_member(m->value, i);
            put_parameters(w, out, sw_value_key(m->value, i), &item);
        }
    } else {
        put_parameter(w, out, name, sw_aws_print_scalar(w, m, SW_AWS_DATE_ISO8601));
    }
}

static void write_parameters(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_out    out = {.arena = w->arena};
    sw_aws_member m;
    size_t        at = 0;
    sw_aws_put(&out, w->message->query);
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (sw_str_is(sw_aws_text(m.model, "in"), "querystring"))
            put_parameters(w, &out, m.wire, &m);
    }
    w->message->query = sw_aws_out_str(&out);
}

// Headers -----------------------------------------------------------------------------------------

static sw_str print_header(sw_aws_writer *w, const sw_aws_member *m)
{
    sw_aws_out    out = {.arena = w->arena};
    sw_aws_member item = {
        .key = m->key, .model = m->shape, .shape = sw_aws_shape(w->service, m->shape, "of")};
    if (m->value.type != SW_ARRAY || !sw_aws_shape_is(m->shape, "list"))
        return sw_aws_print_scalar(w, m, SW_AWS_DATE_RFC822);
    for (size_t i = 0; i < m->value.size; i++) {
        item.value = m->value.items[i];
        if (i > 0)
            sw_aws_put_text(&out, ",");
        sw_aws_put(&out, sw_aws_print_scalar(w, &item, SW_AWS_DATE_RFC822));
    }
    return sw_aws_out_str(&out);
}

// x-amz-meta-NAME
static void write_header_map(sw_aws_writer *w, const sw_aws_member *m)
{
    for (size_t i = 0; m->value.type == SW_OBJECT && i < m->value.size; i++) {
        sw_str name = sw_str_format(w->arena, "%.*s%.*s", SW_STR_ARG(m->wire),
                                    SW_STR_ARG(sw_value_key(m->value, i)));
        sw_aws_add_header(w, name.text, sw_aws_value_text(w->arena, sw_value_member(m->value, i)));
    }
}

static void write_headers(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_member m;
    size_t        at = 0;
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        sw_str place = sw_aws_text(m.model, "in");
        if (sw_str_is(place, "header"))
            sw_aws_add_header(w, sw_str_copy(w->arena, m.wire).text, print_header(w, &m));
        else if (sw_str_is(place, "headers"))
            write_header_map(w, &m);
    }
}

// The body ----------------------------------------------------------------------------------------

static void set_body(sw_aws_writer *w, sw_str body, const char *content_type)
{
    w->message->body = body;
    for (size_t i = 0; i < w->message->count; i++) {
        if (sw_str_is(w->message->items[i].name, "Content-Type"))
            return; // the workflow's own
    }
    if (content_type != NULL)
        sw_aws_add_header(w, "Content-Type", sw_str_from(content_type));
}

// aws: recorded; a stream is sent as JSON, so that a text has quotes around it.
static sw_str print_payload(sw_aws_writer *w, const sw_aws_member *m)
{
    if (sw_aws_flag(m->model, "stream"))
        return sw_json_print(w->arena, m->value);
    return sw_aws_value_text(w->arena, m->value);
}

static void write_payload(sw_aws_writer *w, const sw_aws_member *m)
{
    if (!sw_aws_shape_is(m->shape, "structure") || m->value.type != SW_OBJECT)
        set_body(w, print_payload(w, m),
                 m->value.type == SW_STRING ? "application/octet-stream" : "application/json");
    else if (w->service->protocol == SW_AWS_REST_JSON)
        set_body(w, sw_aws_write_json(w, m->shape, m->value), "application/json");
    else
        set_body(w,
                 sw_aws_write_xml(w, m->wire, sw_aws_text(m->model, "space"), m->shape, m->value),
                 "application/xml");
}

static bool has_body_members(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_member m;
    size_t        at = 0;
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (sw_aws_text(m.model, "in").bytes == 0)
            return true;
    }
    return false;
}

// Those members that have no other place
static void write_members(sw_aws_writer *w, sw_value shape, sw_value input)
{
    if (w->service->protocol == SW_AWS_REST_JSON) {
        set_body(w, sw_aws_write_json_body(w, shape, input), "application/json");
        return;
    }
    sw_str root = sw_aws_text(w->operation->model, "root");
    if (root.bytes == 0)
        root = sw_str_format(w->arena, "%.*sRequest", SW_STR_ARG(w->operation->name));
    set_body(w, sw_aws_write_xml(w, root, sw_aws_text(w->operation->model, "space"), shape, input),
             "application/xml");
}

static void write_body(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_str        payload = sw_aws_text(shape, "payload");
    sw_aws_member m;
    size_t        at = 0;
    if (payload.bytes == 0) {
        if (has_body_members(w, shape, input))
            write_members(w, shape, input);
        return;
    }
    while (sw_aws_next_member(w, shape, input, &at, &m)) {
        if (sw_str_equal(m.key, payload))
            write_payload(w, &m);
    }
}

// A request with a method that may have a body says that it has none.
static void end_body(sw_aws_writer *w)
{
    const char *method = w->message->method;
    if (w->message->body.text == NULL &&
        (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0))
        w->message->body = SW_STR("");
}

static void add_md5(sw_aws_writer *w)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned      bytes = 0;
    sw_str        body = w->message->body;
    if (EVP_Digest(body.text, body.bytes, digest, &bytes, EVP_md5(), NULL) == 1)
        sw_aws_add_header(w, "Content-MD5",
                          sw_base64_encode(w->arena, (sw_str){(char *)digest, bytes}));
}

void sw_aws_write_rest(sw_aws_writer *w, sw_value shape, sw_value input)
{
    sw_aws_check_members(w, shape, input);
    write_path(w, shape, input);
    write_parameters(w, shape, input);
    write_headers(w, shape, input);
    write_body(w, shape, input);
    end_body(w);
    if (sw_aws_flag(w->operation->model, "md5"))
        add_md5(w);
}
