// http.c: which addresses may be called, and what forms look like.

#include "integrations/address.h"
#include "integrations/http/encode.h"

#include "check.h"

static const char *const private_addresses[] = {
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.168.1.1", "198.19.0.1", "224.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
    // IPv4 in other clothes: mapped, compatible, NAT64, 6to4
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001::1"};

static const char *const public_addresses[] = {
    "1.1.1.1",          "9.255.255.255",   "11.0.0.0",        "100.63.255.255",  "100.128.0.0",
    "126.255.255.255",  "128.0.0.0",       "169.253.0.0",     "172.15.255.255",  "172.32.0.0",
    "192.167.0.0",      "223.255.255.255", "2606:4700::1111", "2001:4860::8888", "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1", "2002:101:101::"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

TEST(address__public_reach_ends_at_private_networks)
{
    for (size_t i = 0; i < COUNT(private_addresses); i++) {
        if (!sw_address_text_is_allowed(private_addresses[i], SW_REACH_PUBLIC))
            continue;
        CHECK_STR(private_addresses[i], "refused");
    }
    for (size_t i = 0; i < COUNT(public_addresses); i++) {
        if (sw_address_text_is_allowed(public_addresses[i], SW_REACH_PUBLIC))
            continue;
        CHECK_STR(public_addresses[i], "allowed");
    }
}

TEST(address__loopback_reach_is_this_machine)
{
    CHECK(sw_address_text_is_allowed("127.0.0.1", SW_REACH_LOOPBACK));
    CHECK(sw_address_text_is_allowed("127.9.9.9", SW_REACH_LOOPBACK));
    CHECK(sw_address_text_is_allowed("::1", SW_REACH_LOOPBACK));
    CHECK(sw_address_text_is_allowed("::ffff:127.0.0.1", SW_REACH_LOOPBACK));
    CHECK(!sw_address_text_is_allowed("::", SW_REACH_LOOPBACK));
    CHECK(!sw_address_text_is_allowed("0.0.0.0", SW_REACH_LOOPBACK));
    CHECK(!sw_address_text_is_allowed("10.0.0.1", SW_REACH_LOOPBACK));
    CHECK(!sw_address_text_is_allowed("1.1.1.1", SW_REACH_LOOPBACK));
}

TEST(address__what_is_no_address_is_for_any_reach_alone)
{
    CHECK(sw_address_text_is_allowed("", SW_REACH_ANY));
    CHECK(!sw_address_text_is_allowed("", SW_REACH_PUBLIC));
    CHECK(!sw_address_text_is_allowed("localhost", SW_REACH_LOOPBACK));
}

static void check_form(const char *json, sw_array_format format, const char *expected)
{
    sw_arena arena;
    sw_value value;
    sw_error err;
    sw_arena_init(&arena);
    CHECK(sw_json_parse(&arena, sw_str_from(json), 0, &value, &err));
    CHECK_TEXT(sw_form_encode(&arena, value, format), expected);
    sw_arena_clear(&arena);
}

TEST(form__has_lists_in_four_formats)
{
    const char *json = "{\"a\":[\"x\",\"y\"]}";
    check_form(json, SW_ARRAY_INDICES, "a%5B0%5D=x&a%5B1%5D=y");
    check_form(json, SW_ARRAY_REPEAT, "a=x&a=y");
    check_form(json, SW_ARRAY_COMMAS, "a=x,y");
    check_form(json, SW_ARRAY_BRACKETS, "a%5B%5D=x&a%5B%5D=y");
}

TEST(form__nests_objects_and_lists)
{
    check_form("{\"a\":{\"b\":[{\"c\":1}]}}", SW_ARRAY_INDICES, "a%5Bb%5D%5B0%5D%5Bc%5D=1");
    check_form("{\"a\":[[1,2]]}", SW_ARRAY_INDICES, "a%5B0%5D%5B0%5D=1&a%5B0%5D%5B1%5D=2");
    check_form("{\"a\":{},\"b\":[]}", SW_ARRAY_COMMAS, "");
    check_form("{\"n\":1.50,\"t\":true,\"z\":null,\"s\":\"a b&c=d\"}", SW_ARRAY_INDICES,
               "n=1.50&t=true&z=&s=a%20b%26c%3Dd");
}

// A few thousand bytes of brackets must not become gigabytes of names.
TEST(form__is_bounded_where_names_repeat_themselves)
{
    sw_arena  arena;
    sw_value *items, value, key = sw_string(SW_STR("a"));
    sw_arena_init(&arena);
    value = sw_array_build(&arena, 20000, &items);
    for (size_t i = 0; i < 20000; i++)
        items[i] = sw_array_build(&arena, 0, &(sw_value *){NULL});
    for (unsigned depth = 0; depth < 900; depth++) {
        sw_value inner = value;
        value = sw_object_build(&arena, 1, &items);
        items[0] = key;
        items[1] = inner;
    }
    size_t before = arena.bytes;
    CHECK(sw_form_encode(&arena, value, SW_ARRAY_INDICES).text == NULL);
    CHECK(arena.bytes - before < 4 * SW_FORM_BYTES_MAX);
    sw_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(address__public_reach_ends_at_private_networks);
    RUN(address__loopback_reach_is_this_machine);
    RUN(address__what_is_no_address_is_for_any_reach_alone);
    RUN(form__has_lists_in_four_formats);
    RUN(form__nests_objects_and_lists);
    RUN(form__is_bounded_where_names_repeat_themselves);
    return CHECK_END();
}
