// functions_date.c: $now, $millis, $fromMillis, $toMillis.

#include "query/jsonata/picture_date.h"

#include <math.h>
#include <stdio.h>

// 2017-11-07T15:12:37.121Z, the form without a picture.
static sw_value format_iso(sw_eval *ev, double millis)
{
    if (!(fabs(millis) <= 8.64e15))
        sw_eval_fail_value(ev, "D1001", sw_number(millis));
    sw_date date = sw_date_of(trunc(millis));
    char    text[64];
    int     length =
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(date.year % 10000),
                 date.month, date.day, date.hour, date.minute, date.second, date.millisecond);
    return sw_string_plain(sw_str_copy(ev->arena, (sw_str){text, (size_t)length}));
}

static sw_value format(sw_eval *ev, double millis, sw_value picture, sw_value zone)
{
    sw_date_picture parsed;
    if (picture.type != SW_STRING && zone.type != SW_STRING && millis >= -62135596800000.0)
        return format_iso(ev, millis);
    sw_str text = picture.type == SW_STRING
                      ? sw_value_str(picture)
                      : SW_STR("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]");
    sw_date_picture_parse(ev, text, &parsed);
    return sw_date_format(ev, millis, &parsed,
                          zone.type == SW_STRING ? sw_value_str(zone) : SW_STR(""));
}

SW_BUILTIN(sw_fn_from_millis)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    return format(ev, sw_double(arguments[0]), arguments[1], arguments[2]);
}

SW_BUILTIN(sw_fn_now)
{
    return format(ev, (double)ev->input->now_ms, arguments[0], arguments[1]);
}

SW_BUILTIN(sw_fn_millis)
{
    return sw_number((double)ev->input->now_ms);
}

// ISO 8601 ----------------------------------------------------------------------------------------

typedef struct reader {
    const char *at, *end;
} reader;

// Exactly so many digits; false when there are fewer.
static bool digits(reader *r, int count, int64_t *number)
{
    *number = 0;
    if (r->end - r->at < count)
        return false;
    for (int i = 0; i < count; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        *number = *number * 10 + (*r->at - '0');
    }
    return true;
}

static bool next_is(reader *r, char c)
{
    if (r->at >= r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool read_clock(reader *r, double *millis)
{
    int64_t hour, minute, second;
    if (!digits(r, 2, &hour) || !next_is(r, ':') || !digits(r, 2, &minute) || !next_is(r, ':') ||
        !digits(r, 2, &second))
        return false;
    if (hour > 29 || minute > 59 || second > 59)
        return false;
    *millis += hour > 24 || (hour == 24 && (minute > 0 || second > 0))
                   ? NAN
                   : (double)(hour * 3600000 + minute * 60000 + second * 1000);
    return true;
}

static bool read_fraction(reader *r, double *millis)
{
    int64_t digit;
    double  weight = 100, sum = 0;
    if (!digits(r, 1, &digit))
        return false;
    do {
        sum += (double)digit * weight;
        weight /= 10;
    } while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && digits(r, 1, &digit));
    *millis += floor(sum);
    return true;
}

static bool read_zone(reader *r, double *millis)
{
    int64_t hours, minutes;
    if (next_is(r, 'Z'))
        return true;
    bool negative = next_is(r, '-');
    if (!negative && !next_is(r, '+'))
        return true;
    if (!digits(r, 2, &hours))
        return false;
    next_is(r, ':');
    if (!digits(r, 2, &minutes) || hours > 29 || minutes > 59)
        return false;
    *millis -= (negative ? -1.0 : 1.0) * (double)(hours * 60 + minutes) * 60000.0;
    return true;
}

// Month and day, if given. Impossible ones make the result no number.
static bool read_day(reader *r, int64_t year, double *millis)
{
    int64_t month = 1, day = 1;
    if (r->at < r->end && *r->at == '-' && r->end - r->at >= 3 &&
        (r->end - r->at == 3 || r->at[3] != ':')) {
        r->at++;
        if (!digits(r, 2, &month) || month > 19)
            return false;
        if (next_is(r, '-') && (!digits(r, 2, &day) || day > 39))
            return false;
    }
    bool possible = month >= 1 && month <= 12 && day >= 1 && day <= 31;
    *millis = possible ? (double)sw_days_of(year, month, day) * 86400000.0 : NAN;
    return true;
}

static bool parse_iso(sw_str text, double *millis)
{
    reader  r = {text.text, text.text + text.bytes};
    int64_t year;
    if (!digits(&r, 4, &year) || !read_day(&r, year, millis))
        return false;
    if (next_is(&r, 'T') && !read_clock(&r, millis))
        return false;
    if (next_is(&r, '.') && !read_fraction(&r, millis))
        return false;
    return read_zone(&r, millis) && r.at == r.end;
}

SW_BUILTIN(sw_fn_to_millis)
{
    sw_date_picture picture;
    double          millis;
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    if (arguments[1].type == SW_STRING) {
        sw_date_picture_parse(ev, sw_value_str(arguments[1]), &picture);
        return sw_date_parse(ev, sw_value_str(arguments[0]), &picture);
    }
    if (!parse_iso(sw_value_str(arguments[0]), &millis))
        sw_eval_fail_value(ev, "D3110", arguments[0]);
    return sw_number(millis);
}
