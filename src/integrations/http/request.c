// request.c: an HTTP Task's parameters and its connection, merged into one request.
//
// docs: what the connection has comes before what the definition has, for each header, query
// parameter and member of the body; then the body is encoded.

#include "integrations/http/encode.h"
#include "integrations/http/http.h"

#include <openssl/evp.h>

// The connection ----------------------------------------------------------------------------------

static bool read_connection_arn(sw_http_request *request, sw_str *arn)
{
    sw_value modern = sw_value_get(request->parameters, SW_STR("InvocationConfig"));
    sw_value older = sw_value_get(request->parameters, SW_STR("Authentication"));
    sw_value holder = modern.type != SW_UNDEFINED ? modern : older;
    if (holder.type == SW_UNDEFINED)
        return sw_http_refuse(request, "The field 'InvocationConfig' is required but was missing");
    return sw_http_need_text(request, holder, "ConnectionArn", arn);
}

const sw_connection *sw_http_find_connection(const sw_connections  *connections,
                                             const sw_outside_task *task, sw_arena *arena,
                                             sw_failure *failure)
{
    sw_http_request      request;
    sw_str               arn;
    const sw_connection *found = NULL;
    if (!sw_http_begin(&request, SW_HTTP_SERVICE_HTTP, task->parameters, arena, failure) ||
        !read_connection_arn(&request, &arn))
        return NULL;
    if (connections != NULL)
        found = sw_connections_find(connections, arn);
    if (found == NULL)
        *failure = (sw_failure){
            .has_error = true,
            .has_cause = true,
            .error = SW_STR("Events.ConnectionResource.ResourceNotFound"),
            .cause = sw_str_format(arena, "There is no connection '%.*s': see --connections",
                                   SW_STR_ARG(arn))};
    return found;
}

static bool has_name(sw_pairs pairs, sw_str name)
{
    for (size_t i = 0; i < pairs.count; i++) {
        if (sw_str_equal(pairs.list[i].name, name))
            return true;
    }
    return false;
}

// Headers -----------------------------------------------------------------------------------------

// Set by the service, or by the connection.
static bool hides_header(const void *who, sw_str name)
{
    const sw_connection *c = who;
    if (sw_http_same_name(name, SW_STR("User-Agent")) || sw_http_same_name(name, SW_STR("Range")))
        return true;
    if (c->kind == SW_CONNECTION_API_KEY && sw_http_same_name(name, c->user))
        return true;
    for (size_t i = 0; i < c->parameters.headers.count; i++) {
        if (sw_http_same_name(name, c->parameters.headers.list[i].name))
            return true;
    }
    return false;
}

// Name and password in Base64
static sw_str encode_login(const sw_connection *c, sw_arena *arena)
{
    sw_str pair = sw_str_format(arena, "%.*s:%.*s", SW_STR_ARG(c->user), SW_STR_ARG(c->secret));
    char  *text = sw_arena_alloc(arena, (pair.bytes + 2) / 3 * 4 + 1);
    int    bytes =
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)pair.text, (int)pair.bytes);
    return (sw_str){text, (size_t)bytes};
}

static void authorize(sw_http_request *request, const char *scheme, sw_str proof)
{
    sw_http_add_header(request, SW_STR("Authorization"),
                       sw_str_format(request->arena, "%s %.*s", scheme, SW_STR_ARG(proof)));
}

static void add_authorization(sw_http_request *request, const sw_connection *c, sw_str token)
{
    switch (c->kind) {
    case SW_CONNECTION_BASIC:
        authorize(request, "Basic", c->redacted ? c->secret : encode_login(c, request->arena));
        break;
    case SW_CONNECTION_API_KEY:
        sw_http_add_header(request, c->user, c->secret);
        break;
    case SW_CONNECTION_OAUTH:
        authorize(request, "Bearer", c->redacted ? c->secret : token);
        break;
    }
}

static void add_service_headers(sw_http_request *request, sw_str region)
{
    sw_http_add_header(
        request, SW_STR("User-Agent"),
        sw_str_format(request->arena, "Amazon|StepFunctions|HttpInvoke|%.*s", SW_STR_ARG(region)));
    sw_http_add_header(request, SW_STR("Range"), SW_STR("bytes=0-262144"));
}

static bool make_headers(sw_http_request *request, const sw_connection *c, sw_str token,
                         sw_str region)
{
    if (!sw_http_read_headers(request, hides_header, c))
        return false;
    add_authorization(request, c, token);
    for (size_t i = 0; i < c->parameters.headers.count; i++)
        sw_http_add_header(request, c->parameters.headers.list[i].name,
                           c->parameters.headers.list[i].value);
    add_service_headers(request, region);
    return true;
}

// The query ---------------------------------------------------------------------------------------

static bool hides_query(const void *who, sw_str name)
{
    const sw_connection *c = who;
    return has_name(c->parameters.query, name);
}

static bool make_query(sw_http_request *request, const sw_connection *c)
{
    if (!sw_http_read_query(request, hides_query, c))
        return false;
    for (size_t i = 0; i < c->parameters.query.count; i++)
        sw_http_add_query(request, c->parameters.query.list[i].name,
                          c->parameters.query.list[i].value);
    return true;
}

// The body ----------------------------------------------------------------------------------------

static sw_value add_members(sw_value body, sw_pairs pairs, sw_arena *arena)
{
    sw_value *items;
    if (body.type != SW_OBJECT)
        body = sw_object_build(arena, 0, &items);
    for (size_t i = 0; i < pairs.count; i++)
        body = sw_object_with(arena, body, pairs.list[i].name, sw_string(pairs.list[i].value));
    return body;
}

static bool merge_body(sw_http_request *request, const sw_connection *c, sw_value *body)
{
    bool empty = body->type == SW_UNDEFINED || body->type == SW_NULL;
    if (c->parameters.body.count == 0)
        return true;
    if (!empty && body->type != SW_OBJECT)
        return sw_http_refuse(request, "The field 'RequestBody' must be an object, because the "
                                       "connection adds members to it");
    *body = add_members(*body, c->parameters.body, request->arena);
    return true;
}

static bool read_transform(sw_http_request *request, bool *form, sw_array_format *format)
{
    sw_value transform = sw_value_get(request->parameters, SW_STR("Transform"));
    sw_value options = sw_value_get(transform, SW_STR("RequestEncodingOptions"));
    sw_str   encoding, array;
    *format = SW_ARRAY_INDICES;
    if (!sw_http_read_text(request, transform, "RequestBodyEncoding", &encoding) ||
        !sw_http_read_text(request, options, "ArrayFormat", &array))
        return false;
    *form = sw_str_is(encoding, "URL_ENCODED");
    if (encoding.text != NULL && !*form && !sw_str_is(encoding, "NONE"))
        return sw_http_refuse_format(request, "RequestBodyEncoding");
    return array.text == NULL || sw_array_format_find(array, format) ||
           sw_http_refuse_format(request, "ArrayFormat");
}

static bool encode_form(sw_http_request *request, sw_value body, sw_array_format format)
{
    if (body.type != SW_OBJECT)
        return sw_http_refuse_format(request, "RequestBody");
    request->body = sw_form_encode(request->arena, body, format);
    return request->body.text != NULL ||
           sw_http_refuse(request, "The field 'RequestBody' is too large when it is URL-encoded");
}

// aws: unverified; a text goes out as it is, which is how XML is sent.
static bool make_body(sw_http_request *request, const sw_connection *c)
{
    sw_value        body = sw_value_get(request->parameters, SW_STR("RequestBody"));
    bool            form;
    sw_array_format format;
    if (!read_transform(request, &form, &format) || !merge_body(request, c, &body))
        return false;
    if (body.type == SW_UNDEFINED || body.type == SW_NULL)
        return true;
    if (strcmp(request->method, "HEAD") == 0)
        return sw_http_refuse(request, "A HEAD request cannot have a RequestBody here");
    if (body.type == SW_STRING)
        request->body = sw_value_str(body);
    else if (form)
        return encode_form(request, body, format);
    else
        request->body = sw_json_print(request->arena, body);
    return true;
}

// The whole ---------------------------------------------------------------------------------------

bool sw_http_write_request(const sw_outside_task *task, const sw_connection *connection,
                           sw_str token, sw_str region, sw_arena *arena, sw_http_request *request,
                           sw_failure *failure)
{
    if (!sw_http_begin(request, SW_HTTP_SERVICE_HTTP, task->parameters, arena, failure) ||
        !sw_http_need_text(request, request->parameters, "ApiEndpoint", &request->url) ||
        !sw_http_check_url(request, "ApiEndpoint", request->url) || !sw_http_read_method(request) ||
        !make_headers(request, connection, token, region) || !make_query(request, connection) ||
        !make_body(request, connection))
        return false;
    request->shown_count = request->header_count;
    if (request->body.text != NULL && !sw_http_has_header(request, "Content-Type"))
        sw_http_add_header(request, SW_STR("Content-Type"),
                           SW_STR("application/json; charset=UTF-8"));
    return true;
}
