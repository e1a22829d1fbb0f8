// filter_parse.c: [?(@.a == 1 && !@.b)] to a row of criteria.
//
// Jayway 2.0 splits at && and ||, even inside quotes, throws the parentheses away and takes the
// first operator of its list that it finds. So `(a || b) && c` means a || (b && c), a text in
// double quotes keeps its quotes, and there is no `in`. Definitions that AWS takes are written for
// that.

#include "query/jsonpath/path.h"

#include "query/jsonpath/java.h"
#include "query/jsonpath/regex.h"

// From the bracket to the `]` that closes the filter, quotes and parentheses respected.
static bool find_filter_end(parser *p, sw_str text, size_t *end)
{
    bool quoted = false;
    int  round = 0, square = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.text[i];
        if (c == '\'' && (i == 0 || text.text[i - 1] != '\\'))
            quoted = !quoted;
        if (quoted)
            continue;
        round += (c == '(') - (c == ')');
        square += (c == '[') - (c == ']');
        if (c == ']' && round == 0) {
            *end = i + 1;
            return square == 0 || parse_fail(p, text.text + i, "Filter brackets are not balanced");
        }
    }
    return parse_fail(p, text.text + text.bytes, "Filter is not closed");
}

static sw_str cut(sw_str text, size_t from, size_t behind)
{
    return (sw_str){text.text + from, text.bytes - from - behind};
}

// [?(inner)] -> inner
static bool unwrap(parser *p, sw_str text, sw_str *inner)
{
    text = sw_java_trim(cut(text, 1, 1));
    if (text.bytes == 0 || text.text[0] != '?')
        return parse_fail(p, text.text, "Filter must start with '[?'");
    text = sw_java_trim(cut(text, 1, 0));
    if (text.bytes < 2 || text.text[0] != '(' || text.text[text.bytes - 1] != ')')
        return parse_fail(p, text.text, "Filter must start with '[?(' and end with ')]'");
    *inner = sw_java_trim(cut(text, 1, 1));
    return true;
}

// Sides -------------------------------------------------------------------------------------------

static bool is_quoted(sw_str text)
{
    return text.bytes > 0 && text.text[0] == '\'' && text.text[text.bytes - 1] == '\'';
}

static bool is_pattern(sw_str text)
{
    if (text.bytes < 2 || text.text[0] != '/')
        return false;
    char last = text.text[text.bytes - 1];
    return last == '/' || (last == 'i' && text.text[text.bytes - 2] == '/' && text.bytes > 2);
}

static bool parse_pattern(parser *p, sw_str text, operand *side)
{
    bool ignore_case = text.text[text.bytes - 1] == 'i';
    side->kind = OPERAND_PATTERN;
    return regex_compile(p, cut(text, 1, 1 + ignore_case), ignore_case, &side->pattern);
}

static bool parse_operand_path(parser *p, sw_str text, operand *side)
{
    sw_jsonpath *path = SW_ARENA_NEW(p->arena, sw_jsonpath);
    path->of_item = text.text[0] == '@';
    path->text = text;
    side->kind = OPERAND_PATH;
    side->path = path;
    if (!parse_steps(p, cut(text, 1, 0), path))
        return false;
    return path->definite || parse_fail(p, text.text, "The predicate path is not definite");
}

static bool parse_operand(parser *p, sw_str text, operand *side)
{
    if (sw_str_begins(text, "$") || sw_str_begins(text, "@"))
        return parse_operand_path(p, text, side);
    if (is_pattern(text))
        return parse_pattern(p, text, side);
    side->kind = OPERAND_TEXT;
    // One quote or slash alone would be both ends.
    if (text.bytes == 1 && (text.text[0] == '\'' || text.text[0] == '/'))
        return parse_fail(p, text.text, "Text is not closed");
    side->text = is_quoted(text) ? cut(text, 1, 1) : text;
    if (!sw_json_parse(p->arena, side->text, 0, &side->number, NULL) ||
        side->number.type != SW_NUMBER)
        side->number = sw_undefined();
    return true;
}

// Criteria ----------------------------------------------------------------------------------------

static const struct {
    operator_kind kind;
    const char   *spelling;
} operators[] = {
#define OPERATOR(id, spelling) {OPERATOR_##id, spelling},
#include "query/jsonpath/operators.def"
#undef OPERATOR
};

// Where piece, which is short, stands first; NULL: nowhere.
static const char *find(sw_str text, const char *piece)
{
    size_t bytes = strlen(piece);
    for (size_t i = 0; i + bytes <= text.bytes; i++) {
        if (memcmp(text.text + i, piece, bytes) == 0)
            return text.text + i;
    }
    return NULL;
}

// The parentheses around and between criteria, taken away.
static sw_str clean(sw_str text)
{
    while (text.bytes > 0 && strchr("[?( ", text.text[0]) != NULL && text.text[0] != '\0')
        text = cut(text, 1, 0);
    while (text.bytes > 0 && strchr(") ", text.text[text.bytes - 1]) != NULL &&
           text.text[text.bytes - 1] != '\0')
        text = cut(text, 0, 1);
    return text;
}

static bool parse_existence(parser *p, sw_str text, criterion *c)
{
    bool absent = sw_str_begins(text, "!@");
    if (!absent && !sw_str_begins(text, "@") && !sw_str_begins(text, "$"))
        return parse_fail(p, text.text, "Expected a path or a comparison");
    c->operator= absent ? OPERATOR_ABSENT : OPERATOR_EXISTS;
    return parse_operand_path(p, cut(text, absent, 0), &c->left);
}

static bool parse_comparison(parser *p, sw_str text, const char *at, size_t operator_bytes,
                             criterion *c)
{
    size_t before = (size_t)(at - text.text);
    sw_str left = sw_java_trim(cut(text, 0, text.bytes - before));
    sw_str right = sw_java_trim(cut(text, before + operator_bytes, 0));
    if (sw_str_begins(right, "!@"))
        return parse_fail(p, right.text,
                          "Invalid negation! Can only be used for existence check "
                          "e.g [?(!@.foo)]");
    // In front of a comparison the negation is read and forgotten.
    if (sw_str_begins(left, "!@"))
        left = cut(left, 1, 0);
    return parse_operand(p, left, &c->left) && parse_operand(p, right, &c->right);
}

static bool parse_criterion(parser *p, sw_str text, criterion *c)
{
    *c = (criterion){0};
    text = sw_java_trim(clean(text));
    if (text.bytes == 0)
        return parse_fail(p, text.text, "Expected a path or a comparison");
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const char *at = find(text, operators[i].spelling);
        if (at == NULL)
            continue;
        c->operator= operators[i].kind;
        return parse_comparison(p, text, at, strlen(operators[i].spelling), c);
    }
    return parse_existence(p, text, c);
}

// Whether && or || stands at at.
static bool is_conjunction(sw_str text, size_t at)
{
    return at + 2 <= text.bytes && text.text[at] == text.text[at + 1] &&
           (text.text[at] == '&' || text.text[at] == '|');
}

static size_t count_conjunctions(sw_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.bytes; i++)
        count += is_conjunction(text, i);
    return count;
}

// Fills criteria from its end: what is written last is evaluated first.
static bool parse_row(parser *p, sw_str text, criterion *criteria, size_t room, size_t *first)
{
    bool   or_follows = true;
    size_t start = 0, at = room;
    for (size_t i = 0; i <= text.bytes; i++) {
        bool ends = i == text.bytes;
        if (!ends && !is_conjunction(text, i))
            continue;
        if (is_conjunction(text, i + 1))
            return parse_fail(p, text.text + i, "Expected a path or a comparison");
        criterion *c = &criteria[--at];
        if (!parse_criterion(p, (sw_str){text.text + start, i - start}, c))
            return false;
        // A row ends, in the order of evaluation, with what stands behind an || in the text.
        c->ends_group = or_follows;
        or_follows = !ends && text.text[i] == '|';
        start = i + 2;
        i += !ends;
    }
    *first = at;
    return true;
}

bool parse_filter(parser *p, sw_str text, const filter **result)
{
    size_t end = 0, first = 0;
    sw_str inner = {0};
    if (!find_filter_end(p, text, &end) || !unwrap(p, (sw_str){text.text, end}, &inner))
        return false;
    size_t     room = count_conjunctions(inner) + 1;
    criterion *criteria = SW_ARENA_ARRAY(p->arena, criterion, room);
    if (!parse_row(p, inner, criteria, room, &first))
        return false;
    filter *made = SW_ARENA_NEW(p->arena, filter);
    made->criteria = criteria + first;
    made->count = (uint32_t)(room - first);
    *result = made;
    return true;
}
