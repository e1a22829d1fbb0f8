// retry_parse.c: the Retry and Catch lists of a state.

#include "asl/reader.h"

#define SECONDS_MAX           99999999.0
#define MAX_DELAY_SECONDS_MAX 31622400.0

// ErrorEquals -----------------------------------------------------------------------------------

// spec: States.ALL stands alone and in the last entry. aws: the words and the place are recorded.
static void check_all(sw_reader *reader, size_t count, bool last, const sw_place *place)
{
    if (count != 1 || !last)
        sw_report_error(reader->report, place, SW_CODE_SCHEMA,
                        "States.ALL must appear alone and at end of list");
}

static sw_error_names parse_names(sw_reader *reader, const sw_fields *fields, bool last)
{
    sw_error_names result = {0};
    sw_value       list = sw_fields_get(fields, SW_FIELD_ERROR_EQUALS);
    if (list.type != SW_ARRAY)
        return result;
    sw_place place = sw_fields_place(fields, SW_FIELD_ERROR_EQUALS);
    if (list.size == 0)
        sw_report_error(reader->report, &place, SW_CODE_SCHEMA, "Value cannot be empty");
    sw_str *names = SW_ARENA_ARRAY(reader->arena, sw_str, list.size);
    for (uint32_t i = 0; i < list.size; i++) {
        sw_place at = sw_place_element(&place, i);
        names[i] = SW_STR("");
        if (list.items[i].type != SW_STRING) {
            sw_report_error(reader->report, &at, SW_CODE_SCHEMA, "Expected value of type String");
            continue;
        }
        names[i] = sw_value_str(list.items[i]);
        if (sw_str_is(names[i], "States.ALL"))
            check_all(reader, list.size, last, &at);
    }
    result.names = names;
    result.count = list.size;
    return result;
}

// Retry -----------------------------------------------------------------------------------------

static double parse_number(sw_reader *reader, const sw_fields *fields, const sw_number_rule *rule,
                           double absent)
{
    sw_value v = sw_fields_get(fields, rule->field);
    if (v.type != SW_NUMBER)
        return absent;
    sw_place place = sw_fields_place(fields, rule->field);
    if (!sw_number_check(reader, v, rule->min, rule->max, rule->fraction, &place))
        return absent;
    return sw_value_number(v);
}

static const sw_number_rule interval_rule = {SW_FIELD_INTERVAL_SECONDS, SW_FIELD_COUNT, 1,
                                             SECONDS_MAX, false};
static const sw_number_rule attempts_rule = {SW_FIELD_MAX_ATTEMPTS, SW_FIELD_COUNT, 0, SECONDS_MAX,
                                             false};
static const sw_number_rule backoff_rule = {SW_FIELD_BACKOFF_RATE, SW_FIELD_COUNT, 1, SECONDS_MAX,
                                            true};
static const sw_number_rule delay_rule = {SW_FIELD_MAX_DELAY_SECONDS, SW_FIELD_COUNT, 1,
                                          MAX_DELAY_SECONDS_MAX, false};

static bool parse_jitter(sw_reader *reader, const sw_fields *fields)
{
    static const char *const words[] = {"FULL", "NONE", NULL};
    sw_value                 v = sw_fields_get(fields, SW_FIELD_JITTER_STRATEGY);
    if (v.type != SW_STRING)
        return false;
    sw_place place = sw_fields_place(fields, SW_FIELD_JITTER_STRATEGY);
    return sw_word_read(reader->report, v, &place, sw_field_name(SW_FIELD_JITTER_STRATEGY),
                        words) == 0;
}

static void parse_retrier(sw_state_reader *in, sw_value v, bool last, const sw_place *place,
                          sw_retrier *retrier)
{
    sw_reader *reader = in->reader;
    sw_fields  fields;
    sw_fields_read(reader->report, &reader->fields, v, SW_OBJECT_RETRIER, in->state->language,
                   place, &fields);
    retrier->error_equals = parse_names(reader, &fields, last);
    retrier->interval_seconds = (int64_t)parse_number(reader, &fields, &interval_rule, 1);
    retrier->max_attempts = (int64_t)parse_number(reader, &fields, &attempts_rule, 3);
    retrier->backoff_rate = parse_number(reader, &fields, &backoff_rule, 2.0);
    retrier->max_delay_seconds = (int64_t)parse_number(reader, &fields, &delay_rule, 0);
    retrier->jitter_full = parse_jitter(reader, &fields);
    if (retrier->max_delay_seconds > 0 && retrier->max_delay_seconds <= retrier->interval_seconds)
        sw_report_error(reader->report, place, SW_CODE_SCHEMA,
                        "MaxDelaySeconds must be greater than IntervalSeconds");
}

static bool is_object(sw_reader *reader, sw_value v, const sw_place *place)
{
    if (v.type == SW_OBJECT)
        return true;
    sw_report_error(reader->report, place, SW_CODE_SCHEMA, "Expected value of type Object");
    return false;
}

void sw_retry_parse(sw_state_reader *in, sw_value list, const sw_place *place)
{
    sw_retrier *retriers = sw_arena_zalloc(in->reader->arena, list.size * sizeof *retriers);
    for (uint32_t i = 0; i < list.size; i++) {
        sw_place at = sw_place_element(place, i);
        if (is_object(in->reader, list.items[i], &at))
            parse_retrier(in, list.items[i], i + 1 == list.size, &at, &retriers[i]);
    }
    in->state->retriers = retriers;
    in->state->retrier_count = list.size;
}

// Catch -----------------------------------------------------------------------------------------

static void parse_catcher(sw_state_reader *in, sw_value v, bool last, const sw_place *place,
                          sw_catcher *catcher)
{
    sw_reader *reader = in->reader;
    sw_fields  fields;
    sw_fields_read(reader->report, &reader->fields, v, SW_OBJECT_CATCHER, in->state->language,
                   place, &fields);
    catcher->error_equals = parse_names(reader, &fields, last);
    sw_place next = sw_fields_place(&fields, SW_FIELD_NEXT);
    catcher->next = sw_target_read(in, sw_fields_get(&fields, SW_FIELD_NEXT), &next);
    catcher->result_path =
        sw_path_field_parse(reader, &fields, SW_FIELD_RESULT_PATH, SW_PATH_RESULT);
    catcher->assign = sw_assign_parse(in, &fields, false, true);
    if (!sw_fields_has(&fields, SW_FIELD_OUTPUT))
        return;
    sw_place output = sw_fields_place(&fields, SW_FIELD_OUTPUT);
    sw_site  site = {.reader = reader,
                     .language = in->state->language,
                     .place = &output,
                     .state = in->place,
                     .name = SW_STR("Output"),
                     .error_output = true};
    catcher->output = sw_template_parse(&site, sw_fields_get(&fields, SW_FIELD_OUTPUT));
}

void sw_catch_parse(sw_state_reader *in, sw_value list, const sw_place *place)
{
    sw_catcher *catchers = sw_arena_zalloc(in->reader->arena, list.size * sizeof *catchers);
    for (uint32_t i = 0; i < list.size; i++) {
        sw_place at = sw_place_element(place, i);
        if (is_object(in->reader, list.items[i], &at))
            parse_catcher(in, list.items[i], i + 1 == list.size, &at, &catchers[i]);
    }
    in->state->catchers = catchers;
    in->state->catcher_count = list.size;
}
