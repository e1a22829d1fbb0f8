// raw_server.c: the least that a durable server can do: the yardstick for W8.
//
//   bench-raw-server PORT FILE     listens on 127.0.0.1
//
// Each request's body is appended to FILE; all that came together share one fdatasync; then they
// are answered. HTTP/1.1 with keep-alive and Content-Length bodies, one thread, nothing else. To be
// measured against, not to be used: it trusts its clients.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX    1024
#define REQUEST_BYTES 65536u

typedef struct client {
    int    socket;
    size_t bytes;
    bool   waits; // its request is in the file
    char   in[REQUEST_BYTES];
} client;

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                             "Content-Length: 2\r\n\r\n{}";

static void stop_if(bool wrong, const char *what)
{
    if (!wrong)
        return;
    perror(what);
    exit(1);
}

static int listen_on(int port)
{
    int                one = 1, file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    stop_if(file < 0, "socket");
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    stop_if(bind(file, (struct sockaddr *)&address, sizeof address) != 0, "bind");
    stop_if(listen(file, 4096) != 0, "listen");
    return file;
}

static void watch(int epoll, int file, void *who)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    stop_if(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) != 0, "epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int one = 1, file;
    while ((file = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        client *c = calloc(1, sizeof *c);
        stop_if(c == NULL, "calloc");
        setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->socket = file;
        watch(epoll, file, c);
    }
}

// The body of a whole request, or NULL.
static const char *find_body(const client *c, size_t *bytes)
{
    const char *end = memmem(c->in, c->bytes, "\r\n\r\n", 4);
    const char *length = end == NULL ? NULL : strcasestr(c->in, "content-length:");
    if (length == NULL || length > end)
        return NULL;
    *bytes = strtoul(length + 15, NULL, 10);
    return (size_t)(end + 4 - c->in) + *bytes <= c->bytes ? end + 4 : NULL;
}

static void receive(client *c, int store)
{
    size_t  bytes;
    ssize_t got = read(c->socket, c->in + c->bytes, sizeof c->in - 1 - c->bytes);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) { // it has gone; its memory goes with the process
        close(c->socket);
        return;
    }
    c->bytes += (size_t)got;
    c->in[c->bytes] = '\0';
    const char *body = find_body(c, &bytes);
    if (body == NULL)
        return;
    stop_if(write(store, body, bytes) != (ssize_t)bytes, "write");
    c->waits = true;
    c->bytes = 0;
}

static void answer_all(struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        client *c = events[i].data.ptr;
        if (c == NULL || !c->waits)
            continue;
        c->waits = false;
        if (write(c->socket, answer, sizeof answer - 1) < 0)
            close(c->socket);
    }
}

int main(int argc, char **argv)
{
    static struct epoll_event events[EVENTS_MAX];
    if (argc != 3) {
        fprintf(stderr, "usage: bench-raw-server PORT FILE\n");
        return 2;
    }
    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
    int store = open(argv[2], O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    stop_if(store < 0, argv[2]);
    watch(epoll, listener, NULL);
    for (;;) {
        int  count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        bool waits = false;
        for (int i = 0; i < count; i++) {
            client *c = events[i].data.ptr;
            if (c == NULL) {
                accept_all(epoll, listener);
                continue;
            }
            receive(c, store);
            waits |= c->waits;
        }
        if (waits)
            stop_if(fdatasync(store) != 0, "fdatasync");
        answer_all(events, count);
    }
}
