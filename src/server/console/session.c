// session.c: logging in: the cookie of a session stands for a signature.
//
// A cookie alone proves nothing: the page also sends X-Stepwell-Console, which another site cannot.

#include "server/console/internal.h"

#include "base/hex.h"
#include "server/auth/credentials.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#define LIFE_MS (12 * 60 * 60 * 1000)
#define COOKIE  "stepwell-session"

// The cookie's value; empty: none.
static sw_str read_cookie(const sw_http_head *head)
{
    const char *all = sw_http_header(head, "Cookie");
    const char *at = all == NULL ? NULL : strstr(all, COOKIE "=");
    if (at == NULL)
        return (sw_str){"", 0};
    at += strlen(COOKIE "=");
    return (sw_str){at, strcspn(at, "; ")};
}

// Under the lock
static sw_console_session *find(sw_console *console, sw_str token, int64_t now_ms)
{
    for (size_t i = 0; token.bytes == 64 && i < SW_CONSOLE_SESSIONS_MAX; i++) {
        sw_console_session *s = &console->sessions[i];
        if (s->token[0] != '\0' && s->expires_ms > now_ms &&
            CRYPTO_memcmp(s->token, token.text, 64) == 0)
            return s;
    }
    return NULL;
}

static bool find_account(sw_console *console, const sw_http_head *head, int64_t now_ms,
                         sw_str *account)
{
    pthread_mutex_lock(&console->lock);
    const sw_console_session *s = find(console, read_cookie(head), now_ms);
    if (s != NULL)
        *account = s->account;
    pthread_mutex_unlock(&console->lock);
    return s != NULL;
}

bool sw_console_signs(sw_console *console, sw_request *request, const sw_http_head *head)
{
    bool get = strcmp(head->method, "GET") == 0; // an EventSource cannot send headers
    if ((!get && sw_http_header(head, "X-Stepwell-Console") == NULL) ||
        !find_account(console, head, request->now_ms, &request->account))
        return false;
    request->region = request->server->options.region;
    return true;
}

// Logging in --------------------------------------------------------------------------------------

// The free one, or the one that would expire first.
static sw_console_session *take_place(sw_console *console)
{
    sw_console_session *oldest = &console->sessions[0];
    for (size_t i = 0; i < SW_CONSOLE_SESSIONS_MAX; i++) {
        sw_console_session *s = &console->sessions[i];
        if (s->token[0] == '\0')
            return s;
        if (s->expires_ms < oldest->expires_ms)
            oldest = s;
    }
    return oldest;
}

static bool open_session(sw_console *console, const sw_credential *credential, int64_t now_ms,
                         char token[65])
{
    unsigned char bytes[32];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    sw_hex_put(token, bytes, sizeof bytes);
    token[64] = '\0';
    pthread_mutex_lock(&console->lock);
    sw_console_session *s = take_place(console);
    memcpy(s->token, token, 65);
    s->account =
        credential->account.bytes > 0 ? credential->account : console->server->options.account;
    s->expires_ms = now_ms + LIFE_MS;
    pthread_mutex_unlock(&console->lock);
    return true;
}

static bool is_secret(const sw_credential *credential, sw_value secret)
{
    return credential != NULL && credential->token.bytes == 0 && secret.type == SW_STRING &&
           secret.size == credential->secret.bytes &&
           CRYPTO_memcmp(secret.text, credential->secret.text, secret.size) == 0;
}

static void set_cookie(sw_request *request, const char *token, int64_t seconds)
{
    bool secure = request->server->options.certificate != NULL;
    sw_request_add_header(request, "Set-Cookie",
                          sw_str_format(&request->arena,
                                        COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; "
                                               "Max-Age=%lld%s",
                                        token, (long long)seconds, secure ? "; Secure" : ""));
}

void sw_console_login(sw_console *console, sw_request *request, const sw_http_head *head)
{
    const sw_auth *auth = request->server->options.auth;
    sw_value       input;
    char           token[65];
    if (sw_http_header(head, "X-Stepwell-Console") == NULL || auth == NULL ||
        !sw_json_parse(&request->arena, head->body, 0, &input, NULL)) {
        sw_console_fail(request, 400, "There is nothing to log in to");
        return;
    }
    sw_value             id = sw_value_get(input, SW_STR("accessKeyId"));
    const sw_credential *credential =
        id.type == SW_STRING ? sw_credentials_find(auth, sw_value_str(id)) : NULL;
    if (!is_secret(credential, sw_value_get(input, SW_STR("secretAccessKey"))) ||
        !open_session(console, credential, request->now_ms, token)) {
        sw_console_fail(request, 403, "The access key or its secret is not known here");
        return;
    }
    set_cookie(request, token, LIFE_MS / 1000);
    sw_request_send(request, 204, "application/json", SW_STR(""));
}

void sw_console_logout(sw_console *console, sw_request *request, const sw_http_head *head)
{
    pthread_mutex_lock(&console->lock);
    sw_console_session *s = find(console, read_cookie(head), request->now_ms);
    if (s != NULL && sw_http_header(head, "X-Stepwell-Console") != NULL)
        *s = (sw_console_session){.expires_ms = 0};
    pthread_mutex_unlock(&console->lock);
    set_cookie(request, "", 0);
    sw_request_send(request, 204, "application/json", SW_STR(""));
}

void sw_console_show_session(sw_console *console, sw_request *request, const sw_http_head *head)
{
    const sw_server_options *o = &request->server->options;
    sw_answer                answer = sw_answer_begin(&request->arena);
    sw_str                   account = o->account;
    const char              *login = "none";
    if (o->auth != NULL)
        login = find_account(console, head, request->now_ms, &account) ? "done" : "required";
    sw_answer_text(&answer, "account", account);
    sw_answer_text(&answer, "region", o->region);
    sw_answer_text(&answer, "version", SW_STR(SW_VERSION));
    sw_answer_text(&answer, "login", sw_str_from(login));
    sw_request_send(request, 200, "application/json",
                    sw_json_print(&request->arena, sw_answer_end(&answer)));
}
