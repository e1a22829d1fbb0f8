// picture_date.h: dates and times by picture: [Y0001]-[M01]-[D01].
//
// spec: XPath and XQuery Functions and Operators 3.1, "Formatting dates and times"; weeks are
// those of ISO 8601. Units Milliseconds since 1970, UTC.

#ifndef STEPWELL_QUERY_JSONATA_PICTURE_DATE_H
#define STEPWELL_QUERY_JSONATA_PICTURE_DATE_H

#include "query/jsonata/picture_integer.h"

#define SW_DATE_PARTS_MAX 64u

typedef enum sw_name_case {
    SW_NAME_NONE,
    SW_NAME_LOWER,
    SW_NAME_UPPER,
    SW_NAME_TITLE
} sw_name_case;

typedef struct sw_date_part {
    char               component;   // 0: literal text
    bool               traditional; // [Z...t]: Z for zero
    sw_name_case       name;
    uint32_t           width_max;   // 0: none
    int32_t            year_digits; // -1: all
    bool               has_integer;
    sw_str             literal;
    sw_integer_picture integer;
} sw_date_part;

typedef struct sw_date_picture {
    sw_date_part *parts;
    uint32_t      count;
} sw_date_picture;

void     sw_date_picture_parse(sw_eval *ev, sw_str text, sw_date_picture *picture);
sw_value sw_date_format(sw_eval *ev, double millis, const sw_date_picture *picture, sw_str zone);
sw_value sw_date_parse(sw_eval *ev, sw_str text, const sw_date_picture *picture);

// The calendar (calendar.c) -----------------------------------------------------------------------

typedef struct sw_date {
    int64_t year;
    int     month; // from 1
    int     day;
    int     hour, minute, second, millisecond;
    int     weekday; // Monday is 1, Sunday 7
    int64_t days;    // since 1970
} sw_date;

sw_date sw_date_of(double millis);
int64_t sw_days_of(int64_t year, int64_t month,
                   int64_t day); // since 1970; month and day may be out of range
int     sw_day_of_year(const sw_date *date);
int     sw_week_of_year(const sw_date *date);
int     sw_week_of_month(const sw_date *date);
int64_t sw_year_of_week(const sw_date *date);
int     sw_month_of_week(const sw_date *date);

extern const char *const sw_month_names[12];
extern const char *const sw_day_names[8]; // from 1

#endif
