// text.c: growing, encoding, dates.

#include "integrations/aws/text.h"

#include "base/grow.h"
#include "base/time.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

void sw_aws_put(sw_aws_out *out, sw_str text)
{
    while (out->capacity - out->count < text.bytes + 1) {
        size_t capacity = out->capacity == 0 ? 256 : 2 * out->capacity;
        out->items = sw_arena_larger(out->arena, out->items, out->count, capacity, 1);
        out->capacity = capacity;
    }
    if (text.bytes > 0)
        memcpy(out->items + out->count, text.text, text.bytes);
    out->count += text.bytes;
}

void sw_aws_put_text(sw_aws_out *out, const char *text)
{
    sw_aws_put(out, sw_str_from(text));
}

sw_str sw_aws_out_str(sw_aws_out *out)
{
    sw_aws_put(out, (sw_str){"", 0});
    out->items[out->count] = '\0';
    return (sw_str){out->items, out->count};
}

// Base64 ------------------------------------------------------------------------------------------

sw_str sw_base64_encode(sw_arena *arena, sw_str bytes)
{
    char *text = sw_arena_alloc(arena, (bytes.bytes + 2) / 3 * 4 + 1);
    int   length =
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.text, (int)bytes.bytes);
    return (sw_str){text, (size_t)length};
}

bool sw_base64_decode(sw_arena *arena, sw_str text, sw_str *bytes)
{
    unsigned char *to = sw_arena_alloc(arena, text.bytes / 4 * 3 + 4);
    int            length = EVP_DecodeBlock(to, (const unsigned char *)text.text, (int)text.bytes);
    if (length < 0)
        return false;
    for (size_t i = 0; i < 2 && i < text.bytes && text.text[text.bytes - 1 - i] == '='; i++)
        length--;
    *bytes = (sw_str){(char *)to, (size_t)length};
    return true;
}

// Dates -------------------------------------------------------------------------------------------

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "ThuFriSatSunMonTueWed"; // from the epoch's on

sw_aws_date_format sw_aws_date_format_find(sw_str name, sw_aws_date_format own)
{
    if (sw_str_is(name, "iso8601"))
        return SW_AWS_DATE_ISO8601;
    if (sw_str_is(name, "rfc822"))
        return SW_AWS_DATE_RFC822;
    return sw_str_is(name, "unixTimestamp") ? SW_AWS_DATE_UNIX : own;
}

static sw_str print_rfc822(sw_arena *arena, int64_t epoch_ms)
{
    char    text[32];
    int64_t day = epoch_ms / 86400000 - (epoch_ms % 86400000 < 0);
    int     weekday = (int)((day % 7 + 7) % 7);
    sw_time_print(epoch_ms, text); // 2002-10-02T13:00:00Z
    int month = (text[5] - '0') * 10 + text[6] - '0' - 1;
    return sw_str_format(arena, "%.3s, %.2s %.3s %.4s %.8s GMT", days + 3 * weekday, text + 8,
                         months + 3 * month, text, text + 11);
}

sw_str sw_aws_date_print(sw_arena *arena, int64_t epoch_ms, sw_aws_date_format format)
{
    char text[32];
    switch (format) {
    case SW_AWS_DATE_ISO8601:
        return sw_str_copy(arena, (sw_str){text, sw_time_print(epoch_ms, text)});
    case SW_AWS_DATE_RFC822:
        return print_rfc822(arena, epoch_ms);
    case SW_AWS_DATE_UNIX:
        break;
    }
    if (epoch_ms % 1000 == 0)
        return sw_str_format(arena, "%lld", (long long)(epoch_ms / 1000));
    return sw_str_format(arena, "%.3f", (double)epoch_ms / 1000);
}

static bool parse_rfc822(const char *text, int64_t *epoch_ms)
{
    unsigned    day, year, hour, minute, second;
    char        month[4], iso[32];
    sw_instant  instant;
    const char *comma = strchr(text, ',');
    if (sscanf(comma == NULL ? text : comma + 1, " %2u %3s %4u %2u:%2u:%2u", &day, month, &year,
               &hour, &minute, &second) != 6)
        return false;
    const char *at = strstr(months, month);
    if (at == NULL || strlen(month) != 3 || (at - months) % 3 != 0)
        return false;
    int bytes = snprintf(iso, sizeof iso, "%04u-%02u-%02uT%02u:%02u:%02uZ", year,
                         (unsigned)(at - months) / 3 + 1, day, hour, minute, second);
    if (!sw_time_parse((sw_str){iso, (size_t)bytes}, &instant))
        return false;
    *epoch_ms = instant.seconds * 1000;
    return true;
}

bool sw_aws_date_parse(sw_str text, int64_t *epoch_ms)
{
    sw_instant instant;
    char       copy[64], *end;
    if (sw_time_parse(text, &instant)) {
        *epoch_ms = instant.seconds * 1000 + instant.nanoseconds / 1000000;
        return true;
    }
    if (text.bytes == 0 || text.bytes >= sizeof copy)
        return false;
    memcpy(copy, text.text, text.bytes);
    copy[text.bytes] = '\0';
    double seconds = strtod(copy, &end);
    if (*end != '\0')
        return parse_rfc822(copy, epoch_ms);
    if (!(seconds > -1e11 && seconds < 1e11)) // the years that dates can have
        return false;
    *epoch_ms = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));
    return true;
}
