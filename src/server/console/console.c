// console.c: which request is for what, and who may ask.

#include "server/console/internal.h"

#include "base/assert.h"
#include "server/api/api.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#define MACHINES_MAX 500u
#define RECENT_MAX   20u

// Life --------------------------------------------------------------------------------------------

sw_console *sw_console_new(sw_server *server)
{
    sw_console *console = calloc(1, sizeof *console);
    SW_ASSERT(console != NULL);
    console->server = server;
    pthread_mutex_init(&console->lock, NULL);
    return console;
}

void sw_console_free(sw_console *console)
{
    if (console == NULL)
        return;
    pthread_mutex_destroy(&console->lock);
    free(console);
}

bool sw_console_fail(sw_request *request, unsigned status, const char *message)
{
    sw_answer answer = sw_answer_begin(&request->arena);
    sw_answer_text(&answer, "message", sw_str_from(message));
    sw_request_send(request, status, "application/json",
                    sw_json_print(&request->arena, sw_answer_end(&answer)));
    return false;
}

// Other sites -------------------------------------------------------------------------------------
//
// A browser says where a request comes from. A page of another site may not call us, and neither may
// one whose name was made to mean this machine (DNS rebinding): its Host is a name, not an address.

static bool is_own_name(const char *host)
{
    char   name[256];
    size_t bytes = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (bytes >= sizeof name)
        return false;
    memcpy(name, host, bytes);
    name[bytes] = '\0';
    struct in_addr four;
    size_t         end = bytes > 10 ? bytes - 10 : 0;
    return name[0] == '[' || inet_pton(AF_INET, name, &four) == 1 ||
           strcasecmp(name, "localhost") == 0 ||
           (end > 0 && strcasecmp(name + end, ".localhost") == 0);
}

static bool is_same_origin(const char *origin, const char *host)
{
    const char *mark = strstr(origin, "://");
    return mark != NULL && host != NULL && strcasecmp(mark + 3, host) == 0;
}

bool sw_console_refuses(sw_request *request, const sw_http_head *head)
{
    const char *origin = sw_http_header(head, "Origin"), *host = sw_http_header(head, "Host"),
               *site = sw_http_header(head, "Sec-Fetch-Site");
    if (origin == NULL && site == NULL)
        return false; // no browser
    bool from_here = site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    if (from_here && (origin == NULL || is_same_origin(origin, host)) &&
        (!sw_http_is_local(head) || request->server->options.auth != NULL ||
         (host != NULL && is_own_name(host))))
        return false;
    sw_console_fail(request, 403, "The request comes from another site");
    return true;
}

// Machines ----------------------------------------------------------------------------------------

typedef struct machine_item {
    int64_t            id, running, created_ms;
    sw_str             arn, name;
    bool               express;
    sw_machine_figures figures;
} machine_item;

typedef struct machine_list {
    sw_request   *request;
    machine_item *items;
    uint32_t      count;
    bool          more;
} machine_list;

static bool take_machine(void *who, sw_machine_entry *machine)
{
    machine_list *list = who;
    sw_arena     *arena = &list->request->arena;
    list->more = list->count == MACHINES_MAX;
    if (list->more)
        return false;
    if (!sw_arn_is_callers(list->request, machine->row.arn))
        return true;
    list->items[list->count++] = (machine_item){.id = machine->row.id,
                                                .running = machine->running,
                                                .created_ms = machine->row.created_ms,
                                                .arn = sw_str_copy(arena, machine->row.arn),
                                                .name = sw_str_copy(arena, machine->row.name),
                                                .express = machine->row.type == SW_EXPRESS,
                                                .figures = machine->figures};
    return true;
}

typedef struct recent {
    sw_arena *arena;
    sw_str    machine_arn;
    sw_value  items[RECENT_MAX];
    uint32_t  count;
} recent;

static bool take_recent(void *who, const sw_execution_row *row)
{
    recent   *r = who;
    sw_answer item = sw_answer_begin(r->arena);
    sw_str    name = sw_str_copy(r->arena, row->name);
    sw_answer_text(&item, "executionArn", sw_arn_of_execution(r->arena, r->machine_arn, name));
    sw_answer_text(&item, "name", name);
    sw_answer_text(&item, "status", sw_str_from(sw_status_name((sw_status)row->status)));
    sw_answer_time(&item, "startDate", row->start_ms);
    if (row->stop_ms != 0)
        sw_answer_time(&item, "stopDate", row->stop_ms);
    r->items[r->count++] = sw_answer_end(&item);
    return r->count < RECENT_MAX;
}

static sw_value list_recent(sw_request *request, const machine_item *machine)
{
    recent             r = {.arena = &request->arena, .machine_arn = machine->arn};
    sw_execution_query query = {.machine = machine->id, .status = -1, .limit = RECENT_MAX};
    sw_error           err;
    sw_value          *items;
    if (!machine->express)
        request->reader->list_executions(request->reader, &query, take_recent, &r, &err);
    sw_value array = sw_array_build(r.arena, r.count, &items);
    memcpy(items, r.items, r.count * sizeof *items);
    return array;
}

static sw_value show_counts(sw_arena *arena, const machine_item *m)
{
    sw_answer counts = sw_answer_begin(arena);
    sw_answer_add(&counts, "RUNNING", sw_number((double)m->running));
    sw_answer_add(&counts, "SUCCEEDED", sw_number((double)m->figures.succeeded));
    sw_answer_add(&counts, "FAILED", sw_number((double)m->figures.failed));
    sw_answer_add(&counts, "TIMED_OUT", sw_number((double)m->figures.timed_out));
    sw_answer_add(&counts, "ABORTED", sw_number((double)m->figures.aborted));
    return sw_answer_end(&counts);
}

static sw_value show_machine(sw_request *request, const machine_item *m)
{
    sw_answer item = sw_answer_begin(&request->arena);
    sw_answer_text(&item, "stateMachineArn", m->arn);
    sw_answer_text(&item, "name", m->name);
    sw_answer_text(&item, "type", m->express ? SW_STR("EXPRESS") : SW_STR("STANDARD"));
    sw_answer_time(&item, "creationDate", m->created_ms);
    sw_answer_add(&item, "counts", show_counts(&request->arena, m));
    sw_answer_add(&item, "recent", list_recent(request, m));
    return sw_answer_end(&item);
}

static void list_machines(sw_request *request)
{
    sw_catalog  *catalog = request->server->catalog;
    sw_arena    *arena = &request->arena;
    machine_list list = {.request = request,
                         .items = SW_ARENA_ARRAY(arena, machine_item, MACHINES_MAX)};
    sw_value    *items;
    sw_catalog_lock(catalog);
    sw_catalog_each_machine(catalog, (sw_str){"", 0}, take_machine, &list);
    sw_catalog_unlock(catalog);
    sw_value array = sw_array_build(arena, list.count, &items);
    for (uint32_t i = 0; i < list.count; i++)
        items[i] = show_machine(request, &list.items[i]);
    sw_answer answer = sw_answer_begin(arena);
    sw_answer_add(&answer, "stateMachines", array);
    sw_answer_add(&answer, "truncated", sw_bool(list.more));
    sw_request_send(request, 200, "application/json", sw_json_print(arena, sw_answer_end(&answer)));
}

// Tasks -------------------------------------------------------------------------------------------

static void list_tasks(sw_request *request, const sw_http_head *head)
{
    const char      *arn_text = sw_http_query(head, "executionArn");
    sw_execution_row row;
    sw_arn           arn;
    sw_answer        input = sw_answer_begin(&request->arena);
    sw_answer_text(&input, "executionArn",
                   sw_str_copy(&request->arena, sw_str_from(arn_text == NULL ? "" : arn_text)));
    request->input = sw_answer_end(&input);
    if (sw_api_find_execution(request, "executionArn", &row, &arn))
        sw_runtime_list_tasks(request->server->runtime, row.id, request);
}

// Serving -----------------------------------------------------------------------------------------

static bool may_ask(sw_console *console, sw_request *request, const sw_http_head *head)
{
    request->account = request->server->options.account;
    request->region = request->server->options.region;
    return request->server->options.auth == NULL || sw_console_signs(console, request, head) ||
           sw_console_fail(request, 401, "Log in first");
}

static void serve_get(sw_console *console, sw_request *request, const sw_http_head *head,
                      const char *what)
{
    if (strcmp(what, "session") == 0) {
        sw_console_show_session(console, request, head);
        return;
    }
    if (!may_ask(console, request, head))
        return;
    if (request->reader == NULL)
        sw_console_fail(request, 500, "The store cannot be read");
    else if (strcmp(what, "machines") == 0)
        list_machines(request);
    else if (strcmp(what, "tasks") == 0)
        list_tasks(request, head);
    else if (strcmp(what, "events") == 0)
        sw_console_stream_events(console, request, head);
    else if (strcmp(what, "changes") == 0)
        sw_console_stream_changes(console, request);
    else
        sw_console_fail(request, 404, "There is nothing here");
}

bool sw_console_serve(sw_console *console, sw_request *request, const sw_http_head *head)
{
    static const char prefix[] = "/console/";
    const char       *what = head->path + sizeof prefix - 1;
    bool              get = strcmp(head->method, "GET") == 0;
    if (strncmp(head->path, prefix, sizeof prefix - 1) != 0)
        return get && sw_console_send_asset(request, head);
    if (get)
        serve_get(console, request, head, what);
    else if (strcmp(what, "login") == 0)
        sw_console_login(console, request, head);
    else if (strcmp(what, "logout") == 0)
        sw_console_logout(console, request, head);
    else
        sw_console_fail(request, 404, "There is nothing here");
    return true;
}
