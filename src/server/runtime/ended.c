// ended.c: an execution has ended: who waits for it is answered.

#include "server/runtime/map_run.h"

// aws: recorded; a failed run is answered with 200, and outputDetails is there all the same.
static sw_value sync_answer(sw_round *round, const sw_run *run)
{
    sw_arena *arena = &round->batch->arena;
    sw_answer answer = sw_answer_begin(arena), billing = sw_answer_begin(arena),
              included = sw_answer_begin(arena);
    int64_t           duration_ms = run->row.stop_ms - run->row.start_ms;
    const sw_payload *output = sw_execution_get_output(run->x);
    const sw_failure *failure = sw_execution_get_failure(run->x);
    sw_answer_add(&included, "included", sw_bool(true));
    sw_value included_value = sw_answer_end(&included);
    sw_answer_add(&billing, "billedDurationInMilliseconds",
                  sw_number((double)((duration_ms / 100 + 1) * 100)));
    sw_answer_add(&billing, "billedMemoryUsedInMB", sw_number(64));
    sw_answer_text(&answer, "executionArn", run->arn);
    sw_answer_text(&answer, "stateMachineArn", run->machine_arn);
    sw_answer_text(&answer, "name", run->row.name);
    sw_answer_time(&answer, "startDate", run->row.start_ms);
    sw_answer_time(&answer, "stopDate", run->row.stop_ms);
    sw_answer_add(&answer, "status",
                  sw_string(sw_str_from(sw_status_name((sw_status)run->row.status))));
    if (failure != NULL && failure->has_error)
        sw_answer_text(&answer, "error", failure->error);
    if (failure != NULL && failure->has_cause)
        sw_answer_text(&answer, "cause", failure->cause);
    sw_answer_text(&answer, "input", run->row.input);
    sw_answer_add(&answer, "inputDetails", included_value);
    if (output != NULL)
        sw_answer_text(&answer, "output", sw_payload_text(output));
    sw_answer_add(&answer, "outputDetails", included_value);
    sw_answer_add(&answer, "billingDetails", sw_answer_end(&billing));
    return sw_answer_end(&answer);
}

void sw_run_ended(sw_round *round, sw_run *run)
{
    sw_deed *end = sw_round_add(round, SW_DEED_COUNT_END);
    end->machine = run->row.machine;
    end->status = run->row.status;
    end->duration_ms = run->row.stop_ms - run->row.start_ms;
    if (run->waiter != NULL) {
        sw_deed *deed = sw_round_add(round, SW_DEED_ANSWER);
        deed->request = run->waiter;
        deed->value = sw_value_copy(&round->batch->arena, sync_answer(round, run));
        run->waiter = NULL;
    }
    if (run->row.parent.mode == SW_PARENT_MAP_RUN)
        sw_map_child_ended(run);
    else if (run->row.parent.execution != 0)
        sw_nested_ended(round, run);
}
