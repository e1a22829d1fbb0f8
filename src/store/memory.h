// memory.h: the parts of the store in memory, to each other.
//
// Simple on purpose: sorted arrays of rows, one hash table for names, one lock around everything.
// It is for tests and for servers that keep nothing. memory.c commits, memory_rows.c keeps rows,
// memory_read.c is a reader. When memory is spent the process stops: half a batch must not stay.

#ifndef STEPWELL_STORE_MEMORY_H
#define STEPWELL_STORE_MEMORY_H

#include "store/batch.h"

#include <pthread.h>

// Rows --------------------------------------------------------------------------------------------

// What the arrays know of a type of row.
typedef struct sw_row_type {
    size_t bytes;
    int (*compare)(const void *a, const void *b);
    const size_t *texts; // offsets of its sw_str members
    size_t        text_count;
} sw_row_type;

extern const sw_row_type sw_row_machine, sw_row_revision, sw_row_version, sw_row_alias,
    sw_row_activity, sw_row_activity_task, sw_row_map_run, sw_row_tags, sw_row_execution,
    sw_row_index, sw_row_by_start;

// Pointers to rows in order. Each row is one allocation, with its texts behind it.
typedef struct sw_rows {
    const sw_row_type *type;
    void             **items;
    size_t             count, capacity;
} sw_rows;

void   sw_rows_clear(sw_rows *rows);
void  *sw_rows_find(const sw_rows *rows, const void *key); // key: a row with what compare looks at
void  *sw_rows_put(sw_rows *rows, const void *row); // a copy, in place of one that compares equal
void   sw_rows_add(sw_rows *rows, void *row);       // the row itself
void   sw_rows_remove(sw_rows *rows, const void *key, bool with_row); // fine when it is not there
size_t sw_rows_lower(const sw_rows *rows, const void *key); // place of the first not before key

// The store ---------------------------------------------------------------------------------------

typedef struct sw_memory_chunk {
    uint32_t first_event;
    sw_str   events; // owned
} sw_memory_chunk;

typedef struct sw_memory_execution {
    sw_execution_row row; // first; texts of the start behind it, of the end in end_texts
    char            *end_texts;
    sw_memory_chunk *chunks;
    size_t           chunk_count, chunk_capacity;
} sw_memory_execution;

typedef struct sw_memory_tags {
    sw_str  arn; // first
    sw_tag *tags;
    size_t  count;
} sw_memory_tags;

// A machine's executions by start.
typedef struct sw_memory_index {
    int64_t machine; // first
    sw_rows by_start;
} sw_memory_index;

// Executions by machine and name; open addressing.
typedef struct sw_memory_names {
    sw_memory_execution **slots;
    size_t                count, slot_count;
} sw_memory_names;

sw_memory_execution *sw_memory_names_find(const sw_memory_names *names, int64_t machine,
                                          sw_str name);
void                 sw_memory_names_add(sw_memory_names *names, sw_memory_execution *execution);
void sw_memory_names_remove(sw_memory_names *names, const sw_memory_execution *execution);

typedef struct sw_memory_store {
    sw_store        store; // first
    pthread_mutex_t lock;
    sw_batch        batch;
    sw_rows         machines, revisions, versions, aliases, activities, activity_tasks, map_runs;
    sw_rows         tags;       // sw_memory_tags
    sw_rows         executions; // sw_memory_execution
    sw_rows         indexes;    // sw_memory_index
    sw_memory_names names;
    sw_last_ids     last_ids;
    unsigned char   secret[32];
} sw_memory_store;

bool sw_reader_open_memory(sw_memory_store *store, sw_reader **reader, sw_error *err);

#endif
