// library.h: a shared library that is loaded when it is first needed.
//
// Purpose   What few runs need (libcurl, Graphviz) brings dozens of other libraries along. Loaded
//           at the start they would cost every command milliseconds and megabytes.
// Owns      A library stays loaded until the process ends.
// Threads   Any; the caller makes sure that it is loaded before its functions are used.
// Errors    The library, or one of the functions, is not there: a sentence that names it.

#ifndef STEPWELL_INTEGRATIONS_LIBRARY_H
#define STEPWELL_INTEGRATIONS_LIBRARY_H

#include "stepwell/error.h"

// functions: a struct of count pointers to functions, filled in the order of names.
bool sw_library_load(const char *soname, const char *const *names, size_t count, void *functions,
                     sw_error *err);

#endif
