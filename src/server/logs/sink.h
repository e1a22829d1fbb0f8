// sink.h: where lines end: of logs.h.
//
// Threads   write is called by one thread.
// Errors    A sink says itself what it could not write.

#ifndef STEPWELL_SERVER_LOGS_SINK_H
#define STEPWELL_SERVER_LOGS_SINK_H

#include "server/logs/logs.h"

typedef struct sw_log_sink {
    // Lines of one group and one machine, in the order in which they were logged.
    void (*write)(struct sw_log_sink *sink, const sw_log_line *lines, size_t count);
    void (*begin)(struct sw_log_sink *sink, sw_runtime *runtime); // NULL: it needs none
    void (*end)(struct sw_log_sink *sink);                        // nothing is asked any more
    void (*free)(struct sw_log_sink *sink);
} sw_log_sink;

sw_log_sink *sw_log_files_open(const char *place);
sw_log_sink *sw_log_cloudwatch_open(void);

#endif
