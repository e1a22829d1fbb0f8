// fields.h: reading the members of one object of a definition by the table in fields.def.
//
// Purpose   One pass over the members finds unknown and misplaced fields, wrong types and missing
//           ones, and leaves a table from which the object's reader picks what it needs.
// Owns      Nothing.

#ifndef STEPWELL_ASL_FIELDS_H
#define STEPWELL_ASL_FIELDS_H

#include "asl/diagnostics.h"
#include "asl/machine.h"

typedef enum sw_object {
    SW_OBJECT_STATE = 0, // plus the state's type, the first eight
    SW_OBJECT_MACHINE = 8,
    SW_OBJECT_BRANCH,
    SW_OBJECT_PROCESSOR,
    SW_OBJECT_CONFIG,
    SW_OBJECT_RETRIER,
    SW_OBJECT_CATCHER,
    SW_OBJECT_RULE,
    SW_OBJECT_NESTED_RULE,
    SW_OBJECT_READER,
    SW_OBJECT_READER_CONFIG,
    SW_OBJECT_BATCHER,
    SW_OBJECT_WRITER,
    SW_OBJECT_WRITER_CONFIG,
} sw_object;

typedef enum sw_field {
#define FIELD(id, name, objects, required, languages, check) SW_FIELD_##id,
#include "asl/fields.def"
#undef FIELD
    SW_FIELD_COUNT,
} sw_field;

// Names to fields and choice operators. Built once for a definition: there is no global state.
#define SW_FIELD_SLOTS 512u

typedef struct sw_field_index {
    uint8_t slots[SW_FIELD_SLOTS]; // 0 or a code plus one
    // How many fields an object must have, by language.
    uint8_t required[SW_OBJECT_WRITER_CONFIG + 1][2];
} sw_field_index;

void sw_field_index_init(sw_field_index *index);

typedef struct sw_fields {
    sw_value        object;
    const sw_place *place;
    uint8_t         at[SW_FIELD_COUNT]; // member number plus one; 0: absent, or refused
    // Rules only: the first comparison operator, and how many there were.
    uint32_t    operator_count;
    uint32_t    operator_at;
    sw_operator operator;
    bool        operator_path;
} sw_fields;

// Fills *fields; object must be an object. What it complains about is not in the table afterwards.
void sw_fields_read(sw_report *report, const sw_field_index *index, sw_value object, sw_object kind,
                    sw_query_language language, const sw_place *place, sw_fields *fields);

// Stands for all numbers that are too large for the table.
#define SW_FIELD_FAR UINT8_MAX

sw_str sw_field_name(sw_field field);

// The field's value; undefined when it is absent.
static inline sw_value sw_fields_get(const sw_fields *fields, sw_field field)
{
    uint32_t at = fields->at[field];
    if (at == 0)
        return sw_undefined();
    if (at == SW_FIELD_FAR)
        return sw_value_get(fields->object, sw_field_name(field));
    return sw_value_member(fields->object, at - 1);
}

static inline bool sw_fields_has(const sw_fields *fields, sw_field field)
{
    return fields->at[field] != 0;
}

static inline sw_place sw_fields_place(const sw_fields *fields, sw_field field)
{
    return sw_place_member(fields->place, sw_field_name(field));
}

#endif
