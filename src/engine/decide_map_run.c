// decide_map_run.c: a distributed Map: its iterations are executions of their own, which the caller
// starts and watches.
//
//   MapStateStarted -> what the state wishes is worked out -> MapRunStarted, START_MAP_RUN
//        the caller reads the items, if there is a reader  -> MapItemsRead (private), START_MAP_RUN
//        the caller asks for children, one by one          -> START_CHILD
//        the caller knows how it ended                     -> MapRunSucceeded or MapRunFailed
//
// The frame is in SW_PHASE_STARTED like that of a task: parameters are the plan, role is the ARN,
// attempt the id of MapRunStarted, submitted says that the items are there.
//
// aws: recorded (map_state_config_distributed_..., map_item_reader_...); history.md, section 5

#include "engine/engine.h"

#include "base/assert.h"
#include "base/hash.h"
#include "json/members.h"

// Starting ----------------------------------------------------------------------------------------

// A Map without a label has one of its own for ever.
static sw_str make_label(const sw_execution *x, const sw_state *state, sw_arena *arena)
{
    char      text[37];
    sw_chance chance;
    if (state->map.label.bytes > 0)
        return state->map.label;
    sw_chance_seed(&chance, sw_hash_text(x->options.machine_name), sw_hash_text(state->name));
    sw_chance_uuid(&chance, text);
    return sw_str_copy(arena, (sw_str){text, 36});
}

// arn:aws:states:REGION:ACCOUNT:stateMachine:NAME... -> arn:...:mapRun:NAME/LABEL:UUID
static sw_str make_arn(sw_execution *x, sw_str label)
{
    char        uuid[37];
    sw_str      machine = x->options.machine_id;
    const char *at = machine.bytes == 0 ? NULL : strstr(machine.text, ":stateMachine:");
    if (x->options.make_map_run != NULL)
        return x->options.make_map_run(x->options.who, x, label, &x->arena);
    sw_chance_uuid(&x->chance, uuid);
    return sw_str_format(&x->arena, "%.*s:mapRun:%.*s/%.*s:%s",
                         at == NULL ? 0 : (int)(at - machine.text), machine.text,
                         SW_STR_ARG(x->options.machine_name), SW_STR_ARG(label), uuid);
}

void sw_decide_map_run_start(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_value       plan;
    sw_step_begin(x, frame, &scope, &step);
    bool ok = sw_step_apply_input_path(&step) &&
              sw_map_get_plan(&step, frame->concurrency, &plan) &&
              (frame->state->map.item_reader.type != SW_UNDEFINED ||
               sw_decide_map_items(x, frame, &step));
    if (!ok) {
        sw_decide_fail(x, frame, &step);
        return;
    }
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_RUN_STARTED, frame);
    event->data = sw_payload_of_value(x, plan);
    event->text = make_arn(x, make_label(x, frame->state, &x->arena)).text;
    sw_record_commit(x, event);
    sw_effect_start(x, frame);
}

// After a replay or a redrive the items are found again: those that were read in their event,
// others in the state's data, which had them when the Map Run started.
void sw_decide_map_run_items(sw_execution *x, sw_frame *frame)
{
    sw_step        step;
    sw_frame_scope scope;
    if (!frame->submitted || frame->items.type != SW_UNDEFINED)
        return;
    sw_step_begin(x, frame, &scope, &step);
    bool ok = sw_step_apply_input_path(&step) && sw_decide_map_items(x, frame, &step);
    SW_ASSERT(ok);
}

void sw_decide_map_run_again(sw_execution *x, sw_frame *frame)
{
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_RUN_REDRIVEN, frame);
    event->text = frame->role;
    event->index = x->redrive_count;
    sw_record_commit(x, event);
    sw_effect_start(x, frame);
    x->effects[x->effect_count - 1].redriven = true;
}

// Children ----------------------------------------------------------------------------------------

typedef struct batch {
    sw_value *items;
    uint32_t  count, most;
    uint64_t  bytes, bytes_max;
} batch;

static uint64_t limit_of(sw_value plan, const char *name, uint64_t otherwise)
{
    int64_t  number;
    sw_value value = sw_value_get(plan, sw_str_from(name));
    return sw_value_integer(value, &number) && number > 0 ? (uint64_t)number : otherwise;
}

// Whether it belongs to the batch; the first one does, whatever its size.
static bool take(batch *b, sw_value item)
{
    uint64_t bytes = sw_value_text_bytes(item) + 1; // and a comma
    if (b->count > 0 && b->bytes + bytes > b->bytes_max)
        return false;
    b->items[b->count++] = item;
    b->bytes += bytes;
    return true;
}

static bool make_item(sw_execution *x, sw_step *step, sw_frame_scope *scope, uint32_t index,
                      sw_value *item)
{
    scope->item_index = index;
    scope->item = sw_value_at(scope->frame->items, index);
    sw_chance_seed(&x->chance, x->options.seed ^ index, scope->frame->started);
    return sw_map_get_item_input(step, scope->item, item);
}

static sw_value wrap(sw_execution *x, sw_value plan, sw_value items)
{
    sw_members input = sw_members_begin(&x->arena, 2);
    sw_members_add(&input, "BatchInput", sw_value_get(plan, SW_STR("BatchInput")));
    sw_members_add(&input, "Items", items);
    return sw_members_end(&input);
}

// docs: input-output-itembatcher; the bytes are of the whole input of a child.
static bool fill(sw_execution *x, sw_step *step, sw_frame_scope *scope, uint32_t first, batch *b)
{
    const sw_frame *frame = scope->frame;
    for (uint32_t i = first; i < frame->items.size && b->count < b->most; i++) {
        sw_value item;
        if (!make_item(x, step, scope, i, &item))
            return false;
        if (!take(b, item))
            break;
    }
    return true;
}

// The input of the child that begins with that item, and how many items it takes.
static bool child_input(sw_execution *x, sw_frame *frame, sw_step *step, sw_frame_scope *scope,
                        uint32_t first, uint32_t *count, sw_value *input)
{
    sw_value plan = sw_payload_value(frame->parameters);
    batch    b = {.bytes_max = limit_of(plan, "MaxInputBytesPerBatch", UINT64_MAX)};
    uint32_t left = frame->items.size - first;
    *count = 1;
    if (frame->state->map.item_batcher.type == SW_UNDEFINED)
        return make_item(x, step, scope, first, input);
    uint64_t most = limit_of(plan, "MaxItemsPerBatch", left);
    b.most = most < left ? (uint32_t)most : left;
    b.bytes = sw_value_text_bytes(wrap(x, plan, sw_array_build(&x->arena, 0, &b.items)));
    sw_value array = sw_array_build(&x->arena, b.most, &b.items);
    if (!fill(x, step, scope, first, &b))
        return false;
    array.size = *count = b.count;
    *input = wrap(x, plan, array);
    return true;
}

// What has been started is given up.
static void fail_run(sw_execution *x, sw_frame *frame, const sw_step *step)
{
    sw_effect_cancel(x, frame);
    sw_decide_fail(x, frame, step);
}

static void start_child(sw_execution *x, sw_frame *frame, uint32_t first)
{
    sw_step        step;
    sw_frame_scope scope;
    sw_value       input;
    uint32_t       count;
    sw_step_begin(x, frame, &scope, &step);
    if (!frame->submitted || first >= frame->items.size)
        return;
    if (sw_step_apply_input_path(&step) &&
        child_input(x, frame, &step, &scope, first, &count, &input))
        sw_effect_start_child(x, frame, first, count, sw_payload_of_value(x, input));
    else
        fail_run(x, frame, &step);
}

// Reports -----------------------------------------------------------------------------------------

static void fail_reading(sw_execution *x, sw_frame *frame, sw_str cause)
{
    sw_record_failure(x, SW_EVENT_MAP_RUN_FAILED, frame,
                      &(sw_failure){.has_error = true,
                                    .has_cause = true,
                                    .error = SW_STR("States.ItemReaderFailed"),
                                    .cause = cause});
}

static void items_read(sw_execution *x, sw_frame *frame, sw_str text)
{
    sw_error err;
    sw_value items;
    if (frame->submitted)
        return;
    text = sw_str_copy(&x->arena, text);
    if (!sw_json_parse(&x->arena, text, 0, &items, &err)) {
        fail_reading(x, frame, sw_str_copy(&x->arena, sw_str_from(err.message)));
        return;
    }
    if (items.type != SW_ARRAY) { // aws: recorded, map_item_reader_json_no_json_list_object
        fail_reading(x, frame, SW_STR("Attempting to map over non-iterable node."));
        return;
    }
    sw_payload *payload = (sw_payload *)(uintptr_t)sw_payload_of_text(x, text);
    payload->value = items; // parsed once: there may be many
    sw_event *event = sw_record_new(x, SW_EVENT_MAP_ITEMS_READ, frame);
    event->data = payload;
    sw_record_commit(x, event);
    sw_effect_start(x, frame);
}

void sw_decide_map_run_happened(sw_execution *x, sw_frame *frame, const sw_happening *happening)
{
    if (happening->kind != SW_HAPPENED_MAP_NEXT && sw_decide_limit(x))
        return;
    switch (happening->kind) {
    case SW_HAPPENED_MAP_NEXT:
        start_child(x, frame, happening->first);
        return;
    case SW_HAPPENED_TASK_SUBMITTED:
        items_read(x, frame, happening->output);
        return;
    case SW_HAPPENED_TASK_SUCCEEDED:
        sw_decide_output(x, frame,
                         &(sw_output){.type = SW_EVENT_MAP_RUN_SUCCEEDED,
                                      .failed = SW_EVENT_MAP_RUN_FAILED,
                                      .label = frame->state->name,
                                      .text = happening->output});
        return;
    case SW_HAPPENED_TASK_FAILED:
        sw_record_failure(x, SW_EVENT_MAP_RUN_FAILED, frame,
                          sw_failure_copy(x, &happening->failure));
        return;
    case SW_HAPPENED_START:
    case SW_HAPPENED_RESUME:
    case SW_HAPPENED_TIME_PASSED:
    case SW_HAPPENED_TASK_STARTED:
    case SW_HAPPENED_TASK_HEARTBEAT:
    case SW_HAPPENED_STOP:
    case SW_HAPPENED_REDRIVE:
        return; // nothing that a Map Run is told
    }
}
