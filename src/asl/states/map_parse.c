// map_parse.c: the fields of a Map state, inline and distributed.

#include "asl/reader.h"

#include "base/utf8.h"

#define COUNT_MAX            99999999.0
#define BATCH_BYTES_MAX      262144.0
#define LABEL_CHARACTERS_MAX 40u

// Processor -------------------------------------------------------------------------------------

typedef struct processor_config {
    bool            distributed;
    sw_machine_type execution_type;
} processor_config;

static int read_word(sw_state_reader *in, const sw_fields *fields, sw_field field,
                     const char *const *words)
{
    sw_value v = sw_fields_get(fields, field);
    if (v.type != SW_STRING)
        return -1;
    sw_place place = sw_fields_place(fields, field);
    return sw_word_read(in->reader->report, v, &place, sw_field_name(field), words);
}

static processor_config parse_config(sw_state_reader *in, sw_value v, const sw_place *place)
{
    static const char *const modes[] = {"INLINE", "DISTRIBUTED", NULL};
    static const char *const types[] = {"STANDARD", "EXPRESS", NULL};
    processor_config         config = {0};
    sw_fields                fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_CONFIG,
                   in->state->language, place, &fields);
    config.distributed = read_word(in, &fields, SW_FIELD_MODE, modes) == 1;
    if (read_word(in, &fields, SW_FIELD_EXECUTION_TYPE, types) == 1)
        config.execution_type = SW_EXPRESS;
    bool has_type = sw_fields_has(&fields, SW_FIELD_EXECUTION_TYPE);
    if (config.distributed && !has_type)
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA,
                        "These fields are required: [ExecutionType]");
    if (!config.distributed && has_type)
        sw_report_error(in->reader->report, place, SW_CODE_SCHEMA,
                        "Field 'ExecutionType' is not supported");
    return config;
}

// aws: the deprecated Iterator may have a ProcessorConfig, too.
static void parse_processor(sw_state_reader *in, sw_field field)
{
    sw_map  *map = &in->state->map;
    sw_value v = sw_fields_get(&in->fields, field);
    if (v.type != SW_OBJECT)
        return;
    sw_place  place = sw_fields_place(&in->fields, field);
    sw_fields fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_PROCESSOR,
                   in->state->language, &place, &fields);
    sw_value config = sw_fields_get(&fields, SW_FIELD_PROCESSOR_CONFIG);
    if (config.type == SW_OBJECT) {
        sw_place         at = sw_fields_place(&fields, SW_FIELD_PROCESSOR_CONFIG);
        processor_config read = parse_config(in, config, &at);
        map->distributed = read.distributed;
        map->execution_type = read.execution_type;
    }
    // The children of a distributed Map are executions of their own, by the rules of their type.
    sw_machine_type around = in->reader->machine->type;
    if (map->distributed)
        in->reader->machine->type = map->execution_type;
    map->processor = sw_scope_read(in, &fields, map->distributed);
    in->reader->machine->type = around;
}

static void parse_processors(sw_state_reader *in)
{
    bool named = sw_value_find(in->fields.object, SW_STR("ItemProcessor")) >= 0;
    bool legacy = sw_value_find(in->fields.object, SW_STR("Iterator")) >= 0;
    if (!named && !legacy)
        sw_report_error(in->reader->report, in->place, SW_CODE_SCHEMA,
                        "These fields are required: [ItemProcessor]");
    sw_exclusive_check(in->reader, &in->fields, SW_FIELD_ITEM_PROCESSOR, SW_FIELD_ITERATOR);
    parse_processor(in, named ? SW_FIELD_ITEM_PROCESSOR : SW_FIELD_ITERATOR);
}

// Items -----------------------------------------------------------------------------------------

static void parse_items(sw_state_reader *in)
{
    sw_map  *map = &in->state->map;
    sw_value items = sw_fields_get(&in->fields, SW_FIELD_ITEMS);
    map->items_path =
        sw_path_field_parse(in->reader, &in->fields, SW_FIELD_ITEMS_PATH, SW_PATH_REFERENCE);
    map->items = sw_field_template(in, &in->fields, SW_FIELD_ITEMS);
    if (items.type != SW_UNDEFINED && items.type != SW_ARRAY && items.type != SW_OBJECT &&
        map->items->kind == SW_TEMPLATE_CONSTANT) {
        sw_place place = sw_fields_place(&in->fields, SW_FIELD_ITEMS);
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA, "Expected value of type Array");
    }
    sw_exclusive_check(in->reader, &in->fields, SW_FIELD_ITEM_SELECTOR, SW_FIELD_PARAMETERS);
    sw_field selector = sw_fields_has(&in->fields, SW_FIELD_ITEM_SELECTOR) ? SW_FIELD_ITEM_SELECTOR
                                                                           : SW_FIELD_PARAMETERS;
    map->item_selector = sw_field_template(in, &in->fields, selector);
}

// Label -----------------------------------------------------------------------------------------

static bool is_label(sw_str label)
{
    if (label.bytes == 0 || sw_utf8_length(label) > LABEL_CHARACTERS_MAX)
        return false;
    for (size_t i = 0; i < label.bytes; i++) {
        unsigned char c = (unsigned char)label.text[i];
        // U+0080 to U+009F are two bytes, c2 and the number.
        bool control =
            c <= ' ' || c == 0x7f ||
            (c == 0xc2 && i + 1 < label.bytes && (unsigned char)label.text[i + 1] < 0xa0);
        if (control || strchr("?*<>{}[]:;,\\|^~$#%&`\"/", c) != NULL)
            return false;
    }
    return true;
}

static void parse_label(sw_state_reader *in)
{
    sw_reader *reader = in->reader;
    sw_value   v = sw_fields_get(&in->fields, SW_FIELD_LABEL);
    if (v.type != SW_STRING)
        return;
    sw_place place = sw_fields_place(&in->fields, SW_FIELD_LABEL);
    sw_str   label = in->state->map.label = sw_value_str(v);
    if (!is_label(label))
        sw_report_error(reader->report, &place, SW_CODE_LABEL_NAME, "Invalid Label name: %.*s",
                        SW_STR_ARG(label));
    for (uint32_t i = 0; i < reader->label_count; i++) {
        if (!sw_str_equal(reader->labels[i], label))
            continue;
        sw_report_error(reader->report, &place, SW_CODE_DUPLICATE_LABEL,
                        "Duplicate Label name: %.*s", SW_STR_ARG(label));
        return;
    }
    SW_READER_GROW(reader, reader->labels, reader->label_count, reader->label_capacity, sw_str);
    reader->labels[reader->label_count++] = label;
}

// ItemReader ------------------------------------------------------------------------------------

static const sw_template *parse_data(sw_state_reader *in, const sw_fields *fields)
{
    return sw_field_template(in, fields,
                             sw_is_jsonata(in) ? SW_FIELD_ARGUMENTS : SW_FIELD_PARAMETERS);
}

static void check_resource(sw_state_reader *in, const sw_fields *fields, const char *const *actions)
{
    sw_value v = sw_fields_get(fields, SW_FIELD_RESOURCE);
    if (v.type != SW_STRING)
        return;
    sw_str      arn = sw_value_str(v);
    sw_place    place = sw_fields_place(fields, SW_FIELD_RESOURCE);
    const char *last = arn.text + arn.bytes;
    // arn:PARTITION:states:::s3:ACTION
    for (int i = 0; actions[i] != NULL; i++) {
        size_t bytes = strlen(actions[i]);
        if (arn.bytes > bytes && memcmp(last - bytes, actions[i], bytes) == 0 &&
            memcmp(arn.text, "arn:", 4) == 0)
            return;
    }
    sw_report_error(
        in->reader->report, &place, SW_CODE_SCHEMA,
        "The resource provided %.*s is not recognized. The value is not a valid resource "
        "ARN, or the resource is not available in this region.",
        SW_STR_ARG(arn));
}

static void check_csv(sw_state_reader *in, const sw_fields *fields, bool csv)
{
    static const char *const places[] = {"FIRST_ROW", "GIVEN", NULL};
    static const char *const delimiters[] = {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB", NULL};
    int                      where = read_word(in, fields, SW_FIELD_CSV_HEADER_LOCATION, places);
    read_word(in, fields, SW_FIELD_CSV_DELIMITER, delimiters);
    if (csv && !sw_fields_has(fields, SW_FIELD_CSV_HEADER_LOCATION))
        sw_report_error(in->reader->report, fields->place, SW_CODE_SCHEMA,
                        "These fields are required: [CSVHeaderLocation]");
    if (where == 1 && !sw_fields_has(fields, SW_FIELD_CSV_HEADERS))
        sw_report_error(in->reader->report, fields->place, SW_CODE_SCHEMA,
                        "These fields are required: [CSVHeaders]");
    sw_value headers = sw_fields_get(fields, SW_FIELD_CSV_HEADERS);
    for (uint32_t i = 0; headers.type == SW_ARRAY && i < headers.size; i++) {
        sw_place list = sw_fields_place(fields, SW_FIELD_CSV_HEADERS);
        sw_place at = sw_place_element(&list, i);
        if (headers.items[i].type != SW_STRING)
            sw_report_error(in->reader->report, &at, SW_CODE_SCHEMA,
                            "Expected value of type String");
    }
}

static void parse_reader_config(sw_state_reader *in, sw_value v, const sw_place *place)
{
    static const char *const    types[] = {"CSV", "JSON", "JSONL", "PARQUET", "MANIFEST", NULL};
    static const char *const    transformations[] = {"NONE", "LOAD_AND_FLATTEN", NULL};
    static const char *const    manifests[] = {"ATHENA_DATA", "S3_INVENTORY", NULL};
    static const sw_number_rule max_items = {SW_FIELD_MAX_ITEMS, SW_FIELD_MAX_ITEMS_PATH, 0, 1e15,
                                             false};
    sw_fields                   fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_READER_CONFIG,
                   in->state->language, place, &fields);
    int type = read_word(in, &fields, SW_FIELD_INPUT_TYPE, types);
    read_word(in, &fields, SW_FIELD_TRANSFORMATION, transformations);
    read_word(in, &fields, SW_FIELD_MANIFEST_TYPE, manifests);
    check_csv(in, &fields, type == 0);
    in->state->map.max_items = sw_number_field_parse(in, &fields, &max_items);
}

static void parse_item_reader(sw_state_reader *in)
{
    static const char *const actions[] = {":states:::s3:listObjectsV2", ":states:::s3:getObject",
                                          NULL};
    sw_map                  *map = &in->state->map;
    sw_value                 v = sw_fields_get(&in->fields, SW_FIELD_ITEM_READER);
    if (v.type != SW_OBJECT)
        return;
    sw_place  place = sw_fields_place(&in->fields, SW_FIELD_ITEM_READER);
    sw_fields fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_READER,
                   in->state->language, &place, &fields);
    map->item_reader = v;
    check_resource(in, &fields, actions);
    map->reader_arguments = parse_data(in, &fields);
    sw_value config = sw_fields_get(&fields, SW_FIELD_READER_CONFIG);
    if (config.type == SW_OBJECT) {
        sw_place at = sw_fields_place(&fields, SW_FIELD_READER_CONFIG);
        parse_reader_config(in, config, &at);
    }
}

// ItemBatcher, ResultWriter ---------------------------------------------------------------------

static void parse_batcher(sw_state_reader *in)
{
    static const sw_number_rule items = {SW_FIELD_MAX_ITEMS_PER_BATCH,
                                         SW_FIELD_MAX_ITEMS_PER_BATCH_PATH, 1, COUNT_MAX, false};
    static const sw_number_rule bytes = {SW_FIELD_MAX_INPUT_BYTES_PER_BATCH,
                                         SW_FIELD_MAX_INPUT_BYTES_PER_BATCH_PATH, 1,
                                         BATCH_BYTES_MAX, false};
    sw_map                     *map = &in->state->map;
    sw_value                    v = sw_fields_get(&in->fields, SW_FIELD_ITEM_BATCHER);
    if (v.type != SW_OBJECT)
        return;
    sw_place  place = sw_fields_place(&in->fields, SW_FIELD_ITEM_BATCHER);
    sw_fields fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_BATCHER,
                   in->state->language, &place, &fields);
    map->item_batcher = v;
    map->batch_input = sw_field_template(in, &fields, SW_FIELD_BATCH_INPUT);
    map->max_items_per_batch = sw_number_field_parse(in, &fields, &items);
    map->max_input_bytes_per_batch = sw_number_field_parse(in, &fields, &bytes);
    if (!map->max_items_per_batch.set && !map->max_input_bytes_per_batch.set)
        sw_report_error(in->reader->report, &place, SW_CODE_SCHEMA,
                        "At least one of these fields is required: [MaxItemsPerBatch, "
                        "MaxInputBytesPerBatch]");
}

static void parse_writer_config(sw_state_reader *in, sw_value v, const sw_place *place)
{
    static const char *const transformations[] = {"NONE", "COMPACT", "FLATTEN", NULL};
    static const char *const types[] = {"JSON", "JSONL", NULL};
    sw_fields                fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_WRITER_CONFIG,
                   in->state->language, place, &fields);
    read_word(in, &fields, SW_FIELD_TRANSFORMATION, transformations);
    read_word(in, &fields, SW_FIELD_OUTPUT_TYPE, types);
}

// spec: only a WriterConfig is fine, it shapes the result in the state.
static void parse_writer(sw_state_reader *in)
{
    static const char *const actions[] = {":states:::s3:putObject", NULL};
    sw_map                  *map = &in->state->map;
    sw_value                 v = sw_fields_get(&in->fields, SW_FIELD_RESULT_WRITER);
    if (v.type != SW_OBJECT)
        return;
    sw_place  place = sw_fields_place(&in->fields, SW_FIELD_RESULT_WRITER);
    sw_fields fields;
    sw_fields_read(in->reader->report, &in->reader->fields, v, SW_OBJECT_WRITER,
                   in->state->language, &place, &fields);
    map->result_writer = v;
    check_resource(in, &fields, actions);
    map->writer_arguments = parse_data(in, &fields);
    sw_value config = sw_fields_get(&fields, SW_FIELD_WRITER_CONFIG);
    if (config.type == SW_OBJECT) {
        sw_place at = sw_fields_place(&fields, SW_FIELD_WRITER_CONFIG);
        parse_writer_config(in, config, &at);
    }
}

// The state -------------------------------------------------------------------------------------

static void parse_limits(sw_state_reader *in)
{
    static const sw_number_rule concurrency = {SW_FIELD_MAX_CONCURRENCY,
                                               SW_FIELD_MAX_CONCURRENCY_PATH, 0, COUNT_MAX, false};
    static const sw_number_rule count = {SW_FIELD_TOLERATED_FAILURE_COUNT,
                                         SW_FIELD_TOLERATED_FAILURE_COUNT_PATH, 0, 1e15, false};
    static const sw_number_rule percentage = {SW_FIELD_TOLERATED_FAILURE_PERCENTAGE,
                                              SW_FIELD_TOLERATED_FAILURE_PERCENTAGE_PATH, 0, 100,
                                              true};
    sw_map                     *map = &in->state->map;
    map->max_concurrency = sw_number_field_parse(in, &in->fields, &concurrency);
    map->tolerated_failure_count = sw_number_field_parse(in, &in->fields, &count);
    map->tolerated_failure_percentage = sw_number_field_parse(in, &in->fields, &percentage);
}

static void check_distributed(sw_state_reader *in)
{
    sw_reader *reader = in->reader;
    sw_map    *map = &in->state->map;
    if (map->distributed && reader->machine->type == SW_EXPRESS)
        sw_report_error(reader->report, in->place, SW_CODE_SCHEMA,
                        "Express state machine does not support Map state in 'DISTRIBUTED' mode");
    if (sw_map_is_distributed(map))
        reader->machine->distributed = true;
}

void sw_map_parse(sw_state_reader *in)
{
    parse_processors(in);
    parse_items(in);
    parse_limits(in);
    parse_label(in);
    parse_item_reader(in);
    parse_batcher(in);
    parse_writer(in);
    check_distributed(in);
}
