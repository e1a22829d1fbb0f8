// yaml.c: YAML text to values, by libyaml's events.
//
// Children of the node that is being read wait on one stack, as in parse.c, each with its place in
// the text; when the node ends they move to the arena. An alias is the anchored value itself,
// shared, so aliases cost no memory. What they would cost written out is counted all the same,
// because whoever prints the value or walks over it pays for that.
//
// libyaml's memory is not the arena's: sw_yaml_parse gives it back before it lets an escape
// through.

#include "json/yaml.h"

#include "base/grow.h"
#include "base/utf8.h"
#include "json/source.h"
#include "json/value.h"

#include <yaml.h>

typedef struct node {
    sw_value value;
    size_t   place; // in characters, as libyaml counts
} node;

typedef struct anchor {
    sw_str   name;
    sw_value value; // undefined until the node has ended
    size_t   weight;
    unsigned depth;
} anchor;

typedef struct reader {
    sw_arena     *arena;
    sw_str        text;
    yaml_parser_t parser;
    yaml_event_t  event; // the one being looked at
    node         *stack;
    size_t        stack_size, stack_capacity;
    anchor       *anchors;
    size_t        anchor_count, anchor_capacity;
    size_t        weight; // what has been read so far would take, written out
    unsigned      depth;
    bool          escaped;
    sw_error     *err;
} reader;

static bool read_node(reader *r, sw_value *value);

// Errors ------------------------------------------------------------------------------------------

static void set_position(reader *r, size_t offset)
{
    if (r->err == NULL)
        return;
    sw_utf8_position(r->text, offset, &r->err->line, &r->err->column);
    r->err->offset = (uint32_t)offset;
}

static bool fail_at(reader *r, size_t place, sw_error_code code, const char *message)
{
    sw_fail(r->err, code, "%s", message);
    set_position(r, sw_yaml_offset(r->text, place));
    return false;
}

static bool fail_here(reader *r, sw_error_code code, const char *message)
{
    return fail_at(r, r->event.start_mark.index, code, message);
}

size_t sw_yaml_offset(sw_str text, size_t place)
{
    size_t offset = 0;
    for (; offset < text.bytes; offset++) {
        if (((unsigned char)text.text[offset] & 0xc0) != 0x80 && place-- == 0)
            break;
    }
    return offset;
}

static bool fail_parser(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char          *problem = p->problem != NULL ? p->problem : "cannot be read";
    if (p->error == YAML_MEMORY_ERROR)
        return sw_fail(r->err, SW_ERROR_MEMORY, "not enough memory to read YAML");
    if (p->error == YAML_READER_ERROR) {
        sw_fail(r->err, SW_ERROR_SYNTAX, "YAML: %s", problem);
        set_position(r, p->problem_offset);
        return false;
    }
    sw_fail(r->err, SW_ERROR_SYNTAX, "YAML: %s%s%s", problem, p->context != NULL ? ", " : "",
            p->context != NULL ? p->context : "");
    set_position(r, sw_yaml_offset(r->text, p->problem_mark.index));
    return false;
}

static bool fail_tag(reader *r, const char *tag)
{
    if (tag[0] == '!' && tag[1] != '\0')
        sw_fail(
            r->err, SW_ERROR_UNSUPPORTED,
            "YAML: the tag %.60s is CloudFormation's or an application's and has no meaning in a "
            "definition; write the value itself, or ${Name} with DefinitionSubstitutions",
            tag);
    else
        sw_fail(r->err, SW_ERROR_UNSUPPORTED,
                "YAML: the tag <%.60s> is not supported; quotes make a string of any scalar", tag);
    set_position(r, sw_yaml_offset(r->text, r->event.start_mark.index));
    return false;
}

// Events ------------------------------------------------------------------------------------------

static bool next(reader *r)
{
    yaml_event_delete(&r->event);
    return yaml_parser_parse(&r->parser, &r->event) != 0 || fail_parser(r);
}

static bool add_weight(reader *r, size_t weight)
{
    r->weight += weight;
    if (r->weight <= SW_YAML_BYTES_MAX)
        return true;
    return fail_here(r, SW_ERROR_LIMIT, "YAML: with its aliases written out the text is too long");
}

static void push(reader *r, sw_value value, size_t place)
{
    SW_MAKE_ROOM(r->arena, r->stack, r->stack_size, r->stack_capacity, 64);
    r->stack[r->stack_size++] = (node){value, place};
}

// Anchors -----------------------------------------------------------------------------------------

static anchor *find_anchor(reader *r, sw_str name)
{
    for (size_t i = r->anchor_count; i > 0; i--) {
        if (sw_str_equal(r->anchors[i - 1].name, name))
            return &r->anchors[i - 1];
    }
    return NULL;
}

// Notes that a node has a name. *index is its anchor's number plus one, or 0 without a name.
static bool open_anchor(reader *r, const yaml_char_t *name, size_t *index)
{
    *index = 0;
    if (name == NULL)
        return true;
    if (r->anchor_count == SW_YAML_ANCHORS_MAX)
        return fail_here(r, SW_ERROR_LIMIT, "YAML: too many anchors");
    SW_MAKE_ROOM(r->arena, r->anchors, r->anchor_count, r->anchor_capacity, 8);
    sw_str copy = sw_str_copy(r->arena, sw_str_from((const char *)name));
    r->anchors[r->anchor_count++] = (anchor){.name = copy};
    *index = r->anchor_count;
    return true;
}

static void close_anchor(reader *r, size_t index, sw_value value, size_t weight)
{
    if (index == 0)
        return;
    anchor *a = &r->anchors[index - 1];
    a->value = value;
    a->weight = weight;
    a->depth = sw_value_depth(value);
}

static bool read_alias(reader *r, sw_value *value)
{
    anchor *a = find_anchor(r, sw_str_from((const char *)r->event.data.alias.anchor));
    if (a == NULL)
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: there is no anchor of this name before it");
    if (a->value.type == SW_UNDEFINED)
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: an alias inside of what it stands for");
    if (r->depth + a->depth > SW_JSON_DEPTH_MAX)
        return fail_here(r, SW_ERROR_LIMIT, "YAML: nested too deeply");
    *value = a->value;
    return add_weight(r, a->weight);
}

// Nodes -------------------------------------------------------------------------------------------

static sw_str event_text(const reader *r)
{
    return (sw_str){(const char *)r->event.data.scalar.value, r->event.data.scalar.length};
}

static bool is_plain(const reader *r)
{
    return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool read_scalar(reader *r, sw_value *value)
{
    sw_str      text = sw_str_copy(r->arena, event_text(r));
    const char *why = NULL;
    if (!add_weight(r, text.bytes))
        return false;
    if (!is_plain(r))
        *value = sw_string(text);
    else if (!sw_yaml_scalar(r->arena, text, value, &why)) {
        sw_fail(r->err, SW_ERROR_SYNTAX, "YAML: %.40s: %s", text.text, why);
        set_position(r, sw_yaml_offset(r->text, r->event.start_mark.index));
        return false;
    }
    return true;
}

static bool read_array(reader *r, sw_value *value)
{
    size_t base = r->stack_size;
    for (;;) {
        sw_value item;
        if (!next(r))
            return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        size_t place = r->event.start_mark.index;
        if (!read_node(r, &item))
            return false;
        push(r, item, place);
    }
    size_t    count = r->stack_size - base;
    sw_value *items;
    *value = sw_array_build(r->arena, count, &items);
    for (size_t i = 0; i < count; i++)
        items[i] = r->stack[base + i].value;
    r->stack_size = base;
    return true;
}

// A key is a string; other scalars are taken as spelled. A merge key comes back as undefined.
static bool read_key(reader *r, sw_value *key)
{
    if (r->event.type == YAML_ALIAS_EVENT) {
        if (!read_alias(r, key))
            return false;
        return key->type == SW_STRING ||
               fail_here(r, SW_ERROR_SYNTAX, "YAML: the key is no string");
    }
    if (r->event.type != YAML_SCALAR_EVENT)
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: a key must be a scalar");
    if (r->event.data.scalar.tag != NULL)
        return fail_tag(r, (const char *)r->event.data.scalar.tag);
    sw_str text = event_text(r);
    size_t index;
    if (!open_anchor(r, r->event.data.scalar.anchor, &index) || !add_weight(r, text.bytes + 1))
        return false;
    *key = is_plain(r) && sw_str_is(text, "<<") ? sw_undefined()
                                                : sw_string(sw_str_copy(r->arena, text));
    close_anchor(r, index, *key, text.bytes + 1);
    return true;
}

// The mapping's own members, in order; merge keys are left out.
static bool own_members(reader *r, size_t base, sw_value *object)
{
    size_t    count = 0;
    sw_value *items;
    for (size_t i = base; i < r->stack_size; i += 2)
        count += r->stack[i].value.type == SW_STRING;
    *object = sw_object_build(r->arena, count, &items);
    size_t *places = SW_ARENA_ARRAY(r->arena, size_t, count + 1);
    for (size_t i = base, to = 0; i < r->stack_size; i += 2) {
        if (r->stack[i].value.type != SW_STRING)
            continue;
        places[to] = r->stack[i].place;
        items[2 * to] = r->stack[i].value;
        items[2 * to + 1] = r->stack[i + 1].value;
        to++;
    }
    *object = sw_object_index(r->arena, *object);
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)sw_value_find(*object, sw_value_key(*object, i));
        if (other != i)
            return fail_at(r, places[other > i ? other : i], SW_ERROR_SYNTAX,
                           "YAML: the key is there already");
    }
    return true;
}

// Appends the members that a merge key's value brings; of several sources the first wins.
static bool push_merged(reader *r, node source)
{
    sw_value from = source.value;
    if (from.type == SW_ARRAY) {
        for (uint32_t i = from.size; i > 0; i--) {
            if (from.items[i - 1].type != SW_OBJECT ||
                !push_merged(r, (node){from.items[i - 1], source.place}))
                return fail_at(r, source.place, SW_ERROR_SYNTAX, "YAML: << merges mappings only");
        }
        return true;
    }
    if (from.type != SW_OBJECT)
        return fail_at(r, source.place, SW_ERROR_SYNTAX, "YAML: << merges mappings only");
    for (uint32_t i = 0; i < 2 * from.size; i++)
        push(r, from.items[i], source.place);
    return true;
}

// Puts what is merged before the mapping's own members, so that these win.
static bool merge(reader *r, size_t base, sw_value *object)
{
    size_t own_end = r->stack_size;
    for (size_t i = own_end; i > base; i -= 2) {
        if (r->stack[i - 2].value.type == SW_UNDEFINED && !push_merged(r, r->stack[i - 1]))
            return false;
    }
    if (r->stack_size == own_end)
        return true;
    for (uint32_t i = 0; i < 2 * object->size; i++)
        push(r, object->items[i], 0);
    size_t    count = r->stack_size - own_end;
    sw_value *pairs = SW_ARENA_ARRAY(r->arena, sw_value, count), *items;
    for (size_t i = 0; i < count; i++)
        pairs[i] = r->stack[own_end + i].value;
    bool unique = true;
    count = sw_pairs_unique(r->arena, pairs, count / 2, &unique);
    *object = sw_object_build(r->arena, count, &items);
    memcpy(items, pairs, 2 * count * sizeof *items);
    *object = sw_object_index(r->arena, *object);
    return true;
}

static bool read_object(reader *r, sw_value *value)
{
    size_t base = r->stack_size;
    for (;;) {
        sw_value key, member;
        if (!next(r))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        size_t key_place = r->event.start_mark.index;
        if (!read_key(r, &key) || !next(r))
            return false;
        size_t place = r->event.start_mark.index;
        if (!read_node(r, &member))
            return false;
        push(r, key, key_place);
        push(r, member, place);
    }
    bool ok = own_members(r, base, value) && merge(r, base, value);
    r->stack_size = base;
    return ok;
}

static bool read_collection(reader *r, const yaml_char_t *tag, const yaml_char_t *name,
                            sw_value *value)
{
    size_t index, weight = r->weight;
    bool   mapping = r->event.type == YAML_MAPPING_START_EVENT;
    if (tag != NULL)
        return fail_tag(r, (const char *)tag);
    if (r->depth == SW_JSON_DEPTH_MAX)
        return fail_here(r, SW_ERROR_LIMIT, "YAML: nested too deeply");
    if (!open_anchor(r, name, &index))
        return false;
    r->depth++;
    if (!(mapping ? read_object(r, value) : read_array(r, value)))
        return false;
    r->depth--;
    close_anchor(r, index, *value, r->weight - weight + 1);
    return true;
}

static bool read_node(reader *r, sw_value *value)
{
    size_t index;
    if (!add_weight(r, 1))
        return false;
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r, value);
    case YAML_SCALAR_EVENT:
        if (r->event.data.scalar.tag != NULL)
            return fail_tag(r, (const char *)r->event.data.scalar.tag);
        if (!open_anchor(r, r->event.data.scalar.anchor, &index) || !read_scalar(r, value))
            return false;
        close_anchor(r, index, *value, r->event.data.scalar.length + 1);
        return true;
    case YAML_SEQUENCE_START_EVENT:
        return read_collection(r, r->event.data.sequence_start.tag,
                               r->event.data.sequence_start.anchor, value);
    case YAML_MAPPING_START_EVENT:
        return read_collection(r, r->event.data.mapping_start.tag,
                               r->event.data.mapping_start.anchor, value);
    default:
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: unexpected end");
    }
}

static bool read_stream(reader *r, sw_value *value)
{
    sw_value read;
    if (!next(r) || !next(r)) // the stream starts, then its document
        return false;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: there is no document in the text");
    if (!next(r) || !read_node(r, &read) || !next(r) || !next(r))
        return false;
    if (r->event.type != YAML_STREAM_END_EVENT)
        return fail_here(r, SW_ERROR_SYNTAX, "YAML: a second document starts here; one is allowed");
    *value = read;
    return true;
}

static bool read_guarded(reader *r, sw_value *value)
{
    jmp_buf escape, *outer = r->arena->escape;
    if (setjmp(escape) != 0) {
        r->arena->escape = outer;
        r->escaped = true;
        return false;
    }
    r->arena->escape = &escape;
    bool ok = read_stream(r, value);
    r->arena->escape = outer;
    return ok;
}

bool sw_yaml_parse(sw_arena *arena, sw_str text, sw_value *value, sw_error *err)
{
    reader r = {.arena = arena, .text = text, .err = err};
    if (text.bytes > SW_YAML_BYTES_MAX)
        return sw_fail(err, SW_ERROR_LIMIT, "YAML text of %zu bytes is longer than %u", text.bytes,
                       SW_YAML_BYTES_MAX);
    if (!yaml_parser_initialize(&r.parser))
        return sw_fail(err, SW_ERROR_MEMORY, "not enough memory to read YAML");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &r.parser, (const unsigned char *)(text.bytes > 0 ? text.text : ""), text.bytes);
    bool ok = read_guarded(&r, value);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return !r.escaped ? ok : sw_fail(err, SW_ERROR_MEMORY, "not enough memory to read YAML");
}
