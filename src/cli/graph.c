// graph.c: stepwell graph.

#define _GNU_SOURCE
#include "cli/graph.h"

#include "cli/commands.h"
#include "cli/definition.h"
#include "cli/files.h"

#include <stdlib.h>
#include <unistd.h>

// As asked for, or as the output file's name says.
static const char *choose_format(const cli_arguments *arguments)
{
    const char *format = arguments->values[CLI_OPTION_GRAPH_FORMAT];
    const char *output = arguments->values[CLI_OPTION_OUTPUT];
    const char *dot = output != NULL ? strrchr(output, '.') : NULL;
    if (format != NULL)
        return format;
    if (dot != NULL && (strcmp(dot, ".svg") == 0 || strcmp(dot, ".png") == 0))
        return dot + 1;
    if (dot != NULL && (strcmp(dot, ".dot") == 0 || strcmp(dot, ".gv") == 0))
        return "dot";
    return "mermaid";
}

static bool is_picture(const char *format)
{
    return strcmp(format, "svg") == 0 || strcmp(format, "png") == 0;
}

static bool read_history(cli_graph *graph, const char *file, sw_arena *arena, sw_error *err)
{
    sw_str   text;
    sw_value history;
    sw_error why = {0};
    if (!cli_file_read(arena, file, &text, err))
        return false;
    if (!sw_json_parse(arena, text, 0, &history, &why))
        return sw_fail(err, why.code, "%s is no JSON: %s (line %u, column %u)", file, why.message,
                       why.line, why.column);
    if (!cli_graph_mark(graph, history, arena, &why))
        return sw_fail(err, why.code, "%s is no history: %s", file, why.message);
    return true;
}

// Writes the flowchart as text; *text is from malloc.
static bool write_text(const cli_graph *graph, bool mermaid, sw_arena *arena, char **text,
                       size_t *bytes, sw_error *err)
{
    FILE *file = open_memstream(text, bytes);
    if (file == NULL)
        return sw_fail(err, SW_ERROR_MEMORY, "memory is spent");
    if (mermaid)
        cli_graph_mermaid(graph, file, arena);
    else
        cli_graph_dot(graph, file, arena);
    return fclose(file) == 0 || sw_fail(err, SW_ERROR_MEMORY, "memory is spent");
}

static bool draw(const cli_graph *graph, const char *format, const char *output, sw_arena *arena,
                 sw_error *err)
{
    char  *text = NULL, *image = NULL;
    size_t bytes = 0, image_bytes = 0;
    bool   ok = write_text(graph, strcmp(format, "mermaid") == 0, arena, &text, &bytes, err);
    if (ok && is_picture(format)) {
        ok = cli_graph_draw(text, format, &image, &image_bytes, err) &&
             cli_file_write(output, (sw_str){image, image_bytes}, err);
    } else if (ok) {
        ok = cli_file_write(output, (sw_str){text, bytes}, err);
    }
    free(image);
    free(text);
    return ok;
}

int cli_graph_command(const cli_arguments *arguments, sw_arena *arena)
{
    const char *format = choose_format(arguments);
    const char *output = arguments->values[CLI_OPTION_OUTPUT];
    const char *history = arguments->values[CLI_OPTION_GRAPH_HISTORY];
    if (strcmp(format, "png") == 0 && output == NULL && isatty(STDOUT_FILENO))
        return cli_usage_error(arguments->command, "a PNG is nothing for a terminal; use -o FILE");
    cli_definition definition;
    int            status = cli_definition_open(arguments->operands[0], NULL, arena, &definition);
    if (status != CLI_OK)
        return status;
    cli_graph graph = {.machine = definition.machine};
    sw_error  err = {0};
    if (history != NULL && !read_history(&graph, history, arena, &err)) {
        status = cli_usage_error(arguments->command, "%s", err.message);
    } else if (!draw(&graph, format, output, arena, &err)) {
        cli_complain(err.message);
        status = CLI_FAILED;
    }
    cli_definition_clear(&definition);
    return status;
}
