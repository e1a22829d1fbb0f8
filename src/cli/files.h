// files.h: reading what the command line names: files, the standard input, JSON given in place.
//
// Owns      Texts live in the arena.
// Errors    SW_ERROR_IO, SW_ERROR_NOT_FOUND or SW_ERROR_LIMIT, with a message that names the file.

#ifndef STEPWELL_CLI_FILES_H
#define STEPWELL_CLI_FILES_H

#include "stepwell/json.h"

#include <stdio.h>

#define CLI_FILE_BYTES_MAX (256u * 1024 * 1024)

// name "-" is the standard input. The text is ended by NUL beside its bytes.
bool cli_file_read(sw_arena *arena, const char *name, sw_str *text, sw_error *err);

// JSON|@FILE|-: the text itself, a file's, or the standard input's.
bool cli_text_read(sw_arena *arena, const char *argument, sw_str *text, sw_error *err);

// The same, parsed. option is what messages call it.
bool cli_json_read(sw_arena *arena, const char *option, const char *argument, sw_value *value,
                   sw_error *err);

// The last part of a path.
const char *cli_file_name(const char *path);

// A file's name without folder and endings: orders/pay.asl.json is pay. "-" gives "stdin".
sw_str cli_file_stem(sw_arena *arena, const char *path);

// Writes text to a new file, or to the standard output when name is NULL or "-".
bool cli_file_write(const char *name, sw_str text, sw_error *err);

#endif
