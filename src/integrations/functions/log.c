// log.c: what functions print, line by line, and Lambda's own lines around it.
//
//     START RequestId: ... Version: $LATEST
//     END RequestId: ...
//     REPORT RequestId: ...  Duration: 1.23 ms  Billed Duration: 2 ms  Memory Size: 128 MB ...

#include "integrations/functions/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The tail keeps what came last.
static void keep(sw_process *process, sw_str text)
{
    size_t max = sizeof process->tail;
    if (text.bytes > max)
        text = (sw_str){text.text + text.bytes - max, max};
    size_t left = max - text.bytes, old = process->tail_bytes;
    if (old > left) {
        memmove(process->tail, process->tail + (old - left), left);
        process->tail_bytes = left;
    }
    memcpy(process->tail + process->tail_bytes, text.text, text.bytes);
    process->tail_bytes += text.bytes;
}

void sw_log_line(sw_process *process, sw_str line)
{
    const sw_functions_options *options = &process->function->functions->options;
    if (process->current != NULL) {
        keep(process, line);
        keep(process, SW_STR("\n"));
    }
    if (options->log != NULL)
        options->log(options->who, process->function->name, line);
}

static void take(sw_process *process, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        bool full = process->line_bytes == sizeof process->line;
        if (text[i] == '\n' || full) {
            sw_log_line(process, (sw_str){process->line, process->line_bytes});
            process->line_bytes = 0;
        }
        if (text[i] != '\n')
            process->line[process->line_bytes++] = text[i];
    }
}

// As much as is there; a function that only prints must not keep us from the others.
void sw_log_read(sw_process *process)
{
    char text[16384];
    for (int i = 0; i < 16 && process->log_file >= 0; i++) {
        ssize_t bytes = read(process->log_file, text, sizeof text);
        if (bytes > 0)
            take(process, text, (size_t)bytes);
        else if (bytes == 0 || (errno != EINTR && errno != EAGAIN)) {
            sw_pool_close(process->function->functions, process->log_file);
            process->log_file = -1;
        } else
            return;
    }
}

void sw_log_start(sw_process *process)
{
    char line[128];
    process->tail_bytes = 0;
    int bytes = snprintf(line, sizeof line, "START RequestId: %s Version: $LATEST",
                         process->current->request_id);
    sw_log_line(process, (sw_str){line, (size_t)bytes});
}

// Megabytes; 0 where nobody says.
static long memory_used(pid_t pid)
{
    char  name[64], line[128];
    long  kb = 0;
    FILE *file;
    snprintf(name, sizeof name, "/proc/%ld/status", (long)pid);
    if ((file = fopen(name, "re")) == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    }
    fclose(file);
    return (kb + 1023) / 1024;
}

void sw_log_end(sw_process *process)
{
    char        line[256];
    const char *id = process->current->request_id;
    int64_t     ms = sw_pool_now_ms() - process->current->started_ms;
    int         bytes = snprintf(line, sizeof line, "END RequestId: %s", id);
    sw_log_line(process, (sw_str){line, (size_t)bytes});
    bytes = snprintf(line, sizeof line,
                     "REPORT RequestId: %s\tDuration: %lld.00 ms\tBilled Duration: %lld "
                     "ms\tMemory Size: %lld MB\tMax Memory Used: %ld MB",
                     id, (long long)ms, (long long)ms, (long long)process->function->memory_mb,
                     memory_used(process->pid));
    sw_log_line(process, (sw_str){line, (size_t)bytes});
}
