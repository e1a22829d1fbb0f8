// reference.c: whether a path is a Reference Path.
//
// spec: "Reference Paths": names and indexes only, and none of the operators `@ , : ?`. We judge
// the text, not the steps: `$.['a']` and `$.a ` read the same as `$.a`, but are not of that form.

#include "query/jsonpath/path.h"

static bool ends_name(char c)
{
    return memchr(".[]()@,:?*'\" \t\r\n", c, 15) != NULL;
}

static size_t skip_blanks(sw_str text, size_t at)
{
    while (at < text.bytes && text.text[at] == ' ')
        at++;
    return at;
}

// Behind the closing quote, or the end of the text.
static size_t skip_quoted(sw_str text, size_t at)
{
    for (at++; at < text.bytes && text.text[at] != '\''; at++)
        at += text.text[at] == '\\';
    return at + 1;
}

static size_t skip_index(sw_str text, size_t at)
{
    while (at < text.bytes && text.text[at] >= '0' && text.text[at] <= '9')
        at++;
    return at;
}

// Each gives the place behind the component, or 0.
static size_t skip_bracket(sw_str text, size_t at)
{
    size_t inside = skip_blanks(text, at + 1);
    bool   quoted = inside < text.bytes && text.text[inside] == '\'';
    size_t end = quoted ? skip_quoted(text, inside) : skip_index(text, inside);
    if (end == inside)
        return 0;
    end = skip_blanks(text, end);
    return end < text.bytes && text.text[end] == ']' ? end + 1 : 0;
}

static size_t skip_dotted(sw_str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.bytes && !ends_name(text.text[end]))
        end++;
    return end > at + 1 ? end : 0;
}

bool is_reference_syntax(sw_str text)
{
    for (size_t at = 0; at < text.bytes;) {
        if (text.text[at] == '.')
            at = skip_dotted(text, at);
        else if (text.text[at] == '[')
            at = skip_bracket(text, at);
        else
            return false;
        if (at == 0)
            return false;
    }
    return true;
}
