// texts.c: Format, StringSplit, UUID.

#include "query/intrinsic/call.h"

#include "query/jsonpath/java.h"

// Format ------------------------------------------------------------------------------------------

// Arguments print as Java's String.valueOf prints them: aws: an object gives {Arg1=1, Arg2=[]}.
static sw_value join(const call *c, const sw_str *pieces, uint32_t piece_count)
{
    sw_str *texts = SW_ARENA_ARRAY(c->arena, sw_str, piece_count);
    size_t  bytes = pieces[0].bytes;
    for (uint32_t i = 1; i < piece_count; i++) {
        texts[i] = sw_java_text(c->arena, c->arguments[i]);
        bytes += texts[i].bytes + pieces[i].bytes;
    }
    char *text = sw_arena_alloc(c->arena, bytes), *at = text;
    for (uint32_t i = 0; i < piece_count; i++) {
        if (i > 0 && texts[i].bytes > 0)
            at = (char *)memcpy(at, texts[i].text, texts[i].bytes) + texts[i].bytes;
        if (pieces[i].bytes > 0)
            at = (char *)memcpy(at, pieces[i].text, pieces[i].bytes) + pieces[i].bytes;
    }
    return sw_string((sw_str){text, bytes});
}

static bool is_escape(sw_str text, size_t at)
{
    return text.text[at] == '\\' && at + 1 < text.bytes &&
           memchr("'{}\\", text.text[at + 1], 4) != NULL;
}

// Cuts a template that only now is known, with the escapes that a written one may have. Other
// backslashes stay.
static uint32_t cut(const call *c, sw_str template, sw_str *pieces)
{
    char    *text = sw_arena_alloc(c->arena, template.bytes);
    size_t   bytes = 0, start = 0;
    uint32_t count = 0;
    for (size_t i = 0; i < template.bytes; i++) {
        bool placeholder =
            template.text[i] == '{' && i + 1 < template.bytes && template.text[i + 1] == '}';
        if (placeholder) {
            pieces[count++] = (sw_str){text + start, bytes - start};
            start = bytes;
            i++;
            continue;
        }
        i += is_escape(template, i);
        text[bytes++] = template.text[i];
    }
    pieces[count++] = (sw_str){text + start, bytes - start};
    return count;
}

static bool format_pieces(const call *c, const sw_str *pieces, uint32_t count, sw_value *result)
{
    if (count != c->count)
        return call_fail(c, "the template has %u {}, but %u arguments are given for them",
                         count - 1, c->count - 1);
    *result = join(c, pieces, count);
    return true;
}

bool intrinsic_format(const call *c, sw_value *result)
{
    sw_str template;
    if (c->source->piece_count > 0)
        return format_pieces(c, c->source->pieces, c->source->piece_count, result);
    if (!call_text(c, 0, &template))
        return false;
    sw_str *pieces = SW_ARENA_ARRAY(c->arena, sw_str, template.bytes / 2 + 1);
    return format_pieces(c, pieces, cut(c, template, pieces), result);
}

// StringSplit -------------------------------------------------------------------------------------

static size_t character_bytes(sw_str text, size_t at)
{
    unsigned char first = (unsigned char)text.text[at];
    size_t        bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return bytes < text.bytes - at ? bytes : text.bytes - at;
}

typedef struct delimiters {
    bool   plain[128]; // ASCII
    sw_str others;
} delimiters;

static delimiters read_delimiters(sw_str text)
{
    delimiters d = {.others = text};
    for (size_t i = 0; i < text.bytes; i++) {
        if ((unsigned char)text.text[i] < 128)
            d.plain[(unsigned char)text.text[i]] = true;
    }
    return d;
}

static bool is_delimiter(const delimiters *d, const char *character, size_t bytes)
{
    if (bytes == 1)
        return (unsigned char)*character < 128 && d->plain[(unsigned char)*character];
    for (size_t i = 0; i < d->others.bytes; i += character_bytes(d->others, i)) {
        if (character_bytes(d->others, i) == bytes &&
            memcmp(d->others.text + i, character, bytes) == 0)
            return true;
    }
    return false;
}

// Moves *at behind the next piece that is not empty; false at the end.
static bool next_piece(const delimiters *d, sw_str text, size_t *at, sw_str *piece)
{
    size_t start = *at;
    for (size_t i = start; i < text.bytes;) {
        size_t bytes = character_bytes(text, i);
        if (!is_delimiter(d, text.text + i, bytes)) {
            i += bytes;
            continue;
        }
        if (i > start) {
            *piece = (sw_str){text.text + start, i - start};
            *at = i + bytes;
            return true;
        }
        start = i += bytes;
    }
    *piece = (sw_str){text.text + start, text.bytes - start};
    *at = text.bytes;
    return piece->bytes > 0;
}

bool intrinsic_string_split(const call *c, sw_value *result)
{
    sw_str    text, splitter, piece;
    size_t    at = 0, count = 0;
    sw_value *items;
    if (!call_text(c, 0, &text) || !call_text(c, 1, &splitter))
        return false;
    delimiters d = read_delimiters(splitter);
    while (next_piece(&d, text, &at, &piece))
        count++;
    *result = sw_array_build(c->arena, count, &items);
    at = 0;
    for (size_t i = 0; i < count && next_piece(&d, text, &at, &piece); i++)
        items[i] = sw_string(piece);
    return true;
}

// UUID --------------------------------------------------------------------------------------------

bool intrinsic_uuid(const call *c, sw_value *result)
{
    char *text = sw_arena_alloc(c->arena, 37);
    sw_chance_uuid(c->scope->chance, text);
    *result = sw_string_plain((sw_str){text, 36});
    return true;
}
