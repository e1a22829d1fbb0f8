// extensions.c: the top-level Catch and Retry, rewritten state by state, by extensions.h's rule.

#include "asl/extensions.h"

#include "base/utf8.h"

#define NAME_CHARACTERS_MAX 80u

static const char state_output[] =
    "{% $merge([$states.errorOutput, {\"State\": $states.context.State.Name}]) %}";

typedef struct expansion {
    const sw_machine *machine;
    sw_arena         *arena;
    sw_report        *report;
    sw_value catch, retry; // of the machine; undefined when absent
    uint8_t  *cleaning;    // by state index: reachable from a clean-up state
    sw_value *added;       // generated states: name, state, name, state ...
    uint32_t  added_count, added_room;
} expansion;

// What the clean-up reaches ---------------------------------------------------------------------

static void reach(expansion *x, const sw_state **stack, uint32_t *count, const sw_state *state)
{
    if (state == NULL || x->cleaning[state->index])
        return;
    x->cleaning[state->index] = 1;
    stack[(*count)++] = state;
}

static void reach_from(expansion *x, const sw_state **stack, uint32_t *count, const sw_state *state)
{
    reach(x, stack, count, state->next);
    for (uint32_t i = 0; i < state->catcher_count; i++)
        reach(x, stack, count, state->catchers[i].next);
    if (state->type != SW_STATE_CHOICE)
        return;
    reach(x, stack, count, state->choice.default_state);
    for (uint32_t i = 0; i < state->choice.rule_count; i++)
        reach(x, stack, count, state->choice.rules[i].next);
}

static void mark_cleaning(expansion *x)
{
    const sw_state **stack = SW_ARENA_ARRAY(x->arena, const sw_state *, x->machine->state_count);
    uint32_t         count = 0;
    for (uint32_t i = 0; x->catch.type == SW_ARRAY && i < x->catch.size; i++) {
        sw_str next = sw_value_str(sw_value_get(x->catch.items[i], SW_STR("Next")));
        reach(x, stack, &count, sw_machine_find_state(x->machine, next));
    }
    while (count > 0)
        reach_from(x, stack, &count, stack[--count]);
}

static bool is_covered(const expansion *x, const sw_state *state)
{
    bool work = state->type == SW_STATE_TASK || state->type == SW_STATE_PARALLEL ||
                state->type == SW_STATE_MAP;
    return work && !x->cleaning[state->index];
}

static bool catches_all(const sw_state *state)
{
    if (state->catcher_count == 0)
        return false;
    const sw_error_names *last = &state->catchers[state->catcher_count - 1].error_equals;
    return last->count == 1 && sw_str_is(last->names[0], "States.ALL");
}

// Generated states ------------------------------------------------------------------------------

static sw_str shorten(sw_str text, size_t characters)
{
    const char *at = text.text, *end = text.text + text.bytes;
    while (at < end && characters-- > 0)
        sw_utf8_next(&at);
    return (sw_str){text.text, (size_t)(at - text.text)};
}

// A name that says where it comes from, of at most 80 characters, and not the user's. Two generated
// ones cannot be equal: the end tells the catcher, and the state, too, where its name had to be
// cut.
static sw_str make_name(const expansion *x, const sw_state *state, uint32_t catcher)
{
    for (uint32_t number = catcher + 1;; number += x->catch.size) {
        sw_str start = state->name;
        sw_str end = number == 1 ? sw_str_from(" (uncaught error)")
                                 : sw_str_format(x->arena, " (uncaught error %u)", number);
        if (sw_utf8_length(start) + end.bytes > NAME_CHARACTERS_MAX) {
            end = sw_str_format(x->arena, " (uncaught error %u.%u)", state->index, number);
            start = shorten(start, NAME_CHARACTERS_MAX - end.bytes);
        }
        sw_str name = sw_str_format(x->arena, "%.*s%.*s", SW_STR_ARG(start), SW_STR_ARG(end));
        if (sw_machine_find_state(x->machine, name) == NULL)
            return name;
    }
}

static void set(sw_value **at, const char *key, sw_value v)
{
    *(*at)++ = sw_string(sw_str_from(key));
    *(*at)++ = v;
}

static void add_state(expansion *x, sw_str name, sw_value state)
{
    if (x->added_count == x->added_room) {
        uint32_t  room = x->added_room == 0 ? 16 : 2 * x->added_room;
        sw_value *moved = SW_ARENA_ARRAY(x->arena, sw_value, 2 * (size_t)room);
        if (x->added_count > 0)
            memcpy(moved, x->added, 2 * (size_t)x->added_count * sizeof *moved);
        x->added = moved;
        x->added_room = room;
    }
    x->added[2 * x->added_count] = sw_string(name);
    x->added[2 * x->added_count + 1] = state;
    x->added_count++;
}

// A Pass state that writes the failed state's name at PATH.State.
static sw_value build_pass(const expansion *x, const sw_state *state, sw_str path, sw_value next)
{
    sw_value *at;
    sw_value  pass = sw_object_build(x->arena, 4, &at);
    sw_str    place = sw_str_format(x->arena, "%.*s.State", SW_STR_ARG(path));
    set(&at, "Type", sw_string(SW_STR("Pass")));
    set(&at, "Result", sw_string(state->name));
    set(&at, "ResultPath", sw_string(place));
    set(&at, "Next", next);
    return pass;
}

// Catchers --------------------------------------------------------------------------------------

static sw_value without(sw_arena *arena, sw_value object, const char *key)
{
    ptrdiff_t gone = sw_value_find(object, sw_str_from(key));
    sw_value *items;
    if (gone < 0)
        return object;
    sw_value result = sw_object_build(arena, object.size - 1, &items);
    memcpy(items, object.items, 2 * (size_t)gone * sizeof *items);
    memcpy(items + 2 * gone, object.items + 2 * gone + 2,
           2 * (object.size - (size_t)gone - 1) * sizeof *items);
    return sw_object_index(arena, result);
}

static sw_value catcher_in_jsonata(const expansion *x, sw_value catcher)
{
    sw_value result = without(x->arena, catcher, "ResultPath");
    if (sw_value_find(result, SW_STR("Output")) >= 0)
        return result;
    return sw_object_with(x->arena, result, SW_STR("Output"), sw_string(sw_str_from(state_output)));
}

static sw_value catcher_in_jsonpath(expansion *x, const sw_state *state, uint32_t number)
{
    sw_value catcher = x->catch.items[number];
    sw_value path = sw_value_get(catcher, SW_STR("ResultPath"));
    sw_value next = sw_value_get(catcher, SW_STR("Next"));
    if (path.type == SW_NULL)
        return catcher;
    sw_str place = path.type == SW_STRING ? sw_value_str(path) : SW_STR("$");
    sw_str name = make_name(x, state, number);
    add_state(x, name, build_pass(x, state, place, next));
    return sw_object_with(x->arena, catcher, SW_STR("Next"), sw_string(name));
}

static sw_value add_catchers(expansion *x, const sw_state *state, sw_value v)
{
    sw_value  own = sw_value_get(v, SW_STR("Catch"));
    uint32_t  own_count = own.type == SW_ARRAY ? own.size : 0;
    sw_value *items;
    sw_value  all = sw_array_build(x->arena, own_count + x->catch.size, &items);
    if (own_count > 0)
        memcpy(items, own.items, own_count * sizeof *items);
    for (uint32_t i = 0; i < x->catch.size; i++) {
        items[own_count + i] = state->language == SW_LANGUAGE_JSONATA
                                   ? catcher_in_jsonata(x, x->catch.items[i])
                                   : catcher_in_jsonpath(x, state, i);
    }
    return sw_object_with(x->arena, v, SW_STR("Catch"), all);
}

// An Assign is written in the machine's language and cannot be said in another.
static void check_assign(expansion *x, const sw_state *state)
{
    sw_place top = {0}, catch = sw_place_member(&top, SW_STR("Catch"));
    for (uint32_t i = 0; i < x->catch.size; i++) {
        sw_place at = sw_place_element(&catch, i);
        if (state->language == x->machine->language ||
            sw_value_find(x->catch.items[i], SW_STR("Assign")) < 0)
            continue;
        sw_report_error(x->report, &at, SW_CODE_EXTENSION,
                        "The catcher's Assign cannot be used by '%.*s', which has a query language "
                        "of its own",
                        SW_STR_ARG(state->name));
    }
}

static sw_value expand_state(expansion *x, const sw_state *state, sw_value v)
{
    if (!is_covered(x, state))
        return v;
    if (x->retry.type == SW_ARRAY && sw_value_find(v, SW_STR("Retry")) < 0)
        v = sw_object_with(x->arena, v, SW_STR("Retry"), x->retry);
    if (x->catch.type != SW_ARRAY || catches_all(state))
        return v;
    check_assign(x, state);
    return add_catchers(x, state, v);
}

// The whole -------------------------------------------------------------------------------------

static sw_value expand_states(expansion *x, sw_value states)
{
    sw_value *expanded = SW_ARENA_ARRAY(x->arena, sw_value, states.size);
    for (uint32_t i = 0; i < states.size; i++)
        expanded[i] = expand_state(x, x->machine->top->states[i], sw_value_member(states, i));
    sw_value *items;
    sw_value  all = sw_object_build(x->arena, states.size + x->added_count, &items);
    for (uint32_t i = 0; i < states.size; i++) {
        items[2 * i] = states.items[2 * i];
        items[2 * i + 1] = expanded[i];
    }
    if (x->added_count > 0)
        memcpy(items + 2 * (size_t)states.size, x->added,
               2 * (size_t)x->added_count * sizeof *items);
    return sw_object_index(x->arena, all);
}

static void mark(sw_report *report, sw_value v, const char *field)
{
    sw_place       top = {0}, at = sw_place_member(&top, sw_str_from(field));
    sw_diagnostic *added;
    if (v.type == SW_UNDEFINED)
        return;
    added = sw_report_warning(report, &at, SW_CODE_EXTENSION,
                              "The top-level '%s' is an extension of Stepwell", field);
    added->hint = SW_STR("`stepwell compile` rewrites it into what AWS accepts");
}

bool sw_extensions_expand(const sw_machine *machine, sw_arena *arena, sw_report *report,
                          sw_value *plain)
{
    sw_value  definition = machine->definition;
    expansion x = {.machine = machine,
                   .arena = arena,
                   .report = report,
                   .catch = sw_value_get(definition, SW_STR("Catch")),
                   .retry = sw_value_get(definition, SW_STR("Retry"))};
    if (x.catch.type == SW_UNDEFINED && x.retry.type == SW_UNDEFINED)
        return false;
    mark(report, x.catch, "Catch");
    mark(report, x.retry, "Retry");
    x.cleaning = sw_arena_zalloc(arena, machine->state_count);
    mark_cleaning(&x);
    sw_value states = expand_states(&x, sw_value_get(definition, SW_STR("States")));
    definition = sw_object_with(arena, definition, SW_STR("States"), states);
    *plain = without(arena, without(arena, definition, "Catch"), "Retry");
    return true;
}

void sw_extensions_check(sw_report *report, const sw_diagnostics *found)
{
    sw_place top = {0}, at = sw_place_member(&top, SW_STR("Catch"));
    for (const sw_diagnostic *d = found->first; d != NULL; d = d->next) {
        if (d->severity == SW_SEVERITY_ERROR)
            sw_report_error(report, &at, SW_CODE_EXTENSION,
                            "The rewritten definition is wrong at %.*s: %.*s",
                            SW_STR_ARG(d->location), SW_STR_ARG(d->message));
    }
}
