// parse.c: the text of an intrinsic call.
//
//     call     = name "(" [ argument { "," argument } ] ")"
//     argument = 'text' | number | null | true | false | path | call
//
// Blanks may stand between all of these. Inside quotes \' \{ \} \\ are escapes, and no others. A
// path ends at the first comma or closing parenthesis that is not inside its own brackets.

#include "query/intrinsic/call.h"

#include "query/jsonpath/java.h"

#include "base/error.h"
#include "base/grow.h"
#include "base/utf8.h"

typedef struct parser {
    sw_arena   *arena;
    sw_error   *err;
    const char *start, *at, *end;
    unsigned    calls;
} parser;

static bool fail_at(const parser *p, sw_error_code code, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool fail_at(const parser *p, sw_error_code code, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_vfail_behind(p->err, (sw_str){p->start, (size_t)(at - p->start)}, code, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The next character that is no blank, or NUL at the end.
static char peek(parser *p)
{
    while (p->at < p->end && is_blank(*p->at))
        p->at++;
    return p->at < p->end ? *p->at : '\0';
}

static bool expect(parser *p, char c)
{
    if (peek(p) != c || p->at == p->end)
        return fail_at(p, SW_ERROR_SYNTAX, p->at, "Expected '%c'", c);
    p->at++;
    return true;
}

// Texts -------------------------------------------------------------------------------------------

// A quoted text without its escapes. When pieces is not NULL, the text is cut at each {} that is
// not escaped.
typedef struct quoted {
    char    *text;
    size_t   bytes;
    sw_str  *pieces;
    uint32_t piece_count;
    size_t   piece_start;
} quoted;

static bool is_escapable(char c)
{
    return c == '\'' || c == '{' || c == '}' || c == '\\';
}

static bool take_escape(parser *p, quoted *q)
{
    if (p->at + 1 == p->end || !is_escapable(p->at[1]))
        return fail_at(p, SW_ERROR_SYNTAX, p->at, "Only \\', \\{, \\} and \\\\ are escapes");
    q->text[q->bytes++] = p->at[1];
    p->at += 2;
    return true;
}

static void end_piece(quoted *q)
{
    q->pieces[q->piece_count++] = (sw_str){q->text + q->piece_start, q->bytes - q->piece_start};
    q->piece_start = q->bytes;
}

static bool take_character(parser *p, quoted *q)
{
    if (*p->at == '\\')
        return take_escape(p, q);
    if (q->pieces != NULL && *p->at == '{' && p->at + 1 < p->end && p->at[1] == '}') {
        end_piece(q);
        p->at += 2;
        return true;
    }
    q->text[q->bytes++] = *p->at++;
    return true;
}

// At the opening quote.
static bool parse_quoted(parser *p, bool template, quoted *q)
{
    const char *open = p->at++;
    size_t      room = (size_t)(p->end - open);
    *q = (quoted){.text = sw_arena_alloc(p->arena, room)};
    if (template)
        q->pieces = SW_ARENA_ARRAY(p->arena, sw_str, room / 2 + 1);
    while (p->at < p->end && *p->at != '\'') {
        if (!take_character(p, q))
            return false;
    }
    if (p->at == p->end)
        return fail_at(p, SW_ERROR_SYNTAX, open, "The text is not closed");
    p->at++;
    if (template)
        end_piece(q);
    return true;
}

// Numbers and words -------------------------------------------------------------------------------

// Numbers, null, true and false are JSON.
static bool parse_word(parser *p, argument *a)
{
    const char *start = p->at;
    while (p->at < p->end && !is_blank(*p->at) && *p->at != ',' && *p->at != ')')
        p->at++;
    sw_str word = {start, (size_t)(p->at - start)};
    bool   begins = word.bytes > 0 && memchr("-0123456789ntf", word.text[0], 14) != NULL;
    if (!begins || !sw_json_parse(p->arena, word, 0, &a->value, NULL))
        return fail_at(
            p, SW_ERROR_SYNTAX, start,
            "Expected a text in single quotes, a number, null, true, false, a path or a call");
    a->kind = ARGUMENT_VALUE;
    return true;
}

// Paths -------------------------------------------------------------------------------------------

typedef struct path_extent {
    unsigned square, round;
    bool     quoted;
} path_extent;

// Whether the path ends in front of this character; otherwise takes it in.
static bool ends_path(path_extent *e, char c, char before)
{
    if (e->quoted) {
        e->quoted = c != '\'' || before == '\\';
        return false;
    }
    bool inside = e->square > 0 || e->round > 0;
    if (!inside && (c == ',' || c == ')'))
        return true;
    // Outside brackets a quote is a character of a name.
    e->quoted = c == '\'' && e->square > 0;
    e->square += c == '[';
    e->square -= c == ']' && e->square > 0;
    e->round += c == '(';
    e->round -= c == ')' && e->round > 0;
    return false;
}

static bool parse_path(parser *p, argument *a)
{
    const char *start = p->at;
    path_extent extent = {0};
    while (p->at < p->end && !ends_path(&extent, *p->at, p->at > start ? p->at[-1] : '\0'))
        p->at++;
    const char *end = p->at;
    while (is_blank(end[-1]))
        end--;
    a->kind = ARGUMENT_PATH;
    if (sw_jsonpath_parse(p->arena, (sw_str){start, (size_t)(end - start)}, &a->path, p->err))
        return true;
    if (p->err != NULL) { // columns of the whole call
        p->err->column += (uint32_t)sw_utf8_length((sw_str){p->start, (size_t)(start - p->start)});
        p->err->offset += (uint32_t)(start - p->start);
    }
    return false;
}

// Calls -------------------------------------------------------------------------------------------

static bool parse_call(parser *p, const sw_intrinsic **result);

static bool parse_argument(parser *p, sw_intrinsic *made, bool template, argument *a)
{
    quoted q;
    switch (peek(p)) {
    case '\'':
        if (!parse_quoted(p, template, &q))
            return false;
        a->kind = ARGUMENT_VALUE;
        a->value = sw_string((sw_str){q.text, q.bytes});
        made->pieces = template ? q.pieces : made->pieces;
        made->piece_count = template ? q.piece_count : made->piece_count;
        return true;
    case '$':
        return parse_path(p, a);
    case 'S':
        a->kind = ARGUMENT_CALL;
        return parse_call(p, &a->call);
    default:
        return parse_word(p, a);
    }
}

static argument *add_argument(parser *p, argument **row, uint32_t *count, uint32_t *room)
{
    SW_MAKE_ROOM(p->arena, *row, *count, *room, 4);
    return &(*row)[(*count)++];
}

static bool parse_arguments(parser *p, sw_intrinsic *made)
{
    argument *row = NULL;
    uint32_t  room = 0;
    bool      formats = made->function->evaluate == intrinsic_format;
    if (peek(p) == ')')
        return expect(p, ')');
    do {
        argument *a = add_argument(p, &row, &made->count, &room);
        if (!parse_argument(p, made, formats && made->count == 1, a))
            return false;
    } while (peek(p) == ',' && p->at++ < p->end);
    made->arguments = row;
    return expect(p, ')');
}

static bool check_count(const parser *p, const char *at, const sw_intrinsic *made)
{
    const function_info *f = made->function;
    if (made->count >= f->count_min && made->count <= f->count_max)
        return true;
    if (f->count_min == f->count_max)
        return fail_at(p, SW_ERROR_INVALID, at, "%s takes %u arguments, but %u are given", f->name,
                       f->count_min, made->count);
    if (f->count_max == UINT32_MAX)
        return fail_at(p, SW_ERROR_INVALID, at, "%s takes at least %u arguments, but %u are given",
                       f->name, f->count_min, made->count);
    return fail_at(p, SW_ERROR_INVALID, at, "%s takes %u to %u arguments, but %u are given",
                   f->name, f->count_min, f->count_max, made->count);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

static bool parse_name(parser *p, sw_intrinsic *made)
{
    const char *start = p->at;
    while (p->at < p->end && is_name_byte(*p->at))
        p->at++;
    sw_str name = {start, (size_t)(p->at - start)};
    made->function = find_function(name);
    if (made->function != NULL)
        return true;
    int shown = name.bytes < 80 ? (int)name.bytes : 80;
    return fail_at(p, SW_ERROR_INVALID, start, "There is no intrinsic function '%.*s'", shown,
                   start);
}

static bool parse_call(parser *p, const sw_intrinsic **result)
{
    const char   *start = p->at;
    sw_intrinsic *made = SW_ARENA_NEW(p->arena, sw_intrinsic);
    // This also bounds the recursion.
    if (p->calls++ > NESTED_CALLS_MAX)
        return fail_at(p, SW_ERROR_INVALID, start, "At most %u calls can be nested in one field",
                       NESTED_CALLS_MAX);
    if (!parse_name(p, made) || !expect(p, '(') || !parse_arguments(p, made))
        return false;
    *result = made;
    return check_count(p, start, made);
}

bool sw_intrinsic_parse(sw_arena *arena, sw_str text, const sw_intrinsic **result, sw_error *err)
{
    sw_str              copy = sw_str_copy(arena, text);
    const sw_intrinsic *made;
    parser              p = {arena, err, copy.text, copy.text, copy.text + copy.bytes, 0};
    size_t              valid = sw_java_valid_bytes(text);
    if (valid < text.bytes)
        return fail_at(&p, SW_ERROR_SYNTAX, p.start + valid, "The call is not valid UTF-8");
    peek(&p);
    if (!parse_call(&p, &made))
        return false;
    peek(&p);
    if (p.at != p.end)
        return fail_at(&p, SW_ERROR_SYNTAX, p.at, "Nothing can stand behind the call");
    *result = made;
    return true;
}
