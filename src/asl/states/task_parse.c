// task_parse.c: the fields of a Task state.

#include "asl/reader.h"
#include "asl/resource.h"

#define SECONDS_MAX 99999999.0

// why is ours: AWS would take it. NULL: it would not.
static void refuse(sw_reader *reader, sw_str arn, const char *why, const sw_place *place)
{
    sw_report_error(
        reader->report, place, SW_CODE_SCHEMA,
        "The resource provided %.*s is not recognized. The value is not a valid resource "
        "ARN, or the resource is not available in this region.%s%s%s",
        SW_STR_ARG(arn), why == NULL ? "" : " (", why == NULL ? "" : why, why == NULL ? "" : ")");
}

// What AWS would refuse is accepted as the name of a function of the host's, and said to be so.
static void warn_foreign(sw_reader *reader, sw_str arn, const sw_place *place)
{
    sw_diagnostic *added = sw_report_warning(
        reader->report, place, SW_CODE_EXTENSION,
        "The resource %.*s is no ARN that AWS knows: it names a function of this host",
        SW_STR_ARG(arn));
    added->hint = SW_STR("AWS would refuse it");
}

static const char *ask(const sw_reader *reader, sw_str arn)
{
    const sw_machine_options *options = reader->options;
    return options->refuse_resource == NULL ? NULL : options->refuse_resource(options->who, arn);
}

static void parse_resource(sw_state_reader *in)
{
    sw_value v = sw_fields_get(&in->fields, SW_FIELD_RESOURCE);
    if (v.type != SW_STRING)
        return;
    sw_reader          *reader = in->reader;
    sw_place            place = sw_fields_place(&in->fields, SW_FIELD_RESOURCE);
    sw_str              arn = sw_value_str(v);
    sw_resource_finding finding = sw_resource_parse(arn, &in->state->task);
    const char         *why = finding == SW_RESOURCE_REFUSED ? NULL : ask(reader, arn);
    if (finding == SW_RESOURCE_REFUSED || why != NULL ||
        (finding == SW_RESOURCE_FOREIGN && reader->options->plain))
        refuse(reader, arn, why, &place);
    else if (finding == SW_RESOURCE_FOREIGN)
        warn_foreign(reader, arn, &place);
    else if (reader->machine->type == SW_EXPRESS)
        sw_resource_check_express(reader->report, &in->state->task, &place);
}

static void check_parameters(sw_state_reader *in)
{
    const sw_machine_options *options = in->reader->options;
    sw_field                  id = sw_is_jsonata(in) ? SW_FIELD_ARGUMENTS : SW_FIELD_PARAMETERS;
    sw_value                  resource = sw_fields_get(&in->fields, SW_FIELD_RESOURCE),
             parameters = sw_fields_get(&in->fields, id);
    if (options->check_parameters == NULL || resource.type != SW_STRING ||
        parameters.type != SW_OBJECT)
        return;
    sw_place place = sw_fields_place(&in->fields, id);
    sw_str   trouble = options->check_parameters(options->who, sw_value_str(resource), parameters,
                                                 in->reader->arena);
    if (trouble.bytes > 0)
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA, "%.*s", SW_STR_ARG(trouble));
}

static void check_heartbeat(sw_state_reader *in)
{
    const sw_number_field *timeout = &in->state->task.timeout_seconds;
    const sw_number_field *heartbeat = &in->state->task.heartbeat_seconds;
    if (!timeout->set || !heartbeat->set || timeout->path != NULL || heartbeat->path != NULL ||
        timeout->expression != NULL || heartbeat->expression != NULL)
        return;
    if (heartbeat->number >= timeout->number && timeout->number > 0)
        sw_report_error(in->reader->report, in->place, SW_CODE_SCHEMA,
                        "HeartbeatSeconds must be smaller than TimeoutSeconds");
}

static void parse_credentials(sw_state_reader *in)
{
    sw_value v = sw_fields_get(&in->fields, SW_FIELD_CREDENTIALS);
    if (v.type != SW_OBJECT)
        return;
    sw_place place = sw_fields_place(&in->fields, SW_FIELD_CREDENTIALS);
    bool     dynamic = !sw_is_jsonata(in) && sw_value_find(v, SW_STR("RoleArn.$")) >= 0;
    if (!dynamic && sw_value_find(v, SW_STR("RoleArn")) < 0)
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA,
                        "The field 'RoleArn' is required but was missing");
    in->state->task.credentials = sw_field_template(in, &in->fields, SW_FIELD_CREDENTIALS);
}

void sw_task_parse(sw_state_reader *in)
{
    static const sw_number_rule timeout = {SW_FIELD_TIMEOUT_SECONDS, SW_FIELD_TIMEOUT_SECONDS_PATH,
                                           1, SECONDS_MAX, false};
    static const sw_number_rule heartbeat = {
        SW_FIELD_HEARTBEAT_SECONDS, SW_FIELD_HEARTBEAT_SECONDS_PATH, 1, SECONDS_MAX, false};
    parse_resource(in);
    check_parameters(in);
    in->state->task.timeout_seconds = sw_number_field_parse(in, &in->fields, &timeout);
    in->state->task.heartbeat_seconds = sw_number_field_parse(in, &in->fields, &heartbeat);
    check_heartbeat(in);
    parse_credentials(in);
}
