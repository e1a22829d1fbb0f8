// curl.c: loading libcurl.

#include "integrations/curl.h"

#include "integrations/library.h"

#include <pthread.h>

sw_curl_functions sw_curl;

static const char *const names[] = {
#define CURL_FUNCTION(name) "curl_" #name,
#include "integrations/curl.def"
#undef CURL_FUNCTION
};

bool sw_curl_load(sw_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool            loaded;
    pthread_mutex_lock(&lock);
    if (!loaded)
        loaded = sw_library_load(SW_LIBCURL, names, sizeof names / sizeof names[0], &sw_curl, err);
    bool ok = loaded;
    pthread_mutex_unlock(&lock);
    return ok;
}
