// eks.h: Kubernetes' API: eks:call, and eks:runJob with its .sync.
//
//     call     parameters -> the request                             -> {"ResponseBody", ...}
//     runJob   the Job -> POST                                       -> {"ResponseBody", ...}
//              .sync: -> GET, wait, GET ... -> Complete or Failed -> logs of its pods -> the same
//
// Purpose   An endpoint is trusted by the parameter CertificateAuthority alone, and told who calls
//           by a token of EKS, or the one of --kubernetes-token for clusters that are not EKS's.
// Source    Developer Guide, connect-eks; Kubernetes API Reference, Job v1 batch, Pod v1 core.
//           aws: unverified; the result of runJob.sync, but for its logs.

#ifndef STEPWELL_INTEGRATIONS_EKS_EKS_H
#define STEPWELL_INTEGRATIONS_EKS_EKS_H

#include "integrations/http/http.h"

typedef struct sw_eks_task {
    sw_value   parameters;
    sw_str     endpoint, cluster, ca; // ca: PEM
    sw_failure failure;
    // The call that is next:
    const char *method;
    sw_str      path;
    sw_value    query; // {"name": ["value"]}
    sw_str      body;  // .text NULL: none
    void (*answered)(sw_job *job, const sw_call_answer *answer);
    // Of runJob.sync:
    sw_str        name, space;
    unsigned      polls, failures; // failures: one after the other
    sw_arena_mark mark;
    sw_str        job_text; // of the job that has ended
    bool          has_failed;
    sw_value      pods;
    uint32_t      next_pod, next_container;
    sw_str        logs; // {"pod": {"containers": {...}}, as far as they have come
} sw_eks_task;

// A step's end: calls what the task says is next.
void sw_eks_send(sw_job *job);
// {"ResponseBody": ..., "StatusCode": 200, "StatusText": "OK"}
sw_str sw_eks_print_answer(const sw_call_answer *answer, sw_arena *arena);
// An answer that is none, or is an error of the cluster
void sw_eks_fail_answer(sw_job *job, const sw_call_answer *answer);

// Steps of runJob
void sw_eks_submit_job(sw_job *job);
void sw_eks_watch_job(sw_job *job); // after a restart
void sw_eks_delete_job(sw_job *job);

#endif
