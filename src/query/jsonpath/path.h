// path.h: what a JSONPath compiles to, shared by the files of this room.
//
//     $.orders[0].lines[?(@.price > 10)].name
//
//     NAME "orders"   INDEX 0   NAME "lines"   FILTER (criteria)   NAME "name"
//
// A path is a row of steps in its arena. When all steps are NAME or INDEX (`plain`), reading is a
// loop without memory; everything else goes through the general reader in read.c.

#ifndef STEPWELL_QUERY_JSONPATH_PATH_H
#define STEPWELL_QUERY_JSONPATH_PATH_H

#include "query/jsonpath/jsonpath.h"

#define STEPS_MAX        1000u     // a document nests no deeper than that
#define PATH_NESTING_MAX 16u       // filters inside filters, while parsing
#define READ_WORK_MAX    20000000u // nodes that one read may visit
#define READ_DEPTH_MAX   4000u     // levels of recursion of one read

typedef struct filter filter;

typedef enum step_kind {
    STEP_NAME,       // .name ['name']
    STEP_INDEX,      // [1]
    STEP_NAMES,      // ['a','b']: an object of those that are there; also an empty list
    STEP_FROM_END,   // [(@.length-1)]
    STEP_ROOT,       // a stray $: stays where it is. The last of the definite kinds
    STEP_INDEXES,    // [0,1]
    STEP_SLICE_FROM, // [2:]
    STEP_SLICE_TO,   // [:2]
    STEP_SLICE,      // [1:3]
    STEP_WILDCARD,   // [*] .*
    STEP_FILTER,     // [?(...)]
    STEP_SCAN,       // ..
} step_kind;

typedef struct step {
    step_kind kind;
    // Whether a missing member is an error although steps follow: it is when all steps from the one
    // before this to the last are definite. (That is Jayway's rule, odd as it is: what stands
    // further in front does not count.)
    bool     strict;
    uint32_t count; // of names or indexes
    union {
        sw_str         name;
        const sw_str  *names;
        const int32_t *indexes; // INDEX, FROM_END, INDEXES: the numbers; slices: one or two bounds
        const filter  *filter;  // NULL: [?], a filter that nobody has given
    };
    int32_t index; // of STEP_INDEX and STEP_FROM_END
} step;

struct sw_jsonpath {
    const step      *steps;
    uint32_t         step_count;
    sw_jsonpath_root root;
    bool             of_item; // inside a filter: begins with @
    bool             plain;
    bool             definite;
    bool             reference;
    sw_str           variable;
    sw_str           text;
};

// A left or right side of a comparison.
typedef enum operand_kind {
    OPERAND_NONE,
    OPERAND_TEXT, // everything that is neither path nor pattern is a text, numbers included
    OPERAND_PATH,
    OPERAND_PATTERN, // /regex/ or /regex/i
} operand_kind;

typedef struct operand {
    operand_kind kind;
    union {
        sw_str             text;
        const sw_jsonpath *path;
        const void        *pattern; // regex.h
    };
    sw_value number; // a text that is a JSON number, too; else undefined
} operand;

typedef enum operator_kind {
#define OPERATOR(id, spelling) OPERATOR_##id,
#include "query/jsonpath/operators.def"
#undef OPERATOR
    OPERATOR_EXISTS,
    OPERATOR_ABSENT,
} operator_kind;

typedef struct criterion {
    operator_kind operator;
    operand       left, right;
    bool          ends_group; // the last one of a row joined by &&; rows are joined by ||
} criterion;

struct filter {
    const criterion *criteria; // in the order of evaluation, which is from right to left
    uint32_t         count;
};

// Parsing -----------------------------------------------------------------------------------------

typedef struct parser {
    sw_arena   *arena;
    sw_error   *err;
    const char *start; // of the whole text, for columns
    unsigned    nesting;
} parser;

// Reports a syntax error at a place in the text.
bool parse_fail(const parser *p, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// A path that begins with $ or @, as it stands in a filter or behind the root.
bool parse_steps(parser *p, sw_str text, sw_jsonpath *path);
// What stands between brackets, these included.
bool parse_bracket(parser *p, sw_str text, step *s);
// The name, or with stray quotes the names, of `.name`.
bool parse_dotted(parser *p, sw_str text, step *s);
bool parse_filter(parser *p, sw_str text, const filter **result);
bool is_reference_syntax(sw_str text); // of what stands behind the root

// Reading -----------------------------------------------------------------------------------------

typedef enum outcome {
    READ_OK,
    READ_MISSING, // nothing there: a filter takes it for false, a wildcard skips the item
    READ_FAILED,  // ends the read
} outcome;

// The way from the root to a node, for messages. Lives in the frames of the recursion.
typedef struct trail trail;
struct trail {
    const trail *before;
    bool         by_name;
    sw_str       name;
    int64_t      index;
};

typedef struct reading {
    const sw_jsonpath *path;
    sw_value           root; // `$` inside filters
    sw_arena          *arena;
    sw_error          *err;
    sw_value          *matches;
    uint32_t           count, room;
    uint32_t           depth;
    uint32_t           quiet; // above 0: somebody will swallow READ_MISSING, so no message is made
    bool               require_all; // of several names; in a filter's test of existence
    uint32_t          *work;        // nodes left to visit
} reading;

outcome read_steps(reading *r, const step *at, sw_value v, const trail *way);
// The value of a definite path, from a filter.
outcome read_one(reading *outer, const sw_jsonpath *path, sw_value from, bool require_all,
                 sw_value *result);
// Whether the filter lets the item through.
outcome filter_accepts(reading *r, const filter *f, sw_value item, bool *accepted);
outcome read_failed(const reading *r, sw_error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Messages ----------------------------------------------------------------------------------------

sw_str trail_text(sw_arena *arena, const trail *way);                // $['a'][0]
sw_str steps_text(sw_arena *arena, const step *steps, size_t count); // ['a'][0], without the root

#endif
