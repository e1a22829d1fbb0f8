// memory_rows.c: sorted arrays of rows, and the table of names.

#include "store/memory.h"

#include "base/assert.h"

#include <stdlib.h>

static void *allocate(size_t bytes)
{
    void *piece = malloc(bytes > 0 ? bytes : 1);
    SW_ASSERT(piece != NULL);
    return piece;
}

// --- Types of row --------------------------------------------------------------------------------

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(sw_str a, sw_str b)
{
    size_t bytes = a.bytes < b.bytes ? a.bytes : b.bytes;
    int    order = bytes > 0 ? memcmp(a.text, b.text, bytes) : 0;
    return order != 0 ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

// Rows that begin with their key.
static int compare_id(const void *a, const void *b)
{
    return compare_numbers(*(const int64_t *)a, *(const int64_t *)b);
}

static int compare_arn(const void *a, const void *b)
{
    return compare_texts(*(const sw_str *)a, *(const sw_str *)b);
}

static int compare_version(const void *a, const void *b)
{
    const sw_version_row *left = a, *right = b;
    int                   order = compare_numbers(left->machine, right->machine);
    return order != 0 ? order : compare_numbers(left->number, right->number);
}

static int compare_alias(const void *a, const void *b)
{
    const sw_alias_row *left = a, *right = b;
    int                 order = compare_numbers(left->machine, right->machine);
    return order != 0 ? order : compare_texts(left->name, right->name);
}

static int compare_start(const void *a, const void *b)
{
    const sw_execution_row *left = a, *right = b;
    int                     order = compare_numbers(left->start_ms, right->start_ms);
    return order != 0 ? order : compare_numbers(left->id, right->id);
}

#define TEXTS(name, ...) static const size_t name[] = {__VA_ARGS__}
#define TYPE(row, compare, texts)                                                                  \
    {                                                                                              \
        sizeof(row), compare, texts, sizeof texts / sizeof *texts                                  \
    }

TEXTS(machine_texts, offsetof(sw_machine_row, arn), offsetof(sw_machine_row, name),
      offsetof(sw_machine_row, role_arn), offsetof(sw_machine_row, revision_id),
      offsetof(sw_machine_row, logging), offsetof(sw_machine_row, tracing),
      offsetof(sw_machine_row, encryption));
TEXTS(revision_texts, offsetof(sw_revision_row, revision_id), offsetof(sw_revision_row, definition),
      offsetof(sw_revision_row, role_arn), offsetof(sw_revision_row, logging),
      offsetof(sw_revision_row, tracing));
TEXTS(version_texts, offsetof(sw_version_row, description));
TEXTS(alias_texts, offsetof(sw_alias_row, name), offsetof(sw_alias_row, description));
TEXTS(activity_texts, offsetof(sw_activity_row, arn), offsetof(sw_activity_row, name),
      offsetof(sw_activity_row, encryption));
TEXTS(map_run_texts, offsetof(sw_map_run_row, arn), offsetof(sw_map_run_row, execution_arn),
      offsetof(sw_map_run_row, state), offsetof(sw_map_run_row, settings),
      offsetof(sw_map_run_row, counts));
TEXTS(tags_texts, offsetof(sw_memory_tags, arn));
// Those that a start brings.
TEXTS(execution_texts, offsetof(sw_execution_row, name), offsetof(sw_execution_row, alias),
      offsetof(sw_execution_row, trace_header), offsetof(sw_execution_row, mock_case),
      offsetof(sw_execution_row, input));

const sw_row_type sw_row_machine = TYPE(sw_machine_row, compare_id, machine_texts);
const sw_row_type sw_row_revision = TYPE(sw_revision_row, compare_id, revision_texts);
const sw_row_type sw_row_version = TYPE(sw_version_row, compare_version, version_texts);
const sw_row_type sw_row_alias = TYPE(sw_alias_row, compare_alias, alias_texts);
const sw_row_type sw_row_activity = TYPE(sw_activity_row, compare_id, activity_texts);
const sw_row_type sw_row_activity_task = {sizeof(sw_activity_task_row), compare_id, NULL, 0};
const sw_row_type sw_row_map_run = TYPE(sw_map_run_row, compare_id, map_run_texts);
const sw_row_type sw_row_tags = TYPE(sw_memory_tags, compare_arn, tags_texts);
const sw_row_type sw_row_execution = TYPE(sw_memory_execution, compare_id, execution_texts);
const sw_row_type sw_row_index = {sizeof(sw_memory_index), compare_id, NULL, 0};
// For the array inside an index, whose rows belong to the executions.
const sw_row_type sw_row_by_start = {0, compare_start, NULL, 0};

static sw_str *text_of(void *row, size_t offset)
{
    return (sw_str *)(void *)((char *)row + offset);
}

static void *copy_row(const sw_row_type *type, const void *row)
{
    size_t bytes = type->bytes;
    for (size_t i = 0; i < type->text_count; i++)
        bytes += ((const sw_str *)(const void *)((const char *)row + type->texts[i]))->bytes;
    char *copy = allocate(bytes), *at = copy + type->bytes;
    memcpy(copy, row, type->bytes);
    for (size_t i = 0; i < type->text_count; i++) {
        sw_str *text = text_of(copy, type->texts[i]);
        if (text->bytes > 0)
            memcpy(at, text->text, text->bytes);
        text->text = at;
        at += text->bytes;
    }
    return copy;
}

static void free_row(const sw_row_type *type, void *row)
{
    if (type == &sw_row_execution) {
        sw_memory_execution *execution = row;
        for (size_t i = 0; i < execution->chunk_count; i++)
            free((char *)(uintptr_t)execution->chunks[i].events.text);
        free(execution->chunks);
        free(execution->end_texts);
    } else if (type == &sw_row_tags) {
        free(((sw_memory_tags *)row)->tags);
    } else if (type == &sw_row_index) {
        free(((sw_memory_index *)row)->by_start.items);
    }
    free(row);
}

// --- Arrays --------------------------------------------------------------------------------------

void sw_rows_clear(sw_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free_row(rows->type, rows->items[i]);
    free(rows->items);
    *rows = (sw_rows){.type = rows->type};
}

size_t sw_rows_lower(const sw_rows *rows, const void *key)
{
    size_t low = 0, high = rows->count;
    // Nearly always it belongs at the end.
    if (high > 0 && rows->type->compare(rows->items[high - 1], key) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->type->compare(rows->items[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const sw_rows *rows, size_t place, const void *key)
{
    return place < rows->count && rows->type->compare(rows->items[place], key) == 0;
}

void *sw_rows_find(const sw_rows *rows, const void *key)
{
    size_t place = sw_rows_lower(rows, key);
    return is_at(rows, place, key) ? rows->items[place] : NULL;
}

static void insert_at(sw_rows *rows, size_t place, void *row)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity == 0 ? 16 : rows->capacity * 2;
        rows->items = realloc(rows->items, rows->capacity * sizeof *rows->items);
        SW_ASSERT(rows->items != NULL);
    }
    memmove(rows->items + place + 1, rows->items + place,
            (rows->count - place) * sizeof *rows->items);
    rows->items[place] = row;
    rows->count++;
}

void *sw_rows_put(sw_rows *rows, const void *row)
{
    void  *copy = copy_row(rows->type, row);
    size_t place = sw_rows_lower(rows, row);
    if (is_at(rows, place, row)) {
        free_row(rows->type, rows->items[place]);
        rows->items[place] = copy;
    } else {
        insert_at(rows, place, copy);
    }
    return copy;
}

void sw_rows_add(sw_rows *rows, void *row)
{
    insert_at(rows, sw_rows_lower(rows, row), row);
}

void sw_rows_remove(sw_rows *rows, const void *key, bool with_row)
{
    size_t place = sw_rows_lower(rows, key);
    if (!is_at(rows, place, key))
        return;
    if (with_row)
        free_row(rows->type, rows->items[place]);
    rows->count--;
    memmove(rows->items + place, rows->items + place + 1,
            (rows->count - place) * sizeof *rows->items);
}

// --- Names ---------------------------------------------------------------------------------------

static size_t slot_of(const sw_memory_names *names, int64_t machine, sw_str name)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)machine; // FNV-1a
    for (size_t i = 0; i < name.bytes; i++)
        hash = (hash ^ (unsigned char)name.text[i]) * 0x100000001b3u;
    return (size_t)(hash ^ hash >> 29) & (names->slot_count - 1);
}

static bool is_named(const sw_memory_execution *execution, int64_t machine, sw_str name)
{
    return execution->row.machine == machine && sw_str_equal(execution->row.name, name);
}

sw_memory_execution *sw_memory_names_find(const sw_memory_names *names, int64_t machine,
                                          sw_str name)
{
    if (names->slot_count == 0)
        return NULL;
    size_t slot = slot_of(names, machine, name);
    for (; names->slots[slot] != NULL; slot = (slot + 1) & (names->slot_count - 1))
        if (is_named(names->slots[slot], machine, name))
            return names->slots[slot];
    return NULL;
}

static void place(sw_memory_names *names, sw_memory_execution *execution)
{
    size_t slot = slot_of(names, execution->row.machine, execution->row.name);
    while (names->slots[slot] != NULL)
        slot = (slot + 1) & (names->slot_count - 1);
    names->slots[slot] = execution;
}

static void grow(sw_memory_names *names)
{
    sw_memory_names larger = {.count = names->count,
                              .slot_count = names->slot_count == 0 ? 64 : names->slot_count * 2};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    SW_ASSERT(larger.slots != NULL);
    for (size_t i = 0; i < names->slot_count; i++)
        if (names->slots[i] != NULL)
            place(&larger, names->slots[i]);
    free(names->slots);
    *names = larger;
}

void sw_memory_names_add(sw_memory_names *names, sw_memory_execution *execution)
{
    if (names->count >= names->slot_count / 2)
        grow(names);
    place(names, execution);
    names->count++;
}

// What stood behind it in the same run is placed anew, so that no search ends too early.
void sw_memory_names_remove(sw_memory_names *names, const sw_memory_execution *execution)
{
    size_t slot = slot_of(names, execution->row.machine, execution->row.name);
    size_t mask = names->slot_count - 1;
    while (names->slots[slot] != execution)
        slot = (slot + 1) & mask;
    names->slots[slot] = NULL;
    names->count--;
    for (slot = (slot + 1) & mask; names->slots[slot] != NULL; slot = (slot + 1) & mask) {
        sw_memory_execution *moved = names->slots[slot];
        names->slots[slot] = NULL;
        place(names, moved);
    }
}
