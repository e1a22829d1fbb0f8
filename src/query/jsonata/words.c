// words.c: "one thousand, two hundred and thirty-four".

#include "query/jsonata/words.h"

#include <math.h>
#include <strings.h>

static const char *const few[] = {
    "Zero",     "One",     "Two",     "Three",     "Four",     "Five",     "Six",
    "Seven",    "Eight",   "Nine",    "Ten",       "Eleven",   "Twelve",   "Thirteen",
    "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
};
static const char *const ordinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",      "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",    "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
};
static const char *const tens[] = {"Twenty", "Thirty",  "Forty",  "Fifty",
                                   "Sixty",  "Seventy", "Eighty", "Ninety"};
static const char *const magnitudes[] = {"Thousand", "Million", "Billion", "Trillion"};

#define MAGNITUDES (sizeof magnitudes / sizeof magnitudes[0])

typedef struct writer {
    sw_text       *out;
    sw_letter_case letter_case;
} writer;

static void add(writer *w, const char *word)
{
    for (; *word != '\0'; word++) {
        bool upper = *word >= 'A' && *word <= 'Z', lower = *word >= 'a' && *word <= 'z';
        char c = *word;
        if (w->letter_case == SW_CASE_LOWER && upper)
            c = (char)(c + 32);
        if (w->letter_case == SW_CASE_UPPER && lower)
            c = (char)(c - 32);
        sw_text_put(w->out, c);
    }
}

static void add_number(writer *w, double number, bool continued, bool ordinal);

static void add_tens(writer *w, int number, bool ordinal)
{
    int rest = number % 10;
    add(w, tens[number / 10 - 2]);
    if (rest > 0) {
        add(w, "-");
        add_number(w, rest, false, ordinal);
    } else if (ordinal) {
        w->out->at--; // the y
        add(w, "ieth");
    }
}

static void add_rest(writer *w, double rest, bool ordinal)
{
    if (rest > 0)
        add_number(w, rest, true, ordinal);
    else if (ordinal)
        add(w, "th");
}

static void add_large(writer *w, double number, bool ordinal)
{
    int magnitude = (int)floor(log10(number) / 3);
    if (magnitude > (int)MAGNITUDES)
        magnitude = (int)MAGNITUDES;
    double factor = pow(10, magnitude * 3), many = floor(number / factor);
    add_number(w, many, false, false);
    add(w, " ");
    add(w, magnitudes[magnitude - 1]);
    add_rest(w, number - many * factor, ordinal);
}

static void add_number(writer *w, double number, bool continued, bool ordinal)
{
    if (continued)
        add(w, number < 100 ? " and " : ", ");
    if (number < 20) {
        add(w, (ordinal ? ordinals : few)[(int)number]);
    } else if (number < 100) {
        add_tens(w, (int)number, ordinal);
    } else if (number < 1000) {
        add(w, few[(int)number / 100]);
        add(w, " Hundred");
        add_rest(w, fmod(number, 100), ordinal);
    } else {
        add_large(w, number, ordinal);
    }
}

void sw_words_add(sw_text *out, double number, bool ordinal, sw_letter_case letter_case)
{
    writer w = {out, letter_case};
    if (isfinite(number))
        add_number(&w, number, false, ordinal);
}

// Parsing -----------------------------------------------------------------------------------------

static bool same_word(sw_str text, const char *word)
{
    if (text.bytes == 0 || (text.text[0] | 0x20) != (word[0] | 0x20)) // nearly always
        return false;
    return strlen(word) == text.bytes && strncasecmp(text.text, word, text.bytes) == 0;
}

static bool is_tens_ordinal(sw_str text, const char *word)
{
    if (text.bytes == 0 || (text.text[0] | 0x20) != (word[0] | 0x20))
        return false;
    size_t stem = strlen(word) - 1;
    return text.bytes == stem + 4 && strncasecmp(text.text, word, stem) == 0 &&
           strncasecmp(text.text + stem, "ieth", 4) == 0;
}

static bool is_magnitude(sw_str text, const char *word)
{
    if (text.bytes > 2 && strncasecmp(text.text + text.bytes - 2, "th", 2) == 0 &&
        strlen(word) == text.bytes - 2)
        text.bytes -= 2;
    return same_word(text, word);
}

static double word_value(sw_str text)
{
    for (int i = 0; i < 20; i++) {
        if (same_word(text, few[i]) || same_word(text, ordinals[i]))
            return i;
    }
    for (int i = 0; i < 8; i++) {
        if (same_word(text, tens[i]) || is_tens_ordinal(text, tens[i]))
            return (i + 2) * 10;
    }
    if (is_magnitude(text, "Hundred"))
        return 100;
    for (size_t i = 0; i < MAGNITUDES; i++) {
        if (is_magnitude(text, magnitudes[i]))
            return pow(10, (double)(i + 1) * 3);
    }
    return NAN;
}

// The length of what separates two words at the start of text: ", ", " and ", a blank or a hyphen.
static size_t gap_length(sw_str text)
{
    if (text.bytes >= 2 && text.text[0] == ',' && text.text[1] == ' ')
        return 2;
    if (text.bytes >= 5 && strncasecmp(text.text, " and ", 5) == 0)
        return 5;
    return text.bytes >= 1 && (text.text[0] == ' ' || text.text[0] == '-') ? 1 : 0;
}

#define SEGMENTS_MAX 64

// Each magnitude multiplies what was counted since the last one that was at least as large.
static void count_value(double *segments, int *count, double value)
{
    if (value >= 100) {
        segments[*count - 1] *= value;
    } else if (segments[*count - 1] >= 1000 && *count < SEGMENTS_MAX) {
        segments[(*count)++] = value;
    } else {
        segments[*count - 1] += value;
    }
}

double sw_words_parse(sw_str text)
{
    double segments[SEGMENTS_MAX] = {0}, sum = 0;
    int    count = 1;
    for (size_t start = 0, at = 0; at <= text.bytes; at++) {
        size_t gap = gap_length((sw_str){text.text + at, text.bytes - at});
        if (at < text.bytes && gap == 0)
            continue;
        double value = word_value((sw_str){text.text + start, at - start});
        if (isnan(value))
            return NAN;
        count_value(segments, &count, value);
        start = at + gap;
        at = gap > 0 ? start - 1 : at;
    }
    for (int i = 0; i < count; i++)
        sum += segments[i];
    return sum;
}

#define WORD_BYTES_MAX 12u

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The longest word of a number, or "and", or a separator, at the start of text.
static size_t piece_length(sw_str text)
{
    size_t longest =
        text.bytes > 0 && strchr("-, ", text.text[0]) != NULL && text.text[0] != '\0' ? 1 : 0;
    size_t letters = 0;
    while (letters < text.bytes && letters < WORD_BYTES_MAX && is_letter(text.text[letters]))
        letters++;
    for (size_t length = letters; length >= 3; length--) {
        sw_str word = {text.text, length};
        if (same_word(word, "and") || !isnan(word_value(word)))
            return length;
    }
    return longest;
}

size_t sw_words_span(sw_str text)
{
    size_t length = 0, piece;
    while ((piece = piece_length((sw_str){text.text + length, text.bytes - length})) > 0)
        length += piece;
    return length;
}
