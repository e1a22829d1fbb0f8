// fuzz_request.c: any bodies for any actions, against the server without its sockets.
//
// The input is lines: an action's name, a blank, and the body. In a body $M, $E, $A and $T stand
// for what was made last: a machine's ARN, an execution's, an activity's, a task's token. All lines
// go to one server on the memory store. Checked: each request is answered once, by a JSON object,
// with an exception's name if it failed and never InternalServerError; a server that has seen all
// that still answers, and ends.

#include "base/assert.h"
#include "server/protocol/protocol.h"
#include "server/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINES_MAX   24u
#define MEMORY_MAX  (64u << 20)
#define PATIENCE_MS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What http/ does, without HTTP -------------------------------------------------------------------

typedef struct exchange {
    sw_request       request; // first: the same address
    const char      *target;
    struct exchange *next;
} exchange;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  answered = PTHREAD_COND_INITIALIZER;

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

// Tasks: each gives its parameters ----------------------------------------------------------------

static void start_task(sw_task_runner *runner, const sw_outside_task *task)
{
    sw_happening happening = {
        .kind = SW_HAPPENED_TASK_SUCCEEDED, .task = task->task, .output = task->parameters};
    runner->report(runner->who, task->execution, task->task, &happening);
}

static void cancel_task(sw_task_runner *runner, int64_t execution, sw_task_ref task)
{
    (void)runner;
    (void)execution;
    (void)task;
}

static bool knows(sw_task_runner *runner, sw_str resource)
{
    (void)runner;
    (void)resource;
    return true;
}

static void close_runner(sw_task_runner *runner)
{
    (void)runner;
}

// One input ---------------------------------------------------------------------------------------

typedef struct session {
    sw_server *server;
    sw_reader *reader;
    exchange  *all;
    char       machine[400], execution[600], activity[400], token[200];
} session;

static struct timespec in_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (time_t)(ms / 1000);
    return t;
}

// A poll for an activity's task is answered when there is one, or at the end.
static bool is_answered(const exchange *e, bool may_wait)
{
    struct timespec until = in_ms(PATIENCE_MS);
    int             code = 0;
    pthread_mutex_lock(&lock);
    while (e->request.status == 0 && code == 0 && !may_wait)
        code = pthread_cond_timedwait(&answered, &lock, &until);
    bool done = e->request.status != 0;
    pthread_mutex_unlock(&lock);
    return done;
}

static void keep_text(sw_value answer, const char *member, char *to, size_t bytes)
{
    sw_value v = sw_value_get(answer, sw_str_from(member));
    if (v.type == SW_STRING && v.size < bytes)
        snprintf(to, bytes, "%.*s", SW_STR_ARG(sw_value_str(v)));
}

static void check_answer(session *s, exchange *e)
{
    sw_value body;
    sw_error err = {0};
    SW_ASSERT(sw_json_parse(&e->request.arena, e->request.body, 0, &body, &err));
    SW_ASSERT(body.type == SW_OBJECT);
    sw_value type = sw_value_get(body, SW_STR("__type"));
    SW_ASSERT((e->request.status == 200) == (type.type == SW_UNDEFINED));
    SW_ASSERT(e->request.status != 500);
    keep_text(body, "stateMachineArn", s->machine, sizeof s->machine);
    keep_text(body, "executionArn", s->execution, sizeof s->execution);
    keep_text(body, "activityArn", s->activity, sizeof s->activity);
    keep_text(body, "taskToken", s->token, sizeof s->token);
}

static sw_str fill_in(const session *s, sw_str body, sw_arena *arena)
{
    size_t bytes = 0, capacity = body.bytes + 1;
    for (size_t i = 0; i < body.bytes; i++)
        capacity += body.text[i] == '$' ? sizeof s->execution : 0;
    char *text = sw_arena_alloc(arena, capacity);
    for (size_t i = 0; i < body.bytes; i++) {
        char        next = i + 1 < body.bytes ? body.text[i + 1] : '\0';
        const char *with = body.text[i] != '$' ? NULL
                           : next == 'M'       ? s->machine
                           : next == 'E'       ? s->execution
                           : next == 'A'       ? s->activity
                           : next == 'T'       ? s->token
                                               : NULL;
        if (with == NULL) {
            text[bytes++] = body.text[i];
            continue;
        }
        memcpy(text + bytes, with, strlen(with));
        bytes += strlen(with);
        i++;
    }
    return (sw_str){text, bytes};
}

static void ask(session *s, sw_str action, sw_str body)
{
    exchange *e = calloc(1, sizeof *e);
    SW_ASSERT(e != NULL);
    sw_arena_init(&e->request.arena);
    e->request.server = s->server;
    e->request.connection = e;
    e->request.reader = s->reader;
    e->request.now_ms = (int64_t)time(NULL) * 1000;
    e->target = sw_str_format(&e->request.arena, "AWSStepFunctions.%.*s", SW_STR_ARG(action)).text;
    e->next = s->all;
    s->all = e;
    sw_http_head head = {.method = "POST",
                         .path = "/",
                         .body = fill_in(s, body, &e->request.arena),
                         .connection = e};
    sw_protocol_serve(&e->request, &head);
    const char *name = e->target + strlen("AWSStepFunctions."); // up to a NUL
    bool waits = strcmp(name, "GetActivityTask") == 0 || strcmp(name, "StartSyncExecution") == 0;
    if (is_answered(e, waits))
        check_answer(s, e);
    else
        SW_ASSERT(waits);
}

static void ask_all(session *s, const char *text, size_t size)
{
    for (unsigned line = 0; line < LINES_MAX && size > 0; line++) {
        const char *end = memchr(text, '\n', size);
        size_t      bytes = end == NULL ? size : (size_t)(end - text);
        const char *blank = memchr(text, ' ', bytes);
        size_t      name = blank == NULL ? bytes : (size_t)(blank - text);
        sw_str      body = {text + name + (blank != NULL), bytes - name - (blank != NULL)};
        ask(s, (sw_str){text, name}, body);
        text += bytes + (end != NULL);
        size -= bytes + (end != NULL);
    }
    ask(s, SW_STR("ListStateMachines"), SW_STR("{}"));
    SW_ASSERT(s->all->request.status == 200);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sw_store      *store;
    sw_error       err = {0};
    session        s = {.machine = "$", .execution = "$", .activity = "$", .token = "$"};
    sw_task_runner runner = {
        .start = start_task, .cancel = cancel_task, .knows = knows, .close = close_runner};
    SW_ASSERT(sw_store_open_memory(NULL, &store, &err));
    sw_server_options options = {.store = store,
                                 .runner = &runner,
                                 .account = SW_STR("123456789012"),
                                 .region = SW_STR("us-east-1")};
    SW_ASSERT(sw_server_open(&options, &s.server, &err));
    SW_ASSERT(store->reader_open(store, &s.reader, &err));
    ask_all(&s, (const char *)data, size);
    s.reader->close(s.reader);
    sw_server_close(s.server, 0);
    while (s.all != NULL) {
        exchange *e = s.all;
        s.all = e->next;
        SW_ASSERT(e->request.status != 0); // the end answers who still waits
        sw_arena_clear(&e->request.arena);
        free(e);
    }
    return 0;
}
