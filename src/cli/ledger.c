// ledger.c: what the tasks of executions were given and what they answered.

#include "cli/ledger.h"

typedef enum meaning { NOTHING, START, SCHEDULED, RETURNED, THREW, END } meaning;

// TaskSubmitted is no outcome.
static const unsigned char meanings[SW_EVENT_COUNT] = {
    [SW_EVENT_EXECUTION_STARTED] = START,
    [SW_EVENT_LAMBDA_FUNCTION_SCHEDULED] = SCHEDULED,
    [SW_EVENT_TASK_SCHEDULED] = SCHEDULED,
    [SW_EVENT_ACTIVITY_SCHEDULED] = SCHEDULED,
    [SW_EVENT_LAMBDA_FUNCTION_SUCCEEDED] = RETURNED,
    [SW_EVENT_TASK_SUCCEEDED] = RETURNED,
    [SW_EVENT_ACTIVITY_SUCCEEDED] = RETURNED,
    [SW_EVENT_LAMBDA_FUNCTION_FAILED] = THREW,
    [SW_EVENT_LAMBDA_FUNCTION_START_FAILED] = THREW,
    [SW_EVENT_LAMBDA_FUNCTION_TIMED_OUT] = THREW,
    [SW_EVENT_TASK_FAILED] = THREW,
    [SW_EVENT_TASK_START_FAILED] = THREW,
    [SW_EVENT_TASK_SUBMIT_FAILED] = THREW,
    [SW_EVENT_TASK_TIMED_OUT] = THREW,
    [SW_EVENT_ACTIVITY_FAILED] = THREW,
    [SW_EVENT_ACTIVITY_TIMED_OUT] = THREW,
    [SW_EVENT_EXECUTION_ABORTED] = END,
    [SW_EVENT_EXECUTION_FAILED] = END,
    [SW_EVENT_EXECUTION_SUCCEEDED] = END,
    [SW_EVENT_EXECUTION_TIMED_OUT] = END,
};

void cli_ledger_open(cli_ledger *ledger)
{
    *ledger = (cli_ledger){.is_changed = true}; // an empty one is a recording, too
    ledger->last = &ledger->executions;
    sw_arena_init(&ledger->arena);
    pthread_mutex_init(&ledger->lock, NULL);
}

void cli_ledger_close(cli_ledger *ledger)
{
    sw_arena_clear(&ledger->arena);
    pthread_mutex_destroy(&ledger->lock);
}

// Masks -------------------------------------------------------------------------------------------

#define NAME_BYTES_MIN 8u // a shorter one may stand anywhere

static const char *find(sw_str text, sw_str part)
{
    for (size_t i = 0; i + part.bytes <= text.bytes; i++) {
        const char *at = memchr(text.text + i, *part.text, text.bytes - part.bytes - i + 1);
        if (at == NULL)
            return NULL;
        if (memcmp(at, part.text, part.bytes) == 0)
            return at;
        i = (size_t)(at - text.text);
    }
    return NULL;
}

sw_str cli_ledger_mask(sw_arena *arena, sw_str text, sw_str part, sw_str with)
{
    sw_str      result = SW_STR("");
    const char *at;
    if (part.bytes < NAME_BYTES_MIN || find(text, part) == NULL)
        return text;
    while ((at = find(text, part)) != NULL) {
        size_t before = (size_t)(at - text.text);
        result = sw_str_format(arena, "%.*s%.*s%.*s", SW_STR_ARG(result), (int)before, text.text,
                               SW_STR_ARG(with));
        text = (sw_str){at + part.bytes, text.bytes - before - part.bytes};
    }
    return sw_str_format(arena, "%.*s%.*s", SW_STR_ARG(result), SW_STR_ARG(text));
}

static sw_str mask_all(sw_arena *arena, const sw_observed *o)
{
    sw_str text = sw_payload_text(o->event->data);
    text = cli_ledger_mask(arena, text, o->token, SW_STR("<TaskToken>"));
    text = cli_ledger_mask(arena, text, o->execution_id, CLI_MASK_ID);
    return cli_ledger_mask(arena, text, o->execution_name, CLI_MASK_NAME);
}

// Events ------------------------------------------------------------------------------------------

static bool has_room(cli_ledger *ledger, size_t bytes)
{
    if (ledger->arena.bytes + bytes > CLI_LEDGER_BYTES_MAX)
        ledger->is_full = true;
    return !ledger->is_full;
}

static void add_execution(cli_ledger *ledger, const sw_observed *o)
{
    sw_arena *arena = &ledger->arena;
    if (ledger->count == CLI_LEDGER_EXECUTIONS_MAX)
        ledger->is_full = true;
    if (!has_room(ledger, 1024))
        return;
    cli_execution_calls *added = SW_ARENA_NEW(arena, cli_execution_calls);
    added->id = sw_str_copy(arena, o->execution_id);
    added->machine_name = sw_str_copy(arena, o->machine_name);
    added->mock_case = sw_str_copy(arena, o->mock_case);
    added->last = &added->states;
    *ledger->last = added;
    ledger->last = &added->next;
    ledger->count++;
}

static cli_execution_calls *find_execution(const cli_ledger *ledger, sw_str id)
{
    cli_execution_calls *at = ledger->executions;
    while (at != NULL && !sw_str_equal(at->id, id))
        at = at->next;
    return at;
}

static cli_state_calls *find_state(const cli_execution_calls *execution, sw_str name)
{
    cli_state_calls *at = execution->states;
    while (at != NULL && !sw_str_equal(at->name, name))
        at = at->next;
    return at;
}

const cli_state_calls *cli_ledger_find_state(const cli_execution_calls *execution, sw_str name)
{
    return find_state(execution, name);
}

static cli_state_calls *get_state(cli_ledger *ledger, cli_execution_calls *execution, sw_str name)
{
    cli_state_calls *state = find_state(execution, name);
    if (state != NULL)
        return state;
    state = SW_ARENA_NEW(&ledger->arena, cli_state_calls);
    state->name = sw_str_copy(&ledger->arena, name);
    state->last = &state->first;
    *execution->last = state;
    execution->last = &state->next;
    return state;
}

static void add_invocation(cli_ledger *ledger, cli_state_calls *state, const sw_observed *o)
{
    sw_arena scratch;
    sw_arena_init(&scratch);
    sw_str parameters = mask_all(&scratch, o);
    if (has_room(ledger, parameters.bytes)) {
        cli_invocation *added = SW_ARENA_NEW(&ledger->arena, cli_invocation);
        added->frame = o->event->frame;
        added->parameters = sw_str_copy(&ledger->arena, parameters);
        added->is_function = o->event->type == SW_EVENT_LAMBDA_FUNCTION_SCHEDULED;
        *state->last = added;
        state->last = &added->next;
        added->next_open = state->open;
        state->open = added;
        state->count++;
    }
    sw_arena_clear(&scratch);
}

// A line of control is in one task at a time.
static cli_invocation *take_open(cli_state_calls *state, uint32_t frame)
{
    cli_invocation **link = &state->open;
    while (*link != NULL && (*link)->frame != frame)
        link = &(*link)->next_open;
    cli_invocation *open = *link;
    if (open != NULL)
        *link = open->next_open;
    return open;
}

static void set_outcome(cli_ledger *ledger, cli_state_calls *state, const sw_event *event,
                        bool returned)
{
    sw_arena       *arena = &ledger->arena;
    cli_invocation *call = take_open(state, event->frame);
    if (call == NULL || !has_room(ledger, returned ? sw_payload_text(event->data).bytes : 32768))
        return;
    call->outcome = returned ? CLI_RETURNED : CLI_THREW;
    if (returned)
        call->output = sw_str_copy(arena, sw_payload_text(event->data));
    else if (event->failure != NULL) {
        call->error = sw_str_copy(arena, event->failure->error);
        call->cause = sw_str_copy(arena, event->failure->cause);
    }
    ledger->is_changed = true;
}

static void note_task(cli_ledger *ledger, const sw_observed *o, meaning what)
{
    cli_execution_calls *execution = find_execution(ledger, o->execution_id);
    if (execution == NULL || o->event->state == SW_NO_STATE)
        return;
    cli_state_calls *state =
        get_state(ledger, execution, sw_execution_get_state_name(o->execution, o->event->state));
    if (what == SCHEDULED)
        add_invocation(ledger, state, o);
    else
        set_outcome(ledger, state, o->event, what == RETURNED);
}

static void end_execution(cli_ledger *ledger, sw_str id)
{
    cli_execution_calls *execution = find_execution(ledger, id);
    if (execution != NULL)
        execution->ended = true;
}

void cli_ledger_observe(cli_ledger *ledger, const sw_observed *observed)
{
    meaning what = (meaning)meanings[observed->event->type];
    if (what == NOTHING)
        return;
    pthread_mutex_lock(&ledger->lock);
    switch (what) {
    case NOTHING:
        break;
    case START:
        add_execution(ledger, observed);
        break;
    case SCHEDULED:
    case RETURNED:
    case THREW:
        note_task(ledger, observed, what);
        break;
    case END:
        end_execution(ledger, observed->execution_id);
        break;
    }
    pthread_mutex_unlock(&ledger->lock);
}
