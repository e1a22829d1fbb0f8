// json.c: our JSON reader and printer beside yyjson's, over files.
//
//     bench-json [FILE...]
//
// For each file, in turns: parsing alone, and parsing and printing again. yyjson reads numbers as
// text (YYJSON_READ_NUMBER_AS_RAW), because ours does. Ours prints two ways: untouched, which
// copies the source's text, and rebuilt, which prints every value. The figure is the best of many
// rounds, in microseconds; the ratio is ours over yyjson's. Without a file, texts are made up.

#include "stepwell/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

#define ROUNDS  60
#define ROUND_S 0.004

typedef struct work {
    sw_str   text;
    sw_arena arena; // emptied for each run
    size_t   result_bytes;
} work;

typedef void (*measured)(work *w);

static void parse_ours(work *w)
{
    sw_value value;
    sw_error err;
    sw_arena_reset(&w->arena);
    if (!sw_json_parse(&w->arena, w->text, 0, &value, &err)) {
        fprintf(stderr, "%u:%u: %s\n", err.line, err.column, err.message);
        exit(1);
    }
    w->result_bytes = value.size;
}

static void parse_yyjson(work *w)
{
    yyjson_doc *doc = yyjson_read(w->text.text, w->text.bytes, YYJSON_READ_NUMBER_AS_RAW);
    w->result_bytes = yyjson_doc_get_read_size(doc);
    yyjson_doc_free(doc);
}

static void print_ours(work *w)
{
    sw_value value;
    sw_arena_reset(&w->arena);
    if (sw_json_parse(&w->arena, w->text, 0, &value, NULL))
        w->result_bytes = sw_json_print(&w->arena, value).bytes;
}

static void print_yyjson(work *w)
{
    yyjson_doc *doc = yyjson_read(w->text.text, w->text.bytes, YYJSON_READ_NUMBER_AS_RAW);
    char       *text = yyjson_write(doc, YYJSON_WRITE_NOFLAG, &w->result_bytes);
    free(text);
    yyjson_doc_free(doc);
}

static sw_value rebuild(sw_arena *arena, sw_value v)
{
    sw_value *items, result;
    size_t    count = v.type == SW_OBJECT ? 2 * (size_t)v.size : v.size;
    if (v.type != SW_OBJECT && v.type != SW_ARRAY)
        return v;
    result = v.type == SW_OBJECT ? sw_object_build(arena, v.size, &items)
                                 : sw_array_build(arena, v.size, &items);
    for (size_t i = 0; i < count; i++)
        items[i] = rebuild(arena, v.items[i]);
    return result;
}

static void print_rebuilt(work *w)
{
    sw_value value;
    sw_arena_reset(&w->arena);
    if (sw_json_parse(&w->arena, w->text, 0, &value, NULL))
        w->result_bytes = sw_json_print(&w->arena, rebuild(&w->arena, value)).bytes;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double round_us(measured run, work *w)
{
    double started = now_s(), ended = started;
    size_t runs = 0;
    for (size_t batch = 1; ended - started < ROUND_S; batch *= 2) {
        for (size_t i = 0; i < batch; i++)
            run(w);
        runs += batch;
        ended = now_s();
    }
    return (ended - started) / (double)runs * 1e6;
}

static void compare(const char *file, const char *what, work *w, measured ours, measured theirs)
{
    double best_ours = 1e300, best_theirs = 1e300;
    for (int i = 0; i < ROUNDS; i++) {
        double a = round_us(ours, w), b = round_us(theirs, w);
        best_ours = a < best_ours ? a : best_ours;
        best_theirs = b < best_theirs ? b : best_theirs;
    }
    printf("%-28s %-16s %10.3f us %10.3f us  %5.2f\n", file, what, best_ours, best_theirs,
           best_ours / best_theirs);
}

static void measure(const char *name, sw_str text)
{
    work w = {.text = text};
    sw_arena_init(&w.arena);
    compare(name, "parse", &w, parse_ours, parse_yyjson);
    compare(name, "parse, print", &w, print_ours, print_yyjson);
    compare(name, "parse, rebuild", &w, print_rebuilt, print_yyjson);
    sw_arena_clear(&w.arena);
}

static sw_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    size_t bytes = (size_t)ftell(file);
    char  *text = malloc(bytes + 1);
    rewind(file);
    if (text == NULL || fread(text, 1, bytes, file) != bytes) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return (sw_str){text, bytes};
}

// An object of count members: names and values of every kind.
static sw_str make_text(size_t count)
{
    char *text = malloc(count * 120 + 3), *at = text;
    if (text == NULL)
        exit(1);
    *at++ = '{';
    for (size_t i = 0; i < count; i++)
        at += snprintf(at, 120,
                       "%s\"member-%zu\":{\"id\":%zu,\"price\":%zu.25,\"ok\":true,\"tags\":"
                       "[\"a\",\"b \\\"c\\\"\",null]}",
                       i > 0 ? "," : "", i, i, i * 7);
    *at++ = '}';
    return (sw_str){text, (size_t)(at - text)};
}

int main(int argc, char **argv)
{
    printf("%-28s %-16s %13s %13s  %5s\n", "file", "what", "ours", "yyjson", "ratio");
    for (int i = 1; i < argc; i++) {
        sw_str text = read_file(argv[i]);
        size_t length = strlen(argv[i]);
        measure(argv[i] + (length > 28 ? length - 28 : 0), text);
        free((char *)(uintptr_t)text.text);
    }
    for (size_t count = 10; argc < 2 && count <= 100000; count *= 10) {
        sw_str text = make_text(count);
        measure(count == 10      ? "made up, 10"
                : count == 100   ? "made up, 100"
                : count == 1000  ? "made up, 1000"
                : count == 10000 ? "made up, 10000"
                                 : "made up, 100000",
                text);
        free((char *)(uintptr_t)text.text);
    }
    return 0;
}
