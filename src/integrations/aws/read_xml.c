// read_xml.c: XML answers: expat makes a tree of elements, which is read by shape.
//
// Names count without their prefix: the services' namespaces say nothing that the model does not.

#include "integrations/aws/read.h"

#include "integrations/aws/text.h"

#include <expat.h>

#define DEPTH_MAX 100

typedef struct parsing {
    sw_arena       *arena;
    XML_Parser      parser;
    sw_aws_element *at; // what is open
    sw_aws_out      text;
    int             depth;
} parsing;

// The tree ----------------------------------------------------------------------------------------

static void on_start(void *who, const char *name, const char **attributes)
{
    parsing        *p = who;
    const char     *colon = strrchr(name, ':');
    sw_aws_element *element = SW_ARENA_NEW(p->arena, sw_aws_element);
    (void)attributes;
    element->name = sw_str_copy(p->arena, sw_str_from(colon == NULL ? name : colon + 1));
    element->parent = p->at;
    if (p->at->last == NULL)
        p->at->first = element;
    else
        p->at->last->next = element;
    p->at->last = element;
    p->at = element;
    p->text = (sw_aws_out){.arena = p->arena};
    if (++p->depth > DEPTH_MAX)
        XML_StopParser(p->parser, XML_FALSE);
}

static void on_text(void *who, const char *text, int bytes)
{
    parsing *p = who;
    sw_aws_put(&p->text, (sw_str){text, (size_t)bytes});
}

static void on_end(void *who, const char *name)
{
    parsing *p = who;
    (void)name;
    if (p->at->first == NULL)
        p->at->text = sw_aws_out_str(&p->text);
    p->at = p->at->parent;
    p->depth--;
}

// A document with entities of its own is none of AWS's.
static void on_entity(void *who, const char *name, int is_parameter, const char *value, int bytes,
                      const char *base, const char *system, const char *public,
                      const char *notation)
{
    parsing *p = who;
    (void)name;
    (void)is_parameter;
    (void)value;
    (void)bytes;
    (void)base;
    (void)system;
    (void)public;
    (void)notation;
    XML_StopParser(p->parser, XML_FALSE);
}

sw_aws_element *sw_aws_parse_xml(sw_arena *arena, sw_str text)
{
    sw_aws_element *document = SW_ARENA_NEW(arena, sw_aws_element);
    parsing         p = {.arena = arena, .parser = XML_ParserCreate("UTF-8"), .at = document};
    if (p.parser == NULL || text.bytes > INT32_MAX)
        return NULL;
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_start, on_end);
    XML_SetCharacterDataHandler(p.parser, on_text);
    XML_SetEntityDeclHandler(p.parser, on_entity);
    bool ok = XML_Parse(p.parser, text.text, (int)text.bytes, 1) == XML_STATUS_OK;
    XML_ParserFree(p.parser);
    return ok ? document : NULL;
}

const sw_aws_element *sw_aws_find_element(const sw_aws_element *parent, sw_str name)
{
    const sw_aws_element *at = parent == NULL ? NULL : parent->first;
    while (at != NULL && !sw_str_equal(at->name, name))
        at = at->next;
    return at;
}

// By shape ----------------------------------------------------------------------------------------

static size_t count_elements(const sw_aws_element *first, sw_str name)
{
    size_t count = 0;
    for (; first != NULL; first = first->next)
        count += sw_str_equal(first->name, name);
    return count;
}

// The items of that name among first and what follows it
static sw_value read_items(const sw_aws_reader *r, sw_value shape, const sw_aws_element *first,
                           sw_str name)
{
    sw_value *items, list = sw_array_build(r->arena, count_elements(first, name), &items);
    for (; first != NULL; first = first->next) {
        if (sw_str_equal(first->name, name))
            *items++ = sw_aws_read_xml(r, sw_aws_shape(r->service, shape, "of"), first);
    }
    return list;
}

static sw_str name_or(sw_value shape, const char *member, const char *own)
{
    sw_str name = sw_aws_text(shape, member);
    return name.bytes > 0 ? name : sw_str_from(own);
}

static sw_value read_entries(const sw_aws_reader *r, sw_value shape, const sw_aws_element *first,
                             sw_str name)
{
    sw_value *items, map = sw_object_build(r->arena, count_elements(first, name), &items);
    for (; first != NULL; first = first->next) {
        if (!sw_str_equal(first->name, name))
            continue;
        const sw_aws_element *key = sw_aws_find_element(first, name_or(shape, "keyName", "key"));
        const sw_aws_element *value = sw_aws_find_element(first, name_or(shape, "name", "value"));
        *items++ = sw_string(key == NULL ? SW_STR("") : key->text);
        *items++ = value == NULL ? sw_string(SW_STR(""))
                                 : sw_aws_read_xml(r, sw_aws_shape(r->service, shape, "of"), value);
    }
    return map;
}

static bool is_flat(sw_value member, sw_value shape)
{
    return sw_aws_flag(member, "flat") || sw_aws_flag(shape, "flat");
}

static sw_value read_member(const sw_aws_reader *r, sw_str wire, sw_value member, sw_value shape,
                            const void *from)
{
    const sw_aws_element *parent = from, *element = sw_aws_find_element(parent, wire);
    if (element == NULL || sw_aws_text(member, "in").bytes > 0)
        return sw_undefined();
    if (sw_aws_shape_is(shape, "list") && is_flat(member, shape))
        return read_items(r, shape, parent->first, wire);
    if (sw_aws_shape_is(shape, "map") && is_flat(member, shape))
        return read_entries(r, shape, parent->first, wire);
    return sw_aws_read_xml(r, shape, element);
}

// A list's items have the name that the model says, or "member", or in ec2 "item": whatever they
// have, they are the only elements in it.
static sw_value read_list(const sw_aws_reader *r, sw_value shape, const sw_aws_element *element)
{
    return read_items(r, shape, element->first,
                      element->first == NULL ? SW_STR("member") : element->first->name);
}

sw_value sw_aws_read_xml(const sw_aws_reader *r, sw_value shape, const sw_aws_element *element)
{
    if (sw_aws_shape_is(shape, "structure"))
        return sw_aws_read_members(r, shape, read_member, element);
    if (sw_aws_shape_is(shape, "list"))
        return read_list(r, shape, element);
    if (sw_aws_shape_is(shape, "map"))
        return read_entries(r, shape, element->first, SW_STR("entry"));
    return sw_aws_read_text(r, shape, element->text);
}
