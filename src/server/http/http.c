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
#include "server/seed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES_MAX 8u

typedef struct thread_reader {
    struct thread_reader *next;
    sw_reader            *reader;
} thread_reader;

struct sw_http {
    sw_http_options    options;
    struct MHD_Daemon *daemons[ADDRESSES_MAX];
    size_t             daemon_count;
    uint16_t           port;
    pthread_mutex_t    lock; // around readers
    thread_reader     *readers;
    uint64_t           generation;
};

typedef struct http_request {
    sw_request      request; // first: the same address
    sw_http        *http;
    pthread_mutex_t lock;
    bool            served, suspended, answered;
    const char     *content_type;
    char           *body;
    size_t          body_bytes, body_capacity;
    bool            too_large;
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

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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
    pthread_mutex_init(&r->lock, NULL);
    sw_arena_init(&r->request.arena);
    r->request.server = http->options.server;
    r->request.connection = connection;
    r->request.now_ms = now_ms();
    make_id(r->request.id);
    return r;
}

static void free_request(http_request *r)
{
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
    r->suspended = false;
    pthread_mutex_unlock(&r->lock);
    if (resume)
        MHD_resume_connection(connection); // r may be gone from here on
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
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.bytes, (void *)(uintptr_t)body.text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "x-amzn-RequestId", r->request.id);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
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

static bool open_daemon(sw_http *http, const char *text, sw_error *err)
{
    const sw_http_options *o = &http->options;
    socket_address         address;
    if (http->daemon_count == ADDRESSES_MAX || !read_address(text, http->port, &address))
        return sw_fail(err, SW_ERROR_INVALID, "'%s' is not an IP address to listen on", text);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     MHD_USE_TURBO;
    if (address.any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    if (o->certificate != NULL)
        flags |= MHD_USE_TLS;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
        {MHD_OPTION_END, 0, NULL}};
    if (o->certificate == NULL)
        tls[0] = tls[2];
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, http->port, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, &address.any,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
        o->connections_max, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_THREAD_POOL_SIZE,
        o->threads > 1 ? o->threads : 0u, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (daemon == NULL)
        return sw_fail(err, SW_ERROR_IO, "cannot listen on %s port %u: %s", text, http->port,
                       strerror(errno));
    http->daemons[http->daemon_count++] = daemon;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (http->port == 0 && info != NULL)
        http->port = info->port; // all addresses get the same one
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
        if (!open_daemon(http, options->addresses[i], err)) {
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
    for (size_t i = 0; i < http->daemon_count; i++) {
        int socket = MHD_quiesce_daemon(http->daemons[i]);
        if (socket >= 0)
            close(socket);
    }
}

void sw_http_close(sw_http *http)
{
    for (size_t i = 0; i < http->daemon_count; i++)
        MHD_stop_daemon(http->daemons[i]);
    while (http->readers != NULL) {
        thread_reader *entry = http->readers;
        http->readers = entry->next;
        entry->reader->close(entry->reader);
        free(entry);
    }
    pthread_mutex_destroy(&http->lock);
    free(http);
}
