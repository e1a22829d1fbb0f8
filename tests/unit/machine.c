// machine.c: definitions: what is refused in which words, and what the others compile to.

#include "spent_memory.h"

#include "asl/machine.h"

#include <stdio.h>
#include <stdlib.h>

static sw_arena arena;

static sw_machine *read_as(const sw_machine_options *options, const char *text,
                           sw_diagnostics *diagnostics)
{
    sw_machine *machine = NULL;
    sw_error    err;
    sw_machine_new(sw_str_from(text), options, &arena, diagnostics, &machine, &err);
    return machine;
}

// All diagnostics, as CreateStateMachine words them, warnings with their severity; "" when there
// are none.
static sw_str said_as(const sw_machine_options *options, const char *text)
{
    sw_diagnostics found;
    sw_machine    *machine = read_as(options, text, &found);
    sw_str         all = SW_STR("");
    CHECK((machine == NULL) == (found.errors > 0));
    for (const sw_diagnostic *d = found.first; d != NULL; d = d->next)
        all = sw_str_format(
            &arena, "%.*s%s%s%.*s: %.*s%s%.*s", SW_STR_ARG(all), all.bytes > 0 ? ", " : "",
            d->severity == SW_SEVERITY_WARNING ? "warning " : "", SW_STR_ARG(d->code),
            SW_STR_ARG(d->message), d->location.bytes > 0 ? " at " : "", SW_STR_ARG(d->location));
    sw_machine_unref(machine);
    return all;
}

#define SAYS(text, expected) CHECK_TEXT(said_as(NULL, text), expected)
#define FINE(text)           SAYS(text, "")
#define SCHEMA               "SCHEMA_VALIDATION_FAILED: "

// One state S of a JSONPath or JSONata machine.
#define STATE(fields) "{\"StartAt\":\"S\",\"States\":{\"S\":{" fields "}}}"
#define JSONATA(fields)                                                                            \
    "{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"S\",\"States\":{\"S\":{" fields "}}}"
#define TASK "\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"End\":true"
#define PASS "\"Type\":\"Pass\",\"End\":true"

// The frame -------------------------------------------------------------------------------------

TEST(definition__refuses_what_is_no_object)
{
    SAYS("", SCHEMA "Definition must be a valid JSON object");
    SAYS("[]", SCHEMA "Definition must be a valid JSON object");
    SAYS("{}", SCHEMA "These fields are required: [States, StartAt] at /");
    SAYS("not a definition",
         "INVALID_JSON_DESCRIPTION: Unrecognized token 'not': was expecting (JSON String, Number, "
         "Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"not a "
         "definition\"; line: 1, column: 4] at [Source: (String)\"not a definition\"; line: 1, "
         "column: 4]");
}

TEST(definition__asks_for_fields)
{
    SAYS("{\"States\":{\"S\":{" PASS "}}}", SCHEMA "These fields are required: [StartAt] at /");
    SAYS("{\"StartAt\":\"S\"}", SCHEMA "These fields are required: [States] at /");
    SAYS("{\"StartAt\":\"S\",\"States\":{}}", SCHEMA "Value cannot be empty at /States");
}

TEST(definition__refuses_unknown_fields)
{
    SAYS(STATE(PASS ",\"Colour\":1"), SCHEMA "Field 'Colour' is not supported at /States/S");
    SAYS(STATE(PASS ",\"Catch\":[]"), SCHEMA "Field 'Catch' is not supported at /States/S");
    SAYS("{\"Colour\":1,\"StartAt\":\"S\",\"States\":{\"S\":{" PASS "}}}",
         SCHEMA "Field 'Colour' is not supported at /");
}

TEST(definition__wants_a_known_type)
{
    SAYS(STATE("\"End\":true"), SCHEMA "These fields are required: [Type] at /States/S");
    SAYS(STATE("\"Type\":\"Nap\",\"End\":true"), SCHEMA
         "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, "
         "Choice, Parallel, Map] at /States/S/Type");
}

TEST(definition__keeps_query_languages_apart)
{
    SAYS(JSONATA(PASS ",\"QueryLanguage\":\"JSONPath\""), SCHEMA
         "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at "
         "/States/S");
    SAYS(JSONATA(PASS ",\"Parameters\":{}"), SCHEMA
         "The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for "
         "the 'JSONPath' QueryLanguage at /States/S");
    SAYS(STATE(PASS ",\"Output\":1"), SCHEMA
         "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the "
         "'JSONata' QueryLanguage at /States/S");
    FINE(STATE(PASS ",\"QueryLanguage\":\"JSONata\",\"Output\":1"));
}

TEST(definition__bounds_names)
{
    char name[82], text[400];
    memset(name, 'x', 81);
    name[81] = '\0';
    snprintf(text, sizeof text, "{\"StartAt\":\"%s\",\"States\":{\"%s\":{" PASS "}}}", name, name);
    CHECK(said_as(NULL, text).bytes > 0);
    name[80] = '\0';
    snprintf(text, sizeof text, "{\"StartAt\":\"%s\",\"States\":{\"%s\":{" PASS "}}}", name, name);
    FINE(text);
}

TEST(definition__names_are_unique_in_all_scopes)
{
    SAYS(STATE("\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{\"StartAt\":\"S\",\"States\":{"
               "\"S\":{" PASS "}}}]"),
         "DUPLICATE_STATE_NAME: Duplicate State name: S at /States/S/Branches[0]/States/S");
}

// Transitions -----------------------------------------------------------------------------------

TEST(transitions__lead_somewhere)
{
    SAYS("{\"StartAt\":\"pass1\",\"States\":{\"pass1\":{\"Type\":\"Pass\",\"Next\":\"pass3\"},"
         "\"pass2\":{" PASS "}}}",
         "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
         "MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2");
    SAYS("{\"StartAt\":\"X\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"},\"B\":{\"Type\":"
         "\"Succeed\"}}}",
         "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt, "
         "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A");
}

TEST(transitions__end_somewhere)
{
    SAYS("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"},"
         "\"B\":{\"Type\":\"Pass\",\"Next\":\"A\"},\"C\":{\"Type\":\"Pass\",\"Next\":\"A\"}}}",
         "MISSING_END_STATE: Workflow has no terminal state");
    SAYS(STATE("\"Type\":\"Pass\",\"Next\":\"NOPE\""),
         "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/S/Next, "
         "MISSING_END_STATE: Workflow has no terminal state");
}

TEST(transitions__do_not_leave_a_branch)
{
    CHECK(said_as(NULL,
                  "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"Next\":\"E\","
                  "\"Branches\":[{\"StartAt\":\"I\",\"States\":{\"I\":{\"Type\":\"Pass\","
                  "\"Next\":\"E\"}}}]},\"E\":{\"Type\":\"Succeed\"}}}")
              .bytes > 0);
}

TEST(transitions__name_the_place_of_a_missing_target)
{
    SAYS(STATE(TASK ",\"Catch\":[{\"ErrorEquals\":[\"X\"],\"Next\":\"N\"}]"),
         "MISSING_TRANSITION_TARGET: Missing 'Next' target: N at /States/S/Catch[0]/Next");
    SAYS(STATE(TASK ",\"Catch\":[{\"ErrorEquals\":[\"X\"]}]"),
         SCHEMA "These fields are required: [Next] at /States/S/Catch[0]");
}

// Fields ----------------------------------------------------------------------------------------

TEST(fields__exclude_each_other)
{
    SAYS(STATE(TASK ",\"TimeoutSeconds\":1,\"TimeoutSecondsPath\":\"$.t\""),
         SCHEMA "Only one of these fields is allowed: [TimeoutSeconds, TimeoutSecondsPath] at "
                "/States/S");
    SAYS(STATE("\"Type\":\"Fail\",\"Error\":\"a\",\"ErrorPath\":\"$.t\""),
         SCHEMA "Only one of these fields is allowed: [Error, ErrorPath] at /States/S");
    SAYS(STATE("\"Type\":\"Wait\",\"End\":true"),
         SCHEMA "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, "
                "TimestampPath] at /States/S");
}

TEST(fields__timestamps_are_rfc_3339)
{
#define WAIT(time) STATE("\"Type\":\"Wait\",\"End\":true,\"Timestamp\":\"" time "\"")
    FINE(WAIT("2016-12-05T21:29:29.5+01:00"));
    SAYS(WAIT("2016-12-05 21:29:29Z"),
         SCHEMA "String does not match RFC3339 timestamp at /States/S/Timestamp");
    SAYS(WAIT("{% '2016-03-14T01:59:00Z' %}"),
         SCHEMA "String does not match RFC3339 timestamp at /States/S/Timestamp");
}

TEST(fields__numbers_have_bounds)
{
    CHECK(said_as(NULL, STATE(TASK ",\"TimeoutSeconds\":0")).bytes > 0);
    CHECK(said_as(NULL, STATE(TASK ",\"TimeoutSeconds\":1.5")).bytes > 0);
    CHECK(said_as(NULL, STATE(TASK ",\"TimeoutSeconds\":\"1\"")).bytes > 0);
    CHECK(said_as(NULL, STATE(TASK ",\"TimeoutSeconds\":10,\"HeartbeatSeconds\":10")).bytes > 0);
    CHECK(said_as(NULL, STATE(TASK ",\"Retry\":[{\"ErrorEquals\":[\"X\"],\"BackoffRate\":0.5}]"))
              .bytes > 0);
    FINE(STATE(TASK
               ",\"TimeoutSeconds\":10,\"HeartbeatSeconds\":9,\"Retry\":[{\"ErrorEquals\":[\"X\"],"
               "\"MaxAttempts\":0,\"BackoffRate\":1.0,\"IntervalSeconds\":1,\"MaxDelaySeconds\":2,"
               "\"JitterStrategy\":\"FULL\"}]"));
}

TEST(fields__states_all_is_alone_and_last)
{
    SAYS(STATE(TASK ",\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"]},{\"ErrorEquals\":[\"X\"]}]"),
         SCHEMA "States.ALL must appear alone and at end of list at "
                "/States/S/Retry[0]/ErrorEquals[0]");
    SAYS(STATE(TASK ",\"Retry\":[{\"ErrorEquals\":[\"X\",\"States.ALL\"]}]"),
         SCHEMA "States.ALL must appear alone and at end of list at "
                "/States/S/Retry[0]/ErrorEquals[1]");
    FINE(STATE(TASK ",\"Retry\":[]"));
}

TEST(fields__paths_are_paths)
{
    SAYS(STATE(PASS ",\"OutputPath\":\"Test\""),
         SCHEMA "Value must be a valid JSONPath. at /States/S/OutputPath");
    SAYS(STATE(PASS ",\"ResultPath\":\"Test\""),
         SCHEMA "Value is not a Reference Path: Reference path didn't start with '$' at "
                "/States/S/ResultPath");
    CHECK(said_as(NULL, STATE(PASS ",\"ResultPath\":\"$.a[*]\"")).bytes > 0);
    CHECK(said_as(NULL, STATE(PASS ",\"ResultPath\":\"$$.a\"")).bytes > 0);
    FINE(STATE(PASS ",\"InputPath\":null,\"OutputPath\":\"$$.Execution\",\"ResultPath\":null"));
}

TEST(fields__templates_hold_paths_and_calls)
{
    SAYS(STATE(PASS ",\"Parameters\":{\"a\":{\"parsed.$\":\"foo\"}}"),
         SCHEMA "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic "
                "function call at /States/S/Parameters");
    CHECK(said_as(NULL, STATE(PASS ",\"Parameters\":{\"a\":1,\"a.$\":\"$\"}")).bytes > 0);
    FINE(STATE(PASS ",\"Result\":{\"x.$\":\"TestResult\"}"));
}

TEST(fields__warn_of_paths_that_nobody_follows)
{
    SAYS(STATE(PASS ",\"Parameters\":{\"a\":\"$.x\"}"),
         "warning NO_DOLLAR: No .$ on a field that appears to be a JSONPath or Intrinsic Function. "
         "at "
         "/States/S/Parameters/a");
    SAYS(STATE(PASS ",\"Result\":{\"a\":\"$.x\"}"),
         "warning PASS_RESULT_IS_STATIC: Attempt to use a path in the result of a pass state. at "
         "/States/S/Result/a");
    SAYS(STATE("\"Type\":\"Fail\",\"Cause\":\"$.x\""),
         "warning NO_PATH: Field value looks like a path, but field name does not end with 'Path'. "
         "at "
         "/States/S/Cause");
}

TEST(fields__credentials_name_a_role)
{
    SAYS(JSONATA(TASK ",\"Credentials\":{}"),
         SCHEMA "The field 'RoleArn' is required but was missing at /States/S/Credentials");
    FINE(STATE(TASK ",\"Credentials\":{\"RoleArn.$\":\"$.role\"}"));
}

// Choice, Parallel, Map -------------------------------------------------------------------------

#define CHOICE(rule)                                                                               \
    "{\"StartAt\":\"C\",\"States\":{\"C\":{\"Type\":\"Choice\",\"Choices\":[" rule                 \
    "]},\"E\":{\"Type\":\"Succeed\"}}}"

TEST(choice__rules_have_one_operator)
{
    FINE(CHOICE("{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":\"E\"}"));
    FINE(CHOICE("{\"Not\":{\"Variable\":\"$.x\",\"NumericEqualsPath\":\"$.y\"},\"Next\":\"E\"}"));
    CHECK(said_as(NULL, CHOICE("{\"Variable\":\"$.x\",\"Next\":\"E\"}")).bytes > 0);
    CHECK(said_as(NULL, CHOICE("{\"Variable\":\"$.x\",\"IsNull\":true,\"IsString\":true,"
                               "\"Next\":\"E\"}"))
              .bytes > 0);
    CHECK(said_as(NULL, CHOICE("{\"Variable\":\"$.x\",\"IsNullPath\":\"$.y\",\"Next\":\"E\"}"))
              .bytes > 0);
    SAYS(CHOICE("{\"Variable\":\"Test\",\"StringMatches\":\"Test\",\"Next\":\"E\"}"),
         SCHEMA "Value is not a Reference Path: Reference path didn't start with '$' at "
                "/States/C/Choices[0]/Variable");
}

TEST(choice__only_outer_rules_lead_on)
{
    SAYS(CHOICE("{\"And\":[{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":\"E\"}],\"Next\":\"E\"}"),
         SCHEMA "Field 'Next' is not supported at /States/C/Choices[0]/And[0]");
    SAYS(CHOICE("{\"Variable\":\"$\",\"IsNull\":true},{\"Variable\":\"$\",\"IsNull\":true,\"Next\":"
                "\"E\"}"),
         SCHEMA "These fields are required: [Next] at /States/C/Choices[0]");
}

TEST(parallel__has_branches)
{
    SAYS(STATE("\"Type\":\"Parallel\",\"End\":true,\"Branches\":[]"),
         SCHEMA "Value cannot be empty at /States/S/Branches");
    SAYS(STATE("\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{\"StartAt\":\"C\",\"States\":{"
               "\"C\":{"
               "\"Type\":\"Choice\"}}}]"),
         SCHEMA "These fields are required: [Choices] at /States/S/Branches[0]/States/C, "
                "MISSING_END_STATE: Workflow has no terminal state at /States/S/Branches[0]");
}

#define PROCESSOR(config) "{" config "\"StartAt\":\"I\",\"States\":{\"I\":{" PASS "}}}"
#define CONFIG            "\"ProcessorConfig\":"
#define DISTRIBUTED       CONFIG "{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"EXPRESS\"},"

TEST(map__has_one_processor)
{
    FINE(STATE("\"Type\":\"Map\",\"End\":true,\"ItemProcessor\":" PROCESSOR("")));
    FINE(STATE("\"Type\":\"Map\",\"End\":true,\"Iterator\":" PROCESSOR("")));
    SAYS(STATE("\"Type\":\"Map\",\"End\":true"),
         SCHEMA "These fields are required: [ItemProcessor] at /States/S");
    CHECK(said_as(NULL, STATE("\"Type\":\"Map\",\"End\":true,\"ItemProcessor\":" PROCESSOR(
                            "") ",\"Iterator\":" PROCESSOR("")))
              .bytes > 0);
}

TEST(map__labels_are_checked)
{
#define LABELLED(label)                                                                            \
    STATE("\"Type\":\"Map\",\"End\":true,\"Label\":\"" label                                       \
          "\",\"ItemProcessor\":" PROCESSOR(DISTRIBUTED))
    FINE(LABELLED("fine"));
    SAYS(LABELLED("a b"), "INVALID_LABEL_NAME: Invalid Label name: a b at /States/S/Label");
    CHECK(said_as(NULL, LABELLED("12345678901234567890123456789012345678901")).bytes > 0);
}

// JSONata ---------------------------------------------------------------------------------------

TEST(jsonata__is_compiled_at_creation)
{
    SAYS(JSONATA(PASS ",\"Output\":{\"v\":\"{% phone %}\"}"),
         "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. "
         "at "
         "/States/S/Output/v");
    SAYS(JSONATA(PASS ",\"Output\":[1,\"{% a[1,2) %}\"]"),
         "INVALID_JSONATA_EXPRESSION: Expected \"]\", got \",\" at /States/S/Output[1]");
    CHECK(said_as(NULL, JSONATA(PASS ",\"Output\":\"{% 10 %\"")).bytes > 0);
    CHECK(said_as(NULL, JSONATA(PASS ",\"Output\":\"10 %}\"")).bytes > 0);
    FINE(JSONATA(PASS ",\"Output\":\" {% 10 %} \""));
}

TEST(jsonata__results_and_errors_have_their_fields)
{
    CHECK(said_as(NULL, JSONATA(TASK ",\"Arguments\":\"{% $states.result %}\"")).bytes > 0);
    CHECK(said_as(NULL, JSONATA(TASK ",\"Output\":\"{% $states.errorOutput %}\"")).bytes > 0);
    FINE(JSONATA(TASK ",\"Output\":\"{% $states.result %}\",\"Assign\":{\"x\":\"{% $states.result "
                      "%}\"}"));
}

TEST(jsonata__fields_are_named_from_the_state)
{
    sw_diagnostics found;
    sw_machine    *machine =
        read_as(NULL, JSONATA(TASK ",\"Arguments\":{\"a\":[1,{\"b\":\"{%  $x  %}\"}]}"), &found);
    REQUIRE(machine != NULL);
    const sw_template *list = &machine->top->start_at->parameters->children[0];
    const sw_template *leaf = &list->children[1].children[0];
    CHECK_TEXT(leaf->field, "Arguments/a[1]/b");
    CHECK_TEXT(leaf->text, "$x");
    CHECK_INT(leaf->kind, SW_TEMPLATE_JSONATA);
    CHECK(machine->jsonata);
    sw_machine_unref(machine);
}

// Machine types and resources -------------------------------------------------------------------

static const sw_machine_options express = {.type = SW_EXPRESS};

#define RESOURCE(arn) STATE("\"Type\":\"Task\",\"End\":true,\"Resource\":\"" arn "\"")

TEST(express__calls_by_request_and_response_only)
{
    CHECK_TEXT(said_as(&express, RESOURCE("arn:aws:states:::states:startExecution.sync")),
               SCHEMA "Express state machine does not support '.sync' service integration at "
                      "/States/S/Resource");
    CHECK_TEXT(said_as(&express, RESOURCE("arn:aws:states:::sns:publish.waitForTaskToken")), SCHEMA
               "Express state machine does not support '.waitForTaskToken' service integration  "
               "at /States/S/Resource");
    CHECK_TEXT(said_as(&express, RESOURCE("arn:aws:states:us-east-1:123456789012:activity:a")),
               SCHEMA "Express state machine does not support Activity ARN at /States/S/Resource");
    CHECK_TEXT(said_as(&express, RESOURCE("arn:aws:states:::lambda:invoke")), "");
}

TEST(resources__are_known)
{
    FINE(RESOURCE("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"));
    FINE(RESOURCE("arn:aws:states:::states:startExecution.sync:2"));
    FINE(RESOURCE("arn:aws:states:::aws-sdk:s3:listBuckets"));
    FINE(RESOURCE("arn:aws-cn:states:::aws-sdk:xray:getSamplingRules.waitForTaskToken"));
    SAYS(RESOURCE("arn:aws:states:::dynamodb:query"), SCHEMA
         "The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is "
         "not a valid resource ARN, or the resource is not available in this region. at "
         "/States/S/Resource");
    CHECK(said_as(NULL, RESOURCE("arn:aws:states:::sqs:sendMessage.sync")).bytes > 0);
    CHECK(said_as(NULL, RESOURCE("arn:aws:states:::aws-sdk:s3:listBuckets.sync")).bytes > 0);
    CHECK(said_as(NULL, RESOURCE("arn:aws:states:::aws-sdk:sts:assumeRole")).bytes > 0);
    CHECK(said_as(NULL, RESOURCE("arn:aws:states:::aws-sdk:nothing:here")).bytes > 0);
    CHECK(said_as(NULL, RESOURCE("arn:aws:lambda:us-east-1:123456789012:function:f:")).bytes > 0);
}

// Variables -------------------------------------------------------------------------------------

TEST(variables__have_names)
{
    FINE(STATE(PASS ",\"Assign\":{\"a1\":1,\"b_2.$\":\"$\",\"caf\u00e9\":1}"));
    CHECK(said_as(NULL, STATE(PASS ",\"Assign\":{\"states\":1}")).bytes > 0);
    CHECK(said_as(NULL, STATE(PASS ",\"Assign\":{\"x.y\":1}")).bytes > 0);
    CHECK(said_as(NULL, STATE(PASS ",\"Assign\":{\"1x\":1}")).bytes > 0);
}

#define INNER_ASSIGN(outer, config)                                                                \
    "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"Next\":\"P\"" outer                  \
    ",\"ItemProcessor\":{" config "\"StartAt\":\"I\",\"States\":{\"I\":{" PASS                     \
    ",\"Assign\":{\"x\":1}}}}},\"P\":{" PASS ",\"Assign\":{\"x\":2}}}}"

TEST(variables__of_an_outer_scope_are_not_assigned_inside)
{
    SAYS(INNER_ASSIGN("", ""), SCHEMA "The variable 'x' is assigned in an outer scope already at "
                                      "/States/M/ItemProcessor/States/I/Assign");
    FINE(INNER_ASSIGN("", DISTRIBUTED));
}

// What it compiles to ---------------------------------------------------------------------------

TEST(machine__holds_what_was_written)
{
    const char     text[] = "{\"StartAt\":\"T\",\"TimeoutSeconds\":9,\"States\":{\"T\":{"
                            "\"Type\":\"Task\",\"Next\":\"E\",\"TimeoutSecondsPath\":\"$.t\","
                            "\"Resource\":\"arn:aws:states:::aws-sdk:sfn:startExecution\","
                            "\"Parameters\":{\"a\":{\"b\":[1]},\"c.$\":\"$.d\"}},"
                            "\"E\":{\"Type\":\"Succeed\"}}}";
    sw_diagnostics found;
    sw_machine    *machine = read_as(NULL, text, &found);
    REQUIRE(machine != NULL);
    const sw_state *task = sw_machine_find_state(machine, SW_STR("T"));
    REQUIRE(task != NULL);
    CHECK(machine->top->start_at == task);
    CHECK(task->next == sw_machine_find_state(machine, SW_STR("E")));
    CHECK(sw_machine_find_state(machine, SW_STR("X")) == NULL);
    CHECK_INT(machine->timeout_seconds, 9);
    CHECK_TEXT(task->task.resource_type, "aws-sdk:sfn");
    CHECK_TEXT(task->task.resource, "startExecution");
    CHECK_TEXT(task->task.timeout_seconds.field, "TimeoutSecondsPath");
    CHECK_INT(task->parameters->kind, SW_TEMPLATE_OBJECT);
    CHECK_INT(task->parameters->child_count, 2);
    CHECK_INT(task->parameters->children[0].kind, SW_TEMPLATE_CONSTANT);
    CHECK_TEXT(task->parameters->children[1].key, "c");
    CHECK_TEXT(task->parameters->children[1].field, "c.$");
    sw_machine_unref(machine);
}

TEST(machine__reads_yaml_and_comments)
{
    sw_diagnostics found;
    sw_machine    *machine =
        read_as(NULL,
                "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n  B:\n    Type: Wait\n"
                "    Seconds: -1\n    End: true\n",
                &found);
    CHECK(machine == NULL);
    REQUIRE(found.first != NULL);
    CHECK_TEXT(found.first->location, "/States/B/Seconds");
    CHECK_INT(found.first->line, 6);
    FINE("// why\n{\"StartAt\":\"S\",\"States\":{\"S\":{" PASS ",},}}");
}

// Every allocation fails once: that is an error of its own, never a diagnostic, and nothing leaks.
static bool compile(sw_arena *own, const void *text)
{
    sw_diagnostics found;
    sw_machine    *machine = NULL;
    sw_error       err;
    bool           done = sw_machine_new(sw_str_from(text), NULL, own, &found, &machine, &err);
    if (!done)
        CHECK_INT(err.code, SW_ERROR_MEMORY);
    sw_machine_unref(machine);
    return done;
}

TEST(machine__survives_spent_memory)
{
    check_spent_memory(
        compile, "{\"StartAt\":\"T\",\"States\":{\"T\":{" TASK ",\"Parameters\":{\"a.$\":\"$.b\"},"
                 "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"E\"}]},"
                 "\"E\":{\"Type\":\"Succeed\"}},\"Retry\":[{\"ErrorEquals\":[\"X\"]}]}");
    check_spent_memory(compile,
                       JSONATA(TASK ",\"Arguments\":{\"a\":\"{% $states.input.x[y > 1].$f() %}\"},"
                                    "\"Output\":[\"{% $sum($states.result) %}\"]"));
}

TEST(machine__bounds_the_definition)
{
    size_t bytes = 1048577;
    char  *text = malloc(bytes + 1);
    REQUIRE(text != NULL);
    memset(text, ' ', bytes);
    const char definition[] = STATE(PASS);
    memcpy(text, definition, sizeof definition - 1);
    text[bytes] = '\0';
    CHECK(said_as(NULL, text).bytes > 0);
    text[bytes - 1] = '\0';
    FINE(text);
    free(text);
}

// Extensions ------------------------------------------------------------------------------------

static sw_str expanded(const char *text)
{
    sw_diagnostics found;
    sw_machine    *machine = read_as(NULL, text, &found);
    if (machine == NULL)
        return found.first == NULL ? SW_STR("?") : found.first->message;
    CHECK(sw_machine_has_extensions(machine));
    CHECK_INT(found.warnings, 1);
    sw_value states = sw_value_get(sw_machine_get_definition(machine), SW_STR("States"));
    sw_str   result = sw_json_print(&arena, states);
    sw_machine_unref(machine);
    return result;
}

#define CLEAN_UP "\"Clean\":{\"Type\":\"Succeed\"}"
#define CATCH    "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Clean\"}]"

TEST(extensions__catch_tells_the_state_in_jsonpath)
{
    CHECK_TEXT(
        expanded("{\"StartAt\":\"S\",\"States\":{\"S\":{" TASK "}," CLEAN_UP "}," CATCH "}"),
        "{\"S\":{" TASK ",\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"S (uncaught "
        "error)\"}]}," CLEAN_UP ",\"S (uncaught error)\":{\"Type\":\"Pass\",\"Result\":\"S\","
        "\"ResultPath\":\"$.State\",\"Next\":\"Clean\"}}");
}

TEST(extensions__catch_tells_the_state_in_jsonata)
{
    CHECK_TEXT(expanded("{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"S\",\"States\":{\"S\":{" TASK
                        "}," CLEAN_UP "}," CATCH "}"),
               "{\"S\":{" TASK ",\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Clean\","
               "\"Output\":\"{% $merge([$states.errorOutput, {\\\"State\\\": "
               "$states.context.State.Name}]) %}\"}]}," CLEAN_UP "}");
}

TEST(extensions__retry_is_a_default)
{
    CHECK_TEXT(expanded("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
                        "\"arn:aws:states:::lambda:invoke\",\"Next\":\"B\"},\"B\":{" TASK
                        ",\"Retry\":[]}},\"Retry\":[{\"ErrorEquals\":[\"X\"]}]}"),
               "{\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Next\":"
               "\"B\",\"Retry\":[{\"ErrorEquals\":[\"X\"]}]},\"B\":{" TASK ",\"Retry\":[]}}");
}

TEST(extensions__spare_the_clean_up_and_what_catches_all)
{
    CHECK_TEXT(
        expanded(
            "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states"
            ":::lambda:invoke\",\"Next\":\"E\"," CATCH "},\"E\":{\"Type\":\"Succeed\"},\"Clean\":{"
            "\"Type\":\"Pass\",\"Next\":\"More\"},\"More\":{" TASK "}}," CATCH "}"),
        "{\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Next\":"
        "\"E\"," CATCH "},\"E\":{\"Type\":\"Succeed\"},\"Clean\":{\"Type\":\"Pass\",\"Next\":"
        "\"More\"},\"More\":{" TASK "}}");
}

TEST(extensions__are_refused_on_demand)
{
    sw_machine_options plain = {.plain = true};
    CHECK_TEXT(
        said_as(&plain, "{\"StartAt\":\"S\",\"States\":{\"S\":{" TASK "}," CLEAN_UP "}," CATCH "}"),
        SCHEMA "Field 'Catch' is not supported at /");
    SAYS("{\"StartAt\":\"S\",\"States\":{\"S\":{" TASK
         "}},\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],"
         "\"Next\":\"Gone\"}]}",
         "MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /Catch[0]/Next");
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    sw_arena_init(&arena);
    RUN(definition__refuses_what_is_no_object);
    RUN(definition__asks_for_fields);
    RUN(definition__refuses_unknown_fields);
    RUN(definition__wants_a_known_type);
    RUN(definition__keeps_query_languages_apart);
    RUN(definition__bounds_names);
    RUN(definition__names_are_unique_in_all_scopes);
    RUN(transitions__lead_somewhere);
    RUN(transitions__end_somewhere);
    RUN(transitions__do_not_leave_a_branch);
    RUN(transitions__name_the_place_of_a_missing_target);
    RUN(fields__exclude_each_other);
    RUN(fields__timestamps_are_rfc_3339);
    RUN(fields__numbers_have_bounds);
    RUN(fields__states_all_is_alone_and_last);
    RUN(fields__paths_are_paths);
    RUN(fields__templates_hold_paths_and_calls);
    RUN(fields__warn_of_paths_that_nobody_follows);
    RUN(fields__credentials_name_a_role);
    RUN(choice__rules_have_one_operator);
    RUN(choice__only_outer_rules_lead_on);
    RUN(parallel__has_branches);
    RUN(map__has_one_processor);
    RUN(map__labels_are_checked);
    RUN(jsonata__is_compiled_at_creation);
    RUN(jsonata__results_and_errors_have_their_fields);
    RUN(jsonata__fields_are_named_from_the_state);
    RUN(express__calls_by_request_and_response_only);
    RUN(resources__are_known);
    RUN(variables__have_names);
    RUN(variables__of_an_outer_scope_are_not_assigned_inside);
    RUN(machine__holds_what_was_written);
    RUN(machine__reads_yaml_and_comments);
    RUN(machine__survives_spent_memory);
    RUN(machine__bounds_the_definition);
    RUN(extensions__catch_tells_the_state_in_jsonpath);
    RUN(extensions__catch_tells_the_state_in_jsonata);
    RUN(extensions__retry_is_a_default);
    RUN(extensions__spare_the_clean_up_and_what_catches_all);
    RUN(extensions__are_refused_on_demand);
    sw_arena_clear(&arena);
    return CHECK_END();
}
