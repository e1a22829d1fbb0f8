// models.c: finding a service's model, in the pack or in the binary.

#include "integrations/aws/models.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define INDEX_BYTES_MAX   ((size_t)1 << 20)
#define SERVICE_BYTES_MAX ((size_t)16 << 20)

struct sw_aws_models {
    pthread_mutex_t lock;
    sw_arena        arena;
    int             file;  // -1: no pack
    int64_t         start; // of the services, behind the index
    sw_value        index;
    sw_aws_service *services;
};

static const struct {
    const char *name, *text;
} builtin[] = {
#define BUILTIN(name, text) {name, text},
#include "integrations/aws/builtin.inc"
#undef BUILTIN
};

static const char *const protocols[] = {
#define PROTOCOL(id, name) name,
#include "integrations/aws/protocols.def"
#undef PROTOCOL
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// The pack ----------------------------------------------------------------------------------------

static bool read_at(int file, int64_t offset, char *to, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(file, to + done, bytes - done, (off_t)(offset + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

// The first line, whose length is not known before it is read.
static bool read_index(sw_aws_models *models, const char *name, sw_error *err)
{
    char    *text = sw_arena_alloc(&models->arena, INDEX_BYTES_MAX);
    ssize_t  bytes = pread(models->file, text, INDEX_BYTES_MAX, 0);
    char    *end = bytes > 0 ? memchr(text, '\n', (size_t)bytes) : NULL;
    sw_value whole;
    if (end == NULL ||
        !sw_json_parse(&models->arena, (sw_str){text, (size_t)(end - text)}, 0, &whole, NULL))
        return sw_fail(err, SW_ERROR_IO, "%s: this is no pack of AWS's service models", name);
    models->index = sw_value_get(whole, SW_STR("services"));
    models->start = end - text + 1;
    return true;
}

bool sw_aws_models_open(const char *pack, sw_aws_models **out, sw_error *err)
{
    sw_aws_models *models = calloc(1, sizeof *models);
    SW_ASSERT(models != NULL);
    sw_arena_init(&models->arena);
    pthread_mutex_init(&models->lock, NULL);
    models->file = -1;
    if (pack != NULL) {
        models->file = open(pack, O_RDONLY | O_CLOEXEC);
        bool ok = models->file >= 0 ? read_index(models, pack, err)
                                    : sw_fail(err, SW_ERROR_IO, "%s: %s", pack, strerror(errno));
        if (!ok) {
            sw_aws_models_close(models);
            return false;
        }
    }
    *out = models;
    return true;
}

void sw_aws_models_close(sw_aws_models *models)
{
    if (models == NULL)
        return;
    if (models->file >= 0)
        close(models->file);
    pthread_mutex_destroy(&models->lock);
    sw_arena_clear(&models->arena);
    free(models);
}

bool sw_aws_models_are_complete(const sw_aws_models *models)
{
    return models->file >= 0;
}

// Services ----------------------------------------------------------------------------------------

static bool read_packed(sw_aws_models *models, sw_str name, sw_str *text)
{
    sw_value place = sw_value_get(models->index, name);
    int64_t  offset, bytes;
    if (place.type != SW_ARRAY || !sw_value_integer(sw_value_at(place, 0), &offset) ||
        !sw_value_integer(sw_value_at(place, 1), &bytes) || bytes <= 0 ||
        bytes > (int64_t)SERVICE_BYTES_MAX)
        return false;
    char *to = sw_arena_alloc(&models->arena, (size_t)bytes);
    *text = (sw_str){to, (size_t)bytes};
    return read_at(models->file, models->start + offset, to, (size_t)bytes);
}

static bool find_builtin(sw_str name, sw_str *text)
{
    for (size_t i = 0; i < COUNT(builtin); i++) {
        if (sw_str_is(name, builtin[i].name)) {
            *text = sw_str_from(builtin[i].text);
            return true;
        }
    }
    return false;
}

static bool find_protocol(sw_str name, sw_aws_protocol *protocol)
{
    for (size_t i = 0; i < COUNT(protocols); i++) {
        if (sw_str_is(name, protocols[i])) {
            *protocol = (sw_aws_protocol)i;
            return true;
        }
    }
    return false;
}

// Under the lock
static sw_aws_service *load(sw_aws_models *models, sw_str name)
{
    sw_aws_service *service = SW_ARENA_NEW(&models->arena, sw_aws_service);
    sw_str          text;
    if (!(models->file >= 0 && read_packed(models, name, &text)) && !find_builtin(name, &text))
        return NULL;
    if (!sw_json_parse(&models->arena, text, 0, &service->model, NULL) ||
        !find_protocol(sw_aws_text(service->model, "protocol"), &service->protocol))
        return NULL;
    service->name = sw_str_copy(&models->arena, name);
    service->prefix = sw_aws_text(service->model, "prefix");
    service->endpoint = sw_aws_text(service->model, "endpoint");
    service->signing = sw_aws_text(service->model, "signing");
    service->env = sw_aws_text(service->model, "env");
    service->next = models->services;
    models->services = service;
    return service;
}

const sw_aws_service *sw_aws_models_find(sw_aws_models *models, sw_str name)
{
    pthread_mutex_lock(&models->lock);
    sw_aws_service *service = models->services;
    while (service != NULL && !sw_str_equal(service->name, name))
        service = service->next;
    if (service == NULL) {
        sw_arena_mark mark = sw_arena_get_mark(&models->arena);
        service = load(models, name);
        if (service == NULL)
            sw_arena_rewind(&models->arena, mark);
    }
    pthread_mutex_unlock(&models->lock);
    return service;
}

bool sw_aws_find_operation(const sw_aws_service *service, sw_str action,
                           sw_aws_operation *operation)
{
    sw_value list = sw_value_get(service->model, SW_STR("operations"));
    char     name[128];
    if (action.bytes == 0 || action.bytes >= sizeof name || list.type != SW_OBJECT)
        return false;
    memcpy(name, action.text, action.bytes);
    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 'a' + 'A');
    ptrdiff_t at = sw_value_find(list, (sw_str){name, action.bytes});
    if (at < 0)
        return false;
    *operation = (sw_aws_operation){.service = service,
                                    .name = sw_value_key(list, (size_t)at),
                                    .model = sw_value_member(list, (size_t)at)};
    return true;
}

// Shapes ------------------------------------------------------------------------------------------

sw_value sw_aws_shape(const sw_aws_service *service, sw_value holder, const char *member)
{
    int64_t  index;
    sw_value number = sw_value_get(holder, sw_str_from(member));
    if (number.type != SW_NUMBER || !sw_value_integer(number, &index) || index < 0)
        return sw_undefined();
    return sw_value_at(sw_value_get(service->model, SW_STR("shapes")), (size_t)index);
}

bool sw_aws_shape_is(sw_value shape, const char *kind)
{
    return sw_str_is(sw_aws_text(shape, "is"), kind);
}

sw_str sw_aws_text(sw_value model, const char *member)
{
    sw_value text = sw_value_get(model, sw_str_from(member));
    return text.type == SW_STRING ? sw_value_str(text) : (sw_str){"", 0};
}

bool sw_aws_flag(sw_value model, const char *member)
{
    return sw_value_is_true(sw_value_get(model, sw_str_from(member)));
}

sw_str sw_aws_wire_name(sw_value members, size_t index)
{
    sw_str name = sw_aws_text(sw_value_member(members, index), "name");
    return name.bytes > 0 ? name : sw_value_key(members, index);
}
