// items.c: from an object's bytes to items; see items.h.

#include "integrations/map/items.h"

#include "base/grow.h"
#include "integrations/aws/models.h"

#include <zlib.h>

bool sw_items_fail(sw_items *list, const char *text)
{
    list->error = sw_str_copy(list->arena, sw_str_from(text));
    return false;
}

bool sw_items_add(sw_items *list, sw_value item)
{
    if (list->count >= list->most)
        return false;
    list->bytes += sw_value_text_bytes(item) + 1;
    if (list->bytes > SW_ITEMS_BYTES_MAX)
        return sw_items_fail(list, "The items take more than 268435456 bytes, which is the most "
                                   "that Stepwell iterates over at once.");
    SW_PUSH(list->arena, list, item);
    return list->count < list->most;
}

// gzip --------------------------------------------------------------------------------------------

static bool inflate_all(sw_items *list, z_stream *z, sw_str *bytes)
{
    size_t capacity = bytes->bytes * 4 + 1024, count = 0;
    char  *text = sw_arena_alloc(list->arena, capacity);
    int    code = Z_OK;
    while (code == Z_OK) {
        if (count == capacity) {
            char *larger = sw_arena_alloc(list->arena, capacity * 2);
            memcpy(larger, text, count);
            text = larger;
            capacity *= 2;
        }
        z->next_out = (Bytef *)text + count;
        z->avail_out = (uInt)(capacity - count);
        code = inflate(z, Z_NO_FLUSH);
        count = capacity - z->avail_out;
        if (count > SW_ITEMS_BYTES_MAX)
            return sw_items_fail(list, "The object is too large when it is decompressed.");
    }
    *bytes = (sw_str){text, count};
    return code == Z_STREAM_END || sw_items_fail(list, "The object is a damaged gzip file.");
}

bool sw_items_gunzip(sw_items *list, sw_str *bytes)
{
    z_stream z = {0};
    if (bytes->bytes < 2 || memcmp(bytes->text, "\x1f\x8b", 2) != 0)
        return true;
    z.next_in = (Bytef *)(uintptr_t)bytes->text;
    z.avail_in = (uInt)bytes->bytes;
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return sw_items_fail(list, "The object could not be decompressed.");
    bool ok = inflate_all(list, &z, bytes);
    inflateEnd(&z);
    return ok;
}

// JSON --------------------------------------------------------------------------------------------

static sw_str unescape(sw_arena *arena, sw_str part)
{
    char *text = sw_arena_alloc(arena, part.bytes + 1), *to = text;
    for (size_t i = 0; i < part.bytes; i++) {
        bool escape = part.text[i] == '~' && i + 1 < part.bytes;
        *to++ = !escape ? part.text[i] : part.text[++i] == '1' ? '/' : '~';
    }
    return (sw_str){text, (size_t)(to - text)};
}

static sw_value step_into(sw_value value, sw_str part)
{
    uint32_t index = 0;
    if (value.type == SW_OBJECT)
        return sw_value_get(value, part);
    for (size_t i = 0; i < part.bytes && part.bytes < 9; i++) {
        if (part.text[i] < '0' || part.text[i] > '9')
            return sw_undefined();
        index = index * 10 + (uint32_t)(part.text[i] - '0');
    }
    bool there = value.type == SW_ARRAY && part.bytes > 0 && part.bytes < 9 && index < value.size;
    return there ? value.items[index] : sw_undefined();
}

// RFC 6901
static bool follow_pointer(sw_items *list, sw_value pointer, sw_value *value)
{
    sw_str rest = pointer.type == SW_STRING ? sw_value_str(pointer) : (sw_str){"", 0};
    while (rest.bytes > 0) {
        const char *from = rest.text + 1, *end = rest.text + rest.bytes;
        if (*rest.text != '/')
            return sw_items_fail(list, "ItemsPointer is no JSON Pointer.");
        const char *slash = memchr(from, '/', (size_t)(end - from));
        sw_str      part = {from, (size_t)((slash == NULL ? end : slash) - from)};
        *value = step_into(*value, unescape(list->arena, part));
        rest = (sw_str){part.text + part.bytes, (size_t)(end - part.text) - part.bytes};
    }
    return value->type != SW_UNDEFINED ||
           sw_items_fail(list, "The ItemsPointer leads to nothing in the object.");
}

static bool parse(sw_items *list, sw_str text, sw_value *value)
{
    sw_error err;
    return sw_json_parse(list->arena, text, 0, value, &err) ||
           sw_items_fail(
               list, sw_str_format(list->arena, "The object is not JSON: %s", err.message).text);
}

static bool read_json(sw_items *list, const sw_items_format *format, sw_str text)
{
    sw_value value;
    if (!parse(list, text, &value) ||
        !follow_pointer(list, sw_value_get(format->config, SW_STR("ItemsPointer")), &value))
        return false;
    if (value.type != SW_ARRAY) // aws: recorded, map_item_reader_json_no_json_list_object
        return sw_items_fail(list, "Attempting to map over non-iterable node.");
    for (uint32_t i = 0; i < value.size && sw_items_add(list, value.items[i]);)
        i++;
    return list->error.bytes == 0;
}

static bool is_blank(sw_str line)
{
    for (size_t i = 0; i < line.bytes; i++) {
        if (strchr(" \t\r", line.text[i]) == NULL)
            return false;
    }
    return true;
}

static bool read_lines(sw_items *list, sw_str text)
{
    const char *at = text.text, *end = at + text.bytes;
    bool        more = true;
    while (at < end && more) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        sw_str      line = {at, (size_t)((stop == NULL ? end : stop) - at)};
        sw_value    value;
        at += line.bytes + 1;
        if (is_blank(line))
            continue;
        if (!parse(list, line, &value))
            return false;
        more = sw_items_add(list, value);
    }
    return list->error.bytes == 0;
}

// Manifests ---------------------------------------------------------------------------------------

static void add_object(sw_items *list, sw_str bucket, sw_str key)
{
    SW_MAKE_ROOM(list->arena, list->objects, list->object_count, list->object_capacity, 8);
    list->objects[list->object_count++] = (sw_items_object){bucket, key};
}

// "Bucket, Key, Size" -> ["Bucket", "Key", "Size"]
static sw_value split_schema(sw_arena *arena, sw_str schema)
{
    sw_value *items, list = sw_array_build(arena, schema.bytes + 1, &items);
    list.size = 0;
    const char *at = schema.text, *end = at + schema.bytes;
    while (at < end) {
        while (at < end && (*at == ' ' || *at == ','))
            at++;
        const char *from = at;
        while (at < end && *at != ',' && *at != ' ')
            at++;
        if (at > from)
            items[list.size++] = sw_string((sw_str){from, (size_t)(at - from)});
    }
    return list;
}

// docs: "Amazon S3 Inventory manifest"; its files are gzipped CSV without headers, in the bucket
// that destinationBucket names by ARN.
static bool read_inventory(sw_items *list, sw_str text)
{
    static const char prefix[] = "arn:aws:s3:::";
    sw_value          manifest;
    if (!parse(list, text, &manifest))
        return false;
    sw_value files = sw_value_get(manifest, SW_STR("files"));
    sw_str   bucket = sw_aws_text(manifest, "destinationBucket");
    if (bucket.bytes > sizeof prefix - 1 && memcmp(bucket.text, prefix, sizeof prefix - 1) == 0)
        bucket = (sw_str){bucket.text + sizeof prefix - 1, bucket.bytes - (sizeof prefix - 1)};
    if (files.type != SW_ARRAY || !sw_str_is(sw_aws_text(manifest, "fileFormat"), "CSV"))
        return sw_items_fail(list, "The manifest is not one of an S3 inventory of CSV files.");
    list->headers = split_schema(list->arena, sw_aws_text(manifest, "fileSchema"));
    for (uint32_t i = 0; i < files.size; i++)
        add_object(list, bucket, sw_aws_text(files.items[i], "key"));
    return true;
}

// docs: "Athena data manifest"; a line for each object: s3://BUCKET/KEY, perhaps quoted.
static bool read_athena(sw_items *list, sw_str text)
{
    const char *at = text.text, *end = at + text.bytes;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        sw_str      line = {at, (size_t)((stop == NULL ? end : stop) - at)};
        at += line.bytes + 1;
        while (line.bytes > 0 && strchr("\r\" ", line.text[line.bytes - 1]) != NULL)
            line.bytes--;
        if (line.bytes > 0 && *line.text == '"')
            line = (sw_str){line.text + 1, line.bytes - 1};
        const char *slash = line.bytes > 5 ? memchr(line.text + 5, '/', line.bytes - 5) : NULL;
        if (line.bytes == 0)
            continue;
        if (slash == NULL || memcmp(line.text, "s3://", 5) != 0)
            return sw_items_fail(list, "The manifest is not one of Athena's: a line is no s3:// "
                                       "address.");
        add_object(list, (sw_str){line.text + 5, (size_t)(slash - line.text) - 5},
                   (sw_str){slash + 1, line.bytes - (size_t)(slash + 1 - line.text)});
    }
    return true;
}

bool sw_items_read(sw_items *list, const sw_items_format *format, sw_str bytes)
{
    if (!sw_items_gunzip(list, &bytes))
        return false;
    if (sw_str_is(format->type, "CSV"))
        return sw_items_read_csv(list, format, bytes);
    if (sw_str_is(format->type, "JSON"))
        return read_json(list, format, bytes);
    if (sw_str_is(format->type, "JSONL"))
        return read_lines(list, bytes);
    if (sw_str_is(format->type, "S3_INVENTORY"))
        return read_inventory(list, bytes);
    if (sw_str_is(format->type, "ATHENA_DATA"))
        return read_athena(list, bytes);
    return sw_items_fail(list,
                         sw_str_format(list->arena, "Stepwell does not read the InputType '%.*s'.",
                                       SW_STR_ARG(format->type))
                             .text);
}
