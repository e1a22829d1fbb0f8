// schema.c: make, recognize and migrate a store file.

#include "store/schema.h"

#include "base/hex.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

static const char *const schema[] = {
#define SCHEMA(sql) sql,
#include "schema.def"
#undef SCHEMA
};

// Ends with an empty row, since an array may not be empty.
static const sw_migration migrations[] = {
#define MIGRATION(from, sql) {from, sql},
#include "migrations.def"
#undef MIGRATION
    {0, NULL},
};

#define MIGRATION_COUNT (sizeof migrations / sizeof *migrations - 1)

// --- What the file says of itself ----------------------------------------------------------------

typedef struct identity {
    int64_t application_id, version, object_count;
} identity;

static bool read_number(sw_connection *connection, const char *sql, int64_t *number, sw_error *err)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return sw_connection_fail(connection, err);
    bool there = sqlite3_step(statement) == SQLITE_ROW;
    if (there)
        *number = sqlite3_column_int64(statement, 0);
    else
        sw_connection_fail(connection, err);
    sqlite3_finalize(statement);
    return there;
}

static bool identify(sw_connection *connection, identity *found, sw_error *err)
{
    return read_number(connection, "PRAGMA application_id", &found->application_id, err) &&
           read_number(connection, "PRAGMA user_version", &found->version, err) &&
           read_number(connection, "SELECT count(*) FROM sqlite_master", &found->object_count, err);
}

// --- Changing it ---------------------------------------------------------------------------------

static bool execute_number(sw_connection *connection, const char *format, int number, sw_error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, format, number);
    return sw_connection_execute(connection, sql, err);
}

static void roll_back(sw_connection *connection)
{
    sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
}

static bool insert_secret(sw_connection *connection, sw_error *err)
{
    unsigned char secret[32];
    char          sql[160], hex[2 * sizeof secret];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return sw_fail_errno(err, errno, "get random bytes for the store's secret");
    sw_hex_put(hex, secret, sizeof secret);
    snprintf(sql, sizeof sql, "INSERT INTO meta (key, value) VALUES ('secret', x'%.*s')",
             (int)sizeof hex, hex);
    return sw_connection_execute(connection, sql, err);
}

static bool create_all(sw_connection *connection, sw_error *err)
{
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++)
        if (!sw_connection_execute(connection, schema[i], err))
            return false;
    return insert_secret(connection, err) &&
           execute_number(connection, "PRAGMA application_id = %d", SW_SCHEMA_APPLICATION_ID,
                          err) &&
           execute_number(connection, "PRAGMA user_version = %d", SW_SCHEMA_VERSION, err);
}

static bool create(sw_connection *connection, sw_error *err)
{
    if (sw_connection_execute(connection, "BEGIN IMMEDIATE", err) && create_all(connection, err) &&
        sw_connection_execute(connection, "COMMIT", err))
        return true;
    roll_back(connection);
    return false;
}

static bool migrate_all(sw_connection *connection, const sw_migration *list, size_t count,
                        int version, sw_error *err)
{
    int64_t now = 0;
    if (!read_number(connection, "PRAGMA user_version", &now, err))
        return false;
    for (size_t i = 0; i < count && now < version; i++)
        if (list[i].from == now) {
            if (!sw_connection_execute(connection, list[i].sql, err))
                return false;
            now++;
        }
    if (now != version)
        return sw_fail(err, SW_ERROR_UNSUPPORTED, "%s: no way from version %d to %d",
                       connection->path, (int)now, version);
    return execute_number(connection, "PRAGMA user_version = %d", version, err);
}

bool sw_schema_migrate(sw_connection *connection, const sw_migration *list, size_t count,
                       int version, sw_error *err)
{
    if (sw_connection_execute(connection, "BEGIN IMMEDIATE", err) &&
        migrate_all(connection, list, count, version, err) &&
        sw_connection_execute(connection, "COMMIT", err))
        return true;
    roll_back(connection);
    return false;
}

// --- Opening -------------------------------------------------------------------------------------

// Checkpoints are the store's own business, see sqlite.c.
static bool set_journal(sw_connection *connection, sw_error *err)
{
    return sw_connection_execute(connection,
                                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "PRAGMA wal_autocheckpoint = 0",
                                 err);
}

// A process that died between making the file and making its tables has left one without objects.
static bool is_new(const identity *found)
{
    return found->application_id == 0 && found->version == 0 && found->object_count == 0;
}

bool sw_schema_prepare(sw_connection *connection, sw_error *err)
{
    identity found = {0};
    if (!identify(connection, &found, err))
        return false;
    if (is_new(&found))
        // Larger pages than SQLite's 4 KB: fewer frames a batch, and a payload spills later.
        return sw_connection_execute(connection, "PRAGMA page_size = 8192", err) &&
               set_journal(connection, err) && create(connection, err);
    if (found.application_id != SW_SCHEMA_APPLICATION_ID)
        return sw_fail(err, SW_ERROR_IO, "%s is not a store of Stepwell's: it was left as it is",
                       connection->path);
    if (found.version > SW_SCHEMA_VERSION)
        return sw_fail(err, SW_ERROR_UNSUPPORTED,
                       "%s is of version %d, made by a newer Stepwell; this one knows up to %d",
                       connection->path, (int)found.version, SW_SCHEMA_VERSION);
    return set_journal(connection, err) &&
           (found.version == SW_SCHEMA_VERSION ||
            sw_schema_migrate(connection, migrations, MIGRATION_COUNT, SW_SCHEMA_VERSION, err));
}
