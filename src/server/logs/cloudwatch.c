// cloudwatch.c: lines as log events of CloudWatch Logs. The calls are tasks of the AWS SDK
// integration that belong to no execution, so that endpoints and credentials are the same.
//
//   states/NAME/2026-11-27-15-04/9f86d081   a stream for each machine and start of the server
//
// One call at a time; what comes meanwhile waits in the queue (logs.h) and goes in one call.

#include "server/logs/sink.h"

#include "base/assert.h"
#include "base/note.h"
#include "server/runtime.h"
#include "server/seed.h"
#include "json/members.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

// docs: of PutLogEvents; an event counts 26 bytes more than its message
#define BATCH_COUNT_MAX  10000u
#define BATCH_BYTES_MAX  1000000u
#define EVENT_BYTES_MORE 26u
#define STREAMS_MAX      4096u
#define ATTEMPTS         5u
#define FIRST_PAUSE_MS   200
#define PAUSE_MS_MAX     3200
#define TIMEOUT_S        60
#define ERROR_BYTES_MAX  100u
#define STREAM_BYTES_MAX 512u // docs: of a stream's name

typedef struct stream {
    struct stream *next;
    sw_arena       arena;
    sw_str         group, machine, name;
} stream;

typedef struct cloudwatch {
    sw_log_sink     sink; // first: the same address
    sw_runtime     *runtime;
    pthread_mutex_t gate; // held while the runtime is asked
    bool            closed;
    pthread_mutex_t lock; // of the call under way
    pthread_cond_t  answered;
    bool            done, ok;
    char            error[ERROR_BYTES_MAX];
    stream         *streams; // that were made
    size_t          stream_count;
    bool            failing;
} cloudwatch;

// Calls -------------------------------------------------------------------------------------------

static void on_done(void *who, const sw_happening *outcome)
{
    cloudwatch *c = who;
    pthread_mutex_lock(&c->lock);
    c->ok = outcome->kind == SW_HAPPENED_TASK_SUCCEEDED;
    size_t bytes = c->ok ? 0 : outcome->failure.error.bytes;
    bytes = bytes < ERROR_BYTES_MAX ? bytes : ERROR_BYTES_MAX - 1;
    memcpy(c->error, bytes == 0 ? "" : outcome->failure.error.text, bytes);
    c->error[bytes] = '\0';
    c->done = true;
    pthread_cond_signal(&c->answered);
    pthread_mutex_unlock(&c->lock);
}

static bool ask(cloudwatch *c, const sw_outside_task *task)
{
    pthread_mutex_lock(&c->gate);
    bool open = !c->closed;
    if (open)
        sw_runtime_run_task(c->runtime, task, on_done, c);
    pthread_mutex_unlock(&c->gate);
    return open;
}

// The error's name is in c->error.
static bool call_once(cloudwatch *c, const char *action, sw_str parameters, sw_arena *arena)
{
    sw_outside_task task = {
        .kind = SW_TASK_SERVICE,
        .resource = sw_str_format(arena, "arn:aws:states:::aws-sdk:cloudwatchlogs:%s", action),
        .resource_type = SW_STR("aws-sdk:cloudwatchlogs"),
        .action = sw_str_from(action),
        .parameters = parameters,
        .timeout_s = TIMEOUT_S};
    c->done = false;
    if (!ask(c, &task))
        return false;
    pthread_mutex_lock(&c->lock);
    while (!c->done)
        pthread_cond_wait(&c->answered, &c->lock);
    bool ok = c->ok;
    pthread_mutex_unlock(&c->lock);
    return ok;
}

static bool error_has(const cloudwatch *c, const char *error)
{
    return strstr(c->error, error) != NULL;
}

// Another time will not help.
static bool is_final(const cloudwatch *c)
{
    return error_has(c, "ResourceNotFound") || error_has(c, "AlreadyExists") ||
           error_has(c, "AccessDenied") || error_has(c, "Runtime");
}

static bool is_closed(cloudwatch *c)
{
    pthread_mutex_lock(&c->gate);
    bool closed = c->closed;
    pthread_mutex_unlock(&c->gate);
    return closed;
}

static bool call(cloudwatch *c, const char *action, sw_str parameters, sw_arena *arena)
{
    long pause_ms = FIRST_PAUSE_MS;
    for (unsigned attempt = 1;; attempt++) {
        if (call_once(c, action, parameters, arena))
            return true;
        if (attempt == ATTEMPTS || is_final(c) || is_closed(c))
            return false;
        nanosleep(&(struct timespec){pause_ms / 1000, pause_ms % 1000 * 1000000}, NULL);
        pause_ms = pause_ms * 2 < PAUSE_MS_MAX ? pause_ms * 2 : PAUSE_MS_MAX;
    }
}

static void tell(cloudwatch *c, bool ok, sw_str group)
{
    if (!ok && !c->failing && !is_closed(c))
        SW_NOTE(SW_NOTE_ERROR, "what executions log cannot be delivered",
                SW_NOTE_TEXT("group", group), SW_NOTE_TEXT("reason", sw_str_from(c->error)));
    c->failing = !ok;
}

// Streams -----------------------------------------------------------------------------------------

static void free_stream(stream *s)
{
    sw_arena_clear(&s->arena);
    free(s);
}

static stream **find_stream(cloudwatch *c, const sw_log_line *line)
{
    stream **link = &c->streams;
    while (*link != NULL && !(sw_str_equal((*link)->group, line->group) &&
                              sw_str_equal((*link)->machine, line->machine)))
        link = &(*link)->next;
    return link;
}

static void forget_stream(cloudwatch *c, stream **link)
{
    stream *gone = *link;
    *link = gone->next;
    c->stream_count--;
    free_stream(gone);
}

// A stream's name has neither ':' nor '*'.
static sw_str name_stream(sw_str machine, sw_arena *arena)
{
    char      minute[20];
    time_t    now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(minute, sizeof minute, "%Y-%m-%d-%H-%M", &t);
    sw_str name = sw_str_format(arena, "states/%.*s/%s/%08x", SW_STR_ARG(machine), minute,
                                (unsigned)(sw_seed_draw() & 0xffffffffu));
    char  *text = (char *)(uintptr_t)name.text;
    for (size_t i = 0; i < name.bytes; i++) {
        if (text[i] == ':' || text[i] == '*')
            text[i] = '-';
    }
    return (sw_str){name.text, name.bytes < STREAM_BYTES_MAX ? name.bytes : STREAM_BYTES_MAX};
}

static sw_members begin_parameters(sw_arena *arena, sw_str group, sw_str name)
{
    sw_members m = sw_members_begin(arena, 3);
    sw_members_add(&m, "LogGroupName", sw_string(sw_log_group_name(group)));
    sw_members_add(&m, "LogStreamName", sw_string(name));
    return m;
}

static bool make_stream(cloudwatch *c, const sw_log_line *line, sw_arena *arena)
{
    stream *s = calloc(1, sizeof *s);
    SW_ASSERT(s != NULL);
    sw_arena_init(&s->arena);
    s->group = sw_str_copy(&s->arena, line->group);
    s->machine = sw_str_copy(&s->arena, line->machine);
    s->name = name_stream(line->machine, &s->arena);
    sw_members m = begin_parameters(arena, s->group, s->name);
    if (!call(c, "createLogStream", sw_json_print(arena, sw_members_end(&m)), arena)) {
        free_stream(s);
        return false;
    }
    if (c->stream_count == STREAMS_MAX) {
        stream **link = &c->streams; // the oldest is the last
        while ((*link)->next != NULL)
            link = &(*link)->next;
        forget_stream(c, link);
    }
    s->next = c->streams;
    c->streams = s;
    c->stream_count++;
    return true;
}

// Events ------------------------------------------------------------------------------------------

// docs: the events of a call are in the order of their times. They almost are already: executions
// on several threads log side by side.
static sw_log_line *sort_by_time(const sw_log_line *lines, size_t count, sw_arena *arena)
{
    sw_log_line *sorted = SW_ARENA_ARRAY(arena, sw_log_line, count);
    for (size_t i = 0; i < count; i++) {
        size_t to = i;
        for (; to > 0 && sorted[to - 1].time_ms > lines[i].time_ms; to--)
            sorted[to] = sorted[to - 1];
        sorted[to] = lines[i];
    }
    return sorted;
}

static size_t count_batch(const sw_log_line *lines, size_t count)
{
    size_t bytes = 0, i = 0;
    while (i < count && i < BATCH_COUNT_MAX) {
        bytes += lines[i].text.bytes + EVENT_BYTES_MORE;
        if (i > 0 && bytes > BATCH_BYTES_MAX)
            break;
        i++;
    }
    return i;
}

static sw_value list_events(const sw_log_line *lines, size_t count, sw_arena *arena)
{
    sw_value    *items, list = sw_array_build(arena, count, &items);
    sw_log_line *sorted = sort_by_time(lines, count, arena);
    for (size_t i = 0; i < count; i++) {
        sw_members m = sw_members_begin(arena, 2);
        sw_members_add(&m, "Message", sw_string(sorted[i].text));
        sw_members_add(&m, "Timestamp", sw_number((double)sorted[i].time_ms));
        items[i] = sw_members_end(&m);
    }
    return list;
}

static bool put_in_stream(cloudwatch *c, const sw_log_line *lines, size_t count, sw_arena *arena)
{
    stream **link = find_stream(c, &lines[0]);
    if (*link == NULL && !make_stream(c, &lines[0], arena))
        return false;
    link = find_stream(c, &lines[0]);
    sw_members m = begin_parameters(arena, lines[0].group, (*link)->name);
    sw_members_add(&m, "LogEvents", list_events(lines, count, arena));
    bool ok = call(c, "putLogEvents", sw_json_print(arena, sw_members_end(&m)), arena);
    if (!ok && error_has(c, "ResourceNotFound"))
        forget_stream(c, link);
    return ok;
}

// A group that was deleted and made anew has lost its streams: then there is another one.
static bool put_batch(cloudwatch *c, const sw_log_line *lines, size_t count, sw_arena *arena)
{
    bool had_stream = *find_stream(c, &lines[0]) != NULL;
    return put_in_stream(c, lines, count, arena) ||
           (had_stream && error_has(c, "ResourceNotFound") &&
            put_in_stream(c, lines, count, arena));
}

static void write_lines(sw_log_sink *sink, const sw_log_line *lines, size_t count)
{
    cloudwatch *c = (cloudwatch *)sink;
    bool        ok = true;
    sw_arena    arena;
    sw_arena_init(&arena);
    for (size_t from = 0; from < count && ok;) {
        size_t batch = count_batch(lines + from, count - from);
        ok = put_batch(c, lines + from, batch, &arena);
        from += batch;
        sw_arena_reset(&arena);
    }
    tell(c, ok, lines[0].group);
    sw_arena_clear(&arena);
}

// Life --------------------------------------------------------------------------------------------

static void begin(sw_log_sink *sink, sw_runtime *runtime)
{
    ((cloudwatch *)sink)->runtime = runtime;
}

static void end(sw_log_sink *sink)
{
    cloudwatch *c = (cloudwatch *)sink;
    pthread_mutex_lock(&c->gate);
    c->closed = true;
    pthread_mutex_unlock(&c->gate);
}

static void free_sink(sw_log_sink *sink)
{
    cloudwatch *c = (cloudwatch *)sink;
    while (c->streams != NULL)
        forget_stream(c, &c->streams);
    pthread_mutex_destroy(&c->gate);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->answered);
    free(c);
}

sw_log_sink *sw_log_cloudwatch_open(void)
{
    cloudwatch *c = calloc(1, sizeof *c);
    SW_ASSERT(c != NULL);
    c->sink = (sw_log_sink){.write = write_lines, .begin = begin, .end = end, .free = free_sink};
    pthread_mutex_init(&c->gate, NULL);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->answered, NULL);
    return &c->sink;
}
