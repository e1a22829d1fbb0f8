// model.c: checking an input against the tables of model.inc.
//
// Messages as recorded: 1 validation error detected: Value '1001' at 'maxResults' failed to satisfy
// constraint: Member must have value less than or equal to 1000. The value of a sensitive member is
// not shown.

#include "server/protocol/model.h"

#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

typedef enum sw_shape_kind {
    SW_SHAPE_STRING,
    SW_SHAPE_INTEGER,
    SW_SHAPE_FLOAT,
    SW_SHAPE_BOOLEAN,
    SW_SHAPE_TIMESTAMP,
    SW_SHAPE_LIST,
    SW_SHAPE_STRUCTURE,
} sw_shape_kind;

typedef struct sw_shape {
    const char   *name;
    sw_shape_kind kind;
    bool          has_min, has_max, sensitive;
    int64_t       min, max;
    const char   *pattern;
    const char   *values; // of an enum, as they are printed
    int           item;   // of a list
    int           first_member, member_count;
} sw_shape;

typedef struct sw_shape_member {
    const char *name;
    int         shape;
    bool        required;
} sw_shape_member;

#include "server/protocol/model.inc"

#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

// Compiled once, before any thread checks anything.
static pcre2_code *patterns[SHAPE_COUNT];

bool sw_model_open(sw_error *err)
{
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        int        code;
        PCRE2_SIZE offset;
        if (shapes[i].pattern == NULL || patterns[i] != NULL)
            continue;
        patterns[i] =
            pcre2_compile((PCRE2_SPTR)shapes[i].pattern, PCRE2_ZERO_TERMINATED,
                          PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NO_UTF_CHECK,
                          &code, &offset, NULL);
        if (patterns[i] == NULL)
            return sw_fail(err, SW_ERROR_INVALID, "the pattern of %s cannot be compiled",
                           shapes[i].name);
    }
    return true;
}

void sw_model_close(void)
{
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        pcre2_code_free(patterns[i]);
        patterns[i] = NULL;
    }
}

int sw_model_find_action(sw_str action)
{
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        if (sw_str_is(action, inputs[i].action))
            return inputs[i].shape;
    }
    return -1;
}

// Faults ------------------------------------------------------------------------------------------

typedef struct checker {
    sw_arena   *arena;
    sw_str      faults; // joined by "; "
    unsigned    count;
    const char *exception;
    sw_str      wrong_type;
} checker;

static void add_fault(checker *c, const sw_shape *shape, sw_str path, sw_str value,
                      const char *constraint)
{
    sw_str fault =
        shape->sensitive
            ? sw_str_format(c->arena, "Value at '%.*s' failed to satisfy constraint: %s",
                            SW_STR_ARG(path), constraint)
            : sw_str_format(c->arena, "Value %.*s at '%.*s' failed to satisfy constraint: %s",
                            SW_STR_ARG(value), SW_STR_ARG(path), constraint);
    c->faults = c->count == 0 ? fault
                              : sw_str_format(c->arena, "%.*s; %.*s", SW_STR_ARG(c->faults),
                                              SW_STR_ARG(fault));
    c->count++;
}

static sw_str quoted(checker *c, sw_str text)
{
    return sw_str_format(c->arena, "'%.*s'", SW_STR_ARG(text));
}

static const char *bound(checker *c, const char *what, const char *side, int64_t limit)
{
    return sw_str_format(c->arena, "Member must have %s %s than or equal to %lld", what, side,
                         (long long)limit)
        .text;
}

static bool wrong_type(checker *c, const char *found, const char *wanted)
{
    c->wrong_type = sw_str_format(c->arena, "%s can not be converted to %s", found, wanted);
    return false;
}

static const char *token_name(sw_value value)
{
    static const char *const names[] = {
        "", "NULL_VALUE", "", "NUMBER_VALUE", "STRING_VALUE", "START_ARRAY", "START_OBJECT"};
    if (value.type == SW_BOOL)
        return value.size != 0 ? "TRUE_VALUE" : "FALSE_VALUE";
    return names[value.type];
}

// Kinds -------------------------------------------------------------------------------------------

static bool pattern_matches(int index, sw_str text)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (match == NULL)
        return false;
    int found = pcre2_match(patterns[index], (PCRE2_SPTR)text.text, text.bytes, 0,
                            PCRE2_NO_UTF_CHECK, match, NULL);
    pcre2_match_data_free(match);
    return found >= 0;
}

// Whether text is one of the values in "A, B, C".
static bool is_one_of(const char *values, sw_str text)
{
    while (*values != '\0') {
        size_t length = strcspn(values, ",");
        if (length == text.bytes && memcmp(values, text.text, length) == 0)
            return true;
        values += length;
        values += strspn(values, ", ");
    }
    return false;
}

// Lengths are counted as Java does, in UTF-16 units.
static int64_t utf16_length(sw_str text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        count += (byte & 0xc0) != 0x80;
        count += byte >= 0xf0;
    }
    return count;
}

static bool check_string(checker *c, int index, sw_str path, sw_value value)
{
    const sw_shape *shape = &shapes[index];
    if (value.type != SW_STRING)
        return wrong_type(c, token_name(value), "a String");
    sw_str  text = sw_value_str(value);
    int64_t length = utf16_length(text);
    if (shape->has_max && length > shape->max)
        add_fault(c, shape, path, quoted(c, text), bound(c, "length", "less", shape->max));
    if (shape->has_min && length < shape->min)
        add_fault(c, shape, path, quoted(c, text), bound(c, "length", "greater", shape->min));
    if (shape->pattern != NULL && !pattern_matches(index, text))
        add_fault(c, shape, path, quoted(c, text),
                  sw_str_format(c->arena, "Member must satisfy regular expression pattern: %s",
                                shape->pattern)
                      .text);
    if (shape->values != NULL && !is_one_of(shape->values, text))
        add_fault(c, shape, path, quoted(c, text),
                  sw_str_format(c->arena, "Member must satisfy enum value set: [%s]", shape->values)
                      .text);
    return true;
}

static bool check_number(checker *c, const sw_shape *shape, sw_str path, sw_value value)
{
    int64_t integer;
    if (value.type != SW_NUMBER)
        return wrong_type(c, token_name(value),
                          shape->kind == SW_SHAPE_FLOAT ? "Float" : "Integer");
    if (shape->kind == SW_SHAPE_INTEGER && !sw_value_integer(value, &integer))
        return wrong_type(c, token_name(value), "Integer");
    double number = sw_value_number(value);
    sw_str shown = quoted(c, sw_json_print(c->arena, value));
    if (shape->has_max && number > (double)shape->max)
        add_fault(c, shape, path, shown, bound(c, "value", "less", shape->max));
    if (shape->has_min && number < (double)shape->min)
        add_fault(c, shape, path, shown, bound(c, "value", "greater", shape->min));
    return true;
}

static bool check_value(checker *c, int index, sw_str path, sw_value value);

// aws: a list is shown as Java prints it, [Item(member=value, ...), ...]; recorded for
// routingConfiguration.
static sw_str show_list(checker *c, const sw_shape *shape, sw_value list)
{
    sw_str text = SW_STR("[");
    for (uint32_t i = 0; i < list.size; i++) {
        const sw_shape *item = &shapes[shape->item];
        sw_str          shown = sw_json_print(c->arena, list.items[i]);
        if (item->kind == SW_SHAPE_STRUCTURE && list.items[i].type == SW_OBJECT) {
            shown = sw_str_format(c->arena, "%s(", item->name);
            for (int k = 0; k < item->member_count; k++) {
                const char *name = members[item->first_member + k].name;
                sw_value    member = sw_value_get(list.items[i], sw_str_from(name));
                sw_str      part = member.type == SW_STRING ? sw_value_str(member)
                                                            : sw_json_print(c->arena, member);
                shown = sw_str_format(c->arena, "%.*s%s%s=%.*s", SW_STR_ARG(shown),
                                      k > 0 ? ", " : "", name, SW_STR_ARG(part));
            }
            shown = sw_str_format(c->arena, "%.*s)", SW_STR_ARG(shown));
        }
        text = sw_str_format(c->arena, "%.*s%s%.*s", SW_STR_ARG(text), i > 0 ? ", " : "",
                             SW_STR_ARG(shown));
    }
    return sw_str_format(c->arena, "'%.*s]'", SW_STR_ARG(text));
}

static bool check_list(checker *c, const sw_shape *shape, sw_str path, sw_value value)
{
    if (value.type != SW_ARRAY)
        return wrong_type(c, token_name(value), "a List");
    if (shape->has_max && value.size > shape->max)
        add_fault(c, shape, path, show_list(c, shape, value),
                  bound(c, "length", "less", shape->max));
    if (shape->has_min && value.size < shape->min)
        add_fault(c, shape, path, show_list(c, shape, value),
                  bound(c, "length", "greater", shape->min));
    for (uint32_t i = 0; i < value.size; i++) {
        sw_str item = sw_str_format(c->arena, "%.*s.%u.member", SW_STR_ARG(path), i + 1);
        if (!check_value(c, shape->item, item, value.items[i]))
            return false;
    }
    return true;
}

static bool check_member(checker *c, const sw_shape_member *member, sw_str path, sw_value structure)
{
    sw_value value = sw_value_get(structure, sw_str_from(member->name));
    sw_str   inner = path.bytes == 0
                         ? sw_str_from(member->name)
                         : sw_str_format(c->arena, "%.*s.%s", SW_STR_ARG(path), member->name);
    if (value.type != SW_UNDEFINED && value.type != SW_NULL)
        return check_value(c, member->shape, inner, value);
    if (member->required)
        add_fault(c, &(sw_shape){.sensitive = false}, inner, SW_STR("null"),
                  "Member must not be null");
    return true;
}

static bool check_structure(checker *c, const sw_shape *shape, sw_str path, sw_value value)
{
    if (value.type != SW_OBJECT)
        return wrong_type(c, token_name(value), "an Object");
    for (int i = 0; i < shape->member_count; i++) {
        if (!check_member(c, &members[shape->first_member + i], path, value))
            return false;
    }
    return true;
}

static bool check_value(checker *c, int index, sw_str path, sw_value value)
{
    const sw_shape *shape = &shapes[index];
    switch (shape->kind) {
    case SW_SHAPE_STRING:
        return check_string(c, index, path, value);
    case SW_SHAPE_INTEGER:
    case SW_SHAPE_FLOAT:
    case SW_SHAPE_TIMESTAMP:
        return check_number(c, shape, path, value);
    case SW_SHAPE_BOOLEAN:
        return value.type == SW_BOOL || wrong_type(c, token_name(value), "Boolean");
    case SW_SHAPE_LIST:
        return check_list(c, shape, path, value);
    case SW_SHAPE_STRUCTURE:
        return check_structure(c, shape, path, value);
    }
    return false;
}

bool sw_model_check(int shape, sw_value input, sw_arena *arena, sw_model_fault *fault)
{
    checker c = {.arena = arena};
    if (!check_value(&c, shape, (sw_str){"", 0}, input)) {
        *fault = (sw_model_fault){"SerializationException", c.wrong_type};
        return false;
    }
    if (c.count == 0)
        return true;
    *fault = (sw_model_fault){"ValidationException",
                              sw_str_format(arena, "%u validation error%s detected: %.*s", c.count,
                                            c.count == 1 ? "" : "s", SW_STR_ARG(c.faults))};
    return false;
}
