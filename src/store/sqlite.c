// sqlite.c: the SQLite store: open, commit, checkpoint, close.
//
// One connection writes, in WAL mode with synchronous=FULL: a commit appends a batch's pages to the
// log and syncs it once. From time to time the log's pages go to the file itself (checkpoint) and
// the log begins anew. Versions of SQLite before 3.51.3 can damage a file when two connections
// write or checkpoint at the same time, so this one connection does both and every other is opened
// read-only.

#include "store/sqlite.h"
#include "store/directory.h"
#include "store/schema.h"

#include <errno.h>
#include <stdlib.h>

// Pages in the log. From the first on the committer's quiet moment is used, from the second on a
// commit does it itself, from the third on readers are waited for, so that the log cannot grow for
// ever.
#define CHECKPOINT_PAGES         1000
#define CHECKPOINT_OVERDUE_PAGES 4000
#define CHECKPOINT_FORCED_PAGES  64000

typedef struct sqlite_store {
    sw_store     store; // first
    sw_directory directory;
    sw_writer    writer;
    int          log_pages;      // in the log since it began anew
    int          log_pages_done; // log_pages at the last checkpoint
    bool         broken;
    sw_error     broken_by;
} sqlite_store;

// --- Checkpoints ---------------------------------------------------------------------------------

static int note_log_pages(void *who, sqlite3 *db, const char *name, int pages)
{
    sqlite_store *self = who;
    (void)db;
    (void)name;
    self->log_pages = pages;
    // The log has begun anew.
    if (pages < self->log_pages_done)
        self->log_pages_done = 0;
    return SQLITE_OK;
}

// A failure changes nothing: what is committed stays in the log, and the next checkpoint tries
// again.
static void checkpoint(sqlite_store *self, int mode)
{
    sqlite3_wal_checkpoint_v2(self->writer.connection.db, NULL, mode, NULL, NULL);
    self->log_pages_done = self->log_pages;
}

static void sqlite_checkpoint(sw_store *store)
{
    sqlite_store *self = (sqlite_store *)store;
    if (self->log_pages - self->log_pages_done >= CHECKPOINT_PAGES && !self->broken)
        checkpoint(self, SQLITE_CHECKPOINT_PASSIVE);
}

static void checkpoint_overdue(sqlite_store *self)
{
    if (self->log_pages - self->log_pages_done < CHECKPOINT_OVERDUE_PAGES)
        return;
    checkpoint(self, self->log_pages >= CHECKPOINT_FORCED_PAGES ? SQLITE_CHECKPOINT_RESTART
                                                                : SQLITE_CHECKPOINT_PASSIVE);
}

// --- Committing ----------------------------------------------------------------------------------

static bool is_space_error(sqlite3 *db)
{
    int number = sqlite3_system_errno(db);
    return number == ENOSPC || number == EDQUOT;
}

// After a failed sync the system may have dropped what it could not write, and reports the next
// sync as done. So nothing may be built on it: only a full disk, noticed while writing, is a
// passing failure.
static bool breaks(sqlite3 *db)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return true;
    case SQLITE_IOERR:
        return sqlite3_extended_errcode(db) == SQLITE_IOERR_FSYNC || !is_space_error(db);
    default:
        return false;
    }
}

static bool give_up(sqlite_store *self, int64_t last_chunk, const sw_error *why)
{
    sqlite3 *db = self->writer.connection.db;
    if (why->code != SW_ERROR_INVALID && breaks(db)) {
        self->broken = true;
        self->broken_by = *why;
    }
    if (!sqlite3_get_autocommit(db) &&
        !sw_connection_run(&self->writer.connection, SW_SQL_ROLLBACK, NULL) &&
        !sqlite3_get_autocommit(db)) {
        self->broken = true;
        self->broken_by = *why;
    }
    self->writer.last_chunk = last_chunk;
    return false;
}

static bool sqlite_commit(sw_store *store, const sw_record *records, size_t count, sw_error *err)
{
    sqlite_store  *self = (sqlite_store *)store;
    sw_connection *connection = &self->writer.connection;
    int64_t        last_chunk = self->writer.last_chunk;
    sw_error       why;
    if (self->broken)
        return sw_fail(err, SW_ERROR_IO, "nothing is written any more since: %s",
                       self->broken_by.message);
    if (!sw_connection_run(connection, SW_SQL_BEGIN_WRITING, &why) ||
        !sw_writer_write(&self->writer, records, count, &why) ||
        !sw_connection_run(connection, SW_SQL_COMMIT, &why)) {
        give_up(self, last_chunk, &why);
        if (err != NULL)
            *err = why;
        return false;
    }
    checkpoint_overdue(self);
    return true;
}

// --- Opening and closing -------------------------------------------------------------------------

static bool sqlite_reader_open(sw_store *store, sw_reader **reader, sw_error *err)
{
    return sw_reader_open_sqlite(((sqlite_store *)store)->directory.file_path, reader, err);
}

static void sqlite_close(sw_store *store)
{
    sqlite_store *self = (sqlite_store *)store;
    // What a failed disk still holds is for the next start to judge.
    if (self->broken)
        sqlite3_db_config(self->writer.connection.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sw_connection_close(&self->writer.connection);
    sw_batch_clear(&self->writer.batch);
    sw_directory_close(&self->directory);
    free(self);
}

static bool read_last_chunk(sw_writer *writer, sw_error *err)
{
    sw_query query;
    bool     found;
    if (!sw_query_begin(&query, &writer->connection, SW_SQL_GET_LAST_CHUNK, err) ||
        !sw_query_step(&query, &found, err))
        return false;
    writer->last_chunk = sw_query_get_int(&query);
    sw_query_end(&query);
    return true;
}

static bool open_file(sqlite_store *self, sw_error *err)
{
    sw_connection *connection = &self->writer.connection;
    if (!sw_connection_open(connection, self->directory.file_path, SW_WRITES, err))
        return false;
    sqlite3_wal_hook(connection->db, note_log_pages, self);
    if (sw_schema_prepare(connection, err) && read_last_chunk(&self->writer, err))
        return true;
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sw_connection_close(connection);
    return false;
}

static sqlite_store *new_store(void)
{
    sqlite_store *self = calloc(1, sizeof *self);
    if (self != NULL)
        self->store = (sw_store){.name = "sqlite",
                                 .commit = sqlite_commit,
                                 .checkpoint = sqlite_checkpoint,
                                 .reader_open = sqlite_reader_open,
                                 .close = sqlite_close};
    return self;
}

bool sw_store_open_sqlite(const sw_store_options *options, sw_store **store, sw_error *err)
{
    sqlite_store *self = new_store();
    if (self == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    if (!sw_directory_open(&self->directory, options->directory, err)) {
        free(self);
        return false;
    }
    if (!open_file(self, err)) {
        sw_directory_close(&self->directory);
        free(self);
        return false;
    }
    *store = &self->store;
    return true;
}
