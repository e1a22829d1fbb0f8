// terminal.h: where messages for people go, and what may be done there.
//
// Purpose   Colours and in-place updates only where a person looks at a terminal that understands
//           them; text from outside never reaches it as it is, for it could hold control sequences.

#ifndef STEPWELL_CLI_TERMINAL_H
#define STEPWELL_CLI_TERMINAL_H

#include "stepwell/base.h"

#include <stdio.h>

typedef struct cli_terminal {
    FILE    *file;
    bool     live;  // a terminal that moves its cursor
    bool     color; // live, and NO_COLOR is not set
    bool     utf8;  // shows more than ASCII
    unsigned columns, rows;
} cli_terminal;

typedef enum cli_style {
    CLI_STYLE_NONE,
    CLI_STYLE_BOLD,
    CLI_STYLE_DIM,
    CLI_STYLE_GOOD,
    CLI_STYLE_BAD,
    CLI_STYLE_NOTE,
    CLI_STYLE_BUSY,
} cli_style;

cli_terminal cli_terminal_of(FILE *file);
void         cli_terminal_measure(cli_terminal *terminal); // columns and rows, as they are now

// The sequence that begins or (NONE) ends a style; empty without colours.
const char *cli_terminal_style(const cli_terminal *terminal, cli_style style);

// Prints text in at most that many columns, cut with an ellipsis when it is longer. Control marks
// and broken UTF-8 are shown as one mark each, line breaks and tabs as blanks. Returns the columns
// used. columns 0: no limit.
unsigned cli_terminal_put(const cli_terminal *terminal, sw_str text, unsigned columns);

// "stepwell: MESSAGE" on the standard error, cleaned, for messages quote what they are about.
void cli_complain(const char *message);

// Columns that text takes.
unsigned cli_text_columns(sw_str text);

#endif
