// regex.c: compiling and matching by PCRE2, in our arenas.
//
// PCRE2's just-in-time compiler is not used: its machine code lives outside of any arena and would
// have to be freed.

#define PCRE2_CODE_UNIT_WIDTH 8

#include "query/jsonata/regex.h"

#include "query/jsonata/functions.h"
#include "query/jsonata/regex_translate.h"

#include <pcre2.h>

#define MATCH_STEPS_MAX   10000000u
#define MATCH_HEAP_KB_MAX (64u * 1024u)

struct sw_regex {
    pcre2_code *code;
    uint32_t    group_count;
    uint32_t    position;
    sw_str      source;
};

// PCRE2 must not be jumped out of: a spent arena is reported to it as NULL.
static void *allocate(size_t bytes, void *who)
{
    sw_arena *arena = who;
    jmp_buf   escape, *outer = arena->escape;
    if (setjmp(escape) != 0) {
        arena->escape = outer;
        return NULL;
    }
    arena->escape = &escape;
    void *piece = sw_arena_alloc(arena, bytes);
    arena->escape = outer;
    return piece;
}

static void release(void *piece, void *who)
{
    (void)piece;
    (void)who;
}

static void *need(sw_arena *arena, void *piece)
{
    return piece != NULL ? piece : sw_arena_grow(arena, SIZE_MAX); // jumps
}

static _Noreturn void fail_compile(sw_compilation *c, uint32_t position, sw_str message)
{
    sw_compile_fail(c, (sw_fault){.code = "S0303", .position = position, .message = message});
}

static uint32_t compile_options(unsigned flags)
{
    return PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY |
           PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C |
           ((flags & SW_REGEX_IGNORE_CASE) != 0 ? PCRE2_CASELESS : 0) |
           ((flags & SW_REGEX_LINES) != 0 ? PCRE2_MULTILINE : 0);
}

const sw_regex *sw_regex_compile(sw_compilation *c, sw_str pattern, unsigned flags,
                                 uint32_t position)
{
    const char *fault;
    sw_str      translated;
    int         error;
    size_t      offset;
    sw_regex   *regex = SW_ARENA_NEW(c->arena, sw_regex);
    regex->source = pattern;
    regex->position = position;
    if (!sw_regex_translate(c->arena, pattern, &translated, &fault))
        fail_compile(c, position, sw_str_from(fault));
    pcre2_general_context *memory =
        need(c->arena, pcre2_general_context_create(allocate, release, c->arena));
    pcre2_compile_context *context = need(c->arena, pcre2_compile_context_create(memory));
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_parens_nest_limit(context, 100);
    regex->code = pcre2_compile((PCRE2_SPTR)translated.text, translated.bytes,
                                compile_options(flags), &error, &offset, context);
    if (regex->code == NULL) {
        PCRE2_UCHAR message[128] = "";
        if (error == PCRE2_ERROR_NOMEMORY || error == 121 /* failed to get heap memory */)
            need(c->arena, NULL);
        pcre2_get_error_message(error, message, sizeof message);
        fail_compile(c, position, sw_str_copy(c->arena, sw_str_from((const char *)message)));
    }
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->group_count);
    return regex;
}

sw_str sw_regex_source(const sw_regex *regex)
{
    return regex->source;
}

// Matching ----------------------------------------------------------------------------------------

// Made once for an evaluation, and again only for more groups.
typedef struct matching {
    pcre2_match_data    *data;
    pcre2_match_context *context;
} matching;

static matching *matching_of(sw_eval *ev, const sw_regex *regex)
{
    if (ev->match_data != NULL && ev->match_pairs > regex->group_count)
        return ev->match_data;
    sw_arena              *arena = ev->arena;
    matching              *m = SW_ARENA_NEW(arena, matching);
    pcre2_general_context *memory =
        need(arena, pcre2_general_context_create(allocate, release, arena));
    ev->match_pairs = regex->group_count + 8;
    m->data = need(arena, pcre2_match_data_create(ev->match_pairs, memory));
    m->context = need(arena, pcre2_match_context_create(memory));
    pcre2_set_match_limit(m->context, MATCH_STEPS_MAX);
    pcre2_set_heap_limit(m->context, MATCH_HEAP_KB_MAX);
    ev->match_data = m;
    return m;
}

static bool find(sw_eval *ev, const sw_regex *regex, sw_str text, size_t offset,
                 sw_regex_match *match)
{
    matching *m = matching_of(ev, regex);
    int       found = pcre2_match(regex->code, (PCRE2_SPTR)text.text, text.bytes, offset,
                                  PCRE2_NO_UTF_CHECK, m->data, m->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return false;
    if (found == PCRE2_ERROR_NOMEMORY)
        need(ev->arena, NULL);
    if (found < 0)
        sw_eval_fail_value(ev, "D3145", sw_string(regex->source));
    size_t *offsets = pcre2_get_ovector_pointer(m->data);
    *match = (sw_regex_match){offsets[0], offsets[1], regex->group_count, offsets};
    for (uint32_t i = (uint32_t)found; i <= regex->group_count; i++)
        offsets[2 * i] = offsets[2 * i + 1] = SIZE_MAX;
    return match->end >= match->start; // \K-like oddities
}

bool sw_regex_find(sw_eval *ev, const sw_regex *regex, sw_str text, size_t offset,
                   sw_regex_match *match)
{
    sw_eval_step(ev);
    if (offset > text.bytes || !find(ev, regex, text, offset, match))
        return false;
    if (match->end == match->start &&
        offset > 0) // the first may be empty, the reference does not check it
        sw_eval_fail(ev, (sw_fault){.code = "D1004",
                                    .position = regex->position,
                                    .value = sw_string(regex->source)});
    return true;
}

// As a function -----------------------------------------------------------------------------------

static sw_value next_function(sw_eval *ev, const sw_regex *regex, sw_value text, size_t offset)
{
    sw_function *next = SW_ARENA_NEW(ev->arena, sw_function);
    next->kind = SW_FUNCTION_NEXT_MATCH;
    next->regex = regex;
    next->input = text;
    next->offset = offset;
    return sw_function_value(next);
}

sw_value sw_regex_groups(sw_eval *ev, sw_str text, const sw_regex_match *match)
{
    sw_value *items, groups = sw_array_build(ev->arena, match->group_count, &items);
    for (uint32_t i = 0; i < match->group_count; i++) {
        size_t start = match->offsets[2 * i + 2], end = match->offsets[2 * i + 3];
        items[i] = start == SIZE_MAX ? sw_undefined()
                                     : sw_string((sw_str){text.text + start, end - start});
    }
    return groups;
}

sw_value sw_regex_call(sw_eval *ev, const sw_regex *regex, sw_value text, size_t offset)
{
    sw_regex_match match;
    if (text.type != SW_STRING)
        return sw_undefined();
    sw_str s = sw_value_str(text);
    if ((offset > 0 && offset >= s.bytes) || !sw_regex_find(ev, regex, s, offset, &match))
        return sw_undefined();
    sw_value *pairs, result = sw_object_build(ev->arena, 5, &pairs);
    size_t    start = match.start, end = match.end;
    pairs[0] = sw_string_plain(SW_STR("match"));
    pairs[1] = sw_string((sw_str){s.text + start, end - start});
    pairs[2] = sw_string_plain(SW_STR("start"));
    pairs[3] = sw_number((double)sw_units((sw_str){s.text, start}));
    pairs[4] = sw_string_plain(SW_STR("end"));
    pairs[5] = sw_number((double)sw_units((sw_str){s.text, end}));
    pairs[6] = sw_string_plain(SW_STR("groups"));
    pairs[7] = sw_regex_groups(ev, s, &match);
    pairs[8] = sw_string_plain(SW_STR("next"));
    pairs[9] = next_function(ev, regex, text, end);
    return result;
}
