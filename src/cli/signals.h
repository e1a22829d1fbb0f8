// signals.h: signals as bytes in a pipe, so that poll can wait for them too.

#ifndef STEPWELL_CLI_SIGNALS_H
#define STEPWELL_CLI_SIGNALS_H

#include <stdbool.h>

// Catches the end of children and the wish to stop. The descriptor to poll, or -1.
int cli_signals_open(void);

// Empties the pipe; *stop is set when somebody asked us to end.
void cli_signals_read(int file, bool *stop);

#endif
