// faulty_vfs.h: a disk for SQLite that fails, dies or loses power at the nth operation.
//
// It stands before the system's own VFS as the default one, so that the store needs to know nothing
// of it. Writes, syncs, truncations and deletions are counted; the one that is due fails. Nothing
// is really synced: what a power cut may take back is kept in a list instead, emptied by each sync
// of its file.

#ifndef STEPWELL_TESTS_STORE_FAULTY_VFS_H
#define STEPWELL_TESTS_STORE_FAULTY_VFS_H

#include "base/chance.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum faulty_mode {
    FAULTY_NONE,
    FAULTY_DIES, // from that operation on all of them fail; a write is done by half
    FAULTY_FULL, // writes fail as on a full disk, until the next call of faulty_set
    FAULTY_SYNC, // the operation fails if it is a sync, else the next sync does
} faulty_mode;

typedef struct faulty_undo {
    char         *path, *old;
    sqlite3_int64 offset, file_bytes; // size of the file before
    int           bytes, old_bytes;
} faulty_undo;

static struct {
    sqlite3_vfs  vfs, *real;
    faulty_mode  mode;
    long         due, operations;
    bool         failed; // it has come to it
    faulty_undo *undo;
    size_t       undo_count, undo_capacity;
} faulty;

typedef struct faulty_file {
    sqlite3_file  base; // first
    char         *path;
    sqlite3_file *real; // behind this struct
} faulty_file;

static sqlite3_file *faulty_real(sqlite3_file *file)
{
    return ((faulty_file *)file)->real;
}

static inline void faulty_set(faulty_mode mode, long due)
{
    faulty.mode = mode;
    faulty.due = due;
    faulty.operations = 0;
    faulty.failed = false;
}

// Whether this operation is to fail, and how.
static int faulty_count(bool is_sync, bool is_write)
{
    long now = ++faulty.operations;
    bool fails = false;
    switch (faulty.mode) {
    case FAULTY_NONE:
        return SQLITE_OK;
    case FAULTY_DIES:
        fails = now >= faulty.due;
        break;
    case FAULTY_FULL:
        fails = is_write && now >= faulty.due;
        break;
    case FAULTY_SYNC:
        fails = is_sync && now >= faulty.due && !faulty.failed;
        break;
    }
    if (!fails)
        return SQLITE_OK;
    faulty.failed = true;
    return faulty.mode == FAULTY_FULL ? SQLITE_FULL
           : is_sync                  ? SQLITE_IOERR_FSYNC
                                      : SQLITE_IOERR_WRITE;
}

// --- What a power cut takes back -----------------------------------------------------------------

static void faulty_remember(sqlite3_file *file, sqlite3_int64 offset, int bytes)
{
    faulty_file *self = (faulty_file *)file;
    faulty_undo  undo = {.path = strdup(self->path), .old = malloc((size_t)bytes + 1)};
    undo.offset = offset;
    undo.bytes = bytes;
    self->real->pMethods->xFileSize(self->real, &undo.file_bytes);
    if (undo.file_bytes > offset) {
        sqlite3_int64 there = undo.file_bytes - offset;
        undo.old_bytes = there < bytes ? (int)there : bytes;
        self->real->pMethods->xRead(self->real, undo.old, undo.old_bytes, offset);
    }
    if (faulty.undo_count == faulty.undo_capacity) {
        faulty.undo_capacity = faulty.undo_capacity * 2 + 64;
        faulty.undo = realloc(faulty.undo, faulty.undo_capacity * sizeof *faulty.undo);
    }
    faulty.undo[faulty.undo_count++] = undo;
}

static void faulty_drop(size_t place)
{
    free(faulty.undo[place].path);
    free(faulty.undo[place].old);
    faulty.undo[place] = faulty.undo[--faulty.undo_count];
}

// Keeps the order of those that stay.
static void faulty_synced(const char *path)
{
    size_t kept = 0;
    for (size_t i = 0; i < faulty.undo_count; i++) {
        if (strcmp(faulty.undo[i].path, path) != 0) {
            faulty.undo[kept++] = faulty.undo[i];
            continue;
        }
        free(faulty.undo[i].path);
        free(faulty.undo[i].old);
    }
    faulty.undo_count = kept;
}

// Each sector of an unsynced write may have reached the disk or not.
static void faulty_take_back(const faulty_undo *undo, sw_chance *chance, bool all)
{
    int fd = open(undo->path, O_RDWR);
    if (fd < 0)
        return;
    for (int at = 0; at < undo->old_bytes; at += 512) {
        int bytes = undo->old_bytes - at < 512 ? undo->old_bytes - at : 512;
        if (all || sw_chance_fraction(chance) < 0.5)
            (void)!pwrite(fd, undo->old + at, (size_t)bytes, undo->offset + at);
    }
    if (undo->offset + undo->bytes > undo->file_bytes && (all || sw_chance_fraction(chance) < 0.5))
        (void)!ftruncate(fd, undo->file_bytes);
    close(fd);
}

// With all files closed: what was not synced is lost, some of it or all.
static inline void faulty_cut_power(uint64_t seed, bool all)
{
    sw_chance chance;
    sw_chance_seed(&chance, seed, 0);
    while (faulty.undo_count > 0) {
        faulty_take_back(&faulty.undo[faulty.undo_count - 1], &chance, all);
        faulty_drop(faulty.undo_count - 1);
    }
}

// The system went on: all of it reaches the disk in the end.
static inline void faulty_forget(void)
{
    while (faulty.undo_count > 0)
        faulty_drop(faulty.undo_count - 1);
}

// --- Files ---------------------------------------------------------------------------------------

static int faulty_close(sqlite3_file *file)
{
    faulty_file *self = (faulty_file *)file;
    int          result = self->real->pMethods->xClose(self->real);
    free(self->path);
    return result;
}

static int faulty_read(sqlite3_file *file, void *to, int bytes, sqlite3_int64 offset)
{
    return faulty_real(file)->pMethods->xRead(faulty_real(file), to, bytes, offset);
}

static int faulty_write(sqlite3_file *file, const void *from, int bytes, sqlite3_int64 offset)
{
    bool was_alive = !faulty.failed;
    int  result = faulty_count(false, true);
    int  done = result == SQLITE_OK                       ? bytes
                : faulty.mode == FAULTY_DIES && was_alive ? bytes / 2
                                                          : 0;
    if (done > 0) {
        faulty_remember(file, offset, done);
        int real = faulty_real(file)->pMethods->xWrite(faulty_real(file), from, done, offset);
        result = result == SQLITE_OK ? real : result;
    }
    return result;
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 bytes)
{
    int result = faulty_count(false, false);
    return result != SQLITE_OK ? result
                               : faulty_real(file)->pMethods->xTruncate(faulty_real(file), bytes);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    int result = faulty_count(true, false);
    if (result == SQLITE_OK)
        faulty_synced(((faulty_file *)file)->path);
    return result;
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *bytes)
{
    return faulty_real(file)->pMethods->xFileSize(faulty_real(file), bytes);
}

static int faulty_lock(sqlite3_file *file, int level)
{
    return faulty_real(file)->pMethods->xLock(faulty_real(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
    return faulty_real(file)->pMethods->xUnlock(faulty_real(file), level);
}

static int faulty_is_reserved(sqlite3_file *file, int *result)
{
    return faulty_real(file)->pMethods->xCheckReservedLock(faulty_real(file), result);
}

static int faulty_control(sqlite3_file *file, int what, void *argument)
{
    return faulty_real(file)->pMethods->xFileControl(faulty_real(file), what, argument);
}

static int faulty_sector(sqlite3_file *file)
{
    return faulty_real(file)->pMethods->xSectorSize(faulty_real(file));
}

static int faulty_traits(sqlite3_file *file)
{
    return faulty_real(file)->pMethods->xDeviceCharacteristics(faulty_real(file));
}

static int faulty_shm_map(sqlite3_file *file, int page, int bytes, int extend, void volatile **at)
{
    return faulty_real(file)->pMethods->xShmMap(faulty_real(file), page, bytes, extend, at);
}

static int faulty_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return faulty_real(file)->pMethods->xShmLock(faulty_real(file), offset, count, flags);
}

static void faulty_shm_barrier(sqlite3_file *file)
{
    faulty_real(file)->pMethods->xShmBarrier(faulty_real(file));
}

static int faulty_shm_unmap(sqlite3_file *file, int forget)
{
    return faulty_real(file)->pMethods->xShmUnmap(faulty_real(file), forget);
}

static const sqlite3_io_methods faulty_methods = {
    .iVersion = 2,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_is_reserved,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_traits,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
};

// --- The VFS -------------------------------------------------------------------------------------

static int faulty_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                       int *flags_out)
{
    faulty_file *self = (faulty_file *)file;
    (void)vfs;
    self->base.pMethods = NULL;
    self->real = (sqlite3_file *)(void *)(self + 1);
    int result = faulty.real->xOpen(faulty.real, path, self->real, flags, flags_out);
    if (result != SQLITE_OK)
        return result;
    self->path = strdup(path != NULL ? path : "");
    self->base.pMethods = &faulty_methods;
    return SQLITE_OK;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    int result = faulty_count(false, false);
    if (result != SQLITE_OK)
        return result;
    faulty_synced(path);
    return faulty.real->xDelete(faulty.real, path, sync);
}

static inline void faulty_register(void)
{
    faulty.real = sqlite3_vfs_find(NULL);
    faulty.vfs = *faulty.real;
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile += (int)sizeof(faulty_file);
    faulty.vfs.xOpen = faulty_open;
    faulty.vfs.xDelete = faulty_delete;
    sqlite3_vfs_register(&faulty.vfs, 1);
}

static inline void faulty_unregister(void)
{
    sqlite3_vfs_unregister(&faulty.vfs);
    faulty_forget();
    free(faulty.undo);
    faulty.undo = NULL;
    faulty.undo_capacity = 0;
}

#endif
