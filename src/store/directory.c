// directory.c: make, check and lock a data directory.

#define _GNU_SOURCE // flock

#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME  "stepwell.lock"
#define STORE_NAME "stepwell.db"

static char *join(const char *path, const char *name)
{
    size_t bytes = strlen(path) + 1 + strlen(name) + 1;
    char  *joined = malloc(bytes);
    if (joined != NULL)
        snprintf(joined, bytes, "%s/%s", path, name);
    return joined;
}

static bool fail_path(sw_error *err, const char *what, const char *path, int number)
{
    return sw_fail(err, SW_ERROR_IO, "cannot %s %s: %s", what, path, strerror(number));
}

static bool make(const char *path, sw_error *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return fail_path(err, "make the data directory", path, errno);
}

static bool touch(const char *path, int *fd, sw_error *err)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return *fd >= 0 || fail_path(err, "write", path, errno);
}

// --- The lock ------------------------------------------------------------------------------------

static bool fail_held(int fd, const char *path, sw_error *err)
{
    char    holder[16] = "";
    ssize_t bytes = pread(fd, holder, sizeof holder - 1, 0);
    long    pid = bytes > 0 ? strtol(holder, NULL, 10) : 0;
    if (pid > 0)
        return sw_fail(err, SW_ERROR_IO, "the data directory %s is in use by process %ld", path,
                       pid);
    return sw_fail(err, SW_ERROR_IO, "the data directory %s is in use by another process", path);
}

static bool write_holder(int fd)
{
    char text[16];
    int  bytes = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)bytes, 0) == bytes;
}

static bool take_lock(sw_directory *directory, const char *lock_path, sw_error *err)
{
    if (!touch(lock_path, &directory->lock_fd, err))
        return false;
    if (flock(directory->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? fail_held(directory->lock_fd, directory->path, err)
                                    : fail_path(err, "lock", lock_path, errno);
    // Only a help to whoever finds it locked: a full disk may keep us from writing it.
    (void)!write_holder(directory->lock_fd);
    return true;
}

// --- All of it -----------------------------------------------------------------------------------

static bool open_all(sw_directory *directory, const char *lock_path, sw_error *err)
{
    int fd;
    if (directory->path == NULL || directory->file_path == NULL || lock_path == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    if (!make(directory->path, err) || !take_lock(directory, lock_path, err) ||
        !touch(directory->file_path, &fd, err))
        return false;
    close(fd);
    return true;
}

bool sw_directory_open(sw_directory *directory, const char *path, sw_error *err)
{
    char *lock_path = join(path, LOCK_NAME);
    *directory = (sw_directory){strdup(path), join(path, STORE_NAME), -1};
    bool opened = open_all(directory, lock_path, err);
    free(lock_path);
    if (!opened)
        sw_directory_close(directory);
    return opened;
}

void sw_directory_close(sw_directory *directory)
{
    // The file stays: who removed it might remove one that a third process has locked meanwhile.
    if (directory->lock_fd >= 0)
        close(directory->lock_fd);
    free(directory->path);
    free(directory->file_path);
    *directory = (sw_directory){.lock_fd = -1};
}
