// load.c: calls of one API action, as fast as they are answered.
//
//   bench-load PORT CONNECTIONS ACTION < BODIES
//
// Each line of BODIES is a request's body. Connections are kept; each has one request under way.
// Prints "COUNT SECONDS P50_MS P99_MS MAX_MS". An answer other than 200 ends it with status 1.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define ANSWER_BYTES    65536

typedef struct connection {
    int    socket;
    size_t bytes;
    double sent_s;
    char   in[ANSWER_BYTES];
} connection;

#define HEAD                                                                                       \
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"           \
    "X-Amz-Target: AWSStepFunctions."

static const char *action;
static char       *line;
static size_t      line_capacity, count, capacity;
static double     *times;

static void stop_if(bool wrong, const char *what)
{
    if (!wrong)
        return;
    perror(what);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int connect_to(int port)
{
    int                one = 1, file = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    stop_if(file < 0, "socket");
    stop_if(connect(file, (struct sockaddr *)&address, sizeof address) != 0, "connect");
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return file;
}

// false: there are no more bodies.
static bool send_next(connection *c)
{
    ssize_t bytes = getline(&line, &line_capacity, stdin);
    if (bytes <= 1)
        return false;
    bytes -= line[bytes - 1] == '\n';
    char *request;
    int   length = asprintf(&request, HEAD "%s\r\nContent-Length: %zd\r\n\r\n%.*s", action, bytes,
                            (int)bytes, line);
    stop_if(length < 0, "asprintf");
    c->sent_s = now_s();
    stop_if(write(c->socket, request, (size_t)length) != length, "write");
    free(request);
    return true;
}

static bool is_whole(const connection *c)
{
    const char *end = memmem(c->in, c->bytes, "\r\n\r\n", 4);
    const char *length = end == NULL ? NULL : strcasestr(c->in, "content-length:");
    return length != NULL && (size_t)(end + 4 - c->in) + strtoul(length + 15, NULL, 10) <= c->bytes;
}

// true when a whole answer is there.
static bool receive(connection *c)
{
    ssize_t got = read(c->socket, c->in + c->bytes, sizeof c->in - 1 - c->bytes);
    stop_if(got <= 0, "read");
    c->bytes += (size_t)got;
    c->in[c->bytes] = '\0';
    if (!is_whole(c))
        return false;
    if (strncmp(c->in, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "bench-load: %s\n", c->in);
        exit(1);
    }
    if (count == capacity) {
        capacity = capacity == 0 ? 65536 : capacity * 2;
        times = realloc(times, capacity * sizeof *times);
        stop_if(times == NULL, "realloc");
    }
    times[count++] = (now_s() - c->sent_s) * 1000;
    c->bytes = 0;
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct epoll_event events[CONNECTIONS_MAX];
    int                       connections = argc == 4 ? atoi(argv[2]) : 0, open = 0;
    if (connections < 1 || connections > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: bench-load PORT CONNECTIONS ACTION < BODIES\n");
        return 2;
    }
    action = argv[3];
    int    epoll = epoll_create1(0);
    double began_s = now_s();
    for (int i = 0; i < connections; i++) {
        connection *c = calloc(1, sizeof *c);
        stop_if(c == NULL, "calloc");
        c->socket = connect_to(atoi(argv[1]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        stop_if(epoll_ctl(epoll, EPOLL_CTL_ADD, c->socket, &event) != 0, "epoll_ctl");
        open += send_next(c);
    }
    while (open > 0) {
        int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            connection *c = events[i].data.ptr;
            if (receive(c) && !send_next(c))
                open--;
        }
    }
    qsort(times, count, sizeof *times, compare);
    printf("%zu %.3f %.3f %.3f %.3f\n", count, now_s() - began_s, count ? times[count / 2] : 0,
           count ? times[count * 99 / 100] : 0, count ? times[count - 1] : 0);
}
