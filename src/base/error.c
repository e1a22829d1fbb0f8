// error.c: filling a sw_error.

#include "base/error.h"

#include <stdio.h>

#include "base/utf8.h"

static bool vfail(sw_error *err, sw_error_code code, const char *format, va_list arguments)
{
    if (err == NULL)
        return false;
    *err = (sw_error){.code = code};
    vsnprintf(err->message, sizeof err->message, format, arguments);
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

bool sw_fail(sw_error *err, sw_error_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfail(err, code, format, arguments);
    va_end(arguments);
    return false;
}

bool sw_vfail_behind(sw_error *err, sw_str before, sw_error_code code, const char *format,
                     va_list arguments)
{
    vfail(err, code, format, arguments);
    if (err != NULL) {
        err->line = 1;
        err->column = (uint32_t)sw_utf8_length(before) + 1;
        err->offset = (uint32_t)before.bytes;
    }
    return false;
}

bool sw_fail_errno(sw_error *err, int number, const char *what)
{
    return sw_fail(err, SW_ERROR_IO, "cannot %s: %s", what, strerror(number));
}
