// journal.h: events as bytes, for a store, and back.
//
// Purpose   A chunk is what one decision recorded: events one after the other, private ones
//           included. Payload texts that follow each other unchanged (a state's output, the next
//           one's input) are written once in a chunk.
// Owns      Encoded bytes go to the caller's arena. Decoded events point into the chunk and into
//           the arena.
// Threads   Pure functions.
// Errors    Decoding fails with SW_ERROR_INVALID on anything that encode has not written; no input
//           crashes it.

#ifndef STEPWELL_JOURNAL_H
#define STEPWELL_JOURNAL_H

#include "stepwell/execution.h"

// Appends the event to a growing chunk.
typedef struct sw_chunk sw_chunk;

SW_API sw_chunk *sw_chunk_new(sw_arena *arena);
SW_API void      sw_chunk_add(sw_chunk *chunk, const sw_event *event);
SW_API sw_str    sw_chunk_get_bytes(const sw_chunk *chunk); // good until the next add
SW_API uint32_t  sw_chunk_get_first(const sw_chunk *chunk); // id of its first public event; 0: none

// Calls visit for each event in order; it returns false to stop.
SW_API bool sw_chunk_decode(sw_str bytes, sw_arena                                *arena,
                            bool (*visit)(void *who, const sw_event *event), void *who,
                            sw_error *err);

#endif
