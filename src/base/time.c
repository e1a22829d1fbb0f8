// time.c: RFC 3339 and the proleptic Gregorian calendar.

#include "base/time.h"

#include <stdio.h>

#define SECONDS_PER_DAY 86400
// aws: Java's ZoneOffset goes no further.
#define OFFSET_SECONDS_MAX (18 * 3600)

// Days from 1970-01-01, counted in eras of 400 years that begin on March 1st, so that leap days
// come last.
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

// Reading ---------------------------------------------------------------------------------------

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Exactly that many digits at the beginning of *rest.
static bool take_number(sw_str *rest, int digits, int *number)
{
    *number = 0;
    if (rest->bytes < (size_t)digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(rest->text[i]))
            return false;
        *number = *number * 10 + (rest->text[i] - '0');
    }
    *rest = (sw_str){rest->text + digits, rest->bytes - (size_t)digits};
    return true;
}

static bool take(sw_str *rest, char c)
{
    if (rest->bytes == 0 || rest->text[0] != c)
        return false;
    *rest = (sw_str){rest->text + 1, rest->bytes - 1};
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool             leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(sw_str *rest, int64_t *days)
{
    int year, month, day;
    if (!take_number(rest, 4, &year) || !take(rest, '-') || !take_number(rest, 2, &month) ||
        !take(rest, '-') || !take_number(rest, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *days = days_from_date(year, month, day);
    return true;
}

// Digits beyond nanoseconds are cut off.
static bool take_fraction(sw_str *rest, int32_t *nanoseconds)
{
    int32_t unit = 100000000;
    *nanoseconds = 0;
    if (!take(rest, '.'))
        return true;
    if (rest->bytes == 0 || !is_digit(rest->text[0]))
        return false;
    while (rest->bytes > 0 && is_digit(rest->text[0])) {
        *nanoseconds += unit * (rest->text[0] - '0');
        unit /= 10;
        take(rest, rest->text[0]);
    }
    return true;
}

static bool take_clock(sw_str *rest, int64_t *seconds)
{
    int hour, minute, second;
    if (!take_number(rest, 2, &hour) || !take(rest, ':') || !take_number(rest, 2, &minute) ||
        !take(rest, ':') || !take_number(rest, 2, &second))
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 59;
}

static bool take_offset(sw_str *rest, int64_t *seconds)
{
    int hour, minute;
    *seconds = 0;
    if (take(rest, 'Z'))
        return true;
    bool west = take(rest, '-');
    if (!west && !take(rest, '+'))
        return false;
    if (!take_number(rest, 2, &hour) || !take(rest, ':') || !take_number(rest, 2, &minute))
        return false;
    *seconds = (hour * 3600 + minute * 60) * (west ? -1 : 1);
    return minute <= 59 && hour * 3600 + minute * 60 <= OFFSET_SECONDS_MAX;
}

bool sw_time_parse(sw_str text, sw_instant *instant)
{
    int64_t days, seconds, offset;
    int32_t nanoseconds;
    if (!take_date(&text, &days) || !take(&text, 'T') || !take_clock(&text, &seconds) ||
        !take_fraction(&text, &nanoseconds) || !take_offset(&text, &offset) || text.bytes > 0)
        return false;
    *instant = (sw_instant){days * SECONDS_PER_DAY + seconds - offset, nanoseconds};
    return true;
}

// Printing --------------------------------------------------------------------------------------

size_t sw_time_print(int64_t epoch_ms, char text[32])
{
    int64_t seconds = epoch_ms / 1000, ms = epoch_ms % 1000;
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    int64_t days = seconds / SECONDS_PER_DAY, of_day = seconds % SECONDS_PER_DAY, year;
    if (of_day < 0) {
        of_day += SECONDS_PER_DAY;
        days--;
    }
    int month, day, hour = (int)(of_day / 3600), minute = (int)(of_day / 60 % 60);
    date_from_days(days, &year, &month, &day);
    int length = snprintf(text, 32, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)year, month, day,
                          hour, minute, (int)(of_day % 60));
    if (ms != 0 && length > 0 && length < 32)
        length += snprintf(text + length, 32 - (size_t)length, ".%03d", (int)ms);
    if (length > 0 && length < 31) {
        text[length++] = 'Z';
        text[length] = '\0';
    }
    return length < 0 ? 0 : (size_t)length;
}

sw_str sw_time_print_basic(sw_arena *arena, int64_t epoch_ms)
{
    char iso[32];
    sw_time_print(epoch_ms, iso);
    return sw_str_format(arena, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", iso, iso + 5, iso + 8, iso + 11,
                         iso + 14, iso + 17);
}
