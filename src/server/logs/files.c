// files.c: a file for each log group, or the standard output. Files are opened for each batch of
// lines: one that was moved away (logrotate) is made anew.

#include "server/logs/sink.h"

#include "base/assert.h"
#include "base/note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 280u

typedef struct files {
    sw_log_sink sink; // first: the same address
    const char *directory;
    bool        failing; // the last line could not be written
} files;

// /aws/states/x -> aws-states-x.log. Nothing of it leads out of the directory.
static void file_name(sw_str group, char name[NAME_BYTES_MAX + 20])
{
    size_t count = 0;
    for (size_t i = 0; i < group.bytes && count < NAME_BYTES_MAX; i++) {
        char c = group.text[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '_' || c == '#' || (c == '.' && count > 0);
        if (plain || count > 0)
            name[count++] = plain ? c : '-';
    }
    snprintf(name + count, 20, "%s", count == 0 ? "log.log" : ".log");
}

static int open_file(const files *f, sw_str group)
{
    char name[NAME_BYTES_MAX + 20], path[4096];
    if (strcmp(f->directory, "-") == 0)
        return STDOUT_FILENO;
    file_name(sw_log_group_name(group), name);
    int bytes = snprintf(path, sizeof path, "%s/%s", f->directory, name);
    if (bytes < 0 || (size_t)bytes >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0 && errno == ENOENT && mkdir(f->directory, 0750) == 0)
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

// A line is one write, with its break.
static bool write_line(int file, sw_str text)
{
    char *line = malloc(text.bytes + 1);
    SW_ASSERT(line != NULL);
    memcpy(line, text.text, text.bytes);
    line[text.bytes] = '\n';
    bool ok = write_all(file, line, text.bytes + 1);
    free(line);
    return ok;
}

static void write_lines(sw_log_sink *sink, const sw_log_line *lines, size_t count)
{
    files *f = (files *)sink;
    int    file = open_file(f, lines[0].group);
    bool   ok = file >= 0;
    for (size_t i = 0; i < count; i++)
        ok = ok && write_line(file, lines[i].text);
    if (!ok && !f->failing)
        SW_NOTE(SW_NOTE_ERROR, "what executions log cannot be written",
                SW_NOTE_TEXT("directory", sw_str_from(f->directory)),
                SW_NOTE_TEXT("reason", sw_str_from(strerror(errno))));
    f->failing = !ok;
    if (file >= 0 && file != STDOUT_FILENO)
        close(file);
}

static void free_files(sw_log_sink *sink)
{
    free(sink);
}

sw_log_sink *sw_log_files_open(const char *place)
{
    files *f = calloc(1, sizeof *f);
    SW_ASSERT(f != NULL);
    f->sink = (sw_log_sink){.write = write_lines, .free = free_files};
    f->directory = place;
    return &f->sink;
}
