// json.c: values, the JSON reader and the JSON printer.
//
// yyjson is the oracle, by tests/json_oracle.h, for generated and mutated texts.

#include "spent_memory.h"

#include "../json_oracle.h"
#include "base/chance.h"

#include <time.h>

static sw_arena arena;

static sw_value parse(const char *text)
{
    sw_value v;
    sw_error err;
    if (sw_json_parse(&arena, sw_str_from(text), 0, &v, &err))
        return v;
    printf("%s: %u:%u: %s\n", text, err.line, err.column, err.message);
    return sw_undefined();
}

// Printed value, or line:column: message.
static sw_str outcome(sw_str text, unsigned flags)
{
    sw_value v;
    sw_error err;
    if (sw_json_parse(&arena, text, flags, &v, &err))
        return sw_json_print(&arena, v);
    return sw_str_format(&arena, "%u:%u: %s", err.line, err.column, err.message);
}

#define READS(text, expected) CHECK_TEXT(outcome(sw_str_from(text), 0), expected)
#define READS_JSONC(text, expected)                                                                \
    CHECK_TEXT(outcome(sw_str_from(text), SW_JSON_COMMENTS), expected)

#define EXPECTED                                                                                   \
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or "       \
    "'false')"
#define TOKEN(word)                                                                                \
    "Unrecognized token '" word "': was expecting (JSON String, Number, Array, Object or token "   \
    "'null', 'true' or 'false')"
#define CLOSE(kind, line, column)                                                                  \
    "Unexpected end-of-input: expected close marker for " kind                                     \
    " (start marker at [Source: (String); line: " line ", column: " column "])"

TEST(json__reads_every_kind_of_value)
{
    READS("null", "null");
    READS(" true ", "true");
    READS("false", "false");
    READS("\"a\"", "\"a\"");
    READS("-12.50e+3", "-12.50e+3");
    READS("[ ]", "[]");
    READS("{ }", "{}");
    READS("\t{ \"a\" : [ 1 , {\"b\":null} ] }\r\n", "{\"a\":[1,{\"b\":null}]}");
}

TEST(json__says_what_is_wrong_in_jacksons_words)
{
    READS("", "1:1: No content to map due to end-of-input");
    READS(" \n ", "2:2: No content to map due to end-of-input");
    READS("not a definition", "1:4: " TOKEN("not"));
    READS("[truex]", "1:7: " TOKEN("truex"));
    READS("nul", "1:4: " TOKEN("nul"));
    READS("{'a':1}", "1:3: Unexpected character (''' (code 39)): was expecting double-quote to "
                     "start field name");
    READS("{\"a\" 1}", "1:7: Unexpected character ('1' (code 49)): was expecting a colon to "
                       "separate field name and value");
    READS("[1 2]", "1:5: Unexpected character ('2' (code 50)): was expecting comma to separate "
                   "Array entries");
    READS("{\"a\":1 2}", "1:9: Unexpected character ('2' (code 50)): was expecting comma to "
                         "separate Object entries");
    READS("[1,]", "1:5: Unexpected character (']' (code 93)): " EXPECTED);
    READS("{\"a\":1,}", "1:9: Unexpected character ('}' (code 125)): was expecting double-quote to "
                        "start field name");
    READS("[1] 2", "1:5: Trailing token found after value: not allowed");
    READS("{}}", "1:4: Unexpected character ('}' (code 125)): " EXPECTED);
    READS("[\xc3\xa9]", "1:3: " TOKEN("\xc3\xa9"));
    READS("[\x01]", "1:3: Illegal character ((CTRL-CHAR, code 1)): only regular white space (\\r, "
                    "\\n, \\t) is allowed between tokens");
    READS("\xef\xbb\xbf{}", "1:2: " TOKEN("\xef\xbb\xbf"));
}

TEST(json__says_where_a_text_was_cut)
{
    READS("[", "1:2: " CLOSE("Array", "1", "1"));
    READS("\n {", "2:3: " CLOSE("Object", "2", "2"));
    READS("[1", "1:3: " CLOSE("Array", "1", "1"));
    READS("[1,", "1:4: Unexpected end-of-input within/between Array entries");
    READS("{\"a\"", "1:5: Unexpected end-of-input within/between Object entries");
    READS("{\"a\":", "1:6: Unexpected end-of-input within/between Object entries");
    READS("{\"a\":1,", "1:8: Unexpected end-of-input within/between Object entries");
    READS("\"ab", "1:4: Unexpected end-of-input: was expecting closing quote for a string value");
    READS("\"a\\", "1:4: Unexpected end-of-input in character escape sequence");
    READS("\"\\u12", "1:6: Unexpected end-of-input in character escape sequence");
    READS("-", "1:2: Unexpected end-of-input");
}

TEST(json__says_what_is_wrong_with_numbers)
{
    READS("01", "1:1: Invalid numeric value: Leading zeroes not allowed");
    READS("[-00]", "1:3: Invalid numeric value: Leading zeroes not allowed");
    READS("-x", "1:3: Unexpected character ('x' (code 120)): Expected digit (0-9) to follow minus "
                "sign, for valid numeric value");
    READS("1.x", "1:4: Unexpected character ('x' (code 120)): Decimal point not followed by a "
                 "digit");
    READS("1e+", "1:4: Unexpected end-of-input");
    READS("1a", "1:3: Unexpected character ('a' (code 97)): Expected space separating root-level "
                "values");
    READS("[1a]", "1:4: Unexpected character ('a' (code 97)): was expecting comma to separate "
                  "Array entries");
    READS("+1", "1:2: Unexpected character ('+' (code 43)): " EXPECTED);
    READS(".5", "1:2: Unexpected character ('.' (code 46)): " EXPECTED);
    READS("[NaN]", "1:5: " TOKEN("NaN"));
}

TEST(json__says_what_is_wrong_in_strings)
{
    READS("\"a\nb\"", "1:4: Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped "
                      "using backslash to be included in string value");
    READS("\"\\x\"", "1:4: Unrecognized character escape 'x' (code 120)");
    READS("\"\\u12g4\"", "1:7: Unexpected character ('g' (code 103)): expected a hex-digit for "
                         "character escape sequence");
    CHECK_TEXT(outcome((sw_str){"\"\0\"", 3}, 0),
               "1:3: Illegal unquoted character ((CTRL-CHAR, code 0)): has to be escaped using "
               "backslash to be included in string value");
}

TEST(json__refuses_invalid_utf8)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xe0\x80\xaf",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\xaf",
                                      "\xf0\x9f\x98",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sw_str text = sw_str_format(&arena, "[\"a\",\n\"\u00e9%s\"]", bad[i]);
        CHECK_TEXT(outcome(text, 0), "2:3: Invalid UTF-8 byte");
        sw_str long_text = sw_str_format(&arena, "\"0123456789012345678901234567890%s\"", bad[i]);
        CHECK_TEXT(outcome(long_text, 0), "1:33: Invalid UTF-8 byte");
    }
    READS(
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}

TEST(json__escapes_mean_what_they_mean)
{
    CHECK_TEXT(sw_value_str(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")), "\"\\/\b\f\n\r\t");
    CHECK_TEXT(sw_value_str(parse("\"\\u00e9\\u20AC\\ud83d\\ude00\"")), "\u00e9\u20ac\U0001f600");
    CHECK_INT(sw_value_str(parse("\"a\\u0000b\"")).bytes, 3);
    READS("\"\\u0000\\u001f\\u007f\\/\"", "\"\\u0000\\u001F\x7f/\"");
    READS("\"\\ud800\\u0041\"", "\"\\uD800A\"");
    READS("\"\\udc00\\ud800\"", "\"\\uDC00\\uD800\"");
}

TEST(json__of_repeated_members_the_last_wins_in_the_place_of_the_first)
{
    READS("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    READS("{\"a\":1,\"\\u0061\":2}", "{\"a\":2}");
    READS("{\"\\u0061\":1,\"a\":2}", "{\"a\":2}");
    READS("{\"\":1,\"\":2}", "{\"\":2}");
    CHECK_INT(sw_value_depth(parse("{\"a\":[[[1]]],\"a\":[]}")), 2);
    CHECK_INT(sw_value_text_bytes(parse("[{\"a\":[[[1]]],\"a\":[]}]")), 10);
}

TEST(json__depth_is_bound)
{
    static char text[20000];
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    sw_str deepest = {text + 10000 - SW_JSON_DEPTH_MAX, (size_t)2 * SW_JSON_DEPTH_MAX};
    CHECK_INT(outcome(deepest, 0).bytes, deepest.bytes);
    CHECK_TEXT(outcome((sw_str){deepest.text - 1, deepest.bytes + 2}, 0),
               "1:1001: Document nesting depth (1001) exceeds the maximum allowed (1000)");
    CHECK_TEXT(outcome((sw_str){text, 20000}, 0),
               "1:1001: Document nesting depth (1001) exceeds the maximum allowed (1000)");
}

TEST(json__comments_are_read_where_asked_for)
{
    READS_JSONC("// a\n{/* b */\"a\"/**/:1,// c\n}", "{\"a\":1}");
    READS_JSONC("[1,2,]", "[1,2]");
    READS_JSONC("[,]", "1:3: Unexpected character (',' (code 44)): " EXPECTED);
    READS_JSONC("[1,,]", "1:5: Unexpected character (',' (code 44)): " EXPECTED);
    READS_JSONC("1/* x", "1:2: Unexpected end-of-input in a comment");
    READS_JSONC("1/*/", "1:2: Unexpected end-of-input in a comment");
    READS_JSONC("1//", "1");
    READS_JSONC("1/2", "1:3: Unexpected character ('/' (code 47)): " EXPECTED);
    READS("[1,//\n2]", "1:5: Unexpected character ('/' (code 47)): " EXPECTED);
}

TEST(json__untouched_text_is_passed_on)
{
    const char *compact = "{\"a\":[1.50,\"\\n\"],\"b\":{}}";
    sw_value    v = parse(compact);
    CHECK((v.flags & SW_VALUE_SPAN) != 0);
    CHECK((sw_value_get(v, SW_STR("a")).flags & SW_VALUE_SPAN) != 0);
    CHECK_TEXT(sw_json_print(&arena, v), compact);
    v = parse("{\"a\":[1,2], \"b\":[\"\\/\"]}");
    CHECK((v.flags & SW_VALUE_SPAN) == 0);
    CHECK((sw_value_get(v, SW_STR("a")).flags & SW_VALUE_SPAN) != 0);
    CHECK((sw_value_get(v, SW_STR("b")).flags & SW_VALUE_SPAN) == 0);
    CHECK((parse("[{\"a\":1,\"a\":1}]").flags & SW_VALUE_SPAN) == 0);
}

TEST(json__pretty_printing_is_for_people)
{
    sw_value v = parse("{\"a\":[1,{\"b\":[]}],\"c\":{}}");
    CHECK_TEXT(sw_json_print_pretty(&arena, v, 2), "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n"
                                                   "    }\n  ],\n  \"c\": {}\n}");
}

TEST(json__values_are_found_and_compared)
{
    sw_value v = parse("{\"a\":1,\"b\":[1,2],\"\":null}"), w;
    CHECK_INT(sw_value_find(v, SW_STR("b")), 1);
    CHECK_INT(sw_value_find(v, SW_STR("")), 2);
    CHECK_INT(sw_value_find(v, SW_STR("c")), -1);
    CHECK_INT(sw_value_find(v.items[1], SW_STR("c")), -1);
    CHECK_INT(sw_value_at(sw_value_get(v, SW_STR("b")), 2).type, SW_UNDEFINED);
    CHECK(sw_value_equal(v, parse("{\"\":null,\"b\":[1.0,2e0],\"a\":10e-1}")));
    CHECK(!sw_value_equal(v, parse("{\"\":null,\"b\":[1,2],\"c\":1}")));
    CHECK(!sw_value_equal(v, parse("{\"\":null,\"b\":[1,2,3],\"a\":1}")));
    w = sw_object_with(&arena, v, SW_STR("b"), sw_bool(true));
    CHECK_TEXT(sw_json_print(&arena, w), "{\"a\":1,\"b\":true,\"\":null}");
    w = sw_object_with(&arena, w, SW_STR("d"), sw_number(0.5));
    CHECK_TEXT(sw_json_print(&arena, w), "{\"a\":1,\"b\":true,\"\":null,\"d\":0.5}");
    CHECK_TEXT(sw_json_print(&arena, v), "{\"a\":1,\"b\":[1,2],\"\":null}");
}

// {"k0":0,"k1":1,...}
static sw_str many_members(size_t count)
{
    char *text = sw_arena_alloc(&arena, count * 20 + 3), *at = text;
    *at++ = '{';
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s\"k%zu\":%zu", i > 0 ? "," : "", i, i);
    *at++ = '}';
    return (sw_str){text, (size_t)(at - text)};
}

TEST(json__large_objects_find_their_members)
{
    for (size_t count = 14; count < 40; count++) {
        sw_value v, w;
        CHECK(sw_json_parse(&arena, many_members(count), 0, &v, NULL));
        CHECK_INT(v.size, count);
        CHECK_INT((v.flags & SW_VALUE_INDEXED) != 0, count > 16);
        for (size_t i = 0; i < count; i++) {
            sw_str key = sw_str_format(&arena, "k%zu", i);
            CHECK_INT(sw_value_find(v, key), i);
            w = sw_object_with(&arena, v, key, sw_null());
            CHECK_INT(sw_value_get(w, key).type, SW_NULL);
        }
        CHECK_INT(sw_value_find(v, SW_STR("k")), -1);
        w = sw_object_with(&arena, v, SW_STR("k"), sw_null());
        CHECK_INT(sw_value_find(w, SW_STR("k")), count);
        CHECK(sw_value_equal(v, sw_value_copy(&arena, v)));
    }
}

TEST(json__numbers_keep_their_spelling_and_have_a_value)
{
    int64_t integer = 0;
    CHECK(sw_value_integer(parse("9223372036854775807"), &integer) && integer == INT64_MAX);
    CHECK(sw_value_integer(parse("-9223372036854775807"), &integer) && integer == -INT64_MAX);
    CHECK(sw_value_integer(parse("-9223372036854775808"), &integer) && integer == INT64_MIN);
    CHECK(!sw_value_integer(parse("9223372036854775808"), &integer));
    CHECK(!sw_value_integer(parse("-9223372036854775809"), &integer));
    CHECK(!sw_value_integer(parse("100000000000000000000"), &integer));
    CHECK(sw_value_integer(parse("1.5e1"), &integer) && integer == 15);
    CHECK(!sw_value_integer(parse("1.5"), &integer));
    CHECK(!sw_value_integer(parse("\"1\""), &integer));
    CHECK(sw_value_integer(parse("-0"), &integer) && integer == 0);
    CHECK(sw_value_number(parse("1e400")) > 1.7976931348623157e308);
    CHECK(sw_value_number(parse("-0.1")) == -0.1);
    CHECK(1 / sw_value_number(parse("-0")) < 0);
    sw_str long_number = sw_str_format(&arena, "1%0150d", 0);
    CHECK(sw_value_number(parse(long_number.text)) == 1e150);
}

#define PRINTS(number, expected)                                                                   \
    CHECK_TEXT(((sw_str){buffer, sw_number_print((number), buffer)}), expected)

TEST(number__prints_as_javascript_does)
{
    char buffer[40];
    PRINTS(0.0, "0");
    PRINTS(-0.0, "0");
    PRINTS(-12.0, "-12");
    PRINTS(0.1, "0.1");
    PRINTS(123.456, "123.456");
    PRINTS(1e21, "1e+21");
    PRINTS(123456789012345680000.0, "123456789012345680000");
    PRINTS(1e-6, "0.000001");
    PRINTS(1e-7, "1e-7");
    PRINTS(1.5e-7, "1.5e-7");
    PRINTS(5e-324, "5e-324");
    PRINTS(1.7976931348623157e308, "1.7976931348623157e+308");
    PRINTS(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    PRINTS(9007199254740993.0, "9007199254740992");
    PRINTS(-9007199254740991.0, "-9007199254740991");
    PRINTS(4.35, "4.35");
    PRINTS(1.0 / 3, "0.3333333333333333");
    PRINTS(1e300 * 1e10, "null");
}

TEST(number__printed_digits_give_the_number_again)
{
    sw_chance chance;
    sw_chance_seed(&chance, 1, 2);
    for (int i = 0; i < 20000; i++) {
        char     buffer[40];
        uint64_t bits = sw_chance_bits(&chance);
        double   number;
        memcpy(&number, &bits, sizeof number);
        if (number - number != 0)
            continue;
        sw_str text = {buffer, sw_number_print(number, buffer)};
        if (sw_number_parse(text) != number) {
            CHECK_TEXT(text, "the same number");
            return;
        }
    }
}

// The oracle -------------------------------------------------------------------------------------

static uint64_t below(sw_chance *chance, uint64_t bound)
{
    return sw_chance_bits(chance) % bound;
}

static char *generate(sw_chance *chance, char *at, unsigned depth);

static char *generate_blanks(sw_chance *chance, char *at)
{
    static const char blanks[] = " \n\t\r";
    while (below(chance, 6) == 0)
        *at++ = blanks[below(chance, 4)];
    return at;
}

static char *generate_string(sw_chance *chance, char *at)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "\\n",
                                         "\\\"",
                                         "\\/",
                                         "\\u0041",
                                         "\u00e9",
                                         "\u20ac",
                                         "\\\\",
                                         "{}[",
                                         "\\ud83d\\ude00",
                                         "\U0001f600",
                                         "some longer plain text",
                                         "\\u0000",
                                         " ",
                                         "1"};
    *at++ = '"';
    for (uint64_t n = below(chance, 5); n > 0; n--)
        at = stpcpy(at, pieces[below(chance, sizeof pieces / sizeof *pieces)]);
    *at++ = '"';
    return at;
}

static char *generate_items(sw_chance *chance, char *at, unsigned depth, bool object)
{
    uint64_t count = below(chance, below(chance, 20) == 0 ? 40 : 5);
    *at++ = object ? '{' : '[';
    for (uint64_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        if (object) {
            at = generate_string(chance, generate_blanks(chance, at));
            at = generate_blanks(chance, at);
            *at++ = ':';
        }
        at = generate(chance, at, depth - 1);
    }
    at = generate_blanks(chance, at);
    *at++ = object ? '}' : ']';
    return at;
}

static char *generate(sw_chance *chance, char *at, unsigned depth)
{
    static const char *const scalars[] = {
        "true", "false", "null", "0", "-0", "12", "-3.50", "1e5", "2E-10", "123456789012345678901"};
    at = generate_blanks(chance, at);
    uint64_t kind = below(chance, depth > 0 ? 4 : 2);
    if (kind == 0)
        at = stpcpy(at, scalars[below(chance, sizeof scalars / sizeof *scalars)]);
    else if (kind == 1)
        at = generate_string(chance, at);
    else
        at = generate_items(chance, at, depth, kind == 2);
    return generate_blanks(chance, at);
}

static size_t mutate(sw_chance *chance, char *text, size_t bytes)
{
    static const char common[] = "{}[]\",:\\0-e.u \n\x80\xc3\xff/*";
    for (uint64_t n = 1 + below(chance, 3); n > 0 && bytes > 0; n--) {
        size_t at = below(chance, bytes);
        switch (below(chance, 4)) {
        case 0:
            text[at] = common[below(chance, sizeof common)];
            break;
        case 1:
            text[at] = (char)below(chance, 256);
            break;
        case 2:
            memmove(text + at, text + at + 1, bytes - at - 1);
            bytes--;
            break;
        default:
            bytes = at; // cut
        }
    }
    return bytes;
}

// In memory of exactly its size, so that ASan sees a read too far.
static void check_exact(sw_str text)
{
    sw_arena own;
    char    *copy = malloc(text.bytes + (text.bytes == 0));
    memcpy(copy, text.text, text.bytes);
    sw_arena_init(&own);
    oracle_check(&own, (sw_str){copy, text.bytes});
    sw_arena_clear(&own);
    free(copy);
}

TEST(json__agrees_with_the_oracle_on_generated_and_mutated_texts)
{
    static char text[4000000];
    sw_chance   chance;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        sw_chance_seed(&chance, seed, 0);
        size_t bytes = (size_t)(generate(&chance, text, 4) - text);
        if (bytes > 20000)
            continue;
        check_exact((sw_str){text, bytes});
        for (int i = 0; i < 3; i++)
            check_exact((sw_str){text, mutate(&chance, text, bytes)});
    }
}

TEST(json__agrees_with_the_oracle_on_every_prefix)
{
    static const char text[] =
        " {\"a\": [1, -2.5e+3, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\"],"
        "\"\u00e9\\\"\": {\"b\": {}, \"c\": [[]], \"a long string, longer "
        "than a block\": \"\U0001f600 and more after it\"}} ";
    for (size_t cut = 0; cut < sizeof text; cut++)
        check_exact((sw_str){text, cut});
}

static bool parse_and_print(sw_arena *own, const void *what)
{
    const sw_str *text = what;
    sw_value      v;
    CHECK(sw_json_parse(own, *text, 0, &v, NULL));
    CHECK_INT(sw_json_print(own, v).bytes, text->bytes);
    return true;
}

TEST(json__survives_every_failed_allocation)
{
    sw_str text = many_members(600);
    check_spent_memory(parse_and_print, &text);
}

// Growth -----------------------------------------------------------------------------------------

static double seconds_for(sw_str text)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        sw_arena        own;
        sw_value        v;
        struct timespec a, b;
        sw_arena_init(&own);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        CHECK(sw_json_parse(&own, text, 0, &v, NULL));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        sw_arena_clear(&own);
        double s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
        best = s < best ? s : best;
    }
    return best;
}

// "[ PIECE PIECE ... ]" with separators as given.
static sw_str repeat(const char *first, const char *piece, const char *last, size_t count)
{
    size_t bytes = strlen(piece);
    char  *text = sw_arena_alloc(&arena, strlen(first) + bytes * count + strlen(last) + 1);
    char  *at = stpcpy(text, first);
    for (size_t i = 0; i < count; i++, at += bytes)
        memcpy(at, piece, bytes);
    at = stpcpy(at, last);
    return (sw_str){text, (size_t)(at - text)};
}

// Thirty times the text takes about thirty times as long, up to ninety where memory comes fresh,
// page by page, from the system; what is quadratic takes nine hundred times as long.
static void check_growth(const char *first, const char *piece, const char *last)
{
    double small = seconds_for(repeat(first, piece, last, 10000));
    double large = seconds_for(repeat(first, piece, last, 300000));
    if (!CHECK(large < 450 * small + 0.005))
        printf("%s%s...%s: %.6f s, then %.6f s\n", first, piece, last, small, large);
}

TEST(json__cost_per_byte_does_not_rise_with_size)
{
    check_growth("{", "\"a\":1,", "\"a\":2}");
    check_growth("{", "\"\\u0061\":1,", "\"a\":2}");
    check_growth("\"", "\\\"", "\"");
    check_growth("\"", "\\\\", "\"");
    check_growth("\"", "\\\\\\\"", "\"");
    check_growth("\"", "\u00e9", "\"");
    check_growth("[", "\"\\n\",", "1]");
    check_growth("[", "1,", "1]");
    check_growth("[", "[],", "1]");
    CHECK(seconds_for(many_members(300000)) < 450 * seconds_for(many_members(10000)));
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(json__reads_every_kind_of_value);
    RUN(json__says_what_is_wrong_in_jacksons_words);
    RUN(json__says_where_a_text_was_cut);
    RUN(json__says_what_is_wrong_with_numbers);
    RUN(json__says_what_is_wrong_in_strings);
    RUN(json__refuses_invalid_utf8);
    RUN(json__escapes_mean_what_they_mean);
    RUN(json__of_repeated_members_the_last_wins_in_the_place_of_the_first);
    RUN(json__depth_is_bound);
    RUN(json__comments_are_read_where_asked_for);
    RUN(json__untouched_text_is_passed_on);
    RUN(json__pretty_printing_is_for_people);
    RUN(json__values_are_found_and_compared);
    RUN(json__large_objects_find_their_members);
    RUN(json__numbers_keep_their_spelling_and_have_a_value);
    RUN(number__prints_as_javascript_does);
    RUN(number__printed_digits_give_the_number_again);
    RUN(json__agrees_with_the_oracle_on_generated_and_mutated_texts);
    RUN(json__agrees_with_the_oracle_on_every_prefix);
    RUN(json__survives_every_failed_allocation);
    RUN(json__cost_per_byte_does_not_rise_with_size);
    sw_arena_clear(&arena);
    return CHECK_END();
}
