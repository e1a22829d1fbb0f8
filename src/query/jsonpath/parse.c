// parse.c: a path's text to steps.
//
// The text is cut into components first, each then understood on its own (bracket.c,
// filter_parse.c):
//
//     $.a['b c']..d[0]   ->   .a   ['b c']   ..   d   [0]
//
// This is Jayway 2.0's reading, which knows no grammar: brackets are counted without regard to
// quotes, dots are skipped where nothing follows them (`$.['a']`), and what stands behind a bracket
// without a dot is a name.

#include "query/jsonpath/path.h"

#include "query/jsonpath/java.h"

#include "base/error.h"
#include "base/grow.h"
#include "base/utf8.h"

bool parse_fail(const parser *p, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sw_vfail_behind(p->err, (sw_str){p->start, (size_t)(at - p->start)}, SW_ERROR_SYNTAX, format,
                    arguments);
    va_end(arguments);
    return false;
}

// A row of steps that grows in the arena.
typedef struct steps {
    step    *items;
    uint32_t count, room;
} steps;

static step *add_step(parser *p, steps *row)
{
    SW_MAKE_ROOM(p->arena, row->items, row->count, row->room, 2); // most paths have one or two
    step *added = &row->items[row->count++];
    *added = (step){0};
    return added;
}

// Where a bracket closes: behind the `]` that belongs to it, or the end of the text.
static size_t bracket_end(sw_str text, size_t at)
{
    unsigned open = 0;
    for (at++; at < text.bytes; at++) {
        if (text.text[at] == '[')
            open++;
        else if (text.text[at] == ']' && open-- == 0)
            return at + 1;
    }
    return at;
}

static size_t name_end(sw_str text, size_t at)
{
    while (at < text.bytes && text.text[at] != '.' && text.text[at] != '[' && text.text[at] != ' ')
        at++;
    return at;
}

static sw_str slice(sw_str text, size_t from, size_t to)
{
    return (sw_str){text.text + from, to - from};
}

static bool parse_name(parser *p, sw_str text, size_t *at, steps *row)
{
    size_t start = *at;
    *at = name_end(text, start);
    return parse_dotted(p, slice(text, start, *at), add_step(p, row));
}

// At a dot: `..`, `.*`, `.name`, or a dot that stands for nothing.
static bool parse_dot(parser *p, sw_str text, size_t *at, steps *row)
{
    if (++*at == text.bytes)
        return parse_fail(p, text.text + *at - 1, "Path must not end with a '.'");
    if (text.text[*at] == '.') {
        ++*at;
        add_step(p, row)->kind = STEP_SCAN;
        return true;
    }
    size_t end = name_end(text, *at);
    if (end == *at)
        return true;
    if (end == *at + 1 && text.text[*at] == '*') {
        *at = end;
        add_step(p, row)->kind = STEP_WILDCARD;
        return true;
    }
    return parse_name(p, text, at, row);
}

static bool parse_component(parser *p, sw_str text, size_t *at, steps *row)
{
    size_t start = *at;
    switch (text.text[start]) {
    case ' ':
        return parse_fail(p, text.text + start, "Space not allowed in path");
    case '$':
        ++*at;
        add_step(p, row)->kind = STEP_ROOT;
        return true;
    case '[':
        *at = bracket_end(text, start);
        return parse_bracket(p, slice(text, start, *at), add_step(p, row));
    case '.':
        return parse_dot(p, text, at, row);
    case '*':
        ++*at;
        add_step(p, row)->kind = STEP_WILDCARD;
        return true;
    default:
        return parse_name(p, text, at, row);
    }
}

static bool is_definite_step(const step *s)
{
    return s->kind <= STEP_ROOT;
}

// Fills in what depends on the steps together.
static void finish(sw_jsonpath *path, steps row)
{
    static const step none[1];         // so that there always are steps to point at
    bool              definite = true; // of the steps from the one looked at to the end
    path->plain = true;
    for (uint32_t i = row.count; i-- > 0;) {
        step *s = &row.items[i];
        definite = definite && is_definite_step(s);
        s->strict = definite && (i == 0 || is_definite_step(s - 1));
        path->plain = path->plain && s->kind <= STEP_INDEX;
    }
    path->definite = definite;
    path->steps = row.count > 0 ? row.items : none;
    path->step_count = row.count;
}

bool parse_steps(parser *p, sw_str text, sw_jsonpath *path)
{
    steps  row = {0};
    size_t at = 0;
    if (p->nesting++ > PATH_NESTING_MAX)
        return parse_fail(p, text.text, "Filters are nested too deeply");
    if (text.bytes > 0 && text.text[0] != '.' && text.text[0] != '[')
        return parse_fail(p, text.text, "Illegal character, expected '.' or '['");
    if (text.bytes >= 2 && memcmp(text.text + text.bytes - 2, "..", 2) == 0)
        return parse_fail(p, text.text + text.bytes - 2, "A path can not end with a scan");
    while (at < text.bytes) {
        if (row.count >= STEPS_MAX)
            return parse_fail(p, text.text + at, "A path has at most %u steps", STEPS_MAX);
        if (!parse_component(p, text, &at, &row))
            return false;
    }
    p->nesting--;
    finish(path, row);
    return true;
}

static bool is_name_byte(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    return letter || (!first && c >= '0' && c <= '9');
}

// `$`, `$$` or `$name`: returns its length.
static size_t parse_root(sw_str text, sw_jsonpath *path)
{
    size_t end = 1;
    path->root = SW_JSONPATH_INPUT;
    if (text.bytes > 1 && text.text[1] == '$') {
        path->root = SW_JSONPATH_CONTEXT;
        return 2;
    }
    while (end < text.bytes && is_name_byte(text.text[end], end == 1))
        end++;
    if (end > 1)
        path->root = SW_JSONPATH_VARIABLE;
    path->variable = slice(text, 1, end);
    return end;
}

bool sw_jsonpath_parse(sw_arena *arena, sw_str text, const sw_jsonpath **path, sw_error *err)
{
    sw_jsonpath *made = SW_ARENA_NEW(arena, sw_jsonpath);
    made->text = sw_str_copy(arena, text);
    parser p = {.arena = arena, .err = err, .start = made->text.text};
    sw_str trimmed = sw_java_trim(made->text);
    size_t valid = sw_java_valid_bytes(made->text);
    if (valid < text.bytes)
        return parse_fail(&p, made->text.text + valid, "The path is not valid UTF-8");
    if (trimmed.bytes == 0 || trimmed.text[0] != '$')
        return parse_fail(&p, trimmed.text, "A path must begin with '$'");
    size_t root = parse_root(trimmed, made);
    sw_str rest = slice(trimmed, root, trimmed.bytes);
    if (!parse_steps(&p, rest, made))
        return false;
    made->reference = is_reference_syntax(slice(made->text, root, made->text.bytes)) &&
                      trimmed.text == made->text.text;
    *path = made;
    return true;
}

sw_jsonpath_root sw_jsonpath_get_root(const sw_jsonpath *path)
{
    return path->root;
}

sw_str sw_jsonpath_get_variable(const sw_jsonpath *path)
{
    return path->variable;
}

sw_str sw_jsonpath_get_text(const sw_jsonpath *path)
{
    return path->text;
}

bool sw_jsonpath_is_root(const sw_jsonpath *path)
{
    return path->step_count == 0;
}

bool sw_jsonpath_is_definite(const sw_jsonpath *path)
{
    return path->definite;
}

bool sw_jsonpath_is_reference(const sw_jsonpath *path)
{
    return path->reference;
}
