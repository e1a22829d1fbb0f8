// stream.c: an execution's events as they become durable, and that something has changed.
//
//     id: 7                                       the event's number, for Last-Event-ID
//     event: history
//     data: {"id": 7, "type": "TaskStateEntered", ...}
//
//     event: status                               at the start and when it changes
//     data: {"status": "SUCCEEDED", ...}
//
//     event: end                                  there will be no more
//
// A stream is read from the store page by page, from where its client is: a slow client costs a page.
// The committer only wakes it.

#include "server/console/internal.h"

#include "base/assert.h"
#include "server/api/api.h"
#include "server/clock.h"

#include <stdlib.h>

#define EVENTS_AT_ONCE  50u
#define CHANGE_PAUSE_MS 200 // between two words of change
#define SILENCE_MS      15000

struct sw_watcher {
    sw_stream       stream; // first: the same address
    sw_console     *console;
    sw_watcher     *next;
    int64_t         execution; // 0: of all that changes
    uint32_t        next_event;
    int             status; // that the client knows; -1: none
    uint32_t        redrive_count;
    bool            told_end;
    bool            dirty;   // under the lock: something has changed
    int64_t         said_ms; // under the lock: when it last said something
    sw_history_view view;
    sw_machine     *machine;
};

static bool is_closing(sw_console *console)
{
    pthread_mutex_lock(&console->lock);
    bool closing = console->closing;
    pthread_mutex_unlock(&console->lock);
    return closing;
}

static void close_watcher(sw_stream *stream)
{
    sw_watcher *w = (sw_watcher *)stream;
    pthread_mutex_lock(&w->console->lock);
    sw_watcher **link = &w->console->watchers;
    while (*link != w)
        link = &(*link)->next;
    *link = w->next;
    w->console->watcher_count--;
    pthread_mutex_unlock(&w->console->lock);
    sw_machine_unref(w->machine);
    free(w);
}

static void open_watcher(sw_request *request, sw_watcher *w)
{
    sw_console *console = w->console;
    pthread_mutex_lock(&console->lock);
    bool room = console->watcher_count < SW_CONSOLE_STREAMS_MAX && !console->closing;
    if (room) {
        w->next = console->watchers;
        console->watchers = w;
        console->watcher_count++;
        w->stream.close = close_watcher;
        sw_request_add_header(request, "Cache-Control", SW_STR("no-store"));
        sw_request_stream(request, "text/event-stream", &w->stream);
    }
    pthread_mutex_unlock(&console->lock);
    if (room)
        return;
    sw_machine_unref(w->machine);
    free(w);
    sw_console_fail(request, 503, "There are too many streams");
}

static sw_watcher *new_watcher(sw_console *console, int64_t execution)
{
    sw_watcher *w = calloc(1, sizeof *w);
    SW_ASSERT(w != NULL);
    w->console = console;
    w->execution = execution;
    w->status = -1;
    w->said_ms = sw_clock_now_ms();
    return w;
}

// A comment keeps connections through proxies open.
static sw_stream_step say_or_wait(sw_watcher *w, sw_str *piece)
{
    pthread_mutex_lock(&w->console->lock);
    int64_t now_ms = sw_clock_now_ms();
    bool    silent = now_ms - w->said_ms > SILENCE_MS;
    if (silent)
        w->said_ms = now_ms;
    pthread_mutex_unlock(&w->console->lock);
    *piece = SW_STR(":\n\n");
    return silent ? SW_STREAM_PIECE : SW_STREAM_WAIT;
}

// An execution ------------------------------------------------------------------------------------

static sw_str join(sw_arena *arena, const sw_str *parts, size_t count)
{
    size_t bytes = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        bytes += parts[i].bytes;
    char *text = sw_arena_alloc(arena, bytes + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + at, parts[i].text, parts[i].bytes);
        at += parts[i].bytes;
    }
    return (sw_str){text, bytes};
}

static sw_stream_step send_events(sw_watcher *w, sw_reader *reader, uint32_t last, sw_arena *arena,
                                  sw_str *piece)
{
    sw_value events;
    sw_str   parts[EVENTS_AT_ONCE];
    if (last - w->next_event >= EVENTS_AT_ONCE)
        last = w->next_event + EVENTS_AT_ONCE - 1;
    if (!sw_api_read_events(reader, &w->view, w->execution, w->next_event, last, arena, &events))
        return SW_STREAM_END;
    for (uint32_t i = 0; i < events.size; i++) {
        sw_str text = sw_json_print(arena, events.items[i]);
        parts[i] = sw_str_format(arena, "id: %u\nevent: history\ndata: %.*s\n\n", w->next_event + i,
                                 SW_STR_ARG(text));
    }
    *piece = join(arena, parts, events.size);
    w->next_event = last + 1;
    return SW_STREAM_PIECE;
}

static sw_stream_step send_status(sw_watcher *w, const sw_execution_row *row, sw_arena *arena,
                                  sw_str *piece)
{
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_text(&answer, "status", sw_str_from(sw_status_name((sw_status)row->status)));
    sw_answer_time(&answer, "startDate", row->start_ms);
    if (row->stop_ms != 0)
        sw_answer_time(&answer, "stopDate", row->stop_ms);
    if (row->has_output)
        sw_answer_text(&answer, "output", row->output);
    if (row->has_error)
        sw_answer_text(&answer, "error", row->error);
    if (row->has_cause)
        sw_answer_text(&answer, "cause", row->cause);
    sw_answer_add(&answer, "redriveCount", sw_number(row->redrive_count));
    sw_str text = sw_json_print(arena, sw_answer_end(&answer));
    *piece = sw_str_format(arena, "event: status\ndata: %.*s\n\n", SW_STR_ARG(text));
    w->status = row->status;
    w->redrive_count = row->redrive_count;
    return SW_STREAM_PIECE;
}

static sw_stream_step next_event(sw_stream *stream, sw_reader *reader, sw_arena *arena,
                                 sw_str *piece)
{
    sw_watcher      *w = (sw_watcher *)stream;
    sw_execution_row row;
    bool             found = false;
    sw_error         err;
    if (w->told_end || is_closing(w->console) ||
        !reader->find_execution(reader, w->execution, arena, &row, &found, &err) || !found)
        return SW_STREAM_END;
    if (w->status == -1)
        return send_status(w, &row, arena, piece);
    if (row.event_count >= w->next_event)
        return send_events(w, reader, row.event_count, arena, piece);
    if (row.status != w->status || row.redrive_count != w->redrive_count)
        return send_status(w, &row, arena, piece);
    if (row.status == SW_RUNNING)
        return say_or_wait(w, piece);
    w->told_end = true;
    *piece = SW_STR("event: end\ndata: {}\n\n");
    return SW_STREAM_PIECE;
}

// Last-Event-ID, or ?after= of a page that has read some already
static uint32_t read_place(const sw_http_head *head)
{
    const char *text = sw_http_header(head, "Last-Event-ID");
    if (text == NULL)
        text = sw_http_query(head, "after");
    unsigned long last = text == NULL ? 0 : strtoul(text, NULL, 10);
    return last < UINT32_MAX ? (uint32_t)last + 1 : 1;
}

void sw_console_stream_events(sw_console *console, sw_request *request, const sw_http_head *head)
{
    const char      *arn_text = sw_http_query(head, "executionArn");
    sw_execution_row row;
    sw_arn           arn;
    sw_answer        input = sw_answer_begin(&request->arena);
    sw_answer_text(&input, "executionArn",
                   sw_str_copy(&request->arena, sw_str_from(arn_text == NULL ? "" : arn_text)));
    request->input = sw_answer_end(&input);
    if (!sw_api_find_execution(request, "executionArn", &row, &arn))
        return;
    sw_watcher *w = new_watcher(console, row.id);
    if (!sw_api_view_history(request, &arn, &row, &w->view, &w->machine)) {
        sw_machine_unref(w->machine);
        free(w);
        return;
    }
    w->next_event = read_place(head);
    w->stream.next = next_event;
    open_watcher(request, w);
}

// All that changes --------------------------------------------------------------------------------

static sw_stream_step next_change(sw_stream *stream, sw_reader *reader, sw_arena *arena,
                                  sw_str *piece)
{
    sw_watcher *w = (sw_watcher *)stream;
    (void)reader;
    (void)arena;
    if (is_closing(w->console))
        return SW_STREAM_END;
    pthread_mutex_lock(&w->console->lock);
    int64_t now_ms = sw_clock_now_ms();
    bool    says = w->dirty && now_ms - w->said_ms >= CHANGE_PAUSE_MS;
    if (says) {
        w->dirty = false;
        w->said_ms = now_ms;
    }
    pthread_mutex_unlock(&w->console->lock);
    *piece = SW_STR("event: change\ndata: {}\n\n");
    return says ? SW_STREAM_PIECE : say_or_wait(w, piece);
}

void sw_console_stream_changes(sw_console *console, sw_request *request)
{
    sw_watcher *w = new_watcher(console, 0);
    w->stream.next = next_change;
    w->dirty = true;
    w->said_ms = 0; // the first word comes at once, so that the page knows it is connected
    open_watcher(request, w);
}

// Waking ------------------------------------------------------------------------------------------

void sw_console_on_durable(void *who, int64_t execution)
{
    sw_console *console = who;
    if (__atomic_load_n(&console->watchers, __ATOMIC_RELAXED) == NULL)
        return;
    pthread_mutex_lock(&console->lock);
    int64_t now_ms = sw_clock_now_ms();
    for (sw_watcher *w = console->watchers; w != NULL; w = w->next) {
        bool change = w->execution == 0 && !w->dirty;
        if (change)
            w->dirty = true;
        if (w->execution == execution || (change && now_ms - w->said_ms >= CHANGE_PAUSE_MS))
            sw_stream_wake(&w->stream);
    }
    pthread_mutex_unlock(&console->lock);
}

void sw_console_tick(sw_console *console)
{
    pthread_mutex_lock(&console->lock);
    int64_t now_ms = sw_clock_now_ms();
    for (sw_watcher *w = console->watchers; w != NULL; w = w->next) {
        if (w->dirty || now_ms - w->said_ms > SILENCE_MS)
            sw_stream_wake(&w->stream);
    }
    pthread_mutex_unlock(&console->lock);
}

void sw_console_quiesce(sw_console *console)
{
    pthread_mutex_lock(&console->lock);
    console->closing = true;
    for (sw_watcher *w = console->watchers; w != NULL; w = w->next)
        sw_stream_wake(&w->stream);
    pthread_mutex_unlock(&console->lock);
}
