// wait_parse.c: the fields of a Wait state: exactly one of Seconds, SecondsPath, Timestamp and
// TimestampPath.

#include "asl/reader.h"

#define SECONDS_MAX 99999999.0

static const sw_field forms[] = {SW_FIELD_SECONDS, SW_FIELD_SECONDS_PATH, SW_FIELD_TIMESTAMP,
                                 SW_FIELD_TIMESTAMP_PATH};

static void check_forms(sw_state_reader *in)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        count += sw_value_find(in->fields.object, sw_field_name(forms[i])) >= 0;
    if (count == 1)
        return;
    sw_diagnostic *added = sw_report_error(
        in->reader->report, in->place, SW_CODE_SCHEMA,
        "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, "
        "TimestampPath]");
    if (sw_is_jsonata(in))
        added->hint = SW_STR("in JSONata: Seconds or Timestamp, a value or {% an expression %}");
}

void sw_wait_parse(sw_state_reader *in)
{
    static const sw_number_rule seconds = {SW_FIELD_SECONDS, SW_FIELD_SECONDS_PATH, 0, SECONDS_MAX,
                                           false};
    check_forms(in);
    in->state->wait.seconds = sw_number_field_parse(in, &in->fields, &seconds);
    in->state->wait.timestamp =
        sw_text_field_parse(in, SW_FIELD_TIMESTAMP, SW_FIELD_TIMESTAMP_PATH);
}
