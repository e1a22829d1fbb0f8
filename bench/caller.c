// caller.c: how many outgoing calls a second one thread makes.
//
//   bench-caller URL [CONCURRENT [SECONDS [SILENT-URL SILENT]]]
//
// Keeps CONCURRENT calls under way against URL, such as tools/echo.c of the workloads, and as many
// as SILENT against an endpoint that accepts connections and says nothing: they must not slow the
// others down. Prints calls a second and the CPU time of the calling thread for each.

#include "integrations/caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct loop {
    sw_caller      *caller;
    sw_call_request request;
    uint64_t        answered, failed, stop;
    int64_t         cpu_ns;
} loop;

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Called on the caller's thread alone.
static void on_answer(void *who, const sw_call_answer *answer)
{
    loop *l = who;
    if (answer->outcome == SW_CALL_ANSWERED && answer->status == 200)
        l->answered++;
    else if (answer->outcome != SW_CALL_CANCELLED && l->failed++ == 0)
        fprintf(stderr, "first failure: %s\n", answer->message);
    l->cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    if (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED) && answer->outcome == SW_CALL_ANSWERED)
        sw_caller_submit(l->caller, &l->request);
}

int main(int count, char **texts)
{
    static const sw_call_header headers[] = {
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"X-Amz-Invocation-Type", 21}, {"RequestResponse", 15}}};
    int               concurrent = count > 2 ? (int)strtol(texts[2], NULL, 10) : 64;
    unsigned          seconds = count > 3 ? (unsigned)strtoul(texts[3], NULL, 10) : 3;
    int               silent = count > 5 ? (int)strtol(texts[5], NULL, 10) : 0;
    sw_caller_options options = {.connections_max = 0};
    loop              loud = {.caller = NULL}, quiet;
    sw_error          err;
    if (count < 2 || !sw_caller_open(&options, &loud.caller, &err))
        return 2;
    loud.request = (sw_call_request){.method = "POST",
                                     .url = sw_str_from(texts[1]),
                                     .headers = headers,
                                     .header_count = 2,
                                     .body = SW_STR("{\"order\":1}"),
                                     .timeout_ms = 60000,
                                     .answer_bytes_max = 65536,
                                     .done = on_answer,
                                     .who = &loud};
    quiet = loud;
    quiet.request.who = &quiet;
    if (silent > 0)
        quiet.request.url = sw_str_from(texts[4]);
    for (int i = 0; i < silent; i++)
        sw_caller_submit(loud.caller, &quiet.request);
    for (int i = 0; i < concurrent; i++)
        sw_caller_submit(loud.caller, &loud.request);
    int64_t start = now_ns(CLOCK_MONOTONIC);
    sleep(seconds);
    __atomic_store_n(&loud.stop, 1, __ATOMIC_RELAXED);
    double elapsed = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
    sw_caller_close(loud.caller);
    printf("%.0f calls/s, %.1f us CPU each, %llu failed\n", (double)loud.answered / elapsed,
           (double)loud.cpu_ns / 1000 / (double)(loud.answered + 1),
           (unsigned long long)loud.failed);
    return 0;
}
