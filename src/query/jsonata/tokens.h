// tokens.h: an expression's text, token by token.
//
// Errors    S0101 to S0106, S0301, S0302, raised through the compilation (compile.h).
// Units     A token's position is the byte behind it, as in the reference.

#ifndef STEPWELL_QUERY_JSONATA_TOKENS_H
#define STEPWELL_QUERY_JSONATA_TOKENS_H

#include "query/jsonata/compile.h"

typedef enum sw_token_kind {
    SW_TOKEN_END,
    SW_TOKEN_OPERATOR,
    SW_TOKEN_NAME,
    SW_TOKEN_VARIABLE,
    SW_TOKEN_STRING,
    SW_TOKEN_NUMBER,
    SW_TOKEN_VALUE,
    SW_TOKEN_REGEX,
} sw_token_kind;

typedef struct sw_lexed {
    sw_token_kind kind;
    uint16_t      op; // operator; a single character is its own code
    uint32_t      position;
    sw_value value; // text of a name, a string, a regular expression; a number, true, false or null
    unsigned regex_flags;
} sw_lexed;

// operand: a slash begins a regular expression, where otherwise it divides.
void sw_tokens_next(sw_compilation *c, bool operand, sw_lexed *token);

sw_str sw_operator_text(uint16_t op);

#endif
