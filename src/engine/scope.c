// scope.c: what the expressions of a frame's state see: input, variables, context object.

#include "engine/engine.h"

#include "base/time.h"
#include "json/members.h"
#include "json/value.h"

// Variables: a scope is a States object; inner ones see those around them. spec: "Variable Scope".
static sw_value find_further_out(const sw_frame_scope *own, sw_str name)
{
    const sw_frame *frame = own->frame;
    sw_value        value = sw_undefined();
    while (value.type == SW_UNDEFINED && frame->parent != SW_NO_FRAME) {
        frame = sw_frame_get(own->execution, frame->parent);
        value = sw_value_get(frame->variables, name);
    }
    return value;
}

static sw_value find_variable(const sw_scope *scope, sw_str name)
{
    const sw_frame_scope *own = scope->owner;
    sw_value              value = sw_member_get(own->frame->variables, name);
    return value.type != SW_UNDEFINED ? value : find_further_out(own, name);
}

// The context object ------------------------------------------------------------------------------

static sw_value time_value(sw_arena *arena, int64_t ms)
{
    char text[32];
    return sw_string_plain(sw_str_copy(arena, (sw_str){text, sw_time_print(ms, text)}));
}

static sw_value execution_part(const sw_execution *x, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 8);
    sw_members_add(&o, "Id", sw_string(x->options.id));
    sw_members_add(&o, "Input", sw_payload_value(x->input));
    sw_members_add(&o, "StartTime", time_value(arena, x->started_ms));
    sw_members_add(&o, "Name", sw_string(x->options.name));
    sw_members_add(&o, "RoleArn", sw_string(x->options.role_arn));
    sw_members_add(&o, "RedriveCount", sw_number(x->redrive_count));
    if (x->redrive_count > 0)
        sw_members_add(&o, "RedriveTime", time_value(arena, x->redriven_ms));
    return sw_members_end(&o);
}

static sw_value machine_part(const sw_execution *x, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 8);
    sw_members_add(&o, "Id", sw_string(x->options.machine_id));
    sw_members_add(&o, "Name", sw_string(x->options.machine_name));
    return sw_members_end(&o);
}

static sw_value state_part(const sw_frame *frame, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 8);
    sw_members_add(&o, "Name", sw_string(frame->state->name));
    sw_members_add(&o, "EnteredTime", time_value(arena, frame->entered_ms));
    if (frame->state->type == SW_STATE_TASK)
        sw_members_add(&o, "RetryCount", sw_number(frame->attempts));
    return sw_members_end(&o);
}

static sw_value task_part(sw_execution *x, const sw_frame *frame, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 8);
    sw_members_add(&o, "Token", sw_string(sw_frame_get_token(x, frame, x->event_count + 1)));
    return sw_members_end(&o);
}

static sw_value map_part(const sw_frame_scope *scope, sw_arena *arena)
{
    sw_members item = sw_members_begin(arena, 2), map = sw_members_begin(arena, 1);
    sw_members_add(&item, "Index", sw_number(scope->item_index));
    sw_members_add(&item, "Value", scope->item);
    sw_members_add(&map, "Item", sw_members_end(&item));
    return sw_members_end(&map);
}

// docs: "Context object"; order of the members as recorded.
static sw_value make_context(const sw_scope *scope, sw_arena *arena)
{
    const sw_frame_scope *own = scope->owner;
    sw_members            o = sw_members_begin(arena, 8);
    sw_members_add(&o, "Execution", execution_part(own->execution, arena));
    sw_members_add(&o, "StateMachine", machine_part(own->execution, arena));
    sw_members_add(&o, "State", state_part(own->frame, arena));
    if (sw_state_has_token(own->frame->state))
        sw_members_add(&o, "Task", task_part(own->execution, own->frame, arena));
    if (own->item.type != SW_UNDEFINED)
        sw_members_add(&o, "Map", map_part(own, arena));
    return sw_members_end(&o);
}

sw_str sw_frame_get_token(sw_execution *x, const sw_frame *frame, uint32_t attempt)
{
    if (x->options.make_token != NULL)
        return x->options.make_token(x->options.who, x, frame->id, attempt, &x->arena);
    return sw_str_format(&x->arena, "%.*s.%u.%u", SW_STR_ARG(x->options.name), frame->id, attempt);
}

// Chance is drawn from the execution's seed and the number of the event to come, so a replay draws
// the same.
void sw_step_begin(sw_execution *x, sw_frame *frame, sw_frame_scope *scope, sw_step *step)
{
    sw_value input = sw_payload_value(frame->input);
    *scope = (sw_frame_scope){.execution = x, .frame = frame};
    sw_chance_seed(&x->chance, x->options.seed, x->event_count + 1);
    *step = (sw_step){.state = frame->state,
                      .arena = &x->arena,
                      .scratch = &x->scratch,
                      .scope = {.input = input,
                                .context = make_context,
                                .variable = find_variable,
                                .owner = scope,
                                .chance = &x->chance,
                                .now_ms = x->now_ms},
                      .input = input,
                      .entered_event = frame->entered_event};
}
