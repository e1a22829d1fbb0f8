// error.c: filling a sw_error.

#include "stepwell/error.h"

#include <stdarg.h>
#include <stdio.h>

bool sw_fail(sw_error *err, sw_error_code code, const char *format, ...)
{
    if (err == NULL)
        return false;
    *err = (sw_error){.code = code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    // A cut in the middle of a UTF-8 sequence would make the message invalid text.
    size_t bytes = strlen(err->message);
    if (bytes == sizeof err->message - 1) {
        while (bytes > 0 && ((unsigned char)err->message[bytes - 1] & 0xc0) == 0x80)
            bytes--;
        if (bytes > 0 && (unsigned char)err->message[bytes - 1] >= 0xc0)
            bytes--;
        err->message[bytes] = '\0';
    }
    return false;
}

bool sw_fail_errno(sw_error *err, int number, const char *what)
{
    return sw_fail(err, SW_ERROR_IO, "cannot %s: %s", what, strerror(number));
}
