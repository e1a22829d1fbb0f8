// read.c: answers: where each protocol has its result, and what stands in headers.

#include "integrations/aws/read.h"

#include "base/grow.h"
#include "base/time.h"
#include "base/utf8.h"
#include "integrations/aws/text.h"

#include <strings.h>

// Scalars -----------------------------------------------------------------------------------------

static sw_value read_date(const sw_aws_reader *r, sw_str text)
{
    int64_t epoch_ms;
    if (!sw_aws_date_parse(text, &epoch_ms))
        return sw_string(sw_utf8_clean(r->arena, text));
    return sw_string(sw_aws_date_print(r->arena, epoch_ms, SW_AWS_DATE_ISO8601));
}

// docs: blobs are UTF-8 texts in what a workflow sees.
static sw_value read_blob(const sw_aws_reader *r, sw_str text)
{
    sw_str bytes;
    if (!sw_base64_decode(r->arena, text, &bytes))
        bytes = text;
    return sw_string(sw_utf8_clean(r->arena, bytes));
}

sw_value sw_aws_read_text(const sw_aws_reader *r, sw_value shape, sw_str text)
{
    sw_str   kind = sw_aws_text(shape, "is");
    sw_value number;
    if (sw_str_is(kind, "timestamp"))
        return read_date(r, text);
    if (sw_str_is(kind, "blob"))
        return read_blob(r, text);
    if (sw_str_is(kind, "boolean"))
        return sw_bool(text.bytes == 4 && strncasecmp(text.text, "true", 4) == 0);
    if ((sw_str_is(kind, "integer") || sw_str_is(kind, "float")) &&
        sw_json_parse(r->arena, text, 0, &number, NULL) && number.type == SW_NUMBER)
        return number;
    return sw_string(sw_utf8_clean(r->arena, text));
}

// Structures --------------------------------------------------------------------------------------

typedef struct pairs {
    sw_value *items;
    size_t    count, capacity;
} pairs;

static void add(const sw_aws_reader *r, pairs *list, sw_str key, sw_value value)
{
    if (value.type == SW_UNDEFINED)
        return;
    SW_PUSH(r->arena, list, sw_string(key));
    SW_PUSH(r->arena, list, value);
}

static sw_value build(const sw_aws_reader *r, const pairs *list)
{
    sw_value *items, object = sw_object_build(r->arena, list->count / 2, &items);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    return object;
}

static void add_members(const sw_aws_reader *r, pairs *list, sw_value shape,
                        sw_aws_read_member *read, const void *from)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    for (size_t i = 0; members.type == SW_OBJECT && i < members.size; i++) {
        sw_value member = sw_value_member(members, i);
        add(r, list, sw_value_key(members, i),
            read(r, sw_aws_wire_name(members, i), member, sw_aws_shape(r->service, member, "of"),
                 from));
    }
}

sw_value sw_aws_read_members(const sw_aws_reader *r, sw_value shape, sw_aws_read_member *read,
                             const void *from)
{
    pairs list = {0};
    add_members(r, &list, shape, read, from);
    return build(r, &list);
}

// REST: the head ----------------------------------------------------------------------------------

static bool begins_as(sw_str text, sw_str with)
{
    return text.bytes >= with.bytes && strncasecmp(text.text, with.text, with.bytes) == 0;
}

// aws: recorded; a map of headers is there even when it is empty.
static sw_value read_header_map(const sw_aws_reader *r, sw_str prefix, const sw_call_answer *answer)
{
    pairs list = {0};
    for (size_t i = 0; i < answer->header_count; i++) {
        sw_str name = answer->headers[i].name;
        if (begins_as(name, prefix))
            add(r, &list,
                sw_utf8_clean(r->arena,
                              (sw_str){name.text + prefix.bytes, name.bytes - prefix.bytes}),
                sw_string(sw_utf8_clean(r->arena, answer->headers[i].value)));
    }
    return build(r, &list);
}

static sw_value read_head_member(const sw_aws_reader *r, sw_str wire, sw_value member,
                                 sw_value shape, const void *from)
{
    const sw_call_answer *answer = from;
    sw_str                place = sw_aws_text(member, "in");
    if (sw_str_is(place, "statusCode"))
        return sw_number(answer->status);
    if (sw_str_is(place, "headers"))
        return read_header_map(r, wire, answer);
    if (!sw_str_is(place, "header"))
        return sw_undefined();
    sw_str text = sw_call_find_header(answer, sw_str_copy(r->arena, wire).text);
    return text.text == NULL ? sw_undefined() : sw_aws_read_text(r, shape, text);
}

// Bodies ------------------------------------------------------------------------------------------

typedef struct body {
    sw_value              json; // undefined: the body is XML
    const sw_aws_element *xml;  // the element that has the members
} body;

static bool is_json(const sw_aws_service *service)
{
    return service->protocol == SW_AWS_JSON || service->protocol == SW_AWS_REST_JSON;
}

static bool parse_body(const sw_aws_reader *r, sw_str text, body *b)
{
    *b = (body){.json = sw_undefined()};
    if (text.bytes == 0)
        return true;
    if (is_json(r->service))
        return sw_json_parse(r->arena, text, 0, &b->json, NULL);
    sw_aws_element *document = sw_aws_parse_xml(r->arena, text);
    b->xml = document == NULL ? NULL : document->first;
    return b->xml != NULL;
}

static sw_value read_body(const sw_aws_reader *r, sw_value shape, const body *b)
{
    if (b->json.type != SW_UNDEFINED)
        return sw_aws_read_json(r, shape, b->json);
    if (b->xml != NULL)
        return sw_aws_read_xml(r, shape, b->xml);
    return sw_undefined();
}

static void merge(const sw_aws_reader *r, pairs *list, sw_value object)
{
    for (size_t i = 0; object.type == SW_OBJECT && i < object.size; i++)
        add(r, list, sw_value_key(object, i), sw_value_member(object, i));
}

// The member that is the whole body
static bool read_payload(const sw_aws_reader *r, sw_value shape, sw_str key,
                         const sw_call_answer *answer, pairs *list)
{
    sw_value member = sw_value_get(sw_value_get(shape, SW_STR("members")), key);
    sw_value of = sw_aws_shape(r->service, member, "of");
    body     b;
    if (sw_aws_shape_is(of, "blob") || sw_aws_shape_is(of, "string")) {
        add(r, list, key, sw_string(sw_utf8_clean(r->arena, answer->body)));
        return true;
    }
    if (!parse_body(r, answer->body, &b))
        return false;
    add(r, list, key, read_body(r, of, &b));
    return true;
}

static bool read_rest(const sw_aws_reader *r, sw_value shape, const sw_call_answer *answer,
                      pairs *list)
{
    sw_str payload = sw_aws_text(shape, "payload");
    body   b;
    add_members(r, list, shape, read_head_member, answer);
    if (payload.bytes > 0)
        return read_payload(r, shape, payload, answer, list);
    if (!parse_body(r, answer->body, &b))
        return false;
    merge(r, list, read_body(r, shape, &b));
    return true;
}

// query: <PublishResponse><PublishResult>...; ec2: <RunInstancesResponse>...
static bool read_whole(const sw_aws_reader *r, const sw_aws_operation *operation, sw_value shape,
                       const sw_call_answer *answer, pairs *list)
{
    sw_str wrapper = sw_aws_text(operation->model, "wrapper");
    body   b;
    if (!parse_body(r, answer->body, &b))
        return false;
    if (wrapper.bytes > 0 && b.xml != NULL)
        b.xml = sw_aws_find_element(b.xml, wrapper);
    merge(r, list, read_body(r, shape, &b));
    return true;
}

bool sw_aws_read_result(const sw_aws_operation *operation, const sw_call_answer *answer,
                        sw_arena *arena, sw_value *result)
{
    sw_aws_reader r = {arena, operation->service};
    sw_value      shape = sw_aws_shape(r.service, operation->model, "out");
    pairs         list = {0};
    bool rest = r.service->protocol == SW_AWS_REST_JSON || r.service->protocol == SW_AWS_REST_XML;
    bool ok =
        shape.type == SW_UNDEFINED || (rest ? read_rest(&r, shape, answer, &list)
                                            : read_whole(&r, operation, shape, answer, &list));
    *result = build(&r, &list);
    return ok;
}
