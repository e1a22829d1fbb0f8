// fault.h: an error of the language, before it is worded.
//
// Owns      Nothing; it lives on the stack of whoever raises it.

#ifndef STEPWELL_QUERY_JSONATA_FAULT_H
#define STEPWELL_QUERY_JSONATA_FAULT_H

#include "stepwell/jsonata.h"

#define SW_NO_POSITION UINT32_MAX

// Fields that a code does not use stay zero.
typedef struct sw_fault {
    const char *code;     // a row of messages.def
    uint32_t    position; // in bytes; SW_NO_POSITION: that of the call around it
    sw_value    token, value, value2;
    uint32_t    index;
    double      exp;
    const char *type, *function_name;
    sw_str      message; // the words themselves, where the expression gives them
} sw_fault;

// Words the fault. arena is used for scratch text and given back.
void sw_fault_describe(const sw_fault *fault, sw_str expression, sw_arena *arena,
                       sw_jsonata_error *err);

static inline sw_value sw_token(const char *text)
{
    return sw_string(sw_str_from(text));
}

#endif
