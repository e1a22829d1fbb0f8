// diagnostics.h: saying what is wrong with a definition, and where.
//
// Purpose   A place is a path into the definition, kept as a list on the stack from the inside out;
//           its text is only made when there is something to say about it, so that a correct
//           definition pays nothing.
//
//               sw_place retry = sw_place_member(&state, SW_STR("Retry"));
//               sw_place first = sw_place_element(&retry, 0);       // /States/Pay/Retry[0]
//
// Owns      Diagnostics and their texts live in the report's arena.
// Bounds    The first SW_DIAGNOSTICS_MAX are kept, and no more than SW_DIAGNOSTICS_BYTES_MAX of
//           text; all are counted.

#ifndef STEPWELL_ASL_DIAGNOSTICS_H
#define STEPWELL_ASL_DIAGNOSTICS_H

#include "stepwell/machine.h"

#define SW_DIAGNOSTICS_MAX       1000u
#define SW_DIAGNOSTICS_BYTES_MAX (1024u * 1024)

typedef struct sw_place {
    const struct sw_place *outer; // NULL: the top
    sw_str                 key;   // of a member
    size_t                 index; // of an element, when key.text is NULL
} sw_place;

static inline sw_place sw_place_member(const sw_place *outer, sw_str key)
{
    return (sw_place){outer, key, 0};
}

static inline sw_place sw_place_element(const sw_place *outer, size_t index)
{
    return (sw_place){outer, {NULL, 0}, index};
}

// The text of a place as seen from another one around it: /Retry[0]. from NULL gives the whole
// path.
sw_str sw_place_text(sw_arena *arena, const sw_place *place, const sw_place *from);

typedef enum sw_code {
#define CODE(id, name) SW_CODE_##id,
#include "asl/diagnostics.def"
#undef CODE
} sw_code;

typedef struct sw_report {
    sw_arena       *arena;
    sw_diagnostics *diagnostics;
    size_t          text_bytes; // of what is kept
} sw_report;

// Adds an error. place NULL: no location. The result takes a hint; it is never NULL.
sw_diagnostic *sw_report_error(sw_report *report, const sw_place *place, sw_code code,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));
sw_diagnostic *sw_report_warning(sw_report *report, const sw_place *place, sw_code code,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
