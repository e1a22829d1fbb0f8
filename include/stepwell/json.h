// json.h: JSON values: immutable, shared, sixteen bytes each.
//
// Purpose   A sw_value is a handle, passed by value. Strings and numbers point into the text they
//           were parsed from; arrays and objects point at their items. So a value can be put into
//           another one without copying what is below it, and a number keeps its spelling until
//           somebody calculates with it.
//
//               {"a": [1, 2]}   object, size 1 -> items[0] = "a", items[1] = array, size 2 ->
//               items[0] = 1, ...
//
// Owns      Nothing. A value is good as long as the arena it was made in and the text it was parsed
//           from.
// Threads   Values never change, so any thread may read them (see sw_value_measure for the one
//           exception).
// Errors    Only parsing fails, with line, column and the words of AWS's own JSON reader (Jackson).
// Source    RFC 8259. Duplicate members: the last one wins, in the place of the first, as in AWS.

#ifndef STEPWELL_JSON_H
#define STEPWELL_JSON_H

#include "stepwell/base.h"
#include "stepwell/error.h"

typedef enum sw_type {
    // No value at all: a member that isn't there, an expression that gives nothing
    SW_UNDEFINED = 0,
    SW_NULL,
    SW_BOOL,
    SW_NUMBER,
    SW_STRING,
    SW_ARRAY,
    SW_OBJECT,
    SW_FUNCTION, // only inside JSONata
} sw_type;

enum {
    SW_VALUE_PLAIN = 1,   // string: prints between quotes as it is, nothing to escape
    SW_VALUE_SPELLED = 2, // number: .text has its spelling (otherwise .number is the value)
    // Array, object: its source text is compact and canonical, so printing copies it
    SW_VALUE_SPAN = 4,
    SW_VALUE_INDEXED = 8, // object: a hash table stands behind the items
    // 16, 32, 64, 128 belong to JSONata.
};

typedef struct sw_value {
    uint8_t  type;  // sw_type
    uint8_t  flags; // SW_VALUE_...
    uint16_t spare;
    uint32_t size; // string, spelled number: bytes; array: items; object: members; bool: 0 or 1
    union {
        const char            *text;
        const struct sw_value *items; // object: key, value, key, value ...
        double                 number;
        const void            *any;
    };
} sw_value;

// Stands before the items of every array and object.
typedef struct sw_container {
    const char *text;       // where it began in the text it was parsed from; NULL when it was built
    uint32_t    text_bytes; // printed length; 0: not measured yet
    uint32_t    depth;      // levels of nesting, this one included; 0: not measured yet
} sw_container;

#define SW_JSON_DEPTH_MAX 1000u       // of parsed texts, as in Jackson
#define SW_JSON_BYTES_MAX 0x7fffffffu // of parsed texts

static inline const sw_container *sw_value_container(sw_value v)
{
    return (const sw_container *)(const void *)v.items - 1;
}

// Making ------------------------------------------------------------------------------------------

static inline sw_value sw_undefined(void)
{
    return (sw_value){.type = SW_UNDEFINED};
}
static inline sw_value sw_null(void)
{
    return (sw_value){.type = SW_NULL};
}
static inline sw_value sw_bool(bool truth)
{
    return (sw_value){.type = SW_BOOL, .size = truth};
}
static inline sw_value sw_number(double number)
{
    return (sw_value){.type = SW_NUMBER, .number = number};
}
// text: valid UTF-8 (lone surrogates as three bytes are allowed: JSON can spell them), borrowed.
static inline sw_value sw_string(sw_str text)
{
    return (sw_value){.type = SW_STRING, .size = (uint32_t)text.bytes, .text = text.text};
}
// The same for text known to need no escape: no quote, backslash or control character.
static inline sw_value sw_string_plain(sw_str text)
{
    return (sw_value){.type = SW_STRING,
                      .flags = SW_VALUE_PLAIN,
                      .size = (uint32_t)text.bytes,
                      .text = text.text};
}

// A new array or object of count items or members. The caller fills all of *items (an object: key,
// value, key, value...; keys are distinct strings) before anyone else looks at it.
SW_API sw_value sw_array_build(sw_arena *arena, size_t count, sw_value **items);
SW_API sw_value sw_object_build(sw_arena *arena, size_t count, sw_value **items);

// Adds the hash table to a large object (small ones come back as they are), so that sw_value_get is
// O(1). Parsed objects have it already.
SW_API sw_value sw_object_index(sw_arena *arena, sw_value object);

// A copy that shares nothing with the original: all in this arena.
SW_API sw_value sw_value_copy(sw_arena *arena, sw_value v);

// A value that lives on when the arena from is given up: what stands in from is copied to arena,
// the rest is shared.
SW_API sw_value sw_value_keep(sw_arena *arena, const sw_arena *from, sw_value v);

// Looking -----------------------------------------------------------------------------------------

static inline bool sw_value_is(sw_value v, sw_type type)
{
    return v.type == type;
}
static inline bool sw_value_is_true(sw_value v)
{
    return v.type == SW_BOOL && v.size != 0;
}
static inline sw_str sw_value_str(sw_value string)
{
    return (sw_str){string.text, string.size};
}
static inline sw_value sw_value_at(sw_value array, size_t index)
{
    return array.type == SW_ARRAY && index < array.size ? array.items[index] : sw_undefined();
}
static inline sw_str sw_value_key(sw_value object, size_t index)
{
    return sw_value_str(object.items[2 * index]);
}
static inline sw_value sw_value_member(sw_value object, size_t index)
{
    return object.items[2 * index + 1];
}

// The member of that name; undefined when there is none or v is no object.
SW_API sw_value sw_value_get(sw_value v, sw_str key);
// Its position among the members, or -1.
SW_API ptrdiff_t sw_value_find(sw_value object, sw_str key);

SW_API double sw_value_number(sw_value number); // nearest double
// False unless whole and within int64
SW_API bool sw_value_integer(sw_value number, int64_t *integer);
// Deep; numbers by value, members in any order
SW_API bool sw_value_equal(sw_value a, sw_value b);

// Changing: makes a new object or array that shares all other members with the old one ------------

// Sets or adds a member. object must be an object.
SW_API sw_value sw_object_with(sw_arena *arena, sw_value object, sw_str key, sw_value member);

// Text --------------------------------------------------------------------------------------------

enum {
    SW_JSON_COMMENTS = 1, // // and /* */ comments and trailing commas are skipped
};

// The forms a definition may be written in.
typedef enum sw_source_format {
    SW_SOURCE_AUTO,  // JSON when it looks like it, else YAML
    SW_SOURCE_JSON,  // as AWS reads it, in Jackson's words when it is wrong
    SW_SOURCE_JSONC, // with // and /* */ comments and trailing commas
    SW_SOURCE_YAML,
} sw_source_format;

// text is borrowed by the value: it must live as long. Nothing but white space may follow the
// value.
SW_API bool sw_json_parse(sw_arena *arena, sw_str text, unsigned flags, sw_value *value,
                          sw_error *err);

// Length when printed and levels of nesting. Remembered in the containers, so that asking again, or
// asking for something made out of measured parts, costs nothing; values that several threads shall
// share are measured first.
SW_API size_t   sw_value_text_bytes(sw_value v);
SW_API unsigned sw_value_depth(sw_value v);

// Compact JSON text, ended by NUL. undefined prints as null.
SW_API sw_str sw_json_print(sw_arena *arena, sw_value v);
// Into a caller's buffer of sw_value_text_bytes; returns its end
SW_API char *sw_json_write(char *at, sw_value v);
// The same with line breaks, for people.
SW_API sw_str sw_json_print_pretty(sw_arena *arena, sw_value v, unsigned indent);

// A number as JavaScript spells it: shortest digits, 1e+21. buffer of 40 bytes; returns the length.
SW_API size_t sw_number_print(double number, char *buffer);
// A JSON number's text as a double. The text must be a valid JSON number.
SW_API double sw_number_parse(sw_str text);

#endif
