// progress_draw.c: one visit of a state, as a line.

#include "cli/progress.h"

#define NAME_COLUMNS 32u

void cli_duration_print(int64_t ms, char text[32])
{
    if (ms < 0)
        ms = 0;
    int64_t s = ms / 1000;
    if (ms < 60000)
        snprintf(text, 32, "%lld.%02lld s", (long long)s, (long long)(ms % 1000 / 10));
    else if (s < 3600)
        snprintf(text, 32, "%lld min %02lld s", (long long)(s / 60), (long long)(s % 60));
    else if (s < 86400)
        snprintf(text, 32, "%lld h %02lld min", (long long)(s / 3600), (long long)(s / 60 % 60));
    else
        snprintf(text, 32, "%lld d %02lld h", (long long)(s / 86400), (long long)(s / 3600 % 24));
}

static const struct {
    const char *word, *sign, *ascii;
    cli_style   style;
} looks[] = {
    [CLI_ROW_RUNNING] = {"running", "", "*", CLI_STYLE_BUSY},
    [CLI_ROW_SUCCEEDED] = {"succeeded", "\xe2\x9c\x94", "+", CLI_STYLE_GOOD}, // check mark
    [CLI_ROW_CAUGHT] = {"caught", "\xe2\x86\xaa", ">", CLI_STYLE_NOTE},       // hooked arrow
    [CLI_ROW_FAILED] = {"failed", "\xe2\x9c\x98", "x", CLI_STYLE_BAD},        // ballot cross
    [CLI_ROW_STOPPED] = {"stopped", "\xe2\x96\xa0", "-", CLI_STYLE_DIM},      // square
};

// "Check #2": the state in the third iteration of a Map.
static unsigned put_name(const cli_progress *progress, const cli_row *row, unsigned columns)
{
    char     number[24] = "";
    unsigned used = 0;
    if (row->iteration >= 0)
        snprintf(number, sizeof number, " #%lld", (long long)row->iteration);
    unsigned room = (unsigned)strlen(number) + 4;
    used =
        cli_terminal_put(&progress->terminal, row->name, columns > room ? columns - room + 4 : 4);
    fputs(number, progress->terminal.file);
    return used + (unsigned)strlen(number);
}

// What is to be said about it beside its name and time.
static void make_note(const cli_row *row, int64_t now_ms, char *note, size_t capacity)
{
    char time[32];
    if (row->status == CLI_ROW_RUNNING && row->retry_ms > 0) {
        cli_duration_print(row->retry_ms - now_ms, time);
        snprintf(note, capacity, "%s, again in %s", row->error, time);
    } else if (row->status == CLI_ROW_RUNNING) {
        note[0] = '\0';
        if (row->attempts > 1)
            snprintf(note, capacity, "attempt %u", row->attempts);
    } else if (row->status == CLI_ROW_FAILED) {
        snprintf(note, capacity, "%s%s%s", row->error, row->note[0] != '\0' ? ": " : "", row->note);
    } else {
        snprintf(note, capacity, "%s", row->note);
    }
}

void cli_row_log(const cli_progress *progress, const cli_row *row, int64_t now_ms)
{
    char        time[32], note[320];
    FILE       *file = progress->terminal.file;
    bool        retry = row->status == CLI_ROW_RUNNING;
    const char *word = retry ? "retrying" : looks[row->status].word;
    cli_duration_print((retry ? now_ms : row->ended_ms) - row->began_ms, time);
    make_note(row, now_ms, note, sizeof note);
    fprintf(file, "%10.3f  %-9s  %*s", (double)(now_ms - progress->started_ms) / 1000, word,
            (int)(2 * row->depth), "");
    unsigned used = 2 * row->depth + put_name(progress, row, 60);
    fprintf(file, "%*s  %9s  ", used < NAME_COLUMNS ? (int)(NAME_COLUMNS - used) : 0, "", time);
    cli_terminal_put(&progress->terminal, sw_str_from(note), 100);
    fputc('\n', file);
}

static const char *spinner(const cli_progress *progress)
{
    static const char *const steps[] = {
        "\xe2\xa0\x8b", "\xe2\xa0\x99", "\xe2\xa0\xb9", "\xe2\xa0\xb8", "\xe2\xa0\xbc",
        "\xe2\xa0\xb4", "\xe2\xa0\xa6", "\xe2\xa0\xa7", "\xe2\xa0\x87", "\xe2\xa0\x8f",
    };
    static const char *const ascii[] = {"|", "/", "-", "\\"};
    return progress->terminal.utf8 ? steps[progress->frame % 10] : ascii[progress->frame % 4];
}

void cli_row_draw(const cli_progress *progress, const cli_row *row, int64_t now_ms)
{
    const cli_terminal *terminal = &progress->terminal;
    char                time[32], note[320];
    bool                running = row->status == CLI_ROW_RUNNING;
    const char         *sign = terminal->utf8 ? looks[row->status].sign : looks[row->status].ascii;
    cli_duration_print((running ? now_ms : row->ended_ms) - row->began_ms, time);
    make_note(row, now_ms, note, sizeof note);
    unsigned indent = 2 * (row->depth < 10 ? row->depth : 10);
    fprintf(terminal->file, " %*s%s%s%s ", (int)indent, "",
            cli_terminal_style(terminal, looks[row->status].style),
            running ? spinner(progress) : sign, cli_terminal_style(terminal, CLI_STYLE_NONE));
    unsigned used = indent + put_name(progress, row, NAME_COLUMNS - (indent < 20 ? indent : 20));
    int      gap = used < NAME_COLUMNS ? (int)(NAME_COLUMNS - used) : 0;
    fprintf(terminal->file, "%*s%s%11s%s  ", gap, "", cli_terminal_style(terminal, CLI_STYLE_DIM),
            time, cli_terminal_style(terminal, CLI_STYLE_NONE));
    unsigned taken = 3 + used + (unsigned)gap + 13;
    if (terminal->columns > taken + 4)
        cli_terminal_put(terminal, sw_str_from(note), terminal->columns - taken - 1);
}
