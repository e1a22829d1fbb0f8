// around.c: what some actions need besides their own call.
//
//   elasticmapreduce:modify...ByName    ListInstance... -> the id of that name -> the action
//   bedrock:invokeModel                 Input:  GetObject -> the action, with the object as body
//                                       Output: the action -> PutObject of what it answered
//
// docs: connect-emr, connect-bedrock. aws: unverified; the names of failures, and the result's Body
// where the answer went to S3.

#include "integrations/aws/read.h"
#include "integrations/aws/task.h"

#include "json/members.h"

#define NO_BODY ((sw_str){NULL, 0})

static bool refuse(sw_job *job, const char *why)
{
    sw_job_fail(job, SW_STR("States.Runtime"),
                sw_str_format(&job->arena,
                              "The Parameters '%.*s' could not be used to start the Task: [%s]",
                              SW_STR_ARG(job->task.parameters), why));
    return true;
}

// An id by its name -------------------------------------------------------------------------------

static void look(sw_job *job, sw_value marker);

static sw_value find_item(sw_value list, sw_str name)
{
    for (size_t i = 0; list.type == SW_ARRAY && i < list.size; i++) {
        if (sw_str_equal(sw_aws_text(list.items[i], "Name"), name))
            return list.items[i];
    }
    return sw_undefined();
}

static void fail_not_found(sw_job *job, sw_str name)
{
    const sw_aws_task *task = job->state;
    sw_job_fail(job,
                sw_str_format(&job->arena, "%s.%s", task->target.optimized->prefix,
                              task->target.optimized->exception),
                sw_str_format(&job->arena, "The cluster has nothing by the %s '%.*s'",
                              task->target.find->name, SW_STR_ARG(name)));
}

static void looked(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task       *task = job->state;
    const sw_aws_find *find = task->target.find;
    sw_value           result, marker;
    sw_aws_operation   operation = task->pending.operation;
    sw_str             name = sw_aws_text(task->sources.parameters, find->name);
    if (!sw_call_is_good(answer) || !sw_aws_read_result(&operation, answer, &job->arena, &result)) {
        sw_aws_fail_answer(job, answer);
        return;
    }
    marker = sw_value_get(result, SW_STR("Marker"));
    task->sources.description = sw_value_copy( // the answer is lent
        &job->arena, find_item(sw_value_get(result, sw_str_from(find->list)), name));
    if (task->sources.description.type == SW_OBJECT)
        task->then(job);
    else if (marker.type == SW_STRING)
        look(job, sw_value_copy(&job->arena, marker));
    else
        fail_not_found(job, name);
}

static void look(sw_job *job, sw_value marker)
{
    const sw_aws_task *task = job->state;
    const sw_aws_find *find = task->target.find;
    sw_aws_operation   operation;
    sw_value           input = sw_aws_template(find->input, &task->sources, &job->arena);
    if (marker.type == SW_STRING)
        input = sw_object_with(&job->arena, input, SW_STR("Marker"), marker);
    if (sw_aws_find_operation(task->target.operation.service, sw_str_from(find->operation),
                              &operation))
        sw_aws_call_operation(job, &operation, input, NO_BODY, looked);
    else
        refuse(job, "Stepwell has no model of the action that lists them: see --aws-models");
}

// Objects of S3 -----------------------------------------------------------------------------------

// s3://bucket/key
static bool split_uri(sw_str uri, sw_str *bucket, sw_str *key)
{
    static const char scheme[] = "s3://";
    size_t            skip = sizeof scheme - 1;
    if (uri.bytes <= skip || memcmp(uri.text, scheme, skip) != 0)
        return false;
    const char *from = uri.text + skip, *end = uri.text + uri.bytes;
    const char *slash = memchr(from, '/', (size_t)(end - from));
    if (slash == NULL || slash == from || slash + 1 == end)
        return false;
    *bucket = (sw_str){from, (size_t)(slash - from)};
    *key = (sw_str){slash + 1, (size_t)(end - slash - 1)};
    return true;
}

static void fail_object(sw_job *job, const sw_call_answer *answer)
{
    const sw_aws_task *task = job->state;
    sw_aws_error       error = {.message = SW_STR("")};
    if (answer->outcome != SW_CALL_ANSWERED) {
        sw_aws_fail_answer(job, answer);
        return;
    }
    sw_aws_read_error(task->pending.operation.service, answer, &job->arena, &error);
    sw_str id = error.request_id.text == NULL ? SW_STR("null") : error.request_id;
    sw_job_fail(job,
                sw_str_format(&job->arena, "%s.AmazonS3Exception", task->target.optimized->prefix),
                sw_str_format(&job->arena,
                              "%.*s (Service: Amazon S3; Status Code: %u; Error Code: %.*s; "
                              "Request ID: %.*s)",
                              SW_STR_ARG(error.message), answer->status, SW_STR_ARG(error.code),
                              SW_STR_ARG(id)));
}

static void call_object(sw_job *job, const char *action, sw_str uri, sw_str type, sw_str body,
                        void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    const sw_aws_service *s3 =
        sw_aws_models_find(sw_aws_get_models(job->options->aws), SW_STR("s3"), SW_AWS_NAMES_API);
    sw_aws_operation operation;
    sw_str           bucket, key;
    if (!split_uri(uri, &bucket, &key)) {
        refuse(job, "The value of the field 'S3Uri' has an invalid format");
        return;
    }
    if (s3 == NULL || !sw_aws_find_operation(s3, sw_str_from(action), &operation)) {
        refuse(job, "Stepwell has no model of S3: see --aws-models");
        return;
    }
    sw_members m = sw_members_begin(&job->arena, 3);
    sw_members_add(&m, "Bucket", sw_string(bucket));
    sw_members_add(&m, "Key", sw_string(key));
    if (type.bytes > 0)
        sw_members_add(&m, "ContentType", sw_string(type));
    sw_aws_call_operation(job, &operation, sw_members_end(&m), body, answered);
}

// {"S3Uri": "s3://..."}; empty: not given
static sw_str uri_of(const sw_aws_task *task, const char *parameter)
{
    return sw_aws_text(sw_value_get(task->sources.parameters, sw_str_from(parameter)), "S3Uri");
}

static bool is_model(const sw_aws_task *task)
{
    return task->target.action != NULL && strcmp(task->target.action->type, "bedrock") == 0 &&
           strcmp(task->target.action->action, "invokeModel") == 0;
}

// docs: without ContentType that of the object is it.
static void fetched(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task *task = job->state;
    sw_value    *parameters = &task->sources.parameters;
    sw_str       type = sw_call_find_header(answer, "Content-Type");
    if (!sw_call_is_good(answer)) {
        fail_object(job, answer);
        return;
    }
    task->body = sw_str_copy(&job->arena, answer->body);
    if (type.text != NULL && sw_value_find(*parameters, SW_STR("ContentType")) < 0)
        *parameters = sw_object_with(&job->arena, *parameters, SW_STR("ContentType"),
                                     sw_string(sw_str_copy(&job->arena, type)));
    task->then(job);
}

static bool fetch(sw_job *job)
{
    const sw_aws_task *task = job->state;
    sw_value           parameters = task->sources.parameters;
    bool               has_input = sw_value_find(parameters, SW_STR("Input")) >= 0;
    if (has_input == (sw_value_find(parameters, SW_STR("Body")) >= 0))
        return refuse(job, "Exactly one of the fields 'Body' and 'Input' is required");
    if (has_input)
        call_object(job, "getObject", uri_of(task, "Input"), SW_STR(""), NO_BODY, fetched);
    return has_input;
}

bool sw_aws_before(sw_job *job, void (*then)(sw_job *job))
{
    sw_aws_task *task = job->state;
    task->then = then;
    if (is_model(task))
        return fetch(job);
    if (task->target.find == NULL)
        return false;
    look(job, sw_undefined());
    return true;
}

// After -------------------------------------------------------------------------------------------

static void stored(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task *task = job->state;
    if (sw_call_is_good(answer))
        task->after(job, sw_object_with(&job->arena, task->result, SW_STR("Body"),
                                        sw_string(uri_of(task, "Output"))));
    else
        fail_object(job, answer);
}

bool sw_aws_after(sw_job *job, sw_value result, const sw_call_answer *answer,
                  void (*then)(sw_job *job, sw_value result))
{
    sw_aws_task *task = job->state;
    if (!is_model(task) || sw_value_find(task->sources.parameters, SW_STR("Output")) < 0)
        return false;
    task->result = sw_value_copy(&job->arena, result); // the answer is lent
    task->after = then;
    call_object(job, "putObject", uri_of(task, "Output"), sw_aws_text(result, "ContentType"),
                sw_str_copy(&job->arena, answer->body), stored);
    return true;
}
