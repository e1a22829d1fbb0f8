// functions_aws.c: what AWS Step Functions adds to the language.
//
// aws: Step Functions Developer Guide, "JSONata functions provided by AWS"; numbers are rounded
// down to integers.

#include "query/jsonata/functions.h"

#include "base/hex.h"

#include <math.h>
#include <openssl/evp.h>

#define RANGE_ITEMS_MAX 1e7

static _Noreturn void fail_count(sw_eval *ev, const char *name, sw_value value)
{
    sw_eval_fail(ev, (sw_fault){.code = "D3144",
                                .position = SW_NO_POSITION,
                                .value = value,
                                .function_name = name});
}

SW_BUILTIN(sw_fn_partition)
{
    sw_value array = arguments[0], *parts;
    if (array.type == SW_UNDEFINED || arguments[1].type != SW_NUMBER)
        return sw_undefined();
    double size = floor(sw_double(arguments[1]));
    if (!(size >= 1))
        fail_count(ev, "partition", arguments[1]);
    uint32_t length = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    uint32_t part_count = array.size / length + (array.size % length != 0);
    sw_value result = sw_array_build(ev->arena, part_count, &parts);
    for (uint32_t i = 0; i < part_count; i++) {
        uint32_t  first = i * length, left = array.size - first;
        sw_value *items;
        parts[i] = sw_array_build(ev->arena, left < length ? left : length, &items);
        for (uint32_t k = 0; k < parts[i].size; k++)
            items[k] = array.items[first + k];
    }
    return result;
}

SW_BUILTIN(sw_fn_range)
{
    for (int i = 0; i < 3; i++) {
        if (arguments[i].type != SW_NUMBER)
            return sw_undefined();
    }
    double first = floor(sw_double(arguments[0])), last = floor(sw_double(arguments[1]));
    double step = floor(sw_double(arguments[2])), size = floor((last - first) / step) + 1;
    if (step == 0 || !isfinite(size) || size > RANGE_ITEMS_MAX)
        fail_count(ev, "range", step == 0 ? arguments[2] : sw_number(size));
    if (size < 1)
        return sw_empty_array(0);
    sw_value *items, result = sw_array_build(ev->arena, (size_t)size, &items);
    for (uint32_t i = 0; i < result.size; i++)
        items[i] = sw_number(first + i * step);
    result.flags = SW_VALUE_SEQUENCE;
    return result;
}

static const EVP_MD *digest_of(sw_str algorithm)
{
    if (sw_str_is(algorithm, "MD5"))
        return EVP_md5();
    if (sw_str_is(algorithm, "SHA-1"))
        return EVP_sha1();
    if (sw_str_is(algorithm, "SHA-256"))
        return EVP_sha256();
    if (sw_str_is(algorithm, "SHA-384"))
        return EVP_sha384();
    return sw_str_is(algorithm, "SHA-512") ? EVP_sha512() : NULL;
}

SW_BUILTIN(sw_fn_hash)
{
    if (arguments[0].type != SW_STRING || arguments[1].type != SW_STRING)
        return sw_undefined();
    const EVP_MD *digest = digest_of(sw_value_str(arguments[1]));
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned      length = 0;
    if (digest == NULL ||
        EVP_Digest(arguments[0].text, arguments[0].size, bytes, &length, digest, NULL) != 1)
        sw_eval_fail_value(ev, "D3143", arguments[1]);
    char *text = sw_arena_alloc(ev->arena, 2 * (size_t)length);
    sw_hex_put(text, bytes, length);
    return sw_string_plain((sw_str){text, 2 * (size_t)length});
}

void sw_chance_ready(sw_eval *ev)
{
    if (!ev->has_chance)
        sw_chance_seed(&ev->chance, ev->input->chance_seed, 0);
    ev->has_chance = true;
}

// java.util.Random: a linear congruential generator of 48 bits.
static uint64_t java_bits(uint64_t *seed, int bits)
{
    *seed = (*seed * 0x5deece66du + 0xbu) & (((uint64_t)1 << 48) - 1);
    return *seed >> (48 - bits);
}

static double java_fraction(int64_t seed)
{
    uint64_t state = ((uint64_t)seed ^ 0x5deece66du) & (((uint64_t)1 << 48) - 1);
    uint64_t high = java_bits(&state, 26);
    return (double)((high << 27) + java_bits(&state, 27)) * 0x1p-53;
}

SW_BUILTIN(sw_fn_random)
{
    if (arguments[0].type == SW_NUMBER) {
        double seed = floor(sw_double(arguments[0]));
        if (seed >= -0x1p63 && seed < 0x1p63)
            return sw_number(java_fraction((int64_t)seed));
        return sw_number(java_fraction(seed < 0 ? INT64_MIN : INT64_MAX));
    }
    sw_chance_ready(ev);
    return sw_number(sw_chance_fraction(&ev->chance));
}

SW_BUILTIN(sw_fn_uuid)
{
    char text[37];
    sw_chance_ready(ev);
    sw_chance_uuid(&ev->chance, text);
    return sw_string_plain(sw_str_copy(ev->arena, (sw_str){text, 36}));
}

// aws: recorded, $parse("-0") is 0: Java's reader makes it the integer.
static sw_value without_minus_zero(sw_value v)
{
    bool minus_zero = v.type == SW_NUMBER && (v.flags & SW_VALUE_SPELLED) != 0 &&
                      sw_str_equal(sw_value_str(v), SW_STR("-0"));
    return minus_zero ? sw_number(0) : v;
}

SW_BUILTIN(sw_fn_parse)
{
    sw_value result;
    sw_error error;
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    if (sw_json_parse(ev->arena, sw_value_str(arguments[0]), 0, &result, &error))
        return without_minus_zero(result);
    sw_eval_fail(ev, (sw_fault){.code = "D3142",
                                .position = SW_NO_POSITION,
                                .value = arguments[0],
                                .message = sw_str_from(error.message)});
}
