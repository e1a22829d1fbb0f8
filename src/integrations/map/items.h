// items.h: what an ItemReader's object holds, as items.
//
// Purpose   Reads CSV, JSON, JSON Lines and S3 Inventory manifests into the list of items that a
//           distributed Map iterates over, and stops at MaxItems.
//
//               bytes -> gunzipped, when they are a gzip file -> sw_items_read -> items, and
//               objects that a manifest names
//
// Owns      Items live in the arena. Bytes are lent, and must stay as long as the items.
// Threads   Pure functions.
// Errors    false: list->error says why, in AWS's words where they were recorded. Objects are
//           hostile: sizes and depths are bounded.
// Source    Developer Guide, "ItemReader (Map)"; recorded cases (map_item_reader_...)

#ifndef STEPWELL_INTEGRATIONS_MAP_ITEMS_H
#define STEPWELL_INTEGRATIONS_MAP_ITEMS_H

#include "stepwell/json.h"

#define SW_ITEMS_BYTES_MAX (UINT32_C(256) << 20) // of an object, and of all items as text

typedef struct sw_items_object {
    sw_str bucket, key;
} sw_items_object;

typedef struct sw_items {
    sw_arena *arena;
    sw_value *items;
    uint32_t  count, capacity;
    uint64_t  most; // items that are wanted
    uint64_t  bytes;
    sw_str    error;
    // Named by a manifest
    sw_items_object *objects;
    uint32_t         object_count, object_capacity;
    sw_value         headers; // of their CSV rows
} sw_items;

typedef struct sw_items_format {
    sw_str   type;    // InputType: "CSV", ...; empty: by the object's name
    sw_value config;  // ReaderConfig
    sw_value headers; // of the rows, instead of the config's; undefined: those
} sw_items_format;

bool sw_items_read(sw_items *list, const sw_items_format *format, sw_str bytes);
bool sw_items_add(sw_items *list, sw_value item); // false: there are enough, or too many bytes
bool sw_items_fail(sw_items *list, const char *text);
// Gives *bytes as they were before gzip; what is no gzip file stays as it is.
bool sw_items_gunzip(sw_items *list, sw_str *bytes);

// csv.c
bool sw_items_read_csv(sw_items *list, const sw_items_format *format, sw_str text);

#endif
