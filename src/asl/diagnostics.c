// diagnostics.c: the list of what is wrong.

#include "asl/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const code_names[] = {
#define CODE(id, name) [SW_CODE_##id] = name,
#include "asl/diagnostics.def"
#undef CODE
};

// Places ----------------------------------------------------------------------------------------

static size_t piece_bytes(const sw_place *place)
{
    char number[32];
    if (place->key.text != NULL)
        return 1 + place->key.bytes;
    return (size_t)snprintf(number, sizeof number, "[%zu]", place->index);
}

static void write_piece(char *at, const sw_place *place, size_t bytes)
{
    if (place->key.text != NULL) {
        *at = '/';
        memcpy(at + 1, place->key.text, place->key.bytes);
        return;
    }
    char number[32];
    snprintf(number, sizeof number, "[%zu]", place->index);
    memcpy(at, number, bytes);
}

sw_str sw_place_text(sw_arena *arena, const sw_place *place, const sw_place *from)
{
    size_t bytes = 0;
    for (const sw_place *p = place; p != from && p->outer != NULL; p = p->outer)
        bytes += piece_bytes(p);
    if (bytes == 0)
        return from == NULL ? SW_STR("/") : SW_STR("");
    char *text = sw_arena_alloc(arena, bytes + 1), *at = text + bytes;
    *at = '\0';
    for (const sw_place *p = place; p != from && p->outer != NULL; p = p->outer) {
        size_t piece = piece_bytes(p);
        at -= piece;
        write_piece(at, p, piece);
    }
    return (sw_str){text, bytes};
}

// Reports ---------------------------------------------------------------------------------------

static void append(sw_diagnostics *list, sw_diagnostic *diagnostic)
{
    if (list->last == NULL)
        list->first = diagnostic;
    else
        list->last->next = diagnostic;
    list->last = diagnostic;
}

static sw_diagnostic *add(sw_report *report, sw_severity severity, const sw_place *place,
                          sw_code code, const char *format, va_list arguments)
{
    sw_diagnostics *list = report->diagnostics;
    sw_diagnostic  *diagnostic = SW_ARENA_NEW(report->arena, sw_diagnostic);
    uint32_t        kept = list->errors + list->warnings;
    if (severity == SW_SEVERITY_ERROR)
        list->errors++;
    else
        list->warnings++;
    if (kept >= SW_DIAGNOSTICS_MAX || report->text_bytes >= SW_DIAGNOSTICS_BYTES_MAX)
        return diagnostic;
    diagnostic->severity = severity;
    diagnostic->code = sw_str_from(code_names[code]);
    diagnostic->message = sw_str_vformat(report->arena, format, arguments);
    diagnostic->location = place == NULL ? SW_STR("") : sw_place_text(report->arena, place, NULL);
    diagnostic->hint = SW_STR("");
    report->text_bytes += diagnostic->message.bytes + diagnostic->location.bytes;
    append(list, diagnostic);
    return diagnostic;
}

sw_diagnostic *sw_report_error(sw_report *report, const sw_place *place, sw_code code,
                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_diagnostic *added = add(report, SW_SEVERITY_ERROR, place, code, format, arguments);
    va_end(arguments);
    return added;
}

sw_diagnostic *sw_report_warning(sw_report *report, const sw_place *place, sw_code code,
                                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_diagnostic *added = add(report, SW_SEVERITY_WARNING, place, code, format, arguments);
    va_end(arguments);
    return added;
}
