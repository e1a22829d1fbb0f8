// error.h: an operation failed. (A workflow's own failure is data, sw_failure in execution.h.)
//
// Owns      Nothing: a sw_error is a value on the caller's stack.
// Errors    On false *err is filled and outputs are untouched. err may be NULL for callers that do
//           not care.

#ifndef STEPWELL_ERROR_H
#define STEPWELL_ERROR_H

#include "stepwell/base.h"

typedef enum sw_error_code {
    SW_ERROR_NONE = 0,
    SW_ERROR_SYNTAX,      // a text is not what it should be: JSON, YAML, a path, an expression
    SW_ERROR_INVALID,     // well-formed, but against the rules: a definition, an option
    SW_ERROR_LIMIT,       // a bound was passed: size, depth, steps, events
    SW_ERROR_MEMORY,      // memory is spent
    SW_ERROR_UNSUPPORTED, // known, but not offered
    SW_ERROR_NOT_FOUND,   // a path leads nowhere, a file is not there
    SW_ERROR_EVALUATION,  // an expression failed on this input
    SW_ERROR_IO,          // the system refused
} sw_error_code;

typedef struct sw_error {
    sw_error_code code;
    uint32_t      line, column; // from 1, in the text the caller gave; 0 when not about text
    uint32_t      offset;       // in bytes from 0, beside line and column
    char          path[128];    // in that document, such as /States/Pay/Retry/0; may be empty
    char          message[240]; // one sentence for a person; never needs freeing
} sw_error;

// Fills *err and returns false, so that a function can end with it.
SW_API bool sw_fail(sw_error *err, sw_error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
SW_API bool sw_fail_errno(sw_error *err, int number, const char *what);

#endif
