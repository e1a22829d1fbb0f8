// graph_labels.c: the words of a flowchart.

#define _GNU_SOURCE
#include "cli/graph.h"

#include "base/utf8.h"

#include <stdlib.h>

#define RULE_DEPTH_MAX 8

sw_str cli_label_clean(sw_str text, sw_arena *arena)
{
    char  *clean = SW_ARENA_ARRAY(arena, char, text.bytes + 1);
    size_t bytes = 0;
    for (size_t at = 0; at < text.bytes;) {
        const unsigned char *from = (const unsigned char *)text.text + at;
        unsigned             length = sw_utf8_check(from, text.bytes - at);
        if (length == 0 || (length == 1 && (*from < 0x20 || *from == 0x7f))) {
            clean[bytes++] = length == 0 ? '?' : ' ';
            at++;
            continue;
        }
        memcpy(clean + bytes, from, length);
        bytes += length;
        at += length;
    }
    clean[bytes] = '\0';
    return (sw_str){clean, bytes};
}

// The bytes of the next line: up to the last blank that fits, or all of it when there is none.
static size_t line_bytes(sw_str rest, unsigned columns)
{
    size_t   blank = 0;
    unsigned used = 0;
    for (size_t at = 0; at < rest.bytes; at++) {
        if (((unsigned char)rest.text[at] & 0xc0) == 0x80)
            continue;
        if (used == columns)
            return blank > 0 ? blank : at;
        if (rest.text[at] == ' ')
            blank = at;
        used++;
    }
    return rest.bytes;
}

sw_str cli_label_wrap(sw_str text, unsigned columns, unsigned lines_max, sw_arena *arena)
{
    char  *out = SW_ARENA_ARRAY(arena, char, text.bytes + lines_max + 4);
    size_t bytes = 0;
    for (unsigned line = 0; text.bytes > 0; line++) {
        if (line == lines_max) {
            memcpy(out + bytes, "\xe2\x80\xa6", 3);
            bytes += 3;
            break;
        }
        if (line > 0)
            out[bytes++] = '\n';
        size_t length = line_bytes(text, columns);
        memcpy(out + bytes, text.text, length);
        bytes += length;
        text = (sw_str){text.text + length, text.bytes - length};
        while (text.bytes > 0 && *text.text == ' ')
            text = (sw_str){text.text + 1, text.bytes - 1};
    }
    out[bytes] = '\0';
    return (sw_str){out, bytes};
}

// Choice rules ------------------------------------------------------------------------------------

static void put_rule(FILE *file, const sw_rule *rule, sw_arena *arena, unsigned depth);

static const char *comparison_sign(sw_comparison comparison)
{
    switch (comparison) {
    case SW_COMPARE_EQUAL:
        return "==";
    case SW_COMPARE_LESS:
        return "<";
    case SW_COMPARE_GREATER:
        return ">";
    case SW_COMPARE_LESS_EQUAL:
        return "<=";
    case SW_COMPARE_GREATER_EQUAL:
        return ">=";
    case SW_COMPARE_MATCH:
        return "matches";
    case SW_COMPARE_IS_NULL:
        return "null";
    case SW_COMPARE_IS_PRESENT:
        return "present";
    case SW_COMPARE_IS_NUMERIC:
        return "a number";
    case SW_COMPARE_IS_STRING:
        return "a string";
    case SW_COMPARE_IS_BOOLEAN:
        return "a boolean";
    case SW_COMPARE_IS_TIMESTAMP:
        return "a timestamp";
    }
    return "?";
}

static void put_text(FILE *file, sw_str text)
{
    fwrite(text.text, 1, text.bytes, file);
}

static void put_comparison(FILE *file, const sw_rule *rule, sw_arena *arena)
{
    static const struct {
        sw_operand    operand;
        sw_comparison comparison;
    } operators[] = {
#define OPERATOR(id, name, operand, comparison) {SW_OPERAND_##operand, SW_COMPARE_##comparison},
#include "asl/choice_operators.def"
#undef OPERATOR
    };
    const char *sign = comparison_sign(operators[rule->operator].comparison);
    put_text(file, sw_jsonpath_get_text(rule->variable));
    if (operators[rule->operator].operand == SW_OPERAND_KIND) {
        fprintf(file, " is %s%s", sw_value_is_true(rule->operand) ? "" : "not ", sign);
        return;
    }
    fprintf(file, " %s ", sign);
    if (rule->operand_path != NULL)
        put_text(file, sw_jsonpath_get_text(rule->operand_path));
    else
        put_text(file, sw_json_print(arena, rule->operand));
}

static void put_joined(FILE *file, const sw_rule *rule, const char *word, sw_arena *arena,
                       unsigned depth)
{
    for (uint32_t i = 0; i < rule->child_count; i++) {
        const sw_rule *child = &rule->children[i];
        bool           compound = child->kind == SW_RULE_AND || child->kind == SW_RULE_OR;
        if (i > 0)
            fprintf(file, " %s ", word);
        if (compound)
            fputc('(', file);
        put_rule(file, child, arena, depth + 1);
        if (compound)
            fputc(')', file);
    }
}

static void put_condition(FILE *file, const sw_template *condition, sw_arena *arena)
{
    if (condition->kind == SW_TEMPLATE_CONSTANT)
        put_text(file, sw_json_print(arena, condition->value));
    else
        put_text(file, condition->text);
}

static void put_rule(FILE *file, const sw_rule *rule, sw_arena *arena, unsigned depth)
{
    if (depth > RULE_DEPTH_MAX) {
        fputs("...", file);
        return;
    }
    switch (rule->kind) {
    case SW_RULE_AND:
        put_joined(file, rule, "and", arena, depth);
        break;
    case SW_RULE_OR:
        put_joined(file, rule, "or", arena, depth);
        break;
    case SW_RULE_NOT:
        fputs("not (", file);
        put_rule(file, &rule->children[0], arena, depth + 1);
        fputc(')', file);
        break;
    case SW_RULE_COMPARE:
        put_comparison(file, rule, arena);
        break;
    case SW_RULE_CONDITION:
        put_condition(file, rule->condition, arena);
        break;
    }
}

sw_str cli_rule_label(const sw_rule *rule, sw_arena *arena)
{
    char  *text = NULL;
    size_t bytes = 0;
    FILE  *file = open_memstream(&text, &bytes);
    if (file == NULL)
        return SW_STR("");
    put_rule(file, rule, arena, 0);
    fclose(file);
    sw_str clean = cli_label_clean((sw_str){text, bytes}, arena);
    free(text);
    return clean;
}

// States ------------------------------------------------------------------------------------------

// What stands behind the last colon but a version or alias: arn:...:function:NAME[:ALIAS].
static sw_str function_name(sw_str arn)
{
    static const char mark[] = ":function:";
    const char       *at = memmem(arn.text, arn.bytes, mark, sizeof mark - 1);
    if (at == NULL)
        return arn;
    at += sizeof mark - 1;
    size_t      bytes = (size_t)(arn.text + arn.bytes - at);
    const char *colon = memchr(at, ':', bytes);
    return (sw_str){at, colon != NULL ? (size_t)(colon - at) : bytes};
}

static sw_str task_detail(const sw_state *state, sw_arena *arena)
{
    const sw_task *task = &state->task;
    sw_str         name;
    switch (task->kind) {
    case SW_RESOURCE_LAMBDA:
        name = function_name(task->arn);
        return sw_str_format(arena, "lambda: %.*s", SW_STR_ARG(name));
    case SW_RESOURCE_ACTIVITY: {
        const char *colon = memrchr(task->arn.text, ':', task->arn.bytes);
        size_t      skip = colon != NULL ? (size_t)(colon + 1 - task->arn.text) : 0;
        name = (sw_str){task->arn.text + skip, task->arn.bytes - skip};
        return sw_str_format(arena, "activity: %.*s", SW_STR_ARG(name));
    }
    case SW_RESOURCE_SERVICE:
        return sw_str_format(arena, "%.*s:%.*s", SW_STR_ARG(task->resource_type),
                             SW_STR_ARG(task->resource));
    }
    return SW_STR("Task");
}

static sw_str wait_detail(const sw_state *state, sw_arena *arena)
{
    const sw_number_field *seconds = &state->wait.seconds;
    const sw_text_field   *timestamp = &state->wait.timestamp;
    if (seconds->set && seconds->path == NULL && seconds->expression == NULL)
        return sw_str_format(arena, "wait %.0f s", seconds->number);
    if (seconds->set && seconds->expression == NULL)
        return sw_str_format(arena, "wait %.*s s", SW_STR_ARG(seconds->text));
    if (timestamp->set && timestamp->expression == NULL && timestamp->value.type == SW_STRING)
        return sw_str_format(arena, "until %.*s", SW_STR_ARG(sw_value_str(timestamp->value)));
    return SW_STR("Wait");
}

static sw_str map_detail(const sw_state *state, sw_arena *arena)
{
    const sw_map *map = &state->map;
    const char   *kind = map->distributed ? "Distributed Map" : "Map";
    if (!map->items_path.set || map->items_path.null)
        return sw_str_from(kind);
    sw_str path = sw_jsonpath_get_text(map->items_path.path);
    return sw_str_format(arena, "%s of %.*s", kind, SW_STR_ARG(path));
}

static sw_str fail_detail(const sw_state *state, sw_arena *arena)
{
    const sw_text_field *error = &state->fail.error;
    if (error->set && error->expression == NULL && error->value.type == SW_STRING)
        return sw_str_format(arena, "Fail: %.*s", SW_STR_ARG(sw_value_str(error->value)));
    return SW_STR("Fail");
}

sw_str cli_state_detail(const sw_state *state, sw_arena *arena)
{
    sw_str text = SW_STR("");
    switch (state->type) {
    case SW_STATE_TASK:
        text = task_detail(state, arena);
        break;
    case SW_STATE_WAIT:
        text = wait_detail(state, arena);
        break;
    case SW_STATE_MAP:
        text = map_detail(state, arena);
        break;
    case SW_STATE_FAIL:
        text = fail_detail(state, arena);
        break;
    case SW_STATE_PARALLEL:
    case SW_STATE_PASS:
    case SW_STATE_CHOICE:
    case SW_STATE_SUCCEED:
        text = sw_str_from(sw_state_type_name(state->type));
        break;
    }
    if (state->retrier_count > 0)
        text = sw_str_format(arena, "%.*s, with retry", SW_STR_ARG(text));
    return cli_label_clean(text, arena);
}

sw_str cli_visits_text(const cli_visits *visits, sw_arena *arena)
{
    const char *word = cli_mark_looks[visits->mark].word;
    if (visits->entered > 1)
        return sw_str_format(arena, "%s, entered %u times", word, visits->entered);
    return sw_str_from(word);
}
