// batch.c: stepwell eval --batch: a request in each line, an answer for each.
//
// Whatever a line has in it, its answer is one line, and the next line is read as if nothing had
// happened: an arena of bounded size for each line, and no state between them.

#include "cli/batch.h"

#include "cli/clock.h"
#include "cli/evaluate.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MEMORY_MAX ((size_t)1024 * 1024 * 1024)
#define READ_BYTES      ((size_t)64 * 1024)

// Lines from a descriptor. stdio's getline cannot say whether it would wait.
typedef struct lines {
    int    file;
    char  *buffer; // from malloc
    size_t capacity, start, seen, end;
    bool   ended, failed;
} lines;

static bool make_room(lines *in)
{
    if (in->start > 0) {
        memmove(in->buffer, in->buffer + in->start, in->end - in->start);
        in->end -= in->start;
        in->seen -= in->start;
        in->start = 0;
    }
    if (in->capacity - in->end >= READ_BYTES)
        return true;
    size_t capacity = in->capacity * 2 + 2 * READ_BYTES;
    char  *larger = realloc(in->buffer, capacity);
    if (larger == NULL)
        return false;
    in->buffer = larger;
    in->capacity = capacity;
    return true;
}

// The next whole line that is in the buffer already.
static bool take_line(lines *in, sw_str *line)
{
    char *end = memchr(in->buffer + in->seen, '\n', in->end - in->seen);
    if (end == NULL) {
        in->seen = in->end;
        return false;
    }
    *line = (sw_str){in->buffer + in->start, (size_t)(end - in->buffer) - in->start};
    in->start = in->seen = (size_t)(end - in->buffer) + 1;
    return true;
}

static void read_more(lines *in)
{
    if (!make_room(in)) {
        in->failed = in->ended = true;
        return;
    }
    ssize_t bytes;
    do
        bytes = read(in->file, in->buffer + in->end, in->capacity - in->end);
    while (bytes < 0 && errno == EINTR);
    if (bytes > 0)
        in->end += (size_t)bytes;
    else
        in->ended = true;
    in->failed |= bytes < 0;
}

// Answers -----------------------------------------------------------------------------------------

static void put_text(FILE *out, sw_str text)
{
    fwrite(text.text, 1, text.bytes, out);
}

static void put_value(FILE *out, sw_arena *arena, sw_value value)
{
    put_text(out, sw_json_print(arena, value));
}

static void put_error(FILE *out, sw_arena *arena, const char *code, const char *message)
{
    fputs("\"error\":{\"code\":", out);
    put_value(out, arena, sw_string(sw_str_from(code)));
    fputs(",\"message\":", out);
    put_value(out, arena, sw_string(sw_str_from(message)));
    fputc('}', out);
}

static void put_outcome(FILE *out, sw_arena *arena, const cli_outcome *outcome)
{
    if (outcome->failed) {
        put_error(out, arena, outcome->code, outcome->message);
    } else if (outcome->result.type == SW_UNDEFINED) {
        fputs("\"undefined\":true", out);
    } else {
        sw_str text = sw_json_print(arena, outcome->result);
        fputs("\"result\":", out);
        put_text(out, text);
    }
}

static uint32_t read_bound(sw_value bound)
{
    double number = bound.type == SW_NUMBER ? sw_value_number(bound) : 0;
    return number >= 1 && number < UINT32_MAX ? (uint32_t)number : 0;
}

static sw_value get(sw_value request, const char *name)
{
    return sw_value_get(request, sw_str_from(name));
}

// What is wrong with a request, or NULL.
static const char *read_request(sw_value request, cli_evaluation *evaluation)
{
    if (request.type != SW_OBJECT)
        return "A request must be an object";
    sw_value language = get(request, "language"), expression = get(request, "expr");
    if (language.type != SW_STRING ||
        !cli_language_find(sw_value_str(language), &evaluation->language))
        return "\"language\" must be jsonpath, intrinsic or jsonata";
    if (expression.type != SW_STRING)
        return "\"expr\" must be a string";
    evaluation->expression = sw_value_str(expression);
    evaluation->input = get(request, "input");
    evaluation->context = get(request, "context");
    evaluation->variables = get(request, "variables");
    if (evaluation->variables.type == SW_UNDEFINED)
        evaluation->variables = get(request, "bindings");
    evaluation->time_max_ms = read_bound(get(request, "timelimit"));
    evaluation->depth_max = read_bound(get(request, "depth"));
    return NULL;
}

static void answer_request(FILE *out, sw_arena *arena, sw_value request, bool jsonata_2_1)
{
    cli_evaluation evaluation = {
        .now_ms = cli_clock_ms(), .seed = cli_clock_seed(), .jsonata_2_1 = jsonata_2_1};
    const char *wrong = read_request(request, &evaluation);
    if (wrong != NULL) {
        put_error(out, arena, "InvalidRequest", wrong);
        return;
    }
    cli_outcome outcome;
    cli_evaluate(&evaluation, arena, &outcome);
    put_outcome(out, arena, &outcome);
}

static void answer_line(FILE *out, sw_arena *arena, sw_str line, bool jsonata_2_1)
{
    sw_value request;
    sw_error err = {0};
    fputs("{\"id\":", out);
    if (sw_json_parse(arena, line, 0, &request, &err)) {
        sw_value id = get(request, "id");
        put_value(out, arena, id);
        fputc(',', out);
        answer_request(out, arena, request, jsonata_2_1);
    } else {
        fputs("null,", out);
        put_error(out, arena, "InvalidRequest", err.message);
    }
    fputs("}\n", out);
}

// An answer is made in a buffer of its own: one that memory does not suffice for leaves no half.
typedef struct answer_buffer {
    FILE  *stream;
    char  *text;
    size_t bytes;
} answer_buffer;

static void answer_guarded(answer_buffer *buffer, FILE *out, sw_arena *arena, sw_str line,
                           bool jsonata_2_1)
{
    jmp_buf escape;
    rewind(buffer->stream);
    if (setjmp(escape) == 0) {
        arena->escape = &escape;
        answer_line(buffer->stream, arena, line, jsonata_2_1);
        fflush(buffer->stream);
        fwrite(buffer->text, 1, buffer->bytes, out);
    } else {
        fputs("{\"id\":null,\"error\":{\"code\":\"MemoryLimit\","
              "\"message\":\"The line needs more memory than there is\"}}\n",
              out);
    }
    arena->escape = NULL;
}

static void answer_all(lines *in, answer_buffer *buffer, FILE *answers, bool jsonata_2_1)
{
    sw_arena arena;
    sw_str   line;
    sw_arena_init(&arena);
    arena.bytes_max = LINE_MEMORY_MAX;
    for (;;) {
        if (take_line(in, &line)) {
            answer_guarded(buffer, answers, &arena, line, jsonata_2_1);
            sw_arena_reset(&arena);
        } else if (in->ended || fflush(answers) != 0) {
            break;
        } else {
            read_more(in);
        }
    }
    // The last line may lack its end.
    line = (sw_str){in->buffer + in->start, in->end - in->start};
    if (line.bytes > 0 && !in->failed && !ferror(answers))
        answer_guarded(buffer, answers, &arena, line, jsonata_2_1);
    sw_arena_clear(&arena);
}

bool cli_batch(int requests, FILE *answers, bool jsonata_2_1)
{
    lines         in = {.file = requests};
    answer_buffer buffer = {.text = NULL};
    buffer.stream = open_memstream(&buffer.text, &buffer.bytes);
    bool ok = buffer.stream != NULL && make_room(&in);
    if (ok)
        answer_all(&in, &buffer, answers, jsonata_2_1);
    if (buffer.stream != NULL)
        fclose(buffer.stream);
    free(buffer.text);
    free(in.buffer);
    return ok && !in.failed && !ferror(answers);
}
