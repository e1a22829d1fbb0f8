// logs.h: log groups as files: lines are appended by a thread of their own.
//
// Purpose   What CloudWatch Logs is for AWS: the log group /aws/vendedlogs/states/order is the file
//           aws-vendedlogs-states-order.log in the directory of the logs, a line for each event.
//           Delivery is best effort, as AWS's is: who logs never waits.
// Owns      Lines are copied.
// Threads   Writing from any thread.
// Errors    What cannot be written, or is more than the queue holds, is dropped; the server's own
//           log says so, once for each time it begins. A file that was moved away (logrotate) is
//           made anew.

#ifndef STEPWELL_SERVER_LOGS_LOGS_H
#define STEPWELL_SERVER_LOGS_LOGS_H

#include "stepwell/base.h"
#include "stepwell/error.h"

typedef struct sw_logs sw_logs;

// directory: made when it is not there and something is to be written; "-": the standard output.
sw_logs *sw_logs_open(const char *directory);
// Writes what is left.
void sw_logs_close(sw_logs *logs);

// group: a log group's ARN. line: without its line break.
void sw_logs_write(sw_logs *logs, sw_str group, sw_str line);

#endif
