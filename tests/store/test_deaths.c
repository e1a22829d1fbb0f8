// test_deaths.c: the server on a store that dies at every write in turn, and is opened again.
//
// Over the claims of tests/machines: a quiet run says how many commits there are and what the
// history is. Then for each of them the store dies there, once with the batch lost and once with
// the batch written but nobody told; a new server goes on with what is stored. The history, but for
// its times, has to be the quiet one's.
//
// Tasks are answered at once from the claim's script, and run again after a death
// (--interrupted-tasks retry), since what became of them is known here. Left out are claims that
// need the clock to move or their tasks to linger (unit/machines has those, with every prefix),
// and those that show the time, chance or a token. Where tasks run side by side their events may
// interleave otherwise, so of those the outcome is compared.

#include "check.h"

#include "tools/no_http.h"
#include "tools/play.h"

#include "base/assert.h"

#include <dirent.h>
#include <stdlib.h>
#include <time.h>

#define FOLDER       "tests/machines"
#define CLAIMS_MAX   1000u
#define ATTEMPTS_MAX 4000u
#define PATIENCE_MS  60000

// A store that dies -------------------------------------------------------------------------------

typedef struct mortal {
    sw_store  store; // first
    sw_store *inner;
    unsigned  commits, dies_at; // 0: never
    bool      written;          // it dies after the write, not before
    bool      dead;             // atomic
} mortal;

static bool mortal_commit(sw_store *store, const sw_record *records, size_t count, sw_error *err)
{
    mortal *m = (mortal *)store;
    if (!m->dead && ++m->commits != m->dies_at)
        return m->inner->commit(m->inner, records, count, err);
    if (!m->dead && m->written)
        SW_ASSERT(m->inner->commit(m->inner, records, count, err));
    __atomic_store_n(&m->dead, true, __ATOMIC_RELEASE);
    return sw_fail(err, SW_ERROR_IO, "the store has died");
}

static void mortal_checkpoint(sw_store *store)
{
    (void)store;
}

static bool mortal_reader_open(sw_store *store, sw_reader **reader, sw_error *err)
{
    mortal *m = (mortal *)store;
    return m->inner->reader_open(m->inner, reader, err);
}

static void mortal_close(sw_store *store)
{
    (void)store; // what was stored outlives the server
}

static mortal make_mortal(sw_store *inner, unsigned dies_at, bool written)
{
    return (mortal){.store = {.name = "mortal",
                              .commit = mortal_commit,
                              .checkpoint = mortal_checkpoint,
                              .reader_open = mortal_reader_open,
                              .close = mortal_close},
                    .inner = inner,
                    .dies_at = dies_at,
                    .written = written};
}

// Tasks by a script -------------------------------------------------------------------------------

// Which attempts there were, in order: one that is run again is the same one.
typedef struct scripted {
    sw_task_runner runner; // first
    sw_value       script;
    sw_arena       arena;
    struct {
        sw_str   state;
        uint32_t event;
    } attempts[ATTEMPTS_MAX];
    size_t count;
} scripted;

static uint32_t number_attempt(scripted *s, sw_str state, uint32_t event)
{
    uint32_t number = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (!sw_str_equal(s->attempts[i].state, state))
            continue;
        if (s->attempts[i].event == event)
            return number;
        number++;
    }
    SW_ASSERT(s->count < ATTEMPTS_MAX);
    s->attempts[s->count].state = sw_str_copy(&s->arena, state);
    s->attempts[s->count++].event = event;
    return number;
}

static sw_str text_of(sw_value outcome, const char *member)
{
    return sw_value_str(sw_value_get(outcome, sw_str_from(member)));
}

static bool has(sw_value outcome, const char *member)
{
    return sw_value_get(outcome, sw_str_from(member)).type != SW_UNDEFINED;
}

// On one thread at a time: the committer's.
static void start_task(sw_task_runner *runner, const sw_outside_task *task)
{
    scripted *s = (scripted *)runner;
    sw_value  list = sw_value_get(s->script, task->state_name);
    uint32_t  number = number_attempt(s, task->state_name, task->task.attempt);
    SW_ASSERT(list.type == SW_ARRAY && list.size > 0);
    sw_value     outcome = list.items[number < list.size ? number : list.size - 1];
    sw_happening happening = {.kind = SW_HAPPENED_TASK_SUCCEEDED, .task = task->task};
    if (has(outcome, "output_text")) {
        happening.output = text_of(outcome, "output_text");
    } else if (has(outcome, "output")) {
        happening.output = sw_json_print(&s->arena, sw_value_get(outcome, SW_STR("output")));
    } else {
        happening.kind = SW_HAPPENED_TASK_FAILED;
        happening.failure = (sw_failure){.has_error = has(outcome, "error"),
                                         .has_cause = has(outcome, "cause"),
                                         .error = text_of(outcome, "error"),
                                         .cause = text_of(outcome, "cause")};
    }
    runner->report(runner->who, task->execution, task->task, &happening);
}

// A claim -----------------------------------------------------------------------------------------

typedef struct claim {
    const char *name;
    sw_arena    arena;
    sw_str      definition, input;
    sw_value    script;
    bool        side_by_side; // tasks may be
} claim;

static sw_str read_part(claim *c, const char *file)
{
    return play_read_file(sw_str_format(&c->arena, FOLDER "/%s/%s", c->name, file).text, &c->arena);
}

static bool mentions(sw_str text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text.text != NULL && strstr(text.text, *words) != NULL)
            return true;
    }
    return false;
}

static bool open_claim(claim *c, const char *name)
{
    static const char *const moves[] = {"\n@", NULL};
    static const char *const lingers[] = {"delay_s", "timeout",   "submit",  "heartbeats",
                                          "worker",  "\"$stop\"", "$redriv", NULL};
    static const char *const differs[] = {"Time",       "\"$$\"",  "Random", "UUID",
                                          "random",     "uuid",    "now()",  "millis()",
                                          ":activity:", "waitFor", ".sync",  NULL};
    static const char *const branches[] = {"\"Parallel\"", "\"Map\"", NULL};
    *c = (claim){.name = name};
    sw_arena_init(&c->arena);
    c->definition = read_part(c, "definition.asl.json");
    c->input = read_part(c, "input.json");
    sw_str history = read_part(c, "history.txt"), script = read_part(c, "mock.json");
    if (c->definition.text == NULL || history.text == NULL ||
        strncmp(name, "an-express", 10) == 0 || mentions(history, moves) ||
        mentions(script, lingers) || mentions(c->definition, differs))
        return false;
    if (c->input.text == NULL)
        c->input = SW_STR("{}");
    c->side_by_side = mentions(c->definition, branches) && script.text != NULL;
    return script.text == NULL || sw_json_parse(&c->arena, script, 0, &c->script, NULL);
}

// A server's life ---------------------------------------------------------------------------------

typedef struct life {
    mortal     store;
    sw_server *server;
    sw_reader *reader;
} life;

static bool begin_life(life *l, sw_store *inner, unsigned dies_at, bool written, scripted *tasks)
{
    sw_error err = {0};
    l->store = make_mortal(inner, dies_at, written);
    sw_server_options options = {.store = &l->store.store,
                                 .runner = &tasks->runner,
                                 .account = SW_STR("123456789012"),
                                 .region = SW_STR("us-east-1"),
                                 .interrupted_tasks_retry = true};
    return CHECK(sw_server_open(&options, &l->server, &err)) &&
           CHECK(l->store.store.reader_open(&l->store.store, &l->reader, &err));
}

static void end_life(life *l)
{
    l->reader->close(l->reader);
    sw_server_close(l->server, 0);
}

// The answer as a value in the arena; the status is 500 when the store has died.
static unsigned ask(const life *l, const char *action, sw_str body, sw_arena *arena,
                    sw_value *answer)
{
    exchange *e = no_http_ask(l->server, l->reader, sw_str_from(action), body);
    sw_error  err = {0};
    SW_ASSERT(no_http_wait(e, PATIENCE_MS));
    unsigned status = e->request.status;
    SW_ASSERT(sw_json_parse(arena, sw_str_copy(arena, e->request.body), 0, answer, &err));
    no_http_free(e);
    return status;
}

static sw_str quote(sw_arena *arena, sw_str text)
{
    return sw_json_print(arena, sw_string(text));
}

#define MACHINE   "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define EXECUTION "{\"executionArn\":\"arn:aws:states:us-east-1:123456789012:execution:m:x\"}"

// Both may be repeated: what exists already is the same.
static void begin_execution(const life *l, const claim *c, sw_arena *arena)
{
    sw_value answer;
    sw_str   definition = quote(arena, c->definition), input = quote(arena, c->input);
    ask(l, "CreateStateMachine",
        sw_str_format(arena,
                      "{\"name\":\"m\",\"roleArn\":\"arn:aws:iam::123456789012:role/r\","
                      "\"definition\":%.*s}",
                      SW_STR_ARG(definition)),
        arena, &answer);
    ask(l, "StartExecution",
        sw_str_format(arena, "{\"stateMachineArn\":\"" MACHINE "\",\"name\":\"x\",\"input\":%.*s}",
                      SW_STR_ARG(input)),
        arena, &answer);
}

// Until it has ended, or the store has died.
static bool wait_for_end(const life *l, sw_arena *arena)
{
    const struct timespec moment = {.tv_nsec = 200000};
    sw_value              answer;
    for (int i = 0; i < PATIENCE_MS * 5; i++) {
        if (__atomic_load_n(&l->store.dead, __ATOMIC_ACQUIRE))
            return false;
        sw_arena_reset(arena);
        if (ask(l, "DescribeExecution", SW_STR(EXECUTION), arena, &answer) == 200 &&
            !sw_str_is(text_of(answer, "status"), "RUNNING"))
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

static sw_value without(sw_arena *arena, sw_value event, const char *member)
{
    sw_value *items, *to;
    uint32_t  count = event.size - has(event, member);
    sw_value  object = sw_object_build(arena, count, &items);
    to = items;
    for (uint32_t i = 0; i < event.size; i++) {
        if (sw_str_is(sw_value_key(event, i), member))
            continue;
        *to++ = event.items[2 * i];
        *to++ = event.items[2 * i + 1];
    }
    return object;
}

// An event a line, without its time; of tasks side by side the last one alone.
static sw_str print_history(const life *l, const claim *c, sw_arena *arena)
{
    sw_value answer;
    sw_str   text = {"", 0};
    ask(l, "GetExecutionHistory",
        SW_STR("{\"maxResults\":1000,\"executionArn\":\"arn:aws:states:us-east-1:123456789012:"
               "execution:m:x\"}"),
        arena, &answer);
    sw_value events = sw_value_get(answer, SW_STR("events"));
    for (uint32_t i = c->side_by_side ? events.size - 1 : 0; i < events.size; i++) {
        sw_value event = without(arena, events.items[i], "timestamp");
        if (c->side_by_side)
            event = without(arena, without(arena, event, "id"), "previousEventId");
        sw_str line = sw_json_print(arena, event);
        text = sw_str_format(arena, "%.*s%.*s\n", SW_STR_ARG(text), SW_STR_ARG(line));
    }
    return text;
}

// The history of a run during which the store dies once. commits: how many there were until then.
static sw_str run(const claim *c, unsigned dies_at, bool written, unsigned *commits,
                  sw_arena *arena)
{
    sw_store *inner;
    sw_error  err = {0};
    sw_arena  scratch;
    life      l;
    scripted *tasks = calloc(1, sizeof *tasks);
    SW_ASSERT(tasks != NULL && sw_store_open_memory(NULL, &inner, &err));
    tasks->runner = no_http_runner(start_task);
    tasks->script = c->script;
    sw_arena_init(&tasks->arena);
    sw_arena_init(&scratch);
    sw_str history = {"", 0};
    bool   ended = false;
    for (unsigned turn = 0; turn < 2 && !ended; turn++) {
        if (!begin_life(&l, inner, turn == 0 ? dies_at : 0, written, tasks))
            break;
        begin_execution(&l, c, &scratch);
        ended = wait_for_end(&l, &scratch);
        *commits = l.store.commits;
        if (ended)
            history = print_history(&l, c, arena);
        end_life(&l);
    }
    CHECK(ended);
    inner->close(inner);
    sw_arena_clear(&scratch);
    sw_arena_clear(&tasks->arena);
    free(tasks);
    return history;
}

static unsigned deaths;

static void die_everywhere(const claim *c)
{
    sw_arena arena;
    unsigned commits, ignored;
    sw_arena_init(&arena);
    sw_str quiet = run(c, 0, false, &commits, &arena);
    CHECK(quiet.bytes > 0);
    for (unsigned at = 1; at <= 2 * commits; at++) {
        sw_str history = run(c, (at + 1) / 2, at % 2 == 0, &ignored, &arena);
        deaths++;
        if (!CHECK(sw_str_equal(history, quiet)))
            printf("%s, death at commit %u, %s:\n%.*sinstead of\n%.*s", c->name, (at + 1) / 2,
                   at % 2 == 0 ? "written" : "lost", SW_STR_ARG(history), SW_STR_ARG(quiet));
    }
    sw_arena_clear(&arena);
}

static claim now;

static void histories_are_those_of_the_quiet_run(void)
{
    die_everywhere(&now);
}

int main(int argc, char **argv)
{
    unsigned       claims = 0;
    struct dirent *entry;
    DIR           *folder = opendir(FOLDER);
    CHECK_BEGIN(0, argv);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strchr(entry->d_name, '.') != NULL || (argc > 1 && strcmp(argv[1], entry->d_name) != 0))
            continue;
        if (open_claim(&now, entry->d_name)) {
            claims++;
            check_run(entry->d_name, histories_are_those_of_the_quiet_run);
        }
        sw_arena_clear(&now.arena);
    }
    if (folder != NULL)
        closedir(folder);
    printf("%u claims, %u deaths\n", claims, deaths);
    return claims == 0 ? 1 : CHECK_END();
}
