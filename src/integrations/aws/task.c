// task.c: the integration: from parameters to a result.

#include "integrations/aws/task.h"

#include "base/chance.h"
#include "integrations/aws/read.h"
#include "integrations/aws/roles.h"
#include "integrations/metadata.h"
#include "json/members.h"

#include <openssl/rand.h>

// Which tasks -------------------------------------------------------------------------------------

// arn:aws:states:::aws-sdk:sqs:sendMessage -> "aws-sdk:sqs", "sendMessage"
static bool split_resource(sw_str arn, sw_str *type, sw_str *action)
{
    const char *end = arn.text + arn.bytes, *at = arn.text;
    for (int colons = 0; colons < 5 && at != NULL; colons++) {
        at = memchr(at, ':', (size_t)(end - at));
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL)
        return false;
    sw_str      rest = {at, (size_t)(end - at)};
    const char *from = sw_str_begins(rest, "aws-sdk:") ? at + strlen("aws-sdk:") : at;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    if (colon == NULL)
        return false;
    *type = (sw_str){at, (size_t)(colon - at)};
    *action = (sw_str){colon + 1, (size_t)(end - colon - 1)};
    return sw_str_begins(arn, "arn:");
}

const char *sw_aws_refuse(sw_aws *aws, sw_str resource)
{
    sw_str        type, action;
    sw_aws_target target;
    if (!split_resource(resource, &type, &action))
        return "Stepwell does not call this";
    return sw_aws_find_target(aws, type, action, &target);
}

static bool knows(const sw_runner_options *options, sw_str resource)
{
    return options->aws != NULL && sw_aws_refuse(options->aws, resource) == NULL;
}

static bool takes(const sw_outside_task *task)
{
    return task->kind == SW_TASK_SERVICE;
}

sw_str sw_aws_check(sw_aws *aws, sw_str resource, sw_value parameters, sw_arena *arena)
{
    sw_str        type, action;
    sw_aws_target target;
    if (!split_resource(resource, &type, &action) ||
        sw_aws_find_target(aws, type, action, &target) != NULL)
        return (sw_str){"", 0};
    return sw_aws_check_parameters(&target, parameters, arena);
}

// An optimized integration's result is not the service's answer.
sw_str sw_aws_check_result(sw_aws *aws, sw_str resource, sw_value result, bool required,
                           sw_arena *arena)
{
    sw_str        type, action;
    sw_aws_target target;
    if (!split_resource(resource, &type, &action) || !sw_str_begins(type, "aws-sdk:") ||
        sw_aws_find_target(aws, type, action, &target) != NULL)
        return (sw_str){"", 0};
    return sw_aws_check_shape(&target, result, required, arena);
}

// Calling -----------------------------------------------------------------------------------------

// For idempotency: another one for each attempt.
static sw_str make_token(sw_arena *arena)
{
    uint64_t  seeds[2] = {0, 0};
    sw_chance chance;
    char      text[37];
    RAND_bytes((unsigned char *)seeds, sizeof seeds);
    sw_chance_seed(&chance, seeds[0], seeds[1]);
    sw_chance_uuid(&chance, text);
    return sw_str_copy(arena, sw_str_from(text));
}

// aws: recorded; the optimized sqs calls the host of the queue's URL. Where another endpoint is
// configured, a URL at AWS is of a queue there.
static sw_str queue_endpoint(sw_job *job, const sw_aws_task *task, sw_value input)
{
    sw_value url = sw_value_get(input, SW_STR("QueueUrl"));
    if (task->target.optimized == NULL || strcmp(task->target.optimized->type, "sqs") != 0 ||
        url.type != SW_STRING || !sw_str_begins(sw_value_str(url), "http"))
        return (sw_str){"", 0};
    sw_str      text = sw_value_str(url);
    const char *mark = strstr(text.text, "://"), *end = text.text + text.bytes;
    if (mark == NULL || mark + 3 >= end)
        return (sw_str){"", 0};
    const char *slash = memchr(mark + 3, '/', (size_t)(end - mark - 3));
    text.bytes = (size_t)((slash == NULL ? end : slash) - text.text);
    bool at_amazon =
        text.bytes > 14 && memcmp(text.text + text.bytes - 14, ".amazonaws.com", 14) == 0;
    bool elsewhere =
        !sw_aws_is_amazon(job->options->aws, task->target.operation.service, &job->arena);
    return at_amazon && elsewhere ? (sw_str){"", 0} : text;
}

static sw_reach reach_of(const sw_job *job, bool elsewhere)
{
    return elsewhere && job->options->http_public_only ? SW_REACH_PUBLIC : SW_REACH_ANY;
}

static void send_call(sw_job *job)
{
    const sw_aws_task    *task = job->state;
    const sw_aws_pending *next = &task->pending;
    sw_call_request       request;
    sw_aws_trouble        trouble;
    sw_aws_call           call = {.operation = &next->operation,
                                  .role = sw_aws_role_of(job),
                                  .input = next->input,
                                  .body = next->body,
                                  .token = make_token(&job->arena),
                                  .endpoint = queue_endpoint(job, task, next->input),
                                  .now_ms = sw_job_now_ms()};
    if (!sw_aws_make_request(job->options->aws, &call, &job->arena, &request, &trouble)) {
        sw_aws_fail_trouble(job, &trouble);
        return;
    }
    request.reach = reach_of(job, call.endpoint.bytes > 0);
    sw_job_call(job, &request, next->answered);
}

void sw_aws_call_operation(sw_job *job, const sw_aws_operation *operation, sw_value input,
                           sw_str body, void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    sw_aws_task *task = job->state;
    task->pending = (sw_aws_pending){*operation, input, body, answered};
    sw_aws_take_role(job, operation->service, send_call);
}

// Results -----------------------------------------------------------------------------------------

static sw_value shape_result(sw_job *job, sw_value result)
{
    const sw_aws_task   *task = job->state;
    const sw_aws_action *action = task->target.action;
    sw_aws_sources       sources = task->sources;
    if (action == NULL || action->output == NULL)
        return result;
    sources.submission = result;
    return sw_aws_template(action->output, &sources, &job->arena);
}

static sw_value add_metadata(sw_job *job, sw_value result, const sw_call_answer *answer)
{
    const sw_aws_optimized *row = ((sw_aws_task *)job->state)->target.optimized;
    if (row == NULL || !row->metadata)
        return result;
    result = sw_object_with(&job->arena, result, SW_STR("SdkHttpMetadata"),
                            sw_sdk_http_metadata(answer, &job->arena));
    return sw_object_with(&job->arena, result, SW_STR("SdkResponseMetadata"),
                          sw_sdk_response_metadata(sw_aws_read_request_id(answer), &job->arena));
}

// aws: recorded; S3 says checksums to those alone who ask with ChecksumMode, others always do.
static sw_value drop_checksums(sw_job *job, sw_value result)
{
    sw_aws_task *task = job->state;
    sw_value in = sw_aws_shape(task->target.operation.service, task->target.operation.model, "in");
    sw_value asks = sw_value_get(sw_value_get(in, SW_STR("members")), SW_STR("ChecksumMode"));
    sw_members m = sw_members_begin(&job->arena, result.size);
    if (asks.type == SW_UNDEFINED ||
        sw_value_find(task->sources.parameters, SW_STR("ChecksumMode")) >= 0)
        return result;
    for (size_t i = 0; i < result.size; i++) {
        if (!sw_str_begins(sw_value_key(result, i), "Checksum"))
            sw_members_add(&m, sw_str_copy(&job->arena, sw_value_key(result, i)).text,
                           sw_value_member(result, i));
    }
    return sw_members_end(&m);
}

static bool is_type(const sw_job *job, const char *type)
{
    const sw_aws_optimized *row = ((sw_aws_task *)job->state)->target.optimized;
    return row != NULL && strcmp(row->type, type) == 0;
}

// aws: recorded; an entry that EventBridge did not take fails the task.
static bool has_failed_entry(const sw_job *job, sw_value result)
{
    sw_value count = sw_value_get(result, SW_STR("FailedEntryCount"));
    return is_type(job, "events") && count.type == SW_NUMBER && sw_value_number(count) > 0;
}

// docs: connect-ecs; an answer with failures is one of success to request and response alone.
static bool has_failed_task(const sw_job *job, sw_value result)
{
    const sw_aws_task *task = job->state;
    sw_value           failures = sw_value_get(result, SW_STR("Failures"));
    return is_type(job, "ecs") && (task->target.sync != NULL || job->task.waits_for_token) &&
           failures.type == SW_ARRAY && failures.size > 0;
}

static void end(sw_job *job, sw_value result)
{
    sw_aws_task *task = job->state;
    sw_str       text = sw_json_print(&job->arena, result);
    if (has_failed_entry(job, result)) {
        sw_job_fail(job, SW_STR("EventBridge.FailedEntry"), text);
    } else if (has_failed_task(job, result)) {
        sw_job_fail(job, SW_STR("AmazonECS.Unknown"), text);
    } else if (task->target.sync != NULL) {
        task->sources.submission = sw_value_copy(&job->arena, result); // the answer is lent
        sw_job_submitted(job, text);
        sw_aws_watch(job);
    } else {
        sw_job_succeed(job, text);
    }
}

static void answered(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_task *task = job->state;
    sw_value     result;
    if (answer->outcome != SW_CALL_ANSWERED || answer->status < 200 || answer->status >= 300)
        sw_aws_fail_answer(job, answer);
    else if (!sw_aws_read_result(&task->target.operation, answer, &job->arena, &result))
        sw_aws_fail_answer(job, &(sw_call_answer){.outcome = SW_CALL_FAILED,
                                                  .message = "the answer is not what the service's "
                                                             "model says"});
    else {
        result = add_metadata(job, shape_result(job, drop_checksums(job, result)), answer);
        if (!sw_aws_after(job, result, answer, end))
            end(job, result);
    }
}

// Starting ----------------------------------------------------------------------------------------

static sw_value add_resources(sw_job *job, sw_value entry)
{
    sw_value given = sw_value_get(entry, SW_STR("Resources")), *items;
    size_t   count = given.type == SW_ARRAY ? given.size : 0;
    sw_value list = sw_array_build(&job->arena, count + 2, &items);
    if (count > 0)
        memcpy(items, given.items, count * sizeof *items);
    items[count] = sw_string(sw_aws_machine_arn(job->task.execution_arn, &job->arena));
    items[count + 1] = sw_string(job->task.execution_arn);
    return sw_object_with(&job->arena, entry, SW_STR("Resources"), list);
}

// docs: connect-eventbridge, recorded; each entry says who has sent it.
static sw_value add_senders(sw_job *job, sw_value input)
{
    sw_value entries = sw_value_get(input, SW_STR("Entries")), *items;
    if (!is_type(job, "events") || entries.type != SW_ARRAY)
        return input;
    sw_value list = sw_array_build(&job->arena, entries.size, &items);
    for (size_t i = 0; i < entries.size; i++)
        items[i] = entries.items[i].type == SW_OBJECT ? add_resources(job, entries.items[i])
                                                      : entries.items[i];
    return sw_object_with(&job->arena, input, SW_STR("Entries"), list);
}

static sw_value drop_more(sw_job *job, sw_value parameters)
{
    const sw_aws_target *target = &((sw_aws_task *)job->state)->target;
    sw_members           m = sw_members_begin(&job->arena, parameters.size);
    if (target->action == NULL || target->action->more == NULL || parameters.type != SW_OBJECT)
        return parameters;
    for (size_t i = 0; i < parameters.size; i++) {
        sw_str key = sw_value_key(parameters, i);
        if (!sw_aws_is_more(target, key))
            sw_members_add(&m, sw_str_copy(&job->arena, key).text, sw_value_member(parameters, i));
    }
    return sw_members_end(&m);
}

static sw_value make_input(sw_job *job)
{
    const sw_aws_task   *task = job->state;
    const sw_aws_action *action = task->target.action;
    if (action != NULL && action->input != NULL)
        return sw_aws_template(action->input, &task->sources, &job->arena);
    return add_senders(job, drop_more(job, task->sources.parameters));
}

// After a restart: the job runs, and is watched again.
static bool take_submission(sw_job *job)
{
    sw_aws_task *task = job->state;
    return job->task.submission.text != NULL && task->target.sync != NULL &&
           sw_json_parse(&job->arena, job->task.submission, 0, &task->sources.submission, NULL);
}

static void submit(sw_job *job)
{
    const sw_aws_task *task = job->state;
    sw_aws_call_operation(job, &task->target.operation, make_input(job), task->body, answered);
}

static void start(sw_job *job)
{
    sw_aws_task *task = SW_ARENA_NEW(&job->arena, sw_aws_task);
    sw_error     err;
    job->state = task;
    const char *trouble = sw_aws_find_target(job->options->aws, job->task.resource_type,
                                             job->task.action, &task->target);
    if (trouble != NULL) // it was there when the machine was created
        sw_job_fail(job, SW_STR("States.Runtime"), sw_str_from(trouble));
    else if (!sw_json_parse(&job->arena, job->task.parameters, 0, &task->sources.parameters, &err))
        sw_job_fail(job, SW_STR("States.Runtime"),
                    sw_str_copy(&job->arena, sw_str_from(err.message)));
    else if (take_submission(job))
        sw_aws_watch(job);
    else if (!sw_aws_before(job, submit))
        submit(job);
}

const sw_integration sw_integration_aws = {
    .knows = knows, .takes = takes, .start = start, .cancel = sw_aws_undo};
