// terminal.c: where messages for people go, and what may be done there.

#define _GNU_SOURCE
#include "cli/terminal.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

// Without setlocale: the variables say what the terminal was set up for.
static bool is_utf8_wanted(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

void cli_terminal_measure(cli_terminal *terminal)
{
    struct winsize size = {0};
    if (ioctl(fileno(terminal->file), TIOCGWINSZ, &size) != 0)
        size.ws_col = size.ws_row = 0;
    terminal->columns = size.ws_col >= 20 ? size.ws_col : 80;
    terminal->rows = size.ws_row >= 4 ? size.ws_row : 24;
}

cli_terminal cli_terminal_of(FILE *file)
{
    cli_terminal terminal = {.file = file};
    const char  *kind = getenv("TERM");
    terminal.live = isatty(fileno(file)) && kind != NULL && strcmp(kind, "dumb") != 0;
    terminal.color = terminal.live && !is_set("NO_COLOR");
    terminal.utf8 = is_utf8_wanted();
    cli_terminal_measure(&terminal);
    return terminal;
}

const char *cli_terminal_style(const cli_terminal *terminal, cli_style style)
{
    static const char *const sequences[] = {
        [CLI_STYLE_NONE] = "\033[0m",  [CLI_STYLE_BOLD] = "\033[1m", [CLI_STYLE_DIM] = "\033[2m",
        [CLI_STYLE_GOOD] = "\033[32m", [CLI_STYLE_BAD] = "\033[31m", [CLI_STYLE_NOTE] = "\033[33m",
        [CLI_STYLE_BUSY] = "\033[36m",
    };
    return terminal->color ? sequences[style] : "";
}

// One character as it may be shown.
typedef struct glyph {
    sw_str   text;
    unsigned columns, bytes; // on the screen, and in the source
} glyph;

static glyph read_glyph(sw_str rest)
{
    unsigned bytes = sw_utf8_check((const unsigned char *)rest.text, rest.bytes);
    if (bytes == 0)
        return (glyph){SW_STR("?"), 1, 1};
    if (bytes == 1) {
        char c = *rest.text;
        if (c == '\n' || c == '\t' || c == '\r')
            return (glyph){SW_STR(" "), 1, 1};
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return (glyph){SW_STR("?"), 1, 1};
        return (glyph){{rest.text, 1}, 1, 1};
    }
    const char *at = rest.text;
    uint32_t    point = sw_utf8_next(&at);
    // Direction marks and their like can make a line read as what it is not.
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF)
        return (glyph){SW_STR("?"), 1, bytes};
    int columns = utf8proc_charwidth((utf8proc_int32_t)point);
    return (glyph){{rest.text, bytes}, columns > 0 ? (unsigned)columns : 0, bytes};
}

unsigned cli_text_columns(sw_str text)
{
    unsigned columns = 0;
    for (size_t at = 0; at < text.bytes;) {
        glyph next = read_glyph((sw_str){text.text + at, text.bytes - at});
        columns += next.columns;
        at += next.bytes;
    }
    return columns;
}

// Whether all of text fits, without looking further than needed.
static bool fits(sw_str text, unsigned columns)
{
    unsigned used = 0;
    for (size_t at = 0; at < text.bytes && used <= columns;) {
        glyph next = read_glyph((sw_str){text.text + at, text.bytes - at});
        used += next.columns;
        at += next.bytes;
    }
    return used <= columns;
}

unsigned cli_terminal_put(const cli_terminal *terminal, sw_str text, unsigned columns)
{
    bool     cut = columns > 0 && !fits(text, columns);
    unsigned room = cut ? columns - 1 : columns, used = 0;
    for (size_t at = 0; at < text.bytes;) {
        glyph next = read_glyph((sw_str){text.text + at, text.bytes - at});
        if (columns > 0 && used + next.columns > room)
            break;
        fwrite(next.text.text, 1, next.text.bytes, terminal->file);
        used += next.columns;
        at += next.bytes;
    }
    if (!cut)
        return used;
    fputs(terminal->utf8 ? "\xe2\x80\xa6" : "~", terminal->file);
    return used + 1;
}

void cli_complain(const char *message)
{
    cli_terminal terminal = cli_terminal_of(stderr);
    fputs("stepwell: ", stderr);
    cli_terminal_put(&terminal, sw_str_from(message), 0);
    fputc('\n', stderr);
}
