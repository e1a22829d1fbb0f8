// template_parse.c: payload templates and JSONata values.
//
//     {"a": 1, "b.$": "$.x", "c": {"d": [2]}}
//
//     OBJECT   a CONSTANT 1   b PATH $.x   c CONSTANT {"d":[2]}
//
// A subtree without expressions is one constant, the piece of the definition itself: evaluating it
// costs nothing and its text is copied as a whole.

#include "asl/reader.h"

static sw_template parse(const sw_site *site, sw_value v, sw_str key, const sw_place *place);

static sw_template constant(sw_value v, sw_str key)
{
    return (sw_template){.kind = SW_TEMPLATE_CONSTANT, .value = v, .key = key};
}

// JSONata ---------------------------------------------------------------------------------------

static bool is_expression(const sw_site *site, sw_value v, const sw_place *place)
{
    if (v.type != SW_STRING)
        return false;
    sw_str text = sw_value_str(v);
    bool   opens = sw_str_begins(text, "{%"), closes = sw_str_ends(text, "%}");
    if (opens && closes && text.bytes >= 4)
        return true;
    // aws: " {% x %} " with blanks around it is a plain string; one end alone is refused.
    if (opens || closes) {
        sw_report_error(site->reader->report, place, SW_CODE_JSONATA_SYNTAX,
                        "JSONata expressions must be enclosed in '{%%' and '%%}'");
    }
    return false;
}

bool sw_is_expression(const sw_site *site, sw_value v)
{
    return is_expression(site, v, site->place);
}

typedef struct variable_check {
    const sw_site  *site;
    const sw_place *place;
    bool            context; // found: the expression looks at the context object
} variable_check;

static void check_variable(void *who, sw_str name)
{
    variable_check *check = who;
    bool            result = sw_str_is(name, "states.result");
    bool            error = sw_str_is(name, "states.errorOutput");
    check->context |= sw_str_is(name, "states.context") || sw_str_is(name, "states");
    if ((result && !check->site->result) || (error && !check->site->error_output)) {
        sw_report_error(check->site->reader->report, check->place, SW_CODE_JSONATA_UNSUPPORTED,
                        "Reference to '$%.*s' is not supported in this field.", SW_STR_ARG(name));
    }
}

// aws: what asks for an input document is told from what is no JSONata; both in these words,
// without the code.
static sw_diagnostic *refuse_expression(sw_report *report, const sw_jsonata_error *err,
                                        const sw_place *place)
{
    if (strcmp(err->code, "S0600") == 0)
        return sw_report_error(report, place, SW_CODE_JSONATA_UNSUPPORTED,
                               "Reference to '%s' at the top level is not supported.", err->token);
    return sw_report_error(report, place, SW_CODE_JSONATA_SYNTAX, "%s", err->message);
}

static bool compile(const sw_site *site, sw_str text, const sw_place *place,
                    const sw_jsonata **compiled, bool *reads_context)
{
    sw_reader         *reader = site->reader;
    sw_jsonata_error   err = {0};
    sw_jsonata_options options = {.no_input = true, .operators_2_1 = reader->options->jsonata_2_1};
    if (sw_jsonata_compile(reader->arena, text, &options, compiled, &err)) {
        variable_check check = {site, place, false};
        sw_jsonata_variables(*compiled, check_variable, &check);
        *reads_context = check.context;
        return true;
    }
    // Spent memory is no fault of the expression: hand it on to the machine's own guard.
    if (strcmp(err.code, "D1011") == 0)
        sw_arena_grow(reader->arena, SIZE_MAX);
    sw_diagnostic *added = refuse_expression(reader->report, &err, place);
    added->hint = sw_str_format(reader->report->arena, "%s, at character %u of the expression",
                                err.code, err.position);
    return false;
}

static sw_template parse_expression(const sw_site *site, sw_value v, sw_str key,
                                    const sw_place *place)
{
    const sw_jsonata *compiled = NULL;
    bool              reads_context = false;
    sw_reader        *reader = site->reader;
    sw_str            text = sw_value_str(v);
    text = sw_str_trim((sw_str){text.text + 2, text.bytes - 4});
    if (!compile(site, text, place, &compiled, &reads_context))
        return constant(v, key);
    // aws: Output/list[0], Choices[1]/Condition: as seen from the state.
    sw_str field = sw_place_text(reader->arena, place, site->state);
    return (sw_template){.kind = SW_TEMPLATE_JSONATA,
                         .value = v,
                         .expression = compiled,
                         .text = text,
                         .field = {field.text + 1, field.bytes - 1},
                         .key = key,
                         .reads_context = reads_context};
}

// JSONPath --------------------------------------------------------------------------------------

// aws: recorded for an intrinsic call; the location is that of the whole template.
static void refuse_path(const sw_site *site, sw_str key, const sw_error *err)
{
    sw_diagnostic *added = sw_report_error(site->reader->report, site->place, SW_CODE_SCHEMA,
                                           "The value for the field '%.*s' must be a valid "
                                           "JSONPath or a valid intrinsic function call",
                                           SW_STR_ARG(key));
    if (err != NULL)
        added->hint = sw_str_copy(site->reader->report->arena, sw_str_from(err->message));
}

// A path when it begins with a dollar, otherwise a call.
static bool parse_path_or_call(sw_reader *reader, sw_str text, sw_template *t, sw_error *err)
{
    t->text = text;
    if (text.bytes > 0 && text.text[0] == '$') {
        t->kind = SW_TEMPLATE_PATH;
        return sw_path_compile(reader, text, &t->path, err);
    }
    t->kind = SW_TEMPLATE_INTRINSIC;
    if (text.bytes > 0 && text.text[0] == ' ')
        return sw_fail(err, SW_ERROR_SYNTAX, "a call must not begin with a blank");
    return sw_intrinsic_parse(reader->arena, text, &t->call, err);
}

const sw_template *sw_path_or_call_parse(const sw_site *site, sw_str text)
{
    sw_template *t = SW_ARENA_NEW(site->reader->arena, sw_template);
    sw_error     err = {0};
    t->field = site->name;
    if (parse_path_or_call(site->reader, text, t, &err))
        return t;
    refuse_path(site, site->name, &err);
    return NULL;
}

static bool is_dynamic(sw_str key)
{
    return key.bytes > 2 && sw_str_ends(key, ".$");
}

static sw_template parse_dynamic(const sw_site *site, sw_value v, sw_str key)
{
    sw_template t = constant(v, (sw_str){key.text, key.bytes - 2});
    sw_error    err = {0};
    t.field = key;
    if (v.type == SW_STRING && parse_path_or_call(site->reader, sw_value_str(v), &t, &err))
        return t;
    refuse_path(site, key, v.type == SW_STRING ? &err : NULL);
    return constant(v, t.key);
}

static bool looks_dynamic(sw_str text)
{
    static const char *const beginnings[] = {"$.", "$[", "$$.", "States."};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t bytes = strlen(beginnings[i]);
        if (text.bytes > bytes && memcmp(text.text, beginnings[i], bytes) == 0)
            return i < 3 || memchr(text.text, '(', text.bytes) != NULL;
    }
    return false;
}

void sw_path_warn(sw_reader *reader, sw_value v, sw_code code, const sw_place *place)
{
    if (v.type != SW_STRING || v.size == 0 || (v.text[0] != '$' && v.text[0] != 'S'))
        return;
    if (!looks_dynamic(sw_value_str(v)))
        return;
    // The words of the API reference for each code.
    const char *message =
        code == SW_CODE_NO_DOLLAR
            ? "No .$ on a field that appears to be a JSONPath or Intrinsic Function."
        : code == SW_CODE_NO_PATH
            ? "Field value looks like a path, but field name does not end with 'Path'."
            : "Attempt to use a path in the result of a pass state.";
    sw_report_warning(reader->report, place, code, "%s", message);
}

// Both ------------------------------------------------------------------------------------------

// From the first child on that is no constant, an array of children is kept.
static void keep(const sw_site *site, sw_template **children, uint32_t count, uint32_t at,
                 sw_value v, const sw_template *child)
{
    if (*children == NULL) {
        if (child->kind == SW_TEMPLATE_CONSTANT && v.type == SW_ARRAY)
            return;
        if (child->kind == SW_TEMPLATE_CONSTANT && child->key.bytes == sw_value_key(v, at).bytes)
            return;
        *children = SW_ARENA_ARRAY(site->reader->arena, sw_template, count);
        for (uint32_t i = 0; i < at; i++)
            (*children)[i] = v.type == SW_ARRAY
                                 ? constant(v.items[i], SW_STR(""))
                                 : constant(sw_value_member(v, i), sw_value_key(v, i));
    }
    (*children)[at] = *child;
}

static sw_template parse_array(const sw_site *site, sw_value v, sw_str key, const sw_place *place)
{
    sw_template *children = NULL;
    for (uint32_t i = 0; i < v.size; i++) {
        sw_place    at = sw_place_element(place, i);
        sw_template child = parse(site, v.items[i], SW_STR(""), &at);
        keep(site, &children, v.size, i, v, &child);
    }
    sw_template t = constant(v, key);
    if (children != NULL) {
        t.kind = SW_TEMPLATE_ARRAY;
        t.children = children;
        t.child_count = v.size;
    }
    return t;
}

// spec: "Payload Template": no two members of the same name once .$ is gone.
static void check_twice(const sw_site *site, sw_value object, sw_str key)
{
    if (sw_value_find(object, (sw_str){key.text, key.bytes - 2}) < 0)
        return;
    sw_report_error(site->reader->report, site->place, SW_CODE_SCHEMA,
                    "The field '%.*s' is duplicated: its name without '.$' exists already",
                    SW_STR_ARG(key));
}

static sw_template parse_object(const sw_site *site, sw_value v, sw_str key, const sw_place *place)
{
    sw_template *children = NULL;
    bool         jsonpath = site->language == SW_LANGUAGE_JSONPATH;
    for (uint32_t i = 0; i < v.size; i++) {
        sw_str      name = sw_value_key(v, i);
        sw_place    at = sw_place_member(place, name);
        sw_value    member = sw_value_member(v, i);
        bool        dynamic = jsonpath && is_dynamic(name);
        sw_template child =
            dynamic ? parse_dynamic(site, member, name) : parse(site, member, name, &at);
        if (dynamic)
            check_twice(site, v, name);
        keep(site, &children, v.size, i, v, &child);
    }
    sw_template t = constant(v, key);
    if (children != NULL) {
        t.kind = SW_TEMPLATE_OBJECT;
        t.children = children;
        t.child_count = v.size;
    }
    return t;
}

static sw_template parse(const sw_site *site, sw_value v, sw_str key, const sw_place *place)
{
    if (v.type == SW_OBJECT)
        return parse_object(site, v, key, place);
    if (v.type == SW_ARRAY)
        return parse_array(site, v, key, place);
    if (v.type != SW_STRING)
        return constant(v, key);
    if (site->language == SW_LANGUAGE_JSONPATH) {
        sw_path_warn(site->reader, v, SW_CODE_NO_DOLLAR, place);
        return constant(v, key);
    }
    return is_expression(site, v, place) ? parse_expression(site, v, key, place) : constant(v, key);
}

const sw_template *sw_template_parse(const sw_site *site, sw_value v)
{
    sw_template *t = SW_ARENA_ARRAY(site->reader->arena, sw_template, 1);
    *t = parse(site, v, SW_STR(""), site->place);
    return t;
}

// Fields of a state -----------------------------------------------------------------------------

const sw_template *sw_field_template(sw_state_reader *in, const sw_fields *fields, sw_field field)
{
    if (!sw_fields_has(fields, field))
        return NULL;
    sw_state_type type = in->state->type;
    // docs: a result is what a Task, Map or Parallel has; deployed definitions ask a Pass for one,
    // too.
    bool work = type == SW_STATE_TASK || type == SW_STATE_MAP || type == SW_STATE_PARALLEL ||
                type == SW_STATE_PASS;
    sw_place place = sw_fields_place(fields, field);
    sw_site  site = {.reader = in->reader,
                     .language = in->state->language,
                     .place = &place,
                     .state = in->place,
                     .name = sw_field_name(field),
                     .result = work && field == SW_FIELD_OUTPUT};
    return sw_template_parse(&site, sw_fields_get(fields, field));
}

static void check_assigned(sw_state_reader *in, sw_value object, const sw_place *place)
{
    for (uint32_t i = 0; i < object.size; i++) {
        sw_str name = sw_value_key(object, i);
        if (!sw_is_jsonata(in) && is_dynamic(name))
            name.bytes -= 2;
        if (!sw_variable_name(name)) {
            sw_diagnostic *added =
                sw_report_error(in->reader->report, place, SW_CODE_SCHEMA,
                                "'%.*s' is not a valid variable name", SW_STR_ARG(name));
            added->hint = SW_STR("a variable's name is an identifier of at most 80 characters; "
                                 "'states' is reserved");
        } else {
            sw_variable_note(in, name);
        }
    }
}

const sw_template *sw_assign_parse(sw_state_reader *in, const sw_fields *fields, bool result,
                                   bool error_output)
{
    sw_value object = sw_fields_get(fields, SW_FIELD_ASSIGN);
    if (object.type != SW_OBJECT || object.size == 0)
        return NULL;
    sw_place place = sw_fields_place(fields, SW_FIELD_ASSIGN);
    check_assigned(in, object, &place);
    sw_site site = {.reader = in->reader,
                    .language = in->state->language,
                    .place = &place,
                    .state = in->place,
                    .name = SW_STR("Assign"),
                    .result = result,
                    .error_output = error_output};
    return sw_template_parse(&site, object);
}
