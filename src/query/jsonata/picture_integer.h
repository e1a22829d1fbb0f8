// picture_integer.h: integers by picture: 0001, #,##0, 1o, w, Ww, I, a.
//
// spec: XPath and XQuery Functions and Operators 3.1, "Formatting integers".

#ifndef STEPWELL_QUERY_JSONATA_PICTURE_INTEGER_H
#define STEPWELL_QUERY_JSONATA_PICTURE_INTEGER_H

#include "query/jsonata/functions.h"

typedef enum sw_integer_kind {
    SW_INTEGER_DECIMAL,
    SW_INTEGER_LETTERS,
    SW_INTEGER_ROMAN,
    SW_INTEGER_WORDS,
    SW_INTEGER_SEQUENCE, // some other numbering: not supported
} sw_integer_kind;

typedef enum sw_letter_case { SW_CASE_LOWER, SW_CASE_UPPER, SW_CASE_TITLE } sw_letter_case;

#define SW_SEPARATORS_MAX 32u

typedef struct sw_integer_picture {
    sw_integer_kind kind;
    sw_letter_case  letter_case;
    bool            ordinal;
    sw_str          text;
    uint32_t        zero;                // code point of the digit family's zero
    uint32_t        mandatory, optional; // digits
    uint32_t        parse_width;         // of digits in a date; 0: any
    bool            regular;             // a separator after every so many digits
    uint32_t        separator_count;     // regular: 1
    struct {
        uint32_t position, point; // digits to its right; the character
    } separators[SW_SEPARATORS_MAX];
} sw_integer_picture;

void sw_integer_picture_parse(sw_eval *ev, sw_str text, sw_integer_picture *picture);
void sw_integer_format(sw_eval *ev, double number, const sw_integer_picture *picture, sw_text *out);
// The number a text stands for; NaN when it is none.
double sw_integer_parse(sw_eval *ev, sw_str text, const sw_integer_picture *picture);
// How much of text could be words of such an integer.
size_t sw_integer_span(sw_str text, const sw_integer_picture *picture);

#endif
