// references.c: which workflow variables the fields of each state refer to.

#include "asl/machine.h"

#include <stdlib.h>

#define NAMES_MAX 256u // in one state; more are not shown

typedef struct names {
    sw_str   list[NAMES_MAX];
    uint32_t count;
} names;

// $states is no variable of the workflow.
static void note(void *who, sw_str name)
{
    names *n = who;
    if (name.bytes == 0 || n->count == NAMES_MAX || sw_str_is(name, "states") ||
        (name.bytes > 7 && memcmp(name.text, "states.", 7) == 0))
        return;
    for (uint32_t i = 0; i < n->count; i++) {
        if (sw_str_equal(n->list[i], name))
            return;
    }
    n->list[n->count++] = name;
}

static void note_path(names *n, const sw_jsonpath *path)
{
    if (path != NULL)
        note(n, sw_jsonpath_get_variable(path));
}

static void note_template(names *n, const sw_template *template)
{
    if (template == NULL)
        return;
    switch (template->kind) {
    case SW_TEMPLATE_CONSTANT:
        break;
    case SW_TEMPLATE_PATH:
        note_path(n, template->path);
        break;
    case SW_TEMPLATE_INTRINSIC:
        sw_intrinsic_variables(template->call, note, n);
        break;
    case SW_TEMPLATE_JSONATA:
        sw_jsonata_variables(template->expression, note, n);
        break;
    case SW_TEMPLATE_ARRAY:
    case SW_TEMPLATE_OBJECT:
        for (uint32_t i = 0; i < template->child_count; i++)
            note_template(n, &template->children[i]);
        break;
    }
}

static void note_number(names *n, const sw_number_field *field)
{
    note_path(n, field->path);
    note_template(n, field->expression);
}

static void note_rule(names *n, const sw_rule *rule)
{
    note_path(n, rule->variable);
    note_path(n, rule->operand_path);
    note_template(n, rule->condition);
    note_template(n, rule->assign);
    note_template(n, rule->output);
    for (uint32_t i = 0; i < rule->child_count; i++)
        note_rule(n, &rule->children[i]);
}

static void note_map(names *n, const sw_map *map)
{
    note_path(n, map->items_path.path);
    note_template(n, map->items);
    note_template(n, map->item_selector);
    note_number(n, &map->max_concurrency);
    note_number(n, &map->tolerated_failure_count);
    note_number(n, &map->tolerated_failure_percentage);
    note_number(n, &map->max_items);
    note_number(n, &map->max_items_per_batch);
    note_number(n, &map->max_input_bytes_per_batch);
    note_template(n, map->reader_arguments);
    note_template(n, map->batch_input);
    note_template(n, map->writer_arguments);
}

static void note_kind(names *n, const sw_state *state)
{
    switch (state->type) {
    case SW_STATE_TASK:
        note_number(n, &state->task.timeout_seconds);
        note_number(n, &state->task.heartbeat_seconds);
        note_template(n, state->task.credentials);
        break;
    case SW_STATE_WAIT:
        note_number(n, &state->wait.seconds);
        note_template(n, state->wait.timestamp.expression);
        break;
    case SW_STATE_CHOICE:
        for (uint32_t i = 0; i < state->choice.rule_count; i++)
            note_rule(n, &state->choice.rules[i]);
        break;
    case SW_STATE_FAIL:
        note_template(n, state->fail.error.expression);
        note_template(n, state->fail.cause.expression);
        break;
    case SW_STATE_MAP:
        note_map(n, &state->map);
        break;
    case SW_STATE_PARALLEL:
    case SW_STATE_PASS:
    case SW_STATE_SUCCEED:
        break;
    }
}

static void note_state(names *n, const sw_state *state)
{
    note_path(n, state->input_path.path);
    note_path(n, state->output_path.path);
    note_template(n, state->parameters);
    note_template(n, state->result_selector);
    note_template(n, state->output);
    note_template(n, state->assign);
    for (uint32_t i = 0; i < state->catcher_count; i++) {
        note_template(n, state->catchers[i].output);
        note_template(n, state->catchers[i].assign);
    }
    note_kind(n, state);
}

static int by_text(const void *a, const void *b)
{
    const sw_str *x = a, *y = b;
    size_t        shorter = x->bytes < y->bytes ? x->bytes : y->bytes;
    int           order = memcmp(x->text, y->text, shorter);
    return order != 0 ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static sw_value sorted(names *n, sw_arena *arena)
{
    sw_value *items, array = sw_array_build(arena, n->count, &items);
    qsort(n->list, n->count, sizeof n->list[0], by_text);
    for (uint32_t i = 0; i < n->count; i++)
        items[i] = sw_string(sw_str_copy(arena, n->list[i]));
    return array;
}

sw_value sw_machine_get_variable_references(const sw_machine *machine, sw_arena *arena)
{
    sw_value *items;
    sw_value  references = sw_object_build(arena, machine->state_count, &items);
    names    *n = sw_arena_alloc(arena, sizeof *n);
    references.size = 0;
    for (uint32_t i = 0; i < machine->state_count; i++) {
        n->count = 0;
        note_state(n, machine->states[i]);
        if (n->count == 0)
            continue;
        items[2 * references.size] = sw_string(sw_str_copy(arena, machine->states[i]->name));
        items[2 * references.size + 1] = sorted(n, arena);
        references.size++;
    }
    return references;
}
