// sign_call.c: signatures of calls that no model describes: an API of one's own at API Gateway, and
// the tokens of EKS clusters.

#include "integrations/aws/parts.h"

#include "base/sigv4.h"
#include "base/time.h"
#include "integrations/http/encode.h"

#define TOKEN_SECONDS "60" // source: what aws-iam-authenticator has

static bool is_no_url(sw_aws_trouble *trouble)
{
    *trouble = (sw_aws_trouble){SW_AWS_TROUBLE_CLIENT, SW_STR("The endpoint is no URL")};
    return false;
}

// https://host/path?query -> its parts
static bool take_apart(const sw_call_request *request, sw_aws_address *address,
                       sw_aws_message *message)
{
    sw_str      url = request->url;
    const char *mark = memchr(url.text, '?', url.bytes);
    if (mark != NULL) {
        message->query = (sw_str){mark + 1, (size_t)(url.text + url.bytes - mark - 1)};
        url.bytes = (size_t)(mark - url.text);
    }
    if (!sw_aws_split_url(url, address))
        return false;
    const char *path = address->host.text + address->host.bytes;
    message->path = (sw_str){path, (size_t)(url.text + url.bytes - path)};
    if (message->path.bytes == 0)
        message->path = SW_STR("/");
    address->path = SW_STR("");
    return true;
}

bool sw_aws_sign_request(sw_aws *aws, const char *signing, const sw_aws_role *role, int64_t now_ms,
                         sw_arena *arena, sw_call_request *request, sw_aws_trouble *trouble)
{
    sw_aws_service service = {.signing = sw_str_from(signing)};
    sw_aws_address address = {.region = aws->options.region};
    sw_aws_message message = {.method = request->method, .body = request->body};
    if (!take_apart(request, &address, &message))
        return is_no_url(trouble);
    sw_aws_keys keys = sw_aws_find_keys(aws, &address, role, now_ms, arena);
    if (!sw_aws_need_keys(&keys, trouble))
        return false;
    message.count = message.capacity = request->header_count;
    message.items = SW_ARENA_ARRAY(arena, sw_call_header, request->header_count + 1);
    if (request->header_count > 0)
        memcpy(message.items, request->headers, request->header_count * sizeof *message.items);
    sw_aws_sign(&service, &address, &keys, now_ms, arena, &message);
    request->headers = message.items;
    request->header_count = message.count;
    return true;
}

// Tokens of clusters ------------------------------------------------------------------------------

static sw_str make_query(const sw_aws_keys *keys, sw_str timestamp, sw_str scope, sw_arena *arena)
{
    sw_str credential = sw_url_encode(
        arena, sw_str_format(arena, "%.*s/%.*s", SW_STR_ARG(keys->key), SW_STR_ARG(scope)));
    sw_str query =
        sw_str_format(arena,
                      "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                      "&X-Amz-Credential=%.*s&X-Amz-Date=%.*s&X-Amz-Expires=" TOKEN_SECONDS
                      "&X-Amz-SignedHeaders=host%%3Bx-k8s-aws-id",
                      SW_STR_ARG(credential), SW_STR_ARG(timestamp));
    if (keys->session.bytes > 0)
        query = sw_str_format(arena, "%.*s&X-Amz-Security-Token=%.*s", SW_STR_ARG(query),
                              SW_STR_ARG(sw_url_encode(arena, keys->session)));
    return sw_aws_canonical_query(query, arena);
}

// Base64 for URLs, without padding
static sw_str encode_token(sw_str url, sw_arena *arena)
{
    sw_str text = sw_str_format(arena, "k8s-aws-v1.%.*s", SW_STR_ARG(sw_base64_encode(arena, url)));
    char  *c = (char *)(uintptr_t)text.text;
    for (size_t i = 0; i < text.bytes; i++) {
        if (c[i] == '+')
            c[i] = '-';
        else if (c[i] == '/')
            c[i] = '_';
    }
    while (text.bytes > 0 && c[text.bytes - 1] == '=')
        text.bytes--;
    return text;
}

bool sw_aws_make_cluster_token(sw_aws *aws, sw_str cluster, const sw_aws_role *role, int64_t now_ms,
                               sw_arena *arena, sw_str *token, sw_aws_trouble *trouble)
{
    const sw_aws_service *sts = sw_aws_models_find(aws->models, SW_STR("sts"), SW_AWS_NAMES_API);
    sw_aws_address        address;
    unsigned char         key[32];
    char                  empty_hash[SW_SIGV4_HEX_BYTES], signature[SW_SIGV4_HEX_BYTES];
    if (sts == NULL || !sw_aws_find_address(aws, sts, SW_STR(""), arena, &address))
        return is_no_url(trouble);
    sw_aws_keys keys = sw_aws_find_keys(aws, &address, role, now_ms, arena);
    if (!sw_aws_need_keys(&keys, trouble))
        return false;
    sw_str          timestamp = sw_time_print_basic(arena, now_ms);
    sw_str          scope = sw_str_format(arena, "%.8s/%.*s/sts/aws4_request", timestamp.text,
                                          SW_STR_ARG(address.region));
    sw_sigv4_header headers[] = {{SW_STR("host"), address.host}, {SW_STR("x-k8s-aws-id"), cluster}};
    sw_sigv4_request request = {.method = "GET",
                                .path = SW_STR("/"),
                                .query = make_query(&keys, timestamp, scope, arena),
                                .headers = headers,
                                .header_count = 2,
                                .payload_hash = empty_hash,
                                .timestamp = timestamp,
                                .scope = scope};
    sw_sigv4_hash(SW_STR(""), empty_hash);
    sw_sigv4_derive_key(keys.secret, (sw_str){timestamp.text, 8}, address.region, SW_STR("sts"),
                        key);
    sw_sigv4_sign(&request, key, arena, signature);
    *token = encode_token(sw_str_format(arena, "%.*s://%.*s/?%.*s&X-Amz-Signature=%s",
                                        SW_STR_ARG(address.scheme), SW_STR_ARG(address.host),
                                        SW_STR_ARG(request.query), signature),
                          arena);
    return true;
}
