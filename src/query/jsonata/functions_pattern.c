// functions_pattern.c: functions that take a pattern: a string, a regular expression, or any
// function that matches.
//
// A scan runs over the matches of either. Regular expressions are asked directly; another function
// is called as the language describes: it returns {match, start, end, groups, next}.

#include "query/jsonata/functions.h"
#include "query/jsonata/regex.h"

#include "base/utf8.h"

#include <math.h>

typedef struct scan {
    sw_eval        *ev;
    sw_str          text;
    const sw_regex *regex;    // NULL: by function
    sw_value        function; // to be called next
    bool            first;
    bool            has_units;                    // positions in units differ from bytes
    size_t          counted_bytes, counted_units; // up to here
    // The match found last.
    sw_regex_match match;
    sw_value       result;     // of a function
    size_t         start, end; // bytes
} scan;

static void scan_init(scan *s, sw_eval *ev, sw_str text, sw_value pattern)
{
    *s = (scan){.ev = ev, .text = text, .function = pattern, .first = true};
    const sw_function *function = sw_value_function(pattern);
    if (function->kind == SW_FUNCTION_REGEX)
        s->regex = function->regex;
    for (size_t i = 0; i < text.bytes && !s->has_units; i++)
        s->has_units = (unsigned char)text.text[i] >= 0x80;
}

// Bytes to UTF-16 units; asked for rising offsets.
static size_t units_at(scan *s, size_t offset)
{
    if (!s->has_units)
        return offset;
    if (offset < s->counted_bytes)
        s->counted_bytes = s->counted_units = 0;
    s->counted_units +=
        sw_units((sw_str){s->text.text + s->counted_bytes, offset - s->counted_bytes});
    s->counted_bytes = offset;
    return s->counted_units;
}

// Units to bytes.
static size_t bytes_at(const scan *s, double units)
{
    const char *at = s->text.text, *end = at + s->text.bytes;
    if (!(units > 0))
        return 0;
    if (!s->has_units)
        return units < (double)s->text.bytes ? (size_t)units : s->text.bytes;
    while (at < end && units >= 1)
        units -= sw_utf8_next(&at) >= 0x10000 ? 2 : 1;
    return (size_t)(at - s->text.text);
}

static bool is_match(sw_value v)
{
    sw_value start = sw_value_get(v, SW_STR("start")), end = sw_value_get(v, SW_STR("end"));
    sw_value groups = sw_value_get(v, SW_STR("groups")), next = sw_value_get(v, SW_STR("next"));
    return start.type == SW_NUMBER || end.type == SW_NUMBER || groups.type == SW_ARRAY ||
           next.type == SW_FUNCTION;
}

static bool call_matcher(scan *s)
{
    sw_value arguments[SW_ARGUMENTS_MIN] = {sw_string(s->text)};
    if (s->function.type != SW_FUNCTION)
        return false;
    s->result = sw_apply(s->ev, s->function, arguments, s->first ? 1 : 0, sw_null());
    sw_eval_step(s->ev);
    if (s->result.type == SW_UNDEFINED || s->result.type == SW_NULL)
        return false;
    if (!is_match(s->result))
        sw_eval_fail_value(s->ev, "T1010", sw_undefined());
    s->function = sw_value_get(s->result, SW_STR("next"));
    sw_value start = sw_value_get(s->result, SW_STR("start")),
             end = sw_value_get(s->result, SW_STR("end"));
    s->start = start.type == SW_NUMBER ? bytes_at(s, sw_double(start)) : 0;
    s->end = end.type == SW_NUMBER ? bytes_at(s, sw_double(end)) : s->text.bytes;
    return true;
}

static bool scan_next(scan *s)
{
    bool found;
    if (s->regex == NULL) {
        found = call_matcher(s);
    } else {
        found = (s->first || s->end < s->text.bytes) &&
                sw_regex_find(s->ev, s->regex, s->text, s->first ? 0 : s->end, &s->match);
        // After an empty first match the next attempt is at the same place, empty again, and an
        // error.
        if (found && !s->first && s->match.end == s->match.start)
            sw_eval_fail_value(s->ev, "D1004", sw_string(sw_regex_source(s->regex)));
        s->start = found ? s->match.start : s->start;
        s->end = found ? s->match.end : s->end;
    }
    s->first = false;
    return found;
}

static sw_value scan_matched(const scan *s)
{
    if (s->regex == NULL)
        return sw_value_get(s->result, SW_STR("match"));
    return sw_string((sw_str){s->text.text + s->start, s->end - s->start});
}

static sw_value scan_groups(const scan *s)
{
    return s->regex == NULL ? sw_value_get(s->result, SW_STR("groups"))
                            : sw_regex_groups(s->ev, s->text, &s->match);
}

// Limits ------------------------------------------------------------------------------------------

static double limit_of(sw_eval *ev, sw_value v, const char *code, uint32_t index)
{
    if (v.type != SW_NUMBER)
        return INFINITY;
    if (sw_double(v) < 0)
        sw_eval_fail(
            ev, (sw_fault){.code = code, .position = SW_NO_POSITION, .value = v, .index = index});
    return sw_double(v);
}

// $match, $contains, $split -----------------------------------------------------------------------

SW_BUILTIN(sw_fn_match)
{
    sw_list list = {0};
    scan    s;
    if (arguments[0].type == SW_UNDEFINED)
        return arguments[0];
    double limit = limit_of(ev, arguments[2], "D3040", 3);
    scan_init(&s, ev, sw_value_str(arguments[0]), arguments[1]);
    while (list.count < limit && scan_next(&s)) {
        sw_value *pairs, match = sw_object_build(ev->arena, 3, &pairs);
        pairs[0] = sw_string_plain(SW_STR("match"));
        pairs[1] = scan_matched(&s);
        pairs[2] = sw_string_plain(SW_STR("index"));
        pairs[3] = sw_number((double)units_at(&s, s.start));
        pairs[4] = sw_string_plain(SW_STR("groups"));
        pairs[5] = scan_groups(&s);
        sw_list_push(ev, &list, match);
        // The reference looks for the match behind the last one wanted before it counts.
        if (list.count >= limit)
            scan_next(&s);
    }
    return sw_list_array(ev, &list, SW_VALUE_SEQUENCE);
}

SW_BUILTIN(sw_fn_contains)
{
    size_t at;
    scan   s;
    if (arguments[0].type == SW_UNDEFINED || arguments[1].type == SW_UNDEFINED)
        return sw_undefined();
    if (arguments[1].type == SW_STRING)
        return sw_bool(sw_find(sw_value_str(arguments[0]), 0, sw_value_str(arguments[1]), &at));
    scan_init(&s, ev, sw_value_str(arguments[0]), arguments[1]);
    return sw_bool(scan_next(&s));
}

static void add_part(sw_eval *ev, sw_list *list, sw_str text, size_t from, size_t to)
{
    sw_list_push(ev, list, sw_string((sw_str){text.text + from, to > from ? to - from : 0}));
}

// Each UTF-16 unit by itself: pairs fall apart, as in JavaScript.
static void split_units(sw_eval *ev, sw_list *list, sw_str text, double limit)
{
    const char *at = text.text, *end = at + text.bytes;
    while (at < end && list->count < limit) {
        const char *start = at;
        uint32_t    point = sw_utf8_next(&at);
        if (point < 0x10000) {
            sw_list_push(ev, list, sw_string((sw_str){start, (size_t)(at - start)}));
            continue;
        }
        char *halves = sw_arena_alloc(ev->arena, 8);
        char *second = sw_utf8_put(halves, 0xd800 + ((point - 0x10000) >> 10));
        sw_utf8_put(second, 0xdc00 + (point & 0x3ff));
        sw_list_push(ev, list, sw_string((sw_str){halves, 3}));
        if (list->count < limit)
            sw_list_push(ev, list, sw_string((sw_str){second, 3}));
    }
}

static void split_by_string(sw_eval *ev, sw_list *list, sw_str text, sw_str separator, double limit)
{
    size_t from = 0, at;
    if (separator.bytes == 0) {
        split_units(ev, list, text, limit);
        return;
    }
    while (list->count < limit && sw_find(text, from, separator, &at)) {
        add_part(ev, list, text, from, at);
        from = at + separator.bytes;
    }
    if (list->count < limit)
        add_part(ev, list, text, from, text.bytes);
}

static void split_by_pattern(sw_eval *ev, sw_list *list, sw_str text, sw_value pattern,
                             double limit)
{
    scan   s;
    size_t from = 0;
    scan_init(&s, ev, text, pattern);
    bool found = scan_next(&s);
    while (found && list->count < limit) {
        add_part(ev, list, text, from, s.start);
        from = s.end;
        found = scan_next(&s);
    }
    if (list->count < limit)
        add_part(ev, list, text, from, text.bytes);
}

SW_BUILTIN(sw_fn_split)
{
    sw_list list = {0};
    if (arguments[0].type == SW_UNDEFINED)
        return arguments[0];
    double limit = limit_of(ev, arguments[2], "D3020", 3);
    sw_str text = sw_value_str(arguments[0]);
    if (arguments[1].type == SW_STRING)
        split_by_string(ev, &list, text, sw_value_str(arguments[1]), trunc(limit));
    else if (arguments[1].type == SW_FUNCTION && limit > 0)
        split_by_pattern(ev, &list, text, arguments[1], limit);
    else if (limit > 0)
        add_part(ev, &list, text, 0, text.bytes);
    return sw_list_array(ev, &list, 0);
}

// $replace ----------------------------------------------------------------------------------------

static size_t count_digits(size_t number)
{
    size_t digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

// The decimal at the start of text, at most max digits; false when there is none.
static bool read_number(sw_str text, size_t max, size_t *number)
{
    size_t i = 0;
    *number = 0;
    for (; i < max && i < text.bytes && text.text[i] >= '0' && text.text[i] <= '9'; i++)
        *number = *number * 10 + (size_t)(text.text[i] - '0');
    return i > 0;
}

// $1 and the like; rest begins behind the dollar. Returns how much of it was used.
static size_t add_group(sw_text *out, sw_str rest, sw_value groups)
{
    size_t most = groups.size == 0 ? 1 : count_digits(groups.size), number;
    bool   found = read_number(rest, most, &number);
    if (found && most > 1 && number > groups.size)
        found = read_number(rest, most - 1, &number);
    if (!found) {
        sw_text_put(out, '$');
        return 0;
    }
    if (number >= 1 && number <= groups.size && groups.items[number - 1].type == SW_STRING)
        sw_text_add(out, sw_value_str(groups.items[number - 1]));
    return count_digits(number);
}

static void add_template(sw_text *out, sw_str template, const scan *s)
{
    sw_value groups = scan_groups(s);
    if (groups.type != SW_ARRAY)
        groups = sw_empty_array(0);
    for (size_t i = 0; i < template.bytes;) {
        char c = template.text[i++];
        if (c != '$') {
            sw_text_put(out, c);
        } else if (i < template.bytes && template.text[i] == '$') {
            sw_text_put(out, '$');
            i++;
        } else if (i < template.bytes && template.text[i] == '0') {
            sw_value matched = scan_matched(s);
            if (matched.type == SW_STRING)
                sw_text_add(out, sw_value_str(matched));
            i++;
        } else {
            i += add_group(out, (sw_str){template.text + i, template.bytes - i}, groups);
        }
    }
}

// The match as the object that a replacing function is given.
static sw_value match_object(const scan *s)
{
    if (s->regex == NULL)
        return s->result;
    sw_value *pairs, match = sw_object_build(s->ev->arena, 4, &pairs);
    scan      copy = *s;
    pairs[0] = sw_string_plain(SW_STR("match"));
    pairs[1] = scan_matched(s);
    pairs[2] = sw_string_plain(SW_STR("start"));
    pairs[3] = sw_number((double)units_at(&copy, s->start));
    pairs[4] = sw_string_plain(SW_STR("end"));
    pairs[5] = sw_number((double)units_at(&copy, s->end));
    pairs[6] = sw_string_plain(SW_STR("groups"));
    pairs[7] = scan_groups(s);
    return match;
}

static void add_replacement(sw_text *out, scan *s, sw_value replacement)
{
    if (replacement.type == SW_STRING) {
        add_template(out, sw_value_str(replacement), s);
        return;
    }
    sw_value arguments[SW_ARGUMENTS_MIN] = {match_object(s)};
    sw_value text = replacement.type == SW_FUNCTION
                        ? sw_apply(s->ev, replacement, arguments, 1, sw_null())
                        : sw_undefined();
    if (text.type != SW_STRING)
        sw_eval_fail_value(s->ev, "D3012", text);
    sw_text_add(out, sw_value_str(text));
}

static void replace_pattern(sw_eval *ev, sw_text *out, sw_str text, const sw_value *arguments,
                            double limit)
{
    scan   s;
    size_t from = 0;
    double made = 0;
    scan_init(&s, ev, text, arguments[1]);
    bool found = scan_next(&s);
    for (; found && made < limit; made++) {
        if (s.start > from)
            sw_text_add(out, (sw_str){text.text + from, s.start - from});
        sw_regex_match kept = s.match; // a replacing function may match as well
        add_replacement(out, &s, arguments[2]);
        s.match = kept;
        sw_value matched = s.regex == NULL ? scan_matched(&s) : sw_undefined();
        from = s.regex != NULL             ? s.end
               : matched.type == SW_STRING ? s.start + matched.size
                                           : s.start;
        from = from > text.bytes ? text.bytes : from;
        found = scan_next(&s);
    }
    sw_text_add(out, (sw_str){text.text + from, text.bytes - from});
}

static void replace_string(sw_eval *ev, sw_text *out, sw_str text, const sw_value *arguments,
                           double limit)
{
    sw_str piece = sw_value_str(arguments[1]);
    size_t from = 0, at;
    for (double made = 0; made < limit && sw_find(text, from, piece, &at); made++) {
        sw_text_add(out, (sw_str){text.text + from, at - from});
        if (arguments[2].type != SW_STRING)
            sw_eval_fail_value(ev, "D3012", arguments[2]);
        sw_text_add(out, sw_value_str(arguments[2]));
        from = at + piece.bytes;
    }
    sw_text_add(out, (sw_str){text.text + from, text.bytes - from});
}

SW_BUILTIN(sw_fn_replace)
{
    if (arguments[0].type == SW_UNDEFINED)
        return arguments[0];
    if (arguments[1].type == SW_STRING && arguments[1].size == 0)
        sw_eval_fail(ev, (sw_fault){.code = "D3010",
                                    .position = SW_NO_POSITION,
                                    .value = arguments[1],
                                    .index = 2});
    double limit = limit_of(ev, arguments[3], "D3011", 4);
    sw_str text = sw_value_str(arguments[0]);
    if (!(limit > 0) || arguments[1].type == SW_UNDEFINED)
        return arguments[0];
    sw_text out;
    sw_text_init(&out, ev->arena, text.bytes + 32);
    if (arguments[1].type == SW_STRING)
        replace_string(ev, &out, text, arguments, limit);
    else
        replace_pattern(ev, &out, text, arguments, limit);
    return sw_text_value(&out);
}
