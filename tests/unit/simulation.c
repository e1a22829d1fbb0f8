// simulation.c: random schedules. A seed decides what every task answers and when; the execution is
// thrown away and rebuilt from its records at random moments. The history has to be that of the
// undisturbed run with the same seed.
//
//     unit-simulation [SEED]     one seed, which a failure has named
//
// What a task answers depends on the seed, its state and its attempt alone, so that both runs get
// the same answers.

#include "check.h"

#include "base/chance.h"
#include "tools/play.h"

#include <stdlib.h>

#define SEEDS 300u

// Every kind of state, retries and catchers at each level, two levels of children.
static const char definition[] =
    "{\"StartAt\":\"Map\",\"TimeoutSeconds\":500,\"States\":{"
    "\"Map\":{\"Type\":\"Map\",\"MaxConcurrency\":3,\"ItemsPath\":\"$.items\",\"ResultPath\":\"$."
    "map\","
    "  \"ItemSelector\":{\"n.$\":\"$$.Map.Item.Value\",\"u.$\":\"States.UUID()\"},"
    "  "
    "\"Retry\":[{\"ErrorEquals\":[\"A\",\"States.Timeout\"],\"MaxAttempts\":2,\"IntervalSeconds\":"
    "3,"
    "              \"JitterStrategy\":\"FULL\"}],"
    "  "
    "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Repair\",\"ResultPath\":\"$.error\"}],"
    "  \"Next\":\"Parallel\",\"ItemProcessor\":{\"StartAt\":\"Pay\",\"States\":{"
    "    "
    "\"Pay\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"TimeoutSeconds\":"
    "7,"
    "      "
    "\"Parameters\":{\"retry.$\":\"$$.State.RetryCount\",\"n.$\":\"$.n\"},\"Assign\":{\"paid.$\":"
    "\"$\"},"
    "      "
    "\"Retry\":[{\"ErrorEquals\":[\"B\"],\"MaxAttempts\":2},{\"ErrorEquals\":[\"States.ALL\"],"
    "                 \"MaxAttempts\":1,\"BackoffRate\":1}],\"Next\":\"Pause\"},"
    "    \"Pause\":{\"Type\":\"Wait\",\"Seconds\":2,\"Next\":\"Sign\"},"
    "    "
    "\"Sign\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:us-east-1:123456789012:activity:"
    "sign\","
    "      \"HeartbeatSeconds\":4,\"ResultSelector\":{\"paid.$\":\"$paid\",\"signed.$\":\"$\"},"
    "      \"Catch\":[{\"ErrorEquals\":[\"A\"],\"Next\":\"Skip\"}],\"End\":true},"
    "    \"Skip\":{\"Type\":\"Pass\",\"Parameters\":{\"r.$\":\"States.MathRandom(1, "
    "1000)\"},\"End\":true}}}},"
    "\"Repair\":{\"Type\":\"Pass\",\"Next\":\"Parallel\"},"
    "\"Parallel\":{\"Type\":\"Parallel\",\"Retry\":[{\"ErrorEquals\":[\"B\"]}],\"Next\":\"Choose\","
    "\"Branches\":["
    "  {\"StartAt\":\"Ask\",\"States\":{\"Ask\":{\"Type\":\"Task\","
    "    \"Resource\":\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"TimeoutSeconds\":6,"
    "    \"Parameters\":{\"QueueUrl\":\"q\",\"MessageBody.$\":\"$$.Task.Token\"},"
    "    \"Catch\":[{\"ErrorEquals\":[\"States.Timeout\"],\"Next\":\"Late\"}],\"End\":true},"
    "    \"Late\":{\"Type\":\"Succeed\"}}},"
    "  "
    "{\"StartAt\":\"Inner\",\"States\":{\"Inner\":{\"Type\":\"Map\",\"ItemsPath\":\"$.items\","
    "\"End\":true,"
    "    "
    "\"ItemProcessor\":{\"StartAt\":\"Nap\",\"States\":{\"Nap\":{\"Type\":\"Wait\",\"SecondsPath\":"
    "\"$\","
    "      \"Next\":\"Do\"},\"Do\":{\"Type\":\"Task\","
    "      \"Resource\":\"arn:aws:lambda:us-east-1:123456789012:function:f\",\"End\":true}}}}}},"
    "  "
    "{\"StartAt\":\"Note\",\"States\":{\"Note\":{\"Type\":\"Pass\",\"Assign\":{\"seen\":true},"
    "\"End\":true}}}]},"
    "\"Choose\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$[1][0]\",\"IsString\":true,"
    "\"Next\":\"Bad\"}],"
    "  \"Default\":\"Good\"},"
    "\"Bad\":{\"Type\":\"Fail\",\"ErrorPath\":\"$[1][0]\",\"Cause\":\"chosen\"},"
    "\"Good\":{\"Type\":\"Succeed\"}}}";

static uint64_t seed;

// What happens to tasks ---------------------------------------------------------------------------

static const char *const outcomes[] = {
    "{\"output\":{\"ok\":1}}",
    "{\"output\":\"text\",\"delay_s\":%d.25}",
    "{\"output\":[1, 2],\"delay_s\":%d}",
    "{\"output\":1,\"delay_s\":%d}",
    "{\"error\":\"A\",\"delay_s\":%d}",
    "{\"error\":\"B\",\"cause\":\"c\"}",
    "{\"failed\":true,\"delay_s\":1}",
    "{\"timeout\":true}",
    "{\"output\":1,\"delay_s\":%d,\"pickup_s\":1,\"heartbeats_s\":[2,3,5],\"submitted\":{\"Id\":7},"
    "\"submit_s\":1}",
};

static uint64_t hash_name(sw_str name)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < name.bytes; i++)
        hash = (hash ^ (unsigned char)name.text[i]) * 1099511628211u;
    return hash;
}

static sw_value decide_outcome(play *p, sw_str state, uint32_t attempt)
{
    sw_chance chance;
    sw_value  outcome = sw_undefined();
    char      text[200];
    sw_chance_seed(&chance, seed ^ hash_name(state), attempt);
    uint64_t which = sw_chance_bits(&chance) % 12;
    if (which >= sizeof outcomes / sizeof *outcomes)
        which = 0; // so that some executions come far
    if (strstr(outcomes[which], "%d") != NULL) {
        const char *at = strstr(outcomes[which], "%d");
        snprintf(text, sizeof text, "%.*s%d%s", (int)(at - outcomes[which]), outcomes[which],
                 (int)(sw_chance_bits(&chance) % 6), at + 2);
    } else {
        snprintf(text, sizeof text, "%s", outcomes[which]);
    }
    sw_json_parse(&p->arena, sw_str_copy(&p->arena, sw_str_from(text)), 0, &outcome, NULL);
    return outcome;
}

// Runs --------------------------------------------------------------------------------------------

static sw_machine *machine;
static sw_chance   accidents;

// Now and then the process dies: between two happenings.
static bool lives_on(play *p)
{
    (void)p;
    return sw_chance_bits(&accidents) % 6 != 0;
}

static void begin(play *p)
{
    play_init(p, machine, SW_STR("{\"items\": [1, 2, 0, 3, 1]}"), sw_undefined());
    p->options.seed = seed;
    p->outcome = decide_outcome;
}

// Rebuilds the execution from its records, or from some of them: those of the last happening may be
// lost, as if it had not been committed.
static bool rebuild(play *p, size_t lost, sw_error *err)
{
    play            again;
    size_t          count;
    const sw_event *records = sw_execution_get_records(p->execution, &count);
    begin(&again);
    again.go_on = lives_on;
    bool ok = play_resume(&again, records, lost < count ? count - lost : 0, err);
    play_clear(p);
    *p = again;
    return ok;
}

static bool run_with_accidents(play *p, unsigned *deaths, sw_error *err)
{
    if (!play_start(p, err))
        return false;
    p->go_on = lives_on;
    for (;;) {
        if (!play_on(p, err))
            return false;
        if (sw_execution_get_status(p->execution) != SW_RUNNING)
            return true;
        ++*deaths;
        if (!rebuild(p, sw_chance_bits(&accidents) % 4, err))
            return false;
    }
}

static bool same_histories(const play *a, const play *b)
{
    size_t          n, m;
    const sw_event *first = sw_execution_get_records(a->execution, &n);
    const sw_event *second = sw_execution_get_records(b->execution, &m);
    sw_arena        arena;
    bool            same = true;
    sw_arena_init(&arena);
    for (size_t i = 0; i < (n > m ? n : m) && same; i++) {
        sw_str x = i < n ? play_print_record(a->execution, &first[i], &arena) : SW_STR("(nothing)");
        sw_str y =
            i < m ? play_print_record(b->execution, &second[i], &arena) : SW_STR("(nothing)");
        same = sw_str_equal(x, y);
        if (!same)
            printf("seed %llu, record %zu of the undisturbed run is\n    %.*s\nand with "
                   "accidents\n    %.*s\n",
                   (unsigned long long)seed, i + 1, SW_STR_ARG(x), SW_STR_ARG(y));
        sw_arena_reset(&arena);
    }
    sw_arena_clear(&arena);
    return same;
}

static unsigned deaths, statuses[SW_ABORTED + 1];

static void simulate(void)
{
    sw_error err = {0};
    play     quiet, disturbed;
    begin(&quiet);
    begin(&disturbed);
    sw_chance_seed(&accidents, seed, 1);
    bool ok = play_start(&quiet, &err) && play_on(&quiet, &err) &&
              run_with_accidents(&disturbed, &deaths, &err);
    if (!ok)
        printf("seed %llu: %s\n", (unsigned long long)seed, err.message);
    CHECK(ok && same_histories(&quiet, &disturbed));
    if (ok)
        statuses[sw_execution_get_status(quiet.execution)]++;
    play_clear(&quiet);
    play_clear(&disturbed);
}

int main(int argc, char **argv)
{
    sw_error       err = {0};
    sw_arena       arena;
    sw_diagnostics diagnostics = {0};
    uint64_t       only = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    CHECK_BEGIN(0, argv);
    sw_arena_init(&arena);
    if (!sw_machine_new(sw_str_from(definition), &(sw_machine_options){0}, &arena, &diagnostics,
                        &machine, &err)) {
        printf(
            "the machine is refused: %.*s\n",
            SW_STR_ARG(diagnostics.first ? diagnostics.first->message : sw_str_from(err.message)));
        return 1;
    }
    for (seed = only ? only : 1; seed <= (only ? only : SEEDS); seed++)
        check_run("simulation", simulate);
    printf("%u deaths; %u succeeded, %u failed, %u timed out\n", deaths, statuses[SW_SUCCEEDED],
           statuses[SW_FAILED], statuses[SW_TIMED_OUT]);
    sw_machine_unref(machine);
    sw_arena_clear(&arena);
    return CHECK_END();
}
