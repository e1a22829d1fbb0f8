// library.c: dlopen and dlsym.

#include "integrations/library.h"

#include <dlfcn.h>
#include <string.h>

bool sw_library_load(const char *soname, const char *const *names, size_t count, void *functions,
                     sw_error *err)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return sw_fail(err, SW_ERROR_IO, "cannot load %s: %s", soname, dlerror());
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, names[i]);
        if (function == NULL)
            return sw_fail(err, SW_ERROR_IO, "%s has no %s: %s", soname, names[i], dlerror());
        // POSIX: an object's pointer and a function's have the same form.
        memcpy((char *)functions + i * sizeof function, &function, sizeof function);
    }
    return true;
}
