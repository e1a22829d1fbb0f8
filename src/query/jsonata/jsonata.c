// jsonata.c: the public entry points: compile, evaluate, which variables.
//
// Both guards are here. An error jumps (sw_eval_fail, sw_compile_fail), and so does a spent arena:
// the first with 2, having worded the error, the second with 1.

#include "query/jsonata/eval.h"
#include "query/jsonata/plain.h"
#include "query/jsonata/tokens.h"

#include "base/utf8.h"

#define STEPS_MAX_DEFAULT 100000000u
// For a limit in time: this room has no clock, and a replay decides the same.
#define STEPS_PER_MS         10000u
#define MEMORY_BYTES_DEFAULT ((size_t)1 << 30)
// Of the C stack; the least a thread of ours has is 8 MB.
#define STACK_BYTES_MAX (2u << 20)

// Compiling ---------------------------------------------------------------------------------------

_Noreturn void sw_compile_fail(sw_compilation *c, sw_fault fault)
{
    sw_fault_describe(&fault, c->text, c->arena, c->err);
    longjmp(*c->escape, 2);
}

void sw_compile_text(sw_compilation *c, sw_jsonata *compiled)
{
    if (c->text.bytes >= UINT32_MAX / 2)
        sw_compile_fail(c,
                        (sw_fault){.code = "U1001", .message = SW_STR("Expression is too long")});
    sw_node *root = sw_shape(c, sw_parse(c));
    c->depth = 0;
    sw_resolve(c, root);
    sw_plain_mark(root);
    *compiled = (sw_jsonata){
        .text = c->text,
        .root = root,
        .free_names = c->free_names,
        .free_count = c->free_count,
        .slot_count = c->root_slots,
        .captured = c->root_captured,
        .operators_2_1 = c->options.operators_2_1,
        .eval = c->options.eval,
        .states_members = c->states.items,
        .states_count = c->states.count,
        .states_whole = c->states_whole,
    };
}

static bool fail_memory(sw_jsonata_error *err)
{
    if (err != NULL)
        *err = (sw_jsonata_error){.code = "D1011",
                                  .message = "The expression needs more memory than it may use"};
    return false;
}

// Half a surrogate pair, which JSON can spell, passes.
static bool is_lone_surrogate(const unsigned char *text, size_t bytes)
{
    return bytes >= 3 && text[0] == 0xed && text[1] >= 0xa0 && text[1] < 0xc0 &&
           (text[2] & 0xc0) == 0x80;
}

static void check_utf8(sw_compilation *c)
{
    const unsigned char *text = (const unsigned char *)c->text.text;
    for (size_t i = 0; i < c->text.bytes;) {
        unsigned bytes = sw_utf8_check(text + i, c->text.bytes - i);
        if (bytes == 0 && is_lone_surrogate(text + i, c->text.bytes - i))
            bytes = 3;
        if (bytes == 0)
            sw_compile_fail(c, (sw_fault){.code = "S0107", .position = (uint32_t)i});
        i += bytes;
    }
}

bool sw_jsonata_compile(sw_arena *arena, sw_str expression, const sw_jsonata_options *options,
                        const sw_jsonata **compiled, sw_jsonata_error *err)
{
    jmp_buf        escape, *outer = arena->escape;
    sw_compilation c = {.arena = arena, .err = err, .escape = &escape};
    int            jumped = setjmp(escape);
    if (jumped != 0) {
        arena->escape = outer;
        return jumped == 1 ? fail_memory(err) : false;
    }
    arena->escape = &escape;
    if (options != NULL)
        c.options = *options;
    c.text = sw_str_copy(arena, expression);
    check_utf8(&c);
    sw_jsonata *result = SW_ARENA_NEW(arena, sw_jsonata);
    sw_compile_text(&c, result);
    arena->escape = outer;
    *compiled = result;
    return true;
}

void sw_jsonata_variables(const sw_jsonata *compiled, void (*visit)(void *who, sw_str name),
                          void             *who)
{
    for (uint32_t i = 0; i < compiled->free_count; i++) {
        sw_str name = compiled->free_names[i].name;
        bool   states = sw_str_is(name, "states");
        if (compiled->free_names[i].always && sw_builtin_find(name) == NULL &&
            (!states || compiled->states_whole))
            visit(who, name);
    }
    for (uint32_t i = 0; i < compiled->states_count; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = sw_str_equal(compiled->states_members[k], compiled->states_members[i]);
        char   name[256] = "states.";
        sw_str member = compiled->states_members[i];
        if (seen || member.bytes > sizeof name - 8)
            continue;
        memcpy(name + 7, member.text, member.bytes);
        visit(who, (sw_str){name, member.bytes + 7});
    }
}

// Limits ------------------------------------------------------------------------------------------

static _Noreturn void fail_limit(sw_eval *ev, sw_str message)
{
    sw_eval_fail(ev, (sw_fault){.code = "U1001", .position = SW_NO_POSITION, .message = message});
}

_Noreturn void sw_eval_fail_depth(sw_eval *ev)
{
    fail_limit(ev,
               SW_STR("Stack overflow error: the value or the expression is nested too deeply"));
}

void sw_eval_batch(sw_eval *ev)
{
    if (ev->stack_limit > (const char *)__builtin_frame_address(0))
        sw_eval_fail_depth(ev);
    ev->steps_left = SW_STEPS_BATCH;
    ev->steps_total += SW_STEPS_BATCH;
    if (ev->steps_total > ev->steps_max)
        fail_limit(ev, SW_STR("Expression evaluation timeout: Check for infinite loop"));
}

// Errors ------------------------------------------------------------------------------------------

sw_value sw_call_token(const sw_node *node);

// The position shown is that of the outermost call being made; the token is the function's of the
// innermost, unless an operator complains. `and` and `or` claim the errors of their right side.
_Noreturn void sw_eval_fail(sw_eval *ev, sw_fault fault)
{
    if (ev->outer_call != NULL)
        fault.position = ev->outer_call->position;
    if (ev->outer_logic != NULL)
        fault.token = sw_string(sw_operator_text(ev->outer_logic->op));
    if (ev->inner_call != NULL && fault.token.type == SW_UNDEFINED)
        fault.token = sw_call_token(ev->inner_call);
    sw_fault_describe(&fault, ev->compiled->text, ev->arena, ev->err);
    longjmp(*ev->escape, 2);
}

_Noreturn void sw_eval_fail_value(sw_eval *ev, const char *code, sw_value value)
{
    sw_eval_fail(ev,
                 (sw_fault){.code = code, .position = SW_NO_POSITION, .value = value, .index = 1});
}

_Noreturn void sw_eval_fail_node(sw_eval *ev, const char *code, const sw_node *node, sw_value value)
{
    sw_eval_fail(ev, (sw_fault){.code = code, .position = node->position, .value = value});
}

// Results -----------------------------------------------------------------------------------------

// Takes our flags off what this evaluation has built, and functions out of objects, and refuses
// what is nested too deeply for those who will print it. Parsed containers, those measured since an
// earlier evaluation, and those of another arena need none.
#define RESULT_DEPTH_MAX 1000u

static sw_value clean(sw_eval *ev, sw_value v, uint32_t depth);

static sw_value without_functions(sw_eval *ev, sw_value object)
{
    sw_value *pairs, result = sw_object_build(ev->arena, object.size, &pairs);
    uint32_t  count = 0;
    for (uint32_t i = 0; i < object.size; i++) {
        if (object.items[2 * i + 1].type == SW_FUNCTION)
            continue;
        pairs[2 * count] = object.items[2 * i];
        pairs[2 * count++ + 1] = object.items[2 * i + 1];
    }
    result.size = count;
    return sw_object_index(ev->arena, result);
}

static sw_value clean_items(sw_eval *ev, sw_value v, uint32_t depth)
{
    sw_value *items = (sw_value *)(uintptr_t)v.items;
    uint32_t  step = v.type == SW_OBJECT ? 2 : 1;
    bool      functions = false;
    for (uint32_t i = step - 1; i < step * v.size; i += step) {
        bool container = items[i].type == SW_ARRAY || items[i].type == SW_OBJECT;
        if ((container && (items[i].flags & SW_VALUE_SPAN) == 0) || items[i].spare != 0)
            items[i] = clean(ev, items[i], depth + 1);
        functions |= items[i].type == SW_FUNCTION;
    }
    return functions && v.type == SW_OBJECT ? without_functions(ev, v) : v;
}

static sw_value clean(sw_eval *ev, sw_value v, uint32_t depth)
{
    v.flags &= (uint8_t)~SW_VALUE_OURS;
    v.spare = 0;
    if ((v.type != SW_ARRAY && v.type != SW_OBJECT) || v.size == 0)
        return v;
    const sw_container *container = sw_value_container(v);
    if ((v.flags & SW_VALUE_SPAN) != 0 || container->text != NULL || container->text_bytes != 0 ||
        !sw_arena_holds(ev->arena, container))
        return v;
    if (depth == RESULT_DEPTH_MAX)
        sw_eval_fail_depth(ev);
    return clean_items(ev, v, depth);
}

static sw_value finish(sw_eval *ev, sw_value v)
{
    if (v.type != SW_ARRAY && v.type != SW_OBJECT) {
        v.flags &= (uint8_t)~SW_VALUE_OURS;
        v.spare = 0;
        return v;
    }
    if ((v.flags & SW_VALUE_TUPLES) != 0 && v.type == SW_ARRAY)
        return sw_undefined();
    return clean(ev, v, 0);
}

// Evaluating --------------------------------------------------------------------------------------

static void start(sw_eval *ev, const sw_jsonata *compiled, const sw_jsonata_input *input,
                  sw_arena *arena)
{
    ev->arena = arena;
    ev->compiled = compiled;
    ev->input = input;
    ev->root = input->input;
    ev->first_chunk =
        (sw_chunk){.items = ev->first_items,
                   .end = ev->first_items + sizeof ev->first_items / sizeof ev->first_items[0]};
    ev->chunk = &ev->first_chunk;
    ev->top = ev->first_items;
    ev->top_end = ev->first_chunk.end;
    ev->steps_left = SW_STEPS_BATCH;
    ev->steps_total = 0;
    ev->steps_max = input->steps_max != 0 ? input->steps_max : STEPS_MAX_DEFAULT;
    ev->base = ev->depth = 0;
    ev->depth_max = input->depth_max != 0 ? input->depth_max : UINT32_MAX - UINT16_MAX;
    ev->stack_limit = (const char *)__builtin_frame_address(0) - STACK_BYTES_MAX;
    ev->outer_call = ev->inner_call = ev->outer_logic = NULL;
    ev->has_chance = ev->outermost = false;
    ev->match_data = NULL;
    memset(ev->places, 0, sizeof ev->places);
    ev->match_pairs = 0;
    uint64_t in_time = (uint64_t)input->time_max_ms * STEPS_PER_MS;
    if (in_time != 0 && in_time < ev->steps_max)
        ev->steps_max = in_time;
}

static sw_value run(sw_eval *ev)
{
    const sw_jsonata *compiled = ev->compiled;
    sw_value          input = ev->root;
    ev->globals = sw_stack_push(ev, compiled->free_count);
    for (uint32_t i = 0; i < compiled->free_count; i++)
        ev->globals[i] = sw_unset();
    ev->frame = compiled->slot_count == 0
                    ? NULL
                    : sw_frame_push(ev, NULL, compiled->slot_count, compiled->captured);
    if (compiled->root->height > ev->depth_max)
        fail_limit(
            ev,
            SW_STR("Stack overflow error: Check for non-terminating recursive function.  Consider "
                   "rewriting as tail-recursive."));
    if (input.type == SW_ARRAY) { // the document is one item, even if it is a list
        input = sw_array_of_one(ev, input, SW_VALUE_SEQUENCE);
        input.spare = SW_SPARE_WRAPPER;
    }
    return finish(ev, compiled->root->run(ev, compiled->root, input));
}

__attribute__((noinline)) static bool evaluate_guarded(const sw_jsonata       *compiled,
                                                       const sw_jsonata_input *input,
                                                       sw_arena *arena, sw_value *result,
                                                       sw_jsonata_error *err)
{
    jmp_buf escape, *outer = arena->escape;
    size_t  bytes_max = arena->bytes_max;
    sw_eval ev;
    int     jumped = setjmp(escape);
    if (jumped == 0) {
        size_t allowed = arena->bytes + (input->memory_bytes_max != 0 ? input->memory_bytes_max
                                                                      : MEMORY_BYTES_DEFAULT);
        if (bytes_max == 0 || allowed < bytes_max)
            arena->bytes_max = allowed;
        arena->escape = &escape;
        ev.escape = &escape;
        ev.err = err;
        start(&ev, compiled, input, arena);
        *result = run(&ev);
    } else if (jumped == 1) {
        fail_memory(err);
    }
    arena->escape = outer;
    arena->bytes_max = bytes_max;
    return jumped == 0;
}

bool sw_jsonata_evaluate(const sw_jsonata *compiled, const sw_jsonata_input *input, sw_arena *arena,
                         sw_value *result, sw_jsonata_error *err)
{
    sw_value v = sw_plain_evaluate(compiled->root, input);
    if (sw_is_unset(v))
        return evaluate_guarded(compiled, input, arena, result, err);
    *result = v;
    return true;
}
