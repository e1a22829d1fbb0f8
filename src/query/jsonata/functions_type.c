// functions_type.c: truth, types, errors on purpose.

#include "query/jsonata/functions.h"

// A function handed over as an argument is not true, though it is in a condition.
static bool truth(sw_value v)
{
    return v.type != SW_FUNCTION && sw_truth(v);
}

SW_BUILTIN(sw_fn_boolean)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0] : sw_bool(truth(arguments[0]));
}

SW_BUILTIN(sw_fn_not)
{
    return arguments[0].type == SW_UNDEFINED ? arguments[0] : sw_bool(!truth(arguments[0]));
}

SW_BUILTIN(sw_fn_exists)
{
    return sw_bool(arguments[0].type != SW_UNDEFINED);
}

SW_BUILTIN(sw_fn_type)
{
    switch ((sw_type)arguments[0].type) {
    case SW_UNDEFINED:
        return sw_undefined();
    case SW_NULL:
        return sw_string(SW_STR("null"));
    case SW_BOOL:
        return sw_string(SW_STR("boolean"));
    case SW_NUMBER:
        return sw_string(SW_STR("number"));
    case SW_STRING:
        return sw_string(SW_STR("string"));
    case SW_ARRAY:
        return sw_string(SW_STR("array"));
    case SW_OBJECT:
        return sw_string(SW_STR("object"));
    case SW_FUNCTION:
        return sw_string(SW_STR("function"));
    }
    return sw_undefined();
}

static _Noreturn void fail(sw_eval *ev, const char *code, sw_value message, sw_str otherwise)
{
    bool given = message.type == SW_STRING && message.size > 0;
    sw_eval_fail(ev, (sw_fault){.code = code,
                                .position = SW_NO_POSITION,
                                .message = given ? sw_value_str(message) : otherwise});
}

SW_BUILTIN(sw_fn_error)
{
    fail(ev, "D3137", arguments[0], SW_STR("$error() function evaluated"));
}

SW_BUILTIN(sw_fn_assert)
{
    if (!sw_value_is_true(arguments[0]))
        fail(ev, "D3141", arguments[1], SW_STR("$assert() statement failed"));
    return sw_undefined();
}
