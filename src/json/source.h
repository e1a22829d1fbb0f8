// source.h: a text that a person wrote, in whichever format, as a value; and places found again.
//
// Purpose   Reads JSON, JSON with comments and YAML into the same values. A diagnostic knows its
//           place as AWS writes it, /States/Pay/Retry[0]; sw_source_locate turns that into line and
//           column by reading the text once more, so values carry no positions.
// Owns      Nothing. Values of JSON borrow the text, so it must live as long; values of YAML are
//           copied into the arena.
// Errors    Syntax errors have line, column and offset. Spent memory is an error here, too, so no
//           guard is needed around sw_source_parse.
// Spec      RFC 8259; YAML 1.2 with its core schema: null, true, false and numbers are what they
//           are in JSON, and every other plain scalar is a string, yes, no, on and off among them.
//           A number with a leading zero means different things in YAML 1.1 and 1.2, so it is
//           refused. Anchors, aliases and merge keys (<<) work; tags, several documents in one text
//           and repeated keys are refused.

#ifndef STEPWELL_JSON_SOURCE_H
#define STEPWELL_JSON_SOURCE_H

#include "stepwell/json.h"

// What a YAML text may grow to when its aliases are written out: bytes of scalars plus a byte for
// each node. Nesting is bound as in JSON.
#define SW_YAML_BYTES_MAX   (16u * 1024 * 1024)
#define SW_YAML_ANCHORS_MAX 1000u

// By the name's ending: .json is JSON, .jsonc and .json5 JSON with comments, .yaml and .yml YAML;
// AUTO when it says nothing. (.asl.json and the like end so as well.)
sw_source_format sw_source_format_of(sw_str file_name);

// What AUTO takes the text for: JSON with comments when it starts with a bracket or a quote, after
// blanks and comments; otherwise YAML. Never AUTO.
sw_source_format sw_source_detect(sw_str text);

// AUTO reads a text that is no YAML mapping or list as JSON, so that `not a definition` is refused
// as AWS does it. A byte order mark is skipped.
bool sw_source_parse(sw_arena *arena, sw_str text, sw_source_format format, sw_value *value,
                     sw_error *err);

// Where the member at path has its name, or the element its value; from 1. When there is no such
// place, that of the deepest one on the way there. Elements are written Retry[0] or Retry/0; names
// stand as they are, slashes included. false when the text has nothing to point at.
bool sw_source_locate(sw_str text, sw_source_format format, sw_str path, uint32_t *line,
                      uint32_t *column);

#endif
