// picture_number.c: $formatNumber.
//
//     prefix  #,##0 . 00  e0  suffix
//             integer fraction exponent
//
// spec: XPath and XQuery Functions and Operators 3.1, "Formatting numbers". A picture is worked on
// as code points.

#include "query/jsonata/functions.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

#define POSITIONS_MAX 64u

typedef struct points {
    const uint32_t *at;
    uint32_t        count;
} points;

// What the characters of a picture mean; options of the call may change them.
typedef struct format {
    uint32_t decimal, grouping, exponent, percent, per_mille, zero, digit, separator;
    points   minus;
} format;

typedef struct parts {
    points whole, prefix, suffix, active, mantissa, exponent, integer, fraction;
    bool   has_exponent;
} parts;

typedef struct picture {
    points   prefix, suffix, whole;
    uint32_t integer_grouping[POSITIONS_MAX], integer_grouping_count;
    uint32_t fraction_grouping[POSITIONS_MAX], fraction_grouping_count;
    uint32_t regular;
    uint32_t integer_min, fraction_min, fraction_max, exponent_min;
    uint32_t scaling;
    bool     negated; // the minus sign goes before the prefix
} picture;

static points decode(sw_eval *ev, sw_str text)
{
    uint32_t   *at = SW_ARENA_ARRAY(ev->arena, uint32_t, text.bytes + 1);
    uint32_t    count = 0;
    const char *from = text.text, *end = from + text.bytes;
    while (from < end)
        at[count++] = sw_utf8_next(&from);
    return (points){at, count};
}

static points slice(points p, uint32_t from, uint32_t to)
{
    return from < to && from <= p.count
               ? (points){p.at + from, (to > p.count ? p.count : to) - from}
               : (points){p.at, 0};
}

#define NOT_FOUND UINT32_MAX

static uint32_t find(points p, uint32_t point, uint32_t from)
{
    for (uint32_t i = from; i < p.count; i++) {
        if (p.at[i] == point)
            return i;
    }
    return NOT_FOUND;
}

static uint32_t find_last(points p, uint32_t point)
{
    for (uint32_t i = p.count; i > 0; i--) {
        if (p.at[i - 1] == point)
            return i - 1;
    }
    return NOT_FOUND;
}

static bool has(points p, uint32_t point)
{
    return find(p, point, 0) != NOT_FOUND;
}

static bool is_family(const format *f, uint32_t point)
{
    return point >= f->zero && point < f->zero + 10;
}

static uint32_t count_family(const format *f, points p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p.count; i++)
        count += is_family(f, p.at[i]);
    return count;
}

static uint32_t count_digits(const format *f, points p)
{
    uint32_t count = count_family(f, p);
    for (uint32_t i = 0; i < p.count; i++)
        count += p.at[i] == f->digit;
    return count;
}

static bool is_active(const format *f, uint32_t point)
{
    return is_family(f, point) || point == f->decimal || point == f->exponent ||
           point == f->grouping || point == f->digit || point == f->separator;
}

// Options -----------------------------------------------------------------------------------------

static void set_point(sw_eval *ev, sw_value options, const char *name, uint32_t *point)
{
    sw_value v = sw_value_get(options, sw_str_from(name));
    if (v.type == SW_STRING && v.size > 0)
        *point = decode(ev, sw_value_str(v)).at[0];
}

static void read_options(sw_eval *ev, sw_value options, format *f)
{
    *f = (format){'.', ',', 'e', '%', 0x2030, '0', '#', ';', decode(ev, SW_STR("-"))};
    if (options.type != SW_OBJECT)
        return;
    set_point(ev, options, "decimal-separator", &f->decimal);
    set_point(ev, options, "grouping-separator", &f->grouping);
    set_point(ev, options, "exponent-separator", &f->exponent);
    set_point(ev, options, "percent", &f->percent);
    set_point(ev, options, "per-mille", &f->per_mille);
    set_point(ev, options, "zero-digit", &f->zero);
    set_point(ev, options, "digit", &f->digit);
    set_point(ev, options, "pattern-separator", &f->separator);
    sw_value minus = sw_value_get(options, SW_STR("minus-sign"));
    if (minus.type == SW_STRING)
        f->minus = decode(ev, sw_value_str(minus));
}

// Taking a picture apart --------------------------------------------------------------------------

static parts split(const format *f, points whole)
{
    parts    p = {.whole = whole};
    uint32_t first = 0, last = whole.count;
    while (first < whole.count &&
           (!is_active(f, whole.at[first]) || whole.at[first] == f->exponent))
        first++;
    while (last > first && (!is_active(f, whole.at[last - 1]) || whole.at[last - 1] == f->exponent))
        last--;
    p.prefix = slice(whole, 0, first);
    p.suffix = slice(whole, last, whole.count);
    p.active = slice(whole, first, last);
    uint32_t exponent = find(whole, f->exponent, first);
    p.has_exponent = exponent != NOT_FOUND && exponent <= last;
    if (p.has_exponent) {
        p.mantissa = slice(p.active, 0, exponent - first);
        p.exponent = slice(p.active, exponent - first + 1, p.active.count);
    } else {
        p.mantissa = p.active;
    }
    uint32_t decimal = find(p.mantissa, f->decimal, 0);
    p.integer = decimal == NOT_FOUND ? p.mantissa : slice(p.mantissa, 0, decimal);
    p.fraction =
        decimal == NOT_FOUND ? (points){0} : slice(p.mantissa, decimal + 1, p.mantissa.count);
    return p;
}

static bool has_two(points p, uint32_t point)
{
    return find(p, point, 0) != find_last(p, point);
}

static bool has_adjacent(points p, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i + 1 < p.count; i++) {
        if (p.at[i] == a && p.at[i + 1] == b)
            return true;
    }
    return false;
}

static bool all_active(const format *f, points p)
{
    for (uint32_t i = 0; i < p.count; i++) {
        if (!is_active(f, p.at[i]))
            return false;
    }
    return true;
}

static const char *check_integer(const format *f, const parts *p)
{
    uint32_t optional = find(p->integer, f->digit, 0);
    bool     bad = optional != NOT_FOUND && count_family(f, slice(p->integer, 0, optional)) > 0;
    return bad ? "D3090" : NULL;
}

static const char *check_fraction(const format *f, const parts *p)
{
    uint32_t optional = find_last(p->fraction, f->digit);
    bool     bad = optional != NOT_FOUND &&
               count_family(f, slice(p->fraction, optional, p->fraction.count)) > 0;
    return bad ? "D3091" : NULL;
}

static const char *check_grouping(const format *f, const parts *p)
{
    const char *fault = NULL;
    if (has(p->whole, f->decimal)) {
        if (has_adjacent(p->whole, f->grouping, f->decimal) ||
            has_adjacent(p->whole, f->decimal, f->grouping))
            fault = "D3087";
    } else if (p->integer.count > 0 && p->integer.at[p->integer.count - 1] == f->grouping) {
        fault = "D3088";
    }
    return has_adjacent(p->whole, f->grouping, f->grouping) ? "D3089" : fault;
}

static const char *check_exponent(const format *f, const parts *p)
{
    const char *fault = NULL;
    if (!p->has_exponent)
        return NULL;
    if (p->exponent.count > 0 && (has(p->whole, f->percent) || has(p->whole, f->per_mille)))
        fault = "D3092";
    if (p->exponent.count == 0 || count_family(f, p->exponent) < p->exponent.count)
        fault = "D3093";
    return fault;
}

// Of several faults the last in this order is reported.
static void check(sw_eval *ev, const format *f, const parts *p)
{
    const char *later[] = {check_grouping(f, p), check_integer(f, p), check_fraction(f, p),
                           check_exponent(f, p)};
    const char *fault = NULL;
    if (has_two(p->whole, f->decimal))
        fault = "D3081";
    if (has_two(p->whole, f->percent))
        fault = "D3082";
    if (has_two(p->whole, f->per_mille))
        fault = "D3083";
    if (has(p->whole, f->percent) && has(p->whole, f->per_mille))
        fault = "D3084";
    if (count_digits(f, p->mantissa) == 0)
        fault = "D3085";
    if (!all_active(f, p->active) || p->active.count == 0)
        fault = "D3086";
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        fault = later[i] != NULL ? later[i] : fault;
    if (fault != NULL)
        sw_eval_fail_value(ev, fault, sw_undefined());
}

// Where separators stand: digits to their right, or to their left in a fraction.
static uint32_t grouping_positions(const format *f, const parts *p, points part, bool to_left,
                                   uint32_t *positions)
{
    uint32_t count = 0, at = find(part, f->grouping, 0);
    while (at != NOT_FOUND && count < POSITIONS_MAX) {
        positions[count++] =
            count_digits(f, to_left ? slice(part, 0, at) : slice(part, at, part.count));
        at = find(p->integer, f->grouping,
                  at + 1); // of the integer part for both, as in the reference
    }
    return count;
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    return b == 0 ? a : gcd(b, a % b);
}

static bool contains(const uint32_t *positions, uint32_t count, uint32_t position)
{
    for (uint32_t i = 0; i < count; i++) {
        if (positions[i] == position)
            return true;
    }
    return false;
}

static uint32_t regular_grouping(const uint32_t *positions, uint32_t count)
{
    uint32_t factor = 0;
    for (uint32_t i = 0; i < count; i++)
        factor = gcd(positions[i], factor);
    for (uint32_t i = 1; i <= count; i++) {
        if (!contains(positions, count, i * factor))
            return 0;
    }
    return factor;
}

static void analyse(const format *f, const parts *p, picture *out)
{
    *out = (picture){.prefix = p->prefix, .suffix = p->suffix, .whole = p->whole};
    out->integer_grouping_count =
        grouping_positions(f, p, p->integer, false, out->integer_grouping);
    out->regular = regular_grouping(out->integer_grouping, out->integer_grouping_count);
    out->fraction_grouping_count =
        grouping_positions(f, p, p->fraction, true, out->fraction_grouping);
    out->integer_min = out->scaling = count_family(f, p->integer);
    out->fraction_min = count_family(f, p->fraction);
    out->fraction_max = count_digits(f, p->fraction);
    if (out->integer_min == 0 && out->fraction_max == 0) {
        if (p->has_exponent)
            out->fraction_min = out->fraction_max = 1;
        else
            out->integer_min = 1;
    }
    if (p->has_exponent && out->integer_min == 0 && has(p->integer, f->digit))
        out->integer_min = 1;
    if (out->integer_min == 0 && out->fraction_min == 0)
        out->fraction_min = 1;
    if (p->has_exponent)
        out->exponent_min = count_family(f, p->exponent);
}

// Formatting --------------------------------------------------------------------------------------

// Digits under construction: a text of code points.
typedef struct digits {
    sw_eval  *ev;
    uint32_t *at;
    uint32_t  count, capacity;
} digits;

static void insert(digits *d, uint32_t position, uint32_t point, uint32_t times)
{
    if (d->count + times > d->capacity) {
        uint32_t  capacity = (d->count + times) * 2;
        uint32_t *larger = SW_ARENA_ARRAY(d->ev->arena, uint32_t, capacity);
        if (d->count > 0)
            memcpy(larger, d->at, d->count * sizeof *larger);
        d->at = larger;
        d->capacity = capacity;
    }
    position = position > d->count ? d->count : position;
    memmove(d->at + position + times, d->at + position, (d->count - position) * sizeof *d->at);
    for (uint32_t i = 0; i < times; i++)
        d->at[position + i] = point;
    d->count += times;
}

static points digits_points(const digits *d)
{
    return (points){d->at, d->count};
}

static void print_fixed(digits *d, const format *f, double value, uint32_t places)
{
    char text[512];
    int  length =
        snprintf(text, sizeof text, "%.*f", (int)(places > 100 ? 100 : places), fabs(value));
    for (int i = 0; i < length && i < (int)sizeof text - 1; i++) {
        uint32_t point = text[i] == '.' ? f->decimal : f->zero + (uint32_t)(text[i] - '0');
        insert(d, d->count, point, 1);
    }
}

static void strip_zeros(digits *d, const format *f)
{
    uint32_t leading = 0;
    while (leading < d->count && d->at[leading] == f->zero)
        leading++;
    d->at += leading;
    d->count -= leading;
    d->capacity -= leading;
    while (d->count > 0 && d->at[d->count - 1] == f->zero)
        d->count--;
}

static void pad(digits *d, const format *f, const picture *p)
{
    uint32_t decimal = find(digits_points(d), f->decimal, 0);
    if (p->integer_min > decimal)
        insert(d, 0, f->zero, p->integer_min - decimal);
    decimal = find(digits_points(d), f->decimal, 0);
    uint32_t fraction = d->count - decimal - 1;
    if (p->fraction_min > fraction)
        insert(d, d->count, f->zero, p->fraction_min - fraction);
}

static void group_digits(digits *d, const format *f, const picture *p)
{
    uint32_t decimal = find(digits_points(d), f->decimal, 0);
    if (p->regular > 0) {
        for (uint32_t i = 1; decimal > 0 && i <= (decimal - 1) / p->regular; i++)
            insert(d, decimal - i * p->regular, f->grouping, 1);
    } else {
        for (uint32_t i = 0; i < p->integer_grouping_count; i++) {
            uint32_t position = p->integer_grouping[i];
            insert(d, position < decimal ? decimal - position : 0, f->grouping, 1);
            decimal++;
        }
    }
    decimal = find(digits_points(d), f->decimal, 0);
    for (uint32_t i = 0; i < p->fraction_grouping_count; i++)
        insert(d, p->fraction_grouping[i] + decimal + 1, f->grouping, 1);
}

// The number between 10^(n-1) and 10^n for an integer part of n digits, and the power of ten taken
// out.
static double scale(double value, const picture *p, int *exponent)
{
    double most = pow(10, p->scaling), least = pow(10, (double)p->scaling - 1);
    *exponent = 0;
    for (; value != 0 && fabs(value) < least; --*exponent)
        value *= 10;
    for (; isfinite(value) && fabs(value) > most; ++*exponent)
        value /= 10;
    return value;
}

static void add_points(sw_text *out, points p)
{
    for (uint32_t i = 0; i < p.count; i++)
        sw_text_point(out, p.at[i]);
}

static void add_exponent(sw_text *out, sw_eval *ev, const format *f, const picture *p, int exponent)
{
    digits d = {.ev = ev};
    print_fixed(&d, f, exponent, 0);
    if (p->exponent_min > d.count)
        insert(&d, 0, f->zero, p->exponent_min - d.count);
    sw_text_point(out, f->exponent);
    if (exponent < 0)
        add_points(out, f->minus);
    add_points(out, digits_points(&d));
}

static sw_value format_number(sw_eval *ev, double value, const format *f, const picture *p)
{
    digits  d = {.ev = ev};
    int     exponent = 0;
    sw_text out;
    if (has(p->whole, f->percent))
        value *= 100;
    else if (has(p->whole, f->per_mille))
        value *= 1000;
    if (p->exponent_min > 0)
        value = scale(value, p, &exponent);
    print_fixed(&d, f, sw_round(value, p->fraction_max), p->fraction_max);
    if (!has(digits_points(&d), f->decimal))
        insert(&d, d.count, f->decimal, 1);
    strip_zeros(&d, f);
    pad(&d, f, p);
    group_digits(&d, f, p);
    uint32_t decimal = find(digits_points(&d), f->decimal, 0);
    if (!has(p->whole, f->decimal) || decimal == d.count - 1)
        d.count--;
    sw_text_init(&out, ev->arena, 64);
    if (p->negated)
        add_points(&out, f->minus);
    add_points(&out, p->prefix);
    add_points(&out, digits_points(&d));
    if (p->exponent_min > 0)
        add_exponent(&out, ev, f, p, exponent);
    add_points(&out, p->suffix);
    return sw_text_value(&out);
}

SW_BUILTIN(sw_fn_format_number)
{
    format  f;
    picture pictures[2];
    if (arguments[0].type == SW_UNDEFINED || arguments[1].type != SW_STRING)
        return sw_undefined();
    read_options(ev, arguments[2], &f);
    points   text = decode(ev, sw_value_str(arguments[1]));
    uint32_t semicolon = find(text, f.separator, 0);
    bool     two = semicolon != NOT_FOUND;
    if (two && find(text, f.separator, semicolon + 1) != NOT_FOUND)
        sw_eval_fail_value(ev, "D3080", sw_undefined());
    for (int i = 0; i < (two ? 2 : 1); i++) {
        parts p = split(&f, !two     ? text
                            : i == 0 ? slice(text, 0, semicolon)
                                     : slice(text, semicolon + 1, text.count));
        check(ev, &f, &p);
        analyse(&f, &p, &pictures[i]);
    }
    double value = sw_double(arguments[0]);
    if (!two) {
        pictures[1] = pictures[0];
        pictures[1].negated = true;
    }
    return format_number(ev, value, &f, &pictures[value >= 0 ? 0 : 1]);
}
