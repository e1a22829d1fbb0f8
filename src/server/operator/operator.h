// operator.h: what is not AWS's API: health, metrics, later the console.

#ifndef STEPWELL_SERVER_OPERATOR_OPERATOR_H
#define STEPWELL_SERVER_OPERATOR_OPERATOR_H

#include "server/http/http.h"

void sw_operator_serve(sw_request *request, const sw_http_head *head);

// Whether it is Lambda's API, which has a path of its own
bool sw_functions_are_asked(const sw_http_head *head);
void sw_functions_serve(sw_request *request, const sw_http_head *head);

#endif
