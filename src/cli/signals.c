// signals.c: signals as bytes in a pipe, so that poll can wait for them too.

#define _GNU_SOURCE
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

// A handler is given no argument of ours, so this is the one variable that all functions share.
static int write_end = -1;

static void note(int number)
{
    int     saved = errno;
    char    byte = (char)number;
    ssize_t written = write(write_end, &byte, 1); // full: there is something to read already
    (void)written;
    errno = saved;
}

int cli_signals_open(void)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    int              ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    write_end = ends[1];
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    return ends[0];
}

void cli_signals_read(int file, bool *stop)
{
    char    bytes[64];
    ssize_t count;
    while ((count = read(file, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++)
            *stop |= bytes[i] != SIGCHLD;
    }
}
