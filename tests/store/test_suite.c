// test_suite.c: what every store promises, on each store that there is.

#include "check.h"
#include "kit.h"

#include <pthread.h>
#include <stdatomic.h>

static sw_error  err;
static sw_arena  arena;
static sw_store *store;
static int       which; // of the stores

typedef bool open_store(const sw_store_options *options, sw_store **store, sw_error *err);

static open_store *const stores[] = {sw_store_open_memory, sw_store_open_sqlite};

static bool open_fresh(void)
{
    sw_store_options options = {.directory = kit_folder()};
    sw_arena_reset(&arena);
    err.message[0] = '\0';
    return stores[which](&options, &store, &err);
}

#define BEGIN()                                                                                    \
    if (!check_true(__FILE__, __LINE__, open_fresh(), err.message))                                \
    return

static bool commit(const sw_record *records, size_t count)
{
    return store->commit(store, records, count, &err);
}

#define COMMIT(...)                                                                                \
    commit((sw_record[]){__VA_ARGS__}, sizeof((sw_record[]){__VA_ARGS__}) / sizeof(sw_record))

// A running execution's row; the tests change what they are about.
static sw_execution_row execution(int64_t id, const char *name)
{
    return (sw_execution_row){.id = id,
                              .machine = 1,
                              .revision = 1,
                              .name = sw_str_from(name),
                              .start_ms = 1000 + id,
                              .due_ms = INT64_MAX,
                              .input = SW_STR("{}")};
}

static sw_record start(const sw_execution_row *row)
{
    return (sw_record){.kind = SW_RECORD_EXECUTION, .execution = row};
}

static sw_record events(int64_t id, int64_t first, const char *text)
{
    return (sw_record){
        .kind = SW_RECORD_EVENTS, .id = id, .number = first, .text = sw_str_from(text)};
}

static sw_record about(sw_record_kind kind, const sw_execution_row *row)
{
    return (sw_record){.kind = kind, .execution = row};
}

static sw_execution_row ended(int64_t id, uint8_t status)
{
    return (sw_execution_row){.id = id,
                              .status = status,
                              .stop_ms = 2000 + id,
                              .event_count = 7,
                              .output = SW_STR("[1]"),
                              .has_output = status == 1};
}

// --- Against the model ---------------------------------------------------------------------------

TEST(store__prints_as_the_model_does_after_any_batches)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        static kit_maker maker;
        sw_store        *model;
        BEGIN();
        REQUIRE(sw_store_open_memory(NULL, &model, &err));
        kit_maker_init(&maker, seed);
        maker.large_bytes = seed % 2 == 0 ? 30000 : 0;
        for (int i = 0; i < 60; i++) {
            kit_make_batch(&maker, 1 + kit_pick(&maker, 40));
            CHECK(commit(maker.records, maker.record_count));
            CHECK(model->commit(model, maker.records, maker.record_count, &err));
            if (i % 20 == 0)
                store->checkpoint(store);
        }
        char *got = kit_dump(store, &err), *expected = kit_dump(model, &err);
        CHECK(got != NULL);
        CHECK_STR(got, expected);
        CHECK(got != NULL && strlen(got) > 10000);
        free(got);
        free(expected);
        model->close(model);
        store->close(store);
        kit_maker_clear(&maker);
    }
}

// --- Machines ------------------------------------------------------------------------------------

static int rows_seen;

static bool count_version(void *who, const sw_version_row *row)
{
    (void)who;
    (void)row;
    rows_seen++;
    return true;
}

static bool count_alias(void *who, const sw_alias_row *row)
{
    (void)who;
    (void)row;
    rows_seen++;
    return true;
}

static bool count_tag(void *who, sw_str arn, const sw_tag *tag)
{
    (void)who;
    (void)arn;
    (void)tag;
    rows_seen++;
    return true;
}

static bool count_machine(void *who, const sw_machine_row *row)
{
    (void)who;
    (void)row;
    rows_seen++;
    return true;
}

TEST(store__a_deleted_machine_takes_along_what_belongs_to_it)
{
    sw_machine_row  machine = {.id = 9, .arn = SW_STR("arn:m"), .name = SW_STR("m"), .revision = 5};
    sw_revision_row revision = {.id = 5, .machine = 9, .definition = SW_STR("{}")};
    sw_version_row  version = {.machine = 9, .number = 1, .revision = 5};
    sw_alias_row    alias = {.machine = 9, .name = SW_STR("live"), .version = {1}, .weight = {100}};
    sw_tag          tag = {SW_STR("a"), SW_STR("b")};
    sw_execution_row run = execution(3, "stays");
    sw_reader       *reader;
    sw_last_ids      ids;
    bool             found = true;
    BEGIN();
    run.machine = 9;
    CHECK(COMMIT({.kind = SW_RECORD_REVISION, .revision = &revision},
                 {.kind = SW_RECORD_MACHINE, .machine = &machine},
                 {.kind = SW_RECORD_VERSION, .version = &version},
                 {.kind = SW_RECORD_ALIAS, .alias = &alias},
                 {.kind = SW_RECORD_TAGS, .text = machine.arn, .tags = &tag, .tag_count = 1},
                 start(&run)));
    CHECK(COMMIT({.kind = SW_RECORD_MACHINE_DELETED, .id = 9}));
    REQUIRE(store->reader_open(store, &reader, &err));
    rows_seen = 0;
    CHECK(reader->each_machine(reader, count_machine, NULL, &err));
    CHECK(reader->each_version(reader, count_version, NULL, &err));
    CHECK(reader->each_alias(reader, count_alias, NULL, &err));
    CHECK(reader->each_tag(reader, count_tag, NULL, &err));
    CHECK_INT(rows_seen, 0);
    sw_revision_row none;
    CHECK(reader->find_revision(reader, 5, &arena, &none, &found, &err));
    CHECK(!found);
    sw_execution_row row;
    CHECK(reader->find_execution(reader, 3, &arena, &row, &found, &err));
    CHECK(found);
    // An id is never used twice, so the store remembers those that are gone.
    CHECK(reader->get_last_ids(reader, &ids, &err));
    CHECK_INT(ids.machine, 9);
    CHECK_INT(ids.revision, 5);
    CHECK_INT(ids.execution, 3);
    reader->close(reader);
    store->close(store);
}

TEST(store__last_ids_survive_the_rows)
{
    sw_activity_row      activity = {.id = 4, .arn = SW_STR("arn:a"), .name = SW_STR("a")};
    sw_activity_task_row task = {.id = 11, .activity = 4}, other = {.id = 12, .activity = 4};
    sw_execution_row     run = execution(21, "x"), end = ended(21, 1);
    sw_reader           *reader;
    sw_last_ids          ids;
    BEGIN();
    CHECK(COMMIT({.kind = SW_RECORD_ACTIVITY, .activity = &activity},
                 {.kind = SW_RECORD_ACTIVITY_TASK, .activity_task = &task},
                 {.kind = SW_RECORD_ACTIVITY_TASK, .activity_task = &other}, start(&run),
                 about(SW_RECORD_EXECUTION_ENDED, &end)));
    CHECK(COMMIT({.kind = SW_RECORD_ACTIVITY_TASK_GONE, .id = 11},
                 {.kind = SW_RECORD_ACTIVITY_TASK_GONE, .id = 11},
                 {.kind = SW_RECORD_ACTIVITY_DELETED, .id = 4},
                 {.kind = SW_RECORD_EXECUTION_PURGED, .id = 21}));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->get_last_ids(reader, &ids, &err));
    CHECK_INT(ids.activity, 4);
    CHECK_INT(ids.activity_task, 12);
    CHECK_INT(ids.execution, 21);
    reader->close(reader);
    store->close(store);
}

// --- Map Runs ------------------------------------------------------------------------------------

static bool count_map_run(void *who, const sw_map_run_row *row)
{
    int64_t *sum = who;
    *sum = *sum * 100 + row->id;
    return true;
}

TEST(store__map_runs_belong_to_an_execution)
{
    sw_map_run_row one = {.id = 5,
                          .execution = 1,
                          .attempt = 4,
                          .express = true,
                          .arn = SW_STR("arn:run"),
                          .execution_arn = SW_STR("arn:x"),
                          .state = SW_STR("M"),
                          .settings = SW_STR("{}")},
                   two = one, ended_one = one, other = one, row;
    sw_execution_row run = execution(1, "x"), end = ended(1, 1);
    sw_reader       *reader;
    sw_last_ids      ids;
    bool             found;
    int64_t          sum = 0;
    two.id = 6;
    other.id = 7;
    other.execution = 2;
    ended_one.status = 1;
    ended_one.counts = SW_STR("{\"n\":1}");
    BEGIN();
    CHECK(COMMIT(start(&run), {.kind = SW_RECORD_MAP_RUN, .map_run = &one},
                 {.kind = SW_RECORD_MAP_RUN, .map_run = &two},
                 {.kind = SW_RECORD_MAP_RUN, .map_run = &other},
                 {.kind = SW_RECORD_MAP_RUN, .map_run = &ended_one}));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->find_map_run(reader, 5, &arena, &row, &found, &err));
    REQUIRE(found);
    CHECK(sw_str_is(row.arn, "arn:run") && sw_str_is(row.execution_arn, "arn:x"));
    CHECK(sw_str_is(row.state, "M") && sw_str_is(row.counts, "{\"n\":1}"));
    CHECK(row.express && row.status == 1 && row.attempt == 4 && row.execution == 1);
    CHECK(reader->find_map_run(reader, 8, &arena, &row, &found, &err));
    CHECK(!found);
    CHECK(reader->list_map_runs(reader, 1, count_map_run, &sum, &err));
    CHECK_INT(sum, 506);
    CHECK(COMMIT(about(SW_RECORD_EXECUTION_ENDED, &end),
                 {.kind = SW_RECORD_EXECUTION_PURGED, .id = 1}));
    sum = 0;
    CHECK(reader->list_map_runs(reader, 1, count_map_run, &sum, &err));
    CHECK_INT(sum, 0);
    CHECK(reader->get_last_ids(reader, &ids, &err));
    CHECK_INT(ids.map_run, 7);
    reader->close(reader);
    store->close(store);
}

// --- Executions ----------------------------------------------------------------------------------

TEST(store__empty_and_absent_outputs_differ)
{
    sw_execution_row run = execution(1, "a"), end = ended(1, 2), row;
    sw_reader       *reader;
    bool             found;
    BEGIN();
    end.has_error = true;
    end.error = SW_STR("");
    CHECK(COMMIT(start(&run), about(SW_RECORD_EXECUTION_ENDED, &end)));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->find_execution_by_name(reader, 1, SW_STR("a"), &arena, &row, &found, &err));
    REQUIRE(found);
    CHECK(row.has_error && row.error.bytes == 0);
    CHECK(!row.has_output && !row.has_cause);
    CHECK_INT(row.status, 2);
    CHECK_INT(row.stop_ms, 2001);
    CHECK_INT(row.event_count, 7);
    CHECK_INT(row.due_ms, INT64_MAX);
    CHECK(reader->find_execution_by_name(reader, 2, SW_STR("a"), &arena, &row, &found, &err));
    CHECK(!found);
    reader->close(reader);
    store->close(store);
}

TEST(store__texts_keep_zero_bytes_and_seeds_all_bits)
{
    sw_execution_row run = execution(1, "a"), row;
    sw_reader       *reader;
    bool             found = false;
    BEGIN();
    run.input = (sw_str){"a\0b", 3};
    run.seed = UINT64_MAX - 5;
    CHECK(COMMIT(start(&run), {.kind = SW_RECORD_EVENTS, .id = 1, .number = 1, .text = run.input}));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->find_execution(reader, 1, &arena, &row, &found, &err));
    REQUIRE(found);
    CHECK(sw_str_equal(row.input, run.input));
    CHECK(row.seed == run.seed);
    reader->close(reader);
    store->close(store);
}

TEST(store__refuses_a_batch_that_contradicts_it_and_keeps_nothing_of_it)
{
    sw_execution_row one = execution(1, "one"), two = execution(2, "two"), end = ended(2, 1);
    sw_execution_row same_name = execution(3, "one"), same_id = execution(1, "other");
    sw_execution_row fresh = execution(4, "fresh"), twice = execution(5, "fresh");
    sw_execution_row unknown = ended(77, 1);
    sw_revision_row  revision = {.id = 1, .machine = 1, .definition = SW_STR("{}")};
    sw_version_row   version = {.machine = 1, .number = 1, .revision = 1};
    BEGIN();
    REQUIRE(COMMIT(start(&one), start(&two), events(2, 1, "x"),
                   about(SW_RECORD_EXECUTION_ENDED, &end),
                   {.kind = SW_RECORD_REVISION, .revision = &revision},
                   {.kind = SW_RECORD_VERSION, .version = &version}));
    char           *before = kit_dump(store, &err);
    const sw_record wrong[] = {
        start(&same_name),
        start(&same_id),
        start(&twice), // the name is in this batch already
        events(77, 1, "of nobody"),
        events(2, 9, "of an ended one"),
        about(SW_RECORD_EXECUTION_PROGRESS, &two),
        about(SW_RECORD_EXECUTION_ENDED, &unknown),
        about(SW_RECORD_EXECUTION_ENDED, &end),
        about(SW_RECORD_EXECUTION_REDRIVEN, &one),
        {.kind = SW_RECORD_EXECUTION_PURGED, .id = 1},
        {.kind = SW_RECORD_EXECUTION_PURGED, .id = 77},
        {.kind = SW_RECORD_REVISION, .revision = &revision},
        {.kind = SW_RECORD_VERSION, .version = &version},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err.code = SW_ERROR_NONE;
        CHECK(!COMMIT(start(&fresh), events(4, 1, "lost"), events(1, 1, "lost"), wrong[i]));
        CHECK_INT(err.code, SW_ERROR_INVALID);
        char *after = kit_dump(store, &err);
        CHECK_STR(after, before);
        free(after);
    }
    free(before);
    CHECK(COMMIT(start(&fresh), events(4, 1, "kept"), events(1, 1, "kept")));
    store->close(store);
}

TEST(store__a_purged_name_is_free_in_the_same_batch)
{
    sw_execution_row one = execution(1, "name"), end = ended(1, 1), next = execution(2, "name"),
                     row;
    sw_reader *reader;
    bool       found = false;
    BEGIN();
    CHECK(COMMIT(start(&one), events(1, 1, "a"), about(SW_RECORD_EXECUTION_ENDED, &end)));
    CHECK(COMMIT({.kind = SW_RECORD_EXECUTION_PURGED, .id = 1}, start(&next)));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->find_execution_by_name(reader, 1, SW_STR("name"), &arena, &row, &found, &err));
    CHECK(found && row.id == 2);
    CHECK(reader->find_execution(reader, 1, &arena, &row, &found, &err));
    CHECK(!found);
    reader->close(reader);
    store->close(store);
}

TEST(store__redrives_in_the_batch_of_the_end)
{
    sw_execution_row run = execution(1, "a"), end = ended(1, 2), row;
    sw_execution_row redriven = {
        .id = 1, .redrive_ms = 55, .redrive_count = 1, .due_ms = 99, .flags = 1};
    sw_reader *reader;
    bool       found = false;
    BEGIN();
    CHECK(COMMIT(start(&run), events(1, 1, "a")));
    CHECK(COMMIT(events(1, 3, "b"), about(SW_RECORD_EXECUTION_ENDED, &end),
                 about(SW_RECORD_EXECUTION_REDRIVEN, &redriven), events(1, 8, "c")));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->find_execution(reader, 1, &arena, &row, &found, &err));
    REQUIRE(found);
    CHECK_INT(row.status, 0);
    CHECK_INT(row.stop_ms, 0);
    CHECK_INT(row.redrive_ms, 55);
    CHECK_INT(row.redrive_count, 1);
    CHECK_INT(row.due_ms, 99);
    CHECK_INT(row.flags, 1);
    CHECK_INT(row.event_count, 7);
    reader->close(reader);
    store->close(store);
}

// --- Listing -------------------------------------------------------------------------------------

typedef struct page {
    int64_t ids[1000], starts[1000];
    size_t  count;
} page;

static bool take(void *who, const sw_execution_row *row)
{
    page *taken = who;
    taken->ids[taken->count] = row->id;
    taken->starts[taken->count++] = row->start_ms;
    return true;
}

// Ids 1 to 60: all of machine 1 but every fifth; three start in each millisecond.
static void fill_list(void)
{
    for (int64_t id = 1; id <= 60; id++) {
        char name[32];
        snprintf(name, sizeof name, "n%lld", (long long)id);
        sw_execution_row run = execution(id, name), end = ended(id, (uint8_t)(id % 5));
        run.machine = id % 5 == 0 ? 2 : 1;
        run.start_ms = 1000 + id / 3;
        run.version = id % 4 == 0 ? 7 : 0;
        run.alias = id % 8 == 0 ? SW_STR("live") : SW_STR("");
        CHECK(COMMIT(start(&run)));
        if (id % 5 != 0 && id % 7 != 0)
            CHECK(COMMIT(about(SW_RECORD_EXECUTION_ENDED, &end)));
    }
}

static void list(sw_reader *reader, sw_execution_query query, page *all)
{
    page one;
    all->count = 0;
    do {
        one.count = 0;
        CHECK(reader->list_executions(reader, &query, take, &one, &err));
        CHECK(one.count <= query.limit);
        for (size_t i = 0; i < one.count; i++) {
            all->ids[all->count] = one.ids[i];
            all->starts[all->count++] = one.starts[i];
        }
        if (one.count > 0) {
            query.before_id = one.ids[one.count - 1];
            query.before_start_ms = one.starts[one.count - 1];
        }
    } while (one.count > 0);
}

// What the listing should be, by looking at each.
static bool belongs(int64_t id, const sw_execution_query *query)
{
    bool running = id % 7 == 0;
    return id % 5 != 0 && (query->status < 0 || query->status == (running ? 0 : id % 5)) &&
           (query->version == 0 || id % 4 == 0) && (query->alias.bytes == 0 || id % 8 == 0);
}

TEST(store__listings_filter_and_page_newest_first)
{
    sw_reader  *reader;
    static page all;
    BEGIN();
    fill_list();
    REQUIRE(store->reader_open(store, &reader, &err));
    for (int status = -1; status < 5; status++)
        for (int filter = 0; filter < 3; filter++)
            for (uint32_t limit = 1; limit < 20; limit += 6) {
                sw_execution_query query = {.machine = 1, .status = status, .limit = limit};
                query.version = filter == 1 ? 7 : 0;
                query.alias = filter == 2 ? SW_STR("live") : SW_STR("");
                list(reader, query, &all);
                size_t place = 0;
                for (int64_t id = 60; id > 0; id--)
                    if (belongs(id, &query))
                        CHECK_INT(place < all.count ? all.ids[place++] : -1, id);
                CHECK_INT(all.count, place);
            }
    reader->close(reader);
    store->close(store);
}

TEST(store__pages_do_not_shift_when_executions_start)
{
    sw_reader         *reader;
    static page        one;
    sw_execution_query query = {.machine = 1, .status = -1, .limit = 10};
    int64_t            seen[1000], next = 1000; // ids
    size_t             count = 0;
    BEGIN();
    fill_list();
    REQUIRE(store->reader_open(store, &reader, &err));
    for (;;) {
        one.count = 0;
        CHECK(reader->list_executions(reader, &query, take, &one, &err));
        if (one.count == 0)
            break;
        for (size_t i = 0; i < one.count; i++)
            seen[count++] = one.ids[i];
        query.before_id = one.ids[one.count - 1];
        query.before_start_ms = one.starts[one.count - 1];
        char name[32];
        snprintf(name, sizeof name, "n%lld", (long long)next);
        sw_execution_row run = execution(next++, name);
        CHECK(COMMIT(start(&run)));
    }
    CHECK_INT(count, 48);
    for (size_t i = 1; i < count; i++)
        CHECK(seen[i] < seen[i - 1]);
    reader->close(reader);
    store->close(store);
}

static bool stop_at_two(void *who, const sw_execution_row *row)
{
    (void)row;
    return ++*(int *)who < 2;
}

TEST(store__a_visit_can_stop)
{
    sw_reader         *reader;
    sw_execution_query query = {.machine = 1, .status = -1, .limit = 10};
    int                visits = 0;
    BEGIN();
    fill_list();
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->list_executions(reader, &query, stop_at_two, &visits, &err));
    CHECK_INT(visits, 2);
    visits = 0;
    CHECK(reader->each_running(reader, stop_at_two, &visits, &err));
    CHECK_INT(visits, 2);
    reader->close(reader);
    store->close(store);
}

TEST(store__lists_what_ended_before_a_time)
{
    sw_reader  *reader;
    static page ended_page;
    BEGIN();
    fill_list(); // id ends at 2000 + id
    ended_page.count = 0;
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->list_ended(reader, 2010, 100, take, &ended_page, &err));
    static const int64_t expected[] = {1, 2, 3, 4, 6, 8, 9};
    CHECK_INT(ended_page.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        CHECK_INT(ended_page.ids[i], expected[i]);
    ended_page.count = 0;
    CHECK(reader->list_ended(reader, 2010, 3, take, &ended_page, &err));
    CHECK_INT(ended_page.count, 3);
    reader->close(reader);
    store->close(store);
}

// --- Histories -----------------------------------------------------------------------------------

static char   history[4096];
static size_t history_bytes;

static bool take_events(void *who, uint32_t first, sw_str text)
{
    (void)who;
    history_bytes += (size_t)snprintf(history + history_bytes, sizeof history - history_bytes,
                                      "%u:%.*s ", first, SW_STR_ARG(text));
    return true;
}

static const char *history_of(sw_reader *reader, int64_t id, uint32_t from, uint32_t last)
{
    history_bytes = 0;
    history[0] = '\0';
    CHECK(reader->read_history(reader, id, from, last, take_events, NULL, &err));
    return history;
}

TEST(store__history_is_read_by_range_across_batches)
{
    sw_execution_row one = execution(1, "one"), two = execution(2, "two"), end = ended(1, 1);
    sw_reader       *reader;
    BEGIN();
    CHECK(
        COMMIT(start(&one), events(1, 1, "p"), events(1, 1, "a"), start(&two), events(2, 1, "A")));
    CHECK(COMMIT(events(1, 4, "b"), events(2, 3, "B")));
    CHECK(COMMIT(events(2, 5, "C"), events(1, 8, "q"), events(1, 8, "c"), events(1, 9, "d"),
                 about(SW_RECORD_EXECUTION_ENDED, &end)));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK_STR(history_of(reader, 1, 1, UINT32_MAX), "1:p 1:a 4:b 8:q 8:c 9:d ");
    CHECK_STR(history_of(reader, 2, 1, UINT32_MAX), "1:A 3:B 5:C ");
    CHECK_STR(history_of(reader, 1, 1, 1), "1:p 1:a ");
    CHECK_STR(history_of(reader, 1, 2, 3), "1:a ");
    CHECK_STR(history_of(reader, 1, 3, 4), "1:a 4:b ");
    CHECK_STR(history_of(reader, 1, 4, 7), "4:b ");
    CHECK_STR(history_of(reader, 1, 5, 8), "4:b 8:q 8:c ");
    CHECK_STR(history_of(reader, 1, 8, 8), "8:q 8:c ");
    CHECK_STR(history_of(reader, 1, 9, 100), "9:d ");
    CHECK_STR(history_of(reader, 3, 1, UINT32_MAX), "");
    reader->close(reader);
    store->close(store);
}

TEST(store__history_of_many_chunks_and_large_ones)
{
    sw_execution_row run = execution(1, "one");
    static char      large[300000];
    sw_reader       *reader;
    BEGIN();
    memset(large, 'x', sizeof large - 1);
    CHECK(COMMIT(start(&run), events(1, 1, large)));
    for (int i = 1; i <= 500; i++)
        CHECK(COMMIT(events(1, 1 + i, "e")));
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK_STR(history_of(reader, 1, 300, 303), "300:e 301:e 302:e 303:e ");
    CHECK_INT(strlen(history_of(reader, 1, 2, 400)), 8 * 4 + 90 * 5 + 301 * 6);
    reader->close(reader);
    store->close(store);
}

// --- Secrets, threads ----------------------------------------------------------------------------

TEST(store__secret_is_made_once)
{
    unsigned char one[32], other[32], zero[32] = {0};
    sw_reader    *reader;
    BEGIN();
    REQUIRE(store->reader_open(store, &reader, &err));
    CHECK(reader->get_secret(reader, one, &err));
    CHECK(reader->get_secret(reader, other, &err));
    CHECK(memcmp(one, other, 32) == 0);
    CHECK(memcmp(one, zero, 32) != 0);
    reader->close(reader);
    store->close(store);
}

// A batch inserts ten executions, so a reader must always count a multiple of ten.
static atomic_bool writing;
static atomic_int  wrong_counts;

static void *read_all_the_time(void *who)
{
    sw_reader *reader;
    sw_error   problem;
    (void)who;
    if (!store->reader_open(store, &reader, &problem))
        return NULL;
    while (atomic_load(&writing)) {
        int64_t            count = -1;
        sw_execution_query query = {.machine = 1, .status = -1, .limit = 1000};
        page               all = {.count = 0};
        if (!reader->count_executions(reader, 1, -1, &count, &problem) || count % 10 != 0 ||
            !reader->list_executions(reader, &query, take, &all, &problem) || all.count % 10 != 0)
            atomic_fetch_add(&wrong_counts, 1);
    }
    reader->close(reader);
    return NULL;
}

TEST(store__readers_see_whole_batches_while_others_are_committed)
{
    pthread_t threads[3];
    BEGIN();
    atomic_store(&writing, true);
    atomic_store(&wrong_counts, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_all_the_time, NULL);
    for (int64_t batch = 0; batch < 80; batch++) {
        sw_execution_row rows[10];
        sw_record        records[20];
        char             names[10][32];
        for (int64_t i = 0; i < 10; i++) {
            snprintf(names[i], sizeof names[i], "%lld", (long long)(batch * 10 + i));
            rows[i] = execution(1 + batch * 10 + i, names[i]);
            records[2 * i] = start(&rows[i]);
            records[2 * i + 1] = events(rows[i].id, 1, "something that happened");
        }
        CHECK(commit(records, 20));
        store->checkpoint(store);
    }
    atomic_store(&writing, false);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(atomic_load(&wrong_counts), 0);
    store->close(store);
}

TEST(store__a_spent_arena_fails_the_find_alone)
{
    sw_execution_row run = execution(1, "one"), row;
    sw_reader       *reader;
    sw_arena         small;
    bool             found = false;
    static char      large[100000];
    BEGIN();
    run.input = (sw_str){large, sizeof large};
    CHECK(COMMIT(start(&run)));
    REQUIRE(store->reader_open(store, &reader, &err));
    sw_arena_init(&small);
    small.bytes_max = 20000;
    CHECK(!reader->find_execution(reader, 1, &small, &row, &found, &err));
    CHECK_INT(err.code, SW_ERROR_MEMORY);
    sw_arena_clear(&small);
    CHECK(reader->find_execution(reader, 1, &arena, &row, &found, &err));
    CHECK(found);
    reader->close(reader);
    store->close(store);
}

static void run_all(void)
{
    RUN(store__prints_as_the_model_does_after_any_batches);
    RUN(store__a_deleted_machine_takes_along_what_belongs_to_it);
    RUN(store__last_ids_survive_the_rows);
    RUN(store__map_runs_belong_to_an_execution);
    RUN(store__empty_and_absent_outputs_differ);
    RUN(store__texts_keep_zero_bytes_and_seeds_all_bits);
    RUN(store__refuses_a_batch_that_contradicts_it_and_keeps_nothing_of_it);
    RUN(store__a_purged_name_is_free_in_the_same_batch);
    RUN(store__redrives_in_the_batch_of_the_end);
    RUN(store__listings_filter_and_page_newest_first);
    RUN(store__pages_do_not_shift_when_executions_start);
    RUN(store__a_visit_can_stop);
    RUN(store__lists_what_ended_before_a_time);
    RUN(store__history_is_read_by_range_across_batches);
    RUN(store__history_of_many_chunks_and_large_ones);
    RUN(store__secret_is_made_once);
    RUN(store__readers_see_whole_batches_while_others_are_committed);
    RUN(store__a_spent_arena_fails_the_find_alone);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    sw_arena_init(&arena);
    for (which = 0; which < (int)(sizeof stores / sizeof *stores); which++)
        run_all();
    sw_arena_clear(&arena);
    kit_remove_folder();
    return CHECK_END();
}
