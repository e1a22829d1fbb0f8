// error.c: what an answer that is no success says.
//
//   json, rest-json  x-amzn-errortype: ResourceNotFoundException:http://...
//                    {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
//                    "message": "..."}
//   query            <ErrorResponse><Error><Code>NotFound</Code><Message>..</Message></Error>
//                    <RequestId>..</RequestId></ErrorResponse>
//   s3               <Error><Code>NoSuchKey</Code><Message>..</Message></Error>
//   ec2              <Response><Errors><Error>...</Error></Errors>
//                    <RequestID>..</RequestID></Response>

#include "integrations/aws/read.h"

#include "base/utf8.h"

#define TEXT_BYTES_MAX 1000u // of an answer in no known form

sw_str sw_aws_read_request_id(const sw_call_answer *answer)
{
    sw_str id = sw_call_find_header(answer, "x-amzn-RequestId");
    return id.text != NULL ? id : sw_call_find_header(answer, "x-amz-request-id");
}

// aws.thing#ResourceNotFoundException:http://...
static sw_str cut_code(sw_str text)
{
    const char *hash = text.bytes > 0 ? memchr(text.text, '#', text.bytes) : NULL;
    if (hash != NULL)
        text = (sw_str){hash + 1, (size_t)(text.text + text.bytes - hash - 1)};
    const char *colon = text.bytes > 0 ? memchr(text.text, ':', text.bytes) : NULL;
    return colon == NULL ? text : (sw_str){text.text, (size_t)(colon - text.text)};
}

static sw_str first_text(sw_value object, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sw_value text = sw_value_get(object, sw_str_from(names[i]));
        if (text.type == SW_STRING)
            return sw_value_str(text);
    }
    return (sw_str){NULL, 0};
}

static void read_json(const sw_call_answer *answer, sw_value body, sw_aws_error *error)
{
    static const char *const codes[] = {"__type", "code", "Code"};
    static const char *const messages[] = {"message", "Message", "errorMessage"};
    sw_str                   header = sw_call_find_header(answer, "x-amzn-ErrorType");
    error->code = cut_code(header.bytes > 0 ? header : first_text(body, codes, 3));
    error->message = first_text(body, messages, 3);
}

static sw_str text_of(const sw_aws_element *parent, const char *name)
{
    const sw_aws_element *element = sw_aws_find_element(parent, sw_str_from(name));
    return element == NULL ? (sw_str){NULL, 0} : element->text;
}

static void read_xml(const sw_aws_element *root, sw_aws_error *error)
{
    const sw_aws_element *holder = sw_aws_find_element(root, SW_STR("Errors"));
    const sw_aws_element *inner =
        sw_aws_find_element(holder == NULL ? root : holder, SW_STR("Error"));
    error->code = text_of(inner == NULL ? root : inner, "Code");
    error->message = text_of(inner == NULL ? root : inner, "Message");
    if (error->request_id.text == NULL)
        error->request_id = text_of(root, "RequestId");
    if (error->request_id.text == NULL)
        error->request_id = text_of(root, "RequestID");
}

// Something in between, such as a proxy, or a HEAD's answer that has no body
static void read_neither(const sw_call_answer *answer, sw_aws_error *error)
{
    size_t bytes = answer->body.bytes < TEXT_BYTES_MAX ? answer->body.bytes : TEXT_BYTES_MAX;
    if (error->message.text == NULL && bytes > 0)
        error->message = (sw_str){answer->body.text, bytes};
    if (error->message.text == NULL && answer->status_text.bytes > 0)
        error->message = answer->status_text;
}

static void find_name(const sw_aws_service *service, sw_aws_error *error)
{
    sw_value name = sw_value_get(sw_value_get(service->model, SW_STR("errors")), error->code);
    if (error->code.bytes > 0 && name.type == SW_STRING)
        error->name = sw_value_str(name);
}

static void clean(sw_arena *arena, sw_aws_error *error)
{
    sw_str *texts[] = {&error->code, &error->message, &error->request_id, &error->extended_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->text != NULL)
            *texts[i] = sw_utf8_clean(arena, *texts[i]);
    }
}

void sw_aws_read_error(const sw_aws_service *service, const sw_call_answer *answer, sw_arena *arena,
                       sw_aws_error *error)
{
    sw_value        body;
    sw_aws_element *document = NULL;
    *error = (sw_aws_error){.request_id = sw_aws_read_request_id(answer),
                            .extended_id = sw_call_find_header(answer, "x-amz-id-2")};
    if (sw_json_parse(arena, answer->body, 0, &body, NULL))
        read_json(answer, body, error);
    else if ((document = sw_aws_parse_xml(arena, answer->body)) != NULL)
        read_xml(document->first, error);
    else
        read_json(answer, sw_undefined(), error); // its header
    if (error->message.text == NULL)
        read_neither(answer, error);
    clean(arena, error);
    find_name(service, error);
}
