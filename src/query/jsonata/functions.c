// functions.c: finding a builtin by its name.

#include "query/jsonata/functions.h"

#define FUNCTION(name, run, signature, parameters, arity, description)                             \
    {{"" name, sizeof(name) - 1}, run, signature, parameters, arity, false},
#define EVAL(name, run, signature, parameters, arity, description)                                 \
    {{"" name, sizeof(name) - 1}, run, signature, parameters, arity, true},
static const sw_builtin builtins[] = {
#include "query/jsonata/functions.def"
};
#undef FUNCTION
#undef EVAL

const sw_builtin *sw_builtin_find(sw_str name)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        if (builtins[i].name.bytes == name.bytes &&
            memcmp(builtins[i].name.text, name.text, name.bytes) == 0)
            return &builtins[i];
    }
    return NULL;
}
