// machines.c: every folder of tests/machines is a claim about the engine, and each has to hold in
// three ways.
//
//   <claim>/definition.asl.json   the machine
//           input.json            what it is started with; absent: {}
//           mock.json             what its tasks answer (tools/play.h)
//           options.json          type "EXPRESS", event_limit, payload_bytes_max, seed
//           expected.json         status; output or output_text (byte for byte); error, cause,
//                                 failed_state
//           history.txt           the events, one a line; a line `@2.5 s` says when time has moved
//                                 on
//
//   history   the run ends as expected, by the expected events
//   replay    rebuilt from any number of its records and carried on, it records the same to the
//             last detail
//   memory    when the nth allocation fails, that is an error and nothing worse, and what was
//             committed until then can be carried on. (Not every n: each claim has its own.)
//
// `unit-machines --update FILTER...` writes history.txt as it is now. Read what it wrote.

#include "check.h"

#include "base/arena.h"
#include "tools/play.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER       "tests/machines"
#define CLAIMS_MAX   1000
#define MEMORY_TRIES 60u // for each claim

typedef struct claim {
    const char *name;
    sw_arena    arena;
    sw_str      definition, input, history;
    sw_value    mock, options, expected;
    sw_machine *machine;
    play        quiet; // the undisturbed run
} claim;

static claim *current; // that the tests below are about
static bool   updating;

// Reading -----------------------------------------------------------------------------------------

static sw_str read_part(claim *c, const char *file)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "/%s/%s", c->name, file);
    return play_read_file(path, &c->arena);
}

static sw_value read_json(claim *c, const char *file)
{
    sw_error err;
    sw_value value;
    sw_str   text = read_part(c, file);
    if (text.text == NULL)
        return sw_undefined();
    if (!sw_json_parse(&c->arena, text, 0, &value, &err)) {
        printf("%s/%s: %s (line %u)\n", c->name, file, err.message, err.line);
        check_state.failures_here++;
        return sw_undefined();
    }
    return value;
}

static sw_value option(const claim *c, const char *name)
{
    return sw_value_get(c->options, sw_str_from(name));
}

static void print_diagnostics(const sw_diagnostics *diagnostics)
{
    for (const sw_diagnostic *d = diagnostics->first; d != NULL; d = d->next)
        printf("    %.*s: %.*s at %.*s\n", SW_STR_ARG(d->code), SW_STR_ARG(d->message),
               SW_STR_ARG(d->location));
}

static bool make_machine(const claim *c, sw_arena *arena, sw_machine **machine, sw_error *err)
{
    sw_diagnostics     diagnostics = {0};
    sw_value           type = option(c, "type");
    sw_machine_options options = {.format = SW_SOURCE_JSON};
    if (type.type == SW_STRING && sw_str_is(sw_value_str(type), "EXPRESS"))
        options.type = SW_EXPRESS;
    err->code = SW_ERROR_NONE;
    bool ok = sw_machine_new(c->definition, &options, arena, &diagnostics, machine, err);
    if (!ok && err->code != SW_ERROR_MEMORY) {
        printf("%s: the definition is refused: %s\n", c->name, err->message);
        print_diagnostics(&diagnostics);
    }
    return ok;
}

// A play of the claim, ready to be started or resumed.
static void set_up(const claim *c, sw_machine *machine, play *p)
{
    play_init(p, machine, c->input, c->mock);
    sw_value limit = option(c, "event_limit"), bytes = option(c, "payload_bytes_max"),
             seed = option(c, "seed");
    if (limit.type == SW_NUMBER)
        p->options.event_limit = (uint32_t)sw_value_number(limit);
    if (bytes.type == SW_NUMBER)
        p->options.payload_bytes_max = (uint32_t)sw_value_number(bytes);
    if (seed.type == SW_NUMBER)
        p->options.seed = (uint64_t)sw_value_number(seed);
}

static bool open_claim(claim *c, const char *name)
{
    sw_error err;
    *c = (claim){.name = name};
    sw_arena_init(&c->arena);
    c->definition = read_part(c, "definition.asl.json");
    c->input = read_part(c, "input.json");
    while (c->input.bytes > 0 && c->input.text[c->input.bytes - 1] == '\n')
        c->input.bytes--;
    c->history = read_part(c, "history.txt");
    c->mock = read_json(c, "mock.json");
    c->options = read_json(c, "options.json");
    c->expected = read_json(c, "expected.json");
    return make_machine(c, &c->arena, &c->machine, &err);
}

static void close_claim(claim *c)
{
    play_clear(&c->quiet);
    sw_machine_unref(c->machine);
    sw_arena_clear(&c->arena);
}

// History -----------------------------------------------------------------------------------------

static sw_str print_history(claim *c)
{
    size_t          count, bytes = 0;
    const sw_event *records = sw_execution_get_records(c->quiet.execution, &count);
    int64_t         at_ms = PLAY_START_MS;
    sw_str         *lines = SW_ARENA_ARRAY(&c->arena, sw_str, 2 * count + 1);
    size_t          line_count = 0;
    for (size_t i = 0; i < count; i++) {
        sw_str line = play_print_event(c->quiet.execution, &records[i], &c->arena);
        if (line.bytes == 0)
            continue;
        if (records[i].timestamp_ms != at_ms) {
            at_ms = records[i].timestamp_ms;
            lines[line_count++] =
                sw_str_format(&c->arena, "@%.10g s", (double)(at_ms - PLAY_START_MS) / 1000.0);
        }
        lines[line_count++] = line;
    }
    for (size_t i = 0; i < line_count; i++)
        bytes += lines[i].bytes + 1;
    char *text = sw_arena_alloc(&c->arena, bytes + 1), *to = text;
    for (size_t i = 0; i < line_count; i++) {
        memcpy(to, lines[i].text, lines[i].bytes);
        to += lines[i].bytes;
        *to++ = '\n';
    }
    *to = '\0';
    return (sw_str){text, bytes};
}

static sw_str next_line(sw_str *text)
{
    const char *end = text->bytes == 0 ? NULL : memchr(text->text, '\n', text->bytes);
    sw_str      line = {text->text, end == NULL ? text->bytes : (size_t)(end - text->text)};
    size_t      used = line.bytes + (end != NULL);
    text->text += used;
    text->bytes -= used;
    return line;
}

static void check_history(claim *c)
{
    sw_str got = print_history(c), expected = c->history;
    if (c->history.text == NULL) {
        printf("%s/history.txt is missing; it would be\n%.*s", c->name, SW_STR_ARG(got));
        check_state.failures_here++;
        return;
    }
    for (int line = 1; got.bytes > 0 || expected.bytes > 0; line++) {
        sw_str a = next_line(&got), b = next_line(&expected);
        if (sw_str_equal(a, b))
            continue;
        printf("%s/history.txt:%d: got\n    %.*s\nexpected\n    %.*s\n", c->name, line,
               SW_STR_ARG(a), SW_STR_ARG(b));
        check_state.failures_here++;
        return;
    }
}

static void write_history(claim *c)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "/%s/history.txt", c->name);
    FILE  *file = fopen(path, "wb");
    sw_str text = print_history(c);
    if (file != NULL) {
        fwrite(text.text, 1, text.bytes, file);
        fclose(file);
    }
}

// Outcome -----------------------------------------------------------------------------------------

static void differs(const claim *c, const char *what, sw_str got, sw_str expected)
{
    printf("%s: %s is\n    %.*s\nexpected\n    %.*s\n", c->name, what, SW_STR_ARG(got),
           SW_STR_ARG(expected));
    check_state.failures_here++;
}

static void check_text_part(const claim *c, const char *what, bool has, sw_str got)
{
    sw_value expected = sw_value_get(c->expected, sw_str_from(what));
    sw_str   text = expected.type == SW_STRING ? sw_value_str(expected) : SW_STR("(absent)");
    if (!has)
        got = SW_STR("(absent)");
    if (!sw_str_equal(got, text))
        differs(c, what, got, text);
}

static void check_output(claim *c, sw_str got)
{
    sw_value text = sw_value_get(c->expected, SW_STR("output_text"));
    sw_value output = sw_value_get(c->expected, SW_STR("output")), value;
    if (text.type == SW_STRING) {
        if (!sw_str_equal(got, sw_value_str(text)))
            differs(c, "the output", got, sw_value_str(text));
        return;
    }
    if (!sw_json_parse(&c->arena, got, 0, &value, NULL) || !sw_value_equal(value, output))
        differs(c, "the output", got, sw_json_print(&c->arena, output));
}

static void check_outcome(claim *c)
{
    const sw_execution *x = c->quiet.execution;
    const char         *status = sw_status_name(sw_execution_get_status(x));
    const sw_failure   *failure = sw_execution_get_failure(x);
    check_text_part(c, "status", true, sw_str_from(status));
    if (sw_execution_get_output(x) != NULL)
        check_output(c, sw_payload_text(sw_execution_get_output(x)));
    check_text_part(c, "error", failure != NULL && failure->has_error,
                    failure ? failure->error : (sw_str){0});
    check_text_part(c, "cause", failure != NULL && failure->has_cause,
                    failure ? failure->cause : (sw_str){0});
    if (sw_value_get(c->expected, SW_STR("failed_state")).type == SW_STRING)
        check_text_part(c, "failed_state", true, sw_execution_get_failed_state(x));
}

static void test_history(void)
{
    sw_error err = {0};
    set_up(current, current->machine, &current->quiet);
    if (!play_start(&current->quiet, &err) || !play_on(&current->quiet, &err)) {
        printf("%s: %s\n", current->name, err.message);
        check_state.failures_here++;
        return;
    }
    if (updating)
        write_history(current);
    else
        check_history(current);
    check_outcome(current);
}

// Replay ------------------------------------------------------------------------------------------

// Compares all records; says where they part.
static bool same_records(const claim *c, const play *got, const char *how, size_t prefix)
{
    size_t          count, got_count;
    const sw_event *records = sw_execution_get_records(c->quiet.execution, &count);
    const sw_event *others = sw_execution_get_records(got->execution, &got_count);
    sw_arena        arena;
    bool            same = true;
    sw_arena_init(&arena);
    for (size_t i = prefix; i < (count > got_count ? count : got_count) && same; i++) {
        sw_str a = i < got_count ? play_print_record(got->execution, &others[i], &arena)
                                 : SW_STR("(nothing)");
        sw_str b = i < count ? play_print_record(c->quiet.execution, &records[i], &arena)
                             : SW_STR("(nothing)");
        same = sw_str_equal(a, b);
        if (!same)
            printf("%s: %s %zu of %zu records, record %zu is\n    %.*s\nand was\n    %.*s\n",
                   c->name, how, prefix, count, i + 1, SW_STR_ARG(a), SW_STR_ARG(b));
        sw_arena_reset(&arena);
    }
    sw_arena_clear(&arena);
    if (same && !sw_str_equal(sw_execution_get_failed_state(got->execution),
                              sw_execution_get_failed_state(c->quiet.execution))) {
        printf("%s: %s %zu of %zu records, it failed in another state\n", c->name, how, prefix,
               count);
        same = false;
    }
    return same;
}

static bool carries_on(const claim *c, const sw_event *records, size_t prefix, const char *how)
{
    sw_error err = {0};
    play     p;
    set_up(c, c->machine, &p);
    bool ok = play_resume(&p, records, prefix, &err) && play_on(&p, &err);
    if (!ok)
        printf("%s: %s %zu records: %s\n", c->name, how, prefix, err.message);
    ok = ok && same_records(c, &p, how, prefix);
    play_clear(&p);
    return ok;
}

static void test_replay(void)
{
    size_t          count;
    const sw_event *records = sw_execution_get_records(current->quiet.execution, &count);
    for (size_t prefix = 0; prefix <= count; prefix++) {
        if (!carries_on(current, records, prefix, "rebuilt from")) {
            check_state.failures_here++;
            return;
        }
    }
}

// Memory ------------------------------------------------------------------------------------------

// One run with the nth allocation failing. False when there were fewer: it has come to its end.
static bool survives_failure(const claim *c, uint64_t n, bool *good)
{
    sw_error    err = {0};
    sw_machine *machine = NULL;
    sw_arena    arena;
    play        p;
    sw_arena_init(&arena);
    sw_arena_fail_after(n);
    bool ok = make_machine(c, &arena, &machine, &err);
    set_up(c, machine, &p);
    ok = ok && play_start(&p, &err) && play_on(&p, &err);
    sw_arena_fail_after(0);
    *good = ok || err.code == SW_ERROR_MEMORY;
    if (!*good)
        printf("%s: allocation %llu fails: %s\n", c->name, (unsigned long long)n, err.message);
    if (!ok && *good && p.execution != NULL) {
        size_t          count;
        const sw_event *records = sw_execution_get_records(p.execution, &count);
        *good = carries_on(c, records, p.committed, "out of memory after");
    }
    play_clear(&p);
    sw_machine_unref(machine);
    sw_arena_clear(&arena);
    return !ok;
}

static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static void test_memory(void)
{
    size_t count;
    sw_execution_get_records(current->quiet.execution, &count);
    uint64_t step = 1 + count * 8 / MEMORY_TRIES, n = 1 + hash_name(current->name) % step;
    bool     good = true;
    for (unsigned tries = 0; good && tries < 2000 && survives_failure(current, n, &good); tries++) {
        n += step;
        if (tries % MEMORY_TRIES == MEMORY_TRIES - 1)
            step *= 2;
    }
    CHECK(good);
}

// -------------------------------------------------------------------------------------------------

static void run_part(const char *part, void (*test)(void))
{
    char name[300];
    snprintf(name, sizeof name, "%s/%s", current->name, part);
    check_run(name, test);
}

static void fail_to_open(void)
{
    CHECK(!"it can be read and its definition accepted");
}

static void run_claim(const char *name)
{
    static claim c;
    current = &c;
    if (!check_wanted(name))
        return;
    if (open_claim(&c, name)) {
        int failed = check_state.failed;
        check_state.filter_count = 0;
        run_part("history", test_history);
        if (!updating && c.quiet.execution != NULL && check_state.failed == failed) {
            run_part("replay", test_replay);
            run_part("memory", test_memory);
        }
    } else {
        run_part("definition", fail_to_open);
    }
    close_claim(&c);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_claims(char **names)
{
    size_t         count = 0;
    DIR           *folder = opendir(FOLDER);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL && count < CLAIMS_MAX) {
        if (strchr(entry->d_name, '.') == NULL)
            names[count++] = strdup(entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

int main(int argc, char **argv)
{
    static char *names[CLAIMS_MAX];
    updating = argc > 1 && strcmp(argv[1], "--update") == 0;
    CHECK_BEGIN(argc - updating, argv + updating);
    int    filters = check_state.filter_count;
    size_t count = list_claims(names);
    for (size_t i = 0; i < count; i++) {
        check_state.filter_count = filters;
        run_claim(names[i]);
        free(names[i]);
    }
    if (count == 0)
        printf("no claims in " FOLDER "\n");
    return count == 0 ? 1 : CHECK_END();
}
