// evaluate.c: calls evaluate their arguments, then their function.

#include "query/intrinsic/call.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define ANY           UINT32_MAX
#define FEW_ARGUMENTS 4u

static const function_info functions[] = {
#define FUNCTION(name, count_min, count_max, identifier, what)                                     \
    {"States." name, count_min, count_max, intrinsic_##identifier},
#include "query/intrinsic/functions.def"
#undef FUNCTION
};

const function_info *find_function(sw_str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (sw_str_is(name, functions[i].name))
            return &functions[i];
    }
    return NULL;
}

// Evaluation --------------------------------------------------------------------------------------

static sw_value get_root(const sw_jsonpath *path, const sw_scope *scope, sw_arena *arena)
{
    switch (sw_jsonpath_get_root(path)) {
    case SW_JSONPATH_INPUT:
        return scope->input;
    case SW_JSONPATH_CONTEXT:
        return scope->context != NULL ? scope->context(scope, arena) : sw_undefined();
    case SW_JSONPATH_VARIABLE:
        break;
    }
    if (scope->variable == NULL)
        return sw_undefined();
    return scope->variable(scope, sw_jsonpath_get_variable(path));
}

static bool read_path(const sw_jsonpath *path, const call *c, sw_value *value)
{
    if (sw_jsonpath_read(path, get_root(path, c->scope, c->arena), c->arena, value, c->err))
        return true;
    if (c->err != NULL) {
        sw_str text = sw_jsonpath_get_text(path);
        snprintf(c->err->path, sizeof c->err->path, "%.*s", SW_STR_ARG(text));
    }
    return false;
}

static bool evaluate(const sw_intrinsic *source, const call *outer, sw_value *result);

static bool evaluate_arguments(const call *c, sw_value *values)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const argument *a = &c->source->arguments[i];
        bool            done = true;
        switch (a->kind) {
        case ARGUMENT_VALUE:
            values[i] = a->value;
            break;
        case ARGUMENT_PATH:
            done = read_path(a->path, c, &values[i]);
            break;
        case ARGUMENT_CALL:
            done = evaluate(a->call, c, &values[i]);
            break;
        }
        if (!done)
            return false;
    }
    return true;
}

static bool evaluate(const sw_intrinsic *source, const call *outer, sw_value *result)
{
    sw_value few[FEW_ARGUMENTS], *values = few;
    call     c = *outer;
    c.source = source;
    c.count = source->count;
    if (c.count > FEW_ARGUMENTS)
        values = SW_ARENA_ARRAY(c.arena, sw_value, c.count);
    c.arguments = values;
    return evaluate_arguments(&c, values) && source->function->evaluate(&c, result);
}

bool sw_intrinsic_evaluate(const sw_intrinsic *source, const sw_scope *scope, sw_arena *arena,
                           sw_value *result, sw_error *err)
{
    call     c = {.scope = scope, .arena = arena, .err = err};
    sw_value value = sw_undefined();
    if (!evaluate(source, &c, &value))
        return false;
    *result = value;
    return true;
}

void sw_intrinsic_variables(const sw_intrinsic *source, void (*visit)(void *who, sw_str name),
                            void               *who)
{
    for (uint32_t i = 0; i < source->count; i++) {
        const argument *a = &source->arguments[i];
        if (a->kind == ARGUMENT_CALL)
            sw_intrinsic_variables(a->call, visit, who);
        if (a->kind == ARGUMENT_PATH && sw_jsonpath_get_root(a->path) == SW_JSONPATH_VARIABLE)
            visit(who, sw_jsonpath_get_variable(a->path));
    }
}

sw_str sw_intrinsic_get_name(const sw_intrinsic *source)
{
    return sw_str_from(source->function->name);
}

// Arguments ---------------------------------------------------------------------------------------

bool call_fail(const call *c, const char *format, ...)
{
    char    reason[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return sw_fail(c->err, SW_ERROR_EVALUATION, "%s: %s", c->source->function->name, reason);
}

static bool wrong_type(const call *c, uint32_t index, const char *wanted)
{
    return call_fail(c, "argument %u must be %s", index + 1, wanted);
}

bool call_array(const call *c, uint32_t index, sw_value *array)
{
    *array = c->arguments[index];
    return array->type == SW_ARRAY || wrong_type(c, index, "an array");
}

bool call_object(const call *c, uint32_t index, sw_value *object)
{
    *object = c->arguments[index];
    return object->type == SW_OBJECT || wrong_type(c, index, "an object");
}

bool call_text(const call *c, uint32_t index, sw_str *text)
{
    sw_value v = c->arguments[index];
    *text = sw_value_str(v);
    return v.type == SW_STRING || wrong_type(c, index, "a string");
}

// Math.round: half up. (floor(x + 0.5) would be wrong just below a half.)
static double round_half_up(double number)
{
    double whole = floor(number);
    return number - whole >= 0.5 ? whole + 1 : whole;
}

bool call_integer(const call *c, uint32_t index, int64_t min, int64_t max, int64_t *integer)
{
    sw_value v = c->arguments[index];
    if (v.type != SW_NUMBER)
        return wrong_type(c, index, "a number");
    if (!sw_value_integer(v, integer)) {
        double rounded = round_half_up(sw_value_number(v));
        if (!(rounded >= -0x1p62 && rounded <= 0x1p62))
            return wrong_type(c, index, "within the range of whole numbers");
        *integer = (int64_t)rounded;
    }
    if (*integer < min || *integer > max)
        return call_fail(c, "argument %u must be from %lld to %lld", index + 1, (long long)min,
                         (long long)max);
    return true;
}
