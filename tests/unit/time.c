// time.c: tests of base/time.h.

#include "check.h"

#include "base/time.h"

static bool parses(const char *text, int64_t seconds, int32_t nanoseconds)
{
    sw_instant instant = {-1, -1};
    return sw_time_parse(sw_str_from(text), &instant) && instant.seconds == seconds &&
           instant.nanoseconds == nanoseconds;
}

static bool refuses(const char *text)
{
    sw_instant instant;
    return !sw_time_parse(sw_str_from(text), &instant);
}

TEST(time__reads_rfc_3339)
{
    CHECK(parses("1970-01-01T00:00:00Z", 0, 0));
    CHECK(parses("2016-03-14T01:59:00Z", 1457920740, 0));
    CHECK(parses("2016-03-14T01:59:00+00:00", 1457920740, 0));
    CHECK(parses("2016-03-14T03:59:00+02:00", 1457920740, 0));
    CHECK(parses("2016-03-13T20:29:00-05:30", 1457920740, 0));
    CHECK(parses("1969-12-31T23:59:59Z", -1, 0));
    CHECK(parses("0000-01-01T00:00:00Z", -62167219200, 0));
    CHECK(parses("9999-12-31T23:59:59Z", 253402300799, 0));
    CHECK(parses("2000-02-29T00:00:00Z", 951782400, 0));
}

TEST(time__cuts_fractions_to_nanoseconds)
{
    CHECK(parses("1970-01-01T00:00:00.5Z", 0, 500000000));
    CHECK(parses("1970-01-01T00:00:00.123456789Z", 0, 123456789));
    CHECK(parses("1970-01-01T00:00:00.12345678999999Z", 0, 123456789));
    CHECK(refuses("1970-01-01T00:00:00.Z"));
}

TEST(time__refuses_what_is_no_date)
{
    CHECK(refuses("2016-13-05T21:29:29Z"));
    CHECK(refuses("2016-00-05T21:29:29Z"));
    CHECK(refuses("2016-02-30T00:00:00Z"));
    CHECK(refuses("2015-02-29T00:00:00Z"));
    CHECK(refuses("1900-02-29T00:00:00Z"));
    CHECK(refuses("2016-12-05T25:29:29Z"));
    CHECK(refuses("2016-12-05T24:00:00Z"));
    CHECK(refuses("2016-12-05T23:60:00Z"));
    CHECK(refuses("2016-12-05T23:59:60Z"));
    CHECK(refuses("2016-12-05T23:59:59+19:00"));
    CHECK(refuses("2016-12-05T23:59:59+01:60"));
}

TEST(time__is_strict_about_form)
{
    CHECK(refuses(""));
    CHECK(refuses("2016-12-05"));
    CHECK(refuses("2016-12-05 21:29:29Z"));
    CHECK(refuses("2016-12-05t21:29:29Z"));
    CHECK(refuses("2016-12-05T21:29:29z"));
    CHECK(refuses("2016-12-05T21:29:29"));
    CHECK(refuses("2016-12-05T21:29Z"));
    CHECK(refuses("05-12-2016T21:29:29Z"));
    CHECK(refuses("2016-12-05T21:29:29Z "));
    CHECK(refuses("2016-12-05T21:29:29+0100"));
    CHECK(refuses("{% '2016-03-14T01:59:00Z' %}"));
}

static void check_print(int64_t epoch_ms, const char *expected)
{
    char   text[32];
    size_t bytes = sw_time_print(epoch_ms, text);
    CHECK_INT(bytes, strlen(expected));
    CHECK_STR(text, expected);
}

TEST(time__prints_milliseconds_unless_they_are_zero)
{
    check_print(0, "1970-01-01T00:00:00Z");
    check_print(1, "1970-01-01T00:00:00.001Z");
    check_print(-1, "1969-12-31T23:59:59.999Z");
    check_print(1457920740000, "2016-03-14T01:59:00Z");
    check_print(951782400120, "2000-02-29T00:00:00.120Z");
    check_print(253402300799000, "9999-12-31T23:59:59Z");
}

TEST(time__reads_what_it_prints)
{
    char       text[32];
    sw_instant instant = {0};
    for (int64_t ms = -62167219200000; ms < 253402300799000; ms += 1234567891234) {
        size_t bytes = sw_time_print(ms, text);
        REQUIRE(sw_time_parse((sw_str){text, bytes}, &instant));
        CHECK_INT(instant.seconds * 1000 + instant.nanoseconds / 1000000, ms);
    }
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(time__reads_rfc_3339);
    RUN(time__cuts_fractions_to_nanoseconds);
    RUN(time__refuses_what_is_no_date);
    RUN(time__is_strict_about_form);
    RUN(time__prints_milliseconds_unless_they_are_zero);
    RUN(time__reads_what_it_prints);
    return CHECK_END();
}
