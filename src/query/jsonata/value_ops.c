// value_ops.c: what values are to the language: true or false, equal, in which order.

#include "base/assert.h"
#include "query/jsonata/eval.h"

#include <math.h>

static bool truth(sw_value v, uint32_t depth);

static bool any_true(sw_value array, uint32_t depth)
{
    if (depth > SW_VALUE_DEPTH_MAX)
        return false;
    for (uint32_t i = 0; i < array.size; i++) {
        if (truth(array.items[i], depth + 1))
            return true;
    }
    return false;
}

static bool truth(sw_value v, uint32_t depth)
{
    switch ((sw_type)v.type) {
    case SW_BOOL:
        return v.size != 0;
    case SW_NUMBER: {
        double number = sw_double(v);
        return number != 0 && !isnan(number);
    }
    case SW_STRING:
    case SW_OBJECT:
        return v.size > 0;
    case SW_ARRAY:
        return any_true(v, depth);
    case SW_FUNCTION: // to the reference, regular expressions are functions, all others objects
        return sw_value_function(v)->kind != SW_FUNCTION_REGEX &&
               sw_value_function(v)->kind != SW_FUNCTION_NEXT_MATCH;
    case SW_UNDEFINED:
    case SW_NULL:
        break;
    }
    return false;
}

bool sw_truth(sw_value v)
{
    return truth(v, 0);
}

int sw_text_compare(sw_str a, sw_str b)
{
    size_t shorter = a.bytes < b.bytes ? a.bytes : b.bytes;
    int    order = shorter == 0 ? 0 : memcmp(a.text, b.text, shorter);
    if (order == 0)
        return (a.bytes > b.bytes) - (a.bytes < b.bytes);
    size_t at = 0;
    while (a.text[at] == b.text[at])
        at++;
    // Units of pairs (four bytes here) are below U+E000, though their code points are above it.
    unsigned x = (unsigned char)a.text[at], y = (unsigned char)b.text[at];
    if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
        return x >= 0xf0 ? -1 : 1;
    return order;
}

bool sw_is_array_of(sw_value array, sw_type type)
{
    if (array.type != SW_ARRAY)
        return false;
    for (uint32_t i = 0; i < array.size; i++) {
        if (array.items[i].type != type)
            return false;
    }
    return true;
}

bool sw_is_numeric(sw_eval *ev, sw_value v)
{
    if (v.type != SW_NUMBER)
        return false;
    if ((v.flags & SW_VALUE_SPELLED) != 0 && v.size < 300)
        return true;
    double number = sw_double(v);
    if (isfinite(number))
        return true;
    if (isnan(number))
        return false;
    sw_eval_fail(ev, (sw_fault){.code = "D1001", .position = SW_NO_POSITION, .value = v});
}
