// collect.c: an execution without a history gives up what it no longer needs, and nothing else.

#include "check.h"

#include "engine/engine.h"

#include <stdlib.h>

#define LOOP                                                                                       \
    "{\"StartAt\":\"Init\",\"States\":{"                                                           \
    "\"Init\":{\"Type\":\"Pass\",\"Parameters\":{\"i\":0,\"n.$\":\"$.n\",\"keep.$\":\"$.keep\"},"  \
    "\"Assign\":{\"all.$\":\"$\"},\"Next\":\"More\"},"                                             \
    "\"More\":{\"Type\":\"Choice\",\"Default\":\"Done\",\"Choices\":[{\"Variable\":\"$.i\","       \
    "\"NumericLessThanPath\":\"$.n\",\"Next\":\"Add\"}]},"                                         \
    "\"Add\":{\"Type\":\"Pass\",\"Parameters\":{\"i.$\":\"States.MathAdd($.i, 1)\","               \
    "\"n.$\":\"$.n\",\"keep.$\":\"$.keep\"},"                                                      \
    "\"Assign\":{\"text.$\":\"States.Format('{} of {}', $.i, $.n)\"},\"Next\":\"More\"},"          \
    "\"Done\":{\"Type\":\"Pass\",\"Parameters\":{\"i.$\":\"$.i\",\"keep.$\":\"$.keep\","           \
    "\"text.$\":\"$text\",\"all.$\":\"$all\",\"input.$\":\"$$.Execution.Input\","                  \
    "\"name.$\":\"$$.Execution.Name\"},\"End\":true}}}"

// Tasks within a Map within a Parallel, a retry, a catch; the caller echoes.
#define TREE                                                                                       \
    "{\"StartAt\":\"Both\",\"States\":{\"Both\":{\"Type\":\"Parallel\",\"End\":true,"              \
    "\"Branches\":[{\"StartAt\":\"Each\",\"States\":{\"Each\":{\"Type\":\"Map\","                  \
    "\"ItemsPath\":\"$.keep.list\",\"MaxConcurrency\":3,\"ResultPath\":\"$.out\",\"End\":true,"    \
    "\"ItemSelector\":{\"item.$\":\"$$.Map.Item.Value\",\"at.$\":\"$$.Map.Item.Index\","           \
    "\"keep.$\":\"$.keep\"},\"ItemProcessor\":{\"StartAt\":\"Call\",\"States\":{"                  \
    "\"Call\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:us-east-1:123456789012:function:"   \
    "echo\",\"TimeoutSeconds\":9,\"ResultPath\":\"$.echo\",\"End\":true}}}}}},"                    \
    "{\"StartAt\":\"Bad\",\"States\":{"                                                            \
    "\"Bad\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:us-east-1:123456789012:function:"    \
    "bad\",\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"],\"MaxAttempts\":2}],"                      \
    "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"ResultPath\":\"$.error\",\"Next\":\"Ok\"}],"   \
    "\"Next\":\"Ok\"},\"Ok\":{\"Type\":\"Pass\",\"End\":true}}}]}}}"

// An object with a hash table, compact pieces and others, escapes, an empty list.
#define KEEP                                                                                       \
    "\"keep\": {\"list\":[1,\"two\",{\"three\":[3,3.00]},[],{}, null,true,\"l\\u00f6\\n\"],"       \
    "\"many\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10,"  \
    "\"k\":11,\"l\":12,\"m\":13,\"n\":14,\"o\":15,\"p\":16,\"q\":17,\"r\":18}}"

typedef struct run {
    sw_execution *x;
    bool          collect_often;
    size_t        bytes_max;
    int           handles;
} run;

static sw_machine *compile(const char *definition)
{
    sw_arena           arena;
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {.type = SW_EXPRESS, .format = SW_SOURCE_JSON};
    sw_machine        *machine = NULL;
    sw_arena_init(&arena);
    if (!sw_machine_new(sw_str_from(definition), &options, &arena, &diagnostics, &machine, NULL))
        printf("%.*s\n", SW_STR_ARG(diagnostics.first->message));
    sw_arena_clear(&arena);
    return machine;
}

static bool handle(run *r, const sw_happening *happening, int64_t now_ms, sw_effects *effects)
{
    if (r->collect_often)
        r->x->collect_bytes = 0;
    bool ok = sw_execution_handle(r->x, happening, now_ms, effects, NULL);
    if (r->x->arena.bytes + r->x->old_arena.bytes > r->bytes_max)
        r->bytes_max = r->x->arena.bytes + r->x->old_arena.bytes;
    r->handles++;
    return ok;
}

// Echoes, or fails when the function's name ends in d. The text is the execution's own.
static void answer(run *r, const sw_effect *effect, int64_t now_ms, sw_effects *effects)
{
    sw_str       resource = effect->resource;
    bool         fails = resource.text[resource.bytes - 1] == 'd';
    sw_happening told = {.kind = fails ? SW_HAPPENED_TASK_FAILED : SW_HAPPENED_TASK_SUCCEEDED,
                         .task = effect->task,
                         .output = sw_payload_text(effect->parameters)};
    if (fails)
        told.failure = (sw_failure){true, true, SW_STR("Bad"), told.output};
    CHECK(handle(r, &told, now_ms, effects));
}

// The first task's answer makes the effects of all others out of date, so they are kept by hand.
static void run_on(run *r)
{
    sw_effect    waiting[64];
    size_t       count = 0;
    sw_effects   effects;
    int64_t      now_ms = 1700000000000;
    sw_happening happening = {.kind = SW_HAPPENED_START};
    CHECK(handle(r, &happening, now_ms, &effects));
    while (sw_execution_get_status(r->x) == SW_RUNNING) {
        for (size_t i = 0; i < effects.count; i++) {
            if (effects.list[i].kind == SW_EFFECT_START_TASK)
                waiting[count++] = effects.list[i];
        }
        if (count > 0) {
            sw_effect       next = waiting[--count];
            const sw_frame *frame = sw_frame_get(r->x, next.task.frame);
            next.parameters = frame->parameters; // where they are now
            answer(r, &next, now_ms, &effects);
        } else {
            now_ms = sw_execution_next_due(r->x);
            happening.kind = SW_HAPPENED_TIME_PASSED;
            CHECK(handle(r, &happening, now_ms, &effects));
        }
    }
}

static bool start(run *r, const char *definition, const char *input, bool history)
{
    sw_machine          *machine = compile(definition);
    sw_error             err = {0};
    sw_execution_options options = {.id = SW_STR("arn:execution"),
                                    .name = SW_STR("name"),
                                    .input = sw_str_from(input),
                                    .seed = 1,
                                    .keep_history = history};
    bool                 ok = machine != NULL && sw_execution_new(machine, &options, &r->x, &err);
    if (!ok)
        printf("%s\n", err.message);
    sw_machine_unref(machine);
    return ok;
}

// Runs with a history, which is never collected, and without, collecting all the time.
static void check_equal(const char *definition, const char *input)
{
    run kept = {0}, collected = {.collect_often = true};
    REQUIRE(start(&kept, definition, input, true));
    REQUIRE(start(&collected, definition, input, false));
    run_on(&kept);
    run_on(&collected);
    CHECK_INT(sw_execution_get_status(collected.x), SW_SUCCEEDED);
    CHECK_INT(sw_execution_get_event_count(collected.x), sw_execution_get_event_count(kept.x));
    REQUIRE(sw_execution_get_output(kept.x) != NULL);
    REQUIRE(sw_execution_get_output(collected.x) != NULL);
    CHECK_TEXT(sw_payload_text(sw_execution_get_output(collected.x)),
               sw_str_copy(&kept.x->arena, sw_payload_text(sw_execution_get_output(kept.x))).text);
    sw_execution_free(kept.x);
    sw_execution_free(collected.x);
}

TEST(collect__a_loop_ends_as_it_does_without)
{
    check_equal(LOOP, "{\"n\": 300, " KEEP "}");
    check_equal(LOOP, "{\"n\":300,\"keep\":[{\"a\":\"compact\"},{\"b\":[1,2]}]}");
}

TEST(collect__branches_iterations_retries_and_tasks_end_as_they_do_without)
{
    check_equal(TREE, "{" KEEP "}");
    check_equal(TREE, "{\"keep\":{\"list\":[{\"a\":\"compact\"},[],{}],\"more\":\"text\"}}");
}

TEST(collect__a_loop_of_a_million_transitions_stays_small)
{
    run         r = {0};
    const char *turns = getenv("SANITIZED") != NULL && strcmp(getenv("SANITIZED"), "1") == 0
                            ? "{\"n\":20000,\"keep\":1}"
                            : "{\"n\":500000,\"keep\":1}";
    REQUIRE(start(&r, LOOP, turns, false));
    run_on(&r);
    CHECK_INT(sw_execution_get_status(r.x), SW_SUCCEEDED);
    CHECK(r.bytes_max <= 4u * 1024u * 1024u);
    CHECK(r.handles > 1);
    sw_execution_free(r.x);
}

TEST(collect__a_history_keeps_everything)
{
    run    r = {.collect_often = true};
    size_t count;
    REQUIRE(start(&r, LOOP, "{\"n\":2000,\"keep\":1}", true));
    run_on(&r);
    const sw_event *records = sw_execution_get_records(r.x, &count);
    CHECK_INT(count, sw_execution_get_event_count(r.x));
    CHECK_TEXT(sw_payload_text(records[0].data), "{\"n\":2000,\"keep\":1}");
    sw_execution_free(r.x);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(collect__a_loop_ends_as_it_does_without);
    RUN(collect__branches_iterations_retries_and_tasks_end_as_they_do_without);
    RUN(collect__a_loop_of_a_million_transitions_stays_small);
    RUN(collect__a_history_keeps_everything);
    return CHECK_END();
}
