// parameters.c: a task's Parameters read as the parts of an HTTP request.

#include "integrations/http/parameters.h"

#include "integrations/http/encode.h"

#include <stdarg.h>
#include <strings.h>

#define HEADERS_MAX      200u
#define QUERY_MAX        300u // parameters
#define QUERY_BYTES_MAX  16384u
#define TIMEOUT_MS       60000
#define ANSWER_BYTES_MAX 262145u // Range: bytes=0-262144

// Failures ----------------------------------------------------------------------------------------

static bool fail(sw_http_request *request, sw_str cause)
{
    *request->failure = (sw_failure){
        .has_error = true, .has_cause = true, .error = SW_STR("States.Runtime"), .cause = cause};
    return false;
}

bool sw_http_refuse(sw_http_request *request, const char *format, ...)
{
    va_list values;
    sw_str  shown = sw_json_print(request->arena, request->parameters);
    va_start(values, format);
    sw_str why = sw_str_vformat(request->arena, format, values);
    va_end(values);
    return fail(request,
                sw_str_format(request->arena,
                              "The Parameters '%.*s' could not be used to start the Task: [%.*s]",
                              SW_STR_ARG(shown), SW_STR_ARG(why)));
}

bool sw_http_refuse_format(sw_http_request *request, const char *field)
{
    return sw_http_refuse(request, "The value of the field '%s' has an invalid format", field);
}

bool sw_http_begin(sw_http_request *request, sw_http_service service, sw_str parameters,
                   sw_arena *arena, sw_failure *failure)
{
    sw_error err;
    *request = (sw_http_request){.arena = arena, .service = service, .failure = failure};
    request->headers = SW_ARENA_ARRAY(arena, sw_call_header, HEADERS_MAX);
    if (!sw_json_parse(arena, parameters, 0, &request->parameters, &err))
        return fail(request, sw_str_copy(arena, sw_str_from(err.message)));
    return true;
}

// Texts -------------------------------------------------------------------------------------------

bool sw_http_read_text(sw_http_request *request, sw_value object, const char *field, sw_str *text)
{
    sw_value value = sw_value_get(object, sw_str_from(field));
    *text = (sw_str){NULL, 0};
    if (value.type == SW_UNDEFINED || value.type == SW_NULL)
        return true;
    if (value.type != SW_STRING)
        return sw_http_refuse_format(request, field);
    *text = sw_value_str(value);
    return true;
}

bool sw_http_need_text(sw_http_request *request, sw_value object, const char *field, sw_str *text)
{
    if (!sw_http_read_text(request, object, field, text))
        return false;
    return text->bytes > 0 ||
           sw_http_refuse(request, "The field '%s' is required but was missing", field);
}

bool sw_http_read_method(sw_http_request *request)
{
    static const char *const methods[] = {"GET",   "POST", "PUT",    "DELETE",
                                          "PATCH", "HEAD", "OPTIONS"};
    sw_str                   method;
    if (!sw_http_need_text(request, request->parameters, "Method", &method))
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (sw_str_is(method, methods[i]))
            request->method = methods[i];
    }
    return request->method != NULL || sw_http_refuse_format(request, "Method");
}

// A text, a number or a truth.
static bool print_scalar(sw_value value, sw_arena *arena, sw_str *text)
{
    *text = value.type == SW_STRING ? sw_value_str(value) : sw_json_print(arena, value);
    return value.type == SW_STRING || value.type == SW_NUMBER || value.type == SW_BOOL;
}

// Headers -----------------------------------------------------------------------------------------

static const struct {
    sw_http_service service;
    const char     *name;
} forbidden[] = {
#define HEADER(service, name) {SW_HTTP_SERVICE_##service, name},
#include "integrations/http/forbidden_headers.def"
#undef HEADER
};

bool sw_http_same_name(sw_str a, sw_str b)
{
    return a.bytes == b.bytes && strncasecmp(a.text, b.text, a.bytes) == 0;
}

static bool matches(sw_str name, const char *pattern)
{
    size_t bytes = strlen(pattern);
    if (pattern[bytes - 1] == '*')
        return name.bytes >= bytes - 1 && strncasecmp(name.text, pattern, bytes - 1) == 0;
    return sw_http_same_name(name, (sw_str){pattern, bytes});
}

static bool is_forbidden(const sw_http_request *request, sw_str name)
{
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        if (forbidden[i].service == request->service && matches(name, forbidden[i].name))
            return true;
    }
    return false;
}

// spec: RFC 9110, token
static bool is_token(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (c <= ' ' || c >= 127 || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return text.bytes > 0;
}

// A header's line must end where we end it.
static bool is_one_line(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if ((unsigned char)text.text[i] < ' ' && text.text[i] != '\t')
            return false;
    }
    return true;
}

void sw_http_add_header(sw_http_request *request, sw_str name, sw_str value)
{
    if (request->header_count < HEADERS_MAX)
        request->headers[request->header_count++] = (sw_call_header){name, value};
}

bool sw_http_has_header(const sw_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (sw_http_same_name(request->headers[i].name, sw_str_from(name)))
            return true;
    }
    return false;
}

static bool read_value(sw_http_request *request, sw_str name, sw_value value)
{
    sw_str text;
    if (!print_scalar(value, request->arena, &text) || !is_one_line(text))
        return sw_http_refuse_format(request, "Headers");
    if (request->header_count >= HEADERS_MAX / 2) // leaves room for the connection's
        return sw_http_refuse(request, "There are more than %u headers", HEADERS_MAX / 2);
    sw_http_add_header(request, name, text);
    return true;
}

static bool read_header(sw_http_request *request, sw_str name, sw_value value)
{
    if (!is_token(name))
        return sw_http_refuse_format(request, "Headers");
    if (is_forbidden(request, name)) // aws: unverified wording
        return sw_http_refuse(request, "The header '%.*s' is not allowed", SW_STR_ARG(name));
    if (value.type != SW_ARRAY) {
        // aws: recorded; API Gateway's values are lists.
        if (request->service == SW_HTTP_SERVICE_API_GATEWAY)
            return sw_http_refuse_format(request, "Headers");
        return read_value(request, name, value);
    }
    for (uint32_t i = 0; i < value.size; i++) {
        if (!read_value(request, name, value.items[i]))
            return false;
    }
    return true;
}

static bool is_hidden(bool (*hides)(const void *who, sw_str name), const void *who, sw_str name)
{
    return hides != NULL && hides(who, name);
}

bool sw_http_read_headers(sw_http_request *request, bool (*hides)(const void *who, sw_str name),
                          const void      *who)
{
    sw_value headers = sw_value_get(request->parameters, SW_STR("Headers"));
    if (headers.type == SW_UNDEFINED || headers.type == SW_NULL)
        return true;
    if (headers.type != SW_OBJECT)
        return sw_http_refuse_format(request, "Headers");
    for (uint32_t i = 0; i < headers.size; i++) {
        sw_str name = sw_value_key(headers, i);
        if (!is_hidden(hides, who, name) &&
            !read_header(request, name, sw_value_member(headers, i)))
            return false;
    }
    return true;
}

// The query ---------------------------------------------------------------------------------------

void sw_http_add_query(sw_http_request *request, sw_str name, sw_str value)
{
    sw_arena *arena = request->arena;
    sw_str    key = sw_url_encode(arena, name), text = sw_url_encode(arena, value);
    request->query =
        sw_str_format(arena, "%.*s%s%.*s=%.*s", SW_STR_ARG(request->query),
                      request->query.bytes > 0 ? "&" : "", SW_STR_ARG(key), SW_STR_ARG(text));
}

static bool read_parameter(sw_http_request *request, sw_str name, sw_value value)
{
    sw_str text;
    if (!print_scalar(value, request->arena, &text))
        return sw_http_refuse_format(request, "QueryParameters");
    if (request->query.bytes > QUERY_BYTES_MAX || request->query_count++ >= QUERY_MAX)
        return sw_http_refuse(request,
                              "There are more than %u query parameters or %u bytes of them",
                              QUERY_MAX, QUERY_BYTES_MAX);
    sw_http_add_query(request, name, text);
    return true;
}

bool sw_http_read_query(sw_http_request *request, bool (*hides)(const void *who, sw_str name),
                        const void      *who)
{
    sw_value query = sw_value_get(request->parameters, SW_STR("QueryParameters"));
    if (query.type == SW_UNDEFINED || query.type == SW_NULL)
        return true;
    if (query.type != SW_OBJECT)
        return sw_http_refuse_format(request, "QueryParameters");
    for (uint32_t i = 0; i < query.size; i++) {
        sw_str   name = sw_value_key(query, i);
        sw_value value = sw_value_member(query, i);
        uint32_t count = value.type == SW_ARRAY ? value.size : 1;
        for (uint32_t v = 0; v < count && !is_hidden(hides, who, name); v++) {
            if (!read_parameter(request, name, value.type == SW_ARRAY ? value.items[v] : value))
                return false;
        }
    }
    return true;
}

// The URL -----------------------------------------------------------------------------------------

static bool begins(sw_str text, const char *with)
{
    size_t bytes = strlen(with);
    return text.bytes > bytes && strncasecmp(text.text, with, bytes) == 0;
}

static bool is_plain(sw_str url)
{
    return begins(url, "http://");
}

sw_str sw_http_append_path(sw_arena *arena, sw_str url, sw_str path)
{
    while (path.bytes > 0 && *path.text == '/')
        path = (sw_str){path.text + 1, path.bytes - 1};
    while (url.bytes > 0 && url.text[url.bytes - 1] == '/')
        url.bytes--;
    return path.bytes == 0 ? url
                           : sw_str_format(arena, "%.*s/%.*s", SW_STR_ARG(url), SW_STR_ARG(path));
}

bool sw_http_check_url(sw_http_request *request, const char *field, sw_str url)
{
    bool known = is_plain(url) || begins(url, "https://");
    for (size_t i = 0; i < url.bytes && known; i++)
        known = (unsigned char)url.text[i] > ' ' && (unsigned char)url.text[i] < 127 &&
                url.text[i] != '#' && url.text[i] != '\\';
    size_t scheme = is_plain(url) ? 7 : 8, i = scheme;
    for (; known && i < url.bytes && strchr("/?", url.text[i]) == NULL; i++)
        known = url.text[i] != '@'; // a name and a password have their place in the connection
    return (known && i > scheme) || sw_http_refuse_format(request, field);
}

sw_str sw_http_join_url(const sw_http_request *request)
{
    bool has_query = memchr(request->url.text, '?', request->url.bytes) != NULL;
    if (request->query.bytes == 0)
        return sw_str_copy(request->arena, request->url);
    return sw_str_format(request->arena, "%.*s%s%.*s", SW_STR_ARG(request->url),
                         has_query ? "&" : "?", SW_STR_ARG(request->query));
}

// The call ----------------------------------------------------------------------------------------

// Without TLS anybody on the way can read and change what is sent: on this machine there is nobody.
static sw_reach choose_reach(const sw_http_request *request, const sw_runner_options *options)
{
    if (options->http_public_only)
        return SW_REACH_PUBLIC;
    return is_plain(request->url) && !options->http_plain ? SW_REACH_LOOPBACK : SW_REACH_ANY;
}

bool sw_http_make_call(const sw_http_request *request, const sw_runner_options *options,
                       sw_call_request *call)
{
    if (is_plain(request->url) && options->http_public_only && !options->http_plain) {
        *request->failure = (sw_failure){
            .has_error = true,
            .has_cause = true,
            .error = SW_STR("States.Runtime"),
            .cause = SW_STR("The endpoint must begin with https:// (the server was started without "
                            "--http-plain)")};
        return false;
    }
    *call = (sw_call_request){.method = request->method,
                              .url = sw_http_join_url(request),
                              .headers = request->headers,
                              .header_count = request->header_count,
                              .body = request->body,
                              .timeout_ms = TIMEOUT_MS,
                              .answer_bytes_max = ANSWER_BYTES_MAX,
                              .reach = choose_reach(request, options)};
    return true;
}
