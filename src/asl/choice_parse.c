// choice_parse.c: the rules of a Choice state.

#include "asl/reader.h"

#include "base/time.h"

static const sw_operand operands[] = {
#define OPERATOR(id, name, operand, comparison) [SW_OPERATOR_##id] = SW_OPERAND_##operand,
#include "asl/choice_operators.def"
#undef OPERATOR
};

static void parse_rule(sw_state_reader *in, sw_value v, bool nested, const sw_place *place,
                       sw_rule *rule);

static void expect(sw_state_reader *in, const sw_place *place, const char *type)
{
    sw_report_error(in->reader->report, place, SW_CODE_SCHEMA, "Expected value of type %s", type);
}

// Comparisons -----------------------------------------------------------------------------------

// spec: a backslash escapes * and itself, nothing else.
static bool is_pattern(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.text[i] != '\\')
            continue;
        i++;
        if (i == text.bytes || (text.text[i] != '*' && text.text[i] != '\\'))
            return false;
    }
    return true;
}

static void check_text_operand(sw_state_reader *in, sw_operand operand, sw_value v,
                               const sw_place *place)
{
    sw_instant instant;
    if (v.type != SW_STRING)
        expect(in, place, "String");
    else if (operand == SW_OPERAND_PATTERN && !is_pattern(sw_value_str(v)))
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA,
                        "The backslash must be followed by '*' or another backslash");
    else if (operand == SW_OPERAND_TIMESTAMP && !sw_time_parse(sw_value_str(v), &instant))
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA,
                        "String does not match RFC3339 timestamp");
    else
        sw_path_warn(in->reader, v, SW_CODE_NO_PATH, place);
}

static void check_operand(sw_state_reader *in, sw_operand operand, sw_value v,
                          const sw_place *place)
{
    switch (operand) {
    case SW_OPERAND_STRING:
    case SW_OPERAND_PATTERN:
    case SW_OPERAND_TIMESTAMP:
        check_text_operand(in, operand, v, place);
        break;
    case SW_OPERAND_NUMBER:
        if (v.type != SW_NUMBER)
            expect(in, place, "Number");
        break;
    case SW_OPERAND_BOOLEAN:
    case SW_OPERAND_KIND:
        if (v.type != SW_BOOL)
            expect(in, place, "Boolean");
        break;
    }
}

static void parse_comparison(sw_state_reader *in, const sw_fields *fields, sw_rule *rule)
{
    sw_value variable = sw_fields_get(fields, SW_FIELD_VARIABLE);
    sw_value operand = sw_value_member(fields->object, fields->operator_at);
    sw_place at = sw_fields_place(fields, SW_FIELD_VARIABLE);
    rule->kind = SW_RULE_COMPARE;
    rule->variable = sw_path_parse(in->reader, sw_value_str(variable), SW_PATH_REFERENCE, &at);
    rule->operator= fields->operator;
    at.key = sw_value_key(fields->object, fields->operator_at);
    if (!fields->operator_path) {
        rule->operand = operand;
        check_operand(in, operands[rule->operator], operand, &at);
    } else if (operand.type != SW_STRING) {
        expect(in, &at, "String");
    } else {
        rule->operand_path =
            sw_path_parse(in->reader, sw_value_str(operand), SW_PATH_REFERENCE, &at);
    }
}

// Boolean rules ---------------------------------------------------------------------------------

static void parse_children(sw_state_reader *in, sw_value list, const sw_place *place, sw_rule *rule)
{
    sw_rule *children = sw_arena_zalloc(in->reader->arena, list.size * sizeof *children);
    if (list.size == 0)
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA, "Value cannot be empty");
    for (uint32_t i = 0; i < list.size; i++) {
        sw_place at = sw_place_element(place, i);
        parse_rule(in, list.items[i], true, &at, &children[i]);
    }
    rule->children = children;
    rule->child_count = list.size;
}

static void parse_boolean(sw_state_reader *in, const sw_fields *fields, sw_field field,
                          sw_rule *rule)
{
    sw_value v = sw_fields_get(fields, field);
    sw_place place = sw_fields_place(fields, field);
    if (field != SW_FIELD_NOT) {
        rule->kind = field == SW_FIELD_AND ? SW_RULE_AND : SW_RULE_OR;
        parse_children(in, v, &place, rule);
        return;
    }
    sw_rule *child = SW_ARENA_NEW(in->reader->arena, sw_rule);
    parse_rule(in, v, true, &place, child);
    rule->kind = SW_RULE_NOT;
    rule->children = child;
    rule->child_count = 1;
}

// Exactly one of And, Or, Not, and Variable with one operator.
static void parse_jsonpath_rule(sw_state_reader *in, const sw_fields *fields, sw_rule *rule)
{
    static const sw_field booleans[] = {SW_FIELD_AND, SW_FIELD_OR, SW_FIELD_NOT};
    unsigned              count = 0;
    sw_field              found = SW_FIELD_AND;
    for (size_t i = 0; i < 3; i++) {
        if (!sw_fields_has(fields, booleans[i]))
            continue;
        found = booleans[i];
        count++;
    }
    bool variable = sw_fields_has(fields, SW_FIELD_VARIABLE);
    if (count == 1 && !variable && fields->operator_count == 0) {
        parse_boolean(in, fields, found, rule);
    } else if (count == 0 && variable && fields->operator_count == 1) {
        parse_comparison(in, fields, rule);
    } else {
        sw_diagnostic *added =
            sw_report_error(in->reader->report, fields->place, SW_CODE_SCHEMA,
                            "A Choice Rule must contain exactly one comparison operator");
        added->hint = SW_STR("either And, Or or Not, or Variable with one operator");
    }
}

static void parse_condition(sw_state_reader *in, const sw_fields *fields, sw_rule *rule)
{
    sw_value v = sw_fields_get(fields, SW_FIELD_CONDITION);
    sw_place place = sw_fields_place(fields, SW_FIELD_CONDITION);
    sw_site  site = {.reader = in->reader,
                     .language = SW_LANGUAGE_JSONATA,
                     .place = &place,
                     .state = in->place,
                     .name = SW_STR("Condition")};
    rule->kind = SW_RULE_CONDITION;
    if (v.type == SW_UNDEFINED)
        return; // complained about by the table
    if (v.type != SW_BOOL && !sw_is_expression(&site, v))
        expect(in, &place, "Boolean");
    else
        rule->condition = sw_template_parse(&site, v);
}

static void parse_rule(sw_state_reader *in, sw_value v, bool nested, const sw_place *place,
                       sw_rule *rule)
{
    sw_fields fields;
    if (v.type != SW_OBJECT) {
        expect(in, place, "Object");
        return;
    }
    sw_fields_read(in->reader->report, &in->reader->fields, v,
                   nested ? SW_OBJECT_NESTED_RULE : SW_OBJECT_RULE, in->state->language, place,
                   &fields);
    if (sw_is_jsonata(in))
        parse_condition(in, &fields, rule);
    else
        parse_jsonpath_rule(in, &fields, rule);
    if (nested)
        return;
    sw_place next = sw_fields_place(&fields, SW_FIELD_NEXT);
    rule->next = sw_target_read(in, sw_fields_get(&fields, SW_FIELD_NEXT), &next);
    rule->assign = sw_assign_parse(in, &fields, false, false);
    rule->output = sw_field_template(in, &fields, SW_FIELD_OUTPUT);
}

void sw_choice_parse(sw_state_reader *in)
{
    sw_choice *choice = &in->state->choice;
    sw_value   list = sw_fields_get(&in->fields, SW_FIELD_CHOICES);
    sw_place   place = sw_fields_place(&in->fields, SW_FIELD_CHOICES);
    if (list.type == SW_ARRAY && list.size == 0)
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA, "Value cannot be empty");
    if (list.type == SW_ARRAY) {
        sw_rule *rules = sw_arena_zalloc(in->reader->arena, list.size * sizeof *rules);
        for (uint32_t i = 0; i < list.size; i++) {
            sw_place at = sw_place_element(&place, i);
            parse_rule(in, list.items[i], false, &at, &rules[i]);
        }
        choice->rules = rules;
        choice->rule_count = list.size;
    }
    sw_place other = sw_fields_place(&in->fields, SW_FIELD_DEFAULT);
    choice->default_state =
        sw_target_read(in, sw_fields_get(&in->fields, SW_FIELD_DEFAULT), &other);
}
