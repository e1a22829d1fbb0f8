// encode.h: texts and JSON values as parts of URLs and as form-urlencoded bodies.
//
// Owns      Results live in the arena.
// Source    RFC 3986, unreserved characters; Developer Guide, call-https-apis, "URL-encoding".

#ifndef STEPWELL_INTEGRATIONS_HTTP_ENCODE_H
#define STEPWELL_INTEGRATIONS_HTTP_ENCODE_H

#include "stepwell/json.h"

// How a list stands in a form: {"a": ["x", "y"]}
typedef enum sw_array_format {
    SW_ARRAY_INDICES,  // a[0]=x&a[1]=y
    SW_ARRAY_REPEAT,   // a=x&a=y
    SW_ARRAY_COMMAS,   // a=x,y
    SW_ARRAY_BRACKETS, // a[]=x&a[]=y
} sw_array_format;

// "INDICES"; false when there is no such format.
bool sw_array_format_find(sw_str name, sw_array_format *format);

// Everything but letters, digits and -_.~ as %XX.
sw_str sw_url_encode(sw_arena *arena, sw_str text);

// An object as name=value&name=value; objects inside it as outer[inner]=value, with the brackets
// encoded. null is an empty value; an empty list or object is left out. aws: unverified, both, and
// that the commas of COMMAS stand as they are.
// A text beyond SW_FORM_BYTES_MAX (names repeat what is around them) gives .text NULL.
#define SW_FORM_BYTES_MAX (4u * 1024 * 1024)
sw_str sw_form_encode(sw_arena *arena, sw_value object, sw_array_format format);

#endif
