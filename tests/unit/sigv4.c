// sigv4.c: signatures, by AWS's own examples: the derived key of its documentation, and
// get-vanilla, post-vanilla and get-header-value-trim of its Signature Version 4 test suite.

#include "base/sigv4.h"

#include "check.h"

#define SECRET SW_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

static void sign(const char *method, const sw_sigv4_header *headers, size_t count, sw_str body,
                 const char *expected)
{
    sw_arena      arena;
    unsigned char key[32];
    char          hash[SW_SIGV4_HEX_BYTES], signature[SW_SIGV4_HEX_BYTES];
    sw_arena_init(&arena);
    sw_sigv4_hash(body, hash);
    sw_sigv4_derive_key(SECRET, SW_STR("20150830"), SW_STR("us-east-1"), SW_STR("service"), key);
    sw_sigv4_request request = {.method = method,
                                .path = SW_STR("/"),
                                .query = SW_STR(""),
                                .headers = headers,
                                .header_count = count,
                                .payload_hash = hash,
                                .timestamp = SW_STR("20150830T123600Z"),
                                .scope = SW_STR("20150830/us-east-1/service/aws4_request")};
    sw_sigv4_sign(&request, key, &arena, signature);
    CHECK_STR(signature, expected);
    sw_arena_clear(&arena);
}

#define HOST                                                                                       \
    {                                                                                              \
        SW_STR("host"), SW_STR("example.amazonaws.com")                                            \
    }
#define DATE                                                                                       \
    {                                                                                              \
        SW_STR("x-amz-date"), SW_STR("20150830T123600Z")                                           \
    }

TEST(sigv4__hashes_nothing_as_everybody_does)
{
    char hash[SW_SIGV4_HEX_BYTES];
    sw_sigv4_hash(SW_STR(""), hash);
    CHECK_STR(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sigv4__derives_the_key_of_the_documentation)
{
    static const unsigned char expected[] = {0xf4, 0x78, 0x0e, 0x2d, 0x9f, 0x65, 0xfa, 0x89,
                                             0x5f, 0x9c, 0x67, 0xb3, 0x2c, 0xe1, 0xba, 0xf0,
                                             0xb0, 0xd8, 0xa4, 0x35, 0x05, 0xa0, 0x00, 0xa1,
                                             0xa9, 0xe0, 0x90, 0xd4, 0x14, 0xdb, 0x40, 0x4d};
    unsigned char              key[32];
    sw_sigv4_derive_key(SECRET, SW_STR("20120215"), SW_STR("us-east-1"), SW_STR("iam"), key);
    CHECK(memcmp(key, expected, sizeof key) == 0);
}

TEST(sigv4__signs_as_the_test_suite)
{
    const sw_sigv4_header vanilla[] = {HOST, DATE};
    sign("GET", vanilla, 2, SW_STR(""),
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    sign("POST", vanilla, 2, SW_STR(""),
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    const sw_sigv4_header trim[] = {HOST,
                                    {SW_STR("my-header1"), SW_STR(" value1")},
                                    {SW_STR("my-header2"), SW_STR(" \"a   b   c\"")},
                                    DATE};
    sign("GET", trim, 4, SW_STR(""),
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(sigv4__hashes_nothing_as_everybody_does);
    RUN(sigv4__derives_the_key_of_the_documentation);
    RUN(sigv4__signs_as_the_test_suite);
    return CHECK_END();
}
