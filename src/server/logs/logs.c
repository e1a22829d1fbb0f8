// logs.c: the queue, and the thread that empties it.

#include "server/logs/sink.h"

#include "base/assert.h"
#include "base/note.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE_BYTES_MAX (64u << 20)
#define END_S_MAX       5

typedef struct entry {
    struct entry *next;
    sw_log_line   line; // its texts follow
    char          texts[];
} entry;

struct sw_logs {
    sw_log_sink    *sink;
    bool            needs_groups;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  wake, ended;
    entry          *first, **last;
    size_t          bytes; // in the queue
    bool            begun, quit, idle, dropping;
};

sw_str sw_log_group_name(sw_str arn)
{
    static const char kind[] = ":log-group:";
    const char       *end = arn.text + arn.bytes, *at = arn.text;
    for (const char *c = arn.text; c + sizeof kind <= end; c++) {
        if (memcmp(c, kind, sizeof kind - 1) == 0)
            at = c + sizeof kind - 1;
    }
    const char *colon = memchr(at, ':', (size_t)(end - at));
    return (sw_str){at, (size_t)((colon == NULL ? end : colon) - at)};
}

// The thread --------------------------------------------------------------------------------------

static bool belong_together(const sw_log_line *a, const sw_log_line *b)
{
    return sw_str_equal(a->group, b->group) && sw_str_equal(a->machine, b->machine);
}

static size_t count_entries(const entry *list)
{
    size_t count = 0;
    for (; list != NULL; list = list->next)
        count++;
    return count;
}

// Each run of lines that belong together goes to the sink at once.
static void write_list(sw_logs *logs, entry *list)
{
    size_t       count = count_entries(list), from = 0, at = 0;
    sw_log_line *lines = malloc(count * sizeof *lines);
    SW_ASSERT(lines != NULL);
    for (const entry *e = list; e != NULL; e = e->next)
        lines[at++] = e->line;
    for (size_t i = 1; i <= count; i++) {
        if (i < count && belong_together(&lines[from], &lines[i]))
            continue;
        logs->sink->write(logs->sink, lines + from, i - from);
        from = i;
    }
    free(lines);
    while (list != NULL) {
        entry *done = list;
        list = done->next;
        free(done);
    }
}

static void *run(void *argument)
{
    sw_logs *logs = argument;
    pthread_mutex_lock(&logs->lock);
    while (!logs->quit || logs->first != NULL) {
        while (logs->first == NULL && !logs->quit)
            pthread_cond_wait(&logs->wake, &logs->lock);
        entry *list = logs->first;
        logs->first = NULL;
        logs->last = &logs->first;
        logs->bytes = 0;
        logs->dropping = false;
        pthread_mutex_unlock(&logs->lock);
        if (list != NULL)
            write_list(logs, list);
        pthread_mutex_lock(&logs->lock);
    }
    logs->idle = true;
    pthread_cond_broadcast(&logs->ended);
    pthread_mutex_unlock(&logs->lock);
    return NULL;
}

// Life --------------------------------------------------------------------------------------------

sw_logs *sw_logs_open(const char *place)
{
    sw_logs *logs = calloc(1, sizeof *logs);
    SW_ASSERT(logs != NULL);
    logs->needs_groups = strcmp(place, "cloudwatch") == 0;
    logs->sink = logs->needs_groups ? sw_log_cloudwatch_open() : sw_log_files_open(place);
    logs->last = &logs->first;
    pthread_mutex_init(&logs->lock, NULL);
    pthread_cond_init(&logs->wake, NULL);
    pthread_cond_init(&logs->ended, NULL);
    return logs;
}

void sw_logs_begin(sw_logs *logs, sw_runtime *runtime)
{
    if (logs->sink->begin != NULL)
        logs->sink->begin(logs->sink, runtime);
    int code = pthread_create(&logs->thread, NULL, run, logs);
    SW_ASSERT(code == 0);
    logs->begun = true;
}

void sw_logs_end(sw_logs *logs)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_S_MAX;
    pthread_mutex_lock(&logs->lock);
    logs->quit = true;
    pthread_cond_signal(&logs->wake);
    while (logs->begun && !logs->idle &&
           pthread_cond_timedwait(&logs->ended, &logs->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&logs->lock);
    if (logs->sink->end != NULL)
        logs->sink->end(logs->sink);
}

void sw_logs_free(sw_logs *logs)
{
    if (logs->begun)
        pthread_join(logs->thread, NULL);
    logs->sink->free(logs->sink);
    pthread_mutex_destroy(&logs->lock);
    pthread_cond_destroy(&logs->wake);
    pthread_cond_destroy(&logs->ended);
    while (logs->first != NULL) {
        entry *lost = logs->first;
        logs->first = lost->next;
        free(lost);
    }
    free(logs);
}

bool sw_logs_need_groups(const sw_logs *logs)
{
    return logs->needs_groups;
}

// Writing -----------------------------------------------------------------------------------------

static sw_str put(char **to, sw_str text)
{
    char *at = *to;
    memcpy(at, text.text, text.bytes);
    *to += text.bytes;
    return (sw_str){at, text.bytes};
}

static entry *new_entry(const sw_log_line *line)
{
    size_t bytes = line->group.bytes + line->machine.bytes + line->text.bytes;
    entry *e = malloc(sizeof *e + bytes);
    SW_ASSERT(e != NULL);
    char *to = e->texts;
    e->next = NULL;
    e->line = (sw_log_line){.time_ms = line->time_ms};
    e->line.group = put(&to, line->group);
    e->line.machine = put(&to, line->machine);
    e->line.text = put(&to, line->text);
    return e;
}

void sw_logs_write(sw_logs *logs, const sw_log_line *line)
{
    pthread_mutex_lock(&logs->lock);
    bool full = logs->quit || logs->bytes + line->text.bytes > QUEUE_BYTES_MAX;
    bool begins = full && !logs->quit && !logs->dropping;
    logs->dropping |= full;
    pthread_mutex_unlock(&logs->lock);
    if (begins)
        sw_note(SW_NOTE_ERROR,
                "what executions log is dropped: it is more than can be written in that time", NULL,
                0);
    if (full)
        return;
    entry *e = new_entry(line);
    pthread_mutex_lock(&logs->lock);
    bool idle = logs->first == NULL;
    *logs->last = e;
    logs->last = &e->next;
    logs->bytes += line->text.bytes;
    if (idle)
        pthread_cond_signal(&logs->wake);
    pthread_mutex_unlock(&logs->lock);
}
