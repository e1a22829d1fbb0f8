// run_job.c: a Kubernetes Job from its beginning to its end, and what its pods have said.

#include "integrations/eks/eks.h"

#include "base/utf8.h"
#include "integrations/aws/models.h"
#include "integrations/http/encode.h"
#include "json/members.h"

#define FIRST_PAUSE_MS   1000
#define PAUSE_MS_MAX     60000 // docs: AWS looks about once a minute, slowing to once in five
#define LOOKS_FAILED_MAX 20
#define PODS_MAX         100u
#define LOGS_BYTES_MAX   262144u // docs: of a task's result

// Nothing of a name leads to another place.
static sw_str part(sw_job *job, sw_str text)
{
    return sw_url_encode(&job->arena, text);
}

static void next(sw_job *job, const char *method, sw_str path, sw_value query,
                 void (*answered)(sw_job *job, const sw_call_answer *answer))
{
    sw_eks_task *task = job->state;
    task->method = method;
    task->path = path;
    task->query = query;
    task->answered = answered;
    sw_eks_send(job);
}

static sw_str job_path(sw_job *job)
{
    const sw_eks_task *task = job->state;
    return sw_str_format(&job->arena, "/apis/batch/v1/namespaces/%.*s/jobs/%.*s",
                         SW_STR_ARG(part(job, task->space)), SW_STR_ARG(part(job, task->name)));
}

// {"name": "value"}
static sw_value make_query(sw_job *job, const char *name, sw_str value)
{
    sw_members m = sw_members_begin(&job->arena, 1);
    sw_members_add(&m, name, sw_string(value));
    return sw_members_end(&m);
}

// The end -----------------------------------------------------------------------------------------

static sw_value parse(sw_job *job, sw_str text)
{
    sw_value value = sw_undefined();
    sw_json_parse(&job->arena, text, 0, &value, NULL);
    return value;
}

static void end(sw_job *job)
{
    const sw_eks_task *task = job->state;
    sw_value           result = parse(job, task->job_text);
    if (task->logs.bytes > 0) {
        sw_members logs = sw_members_begin(&job->arena, 1);
        sw_members_add(&logs, "pods", parse(job, task->logs));
        result = sw_object_with(&job->arena, result, SW_STR("logs"), sw_members_end(&logs));
    }
    sw_str text = sw_json_print(&job->arena, result);
    if (task->has_failed)
        sw_job_fail(job, SW_STR("States.TaskFailed"), text);
    else
        sw_job_succeed(job, text);
}

// Logs: best effort -------------------------------------------------------------------------------
//
//   {"pod-1": {"containers": {"main": {"log": ...}, "other": {"error": ..., "cause": ...}}}}

static void read_log(sw_job *job);

static sw_value containers_of(sw_value pod)
{
    return sw_value_get(sw_value_get(pod, SW_STR("spec")), SW_STR("containers"));
}

static sw_value shown_log(sw_job *job, const sw_call_answer *answer)
{
    const sw_eks_task *task = job->state;
    sw_value           options = sw_value_get(task->parameters, SW_STR("LogOptions")), parsed;
    sw_str             text = sw_utf8_clean(&job->arena, answer->body);
    bool               raw = sw_value_is_true(sw_value_get(options, SW_STR("RawLogs")));
    sw_members         m = sw_members_begin(&job->arena, 2);
    if (sw_call_is_good(answer)) {
        bool is_json = !raw && sw_json_parse(&job->arena, text, 0, &parsed, NULL);
        sw_members_add(&m, "log", is_json ? parsed : sw_string(text));
    } else {
        bool came = answer->outcome == SW_CALL_ANSWERED;
        sw_members_add(&m, "error",
                       sw_string(came ? sw_str_format(&job->arena, "EKS.%u", answer->status)
                                      : SW_STR("EKS.SdkClientException")));
        sw_members_add(&m, "cause",
                       sw_string(came ? text
                                 : answer->message == NULL
                                     ? SW_STR("")
                                     : sw_str_copy(&job->arena, sw_str_from(answer->message))));
    }
    return sw_members_end(&m);
}

static void keep_log(sw_job *job, sw_str pod, sw_str container, sw_value log)
{
    sw_eks_task *task = job->state;
    sw_arena    *arena = &job->arena;
    sw_value     all = parse(job, task->logs), of_pod = sw_value_get(all, pod);
    sw_members   none = sw_members_begin(arena, 1);
    sw_value     containers = sw_value_get(of_pod, SW_STR("containers"));
    if (containers.type != SW_OBJECT)
        containers = sw_members_end(&none);
    containers = sw_object_with(arena, containers, container, log);
    sw_members m = sw_members_begin(arena, 1);
    sw_members_add(&m, "containers", containers);
    task->logs = sw_json_print(arena, sw_object_with(arena, all, pod, sw_members_end(&m)));
}

static void got_log(sw_job *job, const sw_call_answer *answer)
{
    sw_eks_task *task = job->state;
    sw_value     pod = sw_value_at(task->pods, task->next_pod);
    sw_value     container = sw_value_at(containers_of(pod), task->next_container);
    keep_log(job, sw_aws_text(sw_value_get(pod, SW_STR("metadata")), "name"),
             sw_aws_text(container, "name"), shown_log(job, answer));
    task->next_container++;
    read_log(job);
}

// docs: LogParameters are the query of Kubernetes' own call.
static sw_value log_query(sw_job *job, sw_str container)
{
    const sw_eks_task *task = job->state;
    sw_value           options = sw_value_get(task->parameters, SW_STR("LogOptions"));
    sw_value           given = sw_value_get(options, SW_STR("LogParameters"));
    if (given.type != SW_OBJECT)
        return make_query(job, "container", container);
    return sw_object_with(&job->arena, given, SW_STR("container"), sw_string(container));
}

static void read_log(sw_job *job)
{
    sw_eks_task *task = job->state;
    sw_value     pod = sw_value_at(task->pods, task->next_pod);
    sw_value     container = sw_value_at(containers_of(pod), task->next_container);
    while (pod.type == SW_OBJECT && task->next_pod < PODS_MAX && container.type != SW_OBJECT) {
        pod = sw_value_at(task->pods, ++task->next_pod);
        task->next_container = 0;
        container = sw_value_at(containers_of(pod), 0);
    }
    if (pod.type != SW_OBJECT || task->next_pod >= PODS_MAX || task->logs.bytes > LOGS_BYTES_MAX) {
        end(job);
        return;
    }
    sw_str name = sw_aws_text(sw_value_get(pod, SW_STR("metadata")), "name");
    next(job, "GET",
         sw_str_format(&job->arena, "/api/v1/namespaces/%.*s/pods/%.*s/log",
                       SW_STR_ARG(part(job, task->space)), SW_STR_ARG(part(job, name))),
         log_query(job, sw_aws_text(container, "name")), got_log);
}

static void got_pods(sw_job *job, const sw_call_answer *answer)
{
    sw_eks_task *task = job->state;
    task->logs = SW_STR("{}");
    if (sw_call_is_good(answer))
        task->pods =
            sw_value_get(parse(job, sw_str_copy(&job->arena, answer->body)), SW_STR("items"));
    read_log(job);
}

static void read_logs(sw_job *job)
{
    const sw_eks_task *task = job->state;
    sw_str selector = sw_str_format(&job->arena, "job-name=%.*s", SW_STR_ARG(task->name));
    next(job, "GET",
         sw_str_format(&job->arena, "/api/v1/namespaces/%.*s/pods",
                       SW_STR_ARG(part(job, task->space))),
         make_query(job, "labelSelector", selector), got_pods);
}

// Looking -----------------------------------------------------------------------------------------

static void look(sw_job *job);

// What the last look has allocated is given up: a job may be watched for a year.
static void pause(sw_job *job)
{
    sw_eks_task *task = job->state;
    int64_t      pause_ms = FIRST_PAUSE_MS;
    for (unsigned i = 0; i < task->polls && pause_ms < PAUSE_MS_MAX; i++)
        pause_ms += pause_ms / 2;
    task->polls++;
    sw_arena_rewind(&job->arena, task->mark);
    sw_job_wait(job, pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX, look);
}

// "Complete", "Failed"; empty: it runs.
static sw_str ended_as(sw_value body)
{
    sw_value list = sw_value_get(sw_value_get(body, SW_STR("status")), SW_STR("conditions"));
    for (size_t i = 0; list.type == SW_ARRAY && i < list.size; i++) {
        sw_str type = sw_aws_text(list.items[i], "type");
        bool   ends = sw_str_is(type, "Complete") || sw_str_is(type, "Failed");
        if (ends && sw_str_is(sw_aws_text(list.items[i], "status"), "True"))
            return type;
    }
    return (sw_str){"", 0};
}

static void looked(sw_job *job, const sw_call_answer *answer)
{
    sw_eks_task *task = job->state;
    unsigned     status = answer->outcome == SW_CALL_ANSWERED ? answer->status : 0;
    bool         passing = status >= 500 || status == 429 || status == 401 ||
                   (status == 0 && answer->outcome != SW_CALL_REFUSED);
    if (!sw_call_is_good(answer)) {
        if (passing && ++task->failures < LOOKS_FAILED_MAX)
            pause(job);
        else
            sw_eks_fail_answer(job, answer);
        return;
    }
    task->failures = 0;
    sw_str how = ended_as(sw_http_read_body(answer, &job->arena));
    if (how.bytes == 0) {
        pause(job);
        return;
    }
    sw_value options = sw_value_get(task->parameters, SW_STR("LogOptions"));
    task->has_failed = sw_str_is(how, "Failed");
    task->job_text = sw_eks_print_answer(answer, &job->arena);
    if (sw_value_is_true(sw_value_get(options, SW_STR("RetrieveLogs"))))
        read_logs(job);
    else
        end(job);
}

static void look(sw_job *job)
{
    next(job, "GET", job_path(job), sw_undefined(), looked);
}

// Beginning ---------------------------------------------------------------------------------------

static void watch(sw_job *job, sw_str submission)
{
    sw_eks_task *task = job->state;
    sw_value     body = sw_value_get(parse(job, submission), SW_STR("ResponseBody"));
    sw_value     metadata = sw_value_get(body, SW_STR("metadata"));
    task->name = sw_str_copy(&job->arena, sw_aws_text(metadata, "name"));
    task->body = (sw_str){NULL, 0};
    if (task->name.bytes == 0) {
        sw_job_fail(job, SW_STR("States.Runtime"), SW_STR("The cluster has named no job"));
        return;
    }
    task->mark = sw_arena_get_mark(&job->arena);
    pause(job);
}

static bool is_sync(const sw_job *job)
{
    static const char end_of[] = ".sync";
    size_t            bytes = sizeof end_of - 1;
    sw_str            action = job->task.action;
    return action.bytes > bytes && memcmp(action.text + action.bytes - bytes, end_of, bytes) == 0;
}

static void submitted(sw_job *job, const sw_call_answer *answer)
{
    if (!sw_call_is_good(answer)) {
        sw_eks_fail_answer(job, answer);
        return;
    }
    sw_str text = sw_eks_print_answer(answer, &job->arena);
    if (!is_sync(job)) {
        sw_job_succeed(job, text);
        return;
    }
    sw_job_submitted(job, text);
    watch(job, text);
}

void sw_eks_submit_job(sw_job *job)
{
    const sw_eks_task *task = job->state;
    next(job, "POST",
         sw_str_format(&job->arena, "/apis/batch/v1/namespaces/%.*s/jobs",
                       SW_STR_ARG(part(job, task->space))),
         sw_undefined(), submitted);
}

void sw_eks_watch_job(sw_job *job)
{
    watch(job, job->task.submission);
}

// Its pods go first.
static void deleted(sw_job *job, const sw_call_answer *answer)
{
    (void)answer;
    sw_job_succeed(job, (sw_str){"", 0}); // reports nothing
}

void sw_eks_delete_job(sw_job *job)
{
    next(job, "DELETE", job_path(job), make_query(job, "propagationPolicy", SW_STR("Foreground")),
         deleted);
}
