// json.c: StringToJson, JsonToString, JsonMerge.

#include "query/intrinsic/call.h"

static bool is_blank(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (memchr(" \t\r\n", text.text[i], 4) == NULL)
            return false;
    }
    return true;
}

bool intrinsic_string_to_json(const call *c, sw_value *result)
{
    sw_str   text;
    sw_error reason;
    if (!call_text(c, 0, &text))
        return false;
    *result = sw_null();
    if (is_blank(text)) // aws: nothing at all is null
        return true;
    if (!sw_json_parse(c->arena, text, 0, result, &reason))
        return call_fail(c, "%.120s", reason.message);
    // aws: -0 gives 0.
    if (result->type == SW_NUMBER && sw_str_is(sw_value_str(*result), "-0"))
        *result = sw_number(0);
    return true;
}

bool intrinsic_json_to_string(const call *c, sw_value *result)
{
    *result = sw_string(sw_json_print(c->arena, c->arguments[0]));
    return true;
}

// The first object's members with the second one's values, then those that only the second has.
static sw_value merge(sw_arena *arena, sw_value a, sw_value b)
{
    sw_value *items, merged = sw_object_build(arena, (size_t)a.size + b.size, &items);
    memcpy(items, a.items, 2 * (size_t)a.size * sizeof *items);
    merged.size = a.size;
    for (uint32_t i = 0; i < b.size; i++) {
        ptrdiff_t at = sw_value_find(a, sw_value_key(b, i));
        size_t    place = at >= 0 ? (size_t)at : merged.size++;
        items[2 * place] = b.items[2 * i];
        items[2 * place + 1] = b.items[2 * i + 1];
    }
    return sw_object_index(arena, merged);
}

bool intrinsic_json_merge(const call *c, sw_value *result)
{
    sw_value a, b, deep = c->arguments[2];
    if (!call_object(c, 0, &a) || !call_object(c, 1, &b))
        return false;
    if (deep.type != SW_BOOL || deep.size != 0)
        return call_fail(c, "argument 3 must be false: only shallow merging is supported");
    *result = merge(c->arena, a, b);
    return true;
}
