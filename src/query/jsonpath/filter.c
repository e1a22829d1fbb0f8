// filter.c: whether an item passes [?(...)].
//
// A criterion with a path that leads nowhere is false, and so is a comparison of what cannot be
// compared, `!=` included. A text compares with a number as a number; when it is none, the whole
// read fails. `null`, quoted or not, is null. Containers are equal only to themselves. (Jayway
// 2.0's rules.)

#include "query/jsonpath/path.h"

#include "query/jsonpath/java.h"
#include "query/jsonpath/regex.h"

typedef enum relation {
    INCOMPARABLE,
    BELOW,
    SAME,
    ABOVE,
} relation;

static relation relation_of(int order)
{
    return order < 0 ? BELOW : order > 0 ? ABOVE : SAME;
}

static bool is_nullish(sw_value v)
{
    return v.type == SW_NULL || (v.type == SW_STRING && sw_str_is(sw_value_str(v), "null"));
}

// The expected text with \' as '.
static sw_str without_escapes(sw_arena *arena, sw_str text)
{
    if (text.bytes == 0 || memchr(text.text, '\'', text.bytes) == NULL)
        return text;
    char  *copy = sw_arena_alloc(arena, text.bytes);
    size_t bytes = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        bool escape = text.text[i] == '\\' && i + 1 < text.bytes && text.text[i + 1] == '\'';
        copy[bytes++] = text.text[i += escape];
    }
    return (sw_str){copy, bytes};
}

static relation compare_texts(reading *r, sw_str expected, sw_str found)
{
    sw_arena_mark mark = sw_arena_get_mark(r->arena);
    int           order = sw_java_compare(without_escapes(r->arena, expected), found);
    sw_arena_rewind(r->arena, mark);
    return relation_of(order);
}

static outcome not_a_number(const reading *r, sw_str text)
{
    int shown = text.bytes < 100 ? (int)text.bytes : 100;
    return read_failed(r, SW_ERROR_EVALUATION, "'%.*s' is compared with a number but is none",
                       shown, text.text);
}

// Decimals of up to 15 digits order as their doubles do.
static bool is_short(sw_value number)
{
    return (number.flags & SW_VALUE_SPELLED) == 0 || number.size <= 15;
}

// Compares without making texts when that is sure to give the same.
static bool compare_fast(sw_value a, sw_value b, relation *result)
{
    int64_t x, y;
    if (a.type != SW_NUMBER)
        return false;
    if (sw_value_integer(a, &x) && sw_value_integer(b, &y)) {
        *result = relation_of(x < y ? -1 : x > y);
        return true;
    }
    if (!is_short(a) || !is_short(b))
        return false;
    double p = sw_value_number(a), q = sw_value_number(b);
    *result = relation_of(p < q ? -1 : p > q);
    return p - p == 0 && q - q == 0;
}

// expected: a number or a text; found: a number.
static outcome compare_numbers(reading *r, const operand *side, sw_value expected, sw_value found,
                               relation *result)
{
    if (compare_fast(side->kind == OPERAND_TEXT ? side->number : expected, found, result))
        return READ_OK;
    sw_arena_mark mark = sw_arena_get_mark(r->arena);
    sw_str        x = sw_java_text(r->arena, expected), y = sw_java_text(r->arena, found);
    outcome       done = READ_OK;
    if (!sw_java_is_decimal(x) || !sw_java_is_decimal(y))
        done = not_a_number(r, sw_java_is_decimal(x) ? y : x);
    else
        *result = relation_of(sw_java_compare_decimals(x, y));
    sw_arena_rewind(r->arena, mark);
    return done;
}

// Boolean.valueOf: "true" in any case.
static bool truth_of(sw_value v)
{
    static const char word[4] = "true";
    if (v.type == SW_BOOL)
        return v.size != 0;
    bool truth = v.size == sizeof word;
    for (uint32_t i = 0; truth && i < sizeof word; i++)
        truth = (v.text[i] | 0x20) == word[i];
    return truth;
}

static bool is_same_container(sw_value a, sw_value b)
{
    return a.type == b.type && (a.type == SW_ARRAY || a.type == SW_OBJECT) && a.items == b.items;
}

// side: where expected comes from.
static outcome compare(reading *r, const operand *side, sw_value expected, sw_value found,
                       relation *result)
{
    bool expected_null = is_nullish(expected), found_null = is_nullish(found);
    *result = INCOMPARABLE;
    if (expected_null || found_null)
        *result = expected_null && found_null ? SAME : expected_null ? BELOW : ABOVE;
    else if (is_same_container(expected, found))
        *result = SAME;
    else if (expected.type == SW_STRING && found.type == SW_STRING)
        *result = compare_texts(r, sw_value_str(expected), sw_value_str(found));
    else if ((expected.type == SW_STRING || expected.type == SW_NUMBER) && found.type == SW_NUMBER)
        return compare_numbers(r, side, expected, found, result);
    else if ((expected.type == SW_STRING || expected.type == SW_BOOL) && found.type == SW_BOOL)
        *result = relation_of(truth_of(expected) - truth_of(found));
    return READ_OK;
}

// The relation is that of the right side to the left one.
static bool holds(operator_kind operator, relation right_to_left)
{
    switch (operator) {
    case OPERATOR_EQUAL:
        return right_to_left == SAME;
    case OPERATOR_NOT_EQUAL:
        return right_to_left != SAME;
    case OPERATOR_LESS:
        return right_to_left == ABOVE;
    case OPERATOR_LESS_EQUAL:
        return right_to_left != BELOW;
    case OPERATOR_GREATER:
        return right_to_left == BELOW;
    case OPERATOR_GREATER_EQUAL:
        return right_to_left != ABOVE;
    case OPERATOR_MATCHES:
    case OPERATOR_EXISTS:
    case OPERATOR_ABSENT:
        break;
    }
    return false;
}

static bool is_ordering(operator_kind operator)
{
    return operator!= OPERATOR_EQUAL && operator!= OPERATOR_NOT_EQUAL;
}

static outcome read_operand(reading *r, const operand *side, sw_value item, sw_value *v)
{
    if (side->kind == OPERAND_PATH)
        return read_one(r, side->path, side->path->of_item ? item : r->root, false, v);
    *v = side->kind == OPERAND_TEXT ? sw_string(side->text) : sw_undefined();
    return READ_OK;
}

static outcome match_pattern(reading *r, const criterion *c, sw_value left, sw_value right,
                             bool *accepted)
{
    bool     pattern_left = c->left.kind == OPERAND_PATTERN;
    sw_value target = pattern_left ? right : left;
    if (!pattern_left && c->right.kind != OPERAND_PATTERN)
        return read_failed(r, SW_ERROR_EVALUATION, "=~ needs a pattern such as /regex/");
    if (target.type == SW_NULL || target.type == SW_UNDEFINED)
        return READ_OK;
    return regex_matches(r, pattern_left ? c->left.pattern : c->right.pattern,
                         sw_java_text(r->arena, target), accepted);
}

static outcome check_comparison(reading *r, const criterion *c, sw_value item, bool *accepted)
{
    sw_value left, right;
    relation right_to_left;
    outcome  result = read_operand(r, &c->left, item, &left);
    if (result == READ_OK)
        result = read_operand(r, &c->right, item, &right);
    if (result != READ_OK)
        return result == READ_MISSING ? READ_OK : result;
    if (c->operator== OPERATOR_MATCHES)
        return match_pattern(r, c, left, right, accepted);
    if (is_ordering(c->operator) && (left.type == SW_NULL) != (right.type == SW_NULL))
        return READ_OK;
    result = compare(r, &c->right, right, left, &right_to_left);
    *accepted =
        result == READ_OK && right_to_left != INCOMPARABLE && holds(c->operator, right_to_left);
    return result;
}

static outcome check_existence(reading *r, const criterion *c, sw_value item, bool *accepted)
{
    sw_value v;
    // Even a path that begins with $ is looked for in the item here.
    outcome result = read_one(r, c->left.path, item, true, &v);
    if (result == READ_FAILED)
        return result;
    bool exists = result == READ_OK && v.type != SW_NULL;
    *accepted = exists == (c->operator== OPERATOR_EXISTS);
    return READ_OK;
}

static outcome check(reading *r, const criterion *c, sw_value item, bool *accepted)
{
    *accepted = false;
    if (c->operator== OPERATOR_EXISTS || c->operator== OPERATOR_ABSENT)
        return check_existence(r, c, item, accepted);
    return check_comparison(r, c, item, accepted);
}

outcome filter_accepts(reading *r, const filter *f, sw_value item, bool *accepted)
{
    bool row = true;
    *accepted = false;
    if (f == NULL)
        return read_failed(r, SW_ERROR_EVALUATION, "The filter [?] has no criteria");
    for (uint32_t i = 0; i < f->count; i++) {
        const criterion *c = &f->criteria[i];
        outcome          result = row ? check(r, c, item, &row) : READ_OK;
        if (result != READ_OK)
            return result;
        if (c->ends_group && row) {
            *accepted = true;
            return READ_OK;
        }
        row = row || c->ends_group;
    }
    return READ_OK;
}
