// api.h: what several actions need.

#ifndef STEPWELL_SERVER_API_API_H
#define STEPWELL_SERVER_API_API_H

#include "stepwell/execution.h"

#include "server/arn.h"
#include "server/server.h"

// Definitions -------------------------------------------------------------------------------------

// Validates and compiles; on failure the request has been answered with InvalidDefinition.
bool sw_api_compile(sw_request *request, sw_str definition, sw_machine_type type,
                    sw_machine **machine);
// One diagnostic as ValidateStateMachineDefinition shows it.
sw_value sw_api_diagnostic(sw_arena *arena, const sw_diagnostic *diagnostic);
// All errors as InvalidDefinition's message has them.
sw_str             sw_api_join_errors(sw_arena *arena, const sw_diagnostics *diagnostics);
sw_machine_options sw_api_machine_options(sw_request *request, sw_machine_type type);
// {"State": ["name", ...]}; undefined when no state refers to a variable.
sw_value sw_api_variable_references(const sw_machine *machine, sw_arena *arena);

// Machines ----------------------------------------------------------------------------------------

// Under the catalog's lock. NULL: the request has been answered and the lock given up.
sw_machine_entry *sw_api_lock_machine(sw_request *request, const sw_arn *arn);
bool              sw_api_fail_machine(sw_request *request, sw_str arn); // StateMachineDoesNotExist
// A stored JSON text, parsed
sw_value sw_api_json_or(sw_arena *arena, sw_str text, const char *otherwise);

bool sw_api_check_logging(sw_request *request, sw_value logging);
// Goes on with then, at once or on another thread, when the log group is there; else answers.
void sw_api_check_log_group(sw_request *request, void (*then)(sw_request *request));
// With defaults filled in
sw_str sw_api_config_text(sw_request *request, const char *member, const char *defaults);
// Publishes the machine's revision, or finds the version that has it. Records go to batch.
int64_t         sw_api_publish(sw_batch *batch, sw_catalog *catalog, sw_machine_entry *machine,
                               sw_str description, int64_t now_ms, int64_t *created_ms);
sw_machine_row *sw_api_copy_machine_row(sw_batch *batch, const sw_machine_row *row); // for a record
// All tags as they are now
void sw_api_record_tags(sw_batch *batch, sw_catalog *catalog, sw_str arn);
// False: answered
bool sw_api_set_tags(sw_request *request, sw_catalog *catalog, sw_str arn, sw_value tags);
void sw_api_uuid(char text[37]);

// Executions --------------------------------------------------------------------------------------

// The row that the ARN names. false: the request has been answered.
bool sw_api_find_execution(sw_request *request, const char *member, sw_execution_row *row,
                           sw_arn *arn);
// The same; also an express child of a Map Run.
bool sw_api_find_any_execution(sw_request *request, const char *member, sw_execution_row *row,
                               sw_arn *arn);
// A Map Run in the store; otherwise the request has been answered.
bool sw_api_find_map_run(sw_request *request, const char *member, sw_map_run_row *row);
void sw_api_add_redrive_status(sw_request *request, sw_answer *answer, const sw_execution_row *row);
void sw_api_add_qualifiers(sw_answer *answer, sw_str machine_arn, const sw_execution_row *row);

// How its events are shown. The machine is the caller's to unref. false: answered.
bool sw_api_view_history(sw_request *request, const sw_arn *arn, const sw_execution_row *row,
                         sw_history_view *view, sw_machine **machine);
// Some of its events, as GetExecutionHistory shows them; false: the store cannot be read.
bool sw_api_read_events(sw_reader *reader, const sw_history_view *view, int64_t execution,
                        uint32_t first, uint32_t last, sw_arena *arena, sw_value *events);

// Pages -------------------------------------------------------------------------------------------

// A page of a list: as many items as maxResults says (0 and absent: 100), and a token when there
// are more.
//
//     sw_api_page page = sw_api_page_begin(request);
//     for each item: if (!sw_api_page_has_room(&page)) break; ... sw_api_page_add(&page, &item);
//     page.last = ...; sw_api_page_answer(&page, "activities", "activities");
typedef struct sw_api_page {
    sw_request *request;
    sw_value   *items;
    uint32_t    count, limit;
    bool        more;
    sw_str      last; // place of the last item, where the next page goes on
} sw_api_page;

sw_api_page sw_api_page_begin(sw_request *request);
bool        sw_api_page_has_room(sw_api_page *page); // false: full, and there is more
void        sw_api_page_add(sw_api_page *page, const sw_answer *item);
// {"<member>": [...], "nextToken": ...}; kind as in sw_api_token_make
void sw_api_page_answer(const sw_api_page *page, const char *member, const char *kind);

uint32_t sw_api_page_size(const sw_request *request); // maxResults; 0 and absent: 100
// Tokens are signed neither here nor at AWS; they are opaque text that holds the place to go on
// from.
sw_value sw_api_token_make(sw_arena *arena, const char *kind, sw_str place);
// false: the request has been answered with InvalidToken. Absent: *place is empty.
bool sw_api_token_read(sw_request *request, const char *kind, sw_str *place);

#endif
