// jsonata.c: the JSONata evaluator through its public header: what cases in files cannot say. The
// language's own suite is run by tests/scripts/jsonata_suite.sh.

#include "stepwell/jsonata.h"

#include "base/arena.h"
#include "check.h"

#include <stdlib.h>

typedef struct attempt {
    sw_arena         arena;
    sw_jsonata_error err;
    sw_value         result;
    bool             compiled, ok;
} attempt;

static const sw_jsonata_options no_options;

static void attempt_with(attempt *a, const char *expression, const char *json,
                         const sw_jsonata_options *options, sw_jsonata_input input)
{
    const sw_jsonata *compiled;
    *a = (attempt){0};
    sw_arena_init(&a->arena);
    if (json != NULL)
        CHECK(sw_json_parse(&a->arena, sw_str_from(json), 0, &input.input, NULL));
    a->compiled =
        sw_jsonata_compile(&a->arena, sw_str_from(expression), options, &compiled, &a->err);
    a->ok = a->compiled && sw_jsonata_evaluate(compiled, &input, &a->arena, &a->result, &a->err);
}

static void check_result(const char *expression, const char *json, const char *expected)
{
    attempt a;
    attempt_with(&a, expression, json, &no_options, (sw_jsonata_input){0});
    if (CHECK(a.ok))
        CHECK_TEXT(a.result.type == SW_UNDEFINED ? SW_STR("undefined")
                                                 : sw_json_print(&a.arena, a.result),
                   expected);
    else
        printf("    %s: %s %s\n", expression, a.err.code, a.err.message);
    sw_arena_clear(&a.arena);
}

static void check_error(const char *expression, const sw_jsonata_options *options, const char *code,
                        uint32_t position, const char *token)
{
    attempt a;
    attempt_with(&a, expression, NULL, options, (sw_jsonata_input){0});
    CHECK(!a.ok);
    CHECK_STR(a.err.code, code);
    CHECK_INT(a.err.position, position);
    CHECK_STR(a.err.token, token);
    sw_arena_clear(&a.arena);
}

TEST(jsonata__evaluates_what_its_header_shows)
{
    check_result("$sum(items.price)", "{\"items\":[{\"price\":2},{\"price\":3}]}", "5");
}

TEST(jsonata__leaves_numbers_as_they_are_spelled)
{
    check_result("a", "{\"a\":1.50}", "1.50");
    check_result("{'b': a}", "{\"a\":12345678901234567890123}", "{\"b\":12345678901234567890123}");
    check_result("a + 0", "{\"a\":1.50}", "1.5");
    check_result("$max(a)", "{\"a\":[1.0,1e2]}", "1e2");
}

TEST(jsonata__counts_positions_in_javascript_characters)
{
    check_error("'\xf0\x9f\x98\x80' + 1", &no_options, "T2001", 6, "+");
    check_error("'\xc3\xa4' + 1", &no_options, "T2001", 5, "+");
}

TEST(jsonata__reports_errors_at_the_outermost_call)
{
    check_error("$f(1)", &no_options, "T1006", 3, "f");
    check_error("1 + $length(5)", &no_options, "T0410", 12, "length");
    check_error("($f := function($x){$x + 'a'}; $f(1))", &no_options, "T2002", 34, "+");
    check_error("[1..", &no_options, "S0203", 4, "(end)");
}

TEST(jsonata__words_errors_as_the_reference)
{
    attempt a;
    attempt_with(&a, "'a' < 1", NULL, &no_options, (sw_jsonata_input){0});
    CHECK_STR(a.err.message,
              "The values \"a\" and 1 either side of operator \"<\" must be of the same data type");
    sw_arena_clear(&a.arena);
    attempt_with(&a, "$error('what I say')", NULL, &no_options, (sw_jsonata_input){0});
    CHECK_STR(a.err.message, "what I say");
    sw_arena_clear(&a.arena);
}

TEST(jsonata__offers_newer_operators_and_eval_on_request_only)
{
    sw_jsonata_options newer = {.operators_2_1 = true}, eval = {.eval = true};
    attempt            a;
    check_error("a ?? 1", &no_options, "S0211", 4, "?");
    check_error("a ?: 1", &no_options, "S0211", 4, ":");
    check_error("$eval('1')", &no_options, "T1006", 6, "eval");
    attempt_with(&a, "(nothing ?? 0) ?: 7", NULL, &newer, (sw_jsonata_input){0});
    CHECK(a.ok && sw_value_number(a.result) == 7);
    sw_arena_clear(&a.arena);
    attempt_with(&a, "$eval('a + 1')", "{\"a\":2}", &eval, (sw_jsonata_input){0});
    CHECK(a.ok && sw_value_number(a.result) == 3);
    sw_arena_clear(&a.arena);
}

TEST(jsonata__refuses_the_input_where_there_is_none)
{
    sw_jsonata_options       none = {.no_input = true};
    static const char *const refused[] = {"a",        "$", "$$", "a.b",    "$sum(a)",      "[1, b]",
                                          "{'x': c}", "*", "**", "$x + a", "$ ~> $string", "(a)",
                                          "d[0]"};
    static const char *const allowed[] = {"$states.input.a",
                                          "$x[a > 1]",
                                          "$map($x, function($v) { $v.a })",
                                          "$x.a",
                                          "$x.{'b': c}",
                                          "$x{k: $sum(v)}",
                                          "$x^(a)",
                                          "function() { a }",
                                          "$x.($ + 1)",
                                          "$x ~> |a|{'b': c}|"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        attempt a;
        attempt_with(&a, refused[i], NULL, &none, (sw_jsonata_input){0});
        CHECK_STR(a.err.code, "S0600");
        sw_arena_clear(&a.arena);
    }
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        attempt a;
        attempt_with(&a, allowed[i], NULL, &none, (sw_jsonata_input){0});
        if (!CHECK(a.compiled))
            printf("    %s: %s\n", allowed[i], a.err.message);
        sw_arena_clear(&a.arena);
    }
}

static int asked;

static sw_value give_variable(void *who, sw_str name)
{
    asked++;
    return sw_str_is(name, "x") ? *(const sw_value *)who : sw_undefined();
}

TEST(jsonata__asks_for_a_variable_once)
{
    sw_value five = sw_number(5);
    attempt  a;
    asked = 0;
    attempt_with(&a, "[1..3].($ + $x)", NULL, &no_options,
                 (sw_jsonata_input){.variable = give_variable, .who = &five});
    CHECK_TEXT(sw_json_print(&a.arena, a.result), "[6,7,8]");
    CHECK_INT(asked, 1);
    sw_arena_clear(&a.arena);
}

static char visited[256];

static void note_variable(void *who, sw_str name)
{
    (void)who;
    size_t used = strlen(visited);
    snprintf(visited + used, sizeof visited - used, "%.*s ", SW_STR_ARG(name));
}

TEST(jsonata__names_the_variables_an_expression_reads)
{
    sw_arena          arena;
    const sw_jsonata *compiled;
    sw_arena_init(&arena);
    visited[0] = '\0';
    REQUIRE(sw_jsonata_compile(
        &arena,
        SW_STR("($own := $x; $sum($states.input.a) + $own + $map($x, function($v) { $v + $y }) + "
               "$states.result)"),
        NULL, &compiled, NULL));
    sw_jsonata_variables(compiled, note_variable, NULL);
    CHECK_STR(visited, "x y states.input states.result ");
    visited[0] = '\0';
    REQUIRE(sw_jsonata_compile(&arena, SW_STR("$string($states)"), NULL, &compiled, NULL));
    sw_jsonata_variables(compiled, note_variable, NULL);
    CHECK_STR(visited, "states ");
    sw_arena_clear(&arena);
}

// Limits ------------------------------------------------------------------------------------------

static void check_limit(const char *expression, sw_jsonata_input limits, const char *code)
{
    attempt a;
    attempt_with(&a, expression, NULL, &no_options, limits);
    CHECK(!a.ok);
    if (!CHECK_STR(a.err.code, code))
        printf("    %s\n", expression);
    sw_arena_clear(&a.arena);
}

TEST(jsonata__ends_runaways)
{
    check_limit("($f := function() { $f() }; $f())", (sw_jsonata_input){.steps_max = 100000},
                "U1001");
    check_limit("($f := function() { $f() }; $f())", (sw_jsonata_input){.time_max_ms = 20},
                "U1001");
    check_limit("($f := function() { 1 + $f() }; $f())", (sw_jsonata_input){0}, "U1001");
    check_limit("($f := function($n) { [$f($n)] }; $f(1))", (sw_jsonata_input){.depth_max = 100},
                "U1001");
    check_limit("$map([1..10000000], function($v) { [1..$v] })",
                (sw_jsonata_input){.memory_bytes_max = 1 << 20}, "D1011");
    check_limit("$pad('', 2000000000)", (sw_jsonata_input){.memory_bytes_max = 1 << 20}, "D1011");
    check_limit("$match($pad('', 40, 'a') & 'b', /(a+a+)+$/)", (sw_jsonata_input){0}, "D3145");
}

TEST(jsonata__refuses_results_nested_too_deeply)
{
    check_limit("$reduce([1..100000], function($a, $b) { [[$a]] })", (sw_jsonata_input){0},
                "U1001");
    check_limit("$string($reduce([1..100000], function($a, $b) { [[$a]] }))", (sw_jsonata_input){0},
                "U1001");
    check_result("$type($reduce([1..100000], function($a, $b) { [[$a]] }))", NULL, "\"array\"");
}

static void check_nested(const char *opening, const char *middle, const char *closing, int times)
{
    attempt a;
    size_t  length = strlen(middle) + (size_t)times * (strlen(opening) + strlen(closing)) + 1;
    char   *text = malloc(length), *at = text;
    for (int i = 0; i < times; i++)
        at = stpcpy(at, opening);
    at = stpcpy(at, middle);
    for (int i = 0; i < times; i++)
        at = stpcpy(at, closing);
    attempt_with(&a, text, NULL, &no_options, (sw_jsonata_input){0});
    CHECK(a.ok || strcmp(a.err.code, "U1001") == 0);
    sw_arena_clear(&a.arena);
    free(text);
}

TEST(jsonata__survives_deep_expressions)
{
    check_nested("(", "1", ")", 100);
    check_nested("(", "1", ")", 100000);
    check_nested("[", "", "]", 100000);
    check_nested("", "1", "+1", 100000);
    check_nested("", "1", "&1", 2000);
    check_nested("-", "a", "", 100000);
    check_nested("a[", "0", "]", 100000);
    check_nested("true ? ", "1", "", 100000);
    check_nested("function($x){", "1", "}", 100000);
    check_nested("", "a", ".a", 100000);
    check_nested("", "a", "[0]", 100000);
    check_nested("%.", "a", "", 100000);
}

TEST(jsonata__calls_in_tail_position_without_stack)
{
    check_result("($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s + $n) }; $f(300000, 0))",
                 NULL, "45000150000");
    check_result("($even := function($n) { $n = 0 ? true : $odd($n - 1) }; $odd := function($n) { "
                 "$n = 0 ? false : "
                 "$even($n - 1) }; $even(100001))",
                 NULL, "false");
}

TEST(jsonata__refuses_text_that_is_no_utf8)
{
    attempt a;
    attempt_with(&a, "'\xff'", NULL, &no_options, (sw_jsonata_input){0});
    CHECK_STR(a.err.code, "S0107");
    sw_arena_clear(&a.arena);
}

// What AWS adds -----------------------------------------------------------------------------------

TEST(jsonata__draws_seeded_numbers_as_java_does)
{
    check_result("$random(42)", NULL, "0.7275636800328681");
    check_result("$random(0)", NULL, "0.730967787376657");
}

TEST(jsonata__draws_the_same_for_the_same_chance)
{
    attempt a, b;
    attempt_with(&a, "[$random(), $uuid()]", NULL, &no_options,
                 (sw_jsonata_input){.chance_seed = 7});
    attempt_with(&b, "[$random(), $uuid()]", NULL, &no_options,
                 (sw_jsonata_input){.chance_seed = 7});
    CHECK(sw_value_equal(a.result, b.result));
    sw_arena_clear(&a.arena);
    sw_arena_clear(&b.arena);
}

TEST(jsonata__takes_the_time_from_its_caller)
{
    attempt a;
    attempt_with(&a, "$now() & ' ' & $millis()", NULL, &no_options,
                 (sw_jsonata_input){.now_ms = 1510067557121});
    CHECK_TEXT(sw_value_str(a.result), "2017-11-07T15:12:37.121Z 1510067557121");
    sw_arena_clear(&a.arena);
}

TEST(jsonata__joins_over_bound_variables)
{
    const char *json =
        "{\"o\":[{\"id\":1,\"r\":\"x\"},{\"id\":2,\"r\":\"y\"},{\"id\":3,\"r\":\"x\"}],"
        "\"r\":[{\"c\":\"x\",\"n\":\"X\"},{\"c\":\"y\",\"n\":\"Y\"},{\"c\":\"x\",\"n\":\"Z\"}]}";
    check_result("o@$o.r[c = $o.r].($o.id & n)", json, "[\"1X\",\"1Z\",\"2Y\",\"3X\",\"3Z\"]");
    check_result("o@$o.r[$o.r = c].n", json, "[\"X\",\"Z\",\"Y\",\"X\",\"Z\"]");
    check_result("o@$o.r[c = $o.id].n", json, "undefined");
}

// Memory ------------------------------------------------------------------------------------------

static const char *const samples[] = {
    "1",
    "a",
    "a.b",
    "items.price",
    "$sum(items.price)",
    "items[price > 1].name",
    "items{name: price}",
    "items^(>price).name",
    "items.{'n': name, 'p': price}",
    "items@$i.other[id = $i.id].{'i': $i.name, 'o': v}",
    "items#$i.{'i': $i}",
    "items.{'n': name, 'up': %.a}",
    "**.name",
    "*",
    "$map(items, function($v, $i) { $v.price * $i })",
    "$filter(items, function($v) { $v.price > 1 })",
    "$reduce(items.price, function($x, $y) { $x + $y })",
    "$sort(items.price)",
    "$distinct(items.name)",
    "$string($)",
    "$string(items, true)",
    "$merge(items.{name: price})",
    "$keys(items)",
    "$each($, function($v, $k) { $k })",
    "$sift($, function($v) { $v = 1 })",
    "$spread(items)",
    "$zip([1, 2], [3, 4])",
    "$split('a,b,c', ',')",
    "$match('abcabc', /b(c)/)",
    "$replace('abc', /b/, '$0$0')",
    "$contains('abc', /B/i)",
    "$uppercase('stra\xc3\x9f"
    "e')",
    "$pad('x', 20, 'ab')",
    "$base64encode('hello')",
    "$encodeUrlComponent('a b')",
    "$formatNumber(1234.5, '#,##0.00')",
    "$formatInteger(1999, 'w')",
    "$fromMillis(0, '[D1o] [MNn] [Y]')",
    "$toMillis('9th March 2018', '[D1o] [MNn] [Y]')",
    "$hash('x', 'SHA-256')",
    "$partition([1, 2, 3], 2)",
    "$range(1, 9, 2)",
    "$parse('{\"a\":[1]}')",
    "$uuid()",
    "$ ~> |items|{'z': 1}, 'name'|",
    "($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(20))",
    "($add := function($x, $y) { $x + $y }; $add(?, 2)(3))",
    "'a' & 1 & true & items",
    "[1..100][[2..5]]",
    "$lookup(items, 'name')",
    "items[name in ['a', 'b']] ~> $count() ~> $string",
    "/a+/('caat')",
};

static const char sample_data[] = "{\"a\":1,\"items\":[{\"id\":1,\"name\":\"a\",\"price\":1.5},{"
                                  "\"id\":2,\"name\":\"b\",\"price\":2}],"
                                  "\"other\":[{\"id\":2,\"v\":\"w\"}]}";

// Fails the nth allocation, for all n, until the whole succeeds.
static int attempts_until_success(sw_value data, const char *expression)
{
    for (uint64_t n = 1;; n++) {
        sw_arena          compiling, evaluating;
        const sw_jsonata *compiled;
        sw_jsonata_error  err;
        sw_value          result;
        sw_arena_init(&compiling);
        sw_arena_init(&evaluating);
        sw_arena_fail_after(n);
        bool ok = sw_jsonata_compile(&compiling, sw_str_from(expression), NULL, &compiled, &err) &&
                  sw_jsonata_evaluate(compiled, &(sw_jsonata_input){.input = data}, &evaluating,
                                      &result, &err);
        sw_arena_fail_after(0);
        sw_arena_clear(&compiling);
        sw_arena_clear(&evaluating);
        if (ok)
            return (int)n;
        if (!CHECK_STR(err.code, "D1011")) {
            printf("    %s: %s\n", expression, err.message);
            return 0;
        }
    }
}

TEST(jsonata__survives_each_failing_allocation)
{
    sw_arena arena;
    sw_value data;
    sw_arena_init(&arena);
    REQUIRE(sw_json_parse(&arena, sw_str_from(sample_data), 0, &data, NULL));
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        CHECK(attempts_until_success(data, samples[i]) > 0);
    sw_arena_clear(&arena);
}

TEST(jsonata__needs_no_more_memory_the_more_often_it_is_evaluated)
{
    sw_arena          arena, work;
    sw_value          data, result;
    const sw_jsonata *compiled[sizeof samples / sizeof samples[0]];
    size_t            count = sizeof samples / sizeof samples[0], after_few = 0;
    sw_arena_init(&arena);
    sw_arena_init(&work);
    REQUIRE(sw_json_parse(&arena, sw_str_from(sample_data), 0, &data, NULL));
    for (size_t i = 0; i < count; i++)
        REQUIRE(sw_jsonata_compile(&arena, sw_str_from(samples[i]), NULL, &compiled[i], NULL));
    for (int round = 0; round < 400; round++) {
        for (size_t i = 0; i < count; i++) {
            sw_arena_reset(&work);
            CHECK(sw_jsonata_evaluate(compiled[i], &(sw_jsonata_input){.input = data}, &work,
                                      &result, NULL));
        }
        if (round == 10)
            after_few = work.bytes;
    }
    CHECK(work.bytes <= after_few);
    sw_arena_clear(&work);
    sw_arena_clear(&arena);
}

TEST(jsonata__gives_results_without_marks_of_its_own)
{
    attempt a;
    attempt_with(&a, "{'x': a.b, 'y': [a], 'm': $match('a', /a/)}", "{\"a\":[{\"b\":1},{\"b\":2}]}",
                 &no_options, (sw_jsonata_input){0});
    CHECK(a.ok);
    CHECK_INT(sw_value_get(a.result, SW_STR("x")).flags & 0xf0, 0);
    CHECK_INT(sw_value_get(a.result, SW_STR("y")).flags & 0xf0, 0);
    sw_arena_clear(&a.arena);
}

// Plain expressions are worked out without an evaluation's preparations, unless a limit is asked
// for (plain.c): the two ways give the same.

static sw_value give_states_member(void *who, sw_jsonata_states_member member)
{
    return member == SW_STATES_INPUT ? sw_value_get(*(sw_value *)who, SW_STR("input"))
                                     : sw_undefined();
}

static sw_value give_member(void *who, sw_str name)
{
    sw_value document = *(sw_value *)who;
    return sw_str_is(name, "states") ? document : sw_value_get(document, name);
}

static sw_str outcome_of(attempt *a, const char *expression, sw_value *document, uint32_t depth_max)
{
    attempt_with(a, expression, NULL, &no_options,
                 (sw_jsonata_input){.variable = give_member,
                                    .states_member = give_states_member,
                                    .who = document,
                                    .depth_max = depth_max});
    if (!a->ok)
        return sw_str_format(&a->arena, "%s at %u: %s", a->err.code, a->err.position,
                             a->err.message);
    return a->result.type == SW_UNDEFINED  ? SW_STR("undefined")
           : a->result.type == SW_FUNCTION ? SW_STR("function")
                                           : sw_json_print(&a->arena, a->result);
}

static void check_both_ways(const char *expression, sw_value *document)
{
    attempt plain, ordinary;
    sw_str  one = outcome_of(&plain, expression, document, 0);
    sw_str  other = outcome_of(&ordinary, expression, document, 100000);
    CHECK_TEXT(one, other.text);
    if (!sw_str_equal(one, other))
        printf("    %s\n", expression);
    sw_arena_clear(&plain.arena);
    sw_arena_clear(&ordinary.arena);
}

static const char *const operands[] = {"1",
                                       "0",
                                       "-1.5",
                                       "1e308",
                                       "'a'",
                                       "\"10\"",
                                       "true",
                                       "null",
                                       "$a",
                                       "$n",
                                       "$big",
                                       "$s",
                                       "$none",
                                       "$sum",
                                       "$list",
                                       "$list[0]",
                                       "$o.n",
                                       "$o.o.none",
                                       "$list.k",
                                       "$o.list[1].k",
                                       "$states.input",
                                       "$states.input.a",
                                       "$states.input.s",
                                       "$states.input.list",
                                       "$states.input.list[1].k",
                                       "$states.input.list[7].k",
                                       "$states.input.one[0]",
                                       "$states.input.o.list[0]",
                                       "$states.input.f",
                                       "$states.input.nest[0]",
                                       "$states.result.x",
                                       "($a)",
                                       "($s; $a)",
                                       "$states.input.e",
                                       "$e.k"};

static const char *const operators[] = {"+", "-",  "*",  "/",   "%",  "=", "!=", "<",
                                        ">", "<=", ">=", "and", "or", "&", "in"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

TEST(jsonata__gives_the_same_whichever_way_it_goes)
{
    static const char members[] =
        "\"a\":1,\"n\":2.50,\"big\":1e308,\"s\":\"a\",\"f\":false,\"e\":[],\"one\":5,"
        "\"list\":[{\"k\":1},{\"k\":\"a\"}],\"nest\":[[1,2],3],"
        "\"o\":{\"n\":10,\"o\":{},\"list\":[{\"k\":3},{\"k\":4}]}";
    sw_arena arena;
    sw_value document;
    char     expression[160];
    sw_arena_init(&arena);
    sw_str text = sw_str_format(&arena, "{%s,\"input\":{%s}}", members, members);
    CHECK(sw_json_parse(&arena, text, 0, &document, NULL));
    for (size_t i = 0; i < COUNT(operands); i++) {
        check_both_ways(operands[i], &document);
        for (size_t k = 0; k < COUNT(operands); k++) {
            const char *operator= operators[(i * 7 + k) % COUNT(operators)];
            snprintf(expression, sizeof expression, "%s %s %s", operands[i], operator, operands[k]);
            check_both_ways(expression, &document);
            snprintf(expression, sizeof expression, "%s %s %s %s %s", operands[k],
                     operators[(i + k) % COUNT(operators)], operands[i], operator,
                     operands[(i + 3) % COUNT(operands)]);
            check_both_ways(expression, &document);
        }
    }
    sw_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(jsonata__evaluates_what_its_header_shows);
    RUN(jsonata__leaves_numbers_as_they_are_spelled);
    RUN(jsonata__counts_positions_in_javascript_characters);
    RUN(jsonata__reports_errors_at_the_outermost_call);
    RUN(jsonata__words_errors_as_the_reference);
    RUN(jsonata__offers_newer_operators_and_eval_on_request_only);
    RUN(jsonata__refuses_the_input_where_there_is_none);
    RUN(jsonata__asks_for_a_variable_once);
    RUN(jsonata__names_the_variables_an_expression_reads);
    RUN(jsonata__ends_runaways);
    RUN(jsonata__refuses_results_nested_too_deeply);
    RUN(jsonata__survives_deep_expressions);
    RUN(jsonata__calls_in_tail_position_without_stack);
    RUN(jsonata__refuses_text_that_is_no_utf8);
    RUN(jsonata__draws_seeded_numbers_as_java_does);
    RUN(jsonata__draws_the_same_for_the_same_chance);
    RUN(jsonata__takes_the_time_from_its_caller);
    RUN(jsonata__joins_over_bound_variables);
    RUN(jsonata__survives_each_failing_allocation);
    RUN(jsonata__needs_no_more_memory_the_more_often_it_is_evaluated);
    RUN(jsonata__gives_results_without_marks_of_its_own);
    RUN(jsonata__gives_the_same_whichever_way_it_goes);
    return CHECK_END();
}
