// test_sqlite.c: what only a store in a file has to stand: other processes, damage, other versions.

#define _DEFAULT_SOURCE

#include "check.h"
#include "kit.h"

#include "store/schema.h"

#include <sys/wait.h>
#include <time.h>

static sw_error err;

static bool open_store(sw_store **store)
{
    return sw_store_open_sqlite(&(sw_store_options){.directory = kit_folder_path()}, store, &err);
}

static const char *file_path(void)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/stepwell.db", kit_folder_path());
    return path;
}

// A store with some batches in it, closed again.
static void fill(void)
{
    static kit_maker maker;
    sw_store        *store;
    kit_folder();
    if (!check_true(__FILE__, __LINE__, open_store(&store), err.message))
        return;
    kit_maker_init(&maker, 1);
    for (int i = 0; i < 10; i++) {
        kit_make_batch(&maker, 200);
        CHECK(store->commit(store, maker.records, maker.record_count, &err));
    }
    kit_maker_clear(&maker);
    store->close(store);
}

static void run_sql(const char *sql)
{
    sqlite3 *db;
    CHECK_INT(sqlite3_open(file_path(), &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static char *read_file(size_t *bytes)
{
    FILE *file = fopen(file_path(), "rb");
    char *text = malloc(1 << 24);
    *bytes = file != NULL ? fread(text, 1, 1 << 24, file) : 0;
    if (file != NULL)
        fclose(file);
    return text;
}

static void write_file(const char *text, size_t bytes)
{
    FILE *file = fopen(file_path(), "wb");
    CHECK(file != NULL && fwrite(text, 1, bytes, file) == bytes);
    if (file != NULL)
        fclose(file);
}

// Opening fails, says this, and leaves the file as it is.
static void check_refused(const char *message)
{
    size_t    before_bytes, after_bytes;
    char     *before = read_file(&before_bytes), *after;
    sw_store *store;
    bool      opened = open_store(&store);
    CHECK(!opened);
    if (opened)
        store->close(store);
    else if (strstr(err.message, message) == NULL)
        CHECK_STR(err.message, message);
    after = read_file(&after_bytes);
    CHECK(before_bytes == after_bytes && memcmp(before, after, after_bytes) == 0);
    free(before);
    free(after);
}

// --- Processes and folders -----------------------------------------------------------------------

TEST(sqlite__a_second_process_is_refused_at_once)
{
    int       ready[2], done[2];
    char      expected[64], byte = 0;
    sw_store *store;
    kit_folder();
    fflush(stdout);
    REQUIRE(pipe(ready) == 0 && pipe(done) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool opened = open_store(&store);
        (void)!write(ready[1], opened ? "y" : "n", 1);
        (void)!read(done[0], &byte, 1);
        _exit(0); // without closing: the lock goes with the process
    }
    CHECK(read(ready[0], &byte, 1) == 1 && byte == 'y');
    time_t began = time(NULL);
    CHECK(!open_store(&store));
    CHECK(time(NULL) - began < 2);
    snprintf(expected, sizeof expected, "in use by process %ld", (long)child);
    CHECK(strstr(err.message, expected) != NULL);
    CHECK(write(done[1], "x", 1) == 1);
    waitpid(child, NULL, 0);
    REQUIRE(check_true(__FILE__, __LINE__, open_store(&store), err.message));
    store->close(store);
}

// As nobody, since root may write everywhere.
static int open_as_nobody(void)
{
    sw_store *store;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(3);
        if (open_store(&store))
            _exit(1);
        _exit(strstr(err.message, "Permission denied") != NULL ? 0 : 2);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(sqlite__a_directory_that_cannot_be_written_is_named)
{
    sw_store *store;
    kit_folder();
    CHECK(chmod(kit_folder_path(), 0555) == 0);
    CHECK_INT(open_as_nobody(), 0);
    CHECK(chmod(kit_folder_path(), 0755) == 0);
    CHECK(!sw_store_open_sqlite(&(sw_store_options){.directory = "/nowhere/at/all"}, &store, &err));
    CHECK_STR(err.message, "cannot make the data directory /nowhere/at/all: "
                           "No such file or directory");
    CHECK(!sw_store_open_sqlite(&(sw_store_options){.directory = "/dev/null"}, &store, &err));
    CHECK(strstr(err.message, "Not a directory") != NULL);
}

// --- Damage --------------------------------------------------------------------------------------

TEST(sqlite__damage_is_named_and_nothing_is_changed)
{
    size_t bytes;
    fill();
    char *good = read_file(&bytes);
    write_file("this is not a database, it is a text that somebody put here instead of one", 74);
    check_refused("is damaged (file is not a database)");
    write_file(good, bytes / 2);
    check_refused("is damaged");
    memset(good, 0x5a, 100); // the header
    write_file(good, bytes);
    check_refused("is damaged");
    free(good);
}

TEST(sqlite__a_damaged_page_is_found_when_it_is_read)
{
    size_t    bytes, damaged = 0;
    sw_store *store;
    fill();
    char *good = read_file(&bytes);
    CHECK(bytes > 20 * 8192);
    for (size_t page = 2; page < bytes / 8192; page++) {
        char saved[8192];
        memcpy(saved, good + page * 8192, sizeof saved);
        memset(good + page * 8192, 0xa5, sizeof saved);
        write_file(good, bytes);
        memcpy(good + page * 8192, saved, sizeof saved);
        if (!open_store(&store)) {
            damaged++;
            CHECK(strstr(err.message, "is damaged") != NULL);
            continue;
        }
        char *dump = kit_dump(store, &err);
        if (dump == NULL) {
            damaged++;
            CHECK(strstr(err.message, "is damaged") != NULL);
        }
        free(dump);
        store->close(store);
    }
    CHECK(damaged > bytes / 8192 / 2);
    free(good);
}

TEST(sqlite__what_is_not_ours_stays_as_it_is)
{
    kit_folder();
    run_sql("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
    check_refused("is not a store of Stepwell's");
}

// --- Versions ------------------------------------------------------------------------------------

TEST(sqlite__a_newer_version_is_refused)
{
    fill();
    run_sql("PRAGMA user_version = 99");
    check_refused("is of version 99, made by a newer Stepwell");
}

static int64_t version_of(sw_connection *connection)
{
    sqlite3_stmt *statement;
    sqlite3_prepare_v2(connection->db, "PRAGMA user_version", -1, &statement, NULL);
    sqlite3_step(statement);
    int64_t version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

#define NOW SW_SCHEMA_VERSION

TEST(sqlite__migrates_in_steps_and_all_or_nothing)
{
    static const sw_migration good[] = {
        {NOW, "ALTER TABLE machines ADD COLUMN mood TEXT; UPDATE machines SET mood = 'calm'"},
        {NOW + 1, "CREATE TABLE moods AS SELECT mood FROM machines"},
    };
    static const sw_migration bad[] = {{NOW, "CREATE TABLE half (a)"},
                                       {NOW + 1, "INSERT INTO nowhere"}};
    sw_connection             connection;
    fill();
    REQUIRE(sw_connection_open(&connection, file_path(), SW_WRITES, &err));
    CHECK(!sw_schema_migrate(&connection, bad, 2, NOW + 2, &err));
    CHECK_INT(version_of(&connection), NOW);
    CHECK(!sw_connection_execute(&connection, "SELECT * FROM half", &err));
    CHECK(!sw_schema_migrate(&connection, good, 1, NOW + 2, &err));
    CHECK(strstr(err.message, "no way from version") != NULL);
    CHECK_INT(version_of(&connection), NOW);
    CHECK(sw_schema_migrate(&connection, good, 2, NOW + 2, &err));
    CHECK_INT(version_of(&connection), NOW + 2);
    CHECK(sw_connection_execute(&connection, "SELECT mood FROM moods", &err));
    sw_connection_close(&connection);
}

// What a store of each version lacked.
TEST(sqlite__opens_stores_of_every_older_version)
{
    sw_store     *store;
    sw_connection connection;
    fill();
    run_sql("DROP INDEX executions_by_name;"
            "CREATE UNIQUE INDEX executions_by_name ON executions (machine, name);"
            "ALTER TABLE executions DROP COLUMN generated_name;"
            "ALTER TABLE executions DROP COLUMN mock_case; DROP TABLE map_runs;"
            "PRAGMA user_version = 1");
    REQUIRE(open_store(&store));
    store->close(store);
    REQUIRE(sw_connection_open(&connection, file_path(), SW_READS, &err));
    CHECK_INT(version_of(&connection), NOW);
    CHECK(sw_connection_execute(&connection, "SELECT mock_case, generated_name FROM executions",
                                &err));
    CHECK(sw_connection_execute(&connection, "SELECT settings, counts FROM map_runs", &err));
    sw_connection_close(&connection);
}

// --- Costs ---------------------------------------------------------------------------------------

// How SQLite goes about a statement.
static void plan(sqlite3 *db, sw_statement statement, char *text, size_t bytes)
{
    char          sql[2000];
    sqlite3_stmt *explained;
    text[0] = '\0';
    snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", sw_statement_sql(statement));
    if (sqlite3_prepare_v2(db, sql, -1, &explained, NULL) != SQLITE_OK) {
        snprintf(text, bytes, "%s", sqlite3_errmsg(db));
        return;
    }
    while (sqlite3_step(explained) == SQLITE_ROW) {
        size_t used = strlen(text);
        snprintf(text + used, bytes - used, "%s; ",
                 (const char *)sqlite3_column_text(explained, 3));
    }
    sqlite3_finalize(explained);
}

TEST(sqlite__a_page_of_a_listing_costs_a_page)
{
    static const struct {
        sw_statement statement;
        const char  *index;
    } lists[] = {
        {SW_SQL_LIST_ANY, "executions_by_start (machine=? AND start_ms"},
        {SW_SQL_LIST_SUCCEEDED, "executions_by_start (machine=? AND start_ms"},
        {SW_SQL_LIST_STATUS, "executions_by_status (machine=? AND status=? AND start_ms"},
        {SW_SQL_LIST_VERSION, "executions_by_version (machine=? AND version=? AND start_ms"},
        {SW_SQL_LIST_ALIAS, "executions_by_alias (machine=? AND alias=? AND start_ms"},
        {SW_SQL_FIND_EXECUTION_BY_NAME, "executions_by_name (machine=? AND name=?"},
    };
    sqlite3 *db;
    char     text[1000];
    fill();
    REQUIRE(sqlite3_open(file_path(), &db) == SQLITE_OK);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        plan(db, lists[i].statement, text, sizeof text);
        bool good = strstr(text, lists[i].index) != NULL && strstr(text, "SCAN") == NULL &&
                    strstr(text, "TEMP") == NULL;
        if (!good)
            CHECK_STR(text, lists[i].index);
    }
    sqlite3_close(db);
}

static sw_store *busy_store;

static bool commit_meanwhile(void *who, const sw_execution_row *row)
{
    sw_record nothing = {.kind = SW_RECORD_ACTIVITY_TASK_GONE, .id = 1};
    (void)row;
    *(bool *)who = busy_store->commit(busy_store, &nothing, 1, &err);
    busy_store->checkpoint(busy_store);
    return false;
}

TEST(sqlite__a_reader_in_the_middle_does_not_hold_up_a_commit)
{
    sw_reader *reader;
    bool       committed = false;
    fill();
    REQUIRE(open_store(&busy_store));
    REQUIRE(busy_store->reader_open(busy_store, &reader, &err));
    CHECK(reader->each_running(reader, commit_meanwhile, &committed, &err));
    CHECK(committed);
    reader->close(reader);
    busy_store->close(busy_store);
}

TEST(sqlite__views_are_readable)
{
    fill();
    run_sql("SELECT started, stopped, status, machine, arn FROM v_executions;"
            "SELECT * FROM v_machines; SELECT * FROM v_history; PRAGMA integrity_check");
}

TEST(sqlite__a_closed_store_is_one_file_that_others_cannot_read)
{
    struct stat info;
    char        log_path[160];
    fill();
    snprintf(log_path, sizeof log_path, "%s-wal", file_path());
    CHECK(stat(file_path(), &info) == 0 && (info.st_mode & 0777) == 0600);
    CHECK(stat(log_path, &info) != 0);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(sqlite__a_second_process_is_refused_at_once);
    RUN(sqlite__a_directory_that_cannot_be_written_is_named);
    RUN(sqlite__damage_is_named_and_nothing_is_changed);
    RUN(sqlite__a_damaged_page_is_found_when_it_is_read);
    RUN(sqlite__what_is_not_ours_stays_as_it_is);
    RUN(sqlite__a_newer_version_is_refused);
    RUN(sqlite__migrates_in_steps_and_all_or_nothing);
    RUN(sqlite__opens_stores_of_every_older_version);
    RUN(sqlite__a_page_of_a_listing_costs_a_page);
    RUN(sqlite__a_reader_in_the_middle_does_not_hold_up_a_commit);
    RUN(sqlite__views_are_readable);
    RUN(sqlite__a_closed_store_is_one_file_that_others_cannot_read);
    kit_folder();
    kit_remove_folder();
    return CHECK_END();
}
