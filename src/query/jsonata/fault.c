// fault.c: wording errors by messages.def.

#include "query/jsonata/fault.h"

#include "base/utf8.h"
#include "query/jsonata/text.h"

static const struct {
    const char *code, *text;
} messages[] = {
#define MESSAGE(code, text) {code, text},
#include "query/jsonata/messages.def"
#undef MESSAGE
};

static const char *message_of(const char *code)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        if (strcmp(messages[i].code, code) == 0)
            return messages[i].text;
    }
    return code;
}

static sw_value optional_text(const char *text)
{
    return text == NULL ? sw_undefined() : sw_token(text);
}

static sw_value field_of(const sw_fault *fault, sw_str name)
{
    if (sw_str_is(name, "token"))
        return fault->token;
    if (sw_str_is(name, "value"))
        return fault->value;
    if (sw_str_is(name, "value2"))
        return fault->value2;
    if (sw_str_is(name, "index"))
        return sw_number(fault->index);
    if (sw_str_is(name, "exp"))
        return sw_number(fault->exp);
    if (sw_str_is(name, "type"))
        return optional_text(fault->type);
    if (sw_str_is(name, "functionName"))
        return optional_text(fault->function_name);
    return sw_string(fault->message);
}

static void add_field(sw_text *out, sw_value field, bool bare)
{
    if (bare && field.type == SW_STRING)
        sw_text_add(out, sw_value_str(field));
    else if (field.type == SW_UNDEFINED)
        sw_text_add(out, SW_STR("undefined"));
    else
        sw_text_stringify(out, field, 0);
}

static void add_message(sw_text *out, const sw_fault *fault)
{
    for (const char *at = message_of(fault->code); *at != '\0';) {
        if (at[0] != '{' || at[1] != '{') {
            sw_text_put(out, *at++);
            continue;
        }
        bool        bare = at[2] == '{';
        const char *name = at + (bare ? 3 : 2), *end = strchr(name, '}');
        add_field(out, field_of(fault, (sw_str){name, (size_t)(end - name)}), bare);
        at = end + (bare ? 3 : 2);
    }
}

// Copies what fits, never half a character.
static void copy_cut(char *to, size_t capacity, sw_str from)
{
    size_t bytes = from.bytes < capacity - 1 ? from.bytes : capacity - 1;
    if (bytes < from.bytes) {
        while (bytes > 0 && ((unsigned char)from.text[bytes] & 0xc0) == 0x80)
            bytes--;
    }
    memcpy(to, from.text, bytes);
    to[bytes] = '\0';
}

// JavaScript counts UTF-16 units.
static uint32_t units_before(sw_str text, uint32_t bytes)
{
    uint32_t units = 0;
    for (size_t i = 0; i < bytes && i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.text[i];
        units += (c & 0xc0) != 0x80;
        units += c >= 0xf0;
    }
    return units;
}

void sw_fault_describe(const sw_fault *fault, sw_str expression, sw_arena *arena,
                       sw_jsonata_error *err)
{
    if (err == NULL)
        return;
    *err = (sw_jsonata_error){0};
    copy_cut(err->code, sizeof err->code, sw_str_from(fault->code));
    if (fault->position != SW_NO_POSITION)
        err->position = units_before(expression, fault->position);
    sw_text out;
    sw_text_init(&out, arena, 256);
    if (fault->token.type != SW_UNDEFINED)
        add_field(&out, fault->token, true);
    copy_cut(err->token, sizeof err->token, sw_text_str(&out));
    out.at = out.start;
    add_message(&out, fault);
    copy_cut(err->message, sizeof err->message, sw_text_str(&out));
}
