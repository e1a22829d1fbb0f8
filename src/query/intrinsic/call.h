// call.h: what an intrinsic call compiles to, and what its functions are given.
//
//     States.Format('{} of {}', $.done, States.ArrayLength($.all))
//
//     call Format: [template "", " of ", ""] [path $.done] [call ArrayLength: [path $.all]]
//
// Everything that the text says is done while parsing: numbers are values, paths are compiled,
// escapes are gone and a template is cut at its {}.

#ifndef STEPWELL_QUERY_INTRINSIC_CALL_H
#define STEPWELL_QUERY_INTRINSIC_CALL_H

#include "query/intrinsic/intrinsic.h"

#define NESTED_CALLS_MAX    10u    // aws: in one field
#define TEXT_BYTES_MAX      10000u // of Base64 and Hash, in characters
#define RANGE_ITEMS_MAX     1000u
#define PARTITION_BYTES_MAX 262144u

typedef struct call call;

// What a function sees of its call. Arguments are evaluated already.
struct call {
    const sw_intrinsic *source;
    const sw_scope     *scope;
    sw_arena           *arena;
    sw_error           *err;
    const sw_value     *arguments;
    uint32_t            count;
};

typedef bool function(const call *c, sw_value *result);

typedef struct function_info {
    const char *name; // "States.Format"
    uint32_t    count_min, count_max;
    function   *evaluate;
} function_info;

typedef enum argument_kind {
    ARGUMENT_VALUE,
    ARGUMENT_PATH,
    ARGUMENT_CALL,
} argument_kind;

typedef struct argument {
    argument_kind kind;
    union {
        sw_value            value;
        const sw_jsonpath  *path;
        const sw_intrinsic *call;
    };
} argument;

struct sw_intrinsic {
    const function_info *function;
    const argument      *arguments;
    uint32_t             count;
    // Format with its template written out: the texts between the {}, one more than there are of
    // them.
    const sw_str *pieces;
    uint32_t      piece_count; // 0: the template is a path or a call
};

// NULL when there is no such function.
const function_info *find_function(sw_str name);

#define FUNCTION(name, count_min, count_max, identifier, what)                                     \
    bool intrinsic_##identifier(const call *c, sw_value *result);
#include "query/intrinsic/functions.def"
#undef FUNCTION

// Fails the call: "States.MathAdd: " and the reason.
bool call_fail(const call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Arguments, checked. Numbers are rounded as Math.round does: half up, towards positive infinity.
bool call_array(const call *c, uint32_t index, sw_value *array);
bool call_object(const call *c, uint32_t index, sw_value *object);
bool call_text(const call *c, uint32_t index, sw_str *text);
bool call_integer(const call *c, uint32_t index, int64_t min, int64_t max, int64_t *integer);

#endif
