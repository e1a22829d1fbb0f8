// asset.c: the page's files, as they were built into the binary: compressed, with their hash.

#include "server/console/internal.h"

#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "                     \
    "data: blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; "       \
    "form-action 'none'; frame-ancestors 'none'"

typedef struct asset {
    const char *path, *content_type, *tag;
    const char *text; // compressed by gzip
    size_t      bytes;
} asset;

#include "server/console_assets.inc"

static const asset *find(const char *path)
{
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
        if (assets[i].path != NULL && strcmp(path, assets[i].path) == 0)
            return &assets[i];
    }
    return NULL;
}

static bool has_it(const sw_http_head *head, const asset *a)
{
    const char *known = sw_http_header(head, "If-None-Match");
    return known != NULL && strstr(known, a->tag) != NULL;
}

static void send_without_page(sw_request *request)
{
    sw_request_send(request, 200, "text/plain; charset=utf-8",
                    SW_STR("Stepwell serves the AWS Step Functions API here. This binary was built "
                           "without the web console (Node.js and npm were not there, or "
                           "-Dconsole=disabled).\n"));
}

bool sw_console_send_asset(sw_request *request, const sw_http_head *head)
{
    const asset *a = find(head->path);
    if (a == NULL && strcmp(head->path, "/") == 0) {
        send_without_page(request);
        return true;
    }
    if (a == NULL)
        return false;
    bool hashed = strncmp(a->path, "/assets/", 8) == 0;
    sw_request_add_header(request, "ETag", sw_str_from(a->tag));
    sw_request_add_header(request, "Cache-Control",
                          hashed ? SW_STR("public, max-age=31536000, immutable")
                                 : SW_STR("no-cache"));
    sw_request_add_header(request, "X-Content-Type-Options", SW_STR("nosniff"));
    sw_request_add_header(request, "Referrer-Policy", SW_STR("no-referrer"));
    sw_request_add_header(request, "Content-Security-Policy", SW_STR(POLICY));
    if (has_it(head, a)) {
        sw_request_send(request, 304, a->content_type, SW_STR(""));
        return true;
    }
    sw_request_add_header(request, "Content-Encoding", SW_STR("gzip"));
    sw_request_send(request, 200, a->content_type, (sw_str){a->text, a->bytes});
    return true;
}
