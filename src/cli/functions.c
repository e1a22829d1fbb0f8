// functions.c: shell commands in the place of Lambda functions and other tasks.

#define _GNU_SOURCE
#include "cli/functions.h"

#include "cli/files.h"
#include "integrations/functions/functions.h"

#include <sys/wait.h>

bool cli_functions_read(sw_arena *arena, const char *given, sw_value *definitions, sw_error *err)
{
    if (given[0] == '{' || given[0] == '@')
        return cli_json_read(arena, "--functions", given, definitions, err);
    return sw_functions_scan(given, arena, definitions, err);
}

bool cli_function_parse(const char *text, cli_function *function, sw_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0')
        return sw_fail(err, SW_ERROR_INVALID, "--function needs NAME=COMMAND, not '%s'", text);
    function->name = (sw_str){text, (size_t)(equals - text)};
    function->command = equals + 1;
    return true;
}

sw_str cli_function_name(sw_str arn)
{
    static const char mark[] = "function:";
    const char       *start = arn.text, *end = arn.text + arn.bytes;
    const char       *found = memmem(arn.text, arn.bytes, mark, sizeof mark - 1);
    if (found != NULL)
        start = found + sizeof mark - 1;
    else if (arn.bytes > 4 && memcmp(arn.text, "arn:", 4) == 0)
        return arn;
    const char *colon = memchr(start, ':', (size_t)(end - start));
    // Another kind of URI is a name as a whole.
    if (colon != NULL && found == NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL)
        return arn;
    return (sw_str){start, (size_t)((colon != NULL ? colon : end) - start)};
}

sw_str cli_activity_name(sw_str arn)
{
    const char *colon = memrchr(arn.text, ':', arn.bytes);
    size_t      skip = colon != NULL ? (size_t)(colon + 1 - arn.text) : 0;
    return (sw_str){arn.text + skip, arn.bytes - skip};
}

// Finding -----------------------------------------------------------------------------------------

static const cli_function *find_name(const cli_functions *functions, sw_str name)
{
    for (size_t i = functions->count; i-- > 0;) {
        if (sw_str_equal(functions->list[i].name, name))
            return &functions->list[i];
    }
    return NULL;
}

static const cli_function *find_lambda(const cli_functions *functions, sw_str name)
{
    const cli_function *found = find_name(functions, name);
    for (size_t i = functions->count; found == NULL && i-- > 0;) {
        if (sw_str_equal(cli_function_name(functions->list[i].name), cli_function_name(name)))
            found = &functions->list[i];
    }
    return found;
}

static bool is_invoke(sw_str resource_type, sw_str action)
{
    static const char invoke[] = "invoke";
    return sw_str_is(resource_type, "lambda") && action.bytes >= sizeof invoke - 1 &&
           memcmp(action.text, invoke, sizeof invoke - 1) == 0;
}

const cli_function *cli_function_find(const cli_functions *functions, const sw_effect *effect)
{
    const cli_function *found = find_name(functions, effect->state_name);
    if (found != NULL)
        return found;
    if (effect->task_kind == SW_TASK_LAMBDA)
        return find_lambda(functions, effect->resource);
    if (effect->task_kind == SW_TASK_ACTIVITY)
        return find_name(functions, cli_activity_name(effect->resource));
    if (!is_invoke(effect->resource_type, effect->action))
        return NULL;
    sw_value name = sw_value_get(sw_payload_value(effect->parameters), SW_STR("FunctionName"));
    return name.type == SW_STRING ? find_lambda(functions, sw_value_str(name)) : NULL;
}

// FunctionName as the definition has it; undefined when only the run will tell.
static sw_value constant_name(const sw_template *parameters)
{
    if (parameters == NULL)
        return sw_undefined();
    if (parameters->kind == SW_TEMPLATE_CONSTANT)
        return sw_value_get(parameters->value, SW_STR("FunctionName"));
    for (uint32_t i = 0; parameters->kind == SW_TEMPLATE_OBJECT && i < parameters->child_count;
         i++) {
        const sw_template *child = &parameters->children[i];
        if (sw_str_is(child->key, "FunctionName") && child->kind == SW_TEMPLATE_CONSTANT)
            return child->value;
    }
    return sw_undefined();
}

static bool may_find_lambda(const cli_functions *functions, sw_str name)
{
    return find_lambda(functions, name) != NULL ||
           (functions->served != NULL && sw_functions_have(functions->served, name));
}

bool cli_function_may_serve(const cli_functions *functions, const sw_state *state)
{
    const sw_task *task = &state->task;
    if (find_name(functions, state->name) != NULL)
        return true;
    if (task->kind == SW_RESOURCE_LAMBDA)
        return may_find_lambda(functions, task->arn);
    if (task->kind == SW_RESOURCE_ACTIVITY)
        return find_name(functions, cli_activity_name(task->arn)) != NULL;
    if (!is_invoke(task->resource_type, task->resource))
        return false;
    sw_value name = constant_name(state->parameters);
    if (name.type == SW_STRING)
        return may_find_lambda(functions, sw_value_str(name));
    // The name is made at run time: it may be one of them.
    return functions->count > 0 || functions->served != NULL;
}

sw_str cli_function_wanted(const sw_state *state)
{
    const sw_task *task = &state->task;
    if (task->kind == SW_RESOURCE_LAMBDA)
        return cli_function_name(task->arn);
    if (task->kind == SW_RESOURCE_ACTIVITY)
        return cli_activity_name(task->arn);
    sw_value name = constant_name(state->parameters);
    if (is_invoke(task->resource_type, task->resource) && name.type == SW_STRING)
        return cli_function_name(sw_value_str(name));
    return state->name;
}

// Events and results ------------------------------------------------------------------------------

cli_task_shape cli_task_shape_of(const sw_effect *effect)
{
    bool invoke = effect->task_kind == SW_TASK_SERVICE && sw_str_is(effect->action, "invoke") &&
                  sw_str_is(effect->resource_type, "lambda");
    return invoke ? CLI_SHAPE_INVOKE : CLI_SHAPE_PLAIN;
}

sw_str cli_function_event(const sw_effect *effect, sw_arena *arena)
{
    if (effect->task_kind != SW_TASK_SERVICE || !is_invoke(effect->resource_type, effect->action))
        return sw_payload_text(effect->parameters);
    sw_value payload = sw_value_get(sw_payload_value(effect->parameters), SW_STR("Payload"));
    return payload.type == SW_UNDEFINED ? SW_STR("{}") : sw_json_print(arena, payload);
}

static sw_str print_metadata(sw_chance *chance, sw_arena *arena)
{
    char id[37];
    sw_chance_uuid(chance, id);
    return sw_str_format(arena,
                         "\"SdkHttpMetadata\":{\"AllHttpHeaders\":{\"x-amzn-RequestId\":[\"%s\"]},"
                         "\"HttpHeaders\":{\"x-amzn-RequestId\":\"%s\"},\"HttpStatusCode\":200},"
                         "\"SdkResponseMetadata\":{\"RequestId\":\"%s\"}",
                         id, id, id);
}

static sw_str wrap_payload(sw_str payload, sw_chance *chance, sw_arena *arena)
{
    sw_str metadata = print_metadata(chance, arena);
    return sw_str_format(arena,
                         "{\"ExecutedVersion\":\"$LATEST\",\"Payload\":%.*s,%.*s,"
                         "\"StatusCode\":200}",
                         SW_STR_ARG(payload), SW_STR_ARG(metadata));
}

sw_str cli_submitted_output(sw_chance *chance, sw_arena *arena)
{
    sw_str metadata = print_metadata(chance, arena);
    return sw_str_format(arena, "{%.*s}", SW_STR_ARG(metadata));
}

static bool fail(sw_failure *failure, sw_str error, sw_str cause)
{
    *failure = (sw_failure){.has_error = true, .has_cause = true, .error = error, .cause = cause};
    return false;
}

// aws: a function whose process ends is reported so by Lambda itself.
static bool fail_exit(int status, sw_chance *chance, sw_arena *arena, sw_failure *failure)
{
    char   id[37];
    sw_str how;
    sw_chance_uuid(chance, id);
    if (WIFSIGNALED(status))
        how = sw_str_format(arena, "signal: %s", strsignal(WTERMSIG(status)));
    else
        how = sw_str_format(arena, "exit status %d", WEXITSTATUS(status));
    sw_str cause = sw_str_format(arena,
                                 "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":"
                                 "\"RequestId: %s Error: Runtime exited with error: %.*s\"}",
                                 id, SW_STR_ARG(how));
    return fail(failure, SW_STR("Runtime.ExitError"), cause);
}

// An object with errorType or errorMessage is what a Lambda runtime makes of an exception.
static bool is_error(sw_value payload, sw_str *error)
{
    sw_value type = sw_value_get(payload, SW_STR("errorType"));
    sw_value message = sw_value_get(payload, SW_STR("errorMessage"));
    *error = type.type == SW_STRING ? sw_value_str(type) : SW_STR("");
    return type.type == SW_STRING || message.type == SW_STRING;
}

static bool fail_payload(sw_str error, sw_str payload, sw_arena *arena, sw_failure *failure)
{
    if (error.bytes > 0)
        return fail(failure, error, payload);
    return fail(failure, SW_STR("Lambda.Unknown"),
                sw_str_format(arena,
                              "The cause could not be determined because Lambda did not return "
                              "an error type. Returned payload: %.*s",
                              SW_STR_ARG(payload)));
}

bool cli_function_result(const cli_process *process, cli_task_shape shape, sw_chance *chance,
                         sw_arena *arena, sw_str *output, sw_failure *failure)
{
    sw_str   text = sw_str_trim((sw_str){process->output.text, process->output.bytes}), error;
    sw_value payload = sw_null();
    sw_error err = {0};
    bool     ok = WIFEXITED(process->status) && WEXITSTATUS(process->status) == 0;
    if (process->too_large)
        return fail(failure, SW_STR("Function.ResponseSizeTooLarge"),
                    SW_STR("The command printed more than can be a result"));
    bool parsed = text.bytes > 0 && sw_json_parse(arena, text, 0, &payload, &err);
    if (parsed && shape == CLI_SHAPE_INVOKE)
        text = sw_json_print(arena, payload);
    if (parsed && is_error(payload, &error))
        return fail_payload(error, text, arena, failure);
    if (!ok)
        return fail_exit(process->status, chance, arena, failure);
    if (text.bytes > 0 && !parsed)
        return fail(failure, SW_STR("Runtime.MarshalError"),
                    sw_str_format(arena, "What the command printed is no JSON: %s", err.message));
    if (text.bytes == 0)
        text = SW_STR("null");
    *output = shape == CLI_SHAPE_INVOKE ? wrap_payload(text, chance, arena) : text;
    return true;
}
