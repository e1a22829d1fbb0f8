// batch.h: stepwell eval --batch: a request in each line, an answer for each.

#ifndef STEPWELL_CLI_BATCH_H
#define STEPWELL_CLI_BATCH_H

#include "stepwell/base.h"

#include <stdio.h>

// Reads requests from a file descriptor to its end; false when reading or writing fails. Answers
// are flushed whenever no further line has arrived yet, so that a program may ask and wait.
bool cli_batch(int requests, FILE *answers, bool jsonata_2_1);

#endif
