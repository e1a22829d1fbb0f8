// test_crash.c: after any death the store opens and holds exactly what was committed.
//
// The batch that was being committed when the store died may be there as a whole: nobody was told
// about it. SEEDS=n in the environment runs more of the random ones.

#define _DEFAULT_SOURCE // MAP_ANONYMOUS, usleep

#include "check.h"
#include "faulty_vfs.h"
#include "kit.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define BATCHES 8
#define STEPS   12

static sw_error err;
static char    *dumps[BATCHES + 1]; // of the model after so many batches

static bool open_store(sw_store **store)
{
    return sw_store_open_sqlite(&(sw_store_options){.directory = kit_folder_path()}, store, &err);
}

static void make_dumps(uint64_t seed)
{
    static kit_maker maker;
    sw_store        *model;
    if (!sw_store_open_memory(NULL, &model, &err))
        abort();
    kit_maker_init(&maker, seed);
    for (int i = 0;; i++) {
        dumps[i] = kit_dump(model, &err);
        if (i == BATCHES)
            break;
        kit_make_batch(&maker, STEPS);
        CHECK(model->commit(model, maker.records, maker.record_count, &err));
    }
    model->close(model);
    kit_maker_clear(&maker);
}

static void free_dumps(void)
{
    for (int i = 0; i <= BATCHES; i++)
        free(dumps[i]);
}

// Commits until one fails; how many were acknowledged.
static int commit_all(sw_store *store, uint64_t seed)
{
    static kit_maker maker;
    int              acknowledged = 0;
    kit_maker_init(&maker, seed);
    for (; acknowledged < BATCHES; acknowledged++) {
        kit_make_batch(&maker, STEPS);
        if (!store->commit(store, maker.records, maker.record_count, &err))
            break;
    }
    kit_maker_clear(&maker);
    return acknowledged;
}

// The store holds the acknowledged batches, and perhaps the one after them.
static void check_holds(int acknowledged, long due)
{
    sw_store *store;
    if (!check_true(__FILE__, __LINE__, open_store(&store), err.message))
        return;
    char *dump = kit_dump(store, &err);
    bool  holds = dump != NULL && strcmp(dump, dumps[acknowledged]) == 0;
    bool  and_next =
        dump != NULL && acknowledged < BATCHES && strcmp(dump, dumps[acknowledged + 1]) == 0;
    if (!holds && !and_next)
        printf("operation %ld, %d acknowledged: %s\n", due, acknowledged,
               dump == NULL ? err.message : "something else is there");
    CHECK(holds || and_next);
    free(dump);
    store->close(store);
}

typedef enum aftermath { PROCESS_DIED, SOME_LOST, ALL_LOST, AFTERMATHS } aftermath;

// One life that ends at an operation; false when it ended before it.
static bool live_and_die(uint64_t seed, long due, aftermath after)
{
    sw_store *store;
    int       acknowledged = 0;
    kit_folder();
    faulty_set(FAULTY_DIES, due);
    if (open_store(&store)) {
        acknowledged = commit_all(store, seed);
        store->close(store); // and its checkpoint
    }
    bool died = faulty.failed;
    faulty_set(FAULTY_NONE, 0);
    if (after == PROCESS_DIED)
        faulty_forget();
    else
        faulty_cut_power(seed + (uint64_t)due, after == ALL_LOST);
    check_holds(acknowledged, due);
    return died;
}

TEST(crash__at_each_write_leaves_exactly_what_was_committed)
{
    uint64_t    seed = 5;
    const char *more = getenv("SEEDS");
    uint64_t    seeds = more != NULL ? strtoull(more, NULL, 10) : 1;
    faulty_register();
    for (; seeds > 0; seeds--, seed++) {
        make_dumps(seed);
        long lives = 0;
        for (int after = 0; after < AFTERMATHS; after++)
            for (long due = 1; live_and_die(seed, due, (aftermath)after); due++)
                lives++;
        CHECK(lives > 300);
        free_dumps();
    }
    faulty_unregister();
}

TEST(crash__a_full_disk_passes)
{
    faulty_register();
    make_dumps(7);
    bool came = true;
    for (long due = 1; came; due += 3) {
        sw_store *store;
        kit_folder();
        faulty_set(FAULTY_FULL, due);
        if (!open_store(&store)) {
            CHECK(strstr(err.message, "the disk is full") != NULL);
            faulty_set(FAULTY_NONE, 0);
            check_holds(0, due);
            continue;
        }
        static kit_maker maker;
        kit_maker_init(&maker, 7);
        came = false;
        for (int i = 0; i < BATCHES; i++) {
            kit_make_batch(&maker, STEPS);
            if (store->commit(store, maker.records, maker.record_count, &err))
                continue;
            came = true;
            CHECK(strstr(err.message, "the disk is full") != NULL);
            char *dump = kit_dump(store, &err);
            CHECK_STR(dump, dumps[i]);
            free(dump);
            faulty_set(FAULTY_NONE, 0); // somebody made room
            CHECK(store->commit(store, maker.records, maker.record_count, &err));
        }
        store->close(store);
        came = came || faulty.failed;
        kit_maker_clear(&maker);
        faulty_set(FAULTY_NONE, 0);
        check_holds(BATCHES, due);
    }
    free_dumps();
    faulty_unregister();
}

TEST(crash__a_failed_sync_stops_the_writing)
{
    faulty_register();
    make_dumps(9);
    bool came = true;
    for (long due = 1; came; due += 5) {
        sw_store *store;
        kit_folder();
        faulty_set(FAULTY_SYNC, due);
        if (!open_store(&store)) {
            faulty_set(FAULTY_NONE, 0);
            check_holds(0, due);
            continue;
        }
        int acknowledged = commit_all(store, 9);
        came = faulty.failed;
        if (acknowledged < BATCHES) {
            sw_record nothing = {.kind = SW_RECORD_ACTIVITY_TASK_GONE, .id = 1};
            CHECK(!store->commit(store, &nothing, 1, &err));
            CHECK(strstr(err.message, "nothing is written any more") != NULL);
        }
        store->close(store);
        faulty_set(FAULTY_NONE, 0);
        faulty_cut_power((uint64_t)due, due % 2 == 0);
        check_holds(acknowledged, due);
    }
    free_dumps();
    faulty_unregister();
}

// --- A process that is killed --------------------------------------------------------------------

#define KILLED_STEPS 30

// Goes on behind the batches that are there, in a child, until somebody kills it.
static void commit_forever(uint64_t seed, int there, atomic_int *acknowledged)
{
    static kit_maker maker;
    sw_store        *store;
    if (!open_store(&store))
        _exit(1);
    kit_maker_init(&maker, seed);
    maker.large_bytes = 40000;
    for (int i = 0; i < 100000; i++) {
        kit_make_batch(&maker, KILLED_STEPS);
        if (i < there)
            continue;
        if (!store->commit(store, maker.records, maker.record_count, &err))
            _exit(2);
        atomic_store(acknowledged, i + 1);
        store->checkpoint(store);
    }
    _exit(3);
}

TEST(crash__a_killed_process_loses_nothing_that_it_acknowledged)
{
    static kit_maker maker;
    atomic_int      *acknowledged =
        mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sw_store *model, *store;
    sw_chance chance;
    int       there = 0;
    kit_folder();
    sw_chance_seed(&chance, (uint64_t)getpid(), 1);
    kit_maker_init(&maker, 3);
    maker.large_bytes = 40000;
    REQUIRE(acknowledged != MAP_FAILED && sw_store_open_memory(NULL, &model, &err));
    for (int round = 0; round < 20; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            commit_forever(3, there, acknowledged);
        usleep((useconds_t)(sw_chance_fraction(&chance) * 150000));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status));
        REQUIRE(check_true(__FILE__, __LINE__, open_store(&store), err.message));
        char *got = kit_dump(store, &err), *expected = NULL;
        store->close(store);
        for (; there <= atomic_load(acknowledged) + 1; there++) {
            free(expected);
            expected = kit_dump(model, &err);
            if (there >= atomic_load(acknowledged) && strcmp(got, expected) == 0)
                break;
            kit_make_batch(&maker, KILLED_STEPS);
            CHECK(model->commit(model, maker.records, maker.record_count, &err));
        }
        REQUIRE(there <= atomic_load(acknowledged) + 1);
        atomic_store(acknowledged, there); // what is there is what the next one goes on from
        free(got);
        free(expected);
    }
    model->close(model);
    kit_maker_clear(&maker);
    munmap(acknowledged, sizeof *acknowledged);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(crash__at_each_write_leaves_exactly_what_was_committed);
    RUN(crash__a_full_disk_passes);
    RUN(crash__a_failed_sync_stops_the_writing);
    RUN(crash__a_killed_process_loses_nothing_that_it_acknowledged);
    kit_folder();
    kit_remove_folder();
    return CHECK_END();
}
