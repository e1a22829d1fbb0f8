// log.h: the server's log on stderr, as text for people or JSON for machines.
//
// Purpose   Gives the lines of base/note.h their form:
//
//               2026-11-26T19:40:00.123Z warn  a commit was slow ms=1204
//               {"time":"2026-11-26T19:40:00.123Z","level":"warn","message":"a commit was slow",
//                "ms":1204}
//
// Threads   Any. A line is one write.
// Errors    A line that cannot be written is lost. When warnings come by the hundred, as whoever
//           is not let in can make them, most are counted instead.

#ifndef STEPWELL_CLI_LOG_H
#define STEPWELL_CLI_LOG_H

#include <stdbool.h>

// level: error, warn, info or debug.
void cli_log_open(const char *level, bool json);

#endif
