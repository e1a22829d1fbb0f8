// history.c: an event as GetExecutionHistory shows it.
//
// What is absent is left out, never null or empty. Source: history.md of the reference, from
// recorded answers.

#include "engine/engine.h"

#include "json/members.h"

static const struct {
    const char *name, *details;
} event_info[] = {
#define EVENT(id, name, details) [SW_EVENT_##id] = {name, details},
#include "stepwell/history.def"
#undef EVENT
};

const char *sw_event_type_name(sw_event_type type)
{
    return event_info[type].name;
}

// Building ----------------------------------------------------------------------------------------

static void add_text(sw_members *o, const char *key, sw_str text)
{
    if (text.bytes > 0)
        sw_members_add(o, key, sw_string(text));
}

static void add_seconds(sw_members *o, const char *key, int64_t seconds)
{
    if (seconds > 0)
        sw_members_add(o, key, sw_number((double)seconds));
}

static void add_not_truncated(sw_members *o, const char *key)
{
    sw_members truncated = sw_members_begin(o->arena, 1);
    sw_members_add(&truncated, "truncated", sw_bool(false));
    sw_members_add(o, key, sw_members_end(&truncated));
}

static void add_data(sw_members *o, const char *key, const char *details_key, const sw_event *event,
                     bool include_data)
{
    if (!include_data || event->data == NULL)
        return;
    sw_members_add(o, key, sw_string(sw_payload_text(event->data)));
    add_not_truncated(o, details_key);
}

static void add_failure(sw_members *o, const sw_failure *failure)
{
    if (failure != NULL && failure->has_error)
        sw_members_add(o, "error", sw_string(failure->error));
    if (failure != NULL && failure->has_cause)
        sw_members_add(o, "cause", sw_string(failure->cause));
}

// One kind of details each ------------------------------------------------------------------------

static void add_assigned(sw_members *o, const sw_event *event)
{
    if (event->assigned.type != SW_OBJECT || event->assigned.size == 0)
        return;
    sw_value *items;
    sw_value  texts = sw_object_build(o->arena, event->assigned.size, &items);
    for (uint32_t i = 0; i < event->assigned.size; i++) {
        items[2 * i] = event->assigned.items[2 * i];
        items[2 * i + 1] = sw_string(sw_json_print(o->arena, sw_value_member(event->assigned, i)));
    }
    sw_members_add(o, "assignedVariables", sw_object_index(o->arena, texts));
    add_not_truncated(o, "assignedVariablesDetails");
}

static sw_str state_name(const sw_history_view *view, const sw_event *event)
{
    return view->machine->states[event->state]->name;
}

static void add_resource(sw_members *o, const sw_history_view *view, const sw_event *event)
{
    const sw_task *task = &view->machine->states[event->state]->task;
    if (task->kind != SW_RESOURCE_SERVICE)
        return;
    sw_members_add(o, "resourceType", sw_string(task->resource_type));
    sw_members_add(o, "resource", sw_string(task->resource));
}

static void add_scheduled(sw_members *o, const sw_history_view *view, const sw_event *event,
                          bool include_data)
{
    const sw_task *task = &view->machine->states[event->state]->task;
    if (event->type == SW_EVENT_TASK_SCHEDULED) {
        add_resource(o, view, event);
        sw_members_add(o, "region", sw_string(view->region));
        sw_members_add(o, "parameters",
                       sw_string(include_data ? sw_payload_text(event->data) : SW_STR("")));
    } else {
        sw_members_add(o, "resource", sw_string(task->arn));
        add_data(o, "input", "inputDetails", event, include_data);
    }
    add_seconds(o, "timeoutInSeconds", event->timeout_s);
    add_seconds(o, "heartbeatInSeconds", event->heartbeat_s);
    if (event->text != NULL && event->type != SW_EVENT_ACTIVITY_SCHEDULED) {
        sw_members credentials = sw_members_begin(o->arena, 1);
        sw_members_add(&credentials, "roleArn", sw_string(sw_str_from(event->text)));
        sw_members_add(o, "taskCredentials", sw_members_end(&credentials));
    }
}

static void add_started(sw_members *o, const sw_history_view *view, const sw_event *event,
                        bool include_data)
{
    add_data(o, "input", "inputDetails", event, include_data);
    add_text(o, "roleArn", view->role_arn);
    add_text(o, "stateMachineAliasArn", view->alias_arn);
    add_text(o, "stateMachineVersionArn", view->version_arn);
}

static void add_iteration(sw_members *o, const sw_history_view *view, const sw_event *event)
{
    // The record of an iteration's end belongs to the iteration's frame; its Map is the state
    // around it.
    const sw_state *state = view->machine->states[event->state];
    if (event->type != SW_EVENT_MAP_ITERATION_STARTED)
        state = state->owner->parent;
    sw_members_add(o, "name", sw_string(state->name));
    sw_members_add(o, "index", sw_number(event->index));
}

static void add_evaluation_failed(sw_members *o, const sw_history_view *view, const sw_event *event)
{
    add_failure(o, event->failure);
    if (event->text != NULL)
        sw_members_add(o, "location", sw_string(sw_str_from(event->text)));
    sw_members_add(o, "state", sw_string(state_name(view, event)));
}

static void add_exited(sw_members *o, const sw_history_view *view, const sw_event *event,
                       bool include_data)
{
    sw_members_add(o, "name", sw_string(state_name(view, event)));
    add_data(o, "output", "outputDetails", event, include_data);
    if (include_data)
        add_assigned(o, event);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Which members the details of this type have follows from its details' name.
static void add_details(sw_members *o, const sw_history_view *view, const sw_event *event,
                        bool include_data)
{
    const char *details = event_info[event->type].details;
    if (strcmp(details, "stateEnteredEventDetails") == 0) {
        sw_members_add(o, "name", sw_string(state_name(view, event)));
        add_data(o, "input", "inputDetails", event, include_data);
    } else if (strcmp(details, "stateExitedEventDetails") == 0) {
        add_exited(o, view, event, include_data);
    } else if (event->type == SW_EVENT_EXECUTION_STARTED) {
        add_started(o, view, event, include_data);
    } else if (strstr(details, "ScheduledEventDetails") != NULL) {
        add_scheduled(o, view, event, include_data);
    } else if (event->type == SW_EVENT_EXECUTION_REDRIVEN) {
        sw_members_add(o, "redriveCount", sw_number(event->index));
    } else if (event->type == SW_EVENT_MAP_STATE_STARTED) {
        sw_members_add(o, "length", sw_number(event->index));
    } else if (has_prefix(details, "mapIteration")) {
        add_iteration(o, view, event);
    } else if (event->type == SW_EVENT_MAP_RUN_STARTED ||
               event->type == SW_EVENT_MAP_RUN_REDRIVEN) {
        add_text(o, "mapRunArn", sw_str_from(event->text));
        if (event->type == SW_EVENT_MAP_RUN_REDRIVEN)
            sw_members_add(o, "redriveCount", sw_number(event->index));
    } else if (event->type == SW_EVENT_EVALUATION_FAILED) {
        add_evaluation_failed(o, view, event);
    } else {
        if (has_prefix(details, "task"))
            add_resource(o, view, event);
        if (event->type == SW_EVENT_ACTIVITY_STARTED && event->text != NULL)
            sw_members_add(o, "workerName", sw_string(sw_str_from(event->text)));
        add_data(o, "output", "outputDetails", event, include_data);
        add_failure(o, event->failure);
    }
}

sw_value sw_event_print(const sw_history_view *view, const sw_event *event, bool include_data,
                        sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 10);
    char      *seconds = sw_arena_alloc(arena, 40);
    size_t     length = sw_number_print((double)event->timestamp_ms / 1000.0, seconds);
    sw_members_add(&o, "timestamp",
                   (sw_value){.type = SW_NUMBER,
                              .flags = SW_VALUE_SPELLED,
                              .size = (uint32_t)length,
                              .text = seconds});
    sw_members_add(&o, "type", sw_string_plain(sw_str_from(event_info[event->type].name)));
    sw_members_add(&o, "id", sw_number(event->id));
    sw_members_add(&o, "previousEventId", sw_number(event->previous));
    if (event_info[event->type].details != NULL) {
        sw_members details = sw_members_begin(arena, 10);
        add_details(&details, view, event, include_data);
        sw_members_add(&o, event_info[event->type].details, sw_members_end(&details));
    }
    return sw_members_end(&o);
}

sw_value sw_event_to_json(const sw_execution *execution, const sw_event *event, bool include_data,
                          sw_arena *arena)
{
    const sw_execution_options *options = &execution->options;
    sw_history_view             view = {.machine = execution->machine,
                                        .role_arn = options->role_arn,
                                        .region = options->region,
                                        .version_arn = options->version_arn,
                                        .alias_arn = options->alias_arn};
    return sw_event_print(&view, event, include_data, arena);
}
