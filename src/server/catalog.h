// catalog.h: the state machines, versions, aliases, activities and tags that the server knows.
//
// Purpose   All of it is in memory, loaded at the start; a change is made here, handed to the
//           committer, and the request that asked for it is answered when it is durable.
//           Definitions stay in the store; compiled machines are kept while they are used.
// Owns      The catalog owns its entries; what the functions return is good while the lock is held.
// Threads   One lock around it: sw_catalog_lock ... unlock, short, no I/O inside but handing to the
//           committer.
// Errors    Lookups give NULL.

#ifndef STEPWELL_SERVER_CATALOG_H
#define STEPWELL_SERVER_CATALOG_H

#include "stepwell/machine.h"
#include "stepwell/store.h"

typedef struct sw_catalog sw_catalog;

typedef struct sw_tag_list {
    sw_tag  *tags; // in the order in which they were added
    uint32_t count, capacity;
} sw_tag_list;

// Since the server started. AWS's ExecutionsStarted, ...Redriven, ...Succeeded and so on, and the
// sum behind ExecutionTime.
typedef struct sw_machine_figures {
    uint64_t started, redriven, succeeded, failed, timed_out, aborted, time_ms;
} sw_machine_figures;

typedef struct sw_machine_entry {
    sw_machine_row     row;      // texts owned by the entry
    sw_version_row    *versions; // ascending number
    uint32_t           version_count, version_capacity;
    sw_alias_row      *aliases; // in the order in which they were made
    uint32_t           alias_count, alias_capacity;
    int64_t            running; // executions that have not ended
    sw_machine_figures figures;
} sw_machine_entry;

typedef struct sw_activity_entry {
    sw_activity_row row;
    void           *queue; // the runtime's: waiting tasks and pollers
} sw_activity_entry;

bool sw_catalog_new(sw_reader *reader, sw_catalog **catalog, sw_error *err); // loads everything
void sw_catalog_free(sw_catalog *catalog);

void sw_catalog_lock(sw_catalog *catalog);
void sw_catalog_unlock(sw_catalog *catalog);

// Under the lock ----------------------------------------------------------------------------------

sw_machine_entry  *sw_catalog_find_machine(sw_catalog *catalog, sw_str unqualified_arn);
sw_machine_entry  *sw_catalog_get_machine(sw_catalog *catalog, int64_t id); // NULL: deleted
sw_activity_entry *sw_catalog_find_activity(sw_catalog *catalog, sw_str arn);
sw_activity_entry *sw_catalog_get_activity(sw_catalog *catalog, int64_t id);
sw_version_row    *sw_machine_find_version(sw_machine_entry *machine, int64_t number);
sw_alias_row      *sw_machine_find_alias(sw_machine_entry *machine, sw_str name);

// Puts copies of rows in; the same id (name, for an alias) replaces.
sw_machine_entry  *sw_catalog_put_machine(sw_catalog *catalog, const sw_machine_row *row);
void               sw_catalog_put_version(sw_catalog *catalog, const sw_version_row *row);
void               sw_catalog_put_alias(sw_catalog *catalog, const sw_alias_row *row);
sw_activity_entry *sw_catalog_put_activity(sw_catalog *catalog, const sw_activity_row *row);
void               sw_catalog_remove_machine(sw_catalog *catalog, int64_t id);
void               sw_catalog_remove_version(sw_catalog *catalog, int64_t machine, int64_t number);
void               sw_catalog_remove_alias(sw_catalog *catalog, int64_t machine, sw_str name);
void               sw_catalog_remove_activity(sw_catalog *catalog, int64_t id);

int64_t sw_catalog_next_machine_id(sw_catalog *catalog);
int64_t sw_catalog_next_revision_id(sw_catalog *catalog);
int64_t sw_catalog_next_activity_id(sw_catalog *catalog);

// In the order of their ARNs, from behind after_arn (empty: from the first). visit returns false to
// stop.
void sw_catalog_each_machine(sw_catalog *catalog, sw_str                                after_arn,
                             bool (*visit)(void *who, sw_machine_entry *machine), void *who);
void sw_catalog_each_activity(sw_catalog *catalog, sw_str after_arn,
                              bool (*visit)(void *who, sw_activity_entry *activity), void *who);

// Tags by ARN of a machine or activity; an empty list when there are none.
sw_tag_list *sw_catalog_get_tags(sw_catalog *catalog, sw_str arn);
void         sw_catalog_set_tag(sw_catalog *catalog, sw_str arn, sw_str key, sw_str value);
void         sw_catalog_remove_tag(sw_catalog *catalog, sw_str arn, sw_str key);
void         sw_catalog_drop_tags(sw_catalog *catalog, sw_str arn); // the resource is gone

// Compiled definitions, by revision. The caller gets a reference of its own. Loads and compiles
// when it is not at hand (outside the lock: it reads the store).
bool sw_catalog_load_revision(sw_catalog *catalog, sw_reader *reader, int64_t revision,
                              sw_machine **machine, sw_error *err);
// Refs it
void sw_catalog_keep_revision(sw_catalog *catalog, int64_t revision, sw_machine *machine);

#endif
