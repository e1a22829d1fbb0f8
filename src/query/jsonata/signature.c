// signature.c: reading signatures, and matching arguments against them.
//
// Matching is that of a regular expression over the arguments' types, greedy with backtracking:
// each parameter takes one argument, `?` and `-` none or one, `+` one or more.

#include "query/jsonata/eval.h"

#define BIT(type) (uint8_t)(1u << (type))
#define MISSING   BIT(SW_UNDEFINED)
#define ANY       (uint8_t)0xff

// Reading -----------------------------------------------------------------------------------------

static uint8_t types_of(char symbol)
{
    switch (symbol) {
    case 's':
        return BIT(SW_STRING) | MISSING;
    case 'n':
        return BIT(SW_NUMBER) | MISSING;
    case 'b':
        return BIT(SW_BOOL) | MISSING;
    case 'l':
        return BIT(SW_NULL) | MISSING;
    case 'o':
        return BIT(SW_OBJECT) | MISSING;
    case 'a':
        return ANY;
    case 'f':
        return BIT(SW_FUNCTION);
    case 'j':
        return ANY & (uint8_t)~BIT(SW_FUNCTION);
    case 'x':
        return ANY;
    default:
        return 0;
    }
}

typedef struct reader {
    sw_compilation *c;
    sw_str          text;
    size_t          at;
    uint32_t        start;
    sw_signature   *signature;
    sw_parameter   *last;
} reader;

static void add_parameter(reader *r, char type, uint8_t types)
{
    r->last = &r->signature->parameters[r->signature->count++];
    *r->last = (sw_parameter){.types = types, .type = type};
}

static _Noreturn void fail(reader *r, const char *code, sw_value value)
{
    sw_compile_fail(
        r->c, (sw_fault){.code = code, .position = r->start + (uint32_t)r->at, .value = value});
}

// (sao): one of several types.
static void read_choice(reader *r)
{
    uint8_t types = MISSING;
    size_t  end = r->at + 1;
    while (end < r->text.bytes && r->text.text[end] != ')')
        end++;
    sw_str choice = {r->text.text + r->at + 1, end - r->at - 1};
    for (size_t i = 0; i < choice.bytes; i++) {
        if (choice.text[i] == '<')
            fail(r, "S0402", sw_string(choice));
        char symbol = choice.text[i];
        types |= symbol == 'a'                    ? BIT(SW_ARRAY)
                 : symbol == 'x' || symbol == 'j' ? 0
                                                  : types_of(symbol);
    }
    add_parameter(r, '(', types);
    r->at = end;
}

// <n> behind a or f: what is in it.
static void read_subtype(reader *r)
{
    if (r->last == NULL || (r->last->type != 'a' && r->last->type != 'f')) {
        static const char symbols[] = "snbloxj";
        const char       *type = r->last == NULL ? "" : strchr(symbols, r->last->type);
        fail(r, "S0401", type == NULL ? sw_undefined() : sw_string((sw_str){type, *type != '\0'}));
    }
    size_t end = r->at + 1;
    for (int depth = 1; end < r->text.bytes; end++) {
        depth += r->text.text[end] == '<';
        depth -= r->text.text[end] == '>';
        if (depth == 0)
            break;
    }
    r->last->subtype_text = (sw_str){r->text.text + r->at + 1, end - r->at - 1};
    r->last->subtype = end > r->at + 1 ? r->text.text[r->at + 1] : 0;
    r->at = end;
}

static void read_symbol(reader *r, char symbol)
{
    switch (symbol) {
    case '-':
        if (r->last != NULL)
            r->last->context = r->last->optional = true;
        return;
    case '?':
        if (r->last != NULL)
            r->last->optional = true;
        return;
    case '+':
        if (r->last != NULL)
            r->last->repeated = true;
        return;
    case '(':
        read_choice(r);
        return;
    case '<':
        read_subtype(r);
        return;
    default:
        if (types_of(symbol) != 0)
            add_parameter(r, symbol, types_of(symbol));
    }
}

sw_signature *sw_signature_parse(sw_compilation *c, sw_str text, uint32_t start)
{
    sw_signature *signature = SW_ARENA_NEW(c->arena, sw_signature);
    signature->parameters = SW_ARENA_ARRAY(c->arena, sw_parameter, text.bytes + 1);
    reader r = {.c = c, .text = text, .at = 1, .start = start, .signature = signature};
    for (; r.at < text.bytes && text.text[r.at] != ':' && text.text[r.at] != '>'; r.at++)
        read_symbol(&r, text.text[r.at]);
    return signature;
}

// Matching ----------------------------------------------------------------------------------------

typedef struct matcher {
    const sw_signature *signature;
    const sw_value     *arguments;
    uint32_t            count;
    uint32_t           *taken; // arguments for each parameter
} matcher;

static bool fits(const sw_parameter *p, sw_value v)
{
    return (p->types & BIT(v.type)) != 0;
}

// Whether parameters from p on match the arguments from a on, all of them.
static bool match(matcher *m, uint32_t p, uint32_t a)
{
    if (p == m->signature->count)
        return a == m->count;
    const sw_parameter *parameter = &m->signature->parameters[p];
    uint32_t            most = parameter->repeated ? m->count - a : 1, length = 0;
    while (length < most && a + length < m->count && fits(parameter, m->arguments[a + length]))
        length++;
    for (;; length--) {
        m->taken[p] = length;
        if ((length > 0 || parameter->optional) && match(m, p + 1, a + length))
            return true;
        if (length == 0)
            return false;
    }
}

static const char *type_plural(char symbol)
{
    switch (symbol) {
    case 'a':
        return "arrays";
    case 'b':
        return "booleans";
    case 'f':
        return "functions";
    case 'n':
        return "numbers";
    case 'o':
        return "objects";
    case 's':
        return "strings";
    default:
        return NULL;
    }
}

static bool items_are(sw_value array, char subtype)
{
    if (array.size == 0)
        return true;
    uint8_t types = types_of(subtype) & (uint8_t)~MISSING;
    if (subtype == 'a')
        types = BIT(SW_ARRAY);
    if (subtype == 'x' || subtype == 'j') // never equals the type of an item
        return false;
    for (uint32_t i = 0; i < array.size; i++) {
        if ((types & BIT(array.items[i].type)) == 0)
            return false;
    }
    return true;
}

static sw_value as_array(sw_eval *ev, const sw_parameter *p, sw_value v, uint32_t index)
{
    if (v.type == SW_UNDEFINED)
        return v;
    bool ok = true;
    if (p->subtype != 0)
        ok = v.type == SW_ARRAY
                 ? items_are(v, p->subtype)
                 : p->subtype_text.bytes == 1 && p->subtype != 'a' &&
                       (types_of(p->subtype) & BIT(v.type)) != 0 && types_of(p->subtype) != ANY;
    if (!ok)
        sw_eval_fail(ev, (sw_fault){.code = "T0412",
                                    .position = SW_NO_POSITION,
                                    .value = v,
                                    .index = index + 1,
                                    .type = type_plural(p->subtype)});
    return v.type == SW_ARRAY ? v : sw_array_of_one(ev, v, 0);
}

// The first argument at which matching stops.
static _Noreturn void fail_match(sw_eval *ev, matcher *m)
{
    uint32_t     good = 0;
    sw_signature part = *m->signature;
    for (part.count = 1; part.count <= m->signature->count; part.count++) {
        matcher  prefix = *m;
        bool     matched = false;
        uint32_t length = m->count + 1;
        prefix.signature = &part;
        while (!matched && length-- > 0) {
            prefix.count = length;
            matched = match(&prefix, 0, 0);
        }
        if (!matched)
            break;
        good = length;
    }
    sw_eval_fail(ev, (sw_fault){.code = "T0410",
                                .position = SW_NO_POSITION,
                                .value = good < m->count ? m->arguments[good] : sw_undefined(),
                                .index = good + 1});
}

static sw_value from_context(sw_eval *ev, const sw_parameter *p, sw_value input, uint32_t index)
{
    if (fits(p, input))
        return input;
    sw_eval_fail(
        ev, (sw_fault){
                .code = "T0411", .position = SW_NO_POSITION, .value = input, .index = index + 1});
}

static void complete(sw_eval *ev, matcher *m, sw_value input, sw_value *out, uint32_t *count)
{
    uint32_t a = 0, n = 0;
    for (uint32_t i = 0; i < m->signature->count; i++) {
        const sw_parameter *p = &m->signature->parameters[i];
        sw_value            first = a < m->count ? m->arguments[a] : sw_undefined();
        if (m->taken[i] == 0) {
            bool taken_over = p->context;
            out[n++] = taken_over ? from_context(ev, p, input, a) : first;
            a += !taken_over;
        }
        // The reference hands a repeated parameter that is no array the first argument each time.
        for (uint32_t k = 0; k < m->taken[i]; k++, a++)
            out[n++] = p->type == 'a' ? as_array(ev, p, m->arguments[a], a) : first;
    }
    *count = n;
}

static void validate_slowly(sw_eval *ev, const sw_signature *signature, const sw_value *arguments,
                            uint32_t argument_count, sw_value input, const sw_value **validated,
                            uint32_t *count)
{
    uint32_t small[16];
    matcher  m = {
         .signature = signature, .arguments = arguments, .count = argument_count, .taken = small};
    if (signature->count > 16)
        m.taken = SW_ARENA_ARRAY(ev->arena, uint32_t, signature->count);
    if (!match(&m, 0, 0))
        fail_match(ev, &m);
    uint32_t  room = signature->count + argument_count + SW_ARGUMENTS_MIN;
    sw_value *out = SW_ARENA_ARRAY(ev->arena, sw_value, room);
    complete(ev, &m, input, out, count);
    for (uint32_t i = *count; i < room; i++)
        out[i] = sw_undefined();
    *validated = out;
}

// Most calls give each parameter one argument of its type, and nothing has to be built.
static bool fits_plainly(const sw_signature *signature, const sw_value *arguments, uint32_t count)
{
    if (count > signature->count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const sw_parameter *p = &signature->parameters[i];
        if (!fits(p, arguments[i]) || p->repeated)
            return false;
        if (p->type == 'a' && (arguments[i].type != SW_ARRAY ||
                               (p->subtype != 0 && !items_are(arguments[i], p->subtype))))
            return false;
    }
    for (uint32_t i = count; i < signature->count; i++) {
        if (!signature->parameters[i].optional || signature->parameters[i].context)
            return false;
    }
    return true;
}

void sw_signature_validate(sw_eval *ev, const sw_signature *signature, const sw_value *arguments,
                           uint32_t argument_count, sw_value input, const sw_value **validated,
                           uint32_t *count)
{
    *validated = arguments;
    *count = argument_count;
    if (!fits_plainly(signature, arguments, argument_count))
        validate_slowly(ev, signature, arguments, argument_count, input, validated, count);
}
