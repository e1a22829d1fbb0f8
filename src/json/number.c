// number.c: JSON numbers to doubles and back, by yyjson's reader and writer.

#include "stepwell/json.h"

#include "base/assert.h"

#include <math.h>
#include <yyjson.h>

double sw_number_parse(sw_str text)
{
    char        small[64];
    yyjson_val  number;
    const char *end;
    // yyjson wants a NUL behind the number; a slice has none.
    if (text.bytes < sizeof small) {
        memcpy(small, text.text, text.bytes);
        small[text.bytes] = '\0';
        end = yyjson_read_number(small, &number, YYJSON_READ_ALLOW_INF_AND_NAN, NULL, NULL);
        SW_ASSERT(end == small + text.bytes);
        return yyjson_is_int(&number) && text.text[0] == '-' && yyjson_get_num(&number) == 0
                   ? -0.0
                   : yyjson_get_num(&number);
    }
    yyjson_doc *doc = yyjson_read(text.text, text.bytes, YYJSON_READ_ALLOW_INF_AND_NAN);
    if (doc == NULL)
        return NAN; // out of memory: no caller can tell, and none is worse off than with infinity
    double result = yyjson_get_num(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return result;
}

static size_t print_integer(int64_t integer, char *buffer)
{
    char     reverse[24];
    size_t   count = 0, length = 0;
    uint64_t rest = integer < 0 ? (uint64_t)-integer : (uint64_t)integer;
    do {
        reverse[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0)
        buffer[length++] = '-';
    while (count > 0)
        buffer[length++] = reverse[--count];
    return length;
}

// The shortest digits that give this double again, and where the point goes: value = 0.DIGITS *
// 10^*point.
static int shortest_digits(double number, char *digits, int *point)
{
    char           pool[512]; // yyjson's writer works in it, so nothing is allocated
    yyjson_alc     allocator;
    yyjson_mut_val value = {0};
    size_t         length = 0;
    yyjson_alc_pool_init(&allocator, pool, sizeof pool);
    yyjson_mut_set_real(&value, number);
    const char *text =
        yyjson_mut_val_write_opts(&value, YYJSON_WRITE_NOFLAG, &allocator, &length, NULL);
    SW_ASSERT(text != NULL);
    int  count = 0, before_point = 0, exponent = 0;
    bool seen_point = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            seen_point = true;
        } else if ((text[i] | 0x20) == 'e') {
            bool negative = text[++i] == '-';
            for (i += text[i] == '-' || text[i] == '+'; i < length; i++)
                exponent = exponent * 10 + (text[i] - '0');
            exponent = negative ? -exponent : exponent;
        } else {
            if (count > 0 || text[i] != '0')
                digits[count++] = text[i];
            else if (seen_point)
                before_point--;
            before_point += !seen_point && count > 0;
        }
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    *point = before_point + exponent;
    return count;
}

static char *put(char *at, const char *text, int count)
{
    memcpy(at, text, (size_t)count);
    return at + count;
}

static char *put_zeros(char *at, int count)
{
    memset(at, '0', (size_t)count);
    return at + count;
}

// spec: ECMAScript, Number::toString.
size_t sw_number_print(double number, char *buffer)
{
    if (number > -9007199254740992.0 && number < 9007199254740992.0 &&
        number == (double)(int64_t)number)
        return print_integer((int64_t)number, buffer);
    if (!isfinite(number)) {
        memcpy(buffer, "null", 4); // JSON has no infinity; JSON.stringify does the same
        return 4;
    }
    char digits[32], *at = buffer;
    int  point;
    int  count = shortest_digits(fabs(number), digits, &point);
    if (number < 0)
        *at++ = '-';
    if (point > 0 && point <= 21) {
        at = put(at, digits, count < point ? count : point);
        if (count <= point) {
            at = put_zeros(at, point - count);
        } else {
            *at++ = '.';
            at = put(at, digits + point, count - point);
        }
    } else if (point > -6 && point <= 0) {
        at = put(at, "0.", 2);
        at = put_zeros(at, -point);
        at = put(at, digits, count);
    } else {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            at = put(at, digits + 1, count - 1);
        }
        *at++ = 'e';
        *at++ = point - 1 < 0 ? '-' : '+';
        at += print_integer(point - 1 < 0 ? 1 - point : point - 1, at);
    }
    return (size_t)(at - buffer);
}
