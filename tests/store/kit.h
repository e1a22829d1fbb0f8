// kit.h: what the store's tests share: folders, a store as text, and batches made up from a seed.
//
// The store in memory is the model: after the same batches any store must print the same
// (kit_dump), so a test only has to say which batches should be there.

#ifndef STEPWELL_TESTS_STORE_KIT_H
#define STEPWELL_TESTS_STORE_KIT_H

#include "stepwell/store.h"

#include "base/chance.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIT_UNUSED __attribute__((unused))

// --- Folders -------------------------------------------------------------------------------------

KIT_UNUSED static const char *kit_folder_path(void)
{
    static char path[64];
    if (path[0] == '\0') {
        snprintf(path, sizeof path, "/tmp/stepwell-store-XXXXXX");
        if (mkdtemp(path) == NULL)
            abort();
    }
    return path;
}

// The folder, emptied.
KIT_UNUSED static const char *kit_folder(void)
{
    const char *path = kit_folder_path();
    DIR        *folder = opendir(path);
    if (folder == NULL)
        abort();
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char file[400];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(file);
    }
    closedir(folder);
    return path;
}

KIT_UNUSED static void kit_remove_folder(void)
{
    rmdir(kit_folder());
}

// --- A store as text -----------------------------------------------------------------------------

#define KIT_TEXT(s) (int)(s).bytes, (s).bytes > 0 ? (s).text : ""

typedef struct kit_printer {
    FILE      *out;
    sw_reader *reader;
    int64_t    executions[4096];
    size_t     count;
} kit_printer;

static bool kit_print_machine(void *who, const sw_machine_row *m)
{
    fprintf(((kit_printer *)who)->out,
            "machine %lld %.*s %.*s %.*s %d %d %lld %lld %lld %.*s %lld %.*s|%.*s|%.*s\n",
            (long long)m->id, KIT_TEXT(m->arn), KIT_TEXT(m->name), KIT_TEXT(m->role_arn), m->type,
            m->deleting, (long long)m->created_ms, (long long)m->updated_ms, (long long)m->revision,
            KIT_TEXT(m->revision_id), (long long)m->next_version, KIT_TEXT(m->logging),
            KIT_TEXT(m->tracing), KIT_TEXT(m->encryption));
    return true;
}

static bool kit_print_version(void *who, const sw_version_row *v)
{
    fprintf(((kit_printer *)who)->out, "version %lld:%lld %lld %lld %.*s\n", (long long)v->machine,
            (long long)v->number, (long long)v->revision, (long long)v->created_ms,
            KIT_TEXT(v->description));
    return true;
}

static bool kit_print_alias(void *who, const sw_alias_row *a)
{
    fprintf(((kit_printer *)who)->out, "alias %lld:%.*s %.*s %lld %lld %lld=%d %lld=%d\n",
            (long long)a->machine, KIT_TEXT(a->name), KIT_TEXT(a->description),
            (long long)a->created_ms, (long long)a->updated_ms, (long long)a->version[0],
            a->weight[0], (long long)a->version[1], a->weight[1]);
    return true;
}

static bool kit_print_activity(void *who, const sw_activity_row *a)
{
    fprintf(((kit_printer *)who)->out, "activity %lld %lld %.*s %.*s %.*s\n", (long long)a->id,
            (long long)a->created_ms, KIT_TEXT(a->arn), KIT_TEXT(a->name), KIT_TEXT(a->encryption));
    return true;
}

static bool kit_print_tag(void *who, sw_str arn, const sw_tag *tag)
{
    fprintf(((kit_printer *)who)->out, "tag %.*s %.*s=%.*s\n", KIT_TEXT(arn), KIT_TEXT(tag->key),
            KIT_TEXT(tag->value));
    return true;
}

static bool kit_print_task(void *who, const sw_activity_task_row *t)
{
    fprintf(((kit_printer *)who)->out, "task %lld %lld %lld %u %u\n", (long long)t->id,
            (long long)t->activity, (long long)t->execution, t->frame, t->attempt);
    return true;
}

static bool kit_print_running(void *who, const sw_execution_row *e)
{
    fprintf(((kit_printer *)who)->out, "running %lld %lld %lld %u %u\n", (long long)e->id,
            (long long)e->machine, (long long)e->due_ms, e->flags, e->event_count);
    return true;
}

KIT_UNUSED static void kit_print_execution(FILE *out, const sw_execution_row *e)
{
    fprintf(out,
            "execution %lld %lld %lld %.*s.%d %d %lld %lld %lld %u %lld %.*s %.*s %.*s %llx "
            "%lld.%u.%u.%d %lld %u %u in=%.*s out=%d%.*s error=%d%.*s cause=%d%.*s\n",
            (long long)e->id, (long long)e->machine, (long long)e->revision, KIT_TEXT(e->name),
            e->generated_name, e->status, (long long)e->start_ms, (long long)e->stop_ms,
            (long long)e->redrive_ms, e->redrive_count, (long long)e->version, KIT_TEXT(e->alias),
            KIT_TEXT(e->trace_header), KIT_TEXT(e->mock_case), (unsigned long long)e->seed,
            (long long)e->parent.execution, e->parent.frame, e->parent.attempt, e->parent.mode,
            (long long)e->due_ms, e->flags, e->event_count, KIT_TEXT(e->input), e->has_output,
            KIT_TEXT(e->output), e->has_error, KIT_TEXT(e->error), e->has_cause,
            KIT_TEXT(e->cause));
}

static bool kit_list_execution(void *who, const sw_execution_row *e)
{
    kit_printer *printer = who;
    // A listing has no payloads, so what it prints is without them.
    kit_print_execution(printer->out, e);
    if (printer->count < sizeof printer->executions / sizeof *printer->executions)
        printer->executions[printer->count++] = e->id;
    return true;
}

static bool kit_print_events(void *who, uint32_t first_event, sw_str events)
{
    fprintf(((kit_printer *)who)->out, "  %u %.*s\n", first_event, KIT_TEXT(events));
    return true;
}

static bool kit_print_one(kit_printer *printer, int64_t id, sw_arena *arena, sw_error *err)
{
    sw_execution_row row, named;
    bool             found = false, by_name = false;
    sw_reader       *reader = printer->reader;
    if (!reader->find_execution(reader, id, arena, &row, &found, err))
        return false;
    if (!found)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "%lld is listed but not found", (long long)id);
    if (!reader->find_execution_by_name(reader, row.machine, row.name, arena, &named, &by_name,
                                        err))
        return false;
    if (row.generated_name ? by_name && named.id == id : !by_name || named.id != id)
        return sw_fail(err, SW_ERROR_NOT_FOUND, "%lld is found wrongly by name", (long long)id);
    kit_print_execution(printer->out, &row);
    return reader->read_history(reader, id, 1, UINT32_MAX, kit_print_events, printer, err);
}

#define KIT_MACHINES_MAX  40
#define KIT_REVISIONS_MAX 200

static bool kit_print_revisions(kit_printer *printer, sw_arena *arena, sw_error *err)
{
    sw_reader *reader = printer->reader;
    for (int64_t id = 1; id <= KIT_REVISIONS_MAX; id++) {
        sw_revision_row r;
        bool            found = false;
        if (!reader->find_revision(reader, id, arena, &r, &found, err))
            return false;
        if (found)
            fprintf(printer->out, "revision %lld %lld %.*s %.*s %.*s %.*s %.*s %lld\n",
                    (long long)r.id, (long long)r.machine, KIT_TEXT(r.revision_id),
                    KIT_TEXT(r.definition), KIT_TEXT(r.role_arn), KIT_TEXT(r.logging),
                    KIT_TEXT(r.tracing), (long long)r.created_ms);
    }
    return true;
}

static bool kit_print_control(kit_printer *p, sw_error *err)
{
    sw_reader  *r = p->reader;
    sw_last_ids ids = {0};
    bool        good = r->each_machine(r, kit_print_machine, p, err) &&
                r->each_version(r, kit_print_version, p, err) &&
                r->each_alias(r, kit_print_alias, p, err) &&
                r->each_activity(r, kit_print_activity, p, err) &&
                r->each_tag(r, kit_print_tag, p, err) &&
                r->each_activity_task(r, kit_print_task, p, err) &&
                r->each_running(r, kit_print_running, p, err) && r->get_last_ids(r, &ids, err);
    fprintf(p->out, "last %lld %lld %lld %lld %lld\n", (long long)ids.machine,
            (long long)ids.revision, (long long)ids.activity, (long long)ids.execution,
            (long long)ids.activity_task);
    return good;
}

static bool kit_print_lists(kit_printer *printer, sw_error *err)
{
    sw_reader *reader = printer->reader;
    for (int64_t machine = 1; machine <= KIT_MACHINES_MAX; machine++) {
        int64_t counts[6];
        for (int status = -1; status < 5; status++)
            if (!reader->count_executions(reader, machine, status, &counts[status + 1], err))
                return false;
        if (counts[0] > 0)
            fprintf(printer->out, "count %lld: %lld %lld %lld %lld %lld %lld\n", (long long)machine,
                    (long long)counts[0], (long long)counts[1], (long long)counts[2],
                    (long long)counts[3], (long long)counts[4], (long long)counts[5]);
        sw_execution_query query = {.machine = machine, .status = -1, .limit = 100000};
        if (!reader->list_executions(reader, &query, kit_list_execution, printer, err))
            return false;
    }
    return true;
}

// All that can be read from the store; NULL, and why in *err, when something cannot. The caller
// frees.
KIT_UNUSED static char *kit_dump(sw_store *store, sw_error *err)
{
    char       *text = NULL;
    size_t      bytes = 0;
    sw_arena    arena;
    kit_printer printer = {.out = open_memstream(&text, &bytes)};
    sw_arena_init(&arena);
    bool good = store->reader_open(store, &printer.reader, err);
    if (good) {
        good = kit_print_control(&printer, err) && kit_print_revisions(&printer, &arena, err) &&
               kit_print_lists(&printer, err);
        for (size_t i = 0; good && i < printer.count; i++)
            good = kit_print_one(&printer, printer.executions[i], &arena, err);
        printer.reader->close(printer.reader);
    }
    fclose(printer.out);
    sw_arena_clear(&arena);
    if (good)
        return text;
    free(text);
    return NULL;
}

// --- Batches from a seed -------------------------------------------------------------------------

typedef struct kit_execution {
    int64_t  id, machine;
    uint32_t events;
    bool     running, purged;
} kit_execution;

// Makes batches that are as a server would send them, of every kind of record.
typedef struct kit_maker {
    sw_arena      arena; // of the batch made last
    sw_chance     chance;
    int64_t       now_ms;
    sw_last_ids   ids;
    kit_execution executions[4096];
    size_t        count;
    int64_t       tasks[64];
    sw_record    *records;
    size_t        record_count;
    size_t        large_bytes; // now and then a payload of this size; 0: never
} kit_maker;

KIT_UNUSED static void kit_maker_init(kit_maker *maker, uint64_t seed)
{
    memset(maker, 0, sizeof *maker);
    sw_arena_init(&maker->arena);
    sw_chance_seed(&maker->chance, seed, 0);
    maker->now_ms = 1700000000000;
}

KIT_UNUSED static void kit_maker_clear(kit_maker *maker)
{
    sw_arena_clear(&maker->arena);
}

static uint32_t kit_pick(kit_maker *maker, uint32_t count)
{
    return (uint32_t)(sw_chance_bits(&maker->chance) >> 33) % count;
}

static sw_record *kit_add(kit_maker *maker, sw_record_kind kind)
{
    sw_record *record = &maker->records[maker->record_count++];
    *record = (sw_record){.kind = kind};
    return record;
}

static sw_str kit_text(kit_maker *maker, const char *what)
{
    uint32_t number = kit_pick(maker, 1000000);
    if (number % 7 == 0)
        return (sw_str){0};
    if (maker->large_bytes > 0 && number % 11 == 0) {
        char *large = sw_arena_alloc(&maker->arena, maker->large_bytes);
        memset(large, 'a' + (int)(number % 26), maker->large_bytes);
        return (sw_str){large, maker->large_bytes};
    }
    return sw_str_format(&maker->arena, "%s-%u\xc3\xa4", what, number);
}

static sw_str kit_name(kit_maker *maker, const char *what)
{
    char uuid[37];
    sw_chance_uuid(&maker->chance, uuid);
    return sw_str_format(&maker->arena, "%s-%s", what, uuid);
}

static void kit_make_machine(kit_maker *maker)
{
    sw_machine_row  *m = SW_ARENA_NEW(&maker->arena, sw_machine_row);
    sw_revision_row *r = SW_ARENA_NEW(&maker->arena, sw_revision_row);
    bool             update = maker->ids.machine >= 3;
    if (maker->ids.revision >= KIT_REVISIONS_MAX)
        return;
    m->id = update ? 1 + kit_pick(maker, (uint32_t)maker->ids.machine) : ++maker->ids.machine;
    m->name = sw_str_format(&maker->arena, "m%lld", (long long)m->id);
    m->arn = sw_str_format(&maker->arena, "arn:stateMachine:m%lld", (long long)m->id);
    m->role_arn = kit_text(maker, "role");
    m->type = (uint8_t)kit_pick(maker, 2);
    m->deleting = kit_pick(maker, 9) == 0;
    m->created_ms = 5;
    m->updated_ms = maker->now_ms;
    m->revision = r->id = ++maker->ids.revision;
    m->revision_id = update ? kit_name(maker, "r") : (sw_str){0};
    m->next_version = 1 + kit_pick(maker, 9);
    m->logging = kit_text(maker, "logging");
    m->tracing = kit_text(maker, "tracing");
    m->encryption = kit_text(maker, "encryption");
    r->machine = m->id;
    r->revision_id = m->revision_id;
    r->definition = kit_name(maker, "definition");
    r->role_arn = m->role_arn;
    r->logging = m->logging;
    r->created_ms = maker->now_ms;
    kit_add(maker, SW_RECORD_REVISION)->revision = r;
    kit_add(maker, SW_RECORD_MACHINE)->machine = m;
}

static int64_t kit_some_machine(kit_maker *maker)
{
    return 1 + kit_pick(maker, (uint32_t)maker->ids.machine);
}

static void kit_make_version(kit_maker *maker)
{
    sw_version_row *v = SW_ARENA_NEW(&maker->arena, sw_version_row);
    v->machine = kit_some_machine(maker);
    v->number = maker->now_ms - 1700000000000; // grows
    v->revision = maker->ids.revision;
    v->created_ms = maker->now_ms;
    v->description = kit_text(maker, "version");
    if (kit_pick(maker, 4) == 0) {
        sw_record *gone = kit_add(maker, SW_RECORD_VERSION_DELETED);
        gone->id = v->machine;
        gone->number = v->number - 1;
    }
    kit_add(maker, SW_RECORD_VERSION)->version = v;
}

static void kit_make_alias(kit_maker *maker)
{
    sw_alias_row *a = SW_ARENA_NEW(&maker->arena, sw_alias_row);
    a->machine = kit_some_machine(maker);
    a->name = sw_str_format(&maker->arena, "alias%u", kit_pick(maker, 5));
    a->description = kit_text(maker, "alias");
    a->created_ms = a->updated_ms = maker->now_ms;
    a->version[0] = 1;
    a->weight[0] = 100;
    if (kit_pick(maker, 3) == 0) {
        a->version[1] = 2;
        a->weight[1] = 30;
        a->weight[0] = 70;
    }
    if (kit_pick(maker, 4) == 0) {
        sw_record *gone = kit_add(maker, SW_RECORD_ALIAS_DELETED);
        gone->id = a->machine;
        gone->text = a->name;
        return;
    }
    kit_add(maker, SW_RECORD_ALIAS)->alias = a;
}

static void kit_make_tags(kit_maker *maker)
{
    size_t     count = kit_pick(maker, 4);
    sw_tag    *tags = SW_ARENA_ARRAY(&maker->arena, sw_tag, 4);
    sw_record *record = kit_add(maker, SW_RECORD_TAGS);
    for (size_t i = 0; i < count; i++)
        tags[i] = (sw_tag){kit_name(maker, "key"), kit_text(maker, "value")};
    record->text =
        sw_str_format(&maker->arena, "arn:stateMachine:m%lld", (long long)kit_some_machine(maker));
    record->tags = tags;
    record->tag_count = count;
}

static void kit_make_activity(kit_maker *maker)
{
    sw_activity_row *a = SW_ARENA_NEW(&maker->arena, sw_activity_row);
    if (kit_pick(maker, 8) == 0) {
        kit_add(maker, SW_RECORD_ACTIVITY_DELETED)->id = maker->ids.activity;
        return;
    }
    a->id = ++maker->ids.activity;
    a->name = kit_name(maker, "activity");
    a->arn = kit_name(maker, "arn:activity");
    a->created_ms = maker->now_ms;
    a->encryption = kit_text(maker, "encryption");
    kit_add(maker, SW_RECORD_ACTIVITY)->activity = a;
}

static void kit_make_task(kit_maker *maker)
{
    int64_t *slot = &maker->tasks[kit_pick(maker, 64)];
    if (*slot != 0)
        kit_add(maker, SW_RECORD_ACTIVITY_TASK_GONE)->id = *slot;
    sw_activity_task_row *t = SW_ARENA_NEW(&maker->arena, sw_activity_task_row);
    t->id = *slot = ++maker->ids.activity_task;
    t->activity = 1 + kit_pick(maker, 5);
    t->execution = maker->ids.execution;
    t->frame = kit_pick(maker, 100);
    t->attempt = kit_pick(maker, 100);
    kit_add(maker, SW_RECORD_ACTIVITY_TASK)->activity_task = t;
}

static void kit_make_events(kit_maker *maker, kit_execution *e)
{
    sw_record *record = kit_add(maker, SW_RECORD_EVENTS);
    uint32_t   events = kit_pick(maker, 4); // 0: private ones only
    record->id = e->id;
    record->number = e->events + 1;
    record->text = kit_name(maker, "events");
    e->events += events;
}

static sw_execution_row *kit_make_row(kit_maker *maker, const kit_execution *e)
{
    sw_execution_row *row = SW_ARENA_NEW(&maker->arena, sw_execution_row);
    row->id = e->id;
    row->event_count = e->events;
    row->due_ms = kit_pick(maker, 2) == 0 ? INT64_MAX : maker->now_ms + kit_pick(maker, 100000);
    row->flags = kit_pick(maker, 2);
    return row;
}

static void kit_make_end(kit_maker *maker, kit_execution *e)
{
    sw_execution_row *row = kit_make_row(maker, e);
    row->status = (uint8_t)(1 + kit_pick(maker, 4));
    row->stop_ms = maker->now_ms;
    row->has_output = row->status == 1;
    row->has_error = row->status != 1;
    row->has_cause = row->status == 2;
    row->output = row->has_output ? kit_text(maker, "output") : (sw_str){0};
    row->error = row->has_error ? kit_text(maker, "error") : (sw_str){0};
    row->cause = row->has_cause ? kit_text(maker, "cause") : (sw_str){0};
    e->running = false;
    kit_add(maker, SW_RECORD_EXECUTION_ENDED)->execution = row;
}

static void kit_make_start(kit_maker *maker)
{
    if (maker->count == sizeof maker->executions / sizeof *maker->executions)
        return;
    kit_execution *e = &maker->executions[maker->count++];
    *e = (kit_execution){++maker->ids.execution, kit_some_machine(maker), 0, true, false};
    sw_execution_row *row = kit_make_row(maker, e);
    row->machine = e->machine;
    row->revision = 1;
    row->name = kit_name(maker, "name");
    row->generated_name = kit_pick(maker, 3) == 0;
    row->start_ms = maker->now_ms;
    row->version = kit_pick(maker, 3);
    row->alias = row->version > 0 && kit_pick(maker, 2) == 0 ? SW_STR("live") : (sw_str){0};
    row->trace_header = kit_text(maker, "trace");
    row->mock_case = kit_text(maker, "case");
    row->seed = sw_chance_bits(&maker->chance);
    row->parent = (sw_parent_link){kit_pick(maker, 5), kit_pick(maker, 5), kit_pick(maker, 5), 1};
    row->input = kit_text(maker, "input");
    kit_add(maker, SW_RECORD_EXECUTION)->execution = row;
    if (kit_pick(maker, 4) > 0)
        kit_make_events(maker, e);
    if (kit_pick(maker, 3) == 0)
        kit_make_end(maker, e);
}

static void kit_make_step(kit_maker *maker)
{
    if (maker->count == 0)
        return;
    kit_execution *e = &maker->executions[kit_pick(maker, (uint32_t)maker->count)];
    uint32_t       what = kit_pick(maker, 6);
    if (e->purged)
        return;
    if (e->running && what < 4) {
        kit_make_events(maker, e);
        kit_add(maker, SW_RECORD_EXECUTION_PROGRESS)->execution = kit_make_row(maker, e);
    } else if (e->running) {
        kit_make_events(maker, e);
        kit_make_end(maker, e);
    } else if (what < 2) {
        sw_execution_row *row = kit_make_row(maker, e);
        row->redrive_ms = maker->now_ms;
        row->redrive_count = 1 + what;
        e->running = true;
        kit_add(maker, SW_RECORD_EXECUTION_REDRIVEN)->execution = row;
    } else if (what == 2) {
        e->purged = true;
        kit_add(maker, SW_RECORD_EXECUTION_PURGED)->id = e->id;
    }
}

// The next batch, of about that many steps; maker->records are good until the next call.
KIT_UNUSED static void kit_make_batch(kit_maker *maker, uint32_t steps)
{
    sw_arena_reset(&maker->arena);
    maker->records = SW_ARENA_ARRAY(&maker->arena, sw_record, steps * 4 + 4);
    maker->record_count = 0;
    if (maker->ids.machine == 0)
        kit_make_machine(maker);
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t what = kit_pick(maker, 40);
        maker->now_ms += kit_pick(maker, 3);
        switch (what) {
        case 0:
            kit_make_machine(maker);
            break;
        case 1:
            maker->now_ms++;
            kit_make_version(maker);
            maker->now_ms++;
            break;
        case 2:
            kit_make_alias(maker);
            break;
        case 3:
            kit_make_tags(maker);
            break;
        case 4:
            kit_make_activity(maker);
            break;
        case 5:
        case 6:
            kit_make_task(maker);
            break;
        default:
            what % 2 == 0 ? kit_make_start(maker) : kit_make_step(maker);
            break;
        }
    }
}

#endif
