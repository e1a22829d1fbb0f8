// intrinsic.c: the intrinsic functions give what AWS gives.
//
// Rows: call, input, what is printed; an expectation that starts with "error: " is the beginning of
// a message.

#include "spent_memory.h"

#include "query/intrinsic/intrinsic.h"

typedef struct row {
    const char *call, *input, *expected;
} row;

static sw_arena arena;

static sw_value parse_json(const char *text)
{
    sw_value v = sw_undefined();
    CHECK(sw_json_parse(&arena, sw_str_from(text), 0, &v, NULL));
    return v;
}

static sw_value get_context(const sw_scope *scope, sw_arena *own)
{
    (void)scope, (void)own;
    return parse_json("{\"Execution\":{\"Name\":\"run-1\"}}");
}

static sw_value get_variable(const sw_scope *scope, sw_str name)
{
    (void)scope;
    return sw_str_is(name, "list") ? parse_json("[3,1,2]") : sw_undefined();
}

static bool evaluate(const char *text, const char *input, sw_value *result, sw_error *err)
{
    const sw_intrinsic *call;
    sw_chance           chance;
    sw_chance_seed(&chance, 1, 2);
    sw_scope scope = {.context = get_context,
                      .variable = get_variable,
                      .chance = &chance,
                      .input = parse_json(input)};
    return sw_intrinsic_parse(&arena, sw_str_from(text), &call, err) &&
           sw_intrinsic_evaluate(call, &scope, &arena, result, err);
}

static void check_row(const row *r)
{
    sw_value result;
    sw_error err = {0};
    sw_str   got, expected = sw_str_from(r->expected);
    if (evaluate(r->call, r->input, &result, &err))
        got = sw_json_print(&arena, result);
    else
        got = sw_str_format(&arena, "error: %s", err.message);
    if (strncmp(r->expected, "error: ", 7) == 0 && got.bytes > expected.bytes)
        got.bytes = expected.bytes;
    check_text(__FILE__, __LINE__, r->call, got, expected);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
    sw_arena_reset(&arena);
}

TEST(format__fills_in_arguments_as_java_prints_them)
{
    static const row rows[] = {
        {"States.Format('{} and {}', 'a', 2020)", "{}", "\"a and 2020\""},
        {"States.Format('none')", "{}", "\"none\""},
        {"States.Format('')", "{}", "\"\""},
        {"States.Format('{}{}', $.a, $.b)", "{\"a\":null,\"b\":true}", "\"nulltrue\""},
        {"States.Format('{}', $.a)", "{\"a\":{\"x\":1,\"y\":[]}}", "\"{x=1, y=[]}\""},
        {"States.Format('{}', $.a)", "{\"a\":1.50}", "\"1.5\""},
        {"States.Format('\\{\\} {} \\' \\\\', 1)", "{}", "\"{} 1 ' \\\\\""},
        {"States.Format('\\{}')", "{}", "\"{}\""},
        {"States.Format('{ }')", "{}", "\"{ }\""},
        {"States.Format($.t, 1)", "{\"t\":\"<{}>\\\\{}\"}", "\"<1>{}\""},
        {"States.Format($.t)", "{\"t\":\"a\\\\nb\"}", "\"a\\\\nb\""},
        {"States.Format('{}', $$.Execution.Name)", "{}", "\"run-1\""},
        {"States.Format('{}')", "{}", "error: States.Format: the template has 1 {}, but 0"},
        {"States.Format('{}', 1, 2)", "{}", "error: States.Format: the template has 1 {}, but 2"},
        {"States.Format(1)", "{}", "error: States.Format: argument 1 must be a string"},
    };
    CHECK_ROWS(rows);
}

TEST(json__goes_to_text_and_back)
{
    static const row rows[] = {
        {"States.StringToJson('{\"a\": [1, 2]}')", "{}", "{\"a\":[1,2]}"},
        {"States.StringToJson('')", "{}", "null"},
        {"States.StringToJson(' ')", "{}", "null"},
        {"States.StringToJson('-0')", "{}", "0"},
        {"States.StringToJson('1.10')", "{}", "1.10"},
        {"States.StringToJson('nul')", "{}", "error: States.StringToJson: "},
        {"States.StringToJson(1)", "{}", "error: States.StringToJson: argument 1 must be a string"},
        {"States.JsonToString($)", "{\"a\": [1, \"x\"]}", "\"{\\\"a\\\":[1,\\\"x\\\"]}\""},
        {"States.JsonToString('a')", "{}", "\"\\\"a\\\"\""},
        {"States.JsonMerge($.a, $.b, false)",
         "{\"a\":{\"x\":1,\"y\":{\"z\":1}},\"b\":{\"n\":0,\"y\":2}}", "{\"x\":1,\"y\":2,\"n\":0}"},
        {"States.JsonMerge($.a, $.b, true)", "{\"a\":{},\"b\":{}}",
         "error: States.JsonMerge: argument 3"},
        {"States.JsonMerge($.a, 1, false)", "{\"a\":{}}",
         "error: States.JsonMerge: argument 2 must be"},
    };
    CHECK_ROWS(rows);
}

TEST(json_merge__finds_members_in_large_objects)
{
    char *text = sw_arena_alloc(&arena, 4096), *at = text;
    at += snprintf(at, 64, "{\"b\":{\"k7\":1,\"new\":2},\"a\":{");
    for (int i = 0; i < 100; i++)
        at += snprintf(at, 32, "%s\"k%d\":0", i > 0 ? "," : "", i);
    snprintf(at, 32, "}}");
    sw_value result;
    sw_error err;
    REQUIRE(evaluate("States.JsonMerge($.a, $.b, false)", text, &result, &err));
    CHECK_INT(result.size, 101);
    CHECK(sw_value_number(sw_value_get(result, SW_STR("k7"))) == 1);
    CHECK(sw_value_number(sw_value_get(result, SW_STR("k99"))) == 0);
    CHECK(sw_value_number(sw_value_get(result, SW_STR("new"))) == 2);
    sw_arena_reset(&arena);
}

TEST(arrays__are_made_and_looked_into)
{
    static const row rows[] = {
        {"States.Array()", "{}", "[]"},
        {"States.Array('a', 1.5, null, true, $.x, $list, States.Array())", "{\"x\":{}}",
         "[\"a\",1.5,null,true,{},[3,1,2],[]]"},
        {"States.ArrayContains($, 2)", "[1,2.0]", "true"},
        {"States.ArrayContains($, $[0])", "[{\"a\":[]},1]", "true"},
        {"States.ArrayContains($, '1')", "[1]", "false"},
        {"States.ArrayGetItem($list, 0)", "{}", "3"},
        {"States.ArrayGetItem($list, 3)", "{}", "error: States.ArrayGetItem: index 3 is outside"},
        {"States.ArrayGetItem($list, -1)", "{}", "error: States.ArrayGetItem: argument 2"},
        {"States.ArrayLength($)", "[1,[2,3]]", "2"},
        {"States.ArrayLength($)", "{}", "error: States.ArrayLength: argument 1 must be an array"},
        {"States.ArrayPartition($, 2)", "[1,2,3]", "[[1,2],[3]]"},
        {"States.ArrayPartition($, 1.5)", "[1,2,3]", "[[1,2],[3]]"},
        {"States.ArrayPartition($, 10)", "[]", "[]"},
        {"States.ArrayPartition($, 0)", "[1]", "error: States.ArrayPartition: argument 2"},
        {"States.ArrayRange(0, 10, 3)", "{}", "[0,3,6,9]"},
        {"States.ArrayRange(9, -1, -2)", "{}", "[9,7,5,3,1,-1]"},
        {"States.ArrayRange(1, 9, -2)", "{}", "[]"},
        {"States.ArrayRange(5, 5, -1)", "{}", "[5]"},
        {"States.ArrayRange(0.5, 2.4, 1)", "{}", "[1,2]"},
        {"States.ArrayRange(1, 9, 0)", "{}", "error: States.ArrayRange: the step must not be 0"},
        {"States.ArrayRange(1, 1001, 1)", "{}", "error: States.ArrayRange: 1001 items"},
        {"States.ArrayRange(-2147483648, 2147483647, 1)", "{}",
         "error: States.ArrayRange: 4294967296"},
        {"States.ArrayUnique($)",
         "[1,1.0,\"1\",{\"a\":1,\"b\":2},{\"b\":2,\"a\":1},[],[],null,null]",
         "[1,\"1\",{\"a\":1,\"b\":2},[],null]"},
        {"States.ArrayUnique($)", "[]", "[]"},
        {"States.ArrayUnique($)", "[0,-0,0.0,true,false,true]", "[0,true,false]"},
    };
    CHECK_ROWS(rows);
}

TEST(digests__are_those_of_openssl_and_base64_is_javas)
{
    static const row rows[] = {
        {"States.Hash('input data', 'MD5')", "{}", "\"812f45842bc6d66ee14572ce20db8e86\""},
        {"States.Hash('input data', 'SHA-1')", "{}",
         "\"aaff4a450a104cd177d28d18d74485e8cae074b7\""},
        {"States.Hash($, 'SHA-1')", "[\"1\", \"2\", \"3\"]",
         "\"339177d03debd051467d9f6cbcffca24d94f4ab2\""},
        {"States.Hash(null, 'SHA-1')", "{}", "error: States.Hash: argument 1"},
        {"States.Hash('', 'SHA1')", "{}", "error: States.Hash: the algorithm must be"},
        {"States.Base64Encode('')", "{}", "\"\""},
        {"States.Base64Encode('a')", "{}", "\"YQ==\""},
        {"States.Base64Encode('ab')", "{}", "\"YWI=\""},
        {"States.Base64Encode('Data to encode')", "{}", "\"RGF0YSB0byBlbmNvZGU=\""},
        {"States.Base64Decode('RGF0YSB0byBkZWNvZGU=')", "{}", "\"Data to decode\""},
        {"States.Base64Decode('YQ')", "{}", "\"a\""},
        {"States.Base64Decode('/w==')", "{}", "\"\xef\xbf\xbd\""},
        {"States.Base64Decode('YQ=')", "{}", "error: States.Base64Decode: the data is no Base64"},
        {"States.Base64Decode('Y')", "{}", "error: States.Base64Decode: the data is no Base64"},
        {"States.Base64Decode('Y Q=')", "{}", "error: States.Base64Decode: the data is no Base64"},
        {"States.Base64Decode(1)", "{}", "error: States.Base64Decode: argument 1 must be a string"},
    };
    CHECK_ROWS(rows);
}

TEST(numbers__round_as_javas_math_round)
{
    static const row rows[] = {
        {"States.MathAdd(111, -1)", "{}", "110"},
        {"States.MathAdd(1.49, 1.5)", "{}", "3"},
        {"States.MathAdd(-1.5, -1.51)", "{}", "-3"},
        {"States.MathAdd(-0.5, 0.5)", "{}", "1"},
        {"States.MathAdd(0.49999999999999994, 0)", "{}", "0"},
        {"States.MathAdd(2147483647, 1)", "{}", "2147483648"},
        {"States.MathAdd(2147483648, 1)", "{}", "error: States.MathAdd: argument 1 must be from"},
        {"States.MathAdd(1e300, 1)", "{}", "error: States.MathAdd: argument 1"},
        {"States.MathAdd('1', 1)", "{}", "error: States.MathAdd: argument 1 must be a number"},
        // new java.util.Random(42).nextInt(10), nextInt(16) and nextInt(998)
        {"States.MathRandom(0, 10, 42)", "{}", "0"},
        {"States.MathRandom(0, 16, 42)", "{}", "11"},
        {"States.MathRandom(1, 999, 42)", "{}", "255"},
        {"States.MathRandom(5, 6)", "{}", "5"},
        {"States.MathRandom(1, 1)", "{}", "error: States.MathRandom: the start must be less"},
        {"States.MathRandom(1, 2, '3')", "{}",
         "error: States.MathRandom: argument 3 must be a number"},
    };
    CHECK_ROWS(rows);
}

TEST(math_random__stays_between_start_and_end)
{
    for (int i = 0; i < 200; i++) {
        sw_value result;
        sw_error err;
        sw_str   call = sw_str_format(&arena, "States.MathRandom(-2147483648, 2147483647, %d)", i);
        REQUIRE(evaluate(call.text, "{}", &result, &err));
        double drawn = sw_value_number(result);
        CHECK(drawn >= -2147483648.0 && drawn < 2147483647.0);
    }
    sw_arena_reset(&arena);
}

TEST(string_split__takes_a_set_of_characters_and_drops_empty_pieces)
{
    static const row rows[] = {
        {"States.StringSplit('This.is+a,test=string', '.+,=')", "{}",
         "[\"This\",\"is\",\"a\",\"test\",\"string\"]"},
        {"States.StringSplit(',,,,', ',')", "{}", "[]"},
        {"States.StringSplit('', ',')", "{}", "[]"},
        {"States.StringSplit(', , ,', ',')", "{}", "[\" \",\" \"]"},
        {"States.StringSplit('a,b', '')", "{}", "[\"a,b\"]"},
        {"States.StringSplit('aäböc', 'öä')", "{}", "[\"a\",\"b\",\"c\"]"},
        {"States.StringSplit('a\nb', '\n')", "{}", "[\"a\",\"b\"]"},
        {"States.StringSplit('', 2)", "{}",
         "error: States.StringSplit: argument 2 must be a string"},
    };
    CHECK_ROWS(rows);
}

TEST(uuid__is_drawn_from_the_chance_that_is_handed_in)
{
    sw_value first, second;
    sw_error err;
    REQUIRE(evaluate("States.UUID()", "{}", &first, &err));
    REQUIRE(evaluate("States.UUID()", "{}", &second, &err));
    CHECK_INT(first.size, 36);
    CHECK_INT(first.text[14], '4');
    CHECK(sw_value_equal(first, second));
    sw_arena_reset(&arena);
}

TEST(parse__blanks_paths_and_nesting_are_understood)
{
    static const row rows[] = {
        {"States.ArrayGetItem( States.StringSplit($.key , '/'), 0 )", "{\"key\":\"a/b\"}", "\"a\""},
        {"States.Array($['a,b'], $['c)'], $.d[?(@.x == 'y')], $..e)",
         "{\"a,b\":1,\"c)\":2,\"d\":[{\"x\":\"y\"}],\"f\":{\"e\":3}}", "[1,2,[{\"x\":\"y\"}],[3]]"},
        {"States.Array(\n  1,\n\t2 )", "{}", "[1,2]"},
        {"States.Array($, $$)", "5", "[5,{\"Execution\":{\"Name\":\"run-1\"}}]"},
        {"States.Array($it's)", "{}", "error: "},
        {"States.Array(-1, 1e2)", "{}", "[-1,1e2]"},
    };
    CHECK_ROWS(rows);
}

TEST(parse__mistakes_are_refused_with_their_column)
{
    static const struct {
        const char   *call;
        sw_error_code code;
        uint32_t      column;
    } rows[] = {
        {"", SW_ERROR_INVALID, 1},
        {"States.Array", SW_ERROR_SYNTAX, 13},
        {"States.Array(1,", SW_ERROR_SYNTAX, 16},
        {"States.Array(1,)", SW_ERROR_SYNTAX, 16},
        {"States.Array(1 2)", SW_ERROR_SYNTAX, 16},
        {"States.Array() x", SW_ERROR_SYNTAX, 16},
        {"States.Array('a)", SW_ERROR_SYNTAX, 14},
        {"States.Array('\\n')", SW_ERROR_SYNTAX, 15},
        {"States.Array('\\\"')", SW_ERROR_SYNTAX, 15},
        {"States.Array(01)", SW_ERROR_SYNTAX, 14},
        {"States.Array(\"a\")", SW_ERROR_SYNTAX, 14},
        {"States.Array([1])", SW_ERROR_SYNTAX, 14},
        {"States.Array('ä', $.a.)", SW_ERROR_SYNTAX, 22},
        {"States.Nothing()", SW_ERROR_INVALID, 1},
        {"Array()", SW_ERROR_INVALID, 1},
        {"States.Array('\xff')", SW_ERROR_SYNTAX, 15},
        {"States.UUID(1)", SW_ERROR_INVALID, 1},
        {"States.Format()", SW_ERROR_INVALID, 1},
        {"States.MathRandom(1)", SW_ERROR_INVALID, 1},
        {"States.Array(States.MathAdd(1))", SW_ERROR_INVALID, 14},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const sw_intrinsic *call;
        sw_error            err = {0};
        bool taken = sw_intrinsic_parse(&arena, sw_str_from(rows[i].call), &call, &err);
        if (taken || err.code != rows[i].code || err.column != rows[i].column)
            printf("%s: %u %s\n", rows[i].call, err.column, err.message);
        CHECK(!taken);
        CHECK_INT(err.code, rows[i].code);
        CHECK_INT(err.column, rows[i].column);
    }
    sw_arena_reset(&arena);
}

static bool nests(int calls)
{
    sw_str              text = SW_STR("1");
    const sw_intrinsic *call;
    for (int i = 0; i < calls; i++)
        text = sw_str_format(&arena, "States.Array(%.*s)", SW_STR_ARG(text));
    return sw_intrinsic_parse(&arena, text, &call, NULL);
}

TEST(parse__ten_calls_can_be_nested_in_one)
{
    CHECK(nests(11));
    CHECK(!nests(12));
    CHECK(!nests(1000));
    sw_arena_reset(&arena);
}

TEST(evaluate__a_missing_argument_is_told_apart_and_its_path_named)
{
    sw_value result;
    sw_error err = {0};
    CHECK(!evaluate("States.Array(States.Array($.a.b))", "{\"a\":{}}", &result, &err));
    CHECK_INT(err.code, SW_ERROR_NOT_FOUND);
    CHECK_STR(err.path, "$.a.b");
    CHECK_STR(err.message, "No results for path: $['a']['b']");
    CHECK(!evaluate("States.Array($unknown)", "{}", &result, &err));
    CHECK_INT(err.code, SW_ERROR_NOT_FOUND);
    CHECK_STR(err.path, "$unknown");
    sw_arena_reset(&arena);
}

static void add_name(void *who, sw_str name)
{
    sw_str *all = who;
    *all = sw_str_format(&arena, "%.*s%.*s;", SW_STR_ARG(*all), SW_STR_ARG(name));
}

TEST(call__names_its_function_and_its_variables)
{
    const sw_intrinsic *call;
    sw_str              all = SW_STR("");
    REQUIRE(sw_intrinsic_parse(
        &arena, SW_STR("States.Format('{}{}', $a.x, States.Array($b, $.c, $$))"), &call, NULL));
    sw_intrinsic_variables(call, add_name, &all);
    CHECK_TEXT(all, "a;b;");
    CHECK_TEXT(sw_intrinsic_get_name(call), "States.Format");
    sw_arena_reset(&arena);
}

static bool run_everything(sw_arena *own, const void *unused)
{
    (void)unused;
    static const char *const calls[] = {"States.Format('{} {}', $.a, 1.5)",
                                        "States.StringSplit('a,b', ',')",
                                        "States.ArrayUnique($.l)",
                                        "States.Hash($, 'SHA-512')",
                                        "States.Base64Decode(States.Base64Encode('x'))",
                                        "States.Array(1, 2, 3, 4, 5, $.l, States.UUID())",
                                        "States.JsonMerge($, $, false)",
                                        "States.StringToJson(States.JsonToString($))",
                                        "States.ArrayPartition($.l, 2)"};
    sw_chance                chance;
    sw_error                 err;
    sw_scope                 scope = {.chance = &chance};
    sw_chance_seed(&chance, 1, 1);
    if (!sw_json_parse(own, SW_STR("{\"a\":{},\"l\":[1,2,1]}"), 0, &scope.input, &err))
        return true;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const sw_intrinsic *call;
        sw_value            result;
        if (sw_intrinsic_parse(own, sw_str_from(calls[i]), &call, &err))
            sw_intrinsic_evaluate(call, &scope, own, &result, &err);
    }
    return true;
}

TEST(intrinsic__survives_every_failed_allocation)
{
    check_spent_memory(run_everything, NULL);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    sw_arena_init(&arena);
    RUN(format__fills_in_arguments_as_java_prints_them);
    RUN(json__goes_to_text_and_back);
    RUN(json_merge__finds_members_in_large_objects);
    RUN(arrays__are_made_and_looked_into);
    RUN(digests__are_those_of_openssl_and_base64_is_javas);
    RUN(numbers__round_as_javas_math_round);
    RUN(math_random__stays_between_start_and_end);
    RUN(string_split__takes_a_set_of_characters_and_drops_empty_pieces);
    RUN(uuid__is_drawn_from_the_chance_that_is_handed_in);
    RUN(parse__blanks_paths_and_nesting_are_understood);
    RUN(parse__mistakes_are_refused_with_their_column);
    RUN(parse__ten_calls_can_be_nested_in_one);
    RUN(evaluate__a_missing_argument_is_told_apart_and_its_path_named);
    RUN(call__names_its_function_and_its_variables);
    RUN(intrinsic__survives_every_failed_allocation);
    sw_arena_clear(&arena);
    return CHECK_END();
}
