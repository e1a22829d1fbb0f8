// key_process.h: a command that prints credentials: credential_process of AWS's config file.
//
// Owns      The command is copied.
// Threads   ended is called once, on the process' own thread; start and end by one thread.
// Errors    A command that cannot be run, fails, prints too much or takes longer than a minute.
// Source    AWS SDKs and Tools Reference Guide, "Process credential provider"

#ifndef STEPWELL_INTEGRATIONS_AWS_KEY_PROCESS_H
#define STEPWELL_INTEGRATIONS_AWS_KEY_PROCESS_H

#include "stepwell/base.h"

typedef struct sw_key_process sw_key_process;

// trouble: why nothing was printed; NULL: printed is all that was. Both are lent.
sw_key_process *sw_key_process_start(sw_str command,
                                     void (*ended)(void *who, sw_str printed, const char *trouble),
                                     void *who);
// Ends it if it runs, and waits until ended has returned; NULL is fine.
void sw_key_process_end(sw_key_process *process);

#endif
