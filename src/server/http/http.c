// http.c: libmicrohttpd's callbacks around sw_request.
//
//   new -> body arrives -> serve -> answered?  yes: queue the response
//                                             no:  suspend; sw_request_send resumes; queue the
//                                             response
//
// A request's lock decides the race between serve's return and an answer from another thread.

#include "server/http/http.h"

#include "base/assert.h"
#include "base/chance.h"
#include "server/clock.h"
#include "server/seed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESSES_MAX 8u
#define THREADS_MAX   16u // for each address
#define BACKLOG       4096
// A connection's room for headers and the piece of the body at hand; cleared for each request.
#define CONNECTION_BYTES ((size_t)16384)
#define STREAM_BYTES     ((size_t)8192) // of a stream that are sent at once

typedef struct thread_reader {
    struct thread_reader *next;
    sw_reader            *reader;
} thread_reader;

// A thread of ours around a daemon of libmicrohttpd's. Its own threads, up to 1.0.0, wait once more
// when epoll gives them exactly as many events as they asked for (128): with that many connections
// a worker slept on while answers waited.
typedef struct worker {
    struct MHD_Daemon *daemon;
    pthread_t          thread;
    int                wake;  // an eventfd: a connection goes on, or it is the end
    bool               awake; // atomic: wake has been written and not been read
    bool               quit;  // atomic
} worker;

static _Thread_local worker *own_worker;

// Behind what it tells of: libmicrohttpd may have missed that when it looked.
static void wake_up(worker *w)
{
    const uint64_t one = 1;
    if (__atomic_exchange_n(&w->awake, true, __ATOMIC_ACQ_REL))
        return;
    ssize_t written = write(w->wake, &one, sizeof one);
    SW_ASSERT(written == sizeof one);
}

struct sw_http {
    sw_http_options options;
    int             listeners[ADDRESSES_MAX];
    size_t          listener_count;
    worker          workers[ADDRESSES_MAX * THREADS_MAX];
    size_t          worker_count;
    uint16_t        port;
    pthread_mutex_t lock; // around readers
    thread_reader  *readers;
    uint64_t        generation;
};

typedef struct answer_header {
    struct answer_header *next;
    const char           *name, *value;
} answer_header;

typedef struct http_request {
    sw_request      request; // first: the same address
    sw_http        *http;
    worker         *worker; // whose connection it is
    pthread_mutex_t lock;
    bool            served, suspended, answered;
    const char     *content_type;
    char           *body;
    size_t          body_bytes, body_capacity;
    bool            too_large;
    answer_header  *headers; // of the answer
    // A stream's, see sw_request_stream
    sw_stream *stream;
    bool       woken;
    sw_arena   piece_arena;
    sw_str     piece; // what is left of it
} http_request;

// Readers: one for each HTTP thread ---------------------------------------------------------------

static _Thread_local sw_reader *own_reader;
static _Thread_local uint64_t   own_generation; // of the server it belongs to

static sw_reader *get_reader(sw_http *http)
{
    sw_error err;
    if (own_reader != NULL && own_generation == http->generation)
        return own_reader;
    if (!http->options.store->reader_open(http->options.store, &own_reader, &err)) {
        own_reader = NULL;
        return NULL;
    }
    own_generation = http->generation;
    thread_reader *entry = calloc(1, sizeof *entry);
    SW_ASSERT(entry != NULL);
    entry->reader = own_reader;
    pthread_mutex_lock(&http->lock);
    entry->next = http->readers;
    http->readers = entry;
    pthread_mutex_unlock(&http->lock);
    return own_reader;
}

// Requests ----------------------------------------------------------------------------------------

static void make_id(char id[37])
{
    static _Thread_local sw_chance chance;
    static _Thread_local bool      seeded;
    if (!seeded) {
        sw_chance_seed(&chance, sw_seed_draw(), 0);
        seeded = true;
    }
    sw_chance_uuid(&chance, id);
}

static http_request *new_request(sw_http *http, struct MHD_Connection *connection)
{
    http_request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->http = http;
    r->worker = own_worker;
    pthread_mutex_init(&r->lock, NULL);
    sw_arena_init(&r->request.arena);
    r->request.server = http->options.server;
    r->request.connection = connection;
    r->request.now_ms = sw_clock_now_ms();
    make_id(r->request.id);
    return r;
}

static void free_request(http_request *r)
{
    if (r->stream != NULL) {
        r->stream->close(r->stream);
        sw_arena_clear(&r->piece_arena);
    }
    sw_arena_clear(&r->request.arena);
    pthread_mutex_destroy(&r->lock);
    free(r->body);
    free(r);
}

void sw_request_send(sw_request *request, unsigned status, const char *content_type, sw_str body)
{
    http_request *r = (http_request *)request;
    pthread_mutex_lock(&r->lock);
    SW_ASSERT(!r->answered);
    r->answered = true;
    r->content_type = content_type;
    request->status = status;
    request->body = sw_str_copy(&request->arena, body);
    bool                   resume = r->suspended;
    struct MHD_Connection *connection = request->connection;
    worker                *w = r->worker;
    r->suspended = false;
    pthread_mutex_unlock(&r->lock);
    if (!resume)
        return;
    MHD_resume_connection(connection); // r may be gone from here on
    wake_up(w);
}

void sw_request_add_header(sw_request *request, const char *name, sw_str value)
{
    http_request  *r = (http_request *)request;
    answer_header *header = SW_ARENA_NEW(&request->arena, answer_header);
    *header = (answer_header){r->headers, name, sw_str_copy(&request->arena, value).text};
    r->headers = header;
}

bool sw_request_is_wanted(const sw_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char    byte;
    ssize_t got = info == NULL ? 0 : recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

const char *sw_http_header(const sw_http_head *head, const char *name)
{
    return MHD_lookup_connection_value(head->connection, MHD_HEADER_KIND, name);
}

const char *sw_http_query(const sw_http_head *head, const char *name)
{
    return MHD_lookup_connection_value(head->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool sw_http_is_local(const sw_http_head *head)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(head->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL)
        return false;
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)info->client_addr;
        return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *six = (const void *)info->client_addr;
    return info->client_addr->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

// Streams -----------------------------------------------------------------------------------------

void sw_request_stream(sw_request *request, const char *content_type, sw_stream *stream)
{
    http_request *r = (http_request *)request;
    SW_ASSERT(!r->answered);
    r->answered = true;
    r->content_type = content_type;
    request->status = MHD_HTTP_OK;
    stream->request = request;
    sw_arena_init(&r->piece_arena);
    r->stream = stream;
}

void sw_stream_wake(sw_stream *stream)
{
    http_request *r = (http_request *)stream->request;
    pthread_mutex_lock(&r->lock);
    r->woken = true;
    if (r->suspended) {
        r->suspended = false;
        MHD_resume_connection(r->request.connection);
        wake_up(r->worker);
    }
    pthread_mutex_unlock(&r->lock);
}

// Nothing for now: sleeps, unless it was woken while it looked. false: it was.
static bool sleep_until_woken(http_request *r)
{
    pthread_mutex_lock(&r->lock);
    bool sleeps = !r->woken;
    if (sleeps) {
        MHD_suspend_connection(r->request.connection);
        r->suspended = true;
    }
    pthread_mutex_unlock(&r->lock);
    return sleeps;
}

static sw_stream_step make_piece(http_request *r)
{
    sw_reader     *reader = get_reader(r->http);
    sw_stream_step step = SW_STREAM_END;
    do {
        pthread_mutex_lock(&r->lock);
        r->woken = false;
        pthread_mutex_unlock(&r->lock);
        sw_arena_reset(&r->piece_arena);
        if (reader != NULL)
            step = r->stream->next(r->stream, reader, &r->piece_arena, &r->piece);
    } while (step == SW_STREAM_WAIT && !sleep_until_woken(r));
    return step;
}

static ssize_t read_stream(void *who, uint64_t position, char *to, size_t bytes_max)
{
    (void)position;
    http_request *r = who;
    if (r->piece.bytes == 0) {
        sw_stream_step step = make_piece(r);
        if (step != SW_STREAM_PIECE)
            return step == SW_STREAM_WAIT ? 0 : MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t bytes = r->piece.bytes < bytes_max ? r->piece.bytes : bytes_max;
    memcpy(to, r->piece.text, bytes);
    r->piece = (sw_str){r->piece.text + bytes, r->piece.bytes - bytes};
    return (ssize_t)bytes;
}

// The body ----------------------------------------------------------------------------------------

static bool append(http_request *r, const char *data, size_t bytes)
{
    if (r->body_bytes + bytes > r->http->options.body_bytes_max)
        return !(r->too_large = true);
    if (r->body_bytes + bytes > r->body_capacity) {
        size_t capacity = r->body_capacity == 0 ? 1024 : r->body_capacity * 2;
        while (capacity < r->body_bytes + bytes)
            capacity *= 2;
        char *larger = realloc(r->body, capacity);
        if (larger == NULL)
            return !(r->too_large = true);
        r->body = larger;
        r->body_capacity = capacity;
    }
    memcpy(r->body + r->body_bytes, data, bytes);
    r->body_bytes += bytes;
    return true;
}

// Serving -----------------------------------------------------------------------------------------

static enum MHD_Result queue_answer(struct MHD_Connection *connection, http_request *r)
{
    sw_str               body = r->request.body;
    struct MHD_Response *response =
        r->stream != NULL ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BYTES,
                                                              read_stream, r, NULL)
                          : MHD_create_response_from_buffer(
                                body.bytes, (void *)(uintptr_t)body.text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "x-amzn-RequestId", r->request.id);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    for (const answer_header *h = r->headers; h != NULL; h = h->next)
        MHD_add_response_header(response, h->name, h->value);
    enum MHD_Result result = MHD_queue_response(connection, r->request.status, response);
    MHD_destroy_response(response);
    return result;
}

static void serve(http_request *r, const char *method, const char *path)
{
    sw_http_head head = {.method = method,
                         .path = path,
                         .body = {r->body == NULL ? "" : r->body, r->body_bytes},
                         .connection = r->request.connection};
    r->served = true;
    r->request.reader = get_reader(r->http);
    if (r->too_large)
        sw_request_send(&r->request, MHD_HTTP_CONTENT_TOO_LARGE, "application/x-amz-json-1.0",
                        SW_STR("{\"__type\":\"RequestEntityTooLargeException\"}"));
    else
        r->http->options.serve(&r->request, &head);
}

// serve has returned: either the answer is there, or the connection sleeps until it is.
static enum MHD_Result answer_or_suspend(struct MHD_Connection *connection, http_request *r)
{
    pthread_mutex_lock(&r->lock);
    bool answered = r->answered;
    if (!answered) {
        MHD_suspend_connection(connection);
        r->suspended = true;
    }
    pthread_mutex_unlock(&r->lock);
    return answered ? queue_answer(connection, r) : MHD_YES;
}

static enum MHD_Result on_request(void *who, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *bytes, void **state)
{
    (void)version;
    sw_http      *http = who;
    http_request *r = *state;
    if (r == NULL) {
        *state = new_request(http, connection);
        return *state == NULL ? MHD_NO : MHD_YES;
    }
    if (*bytes > 0) {
        append(r, data, *bytes);
        *bytes = 0;
        return MHD_YES;
    }
    if (!r->served)
        serve(r, method, path);
    else
        return queue_answer(connection, r);
    return answer_or_suspend(connection, r);
}

static void on_completed(void *who, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)who;
    (void)connection;
    (void)code;
    if (*state != NULL)
        free_request(*state);
    *state = NULL;
}

// Opening -----------------------------------------------------------------------------------------

typedef union socket_address {
    struct sockaddr     any;
    struct sockaddr_in  v4;
    struct sockaddr_in6 v6;
} socket_address;

static bool read_address(const char *text, uint16_t port, socket_address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

static bool fail_to_listen(const sw_http *http, const char *text, sw_error *err)
{
    return sw_fail(err, SW_ERROR_IO, "cannot listen on %s port %u: %s", text, http->port,
                   strerror(errno));
}

// All addresses get the same port.
static bool learn_port(sw_http *http, int listener)
{
    socket_address address;
    socklen_t      bytes = sizeof address;
    if (getsockname(listener, &address.any, &bytes) != 0)
        return false;
    http->port =
        ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
    return true;
}

static bool open_listener(sw_http *http, const char *text, sw_error *err)
{
    socket_address address;
    int            one = 1;
    if (http->listener_count == ADDRESSES_MAX || !read_address(text, http->port, &address))
        return sw_fail(err, SW_ERROR_INVALID, "'%s' is not an IP address to listen on", text);
    bool six = address.any.sa_family == AF_INET6;
    int  file = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0)
        return fail_to_listen(http, text, err);
    http->listeners[http->listener_count++] = file;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (six)
        setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return (bind(file, &address.any, six ? sizeof address.v6 : sizeof address.v4) == 0 &&
            listen(file, BACKLOG) == 0 && learn_port(http, file)) ||
           fail_to_listen(http, text, err);
}

static int wait_ms(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    if (MHD_get_timeout(daemon, &timeout_ms) != MHD_YES)
        return -1;
    return timeout_ms > 1000 ? 1000 : (int)timeout_ms;
}

// Whoever goes on from here on wakes it again.
static void take_wake(worker *w)
{
    uint64_t count;
    ssize_t  got = read(w->wake, &count, sizeof count);
    SW_ASSERT(got == sizeof count);
    __atomic_store_n(&w->awake, false, __ATOMIC_RELEASE);
}

static void *run_worker(void *argument)
{
    worker                     *w = argument;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd               files[] = {{.fd = info->epoll_fd, .events = POLLIN},
                                           {.fd = w->wake, .events = POLLIN}};
    own_worker = w;
    while (!__atomic_load_n(&w->quit, __ATOMIC_ACQUIRE)) {
        poll(files, 2, wait_ms(w->daemon));
        if ((files[1].revents & POLLIN) != 0)
            take_wake(w);
        MHD_run(w->daemon);
    }
    return NULL;
}

static struct MHD_Daemon *start_daemon(sw_http *http, int listener)
{
    const sw_http_options *o = &http->options;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     MHD_USE_TURBO | (o->certificate != NULL ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
        {MHD_OPTION_END, 0, NULL}};
    if (o->certificate == NULL)
        tls[0] = tls[2];
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET,
                            listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                            MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
                            MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_ARRAY,
                            tls, MHD_OPTION_END);
}

static bool open_worker(sw_http *http, int listener, const char *text, sw_error *err)
{
    worker *w = &http->workers[http->worker_count];
    *w = (worker){.daemon = start_daemon(http, listener),
                  .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (w->daemon == NULL || w->wake < 0)
        return fail_to_listen(http, text, err);
    int code = pthread_create(&w->thread, NULL, run_worker, w);
    if (code != 0)
        return sw_fail_errno(err, code, "start a thread for HTTP");
    http->worker_count++;
    return true;
}

static bool open_address(sw_http *http, const char *text, sw_error *err)
{
    unsigned threads = http->options.threads < THREADS_MAX ? http->options.threads : THREADS_MAX;
    if (!open_listener(http, text, err))
        return false;
    for (unsigned i = 0; i < threads; i++) {
        if (!open_worker(http, http->listeners[http->listener_count - 1], text, err))
            return false;
    }
    return true;
}

bool sw_http_open(const sw_http_options *options, sw_http **out, sw_error *err)
{
    static uint64_t generations;
    sw_http        *http = calloc(1, sizeof *http);
    SW_ASSERT(http != NULL);
    http->options = *options;
    http->port = options->port;
    http->generation = __atomic_add_fetch(&generations, 1, __ATOMIC_RELAXED);
    pthread_mutex_init(&http->lock, NULL);
    for (size_t i = 0; options->addresses[i] != NULL; i++) {
        if (!open_address(http, options->addresses[i], err)) {
            sw_http_close(http);
            return false;
        }
    }
    *out = http;
    return true;
}

uint16_t sw_http_get_port(const sw_http *http)
{
    return http->port;
}

void sw_http_quiesce(sw_http *http)
{
    for (size_t i = 0; i < http->worker_count; i++)
        MHD_quiesce_daemon(http->workers[i].daemon);
    for (size_t i = 0; i < http->listener_count; i++)
        close(http->listeners[i]);
    http->listener_count = 0;
}

static void close_worker(worker *w)
{
    __atomic_store_n(&w->quit, true, __ATOMIC_RELEASE);
    wake_up(w);
    pthread_join(w->thread, NULL);
    MHD_run(w->daemon); // answers that came meanwhile
    MHD_stop_daemon(w->daemon);
    close(w->wake);
}

void sw_http_close(sw_http *http)
{
    sw_http_quiesce(http);
    for (size_t i = 0; i < http->worker_count; i++)
        close_worker(&http->workers[i]);
    while (http->readers != NULL) {
        thread_reader *entry = http->readers;
        http->readers = entry->next;
        entry->reader->close(entry->reader);
        free(entry);
    }
    pthread_mutex_destroy(&http->lock);
    free(http);
}
