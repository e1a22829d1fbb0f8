// note.c: the one place that lines of the log go through.

#include "base/note.h"

static sw_note_sink *note_sink;
static sw_note_level note_most;

void sw_note_to(sw_note_sink *sink, sw_note_level most)
{
    note_sink = sink;
    note_most = most;
}

bool sw_note_wants(sw_note_level level)
{
    return note_sink != NULL && level <= note_most;
}

void sw_note(sw_note_level level, const char *message, const sw_note_field *fields, size_t count)
{
    if (sw_note_wants(level))
        note_sink(level, message, fields, count);
}
