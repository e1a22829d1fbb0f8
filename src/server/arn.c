// arn.c: taking Amazon Resource Names apart and putting them together.

#include "server/arn.h"

#include "base/utf8.h"

static const struct {
    const char *type;
    sw_arn_kind kind;
} arn_types[] = {
    {"stateMachine", SW_ARN_STATE_MACHINE},
    {"execution", SW_ARN_EXECUTION},
    {"express", SW_ARN_EXPRESS},
    {"activity", SW_ARN_ACTIVITY},
    {"mapRun", SW_ARN_MAP_RUN},
};

// The text up to the next colon; *rest goes behind it. The last part has none.
static sw_str next_part(sw_str *rest)
{
    const char *colon = rest->bytes == 0 ? NULL : memchr(rest->text, ':', rest->bytes);
    sw_str      part = {rest->text, colon == NULL ? rest->bytes : (size_t)(colon - rest->text)};
    size_t      used = colon == NULL ? rest->bytes : part.bytes + 1;
    *rest = (sw_str){rest->text + used, rest->bytes - used};
    return part;
}

static void split_label(sw_arn *arn)
{
    const char *slash = arn->name.bytes == 0 ? NULL : memchr(arn->name.text, '/', arn->name.bytes);
    if (slash == NULL)
        return;
    size_t at = (size_t)(slash - arn->name.text);
    arn->label = (sw_str){slash + 1, arn->name.bytes - at - 1};
    arn->name.bytes = at;
}

static sw_arn_kind kind_of(sw_str type)
{
    for (size_t i = 0; i < sizeof arn_types / sizeof arn_types[0]; i++) {
        if (sw_str_is(type, arn_types[i].type))
            return arn_types[i].kind;
    }
    return SW_ARN_OTHER;
}

bool sw_arn_parse(sw_str text, sw_arn *arn)
{
    sw_str rest = text;
    *arn = (sw_arn){.whole = text};
    if (!sw_str_is(next_part(&rest), "arn"))
        return false;
    arn->partition = next_part(&rest);
    sw_str service = next_part(&rest);
    arn->region = next_part(&rest);
    arn->account = next_part(&rest);
    arn->type = next_part(&rest);
    if (!sw_str_is(service, "states") || arn->partition.bytes == 0 || arn->type.bytes == 0 ||
        rest.bytes == 0)
        return false;
    arn->kind = kind_of(arn->type);
    arn->name = next_part(&rest);
    arn->unqualified = (sw_str){text.text, (size_t)(arn->name.text + arn->name.bytes - text.text)};
    arn->qualifier = next_part(&rest);
    arn->unique = next_part(&rest);
    split_label(arn);
    return arn->name.bytes > 0;
}

bool sw_arn_check(sw_request *request, const char *member, unsigned kinds, sw_arn *arn)
{
    sw_str text = sw_input_text(request, member);
    if (!sw_arn_parse(text, arn))
        return sw_request_fail(request, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %.*s'",
                               SW_STR_ARG(text));
    if ((arn->kind & kinds) == 0)
        return sw_request_fail(request, "InvalidArn",
                               "Invalid Arn: 'Resource type not valid in this context: %.*s'",
                               SW_STR_ARG(arn->type));
    return true;
}

bool sw_arn_is_version(sw_str qualifier, int64_t *number)
{
    *number = 0;
    if (qualifier.bytes == 0 || qualifier.bytes > 18)
        return false;
    for (size_t i = 0; i < qualifier.bytes; i++) {
        if (qualifier.text[i] < '0' || qualifier.text[i] > '9')
            return false;
        *number = *number * 10 + (qualifier.text[i] - '0');
    }
    return true;
}

sw_str sw_arn_of_machine(sw_arena *arena, sw_str region, sw_str account, sw_str name)
{
    return sw_str_format(arena, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s", SW_STR_ARG(region),
                         SW_STR_ARG(account), SW_STR_ARG(name));
}

sw_str sw_arn_of_activity(sw_arena *arena, sw_str region, sw_str account, sw_str name)
{
    return sw_str_format(arena, "arn:aws:states:%.*s:%.*s:activity:%.*s", SW_STR_ARG(region),
                         SW_STR_ARG(account), SW_STR_ARG(name));
}

// The machine's ARN with another type in the place of "stateMachine".
static sw_str retype(sw_arena *arena, sw_str machine_arn, const char *type, sw_str name)
{
    sw_arn arn;
    if (!sw_arn_parse(machine_arn, &arn))
        return (sw_str){"", 0};
    size_t labelled = arn.label.bytes > 0 ? arn.label.bytes + 1 : 0; // it stands behind the name
    // Not printed by a format: every start makes one.
    const sw_str parts[] = {{machine_arn.text, (size_t)(arn.type.text - machine_arn.text)},
                            sw_str_from(type),
                            SW_STR(":"),
                            {arn.name.text, arn.name.bytes + labelled},
                            SW_STR(":"),
                            name};
    char        *text = sw_arena_alloc(arena, machine_arn.bytes + strlen(type) + name.bytes + 2);
    char        *at = text;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        memcpy(at, parts[i].text, parts[i].bytes);
        at += parts[i].bytes;
    }
    return (sw_str){text, (size_t)(at - text)};
}

sw_str sw_arn_of_execution(sw_arena *arena, sw_str machine_arn, sw_str name)
{
    return retype(arena, machine_arn, "execution", name);
}

sw_str sw_arn_of_express(sw_arena *arena, sw_str machine_arn, sw_str name, sw_str uuid)
{
    return retype(arena, machine_arn, "express",
                  sw_str_format(arena, "%.*s:%.*s", SW_STR_ARG(name), SW_STR_ARG(uuid)));
}

sw_str sw_arn_of_map_run(sw_arena *arena, sw_str machine_arn, sw_str label, sw_str uuid)
{
    sw_arn arn;
    if (!sw_arn_parse(machine_arn, &arn))
        return (sw_str){"", 0};
    return sw_str_format(arena, "%.*smapRun:%.*s/%.*s:%.*s",
                         (int)(arn.type.text - machine_arn.text), machine_arn.text,
                         SW_STR_ARG(arn.name), SW_STR_ARG(label), SW_STR_ARG(uuid));
}

sw_str sw_arn_of_children(sw_arena *arena, sw_str map_run_arn)
{
    sw_arn arn;
    if (!sw_arn_parse(map_run_arn, &arn))
        return (sw_str){"", 0};
    return sw_str_format(arena, "%.*sstateMachine:%.*s/%.*s",
                         (int)(arn.type.text - map_run_arn.text), map_run_arn.text,
                         SW_STR_ARG(arn.name), SW_STR_ARG(arn.label));
}

sw_str sw_arn_machine_of(sw_arena *arena, const sw_arn *arn)
{
    size_t labelled = arn->label.bytes > 0 ? arn->label.bytes + 1 : 0;
    return sw_str_format(arena, "%.*sstateMachine:%.*s", (int)(arn->type.text - arn->whole.text),
                         arn->whole.text, (int)(arn->name.bytes + labelled), arn->name.text);
}

sw_str sw_arn_qualify(sw_arena *arena, sw_str machine_arn, sw_str qualifier)
{
    return sw_str_format(arena, "%.*s:%.*s", SW_STR_ARG(machine_arn), SW_STR_ARG(qualifier));
}

static bool point_is_allowed(uint32_t point)
{
    if (point <= 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0xfffe || point == 0xffff ||
        (point >= 0xd800 && point < 0xe000) || point == 0xa0 || point == 0x1680 ||
        (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
        point == 0x202f || point == 0x205f || point == 0x3000)
        return false;
    return point >= 0x80 || strchr("<>{}[]?*\"#%\\^|~`$&,;:/", (int)point) == NULL;
}

bool sw_name_is_valid(sw_str name)
{
    const char *at = name.text, *end = name.text + name.bytes;
    size_t      count = 0;
    while (at < end) {
        if (!point_is_allowed(sw_utf8_next(&at)) || ++count > 80)
            return false;
    }
    return count > 0;
}

bool sw_arn_is_callers(const sw_request *request, sw_str text)
{
    sw_arn arn;
    return sw_arn_parse(text, &arn) && sw_str_equal(arn.account, request->account) &&
           sw_str_equal(arn.region, request->region);
}
