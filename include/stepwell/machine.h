// machine.h: a state machine definition, checked and compiled.
//
// Purpose   Reads a definition in the Amazon States Language, finds everything that is wrong with
//           it, and compiles it into a machine that executions run: no path or expression is parsed
//           again after this.
// Owns      A machine is immutable and counted. Diagnostics live in the caller's arena.
// Threads   A machine may be shared by any number of threads.
// Errors    A definition that is wrong gives diagnostics, not a sw_error: false and *machine NULL
//           when one of them is an error, true when there are warnings or none. err is for memory
//           and the like.
// Source    States Language specification; AWS API, ValidateStateMachineDefinition (codes,
//           messages, locations).

#ifndef STEPWELL_MACHINE_H
#define STEPWELL_MACHINE_H

#include "stepwell/json.h"

typedef struct sw_machine sw_machine;

typedef enum sw_machine_type { SW_STANDARD, SW_EXPRESS } sw_machine_type;

typedef enum sw_severity { SW_SEVERITY_ERROR, SW_SEVERITY_WARNING } sw_severity;

typedef struct sw_diagnostic {
    sw_severity           severity;
    sw_str                code;         // SCHEMA_VALIDATION_FAILED, MISSING_TRANSITION_TARGET ...
    sw_str                message;      // AWS's words
    sw_str                location;     // /States/Pay/Retry[0]; empty when there is none
    sw_str                hint;         // for people: what is allowed; may be empty
    uint32_t              line, column; // in the definition's text; 0 when unknown
    struct sw_diagnostic *next;
} sw_diagnostic;

typedef struct sw_diagnostics {
    sw_diagnostic *first, *last;
    uint32_t       errors, warnings;
} sw_diagnostics;

typedef struct sw_machine_options {
    sw_machine_type  type;
    sw_source_format format;
    bool             plain;       // refuse our own extensions (top-level Catch and Retry)
    bool             jsonata_2_1; // also `??` and `?:`
    // Asked for each Task's Resource that is well-formed: why it is refused ("is not recognized"),
    // NULL when it is not. Itself NULL: all known services pass.
    const char *(*refuse_resource)(void *who, sw_str resource);
    // Asked for the Parameters or Arguments of each such Task: what is wrong with them, in AWS's
    // words; empty: nothing. NULL: nobody looks.
    sw_str (*check_parameters)(void *who, sw_str resource, sw_value parameters, sw_arena *arena);
    // Asked by sw_test_state for a mocked result; required: members that are always there have to
    // be. NULL: nobody looks.
    sw_str (*check_result)(void *who, sw_str resource, sw_value result, bool required,
                           sw_arena *arena);
    void *who;
} sw_machine_options;

SW_API bool sw_machine_new(sw_str definition, const sw_machine_options *options, sw_arena *arena,
                           sw_diagnostics *diagnostics, sw_machine **machine, sw_error *err);

SW_API sw_machine *sw_machine_ref(sw_machine *machine);
SW_API void        sw_machine_unref(sw_machine *machine); // NULL is fine

SW_API sw_machine_type sw_machine_get_type(const sw_machine *machine);
// The definition as a value, extensions expanded: plain States Language that AWS accepts.
SW_API sw_value sw_machine_get_definition(const sw_machine *machine);
// {"State": ["name", ...]}: the workflow variables that each state's fields refer to, sorted;
// states without any are left out. aws: recorded, test_sfn_api_variable_references.
SW_API sw_value sw_machine_get_variable_references(const sw_machine *machine, sw_arena *arena);
SW_API bool     sw_machine_has_extensions(const sw_machine *machine);

#endif
