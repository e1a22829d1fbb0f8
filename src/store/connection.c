// connection.c: a connection, its statements, and what its failures mean to an operator.

#include "store/connection.h"

#include "base/assert.h"

#include <errno.h>
#include <limits.h>

// How long a program that has opened our file for writing may keep us waiting.
#define BUSY_WAIT_MS 5000

static const char *const statement_sql[] = {
#define STATEMENT(id, why, sql) [SW_SQL_##id] = sql,
#include "statements.def"
#undef STATEMENT
};

const char *sw_statement_sql(sw_statement statement)
{
    return statement_sql[statement];
}

// --- What went wrong -----------------------------------------------------------------------------

static bool fail_io(sw_connection *connection, sw_error *err)
{
    int number = sqlite3_system_errno(connection->db);
    if (number == ENOSPC || number == EDQUOT)
        return sw_fail(err, SW_ERROR_IO, "the disk is full: %s cannot grow", connection->path);
    return sw_fail(err, SW_ERROR_IO, "the disk failed under %s: %s", connection->path,
                   number != 0 ? strerror(number) : sqlite3_errmsg(connection->db));
}

bool sw_connection_fail(sw_connection *connection, sw_error *err)
{
    const char *path = connection->path;
    switch (sqlite3_errcode(connection->db)) {
    case SQLITE_FULL:
        return sw_fail(err, SW_ERROR_IO, "the disk is full: %s cannot grow", path);
    case SQLITE_IOERR:
        return fail_io(connection, err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return sw_fail(err, SW_ERROR_IO,
                       "%s is damaged (%s): nothing was changed; docs/store.md says what to do",
                       path, sqlite3_errmsg(connection->db));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return sw_fail(err, SW_ERROR_IO, "cannot write %s: the file or its directory is read-only",
                       path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sw_fail(err, SW_ERROR_IO, "another program holds %s: it may only read it", path);
    case SQLITE_NOMEM:
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    case SQLITE_CONSTRAINT:
        return sw_fail(err, SW_ERROR_INVALID, "a record contradicts the store: %s",
                       sqlite3_errmsg(connection->db));
    default:
        return sw_fail(err, SW_ERROR_IO, "%s: %s", path, sqlite3_errmsg(connection->db));
    }
}

// --- Opening -------------------------------------------------------------------------------------

// Memory that grows with use: the writer's working set decides the speed of a large store.
#define WRITER_SETUP "PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY"
#define READER_SETUP "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA query_only = 1"

bool sw_connection_open(sw_connection *connection, const char *path, sw_access access,
                        sw_error *err)
{
    bool writes = access == SW_WRITES;
    int  flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    *connection = (sw_connection){.path = path};
    int result = sqlite3_open_v2(path, &connection->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (connection->db == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "out of memory");
    if (result != SQLITE_OK) {
        sw_connection_fail(connection, err);
        sw_connection_close(connection);
        return false;
    }
    sqlite3_busy_timeout(connection->db, BUSY_WAIT_MS);
    // Nothing in the file is run for us that we have not written.
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!writes)
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (!sw_connection_execute(connection, writes ? WRITER_SETUP : READER_SETUP, err)) {
        sw_connection_close(connection);
        return false;
    }
    return true;
}

void sw_connection_close(sw_connection *connection)
{
    for (int i = 0; i < SW_SQL_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    *connection = (sw_connection){.path = connection->path};
}

bool sw_connection_execute(sw_connection *connection, const char *sql, sw_error *err)
{
    if (sqlite3_exec(connection->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sw_connection_fail(connection, err);
    return true;
}

// --- Running -------------------------------------------------------------------------------------

bool sw_query_begin(sw_query *query, sw_connection *connection, sw_statement statement,
                    sw_error *err)
{
    sqlite3_stmt **prepared = &connection->statements[statement];
    *query = (sw_query){.connection = connection};
    if (*prepared == NULL &&
        sqlite3_prepare_v3(connection->db, statement_sql[statement], -1, SQLITE_PREPARE_PERSISTENT,
                           prepared, NULL) != SQLITE_OK)
        return sw_connection_fail(connection, err);
    // A visit that left by longjmp has left its statement standing.
    sqlite3_reset(*prepared);
    query->statement = *prepared;
    return true;
}

// Binding fails only for a place that is not there and for texts beyond SQLite's limit of 1 GB,
// which no record comes near: both are our own bug.
static void check_bound(int result)
{
    SW_ASSERT(result == SQLITE_OK);
}

void sw_query_put_int(sw_query *query, int64_t number)
{
    check_bound(sqlite3_bind_int64(query->statement, ++query->place, number));
}

void sw_query_put_null(sw_query *query)
{
    check_bound(sqlite3_bind_null(query->statement, ++query->place));
}

void sw_query_put_text(sw_query *query, sw_str text)
{
    SW_ASSERT(text.bytes <= INT_MAX);
    // A NULL pointer would bind NULL.
    check_bound(sqlite3_bind_text(query->statement, ++query->place, text.bytes > 0 ? text.text : "",
                                  (int)text.bytes, SQLITE_STATIC));
}

void sw_query_put_blob(sw_query *query, sw_str bytes)
{
    SW_ASSERT(bytes.bytes <= INT_MAX);
    check_bound(sqlite3_bind_blob(query->statement, ++query->place,
                                  bytes.bytes > 0 ? bytes.text : "", (int)bytes.bytes,
                                  SQLITE_STATIC));
}

void sw_query_put_maybe(sw_query *query, bool there, sw_str text)
{
    if (there)
        sw_query_put_text(query, text);
    else
        sw_query_put_null(query);
}

void sw_query_put_optional(sw_query *query, sw_str text)
{
    sw_query_put_maybe(query, text.bytes > 0, text);
}

bool sw_query_step(sw_query *query, bool *row, sw_error *err)
{
    int result = sqlite3_step(query->statement);
    query->place = 0;
    if (result == SQLITE_ROW || result == SQLITE_DONE) {
        *row = result == SQLITE_ROW;
        return true;
    }
    sw_connection_fail(query->connection, err);
    sw_query_end(query);
    return false;
}

bool sw_query_run(sw_query *query, sw_error *err)
{
    bool row;
    if (!sw_query_step(query, &row, err))
        return false;
    SW_ASSERT(!row);
    sw_query_end(query);
    return true;
}

int64_t sw_query_get_int(sw_query *query)
{
    return sqlite3_column_int64(query->statement, query->place++);
}

sw_str sw_query_get_text(sw_query *query)
{
    int         column = query->place++;
    const void *text = sqlite3_column_blob(query->statement, column);
    size_t      bytes = (size_t)sqlite3_column_bytes(query->statement, column);
    return text == NULL ? (sw_str){"", 0} : (sw_str){text, bytes};
}

bool sw_query_is_null(const sw_query *query)
{
    return sqlite3_column_type(query->statement, query->place) == SQLITE_NULL;
}

void sw_query_end(sw_query *query)
{
    sqlite3_reset(query->statement);
}

bool sw_connection_run(sw_connection *connection, sw_statement statement, sw_error *err)
{
    sw_query query;
    return sw_query_begin(&query, connection, statement, err) && sw_query_run(&query, err);
}
