// message.c: paths as Jayway spells them in its messages: $['orders'][0]['name'].

#include "query/jsonpath/path.h"

#include <stdarg.h>
#include <stdio.h>

// Messages are cut at some 200 bytes anyway, so nothing longer is put together.
#define TEXT_BYTES_MAX 512u

typedef struct line {
    char   text[TEXT_BYTES_MAX];
    size_t bytes;
} line;

static void add(line *l, sw_str piece)
{
    size_t room = sizeof l->text - l->bytes, bytes = piece.bytes < room ? piece.bytes : room;
    if (bytes > 0)
        memcpy(l->text + l->bytes, piece.text, bytes);
    l->bytes += bytes;
}

static void add_number(line *l, int64_t number)
{
    char text[24];
    int  bytes = snprintf(text, sizeof text, "%lld", (long long)number);
    add(l, (sw_str){text, (size_t)bytes});
}

static void add_names(line *l, const sw_str *names, size_t count)
{
    add(l, SW_STR("["));
    for (size_t i = 0; i < count && l->bytes < sizeof l->text; i++) {
        add(l, i > 0 ? SW_STR(", '") : SW_STR("'"));
        add(l, names[i]);
        add(l, SW_STR("'"));
    }
    add(l, SW_STR("]"));
}

static void add_indexes(line *l, const int32_t *indexes, size_t count)
{
    add(l, SW_STR("["));
    for (size_t i = 0; i < count && l->bytes < sizeof l->text; i++) {
        if (i > 0)
            add(l, SW_STR(","));
        add_number(l, indexes[i]);
    }
    add(l, SW_STR("]"));
}

static void add_slice(line *l, const step *s)
{
    add(l, SW_STR("["));
    if (s->kind != STEP_SLICE_TO)
        add_number(l, s->indexes[0]);
    add(l, SW_STR(":"));
    if (s->kind != STEP_SLICE_FROM)
        add_number(l, s->indexes[s->kind == STEP_SLICE_TO ? 0 : 1]);
    add(l, SW_STR("]"));
}

static void add_step(line *l, const step *s)
{
    switch (s->kind) {
    case STEP_NAME:
        add_names(l, &s->name, 1);
        return;
    case STEP_NAMES:
        add_names(l, s->names, s->count);
        return;
    case STEP_INDEX:
        add_indexes(l, &s->index, 1);
        return;
    case STEP_INDEXES:
        add_indexes(l, s->indexes, s->count);
        return;
    case STEP_FROM_END:
        add(l, SW_STR("[@.size()"));
        add_number(l, s->index);
        add(l, SW_STR("]"));
        return;
    case STEP_SLICE_FROM:
    case STEP_SLICE_TO:
    case STEP_SLICE:
        add_slice(l, s);
        return;
    case STEP_ROOT:
        add(l, SW_STR("$"));
        return;
    case STEP_WILDCARD:
        add(l, SW_STR("[*]"));
        return;
    case STEP_FILTER:
        add(l, SW_STR("[?]"));
        return;
    case STEP_SCAN:
        add(l, SW_STR(".."));
        return;
    }
}

sw_str steps_text(sw_arena *arena, const step *steps, size_t count)
{
    line l = {.bytes = 0};
    for (size_t i = 0; i < count && l.bytes < sizeof l.text; i++)
        add_step(&l, &steps[i]);
    return sw_str_copy(arena, (sw_str){l.text, l.bytes});
}

// The trail hangs together from its end, so it is written to an array first.
sw_str trail_text(sw_arena *arena, const trail *way)
{
    size_t count = 0;
    for (const trail *t = way; t != NULL; t = t->before)
        count++;
    const trail **nodes = SW_ARENA_ARRAY(arena, const trail *, count + 1);
    for (size_t i = count; way != NULL; way = way->before)
        nodes[--i] = way;
    line l = {.bytes = 0};
    add(&l, SW_STR("$"));
    for (size_t i = 0; i < count && l.bytes < sizeof l.text; i++) {
        int32_t index = (int32_t)nodes[i]->index;
        if (nodes[i]->by_name)
            add_names(&l, &nodes[i]->name, 1);
        else
            add_indexes(&l, &index, 1);
    }
    return sw_str_copy(arena, (sw_str){l.text, l.bytes});
}

outcome read_failed(const reading *r, sw_error_code code, const char *format, ...)
{
    char    message[sizeof r->err->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    sw_fail(r->err, code, "%s", message);
    return READ_FAILED;
}
