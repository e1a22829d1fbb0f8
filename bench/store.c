// store.c: executions per second through a store's commit, beside the floor that the disk sets.
//
//     bench-store [DIRECTORY [SECONDS]]
//
// An execution is an insert (name a UUID, input of 200 bytes), two history chunks of 400 bytes and
// an end (output of 200 bytes). How far apart start and end are, in batches, is its life: 0 means
// the same batch. The floor appends the same bytes to a file that is then synced, a batch at a
// time. Rates are sustained: checkpoints are part of them. For each row: executions a second,
// microseconds of this process's CPU (system included) for each, bytes written for each, a batch's
// median and 99th percentile, and the rate as a share of the floor's.

#include "stepwell/store.h"

#include "base/chance.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX   1024
#define LIFE_MAX    64
#define SAMPLES_MAX 200000
#define CHUNK_BYTES 400
#define BODY_BYTES  200

static char      chunk_text[CHUNK_BYTES], body_text[BODY_BYTES];
static sw_chance chance;

// Executions that wait for their end, by the batch they started in.
typedef struct started {
    int64_t id[BATCH_MAX];
    size_t  count;
} started;

typedef struct run {
    const char *directory;
    double      seconds;
    size_t      batch, life;
    started     waiting[LIFE_MAX];
    double      samples[SAMPLES_MAX];
    size_t      batches;
    int64_t     next_id;
    // The batch that is being made.
    sw_execution_row rows[2 * BATCH_MAX];
    char             names[BATCH_MAX][37];
    sw_record        records[8 * BATCH_MAX];
    size_t           row_count, record_count;
} run;

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double written_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_oublock * 512;
}

static void stop_on(const sw_error *err)
{
    fprintf(stderr, "bench-store: %s\n", err->message);
    exit(1);
}

// --- Batches -------------------------------------------------------------------------------------

static void add_events(run *r, int64_t id, int64_t first)
{
    r->records[r->record_count++] = (sw_record){
        .kind = SW_RECORD_EVENTS, .id = id, .number = first, .text = {chunk_text, CHUNK_BYTES}};
}

static void add_row(run *r, sw_record_kind kind, sw_execution_row row)
{
    r->rows[r->row_count] = row;
    r->records[r->record_count++] =
        (sw_record){.kind = kind, .execution = &r->rows[r->row_count++]};
}

static void add_start(run *r, size_t place)
{
    int64_t id = r->next_id++;
    sw_chance_uuid(&chance, r->names[place]);
    add_row(r, SW_RECORD_EXECUTION,
            (sw_execution_row){.id = id,
                               .machine = 1,
                               .revision = 1,
                               .name = {r->names[place], 36},
                               .start_ms = 1700000000000 + id / 16,
                               .seed = sw_chance_bits(&chance),
                               .due_ms = INT64_MAX,
                               .input = {body_text, BODY_BYTES}});
    add_events(r, id, 1);
    started *batch = &r->waiting[r->batches % LIFE_MAX];
    batch->id[batch->count++] = id;
}

static void add_end(run *r, int64_t id)
{
    add_events(r, id, 6);
    add_row(r, SW_RECORD_EXECUTION_ENDED,
            (sw_execution_row){.id = id,
                               .status = 1,
                               .stop_ms = 1700000000000 + r->next_id / 16,
                               .event_count = 10,
                               .output = {body_text, BODY_BYTES},
                               .has_output = true});
}

static void make_batch(run *r)
{
    r->row_count = r->record_count = 0;
    r->waiting[r->batches % LIFE_MAX].count = 0;
    for (size_t i = 0; i < r->batch; i++)
        add_start(r, i);
    if (r->batches < r->life)
        return;
    const started *due = &r->waiting[(r->batches - r->life) % LIFE_MAX];
    for (size_t i = 0; i < due->count; i++)
        add_end(r, due->id[i]);
}

// --- Measuring -----------------------------------------------------------------------------------

static int compare_samples(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

typedef struct figures {
    double rate, cpu_us, bytes, p50_ms, p99_ms;
} figures;

typedef void write_batch(run *r, void *what);

static figures measure(run *r, write_batch *write, void *what)
{
    double began = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double bytes = written_bytes(), at = began;
    for (r->batches = 0; at - began < r->seconds && r->batches < SAMPLES_MAX; r->batches++) {
        double from = at;
        make_batch(r);
        write(r, what);
        at = seconds_of(CLOCK_MONOTONIC);
        r->samples[r->batches] = (at - from) * 1e3;
    }
    double done = (double)(r->batches * r->batch);
    qsort(r->samples, r->batches, sizeof *r->samples, compare_samples);
    return (figures){.rate = done / (at - began),
                     .cpu_us = (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / done * 1e6,
                     .bytes = (written_bytes() - bytes) / done,
                     .p50_ms = r->samples[r->batches / 2],
                     .p99_ms = r->samples[r->batches * 99 / 100]};
}

static void write_to_store(run *r, void *what)
{
    sw_store *store = what;
    sw_error  err;
    if (!store->commit(store, r->records, r->record_count, &err))
        stop_on(&err);
    store->checkpoint(store);
}

static void write_to_file(run *r, void *what)
{
    static char bytes[BATCH_MAX * 2 * (CHUNK_BYTES + BODY_BYTES)];
    size_t      count = r->batch * 2 * (CHUNK_BYTES + BODY_BYTES);
    int         fd = *(int *)what;
    if (write(fd, bytes, count) != (ssize_t)count || fdatasync(fd) != 0) {
        perror("bench-store");
        exit(1);
    }
}

// --- Runs ----------------------------------------------------------------------------------------

static void remove_files(const char *directory)
{
    static const char *const names[] = {"stepwell.db", "stepwell.db-wal", "stepwell.db-shm",
                                        "stepwell.lock", "floor"};
    char                     path[4096];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
}

static figures measure_floor(run *r)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/floor", r->directory);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    r->next_id = 1;
    figures floor = measure(r, write_to_file, &fd);
    close(fd);
    return floor;
}

static figures measure_store(run *r, bool memory)
{
    sw_store_options options = {.directory = r->directory};
    sw_store        *store;
    sw_error         err;
    remove_files(r->directory);
    if (!(memory ? sw_store_open_memory : sw_store_open_sqlite)(&options, &store, &err))
        stop_on(&err);
    r->next_id = 1;
    figures result = measure(r, write_to_store, store);
    store->close(store);
    remove_files(r->directory);
    return result;
}

static void print(const run *r, const char *what, figures f, double floor_rate)
{
    printf("%-7s batch %4zu  life %2zu  %8.0f/s  %6.1f us CPU  %7.0f B  p50 %7.2f ms  "
           "p99 %7.2f ms  %5.2f of floor\n",
           what, r->batch, r->life, f.rate, f.cpu_us, f.bytes, f.p50_ms, f.p99_ms,
           f.rate / floor_rate);
    fflush(stdout);
}

static void compare(run *r, size_t batch)
{
    static const size_t lives[] = {0, 1, 20};
    r->batch = batch;
    r->life = 0;
    figures floor = measure_floor(r);
    print(r, "floor", floor, floor.rate);
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        r->life = lives[i];
        print(r, "sqlite", measure_store(r, false), floor.rate);
    }
}

int main(int argc, char **argv)
{
    static const size_t batches[] = {1, 16, 64, 256, 512};
    static run          r;
    r.directory = argc > 1 ? argv[1] : ".";
    r.seconds = argc > 2 ? strtod(argv[2], NULL) : 5;
    sw_chance_seed(&chance, 1, 1);
    memset(chunk_text, 'e', sizeof chunk_text);
    memset(body_text, 'b', sizeof body_text);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        compare(&r, batches[i]);
    r.life = 1;
    print(&r, "memory", measure_store(&r, true), 1e9);
    return 0;
}
