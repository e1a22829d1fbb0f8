// sockets.c: libcurl's event interface on epoll.
//
// When a call ends libcurl stops watching its connection, and starts again with the next call on
// it. Both would be a system call, so a kept connection stays in the epoll until it says something
// that nobody wants to hear.

#define _GNU_SOURCE
#include "integrations/sockets.h"

#include "base/assert.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256

typedef struct watch {
    uint32_t wanted;     // by libcurl: EPOLLIN, EPOLLOUT
    uint32_t registered; // with the epoll
    bool     kept;       // opened by us, and closed by us: leaves the epoll when it is closed
} watch;

struct sw_sockets {
    CURLM  *multi;
    int     epoll, event;
    watch  *watches; // by file number
    size_t  count;
    int64_t due_ms; // -1: libcurl waits for nothing
};

int64_t sw_sockets_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Watching ----------------------------------------------------------------------------------------

static watch *get_watch(sw_sockets *sockets, int file)
{
    size_t count = sockets->count == 0 ? 64 : sockets->count;
    SW_ASSERT(file >= 0);
    while (count <= (size_t)file)
        count *= 2;
    if (count > sockets->count) {
        watch *larger = realloc(sockets->watches, count * sizeof *larger);
        SW_ASSERT(larger != NULL);
        memset(larger + sockets->count, 0, (count - sockets->count) * sizeof *larger);
        sockets->watches = larger;
        sockets->count = count;
    }
    return &sockets->watches[file];
}

static void unregister(sw_sockets *sockets, int file, watch *w)
{
    epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, file,
              NULL); // fails when the file is closed already: it is out then
    w->registered = 0;
}

static void register_watch(sw_sockets *sockets, int file, watch *w)
{
    struct epoll_event event = {.events = w->wanted, .data.fd = file};
    int                first = w->registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    int                second = first == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    // The resolver's sockets come and go behind our back: what we believe may be old.
    if (epoll_ctl(sockets->epoll, first, file, &event) != 0)
        epoll_ctl(sockets->epoll, second, file, &event);
    w->registered = w->wanted;
}

static int on_socket(CURL *easy, curl_socket_t file, int what, void *who, void *own)
{
    sw_sockets *sockets = who;
    watch      *w = get_watch(sockets, file);
    (void)easy;
    (void)own;
    w->wanted = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (what == CURL_POLL_REMOVE)
        w->wanted = 0;
    if (w->wanted == 0 && !w->kept)
        unregister(sockets, file, w);
    else if (w->wanted != 0 && (w->wanted != w->registered || !w->kept))
        register_watch(sockets, file, w);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *who)
{
    sw_sockets *sockets = who;
    (void)multi;
    sockets->due_ms = timeout_ms < 0 ? -1 : sw_sockets_now_ms() + timeout_ms;
    return 0;
}

curl_socket_t sw_sockets_open_file(sw_sockets *sockets, const struct curl_sockaddr *address)
{
    int file = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (file < 0)
        return CURL_SOCKET_BAD;
    *get_watch(sockets, file) = (watch){.kept = true};
    return file;
}

static int on_close(void *who, curl_socket_t file)
{
    *get_watch(who, file) = (watch){.kept = false};
    return close(file);
}

// Waiting -----------------------------------------------------------------------------------------

static int time_left(const sw_sockets *sockets, int64_t most_ms)
{
    int64_t left = most_ms;
    if (sockets->due_ms >= 0) {
        int64_t own = sockets->due_ms - sw_sockets_now_ms();
        own = own < 0 ? 0 : own;
        left = left < 0 || own < left ? own : left;
    }
    return left > 60000 ? 60000 : (int)left;
}

static void clear_event(const sw_sockets *sockets)
{
    uint64_t count;
    ssize_t  bytes = read(sockets->event, &count, sizeof count);
    (void)bytes;
}

static void act(sw_sockets *sockets, const struct epoll_event *event)
{
    int    running, file = event->data.fd, ready = 0;
    watch *w = get_watch(sockets, file);
    if (w->wanted == 0) {
        unregister(sockets, file, w);
        return;
    }
    if ((event->events & EPOLLIN) != 0)
        ready |= CURL_CSELECT_IN;
    if ((event->events & EPOLLOUT) != 0)
        ready |= CURL_CSELECT_OUT;
    if ((event->events & (EPOLLERR | EPOLLHUP)) != 0)
        ready |= CURL_CSELECT_ERR;
    curl_multi_socket_action(sockets->multi, file, ready, &running);
}

void sw_sockets_wait(sw_sockets *sockets, int64_t most_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int                running, count;
    count = epoll_wait(sockets->epoll, events, EVENTS_MAX, time_left(sockets, most_ms));
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == sockets->event)
            clear_event(sockets);
        else
            act(sockets, &events[i]);
    }
    if (sockets->due_ms >= 0 && sw_sockets_now_ms() >= sockets->due_ms) {
        sockets->due_ms = -1;
        curl_multi_socket_action(sockets->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

void sw_sockets_wake(sw_sockets *sockets)
{
    uint64_t one = 1;
    ssize_t  bytes = write(sockets->event, &one, sizeof one);
    (void)bytes;
}

// Opening -----------------------------------------------------------------------------------------

void sw_sockets_prepare(sw_sockets *sockets, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

static bool open_files(sw_sockets *sockets, sw_error *err)
{
    sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sockets->epoll < 0 || sockets->event < 0)
        return sw_fail_errno(err, errno, "watch sockets");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = sockets->event};
    return epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, sockets->event, &event) == 0 ||
           sw_fail_errno(err, errno, "watch sockets");
}

bool sw_sockets_open(CURLM *multi, sw_sockets **out, sw_error *err)
{
    sw_sockets *sockets = calloc(1, sizeof *sockets);
    SW_ASSERT(sockets != NULL);
    sockets->multi = multi;
    sockets->due_ms = -1;
    if (!open_files(sockets, err)) {
        sw_sockets_close(sockets);
        return false;
    }
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, sockets);
    *out = sockets;
    return true;
}

void sw_sockets_close(sw_sockets *sockets)
{
    if (sockets->event >= 0)
        close(sockets->event);
    if (sockets->epoll >= 0)
        close(sockets->epoll);
    free(sockets->watches);
    free(sockets);
}
