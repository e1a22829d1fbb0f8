// curl.h: libcurl, loaded before the first call goes out (library.h). Its functions are written as
// ever: curl_easy_init() calls through sw_curl.
//
// Threads   Loading: any, once the first has returned all may use it.

#ifndef STEPWELL_INTEGRATIONS_CURL_H
#define STEPWELL_INTEGRATIONS_CURL_H

#include "stepwell/error.h"

#define CURL_DISABLE_TYPECHECK // it would define these names as macros of its own
#include <curl/curl.h>

typedef struct sw_curl_functions {
#define CURL_FUNCTION(name) __typeof__(curl_##name) *name;
#include "integrations/curl.def"
#undef CURL_FUNCTION
} sw_curl_functions;

extern sw_curl_functions sw_curl;

bool sw_curl_load(sw_error *err);

#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

#define curl_easy_cleanup        sw_curl.easy_cleanup
#define curl_easy_getinfo        sw_curl.easy_getinfo
#define curl_easy_init           sw_curl.easy_init
#define curl_easy_setopt         sw_curl.easy_setopt
#define curl_easy_strerror       sw_curl.easy_strerror
#define curl_global_cleanup      sw_curl.global_cleanup
#define curl_global_init         sw_curl.global_init
#define curl_multi_add_handle    sw_curl.multi_add_handle
#define curl_multi_assign        sw_curl.multi_assign
#define curl_multi_cleanup       sw_curl.multi_cleanup
#define curl_multi_info_read     sw_curl.multi_info_read
#define curl_multi_init          sw_curl.multi_init
#define curl_multi_remove_handle sw_curl.multi_remove_handle
#define curl_multi_setopt        sw_curl.multi_setopt
#define curl_multi_socket_action sw_curl.multi_socket_action

#endif
