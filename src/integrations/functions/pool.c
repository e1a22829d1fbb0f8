// pool.c: calls, processes and the thread that brings them together.
//
// A call goes to an idle process of its function; when there is none, to a new one, as long as
// there are fewer than the function's concurrency; else it waits. A process that has ended has its
// invocation answered with how it ended. Processes that were idle for long are ended, and so are
// those whose code has changed.

#include "integrations/functions/pool.h"

#include "base/assert.h"
#include "base/chance.h"
#include "json/members.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX      ((size_t)20000) // that are not answered
#define INIT_MS_MAX    60000
#define IDLE_MS_MAX    (10 * 60 * 1000)
#define STAMP_AGE_MS   500
#define EVENTS_AT_ONCE 64

int64_t sw_pool_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t); // deadlines are told to functions, who read this clock
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool sw_pool_watch(sw_functions *functions, int file, bool out, sw_watched kind, void *what)
{
    struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0),
                                .data.u64 = (uint64_t)(uintptr_t)what | (uint64_t)kind};
    return epoll_ctl(functions->events, EPOLL_CTL_MOD, file, &event) == 0 ||
           epoll_ctl(functions->events, EPOLL_CTL_ADD, file, &event) == 0;
}

void sw_pool_close(sw_functions *functions, int file)
{
    if (file < 0)
        return;
    epoll_ctl(functions->events, EPOLL_CTL_DEL, file, NULL);
    close(file);
}

// Answers -----------------------------------------------------------------------------------------

static void finish_current(sw_process *process, const char *error_kind, sw_str body)
{
    sw_invocation *in = process->current;
    sw_log_read(process);
    sw_log_end(process);
    process->current = NULL;
    process->deadline_ms = 0;
    sw_invocation_finish(process->function, in, error_kind, body,
                         (sw_str){process->tail, process->tail_bytes});
}

static sw_str print_error(sw_invocation *in, const char *type, const char *what)
{
    sw_members m = sw_members_begin(&in->arena, 2);
    sw_members_add(&m, "errorType", sw_string(sw_str_from(type)));
    sw_members_add(
        &m, "errorMessage",
        sw_string(sw_str_format(&in->arena, "RequestId: %s Error: %s", in->request_id, what)));
    return sw_json_print(&in->arena, sw_members_end(&m));
}

// aws: recorded
void sw_pool_answer(sw_process *process, sw_str body, bool error)
{
    if (body.bytes > SW_PAYLOAD_BYTES_MAX) {
        body = print_error(process->current, "Function.ResponseSizeTooLarge",
                           "Response payload size exceeded maximum allowed payload size");
        error = true;
    }
    finish_current(process, error ? "Unhandled" : NULL, body);
}

void sw_pool_init_failed(sw_process *process, sw_str body)
{
    free(process->init_error);
    process->init_error = malloc(body.bytes + 1);
    SW_ASSERT(process->init_error != NULL);
    memcpy(process->init_error, body.text, body.bytes);
    process->init_error[body.bytes] = '\0';
}

// The queue ---------------------------------------------------------------------------------------

static sw_invocation *take_first(sw_function *f)
{
    sw_invocation *in = f->first;
    if (in == NULL)
        return NULL;
    f->first = in->next;
    f->waiting--;
    if (f->first == NULL)
        f->last = &f->first;
    return in;
}

static void begin(sw_process *process, sw_invocation *in)
{
    in->started_ms = sw_pool_now_ms();
    process->current = in;
    process->deadline_ms = in->started_ms + process->function->timeout_s * 1000;
    sw_log_start(process);
    sw_api_deliver(process);
}

void sw_pool_is_idle(sw_process *process)
{
    process->ready = true;
    if (process->current != NULL) // it owes an answer
        return;
    process->deadline_ms = 0;
    process->idle_since_ms = sw_pool_now_ms();
    if (process->stale) {
        sw_process_kill(process);
        return;
    }
    sw_invocation *in = take_first(process->function);
    if (in != NULL)
        begin(process, in);
}

static sw_process *find_idle(sw_function *f)
{
    sw_process *p = f->processes;
    while (p != NULL && (p->current != NULL || p->stale || sw_api_waiting(p) == NULL))
        p = p->next;
    return p;
}

static size_t count_starting(const sw_function *f)
{
    size_t count = 0;
    for (const sw_process *p = f->processes; p != NULL; p = p->next)
        count += !p->ready;
    return count;
}

static void fail_first(sw_function *f, const char *type, const char *what)
{
    sw_invocation *in = take_first(f);
    if (in != NULL)
        sw_invocation_finish(f, in, "Unhandled", print_error(in, type, what), (sw_str){"", 0});
}

static void start_process(sw_function *f)
{
    sw_error    err;
    sw_process *process = sw_process_start(f, &err);
    if (process == NULL) {
        fail_first(f, "Runtime.InvalidEntrypoint", err.message);
        return;
    }
    process->deadline_ms = sw_pool_now_ms() + INIT_MS_MAX;
    process->next = f->processes;
    f->processes = process;
    f->process_count++;
}

static void serve_waiting(sw_function *f)
{
    sw_process *idle;
    while (f->first != NULL && (idle = find_idle(f)) != NULL)
        begin(idle, take_first(f));
    while (f->waiting > count_starting(f) && f->process_count < (unsigned)f->concurrency)
        start_process(f);
}

// Changed code ------------------------------------------------------------------------------------

static void retire(sw_function *f)
{
    for (sw_process *p = f->processes; p != NULL; p = p->next) {
        p->stale = true;
        if (p->current == NULL)
            sw_process_kill(p);
    }
}

static void look_for_changes(sw_function *f)
{
    int64_t now_ms = sw_pool_now_ms();
    if (!f->functions->options.reload || now_ms - f->stamp_read_ms < STAMP_AGE_MS)
        return;
    int64_t stamp_ns = sw_function_stamp(f);
    if (f->stamp_ns != 0 && stamp_ns != f->stamp_ns)
        retire(f);
    f->stamp_ns = stamp_ns;
    f->stamp_read_ms = now_ms;
}

// Processes that have ended -----------------------------------------------------------------------

static void unlink_process(sw_process *process)
{
    sw_process **link = &process->function->processes;
    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
    process->function->process_count--;
}

static sw_str describe_end(sw_invocation *in, const sw_process *process, int status)
{
    char text[128];
    if (process->timed_out)
        snprintf(text, sizeof text, "Task timed out after %lld.00 seconds",
                 (long long)(process->ready ? process->function->timeout_s : INIT_MS_MAX / 1000));
    else if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "Runtime exited with error: signal: %s",
                 WTERMSIG(status) == 9 ? "killed" : strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        snprintf(text, sizeof text, "Runtime exited with error: exit status %d",
                 WEXITSTATUS(status));
    else
        snprintf(text, sizeof text, "Runtime exited without providing a reason");
    return print_error(in, process->timed_out ? "Sandbox.Timedout" : "Runtime.ExitError", text);
}

// A process that has never asked for an invocation was started for one that waits.
static void answer_end(sw_process *process, int status)
{
    sw_function *f = process->function;
    if (process->current == NULL && (process->ready || process->stale || f->first == NULL))
        return;
    if (process->current == NULL) {
        process->current = take_first(f);
        process->current->started_ms = sw_pool_now_ms();
        sw_log_start(process);
    }
    sw_str body = process->init_error != NULL ? sw_str_from(process->init_error)
                                              : describe_end(process->current, process, status);
    finish_current(process, "Unhandled", body);
}

static void has_ended(sw_process *process)
{
    sw_function *f = process->function;
    sw_log_read(process);
    int status = sw_process_reap(process);
    unlink_process(process);
    answer_end(process, status);
    sw_process_free(process);
    serve_waiting(f);
}

// Time --------------------------------------------------------------------------------------------

static void look_at_time(sw_process *process, int64_t now_ms, int64_t *next_ms)
{
    int64_t due_ms = process->deadline_ms;
    if (due_ms == 0 && process->current == NULL)
        due_ms = process->idle_since_ms + IDLE_MS_MAX;
    if (now_ms < due_ms) {
        *next_ms = due_ms < *next_ms ? due_ms : *next_ms;
        return;
    }
    process->timed_out = process->deadline_ms != 0;
    process->stale = process->stale || !process->timed_out;
    process->deadline_ms = INT64_MAX; // once
    sw_process_kill(process);
}

// How long nothing has to happen
static int look_at_times(sw_functions *functions)
{
    int64_t now_ms = sw_pool_now_ms(), next_ms = now_ms + 60000;
    for (sw_function *f = functions->first; f != NULL; f = f->next) {
        for (sw_process *p = f->processes; p != NULL; p = p->next)
            look_at_time(p, now_ms, &next_ms);
    }
    return (int)(next_ms - now_ms);
}

// The thread --------------------------------------------------------------------------------------

static sw_function *find(const sw_functions *functions, sw_str name)
{
    sw_function *f = functions->first;
    while (f != NULL && !sw_str_equal(f->name, name))
        f = f->next;
    return f;
}

static sw_invocation *take_calls(sw_functions *functions)
{
    pthread_mutex_lock(&functions->lock);
    sw_invocation *calls = functions->calls;
    functions->calls = NULL;
    functions->last_call = &functions->calls;
    pthread_mutex_unlock(&functions->lock);
    return calls;
}

static void take_new_calls(sw_functions *functions)
{
    uint64_t count;
    if (read(functions->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    sw_invocation *in = take_calls(functions);
    while (in != NULL) {
        sw_invocation *next = in->next;
        sw_function   *f = find(functions, sw_function_name(in->call.function));
        in->next = NULL;
        *f->last = in;
        f->last = &in->next;
        f->waiting++;
        look_for_changes(f);
        serve_waiting(f);
        in = next;
    }
}

// Ends are looked at last: what else is said of a process is said before it is freed.
static void dispatch(sw_functions *functions, const struct epoll_event *event, bool ends)
{
    sw_watched kind = (sw_watched)(event->data.u64 & 7);
    void      *what = (void *)(uintptr_t)(event->data.u64 & ~(uint64_t)7);
    if (ends != (kind == SW_WATCH_EXIT))
        return;
    switch (kind) {
    case SW_WATCH_WAKE:
        take_new_calls(functions);
        break;
    case SW_WATCH_LISTENER:
        sw_api_accept(what);
        break;
    case SW_WATCH_LOG:
        sw_log_read(what);
        break;
    case SW_WATCH_CONNECTION:
        sw_api_ready(what, event->events);
        break;
    case SW_WATCH_EXIT:
        has_ended(what);
        break;
    }
}

static void end_all(sw_functions *functions)
{
    for (sw_function *f = functions->first; f != NULL; f = f->next) {
        sw_invocation *in;
        while ((in = take_first(f)) != NULL)
            sw_invocation_cancel(in);
        while (f->processes != NULL) {
            sw_process *process = f->processes;
            sw_process_kill(process);
            if (process->current != NULL)
                sw_invocation_cancel(process->current);
            f->processes = process->next;
            sw_process_free(process);
        }
    }
    for (sw_invocation *in = take_calls(functions); in != NULL;) {
        sw_invocation *next = in->next;
        sw_invocation_cancel(in);
        in = next;
    }
}

static bool wants_to_quit(sw_functions *functions)
{
    pthread_mutex_lock(&functions->lock);
    bool quit = functions->quit;
    pthread_mutex_unlock(&functions->lock);
    return quit;
}

static void *run(void *who)
{
    sw_functions      *functions = who;
    struct epoll_event events[EVENTS_AT_ONCE];
    while (!wants_to_quit(functions)) {
        int count = epoll_wait(functions->events, events, EVENTS_AT_ONCE, look_at_times(functions));
        for (int i = 0; i < count; i++)
            dispatch(functions, &events[i], false);
        for (int i = 0; i < count; i++)
            dispatch(functions, &events[i], true);
    }
    end_all(functions);
    return NULL;
}

// From other threads ------------------------------------------------------------------------------

sw_str sw_function_name(sw_str function)
{
    static const char word[] = "function:";
    for (size_t i = 0; i + sizeof word - 1 <= function.bytes; i++) {
        if (memcmp(function.text + i, word, sizeof word - 1) == 0) {
            function.text += i + sizeof word - 1;
            function.bytes -= i + sizeof word - 1;
            break;
        }
    }
    const char *colon = function.bytes > 0 ? memchr(function.text, ':', function.bytes) : NULL;
    return colon == NULL ? function : (sw_str){function.text, (size_t)(colon - function.text)};
}

bool sw_functions_have(const sw_functions *functions, sw_str function)
{
    return find(functions, sw_function_name(function)) != NULL;
}

static sw_invocation *new_invocation(const sw_function_call *call)
{
    sw_invocation *in = calloc(1, sizeof *in);
    uint64_t       seeds[2] = {0, 0};
    sw_chance      chance;
    SW_ASSERT(in != NULL);
    sw_arena_init(&in->arena);
    in->call = *call;
    in->call.function = sw_str_copy(&in->arena, call->function);
    in->call.payload =
        sw_str_copy(&in->arena, call->payload.bytes > 0 ? call->payload : SW_STR("{}"));
    in->call.client_context = sw_str_copy(&in->arena, call->client_context);
    RAND_bytes((unsigned char *)seeds, sizeof seeds);
    sw_chance_seed(&chance, seeds[0], seeds[1]);
    sw_chance_uuid(&chance, in->request_id);
    return in;
}

static bool queue(sw_functions *functions, sw_invocation *in)
{
    uint64_t one = 1;
    pthread_mutex_lock(&functions->lock);
    bool taken = functions->call_count < CALLS_MAX && !functions->quit;
    if (taken) {
        functions->call_count++;
        *functions->last_call = in;
        functions->last_call = &in->next;
    }
    pthread_mutex_unlock(&functions->lock);
    return taken && write(functions->wake, &one, sizeof one) == sizeof one;
}

static void refuse_unknown(sw_functions *functions, const sw_function_call *call)
{
    char   message[512];
    sw_str name = sw_function_name(call->function);
    snprintf(message, sizeof message,
             "Function not found: arn:aws:lambda:%.*s:%.*s:function:%.*s:$LATEST",
             SW_STR_ARG(functions->options.region), SW_STR_ARG(functions->options.account),
             name.bytes < 140 ? (int)name.bytes : 140, name.text);
    sw_invocation_refuse(call, 404, "ResourceNotFoundException", message);
}

void sw_functions_call(sw_functions *functions, const sw_function_call *call)
{
    if (!sw_functions_have(functions, call->function)) {
        refuse_unknown(functions, call);
        return;
    }
    if (call->payload.bytes > SW_PAYLOAD_BYTES_MAX) {
        sw_invocation_refuse(call, 413, "RequestTooLargeException",
                             "Request must be smaller than 6291456 bytes for the InvokeFunction "
                             "operation");
        return;
    }
    sw_invocation *in = new_invocation(call);
    if (queue(functions, in))
        return;
    sw_invocation_free(in);
    sw_invocation_refuse(call, 429, "TooManyRequestsException", "Rate Exceeded.");
}

// Life --------------------------------------------------------------------------------------------

static bool open_files(sw_functions *functions, sw_error *err)
{
    functions->events = epoll_create1(EPOLL_CLOEXEC);
    functions->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (functions->events < 0 || functions->wake < 0 ||
        !sw_pool_watch(functions, functions->wake, false, SW_WATCH_WAKE, NULL))
        return sw_fail(err, SW_ERROR_IO, "functions: %s", strerror(errno));
    return true;
}

bool sw_functions_open(sw_value definitions, const char *base, const sw_functions_options *options,
                       sw_functions **out, sw_error *err)
{
    sw_functions *functions = calloc(1, sizeof *functions);
    SW_ASSERT(functions != NULL);
    sw_arena_init(&functions->arena);
    pthread_mutex_init(&functions->lock, NULL);
    functions->events = functions->wake = -1;
    functions->last_call = &functions->calls;
    functions->options = *options;
    functions->options.account = sw_str_copy(&functions->arena, options->account);
    functions->options.region = sw_str_copy(&functions->arena, options->region);
    if (!sw_functions_read(functions, definitions, base, err) || !open_files(functions, err)) {
        sw_functions_close(functions);
        return false;
    }
    functions->running = pthread_create(&functions->thread, NULL, run, functions) == 0;
    SW_ASSERT(functions->running);
    *out = functions;
    return true;
}

void sw_functions_close(sw_functions *functions)
{
    uint64_t one = 1;
    if (functions == NULL)
        return;
    pthread_mutex_lock(&functions->lock);
    functions->quit = true;
    pthread_mutex_unlock(&functions->lock);
    if (functions->running && write(functions->wake, &one, sizeof one) == sizeof one)
        pthread_join(functions->thread, NULL);
    if (functions->wake >= 0)
        close(functions->wake);
    if (functions->events >= 0)
        close(functions->events);
    pthread_mutex_destroy(&functions->lock);
    sw_arena_clear(&functions->arena);
    free(functions);
}
