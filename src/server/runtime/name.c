// name.c: names for executions that were given none: a UUID that says the id.
//
// An index of names in no order costs a page of it for nearly every start, which was most of what a
// commit wrote. A name made here needs no index: it leads to the id, and the row there says whether
// it is the one.
//
//     version 4:  62 bits of the id | 4: version, 2: variant | 58 bits of chance, 2 bits of the id
//
// The id is hidden by the chance and the store's secret, so that names look as they do on AWS. That
// is no protection: who may see an execution is decided elsewhere.

#include "server/runtime/internal.h"

#include "base/hex.h"

#define NAME_BYTES 36u

static uint64_t hide(const sw_runtime *runtime, uint64_t chance)
{
    uint64_t key[2];
    memcpy(key, runtime->secret, sizeof key);
    uint64_t h = (chance ^ key[0]) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 29 ^ key[1]) * 0x94d049bb133111ebu;
    return h ^ h >> 32;
}

static sw_str print_uuid(uint64_t high, uint64_t low, sw_arena *arena)
{
    unsigned char bytes[16];
    char          digits[32], *text = sw_arena_alloc(arena, NAME_BYTES), *at = text;
    for (unsigned i = 0; i < 16; i++)
        bytes[i] = (unsigned char)((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
    sw_hex_put(digits, bytes, sizeof bytes);
    for (unsigned i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *at++ = '-';
        *at++ = digits[i];
    }
    return (sw_str){text, NAME_BYTES};
}

sw_str sw_name_make(const sw_runtime *runtime, int64_t id, uint64_t chance, sw_arena *arena)
{
    chance &= UINT64_MAX >> 6;
    uint64_t hidden = (uint64_t)id ^ hide(runtime, chance);
    uint64_t high = chance << 2 | hidden >> 62, low = hidden & UINT64_MAX >> 2;
    return print_uuid((high >> 12) << 16 | 0x4000 | (high & 0xfff), low | UINT64_C(1) << 63, arena);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The 32 digits of a UUID in two halves
static bool read_uuid(sw_str name, uint64_t half[2])
{
    unsigned count = 0;
    if (name.bytes != NAME_BYTES)
        return false;
    half[0] = half[1] = 0;
    for (unsigned i = 0; i < NAME_BYTES; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        int  value = dash ? 0 : digit(name.text[i]);
        if (value < 0 || dash != (name.text[i] == '-'))
            return false;
        if (!dash)
            half[count / 16] = half[count / 16] << 4 | (unsigned)value;
        count += !dash;
    }
    return true;
}

static int64_t read_id(const sw_runtime *runtime, const uint64_t half[2])
{
    uint64_t high = half[0] >> 16 << 12 | (half[0] & 0xfff), low = half[1] & UINT64_MAX >> 2;
    return (int64_t)((low | high << 62) ^ hide(runtime, high >> 2));
}

bool sw_name_read(const sw_runtime *runtime, sw_str name, int64_t *id)
{
    uint64_t half[2];
    if (!read_uuid(name, half))
        return false;
    *id = read_id(runtime, half);
    return true;
}

bool sw_runtime_find_map_run(const sw_runtime *runtime, sw_reader *reader, sw_str arn, sw_str uuid,
                             sw_arena *arena, sw_map_run_row *row, bool *found, sw_error *err)
{
    int64_t id;
    *found = false;
    if (!sw_name_read(runtime, uuid, &id))
        return true;
    if (!reader->find_map_run(reader, id, arena, row, found, err))
        return false;
    *found = *found && sw_str_equal(row->arn, arn);
    return true;
}

bool sw_runtime_find_child(const sw_runtime *runtime, sw_reader *reader, sw_str name,
                           sw_arena *arena, sw_execution_row *row, sw_map_run_row *map_run,
                           bool *found, sw_error *err)
{
    int64_t id;
    *found = false;
    if (!sw_name_read(runtime, name, &id))
        return true;
    if (!reader->find_execution(reader, id, arena, row, found, err))
        return false;
    *found = *found && row->machine < 0 && sw_str_equal(row->name, name);
    return !*found || reader->find_map_run(reader, -row->machine, arena, map_run, found, err);
}

bool sw_runtime_find_execution(const sw_runtime *runtime, sw_reader *reader, int64_t machine,
                               sw_str name, sw_arena *arena, sw_execution_row *row, bool *found,
                               sw_error *err)
{
    int64_t id;
    if (sw_name_read(runtime, name, &id)) {
        if (!reader->find_execution(reader, id, arena, row, found, err))
            return false;
        if (*found && row->machine == machine && sw_str_equal(row->name, name))
            return true;
    }
    return reader->find_execution_by_name(reader, machine, name, arena, row, found, err);
}
