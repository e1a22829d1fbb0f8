// functions_number.c: numbers.

#include "query/jsonata/functions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// A decimal as JSON writes it, but for leading zeros.
static bool is_decimal(sw_str text)
{
    size_t i = 0, digits = 0;
    i += i < text.bytes && text.text[i] == '-';
    for (; i < text.bytes && text.text[i] >= '0' && text.text[i] <= '9'; i++)
        digits++;
    if (digits == 0)
        return false;
    if (i < text.bytes && text.text[i] == '.') {
        for (i++, digits = 0; i < text.bytes && text.text[i] >= '0' && text.text[i] <= '9'; i++)
            digits++;
        if (digits == 0)
            return false;
    }
    if (i < text.bytes && (text.text[i] | 0x20) == 'e') {
        i++;
        i += i < text.bytes && (text.text[i] == '+' || text.text[i] == '-');
        for (digits = 0; i < text.bytes && text.text[i] >= '0' && text.text[i] <= '9'; i++)
            digits++;
        if (digits == 0)
            return false;
    }
    return i == text.bytes;
}

static double parse_decimal(sw_eval *ev, sw_str text)
{
    return strtod(sw_str_copy(ev->arena, text).text, NULL);
}

static int digit_of(char c)
{
    char lower = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

// 0x1F, 0o17, 0b11.
static bool parse_prefixed(sw_str text, double *number)
{
    if (text.bytes < 3 || text.text[0] != '0')
        return false;
    char kind = (char)(text.text[1] | 0x20);
    int  base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    *number = 0;
    for (size_t i = 2; i < text.bytes; i++) {
        if (digit_of(text.text[i]) >= base)
            return false;
        *number = *number * base + digit_of(text.text[i]);
    }
    return base > 0;
}

SW_BUILTIN(sw_fn_number)
{
    sw_value v = arguments[0];
    double   number;
    if (v.type == SW_UNDEFINED || v.type == SW_NUMBER)
        return v;
    if (v.type == SW_BOOL)
        return sw_number(v.size);
    if (is_decimal(sw_value_str(v))) {
        number = parse_decimal(ev, sw_value_str(v));
        if (isfinite(number))
            return sw_number(number);
    } else if (parse_prefixed(sw_value_str(v), &number)) {
        return sw_number(number);
    }
    sw_eval_fail_value(ev, "D3030", v);
}

SW_BUILTIN(sw_fn_abs)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0]
                                             : sw_number(fabs(sw_double(arguments[0])));
}

SW_BUILTIN(sw_fn_floor)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0]
                                             : sw_number(floor(sw_double(arguments[0])));
}

SW_BUILTIN(sw_fn_ceil)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0]
                                             : sw_number(ceil(sw_double(arguments[0])));
}

// number * 10^places, by way of its digits: 1.15 has 115 hundredths, whatever its binary form says.
static double shift(double number, double places)
{
    char   text[80];
    size_t length = sw_number_print(number, text);
    text[length] = '\0';
    char  *e = strchr(text, 'e');
    double exponent = places;
    if (e != NULL) {
        exponent += strtod(e + 1, NULL);
        *e = '\0';
    }
    if (!(fabs(exponent) < 1e6))
        return exponent > 0 && number != 0 ? copysign(INFINITY, number) : isnan(exponent) ? NAN : 0;
    size_t end = strlen(text);
    snprintf(text + end, sizeof text - end, "e%d", (int)exponent);
    return strtod(text, NULL);
}

static double round_up_halves(double number)
{
    double down = floor(number);
    return number - down >= 0.5 ? down + 1 : down;
}

double sw_round(double number, double precision)
{
    if (!isfinite(number))
        return number;
    double shifted = precision != 0 ? shift(number, precision) : number;
    if (!isfinite(shifted))
        return NAN;
    double result = round_up_halves(shifted);
    if (fabs(result - shifted) == 0.5 && fabs(fmod(result, 2)) == 1)
        result -= 1;
    if (precision != 0)
        result = shift(result, -precision);
    return result == 0 ? 0 : result;
}

SW_BUILTIN(sw_fn_round)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    double precision = arguments[1].type == SW_NUMBER ? trunc(sw_double(arguments[1])) : 0;
    return sw_number(sw_round(sw_double(arguments[0]), precision));
}

SW_BUILTIN(sw_fn_power)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    double base = sw_double(arguments[0]);
    double exponent = arguments[1].type == SW_NUMBER ? sw_double(arguments[1]) : NAN;
    double result = pow(base, exponent);
    if (isfinite(result))
        return sw_number(result);
    sw_eval_fail(ev, (sw_fault){.code = "D3061",
                                .position = SW_NO_POSITION,
                                .index = 1,
                                .value = arguments[0],
                                .exp = exponent});
}

SW_BUILTIN(sw_fn_sqrt)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    if (sw_double(arguments[0]) < 0)
        sw_eval_fail_value(ev, "D3060", arguments[0]);
    return sw_number(sqrt(sw_double(arguments[0])));
}

// Many --------------------------------------------------------------------------------------------

static double sum(sw_value numbers)
{
    double total = 0;
    for (uint32_t i = 0; i < numbers.size; i++)
        total += sw_double(numbers.items[i]);
    return total;
}

SW_BUILTIN(sw_fn_sum)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0] : sw_number(sum(arguments[0]));
}

static sw_value extreme(sw_value numbers, double sign)
{
    if (numbers.type == SW_UNDEFINED || numbers.size == 0)
        return sw_undefined();
    sw_value best = numbers.items[0];
    double   most = sw_double(best) * sign;
    for (uint32_t i = 1; i < numbers.size; i++) {
        double number = sw_double(numbers.items[i]) * sign;
        if (number > most) {
            most = number;
            best = numbers.items[i];
        }
    }
    return best;
}

SW_BUILTIN(sw_fn_max)
{
    return extreme(arguments[0], 1);
}

SW_BUILTIN(sw_fn_min)
{
    return extreme(arguments[0], -1);
}

SW_BUILTIN(sw_fn_average)
{
    if (arguments[0].type == SW_UNDEFINED || arguments[0].size == 0)
        return sw_undefined();
    return sw_number(sum(arguments[0]) / arguments[0].size);
}

// Bases -------------------------------------------------------------------------------------------

#define DIGITS_MAX 1100u // of the largest double in base 2

SW_BUILTIN(sw_fn_format_base)
{
    if (arguments[0].type == SW_UNDEFINED)
        return sw_undefined();
    double number = sw_round(sw_double(arguments[0]), 0);
    double radix = arguments[1].type == SW_NUMBER ? sw_round(sw_double(arguments[1]), 0) : 10;
    if (!(radix >= 2 && radix <= 36))
        sw_eval_fail_value(ev, "D3100", sw_number(radix));
    if (radix == 10) {
        char text[40];
        return sw_string(sw_str_copy(ev->arena, (sw_str){text, sw_number_print(number, text)}));
    }
    char  *text = sw_arena_alloc(ev->arena, DIGITS_MAX), *end = text + DIGITS_MAX, *at = end;
    double rest = fabs(number);
    for (; rest >= 0x1p53; rest /= radix) // digits that a double does not hold any more
        *--at = '0';
    rest = floor(rest);
    do {
        double digit = fmod(rest, radix);
        *--at = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)digit];
        rest = (rest - digit) / radix;
    } while (rest > 0);
    if (number < 0)
        *--at = '-';
    return sw_string((sw_str){at, (size_t)(end - at)});
}
