// process.c: one process of a function, from fork to its end.

#define _GNU_SOURCE // pidfd_open by syscall

#include "integrations/functions/pool.h"

#include "base/assert.h"
#include "base/chance.h"
#include "base/grow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char python_bootstrap[] =
#include "integrations/bootstrap_python.inc"
    ;
static const char node_bootstrap[] =
#include "integrations/bootstrap_node.inc"
    ;

// Where its Runtime API is ------------------------------------------------------------------------
//
// An address of its own in 127.0.0.0/8, drawn by chance, so that one function cannot answer for
// another.

static bool draw_address(struct sockaddr_in *address)
{
    unsigned char part[3];
    if (RAND_bytes(part, sizeof part) != 1)
        return false;
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr =
        htonl(127u << 24 | (uint32_t)part[0] << 16 | (uint32_t)part[1] << 8 | part[2] | 2u);
    return true;
}

static bool listen_on(sw_process *process, char text[64])
{
    struct sockaddr_in address;
    socklen_t          bytes = sizeof address;
    char               host[INET_ADDRSTRLEN];
    process->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (process->listener < 0 || !draw_address(&address) ||
        bind(process->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(process->listener, 8) != 0 ||
        getsockname(process->listener, (struct sockaddr *)&address, &bytes) != 0)
        return false;
    inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
    snprintf(text, 64, "%s:%u", host, ntohs(address.sin_port));
    return true;
}

// Environment and command -------------------------------------------------------------------------

typedef struct texts {
    const char **items;
    size_t       count, capacity;
} texts;

static bool is_there(const texts *list, const char *variable)
{
    size_t bytes = strcspn(variable, "=") + 1;
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], variable, bytes) == 0)
            return true;
    }
    return false;
}

// What is there already comes first: the function's own environment.
static void add(sw_arena *arena, texts *list, const char *name, sw_str value)
{
    const char *variable = sw_str_format(arena, "%s=%.*s", name, SW_STR_ARG(value)).text;
    if (!is_there(list, variable))
        SW_PUSH(arena, list, variable);
}

static void add_lambda(sw_arena *arena, texts *list, const sw_function *f, const char *api)
{
    const sw_functions_options *options = &f->functions->options;
    add(arena, list, "AWS_LAMBDA_RUNTIME_API", sw_str_from(api));
    add(arena, list, "_HANDLER", sw_str_from(f->handler));
    add(arena, list, "LAMBDA_TASK_ROOT", sw_str_from(f->code));
    add(arena, list, "LAMBDA_RUNTIME_DIR", sw_str_from(f->code));
    add(arena, list, "AWS_LAMBDA_FUNCTION_NAME", f->name);
    add(arena, list, "AWS_LAMBDA_FUNCTION_VERSION", SW_STR("$LATEST"));
    add(arena, list, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        sw_str_format(arena, "%lld", (long long)f->memory_mb));
    add(arena, list, "AWS_LAMBDA_LOG_GROUP_NAME",
        sw_str_format(arena, "/aws/lambda/%.*s", SW_STR_ARG(f->name)));
    add(arena, list, "AWS_LAMBDA_LOG_STREAM_NAME", SW_STR("local/[$LATEST]"));
    add(arena, list, "AWS_LAMBDA_INITIALIZATION_TYPE", SW_STR("on-demand"));
    add(arena, list, "AWS_REGION", options->region);
    add(arena, list, "AWS_DEFAULT_REGION", options->region);
    add(arena, list, "TZ", SW_STR(":UTC"));
}

static char **make_environment(sw_arena *arena, const sw_function *f, const char *api)
{
    texts list = {0};
    for (size_t i = 0; f->environment[i] != NULL; i++)
        SW_PUSH(arena, &list, f->environment[i]);
    add_lambda(arena, &list, f, api);
    for (char **at = environ; *at != NULL; at++) {
        if (!is_there(&list, *at) && strncmp(*at, "STEPWELL_", 9) != 0) // those may be secret
            SW_PUSH(arena, &list, *at);
    }
    SW_PUSH(arena, &list, NULL);
    return (char **)(uintptr_t)list.items;
}

static const char **make_command(sw_arena *arena, const sw_function *f)
{
    const char **command = SW_ARENA_ARRAY(arena, const char *, 6);
    size_t       count = 0;
    switch (f->runtime) {
    case SW_RUNTIME_PYTHON:
        command[count++] = "python3";
        command[count++] = "-u";
        command[count++] = "-c";
        command[count++] = python_bootstrap;
        break;
    case SW_RUNTIME_NODE:
        command[count++] = "node";
        command[count++] =
            sw_str_format(arena, "--max-old-space-size=%lld", (long long)f->memory_mb).text;
        command[count++] = "-e";
        command[count++] = node_bootstrap;
        break;
    case SW_RUNTIME_PROVIDED:
        command[count++] =
            sw_str_format(arena, "%s/%s", f->code,
                          access(sw_str_format(arena, "%s/%s", f->code, f->handler).text, X_OK) == 0
                              ? f->handler
                              : "bootstrap")
                .text;
        break;
    }
    command[count] = NULL;
    return command;
}

// The program that PATH has, so that the child need not look
static const char *find_program(sw_arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/') != NULL || path == NULL)
        return name;
    while (*path != '\0') {
        size_t      bytes = strcspn(path, ":");
        const char *program = sw_str_format(arena, "%.*s/%s", (int)bytes, path, name).text;
        if (access(program, X_OK) == 0)
            return program;
        path += bytes + (path[bytes] == ':');
    }
    return NULL;
}

// Starting ----------------------------------------------------------------------------------------

typedef struct launch {
    const char  *program;
    const char **command;
    char       **environment;
    int          output; // of the pipe for its log
    pid_t        parent;
} launch;

// In the child: only what is safe between fork and exec.
static void become(const sw_function *f, const launch *l)
{
    sigset_t      none;
    struct rlimit memory = {(rlim_t)(f->memory_mb + 64) << 20, (rlim_t)(f->memory_mb + 64) << 20};
    int           null = open("/dev/null", O_RDONLY);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != l->parent) // it is gone already
        _exit(127);
    dup2(null, 0);
    dup2(l->output, 1);
    dup2(l->output, 2);
    syscall(SYS_close_range, 3u, ~0u, 0u); // what somebody has opened without CLOEXEC
    if (f->runtime != SW_RUNTIME_NODE) // V8 reserves far more than it uses, and is told its limit
        setrlimit(RLIMIT_DATA, &memory);
    if (chdir(f->code) == 0)
        execve(l->program, (char *const *)(uintptr_t)l->command, l->environment);
    _exit(127);
}

static bool launch_process(sw_process *process, const launch *l)
{
    process->pid = fork();
    if (process->pid == 0)
        become(process->function, l);
    if (process->pid < 0)
        return false;
    setpgid(process->pid, process->pid); // whoever comes first
    process->exit_file = (int)syscall(SYS_pidfd_open, process->pid, 0);
    return process->exit_file >= 0;
}

static bool watch(sw_process *process)
{
    sw_functions *all = process->function->functions;
    fcntl(process->log_file, F_SETFL, O_NONBLOCK);
    return sw_pool_watch(all, process->listener, false, SW_WATCH_LISTENER, process) &&
           sw_pool_watch(all, process->exit_file, false, SW_WATCH_EXIT, process) &&
           sw_pool_watch(all, process->log_file, false, SW_WATCH_LOG, process);
}

static bool start_in(sw_process *process, sw_arena *arena, sw_error *err)
{
    const sw_function *f = process->function;
    char               api[64];
    int                log[2];
    launch             l = {.command = make_command(arena, f), .parent = getpid()};
    l.program = find_program(arena, l.command[0]);
    if (l.program == NULL)
        return sw_fail(err, SW_ERROR_IO, "%s is not installed", l.command[0]);
    if (!listen_on(process, api) || pipe(log) != 0)
        return sw_fail(err, SW_ERROR_IO, "cannot start a process: %s", strerror(errno));
    fcntl(log[0], F_SETFD, FD_CLOEXEC);
    fcntl(log[1], F_SETFD, FD_CLOEXEC);
    process->log_file = log[0];
    l.environment = make_environment(arena, f, api);
    l.output = log[1];
    bool ok = launch_process(process, &l);
    close(log[1]);
    return (ok && watch(process)) ||
           sw_fail(err, SW_ERROR_IO, "cannot start a process: %s", strerror(errno));
}

sw_process *sw_process_start(sw_function *function, sw_error *err)
{
    sw_arena    arena;
    sw_process *process = calloc(1, sizeof *process);
    SW_ASSERT(process != NULL);
    process->function = function;
    process->listener = process->log_file = process->exit_file = -1;
    sw_arena_init(&arena);
    bool ok = start_in(process, &arena, err);
    sw_arena_clear(&arena);
    if (ok)
        return process;
    sw_process_kill(process);
    sw_process_free(process);
    return NULL;
}

// Ending ------------------------------------------------------------------------------------------

void sw_process_kill(sw_process *process)
{
    if (process->pid > 0)
        kill(-process->pid, SIGKILL);
}

int sw_process_reap(sw_process *process)
{
    int status = 0;
    if (process->pid <= 0)
        return status;
    kill(-process->pid, SIGKILL); // and what it has started
    waitpid(process->pid, &status, 0);
    process->pid = 0;
    return status;
}

void sw_process_free(sw_process *process)
{
    sw_functions *all = process->function->functions;
    if (process->pid > 0)
        sw_process_reap(process);
    while (process->connections != NULL)
        sw_api_close(process->connections);
    sw_pool_close(all, process->listener);
    sw_pool_close(all, process->exit_file);
    sw_pool_close(all, process->log_file);
    free(process->init_error);
    free(process);
}
