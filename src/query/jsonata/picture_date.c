// picture_date.c: reading date pictures and formatting by them (picture_date_parse.c goes the
// other way).

#include "query/jsonata/picture_date.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// How each component is shown when the picture does not say.
static const char *default_presentation(char component)
{
    switch (component) {
    case 'Y':
    case 'M':
    case 'D':
    case 'd':
    case 'W':
    case 'w':
    case 'X':
    case 'x':
    case 'H':
    case 'h':
    case 'f':
        return "1";
    case 'F':
    case 'P':
    case 'C':
    case 'E':
        return "n";
    case 'm':
    case 's':
        return "01";
    case 'Z':
    case 'z':
        return "01:01";
    default:
        return NULL;
    }
}

static bool is_integer_component(char c)
{
    return c != '\0' && strchr("YMDdFWwXxHhmsf", c) != NULL;
}

// 4, * or nothing: a width, or -1.
static int read_width(sw_str text)
{
    int width = 0;
    if (text.bytes == 0 || text.text[0] < '0' || text.text[0] > '9')
        return -1;
    for (size_t i = 0; i < text.bytes && text.text[i] >= '0' && text.text[i] <= '9' && width < 1000;
         i++)
        width = width * 10 + (text.text[i] - '0');
    return width;
}

static void set_integer(sw_eval *ev, sw_date_part *part, sw_str presentation, bool ordinal,
                        int width_min)
{
    part->has_integer = true;
    sw_integer_picture_parse(ev, presentation, &part->integer);
    part->integer.ordinal = ordinal;
    if (width_min >= 0 && part->integer.mandatory < (uint32_t)width_min)
        part->integer.mandatory = (uint32_t)width_min;
    if (part->component == 'Y') {
        part->year_digits = -1;
        uint32_t digits = part->integer.mandatory + part->integer.optional;
        if (part->width_max > 0) {
            part->year_digits = (int32_t)part->width_max;
            part->integer.mandatory = part->width_max;
        } else if (digits >= 2) {
            part->year_digits = (int32_t)digits;
        }
    }
}

// The text within brackets, without white space.
static void read_marker(sw_eval *ev, sw_str marker, sw_date_part *part)
{
    int    width_min = -1;
    size_t comma = marker.bytes;
    while (comma > 0 && marker.text[comma - 1] != ',')
        comma--;
    part->component = marker.bytes > 0 ? marker.text[0] : '\0';
    if (comma > 0) {
        sw_str      widths = {marker.text + comma, marker.bytes - comma};
        const char *dash = memchr(widths.text, '-', widths.bytes);
        size_t      first = dash == NULL ? widths.bytes : (size_t)(dash - widths.text);
        width_min = read_width((sw_str){widths.text, first});
        int most = dash == NULL ? -1 : read_width((sw_str){dash + 1, widths.bytes - first - 1});
        part->width_max = most > 0 ? (uint32_t)most : 0;
        marker.bytes = comma - 1;
    }
    sw_str presentation =
        marker.bytes > 1 ? (sw_str){marker.text + 1, marker.bytes - 1} : (sw_str){"", 0};
    bool ordinal = false;
    if (presentation.bytes > 1 &&
        strchr("atco", presentation.text[presentation.bytes - 1]) != NULL) {
        char last = presentation.text[--presentation.bytes];
        ordinal = last == 'o';
        part->traditional = last == 't';
    }
    const char *otherwise = default_presentation(part->component);
    if (otherwise == NULL)
        sw_eval_fail_value(ev, "D3132", sw_string((sw_str){marker.text, marker.bytes > 0}));
    if (presentation.bytes == 0)
        presentation = sw_str_from(otherwise);
    if (presentation.text[0] == 'n')
        part->name = SW_NAME_LOWER;
    else if (presentation.text[0] == 'N')
        part->name =
            presentation.bytes > 1 && presentation.text[1] == 'n' ? SW_NAME_TITLE : SW_NAME_UPPER;
    else if (is_integer_component(part->component))
        set_integer(ev, part, presentation, ordinal, width_min);
    if (part->component == 'Z' || part->component == 'z') {
        part->has_integer = true;
        sw_integer_picture_parse(ev, presentation, &part->integer);
    }
}

static sw_date_part *add_part(sw_eval *ev, sw_date_picture *picture)
{
    if (picture->count == SW_DATE_PARTS_MAX)
        sw_eval_fail_value(ev, "D3135", sw_undefined());
    sw_date_part *part = &picture->parts[picture->count++];
    memset(part, 0, sizeof *part);
    return part;
}

static void add_literal(sw_eval *ev, sw_date_picture *picture, const char *from, const char *to)
{
    if (to > from)
        add_part(ev, picture)->literal = (sw_str){from, (size_t)(to - from)};
}

static sw_str without_blanks(sw_eval *ev, const char *from, const char *to)
{
    char *copy = sw_arena_alloc(ev->arena, (size_t)(to - from) + 1), *at = copy;
    for (; from < to; from++) {
        if (strchr(" \t\n\r\v\f", *from) == NULL)
            *at++ = *from;
    }
    return (sw_str){copy, (size_t)(at - copy)};
}

// ]] in literal text stands for one.
static void add_literals(sw_eval *ev, sw_date_picture *picture, const char *from, const char *to)
{
    for (const char *at = from; at + 1 < to; at++) {
        if (at[0] == ']' && at[1] == ']') {
            add_literal(ev, picture, from, at + 1);
            from = at + 2;
            at++;
        }
    }
    add_literal(ev, picture, from, to);
}

static void add_component(sw_eval *ev, sw_date_picture *picture, const char *from, const char *to)
{
    const sw_date_part *before = picture->count > 0 ? &picture->parts[picture->count - 1] : NULL;
    sw_date_part       *part = add_part(ev, picture);
    read_marker(ev, without_blanks(ev, from, to), part);
    // Two numbers without anything between: the first must know its width to be parsed. The
    // reference, up to 2.0.6, forgets minutes, seconds and their fractions.
    if (part->has_integer && is_integer_component(part->component) &&
        strchr("msf", part->component) == NULL && before != NULL && before->has_integer &&
        before->integer.mandatory > 1)
        picture->parts[picture->count - 2].integer.parse_width = before->integer.mandatory;
}

void sw_date_picture_parse(sw_eval *ev, sw_str text, sw_date_picture *picture)
{
    const char *at = text.text, *end = at + text.bytes, *start = at;
    picture->parts = SW_ARENA_ARRAY(ev->arena, sw_date_part, SW_DATE_PARTS_MAX);
    picture->count = 0;
    while (at < end) {
        if (*at != '[') {
            at++;
            continue;
        }
        if (at + 1 < end && at[1] == '[') {
            add_literals(ev, picture, start, at);
            add_literal(ev, picture, at, at + 1);
            at += 2;
            start = at;
            continue;
        }
        add_literals(ev, picture, start, at);
        const char *close = memchr(at, ']', (size_t)(end - at));
        if (close == NULL)
            sw_eval_fail_value(ev, "D3135", sw_undefined());
        add_component(ev, picture, at + 1, close);
        start = at = close + 1;
    }
    add_literals(ev, picture, start, end);
}

// Formatting --------------------------------------------------------------------------------------

typedef struct moment {
    sw_date date;
    int     zone_hours, zone_minutes;
} moment;

static double component_value(const sw_date *date, char component)
{
    switch (component) {
    case 'Y':
        return (double)date->year;
    case 'M':
        return date->month;
    case 'D':
        return date->day;
    case 'd':
        return sw_day_of_year(date);
    case 'F':
        return date->weekday;
    case 'W':
        return sw_week_of_year(date);
    case 'w':
        return sw_week_of_month(date);
    case 'X':
        return (double)sw_year_of_week(date);
    case 'x':
        return sw_month_of_week(date);
    case 'H':
        return date->hour;
    case 'h':
        return date->hour % 12 == 0 ? 12 : date->hour % 12;
    case 'm':
        return date->minute;
    case 's':
        return date->second;
    case 'f':
        return date->millisecond;
    default:
        return 0;
    }
}

static void add_name(sw_eval *ev, sw_text *out, const sw_date_part *part, double value)
{
    const char *name;
    if (part->component == 'M' || part->component == 'x')
        name = sw_month_names[(int)value - 1];
    else if (part->component == 'F')
        name = sw_day_names[(int)value];
    else
        sw_eval_fail_value(ev, "D3133",
                           sw_string(sw_str_copy(ev->arena, (sw_str){&part->component, 1})));
    sw_str shown = sw_str_from(name);
    if (part->width_max > 0 && shown.bytes > part->width_max)
        shown.bytes = part->width_max;
    if (part->name != SW_NAME_TITLE)
        shown = sw_case(ev, shown, part->name == SW_NAME_UPPER);
    sw_text_add(out, shown);
}

static void add_zone(sw_eval *ev, sw_text *out, const sw_date_part *part, const moment *m)
{
    double offset = m->zone_hours * 100 + m->zone_minutes;
    if (offset == 0 && part->traditional) {
        sw_text_put(out, 'Z');
        return;
    }
    if (part->component == 'z')
        sw_text_add(out, SW_STR("GMT"));
    if (offset >= 0)
        sw_text_put(out, '+');
    uint32_t digits = part->integer.mandatory;
    if (part->integer.regular || digits == 3 || digits == 4) {
        sw_integer_format(ev, offset, &part->integer, out);
    } else if (digits == 1 || digits == 2) {
        sw_integer_format(ev, m->zone_hours, &part->integer, out);
        if (m->zone_minutes != 0) {
            char minutes[16];
            int  length = snprintf(minutes, sizeof minutes, ":%02d", m->zone_minutes);
            sw_text_add(out, (sw_str){minutes, (size_t)length});
        }
    } else {
        sw_eval_fail_value(ev, "D3134", sw_number(digits));
    }
}

static void add_component_text(sw_eval *ev, sw_text *out, const sw_date_part *part, const moment *m)
{
    double value = component_value(&m->date, part->component);
    switch (part->component) {
    case 'Z':
    case 'z':
        add_zone(ev, out, part, m);
        return;
    case 'P':
        if (part->name == SW_NAME_UPPER)
            sw_text_add(out, m->date.hour >= 12 ? SW_STR("PM") : SW_STR("AM"));
        else
            sw_text_add(out, m->date.hour >= 12 ? SW_STR("pm") : SW_STR("am"));
        return;
    case 'C':
    case 'E':
        sw_text_add(out, SW_STR("ISO"));
        return;
    default:
        break;
    }
    if (part->name != SW_NAME_NONE) {
        add_name(ev, out, part, value);
        return;
    }
    if (part->component == 'Y' && part->year_digits >= 0)
        value = fmod(value, pow(10, part->year_digits));
    sw_integer_format(ev, value, &part->integer, out);
}

// "+0530" as the reference reads it: hours and minutes of one number, the hours rounded down.
static void read_zone(sw_str zone, moment *m)
{
    char   text[16];
    size_t bytes = zone.bytes < sizeof text - 1 ? zone.bytes : sizeof text - 1;
    memcpy(text, zone.text, bytes);
    text[bytes] = '\0';
    long offset = strtol(text, NULL, 10);
    offset = offset > 99999 ? 99999 : offset < -99999 ? -99999 : offset;
    m->zone_hours = (int)floor((double)offset / 100);
    m->zone_minutes = (int)(offset % 100);
}

#define MILLIS_MAX 8.64e15

sw_value sw_date_format(sw_eval *ev, double millis, const sw_date_picture *picture, sw_str zone)
{
    moment  m = {0};
    sw_text out;
    if (zone.bytes > 0)
        read_zone(zone, &m);
    double local = trunc(millis) + (60.0 * m.zone_hours + m.zone_minutes) * 60000.0;
    if (!(fabs(local) <= MILLIS_MAX))
        sw_eval_fail_value(ev, "D1001", sw_number(millis));
    m.date = sw_date_of(local);
    sw_text_init(&out, ev->arena, 64);
    for (uint32_t i = 0; i < picture->count; i++) {
        const sw_date_part *part = &picture->parts[i];
        if (part->component == '\0')
            sw_text_add(&out, part->literal);
        else
            add_component_text(ev, &out, part, &m);
    }
    return sw_text_value(&out);
}
