// evaluate.c: the simple nodes: literals, variables, blocks, conditions, arrays.

#include "query/jsonata/eval.h"

#include <math.h>

sw_value sw_run_constant(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)ev;
    (void)input;
    return node->value;
}

sw_value sw_run_context(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)ev;
    (void)node;
    if (input.type == SW_ARRAY && (input.spare & SW_SPARE_WRAPPER) != 0)
        return input.items[0];
    return sw_collapse(input);
}

sw_value sw_run_root(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)node;
    (void)input;
    return ev->root;
}

// The most common variable: in this frame or one further out, and certain to have a value.
sw_value sw_run_local(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)input;
    sw_frame *frame = ev->frame;
    for (uint32_t hops = node->slots[0].hops; hops > 0; hops--)
        frame = frame->outer;
    return sw_collapse(frame->slots[node->slots[0].index]);
}

static sw_value ask_for(sw_eval *ev, sw_str name)
{
    const sw_jsonata_input *input = ev->input;
    for (size_t i = 0; i < input->binding_count; i++) {
        if (sw_str_equal(input->bindings[i].name, name))
            return input->bindings[i].value;
    }
    return input->variable != NULL ? input->variable(input->who, name) : sw_undefined();
}

static sw_value global(sw_eval *ev, const sw_node *node)
{
    sw_value *slot = &ev->globals[node->free_index];
    if (sw_is_unset(*slot)) {
        *slot = ask_for(ev, sw_node_text(node));
        slot->spare = 0;
    }
    return slot->type == SW_UNDEFINED && node->function != NULL ? sw_function_value(node->function)
                                                                : *slot;
}

sw_value sw_run_variable(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)input;
    for (uint32_t i = 0; i < node->slots_count; i++) {
        sw_value v = sw_frame_out(ev->frame, node->slots[i].hops)->slots[node->slots[i].index];
        if (!sw_is_unset(v))
            return sw_collapse(v);
    }
    return node->free_index >= 0 ? global(ev, node) : sw_undefined();
}

sw_value sw_run_bind(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value v = node->right->run(ev, node->right, input);
    if (node->slots_count > 0)
        sw_frame_out(ev->frame, node->slots[0].hops)->slots[node->slots[0].index] = v;
    return v;
}

sw_value sw_run_regex(sw_eval *ev, const sw_node *node, sw_value input)
{
    (void)input;
    sw_function *function = SW_ARENA_NEW(ev->arena, sw_function);
    function->kind = SW_FUNCTION_REGEX;
    function->regex = node->regex;
    return sw_function_value(function);
}

sw_value sw_run_negate(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value v = node->left->run(ev, node->left, input);
    if (v.type == SW_UNDEFINED)
        return v;
    if (v.type != SW_NUMBER)
        sw_eval_fail(ev, (sw_fault){.code = "D1002",
                                    .position = node->position,
                                    .token = sw_token("-"),
                                    .value = v});
    sw_is_numeric(ev, v);
    return sw_number(-sw_double(v));
}

sw_value sw_run_array(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_list list = {0};
    for (uint32_t i = 0; i < node->count; i++) {
        sw_value v = node->list[i]->run(ev, node->list[i], input);
        if (v.type == SW_UNDEFINED)
            continue;
        if (node->markers[i] != 0 || v.type != SW_ARRAY)
            sw_list_push(ev, &list, v);
        else
            sw_list_push_all(ev, &list, v.items, v.size);
    }
    return sw_list_array(ev, &list, node->cons_array ? SW_VALUE_CONS : 0);
}

static void reset_slots(sw_frame *frame, const sw_node *node)
{
    for (uint32_t i = 0; i < node->reset_count; i++)
        frame->slots[node->reset_first + i] = sw_unset();
}

static sw_value run_list(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value v = sw_undefined();
    for (uint32_t i = 0; i < node->count; i++)
        v = node->list[i]->run(ev, node->list[i], input);
    return v;
}

sw_value sw_run_block(sw_eval *ev, const sw_node *node, sw_value input)
{
    if (!node->own_frame) {
        reset_slots(ev->frame, node);
        return run_list(ev, node, input);
    }
    sw_frame *outer = ev->frame;
    ev->frame = sw_frame_push(ev, outer, node->slot_count, true);
    sw_value v = run_list(ev, node, input);
    ev->frame = outer;
    return v;
}

sw_value sw_run_condition(sw_eval *ev, const sw_node *node, sw_value input)
{
    if (sw_truth(node->left->run(ev, node->left, input)))
        return node->right->run(ev, node->right, input);
    return node->third != NULL ? node->third->run(ev, node->third, input) : sw_undefined();
}
