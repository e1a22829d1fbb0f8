// payload.c: what states hand on: a text, a value, or both, each made from the other when it is
// asked for.

#include "engine/engine.h"

#include "base/assert.h"

const sw_payload *sw_payload_of_text(sw_execution *x, sw_str text)
{
    sw_payload *payload = sw_arena_alloc(&x->arena, sizeof *payload);
    *payload = (sw_payload){.arena = &x->arena, .text = text, .number = ++x->payload_count};
    return payload;
}

const sw_payload *sw_payload_of_value(sw_execution *x, sw_value value)
{
    sw_payload *payload = sw_arena_alloc(&x->arena, sizeof *payload);
    *payload = (sw_payload){.arena = &x->arena, .value = value, .number = ++x->payload_count};
    return payload;
}

sw_str sw_payload_text(const sw_payload *payload)
{
    if (payload->text.text == NULL) {
        sw_payload *own = (sw_payload *)(uintptr_t)payload;
        own->text = sw_json_print(payload->arena, payload->value);
    }
    return payload->text;
}

sw_value sw_payload_value(const sw_payload *payload)
{
    if (payload->value.type == SW_UNDEFINED) {
        sw_payload *own = (sw_payload *)(uintptr_t)payload;
        bool        ok = sw_json_parse(payload->arena, payload->text, 0, &own->value, NULL);
        SW_ASSERT(ok); // texts are checked where they come in
    }
    return payload->value;
}

size_t sw_payload_bytes(const sw_payload *payload)
{
    return payload->text.text != NULL ? payload->text.bytes : sw_value_text_bytes(payload->value);
}

// Whether printing the value would not give the text again, byte for byte.
static bool has_text_of_its_own(const sw_payload *payload)
{
    if (payload->text.text == NULL)
        return false;
    sw_value v = payload->value;
    bool     container = v.type == SW_ARRAY || v.type == SW_OBJECT;
    return !container || (v.flags & SW_VALUE_SPAN) == 0 ||
           sw_value_text_bytes(v) != payload->text.bytes;
}

static sw_str join_texts(sw_execution *x, const sw_payload *const *items, uint32_t count)
{
    size_t bytes = count + 1u;
    for (uint32_t i = 0; i < count; i++)
        bytes += sw_payload_text(items[i]).bytes;
    char *text = sw_arena_alloc(&x->arena, bytes + 1), *at = text;
    *at++ = '[';
    for (uint32_t i = 0; i < count; i++) {
        sw_str item = sw_payload_text(items[i]);
        memcpy(at, item.text, item.bytes);
        at += item.bytes;
        *at++ = i + 1 < count ? ',' : ']';
    }
    *at = '\0';
    return (sw_str){text, bytes};
}

// NULL: the brackets made it too deep.
static const sw_payload *payload_of_joined(sw_execution *x, sw_str text)
{
    sw_value value;
    if (!sw_json_parse(&x->arena, text, 0, &value, NULL))
        return NULL;
    sw_payload *payload = (sw_payload *)(uintptr_t)sw_payload_of_text(x, text);
    payload->value = value;
    return payload;
}

// aws: the outputs of branches are put between brackets unparsed (recorded, test_parallel_nested).
const sw_payload *sw_payload_of_values(sw_execution *x, const sw_payload *const *items,
                                       uint32_t count)
{
    bool texts = false;
    for (uint32_t i = 0; i < count && !texts; i++)
        texts = has_text_of_its_own(items[i]);
    if (texts)
        return payload_of_joined(x, join_texts(x, items, count));
    sw_value *values;
    sw_value  array = sw_array_build(&x->arena, count, &values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = sw_payload_value(items[i]);
    return sw_payload_of_value(x, array);
}
