// calendar.c: days, weeks, months and years, in the Gregorian calendar without end.

#include "query/jsonata/picture_date.h"

#include <math.h>

const char *const sw_month_names[12] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
const char *const sw_day_names[8] = {"",         "Monday", "Tuesday",  "Wednesday",
                                     "Thursday", "Friday", "Saturday", "Sunday"};

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

// Counted in eras of 400 years that begin in March, so that the leap day is a year's last.
int64_t sw_days_of(int64_t year, int64_t month, int64_t day)
{
    year += floor_divide(month - 1, 12);
    month = (month - 1) - floor_divide(month - 1, 12) * 12 + 1;
    year -= month <= 2;
    int64_t era = floor_divide(year, 400), year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 + day - 1;
}

sw_date sw_date_of(double millis)
{
    sw_date date = {.days = (int64_t)floor(millis / 86400000.0)};
    int64_t rest = (int64_t)(millis - (double)date.days * 86400000.0);
    date.hour = (int)(rest / 3600000);
    date.minute = (int)(rest / 60000 % 60);
    date.second = (int)(rest / 1000 % 60);
    date.millisecond = (int)(rest % 1000);
    date.weekday = (int)(date.days + 3 - floor_divide(date.days + 3, 7) * 7) + 1;
    int64_t z = date.days + 719468, era = floor_divide(z, 146097), day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

int sw_day_of_year(const sw_date *date)
{
    return (int)(date->days - sw_days_of(date->year, 1, 1)) + 1;
}

// The Monday of the first week with its Thursday in that month.
static int64_t first_week(int64_t year, int month)
{
    int64_t first = sw_days_of(year, month, 1);
    int     weekday = (int)(first + 3 - floor_divide(first + 3, 7) * 7) + 1;
    return weekday > 4 ? first + 8 - weekday : first + 1 - weekday;
}

static int weeks_between(int64_t first, int64_t day)
{
    return (int)floor_divide(day - first, 7) + 1;
}

int sw_week_of_year(const sw_date *date)
{
    int week = weeks_between(first_week(date->year, 1), date->days);
    if (week > 52 && date->days >= first_week(date->year + 1, 1))
        return 1;
    return week < 1 ? weeks_between(first_week(date->year - 1, 1), date->days) : week;
}

int sw_week_of_month(const sw_date *date)
{
    int week = weeks_between(first_week(date->year, date->month), date->days);
    if (week > 4 && date->days >= first_week(date->year, date->month + 1))
        return 1;
    return week < 1 ? weeks_between(first_week(date->year, date->month - 1), date->days) : week;
}

int64_t sw_year_of_week(const sw_date *date)
{
    if (date->days < first_week(date->year, 1))
        return date->year - 1;
    return date->days >= first_week(date->year + 1, 1) ? date->year + 1 : date->year;
}

int sw_month_of_week(const sw_date *date)
{
    if (date->days < first_week(date->year, date->month))
        return date->month == 1 ? 12 : date->month - 1;
    if (date->days >= first_week(date->year, date->month + 1))
        return date->month == 12 ? 1 : date->month + 1;
    return date->month;
}
