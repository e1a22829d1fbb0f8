// text.h: growing texts, Base64 and the three forms of dates that AWS's protocols have.
//
// Owns      Everything lives in the arena.
// Units     Milliseconds since 1970 (_ms).

#ifndef STEPWELL_INTEGRATIONS_AWS_TEXT_H
#define STEPWELL_INTEGRATIONS_AWS_TEXT_H

#include "stepwell/base.h"

typedef struct sw_aws_out {
    sw_arena *arena;
    char     *items;
    size_t    count, capacity;
} sw_aws_out;

void sw_aws_put(sw_aws_out *out, sw_str text);
void sw_aws_put_text(sw_aws_out *out, const char *text);
// Never NULL, ended by NUL
sw_str sw_aws_out_str(sw_aws_out *out);

sw_str sw_base64_encode(sw_arena *arena, sw_str bytes);
bool   sw_base64_decode(sw_arena *arena, sw_str text, sw_str *bytes);

typedef enum sw_aws_date_format {
    SW_AWS_DATE_ISO8601, // 2002-10-02T13:00:00Z
    SW_AWS_DATE_RFC822,  // Wed, 02 Oct 2002 13:00:00 GMT
    SW_AWS_DATE_UNIX,    // 1033563600
} sw_aws_date_format;

// format_name as models have it; another one, or none, gives the protocol's own.
sw_aws_date_format sw_aws_date_format_find(sw_str format_name, sw_aws_date_format own);
sw_str             sw_aws_date_print(sw_arena *arena, int64_t epoch_ms, sw_aws_date_format format);
// Any of the three; false when it is none.
bool sw_aws_date_parse(sw_str text, int64_t *epoch_ms);

#endif
