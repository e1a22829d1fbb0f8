// batch.h: what a batch does to each execution in it, folded into one change.
//
// Purpose   A short execution's records (insert, events, progress, ended) often stand in one batch.
//           A store that writes the sum of them writes each row once, and one that starts and ends
//           in the batch is never written as running. The rules of what may follow what are here,
//           too, for every backend.
//
//               for each record:  change = sw_batch_find(...)      new? fill it from the store
//                                 sw_change_add(change, record)    refused, if it contradicts
//               for each change:  write it
//
// Owns      The batch owns its changes, until the next clear. Changes point to rows of the records.
// Threads   One thread at a time.

#ifndef STEPWELL_STORE_BATCH_H
#define STEPWELL_STORE_BATCH_H

#include "stepwell/store.h"

typedef struct sw_change {
    int64_t id;
    // How it was before the batch; filled by the store.
    bool    was_stored, was_running;
    int64_t machine;
    // How it is now.
    bool     exists, running;
    int64_t  due_ms;
    uint32_t flags, event_count;
    int64_t  last_chunk; // whatever the store keeps about its history
    // What happened to it; NULL: nothing of that kind.
    const sw_execution_row *inserted, *redriven, *ended; // ended: NULL again when redriven
} sw_change;

typedef struct sw_batch {
    sw_change *changes; // in the order of their first records
    size_t     count, capacity;
    uint32_t  *slots; // open addressing: place in changes + 1, or 0
    size_t     slot_count;
} sw_batch;

void sw_batch_init(sw_batch *batch);
void sw_batch_clear(sw_batch *batch); // frees all; the batch is as after init

// Empties it and makes room for the executions of that many records.
bool sw_batch_reset(sw_batch *batch, size_t record_count, sw_error *err);

// Whether the record is about an execution, and which.
bool sw_record_execution(const sw_record *record, int64_t *id);

// The change for it; *is_new: nobody has filled it yet. Good until the next reset.
sw_change *sw_batch_find(sw_batch *batch, int64_t id, bool *is_new);

// Follows one record. Fails with SW_ERROR_INVALID when it cannot follow on what there is.
bool sw_change_add(sw_change *change, const sw_record *record, sw_error *err);

#endif
