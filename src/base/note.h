// note.h: what the server tells its operator: lines of its log, made of a message and fields.
//
// Purpose   Whoever has something to say says it in one line of code; where lines go and how they
//           look is the program's business (cli/log.c). What executions log is another thing:
//           server/logs.
//
//               SW_NOTE(SW_NOTE_WARN, "a commit was slow", SW_NOTE_NUMBER("ms", ms))
//
// Owns      Everything is lent for the call. Messages are constants, so that they can be searched
//           for; what varies is in the fields.
// Threads   Any. sw_note_to before there is a second one.
// Errors    None: a line that cannot be written is lost.

#ifndef STEPWELL_BASE_NOTE_H
#define STEPWELL_BASE_NOTE_H

#include "stepwell/base.h"

typedef enum sw_note_level {
    SW_NOTE_ERROR, // somebody has to do something
    SW_NOTE_WARN,  // somebody should look at it
    SW_NOTE_INFO,  // how the server lives
    SW_NOTE_DEBUG, // each request
} sw_note_level;

typedef struct sw_note_field {
    const char *name;
    sw_str      text; // .text NULL: a number
    int64_t     number;
} sw_note_field;

#define SW_NOTE_TEXT(name, text)                                                                   \
    {                                                                                              \
        name, text, 0                                                                              \
    }
#define SW_NOTE_NUMBER(name, number)                                                               \
    {                                                                                              \
        name, {NULL, 0}, number                                                                    \
    }

typedef void sw_note_sink(sw_note_level level, const char *message, const sw_note_field *fields,
                          size_t count);

// Until then nothing is noted. most: the last level that is wanted.
void sw_note_to(sw_note_sink *sink, sw_note_level most);
bool sw_note_wants(sw_note_level level);
void sw_note(sw_note_level level, const char *message, const sw_note_field *fields, size_t count);

// With at least one field, none of which is worked out when nobody wants the line.
#define SW_NOTE(level, message, ...)                                                               \
    do {                                                                                           \
        if (sw_note_wants(level)) {                                                                \
            const sw_note_field fields_[] = {__VA_ARGS__};                                         \
            sw_note(level, message, fields_, sizeof fields_ / sizeof *fields_);                    \
        }                                                                                          \
    } while (0)

#endif
