// fuzz_request.c: any bodies for any actions, against the server without its sockets.
//
// The input is lines: an action's name, a blank, and the body. In a body $M, $E, $A and $T stand
// for what was made last: a machine's ARN, an execution's, an activity's, a task's token. All lines
// go to one server on the memory store. Checked: each request is answered once, by a JSON object,
// with an exception's name if it failed and never InternalServerError; a server that has seen all
// that still answers, and ends.

#include "base/assert.h"
#include "tools/no_http.h"

#include <stdio.h>

#define LINES_MAX   24u
#define MEMORY_MAX  (64u << 20)
#define PATIENCE_MS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Tasks: each gives its parameters ----------------------------------------------------------------

static void start_task(sw_task_runner *runner, const sw_outside_task *task)
{
    sw_happening happening = {
        .kind = SW_HAPPENED_TASK_SUCCEEDED, .task = task->task, .output = task->parameters};
    runner->report(runner->who, task->execution, task->task, &happening);
}

// One input ---------------------------------------------------------------------------------------

typedef struct session {
    sw_server *server;
    sw_reader *reader;
    exchange  *all;
    char       machine[400], execution[600], activity[400], token[200];
} session;

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
    sw_arena arena;
    sw_arena_init(&arena);
    exchange *e = no_http_ask(s->server, s->reader, action, fill_in(s, body, &arena));
    sw_arena_clear(&arena);
    e->next = s->all;
    s->all = e;
    const char *name = e->target + strlen("AWSStepFunctions."); // up to a NUL
    bool waits = strcmp(name, "GetActivityTask") == 0 || strcmp(name, "StartSyncExecution") == 0;
    // A poll for an activity's task is answered when there is one, or at the end.
    if (no_http_wait(e, waits ? 0 : PATIENCE_MS))
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
    sw_task_runner runner = no_http_runner(start_task);
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
        no_http_free(e); // the end answers who still waits
    }
    return 0;
}
