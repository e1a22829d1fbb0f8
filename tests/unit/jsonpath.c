// jsonpath.c: paths are read, written and refused as Jayway 2.0 and the States Language say.
//
// Most tests are rows: path, document, what is printed; an expectation that starts with "error: "
// is the beginning of a message. The shared corpus has many more: see corpora_jsonpath.py.

#include "spent_memory.h"

#include "query/jsonpath/java.h"
#include "query/jsonpath/jsonpath.h"

typedef struct row {
    const char *path, *document, *expected;
} row;

static sw_arena arena;

static sw_value parse_json(const char *text)
{
    sw_value v = sw_undefined();
    sw_error err = {0};
    CHECK(sw_json_parse(&arena, sw_str_from(text), 0, &v, &err));
    CHECK_STR(err.message, "");
    return v;
}

static sw_str print_error(const sw_error *err)
{
    return sw_str_format(&arena, "error: %s", err->message);
}

static sw_str read_text(const char *path, const char *document)
{
    const sw_jsonpath *compiled;
    sw_value           result;
    sw_error           err = {0};
    if (!sw_jsonpath_parse(&arena, sw_str_from(path), &compiled, &err))
        return print_error(&err);
    if (!sw_jsonpath_read(compiled, parse_json(document), &arena, &result, &err))
        return print_error(&err);
    return sw_json_print(&arena, result);
}

static void check_row(const row *r, sw_str got)
{
    sw_str expected = sw_str_from(r->expected);
    if (strncmp(r->expected, "error: ", 7) == 0 && got.bytes > expected.bytes)
        got.bytes = expected.bytes;
    if (!check_text(__FILE__, __LINE__, r->path, got, expected))
        printf("    in %s\n", r->document);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i], read_text(rows[i].path, rows[i].document));
    sw_arena_reset(&arena);
}

TEST(jsonpath__plain_paths_lead_to_one_node)
{
    static const row rows[] = {
        {"$", "5", "5"},
        {"$", "null", "null"},
        {"$.a", "{\"a\":{\"b\":1.50}}", "{\"b\":1.50}"},
        {"$.a.b[1]", "{\"a\":{\"b\":[1,[2]]}}", "[2]"},
        {"$['a b']['c.d']", "{\"a b\":{\"c.d\":true}}", "true"},
        {"$[  'a'  ]", "{\"a\":1}", "1"},
        {"$.['a'].b", "{\"a\":{\"b\":1}}", "1"},
        {"$['']", "{\"\":1}", "1"},
        {"$.a-b_c", "{\"a-b_c\":1}", "1"},
        {" $.a ", "{\"a\":1}", "1"},
        {"$.Motörhead", "{\"Motörhead\":1}", "1"},
        {"$.a_longer_name.another_one", "{\"a_longer_name\":{\"another_onE\":1,\"another_one\":2}}",
         "2"},
        {"$.seventeen",
         "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,"
         "\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0,\"p\":0,\"seventeen\":17}",
         "17"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__what_is_missing_is_said_in_jayways_words)
{
    static const row rows[] = {
        {"$.a.b", "{\"a\":{}}", "error: No results for path: $['a']['b']"},
        {"$.no.such.path", "{}", "error: Missing property in path $['no']"},
        {"$.a.b", "{\"a\":1}", "error: Property ['b'] not found in path $['a']"},
        {"$[2]", "[0]", "error: Index out of bounds when evaluating path $[2]"},
        {"$[-1]", "[0]", "error: Index out of bounds when evaluating path $[-1]"},
        {"$.a[0]", "{\"a\":null}", "error: The path $['a'] is null"},
        {"$.a[0]", "{\"a\":{\"x\":1}}",
         "error: Filter: [0] can only be applied to arrays. Current context is: {x=1}"},
        {"$..[0].a", "[[1]]", "error: Property ['a'] not found in path $[0]"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__indefinite_paths_give_a_list_in_document_order)
{
    static const row rows[] = {
        {"$[*]", "{\"b\":1,\"a\":[2]}", "[1,[2]]"},
        {"$.*", "[]", "[]"},
        {"$[*].a", "[{\"a\":1},{},{\"a\":2},3]", "[1,2]"},
        {"$.*.a", "{\"x\":{\"a\":1},\"y\":{}}", "error: No results for path: $['y']['a']"},
        {"$.missing[*]", "{}", "[]"},
        {"$[0,1,0]", "[\"a\",\"b\"]", "[\"a\",\"b\",\"a\"]"},
        {"$[0,5]", "[1]", "error: Index out of bounds"},
        {"$[1:]", "[1,2,3]", "[2,3]"},
        {"$[:2]", "[1,2,3]", "[1,2]"},
        {"$[-2:]", "[1,2,3]", "[2,3]"},
        {"$[:-1]", "[1,2,3]", "[1,2]"},
        {"$[1:2]", "[1,2,3]", "[2]"},
        {"$[-2:3]", "[1,2,3]", "error: Index out of bounds when evaluating path $[-2]"},
        {"$[-2:3]", "[]", "[]"},
        {"$[0:3:2]", "[1,2,3]", "[1,2,3]"},
        {"$[(@.length-1)]", "[1,2,3]", "3"},
        {"$[(@.size() - 3)]", "[1,2,3]", "1"},
        {"$['a','b','c']", "{\"b\":2,\"a\":1}", "{\"a\":1,\"b\":2}"},
        {"$['a','b'].c", "{\"a\":{}}", "error: Multi properties can only be used as path leafs"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__scans_visit_every_container)
{
    static const row rows[] = {
        {"$..a", "{\"x\":[{\"a\":1},{\"a\":{\"a\":2}}]}", "[1,{\"a\":2},2]"},
        {"$..*", "[[0],[1]]", "[[0],[1],0,1]"},
        {"$..[0]", "[[1,2],[3]]", "[[1,2],1,3]"},
        {"$..['a','b']", "[{\"a\":1,\"b\":2},{\"a\":3}]", "[{\"a\":1,\"b\":2}]"},
        {"$...a", "{\"a\":1}", "[1]"},
        {"$....a", "{\"a\":1}", "[]"},
        {"$..a", "5", "[]"},
        // On an array the step behind the scan is left out: see read.c.
        {"$..[1].a", "{\"x\":[{\"a\":1},{\"a\":2}]}", "[1,2]"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__filters_compare_as_jayway_does)
{
    static const row rows[] = {
        {"$[?(@.a)]", "[{\"a\":1},{\"a\":null},{}]", "[{\"a\":1}]"},
        {"$[?(!@.a)]", "[{\"a\":1},{\"a\":null},{}]", "[{\"a\":null},{}]"},
        {"$[?(@.a)]", "{\"a\":1}", "[{\"a\":1}]"},
        {"$[?(@ == 2)]", "[1,2,2.0,\"2\"]", "[2,2.0,\"2\"]"},
        {"$[?(@ != 2)]", "[1,2,[2],null]", "[1,null]"},
        {"$[?(@ > 1.5)]", "[1,1.5,1.50001,20,1e3]", "[1.50001,20,1e3]"},
        {"$[?(@ >= 9007199254740993)]", "[9007199254740992,9007199254740993]",
         "[9007199254740993]"},
        {"$[?(@ < 0.1)]", "[0.1,0.09999999999999999,-1]", "[0.09999999999999999,-1]"},
        {"$[?(2 == @)]", "[1,2,\"2\"]", "[\"2\"]"},
        {"$[?(@.s == 'x')].n", "[{\"s\":\"x\",\"n\":1}]", "[1]"},
        {"$[?(@.s == x)].n", "[{\"s\":\"x\",\"n\":1}]", "[1]"},
        {"$[?(@.s == \"x\")].n", "[{\"s\":\"x\",\"n\":1}]", "[]"},
        {"$[?(@.s == '\\'')].n", "[{\"s\":\"'\",\"n\":1}]", "[1]"},
        {"$[?(@.s == null)]", "[{\"s\":null},{\"s\":\"null\"},{}]",
         "[{\"s\":null},{\"s\":\"null\"}]"},
        {"$[?(@ == true)]", "[true,false]", "[true]"},
        {"$[?(@ > '43')]", "[\"5\",\"43\",\"100\"]", "[\"5\"]"},
        {"$[?(@ == x)]", "[1]", "error: 'x' is compared with a number but is none"},
        {"$[?(@.a == @.b)]", "[{\"a\":[1],\"b\":[1]},{\"a\":1,\"b\":1.0}]",
         "[{\"a\":1,\"b\":1.0}]"},
        {"$[?(@.a == @.a)].a", "[{\"a\":[1]}]", "[[1]]"},
        {"$.l[?(@ == $.v)]", "{\"v\":2,\"l\":[1,2]}", "[2]"},
        {"$[?(@.a[0] == 1)]", "[{\"a\":[1]}]", "[{\"a\":[1]}]"},
        {"$[?(@.a[0] == 1)]", "[{\"a\":2}]", "error: Filter: [0] can only be applied to arrays"},
        {"$[?(@.a)]", "5", "error: Filter: [?] can not be applied to primitives"},
        {"$[?(@.a)].b", "[{\"a\":1}]", "error: No results for path: $[0]['b']"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__filters_join_and_before_or_and_forget_parentheses)
{
    static const char list[] = "[{\"a\":1},{\"b\":1,\"c\":1},{\"a\":1,\"c\":1},{\"c\":1}]";
    static const row  rows[] = {
         {"$[?(@.a && @.c)]", list, "[{\"a\":1,\"c\":1}]"},
         {"$[?(@.a || @.b && @.c)]", list, "[{\"a\":1},{\"b\":1,\"c\":1},{\"a\":1,\"c\":1}]"},
         {"$[?((@.a || @.b) && @.c)]", list, "[{\"a\":1},{\"b\":1,\"c\":1},{\"a\":1,\"c\":1}]"},
         {"$[?(@.a && @.c || @.b)]", list, "[{\"b\":1,\"c\":1},{\"a\":1,\"c\":1}]"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__filters_match_whole_texts)
{
    static const row rows[] = {
        {"$[?(@ =~ /a.*/)]", "[\"abc\",\"xabc\",\"A\"]", "[\"abc\"]"},
        {"$[?(@ =~ /a.*/i)]", "[\"abc\",\"A\"]", "[\"abc\",\"A\"]"},
        {"$[?(@ =~ /[0-9]+/)]", "[12,\"3\",true]", "[12,\"3\"]"},
        {"$[?(/x/ =~ @)]", "[\"x\"]", "[\"x\"]"},
        {"$[?(@ =~ 'x')]", "[\"x\"]", "error: =~ needs a pattern"},
        {"$[?(@ =~ /(/)]", "[]", "error: Filter"},
        {"$[?(@ =~ /(a|a)*[bc]d/)]", "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac d\"]",
         "error: The pattern of a filter needs too many steps"},
    };
    CHECK_ROWS(rows);
}

TEST(jsonpath__bad_paths_are_refused_with_their_column)
{
    static const struct {
        const char *path;
        uint32_t    column;
    } rows[] = {
        {"", 1},
        {"a.b", 1},
        {"@.a", 1},
        {"$.", 2},
        {"$.a.", 4},
        {"$..", 2},
        {"$.a..", 4},
        {"$.a b", 4},
        {"$a b", 3},
        {"$[", 2},
        {"$['a'", 6},
        {"$[\"a\"]", 2},
        {"$[:]", 4},
        {"$[a]", 2},
        {"$(a)", 2},
        {"$[?()]", 5},
        {"$[?(true)]", 5},
        {"$[?(@.a in [1])]", 8},
        {"$[99999999999]", 3},
        {"$[?(@..a)]", 5},
        {"$.ä.b c", 6},
        {"$[?(@.a == !@.b)]", 12},
        {"$$$", 3},
        {"$$a", 3},
        {"$.\xff", 3},
        {"$['\xed\xa0'", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const sw_jsonpath *path;
        sw_error           err = {0};
        bool taken = sw_jsonpath_parse(&arena, sw_str_from(rows[i].path), &path, &err);
        if (taken || err.code != SW_ERROR_SYNTAX || err.column != rows[i].column ||
            err.message[0] == '\0')
            printf("%s: %d %u %s\n", rows[i].path, taken, err.column, err.message);
        CHECK(!taken);
        CHECK_INT(err.code, SW_ERROR_SYNTAX);
        CHECK_INT(err.column, rows[i].column);
    }
    sw_arena_reset(&arena);
}

TEST(jsonpath__knows_roots_and_kinds)
{
    static const struct {
        const char      *path;
        sw_jsonpath_root root;
        const char      *variable;
        bool             is_root, definite, reference;
    } rows[] = {
        {"$", SW_JSONPATH_INPUT, "", true, true, true},
        {"$$", SW_JSONPATH_CONTEXT, "", true, true, true},
        {"$$.Execution.Id", SW_JSONPATH_CONTEXT, "", false, true, true},
        {"$name", SW_JSONPATH_VARIABLE, "name", true, true, true},
        {"$größe.a[0]", SW_JSONPATH_VARIABLE, "größe", false, true, true},
        {"$.a['b c'][0]", SW_JSONPATH_INPUT, "", false, true, true},
        {"$.a.b ", SW_JSONPATH_INPUT, "", false, true, false},
        {"$.['a']", SW_JSONPATH_INPUT, "", false, true, false},
        {"$[-1]", SW_JSONPATH_INPUT, "", false, true, false},
        {"$.@a", SW_JSONPATH_INPUT, "", false, true, false},
        {"$['@a']", SW_JSONPATH_INPUT, "", false, true, true},
        {"$.a()", SW_JSONPATH_INPUT, "", false, true, false},
        {"$['a','b']", SW_JSONPATH_INPUT, "", false, true, false},
        {"$.a[*]", SW_JSONPATH_INPUT, "", false, false, false},
        {"$..a", SW_JSONPATH_INPUT, "", false, false, false},
        {"$[0,1]", SW_JSONPATH_INPUT, "", false, false, false},
        {"$[1:]", SW_JSONPATH_INPUT, "", false, false, false},
        {"$[?(@.a)]", SW_JSONPATH_INPUT, "", false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const sw_jsonpath *path;
        sw_error           err = {0};
        REQUIRE(sw_jsonpath_parse(&arena, sw_str_from(rows[i].path), &path, &err));
        CHECK_TEXT(sw_jsonpath_get_text(path), rows[i].path);
        CHECK_INT(sw_jsonpath_get_root(path), rows[i].root);
        CHECK_TEXT(sw_jsonpath_get_variable(path), rows[i].variable);
        CHECK_INT(sw_jsonpath_is_root(path), rows[i].is_root);
        CHECK_INT(sw_jsonpath_is_definite(path), rows[i].definite);
        CHECK_INT(sw_jsonpath_is_reference(path), rows[i].reference);
    }
    sw_arena_reset(&arena);
}

TEST(jsonpath__nothing_is_found_in_nothing)
{
    const sw_jsonpath *path;
    sw_value           result;
    sw_error           err = {0};
    REQUIRE(sw_jsonpath_parse(&arena, SW_STR("$x"), &path, &err));
    CHECK(!sw_jsonpath_read(path, sw_undefined(), &arena, &result, &err));
    CHECK_INT(err.code, SW_ERROR_NOT_FOUND);
    CHECK(!sw_jsonpath_read(path, sw_undefined(), &arena, &result, NULL));
}

TEST(jsonpath__reading_shares_and_plain_reading_takes_no_memory)
{
    const sw_jsonpath *path;
    sw_value           root = parse_json("{\"a\":{\"b\":[1,2]}}"), result;
    sw_error           err = {0};
    REQUIRE(sw_jsonpath_parse(&arena, SW_STR("$.a.b"), &path, &err));
    char *before = arena.at;
    REQUIRE(sw_jsonpath_read(path, root, &arena, &result, &err));
    CHECK(arena.at == before);
    CHECK(result.items == sw_value_get(sw_value_get(root, SW_STR("a")), SW_STR("b")).items);
    sw_arena_reset(&arena);
}

// Writing -----------------------------------------------------------------------------------------

static sw_str write_text(const char *path, const char *document, const char *value)
{
    const sw_jsonpath *compiled;
    sw_value           result, root = parse_json(document);
    sw_error           err = {0};
    if (!sw_jsonpath_parse(&arena, sw_str_from(path), &compiled, &err))
        return print_error(&err);
    if (!sw_jsonpath_write(compiled, root, parse_json(value), &arena, &result, &err))
        return print_error(&err);
    CHECK_TEXT(sw_json_print(&arena, root), document); // the old one is untouched
    return sw_json_print(&arena, result);
}

TEST(jsonpath__writing_makes_objects_on_the_way)
{
    static const row rows[] = {
        {"$", "{\"a\":1}", "7"},
        {"$.a", "{}", "{\"a\":7}"},
        {"$.a", "{\"a\":1,\"b\":2}", "{\"a\":7,\"b\":2}"},
        {"$.a.b.c", "{\"x\":0}", "{\"x\":0,\"a\":{\"b\":{\"c\":7}}}"},
        {"$['a'].b", "{\"a\":{\"b\":{\"c\":1},\"d\":2}}", "{\"a\":{\"b\":7,\"d\":2}}"},
        {"$.a[1]", "{\"a\":[1,2,3]}", "{\"a\":[1,7,3]}"},
        {"$[0].n", "[{}]", "[{\"n\":7}]"},
        {"$.a[1]", "{\"a\":[1]}",
         "error: Unable to apply ReferencePath $.a[1] to input {\"a\":[1]}"},
        {"$.a[0]", "{}", "error: Unable to apply ReferencePath"},
        {"$.a", "\"text\"", "error: Unable to apply ReferencePath $.a to input \"text\""},
        {"$.a.b", "{\"a\":5}", "error: Unable to apply ReferencePath"},
        {"$.a", "[]", "error: Unable to apply ReferencePath"},
        {"$[0]", "{}", "error: Unable to apply ReferencePath"},
        {"$[*]", "[1]", "error: $[*] is not a Reference Path"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], write_text(rows[i].path, rows[i].document, "7"));
    sw_arena_reset(&arena);
}

// Bounds ------------------------------------------------------------------------------------------

static sw_str repeat(const char *start, const char *piece, size_t count, const char *end)
{
    size_t room = strlen(start) + strlen(piece) * count + strlen(end) + 1;
    char  *text = sw_arena_alloc(&arena, room), *at = text;
    at += snprintf(at, room, "%s", start);
    for (size_t i = 0; i < count; i++)
        at += snprintf(at, room - (size_t)(at - text), "%s", piece);
    snprintf(at, room - (size_t)(at - text), "%s", end);
    return sw_str_from(text);
}

static bool can_parse(sw_str text)
{
    const sw_jsonpath *path;
    return sw_jsonpath_parse(&arena, text, &path, NULL);
}

TEST(jsonpath__has_bounds)
{
    CHECK(can_parse(repeat("$", ".a", 1000, "")));
    CHECK(!can_parse(repeat("$", ".a", 1001, "")));
    CHECK(!can_parse(repeat("$", "[?(@", 100000, "")));
    CHECK(!can_parse(repeat("$", "[?(@.a == $", 1000, "")));
    CHECK(can_parse(repeat("$['a'", ",'b'", 900, "]")));
    CHECK(!can_parse(repeat("$['a'", ",'b'", 2000, "]")));
    sw_arena_reset(&arena);
}

TEST(jsonpath__work_is_bounded)
{
    const sw_jsonpath *path;
    sw_value           result, root;
    sw_error           err = {0};
    sw_str             deep = repeat("", "[", 900, ""), close = repeat("", "]", 900, "");
    root = parse_json(sw_str_format(&arena, "%s%s", deep.text, close.text).text);
    REQUIRE(sw_jsonpath_parse(&arena, SW_STR("$..*"), &path, &err));
    CHECK(sw_jsonpath_read(path, root, &arena, &result, &err));
    CHECK_INT(result.size, 899);
    REQUIRE(sw_jsonpath_parse(&arena, SW_STR("$..*..*..*..*"), &path, &err));
    CHECK(!sw_jsonpath_read(path, root, &arena, &result, &err));
    CHECK_INT(err.code, SW_ERROR_LIMIT);
    sw_arena_clear(&arena);
}

static bool run_everything(sw_arena *own, const void *unused)
{
    (void)unused;
    static const char *const paths[] = {
        "$.a.b[0]",   "$..b",          "$.a[?(@ =~ /x+/ && @ != 1.5)]", "$.x.y", "$['a','b']",
        "$.a.b[0].c", "$[?(@.a == 1)]"};
    sw_value root;
    sw_error err;
    if (!sw_json_parse(own, SW_STR("{\"a\":{\"b\":[1,\"xx\",1.5]}}"), 0, &root, &err))
        return true;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const sw_jsonpath *path;
        sw_value           result;
        if (!sw_jsonpath_parse(own, sw_str_from(paths[i]), &path, &err))
            continue;
        sw_jsonpath_read(path, root, own, &result, &err);
        sw_jsonpath_write(path, root, root, own, &result, &err);
    }
    return true;
}

TEST(jsonpath__survives_every_failed_allocation)
{
    check_spent_memory(run_everything, NULL);
}

// Java --------------------------------------------------------------------------------------------

TEST(java__prints_numbers_and_maps)
{
    static const struct {
        const char *json, *text;
    } rows[] = {
        {"1", "1"},
        {"-0", "0"},
        {"1.0", "1.0"},
        {"1.10", "1.1"},
        {"1e3", "1000.0"},
        {"1e7", "1.0E7"},
        {"9999999.5", "9999999.5"},
        {"0.001", "0.001"},
        {"0.0001", "1.0E-4"},
        {"-123.25", "-123.25"},
        {"1.5e300", "1.5E300"},
        {"-0.0", "-0.0"},
        {"1e999", "Infinity"},
        {"12345678901234567890", "12345678901234567890"},
        {"{\"a\":[1,\"x\",null],\"b\":{}}", "{a=[1, x, null], b={}}"},
        {"true", "true"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_TEXT(sw_java_text(&arena, parse_json(rows[i].json)), rows[i].text);
    CHECK_TEXT(sw_java_text(&arena, sw_number(-7)), "-7");
    CHECK_TEXT(sw_java_text(&arena, sw_number(0.5)), "0.5");
    sw_arena_reset(&arena);
}

TEST(java__compares_by_utf_16)
{
    CHECK(sw_java_compare(SW_STR("a"), SW_STR("b")) < 0);
    CHECK(sw_java_compare(SW_STR("ab"), SW_STR("a")) > 0);
    CHECK(sw_java_compare(SW_STR(""), SW_STR("")) == 0);
    CHECK(sw_java_compare(SW_STR("\U0001F600"), SW_STR("\uFF01")) < 0); // a surrogate pair
    CHECK(sw_java_compare(SW_STR("\U0001F600"), SW_STR("\u4E2D")) > 0);
    CHECK(sw_java_compare(SW_STR("\uFF01"), SW_STR("\u4E2D")) > 0);
}

TEST(java__compares_decimals_exactly)
{
    static const struct {
        const char *a, *b;
        int         order;
    } rows[] = {
        {"1", "1.000", 0},
        {"0", "-0.0", 0},
        {"10", "9", 1},
        {"-10", "9", -1},
        {"-10", "-9", -1},
        {".5", "0.5", 0},
        {"5.", "5", 0},
        {"+1", "1", 0},
        {"1e2", "100", 0},
        {"0.01e2", "1", 0},
        {"1e-400", "0", 1},
        {"2e400", "1e401", -1},
        {"0.1", "0.10000000000000000001", -1},
        {"123.45", "123.4", 1},
        {"0.002", "0.02", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sw_str a = sw_str_from(rows[i].a), b = sw_str_from(rows[i].b);
        CHECK(sw_java_is_decimal(a));
        CHECK_INT(sw_java_compare_decimals(a, b), rows[i].order);
        CHECK_INT(sw_java_compare_decimals(b, a), -rows[i].order);
    }
    static const char *const none[] = {"", ".", "-", "1e", "e1", "1 ", "0x1", "1.2.3", "Infinity"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(!sw_java_is_decimal(sw_str_from(none[i])));
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    sw_arena_init(&arena);
    RUN(jsonpath__plain_paths_lead_to_one_node);
    RUN(jsonpath__what_is_missing_is_said_in_jayways_words);
    RUN(jsonpath__indefinite_paths_give_a_list_in_document_order);
    RUN(jsonpath__scans_visit_every_container);
    RUN(jsonpath__filters_compare_as_jayway_does);
    RUN(jsonpath__filters_join_and_before_or_and_forget_parentheses);
    RUN(jsonpath__filters_match_whole_texts);
    RUN(jsonpath__bad_paths_are_refused_with_their_column);
    RUN(jsonpath__knows_roots_and_kinds);
    RUN(jsonpath__nothing_is_found_in_nothing);
    RUN(jsonpath__reading_shares_and_plain_reading_takes_no_memory);
    RUN(jsonpath__writing_makes_objects_on_the_way);
    RUN(jsonpath__has_bounds);
    RUN(jsonpath__work_is_bounded);
    RUN(jsonpath__survives_every_failed_allocation);
    RUN(java__prints_numbers_and_maps);
    RUN(java__compares_by_utf_16);
    RUN(java__compares_decimals_exactly);
    sw_arena_clear(&arena);
    return CHECK_END();
}
