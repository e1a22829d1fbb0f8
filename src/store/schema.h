// schema.h: a store file's identity, its tables, and how an older one becomes one of today.
//
// Purpose   Whether a file is ours and of which version is written in its header (application_id
//           and user_version). An empty file becomes a store, an older store is migrated, anything
//           else is refused before a byte of it is changed.
// Errors    SW_ERROR_IO, SW_ERROR_UNSUPPORTED for a newer version.

#ifndef STEPWELL_STORE_SCHEMA_H
#define STEPWELL_STORE_SCHEMA_H

#include "store/connection.h"

#define SW_SCHEMA_VERSION 4

// "Swel" in the file's header, for file(1) and for us.
#define SW_SCHEMA_APPLICATION_ID 0x5377656c

typedef struct sw_migration {
    int         from; // makes version from + 1
    const char *sql;
} sw_migration;

// Makes the file of the writer's connection a store of today's version, in WAL mode.
bool sw_schema_prepare(sw_connection *connection, sw_error *err);

// The middle part of it, for a test with versions of its own: one transaction, from the version in
// the file to that one.
bool sw_schema_migrate(sw_connection *connection, const sw_migration *migrations, size_t count,
                       int version, sw_error *err);

#endif
