// jsonpath.h: paths into JSON in the dialect that AWS uses: Jayway's JsonPath, version 2.0 where
// versions differ.
//
// Purpose   Compiled once when a machine is created, read many times. A path begins with `$` (the
//           input), `$$` (the context object) or `$name` (a workflow variable); the caller gives
//           the root that belongs to it.
// Owns      A path lives in the arena it was parsed into. What is read points into the root, and
//           into the arena where a list of matches had to be built.
// Threads   A compiled path is immutable.
// Errors    Parsing: SW_ERROR_SYNTAX with column. Reading: SW_ERROR_NOT_FOUND when the path leads
//           nowhere, SW_ERROR_LIMIT when it visits too much, SW_ERROR_EVALUATION otherwise; the
//           message is Jayway's ("No results for path: $['a']['b']", "Missing property in path
//           $['a']"). Whoever only wants to know whether there is something hands in NULL for err:
//           no message is made then. Writing: SW_ERROR_EVALUATION, which becomes
//           States.ResultPathMatchFailure.
// Dialect   Version 2.0 has no functions (`length()` is a name), no `in`, `size` or `empty` in
//           filters, and forgets the parentheses in them; texts stand in single quotes or bare.

#ifndef STEPWELL_QUERY_JSONPATH_H
#define STEPWELL_QUERY_JSONPATH_H

#include "stepwell/json.h"

typedef struct sw_jsonpath sw_jsonpath;

typedef enum sw_jsonpath_root {
    SW_JSONPATH_INPUT,    // $
    SW_JSONPATH_CONTEXT,  // $$
    SW_JSONPATH_VARIABLE, // $name
} sw_jsonpath_root;

bool sw_jsonpath_parse(sw_arena *arena, sw_str text, const sw_jsonpath **path, sw_error *err);

sw_jsonpath_root sw_jsonpath_get_root(const sw_jsonpath *path);
sw_str sw_jsonpath_get_variable(const sw_jsonpath *path); // its name; empty for other roots
sw_str sw_jsonpath_get_text(const sw_jsonpath *path);     // as written
bool   sw_jsonpath_is_root(const sw_jsonpath *path);      // nothing behind the root
bool   sw_jsonpath_is_definite(const sw_jsonpath *path);  // one node at most
// spec: "Reference Paths": names and indexes only, so that there is one place to write to.
bool sw_jsonpath_is_reference(const sw_jsonpath *path);

// An indefinite path gives an array of its matches, in document order, possibly empty.
bool sw_jsonpath_read(const sw_jsonpath *path, sw_value root, sw_arena *arena, sw_value *result,
                      sw_error *err);

// The root with value put at a reference path; objects on the way are made where they are missing.
// All that is not on the way is shared with the old root. spec: ResultPath.
bool sw_jsonpath_write(const sw_jsonpath *path, sw_value root, sw_value value, sw_arena *arena,
                       sw_value *result, sw_error *err);

#endif
