// fields.c: the table of fields, and the one pass that checks an object against it.

#include "asl/fields.h"

#include "base/assert.h"

typedef enum field_check { ANY, STRING, BOOLEAN, NUMBER, ARRAY, OBJECT } field_check;

enum { JSONPATH = 1 << SW_LANGUAGE_JSONPATH, JSONATA = 1 << SW_LANGUAGE_JSONATA, BOTH = 3 };

// The letters and words of fields.def.
enum {
    T = 1 << SW_STATE_TASK,
    L = 1 << SW_STATE_PARALLEL,
    M = 1 << SW_STATE_MAP,
    P = 1 << SW_STATE_PASS,
    W = 1 << SW_STATE_WAIT,
    C = 1 << SW_STATE_CHOICE,
    S = 1 << SW_STATE_SUCCEED,
    F = 1 << SW_STATE_FAIL,
    STATE = 0xff,
    MACHINE = 1 << SW_OBJECT_MACHINE,
    BRANCH = 1 << SW_OBJECT_BRANCH,
    PROCESSOR = 1 << SW_OBJECT_PROCESSOR,
    CONFIG = 1 << SW_OBJECT_CONFIG,
    RETRIER = 1 << SW_OBJECT_RETRIER,
    CATCHER = 1 << SW_OBJECT_CATCHER,
    RULE = 1 << SW_OBJECT_RULE,
    NESTED_RULE = 1 << SW_OBJECT_NESTED_RULE,
    READER = 1 << SW_OBJECT_READER,
    READER_CONFIG = 1 << SW_OBJECT_READER_CONFIG,
    BATCHER = 1 << SW_OBJECT_BATCHER,
    WRITER = 1 << SW_OBJECT_WRITER,
    WRITER_CONFIG = 1 << SW_OBJECT_WRITER_CONFIG,
};

static const struct {
    sw_str   name;
    uint32_t objects, required;
    uint8_t  languages, check;
} field_info[] = {
#define FIELD(id, name, objects, required, languages, check)                                       \
    [SW_FIELD_##id] = {{name, sizeof(name) - 1}, objects, required, languages, check},
#include "asl/fields.def"
#undef FIELD
};

// Operators follow the fields, each twice: NAME and NAMEPath.
static const struct {
    sw_str     name, path_name;
    sw_operand operand;
} operator_info[] = {
#define OPERATOR(id, name, operand, comparison)                                                    \
    [SW_OPERATOR_##id] = {                                                                         \
        {name, sizeof(name) - 1}, {name "Path", sizeof(name "Path") - 1}, SW_OPERAND_##operand},
#include "asl/choice_operators.def"
#undef OPERATOR
};

#define CODE_COUNT ((unsigned)SW_FIELD_COUNT + 2u * (unsigned)SW_OPERATOR_COUNT)
_Static_assert(CODE_COUNT < 255, "a slot of the index is one byte");

sw_str sw_field_name(sw_field field)
{
    return field_info[field].name;
}

// The index -------------------------------------------------------------------------------------

static sw_str code_name(unsigned code)
{
    if (code < SW_FIELD_COUNT)
        return field_info[code].name;
    unsigned operator=(code - SW_FIELD_COUNT) / 2;
    bool     path = (code - SW_FIELD_COUNT) % 2 == 1;
    return path ? operator_info[operator].path_name : operator_info[operator].name;
}

static inline unsigned slot_of(sw_str name)
{
    const unsigned char *t = (const unsigned char *)name.text;
    unsigned             h = (unsigned)name.bytes * 131u;
    if (name.bytes >= 2) {
        h += t[0] * 7u + t[name.bytes / 2] * 29u + t[name.bytes - 2] * 61u + t[name.bytes - 1] * 3u;
        h += t[name.bytes / 4] * 17u;
    }
    return (h ^ h >> 7) % SW_FIELD_SLOTS;
}

static bool code_exists(unsigned code)
{
    if (code < SW_FIELD_COUNT || (code - SW_FIELD_COUNT) % 2 == 0)
        return true;
    sw_operand operand = operator_info[(code - SW_FIELD_COUNT) / 2].operand;
    return operand != SW_OPERAND_PATTERN && operand != SW_OPERAND_KIND; // these have no Path form
}

static bool must_have(unsigned field, unsigned kind, unsigned language)
{
    return (field_info[field].required & 1u << kind) != 0 &&
           (field_info[field].languages & 1u << language) != 0;
}

static void count_required(sw_field_index *index)
{
    for (unsigned field = 0; field < SW_FIELD_COUNT; field++) {
        if (field_info[field].required == 0)
            continue;
        for (unsigned kind = 0; kind <= SW_OBJECT_WRITER_CONFIG; kind++) {
            index->required[kind][0] += must_have(field, kind, SW_LANGUAGE_JSONPATH);
            index->required[kind][1] += must_have(field, kind, SW_LANGUAGE_JSONATA);
        }
    }
}

void sw_field_index_init(sw_field_index *index)
{
    memset(index, 0, sizeof *index);
    count_required(index);
    for (unsigned code = 0; code < CODE_COUNT; code++) {
        if (!code_exists(code))
            continue;
        unsigned slot = slot_of(code_name(code));
        while (index->slots[slot] != 0)
            slot = (slot + 1) % SW_FIELD_SLOTS;
        index->slots[slot] = (uint8_t)(code + 1);
    }
}

// memcmp without a call: names are short, and every member of a definition is looked up.
static inline bool same_bytes(const char *a, const char *b, size_t bytes)
{
    uint64_t a8, b8, a8_end, b8_end;
    if (bytes < 8 || bytes > 16)
        return memcmp(a, b, bytes) == 0;
    memcpy(&a8, a, 8);
    memcpy(&b8, b, 8);
    memcpy(&a8_end, a + bytes - 8, 8);
    memcpy(&b8_end, b + bytes - 8, 8);
    return a8 == b8 && a8_end == b8_end;
}

static inline bool same_name(sw_str a, sw_str b)
{
    uint32_t a4, b4, a4_end, b4_end;
    if (a.bytes != b.bytes)
        return false;
    if (a.bytes < 4 || a.bytes > 7)
        return same_bytes(a.text, b.text, a.bytes);
    memcpy(&a4, a.text, 4);
    memcpy(&b4, b.text, 4);
    memcpy(&a4_end, a.text + a.bytes - 4, 4);
    memcpy(&b4_end, b.text + b.bytes - 4, 4);
    return a4 == b4 && a4_end == b4_end;
}

// CODE_COUNT when no field or operator has that name.
static unsigned find_code(const sw_field_index *index, sw_str name)
{
    for (unsigned slot = slot_of(name); index->slots[slot] != 0;
         slot = (slot + 1) % SW_FIELD_SLOTS) {
        unsigned code = index->slots[slot] - 1u;
        if (same_name(code_name(code), name))
            return code;
    }
    return CODE_COUNT;
}

// Complaints ------------------------------------------------------------------------------------

static bool may_have(unsigned field, sw_object kind)
{
    return (field_info[field].objects & 1u << kind) != 0;
}

static sw_str list_fields(sw_arena *arena, sw_object kind, sw_query_language language)
{
    sw_str list = SW_STR("");
    for (unsigned field = 0; field < SW_FIELD_COUNT; field++) {
        if (may_have(field, kind) && (field_info[field].languages & 1 << language) != 0)
            list = sw_str_format(arena, "%.*s%s%.*s", SW_STR_ARG(list), list.bytes > 0 ? ", " : "",
                                 SW_STR_ARG(field_info[field].name));
    }
    return list;
}

// aws: measured on fields of the wrong state type and on unknown ones alike.
static void refuse_field(sw_report *report, sw_object kind, sw_query_language language, sw_str name,
                         const sw_place *place)
{
    sw_diagnostic *added = sw_report_error(report, place, SW_CODE_SCHEMA,
                                           "Field '%.*s' is not supported", SW_STR_ARG(name));
    if (report->diagnostics->errors > 20)
        return; // nobody reads more hints than that
    added->hint = sw_str_format(report->arena, "allowed here: %.*s",
                                SW_STR_ARG(list_fields(report->arena, kind, language)));
}

static void refuse_language(sw_report *report, sw_query_language language, sw_str name,
                            const sw_place *place)
{
    bool jsonata = language == SW_LANGUAGE_JSONATA;
    sw_report_error(report, place, SW_CODE_SCHEMA,
                    "The QueryLanguage is set to '%s', but field '%.*s' is only supported for the "
                    "'%s' QueryLanguage",
                    jsonata ? "JSONata" : "JSONPath", SW_STR_ARG(name),
                    jsonata ? "JSONPath" : "JSONata");
}

static const char *wanted_type(field_check check, sw_value v)
{
    switch (check) {
    case ANY:
        return NULL;
    case STRING:
        return v.type == SW_STRING ? NULL : "String";
    case BOOLEAN:
        return v.type == SW_BOOL ? NULL : "Boolean";
    case NUMBER:
        return v.type == SW_NUMBER ? NULL : "Number";
    case ARRAY:
        return v.type == SW_ARRAY ? NULL : "Array";
    case OBJECT:
        return v.type == SW_OBJECT ? NULL : "Object";
    }
    return NULL;
}

static void report_missing(sw_report *report, sw_object kind, sw_query_language language,
                           sw_value object, const sw_place *place)
{
    sw_str list = SW_STR("");
    for (unsigned field = 0; field < SW_FIELD_COUNT; field++) {
        if (!must_have(field, kind, language) || sw_value_find(object, field_info[field].name) >= 0)
            continue;
        list = sw_str_format(report->arena, "%.*s%s%.*s", SW_STR_ARG(list),
                             list.bytes > 0 ? ", " : "", SW_STR_ARG(field_info[field].name));
    }
    if (list.bytes > 0)
        sw_report_error(report, place, SW_CODE_SCHEMA, "These fields are required: [%.*s]",
                        SW_STR_ARG(list));
}

// Reading ---------------------------------------------------------------------------------------

static void note_operator(sw_fields *fields, unsigned code, uint32_t at)
{
    if (fields->operator_count++ > 0)
        return;
    fields->operator_at = at;
    fields->operator=(sw_operator)((code - SW_FIELD_COUNT) / 2);
    fields->operator_path = (code - SW_FIELD_COUNT) % 2 == 1;
}

static bool is_rule(sw_object kind)
{
    return kind == SW_OBJECT_RULE || kind == SW_OBJECT_NESTED_RULE;
}

// True when the field is fine and belongs into the table.
static bool check_field(sw_report *report, sw_query_language language, unsigned field, sw_value v,
                        const sw_place *place)
{
    sw_str name = field_info[field].name;
    if ((field_info[field].languages & 1 << language) == 0) {
        refuse_language(report, language, name, place);
        return false;
    }
    const char *wanted = wanted_type((field_check)field_info[field].check, v);
    if (wanted == NULL)
        return true;
    sw_place at = sw_place_member(place, name);
    sw_report_error(report, &at, SW_CODE_SCHEMA, "Expected value of type %s", wanted);
    return false;
}

void sw_fields_read(sw_report *report, const sw_field_index *index, sw_value object, sw_object kind,
                    sw_query_language language, const sw_place *place, sw_fields *fields)
{
    unsigned missing = index->required[kind][language];
    SW_ASSERT(object.type == SW_OBJECT);
    memset(fields, 0, sizeof *fields);
    fields->object = object;
    fields->place = place;
    for (uint32_t i = 0; i < object.size; i++) {
        sw_str   name = sw_value_key(object, i);
        unsigned code = find_code(index, name);
        if (code < SW_FIELD_COUNT && may_have(code, kind)) {
            missing -= must_have(code, kind, language);
            if (check_field(report, language, code, sw_value_member(object, i), place))
                fields->at[code] = i + 1 < SW_FIELD_FAR ? (uint8_t)(i + 1) : SW_FIELD_FAR;
        } else if (code >= SW_FIELD_COUNT && code < CODE_COUNT && is_rule(kind)) {
            if (language == SW_LANGUAGE_JSONPATH)
                note_operator(fields, code, i);
            else
                refuse_language(report, language, name, place);
        } else {
            refuse_field(report, kind, language, name, place);
        }
    }
    if (missing > 0)
        report_missing(report, kind, language, object, place);
}
