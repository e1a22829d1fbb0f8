// tape.c: --record and --replay.

#include "cli/tape.h"

#include "cli/files.h"

#include <unistd.h>

static bool refuse(const cli_arguments *arguments, const char *message)
{
    cli_usage_error(arguments->command, "%s", message);
    return false;
}

// What cannot be written shall be known before anything runs.
static bool check_record(const cli_tape *tape, const cli_arguments *arguments)
{
    sw_error err = {0};
    if (tape->record == NULL)
        return true;
    if (tape->replay != NULL)
        return refuse(arguments, "--record and --replay contradict each other");
    if (access(tape->record, F_OK) == 0)
        return refuse(arguments, "--record: the file is there already");
    if (!cli_file_write(tape->record, SW_STR(""), &err))
        return refuse(arguments, err.message);
    unlink(tape->record);
    return true;
}

static bool read_replay(cli_tape *tape, const cli_arguments *arguments, sw_arena *arena)
{
    sw_error err = {0};
    if (tape->replay == NULL)
        return true;
    return cli_file_read(arena, tape->replay, &tape->replay_text, &err) ||
           refuse(arguments, err.message);
}

bool cli_tape_open(cli_tape *tape, const cli_arguments *arguments, sw_arena *arena)
{
    cli_ledger_open(&tape->ledger);
    tape->record = arguments->values[CLI_OPTION_RECORD];
    tape->replay = arguments->values[CLI_OPTION_REPLAY];
    tape->test_case = arguments->values[CLI_OPTION_RECORD_CASE];
    return check_record(tape, arguments) && read_replay(tape, arguments, arena);
}

bool cli_tape_runs(const cli_tape *tape)
{
    return tape->record != NULL || tape->replay != NULL;
}

static bool write_record(cli_tape *tape)
{
    sw_error err = {0};
    if (tape->record == NULL ||
        cli_recording_write(&tape->ledger, tape->record, tape->test_case, &err))
        return true;
    fprintf(stderr, "stepwell: %s\n", err.message);
    return false;
}

void cli_tape_tick(cli_tape *tape)
{
    write_record(tape);
}

static int compare(cli_tape *tape, int status)
{
    size_t count = cli_recording_compare(&tape->ledger, tape->replay, tape->replay_text,
                                         tape->test_case, stderr);
    if (count == 0)
        fprintf(stderr, "stepwell: no drift from %s\n", tape->replay);
    else
        fprintf(stderr, "stepwell: drift from %s; differences: %zu\n", tape->replay, count);
    return count > 0 ? CLI_DRIFTED : status;
}

int cli_tape_close(cli_tape *tape, int status)
{
    bool written = write_record(tape);
    if (tape->record != NULL && tape->ledger.is_full)
        fprintf(stderr, "stepwell: %s is full: it has not everything\n", tape->record);
    if (tape->replay != NULL)
        status = compare(tape, status);
    cli_ledger_close(&tape->ledger);
    return written ? status : CLI_FAILED;
}
