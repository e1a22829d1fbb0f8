// eval.c: stepwell eval.

#define _GNU_SOURCE
#include "cli/batch.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/evaluate.h"
#include "cli/files.h"
#include "cli/terminal.h"

#include <unistd.h>

static bool read_json_option(const cli_arguments *arguments, cli_option_id id, sw_arena *arena,
                             sw_value *value, sw_error *err)
{
    const char *argument = arguments->values[id];
    if (argument == NULL)
        return true;
    sw_str name = sw_str_format(arena, "--%s", cli_options[id].name);
    return cli_json_read(arena, name.text, argument, value, err);
}

static bool read_input(const cli_arguments *arguments, sw_arena *arena, sw_value *value,
                       sw_error *err)
{
    if (arguments->given[CLI_OPTION_INPUT])
        return read_json_option(arguments, CLI_OPTION_INPUT, arena, value, err);
    if (isatty(STDIN_FILENO))
        return true;
    return cli_json_read(arena, "the standard input", "-", value, err);
}

// position counts characters, from 1.
static int print_failure(const cli_evaluation *evaluation, const cli_outcome *outcome)
{
    cli_terminal terminal = cli_terminal_of(stderr);
    sw_str       text = evaluation->expression;
    char         message[640];
    snprintf(message, sizeof message, "%s%s%s", outcome->code, outcome->code[0] != '\0' ? ": " : "",
             outcome->message);
    cli_complain(message);
    if (outcome->position > 0 && text.bytes <= 100 && memchr(text.text, '\n', text.bytes) == NULL) {
        fputs("  ", stderr);
        cli_terminal_put(&terminal, text, 0);
        fprintf(stderr, "\n  %*s^\n", (int)outcome->position - 1, "");
    }
    return CLI_FAILED;
}

static void print_result(const cli_outcome *outcome, bool raw, sw_arena *arena)
{
    sw_str text;
    if (outcome->result.type == SW_UNDEFINED) {
        fputs("stepwell: the expression gives nothing (undefined)\n", stderr);
        return;
    }
    if (raw && outcome->result.type == SW_STRING)
        text = sw_value_str(outcome->result);
    else
        text = sw_json_print_pretty(arena, outcome->result, 2);
    fwrite(text.text, 1, text.bytes, stdout);
    putchar('\n');
}

static int evaluate_one(const cli_arguments *arguments, sw_arena *arena)
{
    cli_evaluation evaluation = {
        .expression = sw_str_from(arguments->operands[0]),
        .jsonata_2_1 = strcmp(arguments->values[CLI_OPTION_JSONATA_VERSION], "2.1") == 0,
        .now_ms = cli_clock_ms(),
        .seed = cli_clock_seed(),
    };
    sw_error err = {0};
    cli_language_find(sw_str_from(arguments->values[CLI_OPTION_LANGUAGE]), &evaluation.language);
    if (!read_input(arguments, arena, &evaluation.input, &err) ||
        !read_json_option(arguments, CLI_OPTION_CONTEXT, arena, &evaluation.context, &err) ||
        !read_json_option(arguments, CLI_OPTION_VARIABLES, arena, &evaluation.variables, &err))
        return cli_usage_error(arguments->command, "%s", err.message);
    cli_outcome outcome;
    cli_evaluate(&evaluation, arena, &outcome);
    if (outcome.failed)
        return print_failure(&evaluation, &outcome);
    print_result(&outcome, arguments->given[CLI_OPTION_RAW], arena);
    return CLI_OK;
}

int cli_eval(const cli_arguments *arguments, sw_arena *arena)
{
    if (arguments->given[CLI_OPTION_BATCH]) {
        if (arguments->operand_count > 0)
            return cli_usage_error(arguments->command, "with --batch there is no EXPRESSION");
        bool newer = strcmp(arguments->values[CLI_OPTION_JSONATA_VERSION], "2.1") == 0;
        return cli_batch(STDIN_FILENO, stdout, newer) ? CLI_OK : CLI_FAILED;
    }
    if (arguments->operand_count == 0)
        return cli_usage_error(arguments->command, "eval needs EXPRESSION, or --batch");
    return evaluate_one(arguments, arena);
}
