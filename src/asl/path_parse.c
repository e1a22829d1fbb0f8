// path_parse.c: path fields, and number and text fields with their …Path.

#include "asl/reader.h"

#include "base/time.h"

// Paths -----------------------------------------------------------------------------------------

static unsigned hash_path(sw_str text)
{
    uint32_t h = (uint32_t)text.bytes;
    for (size_t i = 0; i < text.bytes; i++)
        h = (h ^ (unsigned char)text.text[i]) * 16777619u;
    return (h ^ h >> 16) % SW_PATHS_KEPT;
}

bool sw_path_compile(sw_reader *reader, sw_str text, const sw_jsonpath **path, sw_error *err)
{
    sw_path_kept *kept = &reader->paths[hash_path(text)];
    if (kept->path == NULL || !sw_str_equal(kept->text, text)) {
        const sw_jsonpath *compiled = NULL;
        if (!sw_jsonpath_parse(reader->arena, text, &compiled, err))
            return false;
        *kept = (sw_path_kept){text, compiled};
    }
    *path = kept->path;
    return true;
}

static void refuse_path(sw_reader *reader, const sw_place *place, const sw_error *err)
{
    sw_diagnostic *added =
        sw_report_error(reader->report, place, SW_CODE_SCHEMA, "Value must be a valid JSONPath.");
    added->hint = sw_str_copy(reader->report->arena, sw_str_from(err->message));
}

// aws: "Reference path didn't start with '$'" is recorded, the other reasons are ours.
static void refuse_reference(sw_reader *reader, const sw_place *place, const char *reason)
{
    sw_report_error(reader->report, place, SW_CODE_SCHEMA, "Value is not a Reference Path: %s",
                    reason);
}

const sw_jsonpath *sw_path_parse(sw_reader *reader, sw_str text, sw_path_kind kind,
                                 const sw_place *place)
{
    const sw_jsonpath *path = NULL;
    sw_error           err = {0};
    bool               dollar = text.bytes > 0 && text.text[0] == '$';
    while (text.bytes > 0 && text.text[text.bytes - 1] == ' ')
        text.bytes--; // Jayway trims; a published example has a blank there
    if (kind != SW_PATH_ANY && !dollar) {
        refuse_reference(reader, place, "Reference path didn't start with '$'");
        return NULL;
    }
    if (!dollar || !sw_path_compile(reader, text, &path, &err)) {
        refuse_path(reader, place, &err);
        return NULL;
    }
    if (kind != SW_PATH_ANY && !sw_jsonpath_is_reference(path)) {
        refuse_reference(reader, place, "Reference path must lead to a single value");
        return NULL;
    }
    if (kind == SW_PATH_RESULT && sw_jsonpath_get_root(path) != SW_JSONPATH_INPUT) {
        refuse_reference(reader, place, "Reference path must lead into the state's input");
        return NULL;
    }
    return path;
}

static void expect(sw_reader *reader, const sw_place *place, const char *type)
{
    sw_report_error(reader->report, place, SW_CODE_SCHEMA, "Expected value of type %s", type);
}

sw_path_field sw_path_field_parse(sw_reader *reader, const sw_fields *fields, sw_field field,
                                  sw_path_kind kind)
{
    sw_path_field result = {0};
    sw_value      v = sw_fields_get(fields, field);
    if (v.type == SW_UNDEFINED)
        return result;
    sw_place place = sw_fields_place(fields, field);
    result.set = true;
    result.null = v.type == SW_NULL;
    if (result.null)
        return result;
    if (v.type != SW_STRING) {
        expect(reader, &place, "String");
        return result;
    }
    result.path = sw_path_parse(reader, sw_value_str(v), kind, &place);
    return result;
}

// Numbers ---------------------------------------------------------------------------------------

bool sw_number_check(sw_reader *reader, sw_value number, double min, double max, bool fraction,
                     const sw_place *place)
{
    int64_t whole;
    if (!fraction && !sw_value_integer(number, &whole)) {
        expect(reader, place, "Integer");
        return false;
    }
    double value = sw_value_number(number);
    if (value >= min && value <= max)
        return true;
    sw_report_error(reader->report, place, SW_CODE_SCHEMA, "Value must be between %.0f and %.0f",
                    min, max);
    return false;
}

static void parse_number_path(sw_reader *reader, const sw_fields *fields, sw_field path,
                              sw_number_field *result)
{
    sw_place place = sw_fields_place(fields, path);
    result->set = true;
    result->field = sw_field_name(path);
    result->text = sw_value_str(sw_fields_get(fields, path));
    result->path = sw_path_parse(reader, result->text, SW_PATH_REFERENCE, &place);
}

static void parse_number(sw_state_reader *in, sw_value v, const sw_number_rule *rule,
                         const sw_place *place, sw_number_field *result)
{
    sw_site site = {.reader = in->reader,
                    .language = in->state->language,
                    .place = place,
                    .state = in->place,
                    .name = sw_field_name(rule->field)};
    result->set = true;
    result->field = site.name;
    if (v.type == SW_NUMBER) {
        sw_number_check(in->reader, v, rule->min, rule->max, rule->fraction, place);
        result->number = sw_value_number(v);
    } else if (sw_is_jsonata(in) && sw_is_expression(&site, v)) {
        result->expression = sw_template_parse(&site, v);
    } else {
        sw_path_warn(in->reader, v, SW_CODE_NO_PATH, place);
        expect(in->reader, place, rule->fraction ? "Number" : "Integer");
    }
}

sw_number_field sw_number_field_parse(sw_state_reader *in, const sw_fields *fields,
                                      const sw_number_rule *rule)
{
    sw_number_field result = {0};
    sw_value        v = sw_fields_get(fields, rule->field);
    if (rule->path < SW_FIELD_COUNT && sw_fields_has(fields, rule->path)) {
        if (v.type != SW_UNDEFINED)
            sw_exclusive_check(in->reader, fields, rule->field, rule->path);
        parse_number_path(in->reader, fields, rule->path, &result);
    } else if (v.type != SW_UNDEFINED) {
        sw_place place = sw_fields_place(fields, rule->field);
        parse_number(in, v, rule, &place, &result);
    }
    return result;
}

// Texts -----------------------------------------------------------------------------------------

// spec: Fail: only these intrinsics give a string for sure.
static bool gives_text(sw_str function)
{
    static const char *const names[] = {
        "States.Format",       "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode",
        "States.Base64Decode", "States.Hash",         "States.UUID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (sw_str_is(function, names[i]))
            return true;
    }
    return false;
}

static const sw_template *parse_text_path(const sw_site *site, sw_str text, bool timestamp)
{
    sw_reader *reader = site->reader;
    if (timestamp || (text.bytes > 0 && text.text[0] == '$')) {
        sw_template *t = SW_ARENA_NEW(reader->arena, sw_template);
        t->kind = SW_TEMPLATE_PATH;
        t->text = text;
        t->field = site->name;
        t->path = sw_path_parse(reader, text, SW_PATH_REFERENCE, site->place);
        return t;
    }
    const sw_template *t = sw_path_or_call_parse(site, text);
    if (t != NULL && t->kind == SW_TEMPLATE_INTRINSIC &&
        !gives_text(sw_intrinsic_get_name(t->call)))
        sw_report_error(reader->report, site->place, SW_CODE_SCHEMA,
                        "The intrinsic function must return a string");
    return t;
}

static void parse_text(sw_state_reader *in, const sw_site *site, sw_value v, bool timestamp,
                       sw_text_field *result)
{
    sw_instant instant;
    result->set = true;
    result->value = v;
    if (sw_is_jsonata(in) && sw_is_expression(site, v)) {
        result->expression = sw_template_parse(site, v);
    } else if (!timestamp) {
        sw_path_warn(in->reader, v, SW_CODE_NO_PATH, site->place);
    } else if (!sw_time_parse(sw_value_str(v), &instant)) {
        sw_report_error(in->reader->report, site->place, SW_CODE_SCHEMA,
                        "String does not match RFC3339 timestamp");
    }
}

sw_text_field sw_text_field_parse(sw_state_reader *in, sw_field field, sw_field path)
{
    sw_text_field result = {0};
    bool          timestamp = field == SW_FIELD_TIMESTAMP;
    sw_exclusive_check(in->reader, &in->fields, field, path);
    sw_field which = sw_fields_has(&in->fields, path) ? path : field;
    sw_value v = sw_fields_get(&in->fields, which);
    if (v.type == SW_UNDEFINED)
        return result;
    sw_place place = sw_fields_place(&in->fields, which);
    sw_site  site = {.reader = in->reader,
                     .language = in->state->language,
                     .place = &place,
                     .state = in->place,
                     .name = sw_field_name(which)};
    if (which == field) {
        parse_text(in, &site, v, timestamp, &result);
    } else {
        result.set = true;
        result.expression = parse_text_path(&site, sw_value_str(v), timestamp);
    }
    return result;
}
