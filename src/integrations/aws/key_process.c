// key_process.c: a shell with the command, in a process group of its own, and what it prints.

#define _GNU_SOURCE
#include "integrations/aws/key_process.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS      60000
#define TICK_MS         100 // until an end is seen
#define PRINT_BYTES_MAX 65536u

extern char **environ;

struct sw_key_process {
    pthread_t thread;
    char     *command;
    void (*ended)(void *who, sw_str printed, const char *trouble);
    void *who;
    bool  quit; // atomic
};

static bool spawn(const sw_key_process *p, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t          attributes;
    sigset_t                   none;
    char *const                argv[] = {"sh", "-c", p->command, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none); // the server's threads block some
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    int code = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code == 0;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Everything it prints. NULL, or what went wrong.
static const char *read_all(sw_key_process *p, int in, char *text, size_t *bytes)
{
    int64_t until_ms = now_ms() + TIMEOUT_MS;
    *bytes = 0;
    for (;;) {
        struct pollfd ready = {.fd = in, .events = POLLIN};
        if (__atomic_load_n(&p->quit, __ATOMIC_RELAXED))
            return "the server ends";
        if (now_ms() > until_ms)
            return "the command took longer than a minute";
        if (poll(&ready, 1, TICK_MS) <= 0)
            continue;
        ssize_t n = read(in, text + *bytes, PRINT_BYTES_MAX - *bytes);
        if (n < 0 && errno != EINTR)
            return "what the command prints cannot be read";
        if (n == 0)
            return NULL;
        *bytes += n > 0 ? (size_t)n : 0;
        if (*bytes == PRINT_BYTES_MAX)
            return "the command prints too much";
    }
}

static const char *run_command(sw_key_process *p, char *text, size_t *bytes)
{
    int   ends[2], status = 0;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return "there is no pipe for the command";
    bool begun = spawn(p, ends[1], &pid);
    close(ends[1]);
    const char *trouble = begun ? read_all(p, ends[0], text, bytes) : "the shell cannot be run";
    close(ends[0]);
    if (!begun)
        return trouble;
    if (trouble != NULL)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (trouble == NULL && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        trouble = "the command failed";
    return trouble;
}

static void *run(void *argument)
{
    sw_key_process *p = argument;
    char           *text = malloc(PRINT_BYTES_MAX);
    size_t          bytes = 0;
    SW_ASSERT(text != NULL);
    const char *trouble = run_command(p, text, &bytes);
    p->ended(p->who, (sw_str){text, bytes}, trouble);
    explicit_bzero(text, PRINT_BYTES_MAX);
    free(text);
    return NULL;
}

sw_key_process *sw_key_process_start(sw_str command,
                                     void (*ended)(void *who, sw_str printed, const char *trouble),
                                     void *who)
{
    sw_key_process *p = calloc(1, sizeof *p);
    SW_ASSERT(p != NULL);
    p->command = strndup(command.text, command.bytes);
    SW_ASSERT(p->command != NULL);
    p->ended = ended;
    p->who = who;
    int code = pthread_create(&p->thread, NULL, run, p);
    SW_ASSERT(code == 0);
    return p;
}

void sw_key_process_end(sw_key_process *p)
{
    if (p == NULL)
        return;
    __atomic_store_n(&p->quit, true, __ATOMIC_RELAXED);
    pthread_join(p->thread, NULL);
    free(p->command);
    free(p);
}
