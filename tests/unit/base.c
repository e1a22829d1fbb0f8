// base.c: errors, UTF-8 and chance.

#include "check.h"

#include "base/chance.h"
#include "base/utf8.h"
#include "stepwell/error.h"

#include <errno.h>

TEST(error__is_filled_and_false)
{
    sw_error err = {.line = 7, .path = "/x"};
    CHECK(!sw_fail(&err, SW_ERROR_INVALID, "bad %s", "thing"));
    CHECK_INT(err.code, SW_ERROR_INVALID);
    CHECK_STR(err.message, "bad thing");
    CHECK_INT(err.line, 0);
    CHECK_STR(err.path, "");
    CHECK(!sw_fail(NULL, SW_ERROR_INVALID, "nobody cares"));
}

TEST(error__tells_what_the_system_said)
{
    sw_error err;
    CHECK(!sw_fail_errno(&err, ENOENT, "open the file"));
    CHECK_INT(err.code, SW_ERROR_IO);
    CHECK_STR(err.message, "cannot open the file: No such file or directory");
}

TEST(error__long_messages_are_cut_between_characters)
{
    for (size_t fill = 225; fill < 245; fill++) {
        static const char *const ends[] = {"xyz!", "\u00e9\u00e9", "\u20ac\u20ac", "\U0001f600"};
        for (size_t i = 0; i < 4; i++) {
            sw_error    err;
            char        text[300];
            const char *at = err.message;
            memset(text, '.', fill);
            strncpy(text + fill, ends[i], sizeof text - fill - 1);
            sw_fail(&err, SW_ERROR_INVALID, "%s%s", text, ends[i]);
            size_t left = strlen(err.message);
            CHECK(left >= 235 || left == strlen(text) + strlen(ends[i]));
            for (unsigned bytes; left > 0; left -= bytes, at += bytes) {
                bytes = sw_utf8_check((const unsigned char *)at, left);
                REQUIRE(bytes > 0);
            }
        }
    }
}

TEST(utf8__what_is_written_is_read_again)
{
    for (uint32_t point = 0; point < 0x110000; point++) {
        char        text[4], *end = sw_utf8_put(text, point);
        const char *at = text;
        size_t      bytes = (size_t)(end - text);
        bool        surrogate = point >= 0xd800 && point < 0xe000;
        REQUIRE(sw_utf8_next(&at) == point && at == end);
        REQUIRE(sw_utf8_check((unsigned char *)text, bytes) == (surrogate ? 0 : bytes));
        REQUIRE(sw_utf8_length((sw_str){text, bytes}) == 1);
        REQUIRE(bytes == 1 || sw_utf8_check((unsigned char *)text, bytes - 1) == 0);
    }
}

TEST(utf8__positions_count_lines_and_characters)
{
    uint32_t line, column;
    sw_str   text = SW_STR("a\n\u00e9\U0001f600x\n");
    sw_utf8_position(text, 0, &line, &column);
    CHECK_INT(line, 1);
    CHECK_INT(column, 1);
    sw_utf8_position(text, 8, &line, &column);
    CHECK_INT(line, 2);
    CHECK_INT(column, 3);
    sw_utf8_position(text, text.bytes, &line, &column);
    CHECK_INT(line, 3);
    CHECK_INT(column, 1);
}

TEST(chance__is_the_same_for_the_same_seed_and_stream)
{
    sw_chance a, b, other_stream, other_seed;
    sw_chance_seed(&a, 42, 1);
    sw_chance_seed(&b, 42, 1);
    sw_chance_seed(&other_stream, 42, 2);
    sw_chance_seed(&other_seed, 43, 1);
    for (int i = 0; i < 100; i++) {
        uint64_t bits = sw_chance_bits(&a);
        CHECK(bits == sw_chance_bits(&b));
        CHECK(bits != sw_chance_bits(&other_stream));
        CHECK(bits != sw_chance_bits(&other_seed));
    }
}

TEST(chance__fractions_fill_zero_to_one)
{
    sw_chance chance;
    int       tenths[10] = {0};
    sw_chance_seed(&chance, 7, 0);
    for (int i = 0; i < 100000; i++) {
        double fraction = sw_chance_fraction(&chance);
        REQUIRE(fraction >= 0 && fraction < 1);
        tenths[(int)(fraction * 10)]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(tenths[i] > 9500 && tenths[i] < 10500);
}

TEST(chance__uuids_are_version_4)
{
    sw_chance chance;
    char      uuid[37];
    sw_chance_seed(&chance, 7, 0);
    for (int i = 0; i < 100; i++) {
        sw_chance_uuid(&chance, uuid);
        CHECK_INT(strlen(uuid), 36);
        CHECK_INT(uuid[14], '4');
        CHECK(strchr("89ab", uuid[19]) != NULL);
        CHECK(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
        CHECK_INT(strspn(uuid, "0123456789abcdef-"), 36);
    }
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(error__is_filled_and_false);
    RUN(error__tells_what_the_system_said);
    RUN(error__long_messages_are_cut_between_characters);
    RUN(utf8__what_is_written_is_read_again);
    RUN(utf8__positions_count_lines_and_characters);
    RUN(chance__is_the_same_for_the_same_seed_and_stream);
    RUN(chance__fractions_fill_zero_to_one);
    RUN(chance__uuids_are_version_4);
    return CHECK_END();
}
