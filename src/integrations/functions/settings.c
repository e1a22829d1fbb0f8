// settings.c: functions by definition, and by what lies in a folder.

#define _XOPEN_SOURCE 700 // realpath

#include "base/grow.h"
#include "integrations/functions/pool.h"
#include "json/members.h"
#include "json/source.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX      2000 // looked at for changes
#define DEPTH_MAX      8
#define FUNCTIONS_MAX  1000u
#define SETTINGS_BYTES 65536u

static const char *const runtimes[] = {
#define RUNTIME(id, name) name,
#include "integrations/functions/runtimes.def"
#undef RUNTIME
};

// One definition ----------------------------------------------------------------------------------

typedef struct reader {
    sw_functions *functions;
    sw_str        name;
    sw_value      definition;
    const char   *base;
    sw_error     *err;
} reader;

static bool refuse(const reader *r, const char *member, const char *what)
{
    return sw_fail(r->err, SW_ERROR_INVALID, "functions/%.*s/%s: %s", SW_STR_ARG(r->name), member,
                   what);
}

static bool read_text(const reader *r, const char *member, const char **text)
{
    sw_value value = sw_value_get(r->definition, sw_str_from(member));
    if (value.type == SW_UNDEFINED)
        return true;
    if (value.type != SW_STRING || value.size == 0 || memchr(value.text, '\0', value.size) != NULL)
        return refuse(r, member, "must be a text");
    *text = sw_str_copy(&r->functions->arena, sw_value_str(value)).text;
    return true;
}

static bool read_number(const reader *r, const char *member, int64_t max, int64_t *number)
{
    sw_value value = sw_value_get(r->definition, sw_str_from(member));
    char     what[64];
    if (value.type == SW_UNDEFINED)
        return true;
    snprintf(what, sizeof what, "must be a number from 1 to %lld", (long long)max);
    return (value.type == SW_NUMBER && sw_value_integer(value, number) && *number >= 1 &&
            *number <= max) ||
           refuse(r, member, what);
}

// python3.12 is python
static bool read_runtime(const reader *r, const char *name, sw_runtime_kind *kind)
{
    for (size_t i = 0; name != NULL && i < sizeof runtimes / sizeof *runtimes; i++) {
        if (strncmp(name, runtimes[i], strlen(runtimes[i])) == 0) {
            *kind = (sw_runtime_kind)i;
            return true;
        }
    }
    return refuse(r, "runtime", "must be python, node or provided");
}

// docs: "Reserved environment variables", those without which nothing works
static bool is_reserved(sw_str name)
{
    return (name.bytes >= 11 && memcmp(name.text, "AWS_LAMBDA_", 11) == 0) ||
           sw_str_is(name, "_HANDLER") || sw_str_is(name, "LAMBDA_TASK_ROOT") ||
           sw_str_is(name, "LAMBDA_RUNTIME_DIR");
}

static bool read_environment(const reader *r, const char *const **environment)
{
    sw_value     object = sw_value_get(r->definition, SW_STR("environment"));
    size_t       count = object.type == SW_OBJECT ? object.size : 0;
    const char **list = SW_ARENA_ARRAY(&r->functions->arena, const char *, count + 1);
    if (object.type != SW_UNDEFINED && object.type != SW_OBJECT)
        return refuse(r, "environment", "must be an object of texts");
    for (size_t i = 0; i < count; i++) {
        sw_str name = sw_value_key(object, i);
        if (sw_value_member(object, i).type != SW_STRING)
            return refuse(r, "environment", "must be an object of texts");
        if (is_reserved(name))
            return refuse(r, "environment", "has a variable that Lambda sets itself");
        list[i] = sw_str_format(&r->functions->arena, "%.*s=%.*s", SW_STR_ARG(name),
                                SW_STR_ARG(sw_value_str(sw_value_member(object, i))))
                      .text;
    }
    list[count] = NULL;
    *environment = list;
    return true;
}

static bool find_code(const reader *r, const char *code, const char **absolute)
{
    char path[PATH_MAX];
    if (code == NULL)
        return refuse(r, "code", "must name a folder");
    const char *joined =
        code[0] == '/' ? code : sw_str_format(&r->functions->arena, "%s/%s", r->base, code).text;
    if (realpath(joined, path) == NULL)
        return refuse(r, "code", strerror(errno));
    *absolute = sw_str_copy(&r->functions->arena, sw_str_from(path)).text;
    return true;
}

static bool check_members(const reader *r)
{
    static const char *const known[] = {"runtime", "handler", "code",       "environment",
                                        "memory",  "timeout", "concurrency"};
    if (r->definition.type != SW_OBJECT)
        return sw_fail(r->err, SW_ERROR_INVALID, "functions/%.*s: must be an object",
                       SW_STR_ARG(r->name));
    for (size_t i = 0; i < r->definition.size; i++) {
        size_t k = 0;
        while (k < 7 && !sw_str_is(sw_value_key(r->definition, i), known[k]))
            k++;
        if (k == 7)
            return refuse(r, sw_str_copy(&r->functions->arena, sw_value_key(r->definition, i)).text,
                          "there is no such setting");
    }
    return true;
}

// docs: CreateFunction
static bool is_name(sw_str name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return name.bytes >= 1 && name.bytes <= 64;
}

static bool read_function(const reader *r)
{
    if (!is_name(r->name))
        return sw_fail(r->err, SW_ERROR_INVALID,
                       "functions/%.*s: a name has letters, digits, - and _, 64 at most",
                       SW_STR_ARG(r->name));
    sw_function *f = SW_ARENA_NEW(&r->functions->arena, sw_function);
    const char  *runtime = NULL, *code = NULL;
    *f = (sw_function){.next = r->functions->first,
                       .functions = r->functions,
                       .name = sw_str_copy(&r->functions->arena, r->name),
                       .memory_mb = 128,
                       .timeout_s = 3,
                       .concurrency = 8};
    f->last = &f->first;
    if (!check_members(r) || !read_text(r, "runtime", &runtime) ||
        !read_runtime(r, runtime, &f->runtime) || !read_text(r, "handler", &f->handler) ||
        !read_text(r, "code", &code) || !find_code(r, code, &f->code) ||
        !read_number(r, "memory", 10240, &f->memory_mb) ||
        !read_number(r, "timeout", 900, &f->timeout_s) ||
        !read_number(r, "concurrency", 1000, &f->concurrency) ||
        !read_environment(r, &f->environment))
        return false;
    if (f->handler == NULL)
        f->handler =
            f->runtime == SW_RUNTIME_PYTHON ? "lambda_function.lambda_handler" : "index.handler";
    r->functions->first = f;
    return true;
}

bool sw_functions_read(sw_functions *functions, sw_value definitions, const char *base,
                       sw_error *err)
{
    if (definitions.type != SW_OBJECT)
        return sw_fail(err, SW_ERROR_INVALID, "functions: must be an object of functions by name");
    for (size_t i = 0; i < definitions.size; i++) {
        reader r = {functions, sw_value_key(definitions, i), sw_value_member(definitions, i), base,
                    err};
        if (!read_function(&r))
            return false;
    }
    return true;
}

// A folder ----------------------------------------------------------------------------------------

// A function is what the first of these finds: its file in the folder, and who runs it.
static const struct {
    const char *file, *runtime, *handler;
} conventions[] = {{"bootstrap", "provided", "bootstrap"},
                   {"lambda_function.py", "python", "lambda_function.lambda_handler"},
                   {"app.py", "python", "app.handler"},
                   {"handler.py", "python", "handler.handler"},
                   {"index.mjs", "node", "index.handler"},
                   {"index.js", "node", "index.handler"},
                   {"index.cjs", "node", "index.handler"},
                   {"app.mjs", "node", "app.handler"},
                   {"app.js", "node", "app.handler"}};

typedef struct scan {
    const char *folder;
    sw_arena   *arena;
    sw_members  found;
    size_t      count;
    sw_error   *err;
} scan;

static void add(scan *s, const char *name, const char *runtime, const char *handler,
                const char *code)
{
    sw_members m = sw_members_begin(s->arena, 3);
    sw_members_add(&m, "runtime", sw_string(sw_str_from(runtime)));
    sw_members_add(&m, "handler", sw_string(sw_str_copy(s->arena, sw_str_from(handler))));
    sw_members_add(&m, "code", sw_string(sw_str_copy(s->arena, sw_str_from(code))));
    sw_members_add(&s->found, sw_str_copy(s->arena, sw_str_from(name)).text, sw_members_end(&m));
    s->count++;
}

// function.json stands over the conventions; code is the folder unless it says another one.
static bool read_settings(scan *s, const char *name, const char *folder, sw_value *settings)
{
    const char *file = sw_str_format(s->arena, "%s/function.json", folder).text;
    FILE       *stream = fopen(file, "re");
    sw_error    err;
    *settings = sw_undefined();
    if (stream == NULL)
        return true;
    char  *text = sw_arena_alloc(s->arena, SETTINGS_BYTES);
    size_t bytes = fread(text, 1, SETTINGS_BYTES, stream);
    fclose(stream);
    if (!sw_json_parse(s->arena, (sw_str){text, bytes}, SW_JSON_COMMENTS, settings, &err) ||
        settings->type != SW_OBJECT)
        return sw_fail(s->err, SW_ERROR_INVALID, "%s/function.json: it is no JSON object", name);
    if (sw_value_find(*settings, SW_STR("code")) < 0)
        *settings = sw_object_with(s->arena, *settings, SW_STR("code"),
                                   sw_string(sw_str_copy(s->arena, sw_str_from(folder))));
    return true;
}

static bool has_file(scan *s, const char *folder, const char *file)
{
    return access(sw_str_format(s->arena, "%s/%s", folder, file).text, R_OK) == 0;
}

static bool scan_folder(scan *s, const char *name, const char *folder)
{
    sw_value settings;
    if (!read_settings(s, name, folder, &settings))
        return false;
    if (sw_value_find(settings.type == SW_OBJECT ? settings : sw_undefined(), SW_STR("runtime")) >=
        0) {
        sw_members_add(&s->found, sw_str_copy(s->arena, sw_str_from(name)).text, settings);
        s->count++;
        return true;
    }
    for (size_t i = 0; i < sizeof conventions / sizeof *conventions; i++) {
        if (has_file(s, folder, conventions[i].file)) {
            add(s, name, conventions[i].runtime, conventions[i].handler, folder);
            return true;
        }
    }
    return true; // something else
}

static void scan_file(scan *s, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name)
        return;
    const char *stem = sw_str_format(s->arena, "%.*s", (int)(dot - name), name).text;
    const char *handler = sw_str_format(s->arena, "%s.handler", stem).text;
    if (strcmp(dot, ".py") == 0)
        add(s, stem, "python", handler, s->folder);
    else if (strcmp(dot, ".mjs") == 0 || strcmp(dot, ".js") == 0 || strcmp(dot, ".cjs") == 0)
        add(s, stem, "node", handler, s->folder);
}

static bool scan_entry(scan *s, const char *name)
{
    struct stat status;
    const char *path = sw_str_format(s->arena, "%s/%s", s->folder, name).text;
    size_t      stem = strcspn(name, ".");
    if (name[0] == '_' || !is_name((sw_str){name, stem}) || stat(path, &status) != 0)
        return true;
    if (s->count >= FUNCTIONS_MAX)
        return sw_fail(s->err, SW_ERROR_INVALID, "%s: more than %u functions", s->folder,
                       FUNCTIONS_MAX);
    if (S_ISDIR(status.st_mode))
        return scan_folder(s, name, path);
    scan_file(s, name);
    return true;
}

bool sw_functions_scan(const char *folder, sw_arena *arena, sw_value *definitions, sw_error *err)
{
    scan           s = {folder, arena, sw_members_begin(arena, 8), 0, err};
    bool           ok = true;
    struct dirent *entry;
    DIR           *stream = opendir(folder);
    if (stream == NULL)
        return sw_fail(err, SW_ERROR_IO, "%s: %s", folder, strerror(errno));
    while (ok && (entry = readdir(stream)) != NULL)
        ok = scan_entry(&s, entry->d_name);
    closedir(stream);
    *definitions = sw_members_end(&s.found);
    if (ok && s.count == 0)
        return sw_fail(err, SW_ERROR_INVALID, "%s: there is no function in it", folder);
    return ok;
}

// Changes -----------------------------------------------------------------------------------------

static void stamp_folder(const char *folder, int depth, int *left, int64_t *newest)
{
    struct dirent *entry;
    struct stat    status;
    char           path[PATH_MAX];
    DIR           *stream = opendir(folder);
    while (stream != NULL && *left > 0 && (entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "__pycache__") == 0)
            continue;
        int bytes = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (bytes < 0 || (size_t)bytes >= sizeof path || stat(path, &status) != 0)
            continue;
        (*left)--;
        int64_t stamp = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
        *newest = stamp > *newest ? stamp : *newest;
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX &&
            strcmp(entry->d_name, "node_modules") != 0)
            stamp_folder(path, depth + 1, left, newest);
    }
    if (stream != NULL)
        closedir(stream);
}

int64_t sw_function_stamp(const sw_function *function)
{
    int64_t newest = 0;
    int     left = FILES_MAX;
    stamp_folder(function->code, 0, &left, &newest);
    return newest;
}
