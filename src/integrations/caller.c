// caller.c: libcurl on a thread of its own.
//
// law 3, never twice: libcurl sends a request again, on a fresh connection, when a kept one turns
// out to be dead. Whether the other side had read it nobody knows, so a second sending is refused;
// and connections that were idle for longer than servers commonly wait are not used again, so that
// this does not happen.

#include "integrations/caller.h"

#include "base/assert.h"
#include "integrations/hosts.h"
#include "integrations/sockets.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#define CONNECTIONS_MAX          4000u
#define CONNECTIONS_PER_HOST_MAX 1000u
#define CONNECT_MS_MAX           10000
#define IDLE_S_MAX               4L // node closes after five seconds, most others later
#define HEADER_BYTES_MAX         (64u * 1024)
#define SPARE_CALLS_MAX          256u
#define SPARE_BODY_BYTES_MAX     (64u * 1024)

// An answer is lent: under ASan nobody can read on in one that is over.
#if defined(__SANITIZE_ADDRESS__)
#define BODIES_GO true
#else
#define BODIES_GO false
#endif

typedef struct header_entry {
    struct header_entry *next;
    sw_call_header       header;
} header_entry;

struct sw_call {
    sw_turn         turn; // first: the same address
    sw_caller      *caller;
    sw_call        *next;         // in the queue, or among the spare ones
    sw_call        *next_cancel;  // among those to cancel
    sw_call        *left, *right; // among those that run
    bool            cancelled;    // under the caller's lock
    sw_arena        arena;        // the request, and the answer's headers
    sw_call_request request;
    CURL           *easy;
    bool            sent, too_large, refused;
    sw_str          status_text;
    bool            waits; // no call: a wait until due_ms
    int64_t         due_ms;
    size_t          slot; // in the heap of waits
    header_entry   *first_header, **last_header;
    size_t          header_count, header_bytes;
    char           *body;
    size_t          body_bytes, body_capacity;
    char            message[CURL_ERROR_SIZE];
};

struct sw_caller {
    pthread_t       thread;
    pthread_mutex_t lock;
    CURLM          *multi;
    sw_sockets     *sockets;
    const char     *ca_file;
    sw_call        *first, **last; // submitted, not started
    sw_call        *cancels;
    sw_call        *spare;
    size_t          spare_count;
    bool            quit;
    // The thread's alone:
    sw_hosts  hosts;
    sw_call   running; // the ring's anchor
    sw_call **waits;   // heap by due_ms
    size_t    wait_count, wait_capacity;
};

// Calls -------------------------------------------------------------------------------------------

static sw_call *take_spare(sw_caller *caller)
{
    pthread_mutex_lock(&caller->lock);
    sw_call *call = caller->spare;
    if (call != NULL) {
        caller->spare = call->next;
        caller->spare_count--;
    }
    pthread_mutex_unlock(&caller->lock);
    if (call != NULL)
        return call;
    call = calloc(1, sizeof *call);
    SW_ASSERT(call != NULL);
    sw_arena_init(&call->arena);
    call->caller = caller;
    return call;
}

static void free_call(sw_call *call)
{
    if (call->easy != NULL)
        curl_easy_cleanup(call->easy);
    sw_arena_clear(&call->arena);
    free(call->body);
    free(call);
}

static void forget_cancel(sw_caller *caller, const sw_call *call)
{
    sw_call **link = &caller->cancels;
    while (*link != NULL && *link != call)
        link = &(*link)->next_cancel;
    if (*link != NULL)
        *link = call->next_cancel;
}

// What a call trusts is no other call's.
static void forget_trust(sw_call *call)
{
    if (call->request.ca.bytes == 0 || call->easy == NULL)
        return;
    curl_easy_cleanup(call->easy);
    call->easy = NULL;
    call->request.ca.bytes = 0;
}

// Its done has returned, so nobody cancels it any more.
static void give_back(sw_call *call)
{
    sw_caller *caller = call->caller;
    forget_trust(call);
    sw_arena_reset(&call->arena);
    if (call->body_capacity > SPARE_BODY_BYTES_MAX || BODIES_GO) {
        free(call->body);
        call->body = NULL;
        call->body_capacity = 0;
    }
    pthread_mutex_lock(&caller->lock);
    if (call->cancelled)
        forget_cancel(caller, call);
    call->cancelled = false;
    bool keep = caller->spare_count < SPARE_CALLS_MAX;
    if (keep) {
        call->next = caller->spare;
        caller->spare = call;
        caller->spare_count++;
    }
    pthread_mutex_unlock(&caller->lock);
    if (!keep)
        free_call(call);
}

// The answer as it comes --------------------------------------------------------------------------

static void forget_headers(sw_call *call)
{
    call->first_header = NULL;
    call->last_header = &call->first_header;
    call->header_count = 0;
}

// HTTP/1.1 404 Not Found
static void keep_status_text(sw_call *call, sw_str line)
{
    for (int blanks = 0; blanks < 2 && line.bytes > 0; line.text++, line.bytes--)
        blanks += *line.text == ' ';
    call->status_text = sw_str_copy(&call->arena, sw_str_trim(line));
}

// A line of the head: a header, the status, which comes again behind 100 Continue, or the empty
// line at the end.
static size_t on_header(char *data, size_t size, size_t count, void *who)
{
    sw_call    *call = who;
    size_t      bytes = size * count;
    const char *colon = memchr(data, ':', bytes);
    call->header_bytes += bytes;
    if (call->header_bytes > HEADER_BYTES_MAX)
        return 0; // ends the transfer
    if (bytes >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        forget_headers(call);
        keep_status_text(call, (sw_str){data, bytes});
        return bytes;
    }
    if (colon == NULL)
        return bytes;
    size_t        name_bytes = (size_t)(colon - data);
    header_entry *entry = SW_ARENA_NEW(&call->arena, header_entry);
    entry->header.name = sw_str_copy(&call->arena, (sw_str){data, name_bytes});
    entry->header.value =
        sw_str_copy(&call->arena, sw_str_trim((sw_str){colon + 1, bytes - name_bytes - 1}));
    *call->last_header = entry;
    call->last_header = &entry->next;
    call->header_count++;
    return bytes;
}

static bool make_room(sw_call *call, size_t bytes)
{
    size_t capacity = call->body_capacity == 0 ? 4096 : call->body_capacity;
    while (capacity < call->body_bytes + bytes)
        capacity *= 2;
    char *larger = realloc(call->body, capacity);
    if (larger == NULL)
        return false;
    call->body = larger;
    call->body_capacity = capacity;
    return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *who)
{
    sw_call *call = who;
    size_t   bytes = size * count;
    if (bytes > call->request.answer_bytes_max - call->body_bytes) {
        call->too_large = true;
        return 0;
    }
    if (call->body_bytes + bytes > call->body_capacity && !make_room(call, bytes))
        return 0;
    memcpy(call->body + call->body_bytes, data, bytes);
    call->body_bytes += bytes;
    return bytes;
}

// Called before each connecting.
static curl_socket_t on_open(void *who, curlsocktype purpose, struct curl_sockaddr *address)
{
    sw_call *call = who;
    (void)purpose;
    if (sw_address_is_allowed(&address->addr, call->request.reach))
        return sw_sockets_open_file(call->caller->sockets, address);
    call->refused = true;
    return CURL_SOCKET_BAD;
}

// Called before each sending, of which one is allowed. A kept connection may be another's, who may
// reach further.
static int on_send(void *who, char *peer, char *own, int peer_port, int own_port)
{
    sw_call *call = who;
    (void)own;
    (void)peer_port;
    (void)own_port;
    call->refused = !sw_address_text_is_allowed(peer, call->request.reach);
    if (call->sent || call->refused)
        return CURL_PREREQFUNC_ABORT;
    call->sent = true;
    return CURL_PREREQFUNC_OK;
}

// Starting ----------------------------------------------------------------------------------------

// The directory stands for the system's certificates, which CAINFO alone would replace.
static void trust(CURL *easy, const char *ca_file)
{
    if (ca_file == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, "/etc/ssl/certs");
}

static void trust_only(CURL *easy, sw_str ca)
{
    struct curl_blob blob = {(void *)(uintptr_t)ca.text, ca.bytes, CURL_BLOB_COPY};
    if (ca.bytes == 0)
        return;
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

// What is the same for all calls.
static CURL *new_easy(sw_call *call)
{
    CURL *easy = curl_easy_init();
    SW_ASSERT(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->message);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_S_MAX);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    sw_sockets_prepare(call->caller->sockets, easy);
    trust(easy, call->caller->ca_file);
    return easy;
}

// A node of our own, in the call's arena: libcurl only reads them. Returns where the next one goes.
static struct curl_slist **add_line(sw_call *call, struct curl_slist **end, const char *line)
{
    *end = SW_ARENA_NEW(&call->arena, struct curl_slist);
    (*end)->data = (char *)(uintptr_t)line;
    return &(*end)->next;
}

// "Name:" takes one of libcurl's own away, "Name;" is an empty one.
static struct curl_slist *make_headers(sw_call *call)
{
    struct curl_slist *list = NULL, **end = &list;
    for (size_t i = 0; i < call->request.header_count; i++) {
        const sw_call_header *header = &call->request.headers[i];
        const char           *format = header->value.bytes > 0 ? "%.*s: %.*s" : "%.*s;%.*s";
        sw_str                line = sw_str_format(&call->arena, format, SW_STR_ARG(header->name),
                                                   SW_STR_ARG(header->value));
        end = add_line(call, end, line.text);
    }
    end = add_line(call, end, "Expect:"); // the body goes out at once
    add_line(call, end, "Accept:");       // who wants one says so
    return list;
}

static void set_body(CURL *easy, const sw_call_request *request)
{
    bool head = strcmp(request->method, "HEAD") == 0;
    if (request->body.text == NULL) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(easy, CURLOPT_NOBODY, head ? 1L : 0L);
    } else {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.text);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.bytes);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_request(sw_call *call)
{
    const sw_call_request *request = &call->request;
    CURL                  *easy = call->easy;
    int64_t                connect_ms =
        request->timeout_ms < CONNECT_MS_MAX ? request->timeout_ms : CONNECT_MS_MAX;
    curl_easy_setopt(easy, CURLOPT_URL, request->url.text);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, make_headers(call));
    set_body(easy, request);
    trust_only(easy, request->ca);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, request->reach == SW_REACH_ANY ? NULL : "*");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
}

static void link_running(sw_caller *caller, sw_call *call)
{
    call->left = &caller->running;
    call->right = caller->running.right;
    call->left->right = call;
    call->right->left = call;
}

static void unlink_running(sw_call *call)
{
    call->left->right = call->right;
    call->right->left = call->left;
}

static void begin(sw_caller *caller, sw_call *call)
{
    call->sent = call->too_large = call->refused = false;
    call->status_text = SW_STR("");
    call->header_bytes = call->body_bytes = 0;
    call->message[0] = '\0';
    forget_headers(call);
    if (call->easy == NULL)
        call->easy = new_easy(call);
    set_request(call);
    link_running(caller, call);
    CURLMcode code = curl_multi_add_handle(caller->multi, call->easy);
    SW_ASSERT(code == CURLM_OK);
}

static void start(sw_caller *caller, sw_call *call)
{
    if (sw_hosts_enter(&caller->hosts, call->request.url, &call->turn))
        begin(caller, call);
    else
        link_running(caller, call); // so that it is found when the caller closes
}

static void hand_on(sw_caller *caller, sw_call *call)
{
    sw_turn *next = sw_hosts_leave(&caller->hosts, &call->turn);
    if (next == NULL)
        return;
    sw_call *other = (sw_call *)next;
    unlink_running(other);
    begin(caller, other);
}

// Waits -------------------------------------------------------------------------------------------

static void place(sw_caller *caller, size_t slot, sw_call *call)
{
    caller->waits[slot] = call;
    call->slot = slot;
}

static void sift_up(sw_caller *caller, sw_call *call)
{
    size_t slot = call->slot;
    while (slot > 0 && caller->waits[(slot - 1) / 2]->due_ms > call->due_ms) {
        place(caller, slot, caller->waits[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    place(caller, slot, call);
}

static void sift_down(sw_caller *caller, sw_call *call)
{
    size_t slot = call->slot, child;
    while ((child = 2 * slot + 1) < caller->wait_count) {
        if (child + 1 < caller->wait_count &&
            caller->waits[child + 1]->due_ms < caller->waits[child]->due_ms)
            child++;
        if (caller->waits[child]->due_ms >= call->due_ms)
            break;
        place(caller, slot, caller->waits[child]);
        slot = child;
    }
    place(caller, slot, call);
}

static void begin_wait(sw_caller *caller, sw_call *call)
{
    if (caller->wait_count == caller->wait_capacity) {
        caller->wait_capacity = caller->wait_capacity == 0 ? 64 : 2 * caller->wait_capacity;
        caller->waits = realloc(caller->waits, caller->wait_capacity * sizeof *caller->waits);
        SW_ASSERT(caller->waits != NULL);
    }
    place(caller, caller->wait_count++, call);
    sift_up(caller, call);
}

static void end_wait(sw_call *call, sw_call_outcome outcome)
{
    sw_caller *caller = call->caller;
    sw_call   *last = caller->waits[--caller->wait_count];
    if (last != call) {
        place(caller, call->slot, last);
        sift_up(caller, last);
        sift_down(caller, last);
    }
    call->request.done(call->request.who, &(sw_call_answer){.outcome = outcome});
    give_back(call);
}

// -1: none
static int64_t time_to_first_wait(const sw_caller *caller)
{
    if (caller->wait_count == 0)
        return -1;
    int64_t left = caller->waits[0]->due_ms - sw_sockets_now_ms();
    return left < 0 ? 0 : left;
}

// One that begins while others end comes next time.
static void end_due_waits(sw_caller *caller)
{
    int64_t now = sw_sockets_now_ms();
    while (caller->wait_count > 0 && caller->waits[0]->due_ms <= now)
        end_wait(caller->waits[0], SW_CALL_WAITED);
}

// Ending ------------------------------------------------------------------------------------------

static const sw_call_header *list_headers(sw_call *call)
{
    sw_call_header *list = SW_ARENA_ARRAY(&call->arena, sw_call_header, call->header_count + 1);
    size_t          count = 0;
    for (const header_entry *entry = call->first_header; entry != NULL; entry = entry->next)
        list[count++] = entry->header;
    return list;
}

// It had not begun yet.
static void end_waiting(sw_call *call, sw_call_outcome outcome)
{
    hand_on(call->caller, call);
    unlink_running(call);
    call->request.done(call->request.who,
                       &(sw_call_answer){.outcome = outcome, .message = "it was given up"});
    give_back(call);
}

static void end(sw_call *call, sw_call_outcome outcome)
{
    long status = 0;
    if (call->turn.waits) {
        end_waiting(call, outcome);
        return;
    }
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    sw_call_answer answer = {.outcome = outcome,
                             .status = (unsigned)status,
                             .status_text = call->status_text,
                             .headers = list_headers(call),
                             .header_count = call->header_count,
                             .body = {call->body == NULL ? "" : call->body, call->body_bytes},
                             .message = call->message};
    curl_multi_remove_handle(call->caller->multi, call->easy);
    unlink_running(call);
    hand_on(call->caller, call);
    call->request.done(call->request.who, &answer);
    give_back(call);
}

static sw_call_outcome outcome_of(sw_call *call, CURLcode code)
{
    if (code == CURLE_OK)
        return SW_CALL_ANSWERED;
    if (call->too_large)
        return SW_CALL_TOO_LARGE;
    if (call->refused)
        return SW_CALL_REFUSED;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        snprintf(call->message, sizeof call->message,
                 "The connection was closed before an answer came");
    else if (call->message[0] == '\0')
        snprintf(call->message, sizeof call->message, "%s", curl_easy_strerror(code));
    return code == CURLE_OPERATION_TIMEDOUT ? SW_CALL_TIMED_OUT : SW_CALL_FAILED;
}

static void end_finished(sw_caller *caller)
{
    int      left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(caller->multi, &left)) != NULL) {
        void *private = NULL;
        CURLcode code = message->data.result; // message is gone when its handle is
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        end(private, outcome_of(private, code));
    }
}

// The thread --------------------------------------------------------------------------------------

// Takes over what others have asked for; false when it is the end.
static bool take_orders(sw_caller *caller)
{
    pthread_mutex_lock(&caller->lock);
    sw_call *list = caller->first, *cancels = caller->cancels;
    caller->first = NULL;
    caller->last = &caller->first;
    caller->cancels = NULL;
    bool quit = caller->quit;
    pthread_mutex_unlock(&caller->lock);
    while (list != NULL) {
        sw_call *call = list;
        list = call->next;
        if (call->waits)
            begin_wait(caller, call);
        else
            start(caller, call);
    }
    while (cancels != NULL) {
        sw_call *call = cancels;
        cancels = call->next_cancel;
        if (call->waits)
            end_wait(call, SW_CALL_CANCELLED);
        else
            end(call, SW_CALL_CANCELLED);
    }
    return !quit;
}

static void *run(void *argument)
{
    sw_caller *caller = argument;
    while (take_orders(caller)) {
        sw_sockets_wait(caller->sockets, time_to_first_wait(caller));
        end_finished(caller);
        end_due_waits(caller);
    }
    while (caller->wait_count > 0)
        end_wait(caller->waits[0], SW_CALL_CANCELLED);
    while (caller->running.right != &caller->running)
        end(caller->running.right, SW_CALL_CANCELLED);
    return NULL;
}

// Opening and closing -----------------------------------------------------------------------------

static void set_limits(sw_caller *caller, const sw_caller_options *options)
{
    CURLM   *multi = caller->multi;
    unsigned all = options->connections_max != 0 ? options->connections_max : CONNECTIONS_MAX;
    unsigned host = options->connections_max_per_host != 0 ? options->connections_max_per_host
                                                           : CONNECTIONS_PER_HOST_MAX;
    caller->hosts.at_once = host;
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)all);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)all);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
}

bool sw_caller_open(const sw_caller_options *options, sw_caller **out, sw_error *err)
{
    if (!sw_curl_load(err))
        return false;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return sw_fail(err, SW_ERROR_MEMORY, "libcurl cannot be started");
    sw_caller *caller = calloc(1, sizeof *caller);
    SW_ASSERT(caller != NULL);
    caller->last = &caller->first;
    caller->running.left = caller->running.right = &caller->running;
    caller->multi = curl_multi_init();
    SW_ASSERT(caller->multi != NULL);
    caller->ca_file = options->ca_file;
    set_limits(caller, options);
    if (!sw_sockets_open(caller->multi, &caller->sockets, err))
        return false;
    pthread_mutex_init(&caller->lock, NULL);
    int code = pthread_create(&caller->thread, NULL, run, caller);
    if (code != 0)
        return sw_fail_errno(err, code, "start the thread for outgoing calls");
    *out = caller;
    return true;
}

void sw_caller_close(sw_caller *caller)
{
    pthread_mutex_lock(&caller->lock);
    caller->quit = true;
    pthread_mutex_unlock(&caller->lock);
    sw_sockets_wake(caller->sockets);
    pthread_join(caller->thread, NULL);
    while (caller->spare != NULL) {
        sw_call *call = caller->spare;
        caller->spare = call->next;
        free_call(call);
    }
    free(caller->waits);
    curl_multi_cleanup(caller->multi);
    sw_sockets_close(caller->sockets);
    pthread_mutex_destroy(&caller->lock);
    free(caller);
    curl_global_cleanup();
}

// Asking ------------------------------------------------------------------------------------------

static void copy_request(sw_call *call, const sw_call_request *request)
{
    sw_arena       *arena = &call->arena;
    sw_call_header *headers = SW_ARENA_ARRAY(arena, sw_call_header, request->header_count + 1);
    for (size_t i = 0; i < request->header_count; i++)
        headers[i] = (sw_call_header){sw_str_copy(arena, request->headers[i].name),
                                      sw_str_copy(arena, request->headers[i].value)};
    call->request = *request;
    call->request.url = sw_str_copy(arena, request->url);
    call->request.headers = headers;
    call->request.ca = sw_str_copy(arena, request->ca);
    if (request->body.text != NULL)
        call->request.body = sw_str_copy(arena, request->body);
}

static sw_call *enqueue(sw_caller *caller, sw_call *call)
{
    call->next = NULL;
    pthread_mutex_lock(&caller->lock);
    bool idle = caller->first == NULL && caller->cancels == NULL;
    *caller->last = call;
    caller->last = &call->next;
    pthread_mutex_unlock(&caller->lock);
    if (idle)
        sw_sockets_wake(caller->sockets);
    return call;
}

sw_call *sw_caller_submit(sw_caller *caller, const sw_call_request *request)
{
    sw_call *call = take_spare(caller);
    call->waits = false;
    copy_request(call, request);
    return enqueue(caller, call);
}

sw_call *sw_caller_wait(sw_caller *caller, int64_t                                   delay_ms,
                        void (*done)(void *who, const sw_call_answer *answer), void *who)
{
    sw_call *call = take_spare(caller);
    call->waits = true;
    call->due_ms = sw_sockets_now_ms() + delay_ms;
    call->request = (sw_call_request){.done = done, .who = who};
    return enqueue(caller, call);
}

void sw_caller_cancel(sw_caller *caller, sw_call *call)
{
    pthread_mutex_lock(&caller->lock);
    if (!call->cancelled) {
        call->cancelled = true;
        call->next_cancel = caller->cancels;
        caller->cancels = call;
    }
    pthread_mutex_unlock(&caller->lock);
    sw_sockets_wake(caller->sockets);
}

bool sw_call_is_good(const sw_call_answer *answer)
{
    return answer->outcome == SW_CALL_ANSWERED && answer->status >= 200 && answer->status < 300;
}

sw_str sw_call_find_header(const sw_call_answer *answer, const char *name)
{
    size_t bytes = strlen(name);
    for (size_t i = 0; i < answer->header_count; i++) {
        sw_str found = answer->headers[i].name;
        if (found.bytes == bytes && strncasecmp(found.text, name, bytes) == 0)
            return answer->headers[i].value;
    }
    return (sw_str){NULL, 0};
}
