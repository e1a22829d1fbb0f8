// call.c: functions: making them, calling them, filling in some of their arguments.
//
// A call in tail position returns a mark (SW_SPARE_TAIL) and leaves function and arguments in
// ev->tail_*; whoever invoked the function around it makes the call then, so that a loop written
// as recursion needs no stack.

#include "query/jsonata/eval.h"
#include "query/jsonata/regex.h"

// Lambdas -----------------------------------------------------------------------------------------

sw_value sw_run_lambda(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_function *function = SW_ARENA_NEW(ev->arena, sw_function);
    function->kind = SW_FUNCTION_LAMBDA;
    function->node = node;
    function->signature = node->lambda->signature;
    function->frame = ev->frame;
    function->input = input;
    return sw_function_value(function);
}

static sw_frame *lambda_frame(sw_eval *ev, const sw_function *function)
{
    const sw_lambda *lambda = function->node->lambda;
    return sw_frame_push(ev, function->frame, lambda->slot_count, lambda->captured);
}

static void check_depth(sw_eval *ev, const sw_lambda *lambda)
{
    sw_eval_step(ev);
    if (ev->base + lambda->height > ev->depth_max ||
        ev->stack_limit > (char *)__builtin_frame_address(0))
        sw_eval_fail(ev, (sw_fault){.code = "U1001",
                                    .position = SW_NO_POSITION,
                                    .message = SW_STR(
                                        "Stack overflow error: Check for non-terminating recursive "
                                        "function.  Consider rewriting as tail-recursive.")});
}

static bool is_tail(sw_value v)
{
    return v.type == SW_UNDEFINED && v.spare == SW_SPARE_TAIL;
}

// The frame for a call in tail position: takes the place of the caller's, whose arguments may lie
// where it goes.
static sw_frame *replace_frame(sw_eval *ev, const sw_function *function, const sw_value *arguments,
                               uint32_t count, sw_stack_mark mark)
{
    const sw_lambda *lambda = function->node->lambda;
    sw_value         small[8], *kept = small;
    if (count > lambda->parameter_count)
        count = lambda->parameter_count;
    if (count > 8)
        kept = SW_ARENA_ARRAY(ev->arena, sw_value, count);
    memcpy(kept, arguments, count * sizeof *kept);
    sw_stack_rewind(ev, mark);
    sw_frame *frame = lambda_frame(ev, function);
    for (uint32_t i = 0; i < lambda->parameter_count; i++)
        frame->slots[i] = i < count ? kept[i] : sw_undefined();
    return frame;
}

// Runs a lambda whose frame is filled, and whatever calls it ends with. mark is the stack before
// that frame. outermost tells that no other call is being made around it: then a call it ends with
// takes its place in errors.
static sw_value invoke(sw_eval *ev, const sw_function *function, sw_frame *frame,
                       sw_stack_mark mark, bool outermost)
{
    sw_frame      *saved_frame = ev->frame;
    const sw_node *outer = ev->outer_call, *inner = ev->inner_call;
    uint32_t       saved_base = ev->base, saved_depth = ev->depth;
    bool           saved_outermost = ev->outermost;
    sw_value       result;
    ev->base = saved_depth;
    ev->outermost = outermost;
    for (;;) {
        const sw_lambda *lambda = function->node->lambda;
        ev->frame = frame;
        check_depth(ev, lambda);
        result = lambda->body->run(ev, lambda->body, function->input);
        if (!is_tail(result))
            break;
        const sw_function *next = sw_value_function(ev->tail_function);
        const sw_value    *arguments = ev->tail_arguments;
        uint32_t           count = ev->tail_count;
        ev->depth = saved_depth;
        if (outermost)
            ev->outer_call = ev->tail_node->left;
        ev->inner_call = ev->tail_node;
        if (ev->tail_function.type != SW_FUNCTION || next->kind != SW_FUNCTION_LAMBDA) {
            result = sw_apply(ev, ev->tail_function, arguments, count, function->input);
            break;
        }
        if (next->signature != NULL)
            sw_signature_validate(ev, next->signature, arguments, count, function->input,
                                  &arguments, &count);
        frame = replace_frame(ev, next, arguments, count, mark);
        function = next;
    }
    ev->frame = saved_frame;
    ev->base = saved_base;
    ev->depth = saved_depth;
    ev->outermost = saved_outermost;
    ev->outer_call = outer;
    ev->inner_call = inner;
    sw_stack_rewind(ev, mark);
    return result;
}

static sw_value apply_lambda(sw_eval *ev, const sw_function *function, const sw_value *arguments,
                             uint32_t count)
{
    const sw_lambda *lambda = function->node->lambda;
    sw_stack_mark    mark = sw_stack_get_mark(ev);
    sw_frame        *frame = lambda_frame(ev, function);
    for (uint32_t i = 0; i < lambda->parameter_count; i++)
        frame->slots[i] = i < count ? arguments[i] : sw_undefined();
    return invoke(ev, function, frame, mark, ev->outer_call == NULL);
}

// Other functions ---------------------------------------------------------------------------------

static sw_value apply_builtin(sw_eval *ev, const sw_function *function, const sw_value *arguments,
                              uint32_t count, sw_value input)
{
    sw_value padded[SW_ARGUMENTS_MIN] = {{0}};
    if (function->signature != NULL)
        sw_signature_validate(ev, function->signature, arguments, count, input, &arguments, &count);
    if (count < SW_ARGUMENTS_MIN) {
        for (uint32_t i = 0; i < count; i++)
            padded[i] = arguments[i];
        arguments = padded;
    }
    return function->builtin->run(ev, arguments, count, input);
}

static uint32_t given_count(const sw_value *arguments, uint32_t count)
{
    while (count > 0 && arguments[count - 1].type == SW_UNDEFINED)
        count--;
    return count;
}

static sw_value apply_partial(sw_eval *ev, const sw_function *function, const sw_value *arguments,
                              uint32_t count)
{
    sw_stack_mark mark = sw_stack_get_mark(ev);
    uint32_t      room = function->count > SW_ARGUMENTS_MIN ? function->count : SW_ARGUMENTS_MIN;
    sw_value     *all = sw_stack_push(ev, room);
    uint32_t      next = 0;
    for (uint32_t i = 0; i < room; i++) {
        all[i] = i < function->count ? function->bound[i] : sw_undefined();
        if (sw_is_unset(all[i]))
            all[i] = next < count ? arguments[next++] : sw_undefined();
    }
    const sw_function *target = sw_value_function(function->target);
    sw_value           result;
    // Partial application leaves the signature of a lambda behind. A builtin relies on its own.
    if (target->kind == SW_FUNCTION_BUILTIN)
        result = apply_builtin(ev, target, all, given_count(all, function->count), sw_undefined());
    else if (target->kind == SW_FUNCTION_LAMBDA)
        result = apply_lambda(ev, target, all, function->count);
    else
        result = sw_apply(ev, function->target, all, function->count, sw_undefined());
    sw_stack_rewind(ev, mark);
    return result;
}

static sw_value apply_chain(sw_eval *ev, const sw_function *function, const sw_value *arguments)
{
    sw_value between[SW_ARGUMENTS_MIN] = {arguments[0]};
    between[0] = sw_apply(ev, function->target, between, 1, sw_null());
    return sw_apply(ev, function->second, between, 1, sw_null());
}

// Functions that look at their first argument whether it was given or not need at least one.
static sw_value apply_other(sw_eval *ev, const sw_function *function, const sw_value *arguments,
                            uint32_t count)
{
    sw_value none[SW_ARGUMENTS_MIN] = {{0}};
    if (count == 0)
        arguments = none;
    switch (function->kind) {
    case SW_FUNCTION_PARTIAL:
        return apply_partial(ev, function, arguments, count);
    case SW_FUNCTION_REGEX:
        return sw_regex_call(ev, function->regex, arguments[0], 0);
    case SW_FUNCTION_NEXT_MATCH:
        return sw_regex_call(ev, function->regex, function->input, function->offset);
    case SW_FUNCTION_TRANSFORM:
        if (arguments[0].type != SW_OBJECT && arguments[0].type != SW_ARRAY &&
            arguments[0].type != SW_UNDEFINED)
            sw_eval_fail(ev, (sw_fault){.code = "T0410",
                                        .position = SW_NO_POSITION,
                                        .value = arguments[0],
                                        .index = 1});
        return sw_transform(ev, function, arguments[0]);
    case SW_FUNCTION_CHAIN:
        return apply_chain(ev, function, arguments);
    case SW_FUNCTION_BUILTIN:
    case SW_FUNCTION_LAMBDA:
        break;
    }
    return sw_undefined();
}

sw_value sw_apply(sw_eval *ev, sw_value value, const sw_value *arguments, uint32_t count,
                  sw_value input)
{
    if (value.type != SW_FUNCTION)
        sw_eval_fail(ev, (sw_fault){.code = "T1006", .position = SW_NO_POSITION});
    const sw_function *function = sw_value_function(value);
    if (function->kind == SW_FUNCTION_BUILTIN)
        return apply_builtin(ev, function, arguments, count, input);
    if (function->kind != SW_FUNCTION_LAMBDA)
        return apply_other(ev, function, arguments, count);
    if (function->signature != NULL)
        sw_signature_validate(ev, function->signature, arguments, count, input, &arguments, &count);
    return apply_lambda(ev, function, arguments, count);
}

uint32_t sw_function_arity(sw_value value)
{
    const sw_function *function = sw_value_function(value);
    uint32_t           holes = 0;
    switch (function->kind) {
    case SW_FUNCTION_BUILTIN:
        return function->builtin->arity;
    case SW_FUNCTION_LAMBDA:
        return function->node->lambda->parameter_count;
    case SW_FUNCTION_PARTIAL:
        for (uint32_t i = 0; i < function->count; i++)
            holes += sw_is_unset(function->bound[i]);
        return holes;
    case SW_FUNCTION_REGEX:
        return 2;
    case SW_FUNCTION_NEXT_MATCH:
        return 0;
    case SW_FUNCTION_TRANSFORM:
    case SW_FUNCTION_CHAIN:
        break;
    }
    return 1;
}

sw_value sw_call_token(const sw_node *node); // for errors

// Call nodes --------------------------------------------------------------------------------------

static sw_str procedure_name(const sw_node *node)
{
    const sw_node *procedure = node->left;
    if (procedure->kind == SW_NODE_PATH && procedure->list[0]->value.type == SW_STRING)
        return sw_node_text(procedure->list[0]);
    return procedure->kind == SW_NODE_VARIABLE ? sw_node_text(procedure) : (sw_str){NULL, 0};
}

sw_value sw_call_token(const sw_node *node)
{
    sw_str name = procedure_name(node);
    return name.text == NULL ? sw_undefined() : sw_string(name);
}

// foo(1) where $foo was meant has an error of its own.
static _Noreturn void fail_call(sw_eval *ev, const sw_node *node, const char *meant,
                                const char *not_function)
{
    sw_eval_fail(ev, (sw_fault){.code = node->known ? meant : not_function,
                                .position = node->position,
                                .token = sw_call_token(node)});
}

// A lambda without a signature: the arguments go right into its frame.
static sw_value call_lambda(sw_eval *ev, const sw_node *node, const sw_function *function,
                            const sw_value *context, sw_value input)
{
    const sw_lambda *lambda = function->node->lambda;
    sw_stack_mark    mark = sw_stack_get_mark(ev);
    sw_frame        *frame = lambda_frame(ev, function);
    uint32_t         at = 0;
    if (context != NULL && lambda->parameter_count > 0)
        frame->slots[at++] = *context;
    else
        at = context != NULL;
    for (uint32_t i = 0; i < node->count; i++, at++) {
        sw_value v = node->list[i]->run(ev, node->list[i], input);
        if (at < lambda->parameter_count)
            frame->slots[at] = v;
    }
    for (; at < lambda->parameter_count; at++)
        frame->slots[at] = sw_undefined();
    const sw_node *outer = ev->outer_call, *inner = ev->inner_call;
    ev->outer_call = outer == NULL ? node : outer;
    ev->inner_call = node;
    ev->depth = ev->base + node->level;
    sw_value result = invoke(ev, function, frame, mark, outer == NULL);
    ev->outer_call = outer;
    ev->inner_call = inner;
    return node->keep_array ? result : sw_collapse(result);
}

// The arguments on the stack, with room for a builtin to look behind them.
static sw_value *run_arguments(sw_eval *ev, const sw_node *node, const sw_value *context,
                               sw_value input, uint32_t *count)
{
    *count = node->count + (context != NULL);
    uint32_t  room = *count > SW_ARGUMENTS_MIN ? *count : SW_ARGUMENTS_MIN, at = 0;
    sw_value *arguments = sw_stack_push(ev, room);
    if (context != NULL)
        arguments[at++] = *context;
    for (uint32_t i = 0; i < node->count; i++)
        arguments[at++] = node->list[i]->run(ev, node->list[i], input);
    while (at < room)
        arguments[at++] = sw_undefined();
    return arguments;
}

static sw_value call_with(sw_eval *ev, const sw_node *node, sw_value function,
                          const sw_value *arguments, uint32_t count, sw_value input)
{
    const sw_node *outer = ev->outer_call, *inner = ev->inner_call;
    ev->outer_call = outer == NULL ? node : outer;
    ev->inner_call = node;
    ev->depth = ev->base + node->level;
    if (node->tail && ev->outermost)
        ev->outer_call = node->left; // the call around this one is over, as the reference sees it
    sw_value           result;
    const sw_function *f = sw_value_function(function);
    if (function.type == SW_FUNCTION && f->kind == SW_FUNCTION_BUILTIN) {
        if (f->signature != NULL)
            sw_signature_validate(ev, f->signature, arguments, count, input, &arguments, &count);
        result = f->builtin->run(ev, arguments, count, input);
    } else {
        result = sw_apply(ev, function, arguments, count, input);
    }
    ev->outer_call = outer;
    ev->inner_call = inner;
    return node->keep_array ? result : sw_collapse(result);
}

static bool takes_arguments_directly(sw_value function)
{
    return function.type == SW_FUNCTION &&
           sw_value_function(function)->kind == SW_FUNCTION_LAMBDA &&
           sw_value_function(function)->signature == NULL;
}

static sw_value call(sw_eval *ev, const sw_node *node, const sw_value *context, sw_value input)
{
    sw_value function = node->left->run(ev, node->left, input);
    uint32_t count;
    if (function.type == SW_UNDEFINED && node->known)
        fail_call(ev, node, "T1005", "T1006");
    if (takes_arguments_directly(function) && !node->tail)
        return call_lambda(ev, node, sw_value_function(function), context, input);
    sw_stack_mark mark = sw_stack_get_mark(ev);
    sw_value     *arguments = run_arguments(ev, node, context, input, &count);
    if (function.type != SW_FUNCTION)
        fail_call(ev, node, "T1006", "T1006");
    if (node->tail && sw_value_function(function)->kind == SW_FUNCTION_LAMBDA) {
        ev->tail_function = function;
        ev->tail_arguments = arguments;
        ev->tail_count = count;
        ev->tail_node = node;
        return (sw_value){.type = SW_UNDEFINED, .spare = SW_SPARE_TAIL};
    }
    sw_value result = call_with(ev, node, function, arguments, count, input);
    sw_stack_rewind(ev, mark);
    return result;
}

sw_value sw_run_call(sw_eval *ev, const sw_node *node, sw_value input)
{
    return call(ev, node, NULL, input);
}

// f(?, 2): a function of what is left out.
sw_value sw_run_partial(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value *given = SW_ARENA_ARRAY(ev->arena, sw_value, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        const sw_node *argument = node->list[i];
        given[i] =
            argument->kind == SW_NODE_OPERATOR ? sw_unset() : argument->run(ev, argument, input);
    }
    sw_value target = node->left->run(ev, node->left, input);
    if (target.type == SW_UNDEFINED && node->known)
        fail_call(ev, node, "T1007", "T1008");
    if (target.type != SW_FUNCTION)
        sw_eval_fail(
            ev,
            (sw_fault){.code = "T1008", .position = node->position, .token = sw_call_token(node)});
    const sw_function *f = sw_value_function(target);
    sw_function       *partial = SW_ARENA_NEW(ev->arena, sw_function);
    partial->kind = SW_FUNCTION_PARTIAL;
    partial->target = target;
    partial->count = f->kind == SW_FUNCTION_BUILTIN  ? f->builtin->parameters
                     : f->kind == SW_FUNCTION_LAMBDA ? f->node->lambda->parameter_count
                                                     : node->count;
    partial->bound = SW_ARENA_ARRAY(ev->arena, sw_value, partial->count + 1);
    for (uint32_t i = 0; i < partial->count; i++)
        partial->bound[i] = i < node->count ? given[i] : sw_undefined();
    return sw_function_value(partial);
}

// a ~> f: as the first argument of a call, as the only one of a function, or two functions in a
// chain.
sw_value sw_run_apply(sw_eval *ev, const sw_node *node, sw_value input)
{
    sw_value left = node->left->run(ev, node->left, input);
    if (node->right->kind == SW_NODE_CALL)
        return node->keep_array ? call(ev, node->right, &left, input)
                                : sw_collapse(call(ev, node->right, &left, input));
    sw_value function = node->right->run(ev, node->right, input);
    if (function.type != SW_FUNCTION)
        sw_eval_fail_node(ev, "T2006", node, function);
    if (left.type == SW_FUNCTION) {
        sw_function *chain = SW_ARENA_NEW(ev->arena, sw_function);
        chain->kind = SW_FUNCTION_CHAIN;
        chain->target = left;
        chain->second = function;
        return sw_function_value(chain);
    }
    sw_value arguments[SW_ARGUMENTS_MIN] = {left};
    ev->depth = ev->base + node->level;
    sw_value result = sw_apply(ev, function, arguments, 1, sw_null());
    return node->keep_array ? result : sw_collapse(result);
}
