// reader.h: what the files that read a definition share.
//
// Purpose   A definition is read in one walk that checks and compiles at the same time: every
//           xxx_parse.c reads the objects of one term, says what is wrong with them, and gives the
//           compiled part. Reading goes on after a complaint; the machine is thrown away at the end
//           when there was an error.
// Owns      What is compiled lives in the machine's arena, diagnostics in the caller's.
// Bounds    Depth is that of the JSON text (SW_JSON_DEPTH_MAX); the cost of a state does not depend
//           on their number.

#ifndef STEPWELL_ASL_READER_H
#define STEPWELL_ASL_READER_H

#include "asl/diagnostics.h"
#include "asl/fields.h"
#include "asl/machine.h"

typedef struct sw_reader sw_reader;

// A States object while it is read.
typedef struct sw_scope_reader {
    sw_states      *states;
    sw_value        object;   // the States object: name to member number
    sw_state      **by_index; // by member number; NULL where the member is no state
    const sw_place *place;    // of the object around States; in the arena
    bool            isolated; // a distributed Map's children: no variable comes in from outside
    uint32_t        number;   // of this scope; see sw_reader.scopes
    uint32_t        outer;    // number plus one of the scope around it; 0 at the top
    bool            complete; // looking at transitions makes sense: all that was read was fine
} sw_scope_reader;

// One name assigned somewhere, kept until all of them are known.
typedef struct sw_assignment {
    sw_str          name;
    uint32_t        scope;
    const sw_state *state;   // where
    bool            several; // other states of the scope assign it, too; set by sw_variables_check
} sw_assignment;

// A path that was compiled lately: definitions use the same few ones over and over.
#define SW_PATHS_KEPT 64u

typedef struct sw_path_kept {
    sw_str             text;
    const sw_jsonpath *path;
} sw_path_kept;

struct sw_reader {
    sw_report                *report;
    sw_arena                 *arena; // the machine's
    sw_machine               *machine;
    const sw_machine_options *options;
    sw_field_index            fields;
    sw_path_kept              paths[SW_PATHS_KEPT]; // by hash of the text
    sw_state                **states;               // by sw_state.index
    uint8_t                  *targeted; // by sw_state.index: another state, or StartAt, leads there
    uint32_t                  state_count, state_capacity;
    uint32_t                  targeted_capacity;
    sw_scope_reader         **scopes;
    uint32_t                  scope_count, scope_capacity;
    sw_assignment            *assignments;
    uint32_t                  assignment_count, assignment_capacity;
    sw_str                   *labels;
    uint32_t                  label_count, label_capacity;
};

// Room for one more in an array in the reader's arena.
#define SW_READER_GROW(reader, array, count, capacity, type)                                       \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            uint32_t larger_ = (capacity) == 0 ? 16 : 2 * (capacity);                              \
            type    *moved_ = SW_ARENA_ARRAY((reader)->arena, type, larger_);                      \
            if ((count) > 0)                                                                       \
                memcpy(moved_, (array), (count) * sizeof *moved_);                                 \
            (array) = moved_;                                                                      \
            (capacity) = larger_;                                                                  \
        }                                                                                          \
    } while (0)

// A state while it is read.
typedef struct sw_state_reader {
    sw_reader       *reader;
    sw_scope_reader *scope;
    sw_state        *state;
    const sw_place  *place;
    sw_fields        fields;
} sw_state_reader;

// definition.c -----------------------------------------------------------------------------------

// The whole definition into machine->top, states and the rest. Complains through reader->report.
void sw_definition_read(sw_reader *reader, sw_value definition);

// The States and StartAt of a branch or processor. place must stay (it is copied into the arena by
// the callee).
const sw_states *sw_scope_read(sw_state_reader *parent, const sw_fields *fields, bool isolated);

// The state that a field names, marked as led to; NULL with a complaint when the scope has none of
// that name.
const sw_state *sw_target_read(sw_state_reader *from, sw_value name, const sw_place *place);

// Complains when the text is none of the words (an array ended by NULL); the number of the word, or
// -1.
int sw_word_read(sw_report *report, sw_value text, const sw_place *place, sw_str name,
                 const char *const *words);

// Two fields that exclude each other.
void sw_exclusive_check(sw_reader *reader, const sw_fields *fields, sw_field a, sw_field b);

// machine.c: where the name is in the table of a machine's state names, or the empty slot where it
// would go.
uint32_t *sw_machine_name_slot(uint32_t *slots, uint32_t slot_count, sw_state *const *states,
                               sw_str name);

// template_parse.c -------------------------------------------------------------------------------

// Where a template stands and what it may look at.
typedef struct sw_site {
    sw_reader        *reader;
    sw_query_language language;
    const sw_place   *place;        // of the field
    const sw_place   *state;        // of the state, which error messages see fields from
    sw_str            name;         // of the field
    bool              result;       // $states.result may be used
    bool              error_output; // $states.errorOutput may be used
} sw_site;

const sw_template *sw_template_parse(const sw_site *site, sw_value v);

// One path or intrinsic call: the value of a …Path field.
const sw_template *sw_path_or_call_parse(const sw_site *site, sw_str text);

// Is the text {% ... %}? False, with a complaint, when only one end of it is there.
bool sw_is_expression(const sw_site *site, sw_value v);

// A field of the state as a template, or NULL when it is absent.
const sw_template *sw_field_template(sw_state_reader *in, const sw_fields *fields, sw_field field);

// Assign: an object whose members are variables. NULL when absent or empty.
const sw_template *sw_assign_parse(sw_state_reader *in, const sw_fields *fields, bool result,
                                   bool error_output);

// path_parse.c -----------------------------------------------------------------------------------

typedef enum sw_path_kind {
    SW_PATH_ANY,       // any path, or null
    SW_PATH_REFERENCE, // names and indexes only
    SW_PATH_RESULT,    // a reference path into the input, or null: there is a value to put there
} sw_path_kind;

sw_path_field sw_path_field_parse(sw_reader *reader, const sw_fields *fields, sw_field field,
                                  sw_path_kind kind);

// Compiles a path of any kind, or finds it among those kept.
bool sw_path_compile(sw_reader *reader, sw_str text, const sw_jsonpath **path, sw_error *err);

// NULL with a complaint when it is no such path.
const sw_jsonpath *sw_path_parse(sw_reader *reader, sw_str text, sw_path_kind kind,
                                 const sw_place *place);

// What a number field may be.
typedef struct sw_number_rule {
    sw_field field, path; // path: SW_FIELD_COUNT when there is no such form
    double   min, max;
    bool     fraction; // 1.5 is fine
} sw_number_rule;

sw_number_field sw_number_field_parse(sw_state_reader *in, const sw_fields *fields,
                                      const sw_number_rule *rule);

// Error, Cause and Timestamp, each with its …Path.
sw_text_field sw_text_field_parse(sw_state_reader *in, sw_field field, sw_field path);

// A number that must be written: false with a complaint when it is not whole (unless fraction) or
// out of bounds.
bool sw_number_check(sw_reader *reader, sw_value number, double min, double max, bool fraction,
                     const sw_place *place);

// A string constant that looks like a path where none is followed: a warning.
void sw_path_warn(sw_reader *reader, sw_value v, sw_code code, const sw_place *place);

// retry_parse.c, choice_parse.c ------------------------------------------------------------------

void sw_retry_parse(sw_state_reader *in, sw_value list, const sw_place *place);
void sw_catch_parse(sw_state_reader *in, sw_value list, const sw_place *place);
void sw_choice_parse(sw_state_reader *in);

// states/*_parse.c -------------------------------------------------------------------------------

void sw_task_parse(sw_state_reader *in);
void sw_pass_parse(sw_state_reader *in);
void sw_wait_parse(sw_state_reader *in);
void sw_fail_parse(sw_state_reader *in);
void sw_parallel_parse(sw_state_reader *in);
void sw_map_parse(sw_state_reader *in);

// variables.c ------------------------------------------------------------------------------------

// Notes a name that a state assigns.
void sw_variable_note(sw_state_reader *in, sw_str name);
// spec: "Variables": an inner scope may not assign a name that an outer one assigns.
void sw_variables_check(sw_reader *reader);
// True when the text is a variable's name: an identifier of at most 80 characters.
bool sw_variable_name(sw_str text);

static inline bool sw_is_jsonata(const sw_state_reader *in)
{
    return in->state->language == SW_LANGUAGE_JSONATA;
}

#endif
