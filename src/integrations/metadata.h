// metadata.h: what results of optimized integrations say about the answer they came with.
//
// Owns      Results live in the arena.
// Source    Cases recorded on AWS.

#ifndef STEPWELL_INTEGRATIONS_METADATA_H
#define STEPWELL_INTEGRATIONS_METADATA_H

#include "stepwell/json.h"

#include "integrations/caller.h"

// SdkHttpMetadata: {"AllHttpHeaders": {"Date": ["..."]}, "HttpHeaders": {"Date": "..."},
// "HttpStatusCode": 200}
sw_value sw_sdk_http_metadata(const sw_call_answer *answer, sw_arena *arena);
// SdkResponseMetadata: {"RequestId": "..."}
sw_value sw_sdk_response_metadata(sw_str request_id, sw_arena *arena);

#endif
