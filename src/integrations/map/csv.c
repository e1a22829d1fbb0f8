// csv.c: rows of a CSV file as objects.
//
// aws: recorded; every value is text, missing ones are empty, surplus ones are dropped, headers
// must differ. docs: a quoted field may have delimiters, line breaks and doubled quotes in it; a
// backslash escapes itself, the quote and the delimiter, and is left out before anything else.

#include "integrations/map/items.h"

#include "base/grow.h"

typedef struct row {
    sw_value *items;
    uint32_t  count, capacity;
} row;

typedef struct csv {
    sw_items   *list;
    const char *at, *end;
    char        delimiter;
} csv;

static bool at_line_end(const csv *c)
{
    return c->at < c->end && (*c->at == '\n' || *c->at == '\r');
}

static void skip_line_end(csv *c)
{
    if (c->at < c->end && *c->at == '\r')
        c->at++;
    if (c->at < c->end && *c->at == '\n')
        c->at++;
}

// Where the field that begins here ends; *plain: there is nothing in it to leave out.
static const char *find_end(const csv *c, bool *plain)
{
    const char *p = c->at;
    bool        quoted = false;
    *plain = true;
    for (; p < c->end; p++) {
        if (!quoted && (*p == c->delimiter || *p == '\n' || *p == '\r'))
            break;
        if (*p == '"')
            quoted = !quoted;
        if (*p == '"' || *p == '\\')
            *plain = false;
        if (*p == '\\' && p + 1 < c->end)
            p++;
    }
    return p;
}

static sw_value unquote(csv *c, const char *end)
{
    char *text = sw_arena_alloc(c->list->arena, (size_t)(end - c->at) + 1), *to = text;
    bool  quoted = false;
    for (const char *p = c->at; p < end; p++) {
        if (*p == '\\' && p + 1 < end) {
            *to++ = *++p;
        } else if (*p == '"' && quoted && p + 1 < end && p[1] == '"') {
            *to++ = *++p;
        } else if (*p == '"') {
            quoted = !quoted;
        } else {
            *to++ = *p;
        }
    }
    return sw_string((sw_str){text, (size_t)(to - text)});
}

static sw_value read_field(csv *c)
{
    bool        plain;
    const char *end = find_end(c, &plain);
    sw_value    field = plain ? sw_string((sw_str){c->at, (size_t)(end - c->at)}) : unquote(c, end);
    c->at = end;
    return field;
}

static void read_row(csv *c, row *r)
{
    r->count = 0;
    for (;;) {
        SW_PUSH(c->list->arena, r, read_field(c));
        if (c->at >= c->end || at_line_end(c))
            break;
        c->at++; // the delimiter
    }
    skip_line_end(c);
}

static char delimiter_of(sw_value config)
{
    static const struct {
        const char *name;
        char        byte;
    } delimiters[] = {{"PIPE", '|'}, {"SEMICOLON", ';'}, {"SPACE", ' '}, {"TAB", '\t'}};
    sw_value given = sw_value_get(config, SW_STR("CSVDelimiter"));
    for (size_t i = 0; given.type == SW_STRING && i < sizeof delimiters / sizeof *delimiters; i++) {
        if (sw_str_is(sw_value_str(given), delimiters[i].name))
            return delimiters[i].byte;
    }
    return ',';
}

static bool take_headers(csv *c, const sw_items_format *format, row *headers)
{
    sw_value location = sw_value_get(format->config, SW_STR("CSVHeaderLocation"));
    sw_value given = format->headers;
    if (given.type == SW_UNDEFINED && location.type == SW_STRING &&
        sw_str_is(sw_value_str(location), "GIVEN"))
        given = sw_value_get(format->config, SW_STR("CSVHeaders"));
    if (given.type == SW_ARRAY) {
        for (uint32_t i = 0; i < given.size; i++)
            SW_PUSH(c->list->arena, headers, given.items[i]);
        return true;
    }
    if (c->at >= c->end)
        return sw_items_fail(c->list, "CSV file is empty.");
    read_row(c, headers);
    return true;
}

static bool check_headers(sw_items *list, const row *headers)
{
    for (uint32_t i = 0; i < headers->count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (sw_value_equal(headers->items[i], headers->items[k]))
                return sw_items_fail(list, "CSV headers cannot contain duplicates.");
        }
    }
    return true;
}

static sw_value make_item(csv *c, const row *headers, const row *r)
{
    sw_value *items, object = sw_object_build(c->list->arena, headers->count, &items);
    for (uint32_t i = 0; i < headers->count; i++) {
        items[2 * i] = headers->items[i];
        items[2 * i + 1] = i < r->count ? r->items[i] : sw_string(SW_STR(""));
    }
    return sw_object_index(c->list->arena, object);
}

bool sw_items_read_csv(sw_items *list, const sw_items_format *format, sw_str text)
{
    csv c = {list, text.text, text.text + text.bytes, delimiter_of(format->config)};
    row headers = {0}, r = {0};
    if (text.bytes >= 3 && memcmp(text.text, "\xef\xbb\xbf", 3) == 0)
        c.at += 3;
    if (!take_headers(&c, format, &headers) || !check_headers(list, &headers))
        return false;
    while (c.at < c.end) {
        if (at_line_end(&c)) {
            skip_line_end(&c); // an empty line is none
            continue;
        }
        read_row(&c, &r);
        if (!sw_items_add(list, make_item(&c, &headers, &r)))
            break;
    }
    return list->error.bytes == 0;
}
