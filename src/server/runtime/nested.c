// nested.c: states:startExecution: an execution that is a task of another one.
//
// The child knows its parent's attempt. Its name is the parent's choice or follows from the
// attempt, so that a start repeated after a crash meets the child that it started before. What the
// parent is told:
//
//   request-response       {ExecutionArn, StartDate, Sdk...}      succeeded
//   .waitForTaskToken      the same                               submitted
//   .sync, .sync:2         the same, submitted; at the end the description of the child, in
//   PascalCase

#include "server/runtime/internal.h"

#include "base/chance.h"
#include "server/arn.h"
#include "server/seed.h"

// The parent's reports ----------------------------------------------------------------------------

static void tell(sw_round *round, const sw_parent_link *parent, sw_happening happening)
{
    sw_deed *deed = sw_round_add(round, SW_DEED_TELL_PARENT);
    deed->attempt = (sw_attempt){parent->execution, {parent->frame, parent->attempt}};
    happening.task = deed->attempt.task;
    deed->happening = happening;
}

static sw_value headers(sw_arena *arena, sw_value request_id, size_t bytes, bool lists)
{
    const char *names[] = {"x-amzn-RequestId", "connection", "Content-Length", "Content-Type"};
    sw_value    values[] = {request_id, sw_string_plain(SW_STR("keep-alive")),
                            sw_string(sw_str_format(arena, "%zu", bytes)),
                            sw_string_plain(SW_STR("application/x-amz-json-1.0"))};
    sw_answer   answer = sw_answer_begin(arena);
    for (size_t i = 0; i < 4; i++) {
        sw_value *items, value = values[i];
        if (lists) {
            value = sw_array_build(arena, 1, &items);
            items[0] = values[i];
        }
        sw_answer_add(&answer, names[i], value);
    }
    return sw_answer_end(&answer);
}

static void add_metadata(sw_answer *answer, size_t bytes)
{
    char      text[37];
    sw_chance chance;
    sw_arena *arena = answer->arena;
    sw_chance_seed(&chance, sw_seed_draw(), 0);
    sw_chance_uuid(&chance, text);
    sw_value  id = sw_string_plain(sw_str_copy(arena, (sw_str){text, 36}));
    sw_answer http = sw_answer_begin(arena), response = sw_answer_begin(arena);
    sw_answer_add(&http, "AllHttpHeaders", headers(arena, id, bytes, true));
    sw_answer_add(&http, "HttpHeaders", headers(arena, id, bytes, false));
    sw_answer_add(&http, "HttpStatusCode", sw_number(200));
    sw_answer_add(&response, "RequestId", id);
    sw_answer_add(answer, "SdkHttpMetadata", sw_answer_end(&http));
    sw_answer_add(answer, "SdkResponseMetadata", sw_answer_end(&response));
}

// aws: recorded; an optimized integration shows dates in milliseconds.
static sw_str started_text(sw_round *round, sw_str arn, int64_t start_ms)
{
    sw_answer answer = sw_answer_begin(&round->batch->arena);
    sw_answer_text(&answer, "ExecutionArn", sw_round_copy(round, arn));
    add_metadata(&answer, arn.bytes + 60);
    sw_answer_add(&answer, "StartDate", sw_number((double)start_ms));
    return sw_json_print(&round->batch->arena, sw_answer_end(&answer));
}

static sw_happening_kind first_answer(const sw_start *start)
{
    bool waits = start->parent.mode != 0 || start->waits_for_token;
    return waits ? SW_HAPPENED_TASK_SUBMITTED : SW_HAPPENED_TASK_SUCCEEDED;
}

void sw_nested_started(sw_round *round, sw_run *child, const sw_start *start)
{
    tell(round, &child->row.parent,
         (sw_happening){.kind = first_answer(start),
                        .output = started_text(round, child->arn, child->row.start_ms)});
}

static sw_value text_or_json(sw_arena *arena, sw_str text, bool json)
{
    sw_value value;
    if (json && sw_json_parse(arena, text, 0, &value, NULL))
        return value;
    return sw_string(text);
}

static sw_value included(sw_arena *arena)
{
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_add(&answer, "Included", sw_bool(true));
    return sw_answer_end(&answer);
}

// DescribeExecution of the child. aws: recorded; a failed one has no redrive members.
static sw_str description(sw_round *round, const sw_execution_row *row, sw_str arn,
                          sw_str machine_arn)
{
    sw_arena *arena = &round->batch->arena;
    bool      json = row->parent.mode == 2, succeeded = row->status == SW_SUCCEEDED;
    sw_answer answer = sw_answer_begin(arena);
    if (row->has_cause)
        sw_answer_text(&answer, "Cause", row->cause);
    if (row->has_error)
        sw_answer_text(&answer, "Error", row->error);
    sw_answer_text(&answer, "ExecutionArn", arn);
    sw_answer_add(&answer, "Input", text_or_json(arena, row->input, json));
    sw_answer_add(&answer, "InputDetails", included(arena));
    sw_answer_text(&answer, "Name", row->name);
    if (succeeded) {
        sw_answer_add(&answer, "Output", text_or_json(arena, row->output, json));
        sw_answer_add(&answer, "OutputDetails", included(arena));
        sw_answer_add(&answer, "RedriveCount", sw_number(row->redrive_count));
        sw_answer_text(&answer, "RedriveStatus", SW_STR("NOT_REDRIVABLE"));
        sw_answer_text(&answer, "RedriveStatusReason",
                       SW_STR("Execution is SUCCEEDED and cannot be redriven"));
    }
    sw_answer_add(&answer, "StartDate", sw_number((double)row->start_ms));
    sw_answer_text(&answer, "StateMachineArn", machine_arn);
    sw_answer_text(&answer, "Status", sw_str_from(sw_status_name((sw_status)row->status)));
    sw_answer_add(&answer, "StopDate", sw_number((double)row->stop_ms));
    return sw_json_print(arena, sw_answer_end(&answer));
}

static void tell_end(sw_round *round, const sw_execution_row *row, sw_str arn, sw_str machine_arn)
{
    sw_str       text = description(round, row, arn, machine_arn);
    sw_happening happening = {.kind = SW_HAPPENED_TASK_SUCCEEDED, .output = text};
    if (row->status != SW_SUCCEEDED)
        happening = (sw_happening){.kind = SW_HAPPENED_TASK_FAILED,
                                   .failure = {.has_error = true,
                                               .has_cause = true,
                                               .error = SW_STR("States.TaskFailed"),
                                               .cause = text}};
    tell(round, &row->parent, happening);
}

void sw_nested_ended(sw_round *round, sw_run *child)
{
    if (child->row.parent.mode == 0)
        return;
    sw_execution_row row = child->row;
    sw_run_set_outcome(&row, child->x);
    tell_end(round, &row, child->arn, child->machine_arn);
}

// A repeated start has met the child. Its parent may have missed the start, the end, or nothing.
void sw_nested_found(sw_round *round, const sw_execution_row *row, sw_str arn,
                     const sw_start *start)
{
    if (!start->resumed)
        tell(round, &row->parent,
             (sw_happening){.kind = first_answer(start),
                            .output = started_text(round, arn, row->start_ms)});
    if (row->status != SW_RUNNING && row->parent.mode != 0)
        tell_end(round, row, arn, start->machine_arn);
}

// aws: recorded: StepFunctions.<Exception> with the SDK's text around the message.
void sw_nested_refused(sw_round *round, const sw_parent_link *parent, const char *exception,
                       sw_str message)
{
    char      id[37];
    sw_chance chance;
    sw_chance_seed(&chance, sw_seed_draw(), 0);
    sw_chance_uuid(&chance, id);
    const char *suffix = strstr(exception, "Exception") != NULL ? "" : "Exception";
    sw_str      cause = sw_str_format(
             &round->batch->arena,
             "%.*s (Service: AWSStepFunctions; Status Code: 400; Error Code: %s; Request ID: "
                  "%s; Proxy: null)",
             SW_STR_ARG(message), exception, id);
    tell(round, parent,
         (sw_happening){.kind = SW_HAPPENED_TASK_FAILED,
                        .failure = {.has_error = true,
                                    .has_cause = true,
                                    .error = sw_str_format(&round->batch->arena,
                                                           "StepFunctions.%s%s", exception, suffix),
                                    .cause = cause}});
}

// The start ---------------------------------------------------------------------------------------

// A name for a child whose parent gave none: the same one each time this attempt asks.
static sw_str derived_name(sw_arena *arena, const sw_runtime *runtime, sw_attempt attempt)
{
    char      text[37];
    sw_chance chance;
    uint64_t  key;
    memcpy(&key, runtime->secret, sizeof key);
    sw_chance_seed(&chance, key ^ (uint64_t)attempt.execution,
                   (uint64_t)attempt.task.frame << 32 | attempt.task.attempt);
    sw_chance_uuid(&chance, text);
    return sw_str_copy(arena, (sw_str){text, 36});
}

static sw_str input_text(sw_arena *arena, sw_value parameters)
{
    sw_value input = sw_value_get(parameters, SW_STR("Input"));
    if (input.type == SW_UNDEFINED || input.type == SW_NULL)
        return SW_STR("{}");
    return input.type == SW_STRING ? sw_value_str(input) : sw_json_print(arena, input);
}

// Refused by what is not there: said by the shard of the parent, as everything that its round
// knows.
static void post_refusal(sw_runtime *runtime, const sw_deed *deed, const char *exception,
                         sw_str message)
{
    sw_message *m = sw_message_new(SW_MESSAGE_REFUSED, strlen(exception) + 1 + message.bytes);
    char       *room = sw_message_room(m);
    m->execution = deed->attempt.execution;
    m->start.parent = (sw_parent_link){deed->attempt.execution, deed->attempt.task.frame,
                                       deed->attempt.task.attempt, deed->mode};
    m->start.name = sw_message_keep(m, &room, (sw_str){exception, strlen(exception) + 1});
    m->start.input = sw_message_keep(m, &room, message);
    sw_shard_post(sw_runtime_get_shard(runtime, deed->attempt.execution), m);
}

// With a reader that is opened once: it is a connection to the store. Starts come from the
// committer's thread, those of express executions also from the shards'.
static bool resolve(sw_runtime *runtime, sw_str arn, sw_arena *arena, sw_start *start)
{
    sw_store *store = runtime->options.store;
    sw_error  err;
    pthread_mutex_lock(&runtime->nested_lock);
    bool ok =
        runtime->nested_reader != NULL || store->reader_open(store, &runtime->nested_reader, &err);
    ok = ok && sw_start_resolve(runtime->options.catalog, runtime->nested_reader, arn, arena, start,
                                &err);
    pthread_mutex_unlock(&runtime->nested_lock);
    return ok;
}

static void start_child(sw_runtime *runtime, const sw_deed *deed, sw_arena *arena,
                        sw_value parameters)
{
    sw_value machine = sw_value_get(parameters, SW_STR("StateMachineArn"));
    sw_value name = sw_value_get(parameters, SW_STR("Name"));
    sw_start start = {0};
    if (machine.type != SW_STRING) {
        post_refusal(
            runtime, deed, "ValidationException",
            SW_STR("1 validation error detected: Value null at 'stateMachineArn' failed to satisfy "
                   "constraint: Member must not be null"));
        return;
    }
    if (name.type == SW_STRING && !sw_name_is_valid(sw_value_str(name))) {
        sw_str text = sw_value_str(name);
        post_refusal(runtime, deed, "InvalidName",
                     sw_str_format(arena, "Invalid Name: '%.*s'", SW_STR_ARG(text)));
        return;
    }
    start.resumed = deed->task.retry_count != 0;
    if (!resolve(runtime, sw_value_str(machine), arena, &start)) {
        sw_str arn = sw_value_str(machine);
        post_refusal(runtime, deed, "StateMachineDoesNotExist",
                     sw_str_format(arena, "State Machine Does Not Exist: '%.*s'", SW_STR_ARG(arn)));
    } else {
        start.name = name.type == SW_STRING ? sw_value_str(name)
                                            : derived_name(arena, runtime, deed->attempt);
        start.input = input_text(arena, parameters);
        start.waits_for_token = deed->task.token.bytes > 0 && deed->mode == 0;
        start.parent = (sw_parent_link){deed->attempt.execution, deed->attempt.task.frame,
                                        deed->attempt.task.attempt, deed->mode};
        sw_runtime_start(runtime, &start, NULL);
    }
}

void sw_nested_start(sw_runtime *runtime, const sw_deed *deed)
{
    sw_arena arena;
    sw_value parameters;
    sw_arena_init(&arena);
    if (sw_json_parse(&arena, deed->text, 0, &parameters, NULL))
        start_child(runtime, deed, &arena, parameters);
    sw_arena_clear(&arena);
}
