// map.c: the integration of Map Runs: an ItemReader reads objects of S3, a ResultWriter writes
// some.
//
//   read   getObject      -> one object -> its items, or the objects that a manifest names
//          listObjectsV2  -> pages -> an item for each object; or, flattened, the items in each
//          -> [item, ...]
//   write  each of Files  -> putObject, one after the other -> {}
//
// Both can be done again after a restart, so they are: nothing is acknowledged before the end.

#include "integrations/aws/read.h"
#include "integrations/aws/task.h"
#include "integrations/aws/text.h"
#include "integrations/map/items.h"

#include "base/grow.h"
#include "json/members.h"

typedef struct map_job {
    sw_aws_target target;
    const char   *error; // "States.ItemReaderFailed"
    sw_value      arguments, config;
    sw_items      list;
    bool          flatten, manifest; // manifest: its objects have been named
    uint32_t      next_object;
    sw_value      files; // to write
    uint32_t      next_file;
} map_job;

static bool takes(const sw_outside_task *task)
{
    return task->kind == SW_TASK_MAP_RUN;
}

static bool knows(const sw_runner_options *options, sw_str resource)
{
    (void)options;
    (void)resource;
    return false; // no Task's Resource is one of these
}

// Failing -----------------------------------------------------------------------------------------

static void fail(sw_job *job, sw_str cause)
{
    const map_job *m = job->state;
    sw_job_fail(job, sw_str_from(m->error), cause);
}

// In the words of the optimized integrations
static void fail_answer(sw_job *job, const sw_call_answer *answer)
{
    const map_job *m = job->state;
    sw_aws_error   error = {0};
    if (answer->outcome != SW_CALL_ANSWERED) {
        fail(job, answer->outcome == SW_CALL_TOO_LARGE ? SW_STR("The object is too large.")
                  : answer->message == NULL
                      ? SW_STR("Amazon S3 could not be called.")
                      : sw_str_format(&job->arena, "Unable to execute HTTP request: %s",
                                      answer->message));
        return;
    }
    sw_aws_read_error(m->target.operation.service, answer, &job->arena, &error);
    sw_str id = error.request_id.text == NULL ? SW_STR("null") : error.request_id;
    fail(job, sw_str_format(&job->arena,
                            "%.*s (Service: Amazon S3; Status Code: %u; Error Code: %.*s; "
                            "Request ID: %.*s)",
                            SW_STR_ARG(error.message), answer->status, SW_STR_ARG(error.code),
                            SW_STR_ARG(id)));
}

#define NO_BODY ((sw_str){NULL, 0})

static void call(sw_job *job, const char *action, sw_value input, sw_str body,
                 void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    map_job        *m = job->state;
    sw_call_request request;
    sw_aws_trouble  trouble;
    const char     *missing = sw_aws_find_target(job->options->aws, SW_STR("aws-sdk:s3"),
                                                 sw_str_from(action), &m->target);
    sw_aws_call     wanted = {.operation = &m->target.operation,
                              .input = input,
                              .token = SW_STR(""),
                              .endpoint = SW_STR(""),
                              .body = body,
                              .now_ms = sw_job_now_ms()};
    if (missing != NULL) {
        fail(job, sw_str_from(missing));
    } else if (!sw_aws_make_request(job->options->aws, &wanted, &job->arena, &request, &trouble)) {
        fail(job, trouble.message);
    } else {
        request.answer_bytes_max = SW_ITEMS_BYTES_MAX;
        sw_job_call(job, &request, answered);
    }
}

// Reading -----------------------------------------------------------------------------------------

static void end_reading(sw_job *job)
{
    map_job  *m = job->state;
    sw_value *items, array = sw_array_build(&job->arena, m->list.count, &items);
    if (m->list.count > 0)
        memcpy(items, m->list.items, m->list.count * sizeof *items);
    sw_job_succeed(job, sw_json_print(&job->arena, array));
}

static void read_next(sw_job *job);

static sw_items_format format_of(const map_job *m)
{
    sw_items_format format = {.type = sw_aws_text(m->config, "InputType"),
                              .config = m->config,
                              .headers = m->list.headers};
    sw_str          manifest = sw_aws_text(m->config, "ManifestType");
    bool            inventory = sw_str_is(manifest, "S3_INVENTORY");
    if (sw_str_is(format.type, "MANIFEST") && manifest.bytes == 0)
        inventory = true;
    bool named = inventory || sw_str_is(manifest, "ATHENA_DATA");
    if (named && !m->manifest)
        format.type = inventory ? SW_STR("S3_INVENTORY") : SW_STR("ATHENA_DATA");
    else if (inventory)
        format.type = SW_STR("CSV");
    return format;
}

static bool is_manifest(const sw_items_format *format)
{
    return sw_str_is(format->type, "S3_INVENTORY") || sw_str_is(format->type, "ATHENA_DATA");
}

static void got_object(sw_job *job, const sw_call_answer *answer)
{
    map_job        *m = job->state;
    sw_items_format format = format_of(m);
    if (!sw_call_is_good(answer)) {
        fail_answer(job, answer);
        return;
    }
    if (!sw_items_read(&m->list, &format, sw_str_copy(&job->arena, answer->body))) {
        fail(job, m->list.error);
        return;
    }
    if (is_manifest(&format))
        m->manifest = true;
    if (m->list.count >= m->list.most)
        end_reading(job);
    else
        read_next(job);
}

// The objects that were named, one after the other
static void read_next(sw_job *job)
{
    map_job   *m = job->state;
    sw_members input = sw_members_begin(&job->arena, 2);
    if (m->next_object >= m->list.object_count) {
        end_reading(job);
        return;
    }
    const sw_items_object *object = &m->list.objects[m->next_object++];
    sw_members_add(&input, "Bucket", sw_string(object->bucket));
    sw_members_add(&input, "Key", sw_string(object->key));
    call(job, "getObject", sw_members_end(&input), NO_BODY, got_object);
}

// Listing -----------------------------------------------------------------------------------------

static void list_page(sw_job *job, sw_value token);

static sw_value seconds_of(sw_value date)
{
    int64_t ms;
    if (date.type == SW_STRING && sw_aws_date_parse(sw_value_str(date), &ms))
        return sw_number((double)(ms / 1000));
    return date;
}

// docs: the members of an item, "Iterating over Amazon S3 objects"
static sw_value listed_item(sw_job *job, sw_value object)
{
    sw_members item = sw_members_begin(&job->arena, 5);
    sw_members_add(&item, "Etag", sw_value_get(object, SW_STR("ETag")));
    sw_members_add(&item, "Key", sw_value_get(object, SW_STR("Key")));
    sw_members_add(&item, "LastModified", seconds_of(sw_value_get(object, SW_STR("LastModified"))));
    sw_members_add(&item, "Size", sw_value_get(object, SW_STR("Size")));
    sw_members_add(&item, "StorageClass", sw_value_get(object, SW_STR("StorageClass")));
    return sw_members_end(&item);
}

// What is listed points into the answer, which is lent.
static bool take_listed(sw_job *job, sw_value contents)
{
    map_job *m = job->state;
    bool     more = true;
    for (uint32_t i = 0; contents.type == SW_ARRAY && i < contents.size && more; i++) {
        sw_value object = sw_value_copy(&job->arena, contents.items[i]);
        if (m->flatten) {
            sw_items *list = &m->list;
            SW_MAKE_ROOM(&job->arena, list->objects, list->object_count, list->object_capacity, 8);
            list->objects[list->object_count++] =
                (sw_items_object){sw_aws_text(m->arguments, "Bucket"), sw_aws_text(object, "Key")};
        } else {
            more = sw_items_add(&m->list, listed_item(job, object));
        }
    }
    return more;
}

static void got_page(sw_job *job, const sw_call_answer *answer)
{
    map_job *m = job->state;
    sw_value result;
    if (!sw_call_is_good(answer)) {
        fail_answer(job, answer);
        return;
    }
    if (!sw_aws_read_result(&m->target.operation, answer, &job->arena, &result)) {
        fail(job, SW_STR("Amazon S3's answer is not what its model says."));
        return;
    }
    bool     more = take_listed(job, sw_value_get(result, SW_STR("Contents")));
    sw_value token =
        sw_value_copy(&job->arena, sw_value_get(result, SW_STR("NextContinuationToken")));
    if (m->list.error.bytes > 0)
        fail(job, m->list.error);
    else if (more && token.type == SW_STRING)
        list_page(job, token);
    else if (m->flatten)
        read_next(job);
    else
        end_reading(job);
}

static void list_page(sw_job *job, sw_value token)
{
    const map_job *m = job->state;
    sw_value       input = m->arguments;
    if (token.type == SW_STRING)
        input = sw_object_with(&job->arena, input, SW_STR("ContinuationToken"), token);
    call(job, "listObjectsV2", input, NO_BODY, got_page);
}

// aws: recorded, csv_max_items; 0 is as if it were not there.
static bool read_most(sw_job *job, sw_value most)
{
    map_job *m = job->state;
    int64_t  number = 0;
    m->list.most = UINT32_MAX;
    if (!sw_value_integer(most, &number))
        return true;
    if (number < 0) {
        fail(job, SW_STR("field MaxItems must be positive"));
        return false;
    }
    if (number > 0 && number < UINT32_MAX)
        m->list.most = (uint64_t)number;
    return true;
}

static void start_reading(sw_job *job, sw_value parameters)
{
    map_job *m = job->state;
    sw_value reader = sw_value_get(parameters, SW_STR("ItemReader"));
    m->error = "States.ItemReaderFailed";
    m->arguments = sw_value_get(reader, SW_STR("Arguments"));
    m->config = sw_value_get(reader, SW_STR("ReaderConfig"));
    m->list = (sw_items){.arena = &job->arena, .headers = sw_undefined()};
    m->flatten = sw_str_is(sw_aws_text(m->config, "Transformation"), "LOAD_AND_FLATTEN");
    if (!read_most(job, sw_value_get(parameters, SW_STR("MaxItems"))))
        return;
    if (sw_str_ends(sw_aws_text(reader, "Resource"), ":listObjectsV2"))
        list_page(job, sw_undefined());
    else
        call(job, "getObject", m->arguments, NO_BODY, got_object);
}

// Writing -----------------------------------------------------------------------------------------

static void write_next(sw_job *job);

static void written(sw_job *job, const sw_call_answer *answer)
{
    if (sw_call_is_good(answer))
        write_next(job);
    else
        fail_answer(job, answer);
}

static void write_next(sw_job *job)
{
    map_job *m = job->state;
    if (m->files.type != SW_ARRAY || m->next_file >= m->files.size) {
        sw_job_succeed(job, SW_STR("{}"));
        return;
    }
    sw_value   file = m->files.items[m->next_file++];
    sw_members input = sw_members_begin(&job->arena, 4);
    sw_members_add(&input, "Bucket", sw_value_get(m->arguments, SW_STR("Bucket")));
    sw_members_add(&input, "Key", sw_value_get(file, SW_STR("Key")));
    sw_members_add(&input, "ExpectedBucketOwner",
                   sw_value_get(m->arguments, SW_STR("ExpectedBucketOwner")));
    sw_members_add(&input, "ContentType", sw_string(SW_STR("application/json")));
    call(job, "putObject", sw_members_end(&input), sw_aws_text(file, "Body"), written);
}

static void start(sw_job *job)
{
    map_job *m = SW_ARENA_NEW(&job->arena, map_job);
    sw_value parameters = sw_undefined();
    job->state = m;
    m->error = "States.ResultWriterFailed";
    sw_json_parse(&job->arena, job->task.parameters, 0, &parameters, NULL);
    if (sw_str_is(job->task.action, "read")) {
        start_reading(job, parameters);
        return;
    }
    m->arguments = sw_value_get(parameters, SW_STR("Arguments"));
    m->files = sw_value_get(parameters, SW_STR("Files"));
    write_next(job);
}

const sw_integration sw_integration_map = {.knows = knows, .takes = takes, .start = start};
