// pool.h: of functions.h: what its files share. Everything here belongs to the functions' thread,
// but for the queue of calls under the lock.

#ifndef STEPWELL_INTEGRATIONS_FUNCTIONS_POOL_H
#define STEPWELL_INTEGRATIONS_FUNCTIONS_POOL_H

#include "integrations/functions/functions.h"

#include <pthread.h>
#include <sys/types.h>

#define SW_PAYLOAD_BYTES_MAX ((size_t)6 * 1024 * 1024 + 100 * 1024) // docs: 6 MB, and what wraps it
#define SW_LOG_TAIL_BYTES    4096u

typedef enum sw_runtime_kind {
#define RUNTIME(id, name) SW_RUNTIME_##id,
#include "integrations/functions/runtimes.def"
#undef RUNTIME
} sw_runtime_kind;

typedef struct sw_invocation {
    struct sw_invocation *next;
    sw_arena              arena; // its texts
    sw_function_call      call;
    char                  request_id[37];
    int64_t               started_ms;
} sw_invocation;

typedef struct sw_function sw_function;

// A connection of a process to its Runtime API
typedef struct sw_connection_in {
    struct sw_connection_in *next;
    struct sw_process       *process;
    int                      file;
    char                    *in; // from malloc
    size_t                   in_bytes, in_capacity;
    char                    *out;
    size_t                   out_bytes, out_sent;
    bool                     waits; // asked for the next invocation
} sw_connection_in;

typedef struct sw_process {
    struct sw_process *next;
    sw_function       *function;
    pid_t              pid;
    int                exit_file; // a pidfd: readable when it has ended
    int                listener, log_file;
    sw_connection_in  *connections;
    unsigned           connection_count;
    sw_invocation     *current;     // NULL: none
    bool               ready;       // has asked for an invocation once
    bool               stale;       // its code has changed
    bool               timed_out;   // and was killed
    int64_t            deadline_ms; // of its start, or of its invocation; 0: none
    int64_t            idle_since_ms;
    char              *init_error; // from malloc; NULL: none
    char               line[2048]; // the log's, as far as it has come
    size_t             line_bytes;
    char               tail[SW_LOG_TAIL_BYTES]; // of the log
    size_t             tail_bytes;
} sw_process;

struct sw_function {
    sw_function         *next;
    struct sw_functions *functions;
    sw_str               name;
    sw_runtime_kind      runtime;
    const char          *handler, *code; // code: an absolute path
    const char *const   *environment;    // "NAME=value", ended by NULL
    int64_t              memory_mb, timeout_s, concurrency;
    sw_process          *processes;
    unsigned             process_count;
    sw_invocation       *first, **last; // that wait
    size_t               waiting;
    int64_t              stamp_ns, stamp_read_ms; // of its newest file
};

struct sw_functions {
    sw_arena             arena; // settings
    sw_functions_options options;
    sw_function         *first;
    pthread_t            thread;
    bool                 running;
    int                  events, wake; // epoll, eventfd
    pthread_mutex_t      lock;
    sw_invocation       *calls, **last_call; // under the lock
    size_t               call_count;         // that are not answered; under the lock
    bool                 quit;
};

// What an epoll event is about: a pointer with the kind in its lowest bits.
typedef enum sw_watched {
    SW_WATCH_WAKE,
    SW_WATCH_LISTENER,
    SW_WATCH_EXIT,
    SW_WATCH_LOG,
    SW_WATCH_CONNECTION
} sw_watched;

int64_t sw_pool_now_ms(void);
bool    sw_pool_watch(sw_functions *functions, int file, bool out, sw_watched kind, void *what);
// Also takes it out of epoll: a process that is being started may have it still. -1: nothing
void sw_pool_close(sw_functions *functions, int file);

// process.c
sw_process *sw_process_start(sw_function *function, sw_error *err);
void        sw_process_kill(sw_process *process);
// It has ended: what waitpid says
int  sw_process_reap(sw_process *process);
void sw_process_free(sw_process *process);

// api.c
void sw_api_accept(sw_process *process);
void sw_api_ready(sw_connection_in *connection, unsigned events);
// Sends the current invocation to the connection that waits for one.
void              sw_api_deliver(sw_process *process);
sw_connection_in *sw_api_waiting(sw_process *process);
void              sw_api_close(sw_connection_in *connection);

// pool.c, told by api.c
void sw_pool_is_idle(sw_process *process);
void sw_pool_answer(sw_process *process, sw_str body, bool error);
void sw_pool_init_failed(sw_process *process, sw_str body);

// log.c
void sw_log_read(sw_process *process);
void sw_log_line(sw_process *process, sw_str line);
void sw_log_start(sw_process *process);
void sw_log_end(sw_process *process);

// answer.c
void sw_invocation_finish(sw_function *function, sw_invocation *invocation, const char *error_kind,
                          sw_str body, sw_str log);
void sw_invocation_refuse(const sw_function_call *call, unsigned status, const char *name,
                          const char *message);
void sw_invocation_cancel(sw_invocation *invocation);
void sw_invocation_free(sw_invocation *invocation);

// settings.c
bool sw_functions_read(sw_functions *functions, sw_value definitions, const char *base,
                       sw_error *err);
// Of the newest file in its code, in nanoseconds
int64_t sw_function_stamp(const sw_function *function);

#endif
