// address.c: where a service is.

#include "integrations/aws/parts.h"

static const struct {
    const char *service, *variable;
} locals[] = {
#define LOCAL(service, variable) {service, variable},
#include "integrations/aws/endpoints.def"
#undef LOCAL
};

static const char *variable(const sw_aws *aws, const char *name)
{
    const char *value = aws->options.variable(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *find_local(const sw_aws *aws, sw_str service)
{
    for (size_t i = 0; i < sizeof locals / sizeof *locals; i++) {
        if (sw_str_is(service, locals[i].service))
            return variable(aws, locals[i].variable);
    }
    return NULL;
}

// NULL: it is AWS's own.
static const char *find_endpoint(const sw_aws *aws, const sw_aws_service *service, sw_arena *arena)
{
    sw_str name = sw_str_format(arena, "AWS_ENDPOINT_URL_%.*s", SW_STR_ARG(service->env));
    if (sw_str_is(service->name, "lambda") && aws->options.lambda_endpoint.bytes > 0)
        return aws->options.lambda_endpoint.text;
    const char *given = variable(aws, name.text);
    if (given == NULL)
        given = find_local(aws, service->name);
    if (given == NULL && sw_str_is(service->name, "sfn"))
        return aws->options.own_endpoint;
    return given == NULL ? variable(aws, "AWS_ENDPOINT_URL") : given;
}

bool sw_aws_is_amazon(const sw_aws *aws, const sw_aws_service *service, sw_arena *arena)
{
    return find_endpoint(aws, service, arena) == NULL;
}

bool sw_aws_split_url(sw_str url, sw_aws_address *address)
{
    static const char mark[] = "://";
    const char       *end = url.text + url.bytes, *at = url.text;
    while (at + 3 <= end && memcmp(at, mark, 3) != 0)
        at++;
    if (at + 3 >= end)
        return false;
    address->scheme = (sw_str){url.text, (size_t)(at - url.text)};
    const char *host = at + 3, *slash = memchr(host, '/', (size_t)(end - host));
    address->host = (sw_str){host, (size_t)((slash == NULL ? end : slash) - host)};
    address->path = (sw_str){slash == NULL ? "" : slash, slash == NULL ? 0 : (size_t)(end - slash)};
    while (address->path.bytes > 0 && address->path.text[address->path.bytes - 1] == '/')
        address->path.bytes--;
    return address->host.bytes > 0 && memchr(address->host.text, '@', address->host.bytes) == NULL;
}

static void find_amazon(const sw_aws *aws, const sw_aws_service *service, sw_arena *arena,
                        sw_aws_address *address)
{
    sw_str      global = sw_aws_text(service->model, "global");
    const char *domain =
        sw_str_begins(aws->options.region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    address->scheme = SW_STR("https");
    address->path = SW_STR("");
    if (global.bytes > 0 && !sw_str_begins(aws->options.region, "cn-")) {
        address->host = global;
        address->region = sw_aws_text(service->model, "globalRegion");
    } else {
        address->host = sw_str_format(arena, "%.*s.%.*s.%s", SW_STR_ARG(service->endpoint),
                                      SW_STR_ARG(aws->options.region), domain);
    }
}

bool sw_aws_find_address(const sw_aws *aws, const sw_aws_service *service, sw_str endpoint,
                         sw_arena *arena, sw_aws_address *address)
{
    const char *own = find_endpoint(aws, service, arena);
    *address = (sw_aws_address){.region = aws->options.region, .own = own != NULL};
    address->step_functions = own != NULL && own == aws->options.own_endpoint;
    if (endpoint.bytes > 0)
        return sw_aws_split_url(endpoint, address);
    if (own != NULL)
        return sw_aws_split_url(sw_str_from(own), address);
    find_amazon(aws, service, arena, address);
    return true;
}
