// bench.c: nanoseconds of processor time for each case of cases.py: `bench [MILLISECONDS] <
// cases.jsonl`
//
// One line a case: name, set, nanoseconds to evaluate, nanoseconds to compile, and the result as
// JSON. The data is parsed and the expression compiled once; each evaluation starts with an empty
// arena.

#include "stepwell/jsonata.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct task {
    const sw_jsonata  *compiled;
    sw_jsonata_input   input;
    sw_jsonata_binding bindings[64];
    sw_str             expr;
    sw_arena           work;
} task;

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void evaluate(task *t)
{
    sw_value result;
    sw_arena_reset(&t->work);
    sw_jsonata_evaluate(t->compiled, &t->input, &t->work, &result, NULL);
}

static void compile(task *t)
{
    const sw_jsonata *compiled;
    sw_arena_reset(&t->work);
    sw_jsonata_compile(&t->work, t->expr, NULL, &compiled, NULL);
}

// Grows the number of rounds until they take long enough.
static double measure(task *t, void (*once)(task *), double budget_ns)
{
    once(t);
    for (double rounds = 16;; rounds *= 4) {
        double start = cpu_ns();
        for (double i = 0; i < rounds; i++)
            once(t);
        double took = cpu_ns() - start;
        if (took >= budget_ns)
            return took / rounds;
    }
}

static bool prepare(sw_arena *arena, sw_value item, task *t)
{
    sw_value bindings = sw_value_get(item, SW_STR("bindings"));
    *t = (task){.expr = sw_value_str(sw_value_get(item, SW_STR("expr")))};
    t->input.input = sw_value_get(item, SW_STR("data"));
    t->input.bindings = t->bindings;
    for (; bindings.type == SW_OBJECT && t->input.binding_count < bindings.size;
         t->input.binding_count++)
        t->bindings[t->input.binding_count] =
            (sw_jsonata_binding){sw_value_key(bindings, t->input.binding_count),
                                 sw_value_member(bindings, t->input.binding_count)};
    sw_arena_init(&t->work);
    return sw_jsonata_compile(arena, t->expr, NULL, &t->compiled, NULL);
}

static void run(sw_arena *arena, sw_str line, double budget_ns)
{
    sw_value item, result = sw_undefined();
    task     t;
    if (!sw_json_parse(arena, line, 0, &item, NULL) || !prepare(arena, item, &t)) {
        fprintf(stderr, "bad case: %.*s\n", SW_STR_ARG(line));
        exit(2);
    }
    double evaluated = measure(&t, evaluate, budget_ns),
           compiled = measure(&t, compile, budget_ns / 4);
    bool ok = sw_jsonata_evaluate(t.compiled, &t.input, &t.work, &result, NULL);
    printf("%.*s\t%.*s\t%.1f\t%.1f\t%s\n",
           SW_STR_ARG(sw_value_str(sw_value_get(item, SW_STR("name")))),
           SW_STR_ARG(sw_value_str(sw_value_get(item, SW_STR("set")))), evaluated, compiled,
           !ok                           ? "error"
           : result.type == SW_UNDEFINED ? "undefined"
                                         : sw_json_print(arena, result).text);
    sw_arena_clear(&t.work);
}

int main(int argc, char **argv)
{
    double   budget_ns = (argc > 1 ? atof(argv[1]) : 20) * 1e6;
    char    *line = NULL;
    size_t   capacity = 0;
    ssize_t  bytes;
    sw_arena arena;
    sw_arena_init(&arena);
    while ((bytes = getline(&line, &capacity, stdin)) > 0) {
        run(&arena, (sw_str){line, (size_t)bytes}, budget_ns);
        sw_arena_reset(&arena);
    }
    sw_arena_clear(&arena);
    free(line);
    return 0;
}
