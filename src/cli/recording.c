// recording.c: a ledger as a mock file.

#include "cli/recording.h"

#include "stepwell/json.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct writer {
    const cli_ledger *ledger;
    const char       *test_case;
    sw_arena          scratch;
    FILE             *file;
    const char       *separator; // before the next member of the object that is open
} writer;

// Text --------------------------------------------------------------------------------------------

static sw_str quote(writer *w, sw_str text)
{
    return sw_json_print(&w->scratch, sw_string(text));
}

static void put_name(writer *w, int indent, sw_str name)
{
    sw_str quoted = quote(w, name);
    fprintf(w->file, "%s\n%*s%.*s: ", w->separator, indent, "", SW_STR_ARG(quoted));
    w->separator = ",";
}

static void open_object(writer *w)
{
    fputc('{', w->file);
    w->separator = "";
}

static void close_object(writer *w)
{
    fputc('}', w->file);
    w->separator = ",";
}

// Cases -------------------------------------------------------------------------------------------

// The execution's number among those of its machine.
static sw_str name_case(writer *w, const cli_execution_calls *execution)
{
    unsigned number = 1;
    for (const cli_execution_calls *at = w->ledger->executions; at != execution; at = at->next)
        number += sw_str_equal(at->machine_name, execution->machine_name);
    if (number == 1)
        return sw_str_from(w->test_case);
    return sw_str_format(&w->scratch, "%s-%u", w->test_case, number);
}

static bool has_outcome(const cli_state_calls *state)
{
    const cli_invocation *at = state->first;
    while (at != NULL && at->outcome == CLI_NO_OUTCOME)
        at = at->next;
    return at != NULL;
}

static sw_str name_response(writer *w, const cli_execution_calls *execution,
                            const cli_state_calls *state)
{
    sw_str test_case = name_case(w, execution);
    return sw_str_format(&w->scratch, "%.*s/%.*s/%.*s", SW_STR_ARG(execution->machine_name),
                         SW_STR_ARG(test_case), SW_STR_ARG(state->name));
}

// One object for each machine and in it one for each of its executions, which put fills.
static void put_machine(writer *w, const cli_execution_calls *first,
                        void (*put)(writer *w, const cli_execution_calls *execution))
{
    open_object(w);
    for (const cli_execution_calls *at = first; at != NULL; at = at->next) {
        if (!sw_str_equal(at->machine_name, first->machine_name))
            continue;
        put_name(w, 6, name_case(w, at));
        open_object(w);
        put(w, at);
        close_object(w);
    }
    close_object(w);
}

static bool is_first(const cli_ledger *ledger, const cli_execution_calls *execution)
{
    const cli_execution_calls *at = ledger->executions;
    while (!sw_str_equal(at->machine_name, execution->machine_name))
        at = at->next;
    return at == execution;
}

static void put_response_names(writer *w, const cli_execution_calls *execution)
{
    for (const cli_state_calls *state = execution->states; state != NULL; state = state->next) {
        if (!has_outcome(state))
            continue;
        put_name(w, 8, state->name);
        sw_str name = quote(w, name_response(w, execution, state));
        fwrite(name.text, 1, name.bytes, w->file);
    }
}

static void put_machines(writer *w)
{
    put_name(w, 2, SW_STR("StateMachines"));
    open_object(w);
    for (const cli_execution_calls *at = w->ledger->executions; at != NULL; at = at->next) {
        if (!is_first(w->ledger, at))
            continue;
        put_name(w, 4, at->machine_name);
        fputs("{\"TestCases\": ", w->file);
        put_machine(w, at, put_response_names);
        fputc('}', w->file);
    }
    close_object(w);
}

// Answers -----------------------------------------------------------------------------------------

// What a mock file returns for a function's ARN is taken for an answer of lambda:invoke when it
// looks like one; what only looks so is wrapped.
static bool needs_wrapping(writer *w, const cli_invocation *call)
{
    sw_value value;
    return call->is_function && sw_json_parse(&w->scratch, call->output, 0, &value, NULL) &&
           sw_value_get(value, SW_STR("Payload")).type != SW_UNDEFINED;
}

static void put_answer(writer *w, const cli_invocation *call)
{
    sw_str error = quote(w, call->error), cause = quote(w, call->cause);
    if (call->outcome == CLI_THREW)
        fprintf(w->file, "{\"Throw\": {\"Error\": %.*s, \"Cause\": %.*s}}", SW_STR_ARG(error),
                SW_STR_ARG(cause));
    else if (needs_wrapping(w, call))
        fprintf(w->file, "{\"Return\": {\"Payload\": %.*s}}", SW_STR_ARG(call->output));
    else
        fprintf(w->file, "{\"Return\": %.*s}", SW_STR_ARG(call->output));
}

static void put_response(writer *w, const cli_execution_calls *execution,
                         const cli_state_calls *state)
{
    unsigned number = 0;
    put_name(w, 4, name_response(w, execution, state));
    open_object(w);
    for (const cli_invocation *call = state->first; call != NULL; call = call->next, number++) {
        if (call->outcome == CLI_NO_OUTCOME)
            continue;
        put_name(w, 6, sw_str_format(&w->scratch, "%u", number));
        put_answer(w, call);
    }
    close_object(w);
}

static void put_responses(writer *w)
{
    put_name(w, 2, SW_STR("MockedResponses"));
    open_object(w);
    for (const cli_execution_calls *at = w->ledger->executions; at != NULL; at = at->next) {
        for (const cli_state_calls *state = at->states; state != NULL; state = state->next) {
            if (has_outcome(state))
                put_response(w, at, state);
        }
    }
    close_object(w);
}

// Parameters --------------------------------------------------------------------------------------

static void put_parameters(writer *w, const cli_execution_calls *execution)
{
    for (const cli_state_calls *state = execution->states; state != NULL; state = state->next) {
        const char *separator = "";
        put_name(w, 8, state->name);
        fputc('[', w->file);
        for (const cli_invocation *call = state->first; call != NULL; call = call->next) {
            fprintf(w->file, "%s%.*s", separator, SW_STR_ARG(call->parameters));
            separator = ", ";
        }
        fputc(']', w->file);
    }
}

// Executions --------------------------------------------------------------------------------------

static void put_execution(writer *w, const cli_execution_calls *execution)
{
    put_name(w, 8, SW_STR("Id"));
    sw_str id = quote(w, execution->id);
    fwrite(id.text, 1, id.bytes, w->file);
}

// For the machines' executions that put_machine goes through.
static void put_all(writer *w, const char *member,
                    void (*put)(writer *w, const cli_execution_calls *execution))
{
    put_name(w, 2, sw_str_from(member));
    open_object(w);
    for (const cli_execution_calls *at = w->ledger->executions; at != NULL; at = at->next) {
        if (!is_first(w->ledger, at))
            continue;
        put_name(w, 4, at->machine_name);
        put_machine(w, at, put);
    }
    close_object(w);
}

// The file ----------------------------------------------------------------------------------------

static bool fail_file(sw_error *err, const char *file)
{
    return sw_fail(err, SW_ERROR_IO, "%s: %s", file, strerror(errno));
}

// Others on this machine do not read what a workflow works with.
static FILE *open_private(const char *file)
{
    int number = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return number < 0 ? NULL : fdopen(number, "wb");
}

static bool write_all(writer *w)
{
    open_object(w);
    put_machines(w);
    put_responses(w);
    put_all(w, "RecordedParameters", put_parameters);
    put_all(w, "RecordedExecutions", put_execution);
    fputs("\n}\n", w->file);
    bool ok = ferror(w->file) == 0;
    return fclose(w->file) == 0 && ok;
}

static bool write_file(const cli_ledger *ledger, const char *file, const char *test_case,
                       sw_error *err)
{
    writer w = {.ledger = ledger, .test_case = test_case, .separator = ""};
    sw_arena_init(&w.scratch);
    const char *beside = sw_str_format(&w.scratch, "%s.part", file).text;
    w.file = open_private(beside);
    bool ok = w.file != NULL && write_all(&w) && rename(beside, file) == 0;
    if (!ok)
        fail_file(err, file);
    sw_arena_clear(&w.scratch);
    return ok;
}

bool cli_recording_write(cli_ledger *ledger, const char *file, const char *test_case, sw_error *err)
{
    bool ok = true;
    pthread_mutex_lock(&ledger->lock);
    if (ledger->is_changed) {
        ok = write_file(ledger, file, test_case, err);
        ledger->is_changed = false;
    }
    pthread_mutex_unlock(&ledger->lock);
    return ok;
}
