// metadata.c: headers as members.

#include "integrations/metadata.h"

#include "base/utf8.h"
#include "json/members.h"

#define HEADERS_SHOWN_MAX 100u

static sw_value show(sw_arena *arena, sw_str text)
{
    return sw_string(sw_utf8_clean(arena, text));
}

static bool is_first_of_name(const sw_call_answer *answer, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (sw_str_equal(answer->headers[i].name, answer->headers[index].name))
            return false;
    }
    return true;
}

// All values of one header, as a list.
static sw_value list_values(const sw_call_answer *answer, size_t first, size_t count,
                            sw_arena *arena)
{
    sw_value *items, *list = SW_ARENA_ARRAY(arena, sw_value, count);
    size_t    found = 0;
    for (size_t i = first; i < count; i++) {
        if (sw_str_equal(answer->headers[i].name, answer->headers[first].name))
            list[found++] = show(arena, answer->headers[i].value);
    }
    sw_value array = sw_array_build(arena, found, &items);
    memcpy(items, list, found * sizeof *items);
    return array;
}

static sw_value show_headers(const sw_call_answer *answer, bool lists, sw_arena *arena)
{
    size_t count =
               answer->header_count < HEADERS_SHOWN_MAX ? answer->header_count : HEADERS_SHOWN_MAX,
           found = 0;
    sw_value *items, *pairs = SW_ARENA_ARRAY(arena, sw_value, 2 * count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!is_first_of_name(answer, i))
            continue;
        pairs[2 * found] = show(arena, answer->headers[i].name);
        pairs[2 * found + 1] =
            lists ? list_values(answer, i, count, arena) : show(arena, answer->headers[i].value);
        found++;
    }
    sw_value object = sw_object_build(arena, found, &items);
    memcpy(items, pairs, 2 * found * sizeof *items);
    return object;
}

sw_value sw_sdk_http_metadata(const sw_call_answer *answer, sw_arena *arena)
{
    sw_members m = sw_members_begin(arena, 6);
    sw_members_add(&m, "AllHttpHeaders", show_headers(answer, true, arena));
    sw_members_add(&m, "HttpHeaders", show_headers(answer, false, arena));
    sw_members_add(&m, "HttpStatusCode", sw_number(answer->status));
    return sw_members_end(&m);
}

sw_value sw_sdk_response_metadata(sw_str request_id, sw_arena *arena)
{
    sw_members m = sw_members_begin(arena, 1);
    if (request_id.text != NULL)
        sw_members_add(&m, "RequestId", show(arena, request_id));
    return sw_members_end(&m);
}
