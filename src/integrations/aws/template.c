// template.c: filling in the parts.

#include "integrations/aws/template.h"

#include "base/assert.h"
#include "base/grow.h"

sw_value sw_aws_part(sw_value value, sw_str path)
{
    size_t i = 0;
    while (i < path.bytes) {
        size_t from = i;
        while (i < path.bytes && path.text[i] != '.' && path.text[i] != '[')
            i++;
        if (i > from)
            value = sw_value_get(value, (sw_str){path.text + from, i - from});
        if (i < path.bytes && path.text[i] == '[') { // one digit: [0]
            value = sw_value_at(value, (size_t)(path.text[i + 1] - '0'));
            i += 3;
        }
        i += i < path.bytes && path.text[i] == '.';
    }
    return value;
}

static sw_value fill(sw_value template, const sw_aws_sources *sources, sw_arena *arena);

// JSON in a text, else the text
static sw_value parse_part(sw_value part, sw_arena *arena)
{
    sw_value parsed;
    bool ok = part.type == SW_STRING && sw_json_parse(arena, sw_value_str(part), 0, &parsed, NULL);
    return ok ? parsed : part;
}

static sw_value fill_text(sw_value template, const sw_aws_sources *sources, sw_arena *arena)
{
    sw_str text = sw_value_str(template), path = {text.text + 1, text.bytes - 1};
    switch (text.bytes > 0 ? text.text[0] : '\0') {
    case '$':
        return sw_aws_part(sources->submission, path);
    case '#':
        return sw_aws_part(sources->parameters, path);
    case '@':
        return sw_aws_part(sources->description, path);
    case '^':
        return parse_part(sw_aws_part(sources->submission, path), arena);
    default:
        return template;
    }
}

typedef struct values {
    sw_value *items;
    size_t    count, capacity;
} values;

static sw_value fill_object(sw_value template, const sw_aws_sources *sources, sw_arena *arena)
{
    values    list = {0};
    sw_value *items;
    for (size_t i = 0; i < template.size; i++) {
        sw_value member = fill(sw_value_member(template, i), sources, arena);
        if (member.type == SW_UNDEFINED)
            continue;
        SW_PUSH(arena, &list, template.items[2 * i]);
        SW_PUSH(arena, &list, member);
    }
    sw_value object = sw_object_build(arena, list.count / 2, &items);
    if (list.count > 0)
        memcpy(items, list.items, list.count * sizeof *items);
    return object;
}

static sw_value fill_array(sw_value template, const sw_aws_sources *sources, sw_arena *arena)
{
    values    list = {0};
    sw_value *items;
    for (size_t i = 0; i < template.size; i++) {
        sw_value item = fill(template.items[i], sources, arena);
        if (item.type != SW_UNDEFINED)
            SW_PUSH(arena, &list, item);
    }
    sw_value array = sw_array_build(arena, list.count, &items);
    if (list.count > 0)
        memcpy(items, list.items, list.count * sizeof *items);
    return array;
}

static sw_value fill(sw_value template, const sw_aws_sources *sources, sw_arena *arena)
{
    if (template.type == SW_STRING)
        return fill_text(template, sources, arena);
    if (template.type == SW_OBJECT)
        return fill_object(template, sources, arena);
    return template.type == SW_ARRAY ? fill_array(template, sources, arena) : template;
}

sw_value sw_aws_template(const char *text, const sw_aws_sources *sources, sw_arena *arena)
{
    sw_value template;
    bool ok = sw_json_parse(arena, sw_str_from(text), 0, &template, NULL);
    SW_ASSERT(ok);
    return fill(template, sources, arena);
}
