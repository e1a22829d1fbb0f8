// choice.c: which rule of a Choice state matches.
//
// Wrong types on either side make a comparison false, never an error; a path that leads nowhere
// fails the state in every operator but IsPresent. aws: recorded, choice_operators; the cause from
// public reproductions.

#include "asl/step.h"

#include "base/assert.h"
#include "base/time.h"

#include <math.h>

static const struct {
    sw_operand    operand;
    sw_comparison comparison;
} operator_info[] = {
#define OPERATOR(id, name, operand, comparison)                                                    \
    [SW_OPERATOR_##id] = {SW_OPERAND_##operand, SW_COMPARE_##comparison},
#include "asl/choice_operators.def"
#undef OPERATOR
};

// Turns less than, equal, greater than (below, at, above zero) into the operator's answer.
static bool order_matches(sw_comparison comparison, int order)
{
    switch (comparison) {
    case SW_COMPARE_EQUAL:
        return order == 0;
    case SW_COMPARE_LESS:
        return order < 0;
    case SW_COMPARE_GREATER:
        return order > 0;
    case SW_COMPARE_LESS_EQUAL:
        return order <= 0;
    case SW_COMPARE_GREATER_EQUAL:
        return order >= 0;
    case SW_COMPARE_MATCH:
    case SW_COMPARE_IS_NULL:
    case SW_COMPARE_IS_PRESENT:
    case SW_COMPARE_IS_NUMERIC:
    case SW_COMPARE_IS_STRING:
    case SW_COMPARE_IS_BOOLEAN:
    case SW_COMPARE_IS_TIMESTAMP:
        break;
    }
    SW_ASSERT(!"an operator that orders");
    return false;
}

// Java compares UTF-16 code units, so what lies beyond the basic plane (four bytes of UTF-8) sorts
// before U+E000.
static int compare_strings(sw_str a, sw_str b)
{
    size_t shorter = a.bytes < b.bytes ? a.bytes : b.bytes, i = 0;
    while (i < shorter && a.text[i] == b.text[i])
        i++;
    if (i == shorter)
        return a.bytes < b.bytes ? -1 : a.bytes > b.bytes;
    unsigned char x = (unsigned char)a.text[i], y = (unsigned char)b.text[i];
    bool          x_beyond = x >= 0xf0, y_beyond = y >= 0xf0;
    if (x_beyond != y_beyond && (x >= 0xee || y >= 0xee) && x >= 0xc0 && y >= 0xc0)
        return (x_beyond ? y : x) >= 0xee ? (x_beyond ? -1 : 1) : (x < y ? -1 : 1);
    return x < y ? -1 : 1;
}

static bool strings_match(sw_comparison comparison, sw_value a, sw_value b)
{
    return a.type == SW_STRING && b.type == SW_STRING &&
           order_matches(comparison, compare_strings(sw_value_str(a), sw_value_str(b)));
}

static bool numbers_match(sw_comparison comparison, sw_value a, sw_value b)
{
    if (a.type != SW_NUMBER || b.type != SW_NUMBER)
        return false;
    int64_t i, j;
    if (sw_value_integer(a, &i) && sw_value_integer(b, &j))
        return order_matches(comparison, (i > j) - (i < j));
    double x = sw_value_number(a), y = sw_value_number(b);
    return order_matches(comparison, (x > y) - (x < y));
}

static bool timestamps_match(sw_comparison comparison, sw_value a, sw_value b)
{
    sw_instant x, y;
    if (a.type != SW_STRING || b.type != SW_STRING || !sw_time_parse(sw_value_str(a), &x) ||
        !sw_time_parse(sw_value_str(b), &y))
        return false;
    int order = (x.seconds > y.seconds) - (x.seconds < y.seconds);
    if (order == 0)
        order = (x.nanoseconds > y.nanoseconds) - (x.nanoseconds < y.nanoseconds);
    return order_matches(comparison, order);
}

// One pattern character at *at: a star that stands for any run, or a literal (after a backslash,
// the next one).
static bool is_star(sw_str pattern, size_t *at, char *literal)
{
    if (pattern.text[*at] == '*')
        return true;
    if (pattern.text[*at] == '\\' && *at + 1 < pattern.bytes)
        ++*at;
    *literal = pattern.text[*at];
    return false;
}

// Greedy matching with one point to come back to: linear in practice, never more than text times
// pattern.
static bool pattern_matches(sw_str text, sw_str pattern)
{
    size_t at = 0, p = 0, star = SIZE_MAX, star_at = 0;
    for (;;) {
        size_t q = p;
        char   literal = 0;
        if (p < pattern.bytes && is_star(pattern, &q, &literal)) {
            star = p = q + 1;
            star_at = at;
        } else if (at == text.bytes && p >= pattern.bytes) {
            return true;
        } else if (at < text.bytes && p < pattern.bytes && literal == text.text[at]) {
            at++;
            p = q + 1;
        } else if (star != SIZE_MAX && star_at < text.bytes) {
            at = ++star_at;
            p = star;
        } else {
            return false;
        }
    }
}

static bool is_timestamp(sw_value v)
{
    sw_instant instant;
    return v.type == SW_STRING && sw_time_parse(sw_value_str(v), &instant);
}

static bool is_of_kind(sw_comparison comparison, sw_value v)
{
    switch (comparison) {
    case SW_COMPARE_IS_NULL:
        return v.type == SW_NULL;
    case SW_COMPARE_IS_PRESENT:
        return v.type != SW_UNDEFINED;
    case SW_COMPARE_IS_NUMERIC:
        return v.type == SW_NUMBER;
    case SW_COMPARE_IS_STRING:
        return v.type == SW_STRING;
    case SW_COMPARE_IS_BOOLEAN:
        return v.type == SW_BOOL;
    case SW_COMPARE_IS_TIMESTAMP:
        return is_timestamp(v);
    case SW_COMPARE_EQUAL:
    case SW_COMPARE_LESS:
    case SW_COMPARE_GREATER:
    case SW_COMPARE_LESS_EQUAL:
    case SW_COMPARE_GREATER_EQUAL:
    case SW_COMPARE_MATCH:
        break;
    }
    SW_ASSERT(!"an operator that asks for a kind");
    return false;
}

static bool compare(sw_operator operator, sw_value value, sw_value operand)
{
    sw_comparison comparison = operator_info[operator].comparison;
    switch (operator_info[operator].operand) {
    case SW_OPERAND_STRING:
        return strings_match(comparison, value, operand);
    case SW_OPERAND_PATTERN:
        return value.type == SW_STRING && operand.type == SW_STRING &&
               pattern_matches(sw_value_str(value), sw_value_str(operand));
    case SW_OPERAND_NUMBER:
        return numbers_match(comparison, value, operand);
    case SW_OPERAND_BOOLEAN:
        return value.type == SW_BOOL && operand.type == SW_BOOL && value.size == operand.size;
    case SW_OPERAND_TIMESTAMP:
        return timestamps_match(comparison, value, operand);
    case SW_OPERAND_KIND:
        return is_of_kind(comparison, value) == sw_value_is_true(operand);
    }
    SW_ASSERT(!"an operand type");
    return false;
}

static bool read_side(sw_step *step, const sw_jsonpath *path, sw_value *value)
{
    sw_error err;
    if (sw_step_read_path(step, path, value, &err))
        return true;
    return sw_step_fail_runtime(
        step, "Invalid path '%.*s': The choice state's condition path references an invalid value.",
        SW_STR_ARG(sw_jsonpath_get_text(path)));
}

static bool compare_matches(sw_step *step, const sw_rule *rule, bool *matches)
{
    sw_value value = sw_undefined(), operand = rule->operand;
    sw_error err;
    if (operator_info[rule->operator].comparison == SW_COMPARE_IS_PRESENT) {
        if (!sw_step_read_path(step, rule->variable, &value, &err))
            value = sw_undefined();
    } else if (!read_side(step, rule->variable, &value)) {
        return false;
    }
    if (rule->operand_path != NULL && !read_side(step, rule->operand_path, &operand))
        return false;
    *matches = compare(rule->operator, value, operand);
    return true;
}

static bool condition_matches(sw_step *step, const sw_rule *rule, bool *matches)
{
    sw_value value;
    if (!sw_template_evaluate(step, rule->condition, &value))
        return false;
    if (value.type != SW_BOOL)
        return sw_step_fail_type(step, rule->condition, "boolean", value);
    *matches = value.size != 0;
    return true;
}

// And stops at the first false, Or at the first true.
static bool all_or_any(sw_step *step, const sw_rule *rule, bool *matches)
{
    bool stop_at = rule->kind == SW_RULE_OR;
    *matches = !stop_at;
    for (uint32_t i = 0; i < rule->child_count && *matches != stop_at; i++) {
        if (!sw_rule_matches(step, &rule->children[i], matches))
            return false;
    }
    return true;
}

bool sw_rule_matches(sw_step *step, const sw_rule *rule, bool *matches)
{
    switch (rule->kind) {
    case SW_RULE_AND:
    case SW_RULE_OR:
        return all_or_any(step, rule, matches);
    case SW_RULE_NOT:
        if (!sw_rule_matches(step, &rule->children[0], matches))
            return false;
        *matches = !*matches;
        return true;
    case SW_RULE_COMPARE:
        return compare_matches(step, rule, matches);
    case SW_RULE_CONDITION:
        return condition_matches(step, rule, matches);
    }
    SW_ASSERT(!"a rule kind");
    return false;
}

static bool find_rule(sw_step *step, const sw_rule **found)
{
    const sw_choice *choice = &step->state->choice;
    *found = NULL;
    for (uint32_t i = 0; i < choice->rule_count && *found == NULL; i++) {
        bool matches;
        if (!sw_rule_matches(step, &choice->rules[i], &matches))
            return false;
        if (matches)
            *found = &choice->rules[i];
    }
    return true;
}

bool sw_choice_finish(sw_step *step)
{
    const sw_rule *rule;
    if (!find_rule(step, &rule))
        return false;
    if (rule != NULL) // it brings its own; the state's are for Default
        return sw_step_finish_by(step, rule->output, rule->assign, rule->next);
    const sw_state *otherwise = step->state->choice.default_state;
    // Aws: not the spec's States.NoChoiceMatched (measured: floci-io/floci issue 2868)
    if (otherwise == NULL)
        return sw_step_fail_runtime(
            step,
            "Failed to transition out of the state. The state does not point to a next state.");
    return sw_step_finish_by(step, step->state->output, step->state->assign, otherwise);
}
