// logs.h: what executions log: a queue with a bound, and the thread that hands it to a sink.
//
// Purpose   Lines go where the server was told to put them:
//
//               files       the log group /aws/vendedlogs/states/order is the file
//                           aws-vendedlogs-states-order.log in the directory of the logs
//               -           the standard output
//               cloudwatch  CloudWatch Logs: PutLogEvents, a stream for each state machine
//
//               open -> begin -> write, from any thread -> end -> free
//
//           Delivery is best effort, as AWS's is: who logs never waits.
// Owns      Lines are copied.
// Threads   Writing from any thread; lines that come before begin wait, those after end are lost.
// Errors    What cannot be written, or is more than the queue holds, is dropped; the server's own
//           log says so, once for each time it begins.

#ifndef STEPWELL_SERVER_LOGS_LOGS_H
#define STEPWELL_SERVER_LOGS_LOGS_H

#include "stepwell/base.h"
#include "stepwell/error.h"

typedef struct sw_logs    sw_logs;
typedef struct sw_runtime sw_runtime;

typedef struct sw_log_line {
    sw_str  group;   // a log group's ARN
    sw_str  machine; // the state machine's name
    sw_str  text;    // an object of JSON, without a line break
    int64_t time_ms;
} sw_log_line;

// place: a directory, made when it is not there and something is to be written; "-"; "cloudwatch".
sw_logs *sw_logs_open(const char *place);
// runtime: runs the calls to CloudWatch Logs.
void sw_logs_begin(sw_logs *logs, sw_runtime *runtime);
// Writes what is left, for some seconds; afterwards nothing is asked of the runtime any more.
void sw_logs_end(sw_logs *logs);
void sw_logs_free(sw_logs *logs);

void sw_logs_write(sw_logs *logs, const sw_log_line *line);

// Whether log groups are CloudWatch's, so that they have to be there.
bool sw_logs_need_groups(const sw_logs *logs);

// arn:aws:logs:us-east-1:123456789012:log-group:/aws/states/x:* -> /aws/states/x
sw_str sw_log_group_name(sw_str arn);

#endif
