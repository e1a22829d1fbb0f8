// functions_higher.c: functions that call a function for each item.
//
// What is called gets as much of (item, index, all of them) as it has parameters for.

#include "query/jsonata/functions.h"

static sw_value call(sw_eval *ev, sw_value function, uint32_t arity, sw_value item, sw_value where,
                     sw_value whole)
{
    sw_value given[SW_ARGUMENTS_MIN] = {item, where, whole};
    uint32_t count = arity < 1 ? 1 : arity > 3 ? 3 : arity;
    for (uint32_t i = count; i < 3; i++)
        given[i] = sw_undefined();
    return sw_apply(ev, function, given, count, sw_null());
}

SW_BUILTIN(sw_fn_map)
{
    sw_value array = arguments[0];
    sw_list  list = {0};
    if (array.type == SW_UNDEFINED)
        return array;
    uint32_t arity = sw_function_arity(arguments[1]);
    for (uint32_t i = 0; i < array.size; i++) {
        sw_value v = call(ev, arguments[1], arity, array.items[i], sw_number(i), array);
        if (v.type == SW_UNDEFINED)
            continue;
        sw_list_push(ev, &list, v);
    }
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

SW_BUILTIN(sw_fn_filter)
{
    sw_value array = arguments[0];
    sw_list  list = {0};
    if (array.type == SW_UNDEFINED)
        return array;
    uint32_t arity = sw_function_arity(arguments[1]);
    for (uint32_t i = 0; i < array.size; i++) {
        if (sw_truth(call(ev, arguments[1], arity, array.items[i], sw_number(i), array)))
            sw_list_push(ev, &list, array.items[i]);
    }
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

SW_BUILTIN(sw_fn_single)
{
    sw_value array = arguments[0], found = sw_undefined();
    bool     has_found = false;
    if (array.type == SW_UNDEFINED)
        return array;
    uint32_t arity = arguments[1].type == SW_FUNCTION ? sw_function_arity(arguments[1]) : 0;
    for (uint32_t i = 0; i < array.size; i++) {
        if (arguments[1].type == SW_FUNCTION &&
            !sw_truth(call(ev, arguments[1], arity, array.items[i], sw_number(i), array)))
            continue;
        if (has_found)
            sw_eval_fail_value(ev, "D3138", sw_undefined());
        found = array.items[i];
        has_found = true;
    }
    if (!has_found)
        sw_eval_fail_value(ev, "D3139", sw_undefined());
    return found;
}

SW_BUILTIN(sw_fn_reduce)
{
    sw_value array = arguments[0], result = arguments[2];
    if (array.type == SW_UNDEFINED)
        return array;
    uint32_t arity = sw_function_arity(arguments[1]), i = 0;
    if (arity < 2)
        sw_eval_fail_value(ev, "D3050", sw_undefined());
    if (result.type == SW_UNDEFINED && array.size > 0)
        result = array.items[i++];
    for (; i < array.size; i++) {
        sw_value given[SW_ARGUMENTS_MIN] = {result, array.items[i]};
        if (arity >= 3)
            given[2] = sw_number(i);
        if (arity >= 4)
            given[3] = array;
        result = sw_apply(ev, arguments[1], given, arity > 4 ? 4 : arity, sw_null());
    }
    return result;
}

SW_BUILTIN(sw_fn_each)
{
    sw_value object = arguments[0];
    sw_list  list = {0};
    if (object.type != SW_OBJECT)
        return sw_undefined();
    uint32_t arity = sw_function_arity(arguments[1]);
    for (uint32_t i = 0; i < object.size; i++) {
        sw_value v =
            call(ev, arguments[1], arity, object.items[2 * i + 1], object.items[2 * i], object);
        if (v.type != SW_UNDEFINED)
            sw_list_push(ev, &list, v);
    }
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

SW_BUILTIN(sw_fn_sift)
{
    sw_value object = arguments[0];
    if (object.type != SW_OBJECT || arguments[1].type != SW_FUNCTION)
        return sw_undefined();
    uint32_t  arity = sw_function_arity(arguments[1]), kept = 0;
    sw_value *pairs, result = sw_object_build(ev->arena, object.size, &pairs);
    for (uint32_t i = 0; i < object.size; i++) {
        sw_value key = object.items[2 * i], value = object.items[2 * i + 1];
        if (!sw_truth(call(ev, arguments[1], arity, value, key, object)))
            continue;
        pairs[2 * kept] = key;
        pairs[2 * kept + 1] = value;
        kept++;
    }
    result.size = kept;
    return kept == 0 ? sw_undefined() : sw_object_index(ev->arena, result);
}
