// process.c: shell commands that run beside us.
//
// One loop serves all of them: poll on their pipes and on the pipe of signals. A command counts as
// ended when it has exited, not when its output is closed: what it left behind may keep that open.

#define _GNU_SOURCE
#include "cli/process.h"

#include "cli/clock.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS    500 // between asking to end and making it end
#define READ_BYTES  ((size_t)32 * 1024)
#define MESSAGE_MAX ((size_t)4096) // of one line

extern char **environ;

bool cli_processes_open(cli_processes *processes, sw_error *err)
{
    processes->first = NULL;
    processes->signals = cli_signals_open();
    return processes->signals >= 0 || sw_fail_errno(err, errno, "make a pipe");
}

// Texts -------------------------------------------------------------------------------------------

static bool reserve(cli_text *text, size_t more)
{
    if (text->capacity - text->bytes >= more)
        return true;
    size_t capacity = text->capacity * 2 + more;
    char  *larger = realloc(text->text, capacity);
    if (larger == NULL)
        return false;
    text->text = larger;
    text->capacity = capacity;
    return true;
}

static bool append(cli_text *text, sw_str more)
{
    if (!reserve(text, more.bytes + 1))
        return false;
    memcpy(text->text + text->bytes, more.text, more.bytes);
    text->bytes += more.bytes;
    return true;
}

static void close_end(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

// Starting ----------------------------------------------------------------------------------------

typedef struct pipes {
    int in[2], out[2], err[2];
} pipes;

static void close_pipes(pipes *p)
{
    int *all[] = {&p->in[0], &p->in[1], &p->out[0], &p->out[1], &p->err[0], &p->err[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close_end(all[i]);
}

static bool open_pipes(pipes *p, sw_error *err)
{
    *p = (pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
        pipe2(p->err, O_CLOEXEC) == 0)
        return true;
    sw_fail_errno(err, errno, "make a pipe");
    close_pipes(p);
    return false;
}

static char **join_environment(const char *const *more)
{
    size_t ours = 0, theirs = 0;
    while (environ[ours] != NULL)
        ours++;
    while (more[theirs] != NULL)
        theirs++;
    char **all = calloc(ours + theirs + 1, sizeof *all);
    if (all == NULL)
        return NULL;
    // The first of two wins in most programs.
    memcpy(all, more, theirs * sizeof *all);
    memcpy(all + theirs, environ, ours * sizeof *all);
    return all;
}

// Its own group, and the signals that we catch or ignore as they are by default.
static void set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
}

static int spawn(const char *command, const pipes *p, char **environment, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t          attributes;
    char                       shell[] = "sh", option[] = "-c";
    char                      *arguments[] = {shell, option, (char *)(uintptr_t)command, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, p->in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, p->out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, p->err[1], STDERR_FILENO);
    set_attributes(&attributes);
    int number = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return number;
}

static int keep_end(int *end)
{
    int file = *end;
    *end = -1;
    fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
    return file;
}

cli_process *cli_process_start(cli_processes *processes, const char *command, sw_str input,
                               const char *const *environment, sw_error *err)
{
    pipes        p;
    cli_process *process = calloc(1, sizeof *process);
    char       **variables = join_environment(environment);
    if (process == NULL || variables == NULL || !append(&process->input, input)) {
        free(process);
        free(variables);
        sw_fail(err, SW_ERROR_MEMORY, "memory is spent");
        return NULL;
    }
    bool ok = open_pipes(&p, err);
    int  number = ok ? spawn(command, &p, variables, &process->pid) : 0;
    free(variables);
    if (ok && number == 0) {
        process->in = keep_end(&p.in[1]);
        process->out = keep_end(&p.out[0]);
        process->err = keep_end(&p.err[0]);
        process->next = processes->first;
        processes->first = process;
    } else {
        if (ok)
            sw_fail_errno(err, number, "start /bin/sh");
        free(process->input.text);
        free(process);
        process = NULL;
    }
    if (ok)
        close_pipes(&p);
    return process;
}

// Talking -----------------------------------------------------------------------------------------

static void feed(cli_process *process)
{
    while (process->in >= 0 && process->fed < process->input.bytes) {
        ssize_t written = write(process->in, process->input.text + process->fed,
                                process->input.bytes - process->fed);
        if (written < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (written < 0) // it does not read all of it, which is its right
            break;
        process->fed += (size_t)written;
    }
    close_end(&process->in);
}

// Reads what there is; false at the end.
static bool drain(int file, cli_text *text, size_t limit)
{
    for (;;) {
        if (text->bytes > limit || !reserve(text, READ_BYTES))
            return false;
        ssize_t count = read(file, text->text + text->bytes, READ_BYTES);
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        if (count == 0)
            return false;
        text->bytes += (size_t)count;
    }
}

static void tell(const cli_processes *processes, cli_process *process, bool all)
{
    cli_text *text = &process->messages;
    size_t    start = 0;
    while (start < text->bytes) {
        const char *at = text->text + start;
        const char *end = memchr(at, '\n', text->bytes - start);
        size_t      bytes = end != NULL ? (size_t)(end - at) : text->bytes - start;
        if (end == NULL && !all && bytes < MESSAGE_MAX)
            break;
        if (processes->message != NULL)
            processes->message(processes->who, process, (sw_str){at, bytes});
        start += bytes + (end != NULL);
    }
    if (start > 0)
        memmove(text->text, text->text + start, text->bytes - start);
    text->bytes -= start;
}

static void listen_to(const cli_processes *processes, cli_process *process)
{
    if (process->out >= 0 && !drain(process->out, &process->output, CLI_PROCESS_OUTPUT_MAX))
        close_end(&process->out);
    if (process->output.bytes > CLI_PROCESS_OUTPUT_MAX && !process->too_large) {
        process->too_large = true;
        kill(-process->pid, SIGKILL);
    }
    if (process->err >= 0 && !drain(process->err, &process->messages, SIZE_MAX / 2))
        close_end(&process->err);
    tell(processes, process, process->err < 0);
}

// Ending ------------------------------------------------------------------------------------------

void cli_process_stop(cli_process *process)
{
    process->owner = NULL;
    if (process->exited || process->kill_at_ms != 0)
        return;
    process->kill_at_ms = cli_clock_monotonic_ms() + GRACE_MS;
    kill(-process->pid, SIGTERM);
}

// The group goes before its leader is reaped: until then its number cannot belong to others.
static void look_for_exit(const cli_processes *processes, cli_process *process)
{
    siginfo_t info = {0};
    if (process->exited ||
        waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return;
    listen_to(processes, process);
    kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
        ;
    tell(processes, process, true);
    close_end(&process->in);
    close_end(&process->out);
    close_end(&process->err);
    process->exited = true;
}

static void free_texts(cli_process *process)
{
    free(process->input.text);
    free(process->output.text);
    free(process->messages.text);
    free(process);
}

void cli_process_free(cli_processes *processes, cli_process *process)
{
    cli_process **link = &processes->first;
    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
    free_texts(process);
}

// Those that nobody wants vanish when they have ended.
static void sweep(cli_processes *processes, int64_t now_ms)
{
    cli_process *next;
    for (cli_process *at = processes->first; at != NULL; at = next) {
        next = at->next;
        look_for_exit(processes, at);
        if (at->exited && at->owner == NULL)
            cli_process_free(processes, at);
        else if (!at->exited && at->kill_at_ms != 0 && at->kill_at_ms <= now_ms)
            kill(-at->pid, SIGKILL);
    }
}

static int64_t nearest_kill(const cli_processes *processes, int64_t now_ms, int64_t timeout_ms)
{
    for (const cli_process *at = processes->first; at != NULL; at = at->next) {
        if (at->kill_at_ms != 0 && at->kill_at_ms - now_ms < timeout_ms)
            timeout_ms = at->kill_at_ms > now_ms ? at->kill_at_ms - now_ms : 1;
    }
    return timeout_ms;
}

static size_t list_files(const cli_processes *processes, struct pollfd *files)
{
    size_t count = 0;
    files[count++] = (struct pollfd){.fd = processes->signals, .events = POLLIN};
    files[count++] = (struct pollfd){.fd = processes->wake, .events = POLLIN}; // -1 is passed over
    for (const cli_process *at = processes->first; at != NULL; at = at->next) {
        if (at->in >= 0)
            files[count++] = (struct pollfd){.fd = at->in, .events = POLLOUT};
        if (at->out >= 0)
            files[count++] = (struct pollfd){.fd = at->out, .events = POLLIN};
        if (at->err >= 0)
            files[count++] = (struct pollfd){.fd = at->err, .events = POLLIN};
    }
    return count;
}

void cli_processes_wait(cli_processes *processes, int64_t timeout_ms)
{
    size_t running = 0;
    for (const cli_process *at = processes->first; at != NULL; at = at->next)
        running++;
    struct pollfd *files = calloc(3 * running + 2, sizeof *files);
    if (files == NULL)
        return;
    size_t count = list_files(processes, files);
    timeout_ms = nearest_kill(processes, cli_clock_monotonic_ms(), timeout_ms);
    timeout_ms = timeout_ms < 0 ? 0 : timeout_ms > 60000 ? 60000 : timeout_ms;
    if (poll(files, (nfds_t)count, (int)timeout_ms) > 0) {
        cli_signals_read(processes->signals, &processes->stop);
        for (cli_process *at = processes->first; at != NULL; at = at->next) {
            feed(at);
            listen_to(processes, at);
        }
    }
    free(files);
    sweep(processes, cli_clock_monotonic_ms());
}

cli_process *cli_processes_ended(cli_processes *processes)
{
    // The list has the newest first; who ended first is not known, but older ones are served first.
    cli_process *found = NULL;
    for (cli_process *at = processes->first; at != NULL; at = at->next) {
        if (at->exited && at->owner != NULL)
            found = at;
    }
    return found;
}

bool cli_processes_busy(const cli_processes *processes)
{
    for (const cli_process *at = processes->first; at != NULL; at = at->next) {
        if (at->owner != NULL)
            return true;
    }
    return false;
}

void cli_processes_close(cli_processes *processes)
{
    for (cli_process *at = processes->first; at != NULL; at = at->next)
        cli_process_stop(at);
    sweep(processes, cli_clock_monotonic_ms());
    while (processes->first != NULL)
        cli_processes_wait(processes, GRACE_MS);
    close_end(&processes->signals);
}
