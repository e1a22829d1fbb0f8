// java.c: values as Java prints and orders them.

#include "query/jsonpath/java.h"

#include "base/utf8.h"

#include <math.h>

// A text that grows in the arena.
typedef struct builder {
    sw_arena *arena;
    char     *text;
    size_t    bytes, room;
} builder;

static void append(builder *b, sw_str piece)
{
    if (b->room - b->bytes < piece.bytes) {
        size_t room = b->room * 2 + piece.bytes;
        char  *text = sw_arena_alloc(b->arena, room);
        if (b->bytes > 0)
            memcpy(text, b->text, b->bytes);
        b->text = text;
        b->room = room;
    }
    if (piece.bytes > 0)
        memcpy(b->text + b->bytes, piece.text, piece.bytes);
    b->bytes += piece.bytes;
}

// The digits of a number's JavaScript spelling without sign, point and leading zeros; *point is
// where the point goes among them: value = 0.DIGITS * 10^point.
static size_t split_digits(sw_str text, char *digits, int64_t *point)
{
    size_t  count = 0, i = text.bytes > 0 && (text.text[0] == '-' || text.text[0] == '+');
    bool    seen_point = false;
    int64_t exponent = 0;
    *point = 0;
    for (; i < text.bytes && (text.text[i] | 0x20) != 'e'; i++) {
        char c = text.text[i];
        if (c == '.') {
            seen_point = true;
        } else if (c != '0' || count > 0) {
            digits[count++] = c;
            *point += !seen_point;
        } else {
            *point -= seen_point;
        }
    }
    if (i < text.bytes) {
        bool negative = text.text[++i] == '-';
        for (i += negative || text.text[i] == '+'; i < text.bytes; i++) {
            if (exponent < INT32_MAX) // far beyond what BigDecimal takes
                exponent = exponent * 10 + (text.text[i] - '0');
        }
        exponent = negative ? -exponent : exponent;
    }
    while (count > 0 && digits[count - 1] == '0')
        count--;
    *point = count == 0 ? 0 : *point + exponent;
    return count;
}

// count digits from start, zeros beyond the end.
static void append_digits(builder *b, const char *digits, size_t known, int64_t start, int64_t end)
{
    for (int64_t i = start; i < end; i++)
        append(b, i >= 0 && i < (int64_t)known ? (sw_str){digits + i, 1} : SW_STR("0"));
}

// Double.toString: 1.0, 0.001, 1.0E7, 1.5E-4.
static void append_double(builder *b, double number)
{
    char    spelled[40], digits[40];
    size_t  bytes = sw_number_print(number, spelled);
    int64_t point, known;
    if (number - number != 0) { // only a text such as 1e999 can be that large
        append(b, number < 0 ? SW_STR("-Infinity") : SW_STR("Infinity"));
        return;
    }
    size_t count = split_digits((sw_str){spelled, bytes}, digits, &point);
    known = (int64_t)count;
    if (signbit(number)) // -0.0 has one, too
        append(b, SW_STR("-"));
    if (count == 0) {
        append(b, SW_STR("0.0"));
    } else if (point > -3 && point <= 7) {
        append_digits(b, digits, count, point > 0 ? 0 : point - 1, point);
        append(b, SW_STR("."));
        append_digits(b, digits, count, point, known > point ? known : point + 1);
    } else {
        append_digits(b, digits, count, 0, 1);
        append(b, SW_STR("."));
        append_digits(b, digits, count, 1, known > 1 ? known : 2);
        append(b, sw_str_format(b->arena, "E%lld", (long long)point - 1));
    }
}

static bool is_integer_spelling(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.text[i] == '.' || (text.text[i] | 0x20) == 'e')
            return false;
    }
    return true;
}

static void append_number(builder *b, sw_value v)
{
    int64_t integer;
    if ((v.flags & SW_VALUE_SPELLED) != 0 && is_integer_spelling(sw_value_str(v)))
        append(b, sw_str_is(sw_value_str(v), "-0") ? SW_STR("0") : sw_value_str(v));
    else if ((v.flags & SW_VALUE_SPELLED) == 0 && sw_value_integer(v, &integer))
        append(b, sw_str_format(b->arena, "%lld", (long long)integer));
    else
        append_double(b, sw_value_number(v));
}

static void append_value(builder *b, sw_value v);

// AbstractCollection.toString and AbstractMap.toString.
static void append_container(builder *b, sw_value v)
{
    bool object = v.type == SW_OBJECT;
    append(b, object ? SW_STR("{") : SW_STR("["));
    for (uint32_t i = 0; i < v.size; i++) {
        if (i > 0)
            append(b, SW_STR(", "));
        if (object) {
            append(b, sw_value_key(v, i));
            append(b, SW_STR("="));
        }
        append_value(b, object ? sw_value_member(v, i) : v.items[i]);
    }
    append(b, object ? SW_STR("}") : SW_STR("]"));
}

static void append_value(builder *b, sw_value v)
{
    switch ((sw_type)v.type) {
    case SW_UNDEFINED:
    case SW_NULL:
    case SW_FUNCTION:
        append(b, SW_STR("null"));
        return;
    case SW_BOOL:
        append(b, v.size != 0 ? SW_STR("true") : SW_STR("false"));
        return;
    case SW_NUMBER:
        append_number(b, v);
        return;
    case SW_STRING:
        append(b, sw_value_str(v));
        return;
    case SW_ARRAY:
    case SW_OBJECT:
        append_container(b, v);
        return;
    }
}

sw_str sw_java_text(sw_arena *arena, sw_value v)
{
    if (v.type == SW_STRING)
        return sw_value_str(v);
    builder b = {.arena = arena};
    append_value(&b, v);
    return (sw_str){b.text, b.bytes};
}

int sw_java_compare(sw_str a, sw_str b)
{
    size_t shared = a.bytes < b.bytes ? a.bytes : b.bytes, i = 0;
    while (i < shared && a.text[i] == b.text[i])
        i++;
    if (i == shared)
        return a.bytes < b.bytes ? -1 : a.bytes > b.bytes;
    unsigned char x = (unsigned char)a.text[i], y = (unsigned char)b.text[i];
    // UTF-8 orders like code points. UTF-16 writes those from U+10000 (four bytes, 0xf0 first) as
    // surrogates, which stand before U+E000 (0xee first).
    bool x_pair = x >= 0xf0, y_pair = y >= 0xf0;
    if (x_pair != y_pair && x >= 0xee && y >= 0xee)
        return x_pair ? -1 : 1;
    return x < y ? -1 : 1;
}

sw_str sw_java_trim(sw_str text)
{
    while (text.bytes > 0 && (unsigned char)text.text[0] <= ' ') {
        text.text++;
        text.bytes--;
    }
    while (text.bytes > 0 && (unsigned char)text.text[text.bytes - 1] <= ' ')
        text.bytes--;
    return text;
}

static bool is_surrogate(const unsigned char *text, size_t bytes)
{
    return bytes >= 3 && text[0] == 0xed && text[1] >= 0xa0 && text[1] <= 0xbf &&
           (text[2] & 0xc0) == 0x80;
}

size_t sw_java_valid_bytes(sw_str text)
{
    size_t at = 0;
    while (at < text.bytes) {
        const unsigned char *rest = (const unsigned char *)text.text + at;
        unsigned             bytes = sw_utf8_check(rest, text.bytes - at);
        if (bytes == 0 && is_surrogate(rest, text.bytes - at))
            bytes = 3;
        if (bytes == 0)
            break;
        at += bytes;
    }
    return at;
}

static size_t skip_digits(sw_str text, size_t at)
{
    while (at < text.bytes && text.text[at] >= '0' && text.text[at] <= '9')
        at++;
    return at;
}

static size_t skip_sign(sw_str text, size_t at)
{
    return at + (at < text.bytes && (text.text[at] == '-' || text.text[at] == '+'));
}

bool sw_java_is_decimal(sw_str text)
{
    size_t start = skip_sign(text, 0), at = skip_digits(text, start), digits = at - start;
    if (at < text.bytes && text.text[at] == '.') {
        size_t fraction = skip_digits(text, at + 1);
        digits += fraction - at - 1;
        at = fraction;
    }
    if (digits == 0)
        return false;
    if (at == text.bytes || (text.text[at] | 0x20) != 'e')
        return at == text.bytes;
    size_t exponent = skip_sign(text, at + 1), end = skip_digits(text, exponent);
    return end == text.bytes && end > exponent && end - exponent <= 10;
}

// Digits are compared where they stand: no copy, however long they are.
typedef struct decimal {
    sw_str  text;
    size_t  first, last; // of its digits that count; first == last: zero
    int64_t magnitude;   // 0.DIGITS * 10^magnitude
    bool    negative;
} decimal;

static int64_t read_exponent(sw_str text, size_t at)
{
    int64_t exponent = 0;
    bool    negative = at < text.bytes && text.text[at] == '-';
    for (at = skip_sign(text, at); at < text.bytes; at++)
        exponent = exponent * 10 + (text.text[at] - '0');
    return negative ? -exponent : exponent;
}

static decimal read_decimal(sw_str text)
{
    decimal d = {.text = text, .negative = text.text[0] == '-'};
    size_t  at = skip_sign(text, 0), point = skip_digits(text, at), end = point;
    if (end < text.bytes && text.text[end] == '.')
        end = skip_digits(text, end + 1);
    d.first = at;
    d.last = end;
    while (d.first < d.last && (text.text[d.first] == '0' || text.text[d.first] == '.'))
        d.first++;
    while (d.last > d.first && (text.text[d.last - 1] == '0' || text.text[d.last - 1] == '.'))
        d.last--;
    d.magnitude = d.first < point ? (int64_t)(point - d.first) : -(int64_t)(d.first - point - 1);
    if (end < text.bytes)
        d.magnitude += read_exponent(text, end + 1);
    return d;
}

static int next_digit(const decimal *d, size_t *at)
{
    if (*at < d->last && d->text.text[*at] == '.')
        ++*at;
    return *at < d->last ? d->text.text[(*at)++] : '0';
}

static int compare_digits(const decimal *a, const decimal *b)
{
    if (a->magnitude != b->magnitude)
        return a->magnitude < b->magnitude ? -1 : 1;
    for (size_t i = a->first, j = b->first; i < a->last || j < b->last;) {
        int x = next_digit(a, &i), y = next_digit(b, &j);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

int sw_java_compare_decimals(sw_str a, sw_str b)
{
    decimal x = read_decimal(a), y = read_decimal(b);
    bool    x_zero = x.first == x.last, y_zero = y.first == y.last;
    int     x_sign = x_zero ? 0 : x.negative ? -1 : 1, y_sign = y_zero ? 0 : y.negative ? -1 : 1;
    if (x_sign != y_sign)
        return x_sign < y_sign ? -1 : 1;
    if (x_sign == 0)
        return 0;
    return x_sign * compare_digits(&x, &y);
}
