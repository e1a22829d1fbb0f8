// parse.c: JSON text to values, in one pass.
//
// Values are pushed on one stack. A container keeps its own place below its children; when it
// closes they move to the arena in one piece, and it becomes one value:
//
//     [1,{"a":2      stack:  [   1   {   "a"   2
//     [1,{"a":2}     stack:  [   1   object -> "a" 2
//
// Strings and numbers stay where they are in the text. While reading, the parser notes whether a
// container's text is already what we would print (no white space, no unusual escapes, no repeated
// members): such a container is printed later by copying its text, whatever its size. That is why
// this is not a wrapper around a general JSON library: law 5 (text that nobody touched is passed on
// as it is) needs the spans.
//
// The usual case is written out here and inlined; what is rare or wrong is in parse_string.c and
// parse_error.c.

#include "json/parser.h"

#include "json/value.h"

#define STACK_VALUES 256u

#define INLINE static inline __attribute__((always_inline))

static cursor read_container(parser *p, cursor opening);

sw_value *sw_parser_grow(parser *p)
{
    size_t    size = (size_t)(p->top - p->stack);
    sw_value *larger = SW_ARENA_ARRAY(p->arena, sw_value, size * 2);
    memcpy(larger, p->stack, size * sizeof *larger);
    p->stack = larger;
    p->stack_end = larger + size * 2;
    return p->top = larger + size;
}

// White space -------------------------------------------------------------------------------------

static cursor skip_comment(parser *p, cursor opening)
{
    cursor at = opening + 2;
    if (p->end - opening < 2 || (opening[1] != '/' && opening[1] != '*'))
        return sw_parse_fail_character(p, opening, EXPECTED_VALUE);
    if (opening[1] == '/') {
        cursor line_end = memchr(at, '\n', (size_t)(p->end - at));
        return line_end != NULL ? line_end : p->end;
    }
    for (; p->end - at >= 2; at++) {
        if (at[0] == '*' && at[1] == '/')
            return at + 2;
    }
    return sw_parse_fail(p, opening, "Unexpected end-of-input in a comment");
}

static cursor skip_blanks(parser *p, cursor at)
{
    cursor first = at;
    at = scan_space(at, p->end);
    while (at < p->end && *at == '/' && (p->flags & SW_JSON_COMMENTS) != 0) {
        at = skip_comment(p, at);
        if (at == NULL)
            return NULL;
        at = scan_space(at, p->end);
    }
    if (at != first)
        p->canonical = false;
    return at;
}

// To the next token or the end. Most texts are compact: look before calling.
INLINE cursor skip(parser *p, cursor at)
{
    return at<p->end && * at> ' ' && *at != '/' ? at : skip_blanks(p, at);
}

// The same where one of these two is most likely next.
INLINE cursor skip_to(parser *p, cursor at, unsigned char likely, unsigned char second)
{
    return at < p->end && (*at == likely || *at == second) ? at : skip_blanks(p, at);
}

// Scalars -----------------------------------------------------------------------------------------

INLINE cursor read_string(parser *p, cursor opening)
{
    cursor first = opening + 1, at = scan_plain(first, p->end);
    if (at >= p->end || *at != '"')
        return sw_parse_string_on(p, opening, at);
    push(p, sw_string_plain((sw_str){(const char *)first, (size_t)(at - first)}));
    return at + 1;
}

static cursor read_exponent(parser *p, cursor at)
{
    at++;
    if (at < p->end && (*at == '+' || *at == '-'))
        at++;
    cursor end = scan_digits(at, p->end);
    return end > at ? end
                    : sw_parse_fail_character(p, at, "Exponent indicator not followed by a digit");
}

static cursor fail_whole(parser *p, cursor whole, cursor at)
{
    if (at > whole)
        return sw_parse_fail(p, whole, "Invalid numeric value: Leading zeroes not allowed");
    return sw_parse_fail_character(
        p, at, "Expected digit (0-9) to follow minus sign, for valid numeric value");
}

INLINE cursor read_number(parser *p, cursor first)
{
    cursor whole = first + (*first == '-'), at = scan_digits(whole, p->end);
    if (at == whole || (*whole == '0' && at - whole > 1))
        return fail_whole(p, whole, at);
    if (at < p->end && *at == '.') {
        cursor fraction = at + 1;
        at = scan_digits(fraction, p->end);
        if (at == fraction)
            return sw_parse_fail_character(p, at, "Decimal point not followed by a digit");
    }
    if (at < p->end && (*at | 0x20) == 'e') {
        at = read_exponent(p, at);
        if (at == NULL)
            return NULL;
    }
    push(p, (sw_value){.type = SW_NUMBER,
                       .flags = SW_VALUE_SPELLED,
                       .size = (uint32_t)(at - first),
                       .text = (const char *)first});
    return at;
}

INLINE cursor read_word(parser *p, cursor at, sw_str word, sw_value v)
{
    if ((size_t)(p->end - at) < word.bytes || memcmp(at, word.text, word.bytes) != 0 ||
        (at + word.bytes < p->end && is_word(at[word.bytes])))
        return sw_parse_fail_token(p, at);
    push(p, v);
    return at + word.bytes;
}

// Pushes the value at at, which no blanks precede. in_object is for the message.
INLINE cursor read_value(parser *p, cursor at, bool in_object)
{
    if (at >= p->end)
        return sw_parse_fail_between(p, in_object);
    switch (*at) {
    case '"':
        return read_string(p, at);
    case '{':
    case '[':
        return read_container(p, at);
    case 't':
        return read_word(p, at, SW_STR("true"), sw_bool(true));
    case 'f':
        return read_word(p, at, SW_STR("false"), sw_bool(false));
    case 'n':
        return read_word(p, at, SW_STR("null"), sw_null());
    default:
        return *at == '-' || is_digit(*at) ? read_number(p, at) : sw_parse_fail_token(p, at);
    }
}

// Containers --------------------------------------------------------------------------------------

// The names of an object so far: a bit for each, and where they are on the stack.
typedef struct names {
    uint64_t  bits;
    ptrdiff_t first;
    bool      maybe_repeated;
} names;

// Few names share their length, first and last character, so this tells most sets of them apart:
// nine of ten in the corpora, which chose the factor. It looks at the quotes of an empty name.
INLINE uint64_t bit_of(cursor opening, cursor behind)
{
    unsigned mixed = opening[1] | (unsigned)behind[-2] << 8 | (unsigned)(behind - opening) << 16;
    return (uint64_t)1 << (mixed * 0x4b63e0efu >> 26);
}

// Looks through the names of a small object. Large ones, and names with escapes, whose bit tells
// nothing, are left to sw_pairs_unique.
static bool may_be_repeated(const parser *p, const names *seen)
{
    const sw_value *name = p->top - 1;
    const sw_value *first = p->stack + seen->first;
    if (name - first > 2 * SW_INDEX_MEMBERS_MIN || (name->flags & SW_VALUE_PLAIN) == 0)
        return true;
    for (const sw_value *other = first; other < name; other += 2) {
        if (sw_str_equal(sw_value_str(*other), sw_value_str(*name)))
            return true;
    }
    return false;
}

INLINE void note_name(parser *p, names *seen, cursor opening, cursor behind)
{
    uint64_t bit = bit_of(opening, behind);
    if ((seen->bits & bit) != 0 || (p->top[-1].flags & SW_VALUE_PLAIN) == 0)
        seen->maybe_repeated = seen->maybe_repeated || may_be_repeated(p, seen);
    seen->bits |= bit;
}

// Pushes a member's name and moves to its value.
INLINE cursor read_name(parser *p, cursor at, names *seen)
{
    cursor opening = at;
    if (at >= p->end)
        return sw_parse_fail_between(p, true);
    if (*at != '"')
        return sw_parse_fail_character(p, at, "was expecting double-quote to start field name");
    at = read_string(p, at);
    if (at == NULL)
        return NULL;
    note_name(p, seen, opening, at);
    if ((at = skip_to(p, at, ':', ':')) == NULL)
        return NULL;
    if (at >= p->end)
        return sw_parse_fail_between(p, true);
    if (*at != ':')
        return sw_parse_fail_character(p, at,
                                       "was expecting a colon to separate field name and value");
    return skip(p, at + 1);
}

// For when repeated members were dropped, which may have been the deepest.
static void measure_again(parser *p, const sw_value *children, size_t count)
{
    p->deepest = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned depth = sw_value_depth(children[i]);
        p->deepest = depth > p->deepest ? depth : p->deepest;
    }
}

// Fills in what stands before the items. text: from the opening bracket to the closing one.
static inline sw_value finish(parser *p, sw_value v, sw_str text)
{
    sw_container *container = (sw_container *)(uintptr_t)sw_value_container(v);
    *container = (sw_container){.text = text.text,
                                .text_bytes = p->canonical ? (uint32_t)text.bytes : 0,
                                .depth = p->deepest + 1};
    v.flags |= p->canonical ? SW_VALUE_SPAN : 0;
    return v;
}

static sw_value build_large_object(parser *p, const sw_value *children, size_t members, sw_str text)
{
    bool      unique = true;
    sw_value *items, v = sw_object_build(p->arena, members, &items);
    memcpy(items, children, 2 * members * sizeof *items);
    v = sw_object_index_unique(p->arena, v, &unique);
    p->canonical = p->canonical && unique;
    if (!unique)
        measure_again(p, items, 2 * (size_t)v.size);
    return finish(p, v, text);
}

static size_t drop_repeated(parser *p, sw_value *children, size_t count)
{
    size_t kept = 2 * sw_pairs_unique(p->arena, children, count / 2, &p->canonical);
    if (kept < count)
        measure_again(p, children, kept);
    return kept;
}

// Moves the children to the arena.
static inline sw_value build(parser *p, sw_value *children, sw_str text, bool maybe_repeated)
{
    size_t count = (size_t)(p->top - children);
    bool   object = *text.text == '{';
    if (object && count > 2 * SW_INDEX_MEMBERS_MIN)
        return build_large_object(p, children, count / 2, text);
    if (maybe_repeated)
        count = drop_repeated(p, children, count);
    sw_value *items = sw_items_new(p->arena, count, 0);
    memcpy(items, children, count * sizeof *items);
    sw_value v = {.type = object ? SW_OBJECT : SW_ARRAY,
                  .size = (uint32_t)(object ? count / 2 : count),
                  .items = items};
    return finish(p, v, text);
}

// Reads what is between the brackets. Returns the closing one.
static inline cursor read_items(parser *p, cursor opening, names *seen)
{
    bool          object = *opening == '{';
    unsigned char closing = object ? '}' : ']';
    cursor        at = skip(p, opening + 1);
    if (at == NULL || (at < p->end && *at == closing))
        return at;
    if (at >= p->end)
        return sw_parse_fail_unclosed(p, opening);
    for (;;) {
        if (object && (at = read_name(p, at, seen)) == NULL)
            return NULL;
        if ((at = read_value(p, at, object)) == NULL || (at = skip_to(p, at, ',', closing)) == NULL)
            return NULL;
        if (at >= p->end)
            return sw_parse_fail_unclosed(p, opening);
        if (*at == closing)
            return at;
        if (*at != ',')
            return sw_parse_fail_character(p, at,
                                           object
                                               ? "was expecting comma to separate Object entries"
                                               : "was expecting comma to separate Array entries");
        if ((at = skip(p, at + 1)) == NULL)
            return NULL;
        if ((p->flags & SW_JSON_COMMENTS) != 0 && at < p->end && *at == closing) {
            p->canonical = false;
            return at;
        }
    }
}

static cursor read_container(parser *p, cursor opening)
{
    bool      outer_canonical = p->canonical;
    unsigned  outer_deepest = p->deepest;
    ptrdiff_t place = p->top - p->stack;
    if (p->depth == SW_JSON_DEPTH_MAX)
        return sw_parse_fail_depth(p, opening);
    push(p, sw_undefined());
    p->depth++;
    p->deepest = 0;
    p->canonical = true;
    names  seen = {.first = place + 1};
    cursor at = read_items(p, opening, &seen);
    if (at == NULL)
        return NULL;
    at++;
    sw_value *own = p->stack + place;
    *own = build(p, own + 1, (sw_str){(const char *)opening, (size_t)(at - opening)},
                 seen.maybe_repeated);
    p->top = own + 1;
    p->depth--;
    p->deepest = p->deepest + 1 > outer_deepest ? p->deepest + 1 : outer_deepest;
    p->canonical = p->canonical && outer_canonical;
    return at;
}

// The text ---------------------------------------------------------------------------------------

// Is there something behind the value? Says what is wrong with it, if it is no value itself.
static cursor fail_trailing(parser *p, cursor at)
{
    if (p->top[-1].type == SW_NUMBER && !is_space(at[-1]) && at[-1] != '/')
        return sw_parse_fail_character(p, at, "Expected space separating root-level values");
    if (read_value(p, at, false) != NULL)
        sw_parse_fail(p, at, "Trailing token found after value: not allowed");
    return NULL;
}

static cursor read_text(parser *p)
{
    cursor at = skip(p, p->start);
    if (at == NULL)
        return NULL;
    if (at >= p->end)
        return sw_parse_fail(p, p->end, "No content to map due to end-of-input");
    if ((at = read_value(p, at, false)) == NULL || (at = skip(p, at)) == NULL)
        return NULL;
    return at == p->end ? at : fail_trailing(p, at);
}

bool sw_json_parse(sw_arena *arena, sw_str text, unsigned flags, sw_value *value, sw_error *err)
{
    if (text.bytes > SW_JSON_BYTES_MAX)
        return sw_fail(err, SW_ERROR_LIMIT, "JSON text of %zu bytes is longer than %u", text.bytes,
                       SW_JSON_BYTES_MAX);
    sw_value stack[STACK_VALUES];
    cursor   start = (cursor)(text.bytes > 0 ? text.text : "");
    parser   p = {.arena = arena,
                  .start = start,
                  .end = start + text.bytes,
                  .flags = flags,
                  .stack = stack,
                  .top = stack,
                  .stack_end = stack + STACK_VALUES,
                  .err = err};
    if (read_text(&p) == NULL)
        return false;
    *value = p.stack[0];
    return true;
}
