// map_show.c: what is said of a Map Run: in the store, and by DescribeMapRun and UpdateMapRun.

#include "server/runtime/map_run.h"

#include "json/members.h"

// Settings ----------------------------------------------------------------------------------------

static bool read_number(sw_value from, const char *name, double *number)
{
    sw_value value = sw_value_get(from, sw_str_from(name));
    if (value.type != SW_NUMBER)
        return false;
    *number = sw_value_number(value);
    return true;
}

// In a plan, and in the store as DescribeMapRun has it
static const char *const plan_names[] = {"MaxConcurrency", "ToleratedFailureCount",
                                         "ToleratedFailurePercentage"};
static const char *const setting_names[] = {"maxConcurrency", "toleratedFailureCount",
                                            "toleratedFailurePercentage"};

static sw_map_settings read_settings(sw_value from, const char *const names[3])
{
    sw_map_settings s = {0};
    double          number = 0;
    s.has_concurrency = true;
    s.concurrency = read_number(from, names[0], &number) ? (uint32_t)number : 0;
    s.has_count = read_number(from, names[1], &number);
    s.count = s.has_count ? (int64_t)number : 0;
    s.has_percentage = read_number(from, names[2], &s.percentage);
    return s;
}

static sw_value settings_value(const sw_map_settings *s, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 3);
    sw_members_add(&o, setting_names[0], sw_number(s->concurrency));
    if (s->has_count)
        sw_members_add(&o, setting_names[1], sw_number((double)s->count));
    if (s->has_percentage)
        sw_members_add(&o, setting_names[2], sw_number(s->percentage));
    return sw_members_end(&o);
}

sw_map_settings sw_map_settings_of_plan(sw_value plan)
{
    return read_settings(plan, plan_names);
}

sw_map_settings sw_map_settings_of_row(sw_value settings)
{
    return read_settings(settings, setting_names);
}

void sw_map_run_put(sw_round *round, sw_map_run *m)
{
    sw_arena       *arena = &round->batch->arena;
    sw_map_run_row *row = SW_ARENA_NEW(arena, sw_map_run_row);
    *row = m->row;
    row->arn = sw_str_copy(arena, row->arn);
    row->execution_arn = sw_str_copy(arena, row->execution_arn);
    row->state = sw_str_copy(arena, row->state);
    row->settings = sw_json_print(arena, settings_value(&m->settings, arena));
    row->counts = sw_str_copy(arena, row->counts);
    sw_batch_add(round->batch, SW_RECORD_MAP_RUN)->map_run = row;
}

// Counts ------------------------------------------------------------------------------------------

static sw_value counts_value(const sw_map_counts *counts, uint32_t pending, bool written,
                             sw_arena *arena)
{
    const uint32_t *n = counts->by_status;
    uint32_t        total =
        pending + n[SW_RUNNING] + n[SW_SUCCEEDED] + n[SW_FAILED] + n[SW_TIMED_OUT] + n[SW_ABORTED];
    sw_members o = sw_members_begin(arena, 8);
    sw_members_add(&o, "pending", sw_number(pending));
    sw_members_add(&o, "running", sw_number(n[SW_RUNNING]));
    sw_members_add(&o, "succeeded", sw_number(n[SW_SUCCEEDED]));
    sw_members_add(&o, "failed", sw_number(n[SW_FAILED]));
    sw_members_add(&o, "timedOut", sw_number(n[SW_TIMED_OUT]));
    sw_members_add(&o, "aborted", sw_number(n[SW_ABORTED]));
    sw_members_add(&o, "total", sw_number(total));
    // aws: recorded; without a ResultWriter, too
    sw_members_add(&o, "resultsWritten", sw_number(written ? n[SW_SUCCEEDED] : 0));
    return sw_members_end(&o);
}

// How many children the items that are left will take, by those there have been.
static uint32_t pending_executions(const sw_map_run *m)
{
    uint32_t left = m->item_count > m->next_item ? m->item_count - m->next_item : 0;
    double   batch = 1;
    if (m->child_count > 0)
        batch = (double)m->next_item / m->child_count;
    else
        read_number(m->plan, "MaxItemsPerBatch", &batch);
    return (uint32_t)((left + batch - 1) / batch);
}

sw_value sw_map_run_counts(const sw_map_run *m, sw_arena *arena)
{
    uint32_t started = 0;
    for (int i = SW_RUNNING; i <= SW_ABORTED; i++)
        started += m->items.by_status[i];
    uint32_t   items_left = m->item_count > started ? m->item_count - started : 0;
    bool       written = m->row.status == SW_SUCCEEDED;
    sw_members o = sw_members_begin(arena, 2);
    sw_members_add(&o, "itemCounts", counts_value(&m->items, items_left, written, arena));
    sw_members_add(
        &o, "executionCounts",
        counts_value(&m->executions, m->pending + pending_executions(m), written, arena));
    return sw_members_end(&o);
}

// API ---------------------------------------------------------------------------------------------

static sw_map_run *find_live(const sw_round *round, const sw_message *message)
{
    const sw_run *run = sw_run_find(round->shard, message->execution);
    return run == NULL ? NULL : sw_map_run_find_by_id(run, message->start.machine);
}

static void answer(sw_round *round, sw_request *request, sw_value value)
{
    sw_deed *deed = sw_round_add(round, SW_DEED_ANSWER);
    deed->request = request;
    deed->value = value;
}

// aws: recorded; a number of the model's type Float has a point: 0.0.
static sw_value print_float(sw_value value, sw_arena *arena)
{
    double number = value.type == SW_NUMBER ? sw_value_number(value) : 0;
    char  *text = sw_arena_alloc(arena, 40);
    size_t bytes = sw_number_print(number, text);
    if (memchr(text, '.', bytes) == NULL && memchr(text, 'e', bytes) == NULL) {
        memcpy(text + bytes, ".0", 2);
        bytes += 2;
    }
    return (sw_value){
        .type = SW_NUMBER, .flags = SW_VALUE_SPELLED, .size = (uint32_t)bytes, .text = text};
}

static sw_value show(const sw_map_run_row *row, sw_value settings, sw_value counts, sw_arena *arena)
{
    sw_answer body = sw_answer_begin(arena);
    sw_value  count = sw_value_get(settings, SW_STR("toleratedFailureCount"));
    sw_value  percentage = sw_value_get(settings, SW_STR("toleratedFailurePercentage"));
    sw_answer_text(&body, "mapRunArn", row->arn);
    sw_answer_text(&body, "executionArn", row->execution_arn);
    sw_answer_text(&body, "status", sw_str_from(sw_status_name((sw_status)row->status)));
    sw_answer_time(&body, "startDate", row->start_ms);
    if (row->stop_ms != 0)
        sw_answer_time(&body, "stopDate", row->stop_ms);
    sw_answer_add(&body, "maxConcurrency", sw_value_get(settings, SW_STR("maxConcurrency")));
    sw_answer_add(&body, "toleratedFailurePercentage", print_float(percentage, arena));
    sw_answer_add(&body, "toleratedFailureCount",
                  count.type == SW_UNDEFINED ? sw_number(0) : count);
    sw_answer_add(&body, "itemCounts", sw_value_get(counts, SW_STR("itemCounts")));
    sw_answer_add(&body, "executionCounts", sw_value_get(counts, SW_STR("executionCounts")));
    if (row->redrive_count > 0) {
        sw_answer_add(&body, "redriveCount", sw_number(row->redrive_count));
        sw_answer_time(&body, "redriveDate", row->redrive_ms);
    }
    return sw_answer_end(&body);
}

// In the store as it has ended, or not at all.
static sw_value show_stored(sw_round *round, const sw_message *message, bool *settled)
{
    sw_arena      *arena = &round->batch->arena;
    sw_reader     *reader = round->shard->reader;
    sw_map_run_row row;
    sw_error       err;
    bool           found = false;
    sw_value       settings = sw_undefined(), counts = sw_undefined();
    *settled = reader->find_map_run(reader, message->start.machine, arena, &row, &found, &err) &&
               found && row.status != SW_RUNNING &&
               sw_json_parse(arena, row.settings, 0, &settings, NULL) &&
               sw_json_parse(arena, row.counts, 0, &counts, NULL);
    return *settled ? show(&row, settings, counts, arena) : sw_undefined();
}

#define LOOKS_MAX 10000

// Its end is on its way to the store: the next round may find it.
static void look_again(sw_round *round, const sw_message *message)
{
    sw_message *again = sw_message_new(message->kind, 0);
    again->execution = message->execution;
    again->start = message->start;
    again->start.version++;
    again->request = message->request;
    sw_shard_post(round->shard, again);
}

void sw_map_run_describe(sw_round *round, const sw_message *message)
{
    sw_arena         *arena = &round->batch->arena;
    const sw_map_run *m = find_live(round, message);
    bool              settled = true;
    sw_value          body;
    if (m != NULL)
        body =
            show(&m->row, settings_value(&m->settings, arena), sw_map_run_counts(m, arena), arena);
    else
        body = show_stored(round, message, &settled);
    if (settled) {
        answer(round, message->request, sw_value_copy(arena, body));
    } else if (message->start.version < LOOKS_MAX) {
        look_again(round, message);
    } else {
        sw_deed *deed = sw_round_add(round, SW_DEED_FAIL);
        deed->request = message->request;
        deed->exception = "InternalServerError";
        deed->text = SW_STR("The Map Run could not be read.");
    }
}

static void fail_over(sw_round *round, const sw_message *message)
{
    sw_deed *deed = sw_round_add(round, SW_DEED_FAIL);
    deed->request = message->request;
    deed->exception = "ValidationException";
    deed->text = SW_STR("Map Run is not running and cannot be updated");
}

void sw_map_run_update(sw_round *round, const sw_message *message)
{
    sw_map_run            *m = find_live(round, message);
    const sw_map_settings *given = &message->map_settings;
    if (m == NULL) {
        fail_over(round, message);
        return;
    }
    sw_map_settings *own = &m->settings;
    if (given->has_concurrency)
        own->concurrency = given->concurrency;
    if (given->has_count)
        own->count = given->count;
    if (given->has_percentage)
        own->percentage = given->percentage;
    own->has_count |= given->has_count;
    own->has_percentage |= given->has_percentage;
    sw_map_run_put(round, m);
    if (m->stage == SW_MAP_RUNNING)
        sw_map_run_post(m);
    sw_answer empty = sw_answer_begin(&round->batch->arena);
    answer(round, message->request, sw_answer_end(&empty));
}
