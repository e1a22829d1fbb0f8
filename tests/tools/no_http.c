// no_http.c: requests and answers without bytes on a wire.

#include "tools/no_http.h"

#include "base/assert.h"
#include "server/clock.h"
#include "server/protocol/protocol.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  answered = PTHREAD_COND_INITIALIZER;

// In the place of http/ ---------------------------------------------------------------------------

void sw_request_add_header(sw_request *request, const char *name, sw_str value)
{
    (void)request;
    (void)name;
    (void)value;
}

void sw_request_stream(sw_request *request, const char *content_type, sw_stream *stream)
{
    sw_request_send(request, 200, content_type, SW_STR(""));
    stream->close(stream);
}

void sw_stream_wake(sw_stream *stream)
{
    (void)stream;
}

const char *sw_http_query(const sw_http_head *head, const char *name)
{
    (void)head;
    (void)name;
    return NULL;
}

void sw_request_send(sw_request *request, unsigned status, const char *content_type, sw_str body)
{
    (void)content_type;
    pthread_mutex_lock(&lock);
    SW_ASSERT(request->status == 0); // once
    request->body = sw_str_copy(&request->arena, body);
    request->status = status;
    pthread_cond_broadcast(&answered);
    pthread_mutex_unlock(&lock);
}

bool sw_request_is_wanted(const sw_request *request)
{
    (void)request;
    return true;
}

const char *sw_http_header(const sw_http_head *head, const char *name)
{
    const exchange *e = head->connection;
    return strcmp(name, "X-Amz-Target") == 0 ? e->target : NULL;
}

bool sw_http_is_local(const sw_http_head *head)
{
    (void)head;
    return true;
}

bool sw_http_open(const sw_http_options *options, sw_http **http, sw_error *err)
{
    (void)options;
    (void)err;
    *http = NULL;
    return true;
}

uint16_t sw_http_get_port(const sw_http *http)
{
    (void)http;
    return 0;
}

void sw_http_quiesce(sw_http *http)
{
    (void)http;
}

void sw_http_close(sw_http *http)
{
    (void)http;
}

// Asking ------------------------------------------------------------------------------------------

exchange *no_http_ask(sw_server *server, sw_reader *reader, sw_str action, sw_str body)
{
    exchange *e = calloc(1, sizeof *e);
    SW_ASSERT(e != NULL);
    sw_arena_init(&e->request.arena);
    e->request.server = server;
    e->request.connection = e;
    e->request.reader = reader;
    e->request.now_ms = sw_clock_now_ms();
    e->target = sw_str_format(&e->request.arena, "AWSStepFunctions.%.*s", SW_STR_ARG(action)).text;
    sw_http_head head = {.method = "POST",
                         .path = "/",
                         .body = sw_str_copy(&e->request.arena, body),
                         .connection = e};
    sw_protocol_serve(&e->request, &head);
    return e;
}

bool no_http_wait(const exchange *e, int64_t patience_ms)
{
    struct timespec until;
    int             code = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(patience_ms / 1000);
    pthread_mutex_lock(&lock);
    while (e->request.status == 0 && code == 0 && patience_ms > 0)
        code = pthread_cond_timedwait(&answered, &lock, &until);
    bool done = e->request.status != 0;
    pthread_mutex_unlock(&lock);
    return done;
}

void no_http_free(exchange *e)
{
    SW_ASSERT(e->request.status != 0);
    sw_arena_clear(&e->request.arena);
    free(e);
}

// Tasks -------------------------------------------------------------------------------------------

static void cancel_task(sw_task_runner *runner, int64_t execution, sw_task_ref task)
{
    (void)runner;
    (void)execution;
    (void)task;
}

static const char *refuse(sw_task_runner *runner, sw_str resource)
{
    (void)runner;
    (void)resource;
    return NULL;
}

static void close_runner(sw_task_runner *runner)
{
    (void)runner;
}

sw_task_runner no_http_runner(void (*start)(sw_task_runner *runner, const sw_outside_task *task))
{
    return (sw_task_runner){
        .start = start, .cancel = cancel_task, .refuse = refuse, .close = close_runner};
}
