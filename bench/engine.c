// engine.c: how many executions of a workload the engine does in a second of the processor's time.
//
//   bench-engine [--history] [--seconds S] [--allocations] [--count N] NAME DEFINITION INPUT EXPECTED
//
// Text in, text out: parsing the input and printing the output are part of the work. The output is checked first; a
// wrong one is no figure. --count runs N executions and prints nothing but what they allocated: for callgrind.

#include "stepwell/execution.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *bytes = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*bytes + 1);
    *bytes = fread(text, 1, *bytes, file);
    fclose(file);
    return text;
}

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static sw_machine *read_machine(const char *path)
{
    size_t             bytes;
    char              *text = read_file(path, &bytes);
    sw_arena           arena;
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {.type = SW_STANDARD, .format = SW_SOURCE_JSON};
    sw_machine        *machine = NULL;
    sw_error           err = {0};
    sw_arena_init(&arena);
    if (!sw_machine_new((sw_str){text, bytes}, &options, &arena, &diagnostics, &machine, &err)) {
        fprintf(stderr, "%s: %s\n", path,
                diagnostics.first != NULL ? sw_str_copy(&arena, diagnostics.first->message).text : err.message);
        exit(2);
    }
    sw_arena_clear(&arena);
    free(text);
    return machine;
}

// One execution to its end. out: room for the output's text.
static size_t run(sw_machine *machine, sw_str input, bool history, char *out, size_t out_bytes)
{
    sw_execution_options options = {.id = SW_STR("arn:aws:states:us-east-1:123456789012:execution:bench:run"),
                                    .name = SW_STR("run"),
                                    .machine_id = SW_STR("arn:aws:states:us-east-1:123456789012:stateMachine:bench"),
                                    .machine_name = SW_STR("bench"),
                                    .input = input,
                                    .seed = 1,
                                    .keep_history = history};
    sw_execution        *execution;
    sw_effects           effects;
    sw_error             err;
    int64_t              now_ms = 1700000000000;
    sw_happening         happening = {.kind = SW_HAPPENED_START};
    if (!sw_execution_new(machine, &options, &execution, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(2);
    }
    do {
        if (!sw_execution_handle(execution, &happening, now_ms, &effects, &err)) {
            fprintf(stderr, "%s\n", err.message);
            exit(2);
        }
        happening.kind = SW_HAPPENED_TIME_PASSED;
        now_ms = sw_execution_next_due(execution);
    } while (sw_execution_get_status(execution) == SW_RUNNING);
    const sw_payload *output = sw_execution_get_output(execution);
    if (output == NULL) {
        const sw_failure *failure = sw_execution_get_failure(execution);
        fprintf(stderr, "failed: %.*s: %.*s\n", SW_STR_ARG(failure->error), SW_STR_ARG(failure->cause));
        exit(1);
    }
    sw_str text = sw_payload_text(output);
    size_t bytes = text.bytes < out_bytes ? text.bytes : out_bytes;
    memcpy(out, text.text, bytes);
    sw_execution_free(execution);
    return bytes;
}

static void check(sw_machine *machine, sw_str input, bool history, const char *expected_path, char *out,
                  size_t out_bytes)
{
    size_t   bytes = run(machine, input, history, out, out_bytes), expected_bytes;
    char    *expected_text = read_file(expected_path, &expected_bytes);
    sw_arena arena;
    sw_value got, expected;
    sw_arena_init(&arena);
    if (!sw_json_parse(&arena, (sw_str){out, bytes}, 0, &got, NULL) ||
        !sw_json_parse(&arena, (sw_str){expected_text, expected_bytes}, 0, &expected, NULL) ||
        !sw_value_equal(got, expected)) {
        fprintf(stderr, "the output is not the expected one: %.*s\n", (int)(bytes < 400 ? bytes : 400), out);
        exit(1);
    }
    sw_arena_clear(&arena);
    free(expected_text);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(sw_machine *machine, const char *name, sw_str input, bool history, double seconds, char *out,
                    size_t out_bytes)
{
    double rates[5];
    for (int block = 0; block < 5; block++) {
        double from = processor_seconds(), passed;
        long   count = 0;
        do {
            for (int i = 0; i < 4; i++)
                run(machine, input, history, out, out_bytes);
            count += 4;
            passed = processor_seconds() - from;
        } while (passed < seconds);
        rates[block] = (double)count / passed;
    }
    qsort(rates, 5, sizeof rates[0], by_size);
    printf("stepwell\t%s\t%s\t%.2f exec/cpu-s\tmin %.2f max %.2f\n", name, history ? "history" : "-", rates[2],
           rates[0], rates[4]);
}

int main(int argc, char **argv)
{
    bool   history = false;
    double seconds = 1.0;
    long   count = 0;
    int    at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--history") == 0)
            history = true;
        else if (strcmp(argv[at], "--seconds") == 0 && at + 1 < argc)
            seconds = strtod(argv[++at], NULL);
        else if (strcmp(argv[at], "--count") == 0 && at + 1 < argc)
            count = strtol(argv[++at], NULL, 10);
    }
    if (argc - at != 4) {
        fprintf(stderr, "usage: bench-engine [--history] [--seconds S] [--count N] NAME DEFINITION INPUT EXPECTED\n");
        return 2;
    }
    size_t      input_bytes, out_bytes = 1 << 22;
    sw_machine *machine = read_machine(argv[at + 1]);
    char       *input = read_file(argv[at + 2], &input_bytes), *out = malloc(out_bytes);
    sw_str      text = {input, input_bytes};
    check(machine, text, history, argv[at + 3], out, out_bytes);
    for (long i = 0; i < count; i++)
        run(machine, text, history, out, out_bytes);
    if (count == 0)
        measure(machine, argv[at], text, history, seconds, out, out_bytes);
    sw_machine_unref(machine);
    free(input);
    free(out);
    return 0;
}
