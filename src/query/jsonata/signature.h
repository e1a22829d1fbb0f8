// signature.h: <s-nn?:s>: what a function takes.
//
// A parameter is a set of types, may be left out (?), repeated (+) or taken from the context (-).

#ifndef STEPWELL_QUERY_JSONATA_SIGNATURE_H
#define STEPWELL_QUERY_JSONATA_SIGNATURE_H

#include "query/jsonata/compile.h"

typedef struct sw_parameter {
    uint8_t types;    // bits by sw_type
    char    type;     // 'a' takes a single value for an array of one
    char    subtype;  // a<n>: of the items; 0: any
    bool    optional; // may match nothing
    bool    repeated;
    bool    context; // taken from the context when left out
    sw_str  subtype_text;
} sw_parameter;

typedef struct sw_signature {
    sw_parameter *parameters;
    uint32_t      count;
} sw_signature;

// start: the position of the text's second character in the expression, for errors.
sw_signature *sw_signature_parse(sw_compilation *c, sw_str text, uint32_t start);

// Checks and completes the arguments: returns them in *validated, *count of them. May give back
// arguments itself.
void sw_signature_validate(sw_eval *ev, const sw_signature *signature, const sw_value *arguments,
                           uint32_t argument_count, sw_value input, const sw_value **validated,
                           uint32_t *count);

#endif
