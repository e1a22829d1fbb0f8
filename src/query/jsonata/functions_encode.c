// functions_encode.c: base 64 and URLs.

#include "query/jsonata/functions.h"

#include "base/utf8.h"

// Base 64 -----------------------------------------------------------------------------------------
//
// The reference encodes the low byte of each UTF-16 unit, and decodes to one character a byte.

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t low_bytes(sw_str text, unsigned char *bytes)
{
    const char *at = text.text, *end = at + text.bytes;
    size_t      count = 0;
    while (at < end) {
        uint32_t point = sw_utf8_next(&at);
        if (point >= 0x10000)
            bytes[count++] = (unsigned char)(0xd800 + ((point - 0x10000) >> 10));
        bytes[count++] = (unsigned char)(point >= 0x10000 ? 0xdc00 + (point & 0x3ff) : point);
    }
    return count;
}

SW_BUILTIN(sw_fn_base64_encode)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    unsigned char *bytes = sw_arena_alloc(ev->arena, arguments[0].size + 3u);
    size_t         count_bytes = low_bytes(sw_value_str(arguments[0]), bytes);
    char          *text = sw_arena_alloc(ev->arena, (count_bytes + 2) / 3 * 4), *to = text;
    bytes[count_bytes] = bytes[count_bytes + 1] = 0;
    for (size_t i = 0; i < count_bytes; i += 3) {
        uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        *to++ = letters[word >> 18];
        *to++ = letters[word >> 12 & 63];
        *to++ = i + 1 < count_bytes ? letters[word >> 6 & 63] : '=';
        *to++ = i + 2 < count_bytes ? letters[word & 63] : '=';
    }
    return sw_string_plain((sw_str){text, (size_t)(to - text)});
}

static int letter_value(char c)
{
    if (c == '-')
        return 62;
    if (c == '_')
        return 63;
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    return found == NULL ? -1 : (int)(found - letters);
}

SW_BUILTIN(sw_fn_base64_decode)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    sw_text  out;
    uint32_t word = 0;
    int      bits = 0;
    sw_text_init(&out, ev->arena, arguments[0].size + 4u);
    for (uint32_t i = 0; i < arguments[0].size && arguments[0].text[i] != '='; i++) {
        int value = letter_value(arguments[0].text[i]);
        if (value < 0)
            continue; // white space and the like
        word = word << 6 | (uint32_t)value;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        sw_text_point(&out, word >> bits & 0xff);
    }
    return sw_text_value(&out);
}

// URLs --------------------------------------------------------------------------------------------

#define UNRESERVED "-_.!~*'()"
#define RESERVED   ";/?:@&=+$,#"

static bool is_kept(unsigned char c, const char *also)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr(also, c) != NULL);
}

static _Noreturn void fail_url(sw_eval *ev, const char *name, sw_value value)
{
    sw_eval_fail(ev, (sw_fault){.code = "D3140",
                                .position = SW_NO_POSITION,
                                .value = value,
                                .function_name = name});
}

static sw_value encode(sw_eval *ev, sw_value text, const char *kept, const char *name)
{
    static const char hex[] = "0123456789ABCDEF";
    if (text.type == SW_UNDEFINED)
        return text;
    sw_text out;
    sw_text_init(&out, ev->arena, text.size * 3ul + 1);
    for (uint32_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (sw_utf8_check((const unsigned char *)text.text + i, text.size - i) == 0 &&
            (c & 0xc0) != 0x80)
            fail_url(ev, name, text); // half of a surrogate pair
        if (is_kept(c, kept))
            *out.at++ = text.text[i];
        else {
            *out.at++ = '%';
            *out.at++ = hex[c >> 4];
            *out.at++ = hex[c & 15];
        }
    }
    return sw_text_value(&out);
}

SW_BUILTIN(sw_fn_encode_url_component)
{
    return encode(ev, arguments[0], UNRESERVED, "encodeUrlComponent");
}

SW_BUILTIN(sw_fn_encode_url)
{
    return encode(ev, arguments[0], UNRESERVED RESERVED, "encodeUrl");
}

static int hex_value(char c)
{
    char lower = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte that %XX at at stands for, or -1.
static int escaped_byte(sw_value text, uint32_t at)
{
    if (at + 2 >= text.size || text.text[at] != '%')
        return -1;
    int high = hex_value(text.text[at + 1]), low = hex_value(text.text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Reads the character whose first byte is escaped at *at; false when it is no UTF-8.
static bool decode_character(sw_value text, uint32_t *at, unsigned char bytes[4], unsigned *length)
{
    int first = escaped_byte(text, *at);
    if (first < 0)
        return false;
    *length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    bytes[0] = (unsigned char)first;
    for (unsigned i = 1; i < *length; i++) {
        int byte = escaped_byte(text, *at + 3 * i);
        if (byte < 0)
            return false;
        bytes[i] = (unsigned char)byte;
    }
    *at += 3 * *length - 1;
    return sw_utf8_check(bytes, *length) == *length;
}

static sw_value decode(sw_eval *ev, sw_value text, const char *left_encoded, const char *name)
{
    if (text.type == SW_UNDEFINED)
        return text;
    sw_text out;
    sw_text_init(&out, ev->arena, text.size + 4ul);
    for (uint32_t i = 0; i < text.size; i++) {
        unsigned char bytes[4];
        unsigned      length;
        uint32_t      start = i;
        if (text.text[i] != '%') {
            sw_text_put(&out, text.text[i]);
            continue;
        }
        if (!decode_character(text, &i, bytes, &length))
            fail_url(ev, name, text);
        if (length == 1 && bytes[0] != 0 && strchr(left_encoded, bytes[0]) != NULL)
            sw_text_add(&out, (sw_str){text.text + start, 3});
        else
            sw_text_add(&out, (sw_str){(const char *)bytes, length});
    }
    return sw_text_value(&out);
}

SW_BUILTIN(sw_fn_decode_url_component)
{
    return decode(ev, arguments[0], "", "decodeUrlComponent");
}

SW_BUILTIN(sw_fn_decode_url)
{
    return decode(ev, arguments[0], RESERVED, "decodeUrl");
}
