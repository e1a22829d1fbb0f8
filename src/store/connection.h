// connection.h: one connection to the SQLite file, its prepared statements, and what its failures
// mean.
//
// Purpose   All SQL is in statements.def; this prepares, binds, runs and reads it.
// Owns      A connection owns its statements. Texts that are bound must stay until the statement
//           has run; texts that are read are good until the statement goes on.
// Threads   A connection belongs to one thread at a time.
// Errors    SW_ERROR_IO with a sentence for the operator; SW_ERROR_INVALID for a broken constraint.

#ifndef STEPWELL_STORE_CONNECTION_H
#define STEPWELL_STORE_CONNECTION_H

#include "stepwell/base.h"
#include "stepwell/error.h"

#include <sqlite3.h>

typedef enum sw_statement {
#define STATEMENT(id, why, sql) SW_SQL_##id,
#include "statements.def"
#undef STATEMENT
    SW_SQL_COUNT,
} sw_statement;

const char *sw_statement_sql(sw_statement statement);

typedef struct sw_connection {
    sqlite3      *db;
    const char   *path; // borrowed from the store
    sqlite3_stmt *statements[SW_SQL_COUNT];
} sw_connection;

typedef enum sw_access { SW_READS, SW_WRITES } sw_access;

// One connection alone writes and checkpoints; all others only read and leave no trace when they
// close.
bool sw_connection_open(sw_connection *connection, const char *path, sw_access access,
                        sw_error *err);
void sw_connection_close(sw_connection *connection);

// Says in err what SQLite's last failure on this connection means; returns false.
bool sw_connection_fail(sw_connection *connection, sw_error *err);

// Several statements in one text, for opening and migrating.
bool sw_connection_execute(sw_connection *connection, const char *sql, sw_error *err);

// Running: begin, put the parameters in order, then run it or step through its rows and end it.
typedef struct sw_query {
    sw_connection *connection;
    sqlite3_stmt  *statement;
    int            place; // of the last parameter put, or column got
} sw_query;

bool sw_query_begin(sw_query *query, sw_connection *connection, sw_statement statement,
                    sw_error *err);
void sw_query_put_int(sw_query *query, int64_t number);
void sw_query_put_text(sw_query *query, sw_str text);     // as it is, empty too
void sw_query_put_optional(sw_query *query, sw_str text); // empty is NULL
void sw_query_put_maybe(sw_query *query, bool there, sw_str text);
void sw_query_put_blob(sw_query *query, sw_str bytes);
void sw_query_put_null(sw_query *query);
bool sw_query_run(sw_query *query, sw_error *err); // for a statement without rows; ends it

// *row says whether there is one. On false the query has ended.
bool    sw_query_step(sw_query *query, bool *row, sw_error *err);
int64_t sw_query_get_int(sw_query *query);
sw_str  sw_query_get_text(sw_query *query);      // NULL is empty; blobs too
bool    sw_query_is_null(const sw_query *query); // the next column
void    sw_query_end(sw_query *query);

// A statement without parameters and rows.
bool sw_connection_run(sw_connection *connection, sw_statement statement, sw_error *err);

#endif
