// bracket.c: what stands between brackets: names, indexes, slices, filters.
//
// The first character that means something decides, wherever it stands: `?` a filter, a single
// quote names, and a digit, `:`, `-` or `@` numbers. Everything in front of it is skipped. (Jayway
// 2.0's way.)

#include "query/jsonpath/path.h"

// Names -------------------------------------------------------------------------------------------

// Collects what stands between quotes up to the first `]`. open: whether a quote stands in front of
// text; then one is thought behind its end, too.
static const sw_str *collect_names(parser *p, sw_str text, bool open, uint32_t *count)
{
    size_t quotes = 2, start = 0, at = 0;
    for (size_t i = 0; i < text.bytes; i++)
        quotes += text.text[i] == '\'';
    sw_str *names = SW_ARENA_ARRAY(p->arena, sw_str, quotes / 2 + 1);
    bool    dotted = open;
    *count = 0;
    for (; at < text.bytes && text.text[at] != ']'; at++) {
        if (text.text[at] != '\'')
            continue;
        if (open)
            names[(*count)++] = (sw_str){text.text + start, at - start};
        open = !open;
        start = at + 1;
    }
    if (at == text.bytes && dotted && open)
        names[(*count)++] = (sw_str){text.text + start, at - start};
    return names;
}

static bool set_names(parser *p, step *s, const sw_str *names, uint32_t count)
{
    if (count > STEPS_MAX)
        return parse_fail(p, names[0].text, "At most %u names fit into brackets", STEPS_MAX);
    s->kind = count == 1 ? STEP_NAME : STEP_NAMES;
    s->count = count;
    if (count == 1)
        s->name = names[0];
    else
        s->names = names;
    return true;
}

bool parse_dotted(parser *p, sw_str text, step *s)
{
    if (memchr(text.text, '\'', text.bytes) == NULL && memchr(text.text, ']', text.bytes) == NULL) {
        s->kind = STEP_NAME;
        s->count = 1;
        s->name = text;
        return true;
    }
    uint32_t      count;
    const sw_str *names = collect_names(p, text, true, &count);
    return set_names(p, s, names, count);
}

static bool parse_quoted(parser *p, sw_str text, step *s)
{
    uint32_t count;
    if (memchr(text.text, ']', text.bytes) == NULL)
        return parse_fail(p, text.text + text.bytes, "Property has not been closed - missing ']'");
    const sw_str *names = collect_names(p, text, false, &count);
    return set_names(p, s, names, count);
}

// Numbers -----------------------------------------------------------------------------------------

typedef struct numbers {
    parser     *p;
    const char *at, *end; // the text
    int32_t    *items;
    uint32_t    count;
    const char *piece; // where the digits of the number that is being read began; NULL: none yet
    char        digits[16];
    uint32_t    digit_count; // may pass the room: then it is no number
    bool        list, slice, slice_from, slice_to;
} numbers;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void take_digit(numbers *n)
{
    if (n->piece == NULL)
        n->piece = n->at;
    if (n->digit_count < sizeof n->digits)
        n->digits[n->digit_count] = *n->at;
    n->digit_count++;
}

// Integer.parseInt of the digits taken.
static bool end_number(numbers *n)
{
    const char *text = n->digits;
    uint32_t    count = n->digit_count, i = count > 0 && text[0] == '-';
    int64_t     value = 0;
    bool        valid = i < count;
    // Zeros in front may make a number long.
    for (; valid && i < count; i++) {
        valid = i < sizeof n->digits && is_digit(text[i]);
        if (valid)
            value = value * 10 + (text[i] - '0');
        valid = valid && value <= (int64_t)INT32_MAX + 1;
    }
    if (count > 0 && text[0] == '-')
        value = -value;
    if (!valid || value > INT32_MAX)
        return parse_fail(n->p, n->piece != NULL ? n->piece : n->at, "Not a whole number");
    n->items[n->count++] = (int32_t)value;
    n->digit_count = 0;
    n->piece = NULL;
    return true;
}

static char current(const numbers *n)
{
    return n->at < n->end ? *n->at : '\0';
}

static void take_bound(numbers *n)
{
    for (; is_digit(current(n)) || current(n) == ' ' || current(n) == '-'; n->at++) {
        if (*n->at != ' ')
            take_digit(n);
    }
}

// At a colon: `:2` or `1:` or `1:2`. A step behind a second colon is read like a number more, and
// means nothing.
static bool parse_slice(numbers *n)
{
    bool to = n->digit_count == 0;
    if (!to && !end_number(n))
        return false;
    n->at++;
    take_bound(n);
    if (to) {
        n->slice_to = true;
        return end_number(n);
    }
    if (n->digit_count == 0) {
        n->slice_from = true;
        return true;
    }
    n->slice = true;
    return end_number(n);
}

static bool is_sequence_part(char c)
{
    return is_digit(c) || c == ',' || c == ' ' || c == ':' || c == '-';
}

static bool parse_list_item(numbers *n)
{
    n->list = true;
    return end_number(n);
}

static bool parse_number_sequence(numbers *n)
{
    while (is_sequence_part(current(n))) {
        char c = *n->at;
        if (c == ':' && !parse_slice(n))
            return false;
        if (c == ',' && !parse_list_item(n))
            return false;
        if (is_digit(c) || c == '-')
            take_digit(n);
        if (current(n) == ']')
            break;
        if (n->at < n->end)
            n->at++; // behind a slice this passes over what ended it, whatever that is
    }
    if (n->at >= n->end)
        return parse_fail(n->p, n->end, "Bracket is not closed");
    return n->digit_count == 0 || end_number(n);
}

// [(@.length-1)] and [(@.size()-1)]: a place counted from the end.
static bool parse_from_end(numbers *n)
{
    char     word[8] = "";
    uint32_t length = 0;
    for (n->at += 2; n->at < n->end && *n->at != '-'; n->at++) {
        if (strchr(" ()", *n->at) == NULL && length < sizeof word)
            word[length++] = *n->at;
    }
    bool known = (length == 4 && memcmp(word, "size", 4) == 0) ||
                 (length == 6 && memcmp(word, "length", 6) == 0);
    if (!known || n->at >= n->end)
        return parse_fail(n->p, n->at < n->end ? n->at : n->end,
                          "Only [(@.length - n)] and [(@.size() - n)] are supported");
    for (; n->at < n->end && *n->at != ')'; n->at++) {
        if (*n->at != ' ')
            take_digit(n);
    }
    if (n->at >= n->end)
        return parse_fail(n->p, n->end, "Bracket is not closed");
    return end_number(n);
}

static step_kind kind_of_numbers(const numbers *n)
{
    if (n->count == 1 && !n->slice_to && !n->slice_from)
        return STEP_INDEX;
    if (n->list)
        return STEP_INDEXES;
    if (n->slice_from)
        return STEP_SLICE_FROM;
    return n->slice_to ? STEP_SLICE_TO : STEP_SLICE;
}

static bool parse_numbers(parser *p, sw_str text, step *s)
{
    numbers n = {.p = p, .at = text.text, .end = text.text + text.bytes};
    n.items = SW_ARENA_ARRAY(p->arena, int32_t, text.bytes + 1);
    bool from_end = text.text[0] == '@';
    if (from_end ? !parse_from_end(&n) : !parse_number_sequence(&n))
        return false;
    if (n.count == 0)
        return parse_fail(p, text.text, "Could not parse the brackets");
    s->kind = from_end ? STEP_FROM_END : kind_of_numbers(&n);
    s->count = n.count;
    s->indexes = n.items;
    s->index = n.items[0];
    return true;
}

// Brackets ----------------------------------------------------------------------------------------

// [?] or [?,?]: places for filters that a program gives, which nobody does here.
static bool is_placeholder(sw_str text)
{
    size_t at = 1;
    while (at < text.bytes && strchr(" \t\r\n\f\v", text.text[at]) != NULL)
        at++;
    if (at >= text.bytes || text.text[at] != '?')
        return false;
    while (at < text.bytes && text.text[at] != '\0' &&
           strchr(" \t\r\n\f\v,*?", text.text[at]) != NULL)
        at++;
    return at + 1 == text.bytes && text.text[at] == ']';
}

// Brackets in front of a filter's own are skipped.
static sw_str from_last_bracket(sw_str text, size_t at)
{
    while (text.text[at] != '[')
        at--;
    return (sw_str){text.text + at, text.bytes - at};
}

bool parse_bracket(parser *p, sw_str text, step *s)
{
    if (text.bytes == 3 && memcmp(text.text, "[*]", 3) == 0) {
        s->kind = STEP_WILDCARD;
        return true;
    }
    s->kind = STEP_FILTER;
    if (is_placeholder(text))
        return true;
    for (size_t i = 0; i < text.bytes; i++) {
        char   c = text.text[i];
        sw_str rest = {text.text + i, text.bytes - i};
        if (c == '?')
            return parse_filter(p, from_last_bracket(text, i), &s->filter);
        if (c == '\'')
            return parse_quoted(p, rest, s);
        if (is_digit(c) || c == ':' || c == '-' || c == '@')
            return parse_numbers(p, rest, s);
    }
    return parse_fail(p, text.text, "Could not parse the brackets");
}
