// test_definition.c: a machine around a single state; shapes of results.

#include "engine/test_definition.h"

// The machine -------------------------------------------------------------------------------------

#define TARGETS_MAX 256u

typedef struct targets {
    sw_str   names[TARGETS_MAX];
    uint32_t count;
} targets;

static void note(targets *t, sw_value name)
{
    if (name.type != SW_STRING || t->count == TARGETS_MAX ||
        sw_str_is(sw_value_str(name), SW_TEST_STATE_NAME))
        return;
    for (uint32_t i = 0; i < t->count; i++) {
        if (sw_str_equal(t->names[i], sw_value_str(name)))
            return;
    }
    t->names[t->count++] = sw_value_str(name);
}

static void note_list(targets *t, sw_value list)
{
    for (uint32_t i = 0; list.type == SW_ARRAY && i < list.size; i++)
        note(t, sw_value_get(list.items[i], SW_STR("Next")));
}

static sw_value succeed_state(sw_arena *arena)
{
    sw_value *items;
    sw_value  state = sw_object_build(arena, 1, &items);
    items[0] = sw_string_plain(SW_STR("Type"));
    items[1] = sw_string_plain(SW_STR("Succeed"));
    return state;
}

static sw_value all_states(const targets *t, sw_value state, sw_arena *arena)
{
    sw_value *items;
    sw_value  states = sw_object_build(arena, t->count + 1, &items);
    items[0] = sw_string_plain(SW_STR(SW_TEST_STATE_NAME));
    items[1] = state;
    for (uint32_t i = 0; i < t->count; i++) {
        items[2 * i + 2] = sw_string(t->names[i]);
        items[2 * i + 3] = succeed_state(arena);
    }
    return states;
}

bool sw_test_wrap_state(sw_str text, sw_arena *arena, sw_str *definition)
{
    sw_value state, *items;
    targets *t = sw_arena_zalloc(arena, sizeof *t);
    if (!sw_json_parse(arena, text, 0, &state, NULL) || state.type != SW_OBJECT)
        return false;
    note(t, sw_value_get(state, SW_STR("Next")));
    note(t, sw_value_get(state, SW_STR("Default")));
    note_list(t, sw_value_get(state, SW_STR("Choices")));
    note_list(t, sw_value_get(state, SW_STR("Catch")));
    sw_value machine = sw_object_build(arena, 2, &items);
    items[0] = sw_string_plain(SW_STR("StartAt"));
    items[1] = sw_string_plain(SW_STR(SW_TEST_STATE_NAME));
    items[2] = sw_string_plain(SW_STR("States"));
    items[3] = all_states(t, state, arena);
    *definition = sw_json_print(arena, machine);
    return true;
}

// Results -----------------------------------------------------------------------------------------

// A member of what an optimized integration gives. path: names, with [] behind a list; the last one
// is checked.
typedef struct shape_row {
    const char *resource; // type:action
    const char *path;
    sw_type     type;
    bool        required;
} shape_row;

static const shape_row shapes[] = {
#define SHAPE(resource, path, type, required) {resource, path, SW_##type, required},
#include "engine/result_shapes.def"
#undef SHAPE
};

static sw_str describe(sw_arena *arena, const shape_row *row, sw_str name, bool missing)
{
    const char *kinds[] = {[SW_NUMBER] = "a number",
                           [SW_STRING] = "a string",
                           [SW_ARRAY] = "an array",
                           [SW_OBJECT] = "an object",
                           [SW_BOOL] = "a boolean"};
    if (missing)
        return sw_str_format(
            arena, "Mock result schema validation error: Required field '%.*s' is missing",
            SW_STR_ARG(name));
    return sw_str_format(arena, "Mock result schema validation error: Field '%.*s' must be %s",
                         SW_STR_ARG(name), kinds[row->type]);
}

static sw_str check(const shape_row *row, const char *path, sw_value value, bool required,
                    sw_arena *arena)
{
    size_t      bytes = strcspn(path, ".[");
    sw_str      name = {path, bytes};
    const char *rest = path + bytes;
    sw_value    member = sw_value_get(value, name);
    if (value.type != SW_OBJECT)
        return (sw_str){"", 0};
    if (member.type == SW_UNDEFINED || member.type == SW_NULL)
        return required && row->required && *rest == '\0' ? describe(arena, row, name, true)
                                                          : (sw_str){"", 0};
    if (*rest == '\0')
        return member.type == row->type ? (sw_str){"", 0} : describe(arena, row, name, false);
    if (*rest == '.')
        return check(row, rest + 1, member, required, arena);
    for (uint32_t i = 0; member.type == SW_ARRAY && i < member.size; i++) {
        sw_str fault = check(row, rest + strlen("[]."), member.items[i], required, arena);
        if (fault.bytes > 0)
            return fault;
    }
    return (sw_str){"", 0};
}

sw_str sw_test_check_result(const sw_task *task, sw_value result, bool required, bool types,
                            sw_arena *arena)
{
    sw_str resource = sw_str_format(arena, "%.*s:%.*s", SW_STR_ARG(task->resource_type),
                                    SW_STR_ARG(task->resource));
    if (!types || task->kind != SW_RESOURCE_SERVICE)
        return (sw_str){"", 0};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (!sw_str_is(resource, shapes[i].resource))
            continue;
        sw_str fault = check(&shapes[i], shapes[i].path, result, required, arena);
        if (fault.bytes > 0)
            return fault;
    }
    return (sw_str){"", 0};
}
