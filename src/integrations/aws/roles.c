// roles.c: see roles.h.

#include "integrations/aws/roles.h"

#include "integrations/aws/parts.h"
#include "integrations/aws/read.h"
#include "json/members.h"

#define MARGIN_MS      300000 // before they expire
#define SESSION_MS     60000  // at least, whatever STS says
#define NAME_BYTES_MAX 64u    // docs: of RoleSessionName

// An Express execution's ARN has a part more at its end.
sw_str sw_aws_machine_arn(sw_str execution_arn, sw_arena *arena)
{
    static const char *const words[] = {":execution:", ":express:"};
    if (execution_arn.text == NULL) // a task that belongs to no execution
        return (sw_str){"", 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(execution_arn.text, words[i]);
        if (at == NULL)
            continue;
        const char *machine = at + strlen(words[i]), *colon = strchr(machine, ':');
        size_t      bytes = colon == NULL ? strlen(machine) : (size_t)(colon - machine);
        return sw_str_format(arena, "%.*s:stateMachine:%.*s", (int)(at - execution_arn.text),
                             execution_arn.text, (int)bytes, machine);
    }
    return execution_arn;
}

sw_aws_role sw_aws_role_of(sw_job *job)
{
    if (job->task.role == NULL)
        return (sw_aws_role){{"", 0}, {"", 0}};
    return (sw_aws_role){sw_str_from(job->task.role),
                         sw_aws_machine_arn(job->task.execution_arn, &job->arena)};
}

// Failing -----------------------------------------------------------------------------------------

// aws: recorded
static void fail_refused(sw_job *job)
{
    sw_job_fail(job, SW_STR("States.TaskFailed"),
                sw_str_format(&job->arena,
                              "The role %.*s is not authorized to assume the task state's role, "
                              "%s.",
                              SW_STR_ARG(job->task.role_arn), job->task.role));
}

static void fail_unanswered(sw_job *job, sw_str why)
{
    sw_job_fail(job, SW_STR("States.TaskFailed"),
                sw_str_format(&job->arena, "The role %s could not be assumed: %.*s", job->task.role,
                              SW_STR_ARG(why)));
}

// Asking ------------------------------------------------------------------------------------------

static bool find_assume_role(const sw_job *job, sw_aws_operation *operation)
{
    const sw_aws_service *sts =
        sw_aws_models_find(sw_aws_get_models(job->options->aws), SW_STR("sts"), SW_AWS_NAMES_API);
    return sts != NULL && sw_aws_find_operation(sts, SW_STR("assumeRole"), operation);
}

static void keep(sw_job *job, sw_value credentials)
{
    sw_aws_role role = sw_aws_role_of(job);
    sw_aws_keys keys = {sw_aws_text(credentials, "AccessKeyId"),
                        sw_aws_text(credentials, "SecretAccessKey"),
                        sw_aws_text(credentials, "SessionToken")};
    int64_t     now_ms = sw_job_now_ms(), until_ms = now_ms + SESSION_MS, expires_ms;
    if (sw_aws_date_parse(sw_aws_text(credentials, "Expiration"), &expires_ms) &&
        expires_ms - MARGIN_MS > until_ms)
        until_ms = expires_ms - MARGIN_MS;
    sw_aws_give_session(job->options->aws, &role, &keys, until_ms);
}

static void answered(sw_job *job, const sw_call_answer *answer)
{
    sw_aws_operation operation;
    sw_value         result, credentials;
    if (answer->outcome != SW_CALL_ANSWERED) {
        fail_unanswered(job, answer->message == NULL ? SW_STR("STS gave no answer")
                                                     : sw_str_from(answer->message));
        return;
    }
    bool ok = answer->status == 200 && find_assume_role(job, &operation) &&
              sw_aws_read_result(&operation, answer, &job->arena, &result);
    credentials = ok ? sw_value_get(result, SW_STR("Credentials")) : sw_undefined();
    if (answer->status >= 400 && answer->status < 500) {
        fail_refused(job);
    } else if (sw_aws_text(credentials, "SecretAccessKey").bytes == 0) {
        fail_unanswered(job, sw_str_format(&job->arena, "STS answered with status %u and no keys",
                                           answer->status));
    } else {
        keep(job, credentials);
        job->due(job);
    }
}

// The state machine's name, in as much as STS takes it
static sw_str session_name(sw_job *job)
{
    sw_str name = job->task.machine_name;
    if (name.bytes < 2)
        return SW_STR("stepwell");
    return (sw_str){name.text, name.bytes < NAME_BYTES_MAX ? name.bytes : NAME_BYTES_MAX};
}

static sw_value make_input(sw_job *job, const sw_aws_role *role)
{
    sw_members m = sw_members_begin(&job->arena, 3);
    sw_members_add(&m, "RoleArn", sw_string(role->arn));
    sw_members_add(&m, "RoleSessionName", sw_string(session_name(job)));
    sw_members_add(&m, "ExternalId", sw_string(role->machine));
    return sw_members_end(&m);
}

static void ask(sw_job *job, const sw_aws_role *role)
{
    sw_aws_operation operation;
    sw_call_request  request;
    sw_aws_trouble   trouble;
    if (!find_assume_role(job, &operation)) {
        fail_unanswered(job, SW_STR("Stepwell has no model of it: see --aws-models"));
        return;
    }
    sw_aws_call call = {.operation = &operation,
                        .input = make_input(job, role),
                        .token = SW_STR(""),
                        .endpoint = SW_STR(""),
                        .now_ms = sw_job_now_ms()};
    if (sw_aws_make_request(job->options->aws, &call, &job->arena, &request, &trouble))
        sw_job_call(job, &request, answered);
    else
        fail_unanswered(job, trouble.message);
}

void sw_aws_take_role(sw_job *job, const sw_aws_service *service, void (*then)(sw_job *job))
{
    sw_aws     *aws = job->options->aws;
    sw_aws_keys keys;
    if (job->task.role == NULL || !sw_aws_assumes_roles(aws, service, &job->arena)) {
        then(job);
        return;
    }
    sw_aws_role role = sw_aws_role_of(job);
    job->due = then;
    if (sw_aws_find_session(aws, &role, sw_job_now_ms(), &job->arena, &keys))
        then(job);
    else
        ask(job, &role);
}
