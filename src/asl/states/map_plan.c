// map_plan.c: what a distributed Map wishes done: its numbers, its reader and its writer, worked
// out when the Map Run starts and kept with that event.
//
// Source    States Language, "Map State"; causes as recorded (map_state_tolerated_failure_...,
//           csv_max_items_paths)

#include "asl/step.h"

#include "json/members.h"

// An absent one is left out.
static bool add_integer(sw_step *step, sw_members *plan, const char *name,
                        const sw_number_field *field)
{
    int64_t number;
    if (!field->set)
        return true;
    if (!sw_map_get_integer(step, field, &number))
        return false;
    sw_members_add(plan, name, sw_number((double)number));
    return true;
}

static bool add_positive(sw_step *step, sw_members *plan, const char *name,
                         const sw_number_field *field)
{
    if (!add_integer(step, plan, name, field))
        return false;
    return !field->set || sw_value_number(plan->items[2 * plan->count - 1]) > 0 ||
           sw_step_fail_runtime(step, "%s must be positive.", name);
}

static bool add_tolerance(sw_step *step, sw_members *plan)
{
    sw_value count, percentage;
    if (!sw_map_get_tolerance(step, &count, &percentage))
        return false;
    sw_members_add(plan, "ToleratedFailureCount", count);
    sw_members_add(plan, "ToleratedFailurePercentage", percentage);
    return true;
}

static bool add_template(sw_step *step, sw_members *plan, const char *name,
                         const sw_template *template)
{
    sw_value value = sw_undefined();
    if (template != NULL && !sw_template_evaluate(step, template, &value))
        return false;
    sw_members_add(plan, name, value);
    return true;
}

// An ItemReader or ResultWriter with its arguments worked out.
static bool add_service(sw_step *step, sw_members *plan, const char *name, sw_value written,
                        const sw_template *arguments, const char *config)
{
    sw_members service = sw_members_begin(step->arena, 3);
    if (written.type == SW_UNDEFINED)
        return true;
    sw_members_add(&service, "Resource", sw_value_get(written, SW_STR("Resource")));
    if (!add_template(step, &service, "Arguments", arguments))
        return false;
    sw_members_add(&service, config, sw_value_get(written, sw_str_from(config)));
    sw_members_add(plan, name, sw_members_end(&service));
    return true;
}

bool sw_map_get_plan(sw_step *step, uint32_t concurrency, sw_value *result)
{
    const sw_map *map = &step->state->map;
    sw_members    plan = sw_members_begin(step->arena, 10);
    sw_members_add(&plan, "MaxConcurrency", sw_number(concurrency));
    bool ok = add_tolerance(step, &plan) && add_integer(step, &plan, "MaxItems", &map->max_items) &&
              add_positive(step, &plan, "MaxItemsPerBatch", &map->max_items_per_batch) &&
              add_positive(step, &plan, "MaxInputBytesPerBatch", &map->max_input_bytes_per_batch) &&
              add_template(step, &plan, "BatchInput", map->batch_input) &&
              add_service(step, &plan, "ItemReader", map->item_reader, map->reader_arguments,
                          "ReaderConfig") &&
              add_service(step, &plan, "ResultWriter", map->result_writer, map->writer_arguments,
                          "WriterConfig");
    *result = sw_members_end(&plan);
    return ok;
}
