// locate.c: from a place as AWS writes it to line and column.
//
// The text is read once more, without making values. Each member name is compared with what is left
// of the path; where it fits, the search goes on inside of its value, elsewhere the value is
// skipped:
//
//     /States/a/b/Next   fits member "States", then "a/b" as well as "a", then "Next"
//
// Whoever used up most of the path wins, of two the later one: so names with slashes need no
// escape, repeated names lead to the one that counts, and a place that isn't there leads to the
// deepest one on the way to it.

#include "json/source.h"

#include "base/utf8.h"
#include "json/yaml.h"

#include <yaml.h>

#define NOWHERE SIZE_MAX

typedef struct search {
    sw_str path;
    size_t used;  // of the path, by the best place so far
    size_t place; // that place: an offset in JSON, an index of a character in YAML
} search;

static void found(search *s, size_t used, size_t place)
{
    if (used == NOWHERE || used < s->used)
        return;
    s->used = used;
    s->place = place;
}

static bool ends_step(sw_str path, size_t at)
{
    return at == path.bytes || path.text[at] == '/' || path.text[at] == '[';
}

// How far into the path the step /name from at leads, or NOWHERE.
static size_t step_member(sw_str path, size_t at, sw_str name)
{
    if (at == NOWHERE || at >= path.bytes || path.text[at] != '/' ||
        path.bytes - at - 1 < name.bytes || memcmp(path.text + at + 1, name.text, name.bytes) != 0)
        return NOWHERE;
    size_t end = at + 1 + name.bytes;
    return ends_step(path, end) ? end : NOWHERE;
}

// The same for [index] and /index.
static size_t step_index(sw_str path, size_t at, size_t index)
{
    if (at == NOWHERE || at >= path.bytes || (path.text[at] != '/' && path.text[at] != '['))
        return NOWHERE;
    bool   bracket = path.text[at++] == '[';
    size_t number = 0, first = at;
    for (; at < path.bytes && path.text[at] >= '0' && path.text[at] <= '9' && number <= index; at++)
        number = number * 10 + (size_t)(path.text[at] - '0');
    if (at == first || number != index)
        return NOWHERE;
    if (bracket)
        return at < path.bytes && path.text[at] == ']' ? at + 1 : NOWHERE;
    return ends_step(path, at) ? at : NOWHERE;
}

// JSON --------------------------------------------------------------------------------------------

typedef struct scanner {
    sw_str    text;
    size_t    at;
    sw_arena *arena; // for names with escapes
    search   *search;
} scanner;

static void scan_value(scanner *s, size_t used);

static void skip_blanks(scanner *s)
{
    s->at = sw_source_skip(s->text, s->at);
}

// Is the next token this character? Then it is skipped, with the blanks behind it.
static bool accept(scanner *s, char c)
{
    skip_blanks(s);
    if (s->at >= s->text.bytes || s->text.text[s->at] != c)
        return false;
    s->at++;
    skip_blanks(s);
    return true;
}

// Over a string, from its first quote. Returns it with its quotes.
static sw_str scan_string(scanner *s)
{
    size_t first = s->at++;
    while (s->at < s->text.bytes && s->text.text[s->at] != '"')
        s->at += s->text.text[s->at] == '\\' ? 2 : 1;
    s->at = s->at < s->text.bytes ? s->at + 1 : s->text.bytes;
    return (sw_str){s->text.text + first, s->at - first};
}

static sw_str read_name(scanner *s)
{
    sw_str   quoted = scan_string(s);
    sw_value name;
    if (!sw_json_parse(s->arena, quoted, 0, &name, NULL) || name.type != SW_STRING)
        return quoted;
    return sw_value_str(name);
}

// Over a value of which nothing is wanted, whatever its depth.
static void skip_value(scanner *s)
{
    size_t depth = 0;
    while (s->at < s->text.bytes) {
        char c = s->text.text[s->at];
        if (c == '"') {
            scan_string(s);
        } else if (c == '{' || c == '[') {
            depth++;
            s->at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return;
            depth--;
            s->at++;
        } else if (c == ',' && depth == 0) {
            return;
        } else {
            s->at++;
        }
        skip_blanks(s);
        if (depth == 0 && (c == '}' || c == ']' || c == '"'))
            return;
    }
}

static void scan_object(scanner *s, size_t used)
{
    while (s->at < s->text.bytes && s->text.text[s->at] == '"') {
        size_t        place = s->at;
        sw_arena_mark mark = sw_arena_get_mark(s->arena);
        size_t        then = step_member(s->search->path, used, read_name(s));
        sw_arena_rewind(s->arena, mark);
        found(s->search, then, place);
        if (!accept(s, ':'))
            return;
        scan_value(s, then);
        if (!accept(s, ','))
            break;
    }
    accept(s, '}');
}

static void scan_array(scanner *s, size_t used)
{
    for (size_t index = 0; s->at < s->text.bytes && s->text.text[s->at] != ']'; index++) {
        size_t then = step_index(s->search->path, used, index);
        found(s->search, then, s->at);
        scan_value(s, then);
        if (!accept(s, ','))
            break;
    }
    accept(s, ']');
}

// Goes deeper only along the path, so never deeper than the path is long.
static void scan_value(scanner *s, size_t used)
{
    if (used == NOWHERE || used == s->search->path.bytes)
        skip_value(s);
    else if (accept(s, '{'))
        scan_object(s, used);
    else if (accept(s, '['))
        scan_array(s, used);
    else
        skip_value(s);
}

// Without memory for a name with escapes the search ends at the best place so far.
static void scan_guarded(scanner *s)
{
    jmp_buf escape;
    s->arena->escape = &escape;
    if (setjmp(escape) == 0)
        scan_value(s, 0);
}

static bool locate_json(sw_str text, search *wanted)
{
    sw_arena arena;
    scanner  s = {.text = text, .arena = &arena, .search = wanted};
    sw_arena_init(&arena);
    skip_blanks(&s);
    found(wanted, 0, s.at);
    scan_guarded(&s);
    sw_arena_clear(&arena);
    return wanted->place < text.bytes;
}

// YAML --------------------------------------------------------------------------------------------

typedef struct follower {
    yaml_parser_t parser;
    yaml_event_t  event;
    search       *search;
} follower;

static bool follow_node(follower *f, size_t used);

static bool next(follower *f)
{
    yaml_event_delete(&f->event);
    return yaml_parser_parse(&f->parser, &f->event) != 0;
}

static bool is_start(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
}

static bool is_end(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
}

static bool skip_node(follower *f)
{
    size_t depth = is_start(f->event.type);
    while (depth > 0) {
        if (!next(f))
            return false;
        depth += is_start(f->event.type);
        depth -= is_end(f->event.type);
    }
    return true;
}

static size_t follow_key(follower *f, size_t used)
{
    if (f->event.type != YAML_SCALAR_EVENT)
        return NOWHERE;
    sw_str name = {(const char *)f->event.data.scalar.value, f->event.data.scalar.length};
    size_t then = step_member(f->search->path, used, name);
    found(f->search, then, f->event.start_mark.index);
    return then;
}

static bool follow_mapping(follower *f, size_t used)
{
    while (next(f) && f->event.type != YAML_MAPPING_END_EVENT) {
        size_t then = follow_key(f, used);
        if (!skip_node(f) || !next(f) || !follow_node(f, then))
            return false;
    }
    return f->event.type == YAML_MAPPING_END_EVENT;
}

static bool follow_sequence(follower *f, size_t used)
{
    for (size_t index = 0; next(f) && f->event.type != YAML_SEQUENCE_END_EVENT; index++) {
        size_t then = step_index(f->search->path, used, index);
        found(f->search, then, f->event.start_mark.index);
        if (!follow_node(f, then))
            return false;
    }
    return f->event.type == YAML_SEQUENCE_END_EVENT;
}

static bool follow_node(follower *f, size_t used)
{
    if (used == NOWHERE || used == f->search->path.bytes || !is_start(f->event.type))
        return skip_node(f);
    return f->event.type == YAML_MAPPING_START_EVENT ? follow_mapping(f, used)
                                                     : follow_sequence(f, used);
}

static bool locate_yaml(sw_str text, search *wanted)
{
    follower f = {.search = wanted};
    if (!yaml_parser_initialize(&f.parser))
        return false;
    yaml_parser_set_encoding(&f.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&f.parser, (const unsigned char *)text.text, text.bytes);
    bool any = next(&f) && next(&f) && next(&f) && f.event.type != YAML_NO_EVENT &&
               f.event.type != YAML_STREAM_END_EVENT;
    if (any) {
        found(wanted, 0, f.event.start_mark.index);
        follow_node(&f, 0);
        wanted->place = sw_yaml_offset(text, wanted->place);
    }
    yaml_event_delete(&f.event);
    yaml_parser_delete(&f.parser);
    return any;
}

bool sw_source_locate(sw_str text, sw_source_format format, sw_str path, uint32_t *line,
                      uint32_t *column)
{
    size_t mark_bytes = sw_source_mark_bytes(text);
    sw_str rest = {text.text + mark_bytes, text.bytes - mark_bytes};
    search wanted = {.path = path};
    if (rest.bytes == 0)
        return false;
    if (path.bytes == 1 && path.text[0] == '/')
        wanted.path.bytes = 0;
    if (format == SW_SOURCE_AUTO)
        format = sw_source_detect(rest);
    if (!(format == SW_SOURCE_YAML ? locate_yaml(rest, &wanted) : locate_json(rest, &wanted)))
        return false;
    sw_utf8_position(rest, wanted.place, line, column);
    return true;
}
