// variables.c: the names that Assign makes, and the rule about scopes.
//
// spec: a scope is one States object. An inner one may read the variables of those around it, but
// not assign a name that they assign, wherever in them that happens; so the check waits until the
// whole definition has been read.

#include "asl/reader.h"

#include "base/utf8.h"

#include <utf8proc.h>

#define NAME_CHARACTERS_MAX 80u

static bool is_letter(uint32_t point)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           category == UTF8PROC_CATEGORY_NL;
}

static bool continues(uint32_t point)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    return is_letter(point) || category == UTF8PROC_CATEGORY_MN ||
           category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ND ||
           category == UTF8PROC_CATEGORY_PC;
}

// docs: the first character is an ID_Start of UAX 31, the others are ID_Continue. The underscore is
// in neither document's example; deployed definitions begin with it, so it is taken as a start.
bool sw_variable_name(sw_str text)
{
    const char *at = text.text, *end = text.text + text.bytes;
    size_t      count = 0;
    if (text.bytes == 0 || sw_str_is(text, "states"))
        return false;
    for (; at < end; count++) {
        uint32_t point = sw_utf8_next(&at);
        if (count == 0 ? !is_letter(point) && point != '_' : !continues(point))
            return false;
    }
    return count <= NAME_CHARACTERS_MAX;
}

void sw_variable_note(sw_state_reader *in, sw_str name)
{
    sw_reader *reader = in->reader;
    SW_READER_GROW(reader, reader->assignments, reader->assignment_count,
                   reader->assignment_capacity, sw_assignment);
    reader->assignments[reader->assignment_count++] =
        (sw_assignment){name, in->scope->number, in->state, false};
}

// A set of (name, scope).
typedef struct name_set {
    sw_assignment *assignments;
    uint32_t      *slots; // 0 or a number plus one
    uint32_t       slot_count;
} name_set;

static uint32_t *find_slot(const name_set *set, sw_str name, uint32_t scope)
{
    uint32_t h = 2166136261u ^ scope * 0x9e3779b9u;
    for (size_t i = 0; i < name.bytes; i++)
        h = (h ^ (unsigned char)name.text[i]) * 16777619u;
    uint32_t at = (h ^ h >> 15) & (set->slot_count - 1);
    for (;; at = (at + 1) & (set->slot_count - 1)) {
        if (set->slots[at] == 0)
            return &set->slots[at];
        const sw_assignment *found = &set->assignments[set->slots[at] - 1];
        if (found->scope == scope && sw_str_equal(found->name, name))
            return &set->slots[at];
    }
}

// Does a state of that scope assign the name, other than the one around the inner scope? That one
// does so, with its own Assign or its catchers', when what is inside it is over. aws: such a
// definition has run there.
static bool assigns(const name_set *set, sw_str name, uint32_t scope, const sw_state *around)
{
    uint32_t at = *find_slot(set, name, scope);
    return at != 0 &&
           (set->assignments[at - 1].several || set->assignments[at - 1].state != around);
}

static void refuse(sw_reader *reader, const sw_assignment *assignment)
{
    sw_place states = sw_place_member(reader->scopes[assignment->scope]->place, SW_STR("States"));
    sw_place state = sw_place_member(&states, assignment->state->name);
    sw_place at = sw_place_member(&state, SW_STR("Assign"));
    sw_report_error(reader->report, &at, SW_CODE_SCHEMA,
                    "The variable '%.*s' is assigned in an outer scope already",
                    SW_STR_ARG(assignment->name));
}

static void check_outer(sw_reader *reader, const name_set *set, const sw_assignment *assignment)
{
    const sw_scope_reader *scope = reader->scopes[assignment->scope];
    while (scope->outer != 0 && !scope->isolated) {
        const sw_state *around = scope->states->parent;
        scope = reader->scopes[scope->outer - 1];
        if (assigns(set, assignment->name, scope->number, around)) {
            refuse(reader, assignment);
            return;
        }
    }
}

static void add(name_set *set, uint32_t number)
{
    sw_assignment *one = &set->assignments[number];
    uint32_t      *slot = find_slot(set, one->name, one->scope);
    if (*slot == 0)
        *slot = number + 1;
    else if (set->assignments[*slot - 1].state != one->state)
        set->assignments[*slot - 1].several = true;
}

void sw_variables_check(sw_reader *reader)
{
    if (reader->scope_count < 2 || reader->assignment_count < 2)
        return;
    name_set set = {.assignments = reader->assignments, .slot_count = 64};
    while (set.slot_count < reader->assignment_count * 2)
        set.slot_count *= 2;
    set.slots = sw_arena_zalloc(reader->arena, set.slot_count * sizeof *set.slots);
    for (uint32_t i = 0; i < reader->assignment_count; i++)
        add(&set, i);
    for (uint32_t i = 0; i < reader->assignment_count; i++)
        check_outer(reader, &set, &reader->assignments[i]);
}
