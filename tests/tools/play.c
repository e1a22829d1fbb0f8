// play.c: see play.h.

#include "tools/play.h"

#include <stdio.h>
#include <stdlib.h>

void play_init(play *p, sw_machine *machine, sw_str input, sw_value script)
{
    *p = (play){.machine = machine, .script = script, .now_ms = PLAY_START_MS};
    p->options = (sw_execution_options){
        .id = SW_STR("arn:aws:states:us-east-1:123456789012:execution:machine:run"),
        .name = SW_STR("run"),
        .machine_id = SW_STR("arn:aws:states:us-east-1:123456789012:stateMachine:machine"),
        .machine_name = SW_STR("machine"),
        .role_arn = SW_STR("arn:aws:iam::123456789012:role/stepwell"),
        .input = input,
        .seed = 1,
        .keep_history = true,
    };
    sw_arena_init(&p->arena);
}

void play_clear(play *p)
{
    sw_execution_free(p->execution);
    sw_arena_clear(&p->arena);
    free(p->reports);
    p->execution = NULL;
    p->reports = NULL;
}

// What tasks answer -------------------------------------------------------------------------------

static int64_t milliseconds(sw_value seconds)
{
    return seconds.type == SW_NUMBER ? (int64_t)(sw_value_number(seconds) * 1000.0) : 0;
}

static sw_value member(sw_value object, const char *name)
{
    return sw_value_get(object, sw_str_from(name));
}

static bool is_set(sw_value object, const char *name)
{
    return sw_value_is_true(member(object, name));
}

static void add_report(play *p, play_report report)
{
    if (p->report_count == p->report_capacity) {
        p->report_capacity = p->report_capacity == 0 ? 16 : p->report_capacity * 2;
        p->reports = realloc(p->reports, p->report_capacity * sizeof *p->reports);
        if (p->reports == NULL)
            abort();
    }
    p->reports[p->report_count++] = report;
}

static bool is_scheduled(sw_event_type type)
{
    return type == SW_EVENT_TASK_SCHEDULED || type == SW_EVENT_LAMBDA_FUNCTION_SCHEDULED ||
           type == SW_EVENT_ACTIVITY_SCHEDULED;
}

static bool is_started(sw_event_type type)
{
    return type == SW_EVENT_TASK_STARTED || type == SW_EVENT_LAMBDA_FUNCTION_STARTED ||
           type == SW_EVENT_ACTIVITY_STARTED;
}

// What the records tell about one attempt.
typedef struct attempt_facts {
    uint32_t ordinal;                  // attempts of this state before it
    int64_t  scheduled_ms, started_ms; // started_ms 0: not yet
    bool     submitted;
    uint32_t heartbeats;
} attempt_facts;

static attempt_facts look_up(const play *p, sw_task_ref task)
{
    attempt_facts   facts = {0};
    size_t          count, at = 0;
    const sw_event *records = sw_execution_get_records(p->execution, &count);
    while (records[at].id != task.attempt)
        at++;
    for (size_t i = 0; i < at; i++)
        facts.ordinal += is_scheduled(records[i].type) && records[i].state == records[at].state;
    facts.scheduled_ms = records[at].timestamp_ms;
    for (size_t i = at + 1; i < count; i++) {
        if (records[i].frame != task.frame)
            continue;
        if (is_started(records[i].type))
            facts.started_ms = records[i].timestamp_ms;
        facts.submitted |= records[i].type == SW_EVENT_TASK_SUBMITTED;
        facts.heartbeats += records[i].type == SW_EVENT_TASK_HEARTBEAT;
    }
    return facts;
}

static sw_value find_outcome(play *p, sw_str state, uint32_t ordinal)
{
    if (p->outcome != NULL)
        return p->outcome(p, state, ordinal);
    sw_value list = sw_value_get(p->script, state);
    if (list.type != SW_ARRAY || list.size == 0)
        return sw_undefined();
    return sw_value_at(list, ordinal < list.size ? ordinal : list.size - 1);
}

static void add_heartbeats(play *p, play_report report, const attempt_facts *facts)
{
    sw_value list = member(report.outcome, "heartbeats_s");
    report.kind = SW_HAPPENED_TASK_HEARTBEAT;
    for (uint32_t i = facts->heartbeats; i < (list.type == SW_ARRAY ? list.size : 0); i++) {
        report.due_ms = facts->started_ms + milliseconds(sw_value_at(list, i));
        add_report(p, report);
    }
}

static void add_end(play *p, play_report report, const attempt_facts *facts)
{
    if (report.outcome.type != SW_OBJECT || is_set(report.outcome, "timeout"))
        return;
    bool failed = member(report.outcome, "error").type == SW_STRING ||
                  member(report.outcome, "cause").type == SW_STRING ||
                  is_set(report.outcome, "failed");
    report.kind = failed ? SW_HAPPENED_TASK_FAILED : SW_HAPPENED_TASK_SUCCEEDED;
    report.due_ms = facts->started_ms + milliseconds(member(report.outcome, "delay_s"));
    report.order = 2;
    add_report(p, report);
}

// All that an attempt will report from now on; an activity that nobody has taken, only that.
static void plan_reports(play *p, sw_task_ref task, sw_str state)
{
    attempt_facts facts = look_up(p, task);
    play_report   report = {.task = task, .outcome = find_outcome(p, state, facts.ordinal)};
    if (facts.started_ms == 0) {
        if (is_set(report.outcome, "no_worker"))
            return;
        report.kind = SW_HAPPENED_TASK_STARTED;
        report.due_ms = facts.scheduled_ms + milliseconds(member(report.outcome, "pickup_s"));
        add_report(p, report);
        return;
    }
    if (member(report.outcome, "submitted").type != SW_UNDEFINED && !facts.submitted) {
        report.kind = SW_HAPPENED_TASK_SUBMITTED;
        report.due_ms = facts.started_ms + milliseconds(member(report.outcome, "submit_s"));
        add_report(p, report);
    }
    report.order = 1;
    add_heartbeats(p, report, &facts);
    add_end(p, report, &facts);
}

static void forget_reports(play *p, sw_task_ref task)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->report_count; i++) {
        sw_task_ref own = p->reports[i].task;
        if (own.frame != task.frame || own.attempt != task.attempt)
            p->reports[kept++] = p->reports[i];
    }
    p->report_count = kept;
}

static void perform(play *p, sw_effects effects)
{
    for (size_t i = 0; i < effects.count; i++) {
        const sw_effect *effect = &effects.list[i];
        if (effect->kind == SW_EFFECT_START_TASK && sw_execution_wants(p->execution, effect->task))
            plan_reports(p, effect->task, effect->state_name);
        else if (effect->kind == SW_EFFECT_CANCEL_TASK)
            forget_reports(p, effect->task);
    }
}

// Running -----------------------------------------------------------------------------------------

static bool handle(play *p, const sw_happening *happening, int64_t due_ms, sw_error *err)
{
    sw_effects effects;
    if (due_ms > p->now_ms)
        p->now_ms = due_ms;
    if (!sw_execution_handle(p->execution, happening, p->now_ms, &effects, err))
        return false;
    sw_execution_get_records(p->execution, &p->committed);
    perform(p, effects);
    return true;
}

bool play_start(play *p, sw_error *err)
{
    return sw_execution_new(p->machine, &p->options, &p->execution, err) &&
           handle(p, &(sw_happening){.kind = SW_HAPPENED_START}, p->now_ms, err);
}

bool play_resume(play *p, const sw_event *records, size_t count, sw_error *err)
{
    if (!sw_execution_new(p->machine, &p->options, &p->execution, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!sw_execution_replay(p->execution, &records[i], err))
            return false;
    }
    if (count > 0)
        p->now_ms = records[count - 1].timestamp_ms;
    return handle(p, &(sw_happening){.kind = SW_HAPPENED_RESUME}, p->now_ms, err);
}

static bool earlier(const play_report *a, const play_report *b)
{
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms;
    if (a->task.attempt != b->task.attempt)
        return a->task.attempt < b->task.attempt;
    return a->order < b->order;
}

static play_report *first_report(play *p)
{
    play_report *first = NULL;
    for (size_t i = 0; i < p->report_count; i++) {
        if (first == NULL || earlier(&p->reports[i], first))
            first = &p->reports[i];
    }
    return first;
}

static sw_str output_text(play *p, sw_value outcome)
{
    sw_value text = member(outcome, "output_text");
    if (text.type == SW_STRING)
        return sw_value_str(text);
    sw_value output = member(outcome, "output");
    return output.type == SW_UNDEFINED ? SW_STR("{}") : sw_json_print(&p->arena, output);
}

static sw_failure read_failure(sw_value from)
{
    sw_value   error = member(from, "error"), cause = member(from, "cause");
    sw_failure failure = {.has_error = error.type == SW_STRING,
                          .has_cause = cause.type == SW_STRING};
    failure.error = failure.has_error ? sw_value_str(error) : (sw_str){0};
    failure.cause = failure.has_cause ? sw_value_str(cause) : (sw_str){0};
    return failure;
}

static bool deliver(play *p, play_report *report, sw_error *err)
{
    play_report  own = *report;
    sw_happening happening = {.kind = own.kind, .task = own.task};
    *report = p->reports[--p->report_count];
    if (own.kind == SW_HAPPENED_TASK_SUBMITTED)
        happening.output = sw_json_print(&p->arena, member(own.outcome, "submitted"));
    else if (own.kind == SW_HAPPENED_TASK_SUCCEEDED)
        happening.output = output_text(p, own.outcome);
    else if (own.kind == SW_HAPPENED_TASK_FAILED)
        happening.failure = read_failure(own.outcome);
    else if (own.kind == SW_HAPPENED_TASK_STARTED &&
             member(own.outcome, "worker").type == SW_STRING)
        happening.worker_name = sw_value_str(member(own.outcome, "worker"));
    if (!handle(p, &happening, own.due_ms, err))
        return false;
    if (own.kind == SW_HAPPENED_TASK_STARTED && sw_execution_wants(p->execution, own.task)) {
        size_t          count;
        const sw_event *records = sw_execution_get_records(p->execution, &count);
        for (size_t i = 0; i < count; i++) {
            if (records[i].id == own.task.attempt)
                plan_reports(p, own.task,
                             sw_execution_get_state_name(p->execution, records[i].state));
        }
    }
    return true;
}

static size_t count_records(const play *p, sw_event_type type)
{
    size_t          count, found = 0;
    const sw_event *records = sw_execution_get_records(p->execution, &count);
    for (size_t i = 0; i < count; i++)
        found += records[i].type == type;
    return found;
}

// Once
static int64_t stop_due(const play *p)
{
    sw_value stop = member(p->script, "$stop");
    bool     wanted = stop.type == SW_OBJECT && count_records(p, SW_EVENT_EXECUTION_ABORTED) == 0;
    return wanted ? PLAY_START_MS + milliseconds(member(stop, "at_s")) : INT64_MAX;
}

static bool next_happening(play *p, bool *stuck, sw_error *err)
{
    play_report *report = first_report(p);
    int64_t      timer = sw_execution_next_due(p->execution), stop = stop_due(p);
    int64_t      reported = report == NULL ? INT64_MAX : report->due_ms;
    if (stop != INT64_MAX && stop <= timer && stop <= reported) {
        sw_happening happening = {.kind = SW_HAPPENED_STOP,
                                  .failure = read_failure(member(p->script, "$stop"))};
        return handle(p, &happening, stop, err);
    }
    if (timer != INT64_MAX && timer <= reported)
        return handle(p, &(sw_happening){.kind = SW_HAPPENED_TIME_PASSED}, timer, err);
    *stuck = report == NULL;
    return report == NULL || deliver(p, report, err);
}

// The script asks for another redrive; false: it has ended for good.
static bool may_redrive(const play *p)
{
    sw_value  wanted = member(p->script, "$redrives");
    sw_status status = sw_execution_get_status(p->execution);
    return status != SW_SUCCEEDED && wanted.type == SW_NUMBER &&
           (double)count_records(p, SW_EVENT_EXECUTION_REDRIVEN) < sw_value_number(wanted);
}

#define REDRIVE_AFTER_MS 60000 // from the last event

static bool redrive(play *p, sw_error *err)
{
    size_t          count;
    const sw_event *records = sw_execution_get_records(p->execution, &count);
    return handle(p, &(sw_happening){.kind = SW_HAPPENED_REDRIVE},
                  records[count - 1].timestamp_ms + REDRIVE_AFTER_MS, err);
}

bool play_on(play *p, sw_error *err)
{
    bool stuck = false;
    while (!stuck && (p->go_on == NULL || p->go_on(p))) {
        if (sw_execution_get_status(p->execution) != SW_RUNNING) {
            if (!may_redrive(p))
                break;
            if (!redrive(p, err))
                return false;
        } else if (!next_happening(p, &stuck, err)) {
            return false;
        }
    }
    return true;
}

// Printing ----------------------------------------------------------------------------------------

static sw_str quoted(const sw_failure *failure, bool cause, sw_arena *arena)
{
    if (failure == NULL || !(cause ? failure->has_cause : failure->has_error))
        return SW_STR("-");
    return sw_json_print(arena, sw_string(cause ? failure->cause : failure->error));
}

sw_str play_print_record(const sw_execution *x, const sw_event *event, sw_arena *arena)
{
    sw_str data = event->data == NULL ? SW_STR("-") : sw_payload_text(event->data);
    sw_str assigned =
        event->assigned.type == SW_UNDEFINED ? SW_STR("-") : sw_json_print(arena, event->assigned);
    sw_str error = quoted(event->failure, false, arena),
           cause = quoted(event->failure, true, arena);
    sw_str name = sw_execution_get_state_name(x, event->state);
    return sw_str_format(
        arena,
        "%u<-%u %s '%.*s' at %lld frame %u next %d index %u of %u data %.*s assigned %.*s error "
        "%.*s cause %.*s text %s timeout %lld heartbeat %lld due %lld",
        event->id, event->previous, sw_event_type_name(event->type), SW_STR_ARG(name),
        (long long)event->timestamp_ms, event->frame, (int)event->next, event->index,
        event->concurrency, SW_STR_ARG(data), SW_STR_ARG(assigned), SW_STR_ARG(error),
        SW_STR_ARG(cause), event->text == NULL ? "-" : event->text, (long long)event->timeout_s,
        (long long)event->heartbeat_s, (long long)event->due_ms);
}

static bool ends_with(sw_str text, const char *end)
{
    size_t bytes = strlen(end);
    return text.bytes >= bytes && memcmp(text.text + text.bytes - bytes, end, bytes) == 0;
}

// The details but for what stands elsewhere in the line, is the same in all events, or follows from
// the machine.
static bool is_shown(sw_str key)
{
    return !ends_with(key, "Details") && !sw_str_is(key, "name") && !sw_str_is(key, "roleArn") &&
           !sw_str_is(key, "region");
}

static sw_value shown_details(sw_value details, sw_arena *arena)
{
    sw_value *items, shown = sw_object_build(arena, details.size, &items);
    shown.size = 0;
    for (uint32_t i = 0; i < details.size; i++) {
        if (!is_shown(sw_value_key(details, i)))
            continue;
        items[2 * shown.size] = details.items[2 * i];
        items[2 * shown.size + 1] = details.items[2 * i + 1];
        shown.size++;
    }
    return shown;
}

sw_str play_print_event(const sw_execution *x, const sw_event *event, sw_arena *arena)
{
    if (event->id == 0)
        return (sw_str){0};
    sw_value json = sw_event_to_json(x, event, true, arena);
    sw_value details = json.size > 4 ? sw_value_member(json, 4) : sw_undefined();
    sw_value name = member(details, "name");
    sw_str   text = {0}, shown = {0};
    if (name.type == SW_STRING)
        text = sw_str_format(arena, " %.*s", SW_STR_ARG(sw_value_str(name)));
    if (details.type == SW_OBJECT) {
        sw_value rest = shown_details(details, arena);
        if (rest.size > 0 || name.type != SW_STRING)
            shown = sw_str_format(arena, " %.*s", SW_STR_ARG(sw_json_print(arena, rest)));
    }
    return sw_str_format(arena, "%u<-%u %s%.*s%.*s", event->id, event->previous,
                         sw_event_type_name(event->type), (int)text.bytes,
                         text.bytes ? text.text : "", (int)shown.bytes,
                         shown.bytes ? shown.text : "");
}

sw_str play_read_file(const char *path, sw_arena *arena)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return (sw_str){0};
    fseek(file, 0, SEEK_END);
    long bytes = ftell(file);
    rewind(file);
    char  *text = sw_arena_alloc(arena, (size_t)bytes + 1);
    size_t got = fread(text, 1, (size_t)bytes, file);
    fclose(file);
    text[got] = '\0';
    return (sw_str){text, got};
}
