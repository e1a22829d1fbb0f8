// json_oracle.h: everything that must hold for any bytes handed to our JSON reader.
//
// yyjson is the oracle for what is JSON and what it means. Where we differ on purpose:
//   - escapes of lone surrogates ("\ud800") are read, as in Jackson; yyjson refuses them;
//   - texts nested deeper than SW_JSON_DEPTH_MAX are refused;
//   - of repeated members only the last is kept, in the place of the first.
// Used by the unit tests with generated and mutated texts and by the fuzzer with its own.

#ifndef STEPWELL_TESTS_JSON_ORACLE_H
#define STEPWELL_TESTS_JSON_ORACLE_H

#include "base/utf8.h"
#include "stepwell/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

// Says what does not hold and ends the process: a fuzzer wants that, and a unit test counts it.
#define ORACLE(condition) ((condition) ? (void)0 : oracle_failed(__FILE__, __LINE__, #condition))

static _Noreturn void oracle_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

static bool oracle_same(sw_value v, yyjson_val *theirs);

static yyjson_val *oracle_last_member(yyjson_val *object, sw_str key)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(object);
    yyjson_val     *found = NULL;
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&iter)) != NULL;) {
        if (yyjson_equals_strn(name, key.text, key.bytes))
            found = yyjson_obj_iter_get_val(name);
    }
    return found;
}

static bool oracle_same_object(sw_value v, yyjson_val *theirs)
{
    yyjson_obj_iter iter = yyjson_obj_iter_with(theirs);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&iter)) != NULL;) {
        sw_str key = {yyjson_get_str(name), yyjson_get_len(name)};
        if (sw_value_find(v, key) < 0)
            return false;
    }
    for (uint32_t i = 0; i < v.size; i++) {
        yyjson_val *member = oracle_last_member(theirs, sw_value_key(v, i));
        if (member == NULL || !oracle_same(sw_value_member(v, i), member))
            return false;
    }
    return true;
}

static bool oracle_same_array(sw_value v, yyjson_val *theirs)
{
    yyjson_arr_iter iter = yyjson_arr_iter_with(theirs);
    if (v.size != yyjson_arr_size(theirs))
        return false;
    for (uint32_t i = 0; i < v.size; i++) {
        if (!oracle_same(v.items[i], yyjson_arr_iter_next(&iter)))
            return false;
    }
    return true;
}

static bool oracle_same(sw_value v, yyjson_val *theirs)
{
    switch ((sw_type)v.type) {
    case SW_NULL:
        return yyjson_is_null(theirs);
    case SW_BOOL:
        return yyjson_is_bool(theirs) && yyjson_get_bool(theirs) == (v.size != 0);
    case SW_NUMBER:
        return yyjson_is_raw(theirs) && v.flags == SW_VALUE_SPELLED &&
               sw_str_equal(sw_value_str(v),
                            (sw_str){yyjson_get_raw(theirs), yyjson_get_len(theirs)});
    case SW_STRING:
        return yyjson_is_str(theirs) &&
               sw_str_equal(sw_value_str(v),
                            (sw_str){yyjson_get_str(theirs), yyjson_get_len(theirs)});
    case SW_ARRAY:
        return yyjson_is_arr(theirs) && oracle_same_array(v, theirs);
    case SW_OBJECT:
        return yyjson_is_obj(theirs) && oracle_same_object(v, theirs);
    case SW_UNDEFINED:
    case SW_FUNCTION:
        break;
    }
    return false;
}

// The same value without source text behind it, so that printing has to print.
static sw_value oracle_rebuild(sw_arena *arena, sw_value v)
{
    sw_value *items, built;
    if (v.type == SW_STRING)
        return sw_string(sw_value_str(v));
    if (v.type != SW_ARRAY && v.type != SW_OBJECT)
        return v;
    built = v.type == SW_ARRAY ? sw_array_build(arena, v.size, &items)
                               : sw_object_build(arena, v.size, &items);
    size_t count = v.type == SW_ARRAY ? v.size : 2 * (size_t)v.size;
    for (size_t i = 0; i < count; i++)
        items[i] = oracle_rebuild(arena, v.items[i]);
    return v.type == SW_ARRAY ? built : sw_object_index(arena, built);
}

static bool oracle_spells_surrogates(sw_str text)
{
    for (size_t i = 0; i + 3 < text.bytes; i++) {
        if (memcmp(text.text + i, "\\ud", 3) == 0 || memcmp(text.text + i, "\\uD", 3) == 0)
            return true;
    }
    return false;
}

static bool oracle_is_utf8(const char *text)
{
    size_t left = strlen(text);
    for (unsigned bytes; left > 0; left -= bytes, text += bytes) {
        bytes = sw_utf8_check((const unsigned char *)text, left);
        if (bytes == 0)
            return false;
    }
    return true;
}

static void oracle_check_error(sw_str text, const sw_error *err)
{
    uint32_t line, column;
    ORACLE(err->code == SW_ERROR_SYNTAX || err->code == SW_ERROR_LIMIT);
    ORACLE(err->message[0] != '\0' && oracle_is_utf8(err->message));
    ORACLE(err->offset <= text.bytes);
    sw_utf8_position(text, err->offset, &line, &column);
    // The place behind a line break within a string still counts as being on its line.
    ORACLE((err->line == line && err->column == column) ||
           (err->line == line - 1 && column == 1 && text.text[err->offset - 1] == '\n'));
}

static void oracle_check_printing(sw_arena *arena, sw_value v)
{
    sw_value again, rebuilt = oracle_rebuild(arena, v);
    sw_str   text = sw_json_print(arena, v);
    ORACLE(sw_value_equal(v, rebuilt) && sw_value_equal(rebuilt, v));
    ORACLE(sw_str_equal(text, sw_json_print(arena, rebuilt)));
    ORACLE(sw_str_equal(text, sw_json_print(arena, sw_value_copy(arena, v))));
    ORACLE(sw_json_parse(arena, text, 0, &again, NULL));
    ORACLE(sw_value_equal(v, again));
    ORACLE(sw_str_equal(text, sw_json_print(arena, again)));
    ORACLE(sw_value_text_bytes(again) == text.bytes);
    ORACLE(sw_value_depth(again) == sw_value_depth(v));
    ORACLE(sw_json_parse(arena, sw_json_print_pretty(arena, v, 2), 0, &again, NULL));
    ORACLE(sw_value_equal(v, again));
}

static void oracle_check(sw_arena *arena, sw_str text)
{
    sw_value    v, with_comments;
    sw_error    err = {0};
    yyjson_doc *doc = yyjson_read(text.text, text.bytes, YYJSON_READ_NUMBER_AS_RAW);
    bool        ok = sw_json_parse(arena, text, 0, &v, &err);
    if (!ok)
        oracle_check_error(text, &err);
    ORACLE(ok || doc == NULL || err.code == SW_ERROR_LIMIT);
    ORACLE(!ok || doc != NULL || oracle_spells_surrogates(text));
    ORACLE(!ok || doc == NULL || oracle_same(v, yyjson_doc_get_root(doc)));
    yyjson_doc_free(doc);
    if (ok) {
        oracle_check_printing(arena, v);
        ORACLE(sw_json_parse(arena, text, SW_JSON_COMMENTS, &with_comments, NULL));
        ORACLE(sw_value_equal(v, with_comments));
    } else if (sw_json_parse(arena, text, SW_JSON_COMMENTS, &v, &err)) {
        oracle_check_printing(arena, v);
    } else {
        oracle_check_error(text, &err);
    }
}

#endif
