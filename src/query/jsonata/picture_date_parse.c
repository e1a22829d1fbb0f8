// picture_date_parse.c: $toMillis by picture.
//
// The parts of the picture are matched one behind the other, each as far as it can, with
// backtracking, as a regular expression made of them would. What the picture leaves out is taken
// from the present where it is more significant than what is given, and is the first of its kind
// where it is less.

#include "query/jsonata/picture_date.h"

#include <math.h>
#include <strings.h>

typedef struct fields {
    double value[128]; // by component; NaN: not given
} fields;

typedef struct matching {
    sw_eval               *ev;
    const sw_date_picture *picture;
    sw_str                 text;
    size_t                 ends[SW_DATE_PARTS_MAX];
} matching;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t run(sw_str text, size_t from, bool (*accepts)(char))
{
    size_t at = from;
    while (at < text.bytes && accepts(text.text[at]))
        at++;
    return at - from;
}

static bool is_roman(char c)
{
    return c != '\0' && strchr("MDCLXVImdclxvi", c) != NULL;
}

static bool is_ordinal_suffix(sw_str text, size_t at)
{
    static const char suffixes[] = "thstndrd";
    if (text.bytes - at < 2)
        return false;
    for (size_t i = 0; i < 8; i += 2) {
        if (strncasecmp(text.text + at, suffixes + i, 2) == 0)
            return true;
    }
    return false;
}

// GMT, a sign and digits, and a colon and digits if the picture has one.
static bool has_colon(const sw_date_part *part)
{
    return part->integer.separator_count == 1 && part->integer.separators[0].position == 2 &&
           part->integer.separators[0].point == ':';
}

static size_t zone_length(const sw_date_part *part, sw_str text)
{
    size_t at = part->component == 'z' ? 3 : 0;
    if (at > 0 && (text.bytes < 3 || strncasecmp(text.text, "GMT", 3) != 0))
        return 0;
    if (at >= text.bytes || (text.text[at] != '+' && text.text[at] != '-'))
        return 0;
    size_t digits = run(text, ++at, is_digit);
    at += digits;
    if (digits == 0 || !has_colon(part))
        return digits == 0 ? 0 : at;
    if (at >= text.bytes || text.text[at] != ':')
        return 0;
    digits = run(text, at + 1, is_digit);
    return digits == 0 ? 0 : at + 1 + digits;
}

// The most of rest that a part can match; *least is the fewest. Zero when it cannot.
static size_t longest(const sw_date_part *part, sw_str rest, size_t *least)
{
    *least = 1;
    if (part->component == 'Z' || part->component == 'z')
        return zone_length(part, rest);
    if (!part->has_integer)
        return run(rest, 0, is_letter);
    switch (part->integer.kind) {
    case SW_INTEGER_LETTERS:
        return run(rest, 0, is_letter);
    case SW_INTEGER_ROMAN:
        return run(rest, 0, is_roman);
    case SW_INTEGER_WORDS:
        return sw_integer_span(rest, &part->integer);
    case SW_INTEGER_DECIMAL:
    case SW_INTEGER_SEQUENCE:
        break;
    }
    size_t digits = run(rest, 0, is_digit);
    if (part->integer.parse_width > 0) {
        *least = part->integer.parse_width;
        digits = digits >= *least ? *least : 0;
    }
    return digits;
}

static bool match(matching *m, uint32_t index, size_t at)
{
    if (index == m->picture->count)
        return at == m->text.bytes;
    const sw_date_part *part = &m->picture->parts[index];
    sw_str              rest = {m->text.text + at, m->text.bytes - at};
    size_t              least, length;
    sw_eval_step(m->ev);
    if (part->component == '\0') {
        m->ends[index] = at + part->literal.bytes;
        return rest.bytes >= part->literal.bytes &&
               strncasecmp(rest.text, part->literal.text, part->literal.bytes) == 0 &&
               match(m, index + 1, m->ends[index]);
    }
    bool ordinal =
        part->has_integer && part->integer.ordinal && part->integer.kind == SW_INTEGER_DECIMAL;
    for (length = longest(part, rest, &least); length >= least && length > 0; length--) {
        if (ordinal && !is_ordinal_suffix(rest, length))
            continue;
        m->ends[index] = at + length + (ordinal ? 2 : 0);
        if (match(m, index + 1, m->ends[index]))
            return true;
    }
    return false;
}

// Values ------------------------------------------------------------------------------------------

static bool is_name(sw_str text, const char *name, uint32_t width_max)
{
    size_t bytes = strlen(name);
    if (width_max > 0 && bytes > width_max)
        bytes = width_max;
    return text.bytes == bytes && memcmp(text.text, name, bytes) == 0;
}

static double name_value(sw_eval *ev, const sw_date_part *part, sw_str text)
{
    switch (part->component) {
    case 'M':
    case 'x':
        for (int i = 0; i < 12; i++) {
            if (is_name(text, sw_month_names[i], part->width_max))
                return i + 1;
        }
        return NAN;
    case 'F':
        for (int i = 1; i <= 7; i++) {
            if (is_name(text, sw_day_names[i], part->width_max))
                return i;
        }
        return NAN;
    case 'P':
        if (sw_str_is(text, "am") || sw_str_is(text, "AM"))
            return 0;
        return sw_str_is(text, "pm") || sw_str_is(text, "PM") ? 1 : NAN;
    default:
        sw_eval_fail_value(ev, "D3133",
                           sw_string(sw_str_copy(ev->arena, (sw_str){&part->component, 1})));
    }
}

static double read_digits(sw_str text)
{
    double number = 0;
    bool   negative = text.bytes > 0 && text.text[0] == '-';
    for (size_t i = negative || (text.bytes > 0 && text.text[0] == '+');
         i < text.bytes && is_digit(text.text[i]); i++)
        number = number * 10 + (text.text[i] - '0');
    return negative ? -number : number;
}

// In minutes.
static double zone_value(const sw_date_part *part, sw_str text)
{
    if (part->component == 'z')
        text = (sw_str){text.text + 3, text.bytes - 3};
    const char *colon = memchr(text.text, ':', text.bytes);
    if (has_colon(part) && colon != NULL) {
        size_t hours = (size_t)(colon - text.text);
        return read_digits((sw_str){text.text, hours}) * 60 +
               read_digits((sw_str){colon + 1, text.bytes - hours - 1});
    }
    if (text.bytes <= 3)
        return read_digits(text) * 60;
    return read_digits((sw_str){text.text, 3}) * 60 +
           read_digits((sw_str){text.text + 3, text.bytes - 3});
}

static double part_value(sw_eval *ev, const sw_date_part *part, sw_str text)
{
    if (part->component == 'Z' || part->component == 'z')
        return zone_value(part, text);
    return part->has_integer ? sw_integer_parse(ev, text, &part->integer)
                             : name_value(ev, part, text);
}

// Names that cannot be parsed are an error whether the text matches or not.
static void check_names(sw_eval *ev, const sw_date_picture *picture)
{
    for (uint32_t i = 0; i < picture->count; i++) {
        const sw_date_part *part = &picture->parts[i];
        if (part->component != '\0' && !part->has_integer)
            name_value(ev, part, (sw_str){"", 0});
    }
}

// Putting together --------------------------------------------------------------------------------

static unsigned given_bits(const fields *f, const char *components)
{
    unsigned bits = 0;
    for (; *components != '\0'; components++) {
        double value = f->value[(unsigned char)*components];
        bits = bits << 1 | (!isnan(value) && value != 0);
    }
    return bits;
}

static bool is_within(unsigned bits, unsigned allowed)
{
    return (bits & ~allowed) == 0 && (bits & allowed) != 0;
}

static double present(const sw_date *now, char component)
{
    switch (component) {
    case 'Y':
        return (double)now->year;
    case 'M':
        return now->month;
    case 'D':
        return now->day;
    case 'H':
        return now->hour;
    case 'h':
        return now->hour % 12 == 0 ? 12 : now->hour % 12;
    case 'P':
        return now->hour >= 12;
    case 'm':
        return now->minute;
    case 's':
        return now->second;
    case 'f':
        return now->millisecond;
    case 'X':
        return (double)sw_year_of_week(now);
    case 'x':
        return sw_month_of_week(now);
    case 'W':
        return sw_week_of_year(now);
    case 'w':
        return sw_week_of_month(now);
    case 'F':
        return now->weekday;
    default:
        return 0;
    }
}

// begun: something more significant was given; ended: and something behind it was not.
static void fill_gaps(sw_eval *ev, fields *f, const char *components, bool *begun, bool *ended)
{
    sw_date now = sw_date_of((double)ev->input->now_ms);
    for (; *components != '\0'; components++) {
        double *value = &f->value[(unsigned char)*components];
        if (!isnan(*value)) {
            *begun = true;
            if (*ended)
                sw_eval_fail_value(ev, "D3136", sw_undefined());
        } else if (*begun) {
            *value = strchr("MDd", *components) != NULL ? 1 : 0;
            *ended = true;
        } else {
            *value = present(&now, *components);
        }
    }
}

static sw_value assemble(sw_eval *ev, fields *f)
{
    unsigned dates = given_bits(f, "YXMxWwdD"), times = given_bits(f, "PHhmsf");
    bool     by_day = !is_within(dates, 0xa1) && is_within(dates, 0x82);
    bool by_month_week = is_within(dates, 0x54), by_week = !by_month_week && is_within(dates, 0x48);
    bool by_half_day = !is_within(times, 0x17) && is_within(times, 0x2f);
    bool begun = false, ended = false;
    fill_gaps(ev, f,
              by_day          ? "YD"
              : by_month_week ? "XxwF"
              : by_week       ? "XWF"
                              : "YMD",
              &begun, &ended);
    fill_gaps(ev, f, by_half_day ? "Phmsf" : "Hmsf", &begun, &ended);
    if (by_month_week || by_week)
        sw_eval_fail_value(ev, "D3136", sw_undefined());
    double *v = f->value;
    double  month = isnan(v['M']) || v['M'] <= 0 ? 1 : v['M'], day = v['D'], hour = v['H'];
    if (by_day) {
        month = 1;
        day = v['d'];
    }
    if (by_half_day)
        hour = (v['h'] == 12 ? 0 : v['h']) + (v['P'] == 1 ? 12 : 0);
    double year = v['Y'] >= 0 && v['Y'] <= 99 ? 1900 + v['Y'] : v['Y'];
    if (!(fabs(year) < 300000) || !(month < 1e6) || !(fabs(day) < 1e9))
        return sw_number(NAN);
    double millis = (double)sw_days_of((int64_t)year, (int64_t)month, (int64_t)day) * 86400000.0 +
                    hour * 3600000.0 + v['m'] * 60000.0 + v['s'] * 1000.0 + v['f'];
    double zone = !isnan(v['Z']) && v['Z'] != 0 ? v['Z'] : v['z'];
    return sw_number(isnan(zone) ? millis : millis - zone * 60000.0);
}

sw_value sw_date_parse(sw_eval *ev, sw_str text, const sw_date_picture *picture)
{
    matching m = {.ev = ev, .picture = picture, .text = text};
    fields   f;
    bool     any = false;
    check_names(ev, picture);
    if (!match(&m, 0, 0))
        return sw_undefined();
    for (size_t i = 0; i < sizeof f.value / sizeof f.value[0]; i++)
        f.value[i] = NAN;
    for (uint32_t i = 0; i < picture->count; i++) {
        const sw_date_part *part = &picture->parts[i];
        size_t              start = i == 0 ? 0 : m.ends[i - 1];
        if (part->component == '\0')
            continue;
        f.value[(unsigned char)part->component & 127] =
            part_value(ev, part, (sw_str){text.text + start, m.ends[i] - start});
        any = true;
    }
    return any ? assemble(ev, &f) : sw_undefined();
}
