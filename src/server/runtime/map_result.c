// map_result.c: what a Map Run's children came to: the state's result, or a ResultWriter's files.
//
// The rows are read some at a time, in the order of the items, so that a long list keeps nobody
// waiting.
//
//   in the state   [output, output, ...]; a child that failed and was tolerated stands there with
//                  its description
//   in S3          PREFIX/UUID/SUCCEEDED_0.json, FAILED_0.json, ... and manifest.json
//
// Source    Developer Guide, "ResultWriter (Map)": Transformation NONE is the description of the
//           child, COMPACT its output, FLATTEN the elements of outputs that are arrays; what failed
//           is described in each of them

#include "server/runtime/map_run.h"

#include "base/assert.h"
#include "base/time.h"
#include "server/arn.h"
#include "json/members.h"

#include <stdio.h>
#include <stdlib.h>

#define SLICE           256u
#define FILE_BYTES      (UINT32_C(64) << 20) // begins another one
#define STATE_BYTES     (UINT32_C(1) << 20)  // no state may have that much; no need to go on
#define TRANSFORMS      3
#define FILES_MAX       1024u
#define FILES_BYTES_MAX (UINT32_C(256) << 20)
#define UUID_BYTES      36u

typedef enum transformation { NONE, COMPACT, FLATTEN } transformation;

typedef struct buffer {
    char  *text;
    size_t bytes, capacity;
} buffer;

typedef struct file {
    bool     failed;
    uint32_t number;
    bool     empty; // nothing stands in it yet
    buffer   body;
} file;

struct sw_map_result {
    sw_arena       arena;
    uint32_t       next;                // child to look at
    bool           done, writes, lines; // lines: JSONL
    transformation transformation;
    file          *files;
    uint32_t       file_count;
    size_t         bytes;
};

// Text --------------------------------------------------------------------------------------------

static void put(buffer *b, sw_str text)
{
    if (b->capacity - b->bytes < text.bytes) {
        size_t capacity = b->capacity == 0 ? 4096 : b->capacity * 2;
        while (capacity - b->bytes < text.bytes)
            capacity *= 2;
        b->text = realloc(b->text, capacity);
        SW_ASSERT(b->text != NULL);
        b->capacity = capacity;
    }
    if (text.bytes > 0)
        memcpy(b->text + b->bytes, text.text, text.bytes);
    b->bytes += text.bytes;
}

static file *add_file(struct sw_map_result *r, bool failed, uint32_t number)
{
    r->files = realloc(r->files, (r->file_count + 1) * sizeof *r->files);
    SW_ASSERT(r->files != NULL);
    r->files[r->file_count] = (file){.failed = failed, .number = number, .empty = true};
    return &r->files[r->file_count++];
}

// The one that is written to: the last of its kind.
static file *open_file(struct sw_map_result *r, bool failed)
{
    file *last = NULL;
    failed = failed && r->writes;
    for (uint32_t i = 0; i < r->file_count; i++) {
        if (r->files[i].failed == failed)
            last = &r->files[i];
    }
    if (last != NULL && (!r->writes || last->body.bytes < FILE_BYTES))
        return last;
    return add_file(r, failed, last == NULL ? 0 : last->number + 1);
}

static void put_item(struct sw_map_result *r, bool failed, sw_str item)
{
    file *f = open_file(r, failed);
    if (r->lines) {
        put(&f->body, item);
        put(&f->body, SW_STR("\n"));
    } else {
        put(&f->body, f->empty ? SW_STR("[") : SW_STR(","));
        put(&f->body, item);
    }
    f->empty = false;
    r->bytes += item.bytes + 1;
}

static void close_files(struct sw_map_result *r)
{
    if (!r->writes && r->file_count == 0)
        add_file(r, false, 0);
    for (uint32_t i = 0; i < r->file_count && !r->lines; i++)
        put(&r->files[i].body, r->files[i].empty ? SW_STR("[]") : SW_STR("]"));
}

// A child -----------------------------------------------------------------------------------------

static sw_value date(sw_arena *arena, int64_t ms)
{
    char text[32];
    return sw_string(sw_str_copy(arena, (sw_str){text, sw_time_print(ms, text)}));
}

static sw_value included(sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 1);
    sw_members_add(&o, "Included", sw_bool(true));
    return sw_members_end(&o);
}

static sw_str arn_of(const sw_map_run *m, const sw_execution_row *row, sw_arena *arena)
{
    if (m->row.express)
        return sw_arn_of_express(arena, m->machine_arn, row->name, row->name);
    return sw_arn_of_execution(arena, m->machine_arn, row->name);
}

// DescribeExecution of the child, in PascalCase
static sw_str description(const sw_map_run *m, const sw_execution_row *row, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 16);
    bool       redrivable = row->status != SW_SUCCEEDED && !m->row.express;
    if (row->has_cause)
        sw_members_add(&o, "Cause", sw_string(row->cause));
    if (row->has_error)
        sw_members_add(&o, "Error", sw_string(row->error));
    sw_members_add(&o, "ExecutionArn", sw_string(arn_of(m, row, arena)));
    sw_members_add(&o, "Input", sw_string(row->input));
    sw_members_add(&o, "InputDetails", included(arena));
    sw_members_add(&o, "Name", sw_string(row->name));
    if (row->has_output) {
        sw_members_add(&o, "Output", sw_string(row->output));
        sw_members_add(&o, "OutputDetails", included(arena));
    }
    sw_members_add(&o, "RedriveCount", sw_number(row->redrive_count));
    sw_members_add(
        &o, "RedriveStatus",
        sw_string(redrivable ? SW_STR("REDRIVABLE_BY_MAP_RUN") : SW_STR("NOT_REDRIVABLE")));
    if (row->status == SW_SUCCEEDED)
        sw_members_add(&o, "RedriveStatusReason",
                       sw_string(SW_STR("Execution is SUCCEEDED and cannot be redriven")));
    sw_members_add(&o, "StartDate", date(arena, row->start_ms));
    sw_members_add(&o, "StateMachineArn", sw_string(m->machine_arn));
    sw_members_add(&o, "Status", sw_string(sw_str_from(sw_status_name((sw_status)row->status))));
    sw_members_add(&o, "StopDate", date(arena, row->stop_ms));
    return sw_json_print(arena, sw_members_end(&o));
}

static void put_flat(struct sw_map_result *r, sw_str output)
{
    sw_value value;
    if (!sw_json_parse(&r->arena, output, 0, &value, NULL) || value.type != SW_ARRAY) {
        put_item(r, false, output);
        return;
    }
    for (uint32_t i = 0; i < value.size; i++)
        put_item(r, false, sw_json_print(&r->arena, value.items[i]));
}

static void put_child(sw_map_run *m, struct sw_map_result *r, const sw_execution_row *row)
{
    if (row->status != SW_SUCCEEDED || r->transformation == NONE)
        put_item(r, row->status != SW_SUCCEEDED, description(m, row, &r->arena));
    else if (r->transformation == FLATTEN)
        put_flat(r, row->output);
    else
        put_item(r, false, row->output);
}

// All of them -------------------------------------------------------------------------------------

static sw_value writer_of(const sw_map_run *m)
{
    return sw_value_get(m->plan, SW_STR("ResultWriter"));
}

static transformation read_transformation(sw_value config, transformation otherwise)
{
    static const char *const names[TRANSFORMS] = {"NONE", "COMPACT", "FLATTEN"};
    sw_value                 value = sw_value_get(config, SW_STR("Transformation"));
    for (int i = 0; i < TRANSFORMS && value.type == SW_STRING; i++) {
        if (sw_str_is(sw_value_str(value), names[i]))
            return (transformation)i;
    }
    return otherwise;
}

void sw_map_result_begin(sw_map_run *m)
{
    sw_value writer = writer_of(m), config = sw_value_get(writer, SW_STR("WriterConfig"));
    struct sw_map_result *r = calloc(1, sizeof *r);
    SW_ASSERT(r != NULL);
    sw_arena_init(&r->arena);
    sw_value type = sw_value_get(config, SW_STR("OutputType"));
    r->writes = sw_value_get(writer, SW_STR("Resource")).type == SW_STRING;
    r->lines = r->writes && type.type == SW_STRING && sw_str_is(sw_value_str(type), "JSONL");
    r->transformation = read_transformation(config, r->writes ? NONE : COMPACT);
    m->result = r;
}

static bool is_too_much(const struct sw_map_result *r)
{
    return r->bytes > (r->writes ? FILES_BYTES_MAX : STATE_BYTES) || r->file_count > FILES_MAX;
}

bool sw_map_result_go_on(sw_round *round, sw_map_run *m, sw_error *err)
{
    struct sw_map_result *r = m->result;
    sw_reader            *reader = round->shard->reader;
    for (uint32_t i = 0; i < SLICE && r->next < m->child_count && !is_too_much(r); i++) {
        sw_execution_row row;
        bool             found = false;
        if (!reader->find_execution(reader, m->children[r->next].execution, &r->arena, &row, &found,
                                    err))
            return false;
        if (found) // unless it was purged meanwhile
            put_child(m, r, &row);
        r->next++;
    }
    sw_arena_reset(&r->arena);
    if (is_too_much(r) && r->writes)
        return sw_fail(err, SW_ERROR_LIMIT, "The results take more than %u bytes", FILES_BYTES_MAX);
    r->done = r->next == m->child_count || is_too_much(r);
    if (r->done)
        close_files(r);
    return true;
}

bool sw_map_result_is_done(const sw_map_run *m)
{
    return m->result->done;
}

bool sw_map_result_is_written(const sw_map_run *m)
{
    return m->result->writes;
}

// Files -------------------------------------------------------------------------------------------

static sw_str uuid_of(const sw_map_run *m)
{
    sw_str arn = m->row.arn;
    return (sw_str){arn.text + arn.bytes - UUID_BYTES, UUID_BYTES};
}

static sw_str key_of(const sw_map_run *m, const char *name, sw_arena *arena)
{
    sw_value value =
        sw_value_get(sw_value_get(writer_of(m), SW_STR("Arguments")), SW_STR("Prefix"));
    sw_str prefix = value.type == SW_STRING ? sw_value_str(value) : SW_STR("");
    while (prefix.bytes > 0 && prefix.text[prefix.bytes - 1] == '/')
        prefix.bytes--;
    return sw_str_format(arena, "%.*s%s%.*s/%s", SW_STR_ARG(prefix), prefix.bytes > 0 ? "/" : "",
                         SW_STR_ARG(uuid_of(m)), name);
}

static sw_value bucket_of(const sw_map_run *m)
{
    return sw_value_get(sw_value_get(writer_of(m), SW_STR("Arguments")), SW_STR("Bucket"));
}

static sw_str file_key(const sw_map_run *m, const file *f, sw_arena *arena)
{
    char name[40];
    snprintf(name, sizeof name, "%s_%u.%s", f->failed ? "FAILED" : "SUCCEEDED", f->number,
             m->result->lines ? "jsonl" : "json");
    return key_of(m, name, arena);
}

static sw_value list_files(const sw_map_run *m, bool failed, sw_arena *arena)
{
    const struct sw_map_result *r = m->result;
    sw_value                   *items, list = sw_array_build(arena, r->file_count, &items);
    list.size = 0;
    for (uint32_t i = 0; i < r->file_count; i++) {
        sw_members o = sw_members_begin(arena, 2);
        if (r->files[i].failed != failed)
            continue;
        sw_members_add(&o, "Key", sw_string(file_key(m, &r->files[i], arena)));
        sw_members_add(&o, "Size", sw_number((double)r->files[i].body.bytes));
        items[list.size++] = sw_members_end(&o);
    }
    return list;
}

// docs: "ResultWriter (Map)", the manifest file
static sw_str manifest(const sw_map_run *m, sw_arena *arena)
{
    sw_value  *none;
    sw_members files = sw_members_begin(arena, 3), o = sw_members_begin(arena, 3);
    sw_members_add(&files, "FAILED", list_files(m, true, arena));
    sw_members_add(&files, "PENDING", sw_array_build(arena, 0, &none));
    sw_members_add(&files, "SUCCEEDED", list_files(m, false, arena));
    sw_members_add(&o, "DestinationBucket", bucket_of(m));
    sw_members_add(&o, "MapRunArn", sw_string(m->row.arn));
    sw_members_add(&o, "ResultFiles", sw_members_end(&files));
    return sw_json_print(arena, sw_members_end(&o));
}

static sw_value entry(sw_str key, sw_str body, sw_arena *arena)
{
    sw_members o = sw_members_begin(arena, 2);
    sw_members_add(&o, "Key", sw_string(key));
    sw_members_add(&o, "Body", sw_string(body));
    return sw_members_end(&o);
}

sw_str sw_map_result_text(sw_map_run *m)
{
    struct sw_map_result *r = m->result;
    sw_arena             *arena = &r->arena;
    sw_value             *items;
    if (!r->writes)
        return (sw_str){r->files[0].body.text, r->files[0].body.bytes};
    sw_value list = sw_array_build(arena, r->file_count + 1, &items);
    for (uint32_t i = 0; i < r->file_count; i++) {
        const file *f = &r->files[i];
        items[i] = entry(file_key(m, f, arena), (sw_str){f->body.text, f->body.bytes}, arena);
    }
    items[r->file_count] = entry(key_of(m, "manifest.json", arena), manifest(m, arena), arena);
    sw_members o = sw_members_begin(arena, 2);
    sw_members_add(&o, "Arguments", sw_value_get(writer_of(m), SW_STR("Arguments")));
    sw_members_add(&o, "Files", list);
    return sw_json_print(arena, sw_members_end(&o));
}

// aws: recorded, map_state_result_writer
sw_str sw_map_result_location(sw_map_run *m, sw_arena *arena)
{
    sw_members details = sw_members_begin(arena, 2), o = sw_members_begin(arena, 2);
    sw_members_add(&details, "Bucket", bucket_of(m));
    sw_members_add(&details, "Key", sw_string(key_of(m, "manifest.json", arena)));
    sw_members_add(&o, "MapRunArn", sw_string(m->row.arn));
    sw_members_add(&o, "ResultWriterDetails", sw_members_end(&details));
    return sw_json_print(arena, sw_members_end(&o));
}

void sw_map_result_free(sw_map_run *m)
{
    struct sw_map_result *r = m->result;
    if (r == NULL)
        return;
    for (uint32_t i = 0; i < r->file_count; i++)
        free(r->files[i].body.text);
    free(r->files);
    sw_arena_clear(&r->arena);
    free(r);
    m->result = NULL;
}
