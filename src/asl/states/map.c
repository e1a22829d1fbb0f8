// map.c: what a Map state iterates over, and how many at a time. Texts as recorded (map_state, base
// scenarios).

#include "asl/step.h"

#include <math.h>

static bool fail_items(sw_step *step, sw_value items)
{
    const sw_map *map = &step->state->map;
    if (step->state->language == SW_LANGUAGE_JSONPATH) {
        // aws: recorded without the usual beginning, and with `$` for the context object's `$$`.
        bool   chosen = map->items_path.set && !map->items_path.null;
        sw_str path = chosen ? sw_jsonpath_get_text(map->items_path.path) : SW_STR("$");
        size_t skipped = path.bytes > 1 && path.text[1] == '$';
        return sw_step_fail(step, "States.Runtime",
                            sw_str_format(step->arena,
                                          "Reference path \"%.*s\" must point to array.",
                                          (int)(path.bytes - skipped), path.text + skipped));
    }
    if (map->items != NULL)
        return sw_step_fail_type(step, map->items, "array", items);
    sw_str shown = sw_json_print(step->scratch, items);
    return sw_step_fail_evaluation(
        step, (sw_str){0}, "Map state input must be an array but was: %.*s", SW_STR_ARG(shown));
}

bool sw_map_get_items(sw_step *step, sw_value *items)
{
    const sw_map *map = &step->state->map;
    *items = step->scope.input;
    if (map->items != NULL) {
        if (!sw_template_evaluate(step, map->items, items))
            return false;
    } else if (map->items_path.set && !map->items_path.null &&
               !sw_step_need_path(step, map->items_path.path, items)) {
        return false;
    }
    return items->type == SW_ARRAY || fail_items(step, *items);
}

static bool fail_number(sw_step *step, const sw_number_field *field, const char *kind,
                        sw_value value)
{
    if (field->expression != NULL)
        return sw_step_fail_type(step, field->expression, "number", value);
    sw_str shown =
        value.type == SW_STRING ? sw_value_str(value) : sw_json_print(step->scratch, value);
    return sw_step_fail_runtime(
        step, "The %.*s field refers to value \"%.*s\" which is not a valid %s: %.*s",
        SW_STR_ARG(field->field), SW_STR_ARG(shown), kind, SW_STR_ARG(field->text));
}

// aws: a path may lead to a number written as text (recorded,
// MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH).
static sw_value unquote(sw_step *step, const sw_number_field *field, sw_value value)
{
    sw_value number;
    if (field->path != NULL && value.type == SW_STRING &&
        sw_json_parse(step->arena, sw_value_str(value), 0, &number, NULL) &&
        number.type == SW_NUMBER)
        return number;
    return value;
}

bool sw_map_get_integer(sw_step *step, const sw_number_field *field, int64_t *number)
{
    sw_value value;
    if (!sw_number_evaluate(step, field, &value))
        return false;
    return sw_value_integer(unquote(step, field, value), number) ||
           fail_number(step, field, "integer", value);
}

bool sw_map_get_concurrency(sw_step *step, uint32_t *concurrency)
{
    const sw_number_field *field = &step->state->map.max_concurrency;
    bool                   distributed = sw_map_is_distributed(&step->state->map);
    uint32_t               most = distributed ? UINT32_MAX : SW_MAP_CONCURRENCY_MAX;
    int64_t                wanted = 0;
    *concurrency = distributed ? 0 : SW_MAP_CONCURRENCY_MAX;
    if (!field->set)
        return true;
    if (!sw_map_get_integer(step, field, &wanted))
        return false;
    if (wanted < 0) // AWS hangs here for ever
        return sw_step_fail_runtime(step, "MaxConcurrency cannot be negative.");
    if (wanted > 0 && wanted < most)
        *concurrency = (uint32_t)wanted;
    return true;
}

static bool get_count(sw_step *step, sw_value *result)
{
    const sw_number_field *field = &step->state->map.tolerated_failure_count;
    int64_t                count;
    *result = sw_undefined();
    if (!field->set)
        return true;
    if (!sw_map_get_integer(step, field, &count))
        return false;
    *result = sw_number((double)count);
    return count >= 0 || sw_step_fail_runtime(step, "ToleratedFailureCount cannot be negative.");
}

static bool get_percentage(sw_step *step, sw_value *result)
{
    const sw_number_field *field = &step->state->map.tolerated_failure_percentage;
    sw_value               value;
    *result = sw_undefined();
    if (!field->set)
        return true;
    if (!sw_number_evaluate(step, field, &value))
        return false;
    *result = unquote(step, field, value);
    if (result->type != SW_NUMBER)
        return fail_number(step, field, "float", value);
    double percentage = sw_value_number(*result);
    return (percentage >= 0 && percentage <= 100) ||
           sw_step_fail_runtime(step, "ToleratedFailurePercentage must be between 0 and 100.");
}

bool sw_map_get_tolerance(sw_step *step, sw_value *count, sw_value *percentage)
{
    return get_count(step, count) && get_percentage(step, percentage);
}

bool sw_map_get_item_input(sw_step *step, sw_value item, sw_value *input)
{
    *input = item;
    return step->state->map.item_selector == NULL ||
           sw_template_evaluate(step, step->state->map.item_selector, input);
}
