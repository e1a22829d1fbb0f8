// logs.c: a queue with a bound, and the thread that empties it.

#include "server/logs/logs.h"

#include "base/assert.h"
#include "base/note.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE_BYTES_MAX (64u << 20)

typedef struct entry {
    struct entry *next;
    size_t        group_bytes, bytes;
    char          text[]; // group, line, line break
} entry;

struct sw_logs {
    const char     *directory;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    entry          *first, **last;
    size_t          bytes; // in the queue
    bool            quit, dropping;
    bool            failing; // the thread's: the last line could not be written
};

// Files -------------------------------------------------------------------------------------------

// arn:aws:logs:us-east-1:123456789012:log-group:/aws/states/x:*: aws-states-x. Nothing of it leads
// out of the directory.
static void file_name(sw_str group, char name[300])
{
    static const char kind[] = ":log-group:";
    size_t            at = 0, count = 0;
    for (size_t i = 0; i + sizeof kind <= group.bytes; i++) {
        if (memcmp(group.text + i, kind, sizeof kind - 1) == 0)
            at = i + sizeof kind - 1;
    }
    for (; at < group.bytes && group.text[at] != ':' && count < 280; at++) {
        char c = group.text[at];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '_' || c == '#' || (c == '.' && count > 0);
        if (plain || count > 0)
            name[count++] = plain ? c : '-';
    }
    snprintf(name + count, 300 - count, "%s", count == 0 ? "log.log" : ".log");
}

static int open_file(const sw_logs *logs, sw_str group)
{
    char name[300], path[4096];
    if (strcmp(logs->directory, "-") == 0)
        return STDOUT_FILENO;
    file_name(group, name);
    int bytes = snprintf(path, sizeof path, "%s/%s", logs->directory, name);
    if (bytes < 0 || (size_t)bytes >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0 && errno == ENOENT && mkdir(logs->directory, 0750) == 0)
        file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    return file;
}

static bool write_all(int file, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(file, text, bytes);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        bytes -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool same_group(const entry *a, const entry *b)
{
    return a->group_bytes == b->group_bytes && memcmp(a->text, b->text, a->group_bytes) == 0;
}

// The entries from the first on that are of one group, in one opening of its file.
static entry *write_group(sw_logs *logs, entry *list)
{
    sw_str group = {list->text, list->group_bytes};
    int    file = open_file(logs, group);
    bool   ok = file >= 0;
    entry *rest = list;
    for (; rest != NULL && same_group(list, rest); rest = rest->next)
        ok = ok && write_all(file, rest->text + rest->group_bytes, rest->bytes);
    if (!ok && !logs->failing)
        SW_NOTE(SW_NOTE_ERROR, "what executions log cannot be written",
                SW_NOTE_TEXT("directory", sw_str_from(logs->directory)),
                SW_NOTE_TEXT("reason", sw_str_from(strerror(errno))));
    logs->failing = !ok;
    if (file >= 0 && file != STDOUT_FILENO)
        close(file);
    return rest;
}

static void write_list(sw_logs *logs, entry *list)
{
    entry *rest = list;
    while (rest != NULL)
        rest = write_group(logs, rest);
    while (list != NULL) {
        entry *done = list;
        list = done->next;
        free(done);
    }
}

static void *run(void *argument)
{
    sw_logs *logs = argument;
    bool     quit = false;
    while (!quit) {
        pthread_mutex_lock(&logs->lock);
        while (logs->first == NULL && !logs->quit)
            pthread_cond_wait(&logs->wake, &logs->lock);
        entry *list = logs->first;
        logs->first = NULL;
        logs->last = &logs->first;
        logs->bytes = 0;
        logs->dropping = false;
        quit = logs->quit && list == NULL;
        pthread_mutex_unlock(&logs->lock);
        write_list(logs, list);
    }
    return NULL;
}

// Opening and writing -----------------------------------------------------------------------------

sw_logs *sw_logs_open(const char *directory)
{
    sw_logs *logs = calloc(1, sizeof *logs);
    SW_ASSERT(logs != NULL);
    logs->directory = directory;
    logs->last = &logs->first;
    pthread_mutex_init(&logs->lock, NULL);
    pthread_cond_init(&logs->wake, NULL);
    int code = pthread_create(&logs->thread, NULL, run, logs);
    SW_ASSERT(code == 0);
    return logs;
}

void sw_logs_close(sw_logs *logs)
{
    pthread_mutex_lock(&logs->lock);
    logs->quit = true;
    pthread_cond_signal(&logs->wake);
    pthread_mutex_unlock(&logs->lock);
    pthread_join(logs->thread, NULL);
    pthread_mutex_destroy(&logs->lock);
    pthread_cond_destroy(&logs->wake);
    free(logs);
}

static entry *new_entry(sw_str group, sw_str line)
{
    entry *e = malloc(sizeof *e + group.bytes + line.bytes + 1);
    SW_ASSERT(e != NULL);
    *e = (entry){.group_bytes = group.bytes, .bytes = line.bytes + 1};
    memcpy(e->text, group.text, group.bytes);
    memcpy(e->text + group.bytes, line.text, line.bytes);
    e->text[group.bytes + line.bytes] = '\n';
    return e;
}

void sw_logs_write(sw_logs *logs, sw_str group, sw_str line)
{
    pthread_mutex_lock(&logs->lock);
    bool full = logs->bytes + line.bytes > QUEUE_BYTES_MAX, begins = full && !logs->dropping;
    logs->dropping |= full;
    pthread_mutex_unlock(&logs->lock);
    if (begins)
        sw_note(SW_NOTE_ERROR,
                "what executions log is dropped: the disk is slower than what is logged", NULL, 0);
    if (full)
        return;
    entry *e = new_entry(group, line);
    pthread_mutex_lock(&logs->lock);
    bool idle = logs->first == NULL;
    *logs->last = e;
    logs->last = &e->next;
    logs->bytes += e->bytes;
    if (idle)
        pthread_cond_signal(&logs->wake);
    pthread_mutex_unlock(&logs->lock);
}
