// run.c: stepwell run.
//
// The loop around an execution, and the children of its Map Runs (run_maps.c): what they wish done
// is done, what happened is told to them, and in between the clock runs. With --fast-forward the
// clock jumps whenever nothing but time is waited for.

#define _GNU_SOURCE
#include "cli/run.h"

#include "base/grow.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/history.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS 100 // of the spinner

static int64_t run_now(const run *r)
{
    return r->epoch_ms + cli_clock_monotonic_ms() - r->offset_ms + r->skipped_ms;
}

static void begin_clock(run *r)
{
    r->epoch_ms = cli_clock_ms();
    r->offset_ms = cli_clock_monotonic_ms();
}

// Getting ready -----------------------------------------------------------------------------------

static bool read_seed(run *r)
{
    const char *text = r->arguments->values[CLI_OPTION_SEED];
    char       *end = NULL;
    r->seed = cli_clock_seed();
    if (text != NULL) {
        errno = 0;
        r->seed = strtoull(text, &end, 10);
        if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
            cli_usage_error(r->arguments->command, "--seed needs a whole number, not '%s'", text);
            return false;
        }
    }
    sw_chance_seed(&r->chance, r->seed, 1);
    return true;
}

static bool read_functions(run *r)
{
    cli_functions *functions = &r->tasks.functions;
    size_t         cursor = 0;
    const char    *text;
    sw_error       err = {0};
    functions->list = SW_ARENA_ARRAY(r->arena, cli_function, r->arguments->list_count);
    while ((text = cli_arguments_next(r->arguments, CLI_OPTION_FUNCTION, &cursor)) != NULL) {
        if (!cli_function_parse(text, &functions->list[functions->count++], &err)) {
            cli_usage_error(r->arguments->command, "%s", err.message);
            return false;
        }
    }
    return true;
}

static void print_function_line(void *who, sw_str function, sw_str line)
{
    (void)who;
    fprintf(stderr, "%.*s | %.*s\n", SW_STR_ARG(function), SW_STR_ARG(line));
}

static bool read_served(run *r)
{
    const char *given = r->arguments->values[CLI_OPTION_FUNCTIONS];
    sw_value    definitions;
    sw_error    err = {0};
    if (given == NULL)
        return true;
    if (!cli_functions_read(r->arena, given, &definitions, &err) ||
        !cli_served_open(&r->tasks.served, definitions,
                         r->progress.quiet ? NULL : print_function_line, &err)) {
        cli_usage_error(r->arguments->command, "%s", err.message);
        return false;
    }
    r->tasks.functions.served = r->tasks.served.functions;
    r->tasks.processes.wake = r->tasks.served.wake[0];
    return true;
}

static bool read_replay(run *r)
{
    cli_mock_options options = {.file = r->tape.replay,
                                .test_case = r->tape.test_case,
                                .machine_name = r->machine_name,
                                .machine_named = r->arguments->given[CLI_OPTION_MACHINE]};
    sw_error         err = {0};
    r->tasks.replays = true;
    if (r->arguments->given[CLI_OPTION_MOCK] || r->arguments->given[CLI_OPTION_FUNCTION])
        snprintf(err.message, sizeof err.message,
                 "--replay answers every task: it goes without --mock and --function");
    else if (cli_mocks_read(&options, r->definition.machine, r->arena, &r->tasks.mocks, &err))
        return true;
    cli_usage_error(r->arguments->command, "%s", err.message);
    return false;
}

// FILE, or FILE#TESTCASE; a file's own name may have a # in it, too.
static void split_mock(run *r, cli_mock_options *options)
{
    const char *text = r->arguments->values[CLI_OPTION_MOCK];
    const char *mark = strrchr(text, '#');
    FILE       *whole = mark != NULL ? fopen(text, "rb") : NULL;
    options->file = text;
    options->test_case = r->arguments->values[CLI_OPTION_TEST_CASE];
    if (whole != NULL) {
        fclose(whole);
    } else if (mark != NULL) {
        options->file = sw_str_copy(r->arena, (sw_str){text, (size_t)(mark - text)}).text;
        if (options->test_case == NULL)
            options->test_case = mark + 1;
    }
}

static bool read_mocks(run *r)
{
    cli_mock_options options = {
        .machine_name = r->machine_name,
        .machine_named = r->arguments->given[CLI_OPTION_MACHINE],
    };
    sw_error err = {0};
    if (r->tape.replay != NULL)
        return read_replay(r);
    if (r->arguments->values[CLI_OPTION_MOCK] == NULL) {
        if (!r->arguments->given[CLI_OPTION_TEST_CASE])
            return true;
        cli_usage_error(r->arguments->command, "--test-case needs --mock FILE");
        return false;
    }
    split_mock(r, &options);
    if (cli_mocks_read(&options, r->definition.machine, r->arena, &r->tasks.mocks, &err))
        return true;
    cli_usage_error(r->arguments->command, "%s", err.message);
    return false;
}

static sw_str choose_name(run *r)
{
    char uuid[37];
    if (r->arguments->values[CLI_OPTION_NAME] != NULL)
        return sw_str_from(r->arguments->values[CLI_OPTION_NAME]);
    sw_chance_uuid(&r->chance, uuid);
    return sw_str_copy(r->arena, sw_str_from(uuid));
}

static sw_str choose_region(void)
{
    const char *region = getenv("AWS_REGION");
    if (region == NULL || *region == '\0')
        region = getenv("AWS_DEFAULT_REGION");
    return region != NULL && *region != '\0' ? sw_str_from(region) : SW_STR("us-east-1");
}

#define ACCOUNT "123456789012"

static sw_str make_id(run *r, sw_str name, bool express)
{
    sw_str machine = r->machine_name;
    if (!express)
        return sw_str_format(r->arena, "arn:aws:states:%.*s:" ACCOUNT ":execution:%.*s:%.*s",
                             SW_STR_ARG(r->region), SW_STR_ARG(machine), SW_STR_ARG(name));
    char uuid[37];
    sw_chance_uuid(&r->chance, uuid);
    return sw_str_format(r->arena, "arn:aws:states:%.*s:" ACCOUNT ":express:%.*s:%.*s:%s",
                         SW_STR_ARG(r->region), SW_STR_ARG(machine), SW_STR_ARG(name), uuid);
}

// The text is handed on as it is: the first event has it byte for byte.
static bool read_input(run *r, sw_str *input, sw_error *err)
{
    const char *argument = r->arguments->values[CLI_OPTION_INPUT];
    *input = SW_STR("{}");
    if (argument == NULL)
        return true;
    if (!cli_text_read(r->arena, argument, input, err))
        return false;
    // A file ends with a line break, which is none of the input's.
    while (input->bytes > 0 && strchr("\r\n", input->text[input->bytes - 1]) != NULL)
        input->bytes--;
    return true;
}

// The picture is of the run's own execution.
static void observe(void *who, const sw_execution *execution, const sw_event *event)
{
    run_execution *e = who;
    run           *r = e->run;
    sw_observed    observed = {.execution_id = e->id,
                               .execution_name = e->name,
                               .machine_name = r->machine_name,
                               .execution = execution,
                               .event = event};
    if (e->map == NULL)
        cli_progress_observe(&r->progress, execution, event);
    if (cli_tape_runs(&r->tape))
        cli_ledger_observe(&r->tape.ledger, &observed);
}

static uint64_t next_seed(run *r)
{
    return r->count == 0 ? r->seed : sw_chance_bits(&r->chance);
}

run_execution *cli_run_add(run *r, const run_execution *like, sw_str input, sw_str map_state,
                           sw_error *err)
{
    run_execution *e = SW_ARENA_NEW(r->arena, run_execution);
    *e = *like;
    e->run = r;
    e->number = r->count;
    bool                 own = e->map == NULL;
    sw_execution_options options = {
        .id = e->id,
        .name = e->name,
        .machine_id = sw_str_format(r->arena, "arn:aws:states:%.*s:" ACCOUNT ":stateMachine:%.*s",
                                    SW_STR_ARG(r->region), SW_STR_ARG(r->machine_name)),
        .machine_name = r->machine_name,
        .role_arn = SW_STR("arn:aws:iam::" ACCOUNT ":role/stepwell"),
        .region = r->region,
        .input = input,
        .seed = next_seed(r),
        .map_state = map_state,
        .map_runs = true,
        .keep_history = own && (r->arguments->given[CLI_OPTION_HISTORY] ||
                                r->arguments->given[CLI_OPTION_HISTORY_FILE]),
        .observe = observe,
        .who = e,
    };
    if (!sw_execution_new(r->definition.machine, &options, &e->execution, err))
        return NULL;
    SW_MAKE_ROOM(r->arena, r->executions, r->count, r->capacity, 16);
    r->executions[r->count++] = e;
    return e;
}

static bool new_execution(run *r, sw_error *err)
{
    bool          express = sw_machine_get_type(r->definition.machine) == SW_EXPRESS;
    run_execution own = {.name = choose_name(r)};
    sw_str        input;
    r->region = choose_region();
    own.id = make_id(r, own.name, express);
    return read_input(r, &input, err) && cli_run_add(r, &own, input, SW_STR(""), err) != NULL;
}

static void print_message(void *who, const cli_process *process, sw_str line)
{
    run *r = who;
    cli_progress_message(&r->progress, cli_task_state_name(process), line);
}

static int prepare(run *r)
{
    sw_machine_options options = {.type = SW_STANDARD};
    sw_error           err = {0};
    const char        *file = r->arguments->operands[0];
    const char        *name = r->arguments->values[CLI_OPTION_MACHINE];
    if (strcmp(r->arguments->values[CLI_OPTION_TYPE], "EXPRESS") == 0)
        options.type = SW_EXPRESS;
    r->machine_name = name != NULL ? sw_str_from(name) : cli_file_stem(r->arena, file);
    if (!cli_tape_open(&r->tape, r->arguments, r->arena) || !read_seed(r) || !read_functions(r) ||
        !read_served(r))
        return CLI_USAGE;
    int status = cli_definition_open(file, &options, r->arena, &r->definition);
    if (status != CLI_OK)
        return status;
    if (!read_mocks(r) || !cli_tasks_check(&r->tasks, r->definition.machine))
        return CLI_USAGE;
    if (!cli_run_maps_check(r))
        return CLI_INVALID;
    if (!new_execution(r, &err)) {
        if (err.code != SW_ERROR_UNSUPPORTED)
            return cli_usage_error(r->arguments->command, "the input: %s", err.message);
        cli_complain(sw_str_format(r->arena, "%s: %s", file, err.message).text);
        return CLI_INVALID;
    }
    if (!cli_processes_open(&r->tasks.processes, &err))
        return cli_usage_error(NULL, "%s", err.message);
    return CLI_OK;
}

// Running -----------------------------------------------------------------------------------------

static bool perform(run *r, run_execution *e, const sw_effect *effect)
{
    switch (effect->kind) {
    case SW_EFFECT_START_TASK:
        cli_tasks_start(&r->tasks, e->number, effect);
        return true;
    case SW_EFFECT_CANCEL_TASK:
        cli_tasks_cancel(&r->tasks, (cli_attempt){e->number, effect->task});
        return true;
    case SW_EFFECT_START_MAP_RUN:
        cli_run_maps_start(r, e, effect);
        return true;
    case SW_EFFECT_START_CHILD:
        return cli_run_maps_start_child(r, e, effect);
    case SW_EFFECT_CANCEL_MAP_RUN:
        return cli_run_maps_cancel(r, e, effect->task);
    case SW_EFFECT_FINISHED:
        return true; // the loop looks at the status
    }
    return true;
}

bool cli_run_tell(run *r, run_execution *e, const sw_happening *happening)
{
    sw_effects effects = {NULL, 0};
    sw_error   err = {0};
    if (!sw_execution_handle(e->execution, happening, run_now(r), &effects, &err)) {
        cli_complain(err.message);
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < effects.count && ok; i++)
        ok = perform(r, e, &effects.list[i]);
    if (e->map != NULL && sw_execution_get_status(e->execution) != SW_RUNNING)
        cli_run_maps_child_ended(r, e);
    return ok;
}

// The one that is due first
static run_execution *find_due(const run *r, int64_t *due_ms)
{
    run_execution *first = r->executions[0];
    *due_ms = sw_execution_next_due(first->execution);
    for (uint32_t i = 1; i < r->count; i++) {
        run_execution *e = r->executions[i];
        int64_t        ms = e == NULL ? INT64_MAX : sw_execution_next_due(e->execution);
        if (ms < *due_ms) {
            *due_ms = ms;
            first = e;
        }
    }
    return first;
}

// Waits for whatever comes first: something due, a command, the next picture.
static void wait_for_more(run *r, int64_t due_ms)
{
    int64_t left_ms = due_ms == INT64_MAX ? 60000 : due_ms - run_now(r);
    bool    live = r->progress.terminal.live && !r->progress.quiet;
    cli_progress_draw(&r->progress, run_now(r), false);
    cli_processes_wait(&r->tasks.processes, live && left_ms > TICK_MS ? TICK_MS : left_ms);
}

// One turn of the loop; false when the run cannot go on.
static bool take_turn(run *r)
{
    sw_happening happening = {.kind = SW_HAPPENED_TIME_PASSED};
    uint32_t     number;
    bool         went = false;
    if (r->tasks.processes.stop && !r->stopping) {
        r->stopping = true;
        happening.kind = SW_HAPPENED_STOP;
        return cli_run_tell(r, r->executions[0], &happening);
    }
    if (cli_tasks_next(&r->tasks, &number, &happening))
        return r->executions[number] == NULL || cli_run_tell(r, r->executions[number], &happening);
    if (!cli_run_maps_turn(r, &went))
        return false;
    if (went)
        return true;
    int64_t        due_ms;
    run_execution *due = find_due(r, &due_ms);
    bool busy = cli_processes_busy(&r->tasks.processes) || cli_served_is_busy(&r->tasks.served);
    if (due_ms <= run_now(r))
        return cli_run_tell(r, due, &happening);
    if (due_ms == INT64_MAX && !busy) {
        fputs("stepwell: the execution waits for nothing that could happen\n", stderr);
        return false;
    }
    if (r->fast_forward && !busy) {
        r->skipped_ms += due_ms - run_now(r);
        return true;
    }
    wait_for_more(r, due_ms);
    return true;
}

static const sw_execution *own_execution(const run *r)
{
    return r->executions[0]->execution;
}

static bool run_to_end(run *r)
{
    begin_clock(r);
    if (!cli_run_tell(r, r->executions[0], &(sw_happening){.kind = SW_HAPPENED_START}))
        return false;
    while (sw_execution_get_status(own_execution(r)) == SW_RUNNING) {
        if (!take_turn(r))
            return false;
    }
    return true;
}

// Telling the end ---------------------------------------------------------------------------------

// A cause is often JSON in a string: shown with its lines.
static void print_cause(run *r, sw_str cause)
{
    sw_value value;
    if (cause.bytes > 0 && *cause.text == '{' && sw_json_parse(r->arena, cause, 0, &value, NULL))
        cause = sw_json_print_pretty(r->arena, value, 2);
    fputs("  cause: ", stderr);
    while (cause.bytes > 0) {
        const char *end = memchr(cause.text, '\n', cause.bytes);
        size_t      bytes = end != NULL ? (size_t)(end - cause.text) : cause.bytes;
        cli_terminal_put(&r->progress.terminal, (sw_str){cause.text, bytes}, 0);
        bytes += end != NULL;
        cause = (sw_str){cause.text + bytes, cause.bytes - bytes};
        fputs(cause.bytes > 0 ? "\n         " : "", stderr);
    }
    fputc('\n', stderr);
}

static void print_failure(run *r)
{
    const sw_failure   *failure = sw_execution_get_failure(own_execution(r));
    const cli_terminal *terminal = &r->progress.terminal;
    sw_str              state = sw_execution_get_failed_state(own_execution(r));
    if (state.bytes > 0) {
        fputs("  state: ", stderr);
        cli_terminal_put(terminal, state, 0);
        fputc('\n', stderr);
    }
    if (failure != NULL && failure->has_error) {
        fprintf(stderr, "  error: %s", cli_terminal_style(terminal, CLI_STYLE_BAD));
        cli_terminal_put(terminal, failure->error, 0);
        fprintf(stderr, "%s\n", cli_terminal_style(terminal, CLI_STYLE_NONE));
    }
    if (failure != NULL && failure->has_cause)
        print_cause(r, failure->cause);
}

static bool write_history(run *r)
{
    const char *file = r->arguments->values[CLI_OPTION_HISTORY_FILE];
    sw_error    err = {0};
    if (file == NULL || cli_file_write(file, cli_history_json(own_execution(r), r->arena), &err))
        return true;
    cli_complain(err.message);
    return false;
}

// As it is, for a program to read; with line breaks, for a person.
static sw_str print_output(run *r)
{
    const sw_payload *output = sw_execution_get_output(own_execution(r));
    if (!isatty(STDOUT_FILENO))
        return sw_payload_text(output);
    return sw_json_print_pretty(r->arena, sw_payload_value(output), 2);
}

static int tell_end(run *r)
{
    const char *history = r->arguments->values[CLI_OPTION_HISTORY];
    bool        json = history != NULL && strcmp(history, "json") == 0;
    bool        succeeded = sw_execution_get_status(own_execution(r)) == SW_SUCCEEDED;
    cli_progress_end(&r->progress, own_execution(r), r->machine_name, run_now(r));
    if (history != NULL && !json)
        cli_history_table(own_execution(r), &r->progress.terminal);
    if (!succeeded)
        print_failure(r);
    fflush(stderr);
    sw_str output = SW_STR("");
    if (json)
        output = cli_history_json(own_execution(r), r->arena);
    else if (succeeded)
        output = print_output(r);
    fwrite(output.text, 1, output.bytes, stdout);
    if (succeeded && !json)
        putchar('\n');
    if (!write_history(r))
        return CLI_FAILED;
    return succeeded ? CLI_OK : CLI_FAILED;
}

int cli_run(const cli_arguments *arguments, sw_arena *arena)
{
    run r = {
        .arguments = arguments,
        .arena = arena,
        .fast_forward = arguments->given[CLI_OPTION_FAST_FORWARD],
    };
    r.tasks.chance = &r.chance;
    r.tasks.processes =
        (cli_processes){.signals = -1, .wake = -1, .message = print_message, .who = &r};
    r.tasks.served.wake[0] = r.tasks.served.wake[1] = -1;
    cli_progress_begin(&r.progress, arguments->given[CLI_OPTION_QUIET]);
    int status = prepare(&r);
    if (status == CLI_OK)
        status = cli_tape_close(&r.tape, run_to_end(&r) ? tell_end(&r) : CLI_FAILED);
    cli_tasks_close(&r.tasks);
    free(r.progress.rows);
    for (uint32_t i = 0; i < r.count; i++) {
        if (r.executions[i] != NULL)
            sw_execution_free(r.executions[i]->execution);
    }
    cli_run_maps_free(&r);
    cli_definition_clear(&r.definition);
    return status;
}
