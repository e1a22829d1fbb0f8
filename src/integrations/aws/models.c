// models.c: finding a service's model, in the operator's pack or in the binary's.

#include "integrations/aws/models.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define INDEX_BYTES_MAX   ((size_t)1 << 20)
#define SERVICE_BYTES_MAX ((size_t)16 << 20)

// models.pack, by tools/embed-file
extern const char sw_aws_models_pack[], sw_aws_models_pack_end[];

typedef struct pack {
    int         file; // -1: it is in memory
    const char *text;
    size_t      bytes;
    int64_t     start; // of the services, behind the index
    sw_value    index;
} pack;

struct sw_aws_models {
    pthread_mutex_t lock;
    sw_arena        arena;
    pack            packs[2]; // the operator's, when there is one, then the binary's
    size_t          count;
    bool            own_open; // the binary's: many servers never call a service
    sw_aws_service *services;
};

static const char *const protocols[] = {
#define PROTOCOL(id, name) name,
#include "integrations/aws/protocols.def"
#undef PROTOCOL
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// Packs -------------------------------------------------------------------------------------------

static bool read_at(const pack *p, int64_t offset, char *to, size_t bytes)
{
    size_t done = 0;
    if (p->file < 0) {
        bool there =
            offset >= 0 && (size_t)offset <= p->bytes && bytes <= p->bytes - (size_t)offset;
        if (there)
            memcpy(to, p->text + offset, bytes);
        return there;
    }
    while (done < bytes) {
        ssize_t n = pread(p->file, to + done, bytes - done, (off_t)(offset + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

// The first line
static bool read_index(sw_aws_models *models, pack *p, sw_str text)
{
    const char *end = memchr(text.text, '\n', text.bytes);
    sw_value    whole;
    if (end == NULL ||
        !sw_json_parse(&models->arena, (sw_str){text.text, (size_t)(end - text.text)}, 0, &whole,
                       NULL))
        return false;
    p->index = sw_value_get(whole, SW_STR("services"));
    p->start = end - text.text + 1;
    return p->index.type == SW_OBJECT;
}

static bool open_file(sw_aws_models *models, const char *name, sw_error *err)
{
    pack *p = &models->packs[0];
    p->file = open(name, O_RDONLY | O_CLOEXEC);
    if (p->file < 0)
        return sw_fail(err, SW_ERROR_IO, "%s: %s", name, strerror(errno));
    models->count = 1; // it is closed with the others
    char   *text = sw_arena_alloc(&models->arena, INDEX_BYTES_MAX);
    ssize_t bytes = pread(p->file, text, INDEX_BYTES_MAX, 0);
    return (bytes > 0 && read_index(models, p, (sw_str){text, (size_t)bytes})) ||
           sw_fail(err, SW_ERROR_IO, "%s: this is no pack of AWS's service models", name);
}

// Under the lock
static void open_own(sw_aws_models *models)
{
    if (models->own_open)
        return;
    models->own_open = true;
    pack *p = &models->packs[models->count++];
    *p = (pack){.file = -1,
                .text = sw_aws_models_pack,
                .bytes = (size_t)(sw_aws_models_pack_end - sw_aws_models_pack)};
    bool ok = read_index(models, p, (sw_str){p->text, p->bytes});
    SW_ASSERT(ok);
}

bool sw_aws_models_open(const char *file, sw_aws_models **out, sw_error *err)
{
    sw_aws_models *models = calloc(1, sizeof *models);
    SW_ASSERT(models != NULL);
    sw_arena_init(&models->arena);
    pthread_mutex_init(&models->lock, NULL);
    if (file != NULL && !open_file(models, file, err)) {
        sw_aws_models_close(models);
        return false;
    }
    *out = models;
    return true;
}

void sw_aws_models_close(sw_aws_models *models)
{
    if (models == NULL)
        return;
    for (size_t i = 0; i < models->count; i++) {
        if (models->packs[i].file >= 0)
            close(models->packs[i].file);
    }
    pthread_mutex_destroy(&models->lock);
    sw_arena_clear(&models->arena);
    free(models);
}

// Services ----------------------------------------------------------------------------------------

static bool read_size(sw_value place, size_t index, size_t max, size_t *size)
{
    int64_t number;
    if (!sw_value_integer(sw_value_at(place, index), &number) || number < 0 ||
        number > (int64_t)max)
        return false;
    *size = (size_t)number;
    return true;
}

// [offset, bytes, bytes of the text]
static bool read_service(sw_aws_models *models, const pack *p, sw_str name, sw_str *text)
{
    sw_value place = sw_value_get(p->index, name);
    size_t   offset, bytes, text_bytes;
    if (place.type != SW_ARRAY || !read_size(place, 0, SIZE_MAX / 4, &offset) ||
        !read_size(place, 1, SERVICE_BYTES_MAX, &bytes) ||
        !read_size(place, 2, SERVICE_BYTES_MAX, &text_bytes))
        return false;
    uLongf real_bytes = text_bytes;
    char  *to = sw_arena_alloc(&models->arena, text_bytes + 1), *packed = malloc(bytes + 1);
    SW_ASSERT(packed != NULL);
    bool ok = read_at(p, p->start + (int64_t)offset, packed, bytes) &&
              uncompress((Bytef *)to, &real_bytes, (const Bytef *)packed, bytes) == Z_OK &&
              real_bytes == text_bytes;
    free(packed);
    *text = (sw_str){to, text_bytes};
    return ok;
}

static bool read_model(sw_aws_models *models, sw_str name, sw_str *text)
{
    for (size_t i = 0; i < models->count; i++) {
        if (read_service(models, &models->packs[i], name, text))
            return true;
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

// Names of the SDK --------------------------------------------------------------------------------

// A member with another name has "sdk", and says with "name" and "query" what it is on the wire.
static sw_value rename_members(sw_value members, sw_arena *arena)
{
    sw_value *items, renamed = sw_object_build(arena, members.size, &items);
    for (size_t i = 0; i < members.size; i++) {
        sw_value name = sw_value_get(sw_value_member(members, i), SW_STR("sdk"));
        items[2 * i] = name.type == SW_STRING ? name : members.items[2 * i];
        items[2 * i + 1] = members.items[2 * i + 1];
    }
    return renamed;
}

static sw_value rename_shape(sw_value shape, sw_arena *arena)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    if (members.type != SW_OBJECT)
        return shape;
    sw_value payload = sw_value_get(shape, SW_STR("payload"));
    if (payload.type == SW_STRING) {
        sw_value name = sw_value_get(sw_value_get(members, sw_value_str(payload)), SW_STR("sdk"));
        if (name.type == SW_STRING)
            shape = sw_object_with(arena, shape, SW_STR("payload"), name);
    }
    return sw_object_with(arena, shape, SW_STR("members"), rename_members(members, arena));
}

static sw_value rename_errors(sw_value errors, sw_value others, sw_arena *arena)
{
    sw_value *items, renamed = sw_object_build(arena, errors.size, &items);
    for (size_t i = 0; i < errors.size; i++) {
        sw_value name = sw_value_get(others, sw_value_key(errors, i));
        items[2 * i] = errors.items[2 * i];
        items[2 * i + 1] = name.type == SW_STRING ? name : errors.items[2 * i + 1];
    }
    return renamed;
}

static sw_value rename_model(sw_value model, sw_arena *arena)
{
    sw_value shapes = sw_value_get(model, SW_STR("shapes")), *items;
    sw_value errors = sw_value_get(model, SW_STR("errors"));
    sw_value others = sw_value_get(model, SW_STR("sdkErrors"));
    size_t   count = shapes.type == SW_ARRAY ? shapes.size : 0;
    sw_value renamed = sw_array_build(arena, count, &items);
    for (size_t i = 0; i < count; i++)
        items[i] = rename_shape(shapes.items[i], arena);
    if (errors.type == SW_OBJECT && others.type == SW_OBJECT)
        model =
            sw_object_with(arena, model, SW_STR("errors"), rename_errors(errors, others, arena));
    return sw_object_with(arena, model, SW_STR("shapes"), renamed);
}

// Finding -----------------------------------------------------------------------------------------

// Under the lock
static sw_aws_service *load(sw_aws_models *models, sw_str name, sw_aws_names names)
{
    sw_aws_service *service = SW_ARENA_NEW(&models->arena, sw_aws_service);
    sw_str          text;
    if (!read_model(models, name, &text) ||
        !sw_json_parse(&models->arena, text, 0, &service->model, NULL) ||
        !find_protocol(sw_aws_text(service->model, "protocol"), &service->protocol))
        return NULL;
    if (names == SW_AWS_NAMES_SDK)
        service->model = rename_model(service->model, &models->arena);
    service->names = names;
    service->name = sw_str_copy(&models->arena, name);
    service->prefix = sw_aws_text(service->model, "prefix");
    service->endpoint = sw_aws_text(service->model, "endpoint");
    service->signing = sw_aws_text(service->model, "signing");
    service->env = sw_aws_text(service->model, "env");
    service->next = models->services;
    models->services = service;
    return service;
}

const sw_aws_service *sw_aws_models_find(sw_aws_models *models, sw_str name, sw_aws_names names)
{
    pthread_mutex_lock(&models->lock);
    sw_aws_service *service = models->services;
    while (service != NULL && !(service->names == names && sw_str_equal(service->name, name)))
        service = service->next;
    if (service == NULL) {
        open_own(models);
        sw_arena_mark mark = sw_arena_get_mark(&models->arena);
        service = load(models, name, names);
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

bool sw_aws_has_member(sw_value members, sw_str name)
{
    if (members.type != SW_OBJECT)
        return false;
    bool found = sw_value_find(members, name) >= 0;
    for (size_t i = 0; i < members.size && !found; i++)
        found = sw_str_equal(sw_aws_text(sw_value_member(members, i), "api"), name);
    return found;
}

sw_value sw_aws_given_member(sw_value input, sw_value members, size_t index)
{
    sw_value value = sw_value_get(input, sw_value_key(members, index));
    sw_str   other = sw_aws_text(sw_value_member(members, index), "api");
    return value.type == SW_UNDEFINED && other.bytes > 0 ? sw_value_get(input, other) : value;
}

sw_str sw_aws_wire_name(sw_value members, size_t index)
{
    sw_str name = sw_aws_text(sw_value_member(members, index), "name");
    return name.bytes > 0 ? name : sw_value_key(members, index);
}
