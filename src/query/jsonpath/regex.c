// regex.c: PCRE2 on arena memory.
//
// A compiled pattern lives in the path's arena and never changes. A match works in the reading's
// arena and gives back what it took. PCRE2 asks for memory through our functions, and when there is
// none the arena jumps out of it: nothing is lost, as PCRE2 then holds nothing else.
//
// Java's patterns and PCRE2's agree in what people write. Matching is bounded: a pattern that
// backtracks without end fails the read.

#define PCRE2_CODE_UNIT_WIDTH 8

#include "query/jsonpath/regex.h"

#include <pcre2.h>

#define MATCH_STEPS_MAX 1000000u
#define MATCH_KIB_MAX   16384u

static void *take_memory(size_t bytes, void *arena)
{
    return sw_arena_alloc(arena, bytes);
}

static void leave_memory(void *piece, void *arena)
{
    (void)piece, (void)arena; // the arena takes it back as a whole
}

bool regex_compile(parser *p, sw_str pattern, bool ignore_case, const void **compiled)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(take_memory, leave_memory, p->arena);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    int        error;
    PCRE2_SIZE offset;
    uint32_t   options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_MATCH_INVALID_UTF |
                       PCRE2_NEVER_BACKSLASH_C | (ignore_case ? PCRE2_CASELESS : 0u);
    *compiled =
        pcre2_compile((PCRE2_SPTR)pattern.text, pattern.bytes, options, &error, &offset, context);
    if (*compiled != NULL)
        return true;
    PCRE2_UCHAR reason[120] = "";
    pcre2_get_error_message(error, reason, sizeof reason);
    return parse_fail(p, pattern.text + (offset <= pattern.bytes ? offset : 0),
                      "Invalid pattern: %s", (const char *)reason);
}

static int match(const reading *r, const void *compiled, sw_str text)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(take_memory, leave_memory, r->arena);
    pcre2_match_context *context = pcre2_match_context_create(memory);
    pcre2_match_data    *data = pcre2_match_data_create(1, memory);
    pcre2_set_match_limit(context, MATCH_STEPS_MAX);
    pcre2_set_heap_limit(context, MATCH_KIB_MAX);
    return pcre2_match(compiled, (PCRE2_SPTR)text.text, text.bytes, 0, 0, data, context);
}

outcome regex_matches(const reading *r, const void *compiled, sw_str text, bool *matches)
{
    sw_arena_mark mark = sw_arena_get_mark(r->arena);
    int           result = match(r, compiled, text);
    sw_arena_rewind(r->arena, mark);
    *matches = result >= 0;
    if (result >= 0 || result == PCRE2_ERROR_NOMATCH)
        return READ_OK;
    return read_failed(r, SW_ERROR_LIMIT, "The pattern of a filter needs too many steps to match");
}
