// jsonata_suite.c: runs JSONata cases from files and says which fail.
//
//     jsonata_suite [--verbose] DATASETS FILE...
//
// Each FILE is a JSON array of cases: expr, data or dataset (a name in DATASETS), bindings, and
// the outcome as result, undefinedResult, result_re or error; v2_0_6 takes precedence over it.
// Cases with parses only have to compile. The last line is `N passed, N failed`.

#include "stepwell/jsonata.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct outcome {
    bool             ok;
    sw_value         result;
    sw_jsonata_error err;
} outcome;

static int  passed, failed;
static bool verbose;

static sw_str read_file(sw_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    char *text = sw_arena_alloc(arena, bytes + 1);
    if (fread(text, 1, bytes, file) != bytes)
        bytes = 0;
    fclose(file);
    return (sw_str){text, bytes};
}

static sw_value read_json(sw_arena *arena, const char *path)
{
    sw_value v = sw_undefined();
    sw_error err;
    if (!sw_json_parse(arena, read_file(arena, path), 0, &v, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.message);
        exit(2);
    }
    return v;
}

static sw_value member(sw_value v, const char *name)
{
    return sw_value_get(v, sw_str_from(name));
}

static sw_value input_of(sw_arena *arena, sw_value item, const char *datasets)
{
    sw_value data = member(item, "data"), dataset = member(item, "dataset");
    char     path[1024];
    if (data.type != SW_UNDEFINED || dataset.type != SW_STRING)
        return data;
    snprintf(path, sizeof path, "%s/%.*s.json", datasets, SW_STR_ARG(sw_value_str(dataset)));
    return read_json(arena, path);
}

static uint32_t number_of(sw_value v)
{
    return v.type == SW_NUMBER ? (uint32_t)sw_value_number(v) : 0;
}

static void run(sw_arena *arena, sw_value item, const char *datasets, outcome *out)
{
    const sw_jsonata  *compiled;
    sw_jsonata_options options = {.eval = true, .operators_2_1 = false};
    sw_value           bindings = member(item, "bindings");
    sw_jsonata_binding list[64];
    sw_jsonata_input   input = {.bindings = list, .now_ms = 1700000000000, .chance_seed = 1};
    *out = (outcome){0};
    if (!sw_jsonata_compile(arena, sw_value_str(member(item, "expr")), &options, &compiled,
                            &out->err))
        return;
    for (; bindings.type == SW_OBJECT && input.binding_count < bindings.size &&
           input.binding_count < 64;
         input.binding_count++)
        list[input.binding_count] =
            (sw_jsonata_binding){sw_value_key(bindings, input.binding_count),
                                 sw_value_member(bindings, input.binding_count)};
    input.input = input_of(arena, item, datasets);
    input.depth_max = number_of(member(item, "depth"));
    input.time_max_ms = number_of(member(item, "timelimit"));
    out->ok = member(item, "parses").type != SW_UNDEFINED ||
              sw_jsonata_evaluate(compiled, &input, arena, &out->result, &out->err);
}

static bool same_unordered(sw_value a, sw_value b)
{
    bool used[1024] = {false};
    if (a.type != SW_ARRAY || b.type != SW_ARRAY || a.size != b.size || a.size > 1024)
        return sw_value_equal(a, b);
    for (uint32_t i = 0; i < a.size; i++) {
        uint32_t k = 0;
        while (k < b.size && (used[k] || !sw_value_equal(a.items[i], b.items[k])))
            k++;
        if (k == b.size)
            return false;
        used[k] = true;
    }
    return true;
}

static bool matches_pattern(sw_value pattern, sw_value result)
{
    regex_t compiled;
    char    text[512], against[512];
    if (result.type != SW_STRING)
        return false;
    snprintf(text, sizeof text, "%.*s", SW_STR_ARG(sw_value_str(pattern)));
    snprintf(against, sizeof against, "%.*s", SW_STR_ARG(sw_value_str(result)));
    if (regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&compiled, against, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

// As JSON would carry it: printed and read again.
static sw_value as_json(sw_arena *arena, sw_value v)
{
    sw_value read = sw_undefined();
    if (v.type == SW_UNDEFINED || v.type == SW_FUNCTION)
        return v;
    sw_json_parse(arena, sw_json_print(arena, v), 0, &read, NULL);
    return read;
}

static bool same_field(sw_value error, const char *name, const char *got)
{
    sw_value expected = member(error, name);
    return expected.type != SW_STRING || sw_str_is(sw_value_str(expected), got);
}

static bool same_position(sw_value error, uint32_t got)
{
    sw_value expected = member(error, "position");
    return expected.type != SW_NUMBER || sw_value_number(expected) == got;
}

static bool is_expected(sw_arena *arena, sw_value item, const outcome *out)
{
    sw_value expected = member(item, "v2_0_6").type == SW_OBJECT ? member(item, "v2_0_6") : item;
    sw_value error = member(expected, "error"), result = member(expected, "result");
    if (member(expected, "unspecified").type != SW_UNDEFINED)
        return true;
    if (member(item, "parses").type != SW_UNDEFINED)
        return out->ok == sw_value_is_true(member(item, "parses"));
    if (error.type != SW_UNDEFINED)
        return !out->ok && same_field(error, "code", out->err.code) &&
               same_field(error, "token", out->err.token) &&
               same_field(error, "message", out->err.message) &&
               same_position(error, out->err.position);
    if (!out->ok)
        return false;
    if (member(item, "result_re").type == SW_STRING)
        return matches_pattern(member(item, "result_re"), out->result);
    if (sw_value_is_true(member(expected, "undefinedResult")))
        return out->result.type == SW_UNDEFINED;
    return sw_value_is_true(member(item, "unordered"))
               ? same_unordered(as_json(arena, out->result), result)
               : sw_value_equal(as_json(arena, out->result), result);
}

static void report(sw_arena *arena, sw_value item, const outcome *out)
{
    sw_value expected = member(item, "v2_0_6").type == SW_OBJECT ? member(item, "v2_0_6") : item;
    printf("FAILED %.*s\n    %.*s\n", SW_STR_ARG(sw_value_str(member(item, "id"))),
           SW_STR_ARG(sw_value_str(member(item, "expr"))));
    if (out->ok)
        printf("    got      %s\n", sw_json_print(arena, out->result).text);
    else
        printf("    got      %s (%u, %s): %s\n", out->err.code, out->err.position, out->err.token,
               out->err.message);
    sw_value shown = member(expected, "result");
    if (shown.type == SW_UNDEFINED)
        shown = member(expected, "error");
    printf("    expected %s\n", sw_json_print(arena, shown).text);
}

static void run_file(const char *datasets, const char *path)
{
    sw_arena cases, work;
    sw_arena_init(&cases);
    sw_arena_init(&work);
    sw_value list = read_json(&cases, path);
    for (uint32_t i = 0; i < list.size; i++) {
        outcome out;
        run(&work, list.items[i], datasets, &out);
        bool ok = is_expected(&work, list.items[i], &out);
        passed += ok;
        failed += !ok;
        if (!ok || verbose)
            report(&work, list.items[i], &out);
        sw_arena_reset(&work);
    }
    sw_arena_clear(&work);
    sw_arena_clear(&cases);
}

int main(int argc, char **argv)
{
    int at = 1;
    if (at < argc && strcmp(argv[at], "--verbose") == 0) {
        verbose = true;
        at++;
    }
    if (argc - at < 2) {
        fprintf(stderr, "usage: jsonata_suite [--verbose] DATASETS FILE...\n");
        return 2;
    }
    for (int i = at + 1; i < argc; i++)
        run_file(argv[at], argv[i]);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
