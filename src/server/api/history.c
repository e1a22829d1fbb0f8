// history.c: GetExecutionHistory.
//
// A page is found by the numbers of its events: forward from the place on, backward from the end
// down. Only the chunks that hold them are read.

#include "server/api/api.h"

#include "stepwell/journal.h"

typedef struct page {
    sw_arena              *arena;
    const sw_history_view *view;
    sw_value              *items;
    uint32_t               first, last, count;
    bool                   include_data;
    sw_error              *err;
} page;

static bool show_event(void *who, const sw_event *event)
{
    page *p = who;
    if (event->id >= p->first && event->id <= p->last && event->id != 0) {
        p->items[event->id - p->first] = sw_event_print(p->view, event, p->include_data, p->arena);
        p->count++;
    }
    return event->id <= p->last;
}

// The chunk is lent for the call, the answer's texts have to stay.
static bool show_chunk(void *who, uint32_t first_event, sw_str events)
{
    (void)first_event;
    page *p = who;
    return sw_chunk_decode(sw_str_copy(p->arena, events), p->arena, show_event, p, p->err);
}

static void reverse(sw_value *items, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        sw_value other = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = other;
    }
}

// Which events the page shows, and where the next one begins (0: nowhere).
static uint32_t choose(const sw_request *request, uint32_t total, uint32_t place, bool backward,
                       page *p)
{
    uint32_t size = sw_api_page_size(request);
    if (backward) {
        p->last = place == 0 || place > total ? total : place;
        p->first = p->last > size ? p->last - size + 1 : 1;
        return p->first - 1;
    }
    p->first = place == 0 ? 1 : place;
    p->last = total - p->first < size ? total : p->first + size - 1;
    return p->last < total ? p->last + 1 : 0;
}

static bool read_place(sw_request *request, uint32_t total, uint32_t *place)
{
    sw_str  text;
    int64_t number = 0;
    *place = 0;
    if (!sw_api_token_read(request, "history", &text))
        return false;
    if (text.bytes > 0 && (!sw_arn_is_version(text, &number) || number < 1 || number > total))
        return sw_request_fail(request, "InvalidToken", "Invalid Token: 'Invalid token'");
    *place = (uint32_t)number;
    return true;
}

bool sw_api_view_history(sw_request *request, const sw_arn *arn, const sw_execution_row *row,
                         sw_history_view *view, sw_machine **machine)
{
    sw_error        err;
    sw_revision_row revision;
    bool            found = false;
    sw_arena       *arena = &request->arena;
    if (!sw_catalog_load_revision(request->server->catalog, request->reader, row->revision, machine,
                                  &err) ||
        !request->reader->find_revision(request->reader, row->revision, arena, &revision, &found,
                                        &err))
        return sw_request_fail_internal(request, &err);
    sw_str machine_arn = sw_arn_machine_of(arena, arn);
    *view = (sw_history_view){
        .machine = *machine, .role_arn = revision.role_arn, .region = arn->region};
    if (row->version > 0)
        view->version_arn = sw_arn_qualify(arena, machine_arn,
                                           sw_str_format(arena, "%lld", (long long)row->version));
    if (row->alias.bytes > 0)
        view->alias_arn = sw_arn_qualify(arena, machine_arn, row->alias);
    return true;
}

static bool read_page(sw_reader *reader, int64_t execution, page *p, sw_value *array)
{
    *array = sw_array_build(p->arena, p->last - p->first + 1, &p->items);
    return reader->read_history(reader, execution, p->first, p->last, show_chunk, p, p->err) &&
           p->err->code == SW_ERROR_NONE && p->count == array->size;
}

bool sw_api_read_events(sw_reader *reader, const sw_history_view *view, int64_t execution,
                        uint32_t first, uint32_t last, sw_arena *arena, sw_value *events)
{
    sw_error err = {0};
    page     p = {.arena = arena,
                  .view = view,
                  .first = first,
                  .last = last,
                  .include_data = true,
                  .err = &err};
    return read_page(reader, execution, &p, events);
}

static void answer(sw_request *request, const sw_execution_row *row, const sw_history_view *view,
                   uint32_t place)
{
    sw_arena *arena = &request->arena;
    sw_error  err = {0};
    sw_value  array;
    bool      backward = sw_input_bool(request, "reverseOrder", false);
    page      p = {.arena = arena,
                   .view = view,
                   .include_data = sw_input_bool(request, "includeExecutionData", true),
                   .err = &err};
    uint32_t  next = choose(request, row->event_count, place, backward, &p);
    if (!read_page(request->reader, row->id, &p, &array)) {
        sw_request_fail_internal(request, &err);
        return;
    }
    if (backward)
        reverse(p.items, array.size);
    sw_answer reply = sw_answer_begin(arena);
    sw_answer_add(&reply, "events", array);
    if (next != 0)
        sw_answer_add(&reply, "nextToken",
                      sw_api_token_make(arena, "history", sw_str_format(arena, "%u", next)));
    sw_request_succeed(request, sw_answer_end(&reply));
}

void sw_action_get_execution_history(sw_request *request)
{
    sw_execution_row row;
    sw_arn           arn;
    sw_history_view  view;
    sw_machine      *machine = NULL;
    uint32_t         place;
    if (!sw_api_find_execution(request, "executionArn", &row, &arn) ||
        !read_place(request, row.event_count, &place))
        return;
    if (sw_api_view_history(request, &arn, &row, &view, &machine))
        answer(request, &row, &view, place);
    sw_machine_unref(machine);
}
