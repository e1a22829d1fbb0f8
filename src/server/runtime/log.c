// log.c: what executions log, in the shape of AWS's execution logs, once it is durable.
//
//   {"id":"2","type":"PassStateEntered","details":{"name":"A"},"previous_event_id":"0",
//    "event_timestamp":"1700000000000","execution_arn":"...","redrive_count":"0"}
//
// aws: recorded (logs); docs: "Using CloudWatch Logs to log execution history", for the levels.

#include "server/runtime/internal.h"

#define DATA_BYTES_MAX 253952u // docs: 248 KiB, longer input and output is cut

// Levels ------------------------------------------------------------------------------------------

static bool ends_with(const char *text, const char *ending)
{
    size_t bytes = strlen(text), ending_bytes = strlen(ending);
    return bytes >= ending_bytes && strcmp(text + bytes - ending_bytes, ending) == 0;
}

static bool is_failure(const char *type)
{
    return ends_with(type, "Failed") || ends_with(type, "TimedOut") || ends_with(type, "Aborted");
}

static bool wants(const sw_run *run, const sw_event *event)
{
    const char *type = sw_event_type_name(event->type);
    switch (run->log_level) {
    case SW_LOG_OFF:
        return false;
    case SW_LOG_FATAL:
        return strncmp(type, "Execution", 9) == 0 && is_failure(type);
    case SW_LOG_ERROR:
        return is_failure(type) || strcmp(type, "FailStateEntered") == 0;
    case SW_LOG_ALL:
        break;
    }
    return true;
}

static sw_str first_group(sw_value logging)
{
    sw_value list = sw_value_get(logging, SW_STR("destinations"));
    sw_value group =
        sw_value_get(sw_value_get(sw_value_at(list, 0), SW_STR("cloudWatchLogsLogGroup")),
                     SW_STR("logGroupArn"));
    return group.type == SW_STRING ? sw_value_str(group) : (sw_str){"", 0};
}

static sw_log_level level_of(sw_str level)
{
    return sw_str_is(level, "ALL")     ? SW_LOG_ALL
           : sw_str_is(level, "ERROR") ? SW_LOG_ERROR
           : sw_str_is(level, "FATAL") ? SW_LOG_FATAL
                                       : SW_LOG_OFF;
}

void sw_run_set_logging(sw_run *run, sw_str text)
{
    sw_value logging;
    if (text.bytes == 0 || run->shard->runtime->options.logs == NULL ||
        !sw_json_parse(&run->arena, sw_str_copy(&run->arena, text), 0, &logging, NULL))
        return;
    sw_value level = sw_value_get(logging, SW_STR("level"));
    run->log_group = first_group(logging);
    run->log_data = sw_value_is_true(sw_value_get(logging, SW_STR("includeExecutionData")));
    if (level.type == SW_STRING && run->log_group.bytes > 0)
        run->log_level = level_of(sw_value_str(level));
}

// Events ------------------------------------------------------------------------------------------

static sw_value as_text(sw_arena *arena, double number)
{
    return sw_string_plain(sw_str_format(arena, "%.0f", number));
}

// Input and output that are too long are cut where a character ends.
static sw_value cut(sw_value text)
{
    size_t bytes = DATA_BYTES_MAX;
    while (bytes > 0 && ((unsigned char)text.text[bytes] & 0xc0) == 0x80)
        bytes--;
    return sw_string((sw_str){text.text, bytes});
}

static sw_value cut_data(sw_arena *arena, sw_value details, const char *member, const char *about)
{
    sw_value text = sw_value_get(details, sw_str_from(member));
    if (text.type != SW_STRING || text.size <= DATA_BYTES_MAX)
        return details;
    sw_members truncated = sw_members_begin(arena, 1);
    sw_members_add(&truncated, "truncated", sw_bool(true));
    details = sw_object_with(arena, details, sw_str_from(member), cut(text));
    return sw_object_with(arena, details, sw_str_from(about), sw_members_end(&truncated));
}

// The member that is an object; an event without details has an empty one.
static sw_value details_of(sw_arena *arena, sw_value event)
{
    for (uint32_t i = 0; i < event.size; i++) {
        if (sw_value_member(event, i).type == SW_OBJECT)
            return sw_value_member(event, i);
    }
    sw_members none = sw_members_begin(arena, 1);
    return sw_members_end(&none);
}

static sw_str line_of(const sw_run *run, const sw_execution *x, const sw_event *event,
                      sw_arena *arena)
{
    sw_value   details = details_of(arena, sw_event_to_json(x, event, run->log_data, arena));
    sw_members line = sw_members_begin(arena, 7);
    details = cut_data(arena, details, "input", "inputDetails");
    details = cut_data(arena, details, "output", "outputDetails");
    sw_members_add(&line, "id", as_text(arena, event->id));
    sw_members_add(&line, "type", sw_string_plain(sw_str_from(sw_event_type_name(event->type))));
    sw_members_add(&line, "details", details);
    sw_members_add(&line, "previous_event_id", as_text(arena, event->previous));
    sw_members_add(&line, "event_timestamp", as_text(arena, (double)event->timestamp_ms));
    sw_members_add(&line, "execution_arn", sw_string(run->arn));
    sw_members_add(&line, "redrive_count", as_text(arena, run->row.redrive_count));
    return sw_json_print(arena, sw_members_end(&line));
}

void sw_run_log(sw_run *run, const sw_execution *x, const sw_event *event)
{
    if (event->id == 0 || run->round == NULL || !wants(run, event))
        return;
    sw_deed *deed = sw_round_add(run->round, SW_DEED_LOG);
    deed->log = (sw_log_line){.group = sw_round_copy(run->round, run->log_group),
                              .machine = sw_round_copy(run->round, run->machine_name),
                              .text = line_of(run, x, event, &run->round->batch->arena),
                              .time_ms = event->timestamp_ms};
}
