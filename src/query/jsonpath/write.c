// write.c: putting a value at a Reference Path: ResultPath.
//
// Only the containers on the way are copied, and of those only the row of items; all else is
// shared. spec: objects on the way are made where a member is missing; an index must be there
// already, and what is no container cannot be stepped into: that is States.ResultPathMatchFailure.

#include "query/jsonpath/path.h"

typedef struct writing {
    sw_arena   *arena;
    const step *end;
    sw_value    value;
} writing;

static bool can_step(const step *s, sw_value v)
{
    if (s->kind == STEP_NAME)
        return v.type == SW_OBJECT;
    return v.type == SW_ARRAY && s->index >= 0 && (uint32_t)s->index < v.size;
}

// Whether all steps can be taken; behind the first member that has to be made only names can
// follow.
static bool can_write(const sw_jsonpath *path, sw_value v)
{
    bool made = false;
    for (uint32_t i = 0; i < path->step_count; i++) {
        const step *s = &path->steps[i];
        if (made ? s->kind != STEP_NAME : !can_step(s, v))
            return false;
        if (made)
            continue;
        v = s->kind == STEP_NAME ? sw_value_get(v, s->name) : v.items[s->index];
        made = v.type == SW_UNDEFINED;
    }
    return true;
}

static sw_value with_item(sw_arena *arena, sw_value array, int32_t index, sw_value item)
{
    sw_value *items, copy = sw_array_build(arena, array.size, &items);
    memcpy(items, array.items, array.size * sizeof *items);
    items[index] = item;
    return copy;
}

static sw_value empty_object(sw_arena *arena)
{
    sw_value *items;
    return sw_object_build(arena, 0, &items);
}

static sw_value put(const writing *w, const step *s, sw_value v)
{
    if (s == w->end)
        return w->value;
    if (s->kind == STEP_INDEX)
        return with_item(w->arena, v, s->index, put(w, s + 1, v.items[s->index]));
    if (v.type == SW_UNDEFINED)
        v = empty_object(w->arena);
    return sw_object_with(w->arena, v, s->name, put(w, s + 1, sw_value_get(v, s->name)));
}

bool sw_jsonpath_write(const sw_jsonpath *path, sw_value root, sw_value value, sw_arena *arena,
                       sw_value *result, sw_error *err)
{
    if (path->plain && path->step_count == 1 && path->steps->kind == STEP_NAME &&
        root.type == SW_OBJECT) { // nearly always
        *result = sw_object_with(arena, root, path->steps->name, value);
        return true;
    }
    if (!path->plain)
        return sw_fail(err, SW_ERROR_EVALUATION, "%.100s is not a Reference Path", path->text.text);
    if (!can_write(path, root)) {
        sw_str text = err != NULL ? sw_json_print(arena, root) : SW_STR("");
        int    shown = text.bytes < 160 ? (int)text.bytes : 160;
        return sw_fail(err, SW_ERROR_EVALUATION, "Unable to apply ReferencePath %s to input %.*s",
                       path->text.text, shown, text.text);
    }
    writing w = {arena, path->steps + path->step_count, value};
    *result = put(&w, path->steps, root);
    return true;
}
