// model.h: whether a request's input fits AWS's API model.
//
// Purpose   Types, required members, lengths, ranges, patterns and enums, checked before an action
//           sees the input, with AWS's messages. The tables are written by tools/gen-model.
// Threads   sw_model_open once; checking is pure after that.
// Errors    A wrong type is a SerializationException, anything else a ValidationException that
//           lists every fault.

#ifndef STEPWELL_SERVER_PROTOCOL_MODEL_H
#define STEPWELL_SERVER_PROTOCOL_MODEL_H

#include "stepwell/json.h"

bool sw_model_open(sw_error *err); // compiles the patterns
void sw_model_close(void);

// The number of the input's shape, or -1 when AWS has no such action.
int sw_model_find_action(sw_str action);

typedef struct sw_model_fault {
    const char *exception;
    sw_str      message;
} sw_model_fault;

bool sw_model_check(int shape, sw_value input, sw_arena *arena, sw_model_fault *fault);

#endif
