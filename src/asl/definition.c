// definition.c: the frame of a definition: machine, States objects, what all states have in common,
// transitions.
//
// A States object is read in two turns: first every state gets its struct and number, so that Next
// can point forward, then each is filled. A target is found in the States object itself, which is a
// hash table when it is large.

#include "asl/reader.h"

#include "base/utf8.h"

#include <stddef.h>
#include <stdio.h>

#define NAME_CHARACTERS_MAX 80u
#define SECONDS_MAX         99999999.0

// Small helpers that other readers use, too -----------------------------------------------------

int sw_word_read(sw_report *report, sw_value text, const sw_place *place, sw_str name,
                 const char *const *words)
{
    char   list[256];
    size_t bytes = 0;
    for (int i = 0; words[i] != NULL; i++) {
        if (text.type == SW_STRING && text.size > 0 && text.text[0] == words[i][0] &&
            sw_str_is(sw_value_str(text), words[i]))
            return i;
    }
    for (int i = 0; words[i] != NULL && bytes < sizeof list; i++)
        bytes += (size_t)snprintf(list + bytes, sizeof list - bytes, "%s%s", i > 0 ? ", " : "",
                                  words[i]);
    sw_report_error(report, place, SW_CODE_SCHEMA,
                    "The field '%.*s' should have one of these values: [%s]", SW_STR_ARG(name),
                    list);
    return -1;
}

void sw_exclusive_check(sw_reader *reader, const sw_fields *fields, sw_field a, sw_field b)
{
    if (!sw_fields_has(fields, a) || !sw_fields_has(fields, b))
        return;
    sw_report_error(reader->report, fields->place, SW_CODE_SCHEMA,
                    "Only one of these fields is allowed: [%.*s, %.*s]",
                    SW_STR_ARG(sw_field_name(a)), SW_STR_ARG(sw_field_name(b)));
}

// State types -----------------------------------------------------------------------------------

// The order is AWS's in the message about a wrong one.
static const char *const   type_words[] = {"Task",   "Wait",     "Pass", "Succeed", "Fail",
                                           "Choice", "Parallel", "Map",  NULL};
static const sw_state_type types_by_word[] = {SW_STATE_TASK,     SW_STATE_WAIT, SW_STATE_PASS,
                                              SW_STATE_SUCCEED,  SW_STATE_FAIL, SW_STATE_CHOICE,
                                              SW_STATE_PARALLEL, SW_STATE_MAP};

const char *sw_state_type_name(sw_state_type type)
{
    for (int i = 0; type_words[i] != NULL; i++) {
        if (types_by_word[i] == type)
            return type_words[i];
    }
    return "";
}

// A state's struct ends with the part of its own type.
static size_t state_bytes(sw_state_type type)
{
    switch (type) {
    case SW_STATE_TASK:
        return offsetof(sw_state, task) + sizeof(sw_task);
    case SW_STATE_PARALLEL:
        return offsetof(sw_state, parallel) + sizeof(sw_parallel);
    case SW_STATE_MAP:
        return offsetof(sw_state, map) + sizeof(sw_map);
    case SW_STATE_WAIT:
        return offsetof(sw_state, wait) + sizeof(sw_wait);
    case SW_STATE_CHOICE:
        return offsetof(sw_state, choice) + sizeof(sw_choice);
    case SW_STATE_FAIL:
        return offsetof(sw_state, fail) + sizeof(sw_fail_fields);
    case SW_STATE_PASS:
    case SW_STATE_SUCCEED:
        break;
    }
    return offsetof(sw_state, task);
}

// sw_value_get for names of which few share length and first letter.
static sw_value find_member(sw_value object, sw_str name)
{
    if ((object.flags & SW_VALUE_INDEXED) != 0)
        return sw_value_get(object, name);
    for (uint32_t i = 0; i < object.size; i++) {
        const sw_value *key = &object.items[2 * i];
        if (key->size == name.bytes && key->text[0] == name.text[0] &&
            memcmp(key->text, name.text, name.bytes) == 0)
            return key[1];
    }
    return sw_undefined();
}

static bool read_type(sw_reader *reader, sw_value state, const sw_place *place, sw_state_type *type)
{
    sw_value word = find_member(state, SW_STR("Type"));
    sw_place at = sw_place_member(place, SW_STR("Type"));
    if (word.type == SW_UNDEFINED) {
        sw_report_error(reader->report, place, SW_CODE_SCHEMA, "These fields are required: [Type]");
        return false;
    }
    int found = sw_word_read(reader->report, word, &at, SW_STR("Type"), type_words);
    if (found >= 0)
        *type = types_by_word[found];
    return found >= 0;
}

// First turn ------------------------------------------------------------------------------------

static void check_name(sw_reader *reader, sw_str name, const sw_place *place)
{
    if (name.bytes == 0)
        sw_report_error(reader->report, place, SW_CODE_STATE_NAME, "State name cannot be empty");
    else if (name.bytes > NAME_CHARACTERS_MAX && sw_utf8_length(name) > NAME_CHARACTERS_MAX)
        sw_report_error(reader->report, place, SW_CODE_STATE_NAME,
                        "State name cannot be longer than %u characters", NAME_CHARACTERS_MAX);
}

static void add_state(sw_reader *reader, sw_state *state)
{
    SW_READER_GROW(reader, reader->targeted, reader->state_count, reader->targeted_capacity,
                   uint8_t);
    SW_READER_GROW(reader, reader->states, reader->state_count, reader->state_capacity, sw_state *);
    state->index = reader->state_count;
    reader->targeted[reader->state_count] = 0;
    reader->states[reader->state_count++] = state;
}

static void declare_state(sw_reader *reader, sw_scope_reader *scope, uint32_t member,
                          const sw_place *states_place)
{
    sw_str        name = sw_value_key(scope->object, member);
    sw_value      v = sw_value_member(scope->object, member);
    sw_place      place = sw_place_member(states_place, name);
    sw_state_type type = SW_STATE_PASS;
    check_name(reader, name, &place);
    if (v.type != SW_OBJECT) {
        sw_report_error(reader->report, &place, SW_CODE_SCHEMA, "Expected value of type Object");
        scope->complete = false;
        return;
    }
    bool      known = read_type(reader, v, &place, &type);
    sw_state *state = sw_arena_zalloc(reader->arena, state_bytes(type));
    state->name = name;
    state->type = type;
    state->owner = scope->states;
    scope->by_index[member] = state;
    scope->complete &= known;
    // Its fields make no sense without the type: the second turn passes it by.
    state->language = known ? SW_LANGUAGE_JSONPATH : (sw_query_language)-1;
    add_state(reader, state);
}

// Transitions -----------------------------------------------------------------------------------

const sw_state *sw_target_read(sw_state_reader *from, sw_value name, const sw_place *place)
{
    if (name.type != SW_STRING)
        return NULL; // absent, or complained about by the table
    ptrdiff_t at = sw_value_find(from->scope->object, sw_value_str(name));
    if (at < 0) {
        // aws: the word is Next wherever the name stands, StartAt and Default included.
        sw_report_error(from->reader->report, place, SW_CODE_TARGET, "Missing 'Next' target: %.*s",
                        SW_STR_ARG(sw_value_str(name)));
        return NULL;
    }
    sw_state *target = from->scope->by_index[at];
    if (target != NULL && target != from->state)
        from->reader->targeted[target->index] = 1;
    return target;
}

static bool is_terminal(const sw_state *state)
{
    return state->end || state->type == SW_STATE_SUCCEED || state->type == SW_STATE_FAIL;
}

static bool has_terminal(const sw_scope_reader *scope)
{
    for (uint32_t i = 0; i < scope->object.size; i++) {
        if (scope->by_index[i] != NULL && is_terminal(scope->by_index[i]))
            return true;
    }
    return false;
}

// aws: without a terminal state nothing is said about unreachable ones; and unreachable is what no
// other state names, not what no path from StartAt leads to.
static void check_transitions(sw_reader *reader, const sw_scope_reader *scope)
{
    if (!scope->complete)
        return;
    if (!has_terminal(scope)) {
        bool top = scope->states->parent == NULL;
        sw_report_error(reader->report, top ? NULL : scope->place, SW_CODE_END_STATE,
                        "Workflow has no terminal state");
        return;
    }
    sw_place states_place = sw_place_member(scope->place, SW_STR("States"));
    for (uint32_t i = 0; i < scope->object.size; i++) {
        const sw_state *state = scope->by_index[i];
        if (state == NULL || reader->targeted[state->index])
            continue;
        sw_place at = sw_place_member(&states_place, state->name);
        sw_report_error(reader->report, &at, SW_CODE_TARGET, "State \"%.*s\" is not reachable.",
                        SW_STR_ARG(state->name));
    }
}

static void read_transition(sw_state_reader *in)
{
    sw_value next = sw_fields_get(&in->fields, SW_FIELD_NEXT);
    sw_value end = sw_fields_get(&in->fields, SW_FIELD_END);
    in->state->end = sw_value_is_true(end);
    if (next.type != SW_UNDEFINED) {
        sw_place place = sw_fields_place(&in->fields, SW_FIELD_NEXT);
        in->state->next = sw_target_read(in, next, &place);
    }
    if (next.type != SW_UNDEFINED && in->state->end) {
        sw_exclusive_check(in->reader, &in->fields, SW_FIELD_NEXT, SW_FIELD_END);
    } else if (next.type == SW_UNDEFINED && !in->state->end) {
        if (sw_value_find(in->fields.object, SW_STR("Next")) >= 0)
            return; // of a wrong type, which was said
        sw_diagnostic *added = sw_report_error(in->reader->report, in->place, SW_CODE_SCHEMA,
                                               "These fields are required: [Next]");
        added->hint = SW_STR("or \"End\": true");
    }
}

// Second turn -----------------------------------------------------------------------------------

// aws: a value other than JSONata and JSONPath is refused; a JSONata machine has no JSONPath
// states.
static sw_query_language read_language(sw_reader *reader, sw_value v, sw_query_language outer,
                                       const sw_place *place)
{
    static const char *const words[] = {"JSONPath", "JSONata", NULL};
    if (v.type == SW_UNDEFINED)
        return outer;
    sw_place at = sw_place_member(place, SW_STR("QueryLanguage"));
    int      found = sw_word_read(reader->report, v, &at, SW_STR("QueryLanguage"), words);
    if (found < 0)
        return outer;
    if (found == 0 && outer == SW_LANGUAGE_JSONATA) {
        sw_report_error(reader->report, place, SW_CODE_SCHEMA,
                        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
                        "machine");
        return outer;
    }
    return found == 0 ? SW_LANGUAGE_JSONPATH : SW_LANGUAGE_JSONATA;
}

static void read_own_fields(sw_state_reader *in)
{
    switch (in->state->type) {
    case SW_STATE_TASK:
        sw_task_parse(in);
        break;
    case SW_STATE_PARALLEL:
        sw_parallel_parse(in);
        break;
    case SW_STATE_MAP:
        sw_map_parse(in);
        break;
    case SW_STATE_PASS:
        sw_pass_parse(in);
        break;
    case SW_STATE_WAIT:
        sw_wait_parse(in);
        break;
    case SW_STATE_CHOICE:
        sw_choice_parse(in);
        break;
    case SW_STATE_FAIL:
        sw_fail_parse(in);
        break;
    case SW_STATE_SUCCEED:
        break;
    }
}

static void read_paths(sw_state_reader *in)
{
    sw_state *state = in->state;
    state->input_path =
        sw_path_field_parse(in->reader, &in->fields, SW_FIELD_INPUT_PATH, SW_PATH_ANY);
    state->output_path =
        sw_path_field_parse(in->reader, &in->fields, SW_FIELD_OUTPUT_PATH, SW_PATH_ANY);
    state->result_path =
        sw_path_field_parse(in->reader, &in->fields, SW_FIELD_RESULT_PATH, SW_PATH_RESULT);
}

// docs: a Task, Map or Parallel has a result; deployed definitions ask a Pass for one, too.
static bool has_result(sw_state_type type)
{
    return type == SW_STATE_TASK || type == SW_STATE_MAP || type == SW_STATE_PARALLEL ||
           type == SW_STATE_PASS;
}

static void read_templates(sw_state_reader *in)
{
    sw_state      *state = in->state;
    sw_state_type  type = state->type;
    bool           work = has_result(type);
    const sw_field data = sw_is_jsonata(in) ? SW_FIELD_ARGUMENTS : SW_FIELD_PARAMETERS;
    if (type != SW_STATE_MAP)
        state->parameters = sw_field_template(in, &in->fields, data);
    state->result_selector = sw_field_template(in, &in->fields, SW_FIELD_RESULT_SELECTOR);
    state->output = sw_field_template(in, &in->fields, SW_FIELD_OUTPUT);
    state->assign = sw_assign_parse(in, &in->fields, work, false);
}

static void read_handlers(sw_state_reader *in)
{
    sw_value retry = sw_fields_get(&in->fields, SW_FIELD_RETRY);
    sw_value catch = sw_fields_get(&in->fields, SW_FIELD_CATCH);
    sw_place retry_place = sw_fields_place(&in->fields, SW_FIELD_RETRY);
    sw_place catch_place = sw_fields_place(&in->fields, SW_FIELD_CATCH);
    if (retry.type == SW_ARRAY)
        sw_retry_parse(in, retry, &retry_place);
    if (catch.type == SW_ARRAY)
        sw_catch_parse(in, catch, &catch_place);
}

static bool has_transition(sw_state_type type)
{
    return type != SW_STATE_CHOICE && type != SW_STATE_SUCCEED && type != SW_STATE_FAIL;
}

static void read_state(sw_reader *reader, sw_scope_reader *scope, sw_state *state, sw_value v,
                       const sw_place *place)
{
    sw_state_reader in = {.reader = reader, .scope = scope, .state = state, .place = place};
    state->language = read_language(reader, find_member(v, SW_STR("QueryLanguage")),
                                    reader->machine->language, place);
    reader->machine->jsonata |= state->language == SW_LANGUAGE_JSONATA;
    sw_fields_read(reader->report, &reader->fields, v, (sw_object)state->type, state->language,
                   place, &in.fields);
    if (has_transition(state->type))
        read_transition(&in);
    if (!sw_is_jsonata(&in))
        read_paths(&in);
    read_templates(&in);
    read_handlers(&in);
    read_own_fields(&in);
}

// Scopes ----------------------------------------------------------------------------------------

// A copy in the arena of the places from there up to one that is in it already.
static const sw_place *keep_place(sw_arena *arena, const sw_place *place, const sw_place *kept)
{
    const sw_place *copy = NULL, **hook = &copy;
    for (; place != kept && place != NULL; place = place->outer) {
        sw_place *one = SW_ARENA_ARRAY(arena, sw_place, 1);
        *one = *place;
        *hook = one;
        hook = &one->outer;
    }
    *hook = place;
    return copy;
}

static sw_scope_reader *new_scope(sw_reader *reader, sw_state_reader *parent, sw_value object,
                                  const sw_place *place)
{
    sw_scope_reader *scope = SW_ARENA_NEW(reader->arena, sw_scope_reader);
    SW_READER_GROW(reader, reader->scopes, reader->scope_count, reader->scope_capacity,
                   sw_scope_reader *);
    scope->number = reader->scope_count;
    reader->scopes[reader->scope_count++] = scope;
    scope->object = object;
    scope->place = keep_place(reader->arena, place, parent != NULL ? parent->scope->place : NULL);
    scope->states = SW_ARENA_NEW(reader->arena, sw_states);
    scope->by_index = sw_arena_zalloc(reader->arena, object.size * sizeof(sw_state *));
    scope->complete = true;
    scope->states->states = (const sw_state *const *)scope->by_index;
    scope->states->count = object.size;
    scope->states->number = scope->number;
    if (parent != NULL) {
        scope->outer = parent->scope->number + 1;
        scope->states->parent = parent->state;
        scope->states->depth = parent->scope->states->depth + 1;
    }
    return scope;
}

static void read_start(sw_reader *reader, sw_scope_reader *scope, const sw_fields *fields)
{
    sw_state_reader nobody = {.reader = reader, .scope = scope};
    sw_value        name = sw_fields_get(fields, SW_FIELD_START_AT);
    sw_place        place = sw_fields_place(fields, SW_FIELD_START_AT);
    scope->states->start_at = sw_target_read(&nobody, name, &place);
    scope->complete &= name.type == SW_STRING;
}

// Our extension: Catch and Retry of the machine itself are checked like a state's. See
// extensions.h.
static void read_machine_handlers(sw_reader *reader, sw_scope_reader *scope,
                                  const sw_fields *fields)
{
    static const sw_field handlers[] = {SW_FIELD_CATCH, SW_FIELD_RETRY};
    sw_state              nobody = {.language = reader->machine->language};
    sw_state_reader       in = {.reader = reader,
                                .scope = scope,
                                .state = &nobody,
                                .place = fields->place,
                                .fields = *fields};
    for (size_t i = 0; i < 2 && reader->options->plain; i++) {
        if (sw_fields_has(fields, handlers[i]))
            sw_report_error(reader->report, fields->place, SW_CODE_SCHEMA,
                            "Field '%.*s' is not supported",
                            SW_STR_ARG(sw_field_name(handlers[i])));
    }
    read_handlers(&in);
}

static const sw_states *read_scope(sw_reader *reader, sw_state_reader *parent,
                                   const sw_fields *fields, bool isolated)
{
    sw_value object = sw_fields_get(fields, SW_FIELD_STATES);
    if (object.type != SW_OBJECT)
        return NULL;
    sw_scope_reader *scope = new_scope(reader, parent, object, fields->place);
    sw_place         place = sw_place_member(scope->place, SW_STR("States"));
    scope->isolated = isolated;
    if (object.size == 0) {
        sw_report_error(reader->report, &place, SW_CODE_SCHEMA, "Value cannot be empty");
        return scope->states;
    }
    for (uint32_t i = 0; i < object.size; i++)
        declare_state(reader, scope, i, &place);
    read_start(reader, scope, fields);
    if (parent == NULL)
        read_machine_handlers(reader, scope, fields);
    for (uint32_t i = 0; i < object.size; i++) {
        sw_state *state = scope->by_index[i];
        sw_place  at = sw_place_member(&place, sw_value_key(object, i));
        if (state != NULL && (int)state->language >= 0)
            read_state(reader, scope, state, sw_value_member(object, i), &at);
    }
    check_transitions(reader, scope);
    return scope->states;
}

const sw_states *sw_scope_read(sw_state_reader *parent, const sw_fields *fields, bool isolated)
{
    return read_scope(parent->reader, parent, fields, isolated);
}

// The whole -------------------------------------------------------------------------------------

static void report_duplicate(sw_reader *reader, const sw_state *state)
{
    const sw_scope_reader *scope = reader->scopes[state->owner->number];
    sw_place               states_place = sw_place_member(scope->place, SW_STR("States"));
    sw_place               at = sw_place_member(&states_place, state->name);
    sw_report_error(reader->report, &at, SW_CODE_DUPLICATE_NAME, "Duplicate State name: %.*s",
                    SW_STR_ARG(state->name));
}

// spec: a name is unique in the whole machine, nested scopes included. Those at the top are members
// of one object, so they differ already; they are declared first.
static void check_duplicates(sw_reader *reader)
{
    sw_machine *machine = reader->machine;
    uint32_t    first = 0, slot_count = 16;
    while (first < reader->state_count && reader->states[first]->owner == machine->top)
        first++;
    while (slot_count < (reader->state_count - first) * 2)
        slot_count *= 2;
    uint32_t *slots = sw_arena_zalloc(reader->arena, slot_count * sizeof *slots);
    for (uint32_t i = first; i < reader->state_count; i++) {
        const sw_state *state = reader->states[i];
        uint32_t       *slot = sw_machine_name_slot(slots, slot_count, reader->states, state->name);
        if (*slot != 0 || sw_value_find(reader->scopes[0]->object, state->name) >= 0)
            report_duplicate(reader, state);
        else
            *slot = i + 1;
    }
    machine->name_slots = slots;
    machine->name_slot_count = slot_count;
}

static void read_timeout(sw_reader *reader, const sw_fields *fields)
{
    sw_value v = sw_fields_get(fields, SW_FIELD_TIMEOUT_SECONDS);
    sw_place place = sw_fields_place(fields, SW_FIELD_TIMEOUT_SECONDS);
    if (v.type == SW_UNDEFINED)
        return;
    if (v.type != SW_NUMBER) {
        sw_report_error(reader->report, &place, SW_CODE_SCHEMA, "Expected value of type Integer");
    } else if (sw_number_check(reader, v, 1, SECONDS_MAX, false, &place)) {
        reader->machine->has_timeout = true;
        reader->machine->timeout_seconds = (int64_t)sw_value_number(v);
    }
}

static void read_version(sw_reader *reader, const sw_fields *fields)
{
    static const char *const words[] = {"1.0", NULL};
    sw_value                 v = sw_fields_get(fields, SW_FIELD_VERSION);
    sw_place                 place = sw_fields_place(fields, SW_FIELD_VERSION);
    if (v.type == SW_STRING)
        sw_word_read(reader->report, v, &place, SW_STR("Version"), words);
}

void sw_definition_read(sw_reader *reader, sw_value definition)
{
    sw_place  top = {0};
    sw_fields fields;
    if (definition.type != SW_OBJECT) {
        sw_report_error(reader->report, NULL, SW_CODE_SCHEMA,
                        "Definition must be a valid JSON object");
        return;
    }
    sw_fields_read(reader->report, &reader->fields, definition, SW_OBJECT_MACHINE,
                   SW_LANGUAGE_JSONPATH, &top, &fields);
    reader->machine->language = read_language(
        reader, sw_fields_get(&fields, SW_FIELD_QUERY_LANGUAGE), SW_LANGUAGE_JSONPATH, &top);
    read_timeout(reader, &fields);
    read_version(reader, &fields);
    reader->machine->top = read_scope(reader, NULL, &fields, false);
    check_duplicates(reader);
    sw_variables_check(reader);
    reader->machine->states = (const sw_state *const *)reader->states;
    reader->machine->state_count = reader->state_count;
}
