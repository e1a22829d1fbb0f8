// read.c: following a path through a document.
//
// A plain path (`$.a.b[0]`) is a loop. All others go from node to node by recursion, one level a
// step, and add what they reach to a list; a node that is missing is an error, swallowed by a `[*]`
// over an array (that item is skipped) and by a filter (that comparison is false), and by nothing
// else: `$[0,1].a` fails when one has no `a`. These are Jayway 2.0's rules, and so are the
// messages.
//
// Bounds: READ_DEPTH_MAX levels, READ_WORK_MAX visits.

#include "query/jsonpath/path.h"

#include "query/jsonpath/java.h"

// Plain paths -------------------------------------------------------------------------------------

static uint64_t load_8(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

static uint32_t load_4(const char *text)
{
    uint32_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

// memcmp costs a call, and names are short: the last word overlaps the one before instead of ending
// behind the text.
static inline bool is_same(const char *a, const char *b, size_t bytes)
{
    if (bytes < 4)
        return bytes == 0 ||
               (a[0] == b[0] && a[bytes / 2] == b[bytes / 2] && a[bytes - 1] == b[bytes - 1]);
    if (bytes < 8)
        return load_4(a) == load_4(b) && load_4(a + bytes - 4) == load_4(b + bytes - 4);
    for (size_t i = 0; i + 8 < bytes; i += 8) {
        if (load_8(a + i) != load_8(b + i))
            return false;
    }
    return load_8(a + bytes - 8) == load_8(b + bytes - 8);
}

// sw_value_find for the loop that every state runs through.
static inline const sw_value *find_member(const sw_value *v, sw_str name)
{
    if (v->type != SW_OBJECT || (v->flags & SW_VALUE_INDEXED) != 0) {
        ptrdiff_t at = sw_value_find(*v, name);
        return at < 0 ? NULL : &v->items[2 * at + 1];
    }
    const sw_value *end = v->items + 2 * (size_t)v->size;
    for (const sw_value *key = v->items; key < end; key += 2) {
        if (key->size == name.bytes && is_same(key->text, name.text, name.bytes))
            return key + 1;
    }
    return NULL;
}

// Gives the step that led nowhere, or NULL with *v moved to the end.
static const step *follow(const sw_jsonpath *path, sw_value *v)
{
    const step *end = path->steps + path->step_count;
    for (const step *s = path->steps; s < end; s++) {
        if (s->kind == STEP_NAME) {
            const sw_value *member = find_member(v, s->name);
            if (member == NULL)
                return s;
            *v = *member;
        } else {
            if (v->type != SW_ARRAY || (uint32_t)s->index >= v->size || s->index < 0)
                return s;
            *v = v->items[s->index];
        }
    }
    return NULL;
}

// The list of matches -----------------------------------------------------------------------------

static outcome add_match(reading *r, sw_value v)
{
    if (r->count == r->room) {
        uint32_t  room = r->room == 0 ? 4 : r->room * 2;
        sw_value *items;
        // Built as an array at once, so that it can be the result as it is.
        sw_array_build(r->arena, room, &items);
        if (r->count > 0)
            memcpy(items, r->matches, r->count * sizeof *items);
        r->matches = items;
        r->room = room;
    }
    r->matches[r->count++] = v;
    return READ_OK;
}

static const step *end_of(const reading *r)
{
    return r->path->steps + r->path->step_count;
}

static bool is_last(const reading *r, const step *s)
{
    return s + 1 == end_of(r);
}

// Members -----------------------------------------------------------------------------------------

// READ_MISSING, with Jayway's words unless nobody would see them. piece: what was looked for behind
// way.
static outcome missing(const reading *r, const char *words, const trail *way)
{
    if (r->quiet == 0 && r->err != NULL)
        read_failed(r, SW_ERROR_NOT_FOUND, "%s%s", words, trail_text(r->arena, way).text);
    return READ_MISSING;
}

static outcome no_object(const reading *r, const step *s, const trail *way)
{
    if (r->quiet == 0 && r->err != NULL)
        read_failed(r, SW_ERROR_NOT_FOUND, "Property %s not found in path %s",
                    steps_text(r->arena, s, 1).text, trail_text(r->arena, way).text);
    return READ_MISSING;
}

static outcome read_name(reading *r, const step *s, sw_value v, const trail *way)
{
    trail next = {.before = way, .by_name = true, .name = s->name};
    if (v.type != SW_OBJECT)
        return no_object(r, s, way);
    ptrdiff_t at = sw_value_find(v, s->name);
    if (at >= 0)
        return read_steps(r, s + 1, sw_value_member(v, (size_t)at), &next);
    if (is_last(r, s))
        return missing(r, "No results for path: ", &next);
    return s->strict ? missing(r, "Missing property in path ", &next) : READ_OK;
}

// The object of those members that are there; false when one is missing and all are required.
static bool pick(const reading *r, const step *s, sw_value v, sw_value *picked)
{
    sw_value *items;
    *picked = sw_object_build(r->arena, s->count, &items);
    picked->size = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        ptrdiff_t at = sw_value_find(v, s->names[i]);
        if (at < 0 && r->require_all)
            return false;
        if (at < 0 || sw_value_find(*picked, s->names[i]) >= 0)
            continue;
        items[2 * picked->size] = v.items[2 * at];
        items[2 * picked->size + 1] = v.items[2 * at + 1];
        picked->size++;
    }
    *picked = sw_object_index(r->arena, *picked);
    return true;
}

static outcome read_names(reading *r, const step *s, sw_value v, const trail *way)
{
    sw_value picked;
    if (v.type != SW_OBJECT)
        return no_object(r, s, way);
    if (!is_last(r, s))
        return read_failed(r, SW_ERROR_EVALUATION,
                           "Multi properties can only be used as path leafs: %s%s",
                           trail_text(r->arena, way).text, steps_text(r->arena, s, 1).text);
    if (!pick(r, s, v, &picked))
        return READ_MISSING; // only filters require all, and they swallow it
    return add_match(r, picked);
}

// Items -------------------------------------------------------------------------------------------

static outcome read_item(reading *r, const step *s, int64_t index, sw_value v, const trail *way)
{
    trail next = {.before = way, .index = index};
    if (index < 0 || index >= v.size)
        return missing(r, "Index out of bounds when evaluating path ", &next);
    return read_steps(r, s + 1, v.items[index], &next);
}

static outcome read_range(reading *r, const step *s, int64_t from, int64_t to, sw_value v,
                          const trail *way)
{
    outcome result = READ_OK;
    for (int64_t i = from; i < to && result == READ_OK; i++)
        result = read_item(r, s, i, v, way);
    return result;
}

static outcome read_indexes(reading *r, const step *s, sw_value v, const trail *way)
{
    outcome result = READ_OK;
    for (uint32_t i = 0; i < s->count && result == READ_OK; i++)
        result = read_item(r, s, s->indexes[i], v, way);
    return result;
}

static int64_t at_least_0(int64_t number)
{
    return number < 0 ? 0 : number;
}

static outcome read_slice(reading *r, const step *s, sw_value v, const trail *way)
{
    int64_t size = v.size, from = s->indexes[0], to = s->indexes[s->kind == STEP_SLICE ? 1 : 0];
    if (s->kind == STEP_SLICE_FROM)
        return read_range(r, s, at_least_0(from < 0 ? size + from : from), size, v, way);
    if (s->kind == STEP_SLICE_TO)
        return read_range(r, s, 0, to < 0 ? size + to : to < size ? to : size, v, way);
    // With two bounds a negative one is no distance from the end: [-2:3] begins in front of the
    // array and fails, unless the array is empty.
    return size == 0 ? READ_OK : read_range(r, s, from, to < size ? to : size, v, way);
}

static outcome no_array(reading *r, const step *s, sw_value v, const trail *way)
{
    if (v.type == SW_NULL && (r->quiet > 0 || r->err == NULL))
        return READ_MISSING;
    sw_str place = trail_text(r->arena, way);
    if (v.type == SW_NULL) {
        read_failed(r, SW_ERROR_NOT_FOUND, "The path %s is null", place.text);
        return READ_MISSING;
    }
    sw_str fragment = steps_text(r->arena, s, (size_t)(end_of(r) - s));
    sw_str context = sw_java_text(r->arena, v);
    int    shown = context.bytes < 100 ? (int)context.bytes : 100;
    return read_failed(r, r->path->definite ? SW_ERROR_NOT_FOUND : SW_ERROR_EVALUATION,
                       "Filter: %s can only be applied to arrays. Current context is: %.*s",
                       fragment.text, shown, context.text);
}

static outcome read_array_step(reading *r, const step *s, sw_value v, const trail *way)
{
    if (v.type != SW_ARRAY)
        return no_array(r, s, v, way);
    if (s->kind == STEP_INDEX)
        return read_item(r, s, s->index, v, way);
    if (s->kind == STEP_FROM_END)
        return read_item(r, s, (int64_t)v.size + s->index, v, way);
    return s->kind == STEP_INDEXES ? read_indexes(r, s, v, way) : read_slice(r, s, v, way);
}

// All ---------------------------------------------------------------------------------------------

static outcome read_members(reading *r, const step *s, sw_value v, const trail *way)
{
    outcome result = READ_OK;
    for (uint32_t i = 0; i < v.size && result == READ_OK; i++) {
        trail next = {.before = way, .by_name = true, .name = sw_value_key(v, i)};
        result = read_steps(r, s + 1, sw_value_member(v, i), &next);
    }
    return result;
}

static outcome read_wildcard(reading *r, const step *s, sw_value v, const trail *way)
{
    outcome result = READ_OK;
    if (v.type == SW_OBJECT)
        return read_members(r, s, v, way);
    if (v.type != SW_ARRAY)
        return READ_OK;
    r->quiet++;
    for (uint32_t i = 0; i < v.size && result != READ_FAILED; i++) {
        trail next = {.before = way, .index = i};
        result = read_steps(r, s + 1, v.items[i], &next);
    }
    r->quiet--;
    return result == READ_FAILED ? READ_FAILED : READ_OK;
}

static outcome read_filter(reading *r, const step *s, sw_value v, const trail *way)
{
    bool    accepted = false;
    outcome result = READ_OK;
    if (v.type == SW_OBJECT) {
        result = filter_accepts(r, s->filter, v, &accepted);
        return result == READ_OK && accepted ? read_steps(r, s + 1, v, way) : result;
    }
    if (v.type != SW_ARRAY)
        return read_failed(r, SW_ERROR_EVALUATION, "Filter: [?] can not be applied to primitives");
    for (uint32_t i = 0; i < v.size && result == READ_OK; i++) {
        result = filter_accepts(r, s->filter, v.items[i], &accepted);
        if (result == READ_OK && accepted)
            result = read_item(r, s, i, v, way);
    }
    return result;
}

// Scans -------------------------------------------------------------------------------------------

static bool has_all(const step *s, sw_value v)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (sw_value_find(v, s->names[i]) < 0)
            return false;
    }
    return v.type == SW_OBJECT;
}

// Whether the step behind the scan is tried on this node.
static outcome scan_stops(reading *r, const step *s, sw_value v, bool *stops)
{
    *stops = false;
    switch (s->kind) {
    case STEP_NAME:
        *stops = sw_value_find(v, s->name) >= 0;
        return READ_OK;
    case STEP_NAMES:
        *stops = has_all(s, v);
        return READ_OK;
    case STEP_INDEX:
    case STEP_FROM_END:
    case STEP_INDEXES:
    case STEP_SLICE_FROM:
    case STEP_SLICE_TO:
    case STEP_SLICE:
        *stops = v.type == SW_ARRAY;
        return READ_OK;
    case STEP_WILDCARD:
        *stops = true;
        return READ_OK;
    case STEP_FILTER:
        return filter_accepts(r, s->filter, v, stops);
    case STEP_ROOT:
    case STEP_SCAN:
        return READ_OK;
    }
    return READ_OK;
}

// s is the step behind the scan. On an array, and with steps behind it, s itself is left out and
// what follows is tried on each item: `$..[2].a` gives the `a` of all items. (A slip of Jayway
// 2.0's.)
static outcome read_scanned(reading *r, const step *s, sw_value v, const trail *way)
{
    bool    stops;
    outcome result = scan_stops(r, s, v, &stops);
    if (result != READ_OK || !stops)
        return result;
    if (v.type == SW_OBJECT || is_last(r, s))
        return read_steps(r, s, v, way);
    return read_range(r, s, 0, v.size, v, way);
}

static outcome too_much(const reading *r)
{
    return read_failed(r, SW_ERROR_LIMIT, "The path visits too much of the document");
}

// Enters a level of the recursion; false: a bound is passed.
static bool enter(reading *r)
{
    if (r->depth >= READ_DEPTH_MAX || *r->work == 0)
        return false;
    r->depth++;
    --*r->work;
    return true;
}

static outcome scan(reading *r, const step *s, sw_value v, const trail *way)
{
    if (v.type != SW_OBJECT && v.type != SW_ARRAY)
        return READ_OK;
    if (!enter(r))
        return too_much(r);
    outcome result = read_scanned(r, s, v, way);
    bool    object = v.type == SW_OBJECT;
    for (uint32_t i = 0; i < v.size && result == READ_OK; i++) {
        trail next = {.before = way, .by_name = object, .index = i};
        if (object)
            next.name = sw_value_key(v, i);
        result = scan(r, s, object ? sw_value_member(v, i) : v.items[i], &next);
    }
    r->depth--;
    return result;
}

// Steps -------------------------------------------------------------------------------------------

static outcome read_step(reading *r, const step *s, sw_value v, const trail *way)
{
    switch (s->kind) {
    case STEP_NAME:
        return read_name(r, s, v, way);
    case STEP_NAMES:
        return read_names(r, s, v, way);
    case STEP_INDEX:
    case STEP_FROM_END:
    case STEP_INDEXES:
    case STEP_SLICE_FROM:
    case STEP_SLICE_TO:
    case STEP_SLICE:
        return read_array_step(r, s, v, way);
    case STEP_ROOT:
        return read_steps(r, s + 1, v, NULL); // in messages the way begins anew
    case STEP_WILDCARD:
        return read_wildcard(r, s, v, way);
    case STEP_FILTER:
        return read_filter(r, s, v, way);
    case STEP_SCAN:
        return is_last(r, s) ? READ_OK : scan(r, s + 1, v, way);
    }
    return READ_OK;
}

outcome read_steps(reading *r, const step *at, sw_value v, const trail *way)
{
    if (at == end_of(r))
        return add_match(r, v);
    if (!enter(r))
        return too_much(r);
    outcome result = read_step(r, at, v, way);
    r->depth--;
    return result;
}

outcome read_one(reading *outer, const sw_jsonpath *path, sw_value from, bool require_all,
                 sw_value *result)
{
    if (path->plain) {
        *result = from;
        const step *lost = follow(path, result);
        if (lost == NULL)
            return READ_OK;
        // An index into what is no array fails the whole read, so it wants its message.
        if (lost->kind == STEP_NAME || result->type == SW_ARRAY || result->type == SW_NULL)
            return READ_MISSING;
    }
    reading r = *outer;
    r.path = path;
    r.matches = NULL;
    r.count = r.room = 0;
    r.quiet = 1;
    r.require_all = require_all;
    outcome found = read_steps(&r, path->steps, from, NULL);
    if (found == READ_OK && r.count == 0)
        return READ_MISSING;
    if (found == READ_OK)
        *result = r.matches[0];
    return found;
}

static bool read_general(const sw_jsonpath *path, sw_value root, sw_arena *arena, sw_value *result,
                         sw_error *err)
{
    uint32_t work = READ_WORK_MAX;
    reading  r = {.path = path, .root = root, .arena = arena, .err = err, .work = &work};
    if (root.type == SW_UNDEFINED)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "No results for path: $");
    if (read_steps(&r, path->steps, root, NULL) != READ_OK)
        return false;
    if (!path->definite && r.count == 0)
        sw_array_build(arena, 0, &r.matches);
    if (path->definite && r.count == 0) {
        sw_str text = steps_text(arena, path->steps, path->step_count);
        return sw_fail(err, SW_ERROR_NOT_FOUND, "No results for path: $%.*s", SW_STR_ARG(text));
    }
    *result = path->definite ? r.matches[0]
                             : (sw_value){.type = SW_ARRAY, .size = r.count, .items = r.matches};
    return true;
}

bool sw_jsonpath_read(const sw_jsonpath *path, sw_value root, sw_arena *arena, sw_value *result,
                      sw_error *err)
{
    if (path->plain) {
        sw_value v = root;
        if (follow(path, &v) == NULL && v.type != SW_UNDEFINED) {
            *result = v;
            return true;
        }
        if (err == NULL)
            return false;
    }
    return read_general(path, root, arena, result, err);
}
