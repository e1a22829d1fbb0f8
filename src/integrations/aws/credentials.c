// credentials.c: who calls: the environment, then the files of the AWS CLI, then what somebody has
// given (key_source.c).

#include "integrations/aws/parts.h"

#include <ctype.h>
#include <stdio.h>

#define LINE_BYTES_MAX 4096
#define FILE_AGE_MS    30000 // after that it is read again

static sw_str variable(const sw_aws *aws, const char *name)
{
    const char *value = aws->options.variable(name);
    return sw_str_from(value == NULL ? "" : value);
}

static sw_aws_keys read_environment(const sw_aws *aws)
{
    sw_aws_keys keys = {variable(aws, "AWS_ACCESS_KEY_ID"), variable(aws, "AWS_SECRET_ACCESS_KEY"),
                        variable(aws, "AWS_SESSION_TOKEN")};
    if (keys.secret.bytes == 0)
        keys.key = (sw_str){"", 0};
    return keys;
}

// Files -------------------------------------------------------------------------------------------
//
//     [default]
//     aws_access_key_id = AKID

static char *trim(char *text)
{
    char *end = text + strlen(text);
    while (isspace((unsigned char)*text))
        text++;
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

typedef struct profile {
    sw_aws_keys keys;
    sw_str      process; // credential_process
} profile;

static void take_line(sw_arena *arena, char *line, profile *p)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return;
    *equals = '\0';
    const char *name = trim(line);
    sw_str      value = sw_str_copy(arena, sw_str_from(trim(equals + 1)));
    if (strcmp(name, "aws_access_key_id") == 0)
        p->keys.key = value;
    else if (strcmp(name, "aws_secret_access_key") == 0)
        p->keys.secret = value;
    else if (strcmp(name, "aws_session_token") == 0)
        p->keys.session = value;
    else if (strcmp(name, "credential_process") == 0)
        p->process = value;
}

// section: "[default]"
static profile read_section(sw_arena *arena, FILE *file, const char *section)
{
    profile p = {{{"", 0}, {"", 0}, {"", 0}}, {"", 0}};
    char    line[LINE_BYTES_MAX];
    bool    inside = false;
    while (fgets(line, sizeof line, file) != NULL) {
        char *text = trim(line);
        if (text[0] == '[')
            inside = strcmp(text, section) == 0;
        else if (inside && text[0] != '#' && text[0] != ';')
            take_line(arena, text, &p);
    }
    if (p.keys.secret.bytes == 0)
        p.keys.key = (sw_str){"", 0};
    return p;
}

// name_variable has the file's name, which else is below the home directory.
static profile read_file(const sw_aws *aws, const char *name_variable, const char *below_home,
                         const char *section, sw_arena *arena)
{
    profile p = {{{"", 0}, {"", 0}, {"", 0}}, {"", 0}};
    sw_str  name = variable(aws, name_variable);
    if (name.bytes == 0)
        name = sw_str_format(arena, "%s/%s", variable(aws, "HOME").text, below_home);
    FILE *file = fopen(name.text, "re");
    if (file == NULL)
        return p;
    p = read_section(arena, file, section);
    fclose(file);
    return p;
}

// Of the two files; each has what the first one lacks.
static profile read_profile(const sw_aws *aws, sw_arena *arena)
{
    sw_str name = variable(aws, "AWS_PROFILE");
    if (name.bytes == 0)
        name = SW_STR("default");
    const char *section = sw_str_format(arena, "[%s]", name.text).text;
    profile p = read_file(aws, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", section, arena);
    if (!sw_str_is(name, "default"))
        section = sw_str_format(arena, "[profile %s]", name.text).text;
    profile config = read_file(aws, "AWS_CONFIG_FILE", ".aws/config", section, arena);
    if (p.keys.key.bytes == 0)
        p.keys = config.keys;
    if (p.process.bytes == 0)
        p.process = config.process;
    return p;
}

sw_str sw_aws_find_process(const sw_aws *aws, sw_arena *arena)
{
    return read_profile(aws, arena).process;
}

static sw_aws_keys copy(sw_arena *arena, const sw_aws_keys *keys)
{
    return (sw_aws_keys){sw_str_copy(arena, keys->key), sw_str_copy(arena, keys->secret),
                         sw_str_copy(arena, keys->session)};
}

static sw_aws_keys find_in_files(sw_aws *aws, int64_t now_ms, sw_arena *arena)
{
    pthread_mutex_lock(&aws->lock);
    if (aws->read_ms == 0 || now_ms - aws->read_ms > FILE_AGE_MS || now_ms < aws->read_ms) {
        sw_arena_reset(&aws->keys_arena);
        aws->keys = read_profile(aws, &aws->keys_arena).keys;
        aws->read_ms = now_ms;
    }
    sw_aws_keys keys = copy(arena, &aws->keys);
    pthread_mutex_unlock(&aws->lock);
    return keys;
}

void sw_aws_give_keys(sw_aws *aws, const sw_aws_keys *keys)
{
    pthread_mutex_lock(&aws->lock);
    sw_arena_reset(&aws->given_arena);
    aws->given = copy(&aws->given_arena, keys);
    pthread_mutex_unlock(&aws->lock);
}

static sw_aws_keys find_given(sw_aws *aws, sw_arena *arena)
{
    pthread_mutex_lock(&aws->lock);
    sw_aws_keys keys = copy(arena, &aws->given);
    pthread_mutex_unlock(&aws->lock);
    return keys;
}

// Roles -------------------------------------------------------------------------------------------

bool sw_aws_assumes_roles(sw_aws *aws, const sw_aws_service *service, sw_arena *arena)
{
    const sw_aws_service *sts = sw_aws_models_find(aws->models, SW_STR("sts"), SW_AWS_NAMES_API);
    return sts != NULL && (service == NULL || sw_aws_is_amazon(aws, service, arena) ||
                           !sw_aws_is_amazon(aws, sts, arena));
}

static bool is_of(const sw_aws_session *session, const sw_aws_role *role)
{
    return sw_str_equal(session->role.arn, role->arn) &&
           sw_str_equal(session->role.machine, role->machine);
}

bool sw_aws_find_session(sw_aws *aws, const sw_aws_role *role, int64_t now_ms, sw_arena *arena,
                         sw_aws_keys *keys)
{
    bool found = false;
    pthread_mutex_lock(&aws->lock);
    for (size_t i = 0; i < SW_AWS_SESSIONS && !found; i++) {
        found = is_of(&aws->sessions[i], role) && now_ms < aws->sessions[i].until_ms;
        if (found)
            *keys = copy(arena, &aws->sessions[i].keys);
    }
    pthread_mutex_unlock(&aws->lock);
    return found;
}

void sw_aws_give_session(sw_aws *aws, const sw_aws_role *role, const sw_aws_keys *keys,
                         int64_t until_ms)
{
    pthread_mutex_lock(&aws->lock);
    size_t at = 0;
    while (at < SW_AWS_SESSIONS && !is_of(&aws->sessions[at], role))
        at++;
    if (at == SW_AWS_SESSIONS)
        at = aws->next_session++ % SW_AWS_SESSIONS;
    sw_aws_session *session = &aws->sessions[at];
    sw_arena_reset(&session->arena);
    session->role = (sw_aws_role){sw_str_copy(&session->arena, role->arn),
                                  sw_str_copy(&session->arena, role->machine)};
    session->keys = copy(&session->arena, keys);
    session->until_ms = until_ms;
    pthread_mutex_unlock(&aws->lock);
}

// arn:aws:iam::ACCOUNT:role/NAME -> ACCOUNT
static sw_str account_of(sw_str arn)
{
    const char *end = arn.text + arn.bytes, *at = arn.text;
    for (int colons = 0; colons < 4 && at != NULL; colons++) {
        at = memchr(at, ':', (size_t)(end - at));
        at = at == NULL ? NULL : at + 1;
    }
    const char *colon = at == NULL ? NULL : memchr(at, ':', (size_t)(end - at));
    return colon == NULL ? (sw_str){"", 0} : (sw_str){at, (size_t)(colon - at)};
}

// Whose they are ----------------------------------------------------------------------------------

// Emulators look for the account where the key is.
static sw_aws_keys stand_in(const sw_aws *aws, const sw_aws_role *role)
{
    sw_str account = account_of(role->arn);
    return (sw_aws_keys){account.bytes > 0 ? account : aws->options.account, {"", 0}, {"", 0}};
}

sw_aws_keys sw_aws_find_keys(sw_aws *aws, const sw_aws_address *address, const sw_aws_role *role,
                             int64_t now_ms, sw_arena *arena)
{
    const sw_aws_options *o = &aws->options;
    sw_aws_keys           keys;
    if (address->step_functions && o->own_key != NULL)
        return (sw_aws_keys){sw_str_from(o->own_key), sw_str_from(o->own_secret), {"", 0}};
    if (role->arn.bytes > 0 && sw_aws_find_session(aws, role, now_ms, arena, &keys))
        return keys;
    keys = read_environment(aws);
    if (keys.key.bytes == 0)
        keys = find_in_files(aws, now_ms, arena);
    if (keys.key.bytes == 0)
        keys = find_given(aws, arena);
    return keys.key.bytes == 0 && address->own ? stand_in(aws, role) : keys;
}
