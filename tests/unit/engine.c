// engine.c: what execution.h promises, apart from what states do (tests/machines shows that).

#include "check.h"

#include "stepwell/execution.h"

#define TASK "{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:us-east-1:123456789012:function:f\""
#define ACTIVITY                                                                                   \
    "{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:us-east-1:123456789012:activity:a\""
#define ONE(state) "{\"StartAt\":\"S\",\"States\":{\"S\":" state ",\"End\":true}}}"

typedef struct fixture {
    sw_arena             arena;
    sw_machine          *machine;
    sw_execution        *x;
    sw_execution_options options;
    sw_effects           effects;
    sw_error             err;
} fixture;

static bool set_up(fixture *f, const char *definition, const char *input)
{
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {0};
    *f = (fixture){
        .options = {.name = SW_STR("run"), .keep_history = true, .input = sw_str_from(input)}};
    sw_arena_init(&f->arena);
    return sw_machine_new(sw_str_from(definition), &options, &f->arena, &diagnostics, &f->machine,
                          &f->err) &&
           sw_execution_new(f->machine, &f->options, &f->x, &f->err);
}

static void tear_down(fixture *f)
{
    sw_execution_free(f->x);
    sw_machine_unref(f->machine);
    sw_arena_clear(&f->arena);
}

static bool handle(fixture *f, sw_happening happening, int64_t now_ms)
{
    return sw_execution_handle(f->x, &happening, now_ms, &f->effects, &f->err);
}

static bool happens(fixture *f, sw_happening_kind kind, int64_t now_ms)
{
    return handle(f, (sw_happening){.kind = kind}, now_ms);
}

static bool succeeds(fixture *f, sw_task_ref task, const char *output, int64_t now_ms)
{
    return handle(f,
                  (sw_happening){.kind = SW_HAPPENED_TASK_SUCCEEDED,
                                 .task = task,
                                 .output = sw_str_from(output)},
                  now_ms);
}

TEST(engine__refuses_what_cannot_happen)
{
    fixture f;
    REQUIRE(set_up(&f, ONE("{\"Type\":\"Pass\""), "{}"));
    CHECK(!happens(&f, SW_HAPPENED_TIME_PASSED, 1));
    CHECK_INT(f.err.code, SW_ERROR_INVALID);
    CHECK(!happens(&f, SW_HAPPENED_STOP, 1));
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    CHECK(!happens(&f, SW_HAPPENED_START, 1));
    CHECK_STR(f.err.message, "the execution has started already");
    CHECK(happens(&f, SW_HAPPENED_TIME_PASSED, 2)); // it has ended: nothing happens
    CHECK_INT(f.effects.count, 0);
    CHECK_INT(sw_execution_next_due(f.x), INT64_MAX);
    tear_down(&f);
}

TEST(engine__checks_the_input)
{
    fixture f;
    CHECK(!set_up(&f, ONE("{\"Type\":\"Pass\""), "{nope"));
    CHECK_INT(f.err.code, SW_ERROR_SYNTAX);
    f.options = (sw_execution_options){.input = SW_STR("[1,2,3]"), .payload_bytes_max = 6};
    CHECK(!sw_execution_new(f.machine, &f.options, &f.x, &f.err));
    CHECK_INT(f.err.code, SW_ERROR_LIMIT);
    tear_down(&f);
}

TEST(engine__copies_what_it_is_given)
{
    fixture f;
    char    error[] = "E", cause[] = "C", input[] = "{\"a\":1}";
    REQUIRE(set_up(&f, ONE(TASK), "{}"));
    sw_execution_free(f.x);
    f.options.input = sw_str_from(input);
    REQUIRE(sw_execution_new(f.machine, &f.options, &f.x, &f.err));
    memset(input, 'x', sizeof input - 1);
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    CHECK_TEXT(sw_payload_text(f.effects.list[0].parameters), "{\"a\":1}");
    CHECK(handle(&f,
                 (sw_happening){.kind = SW_HAPPENED_STOP,
                                .failure = {true, true, sw_str_from(error), sw_str_from(cause)}},
                 2));
    memset(error, 'x', 1);
    memset(cause, 'x', 1);
    CHECK_TEXT(sw_execution_get_failure(f.x)->error, "E");
    CHECK_TEXT(sw_execution_get_failure(f.x)->cause, "C");
    CHECK_INT(sw_execution_get_status(f.x), SW_ABORTED);
    tear_down(&f);
}

TEST(engine__a_task_is_an_effect_and_its_report_an_event)
{
    fixture f;
    REQUIRE(set_up(&f, ONE(TASK ",\"TimeoutSeconds\":9"), "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 1000));
    REQUIRE(f.effects.count == 1);
    sw_effect effect = f.effects.list[0];
    CHECK_INT(effect.kind, SW_EFFECT_START_TASK);
    CHECK_INT(effect.task_kind, SW_TASK_LAMBDA);
    CHECK_TEXT(effect.state_name, "S");
    CHECK_INT(effect.timeout_s, 9);
    CHECK_INT(sw_execution_next_due(f.x), 10000);
    CHECK(sw_execution_wants(f.x, effect.task));
    CHECK(succeeds(&f, effect.task, "{\"b\" : 2}", 2000));
    CHECK(!sw_execution_wants(f.x, effect.task));
    CHECK_INT(sw_execution_get_status(f.x), SW_SUCCEEDED);
    CHECK_TEXT(sw_payload_text(sw_execution_get_output(f.x)), "{\"b\" : 2}");
    REQUIRE(f.effects.count == 1);
    CHECK_INT(f.effects.list[0].kind, SW_EFFECT_FINISHED);
    tear_down(&f);
}

TEST(engine__late_and_wrong_reports_change_nothing)
{
    fixture f;
    REQUIRE(set_up(&f,
                   ONE(TASK ",\"TimeoutSeconds\":1,\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"]}]"),
                   "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 0));
    sw_task_ref first = f.effects.list[0].task;
    CHECK(happens(&f, SW_HAPPENED_TIME_PASSED, 1000));
    CHECK_INT(f.effects.list[0].kind, SW_EFFECT_CANCEL_TASK);
    uint32_t events = sw_execution_get_event_count(f.x);
    CHECK(succeeds(&f, first, "1", 1001));
    CHECK(succeeds(&f, (sw_task_ref){first.frame, 999}, "1", 1001));
    CHECK(succeeds(&f, (sw_task_ref){77, first.attempt}, "1", 1001));
    CHECK_INT(sw_execution_get_event_count(f.x), events);
    CHECK(happens(&f, SW_HAPPENED_TIME_PASSED, 2000));
    REQUIRE(f.effects.count == 1);
    CHECK_INT(f.effects.list[0].retry_count, 1);
    CHECK(succeeds(&f, first, "1", 2001));
    CHECK_INT(sw_execution_get_status(f.x), SW_RUNNING);
    CHECK(succeeds(&f, f.effects.count ? f.effects.list[0].task : (sw_task_ref){0, events + 1}, "1",
                   2001));
    CHECK_INT(sw_execution_get_status(f.x), SW_SUCCEEDED);
    tear_down(&f);
}

TEST(engine__an_activity_starts_when_a_worker_takes_it)
{
    fixture f;
    REQUIRE(set_up(&f, ONE(ACTIVITY ",\"HeartbeatSeconds\":5"), "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 0));
    REQUIRE(f.effects.count == 1);
    sw_task_ref task = f.effects.list[0].task;
    CHECK_TEXT(f.effects.list[0].token, "run.0.3");
    CHECK_INT(sw_execution_get_event_count(f.x), 3);
    CHECK(handle(&f,
                 (sw_happening){
                     .kind = SW_HAPPENED_TASK_STARTED, .task = task, .worker_name = SW_STR("bob")},
                 50));
    CHECK_INT(sw_execution_get_event_count(f.x), 4);
    CHECK_INT(sw_execution_next_due(f.x), 5050);
    CHECK(handle(&f, (sw_happening){.kind = SW_HAPPENED_TASK_HEARTBEAT, .task = task}, 4000));
    CHECK_INT(sw_execution_next_due(f.x), 9000);
    CHECK_INT(sw_execution_get_event_count(f.x), 4);
    tear_down(&f);
}

TEST(engine__time_never_goes_back)
{
    fixture f;
    size_t  count;
    REQUIRE(set_up(&f, ONE(TASK), "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 5000));
    CHECK(succeeds(&f, f.effects.list[0].task, "1", 4000));
    const sw_event *records = sw_execution_get_records(f.x, &count);
    CHECK_INT(records[count - 1].timestamp_ms, 5000);
    tear_down(&f);
}

typedef struct witness {
    uint32_t next, wrong;
} witness;

static void observe(void *who, const sw_execution *execution, const sw_event *event)
{
    witness *w = who;
    if (event->id != 0 && event->id != w->next++)
        w->wrong++;
    if (event->id != 0 && event->id != sw_execution_get_event_count(execution))
        w->wrong++; // it is told after the event has been applied
}

TEST(engine__the_observer_sees_every_event_in_order_without_history)
{
    fixture f;
    witness w = {.next = 1};
    size_t  count;
    REQUIRE(set_up(
        &f,
        "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"End\":true,\"ItemProcessor\":{"
        "\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Pass\",\"End\":true}}}}}}",
        "[1,2,3]"));
    sw_execution_free(f.x);
    f.options.keep_history = false;
    f.options.observe = observe;
    f.options.who = &w;
    REQUIRE(sw_execution_new(f.machine, &f.options, &f.x, &f.err));
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    CHECK_INT(w.wrong, 0);
    CHECK_INT(w.next, 1 + sw_execution_get_event_count(f.x));
    sw_execution_get_records(f.x, &count);
    CHECK_INT(count, 0);
    CHECK_TEXT(sw_payload_text(sw_execution_get_output(f.x)), "[1,2,3]");
    tear_down(&f);
}

TEST(engine__untouched_text_is_spliced_byte_for_byte)
{
    fixture f;
    REQUIRE(set_up(
        &f,
        "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":["
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}},"
        "{\"StartAt\":\"B\",\"States\":{\"B\":{\"Type\":\"Succeed\"}}}]}}}",
        "[[1, 2, 3], [4, 5, 6]]"));
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    CHECK_TEXT(sw_payload_text(sw_execution_get_output(f.x)),
               "[[[1, 2, 3], [4, 5, 6]],[[1, 2, 3], [4, 5, 6]]]");
    tear_down(&f);
}

TEST(engine__branches_cannot_nest_deeper_than_json_may_be)
{
    fixture f;
    char    deep[2 * 1000 + 2]; // with a blank, so that the branches' texts are spliced
    memset(deep, '[', 1000);
    deep[1000] = ' ';
    memset(deep + 1001, ']', 1000);
    deep[2001] = '\0';
    REQUIRE(set_up(
        &f,
        "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":["
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}]}}}",
        deep));
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    CHECK_INT(sw_execution_get_status(f.x), SW_FAILED);
    tear_down(&f);
}

TEST(engine__replay_refuses_what_does_not_follow)
{
    fixture       f;
    sw_execution *other;
    size_t        count;
    sw_error      err;
    REQUIRE(set_up(&f, ONE(TASK), "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 1));
    const sw_event *records = sw_execution_get_records(f.x, &count);
    REQUIRE(sw_execution_new(f.machine, &f.options, &other, &err));
    CHECK(!sw_execution_replay(other, &records[1], &err));
    CHECK_INT(err.code, SW_ERROR_INVALID);
    CHECK(sw_execution_replay(other, &records[0], &err));
    CHECK(!sw_execution_replay(other, &records[0], &err));
    sw_event bad = records[1];
    bad.frame = 12;
    CHECK(!sw_execution_replay(other, &bad, &err));
    bad.frame = 0;
    bad.state = 99;
    CHECK(!sw_execution_replay(other, &bad, &err));
    CHECK(sw_execution_replay(other, &records[1], &err));
    CHECK(sw_execution_replay(other, &records[2], &err));
    CHECK(sw_execution_replay(other, &records[3], &err));
    CHECK(sw_execution_handle(other, &(sw_happening){.kind = SW_HAPPENED_RESUME}, 9, &f.effects,
                              &err));
    REQUIRE(f.effects.count == 1);
    CHECK(f.effects.list[0].interrupted);
    sw_execution_free(other);
    tear_down(&f);
}

TEST(engine__events_leave_out_what_is_absent)
{
    fixture f;
    size_t  count;
    REQUIRE(set_up(&f, "{\"StartAt\":\"F\",\"States\":{\"F\":{\"Type\":\"Fail\"}}}", "{}"));
    CHECK(happens(&f, SW_HAPPENED_START, 1500));
    const sw_event *records = sw_execution_get_records(f.x, &count);
    REQUIRE(count == 3);
    CHECK_TEXT(sw_json_print(&f.arena, sw_event_to_json(f.x, &records[2], true, &f.arena)),
               "{\"timestamp\":1.5,\"type\":\"ExecutionFailed\",\"id\":3,\"previousEventId\":2,"
               "\"executionFailedEventDetails\":{}}");
    CHECK_TEXT(sw_json_print(&f.arena, sw_event_to_json(f.x, &records[0], false, &f.arena)),
               "{\"timestamp\":1.5,\"type\":\"ExecutionStarted\",\"id\":1,\"previousEventId\":0,"
               "\"executionStartedEventDetails\":{}}");
    tear_down(&f);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(engine__refuses_what_cannot_happen);
    RUN(engine__checks_the_input);
    RUN(engine__copies_what_it_is_given);
    RUN(engine__a_task_is_an_effect_and_its_report_an_event);
    RUN(engine__late_and_wrong_reports_change_nothing);
    RUN(engine__an_activity_starts_when_a_worker_takes_it);
    RUN(engine__time_never_goes_back);
    RUN(engine__the_observer_sees_every_event_in_order_without_history);
    RUN(engine__untouched_text_is_spliced_byte_for_byte);
    RUN(engine__branches_cannot_nest_deeper_than_json_may_be);
    RUN(engine__replay_refuses_what_does_not_follow);
    RUN(engine__events_leave_out_what_is_absent);
    return CHECK_END();
}
