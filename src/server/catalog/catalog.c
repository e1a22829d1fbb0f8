// catalog.c: two sorted lists for each kind: by ARN, which is also the order of listings, and by
// id, which only grows.
//
// Texts of an entry are one piece of heap each and are replaced with their row.

#include "server/catalog.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdlib.h>

// Lists of pointers -------------------------------------------------------------------------------

typedef struct list {
    void **items;
    size_t count, capacity;
} list;

static void insert_at(list *l, size_t at, void *item)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 16 : l->capacity * 2;
        void **larger = realloc(l->items, capacity * sizeof *larger);
        SW_ASSERT(larger != NULL);
        l->items = larger;
        l->capacity = capacity;
    }
    memmove(l->items + at + 1, l->items + at, (l->count - at) * sizeof *l->items);
    l->items[at] = item;
    l->count++;
}

static void remove_at(list *l, size_t at)
{
    memmove(l->items + at, l->items + at + 1, (l->count - at - 1) * sizeof *l->items);
    l->count--;
}

typedef struct named { // what both kinds of entries begin with, for the lists
    int64_t id;
    sw_str  arn, name;
} named;

typedef struct machine_item {
    named            key;
    sw_machine_entry entry;
    char            *texts;
} machine_item;

typedef struct activity_item {
    named             key;
    sw_activity_entry entry;
    char             *texts;
} activity_item;

static int compare_texts(sw_str a, sw_str b)
{
    size_t shorter = a.bytes < b.bytes ? a.bytes : b.bytes;
    int    order = shorter == 0 ? 0 : memcmp(a.text, b.text, shorter);
    return order != 0 ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

// Where arn stands, or would.
static size_t find_arn(const list *l, sw_str arn, bool *found)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_texts(((const named *)l->items[middle])->arn, arn) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < l->count && sw_str_equal(((const named *)l->items[low])->arn, arn);
    return low;
}

static size_t find_id(const list *l, int64_t id, bool *found)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (((const named *)l->items[middle])->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < l->count && ((const named *)l->items[low])->id == id;
    return low;
}

typedef struct tag_item {
    named       key; // arn only
    sw_tag_list list;
    char       *text;
} tag_item;

typedef struct cached_revision {
    int64_t     revision;
    sw_machine *machine;
    uint64_t    used;
} cached_revision;

#define REVISIONS_MAX 256u // compiled definitions that are kept

struct sw_catalog {
    pthread_mutex_t lock;
    list            machines, machine_ids, activities, activity_ids, tags;
    int64_t         next_machine, next_revision, next_activity;
    cached_revision revisions[REVISIONS_MAX];
    uint64_t        clock;
};

void sw_catalog_lock(sw_catalog *catalog)
{
    pthread_mutex_lock(&catalog->lock);
}

void sw_catalog_unlock(sw_catalog *catalog)
{
    pthread_mutex_unlock(&catalog->lock);
}

// Machines ----------------------------------------------------------------------------------------

static void keep(char **at, sw_str *text)
{
    if (text->bytes > 0)
        memcpy(*at, text->text, text->bytes);
    text->text = *at;
    *at += text->bytes;
}

static char *own_machine_texts(sw_machine_row *row)
{
    sw_str *texts[] = {&row->arn,     &row->name,    &row->role_arn,  &row->revision_id,
                       &row->logging, &row->tracing, &row->encryption};
    size_t  bytes = 1;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        bytes += texts[i]->bytes;
    char *block = malloc(bytes), *at = block;
    SW_ASSERT(block != NULL);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        keep(&at, texts[i]);
    return block;
}

static machine_item *find_machine_item(sw_catalog *catalog, int64_t id)
{
    bool   found;
    size_t at = find_id(&catalog->machine_ids, id, &found);
    return found ? catalog->machine_ids.items[at] : NULL;
}

sw_machine_entry *sw_catalog_get_machine(sw_catalog *catalog, int64_t id)
{
    machine_item *item = find_machine_item(catalog, id);
    return item == NULL ? NULL : &item->entry;
}

sw_machine_entry *sw_catalog_find_machine(sw_catalog *catalog, sw_str arn)
{
    bool   found;
    size_t at = find_arn(&catalog->machines, arn, &found);
    return found ? &((machine_item *)catalog->machines.items[at])->entry : NULL;
}

sw_machine_entry *sw_catalog_put_machine(sw_catalog *catalog, const sw_machine_row *row)
{
    bool           found;
    sw_machine_row own = *row;
    char          *texts = own_machine_texts(&own);
    machine_item  *item = find_machine_item(catalog, row->id);
    if (item == NULL) {
        item = calloc(1, sizeof *item);
        SW_ASSERT(item != NULL);
        item->key = (named){row->id, own.arn, own.name};
        insert_at(&catalog->machines, find_arn(&catalog->machines, own.arn, &found), item);
        insert_at(&catalog->machine_ids, find_id(&catalog->machine_ids, row->id, &found), item);
    }
    free(item->texts);
    item->texts = texts;
    item->key = (named){row->id, own.arn, own.name};
    item->entry.row = own;
    if (row->id >= catalog->next_machine)
        catalog->next_machine = row->id + 1;
    if (row->revision >= catalog->next_revision)
        catalog->next_revision = row->revision + 1;
    return &item->entry;
}

static void free_alias(sw_alias_row *alias)
{
    free((char *)(uintptr_t)alias->name.text);
    free((char *)(uintptr_t)alias->description.text);
}

static void free_machine(machine_item *item)
{
    for (uint32_t i = 0; i < item->entry.version_count; i++)
        free((char *)(uintptr_t)item->entry.versions[i].description.text);
    for (uint32_t i = 0; i < item->entry.alias_count; i++)
        free_alias(&item->entry.aliases[i]);
    free(item->entry.versions);
    free(item->entry.aliases);
    free(item->texts);
    free(item);
}

void sw_catalog_remove_machine(sw_catalog *catalog, int64_t id)
{
    bool          found;
    machine_item *item = find_machine_item(catalog, id);
    if (item == NULL)
        return;
    remove_at(&catalog->machines, find_arn(&catalog->machines, item->key.arn, &found));
    remove_at(&catalog->machine_ids, find_id(&catalog->machine_ids, id, &found));
    free_machine(item);
}

// Versions and aliases ----------------------------------------------------------------------------

static sw_str own_text(sw_str text)
{
    char *copy = malloc(text.bytes + 1);
    SW_ASSERT(copy != NULL);
    if (text.bytes > 0)
        memcpy(copy, text.text, text.bytes);
    copy[text.bytes] = '\0';
    return (sw_str){copy, text.bytes};
}

sw_version_row *sw_machine_find_version(sw_machine_entry *machine, int64_t number)
{
    for (uint32_t i = 0; i < machine->version_count; i++) {
        if (machine->versions[i].number == number)
            return &machine->versions[i];
    }
    return NULL;
}

sw_alias_row *sw_machine_find_alias(sw_machine_entry *machine, sw_str name)
{
    for (uint32_t i = 0; i < machine->alias_count; i++) {
        if (sw_str_equal(machine->aliases[i].name, name))
            return &machine->aliases[i];
    }
    return NULL;
}

static void *make_room(void *items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 4 : *capacity * 2;
    void *larger = realloc(items, *capacity * item_bytes);
    SW_ASSERT(larger != NULL);
    return larger;
}

void sw_catalog_put_version(sw_catalog *catalog, const sw_version_row *row)
{
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, row->machine);
    if (machine == NULL)
        return;
    machine->versions = make_room(machine->versions, machine->version_count,
                                  &machine->version_capacity, sizeof *machine->versions);
    sw_version_row *own = &machine->versions[machine->version_count++];
    *own = *row;
    own->description = own_text(row->description);
    if (row->revision >= catalog->next_revision)
        catalog->next_revision = row->revision + 1;
}

void sw_catalog_put_alias(sw_catalog *catalog, const sw_alias_row *row)
{
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, row->machine);
    if (machine == NULL)
        return;
    sw_alias_row  own = *row;
    sw_alias_row *old = sw_machine_find_alias(machine, row->name);
    own.name = own_text(row->name);
    own.description = own_text(row->description);
    if (old != NULL) {
        free_alias(old);
        *old = own;
        return;
    }
    machine->aliases = make_room(machine->aliases, machine->alias_count, &machine->alias_capacity,
                                 sizeof *machine->aliases);
    machine->aliases[machine->alias_count++] = own;
}

void sw_catalog_remove_version(sw_catalog *catalog, int64_t machine_id, int64_t number)
{
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, machine_id);
    sw_version_row   *version = machine == NULL ? NULL : sw_machine_find_version(machine, number);
    if (version == NULL)
        return;
    free((char *)(uintptr_t)version->description.text);
    size_t at = (size_t)(version - machine->versions);
    memmove(version, version + 1, (machine->version_count - at - 1) * sizeof *version);
    machine->version_count--;
}

void sw_catalog_remove_alias(sw_catalog *catalog, int64_t machine_id, sw_str name)
{
    sw_machine_entry *machine = sw_catalog_get_machine(catalog, machine_id);
    sw_alias_row     *alias = machine == NULL ? NULL : sw_machine_find_alias(machine, name);
    if (alias == NULL)
        return;
    free_alias(alias);
    size_t at = (size_t)(alias - machine->aliases);
    memmove(alias, alias + 1, (machine->alias_count - at - 1) * sizeof *alias);
    machine->alias_count--;
}

// Activities --------------------------------------------------------------------------------------

static activity_item *find_activity_item(sw_catalog *catalog, int64_t id)
{
    bool   found;
    size_t at = find_id(&catalog->activity_ids, id, &found);
    return found ? catalog->activity_ids.items[at] : NULL;
}

sw_activity_entry *sw_catalog_get_activity(sw_catalog *catalog, int64_t id)
{
    activity_item *item = find_activity_item(catalog, id);
    return item == NULL ? NULL : &item->entry;
}

sw_activity_entry *sw_catalog_find_activity(sw_catalog *catalog, sw_str arn)
{
    bool   found;
    size_t at = find_arn(&catalog->activities, arn, &found);
    return found ? &((activity_item *)catalog->activities.items[at])->entry : NULL;
}

sw_activity_entry *sw_catalog_put_activity(sw_catalog *catalog, const sw_activity_row *row)
{
    bool           found;
    activity_item *item = calloc(1, sizeof *item);
    SW_ASSERT(item != NULL);
    sw_activity_row *own = &item->entry.row;
    *own = *row;
    char *at = item->texts = malloc(row->arn.bytes + row->name.bytes + row->encryption.bytes + 1);
    SW_ASSERT(item->texts != NULL);
    keep(&at, &own->arn);
    keep(&at, &own->name);
    keep(&at, &own->encryption);
    item->key = (named){row->id, own->arn, own->name};
    insert_at(&catalog->activities, find_arn(&catalog->activities, own->arn, &found), item);
    insert_at(&catalog->activity_ids, find_id(&catalog->activity_ids, row->id, &found), item);
    if (row->id >= catalog->next_activity)
        catalog->next_activity = row->id + 1;
    return &item->entry;
}

void sw_catalog_remove_activity(sw_catalog *catalog, int64_t id)
{
    bool           found;
    activity_item *item = find_activity_item(catalog, id);
    if (item == NULL)
        return;
    remove_at(&catalog->activities, find_arn(&catalog->activities, item->key.arn, &found));
    remove_at(&catalog->activity_ids, find_id(&catalog->activity_ids, id, &found));
    free(item->texts);
    free(item);
}

// Tags --------------------------------------------------------------------------------------------

sw_tag_list *sw_catalog_get_tags(sw_catalog *catalog, sw_str arn)
{
    bool   found;
    size_t at = find_arn(&catalog->tags, arn, &found);
    if (!found) {
        tag_item *item = calloc(1, sizeof *item);
        SW_ASSERT(item != NULL);
        sw_str own = own_text(arn);
        item->text = (char *)(uintptr_t)own.text;
        item->key.arn = own;
        insert_at(&catalog->tags, at, item);
    }
    return &((tag_item *)catalog->tags.items[at])->list;
}

static sw_tag *find_tag(const sw_tag_list *tags, sw_str key)
{
    for (uint32_t i = 0; i < tags->count; i++) {
        if (sw_str_equal(tags->tags[i].key, key))
            return &tags->tags[i];
    }
    return NULL;
}

void sw_catalog_set_tag(sw_catalog *catalog, sw_str arn, sw_str key, sw_str value)
{
    sw_tag_list *tags = sw_catalog_get_tags(catalog, arn);
    sw_tag      *tag = find_tag(tags, key);
    if (tag != NULL) {
        free((char *)(uintptr_t)tag->value.text);
        tag->value = own_text(value);
        return;
    }
    tags->tags = make_room(tags->tags, tags->count, &tags->capacity, sizeof *tags->tags);
    tags->tags[tags->count++] = (sw_tag){own_text(key), own_text(value)};
}

static void free_tag(sw_tag *tag)
{
    free((char *)(uintptr_t)tag->key.text);
    free((char *)(uintptr_t)tag->value.text);
}

void sw_catalog_remove_tag(sw_catalog *catalog, sw_str arn, sw_str key)
{
    sw_tag_list *tags = sw_catalog_get_tags(catalog, arn);
    sw_tag      *tag = find_tag(tags, key);
    if (tag == NULL)
        return;
    free_tag(tag);
    size_t at = (size_t)(tag - tags->tags);
    memmove(tag, tag + 1, (tags->count - at - 1) * sizeof *tag);
    tags->count--;
}

void sw_catalog_drop_tags(sw_catalog *catalog, sw_str arn)
{
    bool   found;
    size_t at = find_arn(&catalog->tags, arn, &found);
    if (!found)
        return;
    tag_item *item = catalog->tags.items[at];
    remove_at(&catalog->tags, at);
    for (uint32_t i = 0; i < item->list.count; i++)
        free_tag(&item->list.tags[i]);
    free(item->list.tags);
    free(item->text);
    free(item);
}

// Ids and walks -----------------------------------------------------------------------------------

int64_t sw_catalog_next_machine_id(sw_catalog *catalog)
{
    return catalog->next_machine++;
}

int64_t sw_catalog_next_revision_id(sw_catalog *catalog)
{
    return catalog->next_revision++;
}

int64_t sw_catalog_next_activity_id(sw_catalog *catalog)
{
    return catalog->next_activity++;
}

void sw_catalog_each_machine(sw_catalog *catalog, sw_str                                after_arn,
                             bool (*visit)(void *who, sw_machine_entry *machine), void *who)
{
    bool   found = false;
    size_t at = after_arn.bytes == 0 ? 0 : find_arn(&catalog->machines, after_arn, &found);
    for (at += found; at < catalog->machines.count; at++) {
        if (!visit(who, &((machine_item *)catalog->machines.items[at])->entry))
            return;
    }
}

void sw_catalog_each_activity(sw_catalog *catalog, sw_str after_arn,
                              bool (*visit)(void *who, sw_activity_entry *activity), void *who)
{
    bool   found = false;
    size_t at = after_arn.bytes == 0 ? 0 : find_arn(&catalog->activities, after_arn, &found);
    for (at += found; at < catalog->activities.count; at++) {
        if (!visit(who, &((activity_item *)catalog->activities.items[at])->entry))
            return;
    }
}

// Compiled definitions ----------------------------------------------------------------------------

static sw_machine *find_revision(sw_catalog *catalog, int64_t revision)
{
    cached_revision *slot = &catalog->revisions[(uint64_t)revision % REVISIONS_MAX];
    return slot->revision == revision && slot->machine != NULL ? sw_machine_ref(slot->machine)
                                                               : NULL;
}

void sw_catalog_keep_revision(sw_catalog *catalog, int64_t revision, sw_machine *machine)
{
    cached_revision *slot = &catalog->revisions[(uint64_t)revision % REVISIONS_MAX];
    sw_machine_unref(slot->machine);
    slot->revision = revision;
    slot->machine = sw_machine_ref(machine);
}

static bool compile(sw_str definition, uint8_t type, sw_machine **machine, sw_error *err)
{
    sw_arena           arena;
    sw_diagnostics     diagnostics = {0};
    sw_machine_options options = {.type = type, .format = SW_SOURCE_JSON};
    sw_arena_init(&arena);
    *err = (sw_error){0};
    bool ok = sw_machine_new(definition, &options, &arena, &diagnostics, machine, err);
    if (!ok && diagnostics.first != NULL)
        sw_fail(err, SW_ERROR_INVALID, "a stored definition is not valid any more: %.*s",
                SW_STR_ARG(diagnostics.first->message));
    sw_arena_clear(&arena);
    return ok;
}

static bool load(sw_catalog *catalog, sw_reader *reader, int64_t revision, sw_machine **machine,
                 sw_error *err)
{
    sw_arena        arena;
    sw_revision_row row;
    bool            found = false;
    sw_arena_init(&arena);
    bool ok = reader->find_revision(reader, revision, &arena, &row, &found, err);
    if (ok && !found)
        ok = sw_fail(err, SW_ERROR_NOT_FOUND, "definition %lld is not in the store",
                     (long long)revision);
    if (ok) {
        sw_catalog_lock(catalog);
        const sw_machine_entry *entry = sw_catalog_get_machine(catalog, row.machine);
        uint8_t                 type = entry == NULL ? 0 : entry->row.type;
        sw_catalog_unlock(catalog);
        ok = compile(row.definition, type, machine, err);
    }
    sw_arena_clear(&arena);
    return ok;
}

bool sw_catalog_load_revision(sw_catalog *catalog, sw_reader *reader, int64_t revision,
                              sw_machine **machine, sw_error *err)
{
    sw_catalog_lock(catalog);
    *machine = find_revision(catalog, revision);
    sw_catalog_unlock(catalog);
    if (*machine != NULL)
        return true;
    if (!load(catalog, reader, revision, machine, err))
        return false;
    sw_catalog_lock(catalog);
    sw_catalog_keep_revision(catalog, revision, *machine);
    sw_catalog_unlock(catalog);
    return true;
}

// Making ------------------------------------------------------------------------------------------

static bool load_machine(void *who, const sw_machine_row *row)
{
    sw_catalog_put_machine(who, row);
    return true;
}

static bool load_version(void *who, const sw_version_row *row)
{
    sw_catalog_put_version(who, row);
    return true;
}

static bool load_alias(void *who, const sw_alias_row *row)
{
    sw_catalog_put_alias(who, row);
    return true;
}

static bool load_activity(void *who, const sw_activity_row *row)
{
    sw_catalog_put_activity(who, row);
    return true;
}

static bool load_tag(void *who, sw_str arn, const sw_tag *tag)
{
    sw_catalog_set_tag(who, arn, tag->key, tag->value);
    return true;
}

static bool load_all(sw_catalog *catalog, sw_reader *reader, sw_error *err)
{
    sw_last_ids last;
    if (!reader->get_last_ids(reader, &last, err) ||
        !reader->each_machine(reader, load_machine, catalog, err) ||
        !reader->each_version(reader, load_version, catalog, err) ||
        !reader->each_alias(reader, load_alias, catalog, err) ||
        !reader->each_activity(reader, load_activity, catalog, err) ||
        !reader->each_tag(reader, load_tag, catalog, err))
        return false;
    catalog->next_machine = last.machine + 1;
    catalog->next_revision = last.revision + 1;
    catalog->next_activity = last.activity + 1;
    return true;
}

bool sw_catalog_new(sw_reader *reader, sw_catalog **out, sw_error *err)
{
    sw_catalog *catalog = calloc(1, sizeof *catalog);
    SW_ASSERT(catalog != NULL);
    pthread_mutex_init(&catalog->lock, NULL);
    if (!load_all(catalog, reader, err)) {
        sw_catalog_free(catalog);
        return false;
    }
    *out = catalog;
    return true;
}

void sw_catalog_free(sw_catalog *catalog)
{
    while (catalog->machines.count > 0)
        sw_catalog_remove_machine(catalog, ((named *)catalog->machines.items[0])->id);
    while (catalog->activities.count > 0)
        sw_catalog_remove_activity(catalog, ((named *)catalog->activities.items[0])->id);
    while (catalog->tags.count > 0)
        sw_catalog_drop_tags(catalog, ((named *)catalog->tags.items[0])->arn);
    for (size_t i = 0; i < REVISIONS_MAX; i++)
        sw_machine_unref(catalog->revisions[i].machine);
    free(catalog->machines.items);
    free(catalog->machine_ids.items);
    free(catalog->activities.items);
    free(catalog->activity_ids.items);
    free(catalog->tags.items);
    pthread_mutex_destroy(&catalog->lock);
    free(catalog);
}
