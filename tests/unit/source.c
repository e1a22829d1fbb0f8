// source.c: definitions' texts in every format, and places found in them.

#include "spent_memory.h"

#include "json/source.h"

#include <stdlib.h>

static sw_arena arena;

// What a text reads as, printed; for a text that is refused: line:column: message.
static sw_str reads(sw_source_format format, const char *text)
{
    sw_value value;
    sw_error err;
    if (sw_source_parse(&arena, sw_str_from(text), format, &value, &err))
        return sw_json_print(&arena, value);
    return sw_str_format(&arena, "%u:%u: %s", err.line, err.column, err.message);
}

#define YAML(text, expected)  CHECK_TEXT(reads(SW_SOURCE_YAML, text), expected)
#define AUTO(text, expected)  CHECK_TEXT(reads(SW_SOURCE_AUTO, text), expected)
#define JSONC(text, expected) CHECK_TEXT(reads(SW_SOURCE_JSONC, text), expected)

#define TOKEN(word)                                                                                \
    "Unrecognized token '" word "': was expecting (JSON String, Number, Array, Object or token "   \
    "'null', 'true' or 'false')"

TEST(source__format_comes_from_the_ending)
{
    CHECK_INT(sw_source_format_of(SW_STR("a.asl.json")), SW_SOURCE_JSON);
    CHECK_INT(sw_source_format_of(SW_STR("a.JSONC")), SW_SOURCE_JSONC);
    CHECK_INT(sw_source_format_of(SW_STR("dir/a.asl.yaml")), SW_SOURCE_YAML);
    CHECK_INT(sw_source_format_of(SW_STR("a.yml")), SW_SOURCE_YAML);
    CHECK_INT(sw_source_format_of(SW_STR("definition")), SW_SOURCE_AUTO);
    CHECK_INT(sw_source_format_of(SW_STR("")), SW_SOURCE_AUTO);
}

TEST(source__auto_reads_any_format)
{
    AUTO("{\"a\": 1}", "{\"a\":1}");
    AUTO(" // why\n/* so */ {\"a\": 1, /* b */ }", "{\"a\":1}");
    AUTO("a: 1\nb: [x]\n", "{\"a\":1,\"b\":[\"x\"]}");
    AUTO("# why\n- a\n", "[\"a\"]");
    AUTO("12", "12");
    AUTO("\xef\xbb\xbf{\"a\":1}", "{\"a\":1}");
}

TEST(source__auto_reports_in_the_words_of_the_likeliest_format)
{
    AUTO("not a definition", "1:4: " TOKEN("not"));
    AUTO("", "1:1: No content to map due to end-of-input");
    AUTO("{\"a\": tru}", "1:10: " TOKEN("tru"));
    AUTO("{a: 1}", "1:3: Unexpected character ('a' (code 97)): was expecting double-quote to start "
                   "field name");
    AUTO("a: b: c", "1:5: YAML: mapping values are not allowed in this context");
}

TEST(source__comments_are_refused_where_they_do_not_belong)
{
    CHECK_TEXT(reads(SW_SOURCE_JSON, "{} // x"),
               "1:5: Unexpected character ('/' (code 47)): expected a valid value (JSON String, "
               "Number, Array, Object or token 'null', 'true' or 'false')");
    JSONC("{} // x", "{}");
    JSONC("[1, 2, // x\n]", "[1,2]");
    JSONC("[/*", "1:2: Unexpected end-of-input in a comment");
}

TEST(source__offset_counts_the_byte_order_mark)
{
    sw_value value;
    sw_error err;
    CHECK(!sw_source_parse(&arena, SW_STR("\xef\xbb\xbf[x]"), SW_SOURCE_JSON, &value, &err));
    CHECK_INT(err.offset, 5);
    CHECK_INT(err.column, 3);
}

TEST(yaml__scalars_follow_the_core_schema)
{
    YAML("[null, ~, Null, true, False, {a: }]", "[null,null,null,true,false,{\"a\":null}]");
    YAML("[yes, no, on, off, y, n]", "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\"]");
    YAML("[0, -12, 1.50, 1e3, 1.5E-7]", "[0,-12,1.50,1e3,1.5E-7]");
    YAML("[+1, .5, 5., +.5, -.5, 1.e5]", "[1,0.5,5,0.5,-0.5,1e5]");
    YAML("[0x1F, 0o17, 0xffffffffffffffff]", "[31,15,18446744073709551615]");
    YAML("[1_000, 1:30, 2016-03-14T01:59:00Z, 1e, -, 0x, 1.2.3]",
         "[\"1_000\",\"1:30\",\"2016-03-14T01:59:00Z\",\"1e\",\"-\",\"0x\",\"1.2.3\"]");
    YAML("['12', \"true\", 'null']", "[\"12\",\"true\",\"null\"]");
    YAML("a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}");
    YAML("\"\\0\\u00e9\"", "\"\\u0000\u00e9\"");
}

TEST(yaml__values_that_json_has_not_are_refused)
{
    YAML("a: .inf", "1:4: YAML: .inf: JSON has no infinity and no NaN");
    YAML("a: 010", "1:4: YAML: 010: a leading zero makes it octal in YAML 1.1 but not in 1.2; use "
                   "quotes if it is text");
    YAML("a: 0x10000000000000000",
         "1:4: YAML: 0x10000000000000000: the number does not fit into 64 bits");
}

TEST(yaml__keys_are_text)
{
    YAML("1: a\ntrue: b\n~: c\n'x': d\n", "{\"1\":\"a\",\"true\":\"b\",\"~\":\"c\",\"x\":\"d\"}");
    YAML("? [a]\n: b\n", "1:3: YAML: a key must be a scalar");
    YAML("? {a: b}\n: b\n", "1:3: YAML: a key must be a scalar");
    YAML("a: &k key\n*k : 1\n", "{\"a\":\"key\",\"key\":1}");
}

TEST(yaml__repeated_keys_are_refused_at_the_second)
{
    YAML("a: 1\nb: 2\na: 3\n", "3:1: YAML: the key is there already");
    YAML("{x: {a: 1, 'a': 2}}", "1:12: YAML: the key is there already");
    char   text[1000];
    size_t bytes = 0;
    for (int i = 0; i < 40; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "k%d: 1\n", i);
    memcpy(text + bytes, "k7: 2\n", 7);
    YAML(text, "41:1: YAML: the key is there already");
}

TEST(yaml__aliases_stand_for_what_was_anchored)
{
    YAML("a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
    YAML("[&x 1, *x, &x 2, *x]", "[1,1,2,2]");
    YAML("[*x]", "1:2: YAML: there is no anchor of this name before it");
    YAML("&x [*x]", "1:5: YAML: an alias inside of what it stands for");
}

TEST(yaml__merge_keys_give_way_to_own_members)
{
    YAML("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n  r: 4\n",
         "{\"a\":{\"p\":1,\"q\":2},\"b\":{\"p\":1,\"q\":3,\"r\":4}}");
    YAML("- &x {p: 1}\n- &y {p: 2, q: 2}\n- <<: [*x, *y]\n",
         "[{\"p\":1},{\"p\":2,\"q\":2},{\"p\":1,\"q\":2}]");
    YAML("<<: 1\n", "1:5: YAML: << merges mappings only");
    YAML("<<: [{a: 1}, 2]\n", "1:5: YAML: << merges mappings only");
    YAML("'<<': 1\n", "{\"<<\":1}");
}

TEST(yaml__tags_are_refused)
{
    YAML("a: !Sub '${x}'",
         "1:4: YAML: the tag !Sub is CloudFormation's or an application's and has no meaning in a "
         "definition; write the value itself, or ${Name} with DefinitionSubstitutions");
    YAML("!!str 12", "1:1: YAML: the tag <tag:yaml.org,2002:str> is not supported; quotes make a "
                     "string of any scalar");
    YAML("!GetAtt a: 1",
         "1:1: YAML: the tag !GetAtt is CloudFormation's or an application's and has no meaning in "
         "a definition; write the value itself, or ${Name} with DefinitionSubstitutions");
    YAML("a: !!map {}",
         "1:4: YAML: the tag <tag:yaml.org,2002:map> is not supported; quotes make a "
         "string of any scalar");
}

TEST(yaml__one_document_is_read)
{
    YAML("---\na: 1\n...\n", "{\"a\":1}");
    YAML("a: 1\n---\nb: 2\n", "2:1: YAML: a second document starts here; one is allowed");
    YAML("", "1:1: YAML: there is no document in the text");
    YAML("# nothing\n", "2:1: YAML: there is no document in the text");
}

TEST(yaml__errors_have_a_place)
{
    YAML("a: [1, 2\nb: 3\n", "2:2: YAML: did not find expected ',' or ']', while parsing a flow "
                             "sequence");
    YAML("a:\n\t- b\n", "2:1: YAML: found character that cannot start any token, while scanning "
                        "for the next token");
    YAML("\xc3\xa9: 1\nb: \xff\n", "2:4: YAML: invalid leading UTF-8 octet");
    YAML("\xc3\xa9\xc3\xa9: @\n", "1:5: YAML: found character that cannot start any token, while "
                                  "scanning for the next token");
}

TEST(yaml__aliases_do_not_explode)
{
    char   text[2000];
    size_t bytes = (size_t)snprintf(text, sizeof text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes,
                                  "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
                                  i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    YAML(text, "8:10: YAML: with its aliases written out the text is too long");
}

static const char *nested(size_t levels)
{
    char *text = sw_arena_alloc(&arena, 2 * levels + 1);
    memset(text, '[', levels);
    memset(text + levels, ']', levels);
    text[2 * levels] = '\0';
    return text;
}

TEST(yaml__depth_is_bound)
{
    sw_str text = reads(SW_SOURCE_YAML, nested(SW_JSON_DEPTH_MAX));
    CHECK_INT(text.bytes, 2 * SW_JSON_DEPTH_MAX);
    YAML(nested(SW_JSON_DEPTH_MAX + 1), "1:1001: YAML: nested too deeply");
    YAML(nested(10000), "1:1001: YAML: nested too deeply");
}

TEST(yaml__aliases_count_towards_depth)
{
    sw_str half = sw_str_from(nested(600));
    sw_str text = sw_str_format(&arena, "- &x %s\n- %.*s*x%.*s\n", half.text, 500, half.text, 500,
                                half.text + 600);
    CHECK_TEXT(reads(SW_SOURCE_YAML, text.text), "2:503: YAML: nested too deeply");
}

TEST(yaml__anchors_are_bound)
{
    sw_str text = sw_str_format(&arena, "%s", "");
    char  *at = sw_arena_alloc(&arena, 20000), *start = at;
    for (unsigned i = 0; i <= SW_YAML_ANCHORS_MAX; i++)
        at += snprintf(at, 20, "- &a%u x\n", i);
    text = (sw_str){start, (size_t)(at - start)};
    CHECK_TEXT(reads(SW_SOURCE_YAML, text.text), "1001:3: YAML: too many anchors");
}

static const char all_features[] =
    "a: &x {p: 1, q: [1, 2, {r: s}]}\nb: {<<: *x, t: 'u'}\nc: [*x, *x, 0x10, +3]\nd: |\n  text\n";

static bool parse_source(sw_arena *own, const void *text)
{
    sw_value value;
    sw_error err = {0};
    bool     ok = sw_source_parse(own, sw_str_from(text), SW_SOURCE_AUTO, &value, &err);
    CHECK(ok || err.code == SW_ERROR_MEMORY);
    return ok;
}

TEST(source__survives_every_failed_allocation)
{
    check_spent_memory(parse_source, all_features);
    check_spent_memory(parse_source, "{\"a\": [1, \"\\u0041\"], /* c */ }");
}

TEST(source__refuses_or_reads_every_prefix)
{
    size_t bytes = sizeof all_features - 1;
    for (size_t cut = 0; cut < bytes; cut++) {
        char    *text = malloc(cut + 1); // exactly as long, for ASan
        sw_value value;
        sw_error err = {0};
        uint32_t line, column;
        memcpy(text, all_features, cut);
        for (sw_source_format f = SW_SOURCE_AUTO; f <= SW_SOURCE_YAML; f++) {
            bool ok = sw_source_parse(&arena, (sw_str){text, cut}, f, &value, &err);
            CHECK(ok || (err.line > 0 && err.message[0] != '\0'));
            sw_source_locate((sw_str){text, cut}, f, SW_STR("/b/t/q"), &line, &column);
        }
        free(text);
    }
}

// Places ------------------------------------------------------------------------------------------

static sw_str place(sw_source_format format, const char *text, const char *path)
{
    uint32_t line, column;
    if (!sw_source_locate(sw_str_from(text), format, sw_str_from(path), &line, &column))
        return SW_STR("nowhere");
    return sw_str_format(&arena, "%u:%u", line, column);
}

#define AT(format, text, path, expected) CHECK_TEXT(place(format, text, path), expected)

static const char machine[] = "// m\n"
                              "{\n"
                              "  \"States\": {\n"
                              "    \"a\": {\"Next\": \"x\"}, /* , */\n"
                              "    \"a/b\": {\"Next\": 1,\n"
                              "            \"Retry\": [{}, {\"ErrorEquals\": [1, 2]}]},\n"
                              "    \"R\\u0075n [0]\": {\"Branches\": [{\"States\": {\"X\": 1}}]}\n"
                              "  }\n"
                              "}\n";

TEST(locate__finds_names_and_elements)
{
    AT(SW_SOURCE_JSONC, machine, "/States", "3:3");
    AT(SW_SOURCE_JSONC, machine, "/States/a/Next", "4:11");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Next", "5:13");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry[1]", "6:27");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry[1]/ErrorEquals", "6:28");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry/1/ErrorEquals[1]", "6:47");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry/1/ErrorEquals/0", "6:44");
    AT(SW_SOURCE_AUTO, machine, "/States/Run [0]/Branches[0]/States/X", "7:47");
}

TEST(locate__falls_back_to_the_deepest_place_there_is)
{
    AT(SW_SOURCE_JSONC, machine, "", "2:1");
    AT(SW_SOURCE_JSONC, machine, "/", "2:1");
    AT(SW_SOURCE_JSONC, machine, "/Nope", "2:1");
    AT(SW_SOURCE_JSONC, machine, "/States/Nope", "3:3");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry[7]/ErrorEquals", "6:13");
    AT(SW_SOURCE_JSONC, machine, "/States/a/b/Retry[1]/Nope", "6:27");
    AT(SW_SOURCE_JSON, "", "/a", "nowhere");
    AT(SW_SOURCE_JSON, " 12", "/a", "1:2");
    AT(SW_SOURCE_YAML, "", "/a", "nowhere");
}

TEST(locate__takes_the_last_of_repeated_names)
{
    AT(SW_SOURCE_JSON, "{\"a\": {\"b\": 1},\n \"a\": {\"b\": 2}}", "/a/b", "2:8");
    AT(SW_SOURCE_JSON, "{\"a\": {\"b\": 1},\n \"a\": 2}", "/a", "2:2");
}

TEST(locate__works_in_yaml)
{
    static const char text[] = "# m\n"
                               "States:\n"
                               "  a/b: {Next: 1, Retry: [{}, {E: [1, 2]}]}\n"
                               "  'R\xc3\xa9 x':\n"
                               "    Branches:\n"
                               "      - States: {X: 1}\n"
                               "      - *x\n";
    AT(SW_SOURCE_YAML, text, "/States/a/b/Next", "3:9");
    AT(SW_SOURCE_YAML, text, "/States/a/b/Retry[1]/E[1]", "3:38");
    AT(SW_SOURCE_YAML, text, "/States/R\xc3\xa9 x/Branches[0]/States/X", "6:18");
    AT(SW_SOURCE_YAML, text, "/States/R\xc3\xa9 x/Branches/1/States/X", "7:9");
    AT(SW_SOURCE_YAML, text, "/Comment", "2:1");
}

TEST(locate__survives_broken_texts)
{
    size_t bytes = sizeof machine - 1;
    for (size_t cut = 0; cut < bytes; cut++) {
        char    *text = malloc(cut + 1);
        uint32_t line, column;
        memcpy(text, machine, cut);
        sw_source_locate((sw_str){text, cut}, SW_SOURCE_JSONC, SW_STR("/States/a/b/Retry[1]/X"),
                         &line, &column);
        free(text);
    }
    AT(SW_SOURCE_JSON, nested(10000), "/0/0", "1:3");
    AT(SW_SOURCE_JSON, "]]}},,\"", "/0/0", "1:1");
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(source__format_comes_from_the_ending);
    RUN(source__auto_reads_any_format);
    RUN(source__auto_reports_in_the_words_of_the_likeliest_format);
    RUN(source__comments_are_refused_where_they_do_not_belong);
    RUN(source__offset_counts_the_byte_order_mark);
    RUN(yaml__scalars_follow_the_core_schema);
    RUN(yaml__values_that_json_has_not_are_refused);
    RUN(yaml__keys_are_text);
    RUN(yaml__repeated_keys_are_refused_at_the_second);
    RUN(yaml__aliases_stand_for_what_was_anchored);
    RUN(yaml__merge_keys_give_way_to_own_members);
    RUN(yaml__tags_are_refused);
    RUN(yaml__one_document_is_read);
    RUN(yaml__errors_have_a_place);
    RUN(yaml__aliases_do_not_explode);
    RUN(yaml__depth_is_bound);
    RUN(yaml__aliases_count_towards_depth);
    RUN(yaml__anchors_are_bound);
    RUN(source__survives_every_failed_allocation);
    RUN(source__refuses_or_reads_every_prefix);
    RUN(locate__finds_names_and_elements);
    RUN(locate__falls_back_to_the_deepest_place_there_is);
    RUN(locate__takes_the_last_of_repeated_names);
    RUN(locate__works_in_yaml);
    RUN(locate__survives_broken_texts);
    sw_arena_clear(&arena);
    return CHECK_END();
}
