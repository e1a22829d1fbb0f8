// api.c: the Lambda Runtime API, as much HTTP/1.1 as it needs: whole requests of a known length or
// in chunks, on connections that are kept.
//
//     GET  /2018-06-01/runtime/invocation/next            waits until there is one
//     POST /2018-06-01/runtime/invocation/ID/response     its result
//     POST /2018-06-01/runtime/invocation/ID/error        or its error
//     POST /2018-06-01/runtime/init/error                 the handler cannot be loaded

#include "integrations/functions/pool.h"

#include "base/assert.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES_MAX  ((size_t)65536)
#define CONNECTIONS_MAX 8u
#define PREFIX          "/2018-06-01/runtime/"

typedef struct request {
    sw_str method, path;
    sw_str body;
    size_t bytes; // of all of it
} request;

// Writing -----------------------------------------------------------------------------------------

static bool flush(sw_connection_in *c)
{
    while (c->out_sent < c->out_bytes) {
        ssize_t n = send(c->file, c->out + c->out_sent, c->out_bytes - c->out_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return sw_pool_watch(c->process->function->functions, c->file, true,
                                 SW_WATCH_CONNECTION, c);
        if (n <= 0)
            return false;
        c->out_sent += (size_t)n;
    }
    free(c->out);
    c->out = NULL;
    c->out_bytes = c->out_sent = 0;
    return true;
}

// There is one answer at a time: the other side waits for it.
static bool send_answer(sw_connection_in *c, const char *status, sw_str headers, sw_str body)
{
    char head[256];
    int  bytes = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\n",
                          status, body.bytes);
    free(c->out);
    c->out_bytes = (size_t)bytes + headers.bytes + 2 + body.bytes;
    c->out_sent = 0;
    c->out = malloc(c->out_bytes);
    SW_ASSERT(c->out != NULL);
    char *at = c->out;
    memcpy(at, head, (size_t)bytes);
    memcpy(at += bytes, headers.text, headers.bytes);
    memcpy(at += headers.bytes, "\r\n", 2);
    memcpy(at + 2, body.text, body.bytes);
    return flush(c);
}

sw_connection_in *sw_api_waiting(sw_process *process)
{
    sw_connection_in *c = process->connections;
    while (c != NULL && !c->waits)
        c = c->next;
    return c;
}

void sw_api_deliver(sw_process *process)
{
    sw_connection_in     *c = sw_api_waiting(process);
    sw_invocation        *in = process->current;
    const sw_function    *f = process->function;
    sw_functions_options *o = &f->functions->options;
    sw_str                context = {"", 0};
    if (in->call.client_context.bytes > 0)
        context = sw_str_format(&in->arena, "Lambda-Runtime-Client-Context: %.*s\r\n",
                                SW_STR_ARG(in->call.client_context));
    sw_str headers = sw_str_format(
        &in->arena,
        "Lambda-Runtime-Aws-Request-Id: %s\r\nLambda-Runtime-Deadline-Ms: %lld\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:%.*s:%.*s:function:%.*s\r\n"
        "Lambda-Runtime-Trace-Id: Root=1-00000000-000000000000000000000000;Sampled=0\r\n%.*s",
        in->request_id, (long long)process->deadline_ms, SW_STR_ARG(o->region),
        SW_STR_ARG(o->account), SW_STR_ARG(f->name), SW_STR_ARG(context));
    c->waits = false;
    if (!send_answer(c, "200 OK", headers, in->call.payload))
        shutdown(c->file, SHUT_RDWR); // its next event closes it
}

// Reading -----------------------------------------------------------------------------------------

static sw_str find_header(sw_str head, const char *name)
{
    size_t      bytes = strlen(name);
    const char *at = head.text, *end = head.text + head.bytes;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end) {
        if ((size_t)(end - at) > bytes && at[bytes] == ':' && strncasecmp(at, name, bytes) == 0) {
            const char *value = at + bytes + 1, *stop = memchr(value, '\r', (size_t)(end - value));
            while (value < stop && *value == ' ')
                value++;
            return (sw_str){value, (size_t)((stop == NULL ? end : stop) - value)};
        }
    }
    return (sw_str){NULL, 0};
}

// Chunks are put together in place. -1: more has to come, 0: it is wrong, 1: whole.
static int join_chunks(char *text, size_t bytes, request *r)
{
    size_t at = 0, joined = 0;
    for (;;) {
        char *line = memchr(text + at, '\n', bytes - at), *end;
        if (line == NULL)
            return bytes - at > 64 ? 0 : -1;
        unsigned long size = strtoul(text + at, &end, 16);
        if (end == text + at || size > SW_PAYLOAD_BYTES_MAX)
            return 0;
        size_t from = (size_t)(line + 1 - text);
        if (bytes - from < size + 2)
            return -1;
        memmove(text + joined, text + from, size);
        joined += size;
        at = from + size + 2;
        if (size == 0)
            break;
    }
    r->body = (sw_str){text, joined};
    r->bytes = at;
    return 1;
}

static int find_body(sw_connection_in *c, sw_str head, request *r)
{
    char  *text = c->in + head.bytes;
    size_t there = c->in_bytes - head.bytes;
    sw_str length = find_header(head, "Content-Length"),
           coding = find_header(head, "Transfer-Encoding");
    if (coding.bytes == 7 && strncasecmp(coding.text, "chunked", 7) == 0) {
        // Joining changes the text, so it is done once: when the last chunk is there.
        if (there < 5 || memcmp(text + there - 5, "0\r\n\r\n", 5) != 0)
            return -1;
        int whole = join_chunks(text, there, r);
        r->bytes += head.bytes;
        return whole;
    }
    unsigned long size = length.text == NULL ? 0 : strtoul(length.text, NULL, 10);
    if (size > SW_PAYLOAD_BYTES_MAX)
        return 0;
    r->body = (sw_str){text, size};
    r->bytes = head.bytes + size;
    return there >= size ? 1 : -1;
}

// -1: more has to come, 0: it is wrong, 1: a whole request.
static int parse(sw_connection_in *c, request *r)
{
    char *end = NULL;
    for (size_t i = 3; i < c->in_bytes && i < HEAD_BYTES_MAX && end == NULL; i++) {
        if (c->in[i] == '\n' && memcmp(c->in + i - 3, "\r\n\r", 3) == 0)
            end = c->in + i + 1;
    }
    if (end == NULL)
        return c->in_bytes < HEAD_BYTES_MAX ? -1 : 0;
    sw_str      head = {c->in, (size_t)(end - c->in)};
    const char *blank = memchr(head.text, ' ', head.bytes);
    const char *second = blank == NULL ? NULL : memchr(blank + 1, ' ', (size_t)(end - blank - 1));
    if (second == NULL)
        return 0;
    r->method = (sw_str){head.text, (size_t)(blank - head.text)};
    r->path = (sw_str){blank + 1, (size_t)(second - blank - 1)};
    return find_body(c, head, r);
}

// Serving -----------------------------------------------------------------------------------------

static bool take_begin(sw_str *text, const char *with)
{
    size_t bytes = strlen(with);
    if (text->bytes < bytes || memcmp(text->text, with, bytes) != 0)
        return false;
    *text = (sw_str){text->text + bytes, text->bytes - bytes};
    return true;
}

static bool accept_answer(sw_connection_in *c)
{
    return send_answer(c, "202 Accepted", SW_STR(""), SW_STR("{\"status\":\"OK\"}"));
}

static bool is_current(const sw_process *process, sw_str id)
{
    return process->current != NULL && sw_str_is(id, process->current->request_id);
}

static bool refuse(sw_connection_in *c, const char *status, const char *what)
{
    char body[128];
    int  bytes = snprintf(body, sizeof body,
                          "{\"errorMessage\":\"%s\",\"errorType\":\"InvalidRequest\"}", what);
    return send_answer(c, status, SW_STR(""), (sw_str){body, (size_t)bytes});
}

static bool serve_next(sw_connection_in *c)
{
    c->waits = true;
    sw_pool_is_idle(c->process);
    return true;
}

static bool serve_outcome(sw_connection_in *c, const request *r, sw_str id, bool error)
{
    if (!is_current(c->process, id))
        return refuse(c, "400 Bad Request", "there is no such invocation here");
    bool ok = accept_answer(c);
    sw_pool_answer(c->process, r->body, error);
    return ok;
}

// false: the connection is done with.
static bool serve(sw_connection_in *c, const request *r)
{
    sw_str path = r->path;
    if (!take_begin(&path, PREFIX))
        return refuse(c, "404 Not Found", "this is the Lambda Runtime API");
    if (sw_str_is(r->method, "GET") && sw_str_is(path, "invocation/next"))
        return serve_next(c);
    if (sw_str_is(r->method, "POST") && sw_str_is(path, "init/error")) {
        bool ok = accept_answer(c);
        sw_pool_init_failed(c->process, r->body);
        return ok;
    }
    if (sw_str_is(r->method, "POST") && take_begin(&path, "invocation/")) {
        if (sw_str_take_end(&path, "/response"))
            return serve_outcome(c, r, path, false);
        if (sw_str_take_end(&path, "/error"))
            return serve_outcome(c, r, path, true);
    }
    return refuse(c, "404 Not Found", "there is no such path in the Lambda Runtime API");
}

// Connections -------------------------------------------------------------------------------------

void sw_api_accept(sw_process *process)
{
    int file = accept(process->listener, NULL, NULL);
    if (file < 0)
        return;
    if (process->connection_count == CONNECTIONS_MAX) {
        close(file);
        return;
    }
    sw_connection_in *c = calloc(1, sizeof *c);
    SW_ASSERT(c != NULL);
    *c = (sw_connection_in){.next = process->connections, .process = process, .file = file};
    fcntl(file, F_SETFD, FD_CLOEXEC);
    fcntl(file, F_SETFL, O_NONBLOCK);
    process->connections = c;
    process->connection_count++;
    if (!sw_pool_watch(process->function->functions, file, false, SW_WATCH_CONNECTION, c))
        sw_api_close(c);
}

void sw_api_close(sw_connection_in *c)
{
    sw_connection_in **link = &c->process->connections;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    c->process->connection_count--;
    sw_pool_close(c->process->function->functions, c->file);
    free(c->in);
    free(c->out);
    free(c);
}

static void make_room(sw_connection_in *c)
{
    if (c->in_capacity - c->in_bytes >= 4096)
        return;
    c->in_capacity = c->in_capacity == 0 ? 16384 : 2 * c->in_capacity;
    c->in = realloc(c->in, c->in_capacity);
    SW_ASSERT(c->in != NULL);
}

// false: it is over.
static bool receive(sw_connection_in *c)
{
    for (;;) {
        make_room(c);
        ssize_t n = recv(c->file, c->in + c->in_bytes, c->in_capacity - c->in_bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0)
            return false;
        c->in_bytes += (size_t)n;
        if (c->in_bytes > SW_PAYLOAD_BYTES_MAX + HEAD_BYTES_MAX)
            return false;
    }
}

static bool serve_all(sw_connection_in *c)
{
    request r;
    int     whole;
    while (c->in_bytes > 0 && (whole = parse(c, &r)) != -1) {
        size_t bytes = r.bytes;
        if (whole == 0 || !serve(c, &r))
            return false;
        memmove(c->in, c->in + bytes, c->in_bytes - bytes);
        c->in_bytes -= bytes;
    }
    return true;
}

void sw_api_ready(sw_connection_in *c, unsigned events)
{
    bool ok = true;
    if ((events & EPOLLOUT) != 0)
        ok = flush(c) && sw_pool_watch(c->process->function->functions, c->file, c->out != NULL,
                                       SW_WATCH_CONNECTION, c);
    if (ok && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        bool open = receive(c);
        ok = serve_all(c) && open; // what came before the end counts
    }
    if (!ok)
        sw_api_close(c);
}
