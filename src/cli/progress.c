// progress.c: rows of states, kept by the events of an execution.
//
// A row is found by its line of control: in each at most one state runs. A line of control that is
// torn down has no events of its own, so what runs below a Parallel or Map ends with it.

#include "cli/progress.h"

#include "cli/clock.h"
#include "engine/engine.h"

#include <stdlib.h>

#define REDRAW_MS 80

void cli_progress_begin(cli_progress *progress, bool quiet)
{
    *progress = (cli_progress){.terminal = cli_terminal_of(stderr), .quiet = quiet};
}

static bool is_live(const cli_progress *progress)
{
    return progress->terminal.live && !progress->quiet;
}

static cli_row *find_running(const cli_progress *progress, uint32_t frame)
{
    for (size_t i = progress->count; i-- > 0;) {
        cli_row *row = &progress->rows[i];
        if (row->frame == frame && row->status == CLI_ROW_RUNNING)
            return row;
    }
    return NULL;
}

static void remove_row(cli_progress *progress, size_t index)
{
    progress->count--;
    memmove(progress->rows + index, progress->rows + index + 1,
            (progress->count - index) * sizeof *progress->rows);
}

static void set_text(char *to, size_t capacity, sw_str from)
{
    size_t bytes = from.bytes < capacity ? from.bytes : capacity - 1;
    if (bytes > 0)
        memcpy(to, from.text, bytes);
    to[bytes] = '\0';
}

// Changes -----------------------------------------------------------------------------------------

static void end_row(cli_progress *progress, cli_row *row, cli_row_status status, int64_t now_ms)
{
    row->status = status;
    row->ended_ms = now_ms;
    if (is_live(progress))
        return; // it stays in the picture
    if (!progress->quiet)
        cli_row_log(progress, row, now_ms);
    remove_row(progress, (size_t)(row - progress->rows));
}

static bool is_below(const cli_progress *progress, const cli_row *row, uint32_t frame)
{
    uint32_t above = row->parent;
    for (unsigned depth = row->depth; depth > 0; depth--) {
        if (above == frame)
            return true;
        const cli_row *parent = find_running(progress, above);
        if (parent == NULL)
            return true; // it is over already, so this is, too
        above = parent->parent;
    }
    return false;
}

// What still runs below that line of control has failed or been stopped.
static void end_below(cli_progress *progress, uint32_t frame, int64_t now_ms)
{
    for (size_t i = progress->count; i-- > 0;) {
        cli_row *row = &progress->rows[i];
        if (row->status == CLI_ROW_RUNNING && is_below(progress, row, frame))
            end_row(progress, row, row->error[0] != '\0' ? CLI_ROW_FAILED : CLI_ROW_STOPPED,
                    now_ms);
    }
}

static void end_all(cli_progress *progress, int64_t now_ms)
{
    for (size_t i = progress->count; i-- > 0;) {
        cli_row *row = &progress->rows[i];
        if (row->status == CLI_ROW_RUNNING)
            end_row(progress, row, row->error[0] != '\0' ? CLI_ROW_FAILED : CLI_ROW_STOPPED,
                    now_ms);
    }
}

// The picture has room for so many rows: finished ones at its top stay above it as lines, others
// are only counted.
static void make_room(cli_progress *progress)
{
    size_t most = progress->terminal.rows - 2;
    if (!is_live(progress) || progress->count <= most)
        return;
    if (progress->lines_drawn > 0)
        fprintf(stderr, "\033[%uA\033[J", progress->lines_drawn);
    progress->lines_drawn = 0;
    while (progress->count > most && progress->rows[0].status != CLI_ROW_RUNNING) {
        cli_row_draw(progress, &progress->rows[0], progress->rows[0].ended_ms);
        fputc('\n', stderr);
        remove_row(progress, 0);
    }
    for (size_t i = 0; progress->count > most && i < progress->count;) {
        if (progress->rows[i].status == CLI_ROW_RUNNING) {
            i++;
            continue;
        }
        remove_row(progress, i);
        progress->hidden++;
    }
}

static void add_row(cli_progress *progress, const sw_execution *execution, const sw_event *event)
{
    if (progress->count == progress->capacity) {
        size_t   capacity = progress->capacity * 2 + 32;
        cli_row *larger = realloc(progress->rows, capacity * sizeof *larger);
        if (larger == NULL)
            return; // a state is not shown
        progress->rows = larger;
        progress->capacity = capacity;
    }
    const sw_frame *frame = sw_frame_get(execution, event->frame);
    const cli_row  *parent = NULL;
    if (frame->parent != SW_NO_FRAME)
        parent = find_running(progress, frame->parent);
    const sw_state *around = frame->states->parent;
    cli_row         row = {
                .frame = event->frame,
                .parent = frame->parent,
                .name = sw_execution_get_state_name(execution, event->state),
                .iteration = -1,
                .depth = parent != NULL ? parent->depth + 1 : 0,
                .began_ms = event->timestamp_ms,
    };
    if (around != NULL && around->type == SW_STATE_MAP)
        row.iteration = frame->position;
    progress->rows[progress->count++] = row;
    make_room(progress);
}

// Events ------------------------------------------------------------------------------------------

static void note_failure(cli_row *row, const sw_failure *failure)
{
    set_text(row->error, sizeof row->error, SW_STR("failed"));
    if (failure != NULL && failure->has_error)
        set_text(row->error, sizeof row->error, failure->error);
    if (failure != NULL && failure->has_cause)
        set_text(row->note, sizeof row->note, failure->cause);
}

static void on_exit(cli_progress *progress, const sw_execution *execution, const sw_event *event)
{
    end_below(progress, event->frame, event->timestamp_ms);
    cli_row *row = find_running(progress, event->frame);
    if (row == NULL)
        return;
    bool   choice = event->type == SW_EVENT_CHOICE_STATE_EXITED;
    bool   caught = row->error[0] != '\0';
    sw_str next = sw_execution_get_state_name(execution, event->next);
    if (choice || caught)
        snprintf(row->note, sizeof row->note, "%s%s-> %.*s", row->error, caught ? " " : "",
                 next.bytes < 100 ? (int)next.bytes : 100, next.text);
    else if (event->type == SW_EVENT_PASS_STATE_EXITED && event->data != NULL)
        set_text(row->note, sizeof row->note, sw_payload_text(event->data));
    end_row(progress, row, caught ? CLI_ROW_CAUGHT : CLI_ROW_SUCCEEDED, event->timestamp_ms);
}

// A task's own result says more than the state's output, which often is all there was before with a
// bit more. Of a Lambda function's response only the payload is looked at.
static void on_result(cli_progress *progress, const sw_execution *execution, const sw_event *event)
{
    cli_row *row = find_running(progress, event->frame);
    if (row == NULL || progress->quiet || event->data == NULL)
        return;
    const sw_state *state = sw_execution_get_machine(execution)->states[event->state];
    sw_value        payload = sw_undefined();
    if (sw_str_is(state->task.resource_type, "lambda"))
        payload = sw_value_get(sw_payload_value(event->data), SW_STR("Payload"));
    if (payload.type == SW_UNDEFINED) {
        set_text(row->note, sizeof row->note, sw_payload_text(event->data));
        return;
    }
    sw_arena arena;
    sw_arena_init(&arena);
    set_text(row->note, sizeof row->note, sw_json_print(&arena, payload));
    sw_arena_clear(&arena);
}

static void on_children(cli_progress *progress, const sw_execution *execution,
                        const sw_event *event)
{
    cli_row        *row = find_running(progress, event->frame);
    const sw_state *state = sw_execution_get_machine(execution)->states[event->state];
    bool            map = state->type == SW_STATE_MAP;
    unsigned        count = map ? event->index : state->parallel.branch_count;
    if (row != NULL)
        snprintf(row->note, sizeof row->note, "%u %s%s", count, map ? "iteration" : "branch",
                 count == 1 ? ""
                 : map      ? "s"
                            : "es");
}

static void on_attempt(cli_progress *progress, const sw_event *event)
{
    end_below(progress, event->frame, event->timestamp_ms);
    cli_row *row = find_running(progress, event->frame);
    if (row == NULL)
        return;
    row->attempts++;
    row->retry_ms = 0;
    row->error[0] = row->note[0] = '\0';
}

static void on_retry(cli_progress *progress, const sw_event *event)
{
    end_below(progress, event->frame, event->timestamp_ms);
    cli_row *row = find_running(progress, event->frame);
    if (row == NULL)
        return;
    if (row->error[0] == '\0')
        note_failure(row, event->failure);
    row->retry_ms = event->due_ms;
    if (!is_live(progress) && !progress->quiet)
        cli_row_log(progress, row, event->timestamp_ms);
}

static void on_failure(cli_progress *progress, const sw_event *event)
{
    cli_row *row = find_running(progress, event->frame);
    if (row != NULL)
        note_failure(row, event->failure);
}

static void on_end(cli_progress *progress, const sw_event *event)
{
    cli_row *row = find_running(progress, event->frame);
    if (row != NULL && event->type == SW_EVENT_EXECUTION_FAILED)
        note_failure(row, event->failure);
    end_all(progress, event->timestamp_ms);
}

static void on_children_failed(cli_progress *progress, const sw_event *event)
{
    cli_row *row = find_running(progress, event->frame);
    if (row != NULL)
        note_failure(row, event->failure);
    end_below(progress, event->frame, event->timestamp_ms);
}

// What an event means for the picture.
typedef enum meaning {
    NOTHING,
    ENTER,
    FAIL,
    ATTEMPT,
    CHILDREN,
    RETRY,
    RESULT,
    TASK_FAILURE,
    CHILDREN_FAILURE,
    EXIT,
    END,
} meaning;

static const uint8_t meanings[SW_EVENT_COUNT] = {
    [SW_EVENT_CHOICE_STATE_ENTERED] = ENTER,
    [SW_EVENT_MAP_STATE_ENTERED] = ENTER,
    [SW_EVENT_PARALLEL_STATE_ENTERED] = ENTER,
    [SW_EVENT_PASS_STATE_ENTERED] = ENTER,
    [SW_EVENT_SUCCEED_STATE_ENTERED] = ENTER,
    [SW_EVENT_TASK_STATE_ENTERED] = ENTER,
    [SW_EVENT_WAIT_STATE_ENTERED] = ENTER,
    [SW_EVENT_FAIL_STATE_ENTERED] = FAIL,
    [SW_EVENT_TASK_SCHEDULED] = ATTEMPT,
    [SW_EVENT_LAMBDA_FUNCTION_SCHEDULED] = ATTEMPT,
    [SW_EVENT_ACTIVITY_SCHEDULED] = ATTEMPT,
    [SW_EVENT_PARALLEL_STATE_STARTED] = CHILDREN,
    [SW_EVENT_MAP_STATE_STARTED] = CHILDREN,
    [SW_EVENT_RETRY_SCHEDULED] = RETRY,
    [SW_EVENT_TASK_SUCCEEDED] = RESULT,
    [SW_EVENT_LAMBDA_FUNCTION_SUCCEEDED] = RESULT,
    [SW_EVENT_ACTIVITY_SUCCEEDED] = RESULT,
    [SW_EVENT_TASK_FAILED] = TASK_FAILURE,
    [SW_EVENT_TASK_TIMED_OUT] = TASK_FAILURE,
    [SW_EVENT_LAMBDA_FUNCTION_FAILED] = TASK_FAILURE,
    [SW_EVENT_LAMBDA_FUNCTION_TIMED_OUT] = TASK_FAILURE,
    [SW_EVENT_ACTIVITY_FAILED] = TASK_FAILURE,
    [SW_EVENT_ACTIVITY_TIMED_OUT] = TASK_FAILURE,
    [SW_EVENT_EVALUATION_FAILED] = TASK_FAILURE,
    [SW_EVENT_PARALLEL_STATE_FAILED] = CHILDREN_FAILURE,
    [SW_EVENT_MAP_STATE_FAILED] = CHILDREN_FAILURE,
    [SW_EVENT_CHOICE_STATE_EXITED] = EXIT,
    [SW_EVENT_MAP_STATE_EXITED] = EXIT,
    [SW_EVENT_PARALLEL_STATE_EXITED] = EXIT,
    [SW_EVENT_PASS_STATE_EXITED] = EXIT,
    [SW_EVENT_SUCCEED_STATE_EXITED] = EXIT,
    [SW_EVENT_TASK_STATE_EXITED] = EXIT,
    [SW_EVENT_WAIT_STATE_EXITED] = EXIT,
    [SW_EVENT_EXECUTION_ABORTED] = END,
    [SW_EVENT_EXECUTION_FAILED] = END,
    [SW_EVENT_EXECUTION_SUCCEEDED] = END,
    [SW_EVENT_EXECUTION_TIMED_OUT] = END,
};

void cli_progress_observe(void *who, const sw_execution *execution, const sw_event *event)
{
    cli_progress *progress = who;
    if (event->type == SW_EVENT_EXECUTION_STARTED)
        progress->started_ms = event->timestamp_ms;
    switch ((meaning)meanings[event->type]) {
    case NOTHING:
        break;
    case ENTER:
        add_row(progress, execution, event);
        break;
    case FAIL:
        add_row(progress, execution, event);
        on_failure(progress, event);
        break;
    case ATTEMPT:
        on_attempt(progress, event);
        break;
    case CHILDREN:
        on_attempt(progress, event);
        on_children(progress, execution, event);
        break;
    case RESULT:
        on_result(progress, execution, event);
        break;
    case RETRY:
        on_retry(progress, event);
        break;
    case TASK_FAILURE:
        on_failure(progress, event);
        break;
    case CHILDREN_FAILURE:
        on_children_failed(progress, event);
        break;
    case EXIT:
        on_exit(progress, execution, event);
        break;
    case END:
        on_end(progress, event);
        break;
    }
}

// The picture -------------------------------------------------------------------------------------

static void erase(cli_progress *progress)
{
    if (progress->lines_drawn > 0)
        fprintf(stderr, "\033[%uA\r\033[J", progress->lines_drawn);
    progress->lines_drawn = 0;
}

void cli_progress_draw(cli_progress *progress, int64_t now_ms, bool must)
{
    int64_t clock_ms = cli_clock_monotonic_ms();
    if (!is_live(progress) || (!must && clock_ms - progress->drawn_at_ms < REDRAW_MS))
        return;
    cli_terminal_measure(&progress->terminal);
    make_room(progress);
    size_t shown = progress->count, most = progress->terminal.rows - 2;
    shown = shown < most ? shown : most;
    if (progress->lines_drawn > 0)
        fprintf(stderr, "\033[%uA", progress->lines_drawn);
    for (size_t i = 0; i < shown; i++) {
        fputc('\r', stderr);
        cli_row_draw(progress, &progress->rows[i], now_ms);
        fputs("\033[K\n", stderr);
    }
    fputs("\033[J", stderr);
    fflush(stderr);
    progress->lines_drawn = (unsigned)shown;
    progress->drawn_at_ms = clock_ms;
    progress->frame++;
}

void cli_progress_message(cli_progress *progress, sw_str name, sw_str line)
{
    erase(progress);
    fputs("  ", stderr);
    cli_terminal_put(&progress->terminal, name, 30);
    fputs(" | ", stderr);
    cli_terminal_put(&progress->terminal, line, 0);
    fputc('\n', stderr);
}

void cli_progress_end(cli_progress *progress, const sw_execution *execution, sw_str name,
                      int64_t now_ms)
{
    cli_progress_draw(progress, now_ms, true);
    free(progress->rows);
    progress->rows = NULL;
    progress->count = progress->capacity = 0;
    if (progress->quiet)
        return;
    const cli_terminal *terminal = &progress->terminal;
    sw_status           status = sw_execution_get_status(execution);
    char                time[32], word[16];
    cli_duration_print(now_ms - progress->started_ms, time);
    snprintf(word, sizeof word, "%s", sw_status_name(status));
    for (char *at = word; *at != '\0'; at++)
        *at = *at == '_' ? ' ' : (char)(*at | 0x20);
    if (progress->hidden > 0)
        fprintf(stderr, "(%u more states are not shown)\n", progress->hidden);
    fputs(cli_terminal_style(terminal, CLI_STYLE_BOLD), stderr);
    cli_terminal_put(terminal, name, 0);
    fprintf(stderr, " %s%s%s in %s, %u events\n",
            cli_terminal_style(terminal, status == SW_SUCCEEDED ? CLI_STYLE_GOOD : CLI_STYLE_BAD),
            word, cli_terminal_style(terminal, CLI_STYLE_NONE), time,
            sw_execution_get_event_count(execution));
}
