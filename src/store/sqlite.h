// sqlite.h: the parts of the SQLite backend, to each other.
//
// sqlite.c opens and commits, sqlite_write.c turns a batch into statements, sqlite_read.c is a
// reader.

#ifndef STEPWELL_STORE_SQLITE_H
#define STEPWELL_STORE_SQLITE_H

#include "store/batch.h"
#include "store/connection.h"

// What writing remembers from batch to batch.
typedef struct sw_writer {
    sw_connection connection;
    sw_batch      batch;
    int64_t       last_chunk; // history.id of the newest
    sw_last_ids   deleted;    // the largest ones deleted in this batch
} sw_writer;

// Runs the statements for all records, within the transaction that is open. On failure the caller
// rolls back and gives writer->last_chunk its old value.
bool sw_writer_write(sw_writer *writer, const sw_record *records, size_t count, sw_error *err);

// A reader on a connection of its own.
bool sw_reader_open_sqlite(const char *path, sw_reader **reader, sw_error *err);

#endif
