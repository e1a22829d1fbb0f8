// error.h: what parsers need of errors, beside stepwell/error.h.

#ifndef STEPWELL_BASE_ERROR_H
#define STEPWELL_BASE_ERROR_H

#include "stepwell/error.h"

// As sw_fail; the place is behind before, in a text of one line.
bool sw_vfail_behind(sw_error *err, sw_str before, sw_error_code code, const char *format,
                     va_list arguments) __attribute__((format(printf, 4, 0)));

#endif
