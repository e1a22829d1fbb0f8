// engine.c: how many executions of a workload the engine does in a second of the processor's time.
//
//   bench-engine [OPTION...] DEFINITION [INPUT EXPECTED]
//
//     --history      events are kept
//     --seconds S    of one block (1); --blocks N of them (5): prints median, least and most
//     --count N      N executions and no clock: for callgrind
//     --bytes        prints the memory that an execution, or a machine, takes until its end
//
// Text in, text out: parsing the input and printing the output are part of the work. The output is
// checked first; a wrong one is no figure. Without INPUT it is the definition that is measured:
// read, checked, compiled.

#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct job {
    sw_str      definition, input, expected;
    sw_machine *machine; // NULL: the definition is the work
    bool        history;
    char       *out;
    size_t      out_bytes, used_bytes;
} job;

#define OUT_BYTES_MAX (16u << 20)
#define BLOCKS_MAX    99

static _Noreturn void stop(const char *what, const char *message)
{
    fprintf(stderr, "bench-engine: %s: %s\n", what, message);
    exit(1);
}

// Larger blocks are kept from one execution to the next, so it is not malloc that knows: all that
// an execution makes is in its arena.
static size_t used_bytes(const sw_arena *arena)
{
    return arena->bytes - (size_t)(arena->end - arena->at);
}

// The work ----------------------------------------------------------------------------------------

static sw_machine *compile(sw_str definition)
{
    sw_arena           arena;
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {.type = SW_EXPRESS, .format = SW_SOURCE_JSON};
    sw_machine        *machine = NULL;
    sw_error           err = {0};
    sw_arena_init(&arena);
    if (!sw_machine_new(definition, &options, &arena, &diagnostics, &machine, &err))
        stop("definition", diagnostics.first != NULL
                               ? sw_str_copy(&arena, diagnostics.first->message).text
                               : err.message);
    sw_arena_clear(&arena);
    return machine;
}

static sw_execution *start(const job *j)
{
    sw_execution_options options = {
        .id = SW_STR("arn:aws:states:us-east-1:123456789012:execution:bench:run"),
        .name = SW_STR("run"),
        .machine_id = SW_STR("arn:aws:states:us-east-1:123456789012:stateMachine:bench"),
        .machine_name = SW_STR("bench"),
        .input = j->input,
        .seed = 1,
        .keep_history = j->history};
    sw_execution *execution = NULL;
    sw_error      err;
    if (!sw_execution_new(j->machine, &options, &execution, &err))
        stop("input", err.message);
    return execution;
}

static void go_on_to_the_end(sw_execution *execution)
{
    sw_effects   effects;
    sw_error     err;
    int64_t      now_ms = 1700000000000;
    sw_happening happening = {.kind = SW_HAPPENED_START};
    do {
        if (!sw_execution_handle(execution, &happening, now_ms, &effects, &err))
            stop("execution", err.message);
        happening.kind = SW_HAPPENED_TIME_PASSED;
        now_ms = sw_execution_next_due(execution);
    } while (sw_execution_get_status(execution) == SW_RUNNING);
}

static void execute(job *j)
{
    sw_execution *execution = start(j);
    go_on_to_the_end(execution);
    const sw_payload *output = sw_execution_get_output(execution);
    if (output == NULL)
        stop("failed", sw_execution_get_failure(execution)->cause.text);
    sw_str text = sw_payload_text(output);
    if (text.bytes > OUT_BYTES_MAX)
        stop("output", "too large");
    memcpy(j->out, text.text, text.bytes);
    j->out_bytes = text.bytes;
    j->used_bytes = used_bytes(&execution->arena);
    sw_execution_free(execution);
}

static void work(job *j)
{
    if (j->machine != NULL) {
        execute(j);
        return;
    }
    sw_machine *machine = compile(j->definition);
    j->used_bytes = used_bytes(&machine->arena);
    sw_machine_unref(machine);
}

static void check(job *j)
{
    sw_arena arena;
    sw_value got, expected;
    work(j);
    if (j->machine == NULL)
        return;
    sw_arena_init(&arena);
    if (!sw_json_parse(&arena, (sw_str){j->out, j->out_bytes}, 0, &got, NULL) ||
        !sw_json_parse(&arena, j->expected, 0, &expected, NULL) || !sw_value_equal(got, expected))
        stop("output", "not the expected one");
    sw_arena_clear(&arena);
}

// Measuring ---------------------------------------------------------------------------------------

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double measure_block(job *j, double seconds)
{
    double from = processor_seconds(), passed;
    long   count = 0;
    do {
        work(j);
        count++;
        passed = count % 4 == 0 ? processor_seconds() - from : 0;
    } while (passed < seconds);
    return (double)count / passed;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(job *j, double seconds, int blocks)
{
    double rates[BLOCKS_MAX];
    for (int i = 0; i < blocks; i++)
        rates[i] = measure_block(j, seconds);
    qsort(rates, (size_t)blocks, sizeof rates[0], by_size);
    printf("%.2f %.2f %.2f\n", rates[blocks / 2], rates[0], rates[blocks - 1]);
}

// scripts/check-costs counts instructions in here, by name.
__attribute__((noinline, noclone)) void bench_repeat(job *j, long count);

void bench_repeat(job *j, long count)
{
    for (long i = 0; i < count; i++)
        work(j);
}

// -------------------------------------------------------------------------------------------------

static sw_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        stop(path, "cannot be read");
    size_t bytes = (size_t)ftell(file);
    char  *text = malloc(bytes + 1);
    rewind(file);
    if (text == NULL || fread(text, 1, bytes, file) != bytes)
        stop(path, "cannot be read");
    fclose(file);
    return (sw_str){text, bytes};
}

typedef struct wishes {
    double seconds;
    int    blocks;
    long   count;
    bool   history, bytes;
} wishes;

// The number of arguments read.
static int read_options(int argc, char **argv, wishes *w)
{
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--history") == 0)
            w->history = true;
        else if (strcmp(argv[at], "--bytes") == 0)
            w->bytes = true;
        else if (strcmp(argv[at], "--seconds") == 0 && at + 1 < argc)
            w->seconds = strtod(argv[++at], NULL);
        else if (strcmp(argv[at], "--blocks") == 0 && at + 1 < argc)
            w->blocks = (int)strtol(argv[++at], NULL, 10);
        else if (strcmp(argv[at], "--count") == 0 && at + 1 < argc)
            w->count = strtol(argv[++at], NULL, 10);
        else
            stop(argv[at], "no such option");
    }
    return at;
}

int main(int argc, char **argv)
{
    wishes w = {.seconds = 1, .blocks = 5};
    int    at = read_options(argc, argv, &w);
    if ((argc - at != 1 && argc - at != 3) || w.blocks < 1 || w.blocks > BLOCKS_MAX)
        stop("usage", "bench-engine [OPTION...] DEFINITION [INPUT EXPECTED]");
    job j = {.definition = read_file(argv[at]), .history = w.history, .out = malloc(OUT_BYTES_MAX)};
    if (argc - at == 3) {
        j.machine = compile(j.definition);
        j.input = read_file(argv[at + 1]);
        j.expected = read_file(argv[at + 2]);
    }
    check(&j);
    if (w.bytes)
        printf("%zu\n", j.used_bytes);
    else if (w.count > 0)
        bench_repeat(&j, w.count);
    else
        measure(&j, w.seconds, w.blocks);
    sw_machine_unref(j.machine);
    return 0;
}
