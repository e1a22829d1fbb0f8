// diagnostics.c: what is wrong with a definition, for people and for programs.

#include "cli/definition.h"

#include "base/utf8.h"

#define LINE_COLUMNS_MAX 120 // of the source; longer lines are shown around the place

// The line with that number, from 1; false when the text has no such line.
static bool find_line(sw_str text, uint32_t number, sw_str *line)
{
    const char *at = text.text, *end = text.text + text.bytes;
    for (uint32_t i = 1; i < number; i++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        if (next == NULL)
            return false;
        at = next + 1;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *line = (sw_str){at, (size_t)((stop != NULL ? stop : end) - at)};
    if (line->bytes > 0 && at[line->bytes - 1] == '\r')
        line->bytes--;
    return true;
}

// The byte of the character at a column, from 1, counted as sw_utf8_position does.
static size_t find_column(sw_str line, uint32_t column)
{
    uint32_t count = 0;
    for (size_t at = 0; at < line.bytes; at++) {
        if (((unsigned char)line.text[at] & 0xc0) != 0x80 && ++count == column)
            return at;
    }
    return line.bytes;
}

static bool is_character_start(sw_str line, size_t at)
{
    return at >= line.bytes || ((unsigned char)line.text[at] & 0xc0) != 0x80;
}

// A definition may be one line of a megabyte: only what stands around the place is shown.
static sw_str cut_line(sw_str line, size_t *place)
{
    size_t from = 0, to = line.bytes;
    if (*place > LINE_COLUMNS_MAX / 2 && line.bytes > LINE_COLUMNS_MAX)
        from = *place - LINE_COLUMNS_MAX / 2;
    if (to - from > LINE_COLUMNS_MAX)
        to = from + LINE_COLUMNS_MAX;
    while (!is_character_start(line, from))
        from++;
    while (!is_character_start(line, to))
        to--;
    *place -= from;
    return (sw_str){line.text + from, to - from};
}

static void print_excerpt(sw_str text, const sw_diagnostic *diagnostic,
                          const cli_terminal *terminal)
{
    sw_str line;
    if (diagnostic->line == 0 || !find_line(text, diagnostic->line, &line))
        return;
    size_t place = find_column(line, diagnostic->column);
    line = cut_line(line, &place);
    fprintf(terminal->file, "%s%5u |%s ", cli_terminal_style(terminal, CLI_STYLE_DIM),
            diagnostic->line, cli_terminal_style(terminal, CLI_STYLE_NONE));
    cli_terminal_put(terminal, line, 0);
    unsigned columns = cli_text_columns((sw_str){line.text, place});
    fprintf(terminal->file, "\n%s      |%s %*s%s^%s\n", cli_terminal_style(terminal, CLI_STYLE_DIM),
            cli_terminal_style(terminal, CLI_STYLE_NONE), (int)columns, "",
            cli_terminal_style(terminal, CLI_STYLE_BAD),
            cli_terminal_style(terminal, CLI_STYLE_NONE));
}

static void print_diagnostic(const cli_definition *definition, const sw_diagnostic *diagnostic,
                             const cli_terminal *terminal)
{
    FILE *file = terminal->file;
    bool  error = diagnostic->severity == SW_SEVERITY_ERROR;
    cli_terminal_put(terminal, sw_str_from(definition->file), 0);
    if (diagnostic->line > 0)
        fprintf(file, ":%u:%u", diagnostic->line, diagnostic->column);
    fprintf(file, ": %s%s:%s ",
            cli_terminal_style(terminal, error ? CLI_STYLE_BAD : CLI_STYLE_NOTE),
            error ? "error" : "warning", cli_terminal_style(terminal, CLI_STYLE_NONE));
    cli_terminal_put(terminal, diagnostic->message, 0);
    if (diagnostic->location.bytes > 0) {
        fputs(" at ", file);
        cli_terminal_put(terminal, diagnostic->location, 0);
    }
    fprintf(file, " [%.*s]\n", SW_STR_ARG(diagnostic->code));
    print_excerpt(definition->text, diagnostic, terminal);
    if (diagnostic->hint.bytes > 0) {
        fprintf(file, "%s      =%s ", cli_terminal_style(terminal, CLI_STYLE_DIM),
                cli_terminal_style(terminal, CLI_STYLE_NONE));
        cli_terminal_put(terminal, diagnostic->hint, 0);
        fputc('\n', file);
    }
}

void cli_diagnostics_print(const cli_definition *definition, const cli_terminal *terminal)
{
    const sw_diagnostic *at = definition->diagnostics.first;
    uint32_t             shown = 0;
    for (; at != NULL; at = at->next, shown++)
        print_diagnostic(definition, at, terminal);
    uint32_t all = definition->diagnostics.errors + definition->diagnostics.warnings;
    if (all > shown)
        fprintf(terminal->file, "... and %u more\n", all - shown);
}

// As JSON -----------------------------------------------------------------------------------------

static void put_member(sw_value **at, sw_str name, sw_value value)
{
    *(*at)++ = sw_string_plain(name);
    *(*at)++ = value;
}

static sw_value diagnostic_json(const sw_diagnostic *diagnostic, sw_arena *arena)
{
    sw_value *at;
    bool      placed = diagnostic->location.bytes > 0;
    bool      error = diagnostic->severity == SW_SEVERITY_ERROR;
    sw_value  object = sw_object_build(arena, placed ? 4 : 3, &at);
    put_member(&at, SW_STR("severity"), sw_string(error ? SW_STR("ERROR") : SW_STR("WARNING")));
    put_member(&at, SW_STR("code"), sw_string(diagnostic->code));
    put_member(&at, SW_STR("message"), sw_string(diagnostic->message));
    if (placed)
        put_member(&at, SW_STR("location"), sw_string(diagnostic->location));
    return object;
}

sw_value cli_diagnostics_json(const cli_definition *definition, const char *file, sw_arena *arena)
{
    size_t    count = 0;
    sw_value *items, *at;
    for (const sw_diagnostic *d = definition->diagnostics.first; d != NULL; d = d->next)
        count++;
    sw_value list = sw_array_build(arena, count, &items);
    for (const sw_diagnostic *d = definition->diagnostics.first; d != NULL; d = d->next)
        *items++ = diagnostic_json(d, arena);
    uint32_t all = definition->diagnostics.errors + definition->diagnostics.warnings;
    bool     valid = definition->machine != NULL;
    sw_value object = sw_object_build(arena, file != NULL ? 4 : 3, &at);
    if (file != NULL)
        put_member(&at, SW_STR("file"), sw_string(sw_str_from(file)));
    put_member(&at, SW_STR("result"), sw_string(valid ? SW_STR("OK") : SW_STR("FAIL")));
    put_member(&at, SW_STR("diagnostics"), list);
    put_member(&at, SW_STR("truncated"), sw_bool(all > count));
    return object;
}
