// yaml.h: what the files behind source.h share.

#ifndef STEPWELL_JSON_YAML_H
#define STEPWELL_JSON_YAML_H

#include "stepwell/json.h"

// Reads one YAML document. Spent memory is an error, not an escape, for libyaml's own is given
// back.
bool sw_yaml_parse(sw_arena *arena, sw_str text, sw_value *value, sw_error *err);

// A plain scalar (not quoted) as the core schema reads it. false with *why set when JSON has no
// such value or YAML's versions disagree about it. text is borrowed by strings and numbers.
bool sw_yaml_scalar(sw_arena *arena, sw_str text, sw_value *value, const char **why);

// The byte where libyaml's index of a character leads.
size_t sw_yaml_offset(sw_str text, size_t place);

// The next byte from at on that is neither blank nor in a comment of JSON's kind.
size_t sw_source_skip(sw_str text, size_t at);
// Bytes of the byte order mark at the start, 0 or 3.
size_t sw_source_mark_bytes(sw_str text);

#endif
