// log.c: lines of the server's log.

#include "cli/log.h"

#include "base/note.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cli/clock.h"
#include "json/members.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define WARNINGS_PER_SECOND_MAX 100u
#define TEXT_BYTES_MAX          1000u // of a field; what is longer is cut

static const char *const levels[] = {"error", "warn", "info", "debug"};
static bool              log_json;

// Dropping ----------------------------------------------------------------------------------------

// Of the warnings in a second the first ones are written; *dropped: how many were not, in the last.
static bool admit(int64_t now_ms, int64_t *dropped)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int64_t         second, count;
    pthread_mutex_lock(&lock);
    *dropped = 0;
    if (now_ms / 1000 != second) {
        if (count > WARNINGS_PER_SECOND_MAX)
            *dropped = count - WARNINGS_PER_SECOND_MAX;
        second = now_ms / 1000;
        count = 0;
    }
    bool admitted = ++count <= WARNINGS_PER_SECOND_MAX;
    pthread_mutex_unlock(&lock);
    return admitted;
}

// Printing ----------------------------------------------------------------------------------------

static sw_str print_time(sw_arena *arena, int64_t now_ms)
{
    char *text = sw_arena_alloc(arena, 33);
    sw_time_print(now_ms - now_ms % 1000, text); // 2026-11-26T19:40:00Z
    snprintf(text + 19, 14, ".%03dZ", (int)(now_ms % 1000));
    return sw_str_from(text);
}

static sw_value value_of(sw_arena *arena, const sw_note_field *field)
{
    if (field->text.text == NULL)
        return sw_number((double)field->number);
    sw_str text = field->text;
    if (text.bytes > TEXT_BYTES_MAX)
        text.bytes = TEXT_BYTES_MAX;
    return sw_string(sw_utf8_clean(arena, text));
}

static sw_str print_json(sw_arena *arena, sw_str time, sw_note_level level, const char *message,
                         const sw_note_field *fields, size_t count)
{
    sw_members line = sw_members_begin(arena, (uint32_t)count + 3);
    sw_members_add(&line, "time", sw_string_plain(time));
    sw_members_add(&line, "level", sw_string_plain(sw_str_from(levels[level])));
    sw_members_add(&line, "message", sw_string_plain(sw_str_from(message)));
    for (size_t i = 0; i < count; i++)
        sw_members_add(&line, fields[i].name, value_of(arena, &fields[i]));
    return sw_json_print(arena, sw_members_end(&line));
}

static bool is_plain(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (c <= ' ' || c == '"' || c == '=' || c >= 0x7f)
            return false;
    }
    return text.bytes > 0;
}

static sw_str print_text(sw_arena *arena, sw_str time, sw_note_level level, const char *message,
                         const sw_note_field *fields, size_t count)
{
    sw_str line = sw_str_format(arena, "%.*s %-5s %s", SW_STR_ARG(time), levels[level], message);
    for (size_t i = 0; i < count; i++) {
        sw_value value = value_of(arena, &fields[i]);
        sw_str   shown = value.type == SW_STRING && is_plain(sw_value_str(value))
                             ? sw_value_str(value)
                             : sw_json_print(arena, value);
        line = sw_str_format(arena, "%.*s %s=%.*s", SW_STR_ARG(line), fields[i].name,
                             SW_STR_ARG(shown));
    }
    return line;
}

static void write_line(sw_note_level level, const char *message, const sw_note_field *fields,
                       size_t count)
{
    int64_t  now_ms = cli_clock_ms(), dropped = 0;
    sw_arena arena;
    if (level == SW_NOTE_WARN && !admit(now_ms, &dropped))
        return;
    sw_arena_init(&arena);
    sw_str time = print_time(&arena, now_ms);
    sw_str line = log_json ? print_json(&arena, time, level, message, fields, count)
                           : print_text(&arena, time, level, message, fields, count);
    line = sw_str_format(&arena, "%.*s\n", SW_STR_ARG(line));
    ssize_t written = write(STDERR_FILENO, line.text, line.bytes);
    (void)written;
    sw_arena_clear(&arena);
    if (dropped > 0) {
        sw_note_field field = SW_NOTE_NUMBER("count", dropped);
        write_line(SW_NOTE_ERROR, "warnings were left out", &field, 1);
    }
}

void cli_log_open(const char *level, bool json)
{
    sw_note_level most = SW_NOTE_ERROR;
    while (most < SW_NOTE_DEBUG && strcmp(level, levels[most]) != 0)
        most++;
    log_json = json;
    sw_note_to(write_line, most);
}
