// retry.c: whether, and how long after, a state tries again when it fails; and which catcher takes
// the failure.
//
// spec: "Errors", "Retrying after error", "Fallback states".

#include "asl/step.h"

#include <math.h>

// States.Runtime is never retried or caught. aws: recorded, test_catch_states_runtime.
// States.TaskFailed stands for every failure but a time-out; States.Timeout also takes a missed
// heartbeat.
static bool name_matches(sw_str name, const sw_failure *failure)
{
    if (sw_str_is(name, "States.ALL"))
        return true;
    if (!failure->has_error)
        return sw_str_is(name, "States.TaskFailed");
    if (sw_str_equal(name, failure->error))
        return true;
    bool timeout = sw_str_is(failure->error, "States.Timeout");
    bool heartbeat = sw_str_is(failure->error, "States.HeartbeatTimeout");
    if (sw_str_is(name, "States.TaskFailed"))
        return !timeout && !heartbeat;
    return heartbeat && sw_str_is(name, "States.Timeout");
}

static bool names_match(const sw_error_names *names, const sw_failure *failure)
{
    if (failure->has_error && sw_str_is(failure->error, "States.Runtime"))
        return false;
    for (uint32_t i = 0; i < names->count; i++) {
        if (name_matches(names->names[i], failure))
            return true;
    }
    return false;
}

int sw_retry_find(const sw_state *state, const sw_failure *failure)
{
    for (uint32_t i = 0; i < state->retrier_count; i++) {
        if (names_match(&state->retriers[i].error_equals, failure))
            return (int)i;
    }
    return -1;
}

int64_t sw_retry_delay_ms(const sw_retrier *retrier, uint32_t attempt_number, double fraction)
{
    double seconds =
        (double)retrier->interval_seconds * pow(retrier->backoff_rate, attempt_number - 1.0);
    if (retrier->max_delay_seconds > 0 && seconds > (double)retrier->max_delay_seconds)
        seconds = (double)retrier->max_delay_seconds;
    if (retrier->jitter_full)
        seconds *= fraction;
    // A year is the longest an execution may last; a larger double would not fit.
    return seconds > 31622400.0 ? 31622400000 : (int64_t)(seconds * 1000.0);
}

const sw_catcher *sw_catch_find(const sw_state *state, const sw_failure *failure)
{
    for (uint32_t i = 0; i < state->catcher_count; i++) {
        if (names_match(&state->catchers[i].error_equals, failure))
            return &state->catchers[i];
    }
    return NULL;
}
